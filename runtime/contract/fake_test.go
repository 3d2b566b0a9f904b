package contract_test

import (
	"context"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// fake is a connector that answers what a test put into it and keeps what it was
// asked.
type fake struct {
	capabilities abi.Capabilities
	schema       abi.Schema
	partitions   []abi.Partition
	partitionErr error
	definitions  []abi.ConfigParameterDefinition
	validation   abi.ParameterValidationResult
	err          error // of the configuration calls but GetPartitions

	pages     []abi.GetImportEntriesResults
	pageErr   error
	inTime    func() error // nil: always
	openErr   error
	opened    string // the watermark that an open answers
	closed    string // the watermark that a close answers
	closeErr  error
	answer    abi.PutExportEntriesResults
	answerErr error
	meanwhile func() // what is done in each call

	mu          sync.Mutex // guards calls
	calls       []string
	importStep  abi.OpenImportConnectionRunStep
	exportStep  abi.OpenExportConnectionRunStep
	passStep    abi.OpenPasswordConnectionRunStep
	entriesStep abi.GetImportEntriesRunStep
	importClose abi.CloseImportConnectionRunStep
	exportClose abi.CloseExportConnectionRunStep
	exported    [][]abi.CSEntryChange
}

func (f *fake) called(name string) {
	f.mu.Lock()
	f.calls = append(f.calls, name)
	f.mu.Unlock()
	if f.meanwhile != nil {
		f.meanwhile()
	}
}

func (f *fake) count(name string) int {
	n := 0
	for _, call := range f.calls {
		if call == name {
			n++
		}
	}
	return n
}

func (f *fake) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	f.called("GetCapabilities")
	return f.capabilities, f.err
}

func (f *fake) GetConfigParameters(context.Context, abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	f.called("GetConfigParameters")
	return f.definitions, f.err
}

func (f *fake) ValidateConfigParameters(context.Context, abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
	f.called("ValidateConfigParameters")
	return f.validation, f.err
}

func (f *fake) GetSchema(context.Context, abi.ConfigParameters) (abi.Schema, error) {
	f.called("GetSchema")
	return f.schema, f.err
}

func (f *fake) GetPartitions(context.Context, abi.ConfigParameters) ([]abi.Partition, error) {
	f.called("GetPartitions")
	return f.partitions, f.partitionErr
}

func (f *fake) OpenImportConnection(_ context.Context, step abi.OpenImportConnectionRunStep) (abi.ImportSession, error) {
	f.called("OpenImportConnection")
	f.importStep = step
	return fakeImport{f}, f.openErr
}

func (f *fake) OpenExportConnection(_ context.Context, step abi.OpenExportConnectionRunStep) (abi.ExportSession, error) {
	f.called("OpenExportConnection")
	f.exportStep = step
	return fakeExport{f}, f.openErr
}

func (f *fake) OpenPasswordConnection(_ context.Context, step abi.OpenPasswordConnectionRunStep) (abi.PasswordSession, error) {
	f.called("OpenPasswordConnection")
	f.passStep = step
	return fakePassword{f}, f.openErr
}

type fakeImport struct{ *fake }

func (f fakeImport) CustomData() string { return f.opened }

func (f fakeImport) InTime() error {
	if f.inTime == nil {
		return nil
	}
	return f.inTime()
}

func (f fakeImport) GetImportEntries(_ context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	f.called("GetImportEntries")
	f.entriesStep = step
	if f.pageErr != nil {
		return abi.GetImportEntriesResults{}, f.pageErr
	}
	page := f.pages[0]
	if len(f.pages) > 1 {
		f.fake.pages = f.pages[1:]
	}
	return page, nil
}

func (f fakeImport) CloseImportConnection(_ context.Context, step abi.CloseImportConnectionRunStep) (abi.CloseImportConnectionResults, error) {
	f.called("CloseImportConnection")
	f.importClose = step
	return abi.CloseImportConnectionResults{CustomData: f.fake.closed}, f.closeErr
}

type fakeExport struct{ *fake }

func (f fakeExport) PutExportEntries(_ context.Context, entries []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
	f.called("PutExportEntries")
	f.exported = append(f.exported, entries)
	return f.answer, f.answerErr
}

func (f fakeExport) CloseExportConnection(_ context.Context, step abi.CloseExportConnectionRunStep) error {
	f.called("CloseExportConnection")
	f.exportClose = step
	return f.closeErr
}

type fakePassword struct{ *fake }

func (f fakePassword) SetPassword(context.Context, abi.SetPasswordRunStep) error {
	f.called("SetPassword")
	return f.answerErr
}

func (f fakePassword) ChangePassword(context.Context, abi.ChangePasswordRunStep) error {
	f.called("ChangePassword")
	return f.answerErr
}

func (f fakePassword) ClosePasswordConnection(context.Context) error {
	f.called("ClosePasswordConnection")
	return f.closeErr
}

// quiet are capabilities without anything to note.
func quiet() abi.Capabilities {
	return abi.Capabilities{
		ConcurrentOperation: true, DistinguishedNameStyle: abi.DNNone, DeltaImport: true, ExportType: abi.ExportAttributeUpdate,
		SupportImport: true, SupportExport: true, SupportPassword: true, SupportFullObject: true, ConnectionSecurityLevel: abi.Secure,
	}
}

func generic() abi.Capabilities {
	c := quiet()
	c.DistinguishedNameStyle, c.ObjectRename = abi.DNGeneric, true
	return c
}

func ldap() abi.Capabilities {
	c := quiet()
	c.DistinguishedNameStyle, c.ObjectRename, c.SupportPartitions = abi.DNLdap, true, true
	return c
}

func dnAsAnchor() abi.Capabilities {
	c := ldap()
	c.IsDNAsAnchor = true
	return c
}

// people is a schema with one object type that has every kind of attribute.
func people() abi.Schema {
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
		{Name: "id", Type: abi.String, Anchor: true},
		{Name: "name", Type: abi.String},
		{Name: "age", Type: abi.Integer},
		{Name: "photo", Type: abi.Binary},
		{Name: "active", Type: abi.Boolean},
		{Name: "groups", Type: abi.String, MultiValued: true},
		{Name: "manager", Type: abi.Reference},
		{Name: "members", Type: abi.Reference, MultiValued: true},
		{Name: "secret", Type: abi.String, Operation: abi.ExportOnly, Sensitive: true},
		{Name: "made", Type: abi.String, Operation: abi.ImportOnly},
	}}}}
}

var (
	east = abi.Partition{Identifier: "11111111-2222-3333-4444-555555555501", DN: "DC=east,DC=example", Name: "east"}
	west = abi.Partition{Identifier: "11111111-2222-3333-4444-555555555502", DN: "DC=west,DC=example", Name: "west"}
)

func partitionsOf(c abi.Capabilities) []abi.Partition {
	if c.DistinguishedNameStyle != abi.DNLdap {
		return nil
	}
	return []abi.Partition{east}
}

// agreed settles a promise with people.
func agreed(p contract.Promise, c abi.Capabilities) *contract.Agreement {
	a, err := contract.Agree(p, c, people(), partitionsOf(c))
	if err != nil {
		panic(err)
	}
	return a
}

func newFake(c abi.Capabilities) *fake {
	return &fake{capabilities: c, schema: people(), partitions: partitionsOf(c)}
}

func enforce(f *fake, p contract.Promise) *contract.Connector {
	c, err := contract.Enforce(f, p)
	if err != nil {
		panic(err)
	}
	return c
}

// person is an Add with an anchor and attributes.
func person(id string, attributes ...abi.AttributeChange) abi.CSEntryChange {
	return abi.CSEntryChange{
		Modification: abi.ObjectAdd, ObjectType: "user", Attributes: attributes,
		Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(id)}},
	}
}

func text(name, value string) abi.AttributeChange { return abi.Add(name, abi.StringValue(value)) }
