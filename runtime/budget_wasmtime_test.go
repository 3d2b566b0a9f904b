//go:build wasmtime

package runtime_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// A memory that grew comes out of the budget when its guest returns, calls the host or is
// looked at, at the limit and one past it, and is given back with the instance.
func TestGrowthIsCounted(t *testing.T) {
	t.Parallel()
	const grown = pageCounted
	grows := []byte{0x41, 1, 0x40, 0, 0x1a}
	for name, test := range map[string]struct {
		page []byte
		// well is how it ends if there is memory for it.
		well outcome
	}{
		"before it returns":        {wellAnswer, outcome{}},
		"before it calls the host": {append(calls(2), wellAnswer...), outcome{}},
		"before it spins for ever": {append([]byte{0x03, 0x40, 0x0c, 0, 0x0b}, wellAnswer...), outcome{code: abi.LimitExceeded, name: "FuelPerCall"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// read returns what was taken of a budget before the page and what it took at the
			// most, with how often the host was asked.
			read := func(bytes int64) (before, most, asked int64, err error) {
				var u usages
				budget := runtime.NewMemoryBudget(bytes)
				c, err := newRuntime(t, runtime.Config{MemoryBudget: budget, OnRelease: u.add, FuelPerCall: 1e9}).
					Load(t.Context(), messageModule("clock", "{}", wasmtest.Join(grows, test.page)...), &fakeHosts{}, contract.Promise{})
				if err != nil {
					t.Fatal(err)
				}
				s := openImport(t, runtime.Raw(c), nil)
				before = budget.Used()
				_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
				// The error of a session that failed says so again.
				_, _ = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
				if used := budget.Used(); used != 0 {
					t.Errorf("%d bytes are not given back", used)
				}
				return before, of(u.last(), "MemoryBudget").Used, of(u.last(), "HostCallsPerRun").Used, err
			}
			before, most, asked, err := read(1 << 30)
			if have := outcomeOf(err); have != test.well || most-before < grown || most-before > grown+100 {
				t.Fatalf("it ends with %q and has taken %d bytes, want %q and %d", have, most-before, test.well, grown)
			}
			if _, have, again, err := read(most); outcomeOf(err) != test.well || have != most || again != asked {
				t.Errorf("at the limit: %v; %d bytes of %d", err, have, most)
			}
			_, _, asked, err = read(before + grown - 1)
			if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryBudget" || e.Used != before+grown || e.Side != abi.SideHost || !e.Retryable || asked != 0 {
				t.Errorf("one past it: %+v; the host was asked %d times", e, asked)
			}
		})
	}
}

// A guest that grew by much is looked at before it fills what it got.
func TestGrowthIsLookedAt(t *testing.T) {
	t.Parallel()
	const pages = 3000
	var u usages
	fills := wasmtest.Join(wasmtest.I32(pages), []byte{0x40, 0, 0x1a}, wasmtest.I32(1<<16), wasmtest.I32(1), wasmtest.I32(pages<<16), []byte{0xfc, 11, 0}, wellAnswer)
	read := func(bytes int64) (int64, error) {
		config := runtime.Config{MemoryBudget: runtime.NewMemoryBudget(bytes), OnRelease: u.add}
		c, err := newRuntime(t, config).Load(t.Context(), messageModule("clock", "{}", fills...), &fakeHosts{}, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		s := openImport(t, runtime.Raw(c), nil)
		_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		_, _ = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		return of(u.last(), "FuelPerCall").Used, err
	}
	all, err := read(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	part, err := read(64 << 20)
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryBudget" {
		t.Errorf("have %+v", e)
	}
	// To fill a page takes as much fuel as to get it.
	if part > all/2+1000 {
		t.Errorf("it used %d units of fuel of the %d with which it fills all", part, all)
	}
}
