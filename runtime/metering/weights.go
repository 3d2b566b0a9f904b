package metering

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// WeightsVersion numbers the weights and the places of charges: two modules that
// were rewritten under one version count alike. Whatever changes a count changes
// the version.
const WeightsVersion = 2

// One unit of fuel is about the time of an addition, a tenth of a nanosecond. What
// only moves values about or gives structure weighs nothing; the compiler makes
// nothing of it. A jump weighs nothing either: where it goes is charged, and a
// charge before each jump of compiled Go would cost more than the jump.
const (
	weightPlain        = 1
	weightBranchTable  = 3
	weightCall         = 8
	weightCallIndirect = 12
	weightImport       = 64 // what the host does is bounded by limits of its own
	weightDivide       = 8
	weightRoot         = 8
	weightBulk         = 16
	weightGrow         = 256
	weightSegmentDrop  = 16
)

// Bulk operations up to freeLength bytes or elements are paid for with weightBulk.
// Beyond it they pay one unit for eight bytes, or for each element of a table.
const (
	freeLength        = 128
	bytesPerUnitShift = 3
	// Growth pays for each page of 64 KiB, and each element, that it added.
	pageShift = 13
)

// weigh returns what an instruction weighs.
func (w *rewriter) weigh(i *wasmcode.Instruction) uint64 {
	switch op := i.Op; op {
	case wasmcode.Call:
		if i.Index < w.imported {
			return weightImport
		}
		return weightCall
	default:
		return uint64(weights[op])
	}
}

// weights holds the weights of all instructions but call.
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
	set(weightCallIndirect, wasmcode.CallIndirect)
	set(weightDivide, 0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82, 0x95, 0xa3) // div and rem
	set(weightRoot, 0x91, 0x9f, wasmcode.SIMD|0xe3, wasmcode.SIMD|0xef, wasmcode.SIMD|0xe7, wasmcode.SIMD|0xf3)
	set(weightBulk, wasmcode.MemoryCopy, wasmcode.MemoryFill, wasmcode.MemoryInit, wasmcode.TableCopy, wasmcode.TableFill, wasmcode.TableInit)
	set(weightGrow, wasmcode.MemoryGrow, wasmcode.TableGrow)
	set(weightSegmentDrop, wasmcode.DataDrop, wasmcode.ElemDrop)
	return t
}()
