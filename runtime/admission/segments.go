package admission

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

// element reads an element segment. Bit 0 of its flags: passive or declared. Bit
// 1: it names a table, or is declared. Bit 2: its elements are expressions.
func (c *checker) element(r *wasmcode.Reader) {
	at := r.At()
	flags := r.U32()
	if flags > 7 {
		r.Fail(at, "an element segment with flags %#x", flags)
	}
	table, offset, active := uint32(0), uint32(0), flags&1 == 0
	if active {
		if flags&2 != 0 {
			table = r.U32()
		}
		c.index(IndexTable, at, table, len(c.tables))
		offset = c.offset(r)
	}
	if flags&3 != 0 {
		c.elementKind(r, flags)
	}
	n := r.Vector()
	c.report.Elements += n
	c.most(LimitElements, int64(c.report.Elements), c.limits.Elements, at)
	for range n {
		if flags&4 != 0 {
			c.constant(r)
		} else {
			at := r.At()
			c.declare(at, r.U32())
		}
	}
	if active && uint64(offset)+uint64(n) > uint64(c.tables[table]) {
		c.outOfBounds(at, int64(offset)+int64(n), int64(c.tables[table]))
	}
	c.segments++
}

func (c *checker) elementKind(r *wasmcode.Reader, flags uint32) {
	if flags&4 != 0 {
		r.RefType()
		return
	}
	at := r.At()
	if kind := r.Byte(); kind != 0 {
		r.Fail(at, "an element segment of the kind %#x", kind)
	}
}

func (c *checker) dataSegment(r *wasmcode.Reader) {
	at := r.At()
	flags := r.U32()
	if flags > 2 {
		r.Fail(at, "a data segment with flags %#x", flags)
	}
	offset := uint32(0)
	if flags == 2 {
		c.index(IndexMemory, r.At(), r.U32(), c.memories)
	}
	if flags != 1 {
		c.index(IndexMemory, at, 0, c.memories)
		offset = c.offset(r)
	}
	n := len(r.Name())
	if size := int64(c.report.MemoryPages) << 16; flags != 1 && int64(offset)+int64(n) > size {
		c.outOfBounds(at, int64(offset)+int64(n), size)
	}
}

// offset reads where an active segment goes, which is a number.
func (c *checker) offset(r *wasmcode.Reader) uint32 {
	at := r.At()
	value, known := c.constant(r)
	if !known {
		c.refuse(RuleMalformed, at, "the offset of a segment is no i32.const")
	}
	return value
}

func (c *checker) outOfBounds(at int, used, allowed int64) {
	wasmcode.Stop(&Refusal{Limit: RuleSegmentBounds, Used: used, Allowed: allowed, Offset: at})
}
