package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// The tests of package contract play its rules to connectors in Go. Here guests break
// them, on whatever engine: contractBreaches lists the guests.

// breach is a guest that keeps to the contract but for its replies to some calls.
type breach struct {
	// rule is the code of what it breaks.
	rule string
	// replies are those that are other than goodReplies.
	replies replies
	// promise is what is asked of it.
	promise contract.Promise
	// play calls it.
	play contractPlay
	// instead, if not 0, is the code of the error with which the reply is refused before
	// the rule is looked at: the decoder does not read such a reply.
	instead abi.Code
	// patient says that it takes minutes, which are not waited for.
	patient bool
}

// replies are results in JSON, or whole replies with an error, by call.
type replies map[string]string

// contractPlay makes the calls that a breach is about, and returns what was found in them
// and their first error.
type contractPlay func(context.Context, *runtime.Connector) ([]contract.Finding, error)

// guestOf makes a guest that exports every call of the ABI, each with its reply.
func guestOf(other replies) []byte {
	const page = 1 << 16 // of memory: the first is for requests, the replies stand behind it
	m := &wasmtest.Module{
		Types:     [][]byte{wasmtest.Func("\x7e", "\x7e"), wasmtest.Func("\x7f", "\x7f"), wasmtest.Func("\x7f", "\x7e")},
		Functions: [][]byte{{0}, {1}},
		Exports:   [][]byte{wasmtest.Export(abi.ExportMemory, 2, 0), wasmtest.Export(abi.ExportMarker, 0, 0), wasmtest.Export(abi.ExportBuffer, 0, 1)},
		Bodies:    [][]byte{wasmtest.Body(nil, wasmtest.I64(0)...), wasmtest.Body(nil, wasmtest.I32(1024)...)},
	}
	all := maps.Clone(goodReplies)
	maps.Copy(all, other)
	var text string
	for _, call := range slices.Sorted(maps.Keys(all)) {
		reply := all[call]
		if !strings.HasPrefix(reply, `{"error":`) {
			reply = `{"result":` + reply + `}`
		}
		m.Exports = append(m.Exports, wasmtest.Export(call, 0, uint32(len(m.Functions))))
		m.Functions = append(m.Functions, []byte{2})
		m.Bodies = append(m.Bodies, wasmtest.Body(nil, wasmtest.I64(int64(page+len(text))<<32|int64(len(reply)))...))
		text += reply
	}
	m.Memories = [][]byte{wasmtest.Join([]byte{0}, wasmtest.U32(uint32(2+len(text)/page)))}
	m.Data = [][]byte{wasmtest.Join([]byte{0}, wasmtest.I32(page), []byte{0x0b}, wasmtest.Sized(text))}
	return m.Bytes()
}

// goodReplies break no rule.
var goodReplies = replies{
	"GetCapabilities": capabilities(), "GetSchema": schemaOf(""), "GetPartitions": partitionsOf(eastPartition),
	"GetConfigParameters": `{"definitions":[{"name":"server","type":"String"}]}`, "ValidateConfigParameters": `{}`,
	"OpenImportConnection": `{}`, "GetImportEntries": pageWith(`{"anchor":{"id":"a"}}`), "CloseImportConnection": `{"custom_data":"w"}`,
	"OpenExportConnection": `{}`, "PutExportEntries": `{}`, "CloseExportConnection": `{}`,
	"OpenPasswordConnection": `{}`, "SetPassword": `{}`, "ChangePassword": `{}`, "ClosePasswordConnection": `{}`,
}

// capabilities are those of which there is nothing to note, changed by pairs of a name
// and a value in JSON; without a value the name is left out.
func capabilities(pairs ...string) string {
	all := map[string]json.RawMessage{"distinguished_name_style": json.RawMessage(`"None"`), "export_type": json.RawMessage(`"AttributeUpdate"`),
		"connection_security_level": json.RawMessage(`"Secure"`)}
	for _, name := range []string{"concurrent_operation", "delta_import", "support_import", "support_export", "support_password", "support_full_object"} {
		all[name] = json.RawMessage("true")
	}
	for pair := range slices.Chunk(pairs, 2) {
		if all[pair[0]] = json.RawMessage(pair[1]); pair[1] == "" {
			delete(all, pair[0])
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// generic and ldap are capabilities with distinguished names.
func generic(pairs ...string) string {
	return capabilities(append([]string{"distinguished_name_style", `"Generic"`, "object_rename", "true"}, pairs...)...)
}

func ldap(pairs ...string) string {
	return generic(append([]string{"distinguished_name_style", `"Ldap"`, "support_partitions", "true"}, pairs...)...)
}

// schemaOf is a schema of one object type, with further attributes.
func schemaOf(further string) string {
	return `{"types":[{"name":"user","attributes":[{"name":"id","type":"String","anchor":true},{"name":"name","type":"String"},` +
		`{"name":"age","type":"Integer"},{"name":"groups","type":"String","multi_valued":true}` + further + `]}]}`
}

// typesOf is a schema of whole object types.
func typesOf(types string) string { return `{"types":[` + types + `]}` }

// eastPartition and westPartition are partitions.
const (
	eastPartition = `{"id":"11111111-2222-3333-4444-555555555501","dn":"DC=east","name":"east"}`
	westPartition = `{"id":"11111111-2222-3333-4444-555555555502","dn":"DC=west","name":"west"}`
)

func partitionsOf(list string) string { return `{"partitions":[` + list + `]}` }

// pageWith is the last page of an import, resultsWith what a batch came to.
func pageWith(entries string) string    { return `{"entries":[` + entries + `],"custom_data":"w"}` }
func resultsWith(results string) string { return `{"results":[` + results + `]}` }

// agrees settles the promise.
func agrees(ctx context.Context, c *runtime.Connector) ([]contract.Finding, error) {
	a, err := c.Agree(ctx, nil)
	if err != nil {
		return nil, err
	}
	return a.Findings, nil
}

// defines asks for the definitions of a page, validates for its validation.
func defines(page abi.ConfigParameterPage, number int) contractPlay {
	return func(ctx context.Context, c *runtime.Connector) ([]contract.Finding, error) {
		_, err := c.GetConfigParameters(ctx, abi.ConfigParametersRunStep{Page: page, PageNumber: number})
		return c.Findings(), err
	}
}

func validates(ctx context.Context, c *runtime.Connector) ([]contract.Finding, error) {
	_, err := c.ValidateConfigParameters(ctx, abi.ConfigParametersRunStep{Page: abi.PageGlobal, PageNumber: 1})
	return c.Findings(), err
}

// listsPartitions asks for all partitions.
func listsPartitions(ctx context.Context, c *runtime.Connector) ([]contract.Finding, error) {
	_, err := c.GetPartitions(ctx, nil)
	return c.Findings(), err
}

// imports runs an import to its end, or to its first error.
func imports(kind abi.OperationType) contractPlay {
	return func(ctx context.Context, c *runtime.Connector) ([]contract.Finding, error) {
		step := abi.OpenImportConnectionRunStep{ImportType: kind}
		if kind == abi.Delta {
			step.CustomData = "w"
		}
		run, err := c.OpenImportConnection(ctx, step)
		if err != nil {
			return c.Findings(), err
		}
		for more := true; more && err == nil; {
			var page abi.GetImportEntriesResults
			page, err = run.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
			more = page.MoreToImport
		}
		if _, closing := run.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{}); err == nil {
			err = closing
		}
		return run.(*contract.ImportSession).Findings(), err
	}
}

// exports exports one change, which has the identifier 1.
func exports(change abi.CSEntryChange) contractPlay {
	change.Identifier, change.ObjectType = "1", "user"
	return func(ctx context.Context, c *runtime.Connector) ([]contract.Finding, error) {
		run, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{})
		if err != nil {
			return c.Findings(), err
		}
		_, err = run.PutExportEntries(ctx, []abi.CSEntryChange{change})
		if closing := run.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{Reason: abi.CloseUnknown}); err == nil {
			err = closing
		}
		return run.(*contract.ExportSession).Findings(), err
	}
}

// addsOne exports a new object without an anchor, updatesOne an old one with its own.
var (
	addsOne    = exports(abi.CSEntryChange{Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{abi.Add("name", abi.StringValue("x"))}})
	updatesOne = exports(abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("a")}}})
)

// setsPassword sets and changes the password of one object.
func setsPassword(ctx context.Context, c *runtime.Connector) ([]contract.Finding, error) {
	run, err := c.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{})
	if err != nil {
		return c.Findings(), err
	}
	owner := abi.CSEntry{ObjectType: "user", Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("a")}}}
	return c.Findings(), errors.Join(
		run.SetPassword(ctx, abi.SetPasswordRunStep{Entry: owner, NewPassword: "new"}),
		run.ChangePassword(ctx, abi.ChangePasswordRunStep{Entry: owner, OldPassword: "new", NewPassword: "newer"}),
		run.ClosePasswordConnection(ctx))
}

// A guest whose reply breaks a rule of the contract is told so by the rule's code, with
// its effect and its side, or its reply is not even read.
func TestGuestBreaksContract(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	for _, b := range contractBreaches() {
		t.Run(b.rule, func(t *testing.T) {
			if b.patient {
				synctest.Test(t, func(t *testing.T) { b.check(t, newRuntime(t, runtime.Config{})) })
				return
			}
			t.Parallel()
			b.check(t, rt)
		})
	}
}

func (b *breach) check(t *testing.T, rt *runtime.Runtime) {
	c, err := rt.Load(t.Context(), guestOf(b.replies), &fakeHosts{}, b.promise)
	if err != nil {
		t.Fatal(err)
	}
	found, err := b.play(t.Context(), c)
	rule := ruleOf(t, b.rule)
	e := abi.AsError(err)
	switch {
	case b.instead != 0:
		if e == nil || e.Code != b.instead || e.Side != abi.SideGuest || strings.HasPrefix(e.Rule, "ECMA-") {
			t.Errorf("have error %v, want %v before the rule is looked at", err, b.instead)
		}
	case rule.Effect == contract.Refuse:
		if e == nil || e.Rule != b.rule || e.Code != rule.Error || e.Side != rule.Side {
			t.Errorf("have error %v, want %v of the %v with rule %s", err, rule.Error, rule.Side, b.rule)
		}
	case err != nil || !slices.ContainsFunc(found, func(f contract.Finding) bool { return f.Rule == b.rule && f.Effect == rule.Effect && f.Message != "" }):
		t.Errorf("have findings %v and error %v, want the finding %s", found, err, b.rule)
	}
}

// A guest that keeps to the contract is told nothing, however it is called.
func TestGuestKeepsContract(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	for name, b := range map[string]breach{
		"agree": {play: agrees}, "definitions": {play: defines(abi.PageGlobal, 1)}, "validation": {play: validates},
		"partitions": {play: listsPartitions, replies: replies{"GetCapabilities": ldap()}},
		"full":       {play: imports(abi.Full)}, "delta": {play: imports(abi.Delta)},
		"update": {play: updatesOne}, "add": {play: addsOne, replies: replies{"PutExportEntries": resultsWith(`{"id":"1","anchor":{"id":"a"}}`)}},
		"passwords": {play: setsPassword, promise: contract.Promise{PasswordMapped: true}},
	} {
		c, err := rt.Load(t.Context(), guestOf(b.replies), &fakeHosts{}, b.promise)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := b.play(t.Context(), c); err != nil || len(found) > 0 {
			t.Errorf("%s: have findings %v and error %v, want neither", name, found, err)
		}
	}
}

// Every rule that a connector can break is broken by a guest, or it is said why none can.
// What only a caller can break is held against him before the guest is called.
func TestGuestsBreakEveryRule(t *testing.T) {
	t.Parallel()
	broken := make(map[string]bool)
	for _, b := range contractBreaches() {
		ruleOf(t, b.rule)
		broken[b.rule] = true
	}
	for _, r := range contract.Rules() {
		if r.Side == abi.SideGuest && broken[r.Code] == (beyondGuests[r.Code] != "") {
			t.Errorf("%s: a guest breaks it: %t, and none can because %q", r.Code, broken[r.Code], beyondGuests[r.Code])
		}
	}
	for code := range beyondGuests {
		ruleOf(t, code)
	}
}

// ruleOf returns the rule of the contract with a code.
func ruleOf(t *testing.T, code string) contract.Rule {
	t.Helper()
	rules := contract.Rules()
	i := slices.IndexFunc(rules, func(r contract.Rule) bool { return r.Code == code })
	if i < 0 {
		t.Fatalf("there is no rule %s", code)
	}
	return rules[i]
}
