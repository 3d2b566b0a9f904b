package scim

import (
	"iter"
	"slices"
)

// Object is an ordered set of named values: the attributes of a resource, or
// the sub-attributes of a complex value. Names are unique without regard to
// case (RFC 7643 section 2.1). The zero Object is empty. Objects are immutable
// and safe for concurrent use.
type Object struct {
	fields []Field
}

// NewObject returns an object of the fields that are present. Of two fields
// with one name the later counts.
func NewObject(fields ...Field) Object {
	o := Object{fields: make([]Field, 0, len(fields))}
	for _, f := range fields {
		o.put(f.Name, f.Value)
	}
	return o
}

// Len returns the number of fields.
func (o Object) Len() int { return len(o.fields) }

// Get returns the value under a name, in any case; absent when there is none.
func (o Object) Get(name string) Value {
	if i := o.index(name); i >= 0 {
		return o.fields[i].Value
	}
	return Value{}
}

// All yields names and values in order.
func (o Object) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, f := range o.fields {
			if !yield(f.Name, f.Value) {
				return
			}
		}
	}
}

// With returns a copy of the object in which name has the value; an absent
// value takes the field away.
func (o Object) With(name string, v Value) Object {
	i := o.index(name)
	switch {
	case i < 0 && v.IsAbsent():
		return o
	case i < 0:
		return Object{fields: append(slices.Clip(o.fields), Field{name, v})}
	case v.IsAbsent():
		return Object{fields: slices.Concat(o.fields[:i], o.fields[i+1:])}
	}
	fields := slices.Clone(o.fields)
	fields[i].Value = v
	return Object{fields: fields}
}

// put is With in place, for an object that nobody else has seen yet.
func (o *Object) put(name string, v Value) {
	i := o.index(name)
	switch {
	case v.IsAbsent():
		*o = o.With(name, v)
	case i < 0:
		o.fields = append(o.fields, Field{name, v})
	default:
		o.fields[i].Value = v
	}
}

// Equal reports whether both objects hold the same fields, in any order.
func (o Object) Equal(p Object) bool {
	if len(o.fields) != len(p.fields) {
		return false
	}
	for _, f := range o.fields {
		if !f.Value.Equal(p.Get(f.Name)) {
			return false
		}
	}
	return true
}

func (o Object) index(name string) int {
	for i := range o.fields {
		if o.fields[i].Name == name {
			return i
		}
	}
	for i := range o.fields {
		if equalName(o.fields[i].Name, name) {
			return i
		}
	}
	return -1
}

func (o Object) value() Value {
	if len(o.fields) == 0 {
		return Value{}
	}
	return Value{shape: shapeSingle, typ: TypeComplex, parts: &parts{fields: o.fields}}
}
