package want

import (
	"strconv"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// rows hands over the rows of all paths.
func (d *reading) rows(text string) {
	n := 0
	for i := range d.plan.rows {
		if d.err != nil {
			return
		}
		w := walker{reading: d, path: &d.plan.rows[i], begun: n}
		s := d.source(text)
		w.place(s, 0)
		d.done(s)
		n = w.begun
	}
}

// walker follows one path of Rows.
type walker struct {
	*reading
	path *path
	// begun counts the rows.
	begun int
}

// place reads the next value, which stands where the first i steps lead to.
func (w *walker) place(s *source, i int) {
	kind, start := s.Peek(), s.Offset()
	if kind == wire.KindNull && w.path.optional {
		s.Skip()
		return
	}
	var st step
	if i < len(w.path.steps) {
		st = w.path.steps[i]
	}
	there := true
	switch {
	case i == len(w.path.steps) && kind == wire.KindArray:
		w.items(s, i)
	case st.kind == each && kind == wire.KindArray:
		w.items(s, i+1)
	case st.kind == members && kind == wire.KindObject:
		w.members(s, i+1)
	case st.kind == where && kind == wire.KindArray:
		there = w.filtered(s, i+1, st.cond)
	case st.kind == name && i < len(w.path.steps) && kind == wire.KindObject:
		there = w.member(s, i+1, st.name)
	case st.kind == name && st.index >= 0 && kind == wire.KindArray:
		there = w.item(s, i+1, st.index)
	default:
		s.Skip()
		w.missing(i, s.text[start:s.Offset()])
	}
	if !there && !w.path.optional {
		w.missing(i, s.text[start:s.Offset()])
	}
}

// origin is where a row comes from: a list, or a member of an object.
type origin struct {
	number int
	key    string
	member bool
}

// next reads one of the things that a step finds: a row, behind the last step.
func (w *walker) next(s *source, i int, from origin) {
	if i == len(w.path.steps) {
		w.row(s, from)
		return
	}
	w.place(s, i)
}

func (w *walker) items(s *source, i int) {
	s.Array()
	for n := 0; w.err == nil && s.NextItem(); n++ {
		w.next(s, i, origin{number: n})
	}
}

func (w *walker) members(s *source, i int) {
	s.Object()
	for n := 0; w.err == nil && s.NextKey(); n++ {
		w.next(s, i, origin{n, s.Key(), true})
	}
}

// filtered reads the elements for which a condition holds, or the first of them,
// which then is a place like any other.
func (w *walker) filtered(s *source, i int, c *condition) (there bool) {
	there = c.all
	s.Array()
	for n := 0; w.err == nil && s.NextItem(); n++ {
		element := s.Raw()
		if there && !c.all || !w.holds(c, element) {
			continue
		}
		there = true
		one := w.source(element)
		if c.all {
			w.next(one, i, origin{number: n})
		} else {
			w.place(one, i)
		}
		w.done(one)
	}
	return there
}

func (w *walker) member(s *source, i int, name string) (there bool) {
	for s.Object(); w.err == nil && s.NextKey(); {
		if s.Key() == name {
			there = true
			w.place(s, i)
		} else {
			s.Skip()
		}
	}
	return there
}

func (w *walker) item(s *source, i, index int) (there bool) {
	s.Array()
	for n := 0; w.err == nil && s.NextItem(); n++ {
		if n == index {
			there = true
			w.place(s, i)
		} else {
			s.Skip()
		}
	}
	return there
}

// row hands over one row.
func (w *walker) row(s *source, from origin) {
	w.value(s, &w.fields, &w.fields.tree.root)
	w.fields.held = 0
	w.comma(w.begun > 0)
	w.begun++
	w.put("[")
	for i, c := range w.plan.columns {
		w.comma(i > 0)
		switch {
		case c.kind == found:
			w.hand(&w.fields, c.slot)
		case c.kind == runningNumber:
			w.put(strconv.Itoa(from.number))
		case from.member:
			w.key(from.key)
		default:
			w.put("null")
		}
	}
	w.put("]")
	w.fields.clear()
}

// missing says which step of the path is not there, and what is. The first
// mistake counts.
func (w *walker) missing(i int, instead string) {
	if w.err != nil {
		return
	}
	fault := "at its end stands "
	if i < len(w.path.steps) {
		fault = "its step " + strconv.Quote(w.path.steps[i].text) + " finds nothing in "
	}
	w.fail(unexpected(RuleRows, "the path of rows "+strconv.Quote(w.path.text)+" leads to no list: "+fault+w.describe(instead)))
}

// maxTold is how many members are named, and maxToldName where a name is cut.
const (
	maxTold     = 8
	maxToldName = 64
)

// describe tells the kind of a value, and of an object the first names.
func (d *reading) describe(text string) string {
	r := wire.NewReader(text)
	r.Watch(d.look)
	switch r.Peek() {
	case wire.KindObject:
		return describeObject(r)
	case wire.KindArray:
		n := 0
		for r.Array(); r.NextItem(); r.Skip() {
			n++
		}
		return "a list of " + strconv.Itoa(n)
	case wire.KindString:
		return "a string"
	case wire.KindNumber:
		return "a number"
	case wire.KindBool:
		return "true or false"
	}
	return "null"
}

func describeObject(r *wire.Reader) string {
	said, n := "an object with the members ", 0
	for r.Object(); r.NextKey(); r.Skip() {
		switch n++; {
		case n > maxTold:
			return said + " and more"
		case n > 1:
			said += ", "
		}
		said += strconv.Quote(cut(r.Key(), maxToldName))
	}
	if n == 0 {
		return "an object without members"
	}
	return said
}
