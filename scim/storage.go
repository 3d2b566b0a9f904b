package scim

import (
	"errors"
	"fmt"
	"math"
)

// MarshalJSON returns the object as a store may keep it: every value, whoever
// may see it, under its name. ResourceType.ReadAttributes reads it back.
func (o Object) MarshalJSON() ([]byte, error) { return appendObject(nil, o.fields), nil }

// ReadAttributes reads the attributes of a resource from what Object.MarshalJSON
// wrote, for a Backend that keeps them as JSON. Unlike the body of a request they
// may hold readOnly attributes, and their values must have the declared types.
// What the schemas do not declare, or no more, is left out.
func (t *ResourceType) ReadAttributes(data []byte) (Object, error) {
	n, err := parseJSON(string(data), jsonLimits{MaxJSONDepth, math.MaxInt})
	if err == nil {
		var o Object
		if o, err = t.readAttributes(&n); err == nil {
			return o, nil
		}
	}
	return Object{}, fmt.Errorf("scim: read attributes of a %s: %w", t.Name(), err)
}

func (t *ResourceType) readAttributes(n *node) (Object, error) {
	if n.kind != nodeObject {
		return Object{}, errors.New("not an object")
	}
	fields, err := readFields(t.core().names, n)
	if err != nil {
		return Object{}, err
	}
	for _, x := range t.schemas[1:] {
		ext := n.get(x.URN)
		if ext == nil || ext.kind != nodeObject {
			continue
		}
		inner, err := readFields(x.names, ext)
		if err != nil {
			return Object{}, err
		}
		fields = append(fields, Field{x.URN, Complex(inner...)})
	}
	return NewObject(fields...), nil
}

func readFields(names nameIndex, n *node) ([]Field, error) {
	fields := make([]Field, 0, len(n.keys))
	for i, key := range n.keys {
		a := names.get(key)
		if a == nil {
			continue
		}
		v, err := readValue(a, &n.items[i], a.MultiValued)
		if err != nil {
			return nil, err
		}
		fields = append(fields, Field{a.Name, v})
	}
	return fields, nil
}

func readValue(a *attribute, n *node, list bool) (Value, error) {
	switch {
	case n.kind == nodeNull:
		return Value{}, nil
	case list != (n.kind == nodeArray):
		return Value{}, wrongType(a)
	case list:
		items := make([]Value, len(n.items))
		for i := range n.items {
			var err error
			if items[i], err = readValue(a, &n.items[i], false); err != nil {
				return Value{}, err
			}
		}
		return List(items...), nil
	case a.Type != TypeComplex:
		return decodeSimple(a, n)
	case n.kind != nodeObject:
		return Value{}, wrongType(a)
	}
	fields, err := readFields(a.subs, n)
	return Complex(fields...), err
}
