package metering

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// region is code that runs either all or not at all, short of a trap: a function's
// own level, a loop's, one arm of an if, or what follows a branch that may be
// taken. It need not be in one piece: what stands behind a block belongs to what
// stands before it, as long as nothing in the block leaves by more than its end.
// So it is charged once, where it begins.
type region struct {
	weight uint64
	loop   bool
	at     int // the offset it begins at, behind the instruction that parts it
}

// block is a block that is open while regions are found.
type block struct {
	op wasmcode.Op
	// region is the one that the block stands in.
	region int32
	// leaves is the outermost block that a branch in this one goes to, by number.
	leaves int
	// target says that a branch goes to this block's end, dead that its end, or
	// what is read now, cannot be reached, and born dead that this holds for all
	// of it. Charges stand there all the same; they never run.
	target, dead, bornDead bool
}

// plan finds the regions of a function.
type plan struct {
	// For tests alone: single makes every instruction a region of its own, raw
	// leaves settle out.
	single, raw bool

	regions []region
	blocks  []block
	now     int32
	// loops says that a loop begins before anything can branch past it, so that
	// its head is met whenever the function is entered.
	loops bool
}

func (p *plan) reset(at int) {
	p.regions = append(p.regions[:0], region{at: at})
	p.blocks = append(p.blocks[:0], block{op: wasmcode.Nop})
	p.now, p.loops = 0, false
}

func (p *plan) begin(at int, loop bool) {
	p.regions = append(p.regions, region{at: at, loop: loop})
	p.now = int32(len(p.regions) - 1)
}

// see takes the next instruction; end is the offset behind it.
func (p *plan) see(i *wasmcode.Instruction, weight uint64, end int) {
	top := &p.blocks[len(p.blocks)-1]
	if !top.dead {
		p.regions[p.now].weight += weight
	}
	switch i.Op {
	case wasmcode.Block, wasmcode.Loop, wasmcode.If:
		p.open(i.Op, top.dead, end)
	case wasmcode.Else:
		top.op, top.dead = wasmcode.Else, top.bornDead
		p.begin(end, false)
	case wasmcode.End:
		p.close(end)
	case wasmcode.Br:
		p.branch(i.Index)
		top.dead = true
	case wasmcode.BrIf:
		p.branch(i.Index)
		if !top.dead {
			p.begin(end, false)
		}
	case wasmcode.BrTable:
		for _, label := range i.Labels {
			p.branch(label)
		}
		top.dead = true
	case wasmcode.Return:
		p.branch(uint32(len(p.blocks) - 1))
		top.dead = true
	case wasmcode.Unreachable:
		top.dead = true
	}
	if p.single && p.regions[len(p.regions)-1].at != end {
		p.begin(end, false)
	}
}

func (p *plan) open(op wasmcode.Op, dead bool, end int) {
	p.loops = p.loops || op == wasmcode.Loop && !dead && len(p.regions) == 1
	p.blocks = append(p.blocks, block{op: op, region: p.now, leaves: len(p.blocks), dead: dead, bornDead: dead})
	if op != wasmcode.Block {
		p.begin(end, op == wasmcode.Loop)
	}
}

func (p *plan) branch(label uint32) {
	last := len(p.blocks) - 1
	if p.blocks[last].dead {
		return
	}
	to := last - int(label)
	p.blocks[to].target = true
	p.blocks[last].leaves = min(p.blocks[last].leaves, to)
}

func (p *plan) close(end int) {
	last := len(p.blocks) - 1
	b := p.blocks[last]
	p.blocks = p.blocks[:last]
	if last == 0 {
		return
	}
	outer := &p.blocks[last-1]
	outer.leaves = min(outer.leaves, b.leaves)
	reached := !b.dead || b.target && b.op != wasmcode.Loop || b.op == wasmcode.If || b.op == wasmcode.Else
	outer.dead = b.bornDead || !reached
	p.now = b.region
	if b.leaves < last && !outer.dead {
		p.begin(end, false)
	}
}

// settle makes sure that every turn of a loop is charged, and every entry of a
// function that calls others, if only by the loop it begins with.
//
// Tried and given up: charging branches that weigh little with the code that leads
// to them, whether they run or not. With branches of up to 8 units metered Go ran
// at most a tenth faster, and encoding JSON was charged five times its weight.
func (p *plan) settle(calls bool) {
	if p.raw {
		return
	}
	for n := range p.regions {
		if r := &p.regions[n]; r.loop || n == 0 && calls && !p.loops {
			r.weight = max(r.weight, 1)
		}
	}
}
