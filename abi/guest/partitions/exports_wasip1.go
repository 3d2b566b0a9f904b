//go:build wasip1

package partitions

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

var served guest.Partitioner

// Serve hands the connector to the module's exports. Call it once, in an init
// function.
func Serve(c guest.Partitioner) {
	if served != nil {
		panic("partitions: Serve called twice")
	}
	served = c
}

//go:wasmexport GetPartitions
func getPartitions(length uint32) uint64 {
	var request abi.ParametersMessage
	return call.Serve(length, &request, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		partitions, err := served.GetPartitions(ctx, request.Parameters)
		return &abi.PartitionsMessage{Partitions: partitions}, err
	})
}
