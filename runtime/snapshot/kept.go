package snapshot

import (
	"encoding/binary"
	"errors"
	"math"
)

// Append appends the plan to b, as ReadPlan reads it: always the same for the same
// plan. Every number and every length has 8 bytes, the lowest first; a text is its
// length and its bytes. In this order: Start, Obstacle, the least and the most bytes
// of memory, the globals, the data segments, each with its index, offset and
// contents, and Module. Before a list stands its length.
func (p *Plan) Append(b []byte) []byte {
	b = appendText(appendText(b, p.Start), p.Obstacle)
	b = appendNumber(appendNumber(b, p.least), p.most)
	b = appendNumber(b, uint64(len(p.globals)))
	for _, name := range p.globals {
		b = appendText(b, name)
	}
	b = appendNumber(b, uint64(len(p.data)))
	for _, s := range p.data {
		b = appendNumber(appendNumber(b, uint64(s.index)), uint64(s.offset))
		b = appendText(b, s.contents)
	}
	return appendText(b, p.Module)
}

const numberBytes = 8

func appendNumber(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }

func appendText[T string | []byte](b []byte, text T) []byte {
	return append(appendNumber(b, uint64(len(text))), text...)
}

// ReadPlan reads what Append appended, which is all of b; the plan holds on to it. It
// takes time and memory linear in b's length, whatever b holds. The error says that
// Append does not write such bytes. Bytes that it does write may be of no plan that
// Prepare would make: b must come from where nobody else can write.
func ReadPlan(b []byte) (*Plan, error) {
	r := &planReader{left: b}
	p := &Plan{Start: string(r.text()), Obstacle: string(r.text()), least: r.number(math.MaxUint64), most: r.number(math.MaxUint64)}
	for range r.count() {
		p.globals = append(p.globals, string(r.text()))
	}
	for range r.count() {
		p.data = append(p.data, segment{uint32(r.number(math.MaxUint32)), uint32(r.number(math.MaxUint32)), r.text()})
	}
	p.Module = r.text()
	if r.wrong || len(r.left) > 0 {
		return nil, errors.New("snapshot: these bytes are no plan")
	}
	return p, nil
}

// planReader reads numbers and texts. After the first mistake they are all empty.
type planReader struct {
	left  []byte
	wrong bool
}

func (r *planReader) number(most uint64) uint64 {
	if r.wrong = r.wrong || len(r.left) < numberBytes; r.wrong {
		return 0
	}
	n := binary.LittleEndian.Uint64(r.left)
	if r.wrong = n > most; r.wrong {
		return 0
	}
	r.left = r.left[numberBytes:]
	return n
}

// count reads how many items follow, of which each has a number at least.
func (r *planReader) count() uint64 {
	return r.number(uint64(len(r.left) / numberBytes))
}

func (r *planReader) text() []byte {
	n := r.number(math.MaxUint64)
	if r.wrong = r.wrong || n > uint64(len(r.left)); r.wrong {
		return nil
	}
	text := r.left[:n:n]
	r.left = r.left[n:]
	return text
}
