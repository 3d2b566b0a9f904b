package runtime

import (
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/admission"
)

// The section walker reads of a module what its report tells and what the rules of
// connectors are about: types, imports, tables, memories, exports and the manifest. It
// reads no code, globals or segments. All that is left for admission, which reads the
// whole module and holds it against this program's limits when the rules have found
// nothing: admitCode calls it. What is read here, before that, has admission's defaults
// for its bounds, so that nothing gets far that admission refuses.
var bounds = func() admission.Limits {
	limits, err := admission.Limits{}.WithDefaults()
	if err != nil {
		panic(err) // of no limits
	}
	return limits
}()

const (
	// maxMemories bounds the memories, of which only one is right: the finding tells how
	// many there are.
	maxMemories = 16
	// maxManifest bounds the manifest.
	maxManifest = 1 << 20
)

// The section ids of the binary format.
const (
	sectionCustom = iota
	sectionType
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionDataCount
)

var sectionNames = [...]string{"custom", "type", "import", "function", "table", "memory", "global", "export", "start",
	"element", "code", "data", "data count"}

// kind is the kind of an import or export.
type kind byte

const (
	kindFunction kind = iota
	kindTable
	kindMemory
	kindGlobal
	kindTag
)

func (k kind) String() string {
	return [...]string{"function", "table", "memory", "global", "tag"}[min(k, kindTag)]
}

// moduleShape is what the walker reads.
type moduleShape struct {
	types     []abi.Signature
	imports   []importShape
	functions []uint32 // type of every function, imported ones first
	tables    []tableShape
	memories  []limits
	exports   []exportShape
	manifests [][]byte
	bodies    int
	// tableStart and tableEnd enclose the table section, header included.
	tableStart, tableEnd int
}

type importShape struct {
	module, name string
	kind         kind
	signature    abi.Signature
}

type exportShape struct {
	name      string
	kind      kind
	signature abi.Signature
}

type tableShape struct {
	element byte
	limits  limits
}

// limits are a memory's or table's limits; flags are bit 0 a maximum, bit 1
// shared, bit 2 64 bits.
type limits struct {
	flags    byte
	min, max uint32
}

func (l limits) hasMax() bool { return l.flags&1 != 0 }

// walk reads the sections of a core module. The error is a *Finding.
func walk(module []byte) (shape *moduleShape, problem *Finding) {
	shape = &moduleShape{}
	b := &wasmReader{module: module, at: 8}
	// The reader stops at the first mistake by panicking with it, so that each
	// read is one line; nothing else may panic here.
	defer func() {
		if r := recover(); r != nil {
			f, mine := r.(*Finding)
			if !mine {
				panic(r)
			}
			problem = f
		}
	}()
	shape.readSections(b)
	return shape, nil
}

// sectionOrder gives each section its place: data count stands before code.
var sectionOrder = [...]int{sectionType: 1, sectionImport: 2, sectionFunction: 3, sectionTable: 4, sectionMemory: 5,
	sectionGlobal: 6, sectionExport: 7, sectionStart: 8, sectionElement: 9, sectionDataCount: 10, sectionCode: 11, sectionData: 12}

func (m *moduleShape) readSections(b *wasmReader) {
	last, customs := 0, 0
	for b.at < len(b.module) {
		start := b.at
		id := int(b.byte())
		size := int(b.u32())
		if id >= len(sectionNames) {
			b.fail(RuleMalformed, "there is an unknown section with number %d: build for WebAssembly 2.0 without newer proposals", id)
		}
		if left := len(b.module) - b.at; size > left {
			b.fail(RuleTruncated, "the file ends inside its %s section, %d bytes early: copy or build it again", sectionNames[id], size-left)
		}
		section := &wasmReader{module: b.module[:b.at+size], at: b.at, where: sectionNames[id]}
		b.at += size
		if id == sectionCustom {
			if customs++; customs > bounds.CustomSections {
				b.fail(RuleBound, "more than %d custom sections", bounds.CustomSections)
			}
			m.readCustom(section)
			continue
		}
		if sectionOrder[id] <= last {
			b.fail(RuleMalformed, "the %s section is out of order or there twice", sectionNames[id])
		}
		last = sectionOrder[id]
		if id == sectionTable {
			m.tableStart, m.tableEnd = start, b.at
		}
		m.readSection(id, section)
	}
	if defined := len(m.functions) - m.imported(kindFunction); m.bodies != defined {
		b.fail(RuleMalformed, "%d functions are declared and %d have code", defined, m.bodies)
	}
}

func (m *moduleShape) readSection(id int, b *wasmReader) {
	switch id {
	case sectionType:
		b.vector("types", bounds.Types, func() { m.types = append(m.types, b.functionType()) })
	case sectionImport:
		b.vector("imports", bounds.Imports, func() { m.readImport(b) })
	case sectionFunction:
		b.vector("functions", bounds.Functions, func() { m.functions = append(m.functions, m.typeIndex(b)) })
	case sectionTable:
		b.vector("tables", bounds.Tables, func() { m.tables = append(m.tables, b.table()) })
	case sectionMemory:
		b.vector("memories", maxMemories, func() { m.memories = append(m.memories, b.limits()) })
	case sectionExport:
		b.vector("exports", bounds.Exports, func() { m.readExport(b) })
	case sectionCode:
		m.bodies = b.count("function bodies", bounds.Functions)
		return
	default:
		return
	}
	if b.at != len(b.module) {
		b.fail(RuleMalformed, "the %s section is longer than its contents", b.where)
	}
}

func (m *moduleShape) readCustom(b *wasmReader) {
	if b.name() != abi.ManifestSection {
		return
	}
	m.manifests = append(m.manifests, b.module[b.at:])
}

func (m *moduleShape) readImport(b *wasmReader) {
	i := importShape{module: b.name(), name: b.name(), kind: kind(b.byte())}
	switch i.kind {
	case kindFunction:
		index := m.typeIndex(b)
		m.functions = append(m.functions, index)
		i.signature = m.types[index]
	case kindTable:
		b.table()
	case kindMemory:
		b.limits()
	case kindGlobal:
		b.byte()
		b.byte()
	default:
		b.fail(RuleMalformed, "the import %s is of an unknown kind: build for WebAssembly 2.0 without newer proposals", quote(i.name))
	}
	m.imports = append(m.imports, i)
}

func (m *moduleShape) readExport(b *wasmReader) {
	e := exportShape{name: b.name(), kind: kind(b.byte())}
	index := b.u32()
	if e.kind > kindGlobal {
		b.fail(RuleMalformed, "the export %s is of an unknown kind: build for WebAssembly 2.0 without newer proposals", quote(e.name))
	}
	if e.kind == kindFunction {
		if int(index) >= len(m.functions) {
			b.fail(RuleMalformed, "the export %s is function %d of %d", quote(e.name), index, len(m.functions))
		}
		e.signature = m.types[m.functions[index]]
	}
	m.exports = append(m.exports, e)
}

func (m *moduleShape) typeIndex(b *wasmReader) uint32 {
	index := b.u32()
	if int(index) >= len(m.types) {
		b.fail(RuleMalformed, "type %d of %d in the %s section", index, len(m.types), b.where)
	}
	return index
}

func (m *moduleShape) imported(k kind) int {
	n := 0
	for _, i := range m.imports {
		if i.kind == k {
			n++
		}
	}
	return n
}

// wasmReader reads the binary format. It panics with a *Finding; walk recovers it.
type wasmReader struct {
	module []byte
	at     int
	where  string
}

func (b *wasmReader) fail(rule, format string, args ...any) {
	panic(&Finding{Code: rule, Severity: Refusal, Message: fmt.Sprintf(format, args...)})
}

func (b *wasmReader) byte() byte {
	if b.at >= len(b.module) {
		b.truncated()
	}
	c := b.module[b.at]
	b.at++
	return c
}

func (b *wasmReader) truncated() {
	if b.where == "" {
		b.fail(RuleTruncated, "the file ends between two sections: copy or build it again")
	}
	b.fail(RuleMalformed, "the %s section ends early", b.where)
}

// u32 reads a number in LEB128 of at most 32 bits.
func (b *wasmReader) u32() uint32 {
	var n uint32
	for shift := 0; shift < 35; shift += 7 {
		c := b.byte()
		if shift == 28 && c > 0x0f {
			break
		}
		n |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	b.fail(RuleMalformed, "a number at byte %d does not fit 32 bits", b.at)
	return 0
}

// count reads the length of a vector.
func (b *wasmReader) count(what string, most int) int {
	n := b.u32()
	if int64(n) > int64(most) {
		b.fail(RuleBound, "%d %s, the most is %d", n, what, most)
	}
	return int(n)
}

func (b *wasmReader) vector(what string, most int, item func()) {
	for range b.count(what, most) {
		item()
	}
}

func (b *wasmReader) name() string {
	n := b.count("bytes in a name", bounds.NameBytes)
	if n > len(b.module)-b.at {
		b.truncated()
	}
	b.at += n
	return string(b.module[b.at-n : b.at])
}

func (b *wasmReader) functionType() abi.Signature {
	if form := b.byte(); form != 0x60 {
		b.fail(RuleMalformed, "type form %#x: build for WebAssembly 2.0 without newer proposals", form)
	}
	return abi.Signature{Params: b.valueKinds(), Results: b.valueKinds()}
}

func (b *wasmReader) valueKinds() []abi.ValueKind {
	var kinds []abi.ValueKind
	b.vector("parameters or results", bounds.Parameters, func() { kinds = append(kinds, abi.ValueKind(b.byte())) })
	return kinds
}

func (b *wasmReader) table() tableShape {
	t := tableShape{element: b.byte()}
	if t.element != 0x70 && t.element != 0x6f {
		b.fail(RuleMalformed, "table of element type %#x: build for WebAssembly 2.0 without newer proposals", t.element)
	}
	t.limits = b.limits()
	return t
}

// limits reads a table's or memory's limits. Those of 64 bits do not fit and are
// not needed: such a memory is refused for what it is.
func (b *wasmReader) limits() limits {
	l := limits{flags: b.byte()}
	if l.flags > 7 {
		b.fail(RuleMalformed, "limits with flags %#x: build for WebAssembly 2.0 without newer proposals", l.flags)
	}
	if l.flags&4 != 0 {
		b.fail(RuleMemoryKind, "a memory or table of 64 bits: build for wasm32")
	}
	l.min = b.u32()
	if l.hasMax() {
		l.max = b.u32()
	}
	return l
}
