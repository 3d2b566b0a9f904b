package wasmtest

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// Program makes a valid module of any bytes: some functions that call each other,
// loop, branch, trap, and use memory, tables and globals. Its export "run" is of
// type (i32, i64) → i64, "memory" its memory, and "g" a global. It ends by itself:
// every loop and every call costs one of its turns, and without them it returns.
// The same bytes give the same module.
func Program(choices []byte) []byte {
	p := &program{choices: choices}
	n := 1 + p.choose(5)
	m := &Module{
		Types:    [][]byte{Func("\x7f\x7e", "\x7e"), Func("", "\x7f\x7e"), Func("\x7f", "\x7f"), Func("\x7f\x7e", "\x7f\x7e")},
		Tables:   [][]byte{{0x70, 1, 16, 32}, {0x6f, 0, 2}},
		Memories: [][]byte{{1, 1, 4}},
		Globals: [][]byte{
			Join([]byte{0x7e, 1}, I64(0), []byte{0x0b}),   // g
			Join([]byte{0x7f, 1}, I32(400), []byte{0x0b}), // turns
			Join([]byte{0x7c, 1, 0x44}, make([]byte, 8), []byte{0x0b}),
			Join([]byte{0x70, 1, 0xd2}, U32(uint32(n-1)), []byte{0x0b}),
		},
		Exports:   [][]byte{Export("run", 0, 0), Export("memory", 2, 0), Export("g", 3, 0), Export("turns", 3, 1)},
		Data:      [][]byte{Join([]byte{1}, Sized("passive segment")), Join([]byte{0}, I32(8), []byte{0x0b}, Sized("active segment"))},
		DataCount: U32(2),
	}
	p.functions = n
	elements := [][]byte{}
	for i := range n {
		m.Functions = append(m.Functions, U32(functionTypes[i%len(functionTypes)]))
		elements = append(elements, U32(uint32(i)))
	}
	m.Elements = [][]byte{
		Join([]byte{0}, I32(1), []byte{0x0b}, Vector(elements...)),
		Join([]byte{5, 0x70}, Vector(Join([]byte{0xd2}, U32(uint32(n-1)), []byte{0x0b}), []byte{0xd0, 0x70, 0x0b})),
	}
	for i := range n {
		m.Bodies = append(m.Bodies, p.body(functionTypes[i%len(functionTypes)]))
	}
	if p.choose(4) == 0 {
		m.Types = append(m.Types, Func("", ""))
		m.Functions = append(m.Functions, U32(4))
		p.typ, p.code, p.labels = 4, nil, []label{{}}
		p.statements(2)
		m.Bodies = append(m.Bodies, Body([][]byte{{4, 0x7f}, {4, 0x7e}}, p.code...))
		m.Start = U32(uint32(n))
	}
	return m.Bytes()
}

// functionTypes are the types of a program's functions in turn.
var functionTypes = []uint32{0, 3, 0, 1, 2}

// The results of the types.
var results = [][]byte{{wasmcode.I64}, {wasmcode.I32, wasmcode.I64}, {wasmcode.I32}, {wasmcode.I32, wasmcode.I64}, {}}

var parameters = [][]byte{{wasmcode.I32, wasmcode.I64}, {}, {wasmcode.I32}, {wasmcode.I32, wasmcode.I64}, {}}

// label is what a branch to a block must leave on the stack.
type label struct{ values []byte }

type program struct {
	choices   []byte
	functions int
	typ       uint32
	code      []byte
	labels    []label
}

// choose returns a number below n. Without choices left it is 0, which ends
// everything soon.
func (p *program) choose(n int) int {
	if len(p.choices) == 0 {
		return 0
	}
	c := int(p.choices[0])
	p.choices = p.choices[1:]
	return c % n
}

func (p *program) emit(b ...byte) { p.code = append(p.code, b...) }

func (p *program) body(typ uint32) []byte {
	p.typ, p.code, p.labels = typ, nil, []label{{results[typ]}}
	p.turn()
	p.statements(3)
	p.values(results[typ], 3)
	return Body([][]byte{{4, wasmcode.I32}, {4, wasmcode.I64}}, p.code...)
}

// turn takes a turn, and returns when there is none left.
func (p *program) turn() {
	p.emit(0x23, 1, 0x45, 0x04, 0x40) // if turns == 0
	p.constants(p.labels[0].values)
	p.emit(0x0f, 0x0b)                      // return
	p.emit(0x23, 1, 0x41, 1, 0x6b, 0x24, 1) // turns--
}

func (p *program) constants(types []byte) {
	for _, t := range types {
		if t == wasmcode.I32 {
			p.emit(I32(int64(p.choose(256)))...)
		} else {
			p.emit(I64(int64(p.choose(256)) << 20)...)
		}
	}
}

func (p *program) values(types []byte, depth int) {
	for _, t := range types {
		p.value(t, depth)
	}
}

// local returns a local variable of a type.
func (p *program) local(t byte) byte {
	n := byte(len(parameters[p.typ]))
	if t == wasmcode.I64 {
		n += 4
	}
	return n + byte(p.choose(4))
}

func (p *program) statements(depth int) {
	for range 1 + p.choose(5) {
		p.statement(depth)
	}
}

func (p *program) statement(depth int) {
	if depth <= 0 || len(p.choices) == 0 {
		p.emit(0x01)
		return
	}
	switch p.choose(19) {
	case 0, 1:
		t := p.anyType()
		p.value(t, depth-1)
		p.emit(0x21, p.local(t))
	case 2:
		p.value(wasmcode.I64, depth-1)
		p.emit(0x24, 0)
	case 3:
		p.value(wasmcode.I32, depth-1)
		p.emit(0x41, 0xff, 0x0f, 0x71) // & 2047
		p.value(wasmcode.I64, depth-1)
		p.emit(0x37, 3, 0)
	case 4, 5:
		p.conditional(depth)
	case 6:
		p.block(0x02, nil, depth)
	case 7, 8:
		p.loop(depth)
	case 9, 10:
		p.branch(depth)
	case 11:
		p.branchTable(depth)
	case 12:
		p.call(depth)
	case 13:
		p.bulk(depth)
	case 14:
		p.value(wasmcode.I32, depth-1)
		p.emit(0x04, 0x40)
		p.values(p.labels[0].values, 1)
		p.emit(0x0f, 0x0b) // if return end
	case 15:
		if p.choose(8) == 0 {
			p.emit(0x02, 0x40, 0x00, 0x0b)
		}
	case 16:
		p.dead(depth)
	case 17:
		p.values([]byte{wasmcode.I32, wasmcode.I64}, depth-1)
		p.loopWithParameters(depth)
	case 18:
		t := p.anyType()
		p.block(0x02, []byte{t}, depth)
		p.emit(0x21, p.local(t))
	}
}

func (p *program) anyType() byte {
	return []byte{wasmcode.I32, wasmcode.I64}[p.choose(2)]
}

func (p *program) conditional(depth int) {
	p.value(wasmcode.I32, depth-1)
	p.emit(0x04, 0x40)
	p.labels = append(p.labels, label{})
	p.statements(depth - 1)
	if p.choose(2) == 0 {
		p.emit(0x05)
		p.statements(depth - 1)
	}
	p.labels = p.labels[:len(p.labels)-1]
	p.emit(0x0b)
}

// block writes a block with at most one result.
func (p *program) block(op byte, values []byte, depth int) {
	p.emit(op, append(values, 0x40)[0])
	p.labels = append(p.labels, label{values})
	p.statements(depth - 1)
	p.values(values, depth-1)
	p.labels = p.labels[:len(p.labels)-1]
	p.emit(0x0b)
}

// loop repeats while a value is not 0 and there are turns.
func (p *program) loop(depth int) {
	result := p.choose(3) == 0
	if result {
		p.emit(0x03, wasmcode.I64)
	} else {
		p.emit(0x03, 0x40)
	}
	p.turn()
	p.labels = append(p.labels, label{})
	p.statements(depth - 1)
	p.value(wasmcode.I32, depth-1)
	p.emit(0x0d, 0)
	if result {
		p.value(wasmcode.I64, depth-1)
	}
	p.labels = p.labels[:len(p.labels)-1]
	p.emit(0x0b)
	if result {
		p.emit(0x21, p.local(wasmcode.I64))
	}
}

// loopWithParameters has two parameters and two results, which are on the stack.
func (p *program) loopWithParameters(depth int) {
	values := []byte{wasmcode.I32, wasmcode.I64}
	p.emit(0x03, 3)
	p.turn()
	p.emit(0x21, p.local(wasmcode.I64), 0x21, p.local(wasmcode.I32))
	p.labels = append(p.labels, label{values})
	p.statements(depth - 1)
	p.values(values, depth-1)
	p.value(wasmcode.I32, depth-1)
	p.emit(0x0d, 0)
	p.labels = p.labels[:len(p.labels)-1]
	p.emit(0x0b, 0x21, p.local(wasmcode.I64), 0x21, p.local(wasmcode.I32))
}

// branch writes a br_if to any label, or a br in an if.
func (p *program) branch(depth int) {
	n := p.choose(len(p.labels))
	to := p.labels[len(p.labels)-1-n]
	if p.choose(2) == 0 {
		p.value(wasmcode.I32, depth-1)
		p.emit(0x04, 0x40)
		p.values(to.values, depth-2)
		p.emit(0x0c, byte(n+1), 0x0b)
		return
	}
	p.values(to.values, depth-2)
	p.value(wasmcode.I32, depth-1)
	p.emit(0x0d, byte(n))
	for range to.values {
		p.emit(0x1a)
	}
}

// branchTable branches over the labels that take no values, and a block of its own.
func (p *program) branchTable(depth int) {
	p.emit(0x02, 0x40, 0x02, 0x40)
	labels := []byte{0, 1}
	for n := range p.labels {
		if l := p.labels[len(p.labels)-1-n]; len(l.values) == 0 {
			labels = append(labels, byte(n+2))
		}
	}
	p.value(wasmcode.I32, depth-1)
	n := p.choose(6)
	p.emit(0x0e, byte(n))
	for range n + 1 {
		p.emit(labels[p.choose(len(labels))])
	}
	p.emit(0x0b)
	p.labels = append(p.labels, label{})
	p.statement(depth - 1)
	p.labels = p.labels[:len(p.labels)-1]
	p.emit(0x0b)
}

// call calls any function, directly or by the table, and drops what it returns.
func (p *program) call(depth int) {
	n := p.choose(p.functions)
	typ := functionTypes[n%len(functionTypes)]
	p.values(parameters[typ], depth-1)
	if p.choose(2) == 0 {
		p.emit(0x10, byte(n))
	} else {
		p.value(wasmcode.I32, 0)
		p.emit(0x41, 0x0f, 0x71, 0x11, byte(typ), 0)
	}
	for range results[typ] {
		p.emit(0x1a)
	}
}

// bulk writes an operation on memory or a table.
func (p *program) bulk(depth int) {
	small := func(mask int64) {
		p.value(wasmcode.I32, depth-2)
		p.emit(append(I32(mask), 0x71)...)
	}
	switch p.choose(11) {
	case 0:
		small(4095)
		small(255)
		small(4095)
		p.emit(0xfc, 11, 0)
	case 1:
		small(4095)
		small(4095)
		small(4095)
		p.emit(0xfc, 10, 0, 0)
	case 2:
		small(4095)
		small(3)
		small(15)
		p.emit(0xfc, 8, 0, 0)
	case 3:
		if p.choose(4) == 0 {
			p.emit(0xfc, 9, 0)
		}
	case 4:
		small(1)
		p.emit(0x40, 0, 0x1a)
	case 5:
		p.emit(0xd0, 0x70)
		small(3)
		p.emit(0xfc, 15, 0, 0x1a)
	case 6:
		small(15)
		small(7)
		small(3)
		p.emit(0xfc, 14, 0, 0)
	case 7:
		small(15)
		p.emit(0xd2, byte(p.choose(p.functions)))
		small(3)
		p.emit(0xfc, 17, 0)
	case 8:
		small(15)
		small(1)
		small(2)
		p.emit(0xfc, 12, 1, 0)
	case 9:
		small(15)
		p.emit(0x23, 3, 0x26, 0) // table.set of the global
	case 10:
		if p.choose(4) == 0 {
			p.emit(0xfc, 13, 1)
		}
	}
}

// dead writes code behind a branch, which nothing reaches.
func (p *program) dead(depth int) {
	p.emit(0x02, 0x40, 0x0c, 0)
	p.labels = append(p.labels, label{})
	p.statements(depth - 1)
	p.labels = p.labels[:len(p.labels)-1]
	p.emit(0x0b)
}

// value writes an expression of a type.
func (p *program) value(t byte, depth int) {
	if depth <= 0 || len(p.choices) == 0 {
		if p.choose(2) == 0 {
			p.constants([]byte{t})
		} else {
			p.emit(0x20, p.local(t))
		}
		return
	}
	if t == wasmcode.I32 {
		p.i32(depth)
	} else {
		p.i64(depth)
	}
}

func (p *program) i32(depth int) {
	binary := func(op byte) {
		p.values([]byte{wasmcode.I32, wasmcode.I32}, depth-1)
		p.emit(op)
	}
	switch p.choose(10) {
	case 0, 1:
		p.emit(0x20, p.local(wasmcode.I32))
	case 2, 3:
		binary([]byte{0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x46, 0x48}[p.choose(8)])
	case 4:
		binary([]byte{0x6d, 0x70}[p.choose(2)]) // may trap
	case 5:
		p.value(wasmcode.I64, depth-1)
		p.emit(0xa7)
	case 6:
		p.value(wasmcode.I32, depth-1)
		p.emit(0x41, 0xff, 0x0f, 0x71, 0x28, 2, 0)
	case 7:
		p.emit(0x3f, 0)
	case 8:
		p.emit(0xfc, 16, 0)
	case 9:
		p.value(wasmcode.I32, depth-1)
		p.emit(0x04, wasmcode.I32)
		p.labels = append(p.labels, label{[]byte{wasmcode.I32}})
		p.value(wasmcode.I32, depth-1)
		p.emit(0x05)
		p.value(wasmcode.I32, depth-1)
		p.labels = p.labels[:len(p.labels)-1]
		p.emit(0x0b)
	}
}

func (p *program) i64(depth int) {
	switch p.choose(8) {
	case 0, 1:
		p.emit(0x20, p.local(wasmcode.I64))
	case 2, 3:
		p.values([]byte{wasmcode.I64, wasmcode.I64}, depth-1)
		p.emit([]byte{0x7c, 0x7d, 0x7e, 0x83, 0x84, 0x85, 0x88, 0x89}[p.choose(8)])
	case 4:
		p.value(wasmcode.I32, depth-1)
		p.emit(0xad)
	case 5:
		p.values([]byte{wasmcode.I64, wasmcode.I64, wasmcode.I32}, depth-1)
		p.emit(0x1b)
	case 6:
		p.emit(0x23, 0)
	case 7:
		p.value(wasmcode.I32, depth-1)
		p.emit(0xfd, 17, 0xfd, 29, 1) // i32x4.splat, i64x2.extract_lane
	}
}
