package scim

import (
	"strconv"
	"strings"
)

// literal is a comparison value as it was written.
type literal struct {
	text   string // unescaped
	quoted bool
}

// literal reads a JSON string, or a word up to the next space or bracket.
func (p *filterParser) literal() (literal, bool) {
	p.space()
	if p.pos == len(p.s) {
		return literal{}, false
	}
	if p.s[p.pos] == '"' {
		j := &jsonParser{s: p.s, pos: p.pos}
		var text string
		ok := j.string(&text)
		p.pos = j.pos
		return literal{text, true}, ok && endsWord(p.s[p.pos:])
	}
	n := strings.IndexAny(p.s[p.pos:], " \t)]")
	if n < 0 {
		n = len(p.s) - p.pos
	}
	word := p.s[p.pos : p.pos+n]
	p.pos += n
	return literal{text: word}, n > 0 && !strings.ContainsAny(word, "\"([")
}

func (l literal) null() bool { return !l.quoted && l.text == "null" }

// unordered says what is wrong with an operator that needs an order or a text
// where there is none (RFC 7644 section 3.4.2.2), or returns "".
func (l literal) unordered(f Compare) string {
	if l.null() && f.Operator != Equal && f.Operator != NotEqual {
		return "null can only be compared with eq and ne"
	}
	ordered := f.Operator >= GreaterThan && f.Operator <= LessOrEqual
	if leaf := f.Path.leaf(); ordered && leaf != nil && (leaf.Type == TypeBoolean || leaf.Type == TypeBinary) {
		return "values of type " + leaf.Type.String() + " have no order"
	}
	return ""
}

// typed gives the literal the type of the attribute. What does not fit keeps
// the type it was written in; so does the literal of an unknown attribute.
func (l literal) typed(a *attribute) Value {
	if l.null() {
		return Value{}
	}
	if a != nil && a.Type != TypeComplex {
		n := node{kind: nodeString, text: l.text}
		if v, err := decodeSimple(a, &n); err == nil && !v.IsAbsent() {
			return v
		}
	}
	return l.untyped()
}

func (l literal) untyped() Value {
	switch {
	case l.quoted:
	case equalName(l.text, "true"), equalName(l.text, "false"):
		return Boolean(equalName(l.text, "true"))
	case numberLength(l.text) == len(l.text):
		if i, err := strconv.ParseInt(l.text, 10, 64); err == nil {
			return Integer(i)
		}
		if _, err := strconv.ParseFloat(l.text, 64); err == nil {
			return text(TypeDecimal, l.text)
		}
	}
	return Value{shape: shapeSingle, typ: TypeString, str: l.text}
}
