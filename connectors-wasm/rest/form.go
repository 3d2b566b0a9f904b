package rest

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// form returns the fields of a form: those that are spread, and behind them those
// that have a name, which take their place.
func (b *builder) form(q *recipe.Request) ([]abi.Field, error) {
	b.inForm = true
	o := &object{}
	if q.FormSpread != nil {
		if err := b.spread(o, q.FormSpread, "body"); err != nil {
			return nil, err
		}
	}
	named, err := b.fields("body.", q.Form)
	if err != nil {
		return nil, err
	}
	var all []abi.Field
	for _, f := range o.fields(nil, nil) {
		if !slices.ContainsFunc(named, func(n abi.Field) bool { return n.Name == f.Name }) {
			all = append(all, f)
		}
	}
	return append(all, named...), nil
}

// cleared says whether a template is one reference, to what the change takes away.
func (b *builder) cleared(t recipe.Template) bool {
	p := t.Whole()
	if p == nil || !b.inForm && p.Ref[0] != "attr" {
		return false
	}
	v, err := b.piece(p)
	return err == nil && !v.there() && (v.null || v.list)
}

// setThere puts raw where names lead to, and of an object what is in it, but no null.
func (o *object) setThere(names []string, raw string) {
	switch {
	case raw == "null":
	case wire.NewReader(raw).Peek() == wire.KindObject:
		for _, m := range opened(raw).members {
			o.setThere(append(names[:len(names):len(names)], m.name), m.raw)
		}
	default:
		o.set(names, raw)
	}
}

// fields are the members of an object as a form has them, added to all; names lead to
// the object.
func (o *object) fields(all []abi.Field, names []string) []abi.Field {
	for i := range o.members {
		m := &o.members[i]
		at := append(names[:len(names):len(names)], m.name)
		switch inner := m.object; {
		case inner != nil:
			all = inner.fields(all, at)
		case wire.NewReader(m.raw).Peek() == wire.KindObject:
			all = opened(m.raw).fields(all, at)
		default:
			all = valueFields(all, recipe.FormKey(at), m.raw)
		}
	}
	return all
}

// valueFields adds a value: a list repeats its key. What is taken away is empty text,
// for a form has nothing else to say so.
func valueFields(all []abi.Field, key, raw string) []abi.Field {
	v := parseValue(raw)
	if !v.there() {
		return append(all, abi.Field{Name: key})
	}
	for _, s := range v.items {
		all = append(all, abi.Field{Name: key, Value: s.text})
	}
	return all
}
