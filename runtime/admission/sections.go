package admission

import (
	"bytes"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// checker is one pass over a module.
type checker struct {
	module []byte
	limits Limits
	report *Report

	// parameters holds the number of parameters of each type, arity that of its
	// parameters and results; functions the type
	// of each function, imported ones first.
	parameters []uint16
	arity      []uint16
	functions  []uint32
	referred   []bool // functions that code refers to; nil if it refers to none
	declared   []bool // functions that code may refer to; nil if there are none
	imported   int
	mutable    int      // globals that may change
	fixed      []bool   // of each global, that it cannot change
	readBy     []int    // the number, from 1, of the function that read each last; nil if none did
	tables     []uint32 // what each begins with
	memories   int
	segments   int // element segments
	data       int // as the data count section says, -1 without one
	bodies     int
	dataSeen   int
	// several is how many types have several results, of which metering makes others;
	// largest is how many blocks the function has that has the most up to now, mostSlots
	// how many values one has.
	several, largest, mostSlots int
	kept                        kept
	// blocks, meeting and lives are kept from one function to the next.
	blocks  []block
	meeting meeting
	lives   lives
}

func (c *checker) run() (err error) {
	defer wasmcode.Catch(&err)
	c.most(LimitBytes, int64(len(c.module)), c.limits.Bytes, 0)
	c.data = -1
	wasmcode.Sections(c.module, c.section)
	if defined := len(c.functions) - c.imported; c.bodies != defined {
		c.refuse(RuleMalformed, len(c.module), "%d functions are declared and %d have code", defined, c.bodies)
	}
	if c.data >= 0 && c.dataSeen != c.data {
		c.refuse(RuleMalformed, len(c.module), "%d data segments are announced and %d are there", c.data, c.dataSeen)
	}
	return nil
}

func (c *checker) section(s wasmcode.Section) {
	r := wasmcode.NewReader(c.module, s.From, s.To)
	switch s.ID {
	case wasmcode.SectionCustom:
		c.customSection(r)
		return
	case wasmcode.SectionType:
		c.report.Types = c.vector(r, LimitTypes, c.limits.Types, c.functionType)
	case wasmcode.SectionImport:
		c.report.Imports = c.vector(r, LimitImports, c.limits.Imports, c.importEntry)
		c.imported = len(c.functions)
	case wasmcode.SectionFunction:
		c.vector(r, LimitFunctions, c.limits.Functions-c.imported, c.function)
	case wasmcode.SectionTable:
		c.report.Tables = c.vector(r, LimitTables, c.limits.Tables, c.table)
	case wasmcode.SectionMemory:
		c.vector(r, LimitMemoryPages, 1<<30, c.memory)
	case wasmcode.SectionGlobal:
		c.report.Globals = c.vector(r, LimitGlobals, c.limits.Globals, c.global)
	case wasmcode.SectionExport:
		c.report.Exports = c.vector(r, LimitExports, c.limits.Exports, c.export)
	case wasmcode.SectionStart:
		c.index(IndexFunction, r.At(), r.U32(), len(c.functions))
	case wasmcode.SectionElement:
		c.report.ElementSegments = c.vector(r, LimitElementSegments, c.limits.ElementSegments, c.element)
	case wasmcode.SectionDataCount:
		c.data = c.count(r, LimitDataSegments, c.limits.DataSegments)
	case wasmcode.SectionCode:
		c.bodies = c.vector(r, LimitFunctions, c.limits.Functions, c.body)
	case wasmcode.SectionData:
		c.report.Data = c.vector(r, LimitDataSegments, c.limits.DataSegments, c.dataSegment)
		c.dataSeen = c.report.Data
	}
	if r.Left() != 0 {
		c.refuse(RuleMalformed, r.At(), "a section is longer than its contents")
	}
	c.report.Functions = len(c.functions)
}

func (c *checker) vector(r *wasmcode.Reader, limit string, most int, item func(*wasmcode.Reader)) int {
	n := c.count(r, limit, most)
	for range n {
		item(r)
	}
	return n
}

// count reads a number that has a limit.
func (c *checker) count(r *wasmcode.Reader, limit string, most int) int {
	at := r.At()
	n := int64(r.U32())
	c.most(limit, n, most, at)
	return int(n)
}

func (c *checker) customSection(r *wasmcode.Reader) {
	c.report.CustomSections++
	c.most(LimitCustomSections, int64(c.report.CustomSections), c.limits.CustomSections, r.At())
	c.report.CustomBytes += r.Left()
	c.most(LimitCustomBytes, int64(c.report.CustomBytes), c.limits.CustomBytes, r.At())
	r.Name()
}

func (c *checker) functionType(r *wasmcode.Reader) {
	at := r.At()
	if form := r.Byte(); form != 0x60 {
		r.Refuse(at, "newer types", "a type of the form %#x", form)
	}
	parameters := c.valueTypes(r)
	c.parameters = append(c.parameters, uint16(parameters))
	arity := parameters + c.valueTypes(r)
	if arity > parameters+1 {
		c.several++
	}
	c.arity = append(c.arity, uint16(arity))
	c.report.TypeValues += arity
	c.most(LimitTypeValues, int64(c.report.TypeValues), c.limits.TypeValues, at)
}

func (c *checker) valueTypes(r *wasmcode.Reader) int {
	n := c.vector(r, LimitParameters, c.limits.Parameters, func(r *wasmcode.Reader) { r.ValueType() })
	c.report.MaxParameters = max(c.report.MaxParameters, n)
	return n
}

func (c *checker) name(r *wasmcode.Reader) []byte {
	at := r.At()
	name := r.Name()
	c.most(LimitNameBytes, int64(len(name)), c.limits.NameBytes, at)
	c.report.MaxNameBytes = max(c.report.MaxNameBytes, len(name))
	if bytes.HasPrefix(name, []byte(ReservedPrefix)) {
		c.refuse(RuleReservedName, at, "names that begin with %s are the metering's", ReservedPrefix)
	}
	return name
}

func (c *checker) importEntry(r *wasmcode.Reader) {
	c.name(r)
	c.name(r)
	at := r.At()
	if kind := r.Byte(); kind != 0 {
		r.Refuse(at, "imports of anything but functions", "an import of the kind %d", kind)
	}
	c.function(r)
}

func (c *checker) function(r *wasmcode.Reader) {
	at := r.At()
	index := r.U32()
	c.index(IndexType, at, index, len(c.parameters))
	c.functions = append(c.functions, index)
	c.most(LimitFunctions, int64(len(c.functions)), c.limits.Functions, at)
}

func (c *checker) table(r *wasmcode.Reader) {
	at := r.At()
	r.RefType()
	flags := r.Byte()
	if flags > 1 {
		r.Refuse(at, "shared tables and tables of 64 bits", "a table with flags %#x", flags)
	}
	least := r.U32()
	c.most(LimitTableElements, int64(least), c.limits.TableElements, at)
	c.report.MaxTableElements = max(c.report.MaxTableElements, int(least))
	if flags == 1 {
		most := r.U32()
		c.most(LimitTableElements, int64(most), c.limits.TableElements, at)
		if most < least {
			c.refuse(RuleMalformed, at, "a table begins with more than its maximum")
		}
	} else if c.limits.TableMaximum {
		c.refuse(RuleTableMaximum, at, "a table has no maximum: link it with one")
	}
	c.tables = append(c.tables, least)
}

func (c *checker) memory(r *wasmcode.Reader) {
	at := r.At()
	if c.memories++; c.memories > 1 {
		r.Refuse(at, "several memories", "a second memory")
	}
	flags := r.Byte()
	if flags > 1 {
		r.Refuse(at, "shared memories and memories of 64 bits", "a memory with flags %#x", flags)
	}
	c.report.MemoryPages = c.count(r, LimitMemoryPages, c.limits.MemoryPages)
	if flags == 1 {
		if most := r.U32(); most > 1<<16 || int64(most) < int64(c.report.MemoryPages) {
			c.refuse(RuleMalformed, at, "the memory's maximum is %d pages", most)
		}
	}
}

func (c *checker) global(r *wasmcode.Reader) {
	r.ValueType()
	at := r.At()
	mutable := r.Byte()
	if mutable > 1 {
		r.Refuse(at, "shared globals", "a global with flags %#x", mutable)
	}
	c.mutable += int(mutable)
	c.fixed = append(c.fixed, mutable == 0)
	c.constant(r)
}

func (c *checker) export(r *wasmcode.Reader) {
	c.name(r)
	at := r.At()
	kind, index := r.Byte(), r.U32()
	switch kind {
	case 0:
		c.declare(at+1, index)
	case 1:
		c.index(IndexTable, at+1, index, len(c.tables))
	case 2:
		c.index(IndexMemory, at+1, index, c.memories)
	case 3:
		c.index(IndexGlobal, at+1, index, len(c.fixed))
	default:
		r.Refuse(at, "newer kinds of exports", "an export of the kind %d", kind)
	}
}

// declare notes a function that an element segment, a global or an export names: code may
// refer to it.
func (c *checker) declare(at int, index uint32) {
	c.index(IndexFunction, at, index, len(c.functions))
	if c.declared == nil {
		c.declared = make([]bool, len(c.functions))
	}
	c.declared[index] = true
}

// constant reads a constant expression: one constant, or a reference. Its value
// is known if it is i32.const. Globals cannot be meant: none is imported.
func (c *checker) constant(r *wasmcode.Reader) (value uint32, known bool) {
	i := r.Next()
	switch i.Op {
	case wasmcode.I32Const:
		value, known = uint32(i.Number), true
	case wasmcode.I64Const, wasmcode.F32Const, wasmcode.F64Const, wasmcode.RefNull:
	case wasmcode.V128Const:
		c.simd(i.At)
	case wasmcode.RefFunc:
		c.declare(i.At, i.Index)
	case wasmcode.GlobalGet:
		c.index(IndexGlobal, i.At, i.Index, 0)
	default:
		r.Refuse(i.At, "extended constant expressions", "an instruction %#x in a constant", int(i.Op))
	}
	if end := r.Next(); end.Op != wasmcode.End {
		r.Refuse(end.At, "extended constant expressions", "a constant of several instructions")
	}
	return value, known
}
