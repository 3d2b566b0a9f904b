package recipe

import (
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// node is a JSON value.
type node struct {
	kind wire.Kind
	// text is that of a string, else the value as it is written.
	text string
	// keys name the items of an object.
	keys  []string
	items []*node
}

func readNode(r *wire.Reader) *node {
	n := &node{kind: r.Peek()}
	switch n.kind {
	case wire.KindObject:
		for r.Object(); r.NextKey(); {
			n.keys = append(n.keys, r.Key())
			n.items = append(n.items, readNode(r))
		}
	case wire.KindArray:
		for r.Array(); r.NextItem(); {
			n.items = append(n.items, readNode(r))
		}
	case wire.KindString:
		n.text = r.String()
	default:
		n.text = r.Raw()
	}
	return n
}

// write writes a node as it was read.
func (n *node) write(w *wire.Writer) {
	switch n.kind {
	case wire.KindObject:
		w.Object()
		for i, key := range n.keys {
			w.Key(key)
			n.items[i].write(w)
		}
		w.EndObject()
	case wire.KindArray:
		w.Array()
		for _, item := range n.items {
			item.write(w)
		}
		w.EndArray()
	case wire.KindString:
		w.String(n.text)
	default:
		w.Raw(n.text)
	}
}

// is says what a node is, without showing it.
func (n *node) is() string {
	switch n.kind {
	case wire.KindObject:
		return "a map"
	case wire.KindArray:
		return "a list"
	case wire.KindString:
		return "text"
	case wire.KindNumber:
		return "a number"
	case wire.KindBool:
		return "true or false"
	}
	return "empty"
}

// Key returns the path of what stands at key below path.
func Key(path, key string) string {
	if !made(key, nameSigns) || key == "" || len(key) > maxShown {
		key = quoted(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// Index returns the path of item i of the list at path.
func Index(path string, i int) string { return path + "[" + number(i) + "]" }

const (
	nameSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	maxShown  = 80
)

// shown is a text of the recipe as problems show it: cut, and quoted if it holds
// anything that could be taken for something else.
func shown(s string) string {
	if s == "" || len(s) > maxShown || !made(s, nameSigns) {
		return quoted(s)
	}
	return s
}

func quoted(s string) string {
	if len(s) > maxShown {
		return strconv.QuoteToASCII(s[:maxShown]) + "…"
	}
	return strconv.QuoteToASCII(s)
}

// made says whether s has no other signs than these.
func made(s, signs string) bool { return strings.Trim(s, signs) == "" }

func number(n int) string               { return strconv.Itoa(n) }
func listed(words []string) string      { return strings.Join(words, ", ") }
func hasPrefix(s, prefix string) bool   { return strings.HasPrefix(s, prefix) }
func has(words []string, w string) bool { return indexOf(words, w) >= 0 }
func indexOf(words []string, w string) int {
	for i := range words {
		if words[i] == w {
			return i
		}
	}
	return -1
}
