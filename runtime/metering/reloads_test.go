package metering_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// readers returns a module with so many globals, whose export "run" does code and then
// reads the globals, each twice, in an arm that is never taken. Function 0 is
// sched_yield of WASI, 1 is run, and 2 does nothing, but looks.
func readers(globals, read int, mutable byte, code ...byte) []byte {
	m := &wasmtest.Module{
		Types:     [][]byte{wasmtest.Func("\x7f", ""), wasmtest.Func("", "\x7f")},
		Imports:   [][]byte{wasmtest.Join(wasmtest.Sized("wasi_snapshot_preview1"), wasmtest.Sized("sched_yield"), []byte{0, 1})},
		Functions: [][]byte{{0}, {0}}, Tables: [][]byte{{0x70, 1, 8, 8}}, Memories: [][]byte{{0, 1}},
		Exports:  [][]byte{wasmtest.Export("run", 0, 1), wasmtest.Export("memory", 2, 0)},
		Elements: [][]byte{wasmtest.Join([]byte{0}, wasmtest.I32(0), []byte{0x0b}, wasmtest.Vector([]byte{1}, []byte{2}))},
	}
	for range globals {
		m.Globals = append(m.Globals, wasmtest.Join([]byte{0x7f, mutable}, wasmtest.I32(0), []byte{0x0b}))
	}
	arm := []byte{0x41, 0, 0x04, 0x40}
	for i := range 2 * read {
		arm = wasmtest.Join(arm, []byte{0x23}, wasmtest.U32(uint32(i%read)), []byte{0x1a})
	}
	m.Bodies = [][]byte{wasmtest.Body(nil, wasmtest.Join(code, arm, []byte{0x0b})...), wasmtest.Body(nil, conditional(roots(20))...)}
	return m.Bytes()
}

// Each call is charged for the globals that the engine loads anew behind it, whatever it
// calls: those that may change and are read in its function, if only in an arm that is
// never taken. A few are free.
func TestReloadsAreCharged(t *testing.T) {
	t.Parallel()
	const free = 16
	host := []byte{0x10, 0, 0x1a}
	used := func(module []byte) int64 {
		e := newEngine(t, rewrite(t, module), false)
		if _, err := e.call(t.Context(), "run", 0); err != nil {
			t.Fatal(err)
		}
		return e.used()
	}
	for _, test := range []struct {
		name          string
		globals, read int
		mutable       byte
		code          []byte
		want          int64
	}{
		{"as few as are free", free, free, 1, call(2), 0},
		{"one more", free + 1, free + 1, 1, call(2), 1},
		{"many", 1000, 1000, 1, call(2), 1000 - free},
		{"calls through a table", 1000, 1000, 1, callIndirect(1), 1000 - free},
		{"calls of the host", 1000, 1000, 1, host, 1000 - free},
		{"three calls", 1000, 1000, 1, wasmtest.Join(call(2), host, callIndirect(1)), 3 * (1000 - free)},
		{"no call", 1000, 1000, 1, nil, 0},
		{"what is not read", 1000, free, 1, call(2), 0},
		{"what does not change", 1000, 1000, 0, call(2), 0},
	} {
		if have := used(readers(test.globals, test.read, test.mutable, test.code...)) - used(readers(1, 1, 1, test.code...)); have != test.want {
			t.Errorf("%s: have %d units more, want %d", test.name, have, test.want)
		}
	}
}

// What is loaded behind a call counts for what is done without a look there: a deep
// stack that returns can be stopped.
func TestLooksBehindReloads(t *testing.T) {
	t.Parallel()
	const depth = 100
	// n → if n != 0 { f(n-1) }; a square root; f is run
	down := append(conditional([]byte{0x20, 0, 0x41, 1, 0x6b, 0x10, 1}), roots(1)...)
	for globals, looked := range map[int]bool{16: false, 1000: true} {
		_, _, returning := looks(t, readers(globals, globals, 1, down...), depth)
		if looked && returning < depth-1 || !looked && returning > depth/4 {
			t.Errorf("%d globals: have %d looks in %d returns", globals, returning, depth)
		}
	}
}
