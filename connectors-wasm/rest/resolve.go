package rest

import (
	"context"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// look reads the object as it is before the change; false if there is none.
func (r *exportRun) look(ctx context.Context, w *work) (bool, error) {
	q := r.recipe.Read
	if q == nil {
		return false, abi.NewError(abi.EntryExport, "the recipe has no read, and "+w.name+" needs the object as it is")
	}
	objects, unknown, err := r.fetch(ctx, q, r.fields, w)
	if err != nil {
		return false, err
	}
	d := newDecoder(r.engine, r.plan, r.fields)
	if len(q.Rows) > 0 {
		objects = w.own(d, objects)
	}
	if len(objects) == 0 {
		return false, unknown
	}
	if len(objects) > 1 {
		return false, abi.NewError(abi.UnexpectedData, q.At+": there is more than one object with this anchor")
	}
	entry, gone, err := r.whole(ctx, q, r.plan, d, w, &objects[0])
	if err != nil || gone {
		return false, err
	}
	if err := w.isAsked(q, &entry); err != nil {
		return false, err
	}
	if entry.Error != nil {
		return false, abi.NewError(abi.EntryExport, "the object cannot be read as it is: "+entry.Error.Detail)
	}
	w.object, w.old = &objects[0], &entry
	w.current = w.object.at(".")
	return true, nil
}

// own leaves those of rows whose anchor is the one that was asked for: a search may
// bring others, and somebody else must not be taken for the object. A row without an
// anchor stays, and is the error that it is in an import. Another case is the same object
// only of a name that somebody chose, and if no row has the case that was asked for.
func (w *work) own(d *decoder, rows []found) []found {
	if w.anchor == nil {
		return rows
	}
	asked := w.anchor.Text()
	exactly := w.engine.anchor.Access == recipe.ReadOnly || slices.ContainsFunc(rows, func(row found) bool {
		anchor, there := d.anchorOf(&row)
		return there && anchor.Text() == asked
	})
	return slices.DeleteFunc(rows, func(row found) bool {
		anchor, there := d.anchorOf(&row)
		return there && (!w.asks(anchor.Text()) || exactly && anchor.Text() != asked)
	})
}

// isAsked is an error unless an object that was read has the anchor that was asked for.
func (w *work) isAsked(q *recipe.Read, entry *abi.CSEntryChange) error {
	if w.asks(entry.Anchor[0].Value.Text()) {
		return nil
	}
	return abi.NewError(abi.EntryExport, q.At+": asked for the object "+cut(w.anchor.Text())+", the application answered with "+
		cut(entry.Anchor[0].Value.Text())+", which is another one")
}

// asks says whether an anchor is the one that w is about, be it a number or text, or be it
// written in another case.
func (w *work) asks(have string) bool {
	return w.anchor == nil || strings.EqualFold(w.anchor.Text(), have)
}

// fetch carries out a request that reads the fields of objects. unknown is as in
// inquiry.objects.
func (r *exportRun) fetch(ctx context.Context, q *recipe.Read, fields []string, w *work) (all []found, unknown, err error) {
	var i *inquiry
	err = r.withLookups(ctx, func() (err error) {
		i, err = r.inquire(q, fields, w.scope(""))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	answers, err := r.send(ctx, []call{i.call}, 1)
	if err != nil {
		return nil, nil, err
	}
	if all, unknown, err = i.objects(ctx, &answers[0]); unknown != nil {
		unknown = refused(unknown) // it is about this entry, and the run goes on
	}
	return all, unknown, err
}

// find looks for the object that a create may have made, and takes over its anchor.
// It is that object only if it alone has the same values in all attributes of by, as alike
// compares them, or alone of several has them sign by sign. somebody says that there are
// objects, be they others.
func (r *exportRun) find(ctx context.Context, w *work) (there, somebody bool, err error) {
	q := r.recipe.Find
	// Its detail is its own: that of read may ask for what these rows do not have.
	p := newPlan(r.engine, q.Detail, "", nil, nil).raw()
	objects, unknown, err := r.fetch(ctx, &q.Read, p.fields, w)
	if err != nil {
		return false, false, err
	}
	var same, exactly []met
	d := newDecoder(r.engine, p, p.fields)
	for i := range objects {
		entry, gone, err := r.whole(ctx, &q.Read, p, d, w, &objects[i])
		if err != nil {
			return false, false, err
		}
		if gone {
			continue
		}
		somebody = true
		if entry.Error != nil || !w.isSame(&entry, q.By, alike) {
			continue
		}
		same = append(same, met{&entry, &objects[i]})
		if w.isSame(&entry, q.By, slices.Equal) {
			exactly = append(exactly, same[len(same)-1])
		}
	}
	if len(exactly) == 1 {
		same = exactly
	}
	switch len(same) {
	case 0:
		return false, somebody, unknown
	case 1:
		w.met = same[0]
		w.anchor, w.made = &w.met.entry.Anchor[0].Value, true
		return true, true, nil
	}
	return false, true, nil
}

// adopt takes over the object that a create made whose answer was lost in step i, if
// find meets one that has every value that was sent and is read back. One that differs
// was there before, and is somebody else's: to take it over would hand out a password to
// it. lost is the error of the step, which is returned if nothing is taken over; nobody
// says that find answered, and met none at all: one that is much like it may be it.
func (r *exportRun) adopt(ctx context.Context, w *work, i int, lost error) (resolved, nobody bool, err error) {
	before := w.anchor
	there, somebody, err := r.find(ctx, w)
	if err != nil || !there && !somebody {
		return false, err == nil, lost
	}
	if !there {
		err = abi.NewError(abi.EntryExport, "find met others, and not it alone")
	} else {
		err = r.agrees(ctx, w, i)
	}
	if err == nil {
		err = r.claim(w)
	}
	if err == nil {
		return true, false, nil
	}
	w.anchor, w.made = before, false
	e := *abi.AsError(lost)
	e.Detail = strings.TrimSuffix(e.Message+": "+e.Detail, ": ")
	e.Message = "whether it was made is not known: " + abi.AsError(err).Message
	return false, false, &e
}

// agrees is an error unless the object that find found has all that the steps up to i sent
// and that is read back.
func (r *exportRun) agrees(ctx context.Context, w *work, i int) error {
	others, hidden := w.differs(i, w.met)
	if len(others)+len(hidden) > 0 && r.recipe.Read != nil {
		// What find reads may be no more than a row of a list.
		reader := &work{engine: w.engine, op: w.op, name: w.name, entry: w.entry, anchor: w.anchor}
		there, err := r.look(ctx, reader)
		if err != nil || !there {
			return abi.NewError(abi.EntryExport, "the object that find found cannot be read to be compared")
		}
		others, _ = w.differs(i, met{reader.old, reader.object})
	}
	if len(others) == 0 {
		return nil
	}
	return abi.NewError(abi.EntryExport, "the object that find found has another "+strings.Join(others, ", ")+", and may have been there before")
}

// differs are the attributes that the steps up to i sent, and that an object has other
// values of. hidden are those that it does not show, which count as others where nothing
// is the same but what find looks by, and truth, which many have in common.
func (w *work) differs(i int, m met) (others, hidden []string) {
	same := false
	for _, a := range w.comparable(i) {
		want, _ := w.values(a.Name)
		have := valuesOf(m.entry, a.Name)
		switch {
		case alike(w.reread(a, want), texts(have)):
			same = same || a.Type != recipe.Boolean && !slices.Contains(w.recipe.Find.By, a.Name)
		case len(have) == 0 && !a.Detail && m.object.hides(a.Read):
			hidden = append(hidden, a.Name)
		default:
			others = append(others, a.Name)
		}
	}
	if !same {
		others, hidden = append(others, hidden...), nil
	}
	return others, hidden
}

// hides says whether nothing is at a path, or null.
func (f *found) hides(path string) bool {
	raw := f.at(path)
	return raw == "" || raw == "null"
}

// comparable are the attributes that the steps up to i send and that are read back.
func (w *work) comparable(i int) (all []*recipe.Attribute) {
	for k := range w.recipe.Attributes {
		a := &w.recipe.Attributes[k]
		if want, _ := w.values(a.Name); len(want) == 0 || a.Read == "" || a.Name == w.recipe.Anchor {
			continue
		}
		if slices.ContainsFunc(w.op.Steps[:i+1], func(s recipe.Step) bool { return w.holds(s.When) && s.Request.Sends(a) }) {
			all = append(all, a)
		}
	}
	return all
}

// alike says whether somebody who was there before could not be told from the new
// object, should the answer to the create be lost: nothing is sent and read back but
// what both have in common, and a password would follow.
func (r *exportRun) alike(w *work) bool {
	first := slices.IndexFunc(w.op.Steps, func(s recipe.Step) bool { return s.Request.Safety != recipe.Safe && w.holds(s.When) })
	if first < 0 || r.recipe.Find == nil || !r.recipe.TakesPassword() {
		return false
	}
	return !slices.ContainsFunc(w.comparable(first), func(a *recipe.Attribute) bool { return !slices.Contains(r.recipe.Find.By, a.Name) })
}

func valuesOf(e *abi.CSEntryChange, name string) []abi.Value {
	if a := e.Attribute(name); a != nil {
		return a.Values
	}
	return nil
}

// isSame compares attributes.
func (w *work) isSame(e *abi.CSEntryChange, by []string, equal func(a, b []string) bool) bool {
	for _, name := range by {
		values, _ := w.values(name)
		there := valuesOf(e, name)
		if len(there) == 0 && name == w.recipe.Anchor {
			there = []abi.Value{e.Anchor[0].Value}
		}
		if len(values) == 0 || !equal(w.reread(w.recipe.Attribute(name), values), texts(there)) {
			return false
		}
	}
	return len(by) > 0
}
