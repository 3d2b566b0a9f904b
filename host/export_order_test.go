package host_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/host"
)

const (
	delP      = `{"id":"9","change":"Delete","anchor":{"name":"p"}}`
	mailP     = `{"id":"10","change":"Update","anchor":{"name":"P"},"attributes":{"mail":{"replace":"p@x"}}}`
	addAPlain = `{"id":"1","attributes":{"name":"a"}}`
)

// once answers the first batch that holds the entry with a code, and every other
// with success.
func once(id string, code abi.ExportError) func(context.Context, []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
	done := false
	return func(_ context.Context, entries []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
		if done || !slices.ContainsFunc(entries, func(e abi.CSEntryChange) bool { return e.Identifier == id }) {
			return abi.PutExportEntriesResults{}, nil
		}
		done = true
		return results(result(id, code)), nil
	}
}

// TestExportKeepsTheOrderOfChanges: what an earlier line still waits for comes
// before a later line about the same object, and lines about others do not wait.
func TestExportKeepsTheOrderOfChanges(t *testing.T) {
	t.Parallel()
	noRole := func(d *directory) { d.capabilities.SupportPassword = false }
	tests := []struct {
		name, config string
		change       func(*directory)
		lines        []string
		outcomes     []string
		calls        []string
	}{
		{
			name: "an update that becomes an add, then a delete", lines: []string{updA, addB, delA},
			change:   func(d *directory) { d.put = once("4", abi.ExportActionConvertUpdateToAdd) },
			outcomes: []string{"2 done", "4 done", "5 done"},
			calls: []string{"open export 1000", "put Update 4(replace mail update tags), Add 2(add name)", "put Add 4(add mail add tags)",
				"put Delete 5()", "close export Normal"},
		},
		{
			name: "a reference that is tried again, then a delete", lines: []string{addA, addB, delA},
			change:   func(d *directory) { d.put = once("1", abi.ExportActionRetryReferenceAttribute) },
			outcomes: []string{"2 done", "1 done", "5 done"},
			calls: []string{"open export 1000", "put Add 1(add mail add name), Add 2(add name)", "put Add 1(add mail add name)",
				"put Delete 5()", "close export Normal"},
		},
		{
			name: "only the object that is changed again does not wait", lines: []string{addB, addA, delA, addP},
			change:   func(d *directory) { d.put = once("2", abi.ExportActionRetryReferenceAttribute) },
			outcomes: []string{"1 done", "5 done", "2 done", "3 done, password done"},
			calls: []string{"open export 1000", "put Add 2(add name), Add 1(add mail add name)", "put Delete 5(), Add 3(add name)",
				"put Add 2(add name)", "close export Normal", "open password", "password of p", "close password"},
		},
		{
			name: "a password, then a delete", lines: []string{addP, delP},
			outcomes: []string{"3 done, password done", "9 done"},
			calls: []string{"open export 1000", "put Add 3(add name)", "close export Normal", "open password", "password of p", "close password",
				"open export 1000", "put Delete 9()", "close export Normal"},
		},
		{
			name: "a password alone, then a delete", lines: []string{updP, delP},
			outcomes: []string{"6 done, password done", "9 done"},
			calls:    []string{"open password", "password of p", "close password", "open export 1000", "put Delete 9()", "close export Normal"},
		},
		{
			name: "a password by update, then a delete", lines: []string{addP, delP}, change: noRole,
			outcomes: []string{"3 done, password done", "9 done"},
			calls:    []string{"open export 1000", "put Add 3(add name)", "put Update 3/password(replace export_password)", "put Delete 9()", "close export Normal"},
		},
		{
			name: "the object's name in other letters", lines: []string{addP, mailP}, change: noRole,
			outcomes: []string{"3 done, password done", "10 done"},
			calls: []string{"open export 1000", "put Add 3(add name)", "put Update 3/password(replace export_password)",
				"put Update 10(replace mail)", "close export Normal"},
		},
		{
			name: "the name that the target gave the object", config: "pageSize: {export: 1}",
			lines: []string{`{"id":"7","attributes":{"mail":"m@x","export_password":"` + canary + `"}}`, `{"id":"8","change":"Delete","anchor":{"name":"made"}}`},
			change: func(d *directory) {
				d.capabilities.SupportPassword = false
				d.put = func(_ context.Context, e []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
					if e[0].Modification != abi.ObjectAdd {
						return abi.PutExportEntriesResults{}, nil
					}
					return results(abi.CSEntryChangeResult{Identifier: e[0].Identifier, Anchor: entries("made")[0].Anchor}), nil
				}
			},
			outcomes: []string{"7 done, password done", "8 done"},
			calls: []string{"open export 1", "put Add 7(add mail)", "put Update 7/password(replace export_password)", "put Delete 8()",
				"close export Normal"},
		},
		{
			name: "passwords of others wait for the end", lines: []string{addP, addAPlain, delA},
			outcomes: []string{"1 done", "5 done", "3 done, password done"},
			calls: []string{"open export 1000", "put Add 3(add name), Add 1(add name)", "put Delete 5()", "close export Normal",
				"open password", "password of p", "close password"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory()
			if tt.change != nil {
				tt.change(d)
			}
			outcomes, _, err := export(t, t.Context(), openWith(t, d, host.Options{}, tt.config), tt.lines...)
			if err != nil || !slices.Equal(outcomes, tt.outcomes) {
				t.Errorf("error %v, outcomes:\nhave %s\nwant %s", err, strings.Join(outcomes, "\n     "), strings.Join(tt.outcomes, "\n     "))
			}
			wantCalls(t, d, tt.calls...)
		})
	}
}

// TestExportEndedByTheConnector: a password in between opens a new session, and
// the run that the connector ended stays ended.
func TestExportEndedByTheConnector(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.put = once("1", abi.ExportErrorCustomStopRun)
	outcomes, _, err := export(t, t.Context(), openWith(t, d, host.Options{}, ""), addP, addA, delP)
	want := []string{"1 failed ExportErrorCustomStopRun", "3 done, password done", "9 not-sent"}
	if abi.CodeOf(err) != abi.Closed || !slices.Equal(outcomes, want) {
		t.Errorf("%q, %v", outcomes, err)
	}
	wantCalls(t, d, "open export 1000", "put Add 3(add name), Add 1(add mail add name)", "close export Normal",
		"open password", "password of p", "close password")
}

// TestExportInterruptedSilently: a connector that was told to stop says nothing of
// it; what it did not speak of is not known.
func TestExportInterruptedSilently(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	ctx, cancel := context.WithCancel(t.Context())
	d.put = func(context.Context, []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
		cancel()
		return results(result("1", abi.ExportSuccess)), nil
	}
	outcomes, _, err := export(t, ctx, openWith(t, d, host.Options{}, ""), addA, addB)
	if want := []string{"1 done", "2 unknown ExportErrorCustomContinueRun"}; !errors.Is(err, context.Canceled) || !slices.Equal(outcomes, want) {
		t.Errorf("%q, %v", outcomes, err)
	}
	wantCalls(t, d, "open export 1000", "put Add 1(add mail add name), Add 2(add name)", "close export TerminatedByUser")
}

func TestPasswordInterruptedSilently(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	ctx, cancel := context.WithCancel(t.Context())
	d.password = func(abi.SetPasswordRunStep) error { cancel(); return nil }
	another := strings.ReplaceAll(strings.ReplaceAll(updP, `"6"`, `"11"`), `"p"`, `"q"`)
	outcomes, _, err := export(t, ctx, openWith(t, d, host.Options{}, ""), updP, another)
	want := []string{"6 unknown ExportErrorCustomContinueRun, password unknown Cancelled", "11 not-sent, password not-sent"}
	if !errors.Is(err, context.Canceled) || !slices.Equal(outcomes, want) {
		t.Errorf("%q, %v", outcomes, err)
	}
	wantCalls(t, d, "open password", "password of p", "close password")
}

// TestReplaceIsSentBesideItsPassword: without its password a Replace may be empty,
// and says that the object has no other attributes.
func TestReplaceIsSentBesideItsPassword(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.capabilities.ExportType = abi.ExportObjectReplace
	outcomes, _, err := export(t, t.Context(), openWith(t, d, host.Options{}, ""),
		`{"id":"1","change":"Replace","anchor":{"name":"p"},"attributes":{"export_password":"`+canary+`"}}`)
	if err != nil || !slices.Equal(outcomes, []string{"1 done, password done"}) {
		t.Errorf("%q, %v", outcomes, err)
	}
	wantCalls(t, d, "open export 1000", "put Replace 1()", "close export Normal", "open password", "password of p", "close password")
}

// TestLargeChangesAreSentInParts: changes that are legal one by one are more than
// a message together.
func TestLargeChangesAreSentInParts(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	batches := 0
	d.put = func(_ context.Context, entries []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
		batches++
		var w wire.Writer
		abi.Encode(&w, &abi.EntriesMessage{Entries: entries})
		if w.Len() > abi.MaxMessageBytes {
			t.Errorf("a batch has %d bytes, more than a message", w.Len())
		}
		return abi.PutExportEntriesResults{}, nil
	}
	var lines []string
	for i := range 10 {
		lines = append(lines, fmt.Sprintf(`{"id":"%d","attributes":{"name":"%d","mail":"%s"}}`, i, i, strings.Repeat("x", 1_900_000)))
	}
	_, summary, err := export(t, t.Context(), openWith(t, d, host.Options{}, ""), lines...)
	if err != nil || summary.Done != 10 || batches != 2 {
		t.Errorf("%d batches, %+v, %v", batches, summary, err)
	}
}
