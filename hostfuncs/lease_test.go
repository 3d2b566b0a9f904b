package hostfuncs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

var background = context.Background()

// lines are the log's lines.
func lines(t testing.TB, log *bytes.Buffer) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, m)
	}
	return all
}

func logged(t testing.TB, clock *clock) (abi.HostLease, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	policy := hostfuncs.Policy{Logger: zerolog.New(&log), Reveal: []string{"parameter:Shown"}}
	return leaseOf(t, policy, nil, clock.world()), &log
}

func TestLog(t *testing.T) {
	t.Parallel()
	l, log := logged(t, newClock())
	seal(t, l, "parameter:Password", "sealed-parameter")
	for _, e := range []abi.LogEntry{
		{Level: abi.LogInfo, Message: "plain", Fields: []abi.Field{{Name: "count", Value: "12"}, {Name: "level", Value: `fa"ke`}}},
		{Level: abi.LogError, Message: "\x1b[31mred\r\n{\"level\":\"fatal\"}\u202e\u2028\u0085\xff"},
		{Level: abi.LogDebug, Message: "it is sealed-parameter"},
		{Level: 99, Message: strings.Repeat("ä", abi.MaxLogMessage)},
	} {
		if err := l.Log(background, e); err != nil {
			t.Fatal(err)
		}
	}
	l.Close(background, false)
	have := lines(t, log)
	for i, want := range []struct{ level, message string }{
		{"info", `plain count="12" level="fa\"ke"`},
		{"warn", "�[31mred� {\"level\":\"fatal\"}����"},
		{"debug", "it is «redacted»"},
		{"warn", strings.Repeat("ä", abi.MaxLogMessage/2)},
	} {
		if have[i]["level"] != want.level || have[i]["guest_msg"] != want.message {
			t.Errorf("have %v\nwant %v", have[i], want)
		}
		for key, value := range have[i] {
			if key != "guest_msg" && key != "level" && key != "message" && key != "lane" && key != "instance" {
				t.Errorf("field %s is %v", key, value)
			}
		}
	}
}

func TestLogLimits(t *testing.T) {
	t.Parallel()
	c := newClock()
	l, log := logged(t, c)
	limit := func(what string, err error) {
		t.Helper()
		if e := abi.AsError(err); e == nil || e.Code != abi.LimitExceeded || e.Limit != what {
			t.Errorf("have %v, want the limit %s", err, what)
		}
	}
	if err := l.Log(background, abi.LogEntry{Fields: make([]abi.Field, abi.MaxLogFields)}); err != nil {
		t.Error(err)
	}
	limit("log_fields", l.Log(background, abi.LogEntry{Fields: make([]abi.Field, abi.MaxLogFields+1)}))
	for range hostfuncs.LogBurst - 1 {
		if err := l.Log(background, abi.LogEntry{Message: "m"}); err != nil {
			t.Fatal(err)
		}
	}
	limit("log_entries_per_second", l.Log(background, abi.LogEntry{Message: "m"}))
	c.world().Sleep(background, time.Hour)
	if err := l.Log(background, abi.LogEntry{Message: "m"}); err != nil {
		t.Error(err)
	}
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		c.world().Sleep(background, time.Second)
		err = l.Log(background, abi.LogEntry{Message: strings.Repeat("m", abi.MaxLogMessage)})
	}
	limit("log_bytes", err)
	l.Close(background, false)
	if n := log.Len(); n < hostfuncs.MaxLogBytes-abi.MaxLogMessage || n > 2*hostfuncs.MaxLogBytes {
		t.Errorf("%d bytes were logged", n)
	}
	all := lines(t, log)
	if last := all[len(all)-1]; last["count"] != 3.0 {
		t.Errorf("at the end: %v", last)
	}
}

// TestDenialsAreLogged once for each kind, without the guest's words.
func TestDenialsAreLogged(t *testing.T) {
	t.Parallel()
	l, log := logged(t, newClock())
	for range 5 {
		ask(t, l, abi.HTTPRequest{Target: "nobody"})
	}
	for i := range 1000 {
		ask(t, l, abi.HTTPRequest{Target: fmt.Sprint("nobody", i)})
	}
	l.Close(background, false)
	all := lines(t, log)
	if len(all) != 65 || all[0]["rule"] != "HTTP-TARGET" || all[0]["level"] != "warn" || all[64]["count"] != 1005.0 {
		t.Errorf("%d lines, the first %v, the last %v", len(all), all[0], all[len(all)-1])
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	l, log := logged(t, newClock())
	shown, hidden := seal(t, l, "parameter:Shown", "shown-secret"), seal(t, l, "parameter:Hidden", "hidden-secret")
	if s, err := l.Reveal(background, shown); s != "shown-secret" || err != nil {
		t.Errorf("have %q, %v", s, err)
	}
	if s, err := l.Reveal(background, hidden); s != "" || abi.CodeOf(err) != abi.Denied || abi.AsError(err).Rule != hostfuncs.RuleReveal {
		t.Errorf("have %q, %v", s, err)
	}
	if s, err := l.Reveal(background, "ecmasealed"); s != "" || abi.CodeOf(err) != abi.NotFound {
		t.Errorf("have %q, %v", s, err)
	}
	l.Close(background, false)
	all := lines(t, log)
	if len(all) != 2 || all[0]["sealed"] != "parameter:Shown" || all[1]["rule"] != "REVEAL" || strings.Contains(log.String(), "-secret") {
		t.Errorf("the log is %s", log)
	}
}

func TestClockRandomSOAP(t *testing.T) {
	t.Parallel()
	c := newClock()
	l, _ := logged(t, c)
	if now, err := l.Clock(background); !now.Equal(c.now) || err != nil {
		t.Errorf("%s, %v", now, err)
	}
	a, err := l.Random(background, abi.MaxRandomBytes)
	b, _ := l.Random(background, abi.MaxRandomBytes)
	if err != nil || len(a) != abi.MaxRandomBytes || bytes.Equal(a, b) {
		t.Errorf("%d bytes, %v", len(a), err)
	}
	for _, n := range []int{-1, abi.MaxRandomBytes + 1} {
		if _, err := l.Random(background, n); abi.CodeOf(err) != abi.LimitExceeded {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := l.SOAP(background, abi.SOAPRequest{}); abi.CodeOf(err) != abi.NotOffered {
		t.Errorf("SOAP: %v", err)
	}
}

func TestProgressAndExportResult(t *testing.T) {
	t.Parallel()
	var heard []string
	h := newHost(t, hostfuncs.Policy{Progress: func(lane abi.Lane, p abi.Progress) { heard = append(heard, fmt.Sprint(lane, p)) }}, nil)
	failed := errors.New("no")
	l := open(t, h, abi.LeaseRequest{Lane: abi.LaneImport, OnExportResult: func(abi.CSEntryChangeResult) error { return failed }})
	if err := l.Progress(background, abi.Progress{Done: 1, Total: 2, What: "users"}); err != nil {
		t.Error(err)
	}
	if err := l.Progress(background, abi.Progress{Done: -1}); abi.CodeOf(err) != abi.InvalidMessage {
		t.Error(err)
	}
	if err := l.ExportResult(background, abi.CSEntryChangeResult{}); err != failed {
		t.Error(err)
	}
	if l.Close(background, false); fmt.Sprint(heard) != "[import {1 2 users}]" {
		t.Errorf("heard %v", heard)
	}
	if err := open(t, h, abi.LeaseRequest{}).ExportResult(background, abi.CSEntryChangeResult{}); abi.CodeOf(err) != abi.NotOffered {
		t.Error(err)
	}
}

// store is a StateStore that can fail.
type store struct {
	kept       map[string][]byte
	load, save error
	saves      int
}

func (s *store) Load(context.Context) (map[string][]byte, error) { return maps.Clone(s.kept), s.load }

func (s *store) Save(_ context.Context, state map[string][]byte) error {
	if s.saves++; s.save != nil {
		return s.save
	}
	s.kept = maps.Clone(state)
	return nil
}

func wantState(t testing.TB, l abi.Host, key, want string) {
	t.Helper()
	value, err := l.StateGet(background, key)
	if want == "" && abi.CodeOf(err) != abi.NotFound || want != "" && (err != nil || string(value) != want) {
		t.Errorf("under %s is %q, %v; want %q", key, value, err, want)
	}
}

func put(t testing.TB, l abi.Host, key, value string) {
	t.Helper()
	if err := l.StatePut(background, key, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	s := &store{}
	h := newHost(t, hostfuncs.Policy{State: s}, nil)
	a, b := open(t, h, abi.LeaseRequest{}), open(t, h, abi.LeaseRequest{})
	put(t, a, "k", "1")
	put(t, a, "gone", "1")
	wantState(t, a, "k", "1")
	wantState(t, b, "k", "")
	if err := a.StateDelete(background, "gone"); err != nil {
		t.Error(err)
	}
	a.StateDelete(background, "never")
	wantState(t, a, "gone", "")
	a.Close(background, true)
	wantState(t, b, "k", "") // b has its own view
	put(t, b, "k2", "2")
	b.Close(background, true)
	c := open(t, h, abi.LeaseRequest{})
	wantState(t, c, "k", "1")
	wantState(t, c, "k2", "2")
	put(t, c, "k", "lost")
	c.Close(background, false)
	d := open(t, h, abi.LeaseRequest{})
	wantState(t, d, "k", "1")
	d.StateDelete(background, "k")
	wantState(t, d, "k", "")
	put(t, d, "k", "3")
	wantState(t, d, "k", "3")
	d.StateDelete(background, "k")
	d.Close(background, true)
	e := open(t, h, abi.LeaseRequest{})
	wantState(t, e, "k", "")
	value, _ := e.StateGet(background, "k2")
	value[0] = 'x'
	wantState(t, e, "k2", "2")
	saves := s.saves
	if e.Close(background, true); s.saves != saves {
		t.Error("nothing was changed, and it was saved")
	}
}

func TestStateInMemory(t *testing.T) {
	t.Parallel()
	h := newHost(t, hostfuncs.Policy{}, nil)
	a := open(t, h, abi.LeaseRequest{})
	put(t, a, "k", "1")
	a.Close(background, true)
	wantState(t, open(t, h, abi.LeaseRequest{}), "k", "1")
}

func TestStateLimits(t *testing.T) {
	t.Parallel()
	h := newHost(t, hostfuncs.Policy{}, nil)
	l := open(t, h, abi.LeaseRequest{})
	long := strings.Repeat("k", abi.MaxStateKey)
	put(t, l, long, strings.Repeat("v", abi.MaxStateBytes-abi.MaxStateKey))
	put(t, l, long, strings.Repeat("w", abi.MaxStateBytes-abi.MaxStateKey)) // replaces, does not add
	limit := func(err error, what string) {
		t.Helper()
		if e := abi.AsError(err); e == nil || e.Code != abi.LimitExceeded || e.Limit != what {
			t.Errorf("have %v, want the limit %s", err, what)
		}
	}
	limit(l.StatePut(background, "k", nil), "state_bytes")
	limit(l.StatePut(background, long, make([]byte, abi.MaxStateBytes-abi.MaxStateKey+1)), "state_bytes")
	limit(l.StatePut(background, long+"k", nil), "state_key")
	for _, key := range []string{"", "\xff"} {
		if err := l.StatePut(background, key, nil); abi.CodeOf(err) != abi.InvalidMessage {
			t.Errorf("key %q: %v", key, err)
		}
	}
	p := seal(t, l, "new_password", "a-password")
	l.StateDelete(background, long)
	if err := l.StatePut(background, "p", []byte("x"+p)); abi.CodeOf(err) != abi.Denied {
		t.Errorf("a placeholder was kept: %v", err)
	}
	// Two leases fit alone, but not together.
	put(t, l, "a", strings.Repeat("v", abi.MaxStateBytes-1))
	other := open(t, h, abi.LeaseRequest{})
	put(t, other, "b", "1")
	if err := other.Close(background, true); err != nil {
		t.Error(err)
	}
	limit(l.Close(background, true), "state_bytes")
	wantState(t, open(t, h, abi.LeaseRequest{}), "b", "1")
}

func TestStateStoreFails(t *testing.T) {
	t.Parallel()
	failed := errors.New("disk full")
	s := &store{save: failed}
	h := newHost(t, hostfuncs.Policy{State: s}, nil)
	l := open(t, h, abi.LeaseRequest{})
	put(t, l, "k", "1")
	if err := l.Close(background, true); abi.CodeOf(err) != abi.HostFailure || !errors.Is(err, failed) {
		t.Errorf("saving: %v", err)
	}
	s.load = failed
	if _, err := open(t, h, abi.LeaseRequest{}).StateGet(background, "k"); abi.CodeOf(err) != abi.HostFailure || !errors.Is(err, failed) {
		t.Errorf("loading: %v", err)
	}
}

// calls are all calls of a lease.
func calls(l abi.HostLease) map[string]func() error {
	ctx := background
	return map[string]func() error{
		"HTTP": func() error { _, err := l.HTTP(ctx, abi.HTTPRequests{}); return err },
		"SOAP": func() error { _, err := l.SOAP(ctx, abi.SOAPRequest{}); return err },
		"Log":  func() error { return l.Log(ctx, abi.LogEntry{}) }, "Clock": func() error { _, err := l.Clock(ctx); return err },
		"Random": func() error { _, err := l.Random(ctx, 1); return err }, "StateGet": func() error { _, err := l.StateGet(ctx, "k"); return err },
		"StatePut": func() error { return l.StatePut(ctx, "k", nil) }, "StateDelete": func() error { return l.StateDelete(ctx, "k") },
		"Progress": func() error { return l.Progress(ctx, abi.Progress{}) }, "ExportResult": func() error { return l.ExportResult(ctx, abi.CSEntryChangeResult{}) },
		"Reveal": func() error { _, err := l.Reveal(ctx, "p"); return err }, "Seal": func() error { _, err := l.Seal("new_password", "p"); return err },
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	l := open(t, newHost(t, hostfuncs.Policy{}, nil), abi.LeaseRequest{})
	for range 2 {
		if err := l.Close(background, true); err != nil {
			t.Error(err)
		}
	}
	for name, call := range calls(l) {
		if err := call(); abi.CodeOf(err) != abi.Closed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTrace compares a traced lease with its log: one line per call, no values.
func TestTrace(t *testing.T) {
	t.Parallel()
	server, _ := record(t, nil)
	target := grant(server.URL)
	var log bytes.Buffer
	h := hostfuncs.Trace(newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil), zerolog.New(&log))
	l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "i"})
	p := seal(t, l, "new_password", "value-secret")
	wantStatus(t, ask(t, l, abi.HTTPRequest{Path: "/value-path", Query: []abi.Field{{Name: "q", Value: "value-query"}}}), 200)
	wantError(t, ask(t, l, abi.HTTPRequest{Method: "TRACE"}), abi.Denied, hostfuncs.RuleMethod)
	for _, call := range calls(l) {
		call()
	}
	l.Reveal(background, p)
	l.Log(background, abi.LogEntry{Message: "value-message"})
	l.StatePut(background, "value-key", []byte("value-state"))
	l.Close(background, false)
	seen := map[string]int{}
	for _, line := range lines(t, &log) {
		seen[line["call"].(string)]++
		if line["level"] != "debug" || line["lane"] != "export" || line["instance"] != "i" || line["duration"] == nil {
			t.Errorf("%v", line)
		}
		if line["call"] == "http" && line["method"] == "GET" && (line["status"] != 200.0 || line["target"] != "app") {
			t.Errorf("%v", line)
		}
		if line["call"] == "http" && line["method"] == "TRACE" && (line["rule"] != "HTTP-METHOD" || line["code"] != "Denied") {
			t.Errorf("%v", line)
		}
	}
	want := map[string]int{"http": 3, "soap": 1, "log": 2, "clock": 1, "random": 1, "state_get": 1, "state_put": 2, "state_delete": 1, "progress": 1, "export_result": 1, "reveal": 2, "seal": 2, "close": 1}
	if !maps.Equal(seen, want) {
		t.Errorf("have %v\nwant %v", seen, want)
	}
	if strings.Contains(log.String(), "value-") || strings.Contains(log.String(), "ecmasealed") {
		t.Errorf("values are in the trace:\n%s", &log)
	}
	failing := hostfuncs.Trace(failingProvider{}, zerolog.Nop())
	if _, err := failing.Lease(background, abi.LeaseRequest{}); abi.CodeOf(err) != abi.HostFailure {
		t.Error(err)
	}
}

type failingProvider struct{}

func (failingProvider) Lease(context.Context, abi.LeaseRequest) (abi.HostLease, error) {
	return nil, abi.HostFailure
}

// Whatever limit a lease is refused for is told with what it used, or has a reason why not.
func TestLimitsAreTold(t *testing.T) {
	t.Parallel()
	const request, batch, answer, pace = "bounds one request", "bounds one batch", "bounds one answer", "is a pace"
	untold := map[string]string{
		"log_fields": "bounds one entry", "log_entries_per_second": pace, "log_entries_waiting": pace, "random_bytes": request, "state_key": "bounds one key", "encoded_secret": "bounds one secret",
		"batch_requests": batch, "batch_bytes": batch, "batch_header_bytes": batch,
		"redirects": answer, "ratio": answer, "response_headers": answer, "response_header_bytes": answer,
		"url_bytes": request, "request_headers": request, "request_header_bytes": request, "request_bytes": request,
	}
	l, _ := logged(t, newClock())
	for _, secret := range []string{"a", "bb"} {
		if _, err := l.Seal("parameter:Password", secret); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.StatePut(background, "key", []byte("value")); err != nil {
		t.Fatal(err)
	}
	told := make(map[string][2]int64)
	l.(abi.LimitTeller).TellLimits(func(limit string, used, allowed int64) { told[limit] = [2]int64{used, allowed} })
	want := map[string][2]int64{"log_bytes": {0, hostfuncs.MaxLogBytes}, "state_bytes": {8, abi.MaxStateBytes}, "state_keys": {1, hostfuncs.MaxStateKeys},
		"sealed": {2, hostfuncs.MaxSealed}, "sealed_bytes": {64 << 10, hostfuncs.MaxSealedBytes}}
	if !maps.Equal(told, want) {
		t.Errorf("have %v, want %v", told, want)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	call, found := regexp.MustCompile(`\b(?:exceeded|tooLong)\("(\w+)"`), 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(source), -1) {
			found++
			if _, there := told[m[1]]; !there && untold[m[1]] == "" {
				t.Errorf("%s: the limit %s is not told, and has no reason", file, m[1])
			}
		}
	}
	if found < len(told)+len(untold) {
		t.Errorf("have %d places that refuse for a limit, want one at least for each", found)
	}
}
