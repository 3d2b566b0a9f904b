package admission_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// complete has one or two of everything: 3 types, 1 import, 3 functions, 2 tables,
// 1 memory, 2 globals, 3 element segments, 2 data segments, and a function with 2
// locals.
func complete() *wasmtest.Module {
	w := wasmtest.U32
	return &wasmtest.Module{
		Types:     [][]byte{wasmtest.Func("", ""), wasmtest.Func("\x7f", "\x7f"), wasmtest.Func("", "\x7f\x7e")},
		Imports:   [][]byte{wasmtest.Import("host", "f", 0)},
		Functions: [][]byte{w(0), w(1)},
		Tables:    [][]byte{{0x70, 1, 4, 8}, {0x6f, 1, 2, 2}},
		Memories:  [][]byte{{1, 1, 2}},
		Globals:   [][]byte{{0x7f, 1, 0x41, 0, 0x0b}, {0x7b, 0, 0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b}},
		Exports:   [][]byte{wasmtest.Export("f", 0, 1), wasmtest.Export("t", 1, 1), wasmtest.Export("m", 2, 0), wasmtest.Export("g", 3, 1)},
		Start:     w(1),
		Elements: [][]byte{
			{0, 0x41, 2, 0x0b, 2, 0, 2},                 // active, functions
			{1, 0, 1, 1},                                // passive
			{6, 0, 0x41, 0, 0x0b, 0x70, 1, 0xd2, 2, 11}, // active with a table, expressions
		},
		DataCount: w(2),
		Bodies: [][]byte{
			wasmtest.Body([][]byte{{2, 0x7f}}, 0x02, 0x40, 0x0c, 1, 0x0b),
			wasmtest.Body(nil, 0x20, 0),
		},
		Data: [][]byte{{0, 0x41, 0, 0x0b, 3, 'a', 'b', 'c'}, {1, 1, 'x'}},
	}
}

func check(t *testing.T, m *wasmtest.Module, limits admission.Limits) *admission.Refusal {
	t.Helper()
	admitted, err := admission.Check(m.Bytes(), limits)
	if err == nil {
		if admitted == nil {
			t.Fatal("have neither a module nor an error")
		}
		return nil
	}
	refusal, ok := err.(*admission.Refusal)
	if !ok || admitted != nil {
		t.Fatalf("have %T %v, want a refusal", err, err)
	}
	if !slices.Contains(admission.Names(), refusal.Limit) {
		t.Errorf("%q is not among Names", refusal.Limit)
	}
	return refusal
}

func TestComplete(t *testing.T) {
	t.Parallel()
	admitted, err := admission.Check(complete().Bytes(), admission.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := admission.Report{Bytes: len(complete().Bytes()), Types: 3, Imports: 1, Functions: 3, Exports: 4, Globals: 2, Tables: 2, ElementSegments: 3, Elements: 4, Data: 2,
		TypeValues: 4, MaxParameters: 2, MaxNameBytes: 4, MaxTableElements: 4,
		MemoryPages: 1, MaxBodyBytes: 9, MaxLocals: 2, MaxNesting: 1, MaxControl: 2, MaxLiveCells: 8, MaxMoves: 3, MaxWork: 4, Control: 2, Locals: 3, LiveCells: 10, KeptCells: 4, Work: 13, SIMD: true}
	if first := admitted.Uses()[0]; first != (admission.Use{Limit: admission.LimitBytes, Used: want.Bytes, Allowed: 16 << 20, Wide: 16 << 20}) {
		t.Errorf("have %+v for its first use", first)
	}
	if admitted.Report != want {
		t.Errorf("have %+v\nwant %+v", admitted.Report, want)
	}
}

// Every index space has a module that uses its last number and one that points one
// past its end: after the rewriting that would be the metering's.
func TestIndices(t *testing.T) {
	t.Parallel()
	code := func(code ...byte) func(*wasmtest.Module, byte) {
		return func(m *wasmtest.Module, index byte) {
			b := bytes.Clone(code)
			b[slices.Index(b, x)] = index
			m.Bodies[0] = wasmtest.Body([][]byte{{2, 0x7f}}, b...)
		}
	}
	element := func(segment ...byte) func(*wasmtest.Module, byte) {
		return func(m *wasmtest.Module, index byte) {
			b := bytes.Clone(segment)
			b[slices.Index(b, x)] = index
			m.Elements = append(m.Elements, b)
		}
	}
	for name, test := range map[string]struct {
		space string
		last  byte
		put   func(m *wasmtest.Module, index byte)
	}{
		"import":              {admission.IndexType, 2, func(m *wasmtest.Module, i byte) { m.Imports[0] = wasmtest.Import("host", "f", uint32(i)) }},
		"function":            {admission.IndexType, 2, func(m *wasmtest.Module, i byte) { m.Functions[0] = []byte{i} }},
		"block":               {admission.IndexType, 2, code(0x02, x, 0x0b)},
		"loop":                {admission.IndexType, 2, code(0x03, x, 0x0b)},
		"if":                  {admission.IndexType, 2, code(0x04, x, 0x0b)},
		"call_indirect type":  {admission.IndexType, 2, code(0x11, x, 0)},
		"call":                {admission.IndexFunction, 2, code(0x10, x)},
		"call in dead code":   {admission.IndexFunction, 2, code(0x00, 0x10, x)},
		"ref.func":            {admission.IndexFunction, 2, code(0xd2, x)},
		"export of function":  {admission.IndexFunction, 2, func(m *wasmtest.Module, i byte) { m.Exports[0] = wasmtest.Export("f", 0, uint32(i)) }},
		"start":               {admission.IndexFunction, 2, func(m *wasmtest.Module, i byte) { m.Start = []byte{i} }},
		"element":             {admission.IndexFunction, 2, element(1, 0, 1, x)},
		"element expression":  {admission.IndexFunction, 2, element(5, 0x70, 1, 0xd2, x, 0x0b)},
		"declared element":    {admission.IndexFunction, 2, element(3, 0, 1, x)},
		"ref.func in global":  {admission.IndexFunction, 2, func(m *wasmtest.Module, i byte) { m.Globals[0] = []byte{0x70, 0, 0xd2, i, 0x0b} }},
		"call_indirect table": {admission.IndexTable, 1, code(0x11, 0, x)},
		"table.get":           {admission.IndexTable, 1, code(0x25, x)},
		"table.set":           {admission.IndexTable, 1, code(0x26, x)},
		"table.size":          {admission.IndexTable, 1, code(0xfc, 16, x)},
		"table.grow":          {admission.IndexTable, 1, code(0xfc, 15, x)},
		"table.fill":          {admission.IndexTable, 1, code(0xfc, 17, x)},
		"table.copy to":       {admission.IndexTable, 1, code(0xfc, 14, x, 0)},
		"table.copy from":     {admission.IndexTable, 1, code(0xfc, 14, 0, x)},
		"table.init":          {admission.IndexTable, 1, code(0xfc, 12, 0, x)},
		"export of table":     {admission.IndexTable, 1, func(m *wasmtest.Module, i byte) { m.Exports[1] = wasmtest.Export("t", 1, uint32(i)) }},
		"element's table":     {admission.IndexTable, 1, element(2, x, 0x41, 0, 0x0b, 0, 0)},
		"memory.size":         {admission.IndexMemory, 0, code(0x3f, x)},
		"memory.grow":         {admission.IndexMemory, 0, code(0x40, x)},
		"memory.fill":         {admission.IndexMemory, 0, code(0xfc, 11, x)},
		"memory.copy to":      {admission.IndexMemory, 0, code(0xfc, 10, x, 0)},
		"memory.copy from":    {admission.IndexMemory, 0, code(0xfc, 10, 0, x)},
		"memory.init":         {admission.IndexMemory, 0, code(0xfc, 8, 0, x)},
		"export of memory":    {admission.IndexMemory, 0, func(m *wasmtest.Module, i byte) { m.Exports[2] = wasmtest.Export("m", 2, uint32(i)) }},
		"data's memory":       {admission.IndexMemory, 0, func(m *wasmtest.Module, i byte) { m.Data[0] = []byte{2, i, 0x41, 0, 0x0b, 0} }},
		"global.get":          {admission.IndexGlobal, 1, code(0x23, x)},
		"global.set":          {admission.IndexGlobal, 1, code(0x24, x)},
		"export of global":    {admission.IndexGlobal, 1, func(m *wasmtest.Module, i byte) { m.Exports[3] = wasmtest.Export("g", 3, uint32(i)) }},
		"table.init segment":  {admission.IndexElement, 2, code(0xfc, 12, x, 0)},
		"elem.drop":           {admission.IndexElement, 2, code(0xfc, 13, x)},
		"memory.init segment": {admission.IndexData, 1, code(0xfc, 8, x, 0)},
		"data.drop":           {admission.IndexData, 1, code(0xfc, 9, x)},
		"local.get":           {admission.IndexLocal, 1, code(0x20, x)},
		"local.set":           {admission.IndexLocal, 1, code(0x21, x)},
		"local.tee":           {admission.IndexLocal, 1, code(0x22, x)},
		"local of parameter":  {admission.IndexLocal, 0, func(m *wasmtest.Module, i byte) { m.Bodies[1] = wasmtest.Body(nil, 0x20, i) }},
		"br":                  {admission.IndexLabel, 1, code(0x02, 0x40, 0x0c, x, 0x0b)},
		"br_if":               {admission.IndexLabel, 1, code(0x02, 0x40, 0x0d, x, 0x0b)},
		"br_table":            {admission.IndexLabel, 1, code(0x02, 0x40, 0x0e, 1, x, 0, 0x0b)},
		"br_table's default":  {admission.IndexLabel, 1, code(0x02, 0x40, 0x0e, 1, 0, x, 0x0b)},
		"br behind a block":   {admission.IndexLabel, 0, code(0x02, 0x40, 0x0b, 0x0c, x)},
		"br in else":          {admission.IndexLabel, 1, code(0x04, 0x40, 0x05, 0x0c, x, 0x0b)},
		"br in dead code":     {admission.IndexLabel, 0, code(0x00, 0x0c, x)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := complete()
			test.put(m, test.last)
			if refusal := check(t, m, admission.Limits{}); refusal != nil {
				t.Errorf("the last number is refused: %v", refusal)
			}
			m = complete()
			test.put(m, test.last+1)
			refusal := check(t, m, admission.Limits{})
			if refusal == nil || refusal.Limit != test.space || refusal.Used != int64(test.last)+1 || refusal.Allowed != int64(test.last)+1 || refusal.Offset <= 8 {
				t.Errorf("one past the end: have %+v, want it refused as %s", refusal, test.space)
			}
		})
	}
}

// x stands for the index in a template. No other byte of one is 0x7a.
const x = 0x7a

// A segment of data, or a memory, that is only announced is not there.
func TestAbsent(t *testing.T) {
	t.Parallel()
	without := func(change func(*wasmtest.Module)) *wasmtest.Module {
		m := complete()
		m.Exports = m.Exports[:2]
		change(m)
		return m
	}
	for name, test := range map[string]struct {
		module *wasmtest.Module
		want   string
	}{
		"load without memory": {without(func(m *wasmtest.Module) {
			m.Memories, m.Data, m.DataCount = nil, nil, nil
			m.Bodies[0] = wasmtest.Body(nil, 0x41, 0, 0x28, 2, 0, 0x1a)
		}), admission.IndexMemory},
		"data without memory":  {without(func(m *wasmtest.Module) { m.Memories = nil }), admission.IndexMemory},
		"data.drop, no count":  {without(func(m *wasmtest.Module) { m.DataCount = nil; m.Bodies[0] = wasmtest.Body(nil, 0xfc, 9, 0) }), admission.IndexData},
		"more data announced":  {without(func(m *wasmtest.Module) { m.DataCount = []byte{3} }), admission.RuleMalformed},
		"global of a constant": {without(func(m *wasmtest.Module) { m.Globals[1] = []byte{0x7f, 0, 0x23, 0, 0x0b} }), admission.IndexGlobal},
	} {
		if refusal := check(t, test.module, admission.Limits{}); refusal == nil || refusal.Limit != test.want {
			t.Errorf("%s: have %v, want %s", name, refusal, test.want)
		}
	}
}

// Functions that code refers to count as elements, each once.
func TestReferences(t *testing.T) {
	t.Parallel()
	m := complete()
	m.Bodies[0] = wasmtest.Body(nil, 0xd2, 1, 0x1a, 0xd2, 1, 0x1a, 0xd2, 2, 0x1a)
	if refusal := check(t, m, admission.Limits{Elements: 6}); refusal != nil {
		t.Errorf("four elements and two references: %v", refusal)
	}
	if refusal := check(t, m, admission.Limits{Elements: 5}); refusal == nil || refusal.Limit != admission.LimitElements || refusal.Used != 6 {
		t.Errorf("one too many: %v", refusal)
	}
}

// Code refers to functions that element segments, globals and exports name, and to no
// other, reached or not.
func TestDeclaredReferences(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		declare func(m *wasmtest.Module)
		want    string
	}{
		"nothing":           {func(*wasmtest.Module) {}, admission.RuleMalformed},
		"another function":  {func(m *wasmtest.Module) { m.Exports = [][]byte{wasmtest.Export("f", 0, 1)} }, admission.RuleMalformed},
		"the start":         {func(m *wasmtest.Module) { m.Start = []byte{0} }, admission.RuleMalformed},
		"export of a table": {func(m *wasmtest.Module) { m.Exports = [][]byte{wasmtest.Export("t", 1, 0)} }, admission.RuleMalformed},
		"export":            {func(m *wasmtest.Module) { m.Exports = [][]byte{wasmtest.Export("f", 0, 0)} }, ""},
		"global":            {func(m *wasmtest.Module) { m.Globals = [][]byte{{0x70, 0, 0xd2, 0, 0x0b}} }, ""},
		"declared segment":  {func(m *wasmtest.Module) { m.Elements = [][]byte{{3, 0, 1, 0}} }, ""},
		"passive segment":   {func(m *wasmtest.Module) { m.Elements = [][]byte{{1, 0, 1, 0}} }, ""},
		"active segment":    {func(m *wasmtest.Module) { m.Elements = [][]byte{{0, 0x41, 0, 0x0b, 1, 0}} }, ""},
		"expression":        {func(m *wasmtest.Module) { m.Elements = [][]byte{{5, 0x70, 1, 0xd2, 0, 0x0b}} }, ""},
	} {
		for _, code := range [][]byte{{0xd2, 0, 0x1a}, {0x00, 0xd2, 0, 0x1a}} {
			m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("", "")}, Functions: [][]byte{{0}, {0}}, Tables: [][]byte{{0x70, 1, 1, 1}},
				Bodies: [][]byte{wasmtest.Body(nil), wasmtest.Body(nil, code...)}}
			test.declare(m)
			refusal := check(t, m, admission.Limits{})
			if (refusal == nil) != (test.want == "") || refusal != nil && (refusal.Limit != test.want || !strings.Contains(refusal.Error(), "function 0, which no element segment, global or export names")) {
				t.Errorf("%s: have %v, want %q", name, refusal, test.want)
			}
		}
	}
}

func repeat(n int, b ...byte) []byte { return bytes.Repeat(b, n) }

// Every limit admits what is at it, and refuses one more.
func TestLimits(t *testing.T) {
	t.Parallel()
	body := func(code []byte) func(*wasmtest.Module) {
		return func(m *wasmtest.Module) { m.Bodies[0] = wasmtest.Body([][]byte{{2, 0x7f}}, code...) }
	}
	nothing := func(*wasmtest.Module) {}
	table := append(wasmtest.Join([]byte{0x41, 0, 0x0e}, wasmtest.U32(9)), repeat(10, 0)...)
	// Five calls, direct and not, of a type of two values, a block of such a type, and
	// eight labels that take two at the most: 15, 2 and 16.
	operands := slices.Concat(repeat(3, 0x10, 2), repeat(2, 0x11, 1, 0), []byte{0x02, 1, 0x0c, 0, 0x0d, 0, 0x0e, 5, 0, 0, 0, 0, 0, 0, 0x0b})
	tests := map[string]struct {
		limits func(n int) admission.Limits
		put    func(*wasmtest.Module)
		has    int
	}{
		admission.LimitBytes:           {func(n int) admission.Limits { return admission.Limits{Bytes: n} }, nothing, len(complete().Bytes())},
		admission.LimitTypes:           {func(n int) admission.Limits { return admission.Limits{Types: n} }, nothing, 3},
		admission.LimitParameters:      {func(n int) admission.Limits { return admission.Limits{Parameters: n} }, nothing, 2},
		admission.LimitTypeValues:      {func(n int) admission.Limits { return admission.Limits{TypeValues: n} }, nothing, 4},
		admission.LimitImports:         {func(n int) admission.Limits { return admission.Limits{Imports: n} }, func(m *wasmtest.Module) { m.Imports = append(m.Imports, m.Imports[0]) }, 2},
		admission.LimitFunctions:       {func(n int) admission.Limits { return admission.Limits{Functions: n} }, nothing, 3},
		admission.LimitExports:         {func(n int) admission.Limits { return admission.Limits{Exports: n} }, nothing, 4},
		admission.LimitNameBytes:       {func(n int) admission.Limits { return admission.Limits{NameBytes: n} }, func(m *wasmtest.Module) { m.Exports[0] = wasmtest.Export("a name of 19 bytes!", 0, 1) }, 19},
		admission.LimitGlobals:         {func(n int) admission.Limits { return admission.Limits{Globals: n} }, nothing, 2},
		admission.LimitTables:          {func(n int) admission.Limits { return admission.Limits{Tables: n} }, nothing, 2},
		admission.LimitTableElements:   {func(n int) admission.Limits { return admission.Limits{TableElements: n} }, nothing, 8},
		admission.LimitMemoryPages:     {func(n int) admission.Limits { return admission.Limits{MemoryPages: n} }, func(m *wasmtest.Module) { m.Memories[0] = []byte{0, 7} }, 7},
		admission.LimitElementSegments: {func(n int) admission.Limits { return admission.Limits{ElementSegments: n} }, nothing, 3},
		admission.LimitElements:        {func(n int) admission.Limits { return admission.Limits{Elements: n} }, nothing, 4},
		admission.LimitDataSegments:    {func(n int) admission.Limits { return admission.Limits{DataSegments: n} }, nothing, 2},
		admission.LimitCustomSections:  {func(n int) admission.Limits { return admission.Limits{CustomSections: n} }, func(m *wasmtest.Module) { m.Customs = [][]byte{{1, 'a'}, {1, 'b'}} }, 2},
		admission.LimitCustomBytes:     {func(n int) admission.Limits { return admission.Limits{CustomBytes: n} }, func(m *wasmtest.Module) { m.Customs = [][]byte{{1, 'a'}, {1, 'b', 'c'}} }, 5},
		admission.LimitBodyBytes:       {func(n int) admission.Limits { return admission.Limits{BodyBytes: n} }, body(repeat(100, 1)), 104},
		admission.LimitLocals:          {func(n int) admission.Limits { return admission.Limits{Locals: n} }, func(m *wasmtest.Module) { m.Bodies[1] = wasmtest.Body([][]byte{{3, 0x7f}, {4, 0x7e}}, 0x20, 0) }, 8},
		admission.LimitTotalLocals: {func(n int) admission.Limits { return admission.Limits{TotalLocals: n} }, func(m *wasmtest.Module) {
			m.Bodies = [][]byte{wasmtest.Body([][]byte{{3, 0x7f}}, 0x20, 0), wasmtest.Body([][]byte{{4, 0x7e}}, 0x20, 0)}
		}, 8},
		admission.LimitMoves:              {func(n int) admission.Limits { return admission.Limits{Moves: n} }, body(append([]byte{0x02, 0x7f, 0x41, 0}, append(repeat(9, 0x41, 0, 0x0d, 0), 0x0b, 0x1a)...)), 10},
		admission.LimitKeptCells:          {func(n int) admission.Limits { return admission.Limits{KeptCells: n} }, body(repeat(12, 2, 0x40, 0x0b)), 24},
		admission.LimitNesting:            {func(n int) admission.Limits { return admission.Limits{Nesting: n} }, body(append(repeat(30, 2, 0x40), repeat(30, 0x0b)...)), 30},
		admission.LimitBranchTable:        {func(n int) admission.Limits { return admission.Limits{BranchTable: n} }, body(table), 10},
		admission.LimitBranchTargets:      {func(n int) admission.Limits { return admission.Limits{BranchTargets: n} }, body(append(slices.Clone(table), table...)), 20},
		admission.LimitTotalBranchTargets: {func(n int) admission.Limits { return admission.Limits{TotalBranchTargets: n} }, body(append(slices.Clone(table), table...)), 20},
		admission.LimitOperands:           {func(n int) admission.Limits { return admission.Limits{Operands: n} }, body(operands), 33},
		admission.LimitTotalOperands:      {func(n int) admission.Limits { return admission.Limits{TotalOperands: n} }, body(operands), 33},
		admission.LimitControl:            {func(n int) admission.Limits { return admission.Limits{Control: n} }, body(repeat(12, 2, 0x40, 0x0b)), 12},
		admission.LimitTotalControl:       {func(n int) admission.Limits { return admission.Limits{TotalControl: n} }, body(repeat(12, 2, 0x40, 0x0b)), 12},
		admission.LimitLoops:              {func(n int) admission.Limits { return admission.Limits{Loops: n} }, body(repeat(12, 3, 0x40, 0x0b)), 12},
		admission.LimitTotalLoops:         {func(n int) admission.Limits { return admission.Limits{TotalLoops: n} }, body(repeat(12, 3, 0x40, 0x0b)), 12},
		admission.LimitLiveCells:          {func(n int) admission.Limits { return admission.Limits{LiveCells: n} }, body(repeat(12, 2, 0x40, 0x0b)), 38}, // and one global 14 times
		admission.LimitTotalLiveCells: {func(n int) admission.Limits { return admission.Limits{TotalLiveCells: n} }, func(m *wasmtest.Module) {
			m.Bodies = [][]byte{wasmtest.Body([][]byte{{2, 0x7f}}, repeat(12, 2, 0x40, 0x0b)...), wasmtest.Body(nil, 2, 0x40, 0x0b, 0x20, 0)}
		}, 42},
		// Calls weigh 48 and 72, the block and its branches 38, the values 33.
		admission.LimitWork: {func(n int) admission.Limits { return admission.Limits{Work: n} }, body(operands), 191},
		// A block, eight loops and eight exits weigh 154, half of the 272 live cells 136,
		// a quarter of the 10 times that a global is read anew 3, as much again of the block 2,
		// the loops once more 8 times 33, the exits a sixteenth of 64, and a round through
		// all one.
		admission.LimitTotalWork: {func(n int) admission.Limits { return admission.Limits{TotalWork: n} }, func(m *wasmtest.Module) {
			code := slices.Concat(repeat(8, 3, 0x40, 0x0b), repeat(4, 0x0f, 0x00))
			m.Bodies = [][]byte{wasmtest.Body([][]byte{{2, 0x7f}}, code...), wasmtest.Body(nil, 2, 0x40, 0x0b, 0x20, 0)}
		}, 154 + 136 + 3 + 2 + 264 + 22 + 1},
	}
	for n, name := range admission.Names() {
		if _, there := tests[name]; !there && n < 36 {
			t.Errorf("the limit %s is not tested", name)
		}
	}
	if len(tests) != 36 {
		t.Errorf("have %d limits", len(tests))
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := complete()
			test.put(m)
			if refusal := check(t, m, test.limits(test.has)); refusal != nil {
				t.Errorf("at the limit: have %v", refusal)
			}
			refusal := check(t, m, test.limits(test.has-1))
			if refusal == nil || refusal.Limit != name || refusal.Used <= refusal.Allowed || refusal.Allowed > int64(test.has-1) {
				t.Errorf("one past the limit: have %+v", refusal)
			}
		})
	}
}

// Wrong settings are errors of the caller, and all are named.
func TestLimitSettings(t *testing.T) {
	t.Parallel()
	filled, err := admission.Limits{}.WithDefaults()
	if err != nil || filled.Bytes != 16<<20 || filled.Nesting != 2_000 {
		t.Errorf("have %+v and error %v", filled, err)
	}
	_, err = admission.Check(complete().Bytes(), admission.Limits{Bytes: -1, Nesting: 1 << 30, Locals: 5})
	if err == nil || !strings.Contains(err.Error(), "Limits.Bytes") || !strings.Contains(err.Error(), "Limits.Nesting") || strings.Contains(err.Error(), "Limits.Locals") {
		t.Errorf("have error %v, want both settings named", err)
	}
	if refusal := (*admission.Refusal)(nil); errors.As(err, &refusal) {
		t.Error("a wrong setting is reported as a refusal of the module")
	}
}

// Rules without numbers.
func TestRules(t *testing.T) {
	t.Parallel()
	change := func(do func(*wasmtest.Module)) *wasmtest.Module {
		m := complete()
		do(m)
		return m
	}
	code := func(code ...byte) *wasmtest.Module {
		return change(func(m *wasmtest.Module) { m.Bodies[0] = wasmtest.Body(nil, code...) })
	}
	for name, test := range map[string]struct {
		module *wasmtest.Module
		limits admission.Limits
		want   string
		says   string
	}{
		"reserved export":    {change(func(m *wasmtest.Module) { m.Exports[0] = wasmtest.Export("ecma_metering_fuel", 0, 1) }), admission.Limits{}, admission.RuleReservedName, ""},
		"reserved module":    {change(func(m *wasmtest.Module) { m.Imports[0] = wasmtest.Import("ecma_metering_v1", "callout", 0) }), admission.Limits{}, admission.RuleReservedName, ""},
		"data out of bounds": {change(func(m *wasmtest.Module) { m.Data[0] = []byte{0, 0x41, 0xfe, 0xff, 3, 0x0b, 3, 1, 2, 3} }), admission.Limits{}, admission.RuleSegmentBounds, ""},
		"data at the end":    {change(func(m *wasmtest.Module) { m.Data[0] = []byte{0, 0x41, 0xfd, 0xff, 3, 0x0b, 3, 1, 2, 3} }), admission.Limits{}, "", ""},
		"data below zero":    {change(func(m *wasmtest.Module) { m.Data[0] = []byte{0, 0x41, 0x7f, 0x0b, 0} }), admission.Limits{}, admission.RuleSegmentBounds, ""},
		"elements past":      {change(func(m *wasmtest.Module) { m.Elements[0] = []byte{0, 0x41, 3, 0x0b, 2, 0, 2} }), admission.Limits{}, admission.RuleSegmentBounds, ""},
		"offset by global":   {change(func(m *wasmtest.Module) { m.Data[0] = []byte{0, 0x23, 0, 0x0b, 0} }), admission.Limits{}, admission.IndexGlobal, ""},
		"offset of 64 bits":  {change(func(m *wasmtest.Module) { m.Data[0] = []byte{0, 0x42, 0, 0x0b, 0} }), admission.Limits{}, admission.RuleMalformed, "i32.const"},
		"extended constant":  {change(func(m *wasmtest.Module) { m.Data[0] = []byte{0, 0x41, 0, 0x41, 0, 0x6a, 0x0b, 0} }), admission.Limits{}, admission.RuleFeature, "extended"},
		"no maximum":         {change(func(m *wasmtest.Module) { m.Tables[1] = []byte{0x6f, 0, 2} }), admission.Limits{TableMaximum: true}, admission.RuleTableMaximum, ""},
		"maximum":            {complete(), admission.Limits{TableMaximum: true}, "", ""},
		"SIMD":               {complete(), admission.Limits{NoSIMD: true}, admission.RuleFeature, "SIMD"},
		"import of a global": {change(func(m *wasmtest.Module) {
			m.Imports[0] = wasmtest.Join(wasmtest.Sized("env"), wasmtest.Sized("g"), []byte{3, 0x7f, 0})
		}), admission.Limits{}, admission.RuleFeature, "imports"},
		"shared memory":   {change(func(m *wasmtest.Module) { m.Memories[0] = []byte{3, 1, 2} }), admission.Limits{}, admission.RuleFeature, "shared"},
		"memory64":        {change(func(m *wasmtest.Module) { m.Memories[0] = []byte{4, 1} }), admission.Limits{}, admission.RuleFeature, "64 bits"},
		"two memories":    {change(func(m *wasmtest.Module) { m.Memories = [][]byte{{0, 1}, {0, 1}} }), admission.Limits{}, admission.RuleFeature, "several"},
		"tail call":       {code(0x12, 1), admission.Limits{}, admission.RuleFeature, "tail calls"},
		"exceptions":      {code(0x06, 0x40, 0x0b), admission.Limits{}, admission.RuleFeature, "exceptions"},
		"threads":         {code(0xfe, 3, 0), admission.Limits{}, admission.RuleFeature, "threads"},
		"gc":              {code(0xfb, 0, 0), admission.Limits{}, admission.RuleFeature, "garbage collection"},
		"call_ref":        {code(0x14, 0), admission.Limits{}, admission.RuleFeature, "function references"},
		"relaxed SIMD":    {code(0xfd, 0x80, 2), admission.Limits{}, admission.RuleFeature, "relaxed"},
		"wide arithmetic": {code(0xfc, 19), admission.Limits{}, admission.RuleFeature, "wide"},
		"memory index":    {code(0x41, 0, 0x28, 0x42, 0, 0), admission.Limits{}, admission.RuleFeature, "several memories"},
		"unknown":         {code(0xff), admission.Limits{}, admission.RuleMalformed, "unknown instruction"},
		"hole of SIMD":    {code(0xfd, 0x9a, 1), admission.Limits{}, admission.RuleMalformed, "unknown instruction"},
		"else alone":      {code(0x05), admission.Limits{}, admission.RuleMalformed, "else"},
		"second else":     {code(0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b), admission.Limits{}, admission.RuleMalformed, "else"},
		"code behind end": {code(0x0b), admission.Limits{}, admission.RuleMalformed, "after the end"},
		"no end":          {code(0x02, 0x40), admission.Limits{}, admission.RuleMalformed, "ends early"},
		"too little code": {change(func(m *wasmtest.Module) { m.Bodies = m.Bodies[:1] }), admission.Limits{}, admission.RuleMalformed, "1 have code"},
		"too much code":   {change(func(m *wasmtest.Module) { m.Bodies = append(m.Bodies, m.Bodies[1]) }), admission.Limits{}, admission.RuleMalformed, "more code"},
		"many locals": {change(func(m *wasmtest.Module) {
			m.Bodies[0] = wasmtest.Body([][]byte{append(wasmtest.U32(4_000_000_000), 0x7f), append(wasmtest.U32(4_000_000_000), 0x7f)})
		}), admission.Limits{}, admission.LimitLocals, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusal := check(t, test.module, test.limits)
			switch {
			case test.want == "" && refusal != nil:
				t.Errorf("have %v", refusal)
			case test.want != "" && (refusal == nil || refusal.Limit != test.want || !strings.Contains(refusal.Error(), test.says)):
				t.Errorf("have %v, want %s with %q", refusal, test.want, test.says)
			}
		})
	}
}

// A module that is cut anywhere, or has any one byte changed, is refused or
// admitted, in no time, and never anything else.
func TestDamaged(t *testing.T) {
	t.Parallel()
	whole := complete().Bytes()
	for n := range whole {
		if _, err := admission.Check(whole[:n], admission.Limits{}); err == nil && n != 8 {
			// A cut between two sections may leave a module.
			if _, err := admission.Check(whole[:n], admission.Limits{Exports: 4}); err != nil {
				t.Error(err)
			}
		}
		for _, c := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			damaged := bytes.Clone(whole)
			damaged[n] = c
			tryCheck(t, damaged)
		}
	}
}

// tryCheck fails if Check does anything but admit or refuse, or takes longer than a
// millisecond for each KiB and a quarter of a second, three times in turn: its worst is
// half a millisecond for a KiB, of loops that read 2,000 variables.
func tryCheck(t *testing.T, module []byte) {
	t.Helper()
	allowed := 250*time.Millisecond + time.Duration(len(module))*time.Millisecond/1024
	if racing {
		allowed *= 10
	}
	least := time.Duration(math.MaxInt64)
	for range 3 {
		var err error
		least = min(least, took(func() { _, err = admission.Check(module, admission.Limits{}) }))
		if refusal := (*admission.Refusal)(nil); err != nil && !errors.As(err, &refusal) {
			t.Fatalf("have error %v, want a refusal", err)
		}
		if least <= allowed {
			return
		}
	}
	t.Fatalf("%d bytes took %v", len(module), least)
}

// FuzzCheck looks for a panic, for anything but a refusal, and for slowness. What it found
// to go where no seed goes, to be refused for something else, or to have more of something,
// is in testdata/fuzz.
func FuzzCheck(f *testing.F) {
	if found, err := filepath.Glob("testdata/fuzz/FuzzCheck/*"); err != nil || len(found) < 50 {
		f.Fatalf("have %d modules that fuzzing found and error %v", len(found), err)
	}
	for _, room := range []string{"wat", "hostile"} {
		seeds, err := filepath.Glob("../../testdata/" + room + "/*.wasm")
		if err != nil || len(seeds) < 50 {
			f.Fatalf("%s: have %d seeds and error %v", room, len(seeds), err)
		}
		for _, name := range seeds {
			module, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(module)
		}
	}
	f.Add(complete().Bytes())
	f.Add(withFunctions(1, 1989, slices.Concat(repeat(1000, 0x03, 0x40), variablesRead(1990), repeat(1000, 0x41, 0, 0x0d, 0, 0x0b), variablesRead(1990))))
	f.Add(wasmtest.Program(bytes.Repeat([]byte{7, 1, 200, 13, 90, 4, 66}, 60)))
	f.Fuzz(func(t *testing.T, module []byte) { tryCheck(t, module) })
}

// withBodies is a module of so many functions, of 400 KB each.
func withBodies(n int, code ...byte) []byte {
	return withFunctions(n, 0, repeat(400_000/len(code), code...))
}

// withFunctions is a module of so many functions with so many variables beside a
// parameter, all with the same code.
func withFunctions(n, variables int, code []byte) []byte {
	m := complete()
	m.Functions, m.Bodies, m.Exports, m.Elements, m.Start = nil, nil, nil, nil, nil
	var locals [][]byte
	if variables > 0 {
		locals = [][]byte{append(wasmtest.U32(uint32(variables)), 0x7f)}
	}
	body := wasmtest.Body(locals, append(bytes.Clone(code), 0x20, 0)...)
	for range n {
		m.Functions = append(m.Functions, []byte{1})
		m.Bodies = append(m.Bodies, body)
	}
	return m.Bytes()
}

// What Check takes of memory is little beside 12 MB of module, with all that it lets go
// of, whatever its bytes are: code, constants, tables of labels, a custom section, what
// is damaged behind all that, variables that are read and set in loops and on branches,
// blocks in one another. Not parallel: all memory is counted.
func TestMemoryIsBounded(t *testing.T) {
	if racing {
		t.Skip("memory is measured without the race detector")
	}
	const million = 1_000_000
	limits := admission.Limits{CustomBytes: 1 << 30, BranchTargets: million, TotalBranchTargets: 100 * million, Operands: 100 * million, TotalOperands: 1000 * million,
		Control: million, TotalControl: 100 * million, LiveCells: 1000 * million, TotalLiveCells: 1000 * million, Moves: 1000 * million, KeptCells: 1000 * million, TotalLocals: million * 10, TotalLoops: million, Work: 1000 * million, TotalWork: 2000 * million}
	table := append(append([]byte{0x41, 0, 0x0e, 0xff, 0x0f}, bytes.Repeat([]byte{0}, 2048)...), 0x41, 0, 0x1a)
	// some sets 50 variables to the values of others.
	var some []byte
	for n := range uint32(50) {
		some = slices.Concat(some, []byte{0x20}, wasmtest.U32(2*n), []byte{0x21}, wasmtest.U32(2*n+1))
	}
	branch := []byte{0x41, 0, 0x0d, 0}
	leave := append(bytes.Clone(branch), 0x0b)
	for name, made := range map[string]func(n int) []byte{
		"code": func(n int) []byte { return withBodies(n, 0x20, 0, 0x1a, 0x01) },
		"constants": func(n int) []byte {
			return withBodies(n, 0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x1a)
		},
		"labels": func(n int) []byte { return withBodies(n, table...) },
		"custom": func(n int) []byte {
			return append(withBodies(0, 0), wasmtest.Join([]byte{0}, wasmtest.U32(uint32(400_000*n+1)), []byte{0}, make([]byte, 400_000*n))...)
		},
		"damaged": func(n int) []byte { return append(withBodies(n, 0x20, 0, 0x1a, 0x01), 0xff) },
		"loops in each other": func(n int) []byte {
			return withFunctions(50*n, 100, slices.Concat(repeat(15, 0x03, 0x40), some, repeat(15, leave...)))
		},
		"loops": func(n int) []byte {
			return withFunctions(10*n, 1000, slices.Concat(some, repeat(100, slices.Concat([]byte{0x03, 0x40}, leave)...)))
		},
		"branches": func(n int) []byte {
			return withFunctions(10*n, 1000, slices.Concat([]byte{0x02, 0x40}, some, repeat(300, branch...), []byte{0x0b}, some))
		},
		"blocks": func(n int) []byte {
			return withFunctions(10*n, 100, slices.Concat(repeat(2000, 0x02, 0x40), some, repeat(2000, leave...)))
		},
	} {
		module := made(30)
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		_, err := admission.Check(module, limits)
		goruntime.ReadMemStats(&after)
		if (err != nil) != (name == "damaged") {
			t.Errorf("%s: have error %v of %d bytes", name, err, len(module))
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 4<<20 {
			t.Errorf("%s: %d bytes take %d", name, len(module), taken)
		}
	}
}

// BenchmarkCheck reads sixteen mebibytes: its time is that of any module of that
// size.
func BenchmarkCheck(b *testing.B) {
	module := withBodies(40, 0x20, 0, 0x1a, 0x01)
	b.SetBytes(int64(len(module)))
	for b.Loop() {
		if _, err := admission.Check(module, admission.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
