package admission

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

const (
	// freeSteps are the blocks that the engine may go back through in what reads and
	// branches weigh, stepsPerUnit how many more take as much as a unit of work.
	freeSteps    = 16
	stepsPerUnit = 16
	// aliasesPerUnit is through how many shifts by nothing the engine goes in the time of
	// a unit of work.
	aliasesPerUnit = 128
)

// chains follows how far the engine goes back for a value, and its names for one. Where a
// variable, a global, or the place and the length of the memory is read, it goes back
// through every block with one way in, to where it was set or ways meet, each time anew.
// And a shift by nothing makes another name for what is shifted, and whoever uses the last
// goes through all.
type chains struct {
	// back is how many blocks there are to where ways meet, -1 where code cannot be
	// reached, steps what the engine goes back in all.
	back  int
	steps int64
	// shifts are those whose amount may be nothing, instructions all there are; last is
	// the one before, lastNumber what it pushes if it is a constant.
	shifts, instructions int
	last                 wasmcode.Op
	lastNumber           int64
}

// find counts what the engine goes back for an instruction.
func (f *function) find(i *wasmcode.Instruction) {
	switch i.Op {
	case wasmcode.LocalGet, wasmcode.GlobalGet:
		f.walk(1)
	case wasmcode.BrIf:
		f.next()
	case wasmcode.Br, wasmcode.BrTable, wasmcode.Return, wasmcode.Unreachable:
		f.back = -1
	case 0x74, 0x75, 0x76: // shifts of i32
		f.shift(wasmcode.I32Const, 32)
	case 0x86, 0x87, 0x88: // shifts of i64
		f.shift(wasmcode.I64Const, 64)
	}
	switch i.Kind {
	case wasmcode.MemoryArgument, wasmcode.MemoryLane, wasmcode.MemoryIndex, wasmcode.MemoryAndMemory, wasmcode.DataAndMemory:
		f.walk(2)
	}
	f.instructions++
	f.last, f.lastNumber = i.Op, i.Number
}

// walk goes back for so many values.
func (f *function) walk(values int) { f.steps += f.way(values) }

func (f *function) way(values int) int64 { return int64(values) * int64(max(f.back-freeSteps, 0)) }

// ways is how far it goes back for all variables, the one in which metering may hold the
// fuel among them.
func (f *function) ways() int64 { return f.way(f.locals + 1) }

// next begins a block behind the one there is.
func (f *function) next() {
	if f.back >= 0 {
		f.back++
	}
}

// arrive counts a way to the label of a block: if it meets another there, all variables may
// be looked for on each.
func (f *function) arrive(b *block) {
	if f.back >= 0 {
		if b.ways == 0 && b.op != wasmcode.If && b.op != wasmcode.Else {
			b.common = len(f.undo)
		}
		if b.ways == 0 || f.carried.values < b.brought.values {
			b.brought = f.carried
		}
		b.ways, b.far, b.steps = b.ways+1, f.back, b.steps+f.ways()
		f.hands(b)
	}
}

// enter opens a block.
func (f *function) enter(op wasmcode.Op) block {
	b := block{op: op, known: f.known, met: -1, back: f.back, begun: f.begun, undo: len(f.undo), common: len(f.undo),
		sets: f.sets, opened: f.carried}
	switch op {
	case wasmcode.If:
		f.next()
	case wasmcode.Loop:
		f.begin()
		if f.back >= 0 {
			b.steps = f.ways()
			f.back = 0
		}
	}
	return b
}

// otherwise turns from the first arm of an if to the other.
func (f *function) otherwise(b *block) {
	f.arrive(b)
	f.carried = b.opened
	f.back = b.back
	f.next()
}

// leave closes a block.
func (f *function) leave(b *block) {
	if f.back < 0 {
		f.dead(b)
	}
	if b.op == wasmcode.Loop {
		f.end(b)
		if f.next(); b.ways > 0 {
			f.steps += b.steps
		} else if f.back >= 0 {
			f.back += b.back + 1
		}
		return
	}
	if b.op == wasmcode.If {
		f.otherwise(b)
	}
	f.arrive(b)
	if b.op == wasmcode.Nop {
		f.meets(b.branches+1, b.results)
		return
	}
	f.carried = b.brought
	switch b.ways {
	case 0:
		f.back = -1
	case 1:
		f.back = b.far + 1
		f.passes(1, b.results)
		if b.op != wasmcode.Block {
			f.depth++ // what stands behind is below the arm that goes on, too
		}
	default:
		f.steps += b.steps
		f.back = 0
		f.restore(b.common)
		f.meets(b.ways, b.results)
	}
}

// shift counts a shift, unless a constant amount that is not nothing stands before it.
func (f *function) shift(constant wasmcode.Op, width int64) {
	if f.last != constant || f.lastNumber%width == 0 {
		f.shifts++
		f.fresh = false
	}
}

// found is the work of going back for values, and through shifts by nothing at all uses of
// what may be shifted so.
func (f *function) found() int {
	return int(f.steps/stepsPerUnit) + f.shifts*(f.instructions+f.live+int(f.operands))/aliasesPerUnit
}
