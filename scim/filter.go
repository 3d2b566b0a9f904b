package scim

import (
	"strings"
)

// Filter is a parsed filter (RFC 7644 section 3.4.2.2): an And, Or, Not,
// Compare or ValuePath. Filters are immutable and safe for concurrent use.
//
// A store that can use an index walks the tree, or asks Equalities for the
// terms that must hold, and lets Match decide the rest.
type Filter interface {
	// Match reports whether a resource of the filter's resource type satisfies it.
	Match(r *Resource) bool
	// String returns the filter in its normal form, which ParseFilter reads back.
	String() string

	match(s scope) bool
}

// scope is what a filter looks at: a resource or, within the brackets of a
// value path, one value of a multi-valued attribute.
type scope struct {
	resource *Resource
	item     *Value
}

// Operator is a comparison operator (RFC 7644, table 3).
type Operator uint8

// The operators. Comparisons of strings obey caseExact, dateTimes are compared
// in time and numbers by value. NotEqual also holds when there is no value.
const (
	Equal Operator = iota
	NotEqual
	Contains
	StartsWith
	EndsWith
	GreaterThan
	GreaterOrEqual
	LessThan
	LessOrEqual
	Present
)

var operatorNames = [...]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}

// String returns the word of RFC 7644.
func (o Operator) String() string { return word(operatorNames[:], uint8(o)) }

// And holds when all its terms hold. It has two terms or more.
type And struct{ Terms []Filter }

// Or holds when one of its terms holds. It has two terms or more.
type Or struct{ Terms []Filter }

// Not holds when its term does not.
type Not struct{ Term Filter }

// Compare holds when one of the values at Path does. If Path is not Known the
// comparison never holds, whatever the operator: identity providers probe a
// service with attributes it does not have.
type Compare struct {
	Path     Path
	Operator Operator
	// Value is absent for Present and for the literal null. It has the type of
	// the attribute if the literal could be read so; otherwise it is what was
	// written, and is equal to no value.
	Value Value

	inner bool // within brackets: Path is printed as its sub-attribute alone
}

// ValuePath holds when one value of a multi-valued attribute satisfies Filter,
// whose paths lead to sub-attributes of Path (RFC 7644: emails[type eq "work"]).
type ValuePath struct {
	Path   Path
	Filter Filter
}

// Match implements Filter.
func (f And) Match(r *Resource) bool { return f.match(scope{resource: r}) }

// Match implements Filter.
func (f Or) Match(r *Resource) bool { return f.match(scope{resource: r}) }

// Match implements Filter.
func (f Not) Match(r *Resource) bool { return f.match(scope{resource: r}) }

// Match implements Filter.
func (f Compare) Match(r *Resource) bool { return f.match(scope{resource: r}) }

// Match implements Filter.
func (f ValuePath) Match(r *Resource) bool { return f.match(scope{resource: r}) }

func (f And) match(s scope) bool {
	for _, t := range f.Terms {
		if !t.match(s) {
			return false
		}
	}
	return true
}

func (f Or) match(s scope) bool {
	for _, t := range f.Terms {
		if t.match(s) {
			return true
		}
	}
	return false
}

func (f Not) match(s scope) bool { return !f.Term.match(s) }

func (f ValuePath) match(s scope) bool {
	if !f.Path.Known() || s.resource == nil {
		return false
	}
	items := f.Path.attributeValue(s.resource).Items()
	for i := range items {
		if f.Filter.match(scope{item: &items[i]}) {
			return true
		}
	}
	return false
}

func (f Compare) match(s scope) bool {
	if !f.Path.Known() {
		return false
	}
	present := false
	holds := func(v Value) bool {
		present = true
		return f.Operator != Present && !f.Value.IsAbsent() && f.holds(v)
	}
	if f.Path.any(s, holds) {
		return true
	}
	switch {
	case f.Operator == Present, f.Operator == NotEqual && f.Value.IsAbsent():
		return present
	case f.Operator == NotEqual, f.Operator == Equal && f.Value.IsAbsent():
		return !present
	}
	return false
}

// any reports whether holds is true of one of the values at the path.
func (p Path) any(s scope, holds func(Value) bool) bool {
	if s.item != nil {
		v := *s.item
		if p.sub != nil {
			v = v.Object().Get(p.sub.Name)
		}
		return !v.IsAbsent() && holds(v)
	}
	for v := range p.Values(s.resource) {
		if holds(v) {
			return true
		}
	}
	return false
}

// String implements Filter.
func (f And) String() string { return joinTerms(f.Terms, " and ") }

// String implements Filter.
func (f Or) String() string { return joinTerms(f.Terms, " or ") }

// String implements Filter.
func (f Not) String() string { return "not (" + f.Term.String() + ")" }

// String implements Filter.
func (f ValuePath) String() string { return f.Path.String() + "[" + f.Filter.String() + "]" }

// String implements Filter.
func (f Compare) String() string {
	path := f.Path.String()
	if f.inner && f.Path.Known() {
		path = "value"
		if f.Path.sub != nil {
			path = f.Path.sub.Name
		}
	}
	if f.Operator == Present {
		return path + " pr"
	}
	return path + " " + f.Operator.String() + " " + string(appendValue(nil, f.Value))
}

func joinTerms(terms []Filter, word string) string {
	texts := make([]string, len(terms))
	for i, t := range terms {
		texts[i] = t.String()
		switch t.(type) {
		case And, Or:
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, word)
}

// Equalities returns the comparisons with Equal that every resource which
// matches f satisfies, those within value paths included: the terms that an
// index can answer. It is empty if there are none.
func Equalities(f Filter) []Compare {
	switch f := f.(type) {
	case Compare:
		if f.Operator == Equal && f.Path.Known() && !f.Value.IsAbsent() {
			return []Compare{f}
		}
	case ValuePath:
		return Equalities(f.Filter)
	case And:
		var all []Compare
		for _, t := range f.Terms {
			all = append(all, Equalities(t)...)
		}
		return all
	}
	return nil
}
