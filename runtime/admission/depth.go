package admission

const (
	// deepPerUnit is how many blocks the engine goes up, from one to what dominates it, in
	// the time of a unit of work: for each label all, and for each block a part of them.
	deepPerUnit = 16
	// searchedPerUnit is how many of the ways to a block the engine looks at for another one,
	// and knownPerUnit how many addresses behind a call, in the time of a unit.
	searchedPerUnit = 64
	knownPerUnit    = 100
	// rowsPerUnit is how many blocks of the largest function up to now the engine goes
	// through, for each function behind it, in the time of a unit, and slotsPerUnit how many
	// values, since it goes through the places on the stack of the one that has most.
	rowsPerUnit  = 50
	slotsPerUnit = 400
)

// depths follows how deep blocks are in others that dominate them.
type depths struct {
	// depth is how many blocks there may be above, above the sum of that over all labels.
	depth int
	above int64
	// searched is how many ways to blocks there are already when others are added,
	// knownAtCalls how many addresses are known where functions are called.
	searched, knownAtCalls int64
}

// climbed is the work of all that. The square of what is in control is in the live cells.
func (f *function) climbed() int {
	f.largest = max(f.largest, f.depth+f.targets)
	f.mostSlots = max(f.mostSlots, f.slots+int(f.operands))
	looks := int64(f.depth)*int64(f.depth) - int64(f.control)*int64(f.control)
	return int(f.above/deepPerUnit + looks/(2*deepPerUnit) + f.searched/searchedPerUnit + f.knownAtCalls/knownPerUnit + int64(f.largest/rowsPerUnit+f.mostSlots/slotsPerUnit))
}

// kept is what the engine keeps from one function to the next: a list for each block, as
// long as the longest that any function had there.
type kept struct {
	// cells and addresses are those of the function at each instruction of control flow,
	// label and look.
	cells, addresses []int32
	// front and back are the most cells that there were in any function, from its begin and
	// from its end, and known the most addresses, from the begin.
	front, back, known lists
}

// lists are so many lists, and their lengths together.
type lists struct {
	lengths []int32
	sum     int
}

// mostKept is how many of them are followed: the default limits allow no more in one
// function.
const mostKept = 1 << 15

// flow counts an instruction, label or look.
func (k *kept) flow(cells, addresses int) {
	if len(k.cells) == mostKept {
		return
	}
	k.cells, k.addresses = append(k.cells, int32(cells)), append(k.addresses, int32(addresses))
}

// enter enters what a function has, and returns what is kept behind it.
func (k *kept) enter() int {
	for n, cells := range k.cells {
		k.front.lengthen(n, cells)
		k.back.lengthen(len(k.cells)-1-n, cells)
		k.known.lengthen(n, k.addresses[n])
	}
	k.cells, k.addresses = k.cells[:0], k.addresses[:0]
	return max(k.front.sum, k.back.sum) + k.known.sum
}

func (l *lists) lengthen(n int, length int32) {
	for n >= len(l.lengths) {
		l.lengths = append(l.lengths, 0)
	}
	if more := length - l.lengths[n]; more > 0 {
		l.lengths[n] = length
		l.sum += int(more)
	}
}
