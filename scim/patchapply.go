package scim

import (
	"context"
	"slices"
)

// ApplyPatch returns the attributes of a resource after the operations, in
// their order; the resource stays as it is. Errors have the scimType noTarget,
// mutability or invalidValue. A Backend that keeps resources elsewhere may use
// it; the Handler does.
func (t *ResourceType) ApplyPatch(r *Resource, ops []PatchOp) (Object, error) {
	return t.applyPatch(context.Background(), r, ops)
}

// applyPatch stops between operations when the context ends: on a large group
// each may take a while.
func (t *ResourceType) applyPatch(ctx context.Context, r *Resource, ops []PatchOp) (Object, error) {
	root := r.Attributes
	for _, op := range ops {
		err := ctx.Err()
		if err != nil {
			return Object{}, err
		}
		if root, err = op.apply(root); err != nil {
			return Object{}, err
		}
	}
	if err := t.checkPatched(r.Attributes, root); err != nil {
		return Object{}, err
	}
	return root, nil
}

// checkPatched refuses what no PATCH may do: change an immutable value that was
// set, or leave a required attribute without one (RFC 7644 section 3.5.2.2).
func (t *ResourceType) checkPatched(before, after Object) error {
	for p := range t.attributes {
		was, is := p.get(before), p.get(after)
		switch {
		case p.attr.Mutability == Immutable && !was.IsAbsent() && !was.Equal(is):
			return fixed(p.attr)
		case p.InExtension() && after.Get(p.schema.URN).IsAbsent():
			// it went with its extension; checkRequired says whether that may go
		case p.attr.Required && is.IsAbsent() && !was.IsAbsent():
			return removed(p.attr)
		case p.attr.Type == TypeComplex && !p.attr.MultiValued && !is.IsAbsent():
			for _, sub := range p.attr.subs.list {
				old, now := was.Object().Get(sub.Name), is.Object().Get(sub.Name)
				switch {
				case old.IsAbsent():
				case sub.Mutability == Immutable && !old.Equal(now):
					return fixed(sub)
				case sub.Required && now.IsAbsent():
					return removed(sub)
				}
			}
		}
	}
	return t.checkRequired(after)
}

func removed(a *attribute) error {
	return invalid(ErrorTypeMutability, "attribute %s is required and cannot be removed", quote(a.Name))
}

func (op PatchOp) apply(root Object) (Object, error) {
	old := op.Path.get(root)
	var v Value
	var err error
	switch {
	case !op.Path.attr.MultiValued:
		v = op.applySingle(old)
	case op.Where == nil && op.Path.sub == nil:
		v, err = op.applyList(old)
	default:
		v, err = op.applySelected(old)
	}
	if err != nil {
		return root, err
	}
	return op.Path.set(root, v), nil
}

// applySingle changes an attribute that has one value. A complex value is
// merged into the old one, by add and by replace (RFC 7644 sections 3.5.2.1 and
// 3.5.2.3).
func (op PatchOp) applySingle(old Value) Value {
	switch {
	case op.Path.sub != nil:
		return op.withSub(old.Object()).value()
	case op.Kind == PatchRemove:
		return Value{}
	case op.Path.attr.Type == TypeComplex && op.Kind == PatchAdd:
		return op.Path.attr.addObject(old.Object(), op.Value.Object()).value()
	case op.Path.attr.Type == TypeComplex:
		return mergeObject(old.Object(), op.Value.Object()).value()
	}
	return op.Value
}

// withSub changes one sub-attribute of a complex value.
func (op PatchOp) withSub(o Object) Object {
	sub := op.Path.sub
	switch {
	case op.Kind == PatchRemove:
		return o.With(sub.Name, op.rest(o.Get(sub.Name)))
	case op.Kind == PatchAdd && sub.MultiValued:
		return o.With(sub.Name, sub.addTo(o.Get(sub.Name), op.Value))
	}
	return o.With(sub.Name, op.Value)
}

// rest is what a remove leaves of a list: all but the values it names.
func (op PatchOp) rest(old Value) Value {
	if op.Value.IsAbsent() {
		return Value{}
	}
	return listOf(removeValues(op.Path.leaf(), old.Items(), op.Value.Items()))
}

func mergeObject(o, more Object) Object {
	for name, v := range more.All() {
		o = o.With(name, v)
	}
	return o
}

// addObject is mergeObject by add: it joins the values of a multi-valued
// sub-attribute to the old ones.
func (a *attribute) addObject(o, more Object) Object {
	for name, v := range more.All() {
		if sub := a.subs.get(name); sub != nil && sub.MultiValued {
			v = sub.addTo(o.Get(name), v)
		}
		o = o.With(name, v)
	}
	return o
}

// addTo adds values to those of a multi-valued attribute.
func (a *attribute) addTo(old, more Value) Value {
	items, _ := addValues(a, old.Items(), more.Items())
	return listOf(items)
}

// applyList changes a multi-valued attribute as a whole.
func (op PatchOp) applyList(old Value) (Value, error) {
	switch op.Kind {
	case PatchRemove:
		return op.rest(old), nil
	case PatchReplace:
		return op.Path.checkNew(op.Path.attr.keepItems(old, op.Value))
	}
	was := old.Items()
	items, touched := addValues(op.Path.attr, was, op.Value.Items())
	for _, i := range touched {
		if i >= len(was) {
			continue // it is new
		}
		if err := op.Path.attr.checkItem(was[i].Object(), items[i].Object()); err != nil {
			return old, err
		}
	}
	return onePrimary(listOf(items), touched), nil
}

// applySelected changes the values that Where selects, or one sub-attribute of
// them. Without a match, add and replace make the value that Where describes:
// the RFC wants noTarget for replace, but providers send it for the first value.
func (op PatchOp) applySelected(old Value) (Value, error) {
	var items []Value
	var touched []int
	matched := false
	for _, item := range old.Items() {
		if op.Where != nil && !op.Where.match(scope{item: &item}) {
			items = append(items, item)
			continue
		}
		matched = true
		changed, err := op.applyItem(item)
		if err != nil {
			return old, err
		}
		if !changed.IsAbsent() {
			touched = append(touched, len(items))
			items = append(items, changed)
		}
	}
	if !matched && op.Kind != PatchRemove {
		made, err := op.described()
		if err != nil {
			return old, err
		}
		touched = append(touched, len(items))
		items = append(items, made)
	}
	return op.Path.attr.unite(onePrimary(listOf(items), touched)), nil
}

// applyItem changes one selected value.
func (op PatchOp) applyItem(item Value) (Value, error) {
	if op.Path.sub != nil {
		return op.applySub(item)
	}
	switch {
	case op.Kind == PatchRemove:
		return Value{}, nil
	case op.Path.attr.Type != TypeComplex:
		return op.Value, nil
	}
	changed := op.Value.Object()
	if op.Kind == PatchAdd {
		changed = op.Path.attr.addObject(item.Object(), changed)
	} else {
		changed = mergeObject(selectors(op.Where), changed) // it stays what it was selected by
		changed = op.Path.attr.keep(item.Object(), changed)
	}
	if err := op.Path.attr.checkItem(item.Object(), changed); err != nil {
		return Value{}, err
	}
	return changed.value(), nil
}

// checkItem refuses a change of an immutable sub-attribute in place; the same
// value written otherwise is none.
func (a *attribute) checkItem(before, after Object) error {
	for _, sub := range a.subs.list {
		was, is := before.Get(sub.Name), after.Get(sub.Name)
		if sub.Mutability == Immutable && !was.IsAbsent() && !was.Equal(is) && !equalValues(sub, was, is) {
			return fixed(sub)
		}
	}
	return nil
}

// applySub changes a sub-attribute of one selected value. When a remove leaves
// nothing but what kind of value it was, the value goes too.
func (op PatchOp) applySub(item Value) (Value, error) {
	before := item.Object()
	after := op.withSub(before)
	if err := op.Path.attr.checkItem(before, after); err != nil {
		return Value{}, err
	}
	if op.Kind == PatchRemove && isHusk(after, selectors(op.Where)) {
		return Value{}, nil
	}
	return after.value(), nil
}

func isHusk(o, selected Object) bool {
	for name := range o.All() {
		if name != "type" && name != "primary" && selected.Get(name).IsAbsent() {
			return false
		}
	}
	return true
}

// described makes the value that Where describes, with the operation's value.
func (op PatchOp) described() (Value, error) {
	if op.Where != nil && !isDescription(op.Where) {
		return Value{}, invalid(ErrorTypeNoTarget, "no value matches %s", quote(op.Path.attr.Name+"["+op.Where.String()+"]"))
	}
	if op.Path.attr.Type != TypeComplex {
		return op.Value, nil
	}
	o := selectors(op.Where)
	if op.Path.sub != nil {
		return o.With(op.Path.sub.Name, op.Value).value(), nil
	}
	return mergeObject(o, op.Value.Object()).value(), nil
}

// isDescription reports whether a filter consists of equalities alone, so that
// it says how a value that matches looks.
func isDescription(f Filter) bool {
	switch f := f.(type) {
	case Compare:
		return f.Operator == Equal && f.Path.Known() && !f.Value.IsAbsent() && f.Value.Type() == f.Path.leaf().Type
	case And:
		return !slices.ContainsFunc(f.Terms, func(t Filter) bool { return !isDescription(t) })
	}
	return false
}

// selectors returns the sub-attributes that a filter holds to one value.
func selectors(f Filter) Object {
	var o Object
	if f == nil {
		return o
	}
	for _, c := range Equalities(f) {
		if c.Path.sub != nil && c.Value.Type() == c.Path.sub.Type {
			o = o.With(c.Path.sub.Name, c.Value)
		}
	}
	return o
}
