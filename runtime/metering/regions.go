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
	look   bool // besides its charge, it looks at the counter
	at     int  // the offset it begins at, behind the instruction that parts it
}

// A guest is stopped when it looks at the counter and finds it dry. So what it
// does between two looks is bounded, and what it has paid ahead: for that it is
// granted at once, and does not ask again until it is done.
const (
	// mostUnlooked is what a function may do between two of its looks, on any way
	// through it.
	mostUnlooked = 1 << 14
	// mostAccesses is for how often it may read or write the memory meanwhile: each time
	// may take as long as thousands of additions, for pages that were not met before.
	mostAccesses = 1 << 9
	// mostAhead is what a function may do without a look, or have paid for, behind a
	// call: so much each caller may do in turn while a deep stack returns, until it
	// has risen to the mark.
	mostAhead = 256
	// lightLeaf is what a function may weigh that does not look at all. Its callers
	// count it as their own.
	lightLeaf = 64
)

// done is what was done since the last look.
type done struct {
	weight   uint64
	accesses uint64 // of the memory
}

// most is the most of both on either way.
func (d done) most(other done) done {
	return done{max(d.weight, other.weight), max(d.accesses, other.accesses)}
}

// block is a block that is open while regions are found.
type block struct {
	op wasmcode.Op
	// region is the one that the block stands in.
	region int32
	// head is the one that it begins with.
	head int32
	// leaves is the outermost block that a branch in this one goes to, by number.
	leaves int
	// target says that a branch goes to this block's end, dead that its end, or
	// what is read now, cannot be reached, and born dead that this holds for all
	// of it. Charges stand there all the same; they never run.
	target, dead, bornDead bool
	// before and after are what was done since the last look at the block's
	// beginning, and where it was left up to now, on the way on which it is most.
	before, after done
	// sets is how many variables had been set when it was opened, values how many
	// parameters and results it has.
	sets, values int
	// branches is how many branches go to it.
	branches int
	// ahead is what the region that is read was charged for behind a look in it, with
	// what the regions in it were charged ahead of the same look; kept is that of
	// regions of this block that are read no more. Below 0 there was no look.
	ahead, kept int64
}

// plan finds the regions of a function.
type plan struct {
	// For tests alone: single makes every instruction a region of its own, raw
	// leaves settle out.
	single, raw bool

	regions []region
	blocks  []block
	now     int32
	// since is what was done since the last look, on the way on which it is most.
	since done
	// locals is how many variables there are, sets how often one was set.
	locals, sets int
	// loops says that a loop begins before anything can branch past it, so that
	// its head is met whenever the function is entered.
	loops bool
	// brought is how many values are brought to where ways meet, joined what is charged
	// for that behind blocks.
	brought int
	joined  uint64
}

func (p *plan) reset(at, locals int) {
	p.locals, p.sets = locals, 0
	p.regions = append(p.regions[:0], region{at: at})
	p.blocks = append(p.blocks[:0], block{op: wasmcode.Nop, ahead: -1, kept: -1})
	p.now, p.since, p.loops, p.brought, p.joined = 0, done{}, false, 0, 0
}

func (p *plan) begin(at int, loop bool) {
	top := &p.blocks[len(p.blocks)-1]
	top.kept, top.ahead = max(top.kept, top.ahead), -1
	p.regions = append(p.regions, region{at: at, loop: loop})
	p.now = int32(len(p.regions) - 1)
}

// do counts what an instruction weighs. If that is too much to do without a look,
// or to charge ahead of one, a region begins before it.
func (p *plan) do(weight, accesses uint64, at int) {
	top := &p.blocks[len(p.blocks)-1]
	late := p.since.weight > 0 && (p.since.weight+weight > mostUnlooked || p.since.accesses+accesses > mostAccesses)
	if late || top.ahead >= 0 && top.ahead+int64(weight) > mostAhead {
		if last := &p.regions[len(p.regions)-1]; last.at != at {
			p.begin(at, false)
		}
		if late {
			p.regions[len(p.regions)-1].look = true
			p.looked()
			p.since = done{}
		}
	}
	p.regions[p.now].weight += weight
	p.since.weight += weight
	p.since.accesses += accesses
	if top.ahead >= 0 {
		top.ahead += int64(weight)
	}
}

// looked says that the region that begins here looks, after its charge: what the
// regions around it are charged behind this is ahead.
func (p *plan) looked() {
	top := &p.blocks[len(p.blocks)-1]
	top.kept = max(top.kept, 0)
}

// accesses is how often an instruction reads or writes the memory. What copies or fills
// it weighs so much that it needs no count of its own.
func accesses(i *wasmcode.Instruction) uint64 {
	if i.Kind == wasmcode.MemoryArgument || i.Kind == wasmcode.MemoryLane {
		return 1
	}
	return 0
}

// call says what an instruction that calls does. What it loads anew behind the call
// weighs reload: it is charged with the call, and done behind it.
func (p *plan) call(callee callee, reload uint64) {
	top := &p.blocks[len(p.blocks)-1]
	if top.dead {
		return
	}
	if callee.light {
		p.since.weight += callee.weight
		p.since.accesses += callee.accesses
		return
	}
	top.ahead = max(top.ahead, 0)
	behind := done{mostUnlooked - mostAhead + reload, mostAccesses - mostAhead}
	if callee.mayBeLight {
		behind = behind.most(done{p.since.weight + lightLeaf, p.since.accesses + lightLeaf})
	}
	p.since = behind
}

// see takes the next instruction: end is the offset behind it, values are the
// parameters and results of a block.
func (p *plan) see(i *wasmcode.Instruction, weight uint64, values, end int) {
	top := &p.blocks[len(p.blocks)-1]
	if !top.dead && weight > 0 {
		p.do(weight, accesses(i), i.At)
	}
	switch i.Op {
	case wasmcode.Block, wasmcode.Loop, wasmcode.If:
		p.open(i.Op, top.dead, values, end)
	case wasmcode.Else:
		if !top.dead {
			top.after = top.after.most(p.since)
		}
		top.op, top.dead, p.since = wasmcode.Else, top.bornDead, top.before
		p.begin(end, false)
	case wasmcode.End:
		p.close(end)
	case wasmcode.LocalSet, wasmcode.LocalTee:
		p.sets++
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
	if p.single && len(p.blocks) > 0 && p.regions[len(p.regions)-1].at != end {
		p.begin(end, false)
	}
}

func (p *plan) open(op wasmcode.Op, dead bool, values, end int) {
	p.loops = p.loops || op == wasmcode.Loop && !dead && len(p.regions) == 1
	ahead := int64(-1)
	if op == wasmcode.Block {
		ahead = p.blocks[len(p.blocks)-1].ahead
	}
	p.blocks = append(p.blocks, block{op: op, region: p.now, leaves: len(p.blocks), dead: dead, bornDead: dead, before: p.since, ahead: ahead, kept: -1,
		sets: p.sets, values: values})
	if op != wasmcode.Block {
		p.begin(end, op == wasmcode.Loop)
	}
	p.blocks[len(p.blocks)-1].head = p.now
	if op == wasmcode.Loop {
		p.looked()
		p.since = done{}
	}
}

func (p *plan) branch(label uint32) {
	last := len(p.blocks) - 1
	if p.blocks[last].dead {
		return
	}
	to := last - int(label)
	p.blocks[to].target = true
	p.blocks[to].branches++
	p.blocks[to].after = p.blocks[to].after.most(p.since)
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
	outer.ahead = max(outer.ahead, b.ahead, b.kept)
	p.after(&b)
	p.bring(&b)
	p.now = b.region
	if b.leaves < last && !outer.dead {
		p.begin(end, false)
	}
	p.join(&b, end)
}

// join charges what meets behind a block, and at a loop's head in each turn.
func (p *plan) join(b *block, end int) {
	weight := joined(p.changed(b))
	if weight == 0 || b.bornDead {
		return
	}
	if b.op == wasmcode.Loop {
		p.regions[b.head].weight += weight
	}
	if !p.blocks[len(p.blocks)-1].dead {
		p.joined += weight
		p.do(weight, 0, end)
	}
}

// after sets since to what it is behind a block. What branches brought to a loop
// went to its head, which looks.
func (p *plan) after(b *block) {
	since := done{}
	if !b.dead {
		since = p.since
	}
	if b.op != wasmcode.Loop {
		since = since.most(b.after)
	}
	if b.op == wasmcode.If {
		since = since.most(b.before)
	}
	p.since = since
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

// charges is how many regions are charged.
func (p *plan) charges() (n int) {
	for i := range p.regions {
		if p.regions[i].weight > 0 {
			n++
		}
	}
	return n
}
