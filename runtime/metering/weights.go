package metering

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// WeightsVersion numbers the weights and the places of charges: two modules that
// were rewritten under one version count alike. Whatever changes a count changes
// the version.
const WeightsVersion = 6

// One unit of fuel is about the time of an addition, a tenth of a nanosecond. What
// only moves values about or gives structure weighs nothing; the compiler makes
// nothing of it, but where ways meet: at the head of a loop and behind a block, the
// values of those variables that are set in it, and of its parameters and results,
// have to be in one place whatever way was taken. That is charged there. A jump weighs
// nothing either: where it goes is charged, and a charge before each jump of compiled
// Go would cost more than the jump.
const (
	weightPlain        = 1
	weightBranchTable  = 3
	weightCall         = 8
	weightCallIndirect = 12
	weightImport       = 64 // what the host does is bounded by limits of its own
	weightDivide       = 8
	weightRoot         = 8
	weightVectorSteps  = 4 // of SIMD: what the engine makes several instructions of
	weightVectorShift  = 12
	weightBulk         = 32
	weightGrow         = 256
	weightSegmentDrop  = 16
	weightHanded       = 2 // for each parameter and result of a call beyond those in registers
	weightJoined       = 4 // for each value that two ways bring to where they meet
	weightReload       = 1 // for each global that is loaded anew behind a call
)

// inRegisters is how many values an engine is taken to hold in registers, so that
// they cost nothing where ways meet.
const inRegisters = 12

// joined is what it weighs to bring so many values to where ways meet: the engine
// moves each from its place on the stack to another.
func joined(values int) uint64 {
	return weightJoined * uint64(max(values-inRegisters, 0))
}

// handed is what it weighs to pass the parameters and results of a call.
func handed(s signature) uint64 {
	return weightHanded * uint64(max(s.parameters+len(s.results)-inRegisters, 0))
}

// freeReloads is how many globals are loaded anew for nothing: compilers have a pointer
// to the stack there and little else.
const freeReloads = 16

// reloaded is what it weighs to load so many globals behind a call. Right behind each
// call the engine loads every global that the call may have changed and that may be
// read before ways meet, in an arm that is never taken, too.
func reloaded(globals int) uint64 {
	return weightReload * uint64(max(globals-freeReloads, 0))
}

// Bulk operations up to freeLength bytes or elements are paid for with weightBulk.
// Beyond it they pay one unit for eight bytes, or for each element of a table.
const (
	freeLength        = 128
	bytesPerUnitShift = 3
	// Growth pays for each page of 64 KiB, and each element, that it added.
	pageShift = 13
)

// weigh returns what an instruction weighs.
func (f *function) weigh(i *wasmcode.Instruction) uint64 {
	switch op := i.Op; op {
	case wasmcode.Call:
		if i.Index < f.imported {
			return weightImport + f.reload
		}
		return weightCall + handed(f.types[f.functions[i.Index-f.imported]]) + f.reload
	case wasmcode.CallIndirect:
		return weightCallIndirect + handed(f.types[i.Index]) + f.reload
	default:
		return uint64(weights[op])
	}
}

// weights holds the weights of all instructions but calls.
var weights = func() (t [0x300]uint16) {
	for op := range t {
		t[op] = weightPlain
	}
	set := func(weight uint16, ops ...wasmcode.Op) {
		for _, op := range ops {
			t[op] = weight
		}
	}
	set(0, wasmcode.Unreachable, wasmcode.Nop, wasmcode.Block, wasmcode.Loop, wasmcode.Else, wasmcode.End, wasmcode.Br, wasmcode.Return, wasmcode.Drop,
		wasmcode.LocalGet, wasmcode.LocalSet, wasmcode.LocalTee,
		wasmcode.I32Const, wasmcode.I64Const, wasmcode.F32Const, wasmcode.F64Const, wasmcode.RefNull)
	set(weightBranchTable, wasmcode.BrTable)
	set(weightDivide, 0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82, 0x95, 0xa3) // div and rem
	set(weightRoot, 0x91, 0x9f, wasmcode.SIMD|0xe3, wasmcode.SIMD|0xef, wasmcode.SIMD|0xe7, wasmcode.SIMD|0xf3)
	set(weightVectorSteps, wasmcode.SIMD|0xd5, wasmcode.SIMD|0xdc, wasmcode.SIMD|0xdd, wasmcode.SIMD|0xde, wasmcode.SIMD|0xdf, // mul, extmul of i64x2
		wasmcode.SIMD|0xe8, wasmcode.SIMD|0xe9, wasmcode.SIMD|0xf4, wasmcode.SIMD|0xf5, // min, max of floats
		wasmcode.SIMD|0xf8, wasmcode.SIMD|0xf9, wasmcode.SIMD|0xfb, wasmcode.SIMD|0xfc, wasmcode.SIMD|0xfd) // trunc, convert
	set(weightVectorShift, wasmcode.SIMD|0xcc) // i64x2.shr_s
	set(weightBulk, wasmcode.MemoryCopy, wasmcode.MemoryFill, wasmcode.MemoryInit, wasmcode.TableCopy, wasmcode.TableFill, wasmcode.TableInit)
	set(weightGrow, wasmcode.MemoryGrow, wasmcode.TableGrow)
	set(weightSegmentDrop, wasmcode.DataDrop, wasmcode.ElemDrop)
	return t
}()
