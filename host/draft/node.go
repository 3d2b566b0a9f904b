package draft

import (
	"fmt"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// kind is the kind of a JSON value.
type kind uint8

const (
	kindNull kind = iota
	kindString
	kindNumber
	kindBool
	kindObject
	kindList
)

// String returns the kind with its article.
func (k kind) String() string {
	return [...]string{"null", "a string", "a number", "true or false", "an object", "a list"}[k]
}

// node is a JSON value that keeps the order of members.
type node struct {
	kind kind
	// text is a string's text, or a number, true or false as written.
	text  string
	keys  []string
	items []*node
}

// parse reads a document. Depth and duplicate keys are the reader's to bound.
func parse(body string) (*node, error) {
	r := wire.NewReader(body)
	n := read(r)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("the answer is no JSON: %w", err)
	}
	return n, nil
}

func read(r *wire.Reader) *node {
	switch r.Peek() {
	case wire.KindString:
		return &node{kind: kindString, text: r.String()}
	case wire.KindNumber:
		return &node{kind: kindNumber, text: r.Number()}
	case wire.KindBool:
		return &node{kind: kindBool, text: r.Raw()}
	case wire.KindArray:
		n := &node{kind: kindList}
		for r.Array(); r.NextItem(); {
			n.items = append(n.items, read(r))
		}
		return n
	case wire.KindObject:
		n := &node{kind: kindObject}
		for r.Object(); r.NextKey(); {
			n.keys = append(n.keys, r.Key())
			n.items = append(n.items, read(r))
		}
		return n
	}
	if !r.Null() {
		r.Fail("a value was expected")
	}
	return &node{}
}
