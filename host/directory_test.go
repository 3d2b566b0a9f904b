package host_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

const canary = "c4n4ry-S3cr3t"

// directory is a connector in plain Go over a list of users, and a record of how
// it was called.
type directory struct {
	capabilities abi.Capabilities
	definitions  map[abi.ConfigParameterPage][]abi.ConfigParameterDefinition
	validate     func(abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error)
	partitions   []abi.Partition
	// more are attributes beside the usual ones.
	more       []abi.SchemaAttribute
	users      []string
	pageSize   int
	calls      []string
	parameters abi.ConfigParameters

	// open, page, put, password and close stand in for the connector's own, if not
	// nil.
	open     func(abi.OpenImportConnectionRunStep) error
	page     func(n int) (abi.GetImportEntriesResults, error)
	put      func(ctx context.Context, entries []abi.CSEntryChange) (abi.PutExportEntriesResults, error)
	password func(abi.SetPasswordRunStep) error
	close    func(abi.CloseReason) error
}

func newDirectory(users ...string) *directory {
	return &directory{
		users: users, pageSize: 2,
		capabilities: abi.Capabilities{
			ConcurrentOperation: true, DeltaImport: true, ExportType: abi.ExportAttributeUpdate,
			SupportImport: true, SupportExport: true, SupportPassword: true, ConnectionSecurityLevel: abi.Secure,
		},
	}
}

func (d *directory) call(format string, args ...any) {
	d.calls = append(d.calls, fmt.Sprintf(format, args...))
}

func (d *directory) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return d.capabilities, nil
}

func (d *directory) GetConfigParameters(_ context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	if step.PageNumber > 1 {
		return nil, nil
	}
	return d.definitions[step.Page], nil
}

func (d *directory) ValidateConfigParameters(_ context.Context, step abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
	if d.validate == nil {
		return abi.ParameterValidationResult{}, nil
	}
	return d.validate(step)
}

func (d *directory) GetSchema(_ context.Context, parameters abi.ConfigParameters) (abi.Schema, error) {
	d.parameters = parameters
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: append([]abi.SchemaAttribute{
		{Name: "name", Anchor: true}, {Name: "mail"}, {Name: "tags", MultiValued: true}, {Name: "active", Type: abi.Boolean},
	}, d.more...)}}}, nil
}

func (d *directory) GetPartitions(context.Context, abi.ConfigParameters) ([]abi.Partition, error) {
	if d.partitions == nil {
		return nil, abi.NewError(abi.EntryPointNotImplemented, "")
	}
	return d.partitions, nil
}

func (d *directory) OpenImportConnection(_ context.Context, step abi.OpenImportConnectionRunStep) (abi.ImportSession, error) {
	d.call("open %s from %q", step.ImportType, step.CustomData)
	if d.open != nil {
		if err := d.open(step); err != nil {
			return nil, err
		}
	}
	return &importing{d: d}, nil
}

type importing struct {
	d *directory
	n int
}

func (s *importing) CustomData() string { return "" }

func (s *importing) GetImportEntries(_ context.Context, _ abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	s.n++
	if s.d.page != nil {
		return s.d.page(s.n)
	}
	from := min((s.n-1)*s.d.pageSize, len(s.d.users))
	to := min(from+s.d.pageSize, len(s.d.users))
	return abi.GetImportEntriesResults{CustomData: fmt.Sprint("at ", to), MoreToImport: to < len(s.d.users), Entries: entries(s.d.users[from:to]...)}, nil
}

func (s *importing) CloseImportConnection(_ context.Context, step abi.CloseImportConnectionRunStep) (abi.CloseImportConnectionResults, error) {
	s.d.call("close %s", step.Reason)
	if s.d.close != nil {
		return abi.CloseImportConnectionResults{CustomData: step.CustomData}, s.d.close(step.Reason)
	}
	return abi.CloseImportConnectionResults{CustomData: step.CustomData}, nil
}

func entries(names ...string) []abi.CSEntryChange {
	var all []abi.CSEntryChange
	for _, name := range names {
		all = append(all, abi.CSEntryChange{Anchor: []abi.AnchorAttribute{{Name: "name", Value: abi.StringValue(name)}}})
	}
	return all
}

func (d *directory) OpenExportConnection(_ context.Context, step abi.OpenExportConnectionRunStep) (abi.ExportSession, error) {
	d.call("open export %d", step.BatchSize)
	return exporting{d}, nil
}

type exporting struct{ d *directory }

func (s exporting) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
	var names []string
	for i := range entries {
		names = append(names, describe(&entries[i]))
	}
	s.d.call("put %s", strings.Join(names, ", "))
	if s.d.put == nil {
		return abi.PutExportEntriesResults{}, nil
	}
	return s.d.put(ctx, entries)
}

// describe is an entry in short: Add id(mail,tags).
func describe(e *abi.CSEntryChange) string {
	var attributes []string
	for _, a := range e.Attributes {
		attributes = append(attributes, strings.ToLower(a.Modification.String())+" "+a.Name)
	}
	slices.Sort(attributes)
	return fmt.Sprintf("%s %s(%s)", e.Modification, e.Identifier, strings.Join(attributes, " "))
}

func (s exporting) CloseExportConnection(_ context.Context, step abi.CloseExportConnectionRunStep) error {
	s.d.call("close export %s", step.Reason)
	if s.d.close != nil {
		return s.d.close(step.Reason)
	}
	return nil
}

func (d *directory) OpenPasswordConnection(context.Context, abi.OpenPasswordConnectionRunStep) (abi.PasswordSession, error) {
	d.call("open password")
	return passwording{d}, nil
}

type passwording struct{ d *directory }

func (s passwording) SetPassword(_ context.Context, step abi.SetPasswordRunStep) error {
	s.d.call("password of %s", step.Entry.Anchor[0].Value.Text())
	if s.d.password != nil {
		return s.d.password(step)
	}
	return nil
}

func (s passwording) ChangePassword(context.Context, abi.ChangePasswordRunStep) error { return nil }

func (s passwording) ClosePasswordConnection(context.Context) error {
	s.d.call("close password")
	return nil
}

// openWith opens d under a configuration.
func openWith(t *testing.T, d *directory, o host.Options, more string) *host.Connector {
	t.Helper()
	c, err := config.Parse("x.yaml", []byte("connector: x\nmodule: m\nexportPassword: true\n"+more), nil)
	if err != nil {
		t.Fatal(err)
	}
	connector, err := host.OpenNative(c, o, hostfuncs.SecretMap{"s": canary}, d)
	if err != nil {
		t.Fatal(err)
	}
	return connector
}

func wantCalls(t *testing.T, d *directory, want ...string) {
	t.Helper()
	if !slices.Equal(d.calls, want) {
		t.Errorf("calls:\nhave %s\nwant %s", strings.Join(d.calls, "\n     "), strings.Join(want, "\n     "))
	}
}
