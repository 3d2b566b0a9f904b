package contract_test

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func pageOf(entries ...abi.CSEntryChange) abi.GetImportEntriesResults {
	return abi.GetImportEntriesResults{Entries: entries}
}

// with changes a valid entry.
func with(e abi.CSEntryChange, changes ...func(*abi.CSEntryChange)) abi.CSEntryChange {
	for _, change := range changes {
		change(&e)
	}
	return e
}

func dn(name string) func(*abi.CSEntryChange) { return func(e *abi.CSEntryChange) { e.DN = name } }

func change(m abi.ObjectModificationType) func(*abi.CSEntryChange) {
	return func(e *abi.CSEntryChange) { e.Modification = m }
}

func anchorless(e *abi.CSEntryChange) { e.Anchor = nil }

func failed(code abi.ImportError) func(*abi.CSEntryChange) {
	return func(e *abi.CSEntryChange) { e.Error = &abi.EntryError{Code: code} }
}

func anchor(name string, v abi.Value) func(*abi.CSEntryChange) {
	return func(e *abi.CSEntryChange) { e.Anchor = []abi.AnchorAttribute{{Name: name, Value: v}} }
}

// undefined is a value as it is decoded when it does not fit its declared type.
func undefined(t *testing.T) abi.Value {
	t.Helper()
	var page abi.GetImportEntriesResults
	index := abi.NewTypeIndex(people())
	noError(t, abi.DecodeReply(`{"result":{"entries":[{"anchor":{"id":"x"},"attributes":{"age":"old"}}]}}`, &page, index))
	return page.Entries[0].Attributes[0].Values[0]
}

const inEast = "uid=a,dc=east,dc=example"

func TestImportEntryRefused(t *testing.T) {
	t.Parallel()
	update := func(a abi.AttributeChange) abi.CSEntryChange { return with(person("a", a), change(abi.ObjectUpdate)) }
	for _, c := range []struct {
		name, rule   string
		capabilities abi.Capabilities
		importType   abi.OperationType
		entries      []abi.CSEntryChange
	}{
		{"Delete in a full import", "ECMA-ENTRY-MODIFICATION", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), change(abi.ObjectDelete))}},
		{"Update in a full import", "ECMA-ENTRY-MODIFICATION", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), change(abi.ObjectUpdate))}},
		{"Replace in a full object import", "ECMA-ENTRY-MODIFICATION", quiet(), abi.FullObject, []abi.CSEntryChange{with(person("a"), change(abi.ObjectReplace))}},
		{"None in a delta import", "ECMA-ENTRY-MODIFICATION", quiet(), abi.Delta, []abi.CSEntryChange{with(person("a"), change(abi.ObjectNone))}},
		{"unknown change in a delta import", "ECMA-ENTRY-MODIFICATION", quiet(), abi.Delta, []abi.CSEntryChange{with(person("a"), change(6))}},

		{"attribute Replace in an Add", "ECMA-ENTRY-ATTRIBUTE-FORM", quiet(), abi.Full, []abi.CSEntryChange{person("a", changed("name", abi.AttributeReplace, "x"))}},
		{"attribute Delete in an Add", "ECMA-ENTRY-ATTRIBUTE-FORM", quiet(), abi.Full, []abi.CSEntryChange{person("a", changed("name", abi.AttributeDelete))}},
		{"attribute Delete in a Replace", "ECMA-ENTRY-ATTRIBUTE-FORM", quiet(), abi.Delta, []abi.CSEntryChange{with(person("a", changed("name", abi.AttributeDelete)), change(abi.ObjectReplace))}},
		{"attribute in a Delete", "ECMA-ENTRY-ATTRIBUTE-FORM", quiet(), abi.Delta, []abi.CSEntryChange{with(person("a", text("name", "x")), change(abi.ObjectDelete))}},
		{"attribute of no change", "ECMA-ENTRY-ATTRIBUTE-FORM", quiet(), abi.Delta, []abi.CSEntryChange{update(changed("name", abi.AttributeUnconfigured, "x"))}},
		{"attribute Update of nothing", "ECMA-ENTRY-ATTRIBUTE-FORM", quiet(), abi.Delta, []abi.CSEntryChange{update(changed("name", abi.AttributeUpdate))}},
		{"attribute Delete with values", "ECMA-ENTRY-ATTRIBUTE-FORM", quiet(), abi.Delta, []abi.CSEntryChange{update(changed("name", abi.AttributeDelete, "x"))}},
		{"attribute Add that deletes", "ECMA-ENTRY-ATTRIBUTE-FORM", quiet(), abi.Full, []abi.CSEntryChange{person("a",
			abi.AttributeChange{Name: "name", Modification: abi.AttributeAdd, Values: []abi.Value{{}}, Deletes: []abi.Value{{}}})}},
		{"attribute twice", "ECMA-ENTRY-ATTRIBUTE-TWICE", quiet(), abi.Full, []abi.CSEntryChange{person("a", text("name", "x"), text("name", "x"))}},

		{"undefined value", "ECMA-VALUE-TYPE", quiet(), abi.Full, []abi.CSEntryChange{person("a", abi.Add("age", undefined(t)))}},
		{"value of another type", "ECMA-VALUE-TYPE", quiet(), abi.Full, []abi.CSEntryChange{person("a", abi.Add("name", abi.IntegerValue(1)))}},
		{"second value of another type", "ECMA-VALUE-TYPE", quiet(), abi.Full, []abi.CSEntryChange{person("a", abi.AddAll("groups", abi.StringValue("g"), abi.BooleanValue(true)))}},
		{"value taken away of another type", "ECMA-VALUE-TYPE", quiet(), abi.Delta, []abi.CSEntryChange{update(
			abi.AttributeChange{Name: "groups", Modification: abi.AttributeUpdate, Deletes: []abi.Value{abi.IntegerValue(1)}})}},
		{"list in a single-valued attribute", "ECMA-VALUE-COUNT", quiet(), abi.Full, []abi.CSEntryChange{person("a", abi.AddAll("name", abi.StringValue("x")))}},
		{"no value in a single-valued attribute", "ECMA-VALUE-COUNT", quiet(), abi.Full, []abi.CSEntryChange{person("a", changed("name", abi.AttributeAdd))}},
		{"single value in a multi-valued attribute", "ECMA-VALUE-COUNT", quiet(), abi.Full, []abi.CSEntryChange{person("a", text("groups", "g"))}},
		{"two values added to a single-valued attribute", "ECMA-VALUE-COUNT", quiet(), abi.Delta, []abi.CSEntryChange{update(changed("name", abi.AttributeUpdate, "x", "y"))}},

		{"no anchor", "ECMA-ENTRY-ANCHOR", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), anchorless)}},
		{"no anchor but a DN in a full import", "ECMA-ENTRY-ANCHOR", generic(), abi.Full, []abi.CSEntryChange{with(person("a"), anchorless, dn("a"))}},
		{"no anchor but a DN in an Add of a delta", "ECMA-ENTRY-ANCHOR", generic(), abi.Delta, []abi.CSEntryChange{with(person("a"), anchorless, dn("a"))}},
		{"empty anchor", "ECMA-ENTRY-ANCHOR", quiet(), abi.Full, []abi.CSEntryChange{person("")}},
		{"anchor of another type", "ECMA-ENTRY-ANCHOR", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), anchor("id", abi.IntegerValue(1)))}},
		{"another anchor", "ECMA-ENTRY-ANCHOR-FOREIGN", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), anchor("name", abi.StringValue("a")))}},
		{"anchor twice", "ECMA-ENTRY-ANCHOR-FOREIGN", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), func(e *abi.CSEntryChange) { e.Anchor = append(e.Anchor, e.Anchor[0]) })}},
		{"anchor where the DN is it", "ECMA-ENTRY-ANCHOR-FOREIGN", dnAsAnchor(), abi.Full, []abi.CSEntryChange{with(person("a"), dn(inEast))}},
		{"anchor repeated otherwise", "ECMA-ENTRY-ANCHOR-DIFFERS", quiet(), abi.Full, []abi.CSEntryChange{person("a", text("id", "b"))}},
		{"anchor too long", "ECMA-ANCHOR-TOO-LONG", quiet(), abi.Full, []abi.CSEntryChange{person(strings.Repeat("a", abi.MaxAnchorBytes+1))}},
		{"DN too long", "ECMA-ANCHOR-TOO-LONG", generic(), abi.Full, []abi.CSEntryChange{with(person("a"), dn(strings.Repeat("a", abi.MaxAnchorBytes+1)))}},

		{"no DN with style Generic", "ECMA-DN-MISSING", generic(), abi.Full, []abi.CSEntryChange{person("a")}},
		{"no DN with style Ldap", "ECMA-DN-MISSING", ldap(), abi.Full, []abi.CSEntryChange{person("a")}},
		{"no DN where it is the anchor", "ECMA-DN-MISSING", dnAsAnchor(), abi.Delta, []abi.CSEntryChange{with(person("a"), anchorless, change(abi.ObjectDelete))}},
		{"DN of another syntax", "ECMA-DN-SYNTAX", ldap(), abi.Full, []abi.CSEntryChange{with(person("a"), dn("a@example"))}},
		{"new DN of another syntax", "ECMA-DN-SYNTAX", ldap(), abi.Delta, []abi.CSEntryChange{with(person("a"), dn(inEast), change(abi.ObjectUpdate), newDN("a"))}},
		{"new DN in a full import", "ECMA-ENTRY-RENAME", generic(), abi.Full, []abi.CSEntryChange{with(person("a"), dn("a"), newDN("b"))}},
		{"new DN without ObjectRename", "ECMA-ENTRY-RENAME", withoutRename(), abi.Delta, []abi.CSEntryChange{with(person("a"), dn("a"), change(abi.ObjectUpdate), newDN("b"))}},

		{"same anchor, another object", "ECMA-DUPLICATE-DIFFERS", quiet(), abi.Full, []abi.CSEntryChange{person("a", text("name", "x")), person("a", text("name", "y"))}},
		{"same anchor, value in another attribute", "ECMA-DUPLICATE-DIFFERS", quiet(), abi.Full, []abi.CSEntryChange{person("a", text("name", "x")), person("a", text("made", "x"))}},
		{"same anchor, another DN", "ECMA-DUPLICATE-DIFFERS", generic(), abi.Full, []abi.CSEntryChange{with(person("a"), dn("a")), with(person("a"), dn("b"))}},
		{"same anchor, an error", "ECMA-DUPLICATE-DIFFERS", quiet(), abi.Full, []abi.CSEntryChange{person("a"), with(person("a"), failed(abi.ImportErrorReadError))}},
		{"same DN as anchor, another object", "ECMA-DUPLICATE-DIFFERS", dnAsAnchor(), abi.Full, []abi.CSEntryChange{
			with(person("a"), anchorless, dn(inEast)), with(person("a", text("name", "x")), anchorless, dn("UID=A, DC=East, DC=Example"))}},
		{"same DN, another anchor", "ECMA-DN-DUPLICATE", generic(), abi.Full, []abi.CSEntryChange{with(person("a"), dn("x")), with(person("b"), dn("x"))}},
		{"same LDAP DN, another anchor", "ECMA-DN-DUPLICATE", ldap(), abi.Full, []abi.CSEntryChange{
			with(person("a"), dn(inEast)), with(person("b"), dn("UID=A, DC=East, DC=Example"))}},

		{"error with code Success", "ECMA-ENTRY-ERROR-CODE", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), failed(abi.ImportSuccess))}},
		{"error with unknown code", "ECMA-ENTRY-ERROR-CODE", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), failed(17))}},
		{"error that stops the run", "ECMA-STOP-RUN", quiet(), abi.Full, []abi.CSEntryChange{with(person("a"), failed(abi.ImportErrorCustomStopRun))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			run := contract.NewImportRun(agreed(contract.Promise{}, c.capabilities), c.importType)
			_, err := run.Page(10, pageOf(c.entries...))
			wantRule(t, err, c.rule)
			if run.Stats() != (contract.ImportStats{}) {
				t.Errorf("a page that was refused is counted: %+v", run.Stats())
			}
		})
	}
}

// TestDuplicateOfALiveList: one who changes while a list is read is nobody's fault, and the
// error says what to do.
func TestDuplicateOfALiveList(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	_, err := run.Page(10, pageOf(person("a", text("name", "x")), person("a", text("name", "y"))))
	wantRule(t, err, "ECMA-DUPLICATE-DIFFERS")
	for _, words := range []string{"it changed while the list was read", "import again", "in an order that does not change"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("have %v, want it to say %q", err, words)
		}
	}
}

func changed(name string, m abi.AttributeModificationType, values ...string) abi.AttributeChange {
	a := abi.AttributeChange{Name: name, Modification: m}
	for _, v := range values {
		a.Values = append(a.Values, abi.StringValue(v))
	}
	return a
}

func newDN(name string) func(*abi.CSEntryChange) {
	return func(e *abi.CSEntryChange) { e.NewDN = name }
}

func withoutRename() abi.Capabilities {
	c := generic()
	c.ObjectRename = false
	return c
}

func TestImportEntryAccepted(t *testing.T) {
	t.Parallel()
	everything := []abi.AttributeChange{
		text("id", "a"), text("name", ""), abi.Add("age", abi.IntegerValue(-1)), abi.Add("photo", abi.BinaryValue([]byte{0, 1})),
		abi.Add("active", abi.BooleanValue(false)), abi.AddAll("groups"), abi.Add("manager", abi.ReferenceValue("b")),
		abi.AddAll("members", abi.ReferenceValue("b"), abi.ReferenceValue("c")), text("made", "x"),
	}
	updates := []abi.AttributeChange{
		changed("name", abi.AttributeReplace, "x"), changed("made", abi.AttributeDelete),
		{Name: "groups", Modification: abi.AttributeUpdate, MultiValued: true, Values: []abi.Value{abi.StringValue("g")}, Deletes: []abi.Value{abi.StringValue("h")}},
		{Name: "age", Modification: abi.AttributeUpdate, MultiValued: true, Values: []abi.Value{abi.IntegerValue(1)}},
	}
	for _, c := range []struct {
		name         string
		capabilities abi.Capabilities
		importType   abi.OperationType
		entries      []abi.CSEntryChange
	}{
		{"every type of value", quiet(), abi.Full, []abi.CSEntryChange{person("a", everything...)}},
		{"attributes in another order", quiet(), abi.Full, []abi.CSEntryChange{person("a", everything[7], everything[1], everything[0])}},
		{"objects by name", quiet(), abi.FullObject, []abi.CSEntryChange{person("a"), person("b")}},
		{"anchor at its limit", quiet(), abi.Full, []abi.CSEntryChange{person(strings.Repeat("a", abi.MaxAnchorBytes))}},
		{"DN at its limit", generic(), abi.Full, []abi.CSEntryChange{with(person("a"), dn(strings.Repeat("a", abi.MaxAnchorBytes)))}},
		{"DN as anchor", dnAsAnchor(), abi.Full, []abi.CSEntryChange{with(person(""), anchorless, dn(inEast))}},
		{"the partition itself", ldap(), abi.Full, []abi.CSEntryChange{with(person("a"), dn("dc=EAST,dc=example"))}},
		{"changes of every kind", quiet(), abi.Delta, []abi.CSEntryChange{
			person("a"), with(person("b", updates...), change(abi.ObjectUpdate)), with(person("c"), change(abi.ObjectReplace)), with(person("d"), change(abi.ObjectDelete))}},
		{"one object changed twice", quiet(), abi.Delta, []abi.CSEntryChange{person("a"), with(person("a"), change(abi.ObjectDelete)), person("a")}},
		{"deletion by DN", generic(), abi.Delta, []abi.CSEntryChange{with(person(""), anchorless, dn("a"), change(abi.ObjectDelete))}},
		{"deletion by anchor", generic(), abi.Delta, []abi.CSEntryChange{with(person("a"), change(abi.ObjectDelete))}},
		{"rename", ldap(), abi.Delta, []abi.CSEntryChange{with(person("a"), dn(inEast), change(abi.ObjectUpdate), newDN("uid=b,dc=east,dc=example"))}},
		{"error with a DN of no sense", ldap(), abi.Full, []abi.CSEntryChange{with(person("a"), dn("?"), failed(abi.ImportErrorInvalidDomainName))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			run := contract.NewImportRun(agreed(contract.Promise{}, c.capabilities), c.importType)
			page, err := run.Page(10, pageOf(c.entries...))
			noError(t, err)
			if len(page.Entries) != len(c.entries) {
				t.Errorf("%d of %d entries are left, findings %v", len(page.Entries), len(c.entries), run.Findings())
			}
		})
	}
}

func TestImportFillsIn(t *testing.T) {
	t.Parallel()
	sent := with(person("a"), change(abi.ObjectUnconfigured), func(e *abi.CSEntryChange) { e.ObjectType = "" })
	original := pageOf(sent)
	page, err := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full).Page(1, original)
	noError(t, err)
	if e := page.Entries[0]; e.Modification != abi.ObjectAdd || e.ObjectType != "user" {
		t.Errorf("entry %+v, want an Add of a user", e)
	}
	if e := original.Entries[0]; e.Modification != abi.ObjectUnconfigured || e.ObjectType != "" {
		t.Errorf("the connector's own entry was changed: %+v", e)
	}
}

func TestImportDropsAndCounts(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{Attributes: []string{"name"}}, ldap()), abi.Full)
	foreign := with(person("g"), func(e *abi.CSEntryChange) { e.ObjectType, e.Modification = "group", 77 })
	outside := with(person("o"), dn("uid=o,dc=west,dc=example"))
	lookalike := with(person("l"), dn("uid=l,xdc=east,dc=example"))
	inside := with(person("a", text("age", "1"), text("name", "x"), text("secret", "s"), text("export_password", "p")), dn(inEast))
	original := inside.Attributes
	page, err := run.Page(10, pageOf(foreign, outside, inside, lookalike, inside))
	noError(t, err)
	want := contract.ImportStats{Pages: 1, Sent: 5, Delivered: 1, Duplicates: 1, ForeignTypes: 1, ForeignPartitions: 2, Attributes: 6}
	if run.Stats() != want {
		t.Errorf("stats %+v, want %+v", run.Stats(), want)
	}
	if e := page.Entries[0]; len(page.Entries) != 1 || len(e.Attributes) != 1 || e.Attributes[0].Name != "name" {
		t.Errorf("entries %+v, want a with its name alone", page.Entries)
	}
	if len(original) != 4 || original[0].Name != "age" {
		t.Errorf("the connector's own attributes were changed: %+v", original)
	}
	wantFinding(t, run.Findings(), "ECMA-OBJECT-TYPE-FOREIGN", 1)
	wantFinding(t, run.Findings(), "ECMA-PARTITION-FOREIGN", 2)
	wantFinding(t, run.Findings(), "ECMA-ATTRIBUTE-UNSELECTED", 6)
	wantFinding(t, run.Findings(), "ECMA-DUPLICATE-IDENTICAL", 1)
}

func TestImportTakesDNAwayWithStyleNone(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	page, err := run.Page(2, pageOf(with(person("a"), dn("x")), with(person("b"), dn("x"))))
	noError(t, err)
	if len(page.Entries) != 2 || page.Entries[0].DN != "" {
		t.Errorf("entries %+v, want both without DN", page.Entries)
	}
	wantFinding(t, run.Findings(), "ECMA-DN-NOT-USED", 2)
}

func TestImportIdenticalInAnyOrder(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	groups := func(a, b string) abi.AttributeChange {
		return abi.AddAll("groups", abi.StringValue(a), abi.StringValue(b))
	}
	page, err := run.Page(2, pageOf(person("a", text("name", "x"), groups("g", "h")), person("a", groups("h", "g"), text("name", "x"))))
	noError(t, err)
	if len(page.Entries) != 1 || run.Stats().Duplicates != 1 {
		t.Errorf("%d entries, stats %+v; want one and a duplicate", len(page.Entries), run.Stats())
	}
}

func TestImportPageLimit(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	_, err := run.Page(2, pageOf(person("a"), person("b")))
	noError(t, err)
	_, err = run.Page(2, pageOf(person("c"), person("d"), person("e")))
	wantRule(t, err, "ECMA-PAGE-TOO-LARGE")
}

func TestImportWatermarkLimit(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	_, err := run.Page(1, abi.GetImportEntriesResults{CustomData: strings.Repeat("w", abi.MaxCustomData)})
	noError(t, err)
	_, err = run.Page(1, abi.GetImportEntriesResults{CustomData: strings.Repeat("w", abi.MaxCustomData+1)})
	wantRule(t, err, "ECMA-WATERMARK-TOO-LONG")
}

func TestImportEntryErrors(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	named := with(person("a", text("name", "x"), text("age", "no number")), failed(abi.ImportErrorInvalidNumericValue))
	nameless := with(person("b"), anchorless, failed(abi.ImportErrorReadError))
	page, err := run.Page(3, pageOf(named, nameless, nameless))
	noError(t, err)
	if len(page.Entries) != 3 || page.Entries[0].Attributes != nil || page.Entries[0].Error == nil || page.Entries[0].AnchorText("id") != "a" {
		t.Errorf("entries %+v, want three with anchor and error alone", page.Entries)
	}
	if s := run.Stats(); s.EntryErrors != 3 || s.Unidentified != 2 || s.Delivered != 3 {
		t.Errorf("stats %+v", s)
	}
	wantFinding(t, run.Findings(), "ECMA-ENTRY-ERROR", 3)
	wantFinding(t, run.Findings(), "ECMA-ENTRY-UNIDENTIFIED", 2)
}

func TestImportEntryErrorLimit(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	broken := func(i int) abi.CSEntryChange { return with(person(fmt.Sprint(i)), failed(abi.ImportErrorReadError)) }
	var entries []abi.CSEntryChange
	for i := range contract.MaxEntryErrors {
		entries = append(entries, broken(i))
	}
	_, err := run.Page(len(entries), pageOf(entries...))
	noError(t, err)
	_, err = run.Page(1, pageOf(broken(contract.MaxEntryErrors)))
	wantRule(t, err, "ECMA-ENTRY-ERRORS-TOO-MANY")
}

func TestImportStopRunTellsWhy(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	_, err := run.Page(1, pageOf(with(person("a"), func(e *abi.CSEntryChange) {
		e.Error = &abi.EntryError{Code: abi.ImportErrorCustomStopRun, Name: "maintenance", Detail: "back at noon"}
	})))
	if e := wantRule(t, err, "ECMA-STOP-RUN"); e.Name != "maintenance" || e.Detail != "back at noon" || e.Code != abi.TerminateRun {
		t.Errorf("error %+v does not say why", e)
	}
}

// An error may be kept for long, and what it tells must be no part of a page.
func TestImportStopRunKeepsNoPage(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	page := strings.Repeat("of a page", 2)
	_, err := run.Page(1, pageOf(with(person("a"), func(e *abi.CSEntryChange) {
		e.DN, e.Error = page, &abi.EntryError{Code: abi.ImportErrorCustomStopRun, Name: page, Detail: page}
	})))
	e := wantRule(t, err, "ECMA-STOP-RUN")
	for field, text := range map[string]string{"Name": e.Name, "Detail": e.Detail, "DN": e.DN} {
		if text != page || unsafe.StringData(text) == unsafe.StringData(page) {
			t.Errorf("%s is %q, and has no text of its own", field, text)
		}
	}
}

func TestImportTellsNoValue(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{}, quiet()), abi.Full)
	_, err := run.Page(1, pageOf(person("a", text("age", "canary"))))
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("the error %q tells an attribute's value", err)
	}
}

// A full import names so many objects and not one more; the same ones again cost
// nothing.
func TestMaxImportObjects(t *testing.T) {
	t.Parallel()
	run := contract.NewImportRun(agreed(contract.Promise{MaxImportObjects: 2}, quiet()), abi.Full)
	if _, err := run.Page(3, pageOf(person("a"), person("b"), person("a"))); err != nil {
		t.Fatal("at the limit:", err)
	}
	_, err := run.Page(1, pageOf(person("c")))
	if e := abi.AsError(err); e == nil || e.Code != abi.LimitExceeded || e.Limit != "MaxImportObjects" || e.Used != 3 || e.Allowed != 2 || !strings.Contains(e.Message, "raise Config.MaxImportObjects") {
		t.Errorf("one past it: %v", err)
	}
}
