package metering

import (
	"bytes"
	"math"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// signature is a type of functions, as far as it matters here.
type signature struct {
	parameters int
	results    []byte
	vectors    bool // some of them are of SIMD
}

// never is what readBy has for a global that does not change.
const never = -1

// rewriter rewrites one admitted module.
type rewriter struct {
	module []byte
	there  [wasmcode.SectionDataCount + 1]wasmcode.Section
	names  wasmcode.Section // the custom section "name"

	types     []signature
	imports   []uint32 // the types of imported functions
	imported  uint32   // how many there are
	functions []uint32 // the types of those defined
	callees   []callee // those defined
	globals   uint32
	// readBy tells for each global the last function that was found to read it, counted
	// from 1, or never for one that does not change; mutable is how many change.
	readBy  []int32
	mutable int
	tables  uint32
	// references are the functions that code takes references to, in the order in
	// which it does, and referenceAt their places in it.
	references  []uint32
	referenceAt map[uint32]uint32
	// vectorGlobals says that globals are of SIMD, largest how many frames the
	// function has that has the most.
	vectorGlobals bool
	largest       int
	// added are types behind the module's own: the callout's, that of fills and copies
	// in parts, and () → results for each type of functions with several results.
	added     [][]byte
	addedType map[uint32]uint32 // by the function's type
	out       []byte

	// Of the function that is rewritten, kept from one to the next.
	plan   plan
	frames []frame
	code   []byte
}

func (w *rewriter) find(s wasmcode.Section) {
	if s.ID != wasmcode.SectionCustom {
		w.there[s.ID] = s
		return
	}
	r := wasmcode.NewReader(w.module, s.From, s.To)
	if string(r.Name()) == "name" {
		w.names = wasmcode.Section{ID: s.ID, From: r.At(), To: s.To}
	}
}

func (w *rewriter) reader(id int) *wasmcode.Reader {
	return wasmcode.NewReader(w.module, w.there[id].From, w.there[id].To)
}

// vector calls do for each item of a section; there need not be such a section.
func (w *rewriter) vector(id int, do func(*wasmcode.Reader)) (n uint32) {
	r := w.reader(id)
	if r.Left() > 0 {
		n = r.U32()
		for range n {
			do(r)
		}
	}
	return n
}

func (w *rewriter) run() []byte {
	w.vector(wasmcode.SectionType, w.readType)
	w.vector(wasmcode.SectionImport, func(r *wasmcode.Reader) {
		r.Name()
		r.Name()
		r.Byte()
		w.imports = append(w.imports, r.U32())
		w.imported++
	})
	w.vector(wasmcode.SectionFunction, func(r *wasmcode.Reader) { w.functions = append(w.functions, r.U32()) })
	w.globals = w.vector(wasmcode.SectionGlobal, func(r *wasmcode.Reader) {
		w.vectorGlobals = r.ValueType() == wasmcode.V128 || w.vectorGlobals
		w.addGlobal(r.Byte() != 0)
		for r.Next().Op != wasmcode.End {
		}
	})
	if r := w.reader(wasmcode.SectionTable); r.Left() > 0 {
		w.tables = r.U32()
	}
	w.addTypes()
	w.referenceAt = make(map[uint32]uint32)
	code := w.codeSection() // which tells the references that the added table is to hold
	w.out = append(make([]byte, 0, len(w.module)+len(w.module)/8+256), w.module[:8]...)
	for _, id := range wasmcode.Order {
		w.section(id, code)
	}
	w.nameSection()
	return w.out
}

func (w *rewriter) addGlobal(mutable bool) {
	if !mutable {
		w.readBy = append(w.readBy, never)
		return
	}
	w.readBy = append(w.readBy, 0)
	w.mutable++
}

func (w *rewriter) readType(r *wasmcode.Reader) {
	r.Byte()
	parameters := r.Bytes(int(r.U32()))
	results := r.Bytes(int(r.U32()))
	vectors := bytes.IndexByte(parameters, wasmcode.V128) >= 0 || bytes.IndexByte(results, wasmcode.V128) >= 0
	w.types = append(w.types, signature{len(parameters), results, vectors})
}

// functionType returns the number of the type of a function of the module.
func (w *rewriter) functionType(index uint32) uint32 {
	if index < w.imported {
		return w.imports[index]
	}
	return w.functions[index-w.imported]
}

// addTypes makes the types that the rewritten code needs. Types of one result have
// a short form.
func (w *rewriter) addTypes() {
	w.added = [][]byte{{0x60, 0, 0}, {0x60, 3, wasmcode.I32, wasmcode.I32, wasmcode.I32, 0}}
	w.addedType = make(map[uint32]uint32)
	for _, t := range w.functions {
		if results := w.types[t].results; len(results) > 1 && w.addedType[t] == 0 {
			w.addedType[t] = uint32(len(w.types) + len(w.added))
			w.added = append(w.added, append(wasmcode.AppendU32([]byte{0x60, 0}, uint32(len(results))), results...))
		}
	}
}

// function returns the number that a function has behind the callout.
func (w *rewriter) function(index uint32) uint32 {
	if index >= w.imported {
		return index + 1
	}
	return index
}

func (w *rewriter) callout() uint32 { return w.imported }
func (w *rewriter) fuel() uint32    { return w.globals }
func (w *rewriter) depthAt() uint32 { return w.globals + 1 }
func (w *rewriter) mark() uint32    { return w.globals + 2 }

// reference returns the place of a reference to a function in the added table: the
// engine makes an object for each ref.func that runs, and keeps it as long as the
// instance. An element segment fills the table when the instance begins. Globals would
// do, but the compiler declares each of them in every function.
func (w *rewriter) reference(index uint32) uint32 {
	n, there := w.referenceAt[index]
	if !there {
		n = uint32(len(w.references))
		w.references = append(w.references, index)
		w.referenceAt[index] = n
	}
	return n
}

// section writes the section id anew, if it is there or has to be; code is that of code.
func (w *rewriter) section(id int, code []byte) {
	s := w.there[id]
	var contents []byte
	switch id {
	case wasmcode.SectionType:
		contents = w.append(id, w.added...)
	case wasmcode.SectionImport:
		entry := appendName(appendName(nil, CalloutModule), CalloutName)
		contents = w.append(id, wasmcode.AppendU32(append(entry, 0), uint32(len(w.types))))
	case wasmcode.SectionFunction:
		contents = w.functionSection()
	case wasmcode.SectionTable:
		contents = w.tableSection()
	case wasmcode.SectionGlobal:
		contents = w.globalSection()
	case wasmcode.SectionExport:
		contents = w.exportSection()
	case wasmcode.SectionStart:
		if s.To > 0 {
			contents = wasmcode.AppendU32(nil, w.function(w.reader(id).U32()))
		}
	case wasmcode.SectionElement:
		contents = w.elementSection()
	case wasmcode.SectionCode:
		contents = code
	default:
		contents = w.module[s.From:s.To]
	}
	if len(contents) > 0 {
		w.out = wasmcode.AppendU32(append(w.out, byte(id)), uint32(len(contents)))
		w.out = append(w.out, contents...)
	}
}

// append returns the contents of a section with further items at its end.
func (w *rewriter) append(id int, items ...[]byte) []byte {
	r := w.reader(id)
	n := uint32(0)
	if r.Left() > 0 {
		n = r.U32()
	}
	contents := wasmcode.AppendU32(nil, n+uint32(len(items)))
	contents = append(contents, r.Bytes(r.Left())...)
	for _, item := range items {
		contents = append(contents, item...)
	}
	return contents
}

func appendName(b []byte, name string) []byte {
	return append(wasmcode.AppendU32(b, uint32(len(name))), name...)
}

func (w *rewriter) functionSection() []byte {
	var added [][]byte
	if w.hasParts() {
		added = [][]byte{wasmcode.AppendU32(nil, w.partsType()), wasmcode.AppendU32(nil, w.partsType())}
	}
	if len(added)+len(w.functions) == 0 {
		return nil
	}
	return w.append(wasmcode.SectionFunction, added...)
}

func (w *rewriter) globalSection() []byte {
	contents := wasmcode.AppendU32(nil, w.globals+3)
	w.vector(wasmcode.SectionGlobal, func(r *wasmcode.Reader) {
		contents = append(contents, r.Bytes(2)...)
		contents = w.constant(contents, r)
	})
	for _, initially := range []int64{0, 0, math.MaxInt64} { // fuel, depth and mark
		contents = append(contents, wasmcode.I64, 1, byte(wasmcode.I64Const))
		contents = append(wasmcode.AppendSigned(contents, initially), byte(wasmcode.End))
	}
	return contents
}

// tableSection adds the table of references, if there are any.
func (w *rewriter) tableSection() []byte {
	n := uint32(len(w.references))
	if n == 0 {
		s := w.there[wasmcode.SectionTable]
		return w.module[s.From:s.To]
	}
	return w.append(wasmcode.SectionTable, wasmcode.AppendU32(wasmcode.AppendU32([]byte{wasmcode.FuncRef, 1}, n), n))
}

// constant appends a constant expression with its function renumbered.
func (w *rewriter) constant(b []byte, r *wasmcode.Reader) []byte {
	for {
		from := r.At()
		switch i := r.Next(); i.Op {
		case wasmcode.RefFunc:
			b = wasmcode.AppendU32(append(b, byte(i.Op)), w.function(i.Index))
		case wasmcode.End:
			return append(b, byte(i.Op))
		default:
			b = append(b, r.Since(from)...)
		}
	}
}

func (w *rewriter) exportSection() []byte {
	var entries []byte
	n := w.vector(wasmcode.SectionExport, func(r *wasmcode.Reader) {
		from := r.At()
		r.Name()
		kind := r.Byte()
		entries = append(entries, r.Since(from)...)
		index := r.U32()
		if kind == 0 {
			index = w.function(index)
		}
		entries = wasmcode.AppendU32(entries, index)
	})
	const global = 3
	entries = wasmcode.AppendU32(append(appendName(entries, FuelName), global), w.fuel())
	entries = wasmcode.AppendU32(append(appendName(entries, DepthName), global), w.depthAt())
	entries = wasmcode.AppendU32(append(appendName(entries, MarkName), global), w.mark())
	return append(wasmcode.AppendU32(nil, n+3), entries...)
}

func (w *rewriter) elementSection() []byte {
	var entries []byte
	n := w.vector(wasmcode.SectionElement, func(r *wasmcode.Reader) { entries = w.element(entries, r) })
	if len(w.references) > 0 { // active, of functions, at the beginning of the added table
		n++
		entries = wasmcode.AppendU32(append(entries, 2), w.tables)
		entries = append(entries, byte(wasmcode.I32Const), 0, byte(wasmcode.End), 0)
		entries = wasmcode.AppendU32(entries, uint32(len(w.references)))
		for _, index := range w.references {
			entries = wasmcode.AppendU32(entries, w.function(index))
		}
	}
	if n == 0 {
		return nil
	}
	return append(wasmcode.AppendU32(nil, n), entries...)
}

// element appends an element segment; see admission for its flags.
func (w *rewriter) element(b []byte, r *wasmcode.Reader) []byte {
	flags := r.U32()
	b = wasmcode.AppendU32(b, flags)
	if flags&1 == 0 {
		if flags&2 != 0 {
			b = wasmcode.AppendU32(b, r.U32())
		}
		b = w.constant(b, r)
	}
	if flags&3 != 0 {
		b = append(b, r.Byte())
	}
	n := r.U32()
	b = wasmcode.AppendU32(b, n)
	for range n {
		if flags&4 != 0 {
			b = w.constant(b, r)
		} else {
			b = wasmcode.AppendU32(b, w.function(r.U32()))
		}
	}
	return b
}

// nameSection keeps the names of functions, for stack traces. Engines may refuse
// a name section that is malformed, so such a one is left out.
func (w *rewriter) nameSection() {
	const ofFunctions = 1
	names, err := w.functionNames(ofFunctions)
	if err != nil || len(names) == 0 {
		return
	}
	contents := appendName(nil, "name")
	contents = wasmcode.AppendU32(append(contents, ofFunctions), uint32(len(names)))
	contents = append(contents, names...)
	w.out = wasmcode.AppendU32(append(w.out, wasmcode.SectionCustom), uint32(len(contents)))
	w.out = append(w.out, contents...)
}

func (w *rewriter) functionNames(which byte) (names []byte, err error) {
	defer wasmcode.Catch(&err)
	r := wasmcode.NewReader(w.module, w.names.From, w.names.To)
	for r.Left() > 0 {
		id := r.Byte()
		size := r.Vector()
		from := r.At()
		r.Bytes(size)
		if id == which {
			return w.nameMap(wasmcode.NewReader(w.module, from, from+size)), nil
		}
	}
	return nil, nil
}

// What is kept of the names of functions, in bytes: of one, and of all of them with
// their numbers. The engine writes a name into each of its 30 frames of the trace that
// it makes of every trap and every stop.
const (
	nameBytes  = 128
	namesBytes = 4 << 20
)

// nameMap cuts names that are too long, and leaves out those that do not fit any more
// or are not UTF-8, for which engines may refuse the module, too.
func (w *rewriter) nameMap(r *wasmcode.Reader) []byte {
	var names []byte
	kept, last := uint32(0), int64(-1)
	for range r.Vector() {
		at, index := r.At(), r.U32()
		if int64(index) <= last || int64(index) >= int64(w.imported)+int64(len(w.functions)) {
			r.Fail(at, "a name of function %d", index)
		}
		last = int64(index)
		name := r.Name()
		if !utf8.Valid(name) {
			continue
		}
		if name = cutName(name); len(names)+len(name) <= namesBytes {
			names = appendName(wasmcode.AppendU32(names, w.function(index)), string(name))
			kept++
		}
	}
	return append(wasmcode.AppendU32(nil, kept), names...)
}

// cutName cuts a name between two characters.
func cutName(name []byte) []byte {
	if len(name) <= nameBytes {
		return name
	}
	end := nameBytes
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}
