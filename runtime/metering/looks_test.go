package metering_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// roots is n square roots of a number: straight-line code, as slow as there is.
func roots(n int) []byte {
	return wasmtest.Join([]byte{0x44, 0, 0, 0, 0, 0, 0, 0, 0x40}, bytes.Repeat([]byte{0x9f}, n), []byte{0x1a})
}

// functions returns a module with functions (i32) → (), the first of which is the
// export "run", a table that holds them, and a memory.
func functions(bodies ...[]byte) []byte {
	m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("\x7f", "")}, Tables: [][]byte{{0x70, 1, 8, 8}},
		Exports: [][]byte{wasmtest.Export("run", 0, 0)}, Memories: [][]byte{{0, 1}}}
	var all [][]byte
	for i, body := range bodies {
		m.Functions = append(m.Functions, wasmtest.U32(0))
		m.Bodies = append(m.Bodies, wasmtest.Body(nil, body...))
		all = append(all, wasmtest.U32(uint32(i)))
	}
	m.Elements = [][]byte{wasmtest.Join([]byte{0}, wasmtest.I32(0), []byte{0x0b}, wasmtest.Vector(all...))}
	return m.Bytes()
}

// joining returns a module that calls a function again and again whose instructions weigh
// next to nothing, but which sets so many variables in two blocks that are left early.
func joining(calls, variables int) []byte {
	block := []byte{0x02, 0x40, 0x20, 0, 0x0d, 0}
	for i := 1; i <= variables; i++ {
		block = wasmtest.Join(block, []byte{0x20}, wasmtest.U32(uint32(i%variables+1)), []byte{0x21}, wasmtest.U32(uint32(i)))
	}
	block = append(block, 0x0b)
	m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("\x7f", "")}, Exports: [][]byte{wasmtest.Export("run", 0, 0)}, Functions: [][]byte{{0}, {0}},
		Bodies: [][]byte{wasmtest.Body(nil, often(calls, call(1)...)...), wasmtest.Body([][]byte{append(wasmtest.U32(uint32(variables)), 0x7b)}, often(2, block...)...)}}
	return m.Bytes()
}

// often makes code of a part, again and again.
func often(n int, part ...byte) []byte { return bytes.Repeat(part, n) }

// call returns code that calls a function with 0, callIndirect the same through the
// table.
func call(f byte) []byte { return []byte{0x41, 0, 0x10, f} }

func callIndirect(f byte) []byte { return []byte{0x41, 0, 0x41, f, 0x11, 0, 0} }

// conditional is code that runs if the parameter is not 0.
func conditional(code []byte) []byte {
	return wasmtest.Join([]byte{0x20, 0, 0x04, 0x40}, code, []byte{0x0b})
}

// nest puts conditionals around one another, each with a rest behind the next.
func nest(n int, rest []byte) []byte {
	var code []byte
	for range n {
		code = wasmtest.Join(code, rest)
		code = conditional(code)
	}
	return code
}

// looks calls a module with its counter always dry, so that it calls out wherever
// it looks, and tells what was charged from one look to the next at most, and how
// often it looked while its calls returned.
func looks(t *testing.T, module []byte, argument uint64) (most int64, looked, returning int) {
	t.Helper()
	metered := rewrite(t, module)
	validate(t, metered)
	e := newEngine(t, metered, false)
	depth, before := int64(frames), int64(0)
	e.slice = 1
	e.looked = func() {
		looked++
		most = max(most, e.used()-before)
		before = e.used()
		if now := int64(e.depth.Get()); now > depth {
			returning++
			depth = now
		} else {
			depth = now
		}
	}
	if _, err := e.call(t.Context(), "run", argument); err != nil {
		t.Fatal(err)
	}
	return max(most, e.used()-before), looked, returning
}

// However a module is made, what it does from one look at the counter to the next
// is bounded, and it looks often enough.
func TestLooks(t *testing.T) {
	t.Parallel()
	const bound = 2*metering.MostUnlooked + 4096
	light, heavy := roots(1), roots(1000)
	for _, test := range []struct {
		name     string
		module   []byte
		argument uint64
		// least is how often it has to look.
		least int
	}{
		{"straight-line code", functions(roots(60_000)), 0, 6},
		{"calls of light leaves", functions(often(20_000, call(1)...), light), 0, 3},
		{"calls of leaves as heavy as light ones may be", functions(often(20_000, call(1)...), roots(8)), 0, 80},
		{"calls of leaves that set variables in blocks", joining(2000, 1900), 0, 2000},
		{"calls of leaves that set few variables in blocks", joining(20_000, 14), 0, 10},
		{"calls of light leaves behind another", functions(append(call(2), often(1000, call(1)...)...), roots(8), heavy), 0, 4},
		{"calls of heavy leaves", functions(often(1000, call(1)...), heavy), 0, 1000},
		{"calls of heavy leaves through a table", functions(often(1000, callIndirect(1)...), heavy), 0, 1000},
		{"calls of light leaves through a table", functions(often(3_900, callIndirect(1)...), light), 0, 10},
		{"calls of leaves that may do much", functions(often(1000, call(1)...), conditional(roots(1000))), 0, 500},
		{"calls of leaves that may loop", functions(often(1000, call(1)...), append(roots(1000), conditional([]byte{0x03, 0x40, 0x0b})...)), 0, 1000},
		{"looks that are passed by", functions(often(7, append(roots(8000), often(10, conditional(roots(1))...)...)...)), 0, 5},
		{"branches past what is done", functions(often(7, wasmtest.Join([]byte{0x02, 0x40}, roots(4000), []byte{0x20, 0}, []byte{0x0d, 0}, roots(4000), []byte{0x0b})...)), 0, 2},
		{"blocks that are left early", functions(often(7, wasmtest.Join([]byte{0x02, 0x40}, roots(8000), []byte{0x0c, 0, 0x0b})...)), 0, 5},
		{"arms in turn", functions(often(7, wasmtest.Join([]byte{0x20, 0}, []byte{0x04, 0x40}, roots(1), []byte{0x05}, roots(8000), []byte{0x0b})...)), 0, 5},
		{"rests of conditionals", functions(nest(15, roots(4000))), 1, 6},
		{"rests around a call", functions(wasmtest.Join(often(40, wasmtest.Join([]byte{0x02, 0x40})...), call(1), often(40, append(roots(1000), 0x0b)...)), heavy), 0, 5},
		{"rests around a loop", functions(wasmtest.Join([]byte{0x03, 0x40, 0x0b}, roots(60_000))), 0, 6},
	} {
		if most, looked, _ := looks(t, test.module, test.argument); most > bound || looked < test.least {
			t.Errorf("%s: have %d units from one look to the next and %d looks, want at most %d and at least %d", test.name, most, looked, bound, test.least)
		}
	}
}

// Code that reads and writes the memory looks more often: each time may be to a page that
// was not met before. What light leaves do counts for their callers.
func TestLooksAtMemory(t *testing.T) {
	t.Parallel()
	store := wasmtest.Join([]byte{0x41, 0, 0x41, 0, 0x36, 2, 0})
	light := often(8, store...)
	const most = metering.MostAccesses
	// The function looks when it is entered.
	for _, test := range []struct {
		name   string
		module []byte
		want   int
	}{
		{"at the limit", functions(append(often(most, store...), roots(5)...)), 1},
		{"one past it", functions(append(often(most+1, store...), roots(5)...)), 2},
		{"three times as much", functions(append(often(3*most+1, store...), roots(5)...)), 4},
		{"in light leaves", functions(append(often(most/8, call(1)...), roots(5)...), light), 1},
		{"in light leaves, one past it", functions(wasmtest.Join(often(most/8, call(1)...), store, roots(5)), light), 2},
		{"on the way on which it is most", functions(wasmtest.Join(conditional(often(most, store...)), store, roots(5))), 2},
	} {
		if _, looked, _ := looks(t, test.module, 1); looked != test.want {
			t.Errorf("%s: looked %d times, want %d", test.name, looked, test.want)
		}
	}
}

// Admission counts all that lives over each look in straight-line code that reads or writes
// the memory.
func TestLooksAreAdmitted(t *testing.T) {
	t.Parallel()
	const variables = 1000
	for name, code := range map[string][]byte{
		"stores":  often(10*metering.MostAccesses+1, 0x41, 0, 0x41, 0, 0x36, 2, 0),
		"loads":   often(10*metering.MostAccesses+1, 0x41, 0, 0x28, 2, 0, 0x1a),
		"vectors": often(10*metering.MostAccesses+1, 0x41, 0, 0xfd, 0, 0, 0, 0x1a),
	} {
		m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("\x7f", "")}, Functions: [][]byte{{0}}, Memories: [][]byte{{0, 1}}, Exports: [][]byte{wasmtest.Export("run", 0, 0)},
			Bodies: [][]byte{wasmtest.Body([][]byte{append(wasmtest.U32(variables-1), 0x7f)}, append(code, roots(5)...)...)}}
		admitted, err := admission.Check(m.Bytes(), admission.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, looked, _ := looks(t, m.Bytes(), 0)
		looked-- // where the function begins
		if looked != 10 || admitted.MaxLiveCells < looked*variables {
			t.Errorf("%s: have %d live cells for %d looks over %d variables", name, admitted.MaxLiveCells, looked, variables)
		}
	}
}

// Nor does it look more often than that behind blocks in which variables change.
func TestLooksBehindBlocksAreAdmitted(t *testing.T) {
	t.Parallel()
	const variables, blocks = 1100, 20
	var code []byte
	for n := range variables {
		code = wasmtest.Join(code, []byte{0x41, 0, 0x21}, wasmtest.U32(uint32(n)))
	}
	m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("\x7f", "")}, Functions: [][]byte{{0}}, Exports: [][]byte{wasmtest.Export("run", 0, 0)},
		Bodies: [][]byte{wasmtest.Body([][]byte{append(wasmtest.U32(variables-1), 0x7f)}, wasmtest.Join(often(blocks, 0x02, 0x40), code, often(blocks, 0x0b))...)}}
	admitted, err := admission.Check(m.Bytes(), admission.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, looked, _ := looks(t, m.Bytes(), 0)
	looked-- // where the function begins
	if looked < 4 || admitted.MaxLiveCells < (blocks+looked)*variables {
		t.Errorf("have %d live cells for %d blocks and %d looks over %d variables", admitted.MaxLiveCells, blocks, looked, variables)
	}
}

// What callers do behind their calls is neither paid ahead nor done without a look,
// but for little: a deep stack that returns can be stopped.
func TestLooksWhileReturning(t *testing.T) {
	t.Parallel()
	const depth = 100
	down := func(rest []byte, calls []byte) []byte { // n → if n != 0 { f(n-1) }; rest
		return wasmtest.Join(conditional(wasmtest.Join([]byte{0x20, 0}, []byte{0x41, 1, 0x6b}, calls)), rest)
	}
	direct, indirect := []byte{0x10, 0}, []byte{0x41, 0, 0x11, 0, 0}
	for _, test := range []struct {
		name   string
		module []byte
		looked bool
	}{
		{"much behind a call", functions(down(roots(1000), direct)), true},
		{"much behind a call through a table", functions(down(roots(1000), indirect)), true},
		{"little behind a call", functions(down(roots(1), direct)), false},
		{"conditionals behind a call", functions(down(often(100, conditional(nil)...), direct)), false},
		{"much behind a loop that calls", functions(down(roots(1000), wasmtest.Join([]byte{0x03, 0, 0x10, 0, 0x0b}))), true},
	} {
		_, _, returning := looks(t, test.module, depth)
		if test.looked && returning < depth-1 || !test.looked && returning > depth/4 {
			t.Errorf("%s: have %d looks in %d returns", test.name, returning, depth)
		}
	}
}

// What is charged ahead of a look is what the host grants at once, and for which
// the module does not ask again: it is little, wherever a call stands. Each module
// traps in its call; charged instruction by instruction, it paid nothing ahead.
func TestChargedAhead(t *testing.T) {
	t.Parallel()
	rest := roots(300)
	ends := append(slices.Clone(rest), 0x0b)
	leave := wasmtest.Join(roots(3), []byte{0x20, 0}, []byte{0x45, 0x0d, 0}, roots(3), []byte{0x0b})
	for name, body := range map[string][]byte{
		"behind a call":        append(call(1), rest...),
		"little behind a call": append(call(1), roots(3)...),
		"behind conditionals":  wasmtest.Join(often(20, conditional(nil)[:4]...), call(1), often(20, ends...)),
		"behind blocks":        wasmtest.Join(often(20, 0x02, 0x40), call(1), often(20, ends...)),
		"behind loops":         wasmtest.Join(often(20, 0x03, 0x40), call(1), often(20, ends...)),
		"behind branches":      wasmtest.Join(often(40, 0x02, 0x40), call(1), often(40, leave...)),
		"behind arms":          wasmtest.Join(often(40, conditional(nil)[:4]...), call(1), often(40, append(roots(3), 0x05, 0x0b)...)),
	} {
		module := functions(body, append(conditional(roots(20)), 0x00))
		singly, err := metering.RewriteSingly(module)
		if err != nil {
			t.Fatal(err)
		}
		used := func(module []byte) int64 {
			e := newEngine(t, module, false)
			if _, err := e.call(t.Context(), "run", 1); err == nil {
				t.Fatalf("%s: have error %v", name, err)
			}
			return e.used()
		}
		// A loop that weighs nothing is charged 1, but for singly.
		if ahead := used(rewrite(t, module)) - used(singly); ahead < 0 || ahead > metering.MostAhead+32 {
			t.Errorf("%s: have %d units charged ahead, want at most %d", name, ahead, metering.MostAhead)
		}
	}
}

// A deep stack that returns calls out whenever it has risen to the mark, and asks for no
// fuel then. What stays below the mark does not.
func TestMark(t *testing.T) {
	t.Parallel()
	const depth, step = 1000, 100
	// n → if n != 0 { f(n-1) }; a square root
	module := rewrite(t, functions(wasmtest.Join(conditional(wasmtest.Join([]byte{0x20, 0}, []byte{0x41, 1, 0x6b}, []byte{0x10, 0})), roots(1))))
	for _, test := range []struct {
		name string
		// slice is what a callout grants: of a small one the module asks again on its
		// way down, and the mark follows it.
		slice       int64
		marks       bool
		least, most int
	}{
		{"no mark", 100, false, 0, 0},
		{"a mark above it all", 1_000_000, true, 0, 0},
		{"a mark that follows", 100, true, depth/step - 1, depth / step},
	} {
		e := newEngine(t, module, false)
		e.slice = test.slice
		mark := e.instance.ExportedGlobal(metering.MarkName).(api.MutableGlobal)
		returned := 0
		e.looked = func() {
			if int64(e.depth.Get()) > int64(mark.Get()) {
				if returned++; int64(e.fuel.Get()) < 0 {
					t.Errorf("%s: it owes %d units when it returns", test.name, -int64(e.fuel.Get()))
				}
			}
			if test.marks {
				mark.Set(e.depth.Get() + step)
			}
		}
		if _, err := e.call(t.Context(), "run", depth); err != nil {
			t.Fatal(err)
		}
		if returned < test.least || returned > test.most {
			t.Errorf("%s: have %d callouts while %d calls returned, want %d to %d", test.name, returned, depth, test.least, test.most)
		}
	}
}
