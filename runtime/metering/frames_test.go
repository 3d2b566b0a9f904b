package metering_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// A function takes a frame for each 256 values that it may keep: 245 variables, and
// ten for a call, its end and the fuel, take one.
func TestFrames(t *testing.T) {
	t.Parallel()
	ones := wasmtest.Func(strings.Repeat("\x7f", 100), strings.Repeat("\x7f", 100))
	hundred := bytes.Repeat([]byte{0x41, 0}, 100)
	for _, test := range []struct {
		name      string
		variables int
		typ       byte
		code      []byte
		frames    int64
	}{
		{"variables", 245, 0x7e, nil, 1}, {"one variable more", 246, 0x7e, nil, 2}, {"variables of SIMD", 246, 0x7b, nil, 3},
		{"SIMD in the code", 249, 0x7e, wasmtest.Join([]byte{0xfd, 12}, make([]byte, 16), []byte{0x1a}), 3},
		{"a call that gives SIMD", 238, 0x7e, []byte{0x10, 3, 0x1a}, 2}, {"a global of SIMD", 249, 0x7e, []byte{0x23, 0, 0x1a}, 3},
		{"what only moves values", 245, 0x7e, bytes.Repeat([]byte{0x20, 0, 0x21, 1, 0x41, 0, 0x1a}, 500), 1},
		{"what makes values", 0, 0, append(bytes.Repeat([]byte{0x3f, 0}, 1024), bytes.Repeat([]byte{0x1a}, 1024)...), 5},
		{"loads", 0, 0, bytes.Repeat([]byte{0x41, 0, 0x28, 2, 0, 0x1a}, 512), 5},
		{"a call of many values", 0, 0, slices.Concat(hundred, []byte{0x10, 2, 0x10, 2}, bytes.Repeat([]byte{0x1a}, 100)), 2},
		{"a block of many values", 0, 0, slices.Concat(hundred, []byte{0x02, 2, 0x0b, 0x02, 2, 0x0b}, bytes.Repeat([]byte{0x1a}, 100)), 4},
		{"blocks around what sets variables", 100, 0x7f, slices.Concat(bytes.Repeat([]byte{0x02, 0x40}, 9), sets(100), bytes.Repeat([]byte{0x0b}, 9)), 5},
		{"a loop that sets variables", 100, 0x7f, slices.Concat([]byte{0x03, 0x40}, sets(100), bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, 9), []byte{0x0b}), 5},
	} {
		var variables [][]byte
		if test.variables > 0 {
			variables = [][]byte{append(wasmtest.U32(uint32(test.variables)), test.typ)}
		}
		m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("", ""), wasmtest.Func("", "\x7b"), ones}, Functions: [][]byte{{0}, {0}, {2}, {1}}, Memories: [][]byte{{0, 1}},
			Globals: [][]byte{wasmtest.Join([]byte{0x7b, 1, 0xfd, 12}, make([]byte, 16), []byte{0x0b})},
			Exports: [][]byte{wasmtest.Export("run", 0, 0)},
			Bodies: [][]byte{wasmtest.Body(variables, append(slices.Clone(test.code), 0x10, 1)...), wasmtest.Body(nil),
				wasmtest.Body(nil, gets(100)...), wasmtest.Body(nil, 0x23, 0)}}
		metered, largest := rewriteLargest(t, m)
		if int64(largest) != test.frames {
			t.Errorf("%s: the largest function has %d frames, want %d", test.name, largest, test.frames)
		}
		for _, frames := range []int64{test.frames, test.frames - 1} {
			e := newEngine(t, metered, false)
			if e.frames = frames; frames == 0 {
				e.frames = -1
			}
			if _, err := e.call(t.Context(), "run"); (err == nil) != (frames == test.frames) || e.tooDeep != (err != nil) {
				t.Errorf("%s: have error %v with a depth of %d, want it to take %d", test.name, err, frames, test.frames)
			}
		}
	}
}

// The largest function need not be one that calls others.
func TestLargestFunction(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]int{"\x7e": 1 + (1000+3)/256, "\x7b": 1 + 2*(1000+3)/256} {
		m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("", ""), wasmtest.Func(strings.Repeat(typ, 1000), "")}, Functions: [][]byte{{1}, {0}},
			Bodies: [][]byte{wasmtest.Body(nil), wasmtest.Body(nil)}}
		if _, have := rewriteLargest(t, m); have != want {
			t.Errorf("a function with parameters of type %x has %d frames, want %d", typ, have, want)
		}
	}
}

func rewriteLargest(t *testing.T, m *wasmtest.Module) (metered []byte, largest int) {
	t.Helper()
	admitted, err := admission.Check(m.Bytes(), admission.Limits{})
	if err == nil {
		metered, largest, err = metering.Rewrite(admitted)
	}
	if err != nil {
		t.Fatal(err)
	}
	return metered, largest
}

// sets sets so many variables, gets gets them.
func sets(variables int) (code []byte) {
	for i := range variables {
		code = wasmtest.Join(code, []byte{0x41, 1, 0x21}, wasmtest.U32(uint32(i)))
	}
	return code
}

func gets(variables int) (code []byte) {
	for i := range variables {
		code = wasmtest.Join(code, []byte{0x20}, wasmtest.U32(uint32(i)))
	}
	return code
}

// What stands in the module of a recursion: globals of the types i64, i32 and v128,
// and the functions that hand on many values.
const (
	globalI64, globalI32, globalV128 = 0, 1, 2
	givesMany, takesMany, gives      = 2, 3, 4
)

// recursion is a module whose function 1 is of a type and calls itself: it holds
// something while it does, and wants it afterwards. many is the type of the values
// that givesMany gives and takesMany takes, a thousand of them.
func recursion(of []byte, many string, variables [][]byte, call []byte, holds, wants []byte) []byte {
	wide := strings.Repeat(many, 1000)
	get := byte(globalI64)
	if many == "\x7b" {
		get = globalV128
	}
	return (&wasmtest.Module{
		Types:     [][]byte{wasmtest.Func("", ""), of, wasmtest.Func("", wide), wasmtest.Func(wide, ""), wasmtest.Func("", "\x7e")},
		Functions: [][]byte{{0}, {1}, {2}, {3}, {4}}, Memories: [][]byte{{0, 1}}, Tables: [][]byte{{0x70, 1, 1, 1}}, Elements: [][]byte{{0, 0x41, 0, 0x0b, 1, gives}},
		Globals: [][]byte{wasmtest.Join([]byte{0x7e, 1}, wasmtest.I64(1), []byte{0x0b}), wasmtest.Join([]byte{0x7f, 1}, wasmtest.I32(0), []byte{0x0b}),
			wasmtest.Join([]byte{0x7b, 1, 0xfd, 12}, make([]byte, 16), []byte{0x0b})},
		Exports: [][]byte{wasmtest.Export("run", 0, 0)},
		Bodies: [][]byte{wasmtest.Body(nil, call...), wasmtest.Body(variables, wasmtest.Join(holds, []byte{0x10, 1}, wants)...),
			wasmtest.Body(nil, bytes.Repeat([]byte{0x23, get}, 1000)...), wasmtest.Body(nil), wasmtest.Body(nil, 0x23, globalI64)},
	}).Bytes()
}

// recursions are what takes most of the engine's stack for a frame of depth.
func recursions() map[string][]byte {
	all := make(map[string][]byte)
	nothing := wasmtest.Func("", "")
	variables := func(n int, typ byte) [][]byte { return [][]byte{append(wasmtest.U32(uint32(n)), typ)} }
	add := func(name string, locals [][]byte, holds, wants []byte) {
		all[name] = recursion(nothing, "\x7e", locals, []byte{0x10, 1}, holds, wants)
	}
	times := func(n int, code ...byte) []byte { return bytes.Repeat(code, n) }
	add("nothing", nil, nil, nil)
	for _, n := range []int{10, 100, 1000} {
		named := func(name string) string { return fmt.Sprintf("%d %s", n, name) }
		add(named("counts of zeros"), variables(1, 0x7e), wasmtest.Join([]byte{0x23, globalI64, 0x21, 0}, times(n, 0x20, 0, 0x79)), times(n, 0x24, globalI64))
		add(named("sums"), nil, times(n, 0x23, globalI64, 0x23, globalI64, 0x7c, 0x24, globalI64, 0x23, globalI64), times(n, 0x24, globalI64))
		add(named("vectors"), variables(1, 0x7b), wasmtest.Join([]byte{0x23, globalV128, 0x21, 0}, times(n, 0x20, 0, 0xfd, 0x60)), times(n, 0x24, globalV128))
		add(named("loads"), nil, times(n, 0x23, globalI32, 0x29, 0, 0), times(n, 0x24, globalI64))
		add(named("sizes of tables"), nil, times(n, 0xfc, 16, 0), times(n, 0x24, globalI32))
		add(named("references"), nil, times(n, 0x41, 0, 0x25, 0), times(n, 0xd1, 0x24, globalI32))
		add(named("references of functions"), nil, times(n, 0xd2, 4), times(n, 0xd1, 0x24, globalI32))
		add(named("calls"), nil, times(n, 0x10, gives), times(n, 0x24, globalI64))
		add(named("calls through a table"), nil, times(n, 0x23, globalI32, 0x11, 4, 0), times(n, 0x24, globalI64))
		add(named("calls and loads"), nil, times(n, 0x10, gives, 0xa7, 0x29, 0, 0), times(n, 0x24, globalI64))
		add(named("conditionals"), nil, times(n, 0x23, globalI32, 0x04, 0x7e, 0x23, globalI64, 0x05, 0x42, 5, 0x0b), times(n, 0x24, globalI64))
		add(named("divisions"), variables(1, 0x7e), times(n, 0x20, 0, 0x23, globalI64, 0x7f), times(n, 0x24, globalI64))
		var set, twice []byte
		for i := range n {
			set = wasmtest.Join(set, []byte{0x23, globalI32, 0x41}, wasmtest.U32(uint32(i%64)), []byte{0x6a, 0x21}, wasmtest.U32(uint32(i)))
		}
		for range 2 {
			for i := range n {
				twice = wasmtest.Join(twice, []byte{0x20}, wasmtest.U32(uint32(i)), []byte{0x29, 0, 0})
			}
		}
		add(named("loads from variables, twice"), variables(n, 0x7f), wasmtest.Join(set, twice), times(2*n, 0x24, globalI64))
	}
	add("130 fills", nil, times(130, 0x23, globalI32, 0x23, globalI32, 0x41, 0, 0xfc, 11, 0), nil)
	for _, c := range [][2]int{{1000, 200}, {20, 1900}} {
		set, get := held(c[0])
		branches := []byte{}
		for i := range c[1] {
			branches = wasmtest.Join(branches, []byte{0x23, globalI32, 0x0d}, wasmtest.U32(uint32(i)))
		}
		add(fmt.Sprintf("%d variables set in %d blocks", c[0], c[1]), variables(c[0], 0x7e),
			wasmtest.Join(times(c[1], 0x02, 0x40), branches, set, times(c[1], 0x0b)), get)
	}
	for _, c := range [][2]int{{1000, 180}, {100, 1000}} {
		set, get := held(c[0])
		rotate := gets(c[0])
		for i := range c[0] {
			rotate = wasmtest.Join(rotate, []byte{0x21}, wasmtest.U32(uint32(i)))
		}
		add(fmt.Sprintf("%d variables moved in a loop of %d branches", c[0], c[1]), variables(c[0], 0x7e),
			wasmtest.Join(set, []byte{0x03, 0x40}, times(c[1], 0x23, globalI32, 0x0d, 0), rotate, []byte{0x0b}), get)
	}
	for typ, get := range map[string]byte{"\x7e": globalI64, "\x7b": globalV128} {
		for _, n := range []int{1, 10, 60} {
			all[fmt.Sprintf("%d calls of many %x", n, typ)] = recursion(nothing, typ, nil, []byte{0x10, 1}, times(n, 0x10, givesMany), times(n, 0x10, takesMany))
		}
		wide := strings.Repeat(typ, 1000)
		many := times(1000, 0x23, get)
		all[fmt.Sprintf("many parameters %x", typ)] = recursion(wasmtest.Func(wide, ""), typ, nil, wasmtest.Join(many, []byte{0x10, 1}), gets(1000), nil)
		all[fmt.Sprintf("many results %x", typ)] = recursion(wasmtest.Func("", wide), typ, nil, wasmtest.Join([]byte{0x10, 1}, times(1000, 0x1a)), nil, nil)
		all[fmt.Sprintf("many of both %x", typ)] = recursion(wasmtest.Func(wide, wide), typ, nil, wasmtest.Join(many, []byte{0x10, 1}, times(1000, 0x1a)), gets(1000), nil)
	}
	return all
}

// held is code that sets so many variables of type i64 to what no compiler knows, and
// code that wants them.
func held(variables int) (set, get []byte) {
	for i := range variables {
		set = wasmtest.Join(set, []byte{0x23, globalI64, 0x21}, wasmtest.U32(uint32(i)))
		get = wasmtest.Join(get, []byte{0x20}, wasmtest.U32(uint32(i)), []byte{0x24, globalI64})
	}
	return set, get
}

// No function takes more of the engine's stack for a frame of depth than
// BytesPerFrame, and what the engine takes when the stack grows is no more than four
// times that. The engine tells neither, so this looks into it.
func TestBytesPerFrame(t *testing.T) {
	t.Parallel()
	most := uint64(0)
	for name, module := range recursions() {
		e := &engine{slice: 1_000_000_000, budget: plenty, frames: 3000}
		// More may live over branches, and meet behind them, than is admitted, for a large frame.
		wide := admission.Limits{LiveCells: 10_000_000, Moves: 10_000_000, KeptCells: 10_000_000, TotalWork: 2_000_000_000}
		if err := e.start(t, rewriteWide(t, module, wide), false); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		run := e.instance.ExportedFunction("run")
		e.looked = func() {
			frames := 3000 - int64(e.depth.Get())
			if frames <= 3000 {
				return
			}
			used, size := stackOf(run)
			each := used / uint64(frames)
			most = max(most, each)
			if each > metering.BytesPerFrame || size+size/2 > 4*metering.BytesPerFrame*uint64(frames) {
				t.Errorf("%s: the stack holds %d bytes in a place of %d, with %d frames; the most is %d for each", name, used, size, frames, metering.BytesPerFrame)
			}
			t.Logf("%s: %d bytes", name, each)
		}
		if _, err := run.Call(t.Context()); !e.tooDeep {
			t.Errorf("%s: it ends with %v, and not too deep", name, err)
		}
	}
	if most < metering.BytesPerFrame*3/4 {
		t.Errorf("the most is %d bytes for a frame: nothing here is after the stack, or BytesPerFrame, %d, is too much", most, metering.BytesPerFrame)
	}
}

// stackOf is how much the engine's stack of a function that runs holds, and how large
// it is.
func stackOf(f api.Function) (used, size uint64) {
	engine := reflect.ValueOf(f).Elem()
	at := engine.FieldByName("execCtx").FieldByName("stackPointerBeforeGoCall").Pointer()
	return engine.FieldByName("stackTop").Uint() - uint64(at), uint64(engine.FieldByName("stack").Len())
}
