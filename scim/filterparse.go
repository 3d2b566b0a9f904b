package scim

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a filter. A longer or larger one fails with scimType tooMany: it
// would cost more than an answer is worth.
const (
	// MaxFilterBytes is the length of a filter or a PATCH path.
	MaxFilterBytes = 8 << 10
	// MaxFilterTerms is the number of comparisons in a filter.
	MaxFilterTerms = 200
	// MaxFilterDepth is how deep parentheses, brackets and "not" may be nested.
	MaxFilterDepth = 20
)

// ParseFilter reads a filter over resources of the type, by the whole grammar
// of RFC 7644 section 3.4.2.2. Beyond it these are read: operators in any case,
// values without quotes up to the next space or bracket, booleans and numbers in
// quotes where the attribute is one, a path like emails[type eq "work"].value
// before an operator, and a complex attribute for its sub-attribute "value".
// What no schema declares matches nothing; neither does a value that may never
// be returned. An error has the scimType invalidFilter or tooMany.
func (t *ResourceType) ParseFilter(s string) (Filter, error) {
	p := &filterParser{typ: t, s: s}
	if err := checkFilterText(s); err != nil {
		return nil, err
	}
	f := p.or()
	p.space()
	if f != nil && p.pos < len(p.s) {
		f = p.fail("text after the end")
	}
	if f == nil {
		return nil, p.err
	}
	return f, nil
}

func checkFilterText(s string) error {
	switch {
	case len(s) > MaxFilterBytes:
		return invalid(ErrorTypeTooMany, "filter is longer than %d bytes", MaxFilterBytes)
	case !utf8.ValidString(s):
		return invalid(ErrorTypeInvalidFilter, "filter is not UTF-8")
	}
	return nil
}

// filterParser reads by recursive descent. Each method returns nil after fail.
type filterParser struct {
	typ   *ResourceType
	s     string
	pos   int
	depth int
	terms int
	err   error

	inside  bool // within the brackets of a value path,
	parent  Path // which begins with this path
	unknown bool // that no schema declares
}

func (p *filterParser) fail(problem string) Filter {
	if p.err == nil {
		p.err = invalid(ErrorTypeInvalidFilter, "filter, byte %d: %s", p.pos, problem)
	}
	return nil
}

func (p *filterParser) space() {
	for p.pos < len(p.s) && (p.s[p.pos] == ' ' || p.s[p.pos] == '\t') {
		p.pos++
	}
}

// at reports whether c is next, after space, and takes it.
func (p *filterParser) at(c byte) bool {
	p.space()
	if p.pos < len(p.s) && p.s[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// keyword takes a word in any case if it is next and ends there.
func (p *filterParser) keyword(word string) bool {
	p.space()
	rest := p.s[p.pos:]
	if !hasNamePrefix(rest, word) || !endsWord(rest[len(word):]) {
		return false
	}
	p.pos += len(word)
	return true
}

func endsWord(rest string) bool {
	return rest == "" || strings.IndexByte(" \t()[]\"", rest[0]) >= 0
}

func (p *filterParser) or() Filter {
	terms := p.series("or", p.and)
	if len(terms) > 1 {
		return Or{terms}
	}
	return first(terms)
}

func (p *filterParser) and() Filter {
	terms := p.series("and", p.term)
	if len(terms) > 1 {
		return And{terms}
	}
	return first(terms)
}

func first(terms []Filter) Filter {
	if len(terms) == 0 {
		return nil
	}
	return terms[0]
}

// series reads terms with a word between them; none after a failure.
func (p *filterParser) series(word string, read func() Filter) []Filter {
	var terms []Filter
	for {
		f := read()
		if f == nil {
			return nil
		}
		terms = append(terms, f)
		if !p.keyword(word) {
			return terms
		}
	}
}

func (p *filterParser) term() Filter {
	start := p.pos
	if p.keyword("not") {
		if p.at('(') {
			if f := p.group(')'); f != nil {
				return Not{f}
			}
			return nil
		}
		p.pos = start // an attribute may have this name
	}
	if p.at('(') {
		return p.group(')')
	}
	return p.expression()
}

// group reads a filter up to its closing bracket.
func (p *filterParser) group(closing byte) Filter {
	if p.depth++; p.depth > MaxFilterDepth {
		p.err = invalid(ErrorTypeTooMany, "filter is nested deeper than %d", MaxFilterDepth)
		return nil
	}
	f := p.or()
	if f != nil && !p.at(closing) {
		return p.fail("no closing " + strconv.QuoteRune(rune(closing)))
	}
	p.depth--
	return f
}

// expression reads a comparison or a value path.
func (p *filterParser) expression() Filter {
	if p.terms++; p.terms > MaxFilterTerms {
		p.err = invalid(ErrorTypeTooMany, "filter has more than %d terms", MaxFilterTerms)
		return nil
	}
	path, ok := p.path()
	if !ok {
		return p.fail("no attribute path")
	}
	if p.pos < len(p.s) && p.s[p.pos] == '[' {
		return p.valuePath(path)
	}
	return p.comparison(path)
}

// path reads an attribute path; within brackets a sub-attribute of the parent.
func (p *filterParser) path() (Path, bool) {
	p.space()
	rest := p.s[p.pos:]
	path, n := unknownPath(p.typ, rest)
	switch {
	case !p.inside:
		path, n = p.typ.findPath(rest)
	case !p.unknown:
		if sub, size := p.parent.inner(rest); size > 0 {
			path, n = sub, size
		}
	}
	p.pos += n
	if path.hidden() {
		path = Path{typ: p.typ, text: rest[:n]}
	}
	return path, n > 0
}

// inner finds the sub-attribute of a multi-valued attribute that s begins with.
// A value that is not complex is its own sub-attribute "value".
func (p Path) inner(s string) (Path, int) {
	if sub := p.attr.subs.longest(s); sub != nil {
		p.sub = sub
		return p, len(sub.Name)
	}
	if p.attr.Type != TypeComplex && hasNamePrefix(s, "value") && endsName(s[len("value"):]) {
		return p, len("value")
	}
	return Path{}, 0
}

// hidden reports whether the value may never be told, not even by a filter.
func (p Path) hidden() bool {
	secret := func(a *attribute) bool {
		return a != nil && (a.Returned == ReturnedNever || a.Mutability == WriteOnly)
	}
	return secret(p.attr) || secret(p.sub)
}

// valuePath reads what is in brackets after path and, if a sub-attribute and an
// operator follow, adds that comparison to it.
func (p *filterParser) valuePath(path Path) Filter {
	if p.inside {
		return p.fail("brackets within brackets")
	}
	f := p.brackets(path)
	if f == nil {
		return nil
	}
	if p.pos < len(p.s) && p.s[p.pos] == '.' {
		p.pos++
		p.inside, p.parent, p.unknown = true, path, !path.Known()
		more := p.expression()
		p.inside = false
		if more == nil {
			return nil
		}
		f = And{[]Filter{f, more}}
	}
	return ValuePath{Path: path, Filter: f}
}

// brackets reads [filter] after a path.
func (p *filterParser) brackets(path Path) Filter {
	if path.sub != nil {
		return p.fail("brackets after a sub-attribute")
	}
	p.pos++ // the bracket
	p.inside, p.parent, p.unknown = true, path, !path.Known()
	f := p.group(']')
	p.inside = false
	return f
}

func (p *filterParser) comparison(path Path) Filter {
	op, ok := p.operator()
	if !ok {
		return p.fail("no operator")
	}
	f := Compare{Path: path, Operator: op, inner: p.inside}
	if op == Present {
		return f
	}
	lit, ok := p.literal()
	if !ok {
		return p.fail("no value")
	}
	if f.Path.Known() && f.Path.leaf().Type == TypeComplex {
		f.Path = f.Path.valuePart()
	}
	if problem := lit.unordered(f); problem != "" {
		return p.fail(problem)
	}
	if lit.text == "" && (op == Equal || op == NotEqual) {
		return f // the empty string is unassigned, as null is
	}
	f.Value = lit.typed(f.Path.leaf())
	return f
}

// valuePart is the sub-attribute "value" of a complex attribute; without one
// the path is unknown, for nothing can be compared with it.
func (p Path) valuePart() Path {
	sub := p.attr.subs.get("value")
	if sub == nil || p.sub != nil {
		return Path{typ: p.typ, text: p.String()}
	}
	p.sub = sub
	return p
}

func (p *filterParser) operator() (Operator, bool) {
	for i, name := range operatorNames {
		if p.keyword(name) {
			return Operator(i), true
		}
	}
	return 0, false
}
