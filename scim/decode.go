package scim

import (
	"slices"
	"strconv"
	"strings"
)

// The functions here give JSON the type that a schema declares. They take what
// identity providers really send: a lone value for a list and a list of one for
// a single value, booleans and numbers as strings, a number where a string is
// declared, a bare value for a complex one, JSON inside a string.

// decodeAttribute reads a whole attribute. Null, "" and [] are absent.
func decodeAttribute(a *attribute, n *node) (Value, error) {
	if !a.MultiValued {
		return decodeSingle(a, n)
	}
	if n.kind != nodeArray {
		n = &node{kind: nodeArray, items: []node{*n}}
	}
	items := make([]Value, 0, len(n.items))
	for i := range n.items {
		v, err := decodeSingle(a, &n.items[i])
		if err != nil {
			return Value{}, err
		}
		if !v.IsAbsent() {
			items = append(items, v)
		}
	}
	return listOf(items), nil
}

// decodeSingle reads one value of an attribute, multi-valued or not.
func decodeSingle(a *attribute, n *node) (Value, error) {
	if n.kind == nodeArray {
		switch {
		case len(n.items) == 0:
			return Value{}, nil
		case len(n.items) > 1 || n.items[0].kind == nodeArray:
			return Value{}, wrongType(a)
		}
		n = &n.items[0]
	}
	switch {
	case n.kind == nodeNull || n.kind == nodeString && n.text == "":
		return Value{}, nil
	case a.Type == TypeComplex:
		return decodeComplex(a, n)
	case n.kind == nodeObject:
		return decodeWrapped(a, n)
	}
	return decodeSimple(a, n)
}

// decodeWrapped reads {"value": x} where x was meant.
func decodeWrapped(a *attribute, n *node) (Value, error) {
	inner := n.get("value")
	if inner == nil || inner.kind == nodeObject || inner.kind == nodeArray {
		return Value{}, wrongType(a)
	}
	return decodeSingle(a, inner)
}

func decodeComplex(a *attribute, n *node) (Value, error) {
	if inner := unwrapJSON(n); a.describedBy(inner) {
		n = inner
	}
	if n.kind != nodeObject {
		sub := a.subs.get("value")
		if sub == nil {
			return Value{}, wrongType(a)
		}
		v, err := decodeSimple(sub, n)
		return Complex(Field{sub.Name, v}), err
	}
	fields := make([]Field, 0, len(n.keys))
	for i, key := range n.keys {
		sub := a.subAttribute(key)
		if sub == nil || sub.Mutability == ReadOnly && a.Mutability != ReadOnly {
			continue // unknown, or not the client's to say
		}
		v, err := decodeAttribute(sub, &n.items[i])
		if err != nil {
			return Value{}, err
		}
		if !v.IsAbsent() {
			fields = append(fields, Field{sub.Name, v})
		}
	}
	return uniqueFields(fields).value(), nil
}

// uniqueFields is NewObject without a copy where no name is there twice, which
// takes displayName beside display.
func uniqueFields(fields []Field) Object {
	for i := range fields {
		if o := (Object{fields: fields[:i]}); o.index(fields[i].Name) >= 0 {
			return NewObject(fields...)
		}
	}
	return Object{fields: fields}
}

// describedBy reports whether an object is a value of the attribute, so that
// JSON which happens to be a value itself stays what it is.
func (a *attribute) describedBy(n *node) bool {
	if sub := a.subs.get("value"); sub != nil {
		return n.get(sub.Name) != nil
	}
	return slices.ContainsFunc(n.keys, func(key string) bool { return a.subAttribute(key) != nil })
}

// subAttribute finds a sub-attribute; displayName stands for display where only
// the latter is declared, as in members and roles.
func (a *attribute) subAttribute(name string) *attribute {
	if sub := a.subs.get(name); sub != nil {
		return sub
	}
	if equalName(name, "displayName") {
		return a.subs.get("display")
	}
	return nil
}

// unwrapJSON returns the object that a string holds as JSON, also when the
// string is the only member, "value", of an object: one provider sends app
// roles so. Anything else is returned as it is.
func unwrapJSON(n *node) *node {
	s := n
	if n.kind == nodeObject && len(n.keys) == 1 && equalName(n.keys[0], "value") {
		s = &n.items[0]
	}
	if s.kind != nodeString || !strings.HasPrefix(strings.TrimSpace(s.text), "{") {
		return n
	}
	inner, err := parseJSON(s.text, jsonLimits{depth: 3, values: maxKeys})
	if err != nil {
		return n
	}
	return &inner
}

func decodeSimple(a *attribute, n *node) (Value, error) {
	switch a.Type {
	case TypeBoolean:
		return decodeBoolean(a, n)
	case TypeInteger, TypeDecimal:
		return decodeNumber(a, n)
	}
	if n.kind != nodeString && (n.kind != nodeNumber || a.Type != TypeString) {
		return Value{}, wrongType(a)
	}
	var err error
	switch a.Type {
	case TypeDateTime:
		_, err = parseDateTime(n.text)
	case TypeBinary:
		_, err = decodeBase64(n.text)
	}
	if err != nil {
		return Value{}, wrongType(a)
	}
	return text(a.Type, strings.Clone(n.text)), nil
}

func decodeBoolean(a *attribute, n *node) (Value, error) {
	switch {
	case n.kind == nodeTrue, n.kind == nodeString && equalName(n.text, "true"):
		return Boolean(true), nil
	case n.kind == nodeFalse, n.kind == nodeString && equalName(n.text, "false"):
		return Boolean(false), nil
	}
	return Value{}, wrongType(a)
}

func decodeNumber(a *attribute, n *node) (Value, error) {
	if n.kind != nodeNumber && n.kind != nodeString || numberLength(n.text) != len(n.text) {
		return Value{}, wrongType(a)
	}
	if a.Type == TypeDecimal {
		_, err := strconv.ParseFloat(n.text, 64)
		if err != nil {
			return Value{}, wrongType(a) // out of range
		}
		return text(TypeDecimal, strings.Clone(n.text)), nil
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil {
		return Value{}, wrongType(a)
	}
	return Integer(i), nil
}

func wrongType(a *attribute) error {
	return invalid(ErrorTypeInvalidValue, "attribute %s takes a value of type %s", quote(a.Name), a.Type)
}
