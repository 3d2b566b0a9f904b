// Package guest is the Go binding of the ECMA ABI for connector authors.
//
// A connector is a struct with ECMA's methods: those of Connector, and those of
// Importer, Exporter, Partitioner and Passworder for the roles it has. Its main
// package hands the struct over, one line a role, and is built with plain Go:
//
//	var connector = rabbitmq.New(guest.Host())
//
//	func init() {
//		guest.Serve(connector)
//		importer.Serve(connector)
//	}
//
//	func main() {}
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o rabbitmq.wasm .
//
// Importing guest/importer, guest/exporter, guest/password or guest/partitions
// adds that role's exports to the module and no others.
//
// The connector itself knows nothing of WebAssembly: it gets an abi.Host and
// speaks to it, so the same code runs in an ordinary go test, with a host from
// package guesttest.
//
// Each run has an instance of its own, and one call runs at a time. What a
// connector keeps in its fields lives until the connection is closed; what must
// live longer goes into the watermark or into the host's state. Goroutines may
// be used inside a call; one that is left running when the call returns stands
// still. No host function may be called while the module is being set up, that
// is in init functions and New.
package guest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// Connector is what every connector has. Errors are *abi.Error, made with
// abi.NewError, or any error at all, which then counts as ExtensibleExtension.
type Connector interface {
	// GetCapabilities says what the connector can do with these parameters. The
	// Connectivity page has been filled in by then.
	GetCapabilities(ctx context.Context, parameters abi.ConfigParameters) (abi.Capabilities, error)
	// GetConfigParameters returns the definitions of one page; none ends the
	// sequence of schema pages.
	GetConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error)
	// ValidateConfigParameters judges one page, also pages it never defined. Its
	// result is ValidationFailure only for what other parameters would cure, such
	// as a wrong password; a denial or a target that cannot be reached is returned
	// as the error it is.
	ValidateConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error)
	// GetSchema returns the object types.
	GetSchema(ctx context.Context, parameters abi.ConfigParameters) (abi.Schema, error)
}

// NoParameters is for embedding in a connector that asks for none.
type NoParameters struct{}

// GetConfigParameters returns no definitions.
func (NoParameters) GetConfigParameters(context.Context, abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	return nil, nil
}

// ValidateConfigParameters finds every page right.
func (NoParameters) ValidateConfigParameters(context.Context, abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
	return abi.ParameterValidationResult{}, nil
}

// Importer is the import role.
type Importer interface {
	// OpenImportConnection starts a run and returns the watermark to begin with.
	OpenImportConnection(ctx context.Context, step abi.OpenImportConnectionRunStep) (customData string, err error)
	// GetImportEntries returns the next entries. It may return more than
	// step.MaxEntries or step.MaxBytes ask for: the binding hands the rest out
	// over the following pages, and calls again when it has run out. An entry
	// too large to travel is replaced by its anchor and an import error.
	GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error)
	// CloseImportConnection ends the run and returns the watermark to keep.
	CloseImportConnection(ctx context.Context, step abi.CloseImportConnectionRunStep) (customData string, err error)
}

// Exporter is the export role.
type Exporter interface {
	OpenExportConnection(ctx context.Context, step abi.OpenExportConnectionRunStep) error
	// PutExportEntries carries out the changes and returns errors and new
	// anchors; an entry without a result succeeded.
	PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) ([]abi.CSEntryChangeResult, error)
	CloseExportConnection(ctx context.Context, step abi.CloseExportConnectionRunStep) error
}

// Passworder is the password role. The passwords are placeholders, good in the
// places of a request that the operator granted.
type Passworder interface {
	OpenPasswordConnection(ctx context.Context, step abi.OpenPasswordConnectionRunStep) error
	SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error
	ChangePassword(ctx context.Context, step abi.ChangePasswordRunStep) error
	ClosePasswordConnection(ctx context.Context) error
}

// Partitioner is the partitions role, for connectors with LDAP-style names.
type Partitioner interface {
	GetPartitions(ctx context.Context, parameters abi.ConfigParameters) ([]abi.Partition, error)
}

// Do carries out one HTTP request. The error is the answer's own, if there is
// none of the call: with a nil error the target has answered, with whatever
// status.
func Do(ctx context.Context, host abi.Host, request abi.HTTPRequest) (abi.HTTPAnswer, error) {
	answers, err := host.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{request}})
	if err != nil {
		return abi.HTTPAnswer{}, err
	}
	if len(answers.Answers) != 1 {
		return abi.HTTPAnswer{}, abi.NewError(abi.UnexpectedData, "the host gave no answer to the request")
	}
	answer := answers.Answers[0]
	if answer.Error != nil {
		return answer, answer.Error
	}
	return answer, nil
}
