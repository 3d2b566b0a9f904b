//go:build wasip1

package password

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// An instance serves one password connection, so its state is the module's.
var (
	served guest.Passworder
	types  *abi.TypeIndex
)

// Serve hands the connector to the module's exports. Call it once, in an init
// function.
func Serve(c guest.Passworder) {
	if served != nil {
		panic("password: Serve called twice")
	}
	served = c
}

//go:wasmexport OpenPasswordConnection
func openPasswordConnection(length uint32) uint64 {
	var step abi.OpenPasswordConnectionRunStep
	return call.Serve(length, &step, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		types = abi.NewTypeIndex(step.Schema)
		return &abi.Empty{}, served.OpenPasswordConnection(ctx, step)
	})
}

//go:wasmexport SetPassword
func setPassword(length uint32) uint64 {
	var step abi.SetPasswordRunStep
	return call.Serve(length, &step, types, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		return &abi.Empty{}, served.SetPassword(ctx, step)
	})
}

//go:wasmexport ChangePassword
func changePassword(length uint32) uint64 {
	var step abi.ChangePasswordRunStep
	return call.Serve(length, &step, types, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		return &abi.Empty{}, served.ChangePassword(ctx, step)
	})
}

//go:wasmexport ClosePasswordConnection
func closePasswordConnection(length uint32) uint64 {
	var request abi.Empty
	return call.Serve(length, &request, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		return &abi.Empty{}, served.ClosePasswordConnection(ctx)
	})
}
