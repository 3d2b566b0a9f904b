// Package wasmcode decodes the binary format of WebAssembly 2.0: numbers, sections
// and instructions with their immediates. It knows no limits and no types of
// operands; admission, metering and snapshot, which stand on it, bring those.
//
// A Reader stops at the first mistake by panicking, so that each read is one line.
// Whoever reads recovers that with Catch and has an *Error; nothing else in these
// packages may panic.
package wasmcode

import "fmt"

// Error is a mistake in a module.
type Error struct {
	// Offset is the byte of the module at which it stands.
	Offset int
	// Feature names what the module uses and may not, such as "exceptions"; empty
	// for a module that is malformed.
	Feature string
	// Message says what is wrong.
	Message string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.Message, e.Offset) }

// stopped is what a reader panics with.
type stopped struct{ err error }

// Stop ends the reading with an error, which Catch returns.
func Stop(err error) { panic(stopped{err}) }

// Catch recovers what Stop was given into err. It is deferred.
func Catch(err *error) {
	if r := recover(); r != nil {
		s, mine := r.(stopped)
		if !mine {
			panic(r)
		}
		*err = s.err
	}
}

// Reader reads a part of a module.
type Reader struct {
	module []byte
	at     int
	labels []uint32
}

// NewReader returns a reader of module[from:to]. Offsets are those of the module.
func NewReader(module []byte, from, to int) *Reader {
	return &Reader{module: module[:to], at: from}
}

// At returns the offset of the next byte.
func (r *Reader) At() int { return r.at }

// Left returns how many bytes are left.
func (r *Reader) Left() int { return len(r.module) - r.at }

// Since returns the bytes from an offset on up to where the reader stands.
func (r *Reader) Since(from int) []byte { return r.module[from:r.at] }

// Fail stops with an *Error at an offset.
func (r *Reader) Fail(at int, format string, args ...any) {
	Stop(&Error{Offset: at, Message: fmt.Sprintf(format, args...)})
}

// Refuse stops with an *Error for a feature that is not offered.
func (r *Reader) Refuse(at int, feature, format string, args ...any) {
	Stop(&Error{Offset: at, Feature: feature, Message: fmt.Sprintf(format, args...)})
}

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if r.at >= len(r.module) {
		r.Fail(r.at, "the module ends early, or a part of it is longer than said")
	}
	c := r.module[r.at]
	r.at++
	return c
}

// Bytes reads n bytes. They are the module's own: not to be changed.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 || n > r.Left() {
		r.Fail(r.at, "the module ends early, or a part of it is longer than said")
	}
	r.at += n
	return r.module[r.at-n : r.at]
}

// U32 reads an unsigned number in LEB128 of at most 32 bits.
func (r *Reader) U32() uint32 {
	start := r.at
	var n uint32
	for shift := 0; shift < 35; shift += 7 {
		c := r.Byte()
		if shift == 28 && c > 0x0f {
			break
		}
		n |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	r.Fail(start, "a number does not fit 32 bits")
	return 0
}

// Signed reads a signed number in LEB128 of at most 32, 33 or 64 bits.
func (r *Reader) Signed(bits int) int64 {
	start := r.at
	var n int64
	for shift := 0; shift < bits; shift += 7 {
		c := r.Byte()
		n |= int64(c&0x7f) << shift
		if c >= 0x80 {
			continue
		}
		if shift+7 < 64 {
			n = n << (57 - shift) >> (57 - shift)
		}
		// The bits of the last byte that are over must repeat the sign.
		if left := bits - shift; left < 7 {
			if sign := int8(c<<1) >> left; sign != 0 && sign != -1 {
				break
			}
		}
		return n
	}
	r.Fail(start, "a number does not fit %d bits", bits)
	return 0
}

// Vector reads the length of a vector whose items have at least one byte each.
func (r *Reader) Vector() int {
	start := r.at
	n := r.U32()
	if int64(n) > int64(r.Left()) {
		r.Fail(start, "a list of %d items is longer than what holds it", n)
	}
	return int(n)
}

// Name reads a name. The bytes are the module's own.
func (r *Reader) Name() []byte { return r.Bytes(r.Vector()) }

// ValueType reads a type of values.
func (r *Reader) ValueType() byte {
	c := r.Byte()
	if !isValueType(c) {
		r.Refuse(r.at-1, "newer value types", "a value of the type %#x", c)
	}
	return c
}

// RefType reads a type of references.
func (r *Reader) RefType() byte {
	c := r.Byte()
	if c != FuncRef && c != ExternRef {
		r.Refuse(r.at-1, "newer reference types", "a reference of the type %#x", c)
	}
	return c
}

// The types of values.
const (
	I32       = 0x7f
	I64       = 0x7e
	F32       = 0x7d
	F64       = 0x7c
	V128      = 0x7b
	FuncRef   = 0x70
	ExternRef = 0x6f
)

func isValueType(c byte) bool { return c >= V128 && c <= I32 || c == FuncRef || c == ExternRef }

// AppendU32 appends n in LEB128.
func AppendU32(b []byte, n uint32) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// AppendSigned appends n in signed LEB128.
func AppendSigned(b []byte, n int64) []byte {
	for {
		c := byte(n & 0x7f)
		n >>= 7
		if n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// The ids of sections.
const (
	SectionCustom = iota
	SectionType
	SectionImport
	SectionFunction
	SectionTable
	SectionMemory
	SectionGlobal
	SectionExport
	SectionStart
	SectionElement
	SectionCode
	SectionData
	SectionDataCount
	sections
)

// Order holds the sections but custom ones in the order in which they stand.
var Order = [...]int{SectionType, SectionImport, SectionFunction, SectionTable, SectionMemory, SectionGlobal, SectionExport,
	SectionStart, SectionElement, SectionDataCount, SectionCode, SectionData}

// Section is a section: its contents are module[From:To].
type Section struct{ ID, From, To int }

// Sections calls do for each section in turn, after a check of the header, of
// their order and of their sizes.
func Sections(module []byte, do func(Section)) {
	r := NewReader(module, 0, len(module))
	if len(module) < 8 || string(module[:8]) != "\x00asm\x01\x00\x00\x00" {
		r.Fail(0, "this is no core module of version 1")
	}
	var place [sections]int
	for i, id := range Order {
		place[id] = i + 1
	}
	last := 0
	for r.at = 8; r.Left() > 0; {
		start := r.at
		id, size := int(r.Byte()), int64(r.U32())
		if size > int64(r.Left()) {
			r.Fail(start, "section %d is longer than the module", id)
		}
		if id == 13 {
			r.Refuse(start, "exceptions", "a tag section")
		}
		if id >= sections {
			r.Fail(start, "a section of unknown number %d", id)
		}
		if id != SectionCustom {
			if place[id] <= last {
				r.Fail(start, "section %d is out of order or there twice", id)
			}
			last = place[id]
		}
		s := Section{ID: id, From: r.at, To: r.at + int(size)}
		r.at = s.To
		do(s)
	}
}
