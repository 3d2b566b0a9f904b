package runtime_test

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// These modules trap unless the host keeps to the ABI.
func TestHostCalls(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	for _, name := range []string{"guards_buffers", "host_call_pointers", "takes_twice", "leaves_answers", "tries_files"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := load(t, rt, name, &fakeHosts{})
			if _, err := c.GetSchema(t.Context(), nil); err != nil {
				t.Error(err)
			}
			// Small and large requests by turns, on one instance; what a call leaves
			// waiting is gone in the next.
			s := openImport(t, c, nil)
			for _, size := range []int{1, 9000, 1, 4097, 9001, 1} {
				if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{CustomData: strings.Repeat("x", size)}); err != nil {
					t.Errorf("%d bytes: %v", size, err)
				}
			}
			if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// A panic in a host function is the host's failure and ends the instance alone.
func TestHostPanic(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	well := load(t, rt, "answers_well", &fakeHosts{})
	hosts := &fakeHosts{onClock: func(context.Context) (time.Time, error) { panic("spilled") }}
	s := openImportOf(t, rt, "calls_host", hosts)
	_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	if e := wantError(t, err, abi.HostFailure); e.Side != abi.SideHost || e.Op != "GetImportEntries" {
		t.Errorf("have side %v and op %s", e.Side, e.Op)
	}
	_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	wantClosed(t, err, abi.HostFailure)
	neighbour(t, well)
}

// A host function that asks the session it works for is refused, and does not wait for
// itself for ever.
func TestSessionAskedByItsHost(t *testing.T) {
	t.Parallel()
	var s abi.ImportSession
	var asked []error
	hosts := &fakeHosts{onClock: func(ctx context.Context) (time.Time, error) {
		if s != nil {
			_, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
			_, closeErr := s.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
			asked = append(asked, err, closeErr)
		}
		return noon, nil
	}}
	c, err := newRuntime(t, runtime.Config{}).Load(t.Context(), module(t, "calls_host"), hosts, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	if s, err = c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
	if page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil || len(page.Entries) != 1 {
		t.Errorf("have %d entries, %v", len(page.Entries), err)
	}
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
	if len(asked) != 4 {
		t.Errorf("asked %d times", len(asked))
	}
	for _, err := range asked {
		if e := wantError(t, err, abi.ContractViolation); e.Rule != "ECMA-SESSION-BUSY" || e.Side != abi.SideCaller {
			t.Error(e)
		}
	}
}

// openImportOf opens an import whose first host call is the page's: the host
// starts to misbehave once the connection is open.
func openImportOf(t *testing.T, rt *runtime.Runtime, name string, hosts *fakeHosts) abi.ImportSession {
	t.Helper()
	misbehave := hosts.onClock
	var opened atomic.Bool
	hosts.onClock = func(ctx context.Context) (time.Time, error) {
		if !opened.Load() {
			return noon, nil
		}
		return misbehave(ctx)
	}
	s := openImport(t, load(t, rt, name, hosts), nil)
	opened.Store(true)
	return s
}

// An error of the host's is an answer; its words stay with the host.
func TestHostError(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{onClock: func(context.Context) (time.Time, error) {
		return noon, errors.New("stopped at https://10.0.0.1/?token=x")
	}}
	c := load(t, newRuntime(t, runtime.Config{}), "calls_host_until_cancelled", hosts)
	_, err := c.GetSchema(t.Context(), nil)
	wantError(t, err, abi.TerminateRun)
}

// A reported result is known although the call fails later.
func TestExportResultBeforeTrap(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	s := openExport(t, load(t, rt, "reports_then_traps", &fakeHosts{}))
	results, err := s.PutExportEntries(t.Context(), []abi.CSEntryChange{{Identifier: "a"}, {Identifier: "b"}, {Identifier: "c"}})
	wantError(t, err, abi.Trap)
	if len(results.Results) != 2 || results.Results[0].Code != abi.ExportErrorInvalidDN || results.Results[1].Code != abi.ExportSuccess {
		t.Errorf("have results %+v, want those of a and b", results.Results)
	}
	wantClosed(t, s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}), abi.Trap)
}

// A guest whose host fails in every call has one line of the log for it, and one that
// says how often it failed besides: each instance anew.
func TestFailuresOfTheHostInTheLog(t *testing.T) {
	t.Parallel()
	asks := func(c abi.Connector) { c.GetSchema(t.Context(), nil) }
	imports := func(c abi.Connector) {
		s := openImport(t, c, nil)
		s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	}
	const first, further = `"error":"no clock here","call":"clock","code":"HostFailure","message":"host function failed"`, `"call":"clock","count":%d,"code":"HostFailure","message":"host function failed again"`
	for name, test := range map[string]struct {
		module string
		run    func(abi.Connector)
		want   []string
	}{
		"once":                           {"calls_host", asks, []string{first}},
		"three times":                    {"calls_host", imports, []string{first, fmt.Sprintf(further, 2)}},
		"until its answers are too many": {"../hostile/calls_the_host_too_often", imports, []string{first, fmt.Sprintf(further, abi.MaxPendingAnswers-1)}},
	} {
		var log lockedBuffer
		hosts := &fakeHosts{onClock: func(context.Context) (time.Time, error) { return time.Time{}, errors.New("no clock here") }}
		c := load(t, newRuntime(t, runtime.Config{Logger: zerolog.New(&log).Level(zerolog.ErrorLevel)}), test.module, hosts)
		test.run(c)
		test.run(c)
		have, want := strings.Split(strings.TrimSpace(string(log.Bytes())), "\n"), append(test.want, test.want...)
		if !slices.EqualFunc(have, want, func(line, end string) bool { return strings.HasSuffix(line, end+"}") }) {
			t.Errorf("%s: the log has %q, want lines that end in %q", name, have, want)
		}
	}
}

// What is in the reply comes before what was reported.
func TestExportResultBeforeReply(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	s := openExport(t, load(t, rt, "reports_then_answers", &fakeHosts{}))
	for range 2 {
		results, err := s.PutExportEntries(t.Context(), []abi.CSEntryChange{{Identifier: "a"}, {Identifier: "b"}})
		if err != nil || len(results.Results) != 2 {
			t.Fatalf("have %+v and error %v", results, err)
		}
		codes := map[string]abi.ExportError{}
		for _, r := range results.Results {
			codes[r.Identifier] = r.Code
		}
		if codes["a"] != abi.ExportErrorInvalidDN || codes["b"] != abi.ExportErrorDuplicateAnchor {
			t.Errorf("have results %+v", results.Results)
		}
	}
	if err := s.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
}

func openExport(t *testing.T, c abi.Connector) abi.ExportSession {
	t.Helper()
	s, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: testSchema, BatchSize: 100})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What an export is told one by one is bounded by number and by length; a result that
// takes the place of another counts once.
func TestCollectedResults(t *testing.T) {
	t.Parallel()
	results := func(n, length int) []abi.CSEntryChangeResult {
		var all []abi.CSEntryChangeResult
		for i := range n {
			id := fmt.Sprintf("%08d", i)
			all = append(all, abi.CSEntryChangeResult{Identifier: id, Name: strings.Repeat("n", length-8-4-5), Detail: "text",
				Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("123")}}})
		}
		return all
	}
	const length = 1 << 12
	most := results(abi.MaxMessageBytes/length, length)
	tests := map[string]struct {
		results []abi.CSEntryChangeResult
		kept    int
		limit   string
	}{
		"number, at the limit": {results(abi.MaxPageEntries, 100), abi.MaxPageEntries, ""},
		"number, one past it":  {results(abi.MaxPageEntries+1, 100), abi.MaxPageEntries, "MaxPageEntries"},
		"length, at the limit": {most, len(most), ""},
		"length, one past it":  {append(results(len(most)-1, length), results(len(most), length+1)[len(most)-1]), len(most) - 1, "MaxMessageBytes"},
		"the same again":       {append(slices.Clone(most), most...), len(most), ""},
	}
	for name, tt := range tests {
		kept, err := runtime.Collect(tt.results)
		limit := ""
		if e := abi.AsError(err); e != nil {
			limit = e.Limit
		}
		if kept != tt.kept || limit != tt.limit {
			t.Errorf("%s: have %d and error %v, want %d and limit %q", name, kept, err, tt.kept, tt.limit)
		}
	}
}

// TestAnswersInVain has the host answer with more than may travel: what was written of it
// counts, and that is not much more than may.
func TestAnswersInVain(t *testing.T) {
	t.Parallel()
	const calls, around = 3, 128 << 10
	asked, answer := 0, abi.HTTPAnswer{Status: 200, Body: strings.Repeat("\x01", 8<<20)} // 48 MiB as it travels
	hosts := &fakeHosts{onHTTP: func(context.Context, abi.HTTPRequests) (abi.HTTPAnswers, error) {
		asked++
		return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{answer}}, nil
	}}
	var u usages
	config := runtime.Config{HostBytesPerRun: calls * abi.MaxMessageBytes, OnRelease: u.add}
	c, err := newRuntime(t, config).Load(t.Context(), (&hostileRow{name: "wants_sealed"}).bytes(t), hosts, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	s := openImport(t, runtime.Raw(c), nil)
	if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
	if asked != calls {
		t.Errorf("the host was asked %d times, want %d", asked, calls)
	}
	for _, l := range u.last().Limits {
		if most := l.Allowed + calls*around; l.Name == "HostBytesPerRun" && (l.Used < l.Allowed || l.Used > most) {
			t.Errorf("%d bytes were used, want %d to %d", l.Used, l.Allowed, most)
		}
	}
}

// TestLateAnswer has the host answer when the call's time is up: next to nothing is
// written of an answer that nobody will read. Nothing else may use memory meanwhile, so
// this is not parallel.
func TestLateAnswer(t *testing.T) {
	for name, body := range map[string]string{"quotes": `"`, "no text": "\xff"} {
		body := strings.Repeat(body, 8<<20)
		var before goruntime.MemStats
		hosts := &fakeHosts{onHTTP: func(ctx context.Context, _ abi.HTTPRequests) (abi.HTTPAnswers, error) {
			<-ctx.Done()
			goruntime.ReadMemStats(&before)
			return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{{Status: 200, Body: body, Tries: 1}}}, nil
		}}
		module := (&hostileRow{name: "calls_the_host_for_ever"}).bytes(t)
		c, err := newRuntime(t, runtime.Config{CallTimeout: 200 * time.Millisecond}).Load(t.Context(), module, hosts, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		s := openImport(t, runtime.Raw(c), nil)
		_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		var after goruntime.MemStats
		goruntime.ReadMemStats(&after)
		if abi.CodeOf(err) != abi.DeadlineExceeded {
			t.Errorf("%s: have %v", name, err)
		}
		// Room is made for it once, or twice under the race detector, and not filled.
		if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
			t.Errorf("%s: an answer of 8 MiB that came too late took %d bytes", name, took)
		}
	}
}
