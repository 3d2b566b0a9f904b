package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// The embedder's three calls, on a connector under its contract.
func TestUnderContract(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	c, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Attribute("mail") == nil {
		t.Errorf("have %+v and error %v", page, err)
	}
	if end, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil || end.CustomData != "w" {
		t.Errorf("have %+v and error %v", end, err)
	}
	if !c.Report().HasRole(abi.RoleImport) {
		t.Error("the report lacks the role")
	}
}

// The same module loaded twice is two connectors: closing one leaves the other.
func TestSameModuleTwice(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	first, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	second := load(t, rt, "answers_well", &fakeHosts{})
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	neighbour(t, second)
	neighbour(t, load(t, rt, "answers_well", &fakeHosts{}))
}

// A role is offered when its exports are there and the capabilities say so.
func TestRoles(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	c := load(t, rt, "read_only", &fakeHosts{})
	have, err := c.GetCapabilities(t.Context(), nil)
	if err != nil || !have.SupportImport || have.SupportExport || have.SupportPassword || have.SupportPartitions {
		t.Errorf("have %+v and error %v, want import alone", have, err)
	}
	_, err = c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{})
	wantError(t, err, abi.EntryPointNotImplemented)
	_, err = c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	wantError(t, err, abi.EntryPointNotImplemented)
	_, err = c.GetPartitions(t.Context(), nil)
	wantError(t, err, abi.EntryPointNotImplemented)
	_, err = load(t, rt, "no_role", &fakeHosts{}).OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{})
	wantError(t, err, abi.EntryPointNotImplemented)
}

// State is kept after a clean close and after a configuration call that
// succeeded.
func TestCommit(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{}
	c := load(t, newRuntime(t, runtime.Config{}), "answers_well", hosts)
	check := func(what string, want bool) {
		t.Helper()
		if closed, committed := hosts.last().state(); closed != 1 || committed != want {
			t.Errorf("%s: the lease was closed %d times, committed %t", what, closed, committed)
		}
	}
	check("load", false)
	if _, err := c.GetSchema(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	check("GetSchema", true)
	if _, err := openImport(t, c, nil).CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
	check("import", true)
	if _, err := openImport(t, c, nil).CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{Reason: abi.CloseUnknown}); err != nil {
		t.Fatal(err)
	}
	check("an import that failed", false)
	export, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: testSchema})
	if err != nil {
		t.Fatal(err)
	}
	if err := export.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{Reason: abi.CloseTerminatedByUser}); err != nil {
		t.Fatal(err)
	}
	check("an export that was cut short", false)
	if err := openPassword(t, c, nil).ClosePasswordConnection(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("password", true)
	names := make(map[string]bool)
	for _, l := range hosts.all() {
		names[l.request.Instance] = true
	}
	if len(names) != len(hosts.all()) {
		t.Errorf("have instances %v, want a name of its own for each of %d", names, len(hosts.all()))
	}
}

// No page is longer than MaxPageBytes, whatever it holds: it is refused before it is
// decoded.
func TestLongestPage(t *testing.T) {
	t.Parallel()
	s := openImport(t, load(t, newRuntime(t, runtime.Config{}), "reply_long_page", &fakeHosts{}), nil)
	page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxBytes: abi.MaxMessageBytes})
	if err != nil || len(page.Entries) != 1 {
		t.Fatalf("have %+v and error %v", page, err)
	}
	_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxBytes: abi.MaxMessageBytes})
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MaxPageBytes" || e.Used != abi.MaxPageBytes+1 {
		t.Errorf("have %+v", e)
	}
}

// A page of several entries over MaxBytes is refused; one entry alone may be
// larger than that.
func TestPageBytes(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	one := openImport(t, load(t, rt, "answers_well", &fakeHosts{}), nil)
	if _, err := one.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxBytes: 10}); err != nil {
		t.Error("one entry:", err)
	}
	two := load(t, rt, "reply_two_entries", &fakeHosts{})
	s := openImport(t, two, nil)
	page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxBytes: 1000})
	if err != nil || len(page.Entries) != 2 {
		t.Fatalf("have %+v and error %v", page, err)
	}
	_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxBytes: 10})
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MaxBytes" || e.Allowed != 10 {
		t.Errorf("have %+v", e)
	}
	for _, s := range []abi.ImportSession{one, s} {
		s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	}
}

// A request over the limit does not enter the guest and retires nothing.
func TestRequestLimit(t *testing.T) {
	t.Parallel()
	c := load(t, newRuntime(t, runtime.Config{}), "echoes", &fakeHosts{})
	s := openImport(t, c, nil)
	// {"reason":"Normal","custom_data":"…"}
	around := len(`{"reason":"Normal","custom_data":""}`)
	_, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{CustomData: strings.Repeat("x", abi.MaxMessageBytes-around+1)})
	if e := wantError(t, err, abi.LimitExceeded); e.Side != abi.SideCaller || e.Used != abi.MaxMessageBytes+1 {
		t.Errorf("have %+v", e)
	}
	_, err = c.GetSchema(t.Context(), abi.ConfigParameters{{Name: "broken", Value: "\xff"}})
	if e := wantError(t, err, abi.InvalidMessage); e.Side != abi.SideCaller {
		t.Errorf("have %+v", e)
	}
}

// The watermark goes to the guest and comes back, byte by byte.
func TestEcho(t *testing.T) {
	t.Parallel()
	c := load(t, newRuntime(t, runtime.Config{}), "echoes", &fakeHosts{})
	want := "a \"mark\" \\ \u0001 é 😀" + strings.Repeat("x", abi.MaxCustomData-30)
	s := openImport(t, c, nil)
	for range 3 {
		end, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{CustomData: want, FullObjectEntries: nil})
		// The echo has no entries, which a page needs: the reply is refused.
		if abi.CodeOf(err) == abi.InvalidMessage {
			break
		}
		t.Errorf("have %v and %v", end, err)
	}
	s = openImport(t, c, nil)
	end, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{CustomData: want})
	if err != nil || end.CustomData != want {
		t.Errorf("have %d bytes and error %v, want %d", len(end.CustomData), err, len(want))
	}
}

// An export entry over the limit gets its error and the rest goes on; one at the
// limit goes.
func TestLargeExportEntry(t *testing.T) {
	t.Parallel()
	s := openExport(t, load(t, newRuntime(t, runtime.Config{}), "answers_well", &fakeHosts{}))
	entry := func(id string, size int) abi.CSEntryChange {
		around := len(`{"id":"a","object_type":"user","attributes":{"mail":""}}`)
		return abi.CSEntryChange{Identifier: id, Modification: abi.ObjectAdd, ObjectType: "user",
			Attributes: []abi.AttributeChange{abi.Add("mail", abi.StringValue(strings.Repeat("x", size-around)))}}
	}
	results, err := s.PutExportEntries(t.Context(), []abi.CSEntryChange{entry("a", abi.MaxEntryBytes+1)})
	if err != nil || len(results.Results) != 1 {
		t.Fatalf("have %+v and error %v", results, err)
	}
	if r := results.Results[0]; r.Identifier != "a" || r.Code != abi.ExportErrorInvalidAttributeValue || r.Name != "entry-too-large" || !strings.Contains(r.Detail, "4194305") {
		t.Errorf("have %+v", r)
	}
	if err := s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}); err != nil {
		t.Error("nothing entered the guest, and it cannot be closed:", err)
	}

	// The fixture's buffer holds 60 KiB: an entry that reaches it fails for that.
	s = openExport(t, load(t, newRuntime(t, runtime.Config{}), "answers_well", &fakeHosts{}))
	_, err = s.PutExportEntries(t.Context(), []abi.CSEntryChange{entry("a", abi.MaxEntryBytes)})
	wantError(t, err, abi.BadPointer)

	s = openExport(t, load(t, newRuntime(t, runtime.Config{}), "answers_well", &fakeHosts{}))
	results, err = s.PutExportEntries(t.Context(), []abi.CSEntryChange{entry("a", 100), entry("b", abi.MaxEntryBytes+1), entry("c", 100)})
	if err != nil || len(results.Results) != 1 || results.Results[0].Identifier != "b" {
		t.Errorf("have %+v and error %v, want that b failed", results, err)
	}
}

// No secret reaches the guest: the echo tells what did.
func TestSealed(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{}
	c := load(t, newRuntime(t, runtime.Config{}), "answers_well", hosts)
	parameters := abi.ConfigParameters{{Name: "password", Value: "s3cret-p", Encrypted: true}, {Name: "url", Value: "plain"}, {Name: "empty", Encrypted: true}}
	wantSealed := func(lane string, want ...string) {
		t.Helper()
		l := hosts.last()
		l.mu.Lock()
		defer l.mu.Unlock()
		var have []string
		for name := range l.sealed {
			have = append(have, name)
		}
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%s: sealed %q, want %q", lane, have, want)
		}
	}
	if _, err := c.GetSchema(t.Context(), parameters); err != nil {
		t.Fatal(err)
	}
	wantSealed("configuration", "parameter:password=s3cret-p")

	s, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: testSchema, Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	entry := abi.CSEntryChange{Identifier: "1", Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{
		abi.Add("mail", abi.StringValue("a@example.org")), abi.Add(abi.ExportPassword, abi.StringValue("s3cret-e")),
		{Name: "token", Modification: abi.AttributeUpdate, MultiValued: true, Values: []abi.Value{abi.BinaryValue([]byte("s3cret-a"))}, Deletes: []abi.Value{abi.ReferenceValue("s3cret-d")}},
	}}
	before, _ := json.Marshal(entry.Attributes[1].Values[0].Text())
	if _, err := s.PutExportEntries(t.Context(), []abi.CSEntryChange{entry}); err != nil {
		t.Fatal(err)
	}
	wantSealed("export", "parameter:password=s3cret-p", "export_password=s3cret-e", "attribute:token=s3cret-a", "attribute:token=s3cret-d")
	if after, _ := json.Marshal(entry.Attributes[1].Values[0].Text()); string(after) != string(before) {
		t.Errorf("the caller's entry was changed to %s", after)
	}
	_, err = s.PutExportEntries(t.Context(), []abi.CSEntryChange{{Identifier: "2", Attributes: []abi.AttributeChange{abi.Add("token", abi.IntegerValue(7))}}})
	if e := wantError(t, err, abi.UnexpectedData); e.Attribute != "token" || e.Side != abi.SideCaller {
		t.Errorf("have %+v", e)
	}

	p := openPassword(t, c, parameters)
	if err := p.SetPassword(t.Context(), abi.SetPasswordRunStep{NewPassword: "s3cret-n"}); err != nil {
		t.Fatal(err)
	}
	if err := p.ChangePassword(t.Context(), abi.ChangePasswordRunStep{OldPassword: "s3cret-o", NewPassword: "s3cret-m"}); err != nil {
		t.Fatal(err)
	}
	wantSealed("password", "parameter:password=s3cret-p", "new_password=s3cret-n", "new_password=s3cret-m", "old_password=s3cret-o")
}

// A secret that is sent nowhere reaches guest memory nowhere either: the module
// looks for an exclamation mark in everything it is sent.
func TestSecretsDoNotTravel(t *testing.T) {
	t.Parallel()
	c := load(t, newRuntime(t, runtime.Config{}), "traps_when_told", &fakeHosts{})
	secret := abi.ConfigParameters{{Name: "password", Value: "!", Encrypted: true}}
	for op, err := range map[string]error{
		"GetSchema": func() error { _, err := c.GetSchema(t.Context(), secret); return err }(),
		"GetConfigParameters": func() error {
			_, err := c.GetConfigParameters(t.Context(), abi.ConfigParametersRunStep{Parameters: secret})
			return err
		}(),
		"OpenImportConnection": func() error {
			s, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Parameters: secret, Schema: testSchema})
			if err == nil {
				_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{FullObjectEntries: []abi.CSEntryChange{
					{Attributes: []abi.AttributeChange{abi.Add("token", abi.StringValue("!"))}}}})
			}
			return err
		}(),
		"PutExportEntries": func() error {
			_, err := openExport(t, c).PutExportEntries(t.Context(), []abi.CSEntryChange{{Identifier: "1", Attributes: []abi.AttributeChange{
				abi.Add("token", abi.StringValue("!")), abi.Add(abi.ExportPassword, abi.StringValue("!"))}}})
			return err
		}(),
		"SetPassword": func() error {
			s := openPassword(t, c, secret)
			return s.SetPassword(t.Context(), abi.SetPasswordRunStep{NewPassword: "!",
				Entry: abi.CSEntry{Attributes: []abi.AttributeChange{abi.Add("token", abi.StringValue("!"))}}})
		}(),
	} {
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// A page is held to the contract within the time of its call: when that is over, the
// instance is retired.
func TestPageInTime(t *testing.T) {
	t.Parallel()
	for timeout, late := range map[time.Duration]bool{time.Hour: false, 500 * time.Millisecond: true} {
		s := openImport(t, load(t, newRuntime(t, runtime.Config{CallTimeout: timeout}), "answers_well", &fakeHosts{}), nil)
		if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
			t.Fatal(err)
		}
		inTime := s.(contract.CallTime).InTime
		if !late {
			if err := inTime(); err != nil {
				t.Errorf("within its time: %v", err)
			}
			continue
		}
		var err error
		for err = inTime(); err == nil; err = inTime() {
			goruntime.Gosched()
		}
		if e := wantError(t, err, abi.DeadlineExceeded); e.Side != abi.SideGuest || !e.Retryable || e.Limit != "CallTimeout" || e.Used < e.Allowed || !strings.Contains(e.Message, "Config.CallTimeout") {
			t.Errorf("have %+v", e)
		}
		wantError(t, inTime(), abi.Closed)
		_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		wantError(t, err, abi.Closed)
	}
}

// A page whose caller gave up is too late when the grace is over, by the caller's doing: the
// instance is well, and is closed or asked again, in a call that has a time of its own.
func TestPageOfOneWhoGaveUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var s abi.ImportSession
	watch := func(point string, _ []byte) {
		if point == "leave guest GetImportEntries" && ctx.Err() == nil {
			cancel()
			runtime.WaitUntilTold(s)
		}
	}
	rt := newRuntime(t, runtime.WithObserver(runtime.Config{CallTimeout: time.Second, StopGrace: 300 * time.Millisecond}, watch))
	s = openImport(t, load(t, rt, "answers_well", &fakeHosts{}), nil)
	tooLate := func(ctx context.Context, want abi.Code) *abi.Error {
		if page, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{}); err != nil || len(page.Entries) != 1 {
			t.Fatalf("have %+v and error %v", page, err)
		}
		var err error
		for err == nil {
			err = s.(contract.CallTime).InTime()
		}
		return wantError(t, err, want)
	}
	if e := tooLate(ctx, abi.Cancelled); e.Side != abi.SideCaller || !errors.Is(e, context.Canceled) {
		t.Errorf("have %+v", e)
	}
	if e := tooLate(t.Context(), abi.DeadlineExceeded); e.Side != abi.SideGuest {
		t.Errorf("have %+v for a caller that did not give up", e)
	}
}
