package admission

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// carriedPerCell is how many values that loops carry take as much as one that lives.
const carriedPerCell = 4

// Behind a block metering charges weightJoined for each value that it may have changed beyond
// joinedInRegisters, and may look once that is lookWork.
const (
	weightJoined      = 4
	joinedInRegisters = 12
)

// lives follows what a compiler has to keep for later at each instruction.
type lives struct {
	carried carried
	// constants are the globals that cannot change which the function has read: the engine
	// reads each once, as long as no ways meet.
	constants int
	// setAt is of each variable how often any had been set when it was set last, sets how
	// often any was.
	setAt []int
	sets  int
	// joined is what metering charges behind blocks since it may have looked for that.
	joined int
}

// carried is what lived where loops began which all code up to now has passed. The engine
// takes all of that to live in every block behind them, too, wanted there or not.
type carried struct {
	values int
	// since is how often a variable had been set where the last of them began.
	since int
}

// alive is how much lives here: a compiler follows all of it over each instruction of
// control flow.
func (f *function) alive() int {
	return f.locals + f.height + f.carried.values/carriedPerCell + f.constants
}

// again returns lives for a function of so many variables, in the memory of one that is not
// needed any more.
func (l lives) again(variables int) lives {
	return lives{setAt: append(l.setAt[:0], make([]int, variables)...)}
}

// setsVariable notes that a variable is set.
func (l *lives) setsVariable(n uint32) {
	l.sets++
	l.setAt[n] = l.sets
}

// carry begins a loop: the variables that were set since the last one are new, and all
// operands.
func (f *function) carry() {
	set := 0
	for _, at := range f.setAt {
		if at > f.carried.since {
			set++
		}
	}
	f.carried = carried{f.carried.values + set + f.height, f.sets}
}

// readsGlobal counts a global that cannot change when the function reads it first.
func (f *function) readsGlobal(i *wasmcode.Instruction) {
	if i.Op != wasmcode.GlobalGet || !f.fixed[i.Index] {
		return
	}
	if f.readBy == nil {
		f.readBy = make([]int, len(f.fixed))
	}
	if f.readBy[i.Index] != f.bodies {
		f.readBy[i.Index] = f.bodies
		f.constants++
	}
}

// join counts the look that metering may add behind a block for what it charges there.
func (f *function) join(b *block) {
	if b.op == wasmcode.Nop {
		return
	}
	changed := min(f.sets-b.sets, f.locals) + b.parameters + b.results
	f.joined += weightJoined * max(changed-joinedInRegisters, 0)
	if f.joined >= lookWork {
		f.joined = 0
		f.look()
		f.meets(2, 0)
	}
}
