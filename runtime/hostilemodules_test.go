package runtime_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// What WAT cannot say, or not in a few lines, is made here: a connector that
// answers well, with one thing about it that is hostile.

// The types and functions of connectorModule.
const (
	typeNothing = 3 // () → ()
	typePage    = 2 // (i32) → i64
	// firstFunction is the number of the first function that is added.
	firstFunction = 3
)

const wellReply = `{"result":{"export_type":"AttributeUpdate","support_import":true,` +
	`"types":[{"name":"user","attributes":[{"name":"id","anchor":true},{"name":"mail"}]}],` +
	`"entries":[{"anchor":{"id":"1"},"attributes":{"mail":"a@example.org"}}],"custom_data":"w"}}`

// wellAt is where wellReply stands, wellAnswer the code that answers with it.
const wellAt = 1024

var wellAnswer = wasmtest.I64(wellAt<<32 | int64(len(wellReply)))

// connectorModule returns a connector that answers everything well: three functions,
// the marker, the buffer and the one that answers, four types, a memory of a page.
func connectorModule() *wasmtest.Module {
	m := &wasmtest.Module{
		Types:     [][]byte{wasmtest.Func("\x7e", "\x7e"), wasmtest.Func("\x7f", "\x7f"), wasmtest.Func("\x7f", "\x7e"), wasmtest.Func("", "")},
		Functions: [][]byte{{0}, {1}, {typePage}},
		Memories:  [][]byte{{0, 1}},
		Exports: [][]byte{wasmtest.Export(abi.ExportMemory, 2, 0), wasmtest.Export(abi.ExportMarker, 0, 0),
			wasmtest.Export(abi.ExportBuffer, 0, 1)},
		Bodies: [][]byte{
			wasmtest.Body(nil, wasmtest.I64(0)...),
			wasmtest.Body(nil, wasmtest.I32(4096)...),
			wasmtest.Body(nil, wellAnswer...),
		},
		Data: [][]byte{wasmtest.Join([]byte{0}, wasmtest.I32(wellAt), []byte{0x0b}, wasmtest.Sized(wellReply))},
	}
	for _, name := range []string{"GetCapabilities", "GetConfigParameters", "ValidateConfigParameters", "GetSchema",
		"OpenImportConnection", "GetImportEntries", "CloseImportConnection"} {
		m.Exports = append(m.Exports, wasmtest.Export(name, 0, 2))
	}
	return m
}

// with makes a connector with a change.
func with(change func(*wasmtest.Module)) func() []byte {
	return func() []byte {
		m := connectorModule()
		change(m)
		return m.Bytes()
	}
}

// addFunction adds a function to a module.
func addFunction(m *wasmtest.Module, typ uint32, locals [][]byte, code ...byte) {
	m.Functions = append(m.Functions, wasmtest.U32(typ))
	m.Bodies = append(m.Bodies, wasmtest.Body(locals, code...))
}

// withCode makes a connector with a further function () → ().
func withCode(code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) { addFunction(m, typeNothing, nil, code...) })
}

// withPage makes a connector whose page runs code before it answers well.
func withPage(code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, append(slices.Clone(code), wellAnswer...)...)
	})
}

// exportsEmptyName makes a connector with a further function, which it exports under the
// empty name.
func exportsEmptyName(typ uint32, code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		addFunction(m, typ, nil, code...)
		m.Exports = append(m.Exports, wasmtest.Export("", 0, firstFunction))
	})
}

// marks is code that traps if there is a mark at a place in memory, and sets one.
func marks(at int64) []byte {
	return wasmtest.Join(wasmtest.I32(at), []byte{0x28, 2, 0, 0x04, 0x40, 0x00, 0x0b}, wasmtest.I32(at), []byte{0x41, 1, 0x36, 2, 0})
}

// marksMuch makes a connector whose page fills a megabyte, behind a mark.
func marksMuch() []byte {
	return with(func(m *wasmtest.Module) {
		m.Memories[0] = []byte{0, 32}
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, wasmtest.Join(marks(60_000), wasmtest.I32(1<<16), []byte{0x41, 1}, wasmtest.I32(1<<20), []byte{0xfc, 11, 0}, wellAnswer)...)
	})()
}

// adds is code that adds n times.
func adds(n int) []byte {
	return wasmtest.Join([]byte{0x41, 0}, bytes.Repeat([]byte{0x41, 1, 0x6a}, n), []byte{0x1a})
}

// hidden returns code that is a v128.const to whoever reads the number behind its
// prefix as LEB128, and to an engine that reads a byte i16x8.shr_s, unreachable and
// 16 bytes of code: the end of the block, what is hidden (up to 12), another block.
func hidden(code ...byte) []byte {
	constant := append(wasmtest.Join([]byte{0x0b}, code, []byte{0x02, 0x40, 0x00}), bytes.Repeat([]byte{0x01}, 12-len(code))...)
	return wasmtest.Join([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0, 0x00, 0xfd, 0x8c, 0x00}, constant, []byte{0x1a, 0x0b})
}

// i32s are n variables.
func i32s(n int) [][]byte { return [][]byte{append(wasmtest.U32(uint32(n)), 0x7f)} }

// withLocals is withCode with so many variables of type i32.
func withLocals(n uint32, code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		addFunction(m, typeNothing, [][]byte{append(wasmtest.U32(n), 0x7f)}, code...)
	})
}

// setPage has the pages come from another function.
func setPage(m *wasmtest.Module, function uint32) {
	for i, e := range m.Exports {
		if bytes.Contains(e, []byte("GetImportEntries")) {
			m.Exports[i] = wasmtest.Export("GetImportEntries", 0, function)
		}
	}
}

// again returns n items.
func again(n int, item ...byte) [][]byte { return slices.Repeat([][]byte{item}, n) }

// blocks returns n blocks, each opened by op and empty.
func blocks(n int, op byte) []byte { return bytes.Repeat([]byte{op, 0x40, 0x0b}, n) }

// nested returns n blocks inside one another.
func nested(n int) []byte {
	return append(bytes.Repeat([]byte{0x02, 0x40}, n), bytes.Repeat([]byte{0x0b}, n)...)
}

// branchTable returns a br_table with so many labels, all of the function itself.
func branchTable(labels int) []byte {
	return append(append([]byte{0x41, 0, 0x0e}, wasmtest.U32(uint32(labels-1))...), make([]byte, labels)...)
}

// custom returns a module with a custom section behind it.
func custom(name string, contents []byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Customs = append(m.Customs, append(wasmtest.Sized(name), contents...))
	})
}

// manifest is a good manifest with something besides.
func manifest(besides string) []byte { return []byte(`{"name":"a","besides":` + besides + `}`) }

// manyFunctions adds n functions with the same code.
func manyFunctions(n int, locals [][]byte, code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Functions = append(m.Functions, again(n, typeNothing)...)
		m.Bodies = append(m.Bodies, again(n, wasmtest.Body(locals, code...)...)...)
	})
}

// liveBranches is code that sets variables and branches, in turns: all variables
// live over all branches, which a compiler follows one by one.
func liveBranches(locals, branches int) []byte {
	var code []byte
	for i := range branches {
		local := wasmtest.U32(uint32(i % locals))
		code = wasmtest.Join(code, []byte{0x02, 0x40, 0x20}, local, []byte{0x0d, 0, 0x20}, local, []byte{0x41, 1, 0x6a, 0x21}, local, []byte{0x0b})
	}
	return code
}

// manyBulk is a page of n bulk operations one after the other.
func manyBulk(n int, operation ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Memories[0] = wasmtest.Join([]byte{0}, wasmtest.U32(600))
		setPage(m, firstFunction)
		code := bytes.Repeat(wasmtest.Join(wasmtest.I32(65537), wasmtest.I32(65536), wasmtest.I32(32<<20), operation), n)
		addFunction(m, typePage, nil, append(code, wasmtest.I64(0)...)...)
	})
}

// slowLeaves is a page of so many calls in a row of a function with so many square
// roots in a row, of a number that no engine knows before.
func slowLeaves(calls, roots int) func() []byte {
	return with(func(m *wasmtest.Module) {
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, append(bytes.Repeat([]byte{0x10, firstFunction + 1}, calls), wellAnswer...)...)
		addFunction(m, typeNothing, nil, wasmtest.Join([]byte{0x41, 0, 0x41, 0, 0x2b, 3, 8}, bytes.Repeat([]byte{0x9f}, roots), []byte{0x39, 3, 0})...)
	})
}

// rotation is a page that moves vectors in a circle of so many variables.
func rotation(variables int) func() []byte {
	return with(func(m *wasmtest.Module) {
		setPage(m, firstFunction)
		var fill, push, pop []byte
		for i := 1; i <= variables; i++ {
			local := wasmtest.U32(uint32(i))
			fill = wasmtest.Join(fill, wasmtest.I32(int64(16*i)), []byte{0xfd, 0, 4, 0, 0x21}, local)
			push = wasmtest.Join(push, []byte{0x20}, local)
			pop = wasmtest.Join([]byte{0x21}, wasmtest.U32(uint32(i%variables+1)), pop)
		}
		addFunction(m, typePage, [][]byte{append(wasmtest.U32(uint32(variables)), 0x7b)},
			wasmtest.Join(fill, []byte{0x03, 0x40}, push, pop, []byte{0x0c, 0, 0x0b}, wellAnswer)...)
	})
}

// handsOn is a page that calls a function of so many parameters without end.
func handsOn(parameters int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", parameters), ""))
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, wasmtest.Join([]byte{0x03, 0x40}, bytes.Repeat([]byte{0x20, 0}, parameters), []byte{0x10, firstFunction + 1, 0x0c, 0, 0x0b}, wellAnswer)...)
		addFunction(m, typeNothing+1, nil)
	})
}

// globalsBehindCalls is a page that calls a function without end, beside an arm that is never
// taken and adds so many globals.
func globalsBehindCalls(globals int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Globals = mutableGlobals(globals)
		setPage(m, firstFunction)
		sum := []byte{0x41, 0, 0x42, 0}
		for n := range globals {
			sum = wasmtest.Join(sum, []byte{0x23}, wasmtest.U32(uint32(n)), []byte{0x7c})
		}
		arm := wasmtest.Join([]byte{0x20, 0, 0x45, 0x04, 0x40}, sum, []byte{0x37, 3, 0, 0x0b})
		addFunction(m, typePage, nil, wasmtest.Join([]byte{0x03, 0x40, 0x10, firstFunction + 1}, arm, []byte{0x0c, 0, 0x0b}, wellAnswer)...)
		addFunction(m, typeNothing, nil)
	})
}

// refers makes a connector whose page takes references to itself without end, so many
// in each turn.
func refers(references int) func() []byte {
	return withPage(wasmtest.Join([]byte{0x03, 0x40}, bytes.Repeat([]byte{0xd2, firstFunction, 0x1a}, references), []byte{0x0c, 0, 0x0b})...)
}

// recursion is a page that calls a function which calls itself: with variables, or
// with operands, that hold something else each and are wanted afterwards.
func recursion(variables, operands int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Globals = [][]byte{wasmtest.Join([]byte{0x7e, 1}, wasmtest.I64(1), []byte{0x0b})}
		m.Types = append(m.Types, wasmtest.Func("", "\x7e"))
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, 0x10, firstFunction+1)
		read := []byte{0x23, 0, 0x23, 0, 0x7c, 0x24, 0, 0x23, 0} // g = g + g; g
		var code []byte
		for i := range variables {
			code = wasmtest.Join(code, read, []byte{0x21}, wasmtest.U32(uint32(i)))
		}
		for range operands {
			code = append(code, 0x23, 0) // g
		}
		code = append(code, 0x10, firstFunction+1)
		code = append(code, bytes.Repeat([]byte{0x7c}, operands)...)
		for i := range variables {
			code = wasmtest.Join(code, []byte{0x20}, wasmtest.U32(uint32(i)), []byte{0x7c})
		}
		var locals [][]byte
		if variables > 0 {
			locals = [][]byte{append(wasmtest.U32(uint32(variables)), 0x7e)}
		}
		addFunction(m, uint32(len(m.Types)-1), locals, code...)
	})
}

// deepPage is a page that calls a function which calls itself so often, with so many
// parameters, and answers well then.
func deepPage(calls, parameters int) func() []byte {
	return with(func(m *wasmtest.Module) { addDeepPage(m, calls, parameters) })
}

func addDeepPage(m *wasmtest.Module, calls, parameters int) {
	m.Globals = [][]byte{wasmtest.Join([]byte{0x7f, 1}, wasmtest.I32(0), []byte{0x0b}), wasmtest.Join([]byte{0x7e, 1}, wasmtest.I64(1), []byte{0x0b})}
	m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7e", parameters), ""))
	setPage(m, firstFunction)
	addFunction(m, typePage, nil, wasmtest.Join(wasmtest.I32(int64(calls-1)), []byte{0x24, 0}, bytes.Repeat([]byte{0x23, 1}, parameters),
		[]byte{0x10, firstFunction + 1}, wellAnswer)...)
	again := []byte{0x23, 0, 0x45, 0x0d, 0, 0x23, 0, 0x41, 1, 0x6b, 0x24, 0} // if n == 0 return; n = n - 1
	for i := range parameters {
		again = wasmtest.Join(again, []byte{0x20}, wasmtest.U32(uint32(i)))
	}
	addFunction(m, uint32(len(m.Types)-1), nil, append(again, 0x10, firstFunction+1)...)
}

// vectorRecursion is a page that calls a function which calls itself, with so many
// vectors that hold something else each and are wanted afterwards.
func vectorRecursion(vectors int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Globals = [][]byte{wasmtest.Join([]byte{0x7b, 1, 0xfd, 12}, make([]byte, 16), []byte{0x0b})}
		m.Types = append(m.Types, wasmtest.Func("", "\x7b"))
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, append([]byte{0x10, firstFunction + 1, 0x1a}, wellAnswer...)...)
		addFunction(m, uint32(len(m.Types)-1), nil, wasmtest.Join(
			bytes.Repeat([]byte{0x23, 0, 0x23, 0, 0xfd, 0x6e, 0x24, 0, 0x23, 0}, vectors), // g = g + g; g
			[]byte{0x10, firstFunction + 1},
			bytes.Repeat([]byte{0xfd, 0x51}, vectors))...)
	})
}

// damaged makes a connector and changes its bytes.
func damaged(change func([]byte) []byte) func() []byte {
	return func() []byte { return change(connectorModule().Bytes()) }
}

// longNumbers writes a section with numbers that are longer than they need be,
// which the format allows, up to five bytes.
func longNumbers() []byte {
	m := connectorModule()
	m.Functions = [][]byte{{0x80, 0x80, 0x80, 0x80, 0}, {0x81, 0x80, 0x80, 0x80, 0}, {0x82, 0x80, 0x80, 0x80, 0}}
	return m.Bytes()
}

// manyNames is a name section that announces four thousand million names.
func manyNames() []byte {
	return custom("name", wasmtest.Join([]byte{1, 10, 0xff, 0xff, 0xff, 0xff, 0x0f}, []byte{0, 3, 'a', 'b', 'c'}))()
}

// longNames is a page that calls itself 40 times and traps, with a name of 4 MB.
func longNames() []byte {
	m := connectorModule()
	m.Globals = [][]byte{wasmtest.Join([]byte{0x7f, 1}, wasmtest.I32(0), []byte{0x0b})}
	setPage(m, firstFunction)
	addFunction(m, typePage, nil, wasmtest.Join([]byte{0x23, 0, 0x41, 1, 0x6a, 0x24, 0, 0x23, 0}, wasmtest.I32(40), // g = g + 1; g > 40
		[]byte{0x4b, 0x04, 0x40, 0x00, 0x0b, 0x20, 0, 0x10, firstFunction})...)
	name := wasmtest.Sized(strings.Repeat("x", 4<<20-100))
	names := wasmtest.Vector(wasmtest.Join([]byte{firstFunction}, name))
	m.Customs = [][]byte{wasmtest.Join(wasmtest.Sized("name"), []byte{1}, wasmtest.U32(uint32(len(names))), names)}
	return m.Bytes()
}

// spinsAmongExports spins in a page, and has as many functions and exports as there may
// be.
func spinsAmongExports() []byte {
	return with(func(m *wasmtest.Module) {
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, append([]byte{0x03, 0x40, 0x0c, 0, 0x0b}, wellAnswer...)...)
		n := 50_000 - len(m.Functions)
		m.Functions = append(m.Functions, again(n, typeNothing)...)
		m.Bodies = append(m.Bodies, again(n, wasmtest.Body(nil)...)...)
		for i := len(m.Exports); i < 10_000; i++ {
			m.Exports = append(m.Exports, wasmtest.Export(fmt.Sprint("x", i), 0, 49_999))
		}
	})()
}

// touchesMemoryLate looks at the clock in a page until its call has taken so long, and
// then writes to all of its memory, which is so many MiB: to two pages of the system at
// a time, in code without loops.
func touchesMemoryLate(until time.Duration, mib int) func() []byte {
	return with(func(m *wasmtest.Module) {
		importClock(m)
		m.Memories[0] = append([]byte{0}, wasmtest.U32(uint32(mib*16))...)
		now := wasmtest.Join(wasmtest.I32(1), wasmtest.I64(0), wasmtest.I32(8), []byte{0x10, 0, 0x1a}, wasmtest.I32(8), []byte{0x29, 3, 0})
		wait := wasmtest.Join(now, []byte{0x21, 1, 0x03, 0x40}, now, []byte{0x20, 1, 0x7d}, wasmtest.I64(int64(until)), []byte{0x54, 0x0d, 0, 0x0b})
		const page = firstFunction + 1
		setPage(m, page)
		addFunction(m, typePage, [][]byte{{1, 0x7e}}, wasmtest.Join(wait, []byte{0x10, page + 1, 0x10, page + 2, 0x03, 0x40, 0x0c, 0, 0x0b}, wellAnswer)...)
		for half := range 2 {
			var stores []byte
			for at := half*mib<<19 + 4092; at < (half+1)*mib<<19-8; at += 8192 {
				stores = append(stores, wasmtest.Join(wasmtest.I32(int64(at)), wasmtest.I64(-1), []byte{0x37, 0, 0})...)
			}
			addFunction(m, typeNothing, nil, stores...)
		}
	})
}

// withResults makes functions full of calls of one that takes and returns so many
// values: each call of two bytes moves them all.
func withResults(n, values, calls int) func() []byte {
	return with(func(m *wasmtest.Module) {
		wide := strings.Repeat("\x7f", values)
		m.Types = append(m.Types, wasmtest.Func(wide, wide))
		var pass []byte
		for i := range values {
			pass = append(append(pass, 0x20), wasmtest.U32(uint32(i))...)
		}
		addFunction(m, typeNothing+1, nil, pass...)
		for range n {
			addFunction(m, typeNothing+1, nil, append(slices.Clone(pass), bytes.Repeat([]byte{0x10, firstFunction}, calls)...)...)
		}
	})
}

// initialization makes a connector whose page writes a data segment of n bytes without
// end.
func initialization(n int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Memories = [][]byte{wasmtest.Join([]byte{0}, wasmtest.U32(uint32(n>>16)+2))}
		m.Data = append(m.Data, wasmtest.Join([]byte{1}, wasmtest.Sized(string(make([]byte, n)))))
		m.DataCount = wasmtest.U32(2)
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, wasmtest.Join([]byte{0x03, 0x40}, wasmtest.I32(1<<16), wasmtest.I32(0), wasmtest.I32(int64(n)), []byte{0xfc, 8, 1, 0, 0x0c, 0, 0x0b}, wellAnswer)...)
	})
}
