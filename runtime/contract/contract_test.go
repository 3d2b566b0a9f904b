package contract_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func TestEnforceRefuses(t *testing.T) {
	t.Parallel()
	if _, err := contract.Enforce(nil, contract.Promise{}); err == nil {
		t.Error("no connector is enforced")
	}
	_, err := contract.Enforce(newFake(quiet()), contract.Promise{ImportPageSize: -1, Attributes: []string{""}})
	if have := len(violations(err)); have != 2 {
		t.Errorf("%d violations in %v, want 2", have, err)
	}
}

func TestConnectorIsAskedOnce(t *testing.T) {
	t.Parallel()
	f := newFake(ldap())
	f.pages = []abi.GetImportEntriesResults{{}}
	c := enforce(f, contract.Promise{})
	for range 3 {
		s, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Parameters: abi.ConfigParameters{{Name: "a", Value: "1"}}})
		noError(t, err)
		_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		noError(t, err)
	}
	for _, call := range []string{"GetCapabilities", "GetSchema", "GetPartitions"} {
		if have := f.count(call); have != 1 {
			t.Errorf("%s was called %d times, want 1", call, have)
		}
	}
	_, err := c.Agree(t.Context(), abi.ConfigParameters{{Name: "a", Value: "2"}})
	noError(t, err)
	if have := f.count("GetSchema"); have != 2 {
		t.Errorf("other parameters: GetSchema was called %d times, want 2", have)
	}
	for i := range 20 {
		_, err := c.Agree(t.Context(), abi.ConfigParameters{{Name: "b", Value: fmt.Sprint(i)}})
		noError(t, err)
	}
	_, err = c.Agree(t.Context(), abi.ConfigParameters{{Name: "a", Value: "1"}})
	noError(t, err)
	if have := f.count("GetSchema"); have != 23 {
		t.Errorf("GetSchema was called %d times, want 23: what is remembered is bounded", have)
	}
}

func TestSchemaIsRefreshed(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	c := enforce(f, contract.Promise{})
	_, err := c.Agree(t.Context(), nil)
	noError(t, err)
	f.schema.Types[0].Attributes = f.schema.Types[0].Attributes[:2]
	s, err := c.GetSchema(t.Context(), nil)
	noError(t, err)
	a, err := c.Agree(t.Context(), nil)
	noError(t, err)
	if len(names(s)) != 2 || len(names(a.ImportSchema)) != 2 {
		t.Errorf("schema %v, agreement %v; want two attributes", names(s), names(a.ImportSchema))
	}
	if f.count("GetCapabilities") != 1 {
		t.Error("capabilities were asked for again")
	}
}

func TestSchemaIsWhole(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.schema = manyTypes(3)
	c := enforce(f, contract.Promise{})
	s, err := c.GetSchema(t.Context(), nil)
	noError(t, err)
	if len(s.Types) != 3 {
		t.Errorf("%d types, want all to choose from", len(s.Types))
	}
	_, err = c.Agree(t.Context(), nil)
	wantRule(t, err, "ECMA-ONE-OBJECT-TYPE")
	f.schema.Types[0].Name = ""
	_, err = c.GetSchema(t.Context(), nil)
	wantRule(t, err, "ECMA-NAME-INVALID")
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	f := newFake(ldap())
	f.partitions = []abi.Partition{east, west}
	c := enforce(f, contract.Promise{})
	list, err := c.GetPartitions(t.Context(), nil)
	noError(t, err)
	if len(list) != 2 {
		t.Errorf("partitions %v, want both", list)
	}
	_, err = c.Agree(t.Context(), nil)
	wantRule(t, err, "ECMA-ONE-PARTITION")
	f.partitions = nil
	_, err = c.GetPartitions(t.Context(), nil)
	wantRule(t, err, "ECMA-PARTITION-NONE")
	_, err = c.Agree(t.Context(), nil)
	wantRule(t, err, "ECMA-PARTITION-NONE")
	_, err = enforce(newFake(generic()), contract.Promise{}).GetPartitions(t.Context(), nil)
	wantRule(t, err, "ECMA-ROLE-NOT-OFFERED")
}

func TestPartitionsNotImplemented(t *testing.T) {
	t.Parallel()
	f := newFake(ldap())
	f.partitionErr = abi.NewError(abi.EntryPointNotImplemented, "")
	a, err := enforce(f, contract.Promise{}).Agree(t.Context(), nil)
	noError(t, err)
	if a.Partition != abi.DefaultPartition {
		t.Errorf("partition %v, want the default one", a.Partition)
	}
}

func TestCallerHandsInSchemaAndPartition(t *testing.T) {
	t.Parallel()
	f := newFake(ldap())
	f.partitions = []abi.Partition{east, west}
	c := enforce(f, contract.Promise{Partition: "west", Attributes: []string{"name", "secret"}, PasswordMapped: true})
	a, err := c.Agree(t.Context(), nil)
	noError(t, err)
	asked := len(f.calls)
	for _, schema := range []abi.Schema{a.ImportSchema, a.ExportSchema} {
		s, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: schema, Partition: a.Partition})
		noError(t, err)
		noError(t, s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}))
	}
	if f.exportStep.Partition != west || f.exportStep.Schema.Types[0].Attribute(abi.ExportPassword) == nil {
		t.Errorf("the connector is opened with %+v", f.exportStep)
	}
	if have := len(f.calls) - asked; have != 4 {
		t.Errorf("the connector was asked again: %v", f.calls[asked:])
	}
}

func TestOneSessionOfAKind(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	c := enforce(f, contract.Promise{})
	gone, giveUp := context.WithCancel(t.Context())
	giveUp()
	first, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{})
	noError(t, err)
	_, err = c.OpenImportConnection(gone, abi.OpenImportConnectionRunStep{})
	wantRule(t, err, "ECMA-SESSION-OPEN")
	export, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{})
	noError(t, err)
	_, err = c.OpenExportConnection(gone, abi.OpenExportConnectionRunStep{})
	wantRule(t, err, "ECMA-SESSION-OPEN")
	password, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	noError(t, err)
	_, err = c.OpenPasswordConnection(gone, abi.OpenPasswordConnectionRunStep{})
	wantRule(t, err, "ECMA-SESSION-OPEN")
	_, _ = first.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	noError(t, export.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}))
	noError(t, password.ClosePasswordConnection(t.Context()))
	f.openErr = abi.NewError(abi.ServerDown, "gone")
	for range 2 { // a session that did not open takes no place
		_, err = c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{})
		if !errors.Is(err, abi.ServerDown) {
			t.Errorf("error %v, want the connector's own", err)
		}
		_, err = c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{})
		if !errors.Is(err, abi.ServerDown) {
			t.Errorf("error %v, want the connector's own", err)
		}
		_, err = c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
		if !errors.Is(err, abi.ServerDown) {
			t.Errorf("error %v, want the connector's own", err)
		}
	}
}

// TestConcurrentUse is for the race detector: a connector under contract is used
// from many sides at once, and still asked once.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	f := newFake(ldap())
	f.capabilities.FullExport = true
	c := enforce(f, contract.Promise{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if a, err := c.Agree(t.Context(), nil); err != nil || a.ObjectType != "user" {
				t.Errorf("agreement %v, error %v", a, err)
			}
			if _, err := c.GetCapabilities(t.Context(), nil); err != nil {
				t.Error(err)
			}
			wantFinding(t, c.Findings(), "ECMA-FULL-EXPORT-NOT-USED", 1)
			s, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{})
			if err != nil {
				t.Error(err) // each waits for the one before it
				return
			}
			noError(t, s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}))
		})
	}
	group.Wait()
	if f.count("GetCapabilities") != 1 || f.count("GetSchema") != 1 {
		t.Errorf("the connector was asked more than once: %v", f.calls)
	}
}

func TestNotesAreSaidOnce(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.capabilities.FullExport = true
	c := enforce(f, contract.Promise{})
	for i := range 3 {
		_, err := c.Agree(t.Context(), abi.ConfigParameters{{Name: "a", Value: fmt.Sprint(i)}})
		noError(t, err)
	}
	wantFinding(t, c.Findings(), "ECMA-FULL-EXPORT-NOT-USED", 1)
}

func TestUntypedErrorsGetACode(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	c := enforce(f, contract.Promise{})
	for _, x := range []struct {
		err  error
		code abi.Code
	}{
		{errors.New("boom"), abi.ExtensibleExtension},
		{fmt.Errorf("asked: %w", context.Canceled), abi.Cancelled},
		{context.DeadlineExceeded, abi.DeadlineExceeded},
		{fmt.Errorf("asked: %w", abi.NewError(abi.AccessDenied, "no")), abi.AccessDenied},
	} {
		f.err = x.err
		_, err := c.GetSchema(t.Context(), nil)
		if abi.CodeOf(err) != x.code || !errors.Is(err, x.err) {
			t.Errorf("%v became %v, want %s around it", x.err, err, x.code)
		}
	}
	wantFinding(t, c.Findings(), "ECMA-ERROR-UNTYPED", 1)
}

func TestAskingHeedsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(quiet())
	c := enforce(f, contract.Promise{})
	hold := make(chan struct{})
	done := make(chan error)
	go func() {
		done <- c.HoldAsking(func() {
			hold <- struct{}{}
			<-hold
		})
	}()
	<-hold
	cancel()
	if _, err := c.Agree(ctx, nil); !errors.Is(err, abi.Cancelled) {
		t.Errorf("error %v, want Cancelled", err)
	}
	close(hold)
	noError(t, <-done)
}

func TestConfigParameters(t *testing.T) {
	t.Parallel()
	step := abi.ConfigParametersRunStep{Page: abi.PageConnectivity, PageNumber: 1}
	long := strings.Repeat("p", abi.MaxNameBytes+1)
	for _, c := range []struct {
		name, rule  string
		step        func(*abi.ConfigParametersRunStep)
		definitions []abi.ConfigParameterDefinition
	}{
		{"unknown page", "ECMA-PAGE-INVALID", func(s *abi.ConfigParametersRunStep) { s.Page = 6 }, nil},
		{"page number 0", "ECMA-PAGE-INVALID", func(s *abi.ConfigParametersRunStep) { s.PageNumber = 0 }, nil},
		{"page number 2", "ECMA-PAGE-INVALID", func(s *abi.ConfigParametersRunStep) { s.PageNumber = 2 }, nil},
		{"partition page without partition", "ECMA-PAGE-INVALID", func(s *abi.ConfigParametersRunStep) { s.Page = abi.PagePartition }, nil},
		{"parameter without name", "ECMA-PARAMETERS-INVALID", func(s *abi.ConfigParametersRunStep) { s.Parameters = abi.ConfigParameters{{}} }, nil},
		{"parameter name too long", "ECMA-PARAMETERS-INVALID", func(s *abi.ConfigParametersRunStep) { s.Parameters = abi.ConfigParameters{{Name: long}} }, nil},
		{"too many parameters", "ECMA-PARAMETERS-INVALID", func(s *abi.ConfigParametersRunStep) {
			s.Parameters = make(abi.ConfigParameters, abi.MaxParameters+1)
		}, nil},
		{"definition without name", "ECMA-DEFINITION-NAME", nil, []abi.ConfigParameterDefinition{{}}},
		{"definition twice", "ECMA-DEFINITION-NAME", nil, []abi.ConfigParameterDefinition{{Name: "a"}, {Name: "a"}}},
		{"label with a bad name", "ECMA-DEFINITION-NAME", nil, []abi.ConfigParameterDefinition{{Name: long, Type: abi.ParameterLabel}}},
		{"too many definitions", "ECMA-DEFINITION-NAME", nil, make([]abi.ConfigParameterDefinition, abi.MaxParameters+1)},
		{"too many choices", "ECMA-DEFINITION-NAME", nil, []abi.ConfigParameterDefinition{{Name: "a", Type: abi.ParameterDropDown, Choices: make([]string, abi.MaxChoices+1)}}},
		{"check box that defaults to true", "ECMA-DEFINITION-DEFAULT", nil, []abi.ConfigParameterDefinition{{Name: "a", Type: abi.ParameterCheckBox, DefaultValue: "true"}}},
		{"drop-down that defaults to no choice", "ECMA-DEFINITION-DEFAULT", nil, []abi.ConfigParameterDefinition{{Name: "a", Type: abi.ParameterDropDown, DefaultValue: "x", Choices: []string{"y"}}}},
		{"endless schema pages", "ECMA-SCHEMA-PAGES-ENDLESS", func(s *abi.ConfigParametersRunStep) {
			s.Page, s.PageNumber = abi.PageSchema, abi.MaxSchemaPages+1
		}, []abi.ConfigParameterDefinition{{Name: "a"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(quiet())
			f.definitions = c.definitions
			s := step
			if c.step != nil {
				c.step(&s)
			}
			conn := enforce(f, contract.Promise{})
			_, err := conn.GetConfigParameters(t.Context(), s)
			if c.name == "too many parameters" { // which are without name besides
				if have := violations(err); len(have) != 1 {
					t.Fatalf("violations %v, want one", have)
				}
			}
			wantRule(t, err, c.rule)
			if _, err = conn.ValidateConfigParameters(t.Context(), s); c.definitions == nil {
				wantRule(t, err, c.rule)
			}
		})
	}
}

func TestConfigParametersAccepted(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.definitions = []abi.ConfigParameterDefinition{
		{Type: abi.ParameterLabel, Text: "Server"}, {Type: abi.ParameterDivider}, {Type: abi.ParameterDivider},
		{Name: "host"}, {Name: "tls", Type: abi.ParameterCheckBox, DefaultValue: "1"},
		{Name: "kind", Type: abi.ParameterDropDown, DefaultValue: "y", Choices: []string{"y"}},
		{Name: "free", Type: abi.ParameterDropDown, DefaultValue: "x", Extensible: true},
		{Name: "new", Type: 8},
	}
	c := enforce(f, contract.Promise{})
	for _, s := range []abi.ConfigParametersRunStep{
		{Page: abi.PageGlobal, PageNumber: 1}, {Page: abi.PageSchema, PageNumber: abi.MaxSchemaPages}, {Page: abi.PagePartition, PageNumber: 1, Partition: east},
	} {
		definitions, err := c.GetConfigParameters(t.Context(), s)
		noError(t, err)
		if len(definitions) != len(f.definitions) {
			t.Errorf("%d definitions, want all", len(definitions))
		}
	}
	wantFinding(t, c.Findings(), "ECMA-DEFINITION-TYPE", 1)
	f.definitions = nil
	_, err := c.GetConfigParameters(t.Context(), abi.ConfigParametersRunStep{Page: abi.PageSchema, PageNumber: abi.MaxSchemaPages + 1})
	noError(t, err)
}

func TestValidation(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	c := enforce(f, contract.Promise{})
	step := abi.ConfigParametersRunStep{PageNumber: 1}
	f.validation = abi.ParameterValidationResult{Code: abi.ValidationFailure, ErrorMessage: "no such host", ErrorParameter: "host"}
	have, err := c.ValidateConfigParameters(t.Context(), step)
	noError(t, err)
	if have != f.validation || len(c.Findings()) != 0 {
		t.Errorf("result %+v, findings %v", have, c.Findings())
	}
	f.validation = abi.ParameterValidationResult{Code: abi.ValidationFailure}
	_, err = c.ValidateConfigParameters(t.Context(), step)
	noError(t, err)
	wantFinding(t, c.Findings(), "ECMA-VALIDATION-SILENT", 1)
	f.validation.Code = 2
	_, err = c.ValidateConfigParameters(t.Context(), step)
	wantRule(t, err, "ECMA-VALIDATION-RESULT")
}
