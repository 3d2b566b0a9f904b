package abi

import "context"

// Connector is one connector as a host sees it. A connector in WebAssembly, the
// contract that guards it, a fake in a test and a connector in plain Go all
// implement it.
//
// Every error is, or wraps, an *Error. A connector without a role answers its
// calls with EntryPointNotImplemented. A Connector is safe for concurrent use;
// a session is not. Configuration calls and sessions are instances of their own:
// nothing a connector keeps in memory outlives one of them.
type Connector interface {
	// GetCapabilities tells what the connector can do with these parameters.
	GetCapabilities(ctx context.Context, parameters ConfigParameters) (Capabilities, error)
	// GetConfigParameters returns the definitions of one page. An empty list
	// ends the sequence of schema pages.
	GetConfigParameters(ctx context.Context, step ConfigParametersRunStep) ([]ConfigParameterDefinition, error)
	// ValidateConfigParameters judges one page. It accepts page numbers the
	// connector never defined.
	ValidateConfigParameters(ctx context.Context, step ConfigParametersRunStep) (ParameterValidationResult, error)
	// GetSchema returns all object types.
	GetSchema(ctx context.Context, parameters ConfigParameters) (Schema, error)
	// GetPartitions returns all partitions. Only for DNLdap.
	GetPartitions(ctx context.Context, parameters ConfigParameters) ([]Partition, error)
	// OpenImportConnection starts an import run. The session must be closed.
	OpenImportConnection(ctx context.Context, step OpenImportConnectionRunStep) (ImportSession, error)
	// OpenExportConnection starts an export run. The session must be closed.
	OpenExportConnection(ctx context.Context, step OpenExportConnectionRunStep) (ExportSession, error)
	// OpenPasswordConnection starts setting passwords. The session must be
	// closed.
	OpenPasswordConnection(ctx context.Context, step OpenPasswordConnectionRunStep) (PasswordSession, error)
}

// OpenImportConnectionRunStep is the request of OpenImportConnection. ECMA's
// inclusion and exclusion hierarchy nodes are always empty and do not travel.
type OpenImportConnectionRunStep struct {
	Parameters ConfigParameters
	// Schema is reduced to the selected object type and attributes.
	Schema     Schema
	ImportType OperationType
	// PageSize is the most entries per page.
	PageSize  int
	Partition Partition
	// CustomData is the watermark of the last clean run; a full import ignores
	// it.
	CustomData string
}

// ImportSession is one import run, on one instance. Not safe for concurrent use.
type ImportSession interface {
	// CustomData is what OpenImportConnection answered: the watermark to hand to
	// the first page.
	CustomData() string
	// GetImportEntries returns the next page. An empty page with MoreToImport is
	// legal.
	GetImportEntries(ctx context.Context, step GetImportEntriesRunStep) (GetImportEntriesResults, error)
	// CloseImportConnection ends the run and returns the watermark to keep. It
	// must be called once, whatever happened before; after it the session is
	// done.
	CloseImportConnection(ctx context.Context, step CloseImportConnectionRunStep) (CloseImportConnectionResults, error)
}

// GetImportEntriesRunStep is the request of GetImportEntries.
type GetImportEntriesRunStep struct {
	// CustomData is what the call before answered.
	CustomData string
	// MaxEntries and MaxBytes bound the page; zero means the session's page size
	// and MaxPageBytes.
	MaxEntries, MaxBytes int
	// FullObjectEntries names the objects wanted in a FullObject import, by
	// anchor, DN or a matching attribute.
	FullObjectEntries []CSEntryChange
}

// GetImportEntriesResults is one page.
type GetImportEntriesResults struct {
	CustomData   string
	MoreToImport bool
	Entries      []CSEntryChange
}

// CloseImportConnectionRunStep is the request of CloseImportConnection.
type CloseImportConnectionRunStep struct {
	Reason     CloseReason
	CustomData string
}

// CloseImportConnectionResults holds the watermark to keep for the next run.
type CloseImportConnectionResults struct {
	CustomData string
}

// OpenExportConnectionRunStep is the request of OpenExportConnection. The export
// type is always Delta and does not travel.
type OpenExportConnectionRunStep struct {
	Parameters ConfigParameters
	// Schema is reduced to the selected object type and attributes.
	Schema Schema
	// BatchSize is the most entries per PutExportEntries.
	BatchSize int
	Partition Partition
}

// ExportSession is one export run, on one instance. Not safe for concurrent use.
type ExportSession interface {
	// PutExportEntries carries out the changes. When it fails half way, the
	// results hold the outcomes that are known all the same: those the connector
	// reported one by one before.
	PutExportEntries(ctx context.Context, entries []CSEntryChange) (PutExportEntriesResults, error)
	// CloseExportConnection ends the run. It must be called once.
	CloseExportConnection(ctx context.Context, step CloseExportConnectionRunStep) error
}

// PutExportEntriesResults holds the results that need saying: errors and new
// anchors. An entry without one succeeded, provided the call returned normally.
type PutExportEntriesResults struct {
	Results []CSEntryChangeResult
}

// CloseExportConnectionRunStep is the request of CloseExportConnection.
type CloseExportConnectionRunStep struct {
	Reason CloseReason
}

// OpenPasswordConnectionRunStep is the request of OpenPasswordConnection. The
// schema is an addition to ECMA's: it gives the entries' attributes their types.
type OpenPasswordConnectionRunStep struct {
	Parameters ConfigParameters
	Schema     Schema
	Partition  Partition
}

// PasswordSession sets passwords, on one instance. Not safe for concurrent use.
type PasswordSession interface {
	// SetPassword gives an object a new password (an administrator's reset).
	SetPassword(ctx context.Context, step SetPasswordRunStep) error
	// ChangePassword gives it a new one, knowing the old (a user's change).
	ChangePassword(ctx context.Context, step ChangePasswordRunStep) error
	// ClosePasswordConnection ends the session. It must be called once.
	ClosePasswordConnection(ctx context.Context) error
}

// SetPasswordRunStep is the request of SetPassword. In the guest the password is
// a placeholder.
type SetPasswordRunStep struct {
	Entry       CSEntry
	NewPassword string
	Options     PasswordOptions
}

// ChangePasswordRunStep is the request of ChangePassword. In the guest both
// passwords are placeholders.
type ChangePasswordRunStep struct {
	Entry                    CSEntry
	OldPassword, NewPassword string
}
