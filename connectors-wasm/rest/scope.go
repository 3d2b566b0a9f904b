package rest

import (
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// found are the values at some paths of an answer, as JSON.
type found struct {
	paths []string
	raws  []string
	// quiet says that a rule of the recipe made a success of the answer: there is
	// nothing in it to keep.
	quiet bool
	// ruled says that a rule of the recipe made an error of the answer.
	ruled bool
	// whose is, of a detail, the anchor that it has, as JSON; empty for none.
	whose string
}

// at returns what is at path, "" for nothing.
func (f *found) at(path string) string {
	for i := range f.paths {
		if f.paths[i] == path && i < len(f.raws) {
			return f.raws[i]
		}
	}
	return ""
}

// pageState is where a list is being read.
type pageState struct {
	number, offset, size int
	cursor, last         string
}

// scope is what the references of a request can find.
type scope struct {
	engine *engine
	// work is the entry in hand, nil when reading lists.
	work        *work
	row, detail *found
	page        *pageState
	since       string
	each        *scalar
	// key is the request's idempotency key.
	key string
	// code is that of an error about a reference.
	code abi.Code
}

// generated is the word for which a host puts in a password of its own making.
const generated = "ecmagenerated"

// ref returns what a reference finds.
func (s *scope) ref(words []string) value {
	name := strings.Join(words[1:], ".")
	switch words[0] {
	case "row":
		return lookAt(s.row, name)
	case "detail":
		return lookAt(s.detail, name)
	case "param":
		return s.engine.parameter(name)
	case "page":
		return s.pageRef(name)
	case "each":
		if s.each != nil {
			return one(*s.each)
		}
		return value{}
	case "delta":
		return textOrNothing(s.since)
	case "key":
		return textOrNothing(s.key)
	case "now":
		return textOrNothing(s.engine.now)
	case "generated":
		return textOrNothing(generated)
	}
	if s.work == nil {
		return value{}
	}
	return s.work.ref(words[0], name)
}

func lookAt(f *found, path string) value {
	if f == nil {
		return value{}
	}
	return parseValue(f.at(path))
}

func textOrNothing(text string) value {
	if text == "" {
		return value{}
	}
	return one(textScalar(text))
}

func (s *scope) pageRef(name string) value {
	if s.page == nil {
		return value{}
	}
	switch name {
	case "number":
		return numberValue(s.page.number)
	case "offset":
		return numberValue(s.page.offset)
	case "size":
		return numberValue(s.page.size)
	case "cursor":
		return textOrNothing(s.page.cursor)
	}
	return textOrNothing(s.page.last)
}

func numberValue(n int) value { return parseValue(strconv.Itoa(n)) }

// piece returns what a reference finds, behind its pipes.
func (s *scope) piece(p *recipe.Piece) (value, error) {
	v := s.ref(p.Ref)
	cleared := !v.there() && (v.null || v.list)
	for i := range p.Pipes {
		var wrong mistake
		if v, wrong = s.engine.pipe(&p.Pipes[i], v); wrong != "" {
			return v, s.fail(p.Ref, string(wrong))
		}
	}
	// What is taken away stays so behind pipes that make nothing of it.
	v.null = v.null || cleared && !v.there()
	return v, nil
}

func (s *scope) fail(ref []string, what string) error {
	return abi.NewError(s.code, strings.Join(ref, ".")+" "+what)
}

// text returns a template's text; false when a reference finds nothing. encode, if
// not nil, is applied to what references find.
func (s *scope) text(t recipe.Template, encode func(string) string) (string, bool, error) {
	if text, ok := t.Literal(); ok {
		return text, true, nil
	}
	var b strings.Builder
	for i := range t {
		if t[i].Ref == nil {
			b.WriteString(t[i].Text)
			continue
		}
		v, err := s.piece(&t[i])
		if err != nil {
			return "", false, err
		}
		if !v.there() {
			return "", false, nil
		}
		item, single := v.single()
		if !single {
			return "", false, s.fail(t[i].Ref, "is a list; join it")
		}
		if encode != nil {
			item.text = encode(item.text)
		}
		b.WriteString(item.text)
	}
	return b.String(), true, nil
}

// must is text where nothing may be missing; place says where, for the error.
func (s *scope) must(t recipe.Template, place string, encode func(string) string) (string, error) {
	text, there, err := s.text(t, encode)
	if err == nil && !there {
		err = s.fail(s.missing(t), "is not there, and "+place+" needs it")
	}
	return text, err
}

// missing returns the first reference that finds nothing.
func (s *scope) missing(t recipe.Template) []string {
	for i := range t {
		if t[i].Ref == nil {
			continue
		}
		if v, err := s.piece(&t[i]); err != nil || !v.there() {
			return t[i].Ref
		}
	}
	return nil
}
