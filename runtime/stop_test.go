package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// A guest that heeds the stop returns, is not retired, and is closed although its
// caller's context has ended.
func TestSoftStop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	hosts := &fakeHosts{}
	hosts.onClock = func(ctx context.Context) (time.Time, error) {
		cancel()
		return noon, ctx.Err()
	}
	c := load(t, newRuntime(t, runtime.Config{}), "calls_host_until_cancelled", hosts)
	_, err := c.GetSchema(ctx, nil)
	e := wantError(t, err, abi.Cancelled)
	if abi.CodeOf(errors.Unwrap(e)) != abi.TerminateRun {
		t.Errorf("have %v, want what the connector said in it", err)
	}
	if closed, committed := hosts.last().state(); closed != 1 || committed {
		t.Errorf("the lease was closed %d times, committed %t", closed, committed)
	}
}

// After a soft stop Close… is called, with a time of its own.
func TestCloseAfterSoftStop(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{}
	c := load(t, newRuntime(t, runtime.Config{}), "calls_host", hosts)
	ctx, cancel := context.WithCancel(t.Context())
	s := openImport(t, c, nil)
	hosts.onClock = func(ctx context.Context) (time.Time, error) {
		cancel()
		<-ctx.Done()
		return noon, ctx.Err()
	}
	// The connector answers well all the same: its page may lack what it did not get.
	page, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	if wantError(t, err, abi.Cancelled); len(page.Entries) != 0 {
		t.Errorf("have %+v, want no page", page)
	}
	// A further page is not begun.
	_, err = s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	wantError(t, err, abi.Cancelled)
	hosts.onClock = func(ctx context.Context) (time.Time, error) { return noon, ctx.Err() }
	end, err := s.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{Reason: abi.CloseTerminatedByUser})
	if err != nil || end.CustomData != "w" {
		t.Errorf("have %v and error %v, want a clean close", end, err)
	}
	if closed, committed := hosts.last().state(); closed != 1 || committed {
		t.Errorf("the lease was closed %d times, committed %t", closed, committed)
	}
}

// A stop counts however its cut shows: in one answer of a batch, by the deadline
// of the caller, and in the Open… call, after which the connector is closed.
func TestInterruptedAnswers(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{}
	c := load(t, newRuntime(t, runtime.Config{}), "calls_host", hosts)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	hosts.onClock = func(ctx context.Context) (time.Time, error) {
		<-ctx.Done()
		return noon, nil // the cut is inside an answer that is none
	}
	_, err := c.GetSchema(ctx, nil)
	if e := wantError(t, err, abi.DeadlineExceeded); e.Limit != "" {
		t.Errorf("the caller's own deadline is told as %s", e.Limit)
	}

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	calls := 0
	hosts.onClock = func(ctx context.Context) (time.Time, error) {
		if calls++; calls == 1 {
			cancel()
			<-ctx.Done()
		}
		return noon, ctx.Err()
	}
	_, err = c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Schema: testSchema})
	wantError(t, err, abi.Cancelled)
	if calls != 2 {
		t.Errorf("the connector was called %d times, want to open and to close", calls)
	}
}

// What a connector tells of single entries reaches the caller although a stop came
// first: reported one by one, and in the reply.
func TestResultsAfterStop(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{}
	s := openExport(t, load(t, newRuntime(t, runtime.Config{}), "reports_after_clock", hosts))
	ctx, cancel := context.WithCancel(t.Context())
	hosts.onClock = func(ctx context.Context) (time.Time, error) {
		cancel()
		<-ctx.Done()
		return noon, ctx.Err()
	}
	have, err := s.PutExportEntries(ctx, []abi.CSEntryChange{{Identifier: "a"}, {Identifier: "b"}, {Identifier: "c"}})
	wantError(t, err, abi.Cancelled)
	said := make(map[string]abi.ExportError)
	for _, r := range have.Results {
		said[r.Identifier] = r.Code
	}
	want := map[string]abi.ExportError{"a": abi.ExportErrorInvalidDN, "b": abi.ExportErrorDuplicateAnchor}
	if !maps.Equal(said, want) {
		t.Errorf("have %v, want %v", said, want)
	}
	if err := s.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{Reason: abi.CloseTerminatedByUser}); err != nil {
		t.Error(err)
	}
}

// A guest that does not heed the stop is stopped hard when its grace is over, and
// not called again.
func TestHardStop(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{StopGrace: 30 * time.Millisecond})
	well := load(t, rt, "answers_well", &fakeHosts{})
	s := openImport(t, load(t, rt, "spins_when_told", &fakeHosts{}), nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{CustomData: "!"})
	wantError(t, err, abi.DeadlineExceeded)
	_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	wantClosed(t, err, abi.DeadlineExceeded)
	neighbour(t, well)
}

// When the time of a call is over before the grace of a caller that gave up on it, that is
// the limit that is told.
func TestTimeBeforeGrace(t *testing.T) {
	t.Parallel()
	const most = 300 * time.Millisecond
	rt := newRuntime(t, runtime.Config{CallTimeout: most, StopGrace: time.Hour})
	s := openImport(t, load(t, rt, "../hostile/spins", &fakeHosts{}), nil)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(most/10, cancel)
	_, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	wantError(t, err, abi.Cancelled)
	if e := abi.AsError(err); e.Limit != "CallTimeout" || e.Used < e.Allowed || time.Duration(e.Allowed) != most || e.Side != abi.SideCaller {
		t.Errorf("have %s, used %d of %d, of %v: %v; want CallTimeout, %v, of the caller", e.Limit, e.Used, e.Allowed, e.Side, err, most)
	}
}

// Slices are small in the last second of a call, of the grace too, and tiny in the last
// quarter of it, and all along where the grace is shorter than that: a caller may give up at
// any time.
func TestSlices(t *testing.T) {
	t.Parallel()
	const second, quarter = time.Second, time.Second / 4
	for _, test := range []struct {
		left, grace time.Duration
		slow        bool
		want        runtime.Slice
	}{
		{second, second, false, runtime.FullSlice},
		{second - 1, second, false, runtime.SmallSlice},
		{second, second - 1, false, runtime.SmallSlice},
		{time.Hour, time.Hour, true, runtime.SmallSlice},
		{quarter, quarter, false, runtime.SmallSlice},
		{quarter - 1, time.Hour, false, runtime.TinySlice},
		{time.Hour, quarter - 1, false, runtime.TinySlice},
		{quarter - 1, quarter - 1, true, runtime.TinySlice},
		{-1, time.Hour, false, runtime.TinySlice},
	} {
		if have := runtime.SliceWith(test.left, test.grace, test.slow); have != test.want {
			t.Errorf("%v left and a grace of %v, slow %t: have a %s slice, want a %s one", test.left, test.grace, test.slow, have, test.want)
		}
	}
}

// What a guest has of a slice is taken back when a call of the host lasted until it is to
// get smaller ones.
func TestSlicesBehindHostCalls(t *testing.T) {
	t.Parallel()
	const tiny, small, full = runtime.TinySlice, runtime.SmallSlice, runtime.FullSlice
	for name, test := range map[string]struct {
		timeout, grace time.Duration
		before, after  runtime.Slice // the caller gives up
	}{
		"much time":      {time.Hour, time.Hour, full, full},
		"default grace":  {time.Hour, 0, full, small},
		"short grace":    {time.Hour, time.Second - 1, small, small},
		"shortest grace": {time.Hour, time.Second/4 - 1, tiny, tiny},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts := &fakeHosts{}
			s := openImport(t, load(t, newRuntime(t, runtime.Config{CallTimeout: test.timeout, StopGrace: test.grace}), "calls_host", hosts), nil)
			ctx, cancel := context.WithCancel(t.Context())
			// On a busy machine the grace is nearly over when it is looked at.
			late := func(have runtime.Slice) bool { return test.after == small && have == tiny }
			hosts.onClock = func(context.Context) (time.Time, error) {
				hosts.onClock = nil
				before := runtime.GetsSlice(s)
				cancel()
				runtime.WaitUntilTold(s)
				after := runtime.GetsSlice(s)
				if before != test.before || after != test.after && !late(after) {
					t.Errorf("have %s slices before the caller gave up, %s ones after; want %s and %s ones", before, after, test.before, test.after)
				}
				return noon, nil
			}
			s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
			if hosts.onClock != nil {
				t.Error("the guest did not call the host")
			}
			fuel, frames := runtime.HasSlice(s)
			slow := runtime.IsSlow(s) && fuel == small // as any guest may be there
			if fuel != frames || fuel != test.after && !late(fuel) && !slow {
				t.Errorf("behind the call of the host it has a %s slice of fuel and a %s one of frames, want a %s one of both", fuel, frames, test.after)
			}
		})
	}
}

// Where a guest is stopped for its fuel does not hang on when its slices become small.
func TestFuelOfSmallSlices(t *testing.T) {
	t.Parallel()
	hosts, used := &fakeHosts{}, runtime.Usage{}
	rt := newRuntime(t, runtime.Config{CallTimeout: time.Hour, FuelPerCall: 123_457, OnRelease: func(u runtime.Usage) { used = u }})
	c := load(t, rt, "../hostile/calls_the_host_for_ever", hosts)
	var first map[string]int64
	for _, told := range []int{0, 1, 2, 7} { // at which of its calls of the host, if at any
		s := openImport(t, c, nil)
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		hosts.onHTTP = func(context.Context, abi.HTTPRequests) (abi.HTTPAnswers, error) {
			if calls++; calls == told {
				cancel()
				runtime.WaitUntilTold(s)
			}
			return abi.HTTPAnswers{}, nil
		}
		_, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		cancel()
		wantError(t, err, abi.LimitExceeded)
		have := map[string]int64{}
		for _, l := range used.Limits {
			if l.Name == "FuelPerCall" || l.Name == "HostCallsPerRun" {
				have[l.Name] = l.Used
			}
		}
		if first == nil {
			first = have
		}
		if !maps.Equal(have, first) {
			t.Errorf("told at call %d it used %v, want %v", told, have, first)
		}
	}
}

// Slices are small once a guest has gone on for long: the host's garbage collector waits
// while it does. What the host takes for its calls is not the guest's.
func TestSlowGuests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stretches []time.Duration
		want      bool
	}{
		"at the limit":      {[]time.Duration{runtime.SlowSlice, runtime.SlowSlice}, false},
		"one past it":       {[]time.Duration{runtime.SlowSlice + 1}, true},
		"one past it, once": {[]time.Duration{0, runtime.SlowSlice + 1, 0, 0}, true},
	} {
		if have := runtime.GetsSmallSlicesAfter(test.stretches...); have != test.want {
			t.Errorf("%s: have small slices %t, want %t", name, have, test.want)
		}
	}
	rt := newRuntime(t, runtime.Config{CallTimeout: 1200 * time.Millisecond})
	s := openImport(t, load(t, rt, "../hostile/chases_pointers", &fakeHosts{}), nil)
	_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	wantError(t, err, abi.DeadlineExceeded)
	if !runtime.IsSlow(s) {
		t.Error("a guest that waits for its memory is not slow")
	}
	// A guest that was not let run looks slow, too; so the best of some counts.
	hosts := &fakeHosts{}
	c := load(t, newRuntime(t, runtime.Config{StopGrace: 20 * time.Millisecond}), "../hostile/calls_the_host_for_ever", hosts)
	for range 20 {
		s := openImport(t, c, nil)
		ctx, cancel := context.WithCancel(t.Context())
		calls, slow := 0, false
		hosts.onHTTP = func(context.Context, abi.HTTPRequests) (abi.HTTPAnswers, error) {
			if calls++; calls == 1 {
				<-time.After(2 * runtime.SlowSlice)
			} else {
				slow = runtime.IsSlow(s)
				cancel()
			}
			return abi.HTTPAnswers{}, nil
		}
		s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		cancel()
		s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		if calls < 2 {
			t.Fatalf("the guest called the host %d times", calls)
		}
		if !slow {
			return
		}
	}
	t.Error("a guest whose host takes long is slow")
}

// The first time at which a guest goes on in a call counts as any other, and so does what it
// does for a place for its request.
func TestSlowFirstSlice(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]int{"touches_memory": 1, "touches_memory_for_its_request": 100_000} {
		hosts := &fakeHosts{}
		s := openImport(t, load(t, newRuntime(t, runtime.Config{CallTimeout: time.Hour}), name, hosts), nil)
		asked := false
		hosts.onClock = func(context.Context) (time.Time, error) {
			asked = true
			if !runtime.IsInFirstSlice(s) {
				t.Errorf("%s needs more than a slice, so that this tests nothing", name)
			}
			if !runtime.IsSlow(s) {
				t.Errorf("%s meets 128 MiB in its first slice and is not slow", name)
			}
			return noon, nil
		}
		step := abi.GetImportEntriesRunStep{CustomData: strings.Repeat("w", request)}
		if _, err := s.GetImportEntries(t.Context(), step); err != nil || !asked {
			t.Errorf("%s asked for the time: %t; it ended with %v", name, asked, err)
		}
	}
}

// A sleep heeds every kind of stop.
func TestSleep(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		timeout, grace, caller time.Duration
		want                   abi.Code // 0: the guest answers when it is woken
	}{
		"caller gives up":  {time.Minute, time.Minute, time.Second, 0},
		"time of the call": {20 * time.Millisecond, time.Minute, time.Minute, abi.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := load(t, newRuntime(t, runtime.Config{CallTimeout: test.timeout, StopGrace: test.grace, SleepPerCall: time.Hour}), "sleeps_for_an_hour", &fakeHosts{})
			ctx, cancel := context.WithTimeout(t.Context(), test.caller)
			defer cancel()
			begun := time.Now()
			_, err := c.GetSchema(ctx, nil)
			if abi.CodeOf(err) != test.want {
				t.Errorf("have error %v, want code %v", err, test.want)
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A host call that waits is ended by the call's deadline.
func TestHostCallDeadline(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{onClock: func(ctx context.Context) (time.Time, error) {
		<-ctx.Done()
		return noon, ctx.Err()
	}}
	c := load(t, newRuntime(t, runtime.Config{CallTimeout: 20 * time.Millisecond}), "calls_host_until_cancelled", hosts)
	_, err := c.GetSchema(t.Context(), nil)
	if code := abi.CodeOf(err); code != abi.DeadlineExceeded && code != abi.TerminateRun {
		t.Errorf("have error %v, want that the time was up", err)
	} else if e := abi.AsError(err); code == abi.DeadlineExceeded && (e.Limit != "CallTimeout" || e.Used < e.Allowed) {
		t.Errorf("have %#v", e)
	}
}

// Who took the time of a call is told: the target where requests to it took half of it or
// more, whatever the guest did with the rest; else the guest, also where it asks for ever
// for what the host refuses.
func TestWhoseTime(t *testing.T) {
	t.Parallel()
	answer := func(e *abi.Error) func(context.Context, abi.HTTPRequests) (abi.HTTPAnswers, error) {
		return func(ctx context.Context, _ abi.HTTPRequests) (abi.HTTPAnswers, error) {
			<-ctx.Done()
			return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{{Error: e, Tries: 1}}}, nil
		}
	}
	for name, test := range map[string]struct {
		guest  string
		onHTTP func(context.Context, abi.HTTPRequests) (abi.HTTPAnswers, error)
		want   abi.Side
	}{
		"waits for a target":      {"calls_the_host_for_ever", answer(&abi.Error{Code: abi.Cancelled, Side: abi.SideCaller}), abi.SideTarget},
		"asks for what is denied": {"calls_the_host_for_ever", answer(&abi.Error{Code: abi.Denied, Side: abi.SideGuest}), abi.SideGuest},
		"spins":                   {"spins", nil, abi.SideGuest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := load(t, newRuntime(t, runtime.Config{CallTimeout: 300 * time.Millisecond}), "../hostile/"+test.guest, &fakeHosts{onHTTP: test.onHTTP})
			_, err := openImport(t, c, nil).GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
			if e := wantError(t, err, abi.DeadlineExceeded); e.Side != test.want {
				t.Errorf("have %v, want its side to be %v", e, test.want)
			}
		})
	}
}

// One lane serves one session, the others wait, heeding their contexts; other
// lanes are free.
func TestLanes(t *testing.T) {
	t.Parallel()
	c := load(t, newRuntime(t, runtime.Config{}), "answers_well", &fakeHosts{})
	first := openImport(t, c, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Schema: testSchema})
	wantError(t, err, abi.DeadlineExceeded)
	if _, err := c.GetSchema(t.Context(), nil); err != nil {
		t.Error("the configuration lane waits for the import lane:", err)
	}
	opened := make(chan abi.ImportSession)
	go func() {
		s, err := c.OpenImportConnection(context.Background(), abi.OpenImportConnectionRunStep{Schema: testSchema})
		if err != nil {
			t.Error(err)
		}
		opened <- s
	}()
	if _, err := first.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
	second := <-opened
	if _, err := second.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
	_, err = second.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	wantError(t, err, abi.Closed)
}

// Close waits for open sessions, and stops them when it may not wait longer.
func TestClose(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{StopGrace: 20 * time.Millisecond, CallTimeout: time.Hour})
	entered := make(chan struct{})
	hosts := &fakeHosts{onClock: func(context.Context) (time.Time, error) {
		close(entered)
		return noon, nil
	}}
	c, err := rt.Load(t.Context(), module(t, "spins_when_told"), hosts, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	idle := openImport(t, runtime.Raw(c), nil)
	busy := openPassword(t, runtime.Raw(c), nil)
	failed := make(chan error)
	go func() {
		failed <- busy.SetPassword(context.Background(), abi.SetPasswordRunStep{Entry: abi.CSEntry{DN: "!"}})
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	wantError(t, c.Close(ctx), abi.Cancelled)
	wantError(t, <-failed, abi.Cancelled)
	_, err = idle.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	wantError(t, err, abi.Closed)
	_, err = c.GetSchema(t.Context(), nil)
	wantError(t, err, abi.Closed)
	if err := c.Close(t.Context()); err != nil {
		t.Error("the second time:", err)
	}
}

// A connector that is closed while the host reads a reply is closed behind it: the
// guest's memory is there until the reply has been read. A reply that was there before a
// hard stop counts no more.
func TestCloseDuringReply(t *testing.T) {
	t.Parallel()
	for _, hard := range []bool{false, true} {
		var loaded *runtime.Connector
		var s abi.ImportSession
		closed := make(chan error, 1)
		seen := 0
		config := runtime.Config{StopGrace: time.Hour}
		if hard {
			config.StopGrace = time.Millisecond
		}
		rt := newRuntime(t, runtime.WithObserver(config, func(point string, memory []byte) {
			if point != "leave guest GetImportEntries" {
				return
			}
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			go func() { closed <- loaded.Close(ended) }()
			runtime.Stopped(s, hard)
			for range 1000 {
				goruntime.Gosched()
				seen += bytes.Count(memory, []byte("example.org"))
			}
		}))
		var err error
		if loaded, err = rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{}); err != nil {
			t.Fatal(err)
		}
		s = openImport(t, runtime.Raw(loaded), nil)
		page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		if hard {
			wantError(t, err, abi.Cancelled)
		} else if err != nil || len(page.Entries) != 1 {
			t.Errorf("have %+v and error %v", page, err)
		}
		wantError(t, <-closed, abi.Cancelled)
		if seen != 1000 {
			t.Errorf("the guest's memory was there %d times of 1000", seen)
		}
		if used := runtime.MemoryUsed(rt); used != 0 {
			t.Errorf("%d bytes of memory are left", used)
		}
		_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		wantError(t, err, abi.Closed)
	}
}

func TestRuntimeClose(t *testing.T) {
	t.Parallel()
	rt, err := runtime.New(t.Context(), runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, rt, "answers_well", &fakeHosts{})
	s := openImport(t, c, nil)
	closed := make(chan error)
	go func() { closed <- rt.Close(context.Background()) }()
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error("a session that was open is cut off:", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	_, err = rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
	wantError(t, err, abi.Closed)
	if err := rt.Close(t.Context()); err != nil {
		t.Error("the second time:", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := runtime.New(t.Context(), runtime.Config{MemoryLimitBytes: 1, CallTimeout: -1, MaxReplyBytes: abi.MaxMessageBytes + 1})
	for _, want := range []string{"Config.MemoryLimitBytes is 1", "Config.CallTimeout is -1ns", "Config.MaxReplyBytes is 16777217"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("have error %v, want %q in it", err, want)
		}
	}
}
