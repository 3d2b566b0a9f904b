package scim

import (
	"slices"
	"strings"
)

// Selection says which attributes an answer holds (RFC 7644 section 3.9). The
// zero Selection is what the schemas return by default. Selections are
// immutable and safe for concurrent use.
type Selection struct {
	typ  *ResourceType
	only *pathSet // nil without attributes=
	not  *pathSet // nil without excludedAttributes=
	all  bool     // see SelectAll
	// attributes and sub-attributes returned on request that the client wrote
	written map[*attribute]bool
}

// SelectAll returns the Selection that includes every attribute, those that are
// returned never or on request among them: what a Backend is asked for before a
// change. In an answer it shows what the zero Selection shows.
func SelectAll() Selection { return Selection{all: true} }

// pathSet holds whole schemas, attributes and sub-attributes.
type pathSet struct {
	schemas map[*schemaIndex]bool
	attrs   map[*attribute]bool // with all that is in them
	subs    map[*attribute]bool
	partly  map[*attribute]bool // attributes of which subs holds some
}

// ParseSelection reads the parameters attributes and excludedAttributes: lists
// of paths with commas between them, or empty for none. A filter in brackets is
// passed over, and what no schema declares selects nothing. Both parameters at
// once fail with scimType invalidValue, as the RFC allows one.
func (t *ResourceType) ParseSelection(attributes, excluded string) (Selection, error) {
	if attributes != "" && excluded != "" {
		return Selection{}, invalid(ErrorTypeInvalidValue, "attributes and excludedAttributes exclude each other")
	}
	return Selection{typ: t, only: t.parsePathSet(attributes), not: t.parsePathSet(excluded)}, nil
}

func (t *ResourceType) parsePathSet(list string) *pathSet {
	if list == "" {
		return nil
	}
	set := &pathSet{map[*schemaIndex]bool{}, map[*attribute]bool{}, map[*attribute]bool{}, map[*attribute]bool{}}
	for _, s := range strings.Split(list, ",") {
		p, n := t.findPath(strings.TrimSpace(s))
		rest := strings.TrimSpace(s)[n:]
		switch {
		case rest != "" && rest[0] != '[' || p.schema == nil:
		case p.attr == nil:
			set.schemas[p.schema] = true
		case p.sub == nil:
			set.attrs[p.attr] = true
		default:
			set.subs[p.sub] = true
			set.partly[p.attr] = true
		}
	}
	return set
}

// Includes reports whether an answer may hold a value at the path, so that a
// Backend need not read what it may leave out.
func (s Selection) Includes(p Path) bool {
	if p.attr == nil {
		return false
	}
	return s.all || s.attribute(p.attr) && (p.sub == nil || s.sub(p.attr, p.sub))
}

// attribute reports whether an answer holds the attribute or a part of it.
func (s Selection) attribute(a *attribute) bool {
	switch {
	case a.Returned == ReturnedNever || a.Mutability == WriteOnly:
		return false
	case a.Returned == ReturnedAlways:
		return true
	case s.only != nil:
		return s.only.holds(a) || s.only.partly[a]
	case a.Returned == ReturnedRequest && !s.written[a]:
		return false
	}
	return s.not == nil || !s.not.holds(a)
}

// sub reports whether an answer that holds attribute a holds its sub-attribute.
func (s Selection) sub(a, sub *attribute) bool {
	switch {
	case sub.Returned == ReturnedNever || sub.Mutability == WriteOnly:
		return false
	case sub.Returned == ReturnedAlways:
		return true
	case s.only != nil && (s.only.partly[a] || sub.Returned == ReturnedRequest):
		return s.only.subs[sub] || s.only.holds(a) && sub.Returned == ReturnedDefault
	case sub.Returned == ReturnedRequest && !s.written[sub]:
		return false
	}
	return s.not == nil || !s.not.subs[sub]
}

// afterWrite returns the selection for the answer to a change: attributes that
// are returned on request are also shown if the client wrote them (RFC 7643
// section 7).
func (s Selection) afterWrite(t *ResourceType, wrote func(Path) bool) Selection {
	for _, p := range t.onRequest {
		if !wrote(p) {
			continue
		}
		if s.written == nil {
			s.written = map[*attribute]bool{}
		}
		s.written[p.attr], s.written[p.leaf()] = true, true
	}
	return s
}

// holds reports whether a body has a value at the path.
func (o Object) holds(p Path) bool {
	v := p.get(o)
	return !v.IsAbsent() && (p.sub == nil || hasSub(v, p.sub))
}

func hasSub(v Value, sub *attribute) bool {
	return slices.ContainsFunc(v.Items(), func(item Value) bool { return !item.Object().Get(sub.Name).IsAbsent() })
}

// writes reports whether the operation concerns the path.
func (op PatchOp) writes(p Path) bool {
	return op.Path.attr == p.attr && (op.Path.sub == p.sub || p.sub == nil || op.Path.sub == nil && hasSub(op.Value, p.sub))
}

func (x *pathSet) holds(a *attribute) bool { return x.attrs[a] || x.schemas[a.schema] }

// appendResource writes a resource with the attributes that the selection
// holds, behind its schemas and id.
func (s Selection) appendResource(b []byte, t *ResourceType, r *Resource, location string) []byte {
	b = append(b, `{"schemas":`...)
	b = t.appendSchemas(b, r)
	b = append(b, `,"id":`...)
	b = appendString(b, r.ID)
	b = s.appendFields(b, t.core(), r.Attributes)
	for _, x := range t.schemas[1:] {
		b = s.appendExtension(b, x, r.Attributes.Get(x.URN).Object())
	}
	return append(s.appendMeta(b, t, r, location), '}')
}

func (t *ResourceType) appendSchemas(b []byte, r *Resource) []byte {
	b = append(b, '[')
	b = appendString(b, t.core().URN)
	for _, x := range t.schemas[1:] {
		if !r.Attributes.Get(x.URN).IsAbsent() {
			b = append(b, ',')
			b = appendString(b, x.URN)
		}
	}
	return append(b, ']')
}

func (s Selection) appendMeta(b []byte, t *ResourceType, r *Resource, location string) []byte {
	meta := t.core().names.get("meta")
	if !s.attribute(meta) {
		return b
	}
	start := len(b)
	b = append(b, `,"meta":{`...)
	open := len(b)
	for _, sub := range meta.subs.list {
		text := r.Meta.text(sub.Name, t, location)
		if text == "" || !s.sub(meta, sub) {
			continue
		}
		if len(b) > open {
			b = append(b, ',')
		}
		b = appendString(b, sub.Name)
		b = append(b, ':')
		b = appendString(b, text)
	}
	if len(b) == open {
		return b[:start]
	}
	return append(b, '}')
}

func (s Selection) appendExtension(b []byte, x *schemaIndex, o Object) []byte {
	start := len(b)
	b = append(b, ',')
	b = appendString(b, x.URN)
	b = append(b, ':')
	open := len(b)
	b = s.appendFields(b, x, o)
	if len(b) == open {
		return b[:start] // none of its attributes is wanted
	}
	b[open] = '{' // in place of the first comma
	return append(b, '}')
}

// appendFields writes the wanted attributes of one schema, each behind a comma.
func (s Selection) appendFields(b []byte, x *schemaIndex, o Object) []byte {
	for _, f := range o.fields {
		a := x.names.get(f.Name)
		if a == nil || !s.attribute(a) {
			continue // an extension's URN is no name either
		}
		start := len(b)
		b = append(b, ',')
		b = appendString(b, a.Name)
		b = append(b, ':')
		open := len(b)
		if b = s.appendAttribute(b, a, f.Value); len(b) == open {
			b = b[:start]
		}
	}
	return b
}

// appendAttribute writes a value, or nothing if nothing of it is wanted.
func (s Selection) appendAttribute(b []byte, a *attribute, v Value) []byte {
	if !a.MultiValued {
		return s.appendItem(b, a, v)
	}
	start := len(b)
	b = append(b, '[')
	open := len(b)
	for _, item := range v.Items() {
		before := len(b)
		if before > open {
			b = append(b, ',')
		}
		comma := len(b)
		if b = s.appendItem(b, a, item); len(b) == comma {
			b = b[:before]
		}
	}
	if len(b) == open {
		return b[:start]
	}
	return append(b, ']')
}

func (s Selection) appendItem(b []byte, a *attribute, v Value) []byte {
	if a.Type != TypeComplex {
		return appendValue(b, v)
	}
	return s.appendComplex(b, a, v.Object())
}

// appendComplex writes the wanted sub-attributes, or nothing if there are none.
func (s Selection) appendComplex(b []byte, a *attribute, o Object) []byte {
	start := len(b)
	b = append(b, '{')
	open := len(b)
	for _, f := range o.fields {
		sub := a.subs.get(f.Name)
		if sub == nil || !s.sub(a, sub) {
			continue
		}
		if len(b) > open {
			b = append(b, ',')
		}
		b = appendString(b, sub.Name)
		b = append(b, ':')
		b = appendValue(b, f.Value)
	}
	if len(b) == open {
		return b[:start]
	}
	return append(b, '}')
}
