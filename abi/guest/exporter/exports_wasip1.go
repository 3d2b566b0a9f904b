//go:build wasip1

package exporter

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// An instance serves one export run, so the run's state is the module's.
var (
	served guest.Exporter
	types  *abi.TypeIndex
)

// Serve hands the connector to the module's exports. Call it once, in an init
// function.
func Serve(c guest.Exporter) {
	if served != nil {
		panic("exporter: Serve called twice")
	}
	served = c
}

//go:wasmexport OpenExportConnection
func openExportConnection(length uint32) uint64 {
	var step abi.OpenExportConnectionRunStep
	return call.Serve(length, &step, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		types = abi.NewTypeIndex(step.Schema)
		return &abi.Empty{}, served.OpenExportConnection(ctx, step)
	})
}

//go:wasmexport PutExportEntries
func putExportEntries(length uint32) uint64 {
	var request abi.EntriesMessage
	return call.Serve(length, &request, types, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		results, err := served.PutExportEntries(ctx, request.Entries)
		return &abi.PutExportEntriesResults{Results: results}, err
	})
}

//go:wasmexport CloseExportConnection
func closeExportConnection(length uint32) uint64 {
	var step abi.CloseExportConnectionRunStep
	return call.Serve(length, &step, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		return &abi.Empty{}, served.CloseExportConnection(ctx, step)
	})
}
