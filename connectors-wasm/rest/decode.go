package rest

import (
	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// decoder makes entries of rows. What it makes many of comes out of larger pieces
// of memory.
type decoder struct {
	engine *engine
	plan   *plan
	// items are the columns of the row that was read last; row has those that no
	// attribute takes as they are, list the items of one of them.
	items, list []wire.Item
	row         found
	inner       wire.Reader
	scratch     [1]scalar
	// nothing stands for the detail of a row that has none.
	nothing *found

	values  pool[abi.Value]
	changes pool[abi.AttributeChange]
	anchors pool[abi.AnchorAttribute]
}

func newDecoder(e *engine, p *plan, fields []string) *decoder {
	return &decoder{
		engine: e, plan: p, row: found{paths: fields, raws: make([]string, len(fields))},
		nothing: &found{raws: make([]string, len(p.details))},
	}
}

// reset has the memory of all entries made so far be used anew: whoever asks for the
// next page has done with them.
func (d *decoder) reset() {
	d.values.reset()
	d.changes.reset()
	d.anchors.reset()
}

// read reads a row. What is wrong with JSON remains in r.
func (d *decoder) read(r *wire.Reader) {
	d.items = r.Items(d.items[:0])
	if len(d.items) != len(d.row.raws) {
		r.Fail("a row has another number of fields than were asked for")
		return
	}
	for i := range d.items {
		if i >= len(d.plan.direct) || d.plan.direct[i] < 0 {
			d.row.raws[i] = d.items[i].Raw
		}
	}
}

// identity is what the row that was read has as its anchor, as a hash; all of the row
// where the anchor is not read from it, or is not there.
func (d *decoder) identity() uint64 {
	for i := range d.plan.attributes {
		if a := &d.plan.attributes[i]; a.anchor && a.column >= 0 && !a.inDetail {
			return hash(keyOr(d.items[a.column].Raw, &d.row))
		}
	}
	h := uint64(0)
	for i := range d.items {
		h = h*1099511628211 ^ hash(d.items[i].Raw)
	}
	return h
}

// take makes an attribute's values of a column that needs no conversion.
func (d *decoder) take(a *attrPlan, t *wire.Item) mistake {
	if t.Kind == wire.KindString && a.typ == abi.String {
		if text := t.Text(); text != "" {
			d.values.items = append(d.values.items, abi.StringValue(text))
		}
		return ""
	}
	if t.Kind != wire.KindArray {
		return d.put(a, t.Kind, t.Text())
	}
	d.inner.Reread(t.Raw)
	d.list = d.inner.Items(d.list[:0])
	n, wrong := 0, mistake("")
	for i := range d.list {
		if t := &d.list[i]; t.Kind != wire.KindNull {
			if n++; wrong == "" {
				wrong = d.put(a, t.Kind, t.Text())
			}
		}
	}
	if n > 1 && !a.Multi {
		return manyValues
	}
	return wrong
}

const manyValues = "has many values, and the attribute takes one"

// put adds a value. What is null or empty is none.
func (d *decoder) put(a *attrPlan, kind wire.Kind, text string) mistake {
	if kind == wire.KindNull || text == "" {
		return ""
	}
	if kind == wire.KindBool && a.anchor {
		return "is true or false, which names nobody"
	}
	v, ok := typed(a.typ, scalar{kind, text})
	if !ok {
		return mistake("is no " + a.typ.String())
	}
	d.values.items = append(d.values.items, v)
	return ""
}

// convert makes an attribute's values of JSON.
func (d *decoder) convert(a *attrPlan, raw string) mistake {
	v, wrong := d.engine.read(a.Convert, parseInto(d.scratch[:0], raw))
	if wrong == "" && len(v.items) > 1 && !a.Multi {
		wrong = manyValues
	}
	for i := 0; i < len(v.items) && wrong == ""; i++ {
		wrong = d.put(a, v.items[i].kind, v.items[i].text)
	}
	return wrong
}

// entry makes the entry of a row and its detail; without one the row is both. The
// error is that of the whole run: nobody could tell which object it is.
func (d *decoder) entry(e *abi.CSEntryChange, row, detail *found) error {
	*e = abi.CSEntryChange{Modification: abi.ObjectAdd}
	if d.plan.detail == nil {
		detail = row
	}
	d.values.room(2 * len(d.plan.attributes))
	d.changes.room(len(d.plan.attributes))
	from := len(d.changes.items)
	for i := range d.plan.attributes {
		a := &d.plan.attributes[i]
		first := len(d.values.items)
		wrong := mistake("")
		if a.column >= 0 && !a.inDetail && d.plan.direct[a.column] == i {
			wrong = d.take(a, &d.items[a.column])
		} else {
			wrong = d.makeValues(a, row, detail)
		}
		switch {
		case wrong != "" && a.anchor:
			return abi.NewError(abi.UnexpectedData, "the anchor "+a.Name+" of an object "+string(wrong))
		case wrong != "" && e.Error == nil:
			e.Error = &abi.EntryError{Code: mistaken(a.typ), Name: "bad-value", Detail: "attribute " + a.Name + ": " + string(wrong)}
		case wrong != "" || len(d.values.items) == first:
		case a.anchor:
			e.Anchor = d.anchor(a.Name, d.values.items[first])
		default:
			c := d.changes.next()
			c.Name, c.Modification, c.MultiValued, c.Values = a.Name, abi.AttributeAdd, a.Multi, d.values.since(first)
		}
	}
	if len(e.Anchor) == 0 {
		return abi.NewError(abi.UnexpectedData, "an object has no "+d.engine.anchor.Name+", which is its anchor")
	}
	if e.Error == nil {
		e.Attributes = d.changes.since(from)
	}
	return nil
}

// anchorOf returns the anchor of a row, if it has one.
func (d *decoder) anchorOf(row *found) (abi.Value, bool) {
	for i := range d.plan.attributes {
		a := &d.plan.attributes[i]
		first := len(d.values.items)
		if a.anchor && d.makeValues(a, row, row) == "" && len(d.values.items) > first {
			return d.values.items[first], true
		}
	}
	return abi.Value{}, false
}

func (d *decoder) anchor(name string, v abi.Value) []abi.AnchorAttribute {
	d.anchors.room(1)
	n := len(d.anchors.items)
	d.anchors.items = append(d.anchors.items, abi.AnchorAttribute{Name: name, Value: v})
	return d.anchors.since(n)
}

// makeValues adds the values of an attribute that takes no column as it is.
func (d *decoder) makeValues(a *attrPlan, row, detail *found) mistake {
	switch {
	case len(a.Template) > 0:
		return d.made(a, row, detail)
	case a.inDetail:
		return d.convert(a, detail.raws[a.column])
	}
	return d.convert(a, row.raws[a.column])
}

// made adds a value by the attribute's template; none if a part of it is missing.
func (d *decoder) made(a *attrPlan, row, detail *found) mistake {
	s := scope{engine: d.engine, row: row, detail: detail, code: abi.UnexpectedData}
	text, there, err := s.text(a.Template, nil)
	switch {
	case err != nil:
		return mistake("has a template that failed: " + abi.AsError(err).Message)
	case !there:
		return ""
	}
	return d.put(a, wire.KindString, text)
}
