package metering

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// What a function takes of the engine's stack is bounded by the values it makes: for
// each that it cannot keep in a register all the time, wazero sets a place of 8 bytes
// aside, of 16 for SIMD, which no other value of the function gets. How many a
// function makes depends on more than the length of its code: a call of two bytes
// makes a thousand, and so does every block around code that sets a thousand
// variables, since the engine brings them to one place where ways meet.
const (
	// valuesPerFrame is for how many values of 8 bytes a function takes a frame of
	// depth more.
	valuesPerFrame = 256
	// BytesPerFrame is what wazero's stack holds for a frame of depth at the most: its
	// values, and for the first of a function the registers that it saves. Measured
	// by TestBytesPerFrame.
	BytesPerFrame = 8*valuesPerFrame + 256
)

// The values that the engine makes by itself: where the memory lies and how large it
// is, which it asks again after each call, and of which it may have two where ways
// meet; the operand and the result of a block. The fuel that a function holds is one more of
// each, and at most one of each region.
const (
	valuesOfCall = 5
	valuesOfJoin = 4
)

// keep counts what an instruction makes; handed is what it passes on.
func (f *function) keep(i *wasmcode.Instruction, handed signature) {
	f.vectors = f.vectors || i.Op >= wasmcode.SIMD || handed.vectors || i.Op == wasmcode.GlobalGet && f.vectorGlobals
	f.values += handed.parameters + len(handed.results)
	switch {
	case i.Op == wasmcode.Call || i.Op == wasmcode.CallIndirect:
		f.values += valuesOfCall
	case charged(i.Op):
		f.values += 2 * valuesOfCall
	case i.Kind == wasmcode.MemoryArgument || i.Kind == wasmcode.MemoryLane:
		f.values += 2 // the address, too
	case weights[i.Op] > 0:
		f.values++
	}
}

// countFrames returns how many frames the function takes that was surveyed.
func (f *function) countFrames() int {
	values := int(f.locals) + f.values + len(f.plan.regions) + f.plan.brought + len(f.types[f.typ].results) + valuesOfJoin
	if f.vectors {
		values *= 2
	}
	return 1 + values/valuesPerFrame
}

// bring counts the values that the ways of a block bring to where they meet. To the
// head of a loop each way back brings them by places of its own, and so does the one
// that calls out.
func (p *plan) bring(b *block) {
	values := p.changed(b) + valuesOfJoin
	if b.op == wasmcode.Loop {
		values *= 2 + b.branches
	}
	p.brought += values
}

// changed is how many values the block may change: variables that are set in it, and
// its parameters and results.
func (p *plan) changed(b *block) int { return min(p.sets-b.sets, p.locals) + b.values }
