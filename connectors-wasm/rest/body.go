package rest

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// object is a JSON object that is being put together.
type object struct {
	members []member
}

// member is JSON, or an object that others may still go into.
type member struct {
	name, raw string
	object    *object
}

func (o *object) find(name string) *member {
	for i := range o.members {
		if o.members[i].name == name {
			return &o.members[i]
		}
	}
	o.members = append(o.members, member{name: name})
	return &o.members[len(o.members)-1]
}

// set puts raw where names lead to. What is an object there already is kept and
// added to; anything else is replaced.
func (o *object) set(names []string, raw string) {
	m := o.find(names[0])
	if len(names) == 1 {
		m.raw, m.object = raw, nil
		return
	}
	if m.object == nil {
		m.object = opened(m.raw)
	}
	m.object.set(names[1:], raw)
}

// opened takes an object's JSON apart, one level deep.
func opened(raw string) *object {
	o := &object{}
	r := wire.NewReader(raw)
	if r.Peek() != wire.KindObject {
		return o
	}
	for r.Object(); r.NextKey(); {
		o.members = append(o.members, member{name: r.Key(), raw: r.Raw()})
	}
	return o
}

func (o *object) write(w *wire.Writer) {
	w.Object()
	for i := range o.members {
		m := &o.members[i]
		w.Key(m.name)
		if m.object != nil {
			m.object.write(w)
		} else {
			w.Raw(m.raw)
		}
	}
	w.EndObject()
}

// json returns a body as JSON; false when it is a reference alone that finds
// nothing. place is where it stands in the whole body.
func (b *builder) json(body *recipe.Body, place string) (string, bool, error) {
	switch body.Kind {
	case recipe.BodyRaw:
		b.note(place, body.At)
		return body.Raw, true, nil
	case recipe.BodyText:
		b.note(place, body.At)
		return b.jsonText(body)
	case recipe.BodyList:
		return b.jsonList(body, place)
	}
	o := &object{}
	for i := range body.Members {
		if m := &body.Members[i]; len(m.Spread) > 0 {
			if err := b.spread(o, m, place); err != nil {
				return "", false, err
			}
		}
	}
	for i := range body.Members {
		m := &body.Members[i]
		if len(m.Spread) > 0 {
			continue
		}
		raw, there, err := b.json(&m.Value, join(place, m.Name))
		if err != nil {
			return "", false, err
		}
		if there {
			o.set([]string{m.Name}, raw)
		}
	}
	var w wire.Writer
	o.write(&w)
	return string(w.Bytes()), true, w.Err()
}

func (b *builder) jsonList(body *recipe.Body, place string) (string, bool, error) {
	var w wire.Writer
	w.Array()
	for i := range body.Items {
		raw, there, err := b.json(&body.Items[i], join(place, itoa(i)))
		if err != nil {
			return "", false, err
		}
		if there {
			w.Raw(raw)
		}
	}
	w.EndArray()
	return string(w.Bytes()), true, nil
}

func (b *builder) jsonText(body *recipe.Body) (string, bool, error) {
	if p := body.Template.Whole(); p != nil {
		v, err := b.piece(p)
		there := v.there() || v.list || v.null
		if err == nil && !there {
			err = b.leaveOut(body.Template)
		}
		return v.json(), there, err
	}
	text, err := b.must(body.Template, body.At, nil)
	v := one(textScalar(text))
	return v.json(), true, err
}

// spread puts in what a "..." stands for.
func (b *builder) spread(o *object, m *recipe.Member, place string) error {
	if b.work == nil {
		return nil
	}
	for _, source := range m.Spread {
		if source == "current" {
			for _, c := range opened(b.work.current).members {
				switch {
				case slices.Contains(m.Omit, c.name):
					continue
				case b.inForm:
					o.setThere([]string{c.name}, c.raw)
				default:
					o.set([]string{c.name}, c.raw)
				}
				b.note(join(place, c.name), m.Value.At)
			}
			continue
		}
		if err := b.spreadAttributes(o, m, place, source == "changed"); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) spreadAttributes(o *object, m *recipe.Member, place string, changed bool) error {
	r := b.engine.recipe
	for i := range r.Attributes {
		a := &r.Attributes[i]
		if len(a.Write) == 0 || slices.Contains(m.Omit, a.Write[0]) {
			continue
		}
		raw, there, err := b.work.written(i, changed)
		if err != nil {
			return err
		}
		if there {
			at := place
			for _, name := range a.Write {
				at = join(at, name)
			}
			b.note(at, a.Path)
			o.set(a.Write, raw)
		}
	}
	return nil
}

func join(place, name string) string {
	if place == "" {
		return name
	}
	return place + "." + name
}
