package snapshot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// The kinds of exports.
const (
	functionExport = 0
	globalExport   = 3
)

// preparer makes the plan of one module.
type preparer struct {
	module  []byte
	fresh   []string
	plan    *Plan
	there   [wasmcode.SectionDataCount + 1]wasmcode.Section
	customs []wasmcode.Section
	// start is the start function, if there is one.
	start uint32
	// mutable are the globals that a snapshot holds.
	mutable []uint32
}

func (p *preparer) sections() {
	wasmcode.Sections(p.module, func(s wasmcode.Section) {
		if s.ID == wasmcode.SectionCustom {
			p.customs = append(p.customs, s)
		} else {
			p.there[s.ID] = s
		}
	})
}

func (p *preparer) run() {
	p.sections()
	p.memory()
	p.startFunction()
	exports := p.exports()
	p.globals(exports)
	p.code()
	if p.plan.Obstacle == "" {
		p.data()
		p.rewrite()
	}
}

func (p *preparer) obstacle(format string, args ...any) {
	if p.plan.Obstacle == "" {
		p.plan.Obstacle = fmt.Sprintf(format, args...)
	}
}

func (p *preparer) has(id int) bool { return p.there[id].To > 0 }

// vector calls do for each item of a section; there need not be such a section.
func (p *preparer) vector(id int, do func(i uint32, r *wasmcode.Reader)) (n uint32) {
	r := wasmcode.NewReader(p.module, p.there[id].From, p.there[id].To)
	if r.Left() > 0 {
		n = r.U32()
		for i := range n {
			do(i, r)
		}
	}
	return n
}

func (p *preparer) memory() {
	p.vector(wasmcode.SectionMemory, func(_ uint32, r *wasmcode.Reader) {
		limited := r.Byte() == 1
		p.plan.least, p.plan.most = uint64(r.U32())*pageBytes, 1<<32
		if limited {
			p.plan.most = uint64(r.U32()) * pageBytes
		}
	})
}

// startFunction looks at the start function's type, as the engine would if it saw
// that it is one.
func (p *preparer) startFunction() {
	if !p.has(wasmcode.SectionStart) {
		return
	}
	var types []string
	var functions []uint32
	p.vector(wasmcode.SectionType, func(_ uint32, r *wasmcode.Reader) {
		r.Byte()
		types = append(types, string(r.Name())+string(r.Name()))
	})
	p.vector(wasmcode.SectionImport, func(_ uint32, r *wasmcode.Reader) {
		r.Name()
		r.Name()
		r.Byte()
		functions = append(functions, r.U32())
	})
	p.vector(wasmcode.SectionFunction, func(_ uint32, r *wasmcode.Reader) { functions = append(functions, r.U32()) })
	s := p.there[wasmcode.SectionStart]
	r := wasmcode.NewReader(p.module, s.From, s.To)
	p.start = r.U32()
	if int64(p.start) >= int64(len(functions)) || int64(functions[p.start]) >= int64(len(types)) {
		r.Fail(s.From, "there is no start function %d", p.start)
	}
	if types[functions[p.start]] != "" {
		p.obstacle("its start function has parameters or results")
	}
}

// exports returns the globals that begin anew in each lease.
func (p *preparer) exports() (fresh []uint32) {
	p.vector(wasmcode.SectionExport, func(_ uint32, r *wasmcode.Reader) {
		name, kind, index := string(r.Name()), r.Byte(), r.U32()
		if strings.HasPrefix(name, Prefix) {
			p.obstacle("it exports %s, and names that begin with %s are the snapshot's", quote(name), Prefix)
		}
		if kind == globalExport && slices.Contains(p.fresh, name) {
			fresh = append(fresh, index)
		}
	})
	return fresh
}

// maxQuoted is where a name from a module is cut in an obstacle, which reports print.
const maxQuoted = 512

func quote(name string) string {
	if len(name) > maxQuoted {
		return strconv.Quote(name[:maxQuoted]) + " (cut)"
	}
	return strconv.Quote(name)
}

// globals finds the mutable globals. None is imported, so their numbers are those
// of the section.
func (p *preparer) globals(fresh []uint32) {
	p.vector(wasmcode.SectionGlobal, func(i uint32, r *wasmcode.Reader) {
		kind, mutable := r.ValueType(), r.Byte() == 1
		for r.Next().Op != wasmcode.End {
		}
		switch {
		case !mutable || slices.Contains(fresh, i):
		case kind < wasmcode.F64:
			p.obstacle("its global variable %d holds a %s, and a snapshot holds plain numbers alone", i, kindName(kind))
		default:
			p.mutable = append(p.mutable, i)
		}
	})
}

func kindName(kind byte) string {
	if kind == wasmcode.V128 {
		return "vector"
	}
	return "reference"
}

// obstacles are the instructions whose effect is neither in memory nor in a global.
var obstacles = map[wasmcode.Op]string{
	wasmcode.TableSet:  "table.set",
	wasmcode.TableGrow: "table.grow",
	wasmcode.TableFill: "table.fill",
	wasmcode.TableCopy: "table.copy",
	wasmcode.TableInit: "table.init",
	wasmcode.DataDrop:  "data.drop",
	wasmcode.ElemDrop:  "elem.drop",
}

// code looks for what a snapshot would miss. Most instructions are no obstacle, so
// the kind of their immediates is looked at first.
func (p *preparer) code() {
	p.vector(wasmcode.SectionCode, func(_ uint32, r *wasmcode.Reader) {
		size := int(r.U32())
		from := r.At()
		r.Bytes(size)
		if p.plan.Obstacle == "" {
			p.body(wasmcode.NewReader(p.module, from, from+size))
		}
	})
}

func (p *preparer) body(r *wasmcode.Reader) {
	for range r.U32() {
		r.U32()
		r.ValueType()
	}
	for r.Left() > 0 {
		i := r.Next()
		switch i.Kind {
		case wasmcode.TableIndex, wasmcode.TableAndTable, wasmcode.ElementAndTable, wasmcode.ElementIndex, wasmcode.DataIndex:
			if name, is := obstacles[i.Op]; is {
				p.obstacle("its code uses %s, and a snapshot holds neither tables nor which segments were dropped", name)
			}
		}
	}
}

// data takes note of the active data segments. Bit 0 of the flags: passive. Bit 1:
// it names its memory, the only one.
func (p *preparer) data() {
	p.vector(wasmcode.SectionData, func(i uint32, r *wasmcode.Reader) {
		s, active := readData(r)
		if s.index = i; active {
			p.plan.data = append(p.plan.data, s)
		}
	})
}

func readData(r *wasmcode.Reader) (s segment, active bool) {
	flags := r.U32()
	if flags&2 != 0 {
		r.U32()
	}
	if active = flags&1 == 0; active {
		at := r.At()
		offset, end := r.Next(), r.Next()
		if offset.Op != wasmcode.I32Const || end.Op != wasmcode.End {
			r.Fail(at, "the offset of a data segment is no i32.const")
		}
		s.offset = uint32(offset.Number)
	}
	s.contents = r.Name()
	return s, active
}

// rewrite writes the plan's module.
func (p *preparer) rewrite() {
	out := append(make([]byte, 0, len(p.module)), p.module[:8]...)
	section := func(id int, contents []byte) {
		if len(contents) > 0 {
			out = wasmcode.AppendU32(append(out, byte(id)), uint32(len(contents)))
			out = append(out, contents...)
		}
	}
	for _, id := range wasmcode.Order {
		switch id {
		case wasmcode.SectionStart: // its function is exported
		case wasmcode.SectionExport:
			section(id, p.exportSection())
		case wasmcode.SectionData:
			section(id, p.dataSection())
		default:
			section(id, p.module[p.there[id].From:p.there[id].To])
		}
	}
	for _, s := range p.customs {
		section(s.ID, p.module[s.From:s.To])
	}
	p.plan.Module = out
}

// exportSection exports the start function and the mutable globals behind the
// module's own exports.
func (p *preparer) exportSection() []byte {
	var own, added []byte
	n := p.vector(wasmcode.SectionExport, func(_ uint32, r *wasmcode.Reader) {
		from := r.At()
		r.Name()
		r.Byte()
		r.U32()
		own = append(own, r.Since(from)...)
	})
	export := func(name string, kind byte, index uint32) string {
		added = append(wasmcode.AppendU32(added, uint32(len(name))), name...)
		added = wasmcode.AppendU32(append(added, kind), index)
		n++
		return name
	}
	if p.has(wasmcode.SectionStart) {
		p.plan.Start = export(Prefix+"_start", functionExport, p.start)
	}
	for _, g := range p.mutable {
		p.plan.globals = append(p.plan.globals, export(Prefix+"_global_"+strconv.Itoa(int(g)), globalExport, g))
	}
	if n == 0 {
		return nil
	}
	return append(append(wasmcode.AppendU32(nil, n), own...), added...)
}

// dataSection keeps the passive segments. Where an active one stood there is an
// empty passive one: to the code it is one that was dropped, as an active segment
// is once it has been written. Without a data count no code names a segment.
func (p *preparer) dataSection() []byte {
	if !p.has(wasmcode.SectionDataCount) {
		return nil
	}
	var entries []byte
	n := p.vector(wasmcode.SectionData, func(_ uint32, r *wasmcode.Reader) {
		from := r.At()
		if _, active := readData(r); active {
			entries = append(entries, 1, 0)
		} else {
			entries = append(entries, r.Since(from)...)
		}
	})
	if n == 0 {
		return nil
	}
	return append(wasmcode.AppendU32(nil, n), entries...)
}
