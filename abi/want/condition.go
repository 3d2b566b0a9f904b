package want

import (
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// holds says whether a filter's condition holds for an element.
func (d *reading) holds(c *condition, element string) bool {
	s := d.source(element)
	defer d.done(s)
	equal := c.kind == wire.KindNull
	if walk(&s.Reader, c.steps) {
		equal = c.equals(&s.Reader)
	}
	return d.err == nil && equal != c.not
}

// walk moves to the place that names and indexes lead to, if it is there.
func walk(r *wire.Reader, steps []step) bool {
	for i := range steps {
		there := false
		switch r.Peek() {
		case wire.KindObject:
			there = toMember(r, steps[i].name)
		case wire.KindArray:
			there = toItem(r, steps[i].index)
		}
		if !there {
			return false
		}
	}
	return true
}

func toMember(r *wire.Reader, name string) bool {
	for r.Object(); r.NextKey(); r.Skip() {
		if r.Key() == name {
			return true
		}
	}
	return false
}

func toItem(r *wire.Reader, index int) bool {
	r.Array()
	for i := 0; r.NextItem(); i++ {
		if i == index {
			return true
		}
		r.Skip()
	}
	return false
}

// equals says whether the next value is the condition's.
func (c *condition) equals(r *wire.Reader) bool {
	if r.Peek() != c.kind {
		return false
	}
	switch c.kind {
	case wire.KindString:
		return r.String() == c.text
	case wire.KindNumber:
		return sameNumber(r.Number(), c.text)
	}
	return r.Raw() == c.text
}

// sameNumber compares two JSON numbers by value, without rounding either.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := decimal(a)
	y, okY := decimal(b)
	return okX && okY && x == y
}

// number is 0.digits times ten to the power of exponent, without zeros at either
// end of the digits.
type number struct {
	negative bool
	digits   string
	exponent int
}

// maxExponent is how many digits an exponent may have, and maxNumber how long a number
// may be. Longer ones are equal to what is written alike, and to nothing else.
const (
	maxExponent = 9
	maxNumber   = 64 << 10
)

func decimal(text string) (number, bool) {
	if len(text) > maxNumber {
		return number{}, false
	}
	text, negative := strings.CutPrefix(text, "-")
	n := number{negative: negative}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if len(text)-i-1 > maxExponent+1 {
			return n, false
		}
		n.exponent, _ = strconv.Atoi(text[i+1:])
		text = text[:i]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	n.exponent += len(whole)
	n.digits = whole + fraction
	significant := strings.TrimLeft(n.digits, "0")
	n.exponent -= len(n.digits) - len(significant)
	n.digits = strings.TrimRight(significant, "0")
	if n.digits == "" {
		return number{}, true
	}
	return n, true
}
