package contract_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func openImport(t *testing.T, f *fake, p contract.Promise, step abi.OpenImportConnectionRunStep) (*contract.Connector, *contract.ImportSession) {
	t.Helper()
	c := enforce(f, p)
	s, err := c.OpenImportConnection(t.Context(), step)
	noError(t, err)
	return c, s.(*contract.ImportSession)
}

// readAll reads every page, leaving the watermark to the contract.
func readAll(t *testing.T, s *contract.ImportSession) []abi.CSEntryChange {
	t.Helper()
	var all []abi.CSEntryChange
	for {
		page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		noError(t, err)
		all = append(all, page.Entries...)
		if !page.MoreToImport {
			return all
		}
	}
}

func TestImportSessionFillsInWhatIsAgreed(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.capabilities.ImportMaxPageSize = 50
	f.pages, f.opened, f.closed = []abi.GetImportEntriesResults{
		{CustomData: "w2", MoreToImport: true, Entries: []abi.CSEntryChange{person("a")}},
		{CustomData: "w3", MoreToImport: true, Entries: []abi.CSEntryChange{person("b")}}, {CustomData: "w4"},
	}, "w1", "w5"
	_, s := openImport(t, f, contract.Promise{Attributes: []string{"name"}, ImportPageSize: 100}, abi.OpenImportConnectionRunStep{CustomData: "w0"})
	if names(f.importStep.Schema)[1] != "name" || f.importStep.Partition != abi.DefaultPartition || f.importStep.PageSize != 50 {
		t.Errorf("the connector is opened with %+v", f.importStep)
	}
	if s.CustomData() != "w1" {
		t.Errorf("watermark %q, want that of the open", s.CustomData())
	}
	for _, c := range []struct{ asked, want abi.GetImportEntriesRunStep }{
		{abi.GetImportEntriesRunStep{}, abi.GetImportEntriesRunStep{CustomData: "w1", MaxEntries: 50, MaxBytes: abi.MaxPageBytes}},
		{abi.GetImportEntriesRunStep{MaxEntries: 7, MaxBytes: 9}, abi.GetImportEntriesRunStep{CustomData: "w2", MaxEntries: 7, MaxBytes: 9}},
		{abi.GetImportEntriesRunStep{MaxEntries: 51, MaxBytes: abi.MaxPageBytes + 1}, abi.GetImportEntriesRunStep{CustomData: "w3", MaxEntries: 50, MaxBytes: abi.MaxPageBytes}},
	} {
		_, err := s.GetImportEntries(t.Context(), c.asked)
		noError(t, err)
		if have := f.entriesStep; have.CustomData != c.want.CustomData || have.MaxEntries != c.want.MaxEntries || have.MaxBytes != c.want.MaxBytes {
			t.Errorf("the connector is asked with %+v, want %+v", have, c.want)
		}
	}
	results, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	noError(t, err)
	if f.importClose != (abi.CloseImportConnectionRunStep{CustomData: "w4"}) || results.CustomData != "w5" || !s.Stats().Complete {
		t.Errorf("closed with %+v, answer %q, stats %+v", f.importClose, results.CustomData, s.Stats())
	}
	wantNoFinding(t, s.Findings(), "ECMA-WATERMARK-NOT-KEPT")
}

// The session is asked for the time as a page is checked; what it says ends the import as
// it is, and nothing of the page counts.
func TestPageOutOfTime(t *testing.T) {
	t.Parallel()
	for stopAt := range 5 {
		f := newFake(quiet())
		page := abi.GetImportEntriesResults{CustomData: "w"}
		for i := range 64 {
			page.Entries = append(page.Entries, person(fmt.Sprint(i)))
		}
		f.pages = []abi.GetImportEntriesResults{page}
		late, asked := abi.NewError(abi.DeadlineExceeded, "late"), 0
		f.inTime = func() error {
			if asked++; asked == stopAt {
				return late
			}
			return nil
		}
		_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
		_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		if stopAt == 0 {
			noError(t, err)
			if asked != 4 || s.Stats().Delivered != 64 {
				t.Errorf("it was asked %d times for 64 entries, of which %d are delivered", asked, s.Stats().Delivered)
			}
			continue
		}
		if err != late || asked != stopAt || s.Stats().Sent != 0 {
			t.Errorf("stopped at look %d of 4: error %v after %d looks, %+v", stopAt, err, asked, s.Stats())
		}
		_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		wantRule(t, err, "ECMA-SESSION-ENDED")
	}
}

// TestWatermark closes runs that went well and runs that did not.
func TestWatermark(t *testing.T) {
	t.Parallel()
	down := abi.NewError(abi.ServerDown, "gone")
	for _, c := range []struct {
		name       string
		importType abi.OperationType
		change     func(*fake)
		reason     abi.CloseReason
		kept       bool
		told       abi.CloseReason
		complete   bool
	}{
		{"clean full import", abi.Full, func(*fake) {}, abi.CloseNormal, true, abi.CloseNormal, true},
		{"clean delta import", abi.Delta, func(*fake) {}, abi.CloseNormal, true, abi.CloseNormal, false},
		{"named objects", abi.FullObject, func(*fake) {}, abi.CloseNormal, false, abi.CloseNormal, false},
		{"terminated by user", abi.Full, func(*fake) {}, abi.CloseTerminatedByUser, false, abi.CloseTerminatedByUser, false},
		{"terminated by shutdown", abi.Full, func(*fake) {}, abi.CloseTerminatedShuttingDown, false, abi.CloseTerminatedShuttingDown, false},
		{"page failed", abi.Full, func(f *fake) { f.pageErr = down }, abi.CloseNormal, false, abi.CloseUnknown, false},
		{"page against a rule", abi.Full, func(f *fake) { f.pages[0].Entries = []abi.CSEntryChange{{}} }, abi.CloseNormal, false, abi.CloseUnknown, false},
		{"pages left", abi.Full, func(f *fake) { f.pages[0].MoreToImport = true }, abi.CloseNormal, false, abi.CloseTerminatedByUser, false},
		{"close failed", abi.Full, func(f *fake) { f.closeErr = down }, abi.CloseNormal, false, abi.CloseNormal, false},
		{"close with a watermark too long", abi.Full, func(f *fake) { f.closed = strings.Repeat("w", abi.MaxCustomData+1) }, abi.CloseNormal, false, abi.CloseNormal, false},
		{"object not read", abi.Full, func(f *fake) {
			f.pages[0].Entries[0].Error = &abi.EntryError{Code: abi.ImportErrorReadError}
		}, abi.CloseNormal, false, abi.CloseNormal, true},
		{"object not named", abi.Full, func(f *fake) {
			f.pages[0].Entries[0] = abi.CSEntryChange{Error: &abi.EntryError{Code: abi.ImportErrorReadError}}
		}, abi.CloseNormal, false, abi.CloseNormal, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(quiet())
			f.pages, f.closed = []abi.GetImportEntriesResults{pageOf(person("a"))}, "new"
			c.change(f)
			_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{ImportType: c.importType, CustomData: "old"})
			step := abi.GetImportEntriesRunStep{}
			if c.importType == abi.FullObject {
				step.FullObjectEntries = []abi.CSEntryChange{person("a")}
			}
			_, _ = s.GetImportEntries(t.Context(), step)
			results, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{Reason: c.reason})
			if (results.CustomData == "new") != c.kept || !c.kept && results.CustomData != "old" {
				t.Errorf("watermark %q, error %v; want the new one kept: %t", results.CustomData, err, c.kept)
			}
			if f.importClose.Reason != c.told || s.Stats().Complete != c.complete {
				t.Errorf("the connector is told %s, complete %t; want %s and %t", f.importClose.Reason, s.Stats().Complete, c.told, c.complete)
			}
			if !c.kept {
				wantFinding(t, s.Findings(), "ECMA-WATERMARK-NOT-KEPT", 1)
			}
			if c.told != c.reason {
				wantFinding(t, s.Findings(), "ECMA-CLOSE-REASON", 1)
			}
		})
	}
}

func TestImportSessionRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rule string
		open       abi.OpenImportConnectionRunStep
		change     func(*fake)
	}{
		{"unknown import type", "ECMA-IMPORT-TYPE", abi.OpenImportConnectionRunStep{ImportType: 3}, func(*fake) {}},
		{"negative page size", "ECMA-REQUEST-LIMITS", abi.OpenImportConnectionRunStep{PageSize: -1}, func(*fake) {}},
		{"delta without watermark", "ECMA-WATERMARK-NONE", abi.OpenImportConnectionRunStep{ImportType: abi.Delta}, func(*fake) {}},
		{"delta not offered", "ECMA-ROLE-NOT-OFFERED", abi.OpenImportConnectionRunStep{ImportType: abi.Delta, CustomData: "w"}, func(f *fake) { f.capabilities.DeltaImport = false }},
		{"full object not offered", "ECMA-ROLE-NOT-OFFERED", abi.OpenImportConnectionRunStep{ImportType: abi.FullObject}, func(f *fake) { f.capabilities.SupportFullObject = false }},
		{"import not offered", "ECMA-ROLE-NOT-OFFERED", abi.OpenImportConnectionRunStep{}, func(f *fake) {
			f.capabilities.SupportImport, f.capabilities.DeltaImport, f.capabilities.SupportFullObject = false, false, false
		}},
		{"parameter twice", "ECMA-PARAMETERS-INVALID", abi.OpenImportConnectionRunStep{Parameters: abi.ConfigParameters{{Name: "a"}, {Name: "a"}}}, func(*fake) {}},
		{"partition where there is one", "ECMA-ONE-PARTITION", abi.OpenImportConnectionRunStep{Partition: west}, func(*fake) {}},
		{"partition that was not promised", "ECMA-ONE-PARTITION", abi.OpenImportConnectionRunStep{Partition: west}, func(f *fake) { f.capabilities = ldap(); f.partitions = []abi.Partition{east} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(quiet())
			c.change(f)
			p := contract.Promise{}
			if f.partitions != nil {
				p.Partition = "east"
			}
			_, err := enforce(f, p).OpenImportConnection(t.Context(), c.open)
			wantRule(t, err, c.rule)
			if f.count("OpenImportConnection") != 0 {
				t.Errorf("the connector was entered: %v", f.calls)
			}
		})
	}
}

func TestImportSessionBlamesCaller(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	_, err := enforce(f, contract.Promise{}).OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{CustomData: strings.Repeat("w", abi.MaxCustomData+1)})
	wantRuleOf(t, err, "ECMA-WATERMARK-TOO-LONG", abi.SideCaller)
	bad := people()
	bad.Types[0].Attributes[1].Name = ""
	_, err = enforce(f, contract.Promise{}).OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: bad})
	wantRuleOf(t, err, "ECMA-NAME-INVALID", abi.SideCaller)
}

func TestImportSessionClosesAfterBadOpen(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.opened = strings.Repeat("w", abi.MaxCustomData+1)
	c := enforce(f, contract.Promise{})
	for range 2 {
		_, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{})
		wantRule(t, err, "ECMA-WATERMARK-TOO-LONG")
	}
	if f.importClose.Reason != abi.CloseOpenConnectionFailure || f.count("CloseImportConnection") != 2 {
		t.Errorf("closed with %+v, calls %v", f.importClose, f.calls)
	}
}

func TestImportSessionCalls(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.pages = []abi.GetImportEntriesResults{{CustomData: "w1", MoreToImport: true, Entries: []abi.CSEntryChange{person("a")}}, {CustomData: "w2"}}
	_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
	get := func(step abi.GetImportEntriesRunStep) error {
		_, err := s.GetImportEntries(t.Context(), step)
		return err
	}
	wantRule(t, get(abi.GetImportEntriesRunStep{MaxEntries: -1}), "ECMA-REQUEST-LIMITS")
	wantRule(t, get(abi.GetImportEntriesRunStep{MaxBytes: -1}), "ECMA-REQUEST-LIMITS")
	wantRule(t, get(abi.GetImportEntriesRunStep{CustomData: "w1"}), "ECMA-WATERMARK-CHAIN")
	wantRule(t, get(abi.GetImportEntriesRunStep{FullObjectEntries: []abi.CSEntryChange{person("a")}}), "ECMA-FULL-OBJECT-ENTRIES")
	noError(t, get(abi.GetImportEntriesRunStep{}))
	noError(t, get(abi.GetImportEntriesRunStep{CustomData: "w1"}))
	wantRule(t, get(abi.GetImportEntriesRunStep{}), "ECMA-SESSION-ENDED")
	_, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{CustomData: "w2"})
	noError(t, err)
	wantRule(t, get(abi.GetImportEntriesRunStep{}), "ECMA-SESSION-CLOSED")
	_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	if e := wantRule(t, err, "ECMA-SESSION-CLOSED"); e.Code != abi.Closed {
		t.Errorf("code %s, want Closed", e.Code)
	}
	if f.count("GetImportEntries") != 2 || f.count("CloseImportConnection") != 1 {
		t.Errorf("calls %v", f.calls)
	}
}

// What is remembered of objects is let go of when no page follows, though the session
// is still held.
func TestObjectsAreForgotten(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.pages = []abi.GetImportEntriesResults{{Entries: []abi.CSEntryChange{person("a")}}}
	_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
	readAll(t, s)
	if !contract.Remembers(s) {
		t.Error("nothing is remembered while the session is open")
	}
	_, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	noError(t, err)
	if contract.Remembers(s) {
		t.Error("objects are remembered after the close")
	}
	f = newFake(quiet())
	f.pages = []abi.GetImportEntriesResults{{Entries: []abi.CSEntryChange{person("")}}}
	_, s = openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
	if _, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err == nil || contract.Remembers(s) {
		t.Errorf("objects are remembered after a failure: %v", err)
	}
}

func TestImportSessionEndsAfterFailure(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.pageErr = abi.NewError(abi.ServerDown, "gone")
	_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
	_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	if !errors.Is(err, abi.ServerDown) {
		t.Errorf("error %v, want the connector's own", err)
	}
	_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	wantRule(t, err, "ECMA-SESSION-ENDED")
}

func TestImportSessionClosesInSpiteOfBadWatermark(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.pages, f.opened, f.closed = []abi.GetImportEntriesResults{{CustomData: "w2"}}, "w1", "new"
	_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{CustomData: "old"})
	readAll(t, s)
	results, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{CustomData: "w1"})
	wantRule(t, err, "ECMA-WATERMARK-CHAIN")
	if results.CustomData != "old" || f.importClose != (abi.CloseImportConnectionRunStep{Reason: abi.CloseUnknown, CustomData: "w2"}) {
		t.Errorf("watermark %q, closed with %+v", results.CustomData, f.importClose)
	}
}

func TestFullObjectImportNamesObjects(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.pages = []abi.GetImportEntriesResults{pageOf(person("a"))}
	_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{ImportType: abi.FullObject})
	_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	wantRule(t, err, "ECMA-FULL-OBJECT-ENTRIES")
	_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{FullObjectEntries: []abi.CSEntryChange{person("a")}})
	noError(t, err)
}

func TestEmptyPagesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		testEmptyPages(t, abi.GetImportEntriesResults{MoreToImport: true})
	})
}

// A page that repeats what came is no progress either.
func TestRepeatedPagesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		testEmptyPages(t, abi.GetImportEntriesResults{MoreToImport: true, Entries: []abi.CSEntryChange{person("a"), person("b")}})
	})
}

// testEmptyPages gets one page for ever.
func testEmptyPages(t *testing.T, page abi.GetImportEntriesResults) {
	f := newFake(quiet())
	f.pages = []abi.GetImportEntriesResults{page}
	_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
	if len(page.Entries) > 0 {
		_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		noError(t, err)
	}
	began := time.Now()
	pages := 0
	for {
		_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		pages++
		if err != nil {
			wantRule(t, err, "ECMA-IMPORT-NO-PROGRESS")
			break
		}
	}
	// At this pace the time is the longer limit of the two.
	took := time.Since(began)
	if took <= contract.NoProgressTime || took > contract.NoProgressTime+contract.EmptyPageWait {
		t.Errorf("ended after %s", took)
	}
	if most := int(contract.NoProgressTime/contract.EmptyPageWait) + 2; pages > most || pages <= contract.MaxEmptyPages {
		t.Errorf("%d pages were asked for, want at most %d", pages, most)
	}
}

func TestSlowEmptyPagesAreBoundedByCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(quiet())
		f.pages = []abi.GetImportEntriesResults{{MoreToImport: true}}
		_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
		for i := 1; ; i++ {
			time.Sleep(2 * time.Second) // a connector that waits itself
			before := time.Now()
			_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
			if waited := time.Since(before); waited != 0 {
				t.Fatalf("a slow connector was kept waiting for %s", waited)
			}
			if i <= contract.MaxEmptyPages {
				noError(t, err)
				continue
			}
			wantRule(t, err, "ECMA-IMPORT-NO-PROGRESS")
			return
		}
	})
}

func TestEntriesAreProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(quiet())
		for range 4 {
			for range contract.MaxEmptyPages {
				f.pages = append(f.pages, abi.GetImportEntriesResults{MoreToImport: true})
			}
			foreign := with(person("a"), func(e *abi.CSEntryChange) { e.ObjectType = "group" })
			f.pages = append(f.pages, abi.GetImportEntriesResults{MoreToImport: true, Entries: []abi.CSEntryChange{foreign}})
		}
		f.pages = append(f.pages, abi.GetImportEntriesResults{})
		_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
		for {
			time.Sleep(time.Second)
			page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
			noError(t, err)
			if !page.MoreToImport {
				return
			}
		}
	})
}

func TestWaitHeedsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(quiet())
		f.pages = []abi.GetImportEntriesResults{{MoreToImport: true}}
		_, s := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
		_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		noError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		before := time.Now()
		_, err = s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		if !errors.Is(err, abi.DeadlineExceeded) || time.Since(before) != time.Millisecond {
			t.Errorf("error %v after %s", err, time.Since(before))
		}
	})
}
