package scim

import "slices"

// decodeResource reads the body of a POST or PUT. Unknown keys are ignored, and
// so are readOnly attributes (RFC 7644 section 3.3). Attributes may stand under
// their names, under the URN of their extension, or dotted and behind the URN.
func (t *ResourceType) decodeResource(n *node) (Object, error) {
	if n.kind != nodeObject {
		return Object{}, invalid(ErrorTypeInvalidSyntax, "body is not an object")
	}
	if err := t.checkSchemas(n.get("schemas")); err != nil {
		return Object{}, err
	}
	root := Object{fields: make([]Field, 0, len(n.keys))}
	for i, key := range n.keys {
		if err := t.decodeKey(&root, key, &n.items[i]); err != nil {
			return Object{}, err
		}
	}
	return root, nil
}

// checkSchemas refuses a body that was meant for another resource type. Unknown
// URNs beside the right one are tolerated, as is a body without schemas.
func (t *ResourceType) checkSchemas(n *node) error {
	if n == nil || n.kind == nodeNull {
		return nil
	}
	if n.kind != nodeArray {
		return invalid(ErrorTypeInvalidValue, "schemas is not an array")
	}
	ours := func(s node) bool { return s.kind == nodeString && equalName(s.text, t.core().URN) }
	if len(n.items) > 0 && !slices.ContainsFunc(n.items, ours) {
		return invalid(ErrorTypeInvalidValue, "schemas does not hold %s", t.core().URN)
	}
	return nil
}

// decodeKey reads one member of a body into root.
func (t *ResourceType) decodeKey(root *Object, key string, n *node) error {
	p, size := t.findPath(key)
	switch {
	case size != len(key) || p.schema == nil:
		return nil
	case p.attr == nil:
		return t.decodeExtension(root, p.schema, n)
	case p.InExtension() && !hasNamePrefix(key, "urn:"):
		return nil // an extension's attribute at the top is not in its place
	}
	return p.decodeInto(root, n)
}

// decodeExtension reads the object under the URN of a schema into root.
func (t *ResourceType) decodeExtension(root *Object, x *schemaIndex, n *node) error {
	if n.kind == nodeNull || n.kind == nodeString && n.text == "" {
		return nil
	}
	if n.kind != nodeObject {
		return invalid(ErrorTypeInvalidValue, "%s is not an object", x.URN)
	}
	for i, key := range n.keys {
		p, size := t.findIn(x, key)
		if size != len(key) || p.attr == nil {
			continue
		}
		if err := p.decodeInto(root, &n.items[i]); err != nil {
			return err
		}
	}
	return nil
}

// decodeInto reads a value into root, which nobody else has seen yet. A dotted
// key joins the value of its attribute; of a multi-valued attribute it makes the
// only value.
func (p Path) decodeInto(root *Object, n *node) error {
	if p.readOnly() {
		return nil
	}
	v, err := decodeAttribute(p.leaf(), n)
	if err != nil || v.IsAbsent() {
		return err
	}
	switch {
	case p.sub != nil && p.attr.MultiValued:
		v = List(Complex(Field{p.sub.Name, v}))
	case p.sub != nil:
		v = p.get(*root).Object().With(p.sub.Name, v).value()
	}
	if v, err = p.checkNew(v); err != nil {
		return err
	}
	if !p.InExtension() {
		root.put(p.attr.Name, v)
		return nil
	}
	ext := root.Get(p.schema.URN).Object()
	ext.put(p.attr.Name, v)
	root.put(p.schema.URN, ext.value())
	return nil
}

// get and set reach an attribute among the attributes of a resource.
func (p Path) get(root Object) Value {
	if p.InExtension() {
		return root.Get(p.schema.URN).Object().Get(p.attr.Name)
	}
	return root.Get(p.attr.Name)
}

func (p Path) set(root Object, v Value) Object {
	if p.InExtension() {
		ext := root.Get(p.schema.URN).Object().With(p.attr.Name, v)
		return root.With(p.schema.URN, ext.value())
	}
	return root.With(p.attr.Name, v)
}

// checkNew brings the values of a multi-valued attribute into their normal
// form: no value twice, at most one primary.
func (p Path) checkNew(v Value) (Value, error) {
	if !v.IsList() {
		return v, nil
	}
	merged, _ := addValues(p.attr, nil, v.Items())
	primaries := 0
	for _, item := range merged {
		if item.Object().Get("primary").Bool() {
			primaries++
		}
	}
	if primaries > 1 {
		return Value{}, invalid(ErrorTypeInvalidValue, "attribute %s has more than one primary value", quote(p.attr.Name))
	}
	return listOf(merged), nil
}

// checkRequired refuses a resource without its required attributes.
func (t *ResourceType) checkRequired(root Object) error {
	for _, x := range t.schemas[1:] {
		if x.required && root.Get(x.URN).IsAbsent() {
			return invalid(ErrorTypeInvalidValue, "extension %s is required", x.URN)
		}
	}
	for p := range t.attributes {
		if p.InExtension() && root.Get(p.schema.URN).IsAbsent() {
			continue // what an extension requires, it requires where it is used
		}
		if err := p.attr.checkRequired(p.get(root)); err != nil {
			return err
		}
	}
	return nil
}

func (a *attribute) checkRequired(v Value) error {
	if a.Required && v.IsAbsent() && a.Mutability != ReadOnly {
		return invalid(ErrorTypeInvalidValue, "attribute %s is required", quote(a.Name))
	}
	for _, sub := range a.subs.list {
		if !sub.Required || sub.Mutability == ReadOnly {
			continue
		}
		for _, item := range v.Items() {
			if item.Object().Get(sub.Name).IsAbsent() {
				return invalid(ErrorTypeInvalidValue, "attribute %s is required in %s", quote(sub.Name), quote(a.Name))
			}
		}
	}
	return nil
}

// carryOver completes the body of a PUT from what is stored: readOnly values
// stay, a writeOnly value stays unless a new one is given, and an immutable
// value that is set stays and may not be given another (RFC 7644 section 3.5.1).
func (t *ResourceType) carryOver(stored, body Object) (Object, error) {
	for p := range t.attributes {
		old, now := p.get(stored), p.get(body)
		switch {
		case old.IsAbsent():
		case p.attr.Mutability == ReadOnly, p.attr.Mutability == WriteOnly && now.IsAbsent(),
			p.attr.Mutability == Immutable && now.IsAbsent():
			body = p.set(body, old)
		case p.attr.Mutability == Immutable && !old.Equal(now):
			return body, fixed(p.attr)
		case p.attr.Type == TypeComplex && !p.attr.MultiValued:
			kept, err := p.attr.carryOverSubs(old.Object(), now.Object())
			if err != nil {
				return body, err
			}
			body = p.set(body, kept.value())
		case p.attr.MultiValued && !now.IsAbsent():
			body = p.set(body, p.attr.keepItems(old, now))
		}
	}
	return body, nil
}

// keep returns now with those sub-attributes of old that a client cannot send
// back: readOnly ones, and writeOnly ones that it does not write anew.
func (a *attribute) keep(old, now Object) Object {
	for _, sub := range a.subs.list {
		if !sub.unreadable() {
			continue
		}
		if v := old.Get(sub.Name); !v.IsAbsent() && now.Get(sub.Name).IsAbsent() {
			now = now.With(sub.Name, v)
		}
	}
	return now
}

// unreadable reports what no client can read and write back.
func (a *attribute) unreadable() bool { return a.Mutability == ReadOnly || a.Mutability == WriteOnly }

// keepItems is keep for each of the values that are also among the old ones.
func (a *attribute) keepItems(old, now Value) Value {
	if !slices.ContainsFunc(a.subs.list, (*attribute).unreadable) {
		return now
	}
	index := indexValues(a, old.Items(), len(now.Items()))
	items := slices.Clone(now.Items())
	for i, item := range items {
		if at := index.find(old.Items(), item); at >= 0 {
			items[i] = a.keep(old.Items()[at].Object(), item.Object()).value()
		}
	}
	return listOf(items)
}

func (a *attribute) carryOverSubs(old, now Object) (Object, error) {
	if now.Len() == 0 {
		return now, nil // the whole value was taken away
	}
	for _, sub := range a.subs.list {
		was, is := old.Get(sub.Name), now.Get(sub.Name)
		switch {
		case was.IsAbsent():
		case sub.Mutability == Immutable && !is.IsAbsent() && !was.Equal(is):
			return now, fixed(sub)
		case sub.Mutability != ReadWrite && is.IsAbsent():
			now = now.With(sub.Name, was)
		}
	}
	return now, nil
}

// attributes yields the paths of all attributes that a Resource keeps.
func (t *ResourceType) attributes(yield func(Path) bool) {
	for i, x := range t.schemas {
		for _, a := range x.names.list {
			if (i > 0 || !isReserved(a.Name)) && !yield(Path{typ: t, schema: x, attr: a}) {
				return
			}
		}
	}
}

func fixed(a *attribute) error {
	return invalid(ErrorTypeMutability, "attribute %s is %s", quote(a.Name), a.Mutability)
}
