//go:build wasip1

package importer

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// An instance serves one import run, so the run's state is the module's.
var (
	served guest.Importer
	pages  call.Pages
	types  *abi.TypeIndex
)

// Serve hands the connector to the module's exports. Call it once, in an init
// function.
func Serve(c guest.Importer) {
	if served != nil {
		panic("importer: Serve called twice")
	}
	served = c
}

//go:wasmexport OpenImportConnection
func openImportConnection(length uint32) uint64 {
	var step abi.OpenImportConnectionRunStep
	return call.Serve(length, &step, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		types, pages = abi.NewTypeIndex(step.Schema), call.Pages{}
		customData, err := served.OpenImportConnection(ctx, step)
		return &abi.CustomDataMessage{CustomData: customData}, err
	})
}

//go:wasmexport GetImportEntries
func getImportEntries(length uint32) uint64 {
	var step abi.GetImportEntriesRunStep
	return call.Serve(length, &step, types, func(ctx context.Context, w *wire.Writer) (abi.Message, error) {
		return nil, pages.Next(ctx, w, step, served.GetImportEntries)
	})
}

//go:wasmexport CloseImportConnection
func closeImportConnection(length uint32) uint64 {
	var step abi.CloseImportConnectionRunStep
	return call.Serve(length, &step, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		customData, err := served.CloseImportConnection(ctx, step)
		return &abi.CustomDataMessage{CustomData: customData}, err
	})
}
