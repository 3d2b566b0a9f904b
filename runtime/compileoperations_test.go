package runtime_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// operation is an instruction of WebAssembly 2.0 with its immediates. takes and gives
// are the types of its operands and of its result, a letter of operandTypes each.
type operation struct {
	op           wasmcode.Op
	immediates   []byte
	takes, gives string
	// unit is code around the instruction that takes nothing from the stack and
	// leaves nothing, for those that cannot stand alone; nil for the others.
	unit []byte
}

// operandTypes are the types of values: i32, i64, f32, f64, v128, and references to
// functions and to what is outside.
const operandTypes = "ilfdvre"

var valueTypeOf = map[byte]byte{'i': wasmcode.I32, 'l': wasmcode.I64, 'f': wasmcode.F32, 'd': wasmcode.F64, 'v': wasmcode.V128, 'r': wasmcode.FuncRef, 'e': wasmcode.ExternRef}

func (o *operation) name() string {
	switch {
	case o.op >= wasmcode.SIMD:
		return fmt.Sprintf("0xfd_%d", o.op-wasmcode.SIMD)
	case o.op >= wasmcode.Misc:
		return fmt.Sprintf("0xfc_%d", o.op-wasmcode.Misc)
	}
	return fmt.Sprintf("0x%02x", int(o.op))
}

func (o *operation) bytes() []byte {
	switch {
	case o.op >= wasmcode.SIMD:
		return slices.Concat([]byte{0xfd}, wasmtest.U32(uint32(o.op-wasmcode.SIMD)), o.immediates)
	case o.op >= wasmcode.Misc:
		return slices.Concat([]byte{0xfc}, wasmtest.U32(uint32(o.op-wasmcode.Misc)), o.immediates)
	}
	return append([]byte{byte(o.op)}, o.immediates...)
}

// operations are all instructions that admission lets in.
func operations() []operation {
	var all []operation
	add := func(takesGives string, immediates []byte, ops ...wasmcode.Op) {
		takes, gives, _ := strings.Cut(takesGives, ">")
		for _, op := range ops {
			all = append(all, operation{op: op, immediates: immediates, takes: takes, gives: gives})
		}
	}
	to := func(from, to wasmcode.Op) (ops []wasmcode.Op) {
		for op := from; op <= to; op++ {
			ops = append(ops, op)
		}
		return ops
	}
	vector := func(numbers ...int) (ops []wasmcode.Op) {
		for _, n := range numbers {
			ops = append(ops, wasmcode.SIMD|wasmcode.Op(n))
		}
		return ops
	}
	unit := func(op wasmcode.Op, code ...byte) { all = append(all, operation{op: op, unit: code}) }

	// Control flow.
	unit(0x00, 0x20, 0, 0x04, 0x40, 0x00, 0x0b)
	unit(0x01, 0x01)
	unit(0x02, 0x02, 0x40, 0x0b)
	unit(0x03, 0x03, 0x40, 0x0b)
	unit(0x04, 0x20, 0, 0x04, 0x40, 0x0b)
	unit(0x05, 0x20, 0, 0x04, 0x40, 0x05, 0x0b)
	unit(0x0b, 0x02, 0x40, 0x0b)
	unit(0x0c, 0x02, 0x40, 0x0c, 0, 0x0b)
	unit(0x0d, 0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b)
	unit(0x0e, 0x02, 0x40, 0x20, 0, 0x0e, 1, 0, 0, 0x0b)
	unit(0x0f, 0x20, 0, 0x04, 0x40, 0x0f, 0x0b)
	unit(0x10, 0x10, firstFunction)
	unit(0x11, 0x20, 0, 0x11, typeNothing, 0)
	unit(0x1a, 0x20, 0, 0x1a)
	// Variables, references and tables.
	add("iii>i", nil, 0x1b)
	add("lli>l", []byte{1, 0x7e}, 0x1c)
	unit(0x20, 0x20, 0, 0x24, 0)
	unit(0x21, 0x23, 0, 0x21, 0)
	unit(0x22, 0x23, 0, 0x22, 0, 0x24, 0)
	unit(0x23, 0x23, 0, 0x24, 0, 0x23, 1, 0x24, 1)
	unit(0x24, 0x20, 0, 0x24, 0)
	add("i>r", []byte{0}, 0x25)
	add("ir>", []byte{0}, 0x26)
	add(">r", []byte{0x70}, 0xd0)
	add("r>i", nil, 0xd1)
	add(">r", []byte{firstFunction}, 0xd2)
	// Memory.
	add("i>i", []byte{2, 0}, 0x28)
	add("i>l", []byte{3, 0}, 0x29)
	add("i>f", []byte{2, 0}, 0x2a)
	add("i>d", []byte{3, 0}, 0x2b)
	add("i>i", []byte{0, 0}, to(0x2c, 0x2f)...)
	add("i>l", []byte{0, 0}, to(0x30, 0x35)...)
	add("ii>", []byte{0, 0}, 0x36, 0x3a, 0x3b)
	add("il>", []byte{0, 0}, 0x37, 0x3c, 0x3d, 0x3e)
	add("if>", []byte{0, 0}, 0x38)
	add("id>", []byte{0, 0}, 0x39)
	add(">i", []byte{0}, 0x3f)
	// Constants that no instruction can hold in itself.
	add(">i", []byte{0x8f, 0xe4, 0xd8, 0xc3, 4}, 0x41)
	add(">l", []byte{0x8f, 0xe4, 0xd8, 0xc3, 0x84, 0xa1, 0xc5, 0xe2, 0x15}, 0x42)
	add(">f", []byte{0xdb, 0x0f, 0x49, 0x40}, 0x43)
	add(">d", []byte{0x18, 0x2d, 0x44, 0x54, 0xfb, 0x21, 9, 0x40}, 0x44)
	// Numbers.
	add("i>i", nil, slices.Concat([]wasmcode.Op{0x45, 0xc0, 0xc1}, to(0x67, 0x69))...)
	add("ii>i", nil, slices.Concat(to(0x46, 0x4f), to(0x6a, 0x78))...)
	add("l>i", nil, 0x50, 0xa7)
	add("ll>i", nil, to(0x51, 0x5a)...)
	add("ff>i", nil, to(0x5b, 0x60)...)
	add("dd>i", nil, to(0x61, 0x66)...)
	add("l>l", nil, slices.Concat(to(0x79, 0x7b), to(0xc2, 0xc4))...)
	add("ll>l", nil, to(0x7c, 0x8a)...)
	add("f>f", nil, to(0x8b, 0x91)...)
	add("ff>f", nil, to(0x92, 0x98)...)
	add("d>d", nil, to(0x99, 0x9f)...)
	add("dd>d", nil, to(0xa0, 0xa6)...)
	add("f>i", nil, 0xa8, 0xa9, 0xbc, wasmcode.Misc, wasmcode.Misc|1)
	add("d>i", nil, 0xaa, 0xab, wasmcode.Misc|2, wasmcode.Misc|3)
	add("i>l", nil, 0xac, 0xad)
	add("f>l", nil, 0xae, 0xaf, wasmcode.Misc|4, wasmcode.Misc|5)
	add("d>l", nil, 0xb0, 0xb1, 0xbd, wasmcode.Misc|6, wasmcode.Misc|7)
	add("i>f", nil, 0xb2, 0xb3, 0xbe)
	add("l>f", nil, 0xb4, 0xb5)
	add("d>f", nil, 0xb6)
	add("i>d", nil, 0xb7, 0xb8)
	add("l>d", nil, 0xb9, 0xba, 0xbf)
	add("f>d", nil, 0xbb)
	// Ranges of memories and tables.
	unit(wasmcode.MemoryInit, 0x20, 0, 0x20, 0, 0x20, 0, 0xfc, 8, 0, 0)
	unit(wasmcode.MemoryCopy, 0x20, 0, 0x20, 0, 0x20, 0, 0xfc, 10, 0, 0)
	unit(wasmcode.MemoryFill, 0x20, 0, 0x20, 0, 0x20, 0, 0xfc, 11, 0)
	unit(wasmcode.TableInit, 0x20, 0, 0x20, 0, 0x20, 0, 0xfc, 12, 0, 0)
	unit(wasmcode.TableCopy, 0x20, 0, 0x20, 0, 0x20, 0, 0xfc, 14, 0, 0)
	unit(wasmcode.TableGrow, 0x20, 5, 0x20, 0, 0xfc, 15, 0, 0x24, 0)
	unit(wasmcode.TableFill, 0x20, 0, 0x20, 5, 0x20, 0, 0xfc, 17, 0)
	unit(wasmcode.MemoryGrow, 0x20, 0, 0x40, 0, 0x24, 0)
	add(">", []byte{0}, wasmcode.DataDrop, wasmcode.ElemDrop)
	add(">i", []byte{0}, wasmcode.TableSize)
	// Vectors.
	add("i>v", []byte{0, 0}, append(to(wasmcode.SIMD, wasmcode.SIMD|10), vector(92, 93)...)...)
	add("iv>", []byte{0, 0}, vector(11)...)
	add(">v", []byte("a constant value"), wasmcode.V128Const)
	add("vv>v", []byte{0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31}, vector(13)...)
	add("i>v", nil, vector(15, 16, 17)...)
	add("l>v", nil, vector(18)...)
	add("f>v", nil, vector(19)...)
	add("d>v", nil, vector(20)...)
	add("v>i", []byte{1}, vector(21, 22, 24, 25, 27)...)
	add("vi>v", []byte{1}, vector(23, 26, 28)...)
	add("v>l", []byte{1}, vector(29)...)
	add("vl>v", []byte{1}, vector(30)...)
	add("v>f", []byte{1}, vector(31)...)
	add("vf>v", []byte{1}, vector(32)...)
	add("v>d", []byte{1}, vector(33)...)
	add("vd>v", []byte{1}, vector(34)...)
	add("vvv>v", nil, vector(82)...)
	add("v>i", nil, vector(83, 99, 100, 131, 132, 163, 164, 195, 196)...)
	add("iv>v", []byte{0, 0, 1}, to(wasmcode.SIMD|84, wasmcode.SIMD|87)...)
	add("iv>", []byte{0, 0, 1}, to(wasmcode.SIMD|88, wasmcode.SIMD|91)...)
	add("vi>v", nil, vector(107, 108, 109, 139, 140, 141, 171, 172, 173, 203, 204, 205)...)
	one := vector(77, 94, 95, 96, 97, 98, 103, 104, 105, 106, 116, 117, 122, 124, 125, 126, 127, 128, 129, 135, 136, 137, 138, 148, 160, 161,
		167, 168, 169, 170, 192, 193, 199, 200, 201, 202, 224, 225, 227, 236, 237, 239, 248, 249, 250, 251, 252, 253, 254, 255)
	add("v>v", nil, one...)
	// All others take two.
	there := make(map[wasmcode.Op]bool)
	for _, o := range all {
		there[o.op] = true
	}
	for _, op := range to(wasmcode.SIMD, wasmcode.SIMD|255) {
		if known(op) && !there[op] {
			add("vv>v", nil, op)
		}
	}
	return all
}

// known says that an instruction is one of WebAssembly 2.0.
func known(op wasmcode.Op) bool {
	if op == 0xfc || op == 0xfd { // prefixes
		return false
	}
	o := operation{op: op, immediates: make([]byte, 32)}
	switch op {
	case wasmcode.RefNull:
		o.immediates[0] = wasmcode.FuncRef
	case 0x1c: // select of a type
		o.immediates[0], o.immediates[1] = 1, wasmcode.I32
	}
	_, err := next(o.bytes())
	return err == nil
}

func next(code []byte) (i wasmcode.Instruction, err error) {
	defer wasmcode.Catch(&err)
	return wasmcode.NewReader(code, 0, len(code)).Next(), nil
}

// many is how many locals of each type the functions have: more than a processor has
// registers for. There is one global of each type.
const many = 16

func globalOf(typ byte) byte { return byte(strings.IndexByte(operandTypes, typ)) }

func localOf(typ byte, n int) byte { return many*globalOf(typ) + byte(n%many) }

// address says that the first operand is one: an engine checks each address once, so
// that each must be another.
func (o *operation) address() bool {
	return o.op == 0x25 || o.op == wasmcode.TableSet || o.op >= 0x28 && o.op <= 0x3e ||
		strings.HasPrefix(o.takes, "i") && len(o.immediates) > 1
}

// crowded has some of an instruction, whose results are all there at the same time
// beside the operands, in more places than there are registers.
func (o *operation) crowded() []byte {
	const some = 40
	if o.unit != nil {
		return bytes.Repeat(o.unit, some)
	}
	var code []byte
	for n := range some {
		for i, t := range []byte(o.takes) {
			local := localOf(t, 7*n+i)
			code = append(code, 0x20, local)
			if i == 0 && o.address() {
				code = append(code, 0x41, 1, 0x6a, 0x22, local)
			}
		}
		code = append(code, o.bytes()...)
	}
	if o.gives != "" {
		code = append(code, bytes.Repeat([]byte{0x24, globalOf(o.gives[0])}, some)...)
	}
	return code
}

// function is a function with n times crowded, which may use globals of all types.
func (o *operation) function(n int) []byte {
	locals := many
	if o.unit != nil {
		locals = 1 // beyond which the limits of control flow are met early
	}
	var groups [][]byte
	var code []byte
	for i := range len(operandTypes) {
		groups = append(groups, []byte{byte(locals), valueTypeOf[operandTypes[i]]})
		for n := range locals {
			code = append(code, 0x23, byte(i), 0x21, byte(locals*i+n))
		}
	}
	return wasmtest.Body(groups, append(code, bytes.Repeat(o.crowded(), n)...)...)
}

// withOperations is a connector with some functions, globals of all types, a memory, a
// table and segments.
func withOperations(bodies ...[]byte) []byte {
	return with(func(m *wasmtest.Module) {
		m.Tables = [][]byte{{0x70, 1, 1, 1}}
		m.Elements = [][]byte{wasmtest.Join([]byte{1, 0}, wasmtest.Vector([]byte{firstFunction}))}
		m.DataCount = []byte{2}
		m.Data = append([][]byte{{1, 1, 'x'}}, m.Data...)
		for i, zero := range [][]byte{{0x41, 0}, {0x42, 0}, {0x43, 0, 0, 0, 0}, {0x44, 0, 0, 0, 0, 0, 0, 0, 0}, append([]byte{0xfd, 12}, make([]byte, 16)...), {0xd0, 0x70}, {0xd0, 0x6f}} {
			m.Globals = append(m.Globals, slices.Concat([]byte{valueTypeOf[operandTypes[i]], 1}, zero, []byte{0x0b}))
		}
		addFunction(m, typeNothing, nil)
		m.Functions = append(m.Functions, again(len(bodies), typeNothing)...)
		m.Bodies = append(m.Bodies, bodies...)
	})()
}

// atLimits has as much of an instruction as the default limits allow: in functions as
// large as may be, as many of them as may be.
func (o *operation) atLimits() []byte {
	n := sort.Search(10_000, func(n int) bool { return usesOf(withOperations(o.function(n+1))) == nil })
	body := o.function(n)
	functions := 10_000
	two := usesOf(withOperations(body, body))
	if two == nil {
		return withOperations(body)
	}
	for i, use := range usesOf(withOperations(body)) {
		if grows := two[i].Used - use.Used; grows > 0 {
			functions = min(functions, 1+(use.Allowed-use.Used)/grows)
		}
	}
	return withOperations(again(functions, body...)...)
}

// usesOf tells what a module has of what is limited, nil if it has too much.
func usesOf(module []byte) []admission.Use {
	admitted, err := admission.Check(module, admission.Limits{})
	if err != nil {
		return nil
	}
	return admitted.Uses()
}

// Admission knows how many operands there are behind each instruction: a block counts
// them as live, beside two others, seven variables and as many globals.
func TestOperandsOfOperations(t *testing.T) {
	t.Parallel()
	for _, o := range operations() {
		code, want := o.unit, 0
		if code == nil {
			for _, operand := range []byte(o.takes) {
				code = append(code, 0x23, globalOf(operand))
			}
			code, want = append(code, o.bytes()...), len(o.gives)
		}
		live := func(behind ...byte) int {
			code := slices.Concat([]byte{0x23, 0, 0x23, 0}, code, behind)
			admitted, err := admission.Check(withOperations(wasmtest.Body([][]byte{{7, 0x7f}}, code...)), admission.Limits{})
			if err != nil {
				t.Fatalf("%s: %v", o.name(), err)
			}
			return admitted.MaxLiveCells
		}
		if have := live(0x02, 0x40, 0x0b) - live() - 7 - 2 - len(operandTypes); have != want {
			t.Errorf("%s: have %d operands, want %d", o.name(), have, want)
		}
	}
}

// Every instruction of WebAssembly 2.0 is among operations, once, and is one that a
// module may have as it stands there.
func TestOperations(t *testing.T) {
	t.Parallel()
	there := make(map[wasmcode.Op]int)
	var bodies [][]byte
	for _, o := range operations() {
		there[o.op]++
		bodies = append(bodies, o.function(1))
	}
	for op := range wasmcode.SIMD + 0x100 {
		if want := map[bool]int{true: 1}[known(op)]; there[op] != want {
			t.Errorf("the instruction %#x is there %d times, want %d", int(op), there[op], want)
		}
	}
	rt := newRuntime(t, runtime.Config{})
	c, err := rt.Load(context.Background(), withOperations(bodies...), &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
