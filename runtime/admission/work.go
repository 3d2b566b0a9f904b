package admission

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// workOfLabel is what each label of a br_table weighs.
const workOfLabel = 4

// work holds what each instruction weighs. Measured with wazero 1.12 on AMD64, metered,
// with operands and results in more places than there are registers, a unit is at most
// half a microsecond of the compiler and six bytes of machine code; the limits on bytes
// and on live cells bound those that take more. Tests of the long tier compile as much
// of each as the limits allow. What the compiler makes nothing of weighs nothing.
var work = func() (t [0x300]uint8) {
	set := func(weight uint8, from, to wasmcode.Op) {
		for op := from; op <= to; op++ {
			t[op] = weight
		}
	}
	one := func(weight uint8, ops ...wasmcode.Op) {
		for _, op := range ops {
			t[op] = weight
		}
	}
	const simd = wasmcode.SIMD
	set(3, 0, simd-1)
	one(0, wasmcode.Nop, wasmcode.End, wasmcode.Drop, wasmcode.LocalGet, wasmcode.LocalSet, wasmcode.LocalTee)
	one(1, wasmcode.GlobalGet, wasmcode.GlobalSet, wasmcode.RefNull)
	set(1, wasmcode.I32Const, wasmcode.F64Const)
	one(5, 0x1b, 0x1c) // select
	one(6, 0x45, 0x50) // eqz
	one(12, 0xd1)      // ref.is_null
	one(6, 0x3f)       // memory.size
	one(8, wasmcode.TableSize)

	one(2, wasmcode.Block, wasmcode.Else, wasmcode.Br, wasmcode.Return)
	one(4, wasmcode.Unreachable, wasmcode.BrIf)
	one(6, wasmcode.If, wasmcode.BrTable)
	one(16, wasmcode.Loop)
	one(16, wasmcode.Call)
	one(36, wasmcode.CallIndirect)

	set(20, 0x28, 0x35)                                             // loads
	set(18, 0x36, 0x3e)                                             // stores
	one(20, wasmcode.TableGet, wasmcode.TableSet, wasmcode.RefFunc) // metering makes it a table.get
	one(12, wasmcode.DataDrop, wasmcode.ElemDrop)
	one(40, wasmcode.MemoryGrow, wasmcode.TableGrow)
	one(60, wasmcode.MemoryInit, wasmcode.MemoryCopy, wasmcode.MemoryFill, wasmcode.TableInit, wasmcode.TableCopy, wasmcode.TableFill)

	set(32, 0x6d, 0x70)                         // i32.div and rem
	set(32, 0x7f, 0x82)                         // i64.div and rem
	set(8, 0x86, 0x8a)                          // i64.shl, shr and rot
	set(6, 0x8b, 0x91)                          // f32, of one operand
	set(6, 0x99, 0x9f)                          // f64, of one operand
	one(8, 0x8b, 0x8c, 0x99, 0x9a)              // abs and neg
	one(14, 0x96, 0x97, 0x98, 0xa4, 0xa5, 0xa6) // min, max and copysign
	set(5, 0xa7, 0xbf)                          // conversions
	one(3, 0xa7)                                // i32.wrap_i64
	set(8, 0xb2, 0xb9)                          // to floats
	one(14, 0xb5, 0xba)                         // of i64, unsigned
	set(44, 0xa8, 0xab)                         // i32.trunc
	set(44, 0xae, 0xb1)                         // i64.trunc
	set(24, wasmcode.Misc, wasmcode.Misc|7)     // trunc_sat

	set(10, simd, simd|255)
	set(24, simd, simd|11)                          // loads and stores
	set(24, simd|84, simd|93)                       // those of a lane
	set(14, simd|107, simd|109)                     // i8x16.shl and shr
	one(14, simd|127, simd|204)                     // extadd, i64x2.shr_s
	one(16, simd|82, simd|213, simd|253)            // bitselect, i64x2.mul, trunc_sat
	one(14, simd|248, simd|251, simd|252)           // trunc_sat, convert
	one(20, simd|232, simd|233, simd|244, simd|245) // min and max of floats
	one(24, simd|13, simd|98, simd|249)             // shuffle, popcnt, trunc_sat
	one(14, simd|157, simd|159, simd|189, simd|191) // extmul_high
	set(24, simd|220, simd|223)                     // i64x2.extmul
	return t
}()
