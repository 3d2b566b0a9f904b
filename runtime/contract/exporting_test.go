package contract_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func identified(e abi.CSEntryChange, changes ...func(*abi.CSEntryChange)) abi.CSEntryChange {
	e.Identifier = "1"
	return with(e, changes...)
}

func exports(t abi.ExportType, c abi.Capabilities) abi.Capabilities {
	c.ExportType = t
	return c
}

func updateOf(a ...abi.AttributeChange) abi.CSEntryChange {
	return identified(person("a", a...), change(abi.ObjectUpdate))
}

func references(m abi.AttributeModificationType) abi.AttributeChange {
	return abi.AttributeChange{Name: "members", Modification: m, MultiValued: true, Values: []abi.Value{abi.ReferenceValue("b")}}
}

func groupsUpdate() abi.AttributeChange {
	return abi.AttributeChange{Name: "groups", Modification: abi.AttributeUpdate, MultiValued: true, Deletes: []abi.Value{abi.StringValue("g")}}
}

func TestExportEntryRefused(t *testing.T) {
	t.Parallel()
	password := text(abi.ExportPassword, "secret")
	for _, c := range []struct {
		name, rule   string
		capabilities abi.Capabilities
		entry        abi.CSEntryChange
	}{
		{"no identifier", "ECMA-EXPORT-IDENTIFIER", quiet(), person("a")},
		{"identifier too long", "ECMA-EXPORT-IDENTIFIER", quiet(), identified(person("a"), func(e *abi.CSEntryChange) { e.Identifier = strings.Repeat("i", abi.MaxNameBytes+1) })},
		{"no modification", "ECMA-EXPORT-MODIFICATION", quiet(), identified(person("a"), change(abi.ObjectUnconfigured))},
		{"unknown modification", "ECMA-EXPORT-MODIFICATION", quiet(), identified(person("a"), change(6))},
		{"Replace under AttributeUpdate", "ECMA-EXPORT-MODIFICATION", quiet(), identified(person("a"), change(abi.ObjectReplace))},
		{"Replace under AttributeReplace", "ECMA-EXPORT-MODIFICATION", exports(abi.ExportAttributeReplace, quiet()), identified(person("a"), change(abi.ObjectReplace))},
		{"Update under ObjectReplace", "ECMA-EXPORT-MODIFICATION", exports(abi.ExportObjectReplace, quiet()), updateOf(changed("name", abi.AttributeReplace, "x"))},
		{"entry error", "ECMA-EXPORT-MODIFICATION", quiet(), identified(person("a"), failed(abi.ImportErrorReadError))},
		{"foreign object type", "ECMA-EXPORT-OBJECT-TYPE", quiet(), identified(person("a"), func(e *abi.CSEntryChange) { e.ObjectType = "group" })},
		{"no object type", "ECMA-EXPORT-OBJECT-TYPE", quiet(), identified(person("a"), func(e *abi.CSEntryChange) { e.ObjectType = "" })},

		{"Update without anchor", "ECMA-EXPORT-ANCHOR", quiet(), identified(person("a"), change(abi.ObjectUpdate), anchorless)},
		{"Delete without anchor", "ECMA-EXPORT-ANCHOR", quiet(), identified(person("a"), change(abi.ObjectDelete), anchorless)},
		{"another anchor", "ECMA-EXPORT-ANCHOR", quiet(), identified(person("a"), anchor("name", abi.StringValue("a")))},
		{"anchor of another type", "ECMA-EXPORT-ANCHOR", quiet(), identified(person("a"), anchor("id", abi.IntegerValue(1)))},
		{"empty anchor", "ECMA-EXPORT-ANCHOR", quiet(), identified(person(""))},
		{"anchor too long", "ECMA-EXPORT-ANCHOR", quiet(), identified(person(strings.Repeat("a", abi.MaxAnchorBytes+1)))},
		{"anchor where the DN is it", "ECMA-EXPORT-ANCHOR", dnAsAnchor(), identified(person("a"), dn(inEast))},
		{"anchor changed", "ECMA-EXPORT-ANCHOR", quiet(), updateOf(changed("id", abi.AttributeReplace, "b"))},
		{"anchor cleared", "ECMA-EXPORT-ANCHOR", quiet(), updateOf(changed("id", abi.AttributeDelete))},

		{"DN with style None", "ECMA-EXPORT-DN", quiet(), identified(person("a"), dn("a"))},
		{"no DN with style Generic", "ECMA-EXPORT-DN", generic(), identified(person("a"))},
		{"DN too long", "ECMA-EXPORT-DN", generic(), identified(person("a"), dn(strings.Repeat("a", abi.MaxAnchorBytes+1)))},
		{"DN of another syntax", "ECMA-EXPORT-DN", ldap(), identified(person("a"), dn("a"))},
		{"DN of spaces", "ECMA-EXPORT-DN", ldap(), identified(person("a"), dn("  "))},
		{"new DN of another syntax", "ECMA-EXPORT-DN", ldap(), identified(person("a"), dn(inEast), change(abi.ObjectUpdate), newDN("b"))},
		{"foreign partition", "ECMA-EXPORT-PARTITION", ldap(), identified(person("a"), dn("uid=a,dc=west,dc=example"))},
		{"new DN without ObjectRename", "ECMA-EXPORT-RENAME", withoutRename(), identified(person("a"), dn("a"), change(abi.ObjectUpdate), newDN("b"))},
		{"new DN in an Add", "ECMA-EXPORT-RENAME", generic(), identified(person("a"), dn("a"), newDN("b"))},

		{"unknown attribute", "ECMA-EXPORT-ATTRIBUTE", quiet(), identified(person("a", text("mail", "x")))},
		{"attribute twice", "ECMA-EXPORT-ATTRIBUTE", quiet(), identified(person("a", text("name", "x"), text("name", "x")))},
		{"import-only attribute", "ECMA-EXPORT-IMPORT-ONLY", quiet(), identified(person("a", text("made", "x")))},
		{"password in an Add", "ECMA-EXPORT-PASSWORD-IN-ADD", quiet(), identified(person("a", password))},
		{"attributes in a Delete", "ECMA-EXPORT-ATTRIBUTE-FORM", quiet(), identified(person("a", text("name", "x")), change(abi.ObjectDelete))},
		{"attribute Replace in an Add", "ECMA-EXPORT-ATTRIBUTE-FORM", quiet(), identified(person("a", changed("name", abi.AttributeReplace, "x")))},
		{"attribute Delete in a Replace", "ECMA-EXPORT-ATTRIBUTE-FORM", exports(abi.ExportObjectReplace, quiet()), identified(person("a", changed("name", abi.AttributeDelete)), change(abi.ObjectReplace))},
		{"attribute Update under AttributeReplace", "ECMA-EXPORT-ATTRIBUTE-FORM", exports(abi.ExportAttributeReplace, quiet()), updateOf(groupsUpdate())},
		{"attribute Update of strings under MultivaluedReference", "ECMA-EXPORT-ATTRIBUTE-FORM",
			exports(abi.ExportMultivaluedReferenceAttributeUpdate, quiet()), updateOf(groupsUpdate())},
		{"attribute of no change", "ECMA-EXPORT-ATTRIBUTE-FORM", quiet(), updateOf(changed("name", abi.AttributeUnconfigured, "x"))},
		{"Add of an empty list", "ECMA-EXPORT-ATTRIBUTE-FORM", quiet(), identified(person("a", abi.AddAll("groups")))},
		{"Delete with values", "ECMA-EXPORT-ATTRIBUTE-FORM", quiet(), updateOf(changed("name", abi.AttributeDelete, "x"))},
		{"value of another type", "ECMA-EXPORT-VALUE", quiet(), identified(person("a", text("age", "1")))},
		{"list in a single-valued attribute", "ECMA-EXPORT-VALUE", quiet(), identified(person("a", abi.AddAll("name", abi.StringValue("x"))))},
		{"single value in a multi-valued attribute", "ECMA-EXPORT-VALUE", quiet(), identified(person("a", text("groups", "x")))},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			run := contract.NewExportRun(agreed(contract.Promise{PasswordMapped: true}, c.capabilities))
			wantRule(t, run.Entries(1, []abi.CSEntryChange{c.entry}), c.rule)
		})
	}
}

// What an attribute's change should have been is said.
func TestExportFormCures(t *testing.T) {
	t.Parallel()
	for want, entry := range map[string]abi.CSEntryChange{
		"Update to a connector of export type AttributeReplace holds no attribute Update; name all values that it is to have, as a Replace": updateOf(groupsUpdate()),
		"holds no attribute Replace; write its values as an Add":                                                                            identified(person("a", changed("name", abi.AttributeReplace, "x"))),
		"it is not among the attributes of this run":                                                                                        identified(person("a", text("mail", "x"))),
	} {
		run := contract.NewExportRun(agreed(contract.Promise{}, exports(abi.ExportAttributeReplace, quiet())))
		if err := run.Entries(1, []abi.CSEntryChange{entry}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("have %v, want %q in it", err, want)
		}
	}
}

func TestExportEntryAccepted(t *testing.T) {
	t.Parallel()
	password := text(abi.ExportPassword, "secret")
	all := []abi.AttributeChange{
		text("id", "a"), text("name", "x"), abi.Add("age", abi.IntegerValue(1)), abi.Add("active", abi.BooleanValue(true)),
		abi.AddAll("groups", abi.StringValue("g")), references(abi.AttributeAdd), text("secret", "s"),
	}
	for _, c := range []struct {
		name         string
		capabilities abi.Capabilities
		entry        abi.CSEntryChange
	}{
		{"Add", quiet(), identified(person("a", all...))},
		{"Add whose anchor the target makes", quiet(), identified(person("a", all[1:]...), anchorless)},
		{"Delete", quiet(), identified(person("a"), change(abi.ObjectDelete))},
		{"Update under AttributeUpdate", quiet(), updateOf(groupsUpdate(), references(abi.AttributeUpdate), changed("name", abi.AttributeDelete))},
		{"Update under AttributeReplace", exports(abi.ExportAttributeReplace, quiet()), updateOf(references(abi.AttributeReplace), changed("name", abi.AttributeAdd, "x"))},
		{"Update of references under MultivaluedReference", exports(abi.ExportMultivaluedReferenceAttributeUpdate, quiet()), updateOf(references(abi.AttributeUpdate))},
		{"Replace under ObjectReplace", exports(abi.ExportObjectReplace, quiet()), identified(person("a", all...), change(abi.ObjectReplace))},
		{"password in an Update", quiet(), updateOf(password)},
		{"password in a Replace", exports(abi.ExportObjectReplace, quiet()), identified(person("a", password), change(abi.ObjectReplace))},
		{"rename", ldap(), identified(person("a"), dn(inEast), change(abi.ObjectUpdate), newDN("uid=b,dc=east,dc=example"))},
		{"DN as anchor", dnAsAnchor(), identified(person("a"), anchorless, dn(inEast), change(abi.ObjectDelete))},
		{"identifier at its limit", quiet(), identified(person("a"), func(e *abi.CSEntryChange) { e.Identifier = strings.Repeat("i", abi.MaxNameBytes) })},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			run := contract.NewExportRun(agreed(contract.Promise{PasswordMapped: true}, c.capabilities))
			noError(t, run.Entries(1, []abi.CSEntryChange{c.entry}))
		})
	}
}

func TestExportPasswordOnlyWhenMapped(t *testing.T) {
	t.Parallel()
	run := contract.NewExportRun(agreed(contract.Promise{}, quiet()))
	wantRule(t, run.Entries(1, []abi.CSEntryChange{updateOf(text(abi.ExportPassword, "secret"))}), "ECMA-EXPORT-ATTRIBUTE")
}

func TestExportBatch(t *testing.T) {
	t.Parallel()
	run := contract.NewExportRun(agreed(contract.Promise{}, quiet()))
	two := []abi.CSEntryChange{identified(person("a")), identified(person("b"), func(e *abi.CSEntryChange) { e.Identifier = "2" })}
	noError(t, run.Entries(2, two))
	noError(t, run.Entries(2, two)) // the same entries may come again in a later pass
	wantRule(t, run.Entries(1, two), "ECMA-EXPORT-BATCH")
	wantRule(t, run.Entries(2, []abi.CSEntryChange{two[0], two[0]}), "ECMA-EXPORT-IDENTIFIER")
}

func made(id string) []abi.AnchorAttribute {
	return []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(id)}}
}

func TestExportResultRefused(t *testing.T) {
	t.Parallel()
	ok := abi.CSEntryChangeResult{Identifier: "1"}
	result := func(change func(*abi.CSEntryChangeResult)) []abi.CSEntryChangeResult {
		r := ok
		change(&r)
		return []abi.CSEntryChangeResult{r}
	}
	for _, c := range []struct {
		name, rule   string
		capabilities abi.Capabilities
		entry        abi.CSEntryChange
		results      []abi.CSEntryChangeResult
		kept         int
	}{
		{"unknown identifier", "ECMA-RESULT-UNKNOWN", quiet(), updateOf(), result(func(r *abi.CSEntryChangeResult) { r.Identifier = "2" }), 0},
		{"no identifier", "ECMA-RESULT-UNKNOWN", quiet(), updateOf(), result(func(r *abi.CSEntryChangeResult) { r.Identifier = "" }), 0},
		{"two results", "ECMA-RESULT-TWICE", quiet(), updateOf(), []abi.CSEntryChangeResult{ok, ok}, 1},
		{"unknown code", "ECMA-RESULT-CODE", quiet(), updateOf(), result(func(r *abi.CSEntryChangeResult) { r.Code = 27 }), 0},
		{"anchor of another attribute", "ECMA-RESULT-ANCHOR", quiet(), identified(person("a")), result(func(r *abi.CSEntryChangeResult) {
			r.Anchor = []abi.AnchorAttribute{{Name: "name", Value: abi.StringValue("a")}}
		}), 0},
		{"anchor of two parts", "ECMA-RESULT-ANCHOR", quiet(), identified(person("a")), result(func(r *abi.CSEntryChangeResult) { r.Anchor = append(made("a"), made("a")...) }), 0},
		{"anchor of another type", "ECMA-RESULT-ANCHOR", quiet(), identified(person("a")), result(func(r *abi.CSEntryChangeResult) {
			r.Anchor = []abi.AnchorAttribute{{Name: "id", Value: abi.IntegerValue(1)}}
		}), 0},
		{"empty anchor", "ECMA-RESULT-ANCHOR", quiet(), identified(person("a")), result(func(r *abi.CSEntryChangeResult) { r.Anchor = made("") }), 0},
		{"new anchor for an Update", "ECMA-RESULT-REKEY", generic(), identified(person("a"), dn("a"), change(abi.ObjectUpdate)), result(func(r *abi.CSEntryChangeResult) { r.Anchor = made("b") }), 0},
		{"new anchor for a Delete", "ECMA-RESULT-REKEY", quiet(), identified(person("a"), change(abi.ObjectDelete)), result(func(r *abi.CSEntryChangeResult) { r.Anchor = made("b") }), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			run := contract.NewExportRun(agreed(contract.Promise{}, c.capabilities))
			entries := []abi.CSEntryChange{c.entry}
			noError(t, run.Entries(1, entries))
			have, err := run.Results(entries, abi.PutExportEntriesResults{Results: c.results}, true)
			wantRule(t, err, c.rule)
			if len(have.Results) != c.kept {
				t.Errorf("results %+v, want %d of them", have.Results, c.kept)
			}
		})
	}
}

func TestExportResultAccepted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		capabilities abi.Capabilities
		entry        abi.CSEntryChange
		result       abi.CSEntryChangeResult
		stats        contract.ExportStats
	}{
		{"anchor made by the target", quiet(), identified(person("a"), anchorless), abi.CSEntryChangeResult{Anchor: made("new")}, contract.ExportStats{Anchors: 1}},
		{"anchor changed by a rename", generic(), identified(person("a"), dn("a"), newDN("b"), change(abi.ObjectUpdate)), abi.CSEntryChangeResult{Anchor: made("b")}, contract.ExportStats{Anchors: 1}},
		{"anchor as it was", quiet(), updateOf(), abi.CSEntryChangeResult{Anchor: made("a")}, contract.ExportStats{Anchors: 1}},
		{"error", quiet(), updateOf(), abi.CSEntryChangeResult{Code: abi.ExportErrorCustomContinueRun, Name: "x", Retryable: true, RetryAfterMillis: 5}, contract.ExportStats{Failed: 1}},
		{"call again as Add", quiet(), updateOf(), abi.CSEntryChangeResult{Code: abi.ExportActionConvertUpdateToAdd}, contract.ExportStats{Actions: 1}},
		{"call again later", quiet(), updateOf(), abi.CSEntryChangeResult{Code: abi.ExportActionRetryReferenceAttribute}, contract.ExportStats{Actions: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			run := contract.NewExportRun(agreed(contract.Promise{}, c.capabilities))
			entries := []abi.CSEntryChange{c.entry}
			noError(t, run.Entries(1, entries))
			c.result.Identifier = "1"
			have, err := run.Results(entries, abi.PutExportEntriesResults{Results: []abi.CSEntryChangeResult{c.result}}, true)
			noError(t, err)
			c.stats.Batches, c.stats.Entries = 1, 1
			if len(have.Results) != 1 || run.Stats() != c.stats || len(run.Findings()) != 0 {
				t.Errorf("results %+v, stats %+v, findings %v; want stats %+v", have.Results, run.Stats(), run.Findings(), c.stats)
			}
		})
	}
}

func TestExportAddWithoutAnchor(t *testing.T) {
	t.Parallel()
	nameless := identified(person("a"), anchorless)
	byAttribute := identified(person("a", text("id", "a")), anchorless)
	for _, c := range []struct {
		name     string
		entry    abi.CSEntryChange
		results  []abi.CSEntryChangeResult
		returned bool
		missing  int64
	}{
		{"no result", nameless, nil, true, 1},
		{"success without anchor", nameless, []abi.CSEntryChangeResult{{Identifier: "1"}}, true, 1},
		{"error", nameless, []abi.CSEntryChangeResult{{Identifier: "1", Code: abi.ExportErrorInvalidDN}}, true, 0},
		{"anchor among the attributes", byAttribute, nil, true, 0},
		{"call that failed", nameless, nil, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			run := contract.NewExportRun(agreed(contract.Promise{}, quiet()))
			entries := []abi.CSEntryChange{c.entry}
			noError(t, run.Entries(1, entries))
			have, err := run.Results(entries, abi.PutExportEntriesResults{Results: c.results}, c.returned)
			noError(t, err)
			if c.missing == 0 {
				wantNoFinding(t, run.Findings(), "ECMA-RESULT-ANCHOR-MISSING")
				return
			}
			wantFinding(t, run.Findings(), "ECMA-RESULT-ANCHOR-MISSING", 1)
			if len(have.Results) != 1 || have.Results[0].Code != abi.ExportErrorMissingAnchorComponent || have.Results[0].Identifier != "1" {
				t.Errorf("results %+v", have.Results)
			}
		})
	}
}

func TestExportResultNotes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule   string
		result abi.CSEntryChangeResult
	}{
		{"ECMA-RESULT-ODD", abi.CSEntryChangeResult{Detail: "created"}},
		{"ECMA-RESULT-ODD", abi.CSEntryChangeResult{Retryable: true}},
		{"ECMA-RESULT-ODD", abi.CSEntryChangeResult{RetryAfterMillis: 1}},
		{"ECMA-PARENTS-NOT-MADE", abi.CSEntryChangeResult{Code: abi.ExportActionProvisioningParent}},
		{"ECMA-RESULT-STOP-RUN", abi.CSEntryChangeResult{Code: abi.ExportErrorCustomStopRun}},
	} {
		run := contract.NewExportRun(agreed(contract.Promise{}, quiet()))
		entries := []abi.CSEntryChange{updateOf()}
		noError(t, run.Entries(1, entries))
		c.result.Identifier = "1"
		have, err := run.Results(entries, abi.PutExportEntriesResults{Results: []abi.CSEntryChangeResult{c.result}}, true)
		noError(t, err)
		wantFinding(t, run.Findings(), c.rule, 1)
		if have.Results[0].Code != c.result.Code {
			t.Errorf("the result became %+v", have.Results[0])
		}
	}
}

func openExport(t *testing.T, f *fake, p contract.Promise, step abi.OpenExportConnectionRunStep) *contract.ExportSession {
	t.Helper()
	s, err := enforce(f, p).OpenExportConnection(t.Context(), step)
	noError(t, err)
	return s.(*contract.ExportSession)
}

func TestExportSession(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.capabilities.ExportMaxPageSize = 2
	s := openExport(t, f, contract.Promise{PasswordMapped: true, ExportBatchSize: 9}, abi.OpenExportConnectionRunStep{})
	if f.exportStep.BatchSize != 2 || f.exportStep.Partition != abi.DefaultPartition || f.exportStep.Schema.Types[0].Attribute(abi.ExportPassword) == nil {
		t.Errorf("the connector is opened with %+v", f.exportStep)
	}
	_, err := s.PutExportEntries(t.Context(), nil)
	noError(t, err)
	_, err = s.PutExportEntries(t.Context(), []abi.CSEntryChange{person("a")})
	wantRule(t, err, "ECMA-EXPORT-IDENTIFIER")
	if f.count("PutExportEntries") != 0 {
		t.Errorf("the connector was entered: %v", f.calls)
	}
	_, err = s.PutExportEntries(t.Context(), []abi.CSEntryChange{updateOf(text("name", "x"))})
	noError(t, err)
	noError(t, s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}))
	if f.exportClose.Reason != abi.CloseNormal || s.Stats() != (contract.ExportStats{Batches: 1, Entries: 1}) {
		t.Errorf("closed with %s, stats %+v", f.exportClose.Reason, s.Stats())
	}
	_, err = s.PutExportEntries(t.Context(), nil)
	wantRule(t, err, "ECMA-SESSION-CLOSED")
	wantRule(t, s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}), "ECMA-SESSION-CLOSED")
}

func TestExportSessionKeepsResultsBesideErrors(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.answer.Results = []abi.CSEntryChangeResult{{Identifier: "1", Code: abi.ExportErrorPermissionIssue}, {Identifier: "9"}}
	f.answerErr = abi.NewError(abi.ServerDown, "gone")
	s := openExport(t, f, contract.Promise{}, abi.OpenExportConnectionRunStep{})
	have, err := s.PutExportEntries(t.Context(), []abi.CSEntryChange{updateOf()})
	wantRule(t, err, "ECMA-RESULT-UNKNOWN")
	if !errors.Is(err, abi.ServerDown) || len(have.Results) != 1 {
		t.Errorf("results %+v, error %v; want one result and the connector's error too", have.Results, err)
	}
	_, err = s.PutExportEntries(t.Context(), []abi.CSEntryChange{updateOf()})
	wantRule(t, err, "ECMA-SESSION-ENDED")
	noError(t, s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}))
	wantFinding(t, s.Findings(), "ECMA-CLOSE-REASON", 1)
	if f.exportClose.Reason != abi.CloseUnknown {
		t.Errorf("the connector is told %s", f.exportClose.Reason)
	}
}

func TestExportSessionGoesOnAfterEntryExport(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.answerErr = abi.NewError(abi.EntryExport, "this one failed")
	s := openExport(t, f, contract.Promise{}, abi.OpenExportConnectionRunStep{})
	for range 2 {
		_, err := s.PutExportEntries(t.Context(), []abi.CSEntryChange{updateOf()})
		if !errors.Is(err, abi.EntryExport) {
			t.Fatalf("error %v, want EntryExport", err)
		}
	}
}

func TestExportSessionStopsRun(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.answer.Results = []abi.CSEntryChangeResult{{Identifier: "1", Code: abi.ExportErrorCustomStopRun}}
	s := openExport(t, f, contract.Promise{}, abi.OpenExportConnectionRunStep{})
	_, err := s.PutExportEntries(t.Context(), []abi.CSEntryChange{updateOf()})
	noError(t, err)
	_, err = s.PutExportEntries(t.Context(), []abi.CSEntryChange{updateOf()})
	wantRule(t, err, "ECMA-SESSION-ENDED")
}

func TestExportNotOffered(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	_, err := enforce(f, contract.Promise{Absent: []abi.Role{abi.RoleExport}}).OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{})
	if e := wantRule(t, err, "ECMA-ROLE-NOT-OFFERED"); e.Code != abi.EntryPointNotImplemented || !strings.Contains(e.Message, "missing") {
		t.Errorf("error %v does not say that the exports are missing", e)
	}
	f.capabilities.SupportExport = false
	_, err = enforce(f, contract.Promise{}).OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{})
	if e := wantRule(t, err, "ECMA-ROLE-NOT-OFFERED"); !strings.Contains(e.Message, "off") {
		t.Errorf("error %v does not say that the flag is off", e)
	}
	_, err = enforce(newFake(quiet()), contract.Promise{}).OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{BatchSize: -1})
	wantRule(t, err, "ECMA-REQUEST-LIMITS")
}
