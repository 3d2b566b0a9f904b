//go:build wasip1

package guest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

var served Connector

func init() { call.Failure = Failure }

//go:wasmexport ecma_abi_1
func marker(uint64) uint64 { return abi.Features }

//go:wasmexport ecma_buffer
func buffer(minimum uint32) uint32 { return call.Buffer(minimum) }

//go:wasmexport GetCapabilities
func getCapabilities(length uint32) uint64 {
	var request abi.ParametersMessage
	return call.Serve(length, &request, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		capabilities, err := served.GetCapabilities(ctx, request.Parameters)
		return &capabilities, err
	})
}

//go:wasmexport GetConfigParameters
func getConfigParameters(length uint32) uint64 {
	var step abi.ConfigParametersRunStep
	return call.Serve(length, &step, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		definitions, err := served.GetConfigParameters(ctx, step)
		return &abi.DefinitionsMessage{Definitions: definitions}, err
	})
}

//go:wasmexport ValidateConfigParameters
func validateConfigParameters(length uint32) uint64 {
	var step abi.ConfigParametersRunStep
	return call.Serve(length, &step, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		result, err := served.ValidateConfigParameters(ctx, step)
		return &result, err
	})
}

//go:wasmexport GetSchema
func getSchema(length uint32) uint64 {
	var request abi.ParametersMessage
	return call.Serve(length, &request, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		schema, err := served.GetSchema(ctx, request.Parameters)
		return &schema, err
	})
}
