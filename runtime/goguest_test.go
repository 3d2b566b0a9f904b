package runtime_test

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// echoHosts are hosts whose one target echoes the body of a request.
func echoHosts() *fakeHosts {
	return &fakeHosts{onHTTP: func(_ context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
		answers := abi.HTTPAnswers{Answers: make([]abi.HTTPAnswer, len(requests.Requests))}
		for i, r := range requests.Requests {
			answers.Answers[i] = abi.HTTPAnswer{Status: 200, Body: r.Body}
		}
		return answers, nil
	}}
}

func orders(what string) abi.ConfigParameters {
	return abi.ConfigParameters{{Name: "do", Value: what}}
}

// TestGoConnector runs a connector in Go through all lanes. It is compiled once,
// into the cache that all tests share.
func TestGoConnector(t *testing.T) {
	t.Parallel()
	m, err := wasmbuild.Build(t.Context(), "./testdata/connector")
	if err != nil {
		t.Fatal(err)
	}
	config := cachedConfig(t)
	config.MemoryLimitBytes = 64 << 20
	rt := newRuntime(t, config)
	create := func(t *testing.T, hosts *fakeHosts) abi.Connector {
		t.Helper()
		c, err := rt.Load(t.Context(), m, hosts, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			c.Close(ctx)
		})
		return runtime.Raw(c)
	}
	// The subtests run one after the other: each measures or stops something.
	for _, test := range []struct {
		name string
		run  func(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector)
	}{
		{"import", goImport}, {"export", goExport}, {"password", goPassword}, {"failures", goFailures},
		{"goroutines", goGoroutines}, {"cancelled", goCancelled}, {"lanes at once", goLanes}, {"memory stays flat", goMemory},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, create) })
	}
}

func goImport(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector) {
	s := openImport(t, create(t, echoHosts()), orders("users:250"))
	customData, entries := s.CustomData(), 0
	for more := true; more; {
		page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{CustomData: customData})
		if err != nil || len(page.Entries) == 0 {
			t.Fatalf("have %d entries and error %v", len(page.Entries), err)
		}
		for _, e := range page.Entries {
			if entries++; e.AnchorText("id") != strconv.Itoa(entries) {
				t.Fatalf("have entry %q, want %d", e.AnchorText("id"), entries)
			}
		}
		customData, more = page.CustomData, page.MoreToImport
	}
	end, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{CustomData: customData})
	if err != nil || end.CustomData != "Normal 250" || entries != 250 {
		t.Errorf("have %d entries, %+v and error %v", entries, end, err)
	}
}

func goExport(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector) {
	s := openExport(t, create(t, echoHosts()))
	entry := func(id, mail string) abi.CSEntryChange {
		return abi.CSEntryChange{Identifier: id, Modification: abi.ObjectAdd, ObjectType: "user", Attributes: []abi.AttributeChange{
			abi.Add("mail", abi.StringValue(mail)), abi.Add("token", abi.StringValue("s3cret"))}}
	}
	results, err := s.PutExportEntries(t.Context(), []abi.CSEntryChange{entry("a", "a@example.org"), entry("b", "b@example.org")})
	if err != nil || len(results.Results) != 2 || results.Results[1].Detail != "mail=b@example.org token=sealed-2" {
		t.Errorf("have %+v and error %v", results, err)
	}
	results, err = s.PutExportEntries(t.Context(), []abi.CSEntryChange{entry("c", "c@example.org"), entry("d", "panic"), entry("e", "x")})
	wantError(t, err, abi.Trap)
	if len(results.Results) != 1 || results.Results[0].Identifier != "c" {
		t.Errorf("have %+v, want what was reported of c", results)
	}
	wantClosed(t, s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}), abi.Trap)
}

func goPassword(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector) {
	s := openPassword(t, create(t, echoHosts()), nil)
	err := s.SetPassword(t.Context(), abi.SetPasswordRunStep{NewPassword: "s3cret"})
	if e := wantError(t, err, abi.PasswordPolicyViolation); e.Message != "sealed-1" {
		t.Errorf("the guest was sent %q", e.Message)
	}
	err = s.ChangePassword(t.Context(), abi.ChangePasswordRunStep{OldPassword: "s3cret", NewPassword: "s3cret"})
	if e := wantError(t, err, abi.OldPasswordIncorrect); strings.Contains(e.Message, "s3cret") || !strings.Contains(e.Message, "sealed-") {
		t.Errorf("the guest was sent %q", e.Message)
	}
	if err := s.ClosePasswordConnection(t.Context()); err != nil {
		t.Error(err)
	}
}

func goFailures(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector) {
	c := create(t, echoHosts())
	for _, test := range []struct {
		do   string
		code abi.Code
		says string
	}{
		{"panic", abi.Trap, "nil pointer dereference"},
		{"exit", abi.Trap, "exited with code 7"},
		{"exit", abi.Trap, "going home"},
		{"deadlock", abi.Trap, "all goroutines are asleep"},
		{"allocate", abi.LimitExceeded, "MemoryLimitBytes is 67108864"},
		{"error", abi.BadServerCredentials, "the account is locked"},
		{"environment", abi.ExtensibleExtension, "args [], environment []"},
		{"sleep", 0, ""},
	} {
		if test.do == "allocate" && !tellsGrowth {
			test.code, test.says = abi.Trap, "it wrote last"
		}
		_, err := c.GetSchema(t.Context(), orders(test.do))
		if abi.CodeOf(err) != test.code || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: have error %v, want code %v with %q", test.do, err, test.code, test.says)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := c.GetSchema(ctx, orders("spin"))
	wantError(t, err, abi.DeadlineExceeded)
}

func goGoroutines(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector) {
	if _, err := create(t, echoHosts()).GetSchema(t.Context(), orders("goroutines")); err != nil {
		t.Error(err)
	}
}

// A caller gives up while the guest waits for the host: the guest hears of it,
// returns, and is closed with its reason.
func goCancelled(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector) {
	ctx, cancel := context.WithCancel(t.Context())
	hosts := &fakeHosts{onHTTP: func(ctx context.Context, _ abi.HTTPRequests) (abi.HTTPAnswers, error) {
		cancel()
		<-ctx.Done()
		return abi.HTTPAnswers{}, ctx.Err()
	}}
	s := openImport(t, create(t, hosts), orders("ask"))
	_, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	if e := wantError(t, err, abi.Cancelled); abi.CodeOf(errors.Unwrap(e)) != abi.TerminateRun {
		t.Errorf("have %v, want what the connector said in it", err)
	}
	end, err := s.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{Reason: abi.CloseTerminatedByUser})
	if err != nil || end.CustomData != "TerminatedByUser 0" {
		t.Errorf("have %+v and error %v", end, err)
	}
}

// Several connectors on one engine, all lanes of each in use at once.
func goLanes(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector) {
	var wg sync.WaitGroup
	for range 3 {
		c := create(t, echoHosts())
		for range 2 {
			wg.Go(func() {
				if err := errors.Join(importOnce(c), exportOnce(c), passwordOnce(c)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			_, err := c.GetSchema(context.Background(), orders("panic"))
			if abi.CodeOf(err) != abi.Trap {
				t.Errorf("have error %v, want a trap", err)
			}
		})
	}
	wg.Wait()
}

func importOnce(c abi.Connector) error {
	ctx := context.Background()
	s, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Schema: testSchema, PageSize: 10, CustomData: "5", Parameters: orders("users:15")})
	if err != nil {
		return err
	}
	page, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	if err == nil && (len(page.Entries) != 10 || page.Entries[0].AnchorText("id") != "6") {
		err = fmt.Errorf("have page %+v", page)
	}
	_, closing := s.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
	return errors.Join(err, closing)
}

func exportOnce(c abi.Connector) error {
	ctx := context.Background()
	s, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Schema: testSchema})
	if err != nil {
		return err
	}
	results, err := s.PutExportEntries(ctx, []abi.CSEntryChange{{Identifier: "a", Modification: abi.ObjectDelete}})
	if err == nil && len(results.Results) != 1 {
		err = fmt.Errorf("have results %+v", results)
	}
	return errors.Join(err, s.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{}))
}

func passwordOnce(c abi.Connector) error {
	ctx := context.Background()
	s, err := c.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Schema: testSchema})
	if err != nil {
		return err
	}
	err = s.SetPassword(ctx, abi.SetPasswordRunStep{NewPassword: "x"})
	if abi.CodeOf(err) == abi.PasswordPolicyViolation {
		err = nil
	}
	return errors.Join(err, s.ClosePasswordConnection(ctx))
}

// Over 10,000 pages the guest's memory stays within twice of what the first
// hundred took.
func goMemory(t *testing.T, create func(*testing.T, *fakeHosts) abi.Connector) {
	s := openImport(t, create(t, echoHosts()), nil)
	early := 0
	for i := range 10_000 {
		if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
			t.Fatal(err)
		}
		if i == 100 {
			early = runtime.MemoryBytes(s)
		}
	}
	if late := runtime.MemoryBytes(s); late > 2*early {
		t.Errorf("have %d bytes after 10,000 pages, %d after 100", late, early)
	}
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
}

// Over 10,000 pages the host keeps no more than 50 bytes for each. This is not parallel:
// the heap is everybody's.
func TestHostMemoryStaysFlat(t *testing.T) {
	s := openImport(t, load(t, newRuntime(t, runtime.Config{}), "answers_well", &fakeHosts{}), nil)
	page := func() {
		if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		page()
	}
	early := heap()
	for range 10_000 {
		page()
	}
	if late := heap(); late > early+500_000 {
		t.Errorf("have %d bytes after 10,000 pages, %d after 100", late, early)
	}
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
}

// heap is what this process holds in Go's memory.
func heap() int64 {
	goruntime.GC()
	goruntime.GC() // what pools hold goes with the second
	var stats goruntime.MemStats
	goruntime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
