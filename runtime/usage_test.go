package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// usages collects what instances used.
type usages struct {
	mu  sync.Mutex
	all []runtime.Usage
}

func (u *usages) add(usage runtime.Usage) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all = append(u.all, usage)
}

func (u *usages) last() runtime.Usage {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.all[len(u.all)-1]
}

func of(u runtime.Usage, limit string) runtime.LimitUse {
	i := slices.IndexFunc(u.Limits, func(l runtime.LimitUse) bool { return l.Name == limit })
	return u.Limits[i]
}

// fuelOf is what a schema of the fixture guest costs under a configuration.
func fuelOf(t *testing.T, config runtime.Config, name string) (runtime.Usage, error) {
	t.Helper()
	var u usages
	config.OnRelease = u.add
	rt := newRuntime(t, config)
	c, err := rt.Load(t.Context(), module(t, name), &fakeHosts{}, contract.Promise{})
	if err != nil {
		return runtime.Usage{}, err
	}
	defer c.Close(context.Background())
	_, err = c.GetSchema(t.Context(), nil)
	return u.last(), err
}

// A call that returns before it looks at its fuel is held to the limits all the
// same, at the limit and one past it.
func TestFuelOfLightCalls(t *testing.T) {
	t.Parallel()
	const weight = 20
	for _, test := range []struct {
		config runtime.Config
		limit  string // empty if it answers well
	}{
		{runtime.Config{FuelPerCall: weight}, ""}, {runtime.Config{FuelPerCall: weight - 1}, "FuelPerCall"},
		{runtime.Config{FuelPerRun: 2 * weight}, ""}, {runtime.Config{FuelPerRun: 2*weight - 1}, "FuelPerRun"},
	} {
		rt := newRuntime(t, test.config)
		c, err := rt.Load(t.Context(), withPage(adds(weight)...)(), &fakeHosts{}, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := runtime.Raw(c).OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: testSchema, PageSize: 100})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err == nil {
				_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
			}
		}
		if test.limit == "" && err != nil {
			t.Errorf("%+v: have error %v at the limit", test.config, err)
		}
		if test.limit != "" {
			if e := wantError(t, err, abi.LimitExceeded); e.Limit != test.limit || e.Used != e.Allowed+1 {
				t.Errorf("%+v: have %+v, want %s by one", test.config, e, test.limit)
			}
		}
		s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		c.Close(context.Background())
	}
}

// Fuel is the same in every run, bounded at the limit and one past it, for a call
// and for a run.
func TestFuelLimits(t *testing.T) {
	t.Parallel()
	const guest = "counts_down" // its GetSchema turns a loop
	first, err := fuelOf(t, runtime.Config{}, guest)
	if err != nil {
		t.Fatal(err)
	}
	again, err := fuelOf(t, runtime.Config{}, guest)
	if err != nil || first.Fuel() != again.Fuel() || first.Fuel() < 1_000 {
		t.Fatalf("have %d and %d units, and error %v", first.Fuel(), again.Fuel(), err)
	}
	call, run := of(first, "FuelPerCall").Used, first.Fuel()
	if start := run - call; start < 0 || call < 1_000 {
		t.Fatalf("have %d units in all, %d of the call", run, call)
	}
	for _, test := range []struct {
		limit string
		at    runtime.Config
		past  runtime.Config
	}{
		{"FuelPerCall", runtime.Config{FuelPerCall: call}, runtime.Config{FuelPerCall: call - 1}},
		{"FuelPerRun", runtime.Config{FuelPerRun: run}, runtime.Config{FuelPerRun: run - 1}},
	} {
		have, err := fuelOf(t, test.at, guest)
		if use := of(have, test.limit); err != nil || use.Used != use.Allowed || use.Share() != 1 {
			t.Errorf("%s: have error %v at the limit, %v", test.limit, err, use)
		}
		have, err = fuelOf(t, test.past, guest)
		e := wantError(t, err, abi.LimitExceeded)
		if e.Limit != test.limit || e.Side != abi.SideGuest || e.Used <= e.Allowed || have.Failure == nil || have.Failure.Limit != test.limit {
			t.Errorf("%s: have %+v past the limit, and failure %+v", test.limit, e, have.Failure)
		}
	}
	unlimited := runtime.Config{FuelPerCall: runtime.UnlimitedFuel, FuelPerRun: runtime.UnlimitedFuel}
	if have, err := fuelOf(t, unlimited, guest); err != nil || have.Fuel() != run {
		t.Errorf("unlimited: have %d units and error %v", have.Fuel(), err)
	}
	if !stopsUnmetered {
		return
	}
	if have, err := fuelOf(t, runtime.Config{Interruption: runtime.CloseOnContext, FuelPerRun: 1}, guest); err != nil || have.Fuel() != 0 {
		t.Errorf("without metering: have %d units and error %v", have.Fuel(), err)
	}
}

// What an instance was handed is told to the byte, each request of it.
func TestUsageOfRequests(t *testing.T) {
	t.Parallel()
	handed := func(requests ...string) int64 {
		var u usages
		s := openImport(t, load(t, newRuntime(t, runtime.Config{OnRelease: u.add}), "answers_well", &fakeHosts{}), nil)
		for _, request := range requests {
			if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{CustomData: request}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
			t.Fatal(err)
		}
		return u.last().RequestBytes
	}
	long := strings.Repeat("x", 1001)
	none, one, more, twice := handed(), handed("x"), handed(long), handed(long, long)
	if none <= 0 || one <= none || more != one+1000 || twice != none+2*(more-none) {
		t.Errorf("have %d bytes without a page, %d with one, %d with a long request, %d with two", none, one, more, twice)
	}
}

// Host calls are bounded at the limit and one past it, by number and by bytes.
func TestHostCallLimits(t *testing.T) {
	t.Parallel()
	asks := func(config runtime.Config) (runtime.Usage, error) {
		var u usages
		config.OnRelease = u.add
		c := load(t, newRuntime(t, config), "calls_host", &fakeHosts{})
		s := openImport(t, c, nil)
		_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		if _, close := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err == nil {
			err = close
		}
		return u.last(), err
	}
	free, err := asks(runtime.Config{})
	calls, bytes := of(free, "HostCallsPerRun").Used, of(free, "HostBytesPerRun").Used
	if err != nil || calls == 0 || bytes <= calls {
		t.Fatalf("have %d calls, %d bytes and error %v", calls, bytes, err)
	}
	for _, at := range []runtime.Config{{HostCallsPerRun: calls}, {HostBytesPerRun: bytes}} {
		if have, err := asks(at); err != nil || of(have, "HostCallsPerRun").Used != calls {
			t.Errorf("have error %v at the limit", err)
		}
	}
	// Each asks in two bytes, and the last answer may pass the limit.
	last := bytes - (bytes/calls - 2)
	for _, past := range []runtime.Config{{HostCallsPerRun: calls - 1}, {HostBytesPerRun: last - 1}} {
		have, err := asks(past)
		if use := of(have, "HostCallsPerRun"); err != nil || use.Used != calls-1 {
			t.Errorf("of %d calls and %d bytes: have %d calls and error %v, want %d", past.HostCallsPerRun, past.HostBytesPerRun, use.Used, err, calls-1)
		}
	}
	if have, err := asks(runtime.Config{HostBytesPerRun: last}); err != nil || of(have, "HostCallsPerRun").Used != calls {
		t.Errorf("have %v and error %v where the last request is at the limit", of(have, "HostCallsPerRun"), err)
	}
	have, _ := asks(runtime.Config{HostBytesPerRun: 1})
	if use := of(have, "HostCallsPerRun"); use.Used != 0 {
		t.Errorf("have %d calls with room for one byte", use.Used)
	}
}

// A limit for which calls of the host are refused is told once in the log, and in the error
// of a call that fails then, whatever way that is; not in that of one that does well.
func TestHostCallLimitsAreTold(t *testing.T) {
	t.Parallel()
	const own = `{"error":{"code":"ServerDown","message":"the target is away"}}`
	ask := wasmtest.Join(calls(2), calls(2), calls(2))
	limits := map[string]runtime.Config{"HostCallsPerRun": {HostCallsPerRun: 1}, "HostBytesPerRun": {HostBytesPerRun: 3}}
	ends := map[string]struct {
		code []byte
		want abi.Code
		says string
	}{
		"its own error": {wasmtest.I64((messageAt+2)<<32 | int64(len(own))), abi.ServerDown, "the target is away"},
		"no reply":      {wasmtest.I64(0), abi.InvalidMessage, "no reply"},
		"half JSON":     {wasmtest.I64(messageAt<<32 | 1), abi.InvalidMessage, "ends early"},
		"a crash":       {[]byte{0x00, 0x42, 0}, abi.LimitExceeded, "Trap: the connector crashed"},
		"too late":      {wasmtest.Join([]byte{0x03, 0x40, 0x0c, 0, 0x0b}, wasmtest.I64(0)), abi.DeadlineExceeded, "Config.CallTimeout"},
		"nothing":       {wellAnswer, 0, ""},
	}
	for limit, config := range limits {
		for name, end := range ends {
			t.Run(limit+" and "+name, func(t *testing.T) {
				t.Parallel()
				config := config
				var log bytes.Buffer
				var u usages
				config.OnRelease, config.Logger = u.add, zerolog.New(&log).Level(zerolog.WarnLevel)
				if end.want == abi.DeadlineExceeded {
					config.CallTimeout = 100 * time.Millisecond
				}
				c, err := newRuntime(t, config).Load(t.Context(), messageModule("clock", "{}"+own, wasmtest.Join(ask, end.code)...), &fakeHosts{}, contract.Promise{})
				if err != nil {
					t.Fatal(err)
				}
				s := openImport(t, runtime.Raw(c), nil)
				_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
				// A second one, if there is any, is not told again.
				_, again := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
				_, _ = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
				if n := strings.Count(log.String(), "calls of the host are refused"); n != 1 || !strings.Contains(log.String(), limit+" is ") || !strings.Contains(log.String(), "or raise Config."+limit) {
					t.Errorf("the log tells it %d times, want it once, with its name, value and cure: %s", n, &log)
				}
				if end.want == 0 {
					if err != nil || again != nil {
						t.Errorf("a call that did without fails: %v, %v", err, again)
					}
					return
				}
				e := wantError(t, err, end.want)
				for _, want := range []string{end.says, fmt.Sprintf("%s is %d, this is ", limit, config.HostCallsPerRun+config.HostBytesPerRun), "or raise Config." + limit} {
					if strings.Count(e.Error(), want) != 1 {
						t.Errorf("have %v, want it to say %q once", err, want)
					}
				}
				if !errors.Is(err, abi.LimitExceeded) || (e.Limit == limit) != (end.want == abi.LimitExceeded) {
					t.Errorf("have %+v, want it to have the limit", e)
				}
				if failure := u.last().Failure; end.want != abi.ServerDown && failure != e {
					t.Errorf("the usage has the failure %v", failure)
				}
			})
		}
	}
}

// What an instance answers in all is bounded at the limit and one past it.
func TestReplyBytesPerRun(t *testing.T) {
	t.Parallel()
	run := func(config runtime.Config) (runtime.Usage, error) {
		var u usages
		config.OnRelease = u.add
		s := openImport(t, load(t, newRuntime(t, config), "answers_well", &fakeHosts{}), nil)
		for range 3 {
			if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
				return u.last(), err
			}
		}
		_, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		return u.last(), err
	}
	free, err := run(runtime.Config{})
	used := of(free, "ReplyBytesPerRun").Used
	if err != nil || used <= of(free, "MaxReplyBytes").Used {
		t.Fatalf("have %d bytes and error %v", used, err)
	}
	if have, err := run(runtime.Config{ReplyBytesPerRun: used}); err != nil || of(have, "ReplyBytesPerRun").Share() != 1 {
		t.Errorf("at the limit: have %v and error %v", of(have, "ReplyBytesPerRun"), err)
	}
	_, err = run(runtime.Config{ReplyBytesPerRun: used - 1})
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "ReplyBytesPerRun" || e.Used != used || e.Side != abi.SideGuest {
		t.Errorf("one past it: %+v", e)
	}
}

// Every limit of Config that an instance can use is told, and nothing else by a host
// without limits.
func TestUsageNames(t *testing.T) {
	t.Parallel()
	u, err := fuelOf(t, runtime.Config{}, "answers_well")
	if err != nil {
		t.Fatal(err)
	}
	if u.Calls != 2 || u.Lived <= 0 || u.Lane != abi.LaneConfiguration || len(u.Digest) != 64 || !strings.Contains(u.Instance, "configuration") {
		t.Errorf("have %+v", u)
	}
	told := make(map[string]bool)
	for _, l := range u.Limits {
		if told[l.Name] = true; l.Allowed <= 0 || l.Used < 0 || !strings.HasPrefix(l.String(), l.Name+" ") {
			t.Errorf("have %+v, %v", l, l)
		}
	}
	others := []string{"MaxModuleBytes", "CacheBytes", "CompileMemoryBytes", "CompileCPU", "CompileTimeout", "Interruption"}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[runtime.Config]()) {
		limit := f.IsExported() && (f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64 || f.Type == reflect.TypeFor[*runtime.MemoryBudget]())
		if want := limit && !slices.Contains(others, f.Name); told[f.Name] != want {
			t.Errorf("%s is told: %v, want %v", f.Name, told[f.Name], want)
		}
		delete(told, f.Name)
	}
	if len(told) > 0 {
		t.Errorf("%v are told and no fields of Config", told)
	}
	if m := of(u, "MemoryLimitBytes"); m.Used < 64<<10 || m.Used%(64<<10) != 0 {
		t.Errorf("have %d bytes of memory", m.Used)
	}
}

// A start, a call and a close count for limits of their own.
func TestUsageTimes(t *testing.T) {
	t.Parallel()
	var u usages
	c := load(t, newRuntime(t, runtime.Config{OnRelease: u.add}), "answers_well", &fakeHosts{})
	times := func() (used [3]bool) {
		for i, limit := range []string{"StartTimeout", "CallTimeout", "CloseTimeout"} {
			used[i] = of(u.last(), limit).Used > 0
		}
		return used
	}
	if have, want := times(), [3]bool{true, false, false}; have != want {
		t.Errorf("a start alone took of start, call and close %v, want %v", have, want)
	}
	if _, err := c.GetSchema(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if have, want := times(), [3]bool{true, true, false}; have != want {
		t.Errorf("a call took of start, call and close %v, want %v", have, want)
	}
	s := openImport(t, c, nil)
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
	if have, want := times(), [3]bool{true, true, true}; have != want {
		t.Errorf("a session took of start, call and close %v, want %v", have, want)
	}
}

// Depth is told as far as it was seen, tables as they begin.
func TestUsageDepthAndTables(t *testing.T) {
	t.Parallel()
	u, err := fuelOf(t, runtime.Config{CallDepth: 1000}, "recurses")
	e := wantError(t, err, abi.LimitExceeded)
	if depth := of(u, "CallDepth"); e.Limit != "CallDepth" || depth.Used != e.Used || depth.Allowed != 1000 {
		t.Errorf("have %v and %+v", e, depth)
	}
	var all usages
	made := with(func(m *wasmtest.Module) { m.Tables = [][]byte{{0x70, 0, 7}, {0x70, 1, 3, 9}} })()
	c, err := newRuntime(t, runtime.Config{OnRelease: all.add}).Load(t.Context(), made, &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if have := of(all.last(), "MaxTableElements").Used; have != 7 {
		t.Errorf("have %d elements of a table, want 7", have)
	}
}

// An instance's part of the budget of memory is told, with the most it had, whoever else
// has some of it and however the instance ends.
func TestUsageOfTheBudget(t *testing.T) {
	t.Parallel()
	var u usages
	budget := runtime.NewMemoryBudget(1 << 30)
	rt := newRuntime(t, runtime.Config{MemoryBudget: budget, OnRelease: u.add, MemoryLimitBytes: 4 << 16})
	told := func(what string, want int64) {
		t.Helper()
		if have := of(u.last(), "MemoryBudget"); have.Used != want || have.Allowed != 1<<30 {
			t.Errorf("%s: have %+v, want %d bytes", what, have, want)
		}
	}
	c := loadMade(t, rt, tabled())
	told("a start", each)
	s := openImport(t, c, nil)
	if _, err := load(t, rt, "traps", &fakeHosts{}).GetSchema(t.Context(), nil); err == nil {
		t.Error("it does not trap")
	}
	told("one that trapped", pageCounted+runtime.StackBytes(1))
	grows := openImport(t, load(t, rt, "grows_memory_and_copes", &fakeHosts{}), nil)
	if _, err := grows.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
	told("one that grew", 4*pageCounted+runtime.StackBytes(1)+runtime.SegmentBytes)
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
	told("a session", each)
}

// What the contract remembers of objects is told, bounded by number and by the budget,
// and given back.
func TestObjectsAreRemembered(t *testing.T) {
	t.Parallel()
	const named = 900 // by a page
	read := func(config runtime.Config, bytes int64, pages int) (told runtime.Usage, most int64, err error) {
		var u usages
		config.MemoryBudget, config.OnRelease = runtime.NewMemoryBudget(bytes), u.add
		row := hostileRow{name: "names_objects_for_ever"}
		c, err := newRuntime(t, config).Load(t.Context(), row.bytes(t), &fakeHosts{}, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{})
		if err != nil {
			t.Fatal(err)
		}
		for range pages {
			if _, err = session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
				break
			}
		}
		most = config.MemoryBudget.Used()
		// The error of a session that failed says so again.
		_, _ = session.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		if used := config.MemoryBudget.Used(); used != 0 {
			t.Errorf("%d bytes are not given back", used)
		}
		return u.last(), most, err
	}
	for _, test := range []struct{ most, pages, used int }{{2 * named, 2, 2 * named}, {2*named - 1, 2, 2*named - 1}, {5 * named, 5, 5 * named}} {
		u, _, err := read(runtime.Config{MaxImportObjects: test.most}, 1<<30, test.pages)
		if have := of(u, "MaxImportObjects"); have.Used != int64(test.used) || have.Allowed != int64(test.most) {
			t.Errorf("have %+v, want %d", have, test.used)
		}
		if test.most >= test.pages*named && err != nil {
			t.Error("at the limit:", err)
		} else if e := abi.AsError(err); test.most < test.pages*named && (e == nil || e.Limit != "MaxImportObjects" || e.Used != int64(test.most)+1) {
			t.Errorf("one past it: %v", err)
		}
	}
	_, one, err := read(runtime.Config{}, 1<<30, 1)
	if err != nil {
		t.Fatal(err)
	}
	u, five, err := read(runtime.Config{}, 1<<30, 5)
	if err != nil || five <= one || of(u, "MemoryBudget").Used != five {
		t.Errorf("one page has %d bytes of the budget, five have %d: %v", one, five, err)
	}
	if _, _, err = read(runtime.Config{}, five, 5); err != nil {
		t.Error("at the limit of the budget:", err)
	}
	_, _, err = read(runtime.Config{}, five-1, 5)
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryBudget" || e.Used != five || !e.Retryable {
		t.Errorf("one past it: %+v", e)
	}
}

// It is told how long a call went on after its caller gave up: not at all if nobody did, as
// long as it took a guest that heeds it, all of the grace and what the stop took if it
// does not.
func TestUsageOfTheGrace(t *testing.T) {
	t.Parallel()
	var took time.Duration
	run := func(guest string, grace time.Duration, onClock func(s abi.ImportSession, cancel func())) (runtime.Usage, error) {
		var u usages
		hosts := &fakeHosts{}
		s := openImport(t, load(t, newRuntime(t, runtime.Config{StopGrace: grace, OnRelease: u.add}), guest, hosts), nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		hosts.onClock = func(context.Context) (time.Time, error) {
			onClock(s, cancel)
			return noon, nil
		}
		begun := time.Now()
		_, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		for took = time.Since(begun); time.Since(begun) < 2*took; { // what is behind the call does not count
			goruntime.Gosched()
		}
		hosts.onClock = nil
		s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		return u.last(), err
	}
	heeds := func(s abi.ImportSession, cancel func()) {
		cancel()
		runtime.WaitUntilTold(s)
	}
	u, err := run("calls_host", time.Hour, func(abi.ImportSession, func()) {})
	if have := of(u, "StopGrace"); err != nil || have.Used != 0 || have.Allowed != int64(time.Hour) {
		t.Errorf("nobody gave up: have %+v and error %v", have, err)
	}
	u, err = run("calls_host", time.Hour, heeds)
	wantError(t, err, abi.Cancelled)
	if have := of(u, "StopGrace"); have.Used <= 0 || have.Used > int64(took) || have.Share() >= 1 || u.Failure != nil {
		t.Errorf("it heeds the stop: have %+v and failure %v", have, u.Failure)
	}
	u, err = run("calls_host", time.Millisecond, func(s abi.ImportSession, cancel func()) {
		cancel()
		runtime.Stopped(s, true)
	})
	wantError(t, err, abi.Cancelled)
	if have := of(u, "StopGrace"); have.Share() < 1 || u.Failure == nil {
		t.Errorf("it does not: have %+v and failure %v", have, u.Failure)
	}
}

// A panic in OnRelease is logged: the session ends well all the same, and so does a
// Runtime that is shut down while one is open. Nothing is left of either.
func TestReleaseThatPanics(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	budget := runtime.NewMemoryBudget(0)
	rt := newRuntime(t, runtime.Config{MemoryBudget: budget, Logger: zerolog.New(&log), OnRelease: func(runtime.Usage) { panic("no use") }})
	c := load(t, rt, "answers_well", &fakeHosts{})
	s := openImport(t, c, nil)
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
	openImport(t, c, nil)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := rt.Close(ended); abi.CodeOf(err) != abi.Cancelled || budget.Used() != 0 {
		t.Errorf("have error %v and %d bytes taken", err, budget.Used())
	}
	if have := strings.Count(string(log.Bytes()), "OnRelease: panic: no use"); have < 2 {
		t.Errorf("it is logged %d times: %s", have, log.Bytes())
	}
}

// A module that fails in its start section, before there is an instance, is told with the
// memory that it had by then: on Wasmtime what it had when it called the host last.
func TestMemoryOfFailedStart(t *testing.T) {
	t.Parallel()
	m := connectorModule()
	m.Types = append(m.Types, wasmtest.Func("", "\x7f"))
	m.Imports = [][]byte{wasmtest.Import(abi.WASIModule, "sched_yield", 4)}
	m.Exports = [][]byte{wasmtest.Export(abi.ExportMemory, 2, 0), wasmtest.Export(abi.ExportMarker, 0, 1), wasmtest.Export(abi.ExportBuffer, 0, 2)}
	for _, name := range []string{"GetCapabilities", "GetConfigParameters", "ValidateConfigParameters", "GetSchema", "OpenImportConnection", "GetImportEntries", "CloseImportConnection"} {
		m.Exports = append(m.Exports, wasmtest.Export(name, 0, 3))
	}
	addFunction(m, 3, nil, wasmtest.Join(wasmtest.I32(100), []byte{0x40, 0, 0x1a, 0x10, 0, 0x1a, 0x00})...)
	m.Start = wasmtest.U32(4)
	for _, config := range []runtime.Config{{}, {StartAnew: true}} {
		var u usages
		config.OnRelease = u.add
		_, err := newRuntime(t, config).Load(t.Context(), m.Bytes(), &fakeHosts{}, contract.Promise{})
		if e := wantError(t, err, abi.InvalidModule); e.Rule != runtime.RuleStart {
			t.Error(err)
		}
		const bytes = 101 << 16
		if memory, budget := of(u.last(), "MemoryLimitBytes").Used, of(u.last(), "MemoryBudget").Used; memory != bytes || budget < bytes {
			t.Errorf("StartAnew %t: have %d bytes of memory and %d of the budget, want %d", config.StartAnew, memory, budget, bytes)
		}
	}
}

// What is allowed of objects is what the promise says, if that is less.
func TestUsageOfPromise(t *testing.T) {
	t.Parallel()
	row := hostileRow{name: "names_objects_for_ever"}
	for promised, want := range map[int]int64{0: 2, 1: 1, 3: 2} {
		var u usages
		c, err := newRuntime(t, runtime.Config{MaxImportObjects: 2, OnRelease: u.add}).Load(t.Context(), row.bytes(t), &fakeHosts{}, contract.Promise{MaxImportObjects: promised})
		if err != nil {
			t.Fatal(err)
		}
		c.Close(t.Context())
		if have := of(u.last(), "MaxImportObjects").Allowed; have != want {
			t.Errorf("promised %d: have %d objects allowed, want %d", promised, have, want)
		}
	}
}

func TestLimitUseOfNothing(t *testing.T) {
	t.Parallel()
	for use, want := range map[runtime.LimitUse]string{{Name: "x"}: "x 0 %", {Name: "x", Used: 1}: "x 100 %", {Name: "x", Allowed: 1}: "x 0 %"} {
		if have := use.String(); have != want {
			t.Errorf("have %s, want %s", have, want)
		}
	}
}
