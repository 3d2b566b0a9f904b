package admission_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// What the engine does for one thing times another is work: of much of both, beyond that
// of much of each.
func TestTimes(t *testing.T) {
	t.Parallel()
	chain := func(n int) []byte { return bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, n) }
	labels := func(n int) []byte {
		return inside(2, []byte{0x41, 0, 0x0e}, wasmtest.U32(uint32(n)), make([]byte, n+1))
	}
	outward := func(n int) []byte {
		return inside(2, []byte{0x41, 0, 0x0d, 0, 0x41, 0, 0x0e}, wasmtest.U32(uint32(n)), bytes.Repeat([]byte{1}, n+1))
	}
	calls := func(n int) []byte { return bytes.Repeat([]byte{0x10, 0}, n) }
	code := func(make func(a, b int) []byte) func(a, b int) *wasmtest.Module {
		return func(a, b int) *wasmtest.Module {
			return &wasmtest.Module{Types: [][]byte{wasmtest.Func("", "")}, Functions: [][]byte{{0}, {0}}, Memories: [][]byte{{0, 1}},
				Bodies: [][]byte{wasmtest.Body(nil), wasmtest.Body(nil, make(a, b)...)}}
		}
	}
	// looked is a call behind which metering looks.
	looked := slices.Concat(calls(1), bytes.Repeat([]byte{0x41, 0, 0x45, 0x1a}, 10))
	for name, test := range map[string]struct {
		module func(a, b int) *wasmtest.Module
		units  float64 // for each a times b
	}{
		"blocks above labels": {code(func(a, b int) []byte { return slices.Concat(inside(2, chain(a)), labels(b)) }), 1.0 / 16},
		"loops above labels": {code(func(a, b int) []byte {
			return slices.Concat(bytes.Repeat([]byte{0x03, 0x40, 0x0b}, a/3), []byte{0x41, 0, 0x04, 0x40, 0x0b}, labels(b))
		}), 1.0 / 16},
		// Of each condition there are the arm that goes on and what is behind, both above each
		// label, and the way back for the fuel leads through both.
		"conditions of one way above labels": {code(func(a, b int) []byte {
			return slices.Concat(bytes.Repeat([]byte{0x41, 0, 0x04, 0x40, 0x00, 0x0b}, a), labels(b))
		}), 2.0/16 + 2.0/16},
		"looks above labels":  {code(func(a, b int) []byte { return slices.Concat(bytes.Repeat(looked, a), labels(b)) }), 1.0 / 16},
		"looks above looks":   {code(func(a, b int) []byte { return bytes.Repeat(looked, a+b) }), 2.0 / 32},
		"labels and branches": {code(func(a, b int) []byte { return inside(2, outward(a), chain(b)) }), 1.0 / 64},
		"labels and a loop":   {code(func(a, b int) []byte { return inside(3, outward(a), chain(b)) }), 1.0 / 64},
		"addresses and calls": {code(func(a, b int) []byte {
			return slices.Concat(bytes.Repeat([]byte{0x41, 0, 0x28, 2, 0, 0x1a}, a), calls(b))
		}), 1.0 / 100},
		"labels and functions": {func(a, b int) *wasmtest.Module {
			return following(code(func(a, b int) []byte { return labels(a) })(a, b), b)
		}, 1.0 / 50},
		"blocks and functions": {func(a, b int) *wasmtest.Module {
			return following(code(func(a, b int) []byte { return inside(2, chain(a)) })(a, b), b)
		}, 1.0/50 + 2.0/400}, // and each is a branch, and a constant
		"instructions and functions": {func(a, b int) *wasmtest.Module {
			return following(code(func(a, b int) []byte { return bytes.Repeat([]byte{0x41, 0, 0x1a}, a) })(a, b), b)
		}, 1.0 / 400},
		"calls and functions": {func(a, b int) *wasmtest.Module {
			return following(code(func(a, b int) []byte { return calls(a) })(a, b), b)
		}, 0.5/50 + 2.0/400}, // metering looks behind every other, and each counts among what is handed on
		"types of several results and functions": {func(a, b int) *wasmtest.Module {
			m := following(code(func(a, b int) []byte { return nil })(a, b), b)
			m.Types = append(m.Types, slices.Repeat([][]byte{wasmtest.Func("\x7f", "\x7f\x7f")}, a)...)
			return m
		}, 2.0 / 32},
		"types of a result and functions": {func(a, b int) *wasmtest.Module {
			m := following(code(func(a, b int) []byte { return nil })(a, b), b)
			m.Types = append(m.Types, slices.Repeat([][]byte{wasmtest.Func("\x7f\x7f", "\x7f")}, a)...)
			return m
		}, 1.0 / 32},
	} {
		work := func(a, b int) float64 {
			admitted, err := admission.Check(test.module(a, b).Bytes(), admission.Limits{TotalWork: 1_000_000_000, KeptCells: 100_000_000})
			if err != nil {
				t.Fatal(name, err)
			}
			return float64(admitted.Work)
		}
		const few, many = 32, 1600
		have := work(many, many) - work(many, few) - work(few, many) + work(few, few)
		if want := test.units * (many - few) * (many - few); have < want*0.97 || have > want*1.03 {
			t.Errorf("%s: have %.0f units for both, want %.0f", name, have, want)
		}
	}
}

// following adds so many functions.
func following(m *wasmtest.Module, n int) *wasmtest.Module {
	m.Functions = append(m.Functions, slices.Repeat([][]byte{{0}}, n)...)
	m.Bodies = append(m.Bodies, slices.Repeat([][]byte{wasmtest.Body(nil)}, n)...)
	return m
}

// What the engine keeps is the most that any function had, block by block, from its begin
// or its end, whichever is more.
func TestKeptCells(t *testing.T) {
	t.Parallel()
	branches := func(locals, n int) []byte {
		return wasmtest.Body([][]byte{{byte(locals), 0x7f}}, bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, n)...)
	}
	loads := func(before, n, after int) []byte {
		return wasmtest.Body(nil, slices.Concat(bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, before), bytes.Repeat([]byte{0x41, 0, 0x28, 2, 0, 0x1a}, n), bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, after))...)
	}
	table := wasmtest.Body([][]byte{{3, 0x7f}}, 0x41, 0, 0x0e, 2, 0, 0, 0)
	for name, test := range map[string]struct {
		bodies [][]byte
		want   int
	}{
		"none":                       {[][]byte{branches(5, 0)}, 0}, // each has an operand, too
		"one":                        {[][]byte{branches(5, 3)}, 18},
		"the same twice":             {[][]byte{branches(5, 3), branches(5, 3)}, 18},
		"less":                       {[][]byte{branches(5, 3), branches(4, 2)}, 18},
		"longer":                     {[][]byte{branches(5, 3), branches(2, 7)}, 18 + 4*3},
		"wider":                      {[][]byte{branches(2, 7), branches(5, 3)}, 18 + 4*3},
		"labels and a table":         {[][]byte{table}, 4 * 4},
		"addresses":                  {[][]byte{loads(0, 6, 2)}, 2 + 2*6},
		"addresses at other places":  {[][]byte{loads(0, 6, 2), loads(3, 6, 2)}, 5 + 4*6},
		"addresses at the same ones": {[][]byte{loads(1, 6, 2), loads(1, 5, 2)}, 3 + 2*6},
		"from the end": {[][]byte{
			wasmtest.Body([][]byte{{1, 0x7f}}, slices.Concat(bytes.Repeat([]byte{0x41, 0}, 9), []byte{0x41, 0, 0x0d, 0}, bytes.Repeat([]byte{0x1a}, 9))...),
			wasmtest.Body([][]byte{{1, 0x7f}}, slices.Concat(bytes.Repeat([]byte{0x41, 0}, 9), []byte{0x41, 0, 0x0d, 0}, bytes.Repeat([]byte{0x1a}, 9), bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, 2))...)},
			11 + 2 + 11},
		"from the begin": {[][]byte{
			wasmtest.Body([][]byte{{1, 0x7f}}, slices.Concat(bytes.Repeat([]byte{0x41, 0}, 9), []byte{0x41, 0, 0x0d, 0}, bytes.Repeat([]byte{0x1a}, 9))...),
			wasmtest.Body([][]byte{{1, 0x7f}}, slices.Concat(bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, 2), bytes.Repeat([]byte{0x41, 0}, 9), []byte{0x41, 0, 0x0d, 0}, bytes.Repeat([]byte{0x1a}, 9))...)},
			11 + 2 + 11},
		"a look behind a call": {[][]byte{wasmtest.Body([][]byte{{5, 0x7f}}, append([]byte{0x10, 0}, bytes.Repeat([]byte{0x41, 0, 0x45, 0x1a}, 10)...)...)}, 6},
	} {
		m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("", "")}, Memories: [][]byte{{0, 1}}, Bodies: test.bodies}
		m.Functions = slices.Repeat([][]byte{{0}}, len(test.bodies))
		admitted, err := admission.Check(m.Bytes(), admission.Limits{})
		if err != nil {
			t.Fatal(name, err)
		}
		if admitted.KeptCells != test.want {
			t.Errorf("%s: have %d, want %d", name, admitted.KeptCells, test.want)
		}
	}
}
