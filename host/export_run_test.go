package host_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

const (
	addA = `{"id":"1","attributes":{"name":"a","mail":"a@x"}}`
	addB = `{"id":"2","attributes":{"name":"b"}}`
	addP = `{"id":"3","attributes":{"name":"p","export_password":"` + canary + `"}}`
	updA = `{"id":"4","change":"Update","anchor":{"name":"a"},"attributes":{"mail":{"replace":"b@x"},"tags":{"add":["t"],"delete":["u"]}}}`
	delA = `{"id":"5","change":"Delete","anchor":{"name":"a"}}`
	updP = `{"id":"6","change":"Update","anchor":{"name":"p"},"attributes":{"export_password":"` + canary + `"}}`
)

// export reads lines and exports them, and returns the outcomes in short.
func export(t *testing.T, ctx context.Context, c *host.Connector, lines ...string) (outcomes []string, summary *host.ExportSummary, err error) {
	t.Helper()
	changes, err := c.ReadChanges(t.Context(), strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	summary, err = c.Export(ctx, changes, func(o host.Outcome) error {
		text := fmt.Sprintf("%s %s", o.Result.Identifier, o.State)
		if o.Result.Identifier == "" {
			text = fmt.Sprintf("%s %s", o.Change.Entry.Identifier, o.State)
		}
		if o.Result.Code != abi.ExportSuccess {
			text += " " + o.Result.Code.String()
		}
		if o.HasPassword {
			text += ", password " + o.Password.String()
			if o.PasswordError != nil {
				text += " " + o.PasswordError.Code.String()
			}
		}
		outcomes = append(outcomes, text)
		return nil
	})
	return outcomes, summary, err
}

func result(id string, code abi.ExportError) abi.CSEntryChangeResult {
	return abi.CSEntryChangeResult{Identifier: id, Code: code}
}

func results(all ...abi.CSEntryChangeResult) abi.PutExportEntriesResults {
	return abi.PutExportEntriesResults{Results: all}
}

func TestExport(t *testing.T) {
	t.Parallel()
	down := abi.NewError(abi.ServerDown, "down")
	// first fails or answers the first call, and succeeds from then on.
	first := func(answer abi.PutExportEntriesResults, err error) func(context.Context, []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
		done := false
		return func(context.Context, []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
			if done {
				return abi.PutExportEntriesResults{}, nil
			}
			done = true
			return answer, err
		}
	}
	always := func(answer abi.PutExportEntriesResults, err error) func(context.Context, []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
		return func(context.Context, []abi.CSEntryChange) (abi.PutExportEntriesResults, error) { return answer, err }
	}
	tests := []struct {
		name     string
		change   func(*directory)
		lines    []string
		outcomes []string
		calls    []string
		err      error
	}{
		{name: "nothing", outcomes: nil, calls: nil},
		{
			name: "all goes well", lines: []string{addA, addB},
			outcomes: []string{"1 done", "2 done"},
			calls:    []string{"open export 1000", "put Add 1(add mail add name), Add 2(add name)", "close export Normal"},
		},
		{
			name: "the same object never twice in a batch", lines: []string{updA, delA},
			outcomes: []string{"4 done", "5 done"},
			calls:    []string{"open export 1000", "put Update 4(replace mail update tags)", "put Delete 5()", "close export Normal"},
		},
		{
			name: "the password role", lines: []string{addP, updP},
			outcomes: []string{"3 done, password done", "6 done, password done"},
			calls:    []string{"open export 1000", "put Add 3(add name)", "close export Normal", "open password", "password of p", "password of p", "close password"},
		},
		{
			name: "nothing but a password", lines: []string{updP},
			outcomes: []string{"6 done, password done"},
			calls:    []string{"open password", "password of p", "close password"},
		},
		{
			name: "no password role: an update", lines: []string{addP, updP}, change: func(d *directory) { d.capabilities.SupportPassword = false },
			outcomes: []string{"3 done, password done", "6 done"},
			calls: []string{"open export 1000", "put Add 3(add name)", "put Update 3/password(replace export_password)",
				"put Update 6(add export_password)", "close export Normal"},
		},
		{
			name: "no password role, object replace", lines: []string{addP},
			change: func(d *directory) {
				d.capabilities.SupportPassword, d.capabilities.ExportType = false, abi.ExportObjectReplace
			},
			outcomes: []string{"3 done, password done"},
			calls:    []string{"open export 1000", "put Add 3(add name)", "put Replace 3/password(add export_password add name)", "close export Normal"},
		},
		{
			name: "an anchor that the target makes", lines: []string{`{"id":"7","attributes":{"mail":"m@x","export_password":"` + canary + `"}}`},
			change: func(d *directory) {
				d.put = always(results(abi.CSEntryChangeResult{Identifier: "7", Anchor: entries("made")[0].Anchor}), nil)
			},
			outcomes: []string{"7 done, password done"},
			calls:    []string{"open export 1000", "put Add 7(add mail)", "close export Normal", "open password", "password of made", "close password"},
		},
		{
			name: "no password without its object", lines: []string{addP},
			change:   func(d *directory) { d.put = always(results(result("3", abi.ExportErrorPermissionIssue)), nil) },
			outcomes: []string{"3 failed ExportErrorPermissionIssue, password not-sent"},
			calls:    []string{"open export 1000", "put Add 3(add name)", "close export Normal"},
		},
		{
			name: "a password that will not do", lines: []string{addP, updP},
			change: func(d *directory) {
				d.password = func(abi.SetPasswordRunStep) error { return abi.NewError(abi.PasswordPolicyViolation, "too short") }
			},
			outcomes: []string{"3 done, password failed PasswordPolicyViolation",
				"6 failed ExportErrorCustomContinueRun, password failed PasswordPolicyViolation"},
			calls: []string{"open export 1000", "put Add 3(add name)", "close export Normal", "open password", "password of p", "password of p", "close password"},
		},
		{
			name: "the server goes down between passwords", lines: []string{addP, updP},
			change:   func(d *directory) { d.password = func(abi.SetPasswordRunStep) error { return down } },
			outcomes: []string{"3 done, password unknown ServerDown", "6 not-sent, password not-sent"},
			calls:    []string{"open export 1000", "put Add 3(add name)", "close export Normal", "open password", "password of p", "close password"},
			err:      abi.ServerDown,
		},
		{
			name: "a password that did not reach the server", lines: []string{addP, updP},
			change: func(d *directory) {
				d.password = func(abi.SetPasswordRunStep) error {
					return &abi.Error{Code: abi.FailedConnection, Side: abi.SideGuest, Name: abi.NotSent.String()}
				}
			},
			outcomes: []string{"3 done, password not-sent FailedConnection", "6 not-sent, password not-sent"},
			calls:    []string{"open export 1000", "put Add 3(add name)", "close export Normal", "open password", "password of p", "close password"},
			err:      abi.FailedConnection,
		},
		{
			name: "a password whose answer was lost, as the connector's own error", lines: []string{updP},
			change: func(d *directory) {
				d.password = func(abi.SetPasswordRunStep) error {
					return &abi.Error{Code: abi.EntryExport, Side: abi.SideGuest, Name: abi.OutcomeUnknown.String()}
				}
			},
			outcomes: []string{"6 unknown ExportErrorCustomContinueRun, password unknown EntryExport"},
			calls:    []string{"open password", "password of p", "close password"},
		},
		{
			name: "an update becomes an add, once", lines: []string{updA},
			change: func(d *directory) {
				d.put = first(results(result("4", abi.ExportActionConvertUpdateToAdd)), nil)
			},
			outcomes: []string{"4 done"},
			calls:    []string{"open export 1000", "put Update 4(replace mail update tags)", "put Add 4(add mail add tags)", "close export Normal"},
		},
		{
			name: "and not twice", lines: []string{updA},
			change: func(d *directory) {
				d.put = always(results(result("4", abi.ExportActionConvertUpdateToAdd)), nil)
			},
			outcomes: []string{"4 failed ExportActionConvertUpdateToAdd"},
			calls:    []string{"open export 1000", "put Update 4(replace mail update tags)", "put Add 4(add mail add tags)", "close export Normal"},
		},
		{
			name: "a reference is tried again after all others", lines: []string{addA, addB},
			change: func(d *directory) {
				d.put = first(results(result("1", abi.ExportActionRetryReferenceAttribute)), nil)
			},
			outcomes: []string{"2 done", "1 done"},
			calls: []string{"open export 1000", "put Add 1(add mail add name), Add 2(add name)",
				"put Add 1(add mail add name)", "close export Normal"},
		},
		{
			name: "no parents", lines: []string{addA},
			change:   func(d *directory) { d.put = always(results(result("1", abi.ExportActionProvisioningParent)), nil) },
			outcomes: []string{"1 failed ExportActionProvisioningParent"},
			calls:    []string{"open export 1000", "put Add 1(add mail add name)", "close export Normal"},
		},
		{
			name: "a batch fails half way", lines: []string{addA, addB, delA},
			change:   func(d *directory) { d.put = always(results(result("1", abi.ExportSuccess)), down) },
			outcomes: []string{"1 done", "2 unknown ExportErrorCustomContinueRun", "5 not-sent"},
			calls:    []string{"open export 1000", "put Add 1(add mail add name), Add 2(add name)", "close export Unknown"},
			err:      abi.ServerDown,
		},
		{
			name: "an answer that was lost", lines: []string{addA, addP},
			change: func(d *directory) {
				lost := func(id string) abi.CSEntryChangeResult {
					return abi.CSEntryChangeResult{Identifier: id, Code: abi.ExportErrorConnectedDirectoryError, Name: "OutcomeUnknown"}
				}
				d.put = always(results(lost("1"), lost("3")), nil)
			},
			outcomes: []string{"1 unknown ExportErrorConnectedDirectoryError", "3 unknown ExportErrorConnectedDirectoryError, password not-sent"},
			calls:    []string{"open export 1000", "put Add 1(add mail add name), Add 3(add name)", "close export Normal"},
		},
		{
			name: "a request that did not reach the target", lines: []string{addA},
			change: func(d *directory) {
				d.put = always(results(abi.CSEntryChangeResult{Identifier: "1", Code: abi.ExportErrorConnectedDirectoryError, Name: "NotSent"}), down)
			},
			outcomes: []string{"1 not-sent ExportErrorConnectedDirectoryError"},
			calls:    []string{"open export 1000", "put Add 1(add mail add name)", "close export Unknown"},
			err:      abi.ServerDown,
		},
		{
			name: "an error about one entry", lines: []string{addA},
			change:   func(d *directory) { d.put = always(abi.PutExportEntriesResults{}, abi.NewError(abi.EntryExport, "no")) },
			outcomes: []string{"1 failed ExportErrorCustomContinueRun"},
			calls:    []string{"open export 1000", "put Add 1(add mail add name)", "close export Normal"},
		},
		{
			name: "the close fails", lines: []string{addA}, change: func(d *directory) { d.close = func(abi.CloseReason) error { return down } },
			outcomes: []string{"1 done"},
			calls:    []string{"open export 1000", "put Add 1(add mail add name)", "close export Normal"},
			err:      abi.ServerDown,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory()
			if tt.change != nil {
				tt.change(d)
			}
			outcomes, _, err := export(t, t.Context(), openWith(t, d, host.Options{}, ""), tt.lines...)
			if !slices.Equal(outcomes, tt.outcomes) {
				t.Errorf("outcomes:\nhave %s\nwant %s", strings.Join(outcomes, "\n     "), strings.Join(tt.outcomes, "\n     "))
			}
			if !errors.Is(err, tt.err) || tt.err == nil && err != nil {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			wantCalls(t, d, tt.calls...)
		})
	}
}

func TestExportInBatches(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	_, summary, err := export(t, t.Context(), openWith(t, d, host.Options{}, "pageSize: {export: 2}"), addA, addB, addP)
	if err != nil || summary.Done != 3 || summary.PasswordsNotSet != 0 {
		t.Errorf("%+v, %v", summary, err)
	}
	wantCalls(t, d, "open export 2", "put Add 1(add mail add name), Add 2(add name)", "put Add 3(add name)", "close export Normal",
		"open password", "password of p", "close password")
}

func TestExportInterrupted(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	ctx, cancel := context.WithCancel(t.Context())
	d.put = func(_ context.Context, e []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
		cancel()
		return results(result(e[0].Identifier, abi.ExportSuccess)), nil
	}
	outcomes, summary, err := export(t, ctx, openWith(t, d, host.Options{}, "pageSize: {export: 1}"), addP, addA)
	if abi.CodeOf(err) != abi.Cancelled || summary.Done != 1 || summary.NotSent != 1 || summary.PasswordsNotSet != 1 {
		t.Errorf("%v, %+v, %v", outcomes, summary, err)
	}
	wantCalls(t, d, "open export 1", "put Add 3(add name)", "close export TerminatedByUser")
}

// TestExportDryRun: every change and password reaches the connector, although each
// call fails for want of an answer.
func TestExportDryRun(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.put = func(context.Context, []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
		return abi.PutExportEntriesResults{}, abi.NewError(abi.FailedConnection, "not sent")
	}
	d.password = func(abi.SetPasswordRunStep) error { return abi.NewError(abi.FailedConnection, "not sent") }
	outcomes, _, err := export(t, t.Context(), openWith(t, d, host.Options{DryRun: func(hostfuncs.DryRunRequest) {}}, ""), addP, addA)
	if err != nil || len(outcomes) != 2 {
		t.Errorf("%v, %v", outcomes, err)
	}
	wantCalls(t, d, "open export 1000", "put Add 3(add name)", "close export Unknown", "open export 1000", "put Add 1(add mail add name)",
		"close export Unknown", "open password", "password of p", "close password", "open password", "close password")
}

// mark is the byte order mark that some editors put before UTF-8.
const mark = "\ufeff"

// TestReadChangesAfterAMark: a byte order mark at the very beginning is no text, and
// in a value it is.
func TestReadChangesAfterAMark(t *testing.T) {
	t.Parallel()
	c := openWith(t, newDirectory(), host.Options{}, "")
	for text, want := range map[string]int{mark: 0, mark + "\n": 0, mark + addA: 1, mark + "  " + addA + "\r\n": 1, `{"attributes":{"name":"` + mark + `a"}}`: 1} {
		changes, err := c.ReadChanges(t.Context(), strings.NewReader(text))
		if err != nil || len(changes) != want {
			t.Errorf("%q: %d changes, %v", text, len(changes), err)
		}
	}
	with, errWith := c.ReadChanges(t.Context(), strings.NewReader(mark+addA))
	without, err := c.ReadChanges(t.Context(), strings.NewReader(addA))
	if errWith != nil || err != nil || with[0].Entry.Identifier != without[0].Entry.Identifier {
		t.Errorf("%+v and %+v", with, without)
	}
}

// TestReadChangesUpToItsLimit: what lies beyond the limit is never left out in
// silence, whatever stands before it.
func TestReadChangesUpToItsLimit(t *testing.T) {
	t.Parallel()
	c := openWith(t, newDirectory(), host.Options{}, "")
	lines := addA + "\n" + addP
	for name, text := range map[string]string{
		"no line end": lines, "a line end": lines + "\n", "empty lines between": addA + strings.Repeat("\n", 500) + addP,
		"a long empty line between": addA + "\n" + strings.Repeat(" ", 500) + "\n" + addP, "empty lines behind": lines + strings.Repeat("\n", 500),
	} {
		for most, fits := range map[int]bool{len(text): true, len(text) - 1: false, len(text) / 2: false, 1: false} {
			changes, err := c.ReadChangesUpTo(t.Context(), strings.NewReader(text), most)
			var line *host.LineError
			if fits && (err != nil || len(changes) != 2) || !fits && (!errors.As(err, &line) || !strings.Contains(err.Error(), fmt.Sprint(most, " bytes"))) {
				t.Errorf("%s, %d of %d bytes: %d changes, %v", name, most, len(text), len(changes), err)
			}
		}
	}
}

func TestReadChangesRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lines []string
		want  []string
	}{
		"no JSON":                  {[]string{addA, "", "{"}, []string{"line 3: InvalidMessage"}},
		"a misspelt key":           {[]string{`{"chnage":"Delete","anchor":{"name":"a"}}`}, []string{`line 1: "chnage" is no key of an entry; did you mean change?`}},
		"the same id":              {[]string{addA, addA}, []string{"line 2: line 1 has the same id, or differs in secrets alone"}},
		"the same text":            {[]string{`{"attributes":{"name":"a"}}`, `{"attributes":{"name":"a"}}`}, []string{"line 2: line 1 has the same"}},
		"no such attribute":        {[]string{`{"attributes":{"name":"a","nmae":"b"}}`}, []string{"line 1: ", "ECMA-EXPORT-ATTRIBUTE", `"nmae"`}},
		"no anchor":                {[]string{`{"change":"Delete"}`}, []string{"line 1: ", "ECMA-EXPORT-ANCHOR"}},
		"a wrong type":             {[]string{`{"attributes":{"name":"a","active":"yes"}}`}, []string{"line 1: ", "ECMA-EXPORT-VALUE"}},
		"an empty password":        {[]string{`{"attributes":{"name":"a","export_password":""}}`}, []string{"line 1: export_password is no text, or empty"}},
		"a password list":          {[]string{`{"attributes":{"name":"a","export_password":["` + canary + `"]}}`, `{"attributes":{"name":"b","export_password":{"x":"` + canary + `"}}}`}, []string{"line 2: "}},
		"a Delete with a password": {[]string{addA, `{"change":"Delete","anchor":{"name":"p"},"attributes":{"export_password":"` + canary + `"}}`}, []string{"line 2: ", "a Delete has attributes"}},
		"a mark on line 2":         {[]string{mark + addA, mark + addP}, []string{"line 2: a byte order mark (U+FEFF) stands at its beginning; remove it"}},
		"two marks":                {[]string{mark + mark + addA}, []string{"line 1: a byte order mark (U+FEFF) stands at its beginning"}},
		"a mark behind an empty":   {[]string{"", mark + addA}, []string{"line 2: a byte order mark (U+FEFF)"}},
		"a mark at the end":        {[]string{addA + mark}, []string{"line 1: "}},
		"UTF-16":                   {[]string{"\xff\xfe{\x00}\x00"}, []string{"line 1: the file is UTF-16; save it as UTF-8"}},
		"all lines":                {[]string{"x", addA, "y", "z"}, []string{"line 1: ", "line 3: ", "line 4: "}},
		"an import's error":        {[]string{`{"anchor":{"name":"a"},"attributes":{"name":"a"},"error":{"code":"ImportErrorReadError"}}`}, []string{"line 1: error is a key of imports"}},
		"too long a line":          {[]string{addA, `{"attributes":{"name":"` + strings.Repeat("a", abi.MaxEntryBytes) + `"}}`}, []string{"line 2: it is longer than"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory()
			_, err := openWith(t, d, host.Options{}, "").ReadChanges(t.Context(), strings.NewReader(strings.Join(tt.lines, "\n")))
			if err == nil {
				t.Fatal("read")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the message shows the password: %v", err)
			}
			var line *host.LineError
			if !errors.As(err, &line) {
				t.Errorf("no LineError: %v", err)
			}
			wantCalls(t, d)
		})
	}
}

func TestReadChangesPasswordNotMapped(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	_, err := openWith(t, d, host.Options{}, "").ReadChanges(t.Context(), strings.NewReader(addP))
	if err != nil {
		t.Fatal(err)
	}
	_, err = openWithout(t, d).ReadChanges(t.Context(), strings.NewReader(addP))
	if err == nil || !strings.Contains(err.Error(), "exportPassword: true") || strings.Contains(err.Error(), canary) {
		t.Error(err)
	}
}

// TestIdentifiersAreStable: the same change has the same identifier in the next
// run, so that a target can tell that it was there before.
func TestIdentifiersAreStable(t *testing.T) {
	t.Parallel()
	c := openWith(t, newDirectory(), host.Options{}, "")
	var ids []string
	for range 2 {
		changes, err := c.ReadChanges(t.Context(), strings.NewReader("\n"+`  {"attributes":{"name":"a"}}`))
		if err != nil || changes[0].Line != 2 || changes[0].Entry.ObjectType != "user" {
			t.Fatalf("%+v, %v", changes, err)
		}
		ids = append(ids, changes[0].Entry.Identifier)
	}
	if ids[0] != ids[1] || len(ids[0]) != 32 {
		t.Errorf("identifiers %q", ids)
	}
}

// TestIdentifiersHoldNoSecret: the connector and the output see identifiers, from
// which no guess at a secret may be confirmed.
func TestIdentifiersHoldNoSecret(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.more = []abi.SchemaAttribute{{Name: "pin", Sensitive: true, Operation: abi.ExportOnly}}
	c := openWith(t, d, host.Options{}, "")
	id := func(line string) string {
		changes, err := c.ReadChanges(t.Context(), strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if pin := changes[0].Entry.Attribute("pin"); pin != nil && len(pin.Values) != 1 {
			t.Errorf("%s: the secret is gone", line)
		}
		return changes[0].Entry.Identifier
	}
	same := []string{
		`{"attributes":{"name":"p","mail":"m","pin":"1","export_password":"Winter"}}`,
		`{"attributes":{"name":"p","mail":"m","pin":"22","export_password":"Summer"}}`,
		`{ "object_type":"user", "attributes":{"export_password":"x", "pin":"1", "mail":"m", "name":"p"}, "change":"Add"}`,
	}
	for _, line := range same[1:] {
		if id(line) != id(same[0]) {
			t.Errorf("%s has another identifier", line)
		}
	}
	for _, line := range []string{
		`{"attributes":{"name":"q","mail":"m","pin":"1","export_password":"Winter"}}`,
		`{"attributes":{"name":"p","mail":"n","pin":"1","export_password":"Winter"}}`,
		`{"attributes":{"name":"p","mail":"m","pin":"1"}}`,
		`{"attributes":{"name":"p","mail":"m","export_password":"Winter"}}`,
	} {
		if id(line) == id(same[0]) {
			t.Errorf("%s has the same identifier", line)
		}
	}
	_, err := c.ReadChanges(t.Context(), strings.NewReader(strings.Join(same[:2], "\n")))
	if err == nil || !strings.Contains(err.Error(), "line 2: line 1 has the same id, or differs in secrets alone") {
		t.Error(err)
	}
}

// TestLongIdentifiers: where a password goes in an update of its own, its
// identifier is longer than the change's.
func TestLongIdentifiers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		length   int
		password bool
		role     bool
		ok       bool
	}{
		{"no password", abi.MaxNameBytes, false, false, true},
		{"the password role", abi.MaxNameBytes, true, true, true},
		{"an update, at the limit", abi.MaxNameBytes - len("/password"), true, false, true},
		{"an update, one more", abi.MaxNameBytes - len("/password") + 1, true, false, false},
		{"one more than an id may have", abi.MaxNameBytes + 1, false, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory()
			d.capabilities.SupportPassword = tt.role
			c := openWith(t, d, host.Options{}, "")
			line := addA
			if tt.password {
				line = addP
			}
			line = strings.Replace(strings.Replace(line, `"1"`, `"3"`, 1), `"3"`, `"`+strings.Repeat("i", tt.length)+`"`, 1)
			changes, err := c.ReadChanges(t.Context(), strings.NewReader(line))
			if (err == nil) != tt.ok {
				t.Fatal(err)
			}
			if summary, err := c.Export(t.Context(), changes, func(host.Outcome) error { return nil }); err != nil || summary.PasswordsNotSet > 0 {
				t.Errorf("%+v, %v", summary, err)
			}
		})
	}
}

func FuzzReadChanges(f *testing.F) {
	for _, line := range []string{addA, addP, updA, delA, updP, "", "{}", `{"id":"\u0000"}`} {
		f.Add(line + "\n" + addB)
	}
	f.Fuzz(func(t *testing.T, text string) {
		changes, err := openWith(t, newDirectory(), host.Options{}, "").ReadChanges(t.Context(), strings.NewReader(text))
		if err != nil {
			return
		}
		ids := make(map[string]bool)
		for _, c := range changes {
			if c.Line == 0 || c.Entry.Identifier == "" || ids[c.Entry.Identifier] || c.Entry.ObjectType != "user" {
				t.Fatalf("taken: %+v", c)
			}
			ids[c.Entry.Identifier] = true
		}
	})
}

// What an error says of every change of its batch is as long as a result may be.
func TestDetailIsCut(t *testing.T) {
	t.Parallel()
	long := abi.NewError(abi.ServerDown, strings.Repeat("é", abi.MaxErrorText))
	d := newDirectory()
	d.put = func(context.Context, []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
		return abi.PutExportEntriesResults{}, long
	}
	c := openWithout(t, d)
	changes, err := c.ReadChanges(t.Context(), strings.NewReader(addA+"\n"+addB))
	if err != nil {
		t.Fatal(err)
	}
	identifiers := ""
	_, err = c.Export(t.Context(), changes, func(o host.Outcome) error {
		identifiers += o.Result.Identifier
		if n := len(o.Result.Detail); n > abi.MaxErrorText || n < abi.MaxErrorText-1 || !utf8.ValidString(o.Result.Detail) {
			t.Errorf("the detail has %d bytes", n)
		}
		return nil
	})
	if !errors.Is(err, abi.ServerDown) || identifiers != "12" {
		t.Errorf("results of %q and error %v", identifiers, err)
	}
}
