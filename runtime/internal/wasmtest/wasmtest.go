// Package wasmtest writes modules for the tests of admission and metering: from
// parts, and programs from random bytes.
package wasmtest

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// Module is a module in parts. Each section but Start and DataCount is a list of
// items as the binary format has them. A section without items is left out.
type Module struct {
	Types, Imports, Functions, Tables, Memories, Globals, Exports, Elements, Bodies, Data [][]byte
	Start, DataCount                                                                      []byte
	Customs                                                                               [][]byte
}

// Bytes returns the module.
func (m *Module) Bytes() []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range []struct {
		id    int
		items [][]byte
	}{
		{wasmcode.SectionType, m.Types}, {wasmcode.SectionImport, m.Imports}, {wasmcode.SectionFunction, m.Functions},
		{wasmcode.SectionTable, m.Tables}, {wasmcode.SectionMemory, m.Memories}, {wasmcode.SectionGlobal, m.Globals},
		{wasmcode.SectionExport, m.Exports}, {wasmcode.SectionStart, nil}, {wasmcode.SectionElement, m.Elements},
		{wasmcode.SectionDataCount, nil}, {wasmcode.SectionCode, m.Bodies}, {wasmcode.SectionData, m.Data},
	} {
		switch {
		case s.id == wasmcode.SectionStart && m.Start != nil:
			b = Section(b, s.id, m.Start)
		case s.id == wasmcode.SectionDataCount && m.DataCount != nil:
			b = Section(b, s.id, m.DataCount)
		case len(s.items) > 0:
			b = Section(b, s.id, Vector(s.items...))
		}
	}
	for _, c := range m.Customs {
		b = Section(b, wasmcode.SectionCustom, c)
	}
	return b
}

// Section appends a section.
func Section(b []byte, id int, contents []byte) []byte {
	return append(wasmcode.AppendU32(append(b, byte(id)), uint32(len(contents))), contents...)
}

// Vector returns the items behind their number.
func Vector(items ...[]byte) []byte {
	b := U32(uint32(len(items)))
	for _, item := range items {
		b = append(b, item...)
	}
	return b
}

// U32 returns n in LEB128.
func U32(n uint32) []byte { return wasmcode.AppendU32(nil, n) }

// Sized returns the bytes behind their number: a name, or the contents of a data
// segment.
func Sized(s string) []byte { return append(U32(uint32(len(s))), s...) }

// Join returns its parts as one.
func Join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// Func returns a type of functions.
func Func(parameters, results string) []byte {
	return Join([]byte{0x60}, Sized(parameters), Sized(results))
}

// Body returns the code of a function: groups of locals as they are, and the
// instructions without their last end.
func Body(locals [][]byte, code ...byte) []byte {
	b := Join(Vector(locals...), code, []byte{0x0b})
	return append(U32(uint32(len(b))), b...)
}

// Export returns an export; kind is 0 for functions, 1 tables, 2 memories, 3
// globals.
func Export(name string, kind byte, index uint32) []byte {
	return Join(Sized(name), []byte{kind}, U32(index))
}

// Import returns the import of a function.
func Import(module, name string, typ uint32) []byte {
	return Join(Sized(module), Sized(name), []byte{0}, U32(typ))
}

// I32 returns the instruction i32.const n.
func I32(n int64) []byte { return wasmcode.AppendSigned([]byte{0x41}, n) }

// I64 returns the instruction i64.const n.
func I64(n int64) []byte { return wasmcode.AppendSigned([]byte{0x42}, n) }
