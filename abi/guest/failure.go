package guest

import (
	"errors"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// hostCodes says as which of ECMA's exceptions a connector passes a host's
// failure on when it returns it as it came: only ECMA's may leave a connector.
var hostCodes = map[abi.Code]abi.Code{
	abi.NotOffered:       abi.EntryPointNotImplemented,
	abi.Denied:           abi.AccessDenied,
	abi.LimitExceeded:    abi.UnexpectedData,
	abi.Cancelled:        abi.TerminateRun,
	abi.DeadlineExceeded: abi.DroppedConnection,
	abi.NotSent:          abi.FailedConnection,
	abi.OutcomeUnknown:   abi.DroppedConnection,
	abi.NotFound:         abi.ObjectNotFound,
}

// Failure makes the error that leaves the connector from the one it returned:
// an *abi.Error with a code of ECMA's. The binding calls it on every error. What
// package wire says of JSON that it could not read is UnexpectedData.
func Failure(err error) *abi.Error {
	e := abi.AsError(err)
	if e == nil {
		code := abi.CodeOf(err)
		if syntax := (*wire.SyntaxError)(nil); errors.As(err, &syntax) {
			code = abi.UnexpectedData
		} else if !code.FromGuest() {
			code = abi.ExtensibleExtension
		}
		return abi.NewError(code, err.Error())
	}
	out := *e
	out.Op, out.Err = "", nil
	if !e.Code.FromGuest() {
		code, known := hostCodes[e.Code]
		if !known {
			code = abi.ExtensibleExtension
		}
		out.Code = code
		if out.Name == "" {
			out.Name = e.Code.String()
		}
	}
	if text := err.Error(); err != error(e) || e.Err != nil {
		out.Message = text
	}
	return &out
}
