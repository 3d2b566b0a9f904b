package scim

import (
	"iter"
	"strings"
)

// Path names an attribute or a sub-attribute of a resource type (RFC 7644
// section 3.10), found in its schemas. The zero Path, and one whose name no
// schema declares, are not Known: they have no values. Paths are immutable and
// comparable with ==.
type Path struct {
	typ    *ResourceType
	schema *schemaIndex
	attr   *attribute
	sub    *attribute
	text   string // as written, when unknown
}

// ParsePath reads an attribute path: a name, "name.familyName", or either
// behind the URN of its schema. A name without a URN is looked for in the core
// schema first and then in the extensions. A path that no schema declares fails
// with scimType invalidPath.
func (t *ResourceType) ParsePath(s string) (Path, error) {
	p, n := t.findPath(s)
	if n != len(s) || p.attr == nil {
		return Path{}, badPath(s)
	}
	return p, nil
}

func badPath(s string) error {
	return invalid(ErrorTypeInvalidPath, "path %s names no attribute", quote(s))
}

// Known reports whether a schema declares the path.
func (p Path) Known() bool { return p.attr != nil }

// Attribute returns the attribute, of which the path may name a part.
func (p Path) Attribute() Attribute {
	if p.attr == nil {
		return Attribute{}
	}
	return p.attr.Attribute
}

// SubAttribute returns the sub-attribute and whether the path names one.
func (p Path) SubAttribute() (Attribute, bool) {
	if p.sub == nil {
		return Attribute{}, false
	}
	return p.sub.Attribute, true
}

// Leaf returns what the path names: the sub-attribute if there is one, else the attribute.
func (p Path) Leaf() Attribute {
	if l := p.leaf(); l != nil {
		return l.Attribute
	}
	return Attribute{}
}

func (p Path) leaf() *attribute {
	if p.sub != nil {
		return p.sub
	}
	return p.attr
}

// SchemaURN returns the URN of the schema that declares the attribute.
func (p Path) SchemaURN() string {
	if p.schema == nil {
		return ""
	}
	return p.schema.URN
}

// InExtension reports whether the attribute belongs to an extension.
func (p Path) InExtension() bool { return p.schema != nil && p.schema != p.typ.core() }

// String returns the path in its normal form: declared names, and the URN
// for attributes of an extension.
func (p Path) String() string {
	if p.attr == nil {
		return p.text
	}
	s := p.attr.Name
	if p.InExtension() {
		s = p.schema.URN + ":" + s
	}
	if p.sub != nil {
		s += "." + p.sub.Name
	}
	return s
}

// caseExact reports whether values of the leaf are compared with their case.
func (a *attribute) caseExact() bool {
	return a.CaseExact || a.Type == TypeReference || a.Type == TypeBinary
}

// Key returns the form of a value under which an index over the path finds it:
// values that the filter operator eq takes for the same have the same key.
// Complex values have none.
func (p Path) Key(v Value) string {
	l := p.leaf()
	switch {
	case l == nil:
		return ""
	case l.Type == TypeDateTime:
		if t := v.Time(); !t.IsZero() {
			return t.UTC().Format("2006-01-02T15:04:05.999999999")
		}
	case l.Type == TypeDecimal:
		return Decimal(v.Float() + 0).str // + 0 makes one key of 0 and -0
	case !l.caseExact():
		return FoldCase(v.Text())
	}
	return v.Text()
}

// Values yields the values of a resource at the path: each value of a
// multi-valued attribute, each sub-attribute of them if the path names one.
func (p Path) Values(r *Resource) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for _, v := range p.attributeValue(r).Items() {
			if p.sub != nil {
				v = v.Object().Get(p.sub.Name)
			}
			if !v.IsAbsent() && !yield(v) {
				return
			}
		}
	}
}

// attributeValue returns the value of the whole attribute.
func (p Path) attributeValue(r *Resource) Value {
	switch {
	case p.attr == nil:
		return Value{}
	case p.InExtension():
		return r.Attributes.Get(p.schema.URN).Object().Get(p.attr.Name)
	case p.attr.Name == "id":
		return String(r.ID)
	case p.attr.Name == "meta":
		return r.metaValue(p.typ)
	case p.attr.Name == "schemas":
		return p.typ.schemasOf(r)
	}
	return r.Attributes.Get(p.attr.Name)
}

// findPath reads the path that s begins with and returns how much of s it
// took. A path that names a schema alone has no attr. What no schema declares
// is taken up to the next space, bracket or parenthesis.
func (t *ResourceType) findPath(s string) (Path, int) {
	p := Path{typ: t}
	n := 0
	if schema, urn := t.schemaPrefix(s); schema != nil {
		n = len(urn)
		if n == len(s) {
			return Path{typ: t, schema: schema}, n
		}
		n++ // the colon
		p.schema, p.attr = schema, schema.names.longest(s[n:])
	} else {
		p.schema, p.attr = t.findBare(s)
	}
	return p.finish(s, n)
}

// findIn reads the path within one schema that s begins with.
func (t *ResourceType) findIn(x *schemaIndex, s string) (Path, int) {
	return Path{typ: t, schema: x, attr: x.names.longest(s)}.finish(s, 0)
}

// finish reads on from the attribute, which s holds at n, to its sub-attribute.
func (p Path) finish(s string, n int) (Path, int) {
	if p.attr == nil {
		return unknownPath(p.typ, s)
	}
	n += len(p.attr.Name)
	if n < len(s) && s[n] == '.' {
		if p.sub = p.attr.subs.longest(s[n+1:]); p.sub == nil {
			return unknownPath(p.typ, s)
		}
		n += 1 + len(p.sub.Name)
	}
	return p, n
}

// schemaPrefix returns the schema with whose URN s begins, up to the end of s
// or a colon, and the URN as the schema or the known misspelling has it.
func (t *ResourceType) schemaPrefix(s string) (found *schemaIndex, urn string) {
	if !hasNamePrefix(s, "urn:") {
		return nil, ""
	}
	for _, x := range t.schemas {
		for _, u := range []string{x.URN, x.typo} {
			fits := hasNamePrefix(s, u) && (len(s) == len(u) || s[len(u)] == ':')
			if fits && len(u) > len(urn) {
				found, urn = x, u
			}
		}
	}
	return found, urn
}

func (t *ResourceType) findBare(s string) (*schemaIndex, *attribute) {
	for _, x := range t.schemas {
		if a := x.names.longest(s); a != nil {
			return x, a
		}
	}
	return nil, nil
}

func unknownPath(t *ResourceType, s string) (Path, int) {
	n := strings.IndexAny(s, " []()\t\"")
	if n < 0 {
		n = len(s)
	}
	return Path{typ: t, text: s[:n]}, n
}
