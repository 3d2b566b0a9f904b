//go:build !wasip1

package guest

import (
	"context"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// Host returns the host that runs this module. Outside of WebAssembly there is
// none, and every function answers NotOffered: tests use package guesttest.
func Host() abi.Host { return noHost{} }

// Serve hands the connector to the module's exports. Outside of WebAssembly it
// does nothing.
func Serve(Connector) {}

type noHost struct{}

var errNoHost = abi.NewError(abi.NotOffered, "there is no host outside of WebAssembly; use package guesttest")

func (noHost) HTTP(context.Context, abi.HTTPRequests) (abi.HTTPAnswers, error) {
	return abi.HTTPAnswers{}, errNoHost
}
func (noHost) SOAP(context.Context, abi.SOAPRequest) (abi.SOAPAnswer, error) {
	return abi.SOAPAnswer{}, errNoHost
}
func (noHost) Log(context.Context, abi.LogEntry) error                     { return errNoHost }
func (noHost) Clock(context.Context) (time.Time, error)                    { return time.Time{}, errNoHost }
func (noHost) Random(context.Context, int) ([]byte, error)                 { return nil, errNoHost }
func (noHost) StateGet(context.Context, string) ([]byte, error)            { return nil, errNoHost }
func (noHost) StatePut(context.Context, string, []byte) error              { return errNoHost }
func (noHost) StateDelete(context.Context, string) error                   { return errNoHost }
func (noHost) Progress(context.Context, abi.Progress) error                { return errNoHost }
func (noHost) ExportResult(context.Context, abi.CSEntryChangeResult) error { return errNoHost }
func (noHost) Reveal(context.Context, string) (string, error)              { return "", errNoHost }
