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
	// row holds the columns that are kept, spans the values of the direct ones.
	row    found
	spans  [][]abi.Value
	wrongs []mistake
	// nothing stands for the detail of a row that has none.
	nothing *found

	values  pool[abi.Value]
	changes pool[abi.AttributeChange]
	anchors pool[abi.AnchorAttribute]
}

func newDecoder(e *engine, p *plan, fields []string) *decoder {
	return &decoder{
		engine: e, plan: p, row: found{paths: fields, raws: make([]string, len(fields))},
		spans: make([][]abi.Value, len(p.attributes)), wrongs: make([]mistake, len(p.attributes)),
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

// read reads a row. What is wrong with JSON remains in r, what is wrong with a value
// is kept for the entry.
func (d *decoder) read(r *wire.Reader) {
	d.values.room(2 * len(d.plan.attributes))
	i := 0
	for r.Array(); r.NextItem(); i++ {
		if i < len(d.plan.direct) && d.plan.direct[i] >= 0 {
			at := d.plan.direct[i]
			from := len(d.values.items)
			d.wrongs[at] = d.take(r, &d.plan.attributes[at])
			d.spans[at] = d.values.since(from)
		} else if raw := r.Raw(); i < len(d.row.raws) {
			d.row.raws[i] = raw
		}
	}
	if i != len(d.row.raws) {
		r.Fail("a row has another number of fields than were asked for")
	}
}

// take reads a value that needs no conversion.
func (d *decoder) take(r *wire.Reader, a *attrPlan) mistake {
	if r.Peek() != wire.KindArray {
		return d.put(a, readScalar(r))
	}
	n, wrong := 0, mistake("")
	for r.Array(); r.NextItem(); {
		if s := readScalar(r); s.kind != wire.KindNull {
			if n++; wrong == "" {
				wrong = d.put(a, s)
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
func (d *decoder) put(a *attrPlan, s scalar) mistake {
	if s.kind == wire.KindNull || s.text == "" {
		return ""
	}
	v, ok := typed(a.typ, s)
	if !ok {
		return mistake("is no " + a.typ.String())
	}
	d.values.items = append(d.values.items, v)
	return ""
}

// convert makes an attribute's values of JSON.
func (d *decoder) convert(a *attrPlan, raw string) ([]abi.Value, mistake) {
	v, wrong := d.engine.read(a.Convert, parseValue(raw))
	if wrong == "" && len(v.items) > 1 && !a.Multi {
		wrong = manyValues
	}
	from := len(d.values.items)
	for i := 0; i < len(v.items) && wrong == ""; i++ {
		wrong = d.put(a, v.items[i])
	}
	return d.values.since(from), wrong
}

// entry makes the entry of a row and its detail; without one the row is both. The
// error is that of the whole run: nobody could tell which object it is.
func (d *decoder) entry(row, detail *found) (e abi.CSEntryChange, err error) {
	e.Modification = abi.ObjectAdd
	if d.plan.detail == nil {
		detail = row
	}
	d.changes.room(len(d.plan.attributes))
	from := len(d.changes.items)
	for i := range d.plan.attributes {
		a := &d.plan.attributes[i]
		values, wrong := d.valuesOf(i, row, detail)
		switch {
		case wrong != "" && a.anchor:
			return e, abi.NewError(abi.UnexpectedData, "the anchor "+a.Name+" of an object "+string(wrong))
		case wrong != "" && e.Error == nil:
			e.Error = &abi.EntryError{Code: mistaken(a.typ), Name: "bad-value", Detail: "attribute " + a.Name + ": " + string(wrong)}
		case wrong != "" || len(values) == 0:
		case a.anchor:
			e.Anchor = d.anchor(a.Name, values[0])
		default:
			d.changes.items = append(d.changes.items, abi.AttributeChange{Name: a.Name, Modification: abi.AttributeAdd, MultiValued: a.Multi, Values: values})
		}
	}
	if len(e.Anchor) == 0 {
		return e, abi.NewError(abi.UnexpectedData, "an object has no "+d.engine.anchor.Name+", which is its anchor")
	}
	if e.Attributes = d.changes.since(from); e.Error != nil {
		e.Attributes = nil
	}
	return e, nil
}

func (d *decoder) anchor(name string, v abi.Value) []abi.AnchorAttribute {
	d.anchors.room(1)
	n := len(d.anchors.items)
	d.anchors.items = append(d.anchors.items, abi.AnchorAttribute{Name: name, Value: v})
	return d.anchors.since(n)
}

// valuesOf returns the values of the attribute with a number.
func (d *decoder) valuesOf(i int, row, detail *found) ([]abi.Value, mistake) {
	a := &d.plan.attributes[i]
	switch {
	case len(a.Template) > 0:
		return d.made(a, row, detail)
	case a.inDetail:
		return d.convert(a, detail.raws[a.column])
	case d.plan.direct[a.column] == i:
		return d.spans[i], d.wrongs[i]
	}
	return d.convert(a, row.raws[a.column])
}

// made makes a value by the attribute's template; none if a part of it is missing.
func (d *decoder) made(a *attrPlan, row, detail *found) ([]abi.Value, mistake) {
	s := scope{engine: d.engine, row: row, detail: detail, code: abi.UnexpectedData}
	text, there, err := s.text(a.Template, nil)
	if err != nil {
		return nil, mistake("has a template that failed: " + abi.AsError(err).Message)
	}
	from := len(d.values.items)
	if !there {
		return nil, ""
	}
	wrong := d.put(a, textScalar(text))
	return d.values.since(from), wrong
}
