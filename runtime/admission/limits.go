package admission

import (
	"errors"
	"fmt"
)

// Limits are what a module may have. Every zero stands for its default. The
// defaults are little enough to compile in ten seconds and 512 MiB, and enough for
// connectors of some 8.5 MB in Go or 1.7 MB in C. Wide are those for modules that are
// compiled in a process of its own.
type Limits struct {
	// Bytes bounds the module. Default 16 MiB.
	Bytes int
	// Types bounds the types of functions. Default 10,000.
	Types int
	// Parameters bounds the parameters, and also the results, of one type.
	// Default 1,000.
	Parameters int
	// TypeValues bounds the parameters and results of all types together: whenever a
	// module is loaded, compiled or not, the engine writes code for each type.
	// Default 100,000.
	TypeValues int
	// Imports bounds the imports, which must be functions. Default 1,000.
	Imports int
	// Functions bounds the functions, imported ones included. Default 50,000.
	Functions int
	// Exports bounds the exports. Default 10,000.
	Exports int
	// NameBytes bounds each name of an import or export. Default 4,096.
	NameBytes int
	// Globals bounds the global variables. Default 50,000.
	Globals int
	// Tables bounds the tables. Default 16.
	Tables int
	// TableElements bounds what each table begins with, and its maximum if it has
	// one. Default 65,536 elements.
	TableElements int
	// TableMaximum, if set, refuses a table without a maximum.
	TableMaximum bool
	// MemoryPages bounds what the memory begins with. Default 4,096 pages of 64
	// KiB, which are 256 MiB.
	MemoryPages int
	// ElementSegments bounds the element segments. Default 10,000.
	ElementSegments int
	// Elements bounds the elements of all segments together, and with them the functions
	// that code takes references to, for each of which metering adds one. Default 200,000.
	Elements int
	// DataSegments bounds the data segments. Default 100,000.
	DataSegments int
	// CustomSections bounds the custom sections. Default 1,000.
	CustomSections int
	// CustomBytes bounds the custom sections together. Default 8 MiB.
	CustomBytes int
	// BodyBytes bounds the code of one function. Default 512 KiB.
	BodyBytes int
	// Locals bounds the local variables of one function, parameters included.
	// Default 2,000.
	Locals int
	// TotalLocals bounds the same over all functions: who loads the module keeps eight
	// bytes for each, compiled or not. Default 1,000,000.
	TotalLocals int
	// Nesting bounds how deep blocks stand in one another. Default 2,000.
	Nesting int
	// BranchTable bounds the labels of one br_table. Default 8,192.
	BranchTable int
	// BranchTargets bounds the labels of all br_table instructions of one
	// function. Default 16,384.
	BranchTargets int
	// TotalBranchTargets bounds the same over all functions. Default 320,000.
	TotalBranchTargets int
	// Operands bounds the calls of one function, and the values that its calls,
	// blocks, branches and returns hand on, as their types say: two bytes of code can call a
	// function of a thousand parameters and a thousand results. Default 200,000.
	Operands int
	// TotalOperands bounds the same over all functions. Default 1,800,000; a connector in Go of 4 MB has 350,000.
	TotalOperands int
	// Control bounds the blocks, loops, ifs, branches and indirect calls of one
	// function, and thrice its operations on ranges of memories and tables and its
	// growths, which metering puts into ifs. Default 16,384.
	Control int
	// TotalControl bounds the same over all functions. Default 1,000,000.
	TotalControl int
	// Loops bounds the loops of one function: the compiler's work grows with more
	// than their square, and 8,192 of them take ten seconds. Default 1,024.
	Loops int
	// TotalLoops bounds the loops of all functions. Default 50,000.
	TotalLoops int
	// LiveCells bounds a compiler's work on one function: its instructions of
	// control flow, times a sixteenth of them; the locals and the operands that there are
	// at each of them, a quarter of what there was at each loop that the code has passed by
	// then, and the globals that cannot change which it has read; the locals and operands
	// seventeen times at loops, all of it thrice at each label of a br_table, and once at
	// looks of metering behind calls, after 512 accesses of memory and behind blocks; the
	// globals that may change, times the
	// calls, which count twice, and instructions of control flow, since the engine reads them
	// anew whenever others have run; and half of the addresses in memory that the engine has
	// checked before each of these. Default 1,000,000; the largest function of the connector
	// for REST in Go has 150,000, that of larger programs 350,000 to 700,000, of SQLite
	// 930,000.
	LiveCells int
	// TotalLiveCells bounds the same over all functions. Default 20,000,000.
	TotalLiveCells int
	// Moves bounds the values that a compiler brings together in one function: at each place
	// where ways meet the operands handed on and the variables that are read behind, times
	// the ways, twice at loops. Default 400,000; the largest function of SQLite has 142,000,
	// those of Go up to 80,000.
	Moves int
	// KeptCells bounds what a compiler keeps from one function to the next: of what lives
	// over the first instruction of control flow, the second and so on the most that there
	// is in any function, counted from its begin or from its end, whichever is more, and of
	// the addresses that the engine knows there. Default 2,000,000.
	KeptCells int
	// Work bounds what a compiler makes of one function, in time and in machine code:
	// its instructions at what each costs, a constant 1, an addition 3, a load from
	// memory 20, the truncation of a float 44; its Operands; and 4 for each label of a
	// br_table. Default 400,000; the largest functions in Go have about 115,000, that of
	// SQLite as much, one in Haskell 380,000.
	Work int
	// TotalWork bounds the same over all functions, and what grows faster than they do:
	// half of their live cells, a quarter of those of globals, thrice as much of those of
	// loops, an eighth of the square of the loops, a sixteenth of that of each
	// function's returns and instructions that trap, and one for 32 globals and types of the
	// module, those of several results twice, which the engine goes through for each function;
	// one for sixteen blocks, beyond the first sixteen, through which it
	// goes back to where ways meet for each read of a variable, a global and memory, and
	// for each variable on each way to where they meet; and one for 128 uses of values
	// times shifts by anything but a constant that is not 0. The cells of labels count only
	// beyond half of the function's other work. What it takes to bring together values where
	// ways meet counts, one for 128 values, beyond the first 32 for each unit of that: the
	// square of the operands handed on and of the variables set before and read behind, for
	// each way, as many times as two, the loops inside one another, and the variables that
	// loops set to what others had when they began; for each of these times, one for 40 blocks,
	// labels and values on each way; and one for 512 of the square of what a block of one way
	// hands on. So do the names that they get there and in
	// each loop, and whatever uses them goes through, and two for each value on each way,
	// beyond as many as the function's own. And so does what the engine goes through time and
	// again: one for 16 blocks above each label, and for 32 above each other block, where that
	// is more than the square of the control flow, such as looks of metering; one for 64
	// branches to where others lead already, for 100 addresses that are known at a call, and,
	// in each function, for 50 blocks and labels, and 400 values, of the largest before it.
	// Default 20,000,000; the connector for REST, 5.1 MB in Go, has 12,100,000, 20 MB of Go
	// with HTTP, TLS, XML and a type checker 48,200,000, and SQLite, 1.2 MB in C, 13,700,000.
	TotalWork int
	// NoSIMD refuses SIMD instructions, which are admitted otherwise.
	NoSIMD bool
}

// The names of limits and rules, as Refusal.Limit has them. Those of limits are
// the fields of Limits.
const (
	LimitBytes              = "Bytes"
	LimitTypes              = "Types"
	LimitParameters         = "Parameters"
	LimitTypeValues         = "TypeValues"
	LimitImports            = "Imports"
	LimitFunctions          = "Functions"
	LimitExports            = "Exports"
	LimitNameBytes          = "NameBytes"
	LimitGlobals            = "Globals"
	LimitTables             = "Tables"
	LimitTableElements      = "TableElements"
	LimitMemoryPages        = "MemoryPages"
	LimitElementSegments    = "ElementSegments"
	LimitElements           = "Elements"
	LimitDataSegments       = "DataSegments"
	LimitCustomSections     = "CustomSections"
	LimitCustomBytes        = "CustomBytes"
	LimitBodyBytes          = "BodyBytes"
	LimitLocals             = "Locals"
	LimitTotalLocals        = "TotalLocals"
	LimitNesting            = "Nesting"
	LimitBranchTable        = "BranchTable"
	LimitBranchTargets      = "BranchTargets"
	LimitTotalBranchTargets = "TotalBranchTargets"
	LimitOperands           = "Operands"
	LimitTotalOperands      = "TotalOperands"
	LimitControl            = "Control"
	LimitTotalControl       = "TotalControl"
	LimitLoops              = "Loops"
	LimitTotalLoops         = "TotalLoops"
	LimitLiveCells          = "LiveCells"
	LimitTotalLiveCells     = "TotalLiveCells"
	LimitMoves              = "Moves"
	LimitKeptCells          = "KeptCells"
	LimitWork               = "Work"
	LimitTotalWork          = "TotalWork"

	// An index must be one of the module's own.
	IndexType     = "type index"
	IndexFunction = "function index"
	IndexTable    = "table index"
	IndexMemory   = "memory index"
	IndexGlobal   = "global index"
	IndexElement  = "element segment index"
	IndexData     = "data segment index"
	IndexLocal    = "local index"
	IndexLabel    = "label"

	// RuleMalformed is the binary format itself.
	RuleMalformed = "malformed"
	// RuleFeature is WebAssembly 2.0: nothing newer, one memory of 32 bits that
	// is not shared, and imports of functions alone.
	RuleFeature = "feature"
	// RuleReservedName keeps names that begin with ReservedPrefix for metering.
	RuleReservedName = "reserved name"
	// RuleSegmentBounds wants active segments to lie within what the memory or
	// table begins with.
	RuleSegmentBounds = "segment out of bounds"
	// RuleTableMaximum wants a maximum on every table.
	RuleTableMaximum = "table without maximum"
)

// indexes holds the names of indices.
var indexes = map[string]bool{IndexType: true, IndexFunction: true, IndexTable: true, IndexMemory: true, IndexGlobal: true,
	IndexElement: true, IndexData: true, IndexLocal: true, IndexLabel: true}

// Names returns the names of all limits, indices and rules.
func Names() []string {
	var l Limits
	var names []string
	for _, f := range l.fields() {
		names = append(names, f.name)
	}
	return append(names, IndexType, IndexFunction, IndexTable, IndexMemory, IndexGlobal, IndexElement, IndexData, IndexLocal, IndexLabel,
		RuleMalformed, RuleFeature, RuleReservedName, RuleSegmentBounds, RuleTableMaximum)
}

// ofCompiler holds the names of the limits on what the compiler alone does: nothing
// of it is done again when a compiled module is loaded.
var ofCompiler = map[string]bool{LimitLiveCells: true, LimitWork: true, LimitTotalBranchTargets: true, LimitTotalOperands: true,
	LimitTotalControl: true, LimitTotalLoops: true, LimitTotalLiveCells: true, LimitMoves: true, LimitKeptCells: true, LimitTotalWork: true}

// wideFactor is by how much Wide is wider than the defaults. Go has 2.3 million units
// of TotalWork in a megabyte, C twelve million: with four, 16 MiB of Go or 7 MB of C are admitted.
const wideFactor = 4

// Wide returns limits for modules that are compiled in a process of its own, which is
// killed when it takes too much. What bounds the work of the compiler alone is four
// times its default: LiveCells, Moves and Work of one function, and of all of them
// TotalBranchTargets, TotalOperands, TotalControl, TotalLoops, TotalLiveCells, KeptCells and
// TotalWork. What also costs who loads the module has its default.
func Wide() Limits {
	var l Limits
	for _, f := range l.fields() {
		*f.value = f.wide()
	}
	return l
}

type field struct {
	name      string
	value     *int
	byDefault int
	most      int
}

// wide is what Wide allows.
func (f *field) wide() int {
	if ofCompiler[f.name] {
		return wideFactor * f.byDefault
	}
	return f.byDefault
}

// fields lists the limits with their defaults and the greatest values: those of
// WebAssembly, and those with which Check stays within bounded memory.
func (l *Limits) fields() []field {
	const million = 1_000_000
	return []field{
		{LimitBytes, &l.Bytes, 16 << 20, 1 << 30},
		{LimitTypes, &l.Types, 10_000, million},
		{LimitParameters, &l.Parameters, 1_000, 1_000},
		{LimitTypeValues, &l.TypeValues, 100_000, million},
		{LimitImports, &l.Imports, 1_000, million},
		{LimitFunctions, &l.Functions, 50_000, million},
		{LimitExports, &l.Exports, 10_000, million},
		{LimitNameBytes, &l.NameBytes, 4_096, million},
		{LimitGlobals, &l.Globals, 50_000, million},
		{LimitTables, &l.Tables, 16, 1_000},
		{LimitTableElements, &l.TableElements, 65_536, 10 * million},
		{LimitMemoryPages, &l.MemoryPages, 4_096, 65_536},
		{LimitElementSegments, &l.ElementSegments, 10_000, million},
		{LimitElements, &l.Elements, 200_000, 10 * million},
		{LimitDataSegments, &l.DataSegments, 100_000, million},
		{LimitCustomSections, &l.CustomSections, 1_000, million},
		{LimitCustomBytes, &l.CustomBytes, 8 << 20, 1 << 30},
		{LimitBodyBytes, &l.BodyBytes, 512 << 10, 16 << 20},
		{LimitLocals, &l.Locals, 2_000, 50_000},
		{LimitTotalLocals, &l.TotalLocals, million, 100 * million},
		{LimitNesting, &l.Nesting, 2_000, 100_000},
		{LimitBranchTable, &l.BranchTable, 8_192, million},
		{LimitBranchTargets, &l.BranchTargets, 16_384, million},
		{LimitTotalBranchTargets, &l.TotalBranchTargets, 320_000, 100 * million},
		{LimitOperands, &l.Operands, 200_000, 100 * million},
		{LimitTotalOperands, &l.TotalOperands, 1_800_000, 1_000 * million},
		{LimitControl, &l.Control, 16_384, million},
		{LimitTotalControl, &l.TotalControl, million, 100 * million},
		{LimitLoops, &l.Loops, 1_024, million},
		{LimitTotalLoops, &l.TotalLoops, 50_000, million},
		{LimitLiveCells, &l.LiveCells, million, 1_000 * million},
		{LimitTotalLiveCells, &l.TotalLiveCells, 20 * million, 1_000 * million},
		{LimitMoves, &l.Moves, 400_000, 1_000 * million},
		{LimitKeptCells, &l.KeptCells, 2 * million, 1_000 * million},
		{LimitWork, &l.Work, 400_000, 1_000 * million},
		{LimitTotalWork, &l.TotalWork, 20 * million, 2_000 * million},
	}
}

// WithDefaults returns the limits with every zero replaced by its default. The
// error names everything that is out of range.
func (l Limits) WithDefaults() (Limits, error) {
	var errs []error
	for _, f := range l.fields() {
		if *f.value == 0 {
			*f.value = f.byDefault
		}
		if *f.value < 1 || *f.value > f.most {
			errs = append(errs, fmt.Errorf("admission: setting Limits.%s is %d: it must lie between 1 and %d, or be 0 for %d", f.name, *f.value, f.most, f.byDefault))
		}
	}
	return l, errors.Join(errs...)
}
