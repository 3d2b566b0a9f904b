package scim

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// node is JSON as it was sent, before a schema gives it types.
type node struct {
	kind  nodeKind
	text  string   // of a string, unescaped; of a number, as written
	keys  []string // of an object, parallel to items
	items []node   // of an array or an object
}

type nodeKind uint8

const (
	nodeNull nodeKind = iota
	nodeFalse
	nodeTrue
	nodeNumber
	nodeString
	nodeArray
	nodeObject
)

// get returns the member of an object under a key in any case, or nil.
func (n *node) get(key string) *node {
	for i := range n.keys {
		if equalName(n.keys[i], key) {
			return &n.items[i]
		}
	}
	return nil
}

// str returns the text of a member that is a string.
func (n *node) str(key string) string {
	if m := n.get(key); m != nil && m.kind == nodeString {
		return m.text
	}
	return ""
}

// jsonLimits bounds what a parser takes.
type jsonLimits struct {
	depth  int // nested arrays and objects
	values int // arrays, objects and scalars together
}

// parseJSON reads one JSON text (RFC 8259), strictly: no duplicate keys, no
// lone surrogates, nothing after the value. Strings alias s.
func parseJSON(s string, limits jsonLimits) (node, error) {
	if !utf8.ValidString(s) {
		return node{}, invalid(ErrorTypeInvalidSyntax, "body is not UTF-8")
	}
	p := &jsonParser{s: s, limits: limits}
	var n node
	p.space()
	if !p.value(&n) {
		return node{}, p.error()
	}
	p.space()
	if p.pos != len(p.s) {
		p.fail("text after the value")
		return node{}, p.error()
	}
	return n, nil
}

type jsonParser struct {
	s       string
	pos     int
	depth   int
	values  int
	limits  jsonLimits
	problem string
}

func (p *jsonParser) fail(problem string) bool {
	if p.problem == "" {
		p.problem = problem
	}
	return false
}

func (p *jsonParser) error() error {
	return invalid(ErrorTypeInvalidSyntax, "JSON, byte %d: %s", p.pos, p.problem)
}

func (p *jsonParser) space() {
	for p.pos < len(p.s) {
		switch p.s[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// next skips space and returns the byte it stands at, 0 at the end.
func (p *jsonParser) next() byte {
	p.space()
	if p.pos == len(p.s) {
		return 0
	}
	return p.s[p.pos]
}

func (p *jsonParser) value(n *node) bool {
	if p.values++; p.values > p.limits.values {
		return p.fail("more than " + strconv.Itoa(p.limits.values) + " values")
	}
	switch c := p.next(); {
	case c == '{':
		return p.nested(n, nodeObject)
	case c == '[':
		return p.nested(n, nodeArray)
	case c == '"':
		n.kind = nodeString
		return p.string(&n.text)
	case c == '-' || '0' <= c && c <= '9':
		n.kind = nodeNumber
		return p.number(&n.text)
	}
	return p.literal(n)
}

var literals = [...]struct {
	text string
	kind nodeKind
}{{"true", nodeTrue}, {"false", nodeFalse}, {"null", nodeNull}}

func (p *jsonParser) literal(n *node) bool {
	for _, l := range literals {
		if strings.HasPrefix(p.s[p.pos:], l.text) {
			n.kind = l.kind
			p.pos += len(l.text)
			return true
		}
	}
	return p.fail("not a value")
}

func (p *jsonParser) nested(n *node, kind nodeKind) bool {
	if p.depth++; p.depth > p.limits.depth {
		return p.fail("nested deeper than " + strconv.Itoa(p.limits.depth))
	}
	n.kind = kind
	p.pos++ // the opening bracket
	closing := byte(']')
	if kind == nodeObject {
		closing = '}'
	}
	if p.next() == closing {
		p.pos++
		p.depth--
		return true
	}
	for {
		if kind == nodeObject && !p.key(n) {
			return false
		}
		n.items = append(n.items, node{})
		if !p.value(&n.items[len(n.items)-1]) {
			return false
		}
		switch p.next() {
		case ',':
			p.pos++
		case closing:
			p.pos++
			p.depth--
			return true
		default:
			return p.fail("no comma and no closing bracket")
		}
	}
}

// maxKeys bounds the keys of one object: the look-up for duplicates is
// quadratic, and no resource has so many attributes.
const maxKeys = 1000

func (p *jsonParser) key(n *node) bool {
	var key string
	if p.next() != '"' {
		return p.fail("no key")
	}
	if !p.string(&key) {
		return false
	}
	if len(n.keys) == maxKeys {
		return p.fail("more than " + strconv.Itoa(maxKeys) + " keys in one object")
	}
	if n.get(key) != nil {
		return p.fail("key " + quote(key) + " occurs twice")
	}
	if p.next() != ':' {
		return p.fail("no colon")
	}
	p.pos++
	n.keys = append(n.keys, key)
	return true
}

func (p *jsonParser) string(out *string) bool {
	start := p.pos + 1
	for i := start; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '"':
			*out, p.pos = p.s[start:i], i+1
			return true
		case c == '\\':
			p.pos = i
			return p.escaped(start, out)
		case c < ' ':
			p.pos = i
			return p.fail("control character in a string")
		}
	}
	return p.fail("string without an end")
}

// escaped reads on from the first backslash of a string.
func (p *jsonParser) escaped(start int, out *string) bool {
	b := append(make([]byte, 0, 64), p.s[start:p.pos]...)
	for p.pos < len(p.s) {
		c := p.s[p.pos]
		p.pos++
		switch {
		case c == '"':
			*out = string(b)
			return true
		case c < ' ':
			return p.fail("control character in a string")
		case c != '\\':
			b = append(b, c)
		default:
			var ok bool
			if b, ok = p.escape(b); !ok {
				return false
			}
		}
	}
	return p.fail("string without an end")
}

func (p *jsonParser) escape(b []byte) ([]byte, bool) {
	if p.pos == len(p.s) {
		return b, p.fail("string without an end")
	}
	c := p.s[p.pos]
	p.pos++
	if c == 'u' {
		r := p.unicode()
		return utf8.AppendRune(b, max(r, 0)), r >= 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return append(b, "\"\\/\b\f\n\r\t"[i]), true
	}
	return b, p.fail("unknown escape")
}

// unicode reads what follows \u: four hexadecimal digits, twice for a pair of
// surrogates. A lone surrogate is no character: it is -1, as all that is wrong.
func (p *jsonParser) unicode() rune {
	r := p.hex4()
	if !utf16.IsSurrogate(r) {
		return r
	}
	if strings.HasPrefix(p.s[p.pos:], `\u`) {
		p.pos += 2
		if pair := utf16.DecodeRune(r, p.hex4()); pair != utf8.RuneError {
			return pair
		}
	}
	p.fail("lone surrogate")
	return -1
}

func (p *jsonParser) hex4() rune {
	if p.pos+4 > len(p.s) {
		p.fail("string without an end")
		return -1
	}
	n, err := strconv.ParseUint(p.s[p.pos:p.pos+4], 16, 16)
	if err != nil {
		p.fail("\\u without four hexadecimal digits")
		return -1
	}
	p.pos += 4
	return rune(n)
}

func (p *jsonParser) number(out *string) bool {
	n := numberLength(p.s[p.pos:])
	if n == 0 {
		return p.fail("not a number")
	}
	*out = p.s[p.pos : p.pos+n]
	p.pos += n
	return true
}

// numberLength returns the length of the JSON number that s begins with, or 0.
func numberLength(s string) int {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := digits(s[i:])
	if whole == 0 || whole > 1 && s[i] == '0' {
		return 0
	}
	i += whole
	if i < len(s) && s[i] == '.' {
		fraction := digits(s[i+1:])
		if fraction == 0 {
			return 0
		}
		i += 1 + fraction
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		exponent := digits(s[i:])
		if exponent == 0 {
			return 0
		}
		i += exponent
	}
	return i
}

func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
