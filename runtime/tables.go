package runtime

import "github.com/ecmabox/ecmabox/runtime/admission"

// boundTables returns the module with a maximum on every table, so that table.grow
// stops there: the engine's memory limit does not cover tables. A module without
// tables, or with low enough maxima, is returned as it is.
func boundTables(module []byte, m *moduleShape, most uint32) []byte {
	bounded := true
	for _, t := range m.tables {
		bounded = bounded && t.limits.hasMax() && t.limits.max <= most
	}
	if bounded {
		return module
	}
	contents := appendU32(nil, uint32(len(m.tables)))
	for _, t := range m.tables {
		limit := most
		if t.limits.hasMax() {
			limit = min(limit, t.limits.max)
		}
		contents = append(contents, t.element, t.limits.flags|1)
		contents = appendU32(appendU32(contents, t.limits.min), limit)
	}
	section := append(appendU32([]byte{sectionTable}, uint32(len(contents))), contents...)
	out := make([]byte, 0, len(module)+len(section))
	out = append(append(out, module[:m.tableStart]...), section...)
	return append(out, module[m.tableEnd:]...)
}

// tableElementBytes is what the engine takes for an element at the most: a reference of 8
// bytes, room to grow, and what a growth leaves behind.
const tableElementBytes = 24

// What the engine takes at the most for a segment, of elements or data, be it empty; for
// an element of a segment, which is a function's reference, as is one that metering has put
// into a table; and for a global with the reference that it may hold.
const (
	segmentBytes        = 24
	segmentElementBytes = 64
	globalBytes         = 144
)

// besideBytes is what the engine takes at the most for an instance beside its memory and
// its stack: tables as large as they may become, segments and globals.
func (m *moduleShape) besideBytes(r *admission.Report, most int) int64 {
	bytes := int64(r.Data+r.ElementSegments)*segmentBytes + int64(r.Elements)*segmentElementBytes + int64(r.Globals)*globalBytes
	for _, t := range m.tables {
		elements := int64(most)
		if t.limits.hasMax() {
			elements = min(elements, int64(t.limits.max))
		}
		bytes += elements * tableElementBytes
	}
	return bytes
}

// appendU32 appends n in LEB128.
func appendU32(b []byte, n uint32) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}
