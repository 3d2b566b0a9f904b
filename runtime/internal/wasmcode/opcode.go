package wasmcode

// Op is an instruction: one byte as it is, those behind a prefix 0xfc and 0xfd as
// their number plus Misc and SIMD.
type Op uint16

// The spaces of instructions behind a prefix.
const (
	Misc Op = 0x100
	SIMD Op = 0x200
)

// The instructions that admission, metering or snapshot treat by name.
const (
	Unreachable  Op = 0x00
	Nop          Op = 0x01
	Block        Op = 0x02
	Loop         Op = 0x03
	If           Op = 0x04
	Else         Op = 0x05
	End          Op = 0x0b
	Br           Op = 0x0c
	BrIf         Op = 0x0d
	BrTable      Op = 0x0e
	Return       Op = 0x0f
	Call         Op = 0x10
	CallIndirect Op = 0x11
	Drop         Op = 0x1a
	LocalGet     Op = 0x20
	LocalSet     Op = 0x21
	LocalTee     Op = 0x22
	GlobalGet    Op = 0x23
	GlobalSet    Op = 0x24
	TableGet     Op = 0x25
	TableSet     Op = 0x26
	MemoryGrow   Op = 0x40
	I32Const     Op = 0x41
	I64Const     Op = 0x42
	F32Const     Op = 0x43
	F64Const     Op = 0x44
	RefNull      Op = 0xd0
	RefFunc      Op = 0xd2
	MemoryInit   Op = Misc | 8
	DataDrop     Op = Misc | 9
	MemoryCopy   Op = Misc | 10
	MemoryFill   Op = Misc | 11
	TableInit    Op = Misc | 12
	ElemDrop     Op = Misc | 13
	TableCopy    Op = Misc | 14
	TableGrow    Op = Misc | 15
	TableSize    Op = Misc | 16
	TableFill    Op = Misc | 17
	V128Const    Op = SIMD | 12
)

// Immediate says what follows an instruction.
type Immediate uint8

// The kinds of immediates. Those with two indices hold them in the order of the
// binary format.
const (
	invalid Immediate = iota
	None
	BlockImmediate
	LabelIndex
	LabelTable
	FunctionIndex
	TypeAndTable
	LocalIndex
	GlobalIndex
	TableIndex
	TableAndTable
	ElementAndTable
	ElementIndex
	DataAndMemory
	DataIndex
	MemoryIndex
	MemoryAndMemory
	MemoryArgument
	MemoryLane
	Lane
	Reference
	Types
	Constant
)

// immediates holds the kind of every instruction of WebAssembly 2.0.
var immediates = func() (t [0x300]Immediate) {
	set := func(kind Immediate, from, to Op) {
		for op := from; op <= to; op++ {
			t[op] = kind
		}
	}
	set(None, 0x00, 0x01)
	set(BlockImmediate, Block, If)
	set(None, Else, Else)
	set(None, End, End)
	set(LabelIndex, Br, BrIf)
	set(LabelTable, BrTable, BrTable)
	set(None, Return, Return)
	set(FunctionIndex, Call, Call)
	set(TypeAndTable, CallIndirect, CallIndirect)
	set(None, 0x1a, 0x1b)
	set(Types, 0x1c, 0x1c)
	set(LocalIndex, LocalGet, LocalTee)
	set(GlobalIndex, GlobalGet, GlobalSet)
	set(TableIndex, TableGet, TableSet)
	set(MemoryArgument, 0x28, 0x3e)
	set(MemoryIndex, 0x3f, 0x40)
	set(Constant, I32Const, F64Const)
	set(None, 0x45, 0xc4)
	set(Reference, RefNull, RefNull)
	set(None, 0xd1, 0xd1)
	set(FunctionIndex, RefFunc, RefFunc)
	set(None, Misc, Misc|7)
	set(DataAndMemory, MemoryInit, MemoryInit)
	set(DataIndex, DataDrop, DataDrop)
	set(MemoryAndMemory, MemoryCopy, MemoryCopy)
	set(MemoryIndex, MemoryFill, MemoryFill)
	set(ElementAndTable, TableInit, TableInit)
	set(ElementIndex, ElemDrop, ElemDrop)
	set(TableAndTable, TableCopy, TableCopy)
	set(TableIndex, TableGrow, TableFill)
	set(MemoryArgument, SIMD, SIMD|11)
	set(Constant, V128Const, SIMD|13)
	set(None, SIMD|14, SIMD|20)
	set(Lane, SIMD|21, SIMD|34)
	set(None, SIMD|35, SIMD|83)
	set(MemoryLane, SIMD|84, SIMD|91)
	set(MemoryArgument, SIMD|92, SIMD|93)
	set(None, SIMD|94, SIMD|255)
	for _, hole := range []Op{0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2, 0xee} {
		t[SIMD|hole] = invalid
	}
	return t
}()

// newer names the proposal of an instruction that is not of WebAssembly 2.0.
func newer(first byte, second uint32) string {
	switch {
	case first >= 0x06 && first <= 0x0a, first == 0x18, first == 0x19, first == 0x1f:
		return "exceptions"
	case first == 0x12, first == 0x13:
		return "tail calls"
	case first == 0x14, first == 0x15, first >= 0xd3 && first <= 0xd6:
		return "typed function references"
	case first == 0xfb:
		return "garbage collection"
	case first == 0xfc && second >= 19 && second <= 22:
		return "wide arithmetic"
	case first == 0xfd && second >= 0x100:
		return "relaxed SIMD"
	case first == 0xfe:
		return "threads"
	}
	return ""
}

// Instruction is one instruction.
type Instruction struct {
	Op   Op
	Kind Immediate
	// At is the offset of its first byte.
	At int
	// Index and Second are its indices, if it has any. For a load or store, Index
	// is the memory. For a lane, Index is the lane.
	Index, Second uint32
	// Type is a block's type: BlockEmpty, a value's type as a byte if BlockValue,
	// or the index of a type.
	Type int64
	// Number is what i32.const and i64.const push.
	Number int64
	// Labels are those of a br_table, the default last. They are good until the
	// next instruction is read.
	Labels []uint32
}

// BlockEmpty is the type of a block without parameters and results.
const BlockEmpty = -64

// BlockValue returns the type of a block with one result, if it has such a one.
func BlockValue(blockType int64) (valueType byte, ok bool) {
	c := byte(blockType & 0x7f)
	return c, blockType < 0 && blockType != BlockEmpty && isValueType(c)
}

// Next reads an instruction.
//
// An engine must see the same instructions in the same bytes. The number behind a
// prefix is LEB128, but engines are known that read a byte there: fd 8c 00 is
// v128.const to one and something shorter to another, which takes the constant for
// code. So that number has to be in its shortest form, and what the format calls a
// memory's index or the length of select's list, and an engine a byte, is one byte.
func (r *Reader) Next() (i Instruction) {
	i.At = r.at
	first := r.Byte()
	second := uint32(0)
	i.Op = Op(first)
	if first == 0xfc || first == 0xfd {
		if second = r.U32(); r.at > i.At+2 && r.module[r.at-1] == 0 {
			r.Fail(i.At, "the number of the instruction %#x %d is longer than it need be", first, second)
		}
		i.Op = Misc
		if first == 0xfd {
			i.Op = SIMD
		}
		i.Op |= Op(second & 0xff)
	}
	if i.Kind = immediates[i.Op]; i.Kind == invalid || second > 0xff || first > 0xfd {
		if feature := newer(first, second); feature != "" {
			r.Refuse(i.At, feature, "the instruction %#x %d of the proposal %s", first, second, feature)
		}
		r.Fail(i.At, "an unknown instruction %#x %d", first, second)
	}
	r.immediate(&i)
	return i
}

func (r *Reader) immediate(i *Instruction) {
	switch i.Kind {
	case None:
	case BlockImmediate:
		r.blockType(i)
	case LabelTable:
		r.labelTable(i)
	case LabelIndex, FunctionIndex, LocalIndex, GlobalIndex, TableIndex, ElementIndex, DataIndex:
		i.Index = r.U32()
	case TypeAndTable, TableAndTable, ElementAndTable:
		i.Index, i.Second = r.U32(), r.U32()
	case MemoryIndex:
		i.Index = uint32(r.Byte())
	case DataAndMemory:
		i.Index, i.Second = r.U32(), uint32(r.Byte())
	case MemoryAndMemory:
		i.Index, i.Second = uint32(r.Byte()), uint32(r.Byte())
	case MemoryArgument, MemoryLane:
		r.memoryArgument(i)
	case Lane:
		i.Index = uint32(r.Byte())
	case Reference:
		r.RefType()
	case Types:
		if n := r.Byte(); n != 1 {
			r.Fail(i.At, "a select of %d types", n)
		}
		r.ValueType()
	case Constant:
		r.constant(i)
	}
}

func (r *Reader) blockType(i *Instruction) {
	at := r.at
	i.Type = r.Signed(33)
	if _, value := BlockValue(i.Type); i.Type < 0 && !value && i.Type != BlockEmpty {
		r.Refuse(at, "newer value types", "a block of the type %d", i.Type)
	}
}

func (r *Reader) labelTable(i *Instruction) {
	n := r.Vector()
	r.labels = r.labels[:0]
	for range n + 1 {
		r.labels = append(r.labels, r.U32())
	}
	i.Labels = r.labels
}

// memoryArgument reads alignment and offset. Bit 6 of the alignment would announce
// a memory's index.
func (r *Reader) memoryArgument(i *Instruction) {
	at := r.at
	if r.U32() >= 1<<5 {
		r.Refuse(at, "several memories", "an access that names a memory")
	}
	r.U32()
	if i.Kind == MemoryLane {
		r.Byte()
	}
}

func (r *Reader) constant(i *Instruction) {
	switch i.Op {
	case I32Const:
		i.Number = r.Signed(32)
	case I64Const:
		i.Number = r.Signed(64)
	case F32Const:
		r.Bytes(4)
	case F64Const:
		r.Bytes(8)
	default: // v128.const and i8x16.shuffle
		r.Bytes(16)
	}
}
