package want

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// path is a path that has been read. Without steps it names the thing itself.
type path struct {
	text  string
	steps []step
	// optional: what is missing or null has no rows.
	optional bool
}

type stepKind uint8

const (
	name stepKind = iota
	each
	members
	where
)

// step is one step of a path.
type step struct {
	kind stepKind
	// text is the step as it is written.
	text string
	// name is the member's name, index its number in a list or -1.
	name  string
	index int
	cond  *condition
}

// many: the step finds any number of things.
func (s *step) many() bool {
	return s.kind == each || s.kind == members || s.kind == where && s.cond.all
}

// condition is what stands in a filter.
type condition struct {
	steps []step
	not   bool
	all   bool
	kind  wire.Kind
	// text is the literal: the string's text, the number or the word as written.
	text string
}

// pathError says what is wrong with a path, and at which byte.
type pathError struct {
	at      int
	message string
}

// parser reads a path. The first error sticks.
type parser struct {
	text string
	i    int
	err  *pathError
}

// parseRows reads a path of Rows.
func parseRows(text string) (path, *pathError) {
	bare, optional := strings.CutSuffix(text, "?")
	if slashes := len(bare) - len(strings.TrimRight(bare, `\`)); optional && slashes%2 == 1 {
		bare, optional = text, false
	}
	p, err := parse(bare)
	p.text, p.optional = text, optional
	return p, err
}

// parse reads a path without a question mark.
func parse(text string) (path, *pathError) {
	p := parser{text: text}
	switch {
	case text == "":
		p.fail("the path is empty; a point alone names the thing itself")
	case !utf8.ValidString(text):
		p.fail("the path is not UTF-8")
	}
	out := path{text: text}
	if text == "." || p.err != nil {
		return out, p.err
	}
	for {
		out.steps = append(out.steps, p.step())
		if p.err != nil || p.i == len(text) {
			return out, p.err
		}
		p.expect(".", "a point is expected behind a step")
	}
}

func (p *parser) fail(message string) {
	if p.err == nil {
		p.err = &pathError{p.i, message}
	}
}

func (p *parser) at(sign string) bool { return strings.HasPrefix(p.text[p.i:], sign) }

// take steps over sign, if that is next.
func (p *parser) take(sign string) bool {
	if p.err != nil || !p.at(sign) {
		return false
	}
	p.i += len(sign)
	return true
}

func (p *parser) expect(sign, message string) {
	if !p.take(sign) {
		p.fail(message)
	}
}

// step reads one step of a path.
func (p *parser) step() step {
	start := p.i
	var s step
	switch {
	case p.take("#("):
		s = p.where()
	case p.at("#"), p.at("*"), p.at("@"):
		s = p.sign()
	default:
		s = p.name(false)
	}
	s.text = p.text[start:p.i]
	return s
}

// sign reads # or *, which stand alone.
func (p *parser) sign() step {
	s := step{kind: each}
	switch sign := p.text[p.i : p.i+1]; {
	case sign == "@":
		p.fail(`only the fields @key and @index, each alone, begin with @; in front of a name's own @ stands a \`)
	case len(p.text) > p.i+1 && p.text[p.i+1] != '.':
		p.fail(sign + ` is a step alone; in front of a name's own ` + sign + ` stands a \`)
	case sign == "*":
		s.kind = members
	}
	p.i++
	return s
}

// name reads a name or an index; in a filter it ends in front of == and !=, too.
func (p *parser) name(filter bool) step {
	start, last := p.i, byte(0)
	var b []byte
	for p.i < len(p.text) && !p.at(".") && !(filter && (p.at("==") || p.at("!="))) {
		last = p.text[p.i]
		if last == '\\' {
			if p.i++; p.i == len(p.text) {
				p.fail(`a \ stands in front of nothing`)
				return step{}
			}
			last = 0
		}
		b = append(b, p.text[p.i])
		p.i++
	}
	switch {
	case len(b) == 0:
		p.fail("a name is missing")
	case last == ' ', p.text[start] == ' ':
		p.fail(`a blank begins or ends the name; if it is a part of it, a \ stands in front`)
	case last == '?' && !filter && p.i == len(p.text):
		p.fail(`only a path of rows ends in a question mark; in front of a name's own stands a \`)
	}
	return step{kind: name, name: string(b), index: index(string(b))}
}

// maxIndexDigits keeps an index within an int; no list is as long.
const maxIndexDigits = 9

// index returns the number that a step of digits is, and -1 for a name.
func index(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || len(text) > maxIndexDigits || text[0] < '0' || text[0] > '9' || text[0] == '0' && len(text) > 1 {
		return -1
	}
	return n
}

// where reads a filter from behind #( on.
func (p *parser) where() step {
	c := &condition{}
	for more := true; more && p.err == nil; more = p.take(".") {
		if p.at("#") || p.at("*") || p.at("@") {
			p.fail(`in a filter stand names and indexes only; in front of a name's own sign stands a \`)
		}
		c.steps = append(c.steps, p.name(true))
	}
	if c.not = p.take("!="); !c.not {
		p.expect("==", "a filter has == or != behind the name")
	}
	p.literal(c)
	p.expect(")", "a filter ends in )")
	c.all = p.take("#")
	return step{kind: where, cond: c}
}

// literal reads what a filter compares with.
func (p *parser) literal(c *condition) {
	if p.err != nil {
		return
	}
	if p.at(" ") {
		p.fail("no blank stands here")
	}
	r := wire.NewReader(p.text[p.i:])
	switch c.kind = r.Peek(); c.kind {
	case wire.KindString:
		c.text = r.String()
	case wire.KindNumber:
		c.text = r.Number()
	case wire.KindBool, wire.KindNull:
		c.text = r.Raw()
	default:
		p.fail("a JSON string, number, true, false or null is expected")
	}
	p.i += r.Offset()
	if r.Err() != nil {
		p.fail("this is no JSON string, number, true, false or null")
	}
}
