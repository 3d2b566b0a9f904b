package guest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// Stateless is for embedding in a connector that has nothing to open and nothing
// to close: no login, no watermark. It adds no role: that takes the calls in
// between too. It also refuses ChangePassword, which only a target that checks old
// passwords can do.
type Stateless struct{}

// OpenImportConnection does nothing.
func (Stateless) OpenImportConnection(context.Context, abi.OpenImportConnectionRunStep) (string, error) {
	return "", nil
}

// CloseImportConnection does nothing.
func (Stateless) CloseImportConnection(context.Context, abi.CloseImportConnectionRunStep) (string, error) {
	return "", nil
}

// OpenExportConnection does nothing.
func (Stateless) OpenExportConnection(context.Context, abi.OpenExportConnectionRunStep) error {
	return nil
}

// CloseExportConnection does nothing.
func (Stateless) CloseExportConnection(context.Context, abi.CloseExportConnectionRunStep) error {
	return nil
}

// OpenPasswordConnection does nothing.
func (Stateless) OpenPasswordConnection(context.Context, abi.OpenPasswordConnectionRunStep) error {
	return nil
}

// ClosePasswordConnection does nothing.
func (Stateless) ClosePasswordConnection(context.Context) error { return nil }

// ChangePassword answers EntryPointNotImplemented.
func (Stateless) ChangePassword(context.Context, abi.ChangePasswordRunStep) error {
	return abi.NewError(abi.EntryPointNotImplemented, "the target does not check old passwords; set the new one")
}
