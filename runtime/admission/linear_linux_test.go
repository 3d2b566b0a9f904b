package admission_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// widest are the widest limits that there may be, but for those of one function's
// variables.
var widest = admission.Limits{Bytes: 1 << 30, Types: 1e6, TypeValues: 1e6, Functions: 1e6, Exports: 1e6, Globals: 1e6, ElementSegments: 1e6, Elements: 1e7, DataSegments: 1e6,
	CustomSections: 1e6, CustomBytes: 1 << 30, BodyBytes: 16 << 20, TotalLocals: 1e8, Nesting: 1e5, BranchTargets: 1e6, TotalBranchTargets: 1e8, Operands: 1e8, TotalOperands: 1e9,
	Control: 1e6, Loops: 1e6, TotalLoops: 1e6, TotalControl: 1e8, LiveCells: 1e9, TotalLiveCells: 1e9, Moves: 1e9, KeptCells: 1e9, Work: 1e9, TotalWork: 2e9}

// shape is code that can be made longer: open so many times, then close as often.
type shape struct{ open, close []byte }

// some is how many variables every function has, and labels a table.
const some = 8

// module has so many functions of the shape, each so long.
func (s shape) module(functions, length int) []byte {
	m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("", "")}, Tables: [][]byte{{0x70, 1, 1, 1}}, Memories: [][]byte{{0, 1}}, Globals: [][]byte{{0x7f, 1, 0x41, 0, 0x0b}}}
	m.Functions = slices.Repeat([][]byte{{0}}, functions)
	body := wasmtest.Body([][]byte{{some, 0x7f}}, slices.Concat(bytes.Repeat(s.open, length), bytes.Repeat(s.close, length))...)
	m.Bodies = slices.Repeat([][]byte{body}, functions)
	return m.Bytes()
}

// shapes are what Check follows from one instruction to others: variables, operands,
// blocks, the ways to their labels, loops, and what is known of memory.
func shapes() map[string]shape {
	var reads, sets []byte
	for n := range byte(some) {
		reads, sets = append(reads, 0x20, n, 0x1a), append(sets, 0x41, n, 0x21, n)
	}
	leave, outwards := []byte{0x41, 0, 0x0d, 0}, []byte{0x41, 0, 0x0d, 1}
	table := append([]byte{0x41, 0, 0x0e, some}, make([]byte, some+1)...)
	return map[string]shape{
		"constants":              {open: []byte{0x41, 1, 0x1a}},
		"variables":              {open: slices.Concat(reads, sets)},
		"operands":               {open: []byte{0x41, 1}, close: []byte{0x1a}},
		"globals":                {open: []byte{0x23, 0, 0x24, 0}},
		"loads":                  {open: []byte{0x41, 0, 0x28, 2, 0, 0x1a}},
		"shifts":                 {open: []byte{0x41, 1, 0x41, 0, 0x74, 0x1a}},
		"calls":                  {open: []byte{0x10, 0}},
		"indirect calls":         {open: []byte{0x41, 0, 0x11, 0, 0}},
		"growth":                 {open: []byte{0x41, 0, 0x40, 0, 0x1a}},
		"blocks":                 {open: []byte{0x02, 0x40, 0x0b}},
		"nested blocks":          {open: []byte{0x02, 0x40}, close: []byte{0x0b}},
		"conditions":             {open: slices.Concat([]byte{0x41, 0, 0x04, 0x40}, sets, []byte{0x05}, reads, []byte{0x0b})},
		"nested conditions":      {[]byte{0x41, 0, 0x04, 0x40, 0x20, 1, 0x21, 2}, []byte{0x05, 0x20, 2, 0x1a, 0x0b}},
		"branches":               {open: inside(2, leave, sets, leave, reads)},
		"branches to one label":  {open: slices.Concat(leave, reads, sets)},
		"branches outwards":      {slices.Concat([]byte{0x02, 0x40}, outwards, sets), []byte{0x0b}},
		"returns":                {open: []byte{0x41, 0, 0x04, 0x40, 0x0f, 0x0b}},
		"dead code":              {open: slices.Concat([]byte{0x02, 0x40, 0x0c, 0}, sets, reads, []byte{0x0b})},
		"tables":                 {open: inside(2, table)},
		"tables to one label":    {open: slices.Concat([]byte{0x41, 0, 0x04, 0x40}, table, []byte{0x0b})},
		"loops":                  {open: inside(3, reads, sets, leave, reads)},
		"nested loops":           {slices.Concat([]byte{0x03, 0x40}, reads), slices.Concat(sets, leave, []byte{0x0b})},
		"copies in loops":        {open: inside(3, []byte{0x20, 1, 0x21, 2}, leave)},
		"copies in nested loops": {[]byte{0x03, 0x40, 0x20, 1, 0x21, 2}, append(leave, 0x0b)},
	}
}

// Check takes four times as long for four times of anything: of code in one function, of
// functions, of what stands in other sections. If it took the square of it, that would be
// sixteen. This is not parallel: it compares times of the processor.
func TestLinear(t *testing.T) {
	if racing {
		t.Skip("times are measured without the race detector")
	}
	for name, s := range shapes() {
		linear(t, name+" in one function", s.module(1, 1000), s.module(1, 4000))
		linear(t, name+" in many functions", s.module(2500, 4), s.module(10_000, 4))
	}
	for name, item := range map[string]func(m *wasmtest.Module, n int){
		"types":   func(m *wasmtest.Module, n int) { m.Types = append(m.Types, wasmtest.Func("\x7f", "")) },
		"globals": func(m *wasmtest.Module, _ int) { m.Globals = append(m.Globals, []byte{0x70, 0, 0xd2, 0, 0x0b}) },
		"exports": func(m *wasmtest.Module, n int) {
			m.Exports = append(m.Exports, wasmtest.Export(fmt.Sprint("f", n), 0, 0))
		},
		"elements": func(m *wasmtest.Module, _ int) { m.Elements = append(m.Elements, []byte{0, 0x41, 0, 0x0b, 1, 0}) },
		"data":     func(m *wasmtest.Module, _ int) { m.Data = append(m.Data, []byte{0, 0x41, 0, 0x0b, 1, 'x'}) },
		"customs":  func(m *wasmtest.Module, _ int) { m.Customs = append(m.Customs, []byte{1, 'a'}) },
	} {
		module := func(n int) []byte {
			m := complete()
			for i := range n {
				item(m, i)
			}
			m.DataCount = wasmtest.U32(uint32(len(m.Data)))
			return m.Bytes()
		}
		linear(t, name, module(10_000), module(40_000))
	}
}

// linear fails if a module takes more than eight times as long as one with a quarter of
// it; four to five and a half times was measured. What is in the way of a measurement only
// makes it longer: the shortest of each counts, and there are up to ten as long as the
// ratio is too large.
func linear(t *testing.T, name string, quarter, whole []byte) {
	t.Helper()
	check := func(module []byte, times int) time.Duration {
		return took(func() {
			for range times {
				if _, err := admission.Check(module, widest); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		})
	}
	times := 1
	for check(quarter, times) < 2*time.Millisecond {
		times *= 2
	}
	one, four := time.Duration(1<<62), time.Duration(1<<62)
	for n := range 10 {
		one, four = min(one, check(quarter, times)), min(four, check(whole, times))
		if n > 1 && four <= 8*one {
			return
		}
	}
	t.Errorf("%s: %v with a quarter of it, %v with all", name, one, four)
}
