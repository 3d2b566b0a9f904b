package jsonfields

import (
	"context"
	"errors"
	"strconv"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// Pointer names one value: a JSON pointer (RFC 6901) without wildcards. The zero
// value names the whole text.
type Pointer struct {
	tokens []string
}

// ParsePointer reads a pointer to a part of a text.
func ParsePointer(text string) (Pointer, error) {
	p, err := Parse(text)
	if err != nil {
		return Pointer{}, err
	}
	return Pointer(p), nil
}

// Split returns the pointer to what holds the value that p names, and the value's
// key or index in it.
func (p Pointer) Split() (holder Pointer, last string) {
	n := len(p.tokens) - 1
	return Pointer{p.tokens[:n:n]}, p.tokens[n]
}

// Value is a value that was found.
type Value struct {
	Kind wire.Kind
	// Text is the string's text, a number as it stands, and otherwise empty.
	Text string
}

// Find returns the value that p names, and whether there is one. It fails on text
// that is not one JSON value by package wire's rules, or with the error of ctx, which it
// looks at time and again.
func (p Pointer) Find(ctx context.Context, text string) (value Value, found bool, err error) {
	r := wire.NewReader(text)
	r.Watch(ctx.Err)
	value, found = find(r, p.tokens)
	if err := r.End(); err != nil {
		return Value{}, false, err
	}
	return value, found, nil
}

func find(r *wire.Reader, tokens []string) (value Value, found bool) {
	kind := r.Peek()
	switch {
	case len(tokens) == 0:
		return read(r, kind), true
	case kind == wire.KindObject:
		r.Object()
		for r.NextKey() {
			if r.Key() != tokens[0] {
				r.Skip()
				continue
			}
			value, found = find(r, tokens[1:])
		}
	case kind == wire.KindArray:
		r.Array()
		for i := 0; r.NextItem(); i++ {
			if strconv.Itoa(i) != tokens[0] {
				r.Skip()
				continue
			}
			value, found = find(r, tokens[1:])
		}
	default:
		r.Skip()
	}
	return value, found
}

func read(r *wire.Reader, kind wire.Kind) Value {
	switch kind {
	case wire.KindString:
		return Value{kind, r.String()}
	case wire.KindNumber:
		return Value{kind, r.Number()}
	}
	r.Skip()
	return Value{Kind: kind}
}

// ErrNoObject: Set found no object where the pointer needs one.
var ErrNoObject = errors.New("there is no JSON object at that place")

// Set returns text with json in the place that p names, whose last part is a key:
// in the place of what is there, or as a new member of the object. Every other byte
// stays. It fails as Find does, and with ErrNoObject.
func (p Pointer) Set(ctx context.Context, text, json string) (string, error) {
	s := setter{r: wire.NewReader(text), json: json}
	s.r.Watch(ctx.Err)
	s.walk(p.tokens)
	if err := s.r.End(); err != nil {
		return "", err
	}
	if !s.found {
		return "", ErrNoObject
	}
	return text[:s.from] + s.with + text[s.to:], nil
}

type setter struct {
	r        *wire.Reader
	json     string
	found    bool
	from, to int
	with     string
}

func (s *setter) walk(tokens []string) {
	if s.r.Peek() != wire.KindObject {
		s.r.Skip()
		return
	}
	s.r.Object()
	start, members := s.r.Offset(), 0
	there := false
	for ; s.r.NextKey(); members++ {
		switch {
		case s.r.Key() != tokens[0]:
			s.r.Skip()
		case len(tokens) > 1:
			s.walk(tokens[1:])
		default:
			s.r.Peek() // moves to the value
			s.from, there, s.found = s.r.Offset(), true, true
			s.r.Skip()
			s.to, s.with = s.r.Offset(), s.json
		}
	}
	if len(tokens) > 1 || there {
		return
	}
	var w wire.Writer
	w.String(tokens[0])
	s.from, s.to, s.found, s.with = start, start, true, string(w.Bytes())+":"+s.json
	if members > 0 {
		s.with += ","
	}
}

// Members visits the members of the object that p names, in order, and reports
// whether there is such an object. It fails on text that is not one JSON value by
// package wire's rules, or with the error of ctx, which it looks at time and again.
func (p Pointer) Members(ctx context.Context, text string, visit func(key string, value Value)) (found bool, err error) {
	r := wire.NewReader(text)
	r.Watch(ctx.Err)
	found = members(r, p.tokens, visit)
	return found, r.End()
}

func members(r *wire.Reader, tokens []string, visit func(string, Value)) (found bool) {
	if r.Peek() != wire.KindObject {
		r.Skip()
		return false
	}
	r.Object()
	for r.NextKey() {
		key := r.Key()
		switch {
		case len(tokens) == 0:
			visit(key, read(r, r.Peek()))
		case key == tokens[0]:
			found = members(r, tokens[1:], visit)
		default:
			r.Skip()
		}
	}
	return found || len(tokens) == 0
}
