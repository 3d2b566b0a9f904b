package admission

import (
	"math"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

const (
	// namesPerUnit is through how many names the engine goes in the time of a unit of
	// work, and namesOfOwn how many come with each unit, which honest code has.
	namesPerUnit = 128
	namesOfOwn   = 32
)

// names follows how many names values have. Where ways meet, the engine makes a new name
// for each variable that is read behind, even if it is the same on all ways, and whoever
// uses the last name goes through all, to the value. A loop's are no other's until all
// code is there.
type names struct {
	// meets are the places, up to now, where ways meet; since tells for each variable
	// how many there were when it got a value that is no other's, loop when the loop was
	// opened in which the code is, stored the same of what globals have.
	meets, loop, stored int
	since               []int
	// undo are the variables that were set in blocks that are open.
	undo []wasSet
	// changes is how often a variable was set, named are the names that the engine goes
	// through in all.
	changes int
	named   int64
	// read is the variable that the last instruction left, -1 if it left something else.
	read int
}

// wasSet is a variable with what since held of it before it was set.
type wasSet struct{ variable, since int }

// again returns names for a function of so many variables, in what an earlier one has left.
func (n names) again(variables int) names {
	since := append(n.since[:0], make([]int, variables)...)
	return names{since: since, undo: n.undo[:0], stored: math.MaxInt, read: -1}
}

// from returns how many places where ways meet there were when a variable got its value.
func (f *function) from(variable int) int { return max(f.since[variable], f.loop) }

// name counts the names of what an instruction uses, and follows them.
func (f *function) name(i *wasmcode.Instruction) {
	read := -1
	switch i.Op {
	case wasmcode.LocalGet:
		read = int(i.Index)
		f.named += int64(f.meets - f.from(read))
	case wasmcode.LocalSet, wasmcode.LocalTee:
		v := int(i.Index)
		f.undo = append(f.undo, wasSet{v, f.since[v]})
		f.since[v] = f.left()
		f.changes++
		if i.Op == wasmcode.LocalTee {
			read = v
		}
	case wasmcode.GlobalSet:
		if from := f.left(); from < f.meets {
			f.stored = min(f.stored, from)
		}
	}
	f.read = read
}

// left tells of the value that is about to be set, which the last instruction left, how
// many places where ways meet there were when there was first a name for it.
func (f *function) left() int {
	switch {
	case f.read >= 0:
		return f.from(f.read)
	case f.last == wasmcode.GlobalGet:
		return min(f.meets, f.stored)
	case f.fresh:
		return f.meets
	}
	return 0
}

// dead takes back what was set in a block since it was opened, or its other arm, where the
// code behind does not come from there.
func (f *function) dead(b *block) {
	for n := len(f.undo) - 1; n >= b.undo; n-- {
		s := f.undo[n]
		f.since[s.variable] = min(f.since[s.variable], s.since)
	}
	f.undo, f.loop = f.undo[:b.undo], b.loop
}

// pass counts the names of the operands that are handed to a label.
func (f *function) pass(b *block) {
	if b.op == wasmcode.Loop {
		f.named += int64(b.parameters)*int64(f.meets) + int64(f.locals)*int64(f.meets-f.loop)
		return
	}
	f.named += int64(b.results) * int64(f.meets)
}

// joined counts the names of the variables that are handed to where ways meet.
func (f *function) joined(b *block) {
	f.named += int64(b.ways) * int64(min(f.changes-b.changes, f.locals)) * int64(f.meets-b.loop)
	f.meets++
}

// renamed is the work of going through names.
func (f *function) renamed(own int) int {
	return int(max(0, f.named-namesOfOwn*int64(own)) / namesPerUnit)
}
