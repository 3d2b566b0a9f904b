package metering

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// frame is a block of the original while the code is written: the number of the
// block that its label means now, which is its own but for loops and functions
// that are wrapped.
type frame struct {
	op    wasmcode.Op
	label int
	// level is how many blocks were open before it.
	level int
	// cold says that the loop calls out behind its end; typ is its type, as it is
	// written, and weight its charge.
	cold   bool
	typ    []byte
	weight uint64
}

func (w *rewriter) codeSection() []byte {
	w.vector(wasmcode.SectionCode, w.readCallee)
	n, all := 0, uint32(len(w.functions))
	if w.hasParts() {
		all += uint32(len(inParts))
	}
	if all == 0 {
		return nil
	}
	contents := make([]byte, 0, w.there[wasmcode.SectionCode].To-w.there[wasmcode.SectionCode].From)
	contents = wasmcode.AppendU32(contents, all)
	body := func() {
		contents = wasmcode.AppendU32(contents, uint32(len(w.code)))
		contents = append(contents, w.code...)
	}
	w.vector(wasmcode.SectionCode, func(r *wasmcode.Reader) {
		size := int(r.U32())
		from := r.At()
		r.Bytes(size)
		w.body(n, from, from+size)
		body()
		n++
	})
	if w.hasParts() {
		for _, op := range inParts {
			w.parts(op)
			body()
		}
	}
	return contents
}

// callee is what a caller knows of a function.
type callee struct {
	// light says that it does not look at the fuel, mayBeLight that nobody knows.
	light, mayBeLight bool
	// weight is what it does, if it is light, and accesses how often it reads or writes
	// the memory.
	weight, accesses uint64
	// reload is what a call in it weighs more, for the globals that it reads.
	reload uint64
}

// readCallee finds out whether a function is light.
func (w *rewriter) readCallee(r *wasmcode.Reader) {
	size := int(r.U32())
	from := r.At()
	r.Bytes(size)
	r = wasmcode.NewReader(w.module, from, from+size)
	f := &function{rewriter: w, typ: w.functions[len(w.callees)]}
	f.declare(r)
	f.reload = reloaded(w.reads(r.At(), from+size))
	c := callee{light: true, reload: f.reload}
	f.plan.reset(r.At(), int(f.locals))
	for c.light && r.Left() > 0 {
		i := r.Next()
		weight := f.weigh(&i)
		f.plan.see(&i, weight, f.blockValues(&i), r.At()) // which tells what it joins
		c.weight += weight
		c.accesses += accesses(&i)
		c.light = c.weight+f.plan.joined <= lightLeaf && !w.calls(&i) && i.Op != wasmcode.Loop
	}
	c.weight += f.plan.joined
	w.callees = append(w.callees, c)
}

// reads counts the globals that may change and that the function reads whose
// instructions are given.
func (w *rewriter) reads(from, to int) (n int) {
	if w.mutable <= freeReloads {
		return 0 // as it is nearly always, so that all code is not read once more
	}
	reader := int32(len(w.callees) + 1)
	r := wasmcode.NewReader(w.module, from, to)
	for r.Left() > 0 {
		i := r.Next()
		if i.Op != wasmcode.GlobalGet {
			continue
		}
		if by := &w.readBy[i.Index]; *by != never && *by != reader {
			*by = reader
			n++
		}
	}
	return n
}

// calls says that an instruction calls a function of the module.
func (w *rewriter) calls(i *wasmcode.Instruction) bool {
	return i.Op == wasmcode.Call && i.Index >= w.imported || i.Op == wasmcode.CallIndirect
}

// function is one function on its way through the rewriting.
type function struct {
	*rewriter
	typ uint32
	// from and to enclose its instructions.
	from, to int
	locals   uint32 // parameters included
	// bulk says that it has bulk operations, calls that it calls functions of the
	// module, light that it does not look at the fuel.
	bulk, calls, light bool
	// reload is what each call weighs more, for the globals that the function reads.
	reload uint64
	// values is how many values the engine may keep for it, and vectors that some
	// are of SIMD, which take twice the place.
	values  int
	vectors bool
	// frame is how many frames of depth it takes, if it calls others.
	frame int
	// holds says that the function holds the fuel in a variable, too, which is number held.
	holds bool
	held  uint32
	// level is how many blocks are open in what is written.
	level int
}

// body writes the rewritten body of function n to w.code.
func (w *rewriter) body(n, from, to int) {
	f := &function{rewriter: w, typ: w.functions[n], to: to, light: w.callees[n].light, reload: w.callees[n].reload}
	w.code = w.code[:0]
	r := wasmcode.NewReader(w.module, from, to)
	f.declare(r)
	f.from = r.At()
	f.survey(r)
	f.writeLocals(from)
	f.write()
}

func (f *function) declare(r *wasmcode.Reader) {
	f.locals = uint32(f.types[f.typ].parameters)
	f.vectors = f.types[f.typ].vectors
	for range r.U32() {
		f.locals += r.U32()
		f.vectors = r.Byte() == wasmcode.V128 || f.vectors
	}
}

// survey finds the regions and what the function does.
func (f *function) survey(r *wasmcode.Reader) {
	f.plan.reset(r.At(), int(f.locals))
	for r.Left() > 0 {
		i := r.Next()
		f.keep(&i, f.handed(&i))
		f.plan.see(&i, f.weigh(&i), f.blockValues(&i), r.At())
		if f.rewriter.calls(&i) {
			f.calls = true
			f.plan.call(f.callee(&i), f.reload)
		}
		f.bulk = f.bulk || charged(i.Op)
	}
	f.plan.settle(f.calls)
	f.holds = f.plan.charges() >= heldFrom
	f.frame = f.countFrames()
	f.largest = max(f.largest, f.frame)
}

// handed is the type of what an instruction calls, or of a block if it has one with
// an index.
func (f *function) handed(i *wasmcode.Instruction) signature {
	switch {
	case i.Op == wasmcode.Call:
		return f.types[f.functionType(i.Index)]
	case i.Op == wasmcode.CallIndirect:
		return f.types[i.Index]
	case i.Kind == wasmcode.BlockImmediate && i.Type >= 0:
		return f.types[i.Type]
	}
	return signature{}
}

// blockValues are the parameters and results of a block of a type with an index.
func (f *function) blockValues(i *wasmcode.Instruction) int {
	if i.Kind != wasmcode.BlockImmediate {
		return 0
	}
	handed := f.handed(i)
	return handed.parameters + len(handed.results)
}

func (f *function) callee(i *wasmcode.Instruction) callee {
	if i.Op == wasmcode.CallIndirect {
		return callee{mayBeLight: true}
	}
	return f.callees[i.Index-f.imported]
}

// writeLocals copies the local variables and adds two for bulk operations, and one for
// the fuel.
func (f *function) writeLocals(from int) {
	r := wasmcode.NewReader(f.module, from, f.from)
	n := r.U32()
	f.held = f.locals
	if f.bulk {
		f.held += 2
		n++
	}
	if f.holds {
		n++
	}
	f.code = append(wasmcode.AppendU32(f.code, n), r.Bytes(r.Left())...)
	if f.bulk {
		f.code = append(f.code, 2, wasmcode.I32)
	}
	if f.holds {
		f.code = append(f.code, 1, wasmcode.I64)
	}
}

// write writes the instructions with their charges.
func (f *function) write() {
	f.frames = append(f.frames[:0], frame{op: wasmcode.Nop})
	f.enter()
	next := 1 // region
	r := wasmcode.NewReader(f.module, f.from, f.to)
	for r.Left() > 0 {
		i := r.Next()
		f.instruction(&i, r.Since(i.At))
		if next < len(f.plan.regions) && f.plan.regions[next].at == r.At() {
			f.beginRegion(&f.plan.regions[next])
			next++
		}
	}
}

func (f *function) beginRegion(r *region) {
	if r.loop {
		f.loopHead(r.weight)
		return
	}
	if r.weight > 0 {
		f.charge(r.weight)
	}
	if r.look {
		f.look()
	}
}

func (f *function) op(ops ...wasmcode.Op) {
	for _, op := range ops {
		f.code = append(f.code, byte(op))
	}
}

func (f *function) indexed(op wasmcode.Op, index uint32) {
	f.code = wasmcode.AppendU32(append(f.code, byte(op)), index)
}

func (f *function) number(n int64) {
	f.code = wasmcode.AppendSigned(append(f.code, byte(wasmcode.I64Const)), n)
}

// The instructions that only this rewriter writes.
const (
	i32NotEqual  wasmcode.Op = 0x47
	i32Above     wasmcode.Op = 0x4b // unsigned
	i64Less      wasmcode.Op = 0x53 // signed
	i64Add       wasmcode.Op = 0x7c
	i64Sub       wasmcode.Op = 0x7d
	i64Or        wasmcode.Op = 0x84
	i64Shl       wasmcode.Op = 0x86
	i64ShrU      wasmcode.Op = 0x88
	i64ExtendI32 wasmcode.Op = 0xad // unsigned
	emptyBlock   wasmcode.Op = 0x40
)

// take subtracts n from a counter.
func (f *function) take(global uint32, n uint64) {
	f.indexed(wasmcode.GlobalGet, global)
	f.number(int64(n))
	f.op(i64Sub)
	f.indexed(wasmcode.GlobalSet, global)
}

func (f *function) give(global uint32, n uint64) {
	f.indexed(wasmcode.GlobalGet, global)
	f.number(int64(n))
	f.op(i64Add)
	f.indexed(wasmcode.GlobalSet, global)
}

// heldFrom is from how many charges on a function holds the fuel in a variable.
//
// The engine has a variable in a register, so that a charge does not wait for the last one
// to arrive in memory. The counter is written with each charge all the same: it is right
// at every trap and whenever the host looks. Behind all that may change it, which is calls
// of any kind, the variable is read anew.
const heldFrom = 2

// fuelLeft puts the fuel on the stack.
func (f *function) fuelLeft() {
	if f.holds {
		f.indexed(wasmcode.LocalGet, f.held)
		return
	}
	f.indexed(wasmcode.GlobalGet, f.fuel())
}

// setFuel sets the fuel to what is on the stack.
func (f *function) setFuel() {
	if f.holds {
		f.indexed(wasmcode.LocalTee, f.held)
	}
	f.indexed(wasmcode.GlobalSet, f.fuel())
}

// hold reads the fuel anew, if it is held.
func (f *function) hold() {
	if f.holds {
		f.indexed(wasmcode.GlobalGet, f.fuel())
		f.indexed(wasmcode.LocalSet, f.held)
	}
}

func (f *function) charge(n uint64) {
	f.fuelLeft()
	f.number(int64(n))
	f.op(i64Sub)
	f.setFuel()
}

// look calls out if the fuel is gone.
func (f *function) look() {
	f.fuelLeft()
	f.callOutIfNegative()
}

// callOutIfNegative calls out if what is on the stack is below zero.
func (f *function) callOutIfNegative() {
	f.number(0)
	f.op(i64Less, wasmcode.If, emptyBlock)
	f.indexed(wasmcode.Call, f.callout())
	f.hold()
	f.op(wasmcode.End)
}

// enter writes what a function begins with: it reads the fuel if it holds it, and charges.
// One that calls others counts its depth and looks at both counters at once; the fuel can
// wait if a loop comes first. Its own code is wrapped in a block, so that every return passes by the end, where the
// depth is given back and held against the mark; another around it has the callout behind
// its end, out of the way of those that return. One that calls no other looks at the
// fuel alone, and not if it is light: its caller looks for it.
func (f *function) enter() {
	f.hold()
	weight := f.plan.regions[0].weight
	if weight > 0 {
		f.charge(weight)
	}
	if !f.calls {
		if !f.light && !f.plan.loops {
			f.look()
		}
		return
	}
	f.take(f.depthAt(), uint64(f.frame))
	f.indexed(wasmcode.GlobalGet, f.depthAt())
	if weight > 0 {
		f.fuelLeft()
		f.op(i64Or)
	}
	f.callOutIfNegative()
	f.around()
	f.around()
	f.level = 2
	f.frames[0].label = f.level
}

// around begins a block with the function's results.
func (f *function) around() {
	f.op(wasmcode.Block)
	switch results := f.types[f.typ].results; len(results) {
	case 0:
		f.op(emptyBlock)
	case 1:
		f.code = append(f.code, results[0])
	default:
		f.code = wasmcode.AppendSigned(f.code, int64(f.addedType[f.typ]))
	}
}

// loopHead charges a turn of a loop. The callout stands behind the loop's end and
// goes back to its head: so nothing that the callout may change meets the hot path
// but at the head, which costs the least. A loop with parameters, whose operands
// would be lost that way, calls out in its head.
func (f *function) loopHead(weight uint64) {
	loop := &f.frames[len(f.frames)-1]
	f.charge(weight)
	f.fuelLeft()
	if !loop.cold {
		f.callOutIfNegative()
		return
	}
	loop.weight = weight
	f.number(0)
	f.op(i64Less)
	f.indexed(wasmcode.BrIf, 0)
	f.op(wasmcode.Block)
	f.code = append(f.code, loop.typ...)
	f.level++
}

// instruction writes one instruction of the original; as holds its bytes.
func (f *function) instruction(i *wasmcode.Instruction, as []byte) {
	switch i.Op {
	case wasmcode.Block, wasmcode.If:
		f.frames = append(f.frames, frame{op: i.Op, label: f.level + 1, level: f.level})
		f.code = append(f.code, as...)
		f.level++
	case wasmcode.Loop:
		f.loop(i, as)
	case wasmcode.End:
		f.end()
	case wasmcode.Br, wasmcode.BrIf:
		f.indexed(i.Op, f.label(i.Index))
	case wasmcode.BrTable:
		f.indexed(i.Op, uint32(len(i.Labels)-1))
		for _, label := range i.Labels {
			f.code = wasmcode.AppendU32(f.code, f.label(label))
		}
	case wasmcode.Return:
		f.indexed(wasmcode.Br, f.label(uint32(len(f.frames)-1)))
	case wasmcode.Call:
		f.indexed(i.Op, f.rewriter.function(i.Index))
		f.hold()
	case wasmcode.CallIndirect:
		f.code = append(f.code, as...)
		f.hold()
	case wasmcode.RefFunc:
		f.code = wasmcode.AppendSigned(append(f.code, byte(wasmcode.I32Const)), int64(f.reference(i.Index)))
		f.indexed(wasmcode.TableGet, f.tables)
	default:
		f.plain(i, as)
	}
}

// label returns the number that a label has now.
func (f *function) label(label uint32) uint32 {
	return uint32(f.level - f.frames[len(f.frames)-1-int(label)].label)
}

// loop writes the head of a loop: block (the exit), loop, block (the cold end). Its body
// stands in a block of its own behind the charge, whose end is held to the loop's type:
// the branch over the cold end would drop what the body left too much.
func (f *function) loop(i *wasmcode.Instruction, as []byte) {
	cold := i.Type < 0 || f.types[i.Type].parameters == 0
	loop := frame{op: i.Op, label: f.level + 1, level: f.level, cold: cold}
	if cold {
		loop.typ = as[1:]
		f.op(wasmcode.Block)
		f.code = append(f.code, loop.typ...)
		f.level++
		loop.label++
	}
	f.code = append(f.code, as...)
	f.level++
	if cold {
		f.op(wasmcode.Block, emptyBlock)
		f.level++
	}
	f.frames = append(f.frames, loop)
}

func (f *function) end() {
	b := f.frames[len(f.frames)-1]
	f.frames = f.frames[:len(f.frames)-1]
	if b.cold {
		f.op(wasmcode.End)
		f.indexed(wasmcode.Br, 2)
		f.op(wasmcode.End)
		f.give(f.fuel(), b.weight) // to the counter alone: what is held is read anew at once
		f.indexed(wasmcode.Call, f.callout())
		f.hold()
		f.indexed(wasmcode.Br, 0)
		f.op(wasmcode.End)
	}
	if len(f.frames) == 0 && f.calls {
		f.op(wasmcode.End)
		f.leave()
	}
	f.op(wasmcode.End)
	f.level = b.level
}

// leave writes what a function that calls others ends with: it gives its frames back,
// and calls out if that passes the mark. What it did behind its calls it paid for before
// them, so that the fuel does not tell when it is to be looked at, and nothing reads what
// is held behind.
func (f *function) leave() {
	f.give(f.depthAt(), uint64(f.frame))
	f.indexed(wasmcode.GlobalGet, f.mark())
	f.indexed(wasmcode.GlobalGet, f.depthAt())
	f.op(i64Less)
	f.indexed(wasmcode.BrIf, 0)
	f.op(wasmcode.Return, wasmcode.End)
	f.indexed(wasmcode.Call, f.callout())
}
