package metering_test

import (
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/metering"
)

// Counts belong to a version of the weights: recordings tell it, and compare no counts of
// two. Whoever changes a count here changes the version and the figures.
func TestCountsOfTheVersion(t *testing.T) {
	t.Parallel()
	const version = 6
	if metering.WeightsVersion != version {
		t.Errorf("the weights have version %d, the figures here are those of %d", metering.WeightsVersion, version)
	}
	works := readFile(t, "testdata/works.wasm")
	store := []byte{0x41, 0, 0x41, 0, 0x36, 2, 0}
	traps := slices.Clip([]byte{0x41, 0x7f, 0x41, 0, 0x36, 2, 0}) // behind all memory
	for _, test := range []struct {
		name   string
		module []byte
		export string
		n      uint64
		want   int64
	}{
		{"calls", works, "fib", 20, 262683},
		{"a loop", works, "tight", 1000, 8000},
		{"loads", works, "checksum", 1000, 5000},
		{"branches", works, "countdown", 1000, 2000},
		{"globals behind calls", readers(100, 100, 1, call(2)...), "run", 0, 94},
		{"variables in blocks", joining(20, 100), "run", 0, 14280},
		{"a trap ahead of what looks at memory", functions(append(traps, often(2*metering.MostAccesses, store...)...)), "run", 0, 512},
		{"a trap ahead of what looks", functions(append(traps, roots(10_000)...)), "run", 0, 16377},
		{"what is paid ahead of a call that traps", functions(append(call(1), roots(100)...), append(conditional(roots(20)), 0x00)), "run", 0, 265},
	} {
		e := newEngine(t, rewrite(t, test.module), false)
		_, _ = e.call(t.Context(), test.export, test.n) // some trap
		if have := e.used(); have != test.want {
			t.Errorf("%s: have %d units, want %d", test.name, have, test.want)
		}
	}
}
