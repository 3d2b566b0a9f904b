package runtime_test

import (
	"context"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// sleepers are hosts with a clock of their own, which sleeping moves.
type sleepers struct {
	fakeHosts
	slept   []time.Duration
	refuses bool
}

type sleeper struct {
	abi.HostLease
	hosts *sleepers
}

func (h *sleepers) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakeHosts.Lease(ctx, request)
	return &sleeper{l, h}, err
}

func (s *sleeper) Sleep(_ context.Context, d time.Duration) bool {
	s.hosts.slept = append(s.hosts.slept, d)
	return !s.hosts.refuses
}

// A host that sleeps for its connectors is asked, and nobody else waits.
func TestHostSleeps(t *testing.T) {
	t.Parallel()
	for name, refuses := range map[string]bool{"it sleeps": false, "it cuts the sleep short": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts := &sleepers{refuses: refuses}
			c := load(t, newRuntime(t, runtime.Config{CallTimeout: time.Minute, SleepPerCall: time.Hour}), "sleeps_for_an_hour", hosts)
			begun := time.Now()
			_, err := c.GetSchema(t.Context(), nil)
			if took := time.Since(begun); took > 30*time.Second || err != nil {
				t.Errorf("it took %v, with error %v", took, err)
			}
			if len(hosts.slept) != 1 || hosts.slept[0] != time.Hour {
				t.Errorf("the host slept %v", hosts.slept)
			}
		})
	}
}

// sleepsAnHour asks the guest that sleeps for an hour in every call for some pages, and
// returns what the session used and for how long its host slept. The guest sleeps when
// it is opened, too.
func sleepsAnHour(t *testing.T, config runtime.Config, hosts *sleepers, pages int) (runtime.Usage, time.Duration, error) {
	t.Helper()
	var u usages
	config.OnRelease = u.add
	s, err := load(t, newRuntime(t, config), "sleeps_for_an_hour", hosts).OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: testSchema})
	for range pages {
		if err == nil {
			_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		}
	}
	if err == nil {
		_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	}
	var slept time.Duration
	for _, d := range hosts.slept {
		slept += d
	}
	return u.last(), slept, err
}

// What a guest sleeps is bounded for a call and for a run, at the limit and one past it,
// whatever time a sleep takes: here none. The guest whose sleep would pass a limit is not
// put to sleep. What was cut short does not count.
func TestSleepLimits(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for name, test := range map[string]struct {
		config runtime.Config
		cut    bool
		pages  int
		limit  string        // empty if it answers well
		wanted time.Duration // past the limit
		slept  time.Duration // by the host
		call   time.Duration // what is told of a call, and of the run
		run    time.Duration
	}{
		"a call at the limit":       {config: runtime.Config{SleepPerCall: hour}, pages: 1, slept: 3 * hour, call: hour, run: 3 * hour},
		"a call one past it":        {config: runtime.Config{SleepPerCall: hour - 1}, limit: "SleepPerCall", wanted: hour},
		"half of CallTimeout":       {config: runtime.Config{CallTimeout: 2 * hour}, slept: 2 * hour, call: hour, run: 2 * hour},
		"one past half of it":       {config: runtime.Config{CallTimeout: 2*hour - 1}, limit: "SleepPerCall", wanted: hour},
		"a run at the limit":        {config: runtime.Config{SleepPerCall: hour, SleepPerRun: 3 * hour}, pages: 1, slept: 3 * hour, call: hour, run: 3 * hour},
		"a run one past it":         {config: runtime.Config{SleepPerCall: hour, SleepPerRun: 3*hour - 1}, pages: 2, limit: "SleepPerRun", wanted: 3 * hour, slept: 2 * hour, call: hour, run: 2 * hour},
		"a run by default":          {config: runtime.Config{SleepPerCall: hour}, pages: 2, slept: 4 * hour, call: hour, run: 4 * hour},
		"a run one past it, so":     {config: runtime.Config{SleepPerCall: hour}, pages: 4, limit: "SleepPerRun", wanted: 5 * hour, slept: 4 * hour, call: hour, run: 4 * hour},
		"what is cut short is free": {config: runtime.Config{SleepPerCall: hour, SleepPerRun: hour}, cut: true, pages: 3, slept: 5 * hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts := &sleepers{refuses: test.cut}
			u, slept, err := sleepsAnHour(t, test.config, hosts, test.pages)
			if test.limit == "" && err != nil {
				t.Fatal(err)
			}
			if test.limit != "" {
				e := wantError(t, err, abi.LimitExceeded)
				if e.Limit != test.limit || e.Used != int64(test.wanted) || e.Allowed < 1 || e.Allowed >= e.Used || e.Side != abi.SideGuest || u.Failure == nil || u.Failure.Limit != test.limit {
					t.Errorf("have %+v and failure %v", e, u.Failure)
				}
			}
			if call, run := of(u, "SleepPerCall").Used, of(u, "SleepPerRun").Used; slept != test.slept || call != int64(test.call) || run != int64(test.run) {
				t.Errorf("it slept for %v, told are %v of a call and %v of the run", slept, time.Duration(call), time.Duration(run))
			}
		})
	}
}

// Go's runtime asks to sleep until its next timer, and for as long as that takes alone:
// timers that end much later cost a connector nothing.
func TestGoSleepsUntilItsNextTimer(t *testing.T) {
	t.Parallel()
	m, err := wasmbuild.Build(t.Context(), "./testdata/timerguest")
	if err != nil {
		t.Fatal(err)
	}
	var u usages
	config := cachedConfig(t)
	config.OnRelease = u.add
	c, err := newRuntime(t, config).Load(t.Context(), m, &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runtime.Raw(c).GetSchema(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	const slept = 40 * time.Millisecond
	if have := time.Duration(of(u.last(), "SleepPerCall").Used); have < slept || have > 2*slept {
		t.Errorf("it slept for %v, want %v and little more", have, slept)
	}
}
