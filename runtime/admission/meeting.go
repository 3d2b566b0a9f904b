package admission

import (
	"math"
	"slices"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

const (
	// mergedPerUnit is how many values the engine looks at, to bring together those of
	// different ways, in the time of a unit of work, and mergedOfOwn how many come with
	// each unit, which honest code has.
	mergedPerUnit = 128
	mergedOfOwn   = 32
	// workOfMoved is what a value weighs on each way, since the engine may move it there,
	// beyond one unit for each of the function's own.
	workOfMoved = 2
	movedOfOwn  = 1
	// namesPerUnit and namesOfOwn are the same of the names that it goes through.
	namesPerUnit = 128
	namesOfOwn   = 32
	// passedPerUnit is how many values that a block of one way hands on it looks at, once, and
	// roundPerUnit how many blocks, and values on each way, it goes through in each round, in
	// the time of a unit.
	passedPerUnit = 512
	roundPerUnit  = 40
)

// meeting follows what the engine does where ways meet. There, for each variable that is
// read behind and was set before, it brings together what the variable is on each way. If
// that is the same on all, it makes another name for it, and whoever uses the last name
// goes through all, to the value.
type meeting struct {
	// places are those where ways meet, loops among them, in the order of the code: those
	// up to now, and the next, which counts for what is read until then.
	places []place
	// variables are as the code up to now leaves them, undo what they were before they were
	// set in blocks that are open, and reads what was read of them.
	variables []variable
	undo      []variable
	reads     []span
	// loops are those that are open.
	loops []loop
	// begun is the place behind the begin of the last loop that the code is in, or behind:
	// names begin anew there, but for one from each loop that is open. stored is the first
	// place of a value that a global has.
	begun, stored int
	// named are the names that the engine goes through in all, read the variable whose
	// value the last instruction left, -1 if it left something else.
	named int64
	read  int
	// moves are the values that the engine may move where ways meet, on each way. slots are
	// all that it makes, each of which may have a place of its own on the stack.
	moves, slots int
	// passed is the sum of the squares of the values that blocks of one way hand on.
	passed float64
}

// place is where ways meet.
type place struct {
	// ways lead there with so many operands.
	ways, operands int
	// depth says of a loop in how many it is, itself among them, and copies how often
	// variables are set in it to what may be another's value that it begins with.
	depth, copies int
	// more is how many more variables are brought together than at the place before, and
	// first how much more the sum of the first places of their values is.
	more, first int
}

// variable is one as the code leaves it.
type variable struct {
	number int
	// set is the next place when it was set, from the next place when its value was there
	// first, which may have been another's.
	set, from int
}

// loop is a loop that is open, place its number; copies are those of its place up to now,
// of which so many are its own, and none of the loop's around it.
type loop struct{ place, copies, own int }

// span is what was read of a variable: it was brought together at the places from counted
// to end, and one or more times that it was read it had been set before least.
type span struct{ least, counted, end int }

// again returns a meeting for a function of so many variables, in the memory of one that is
// not needed any more.
func (m meeting) again(variables int) meeting {
	all := m.variables[:0]
	for n := range variables {
		all = append(all, variable{number: n})
	}
	return meeting{places: append(m.places[:0], place{}), variables: all, undo: m.undo[:0], reads: append(m.reads[:0], make([]span, variables)...),
		loops: m.loops[:0], stored: math.MaxInt, read: -1}
}

// coming is the number of the next place.
func (m *meeting) coming() int { return len(m.places) - 1 }

// meets says that so many ways meet here, with so many operands.
func (m *meeting) meets(ways, operands int) {
	at := &m.places[m.coming()]
	at.ways, at.operands = ways, operands
	m.places = append(m.places, place{})
}

// follow follows the variables through an instruction that is no block. It is called before
// f.fresh tells of that instruction.
func (f *function) follow(i *wasmcode.Instruction) {
	read := -1
	switch i.Op {
	case wasmcode.LocalGet:
		read = int(i.Index)
		f.named += int64(f.coming()-max(f.variables[read].from, f.begun)) + int64(len(f.meeting.loops))
		f.ask(read)
	case wasmcode.GlobalGet:
		f.named += int64(f.coming() - min(f.coming(), f.stored))
	case wasmcode.LocalSet, wasmcode.LocalTee:
		f.setsVariable(i.Index)
		v := &f.variables[i.Index]
		f.undo = append(f.undo, *v)
		v.set, v.from = f.coming(), f.left()
		f.copied(v.from)
		if i.Op == wasmcode.LocalTee {
			read = v.number
		}
	case wasmcode.GlobalSet:
		if from := f.left(); from < f.coming() {
			f.stored = min(f.stored, from)
		}
	}
	f.read = read
}

// left returns variable.from of the value that the last instruction left.
func (f *function) left() int {
	switch {
	case f.read >= 0:
		return f.variables[f.read].from
	case f.last == wasmcode.GlobalGet:
		return min(f.coming(), f.stored)
	case f.fresh:
		return f.coming()
	}
	return 0
}

// ask has a variable brought together at all places behind where it was set.
func (m *meeting) ask(n int) {
	set, coming, s := m.variables[n].set, m.coming(), &m.reads[n]
	if set == coming {
		return
	}
	if len(m.loops) == 0 || s.end <= m.loops[0].place {
		s.least = set
	}
	s.least = min(s.least, set)
	switch {
	case set > s.end || s.counted == s.end:
		s.counted = set
		m.bring(n, set, coming)
	case set < s.counted:
		m.bring(n, set, s.counted)
		m.bring(n, s.end, coming)
		s.counted = set
	default:
		m.bring(n, s.end, coming)
	}
	s.end = coming
}

// bring brings a variable together at some places.
func (m *meeting) bring(n, from, to int) {
	first := m.variables[n].from
	if from < m.begun && m.begun < to {
		m.bring(n, m.begun, to)
		to = m.begun
	} else if from >= m.begun {
		first = max(first, m.begun)
	}
	m.places[from].more++
	m.places[from].first += first
	m.places[to].more--
	m.places[to].first -= first
}

// copied counts a copy of a value, that was there from so early on, for the loops that may
// have begun with it.
func (m *meeting) copied(from int) {
	first, _ := slices.BinarySearchFunc(m.loops, from, func(l loop, from int) int { return l.place - from })
	if last := len(m.loops) - 1; first <= last {
		m.loops[last].copies++
		m.loops[first].own++
	}
}

// begin opens a loop.
func (f *function) begin() {
	f.meeting.loops = append(f.meeting.loops, loop{place: f.coming()})
	f.meets(0, 0)
	f.begun = f.coming()
	f.meets(2, 0) // metering looks at the fuel
}

// end closes a loop. What was read in it that had been set before comes there on all ways
// round, too, through all places on them.
func (f *function) end(b *block) {
	last := len(f.meeting.loops) - 1
	l := f.meeting.loops[last]
	if b.branches == 0 {
		f.begun = b.begun // it is no place where ways meet
	} else {
		for n, s := range f.reads {
			if s.least <= l.place && l.place < s.end {
				f.ask(n)
			}
		}
	}
	at := &f.places[l.place]
	at.ways, at.operands, at.depth, at.copies = b.branches+1, b.parameters, last+1, l.copies
	if b.branches > 0 {
		at.copies += b.parameters // each may take what the next had
	}
	if f.meeting.loops = f.meeting.loops[:last]; last > 0 {
		f.meeting.loops[last-1].copies += l.copies - l.own
	}
	f.passes(2, b.results)
}

// restore takes back what was set since, for code that is reached without that.
func (m *meeting) restore(undo int) {
	for n := len(m.undo) - 1; n >= undo; n-- {
		m.variables[m.undo[n].number] = m.undo[n]
	}
	m.undo = m.undo[:undo]
}

// dead turns to code that is not reached from the block, or the arm, before it.
func (m *meeting) dead(b *block) {
	m.restore(b.undo)
	m.begun = b.begun
}

// passes counts values that so many blocks with one way in hand on: the engine looks at each
// for each, as where ways meet.
func (m *meeting) passes(blocks, values int) {
	m.passed += float64(blocks) * float64(values) * float64(values)
}

// hands counts the names of the operands that a branch hands to a label.
func (f *function) hands(b *block) {
	operands := b.results
	if b.op == wasmcode.Loop {
		operands = b.parameters
	}
	f.named += int64(operands) * int64(f.coming())
}

// brought returns the work of bringing values together and of going through names. To find
// values that are the same on all ways the engine looks, for each on each way, at all that
// is handed on, and goes through the function until it finds none. Loops in one another take
// a round each, those that are in no loop together theirs at once; but each loop takes one for
// each variable that it hands the next, and the last may hand that to a loop behind. What is in
// proportion to the function's own work counts there. It sets f.moves, and adds to f.slots:
// where a variable may stay what it is on a way round a loop, the engine moves all others on
// that way by places of their own.
func (f *function) brought(own int) int {
	variables, first, depth, handed := 0, 0, 0, 0
	merged, moved, named, round := 0.0, 0.0, float64(f.named), float64(f.depth+f.targets)
	for n, at := range f.places {
		variables, first = variables+at.more, first+at.first
		values := min(variables, f.locals) + at.operands
		round += float64(at.ways) * float64(values+1) // one for the fuel that is held
		moves := at.ways * values
		moved += float64(moves)
		merged += float64(at.ways) * float64(values) * float64(values)
		named += float64(at.ways) * float64(variables*n-first)
		f.slots += values
		if at.depth > 0 {
			f.slots += moves
			moves += moves
			depth, handed = max(depth, at.depth), handed+min(at.copies, values)
		}
		f.moves += moves
	}
	rounds := depth + handed
	beyond := func(used, ofOwn float64) float64 { return max(0, used-ofOwn*float64(own)) }
	return int(min(1<<40, float64(rounds)*round/roundPerUnit+f.passed/passedPerUnit+beyond(moved*workOfMoved, movedOfOwn)+beyond(merged*float64(2+rounds), mergedOfOwn)/mergedPerUnit+beyond(named, namesOfOwn)/namesPerUnit))
}
