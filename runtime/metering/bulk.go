package metering

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// charged says that an operation pays by length.
func charged(op wasmcode.Op) bool {
	switch op {
	case wasmcode.MemoryInit, wasmcode.MemoryCopy, wasmcode.MemoryFill, wasmcode.TableInit, wasmcode.TableCopy, wasmcode.TableFill,
		wasmcode.MemoryGrow, wasmcode.TableGrow:
		return true
	}
	return false
}

// plain writes an instruction that stays as it is, with its charge if it pays by
// length. The length is on top of the stack.
func (f *function) plain(i *wasmcode.Instruction, as []byte) {
	switch i.Op {
	case wasmcode.MemoryFill, wasmcode.MemoryCopy:
		f.long(i.Op, as)
	case wasmcode.MemoryInit:
		f.payAhead(bytesPerUnitShift)
		f.code = append(f.code, as...)
	case wasmcode.TableInit, wasmcode.TableCopy, wasmcode.TableFill:
		f.payAhead(0)
		f.code = append(f.code, as...)
	case wasmcode.MemoryGrow:
		f.payAfter(as, pageShift)
	case wasmcode.TableGrow:
		f.payAfter(as, 0)
	default:
		f.code = append(f.code, as...)
	}
}

// payAhead charges the length on top of the stack, shifted right, unless it is
// short.
func (f *function) payAhead(shift int64) {
	f.indexed(wasmcode.LocalTee, f.locals)
	f.indexed(wasmcode.LocalGet, f.locals)
	f.code = wasmcode.AppendSigned(append(f.code, byte(wasmcode.I32Const)), freeLength)
	f.op(i32Above, wasmcode.If, emptyBlock)
	f.pay(shift, i64ShrU)
	f.op(wasmcode.End)
}

// payAfter writes a growth and charges the length it was asked for, shifted left,
// if it succeeded: asking for too much is no work.
func (f *function) payAfter(growth []byte, shift int64) {
	f.indexed(wasmcode.LocalTee, f.locals)
	f.code = append(f.code, growth...)
	f.indexed(wasmcode.LocalTee, f.locals+1)
	f.code = wasmcode.AppendSigned(append(f.code, byte(wasmcode.I32Const)), -1)
	f.op(i32NotEqual, wasmcode.If, emptyBlock)
	f.pay(shift, i64Shl)
	f.op(wasmcode.End)
	f.indexed(wasmcode.LocalGet, f.locals+1)
}

// pay charges the length that was put aside.
func (f *function) pay(shift int64, by wasmcode.Op) {
	f.fuelLeft()
	f.indexed(wasmcode.LocalGet, f.locals)
	f.op(i64ExtendI32)
	if shift > 0 {
		f.number(shift)
		f.op(by)
	}
	f.op(i64Sub)
	f.setFuel()
	f.look()
}
