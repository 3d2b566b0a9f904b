package runtime_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// tabled is a connector of a page and a table, and each what an instance of it has of the
// budget.
var tabled = with(func(m *wasmtest.Module) {
	m.Tables = [][]byte{wasmtest.Join([]byte{0x70, 1, 0}, wasmtest.U32(tableBytes/runtime.TableElementBytes))}
})

// pageCounted is what the budget of memory counts for a page.
const pageCounted = 64 << 10

const tableBytes = 10_000 * runtime.TableElementBytes

var each = pageCounted + runtime.StackBytes(1) + tableBytes + runtime.SegmentBytes

// Runtimes with one budget are bounded together, at the limit and one past it; what one
// gives back the other can have, also when it is closed with its sessions open.
func TestSharedBudget(t *testing.T) {
	t.Parallel()
	for _, less := range []int64{0, 1} {
		budget := runtime.NewMemoryBudget(2*each - less)
		first, second := newRuntime(t, runtime.Config{MemoryBudget: budget}), newRuntime(t, runtime.Config{MemoryBudget: budget})
		one, other := loadMade(t, first, tabled()), loadMade(t, second, tabled())
		openImport(t, one, nil)
		s, err := other.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: testSchema})
		if less == 0 {
			if err != nil || budget.Used() != 2*each {
				t.Fatalf("have error %v and %d bytes taken at the limit", err, budget.Used())
			}
			_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		} else if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryBudget" || e.Used != 2*each || e.Allowed != 2*each-1 || e.Side != abi.SideHost || !e.Retryable {
			t.Errorf("have %+v one past the limit", e)
		} else {
			err = nil
		}
		if err != nil || budget.Used() != each {
			t.Fatalf("have error %v and %d bytes taken by one that is left", err, budget.Used())
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := first.Close(ended); abi.CodeOf(err) != abi.Cancelled || budget.Used() != 0 {
			t.Errorf("have error %v and %d bytes taken by a runtime that is closed", err, budget.Used())
		}
		openImport(t, other, nil)
	}
}

// Runtimes that name no budget have that of the process, at its limit and one past it; one
// of its own is not touched by it. A runtime goes beyond the default as far as its
// MemoryLimitBytes wants. This is not parallel: the budget is everybody's.
func TestBudgetOfTheProcess(t *testing.T) {
	open := func(config runtime.Config) (abi.ImportSession, error) {
		rt, err := runtime.New(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			rt.Close(ended)
		})
		c, err := rt.Load(t.Context(), tabled(), &fakeHosts{}, contract.Promise{})
		if err != nil {
			return nil, err
		}
		return runtime.Raw(c).OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: testSchema})
	}
	var sessions []abi.ImportSession
	opened := func(config runtime.Config) {
		t.Helper()
		s, err := open(config)
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	before := runtime.ProcessMemory()
	opened(runtime.Config{})
	opened(runtime.Config{})
	if have := runtime.ProcessMemory() - before; have != 2*each {
		t.Errorf("two runtimes have %d bytes of the budget, want %d", have, 2*each)
	}
	left := runtime.DefaultMemoryBudgetBytes - runtime.ProcessMemory()
	giveBack := runtime.TakeMemory(left - each)
	opened(runtime.Config{})
	_, err := open(runtime.Config{})
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryBudget" || e.Used != e.Allowed+tableBytes+runtime.SegmentBytes || e.Allowed != runtime.DefaultMemoryBudgetBytes {
		t.Errorf("have %+v one past the limit", e)
	}
	opened(runtime.Config{MemoryBudget: runtime.NewMemoryBudget(each)})
	opened(runtime.Config{MemoryLimitBytes: 2 << 30})
	giveBack()
	for _, s := range sessions {
		if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
			t.Error(err)
		}
	}
	if have := runtime.ProcessMemory(); have != before {
		t.Errorf("%d bytes are taken when all is over", have-before)
	}
}

// Thousands of failures take nothing with them: starts that trap or for which there is no
// memory, hosts that refuse, instances that are retired.
func TestBudgetAfterFailures(t *testing.T) {
	t.Parallel()
	large := with(func(m *wasmtest.Module) {
		for range 16 {
			m.Tables = append(m.Tables, []byte{0x70, 0, 0}) // of 1.5 MiB each
		}
	})()
	budget := runtime.NewMemoryBudget(64 << 20)
	starts := [][]byte{module(t, "traps_in_initialize"), module(t, "traps_in_start"), large}
	var runtimes []*runtime.Runtime
	var traps []abi.Connector
	for _, config := range []runtime.Config{{}, {StartAnew: true}} {
		config.MemoryBudget = budget
		rt := newRuntime(t, config)
		openImport(t, loadMade(t, rt, large), nil)
		runtimes, traps = append(runtimes, rt), append(traps, load(t, rt, "traps", &fakeHosts{}))
	}
	before := budget.Used()
	var all sync.WaitGroup
	for i, rt := range runtimes {
		all.Go(func() {
			for n := range 200 {
				if _, err := rt.Load(context.Background(), starts[n%3], &fakeHosts{}, contract.Promise{}); err == nil {
					t.Errorf("module %d starts", n%3)
				}
				if _, err := rt.Load(context.Background(), starts[n%3], &fakeHosts{refuse: errors.New("no")}, contract.Promise{}); err == nil {
					t.Errorf("module %d starts although its hosts refuse", n%3)
				}
			}
			for range 1000 {
				_, err := traps[i].GetSchema(context.Background(), nil)
				if abi.CodeOf(err) != abi.Trap {
					t.Errorf("have error %v, want a trap", err)
				}
			}
		})
	}
	all.Wait()
	if have := budget.Used(); have != before || before < 2*16*65_536*runtime.TableElementBytes {
		t.Errorf("%d bytes are taken, want %d", have, before)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, rt := range runtimes {
		if err := rt.Close(ended); abi.CodeOf(err) != abi.Cancelled {
			t.Error(err)
		}
	}
	if have := budget.Used(); have != 0 {
		t.Errorf("%d bytes are taken when all is closed", have)
	}
}

// A budget is taken from its least to its most and no further.
func TestBudgetSettings(t *testing.T) {
	t.Parallel()
	for bytes, well := range map[int64]bool{-1: false, 0: true, 64<<10 - 1: false, 64 << 10: true, 1 << 50: true, 1<<50 + 1: false} {
		_, err := runtime.WithDefaults(runtime.Config{MemoryBudget: runtime.NewMemoryBudget(bytes)})
		if (err == nil) != well || err != nil && !strings.Contains(err.Error(), "Config.MemoryBudget is ") {
			t.Errorf("%d bytes: have error %v, want it taken: %v", bytes, err, well)
		}
	}
}
