package metering

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// Fills and copies of memory are carried out by two functions behind the module's own,
// in parts, with a look before each: as one instruction, copying 256 MiB takes up to
// half a second. A range that does not lie in the memory is handed to the
// instruction whole, which traps before it writes anything.

// partBytes is the length of a part.
const partBytes = 1 << 16

// The parameters of both functions: where to, what or where from, and how many bytes.
const (
	toBytes = iota
	fromBytes
	countBytes
)

// Further instructions that only this rewriter writes.
const (
	i32Add     wasmcode.Op = 0x6a
	i32Or      wasmcode.Op = 0x72
	i32Sub     wasmcode.Op = 0x6b
	i64Above   wasmcode.Op = 0x56 // unsigned
	memorySize wasmcode.Op = 0x3f
)

// inParts are the instructions that the functions carry out, in their order.
var inParts = [...][]byte{{0xfc, 11, 0}, {0xfc, 10, 0, 0}}

// hasParts says that the functions are there: a module without a memory has none.
func (w *rewriter) hasParts() bool {
	return w.vector(wasmcode.SectionMemory, func(*wasmcode.Reader) {}) > 0
}

// partsFunction is the number of the function that fills, or of the one that copies.
func (w *rewriter) partsFunction(op wasmcode.Op) uint32 {
	n := w.imported + 1 + uint32(len(w.functions))
	if op == wasmcode.MemoryCopy {
		n++
	}
	return n
}

// partsType is the number of their type.
func (w *rewriter) partsType() uint32 { return uint32(len(w.types)) + 1 }

// long writes a fill or a copy: what is short is done at once, the rest in parts. The
// length is on top of the stack.
func (f *function) long(op wasmcode.Op, as []byte) {
	f.indexed(wasmcode.LocalTee, f.locals)
	f.indexed(wasmcode.LocalGet, f.locals)
	f.i32(freeLength)
	f.op(i32Above, wasmcode.If)
	f.code = wasmcode.AppendSigned(f.code, int64(f.partsType()))
	f.indexed(wasmcode.Call, f.partsFunction(op))
	f.hold()
	f.op(wasmcode.Else)
	f.code = append(f.code, as...)
	f.op(wasmcode.End)
}

func (f *function) i32(n int64) {
	f.code = wasmcode.AppendSigned(append(f.code, byte(wasmcode.I32Const)), n)
}

// parts writes the body of one of the functions to w.code.
func (w *rewriter) parts(op []byte) {
	w.code = append(w.code[:0], 0) // no variables
	f := &function{rewriter: w}
	copies := len(op) > len(inParts[0])
	f.past(toBytes)
	if copies {
		f.past(fromBytes)
		f.op(i32Or)
	}
	f.op(wasmcode.If, emptyBlock)
	f.part(op)
	f.op(wasmcode.End)
	if copies {
		// To a higher place the last part goes first: what is read must not have been
		// written.
		f.local(toBytes, fromBytes)
		f.op(i32Above, wasmcode.If, emptyBlock)
		f.turns(func() {
			f.shift(countBytes, i32Sub)
			for _, from := range []uint32{toBytes, fromBytes} {
				f.local(from, countBytes)
				f.op(i32Add)
			}
			f.i32(partBytes)
			f.code = append(f.code, op...)
		})
		f.op(wasmcode.End)
	}
	f.turns(func() {
		f.local(toBytes, fromBytes)
		f.i32(partBytes)
		f.code = append(f.code, op...)
		f.shift(toBytes, i32Add)
		if copies {
			f.shift(fromBytes, i32Add)
		}
		f.shift(countBytes, i32Sub)
	})
	f.indexed(wasmcode.GlobalGet, f.fuel())
	f.local(countBytes)
	f.op(i64ExtendI32)
	f.number(bytesPerUnitShift)
	f.op(i64ShrU, i64Sub)
	f.indexed(wasmcode.GlobalSet, f.fuel())
	f.look()
	f.part(op)
	f.op(wasmcode.End)
}

func (f *function) local(indices ...uint32) {
	for _, n := range indices {
		f.indexed(wasmcode.LocalGet, n)
	}
}

// part carries out the instruction on the parameters as they are.
func (f *function) part(op []byte) {
	f.local(toBytes, fromBytes, countBytes)
	f.code = append(f.code, op...)
}

// past tells whether a range that begins at a parameter ends past the memory.
func (f *function) past(begin uint32) {
	f.local(begin)
	f.op(i64ExtendI32)
	f.local(countBytes)
	f.op(i64ExtendI32, i64Add, memorySize, 0, i64ExtendI32)
	f.number(16)
	f.op(i64Shl, i64Above)
}

// shift moves a parameter by a part.
func (f *function) shift(parameter uint32, by wasmcode.Op) {
	f.local(parameter)
	f.i32(partBytes)
	f.op(by)
	f.indexed(wasmcode.LocalSet, parameter)
}

// turns does one part as long as there is more than one, each charged, with a look.
func (f *function) turns(part func()) {
	f.op(wasmcode.Loop, emptyBlock)
	f.local(countBytes)
	f.i32(partBytes)
	f.op(i32Above, wasmcode.If, emptyBlock)
	f.charge(partBytes >> bytesPerUnitShift)
	f.look()
	part()
	f.indexed(wasmcode.Br, 1)
	f.op(wasmcode.End, wasmcode.End)
}
