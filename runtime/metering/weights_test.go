package metering_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// weighed is code of one kind, in a loop: what is measured against its weight.
type weighed struct {
	name   string
	locals [][]byte
	before []byte // the loop
	code   []byte // a turn
	change func(*wasmtest.Module)
	// tried says that it need not be valid.
	tried bool
}

// module returns a module whose export "run" takes as many turns as its parameter
// says, at least one.
func (w *weighed) module() []byte {
	m := &wasmtest.Module{
		Types:    [][]byte{wasmtest.Func("\x7f", "")},
		Tables:   [][]byte{{0x70, 1, 0x80, 2, 0x80, 2}},
		Memories: [][]byte{{0, 32}}, DataCount: wasmtest.U32(1), Data: [][]byte{wasmtest.Join([]byte{1}, wasmtest.Sized(strings.Repeat("x", 128)))},
		Globals:   [][]byte{wasmtest.Join([]byte{0x7e, 1}, wasmtest.I64(3), []byte{0x0b})},
		Functions: [][]byte{{0}}, Exports: [][]byte{wasmtest.Export("run", 0, 0)},
		Elements: [][]byte{wasmtest.Join([]byte{1, 0}, wasmtest.Vector(slices.Repeat([][]byte{{0}}, 128)...))},
	}
	turn := wasmtest.Join([]byte{0x03, 0x40}, w.code, []byte{0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b})
	m.Bodies = [][]byte{wasmtest.Body(w.locals, wasmtest.Join(w.before, turn)...)}
	if w.change != nil {
		w.change(m)
	}
	return m.Bytes()
}

// repeats is how often an instruction stands in a turn.
const repeats = 100

// instructions are all instructions that make a value of one or two of its own
// type, each waiting for the one before.
func instructions() []weighed {
	one := map[byte][]byte{
		wasmcode.I32: {0x41, 3}, wasmcode.I64: {0x42, 3}, wasmcode.F32: {0x43, 0, 0, 0x80, 0x3f}, wasmcode.F64: {0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f},
		wasmcode.V128: wasmtest.Join([]byte{0xfd, 12}, bytes.Repeat([]byte{0x3f}, 16)),
	}
	var all []weighed
	add := func(op wasmcode.Op, code []byte) {
		for typ, constant := range one {
			for form, second := range map[string][]byte{"": nil, " of two": {0x20, 2}, " by a number": {0x20, 3}} {
				part := wasmtest.Join(second, code)
				all = append(all, weighed{
					tried: true, name: fmt.Sprintf("%#x%s of %#x", op, form, typ), locals: [][]byte{{2, typ}, {1, 0x7f}},
					before: wasmtest.Join(constant, []byte{0x22, 2, 0x21, 1, 0x41, 3, 0x21, 3}),
					code:   wasmtest.Join([]byte{0x20, 1}, bytes.Repeat(part, repeats), []byte{0x21, 1, 0x41, 0, 0x20, 1}, map[byte][]byte{0x7f: {0x36, 2, 0}, 0x7e: {0x37, 3, 0}, 0x7d: {0x38, 2, 0}, 0x7c: {0x39, 3, 0}, 0x7b: {0xfd, 11, 4, 0}}[typ]),
				})
			}
		}
	}
	for op := wasmcode.Op(0x45); op <= 0xc4; op++ {
		add(op, []byte{byte(op)})
	}
	for op := uint32(0x0e); op <= 0xff; op++ {
		add(wasmcode.SIMD|wasmcode.Op(op), wasmtest.Join([]byte{0xfd}, wasmtest.U32(op)))
	}
	for _, pair := range [][]byte{{0xaa, 0xb7}, {0xab, 0xb8}, {0xb0, 0xb9}, {0xb1, 0xba}, {0xfc, 2, 0xb7}, {0xfc, 3, 0xb8}, {0xfc, 6, 0xb9}, {0xfc, 7, 0xba}, {0xb6, 0xbb},
		{0xa8, 0xb2}, {0xa9, 0xb3}, {0xae, 0xb4}, {0xaf, 0xb5}, {0xfc, 0, 0xb2}, {0xfc, 1, 0xb3}, {0xfc, 4, 0xb4}, {0xfc, 5, 0xb5}, {0xbc, 0xbe}, {0xbd, 0xbf}, {0xa7, 0xac}} {
		add(wasmcode.Op(pair[0]), pair)
	}
	return all
}

// patterns are what costs the engine more than its instructions show.
func patterns() []weighed {
	const many = 900
	index := func(op byte, n int) []byte { return append([]byte{op}, wasmtest.U32(uint32(n))...) }
	var rotate, set, params []byte
	for i := 1; i <= many; i++ {
		rotate = append(rotate, index(0x20, i)...)
		set = wasmtest.Join(set, index(0x20, i%many+1), index(0x21, i))
	}
	rotate = append(rotate, index(0x21, 1)...)
	for i := many; i >= 2; i-- {
		rotate = append(rotate, index(0x21, i)...)
	}
	const wide = 500
	for i := range wide {
		params = append(params, index(0x20, i+1)...)
	}
	local := func(typ byte) [][]byte { return [][]byte{append(wasmtest.U32(many), typ)} }
	fill := func(load ...byte) []byte {
		var code []byte
		for i := 1; i <= many; i++ {
			code = wasmtest.Join(code, wasmtest.I32(int64(i*16)), load, index(0x21, i))
		}
		return code
	}
	bulk := func(name string, code ...byte) weighed {
		return weighed{name: name, code: bytes.Repeat(wasmtest.Join([]byte{0x41, 0, 0x41, 0}, wasmtest.I32(128), code), 20)}
	}
	passes := func(m *wasmtest.Module) {
		typ := strings.Repeat("\x7e", wide)
		m.Types = append(m.Types, wasmtest.Func(typ, typ))
		m.Functions = append(m.Functions, []byte{1})
		var back []byte
		for i := range wide {
			back = append(back, index(0x20, i)...)
		}
		m.Bodies = append(m.Bodies, wasmtest.Body(nil, back...))
	}
	results := func() []byte {
		var code []byte
		for i := wide; i >= 1; i-- {
			code = append(code, index(0x21, i)...)
		}
		return code
	}()
	small := func(m *wasmtest.Module) {
		m.Types = append(m.Types, wasmtest.Func("", ""))
		m.Functions = append(m.Functions, []byte{1})
		m.Bodies = append(m.Bodies, wasmtest.Body(nil))
		m.Elements = append(m.Elements, []byte{0, 0x41, 0, 0x0b, 1, 1})
	}
	table := append([]byte{0x0e}, wasmtest.U32(4000)...)
	table = append(table, make([]byte, 4001)...)
	// read stores the sum of globals in an arm that is not taken.
	read := func(xor ...byte) (code []byte) {
		for i := range many {
			code = wasmtest.Join(code, index(0x23, i+1))
			if i > 0 {
				code = append(code, xor...)
			}
		}
		return wasmtest.Join([]byte{0x20, 0, 0x45, 0x04, 0x40, 0x41, 0}, code)
	}
	global := func(constant ...byte) func(*wasmtest.Module) {
		return func(m *wasmtest.Module) {
			small(m)
			for range many {
				m.Globals = append(m.Globals, wasmtest.Join(constant, []byte{0x0b}))
			}
		}
	}
	return []weighed{
		{name: "variables that rotate", locals: local(0x7e), before: fill(0x29, 3, 0), code: rotate},
		{name: "vectors that rotate", locals: local(0x7b), before: fill(0xfd, 0, 4, 0), code: rotate},
		{name: "variables that are set", locals: local(0x7e), before: fill(0x29, 3, 0), code: set},
		{name: "vectors that are never set", locals: local(0x7b), before: fill(0xfd, 0, 4, 0),
			code: bytes.Repeat(wasmtest.Join([]byte{0x20, 0, 0x45, 0x04, 0x40}, set, []byte{0x0b}), 3)},
		{name: "vectors in two arms", locals: local(0x7b), before: fill(0xfd, 0, 4, 0),
			code: bytes.Repeat(wasmtest.Join([]byte{0x20, 0, 0x41, 1, 0x71, 0x04, 0x40}, rotate, []byte{0x05}, set, []byte{0x0b}), 3)},
		{name: "results of blocks", locals: local(0x7e), before: fill(0x29, 3, 0), change: passes,
			code: wasmtest.Join(params, bytes.Repeat(wasmtest.Join([]byte{0x02, 1, 0x20, 0, 0x0d, 0, 0x0b}), 20), results)},
		{name: "calls of many values", locals: local(0x7e), before: fill(0x29, 3, 0), change: passes, code: wasmtest.Join(params, bytes.Repeat([]byte{0x10, 1}, 20), results)},
		{name: "calls", change: small, code: bytes.Repeat([]byte{0x10, 1}, repeats)},
		{name: "calls through a table", change: small, code: bytes.Repeat([]byte{0x41, 0, 0x11, 1, 0}, repeats)},
		{name: "globals behind calls", change: global(0x7e, 1, 0x42, 3), code: bytes.Repeat(wasmtest.Join([]byte{0x10, 1}, read(0x85), []byte{0x37, 3, 0, 0x0b}), 20)},
		{name: "vectors in globals behind calls", change: global(wasmtest.Join([]byte{0x7b, 1, 0xfd, 12}, make([]byte, 16))...),
			code: bytes.Repeat(wasmtest.Join([]byte{0x10, 1}, read(0xfd, 0x51), []byte{0xfd, 11, 4, 0, 0x0b}), 20)},
		{name: "a table of branches", code: bytes.Repeat(wasmtest.Join([]byte{0x02, 0x40, 0x20, 0}, table, []byte{0x0b}), 2)},
		{name: "globals", code: bytes.Repeat([]byte{0x23, 0, 0x24, 0}, repeats)},
		{name: "loads that wait", locals: [][]byte{{1, 0x7f}}, code: wasmtest.Join([]byte{0x20, 1}, bytes.Repeat([]byte{0x28, 2, 0}, repeats), []byte{0x21, 1})},
		{name: "stores and loads", code: bytes.Repeat([]byte{0x41, 0, 0x41, 0, 0x28, 2, 0, 0x36, 2, 0}, repeats)},
		{name: "ref.func", code: bytes.Repeat([]byte{0x41, 0, 0xd2, 0, 0x26, 0}, repeats)},
		{name: "table.get, table.set", code: bytes.Repeat([]byte{0x41, 0, 0x41, 1, 0x25, 0, 0x26, 0}, repeats)},
		{name: "memory.grow", code: bytes.Repeat([]byte{0x41, 0, 0x40, 0, 0x1a}, 20)},
		{name: "table.grow", code: bytes.Repeat([]byte{0xd0, 0x70, 0x41, 0, 0xfc, 15, 0, 0x1a}, 20)},
		{name: "data.drop", code: bytes.Repeat([]byte{0xfc, 9, 0}, repeats)},
		{name: "elem.drop", code: bytes.Repeat([]byte{0xfc, 13, 0}, repeats)},
		bulk("memory.fill", 0xfc, 11, 0), bulk("memory.copy", 0xfc, 10, 0, 0), bulk("memory.init", 0xfc, 8, 0, 0),
		bulk("table.copy", 0xfc, 14, 0, 0), bulk("table.init", 0xfc, 12, 0, 0),
		{name: "table.fill", code: bytes.Repeat(wasmtest.Join([]byte{0x41, 0, 0xd0, 0x70}, wasmtest.I32(128), []byte{0xfc, 17, 0}), 20)},
		{name: "memory.copy of much", code: wasmtest.Join([]byte{0x41, 0}, wasmtest.I32(1<<20), wasmtest.I32(1<<20), []byte{0xfc, 10, 0, 0})},
		{name: "memory.fill of much", code: wasmtest.Join([]byte{0x41, 0, 0x41, 0}, wasmtest.I32(2<<20), []byte{0xfc, 11, 0})},
	}
}

// BenchmarkWeights measures how long a unit of every kind of instruction takes, and
// how many times as long as a unit of i64.add. That ratio is by how much a guest can
// stretch the time that its fuel stands for: what is above 20 wants another weight.
//
//	go test ./runtime/metering -run '^$' -bench Weights -benchtime 1x
func BenchmarkWeights(b *testing.B) {
	var addition float64
	all := append([]weighed{{name: "0x7c of two of 0x7e"}}, append(patterns(), instructions()...)...)
	for _, w := range all[1:] {
		if w.name == all[0].name {
			all[0] = w
		}
	}
	for _, w := range all {
		e := &engine{slice: 1_000_000, budget: plenty}
		module, err := meterWithin(w.module(), admission.Wide())
		if err == nil {
			err = e.start(b, module, false)
		}
		switch {
		case err != nil && w.tried:
			continue // no such instruction, or not of this type
		case err != nil:
			b.Fatalf("%s: %v", w.name, err)
		}
		b.Run(w.name, func(b *testing.B) {
			for b.Loop() {
				unit := unitTime(b, e)
				if addition == 0 {
					addition = unit
				}
				b.ReportMetric(unit, "ns/unit")
				b.ReportMetric(unit/addition, "x-addition")
			}
		})
	}
}

// unitTime is the least time that a unit took in some tries.
func unitTime(b *testing.B, e *engine) float64 {
	b.Helper()
	least := 0.0
	turns := uint64(20)
	for range 6 {
		before, began := e.used(), time.Now()
		if _, err := e.call(b.Context(), "run", turns); err != nil {
			b.Fatal(err)
		}
		took := time.Since(began)
		if unit := float64(took.Nanoseconds()) / float64(e.used()-before); least == 0 || unit < least {
			least = unit
		}
		if took < time.Millisecond {
			turns *= 4
		}
	}
	return least
}
