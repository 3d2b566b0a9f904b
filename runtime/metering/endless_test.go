package metering_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/runtime/metering"
)

// Every module that would run for ever, or for years, calls out until its budget
// is gone, and is over when the callout says so.
func TestEndless(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/endless/*.wasm")
	if err != nil || len(files) < 20 {
		t.Fatalf("have %d modules and error %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".wasm")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const budget = 5_000_000
			metered := rewrite(t, readFile(t, file))
			validate(t, metered)
			e := &engine{slice: 100_000, budget: budget}
			err := e.start(t, metered, false)
			if err == nil {
				_, err = e.call(t.Context(), "run")
			}
			if err == nil {
				t.Fatal("it ended by itself")
			}
			if deep := strings.HasPrefix(strings.TrimPrefix(name, "starts_"), "recurs"); deep != e.tooDeep {
				t.Fatalf("have error %v, too deep %t, want %t", err, e.tooDeep, deep)
			}
			if e.tooDeep {
				return
			}
			// What is charged at once may be more than the budget that is left, by
			// no more than one operation on all of the memory.
			if used := e.used(); e.granted > budget || used < budget-200 || used > budget+(64<<20)/8+200 {
				t.Errorf("have %d granted, %d used of %d: %v", e.granted, used, budget, err)
			}
		})
	}
}

// The depth ends with what is granted, at the limit and one past it, and is given
// back on every way out of a function.
func TestDepth(t *testing.T) {
	t.Parallel()
	metered := rewrite(t, readFile(t, "testdata/descends.wasm"))
	validate(t, metered)
	for _, way := range []string{"falls", "returns", "branches", "by_table", "in_condition", "two_results"} {
		e := newEngine(t, metered, false)
		e.frames = 100
		// The export itself takes a frame, and the one that calls no other none.
		if _, err := e.call(t.Context(), way, 99); err != nil || depthOf(e) != 100 {
			t.Errorf("%s: have error %v at the limit, and a depth of %d afterwards", way, err, depthOf(e))
		}
		if _, err := e.call(t.Context(), way, 100); err == nil || !e.tooDeep {
			t.Errorf("%s: have error %v one past the limit, want it to be too deep", way, err)
		}
	}
}

func depthOf(e *engine) int64 {
	return int64(e.instance.ExportedGlobal(metering.DepthName).Get())
}

// The number of turns shows in the fuel exactly.
func TestCounts(t *testing.T) {
	t.Parallel()
	metered := rewrite(t, readFile(t, "testdata/works.wasm"))
	for _, test := range []struct {
		export    string
		turn, all int64
	}{
		// Weights of a turn, and of what is outside the loop.
		{"tight", 8, 0}, {"checksum", 5, 0}, {"countdown", 2, 0},
	} {
		used := func(turns uint64, slice int64) int64 {
			e := newEngine(t, metered, false)
			e.slice = slice
			if _, err := e.call(t.Context(), test.export, turns); err != nil {
				t.Fatal(err)
			}
			return e.used()
		}
		for _, turns := range []uint64{1, 2, 1000} {
			for _, slice := range []int64{1, 10, 1 << 40} {
				if have, want := used(turns, slice), test.all+int64(turns)*test.turn; have != want {
					t.Errorf("%s: have %d units for %d turns with grants of %d, want %d", test.export, have, turns, slice, want)
				}
			}
		}
	}
}

// A budget stops a module at the same place, whatever a grant is.
func TestBudgetIsExact(t *testing.T) {
	t.Parallel()
	metered := rewrite(t, readFile(t, "testdata/works.wasm"))
	for _, budget := range []int64{79, 80, 81} {
		for _, slice := range []int64{1, 7, 1000} {
			e := newEngine(t, metered, false)
			e.slice, e.budget = slice, budget
			_, err := e.call(t.Context(), "tight", 10)
			if ended := err == nil; ended != (budget >= 80) {
				t.Errorf("budget %d in grants of %d: have error %v", budget, slice, err)
			}
		}
	}
}

// The host's globals are the only ones that the rewriting adds to what a guest
// exports, and the guest's own keep their values.
func TestExportsOfMetered(t *testing.T) {
	t.Parallel()
	e := newEngine(t, rewrite(t, readFile(t, "../../testdata/wat/echoes.wasm")), false)
	for _, name := range []string{metering.FuelName, metering.DepthName, metering.MarkName} {
		if g, ok := e.instance.ExportedGlobal(name).(api.MutableGlobal); !ok || g.Type() != api.ValueTypeI64 {
			t.Errorf("%s is no mutable i64", name)
		}
	}
	for name := range e.instance.ExportedFunctionDefinitions() {
		if strings.HasPrefix(name, "ecma_metering") {
			t.Errorf("the function %s is exported", name)
		}
	}
}
