package runtime_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// panicsOn is a log that panics on lines of a level, and hosts that do as they lease.
type panicsOn struct {
	fakeHosts
	level zerolog.Level
	lease bool
}

func (p *panicsOn) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	if level == p.level {
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
