package admission

import (
	"fmt"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// body checks the code of a function.
func (c *checker) body(r *wasmcode.Reader) {
	at := r.At()
	size := r.Vector()
	c.most(LimitBodyBytes, int64(size), c.limits.BodyBytes, at)
	from := r.At()
	r.Bytes(size)
	if c.bodies = c.bodies + 1; c.imported+c.bodies > len(c.functions) {
		c.refuse(RuleMalformed, at, "there is more code than there are functions")
	}
	f := function{checker: c, r: wasmcode.NewReader(c.module, from, from+size)}
	typ := c.functions[c.imported+c.bodies-1]
	f.widest = int64(c.arity[typ])
	f.locals = f.readLocals(int(c.parameters[typ]))
	f.meeting, f.lives = c.meeting.again(f.locals), c.lives.again(f.locals)
	f.meets(2, 0) // metering looks at the fuel
	f.run(int(c.arity[typ]) - int(c.parameters[typ]))
	f.count(at, size)
}

// function is one function's code on its way through the checks.
type function struct {
	*checker
	r       *wasmcode.Reader
	locals  int
	control int // instructions of control flow
	loops   int
	targets int
	exits   int   // returns and instructions that trap always
	work    int64 // of the instructions alone
	// operands are the values handed on, widest the most that a label of a block can
	// take that was seen up to now.
	operands int64
	widest   int64
	// blocks holds each block that is open, the function's own, for which Nop stands,
	// first. Beyond 2,000 or so they are refused.
	blocks []block
	deep   int
	// height is how many operands there are, live the sum of variables and operands at
	// each instruction of control flow, looping that at each loop.
	height        int
	live, looping int
	// reloads are what the engine reads all mutable globals anew for: calls, and the
	// callouts that metering may add.
	reloads int
	// called says that there was a call behind which metering may have to look at the
	// fuel yet, unlooked is what was done since it last may have.
	called   bool
	unlooked int
	// accesses is how often memory was read or written since it counted for a look.
	accesses int
	// labelled are the live cells of labels of br_tables.
	labelled int
	// fresh says that the last instruction left a value which is no other's.
	fresh bool
	// known is how many addresses the engine knows to be good, -1 where code cannot be
	// reached, bounds the sum of that at each instruction of control flow.
	known, bounds int
	chains
	meeting
	depths
	lives
}

// block is a block that is open.
type block struct {
	op wasmcode.Op
	// floor is the height below its parameters.
	floor               int
	parameters, results int
	// known is how many addresses were known to be good where it was opened, met the
	// least of those at branches to its end, -1 if there are none.
	known, met int
	// back is that of the function where it was opened; ways lead to its label, the last
	// from far blocks behind where others meet, and steps are those of all.
	back, ways, far int
	steps           int64
	// begun is that of the function where it was opened, branches are those to its label.
	begun, branches int
	// undo is the end of what was set where the block was opened, common where the first
	// branch to its end is.
	undo, common int
	// sets is how often a variable had been set where the block was opened, opened what was
	// carried there, brought the least of what is on the ways to its end.
	sets            int
	opened, brought carried
}

func (f *function) readLocals(locals int) int {
	n := f.r.Vector()
	for range n {
		at := f.r.At()
		// Compared before they are added: a group can have four thousand million.
		group := int64(f.r.U32())
		if int64(locals)+group > int64(f.limits.Locals) {
			wasmcode.Stop(&Refusal{Limit: LimitLocals, Used: int64(locals) + group, Allowed: int64(f.limits.Locals), Offset: at})
		}
		locals += int(group)
		f.r.ValueType()
	}
	f.most(LimitLocals, int64(locals), f.limits.Locals, f.r.At())
	f.report.Locals += locals
	f.most(LimitTotalLocals, int64(f.report.Locals), f.limits.TotalLocals, f.r.At())
	return locals
}

func (f *function) run(results int) {
	f.blocks = append(f.checker.blocks[:0], block{op: wasmcode.Nop, results: results, met: -1})
	for len(f.blocks) > 0 {
		i := f.r.Next()
		f.structure(&i)
		f.instruction(&i)
		f.follow(&i)
		f.operate(&i)
		f.find(&i)
		f.work += int64(work[i.Op])
		if work[i.Op] > 0 {
			f.slots++
		}
		f.most(LimitWork, f.work+f.operands, f.limits.Work, i.At)
	}
	f.checker.blocks, f.checker.meeting, f.checker.lives = f.blocks, f.meeting, f.lives
	if f.r.Left() != 0 {
		f.refuse(RuleMalformed, f.r.At(), "there is code after the end of a function")
	}
}

// chargedControl is the control flow of an operation that pays by length: metering
// puts two ifs around each, or one with two ways, and the engine a check.
const chargedControl = 3

// structure follows blocks.
func (f *function) structure(i *wasmcode.Instruction) {
	switch i.Op {
	case wasmcode.MemoryInit, wasmcode.MemoryCopy, wasmcode.MemoryFill, wasmcode.TableInit, wasmcode.TableCopy, wasmcode.TableFill,
		wasmcode.MemoryGrow, wasmcode.TableGrow:
		f.flow(chargedControl)
		f.meets(2, 0)
		f.meets(2, 0)
	case wasmcode.CallIndirect:
		f.flow(1)
	case wasmcode.Return: // metering makes it a branch to a block around all
		f.exits++
		f.blocks[0].branches++
		f.hand(i.At, int64(f.blocks[0].results))
	case wasmcode.Unreachable:
		f.exits++
	case wasmcode.Block, wasmcode.Loop, wasmcode.If:
		f.flow(1)
		if i.Op == wasmcode.Loop {
			f.loops++
			f.depth += 2 // for metering's look
			f.looping += f.locals + f.height
			f.carry()
		}
		f.blocks = append(f.blocks, f.enter(i.Op))
		f.deep = max(f.deep, len(f.blocks)-1)
		f.most(LimitNesting, int64(len(f.blocks)-1), f.limits.Nesting, i.At)
	case wasmcode.Else:
		if top := &f.blocks[len(f.blocks)-1]; top.op != wasmcode.If {
			f.refuse(RuleMalformed, i.At, "an else without its if")
		} else {
			top.op = wasmcode.Else
			f.reloads++
			f.otherwise(top)
			f.dead(top)
			top.met, f.known = meet(top.met, f.known), top.known
			f.height = top.floor + top.parameters
		}
	case wasmcode.End:
		last := len(f.blocks) - 1
		b := &f.blocks[last]
		f.leave(b)
		f.height, f.known = b.floor+b.results, meet(f.known, b.met)
		if b.op == wasmcode.If {
			f.known = meet(f.known, b.known)
		}
		f.join(b)
		f.blocks = f.blocks[:last]
	}
}

// flow counts instructions of control flow: a compiler follows all that lives over each.
func (f *function) flow(n int) {
	f.control += n
	f.live += n * f.alive()
	f.bounds += n * max(f.known, 0)
	f.depth += n
	for range n {
		f.kept.flow(f.alive(), max(f.known, 0))
	}
	f.reloads += n // for a look at the fuel, or a callout
}

// instruction checks every index of an instruction.
func (f *function) instruction(i *wasmcode.Instruction) {
	if i.Op >= wasmcode.SIMD {
		f.simd(i.At)
	}
	switch i.Kind {
	case wasmcode.BlockImmediate:
		if i.Type >= 0 {
			f.index64(IndexType, i.At, i.Type, len(f.parameters))
			f.widest = max(f.widest, int64(f.arity[i.Type]))
			f.hand(i.At, int64(f.arity[i.Type]))
		}
	case wasmcode.LabelIndex:
		f.flow(1)
		f.index(IndexLabel, i.At, i.Index, len(f.blocks))
		f.searched += int64(f.blocks[len(f.blocks)-1-int(i.Index)].branches)
		f.branch(i.Index)
		f.hand(i.At, f.widest)
	case wasmcode.LabelTable:
		f.labels(i)
	case wasmcode.FunctionIndex:
		f.index(IndexFunction, i.At, i.Index, len(f.functions))
		if i.Op == wasmcode.RefFunc {
			f.refer(i)
		}
		f.hand(i.At, 1+int64(f.arity[f.functions[i.Index]]))
	case wasmcode.TypeAndTable:
		f.index(IndexType, i.At, i.Index, len(f.parameters))
		f.hand(i.At, 1+int64(f.arity[i.Index]))
		f.index(IndexTable, i.At, i.Second, len(f.tables))
	case wasmcode.LocalIndex:
		f.index(IndexLocal, i.At, i.Index, f.locals)
	case wasmcode.GlobalIndex:
		f.index(IndexGlobal, i.At, i.Index, len(f.fixed))
		f.readsGlobal(i)
	case wasmcode.TableIndex:
		f.index(IndexTable, i.At, i.Index, len(f.tables))
	case wasmcode.TableAndTable:
		f.index(IndexTable, i.At, i.Index, len(f.tables))
		f.index(IndexTable, i.At, i.Second, len(f.tables))
	case wasmcode.ElementAndTable:
		f.index(IndexElement, i.At, i.Index, f.segments)
		f.index(IndexTable, i.At, i.Second, len(f.tables))
	case wasmcode.ElementIndex:
		f.index(IndexElement, i.At, i.Index, f.segments)
	case wasmcode.DataAndMemory:
		f.index(IndexData, i.At, i.Index, max(f.data, 0))
		f.index(IndexMemory, i.At, i.Second, f.memories)
	case wasmcode.DataIndex:
		f.index(IndexData, i.At, i.Index, max(f.data, 0))
	case wasmcode.MemoryIndex, wasmcode.MemoryArgument, wasmcode.MemoryLane:
		f.index(IndexMemory, i.At, i.Index, f.memories)
	case wasmcode.MemoryAndMemory:
		f.index(IndexMemory, i.At, i.Index, f.memories)
		f.index(IndexMemory, i.At, i.Second, f.memories)
	}
}

func (f *function) labels(i *wasmcode.Instruction) {
	f.flow(1)
	f.most(LimitBranchTable, int64(len(i.Labels)), f.limits.BranchTable, i.At)
	f.targets += len(i.Labels)
	f.work += int64(workOfLabel * len(i.Labels))
	f.most(LimitBranchTargets, int64(f.targets), f.limits.BranchTargets, i.At)
	f.above += int64(len(i.Labels)) * int64(f.depth)
	for range i.Labels {
		f.kept.flow(f.alive(), max(f.known, 0))
	}
	f.labelled += cellsOfLabel * len(i.Labels) * f.alive()
	f.hand(i.At, f.widest*int64(len(i.Labels)))
	f.report.MaxBranchTable = max(f.report.MaxBranchTable, len(i.Labels))
	for _, label := range i.Labels {
		f.index(IndexLabel, i.At, label, len(f.blocks))
		f.branch(label)
	}
}

// hand counts values that are handed on.
func (f *function) hand(at int, values int64) {
	f.operands += values
	f.most(LimitOperands, f.operands, f.limits.Operands, at)
}

// count enters the function into the report.
func (f *function) count(at, size int) {
	r, looks := f.report, (int(f.work+f.operands)+f.live)/lookWork
	reloaded := (f.reloads + reloadsOfFunction + looks) * f.mutable
	cells := f.live + f.labelled + f.control*(f.control/16) + 16*f.looping + reloaded + f.bounds/boundsPerCell
	f.most(LimitControl, int64(f.control), f.limits.Control, at)
	f.most(LimitLoops, int64(f.loops), f.limits.Loops, at)
	f.most(LimitLiveCells, int64(cells), f.limits.LiveCells, at)
	r.MaxBodyBytes = max(r.MaxBodyBytes, size)
	r.MaxLocals = max(r.MaxLocals, f.locals)
	r.MaxNesting = max(r.MaxNesting, f.deep)
	r.MaxLiveCells = max(r.MaxLiveCells, cells)
	r.MaxBranchTargets = max(r.MaxBranchTargets, f.targets)
	r.BranchTargets += f.targets
	f.most(LimitTotalBranchTargets, int64(r.BranchTargets), f.limits.TotalBranchTargets, at)
	r.MaxOperands = max(r.MaxOperands, int(f.operands))
	r.Operands += int(f.operands)
	f.most(LimitTotalOperands, int64(r.Operands), f.limits.TotalOperands, at)
	work := int(f.work + f.operands)
	r.MaxWork = max(r.MaxWork, work)
	own := work + (cells-f.labelled)/2 - reloaded/4
	labels := max(0, f.labelled-own/labelledOfOwn) / 2
	loops := 16*f.looping + f.loops*(f.loops/8)
	declared := (len(f.fixed) + len(f.parameters) + f.several) / declaredPerUnit
	r.Work += own + labels + loops + f.exits*f.exits/16 + f.brought(own) + f.found() + f.climbed() + declared
	f.most(LimitTotalWork, int64(r.Work), f.limits.TotalWork, at)
	r.MaxControl = max(r.MaxControl, f.control)
	r.Control += f.control
	f.most(LimitTotalControl, int64(r.Control), f.limits.TotalControl, at)
	r.MaxLoops = max(r.MaxLoops, f.loops)
	r.Loops += f.loops
	f.most(LimitTotalLoops, int64(r.Loops), f.limits.TotalLoops, at)
	f.most(LimitMoves, int64(f.moves), f.limits.Moves, at)
	r.MaxMoves = max(r.MaxMoves, f.moves)
	r.KeptCells = f.kept.enter()
	f.most(LimitKeptCells, int64(r.KeptCells), f.limits.KeptCells, at)
	r.LiveCells += cells
	f.most(LimitTotalLiveCells, int64(r.LiveCells), f.limits.TotalLiveCells, at)
}

func (c *checker) simd(at int) {
	if c.limits.NoSIMD {
		wasmcode.Stop(&Refusal{Limit: RuleFeature, Offset: at, Message: "SIMD is not offered"})
	}
	c.report.SIMD = true
}

// refer counts a function that code refers to, once: metering holds its reference in a
// table, so that the engine does not see whether it is declared.
func (c *checker) refer(i *wasmcode.Instruction) {
	if c.declared == nil || !c.declared[i.Index] {
		c.refuse(RuleMalformed, i.At, "code refers to function %d, which no element segment, global or export names", i.Index)
	}
	if c.referred == nil {
		c.referred = make([]bool, len(c.functions))
	}
	if !c.referred[i.Index] {
		c.referred[i.Index] = true
		c.report.Elements++
		c.most(LimitElements, int64(c.report.Elements), c.limits.Elements, i.At)
	}
}

// most refuses more than a limit allows.
func (c *checker) most(limit string, used int64, allowed, at int) {
	if used > int64(allowed) {
		wasmcode.Stop(&Refusal{Limit: limit, Used: used, Allowed: int64(allowed), Offset: at})
	}
}

func (c *checker) index(space string, at int, index uint32, there int) {
	c.index64(space, at, int64(index), there)
}

func (c *checker) index64(space string, at int, index int64, there int) {
	if index >= int64(there) {
		wasmcode.Stop(&Refusal{Limit: space, Used: index, Allowed: int64(there), Offset: at})
	}
}

func (c *checker) refuse(rule string, at int, format string, args ...any) {
	wasmcode.Stop(&Refusal{Limit: rule, Offset: at, Message: fmt.Sprintf(format, args...)})
}
