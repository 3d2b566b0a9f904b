package runtime_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// panicsOn is a log that panics on lines of a level, of those that hold words, and hosts
// that do as they lease.
type panicsOn struct {
	fakeHosts
	level zerolog.Level
	words string
	lease bool
}

func (p *panicsOn) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	if level == p.level && strings.Contains(string(line), p.words) {
		panic("a log")
	}
	return len(line), nil
}

func (p *panicsOn) Write(line []byte) (int, error) { return len(line), nil }

func (p *panicsOn) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	if p.lease {
		panic("hosts")
	}
	lease, err := p.fakeHosts.Lease(ctx, request)
	return sealsNothing{lease}, err
}

type sealsNothing struct{ abi.HostLease }

func (sealsNothing) Seal(string, string) (string, error) { panic("a seal") }

// panics calls f, and says whether it panicked.
func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return
}

// closedAtOnce closes a runtime of which nothing must be left.
func closedAtOnce(t *testing.T, what string, rt *runtime.Runtime, budget *runtime.MemoryBudget) {
	t.Helper()
	if used := budget.Used(); used != 0 {
		t.Errorf("%s: %d bytes of the budget are taken", what, used)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := rt.Close(ended); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// An embedder that recovers from a panic in what it gave the runtime has its runtime as
// before: no instance is left, and no connector that was being loaded.
func TestRecoveredLoad(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		module string
		host   *panicsOn
	}{
		"hosts":                                {"answers_well", &panicsOn{lease: true}},
		"a log, when an instance is retired":   {"../hostile/traps_in_start", &panicsOn{level: zerolog.WarnLevel}},
		"a log, when the connector was loaded": {"answers_well", &panicsOn{level: zerolog.InfoLevel}},
	} {
		budget := runtime.NewMemoryBudget(0)
		rt := newRuntime(t, runtime.Config{MemoryBudget: budget, Logger: zerolog.New(test.host)})
		for range 3 { // of the one lane
			if !panics(func() { rt.Load(t.Context(), module(t, test.module), test.host, contract.Promise{}) }) {
				t.Errorf("%s: nothing panics", name)
			}
		}
		if n := runtime.Connectors(rt); n != 0 {
			t.Errorf("%s: %d connectors are left", name, n)
		}
		closedAtOnce(t, name, rt, budget)
	}
}

// The same holds for a connector that is loaded, whose lane is free then, too.
func TestRecoveredCall(t *testing.T) {
	t.Parallel()
	var watched error
	budget, host := runtime.NewMemoryBudget(0), &panicsOn{level: zerolog.Disabled}
	rt := newRuntime(t, runtime.WithObserver(runtime.Config{MemoryBudget: budget}, func(string, []byte) {
		if watched != nil {
			panic(watched)
		}
	}))
	c, err := rt.Load(t.Context(), module(t, "answers_well"), host, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	raw := runtime.Raw(c)
	secret := abi.ConfigParameters{{Name: "Password", Value: "correct horse", Encrypted: true}}
	for name, call := range map[string]func(){
		"a call of configuration": func() { watched = errors.New("watched"); raw.GetSchema(t.Context(), nil) },
		"a call that opens":       func() { watched = errors.New("watched"); openImport(t, raw, nil) },
		"a seal":                  func() { raw.GetSchema(t.Context(), secret) },
		"a seal as it opens":      func() { openImport(t, raw, secret) },
		"hosts":                   func() { host.lease = true; openImport(t, raw, nil) },
	} {
		if !panics(call) {
			t.Errorf("%s: nothing panics", name)
		}
		watched, host.lease = nil, false
		if used := budget.Used(); used != 0 {
			t.Errorf("%s: %d bytes of the budget are taken", name, used)
		}
		neighbour(t, raw)
	}
	closedAtOnce(t, "a runtime with a connector", rt, budget)
}

// closesBadly is a lease that panics when it is closed, and when it tells its limits.
type closesBadly struct{ *fakeLease }

func (l closesBadly) Close(ctx context.Context, commit bool) error {
	l.fakeLease.Close(ctx, commit)
	panic("a close")
}

func (closesBadly) TellLimits(func(string, int64, int64)) { panic("a limit") }

// endsBadly are hosts of such leases, or of well ones with well.
type endsBadly struct {
	fakeHosts
	well bool
}

func (h *endsBadly) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakeHosts.Lease(ctx, request)
	if err != nil || h.well {
		return l, err
	}
	return closesBadly{l.(*fakeLease)}, nil
}

// endsClosed checks that each lease was closed once, and that the last one alone keeps
// its state, or none.
func (h *endsBadly) endsClosed(t *testing.T, what string, keeps bool) {
	t.Helper()
	all := h.all()
	for i, l := range all {
		if closed, committed := l.state(); closed != 1 || committed != (keeps && i == len(all)-1) {
			t.Errorf("%s: the host's lease %d of %d was closed %d times, keeps its state %t", what, i+1, len(all), closed, committed)
		}
	}
}

// A host's lease that panics when it ends, with a log that panics when that is told,
// ends all the same: be it closed, retired, or stopped by a runtime that shuts down, on
// a goroutine of the runtime's where nobody could recover.
func TestLeaseThatEndsBadly(t *testing.T) {
	t.Parallel()
	const said = "HostLease.Close: panic: a close"
	asked := func(ctx context.Context, _ *testing.T, c abi.Connector, _ *runtime.Runtime) error {
		_, err := c.GetSchema(ctx, nil)
		return err
	}
	for name, test := range map[string]struct {
		module string
		end    func(context.Context, *testing.T, abi.Connector, *runtime.Runtime) error
		code   abi.Code
		silent bool // the failure that ended it is told alone
		keeps  bool
	}{
		"asked":   {"answers_well", asked, abi.HostFailure, false, true},
		"retired": {"traps", asked, abi.Trap, true, false},
		"closed": {"answers_well", func(ctx context.Context, t *testing.T, c abi.Connector, _ *runtime.Runtime) error {
			s := openImport(t, c, nil)
			_, err := s.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
			return err
		}, abi.HostFailure, false, true},
		"shut down": {"answers_well", func(ctx context.Context, t *testing.T, c abi.Connector, rt *runtime.Runtime) error {
			openImport(t, c, nil)
			ended, cancel := context.WithCancel(ctx)
			cancel()
			return rt.Close(ended)
		}, abi.Cancelled, false, false},
	} {
		budget, host := runtime.NewMemoryBudget(0), &endsBadly{well: true}
		rt := newRuntime(t, runtime.Config{MemoryBudget: budget, Logger: zerolog.New(&panicsOn{level: zerolog.ErrorLevel}), OnRelease: func(runtime.Usage) {}})
		c := load(t, rt, test.module, host)
		host.well = false
		err := test.end(t.Context(), t, c, rt)
		if abi.CodeOf(err) != test.code || !test.silent && !strings.Contains(err.Error(), said) {
			t.Errorf("%s: have error %v, want %v with %q", name, err, test.code, said)
		}
		host.endsClosed(t, name, test.keeps)
		closedAtOnce(t, name, rt, budget)
	}
}

// A log that panics over a guest's last line keeps neither its memory nor the host's
// lease; what its session was to keep for good is not kept then, for it fails.
func TestLogThatPanicsLast(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		module string
		end    func(context.Context, abi.Connector) error
	}{
		"retired": {"../hostile/writes_lines", func(ctx context.Context, c abi.Connector) error {
			_, err := openImport(t, c, nil).GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
			return err
		}},
		"closed": {"writes_half_a_line", func(ctx context.Context, c abi.Connector) error {
			_, err := c.GetSchema(ctx, nil)
			return err
		}},
	} {
		budget, host := runtime.NewMemoryBudget(0), &endsBadly{well: true}
		rt := newRuntime(t, runtime.Config{MemoryBudget: budget, Logger: zerolog.New(&panicsOn{level: zerolog.DebugLevel, words: "guest output"})})
		err := test.end(t.Context(), load(t, rt, test.module, host))
		if abi.CodeOf(err) != abi.HostFailure || !strings.Contains(err.Error(), "panic: a log") {
			t.Errorf("%s: have error %v, want what panicked", name, err)
		}
		host.endsClosed(t, name, false)
		closedAtOnce(t, name, rt, budget)
	}
}

// A log that panics as an instance is retired between calls keeps nothing of it.
func TestLogThatPanicsBetweenCalls(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(abi.ImportSession) error{
		"no memory": func(s abi.ImportSession) error { return s.(contract.ObjectMemory).RememberObjects(1, 1<<50) },
		"no time": func(s abi.ImportSession) (err error) {
			for err == nil {
				err = s.(contract.CallTime).InTime()
			}
			return err
		},
	} {
		budget, host := runtime.NewMemoryBudget(0), &endsBadly{well: true}
		rt := newRuntime(t, runtime.Config{MemoryBudget: budget, CallTimeout: time.Second, Logger: zerolog.New(&panicsOn{level: zerolog.WarnLevel})})
		s := openImport(t, load(t, rt, "answers_well", host), nil)
		if !panics(func() { ends(s) }) {
			t.Errorf("%s: nothing panics", name)
		}
		host.endsClosed(t, name, false)
		closedAtOnce(t, name, rt, budget)
	}
}
