package jsonfields

import (
	"context"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// Action says what becomes of a field.
type Action uint8

// The actions.
const (
	Keep Action = iota
	// Drop takes the field out of its object or array.
	Drop
	// Replace puts Change.JSON in its place.
	Replace
	// Enter keeps the field, and asks about those in it that a pattern names.
	Enter
)

// Change is what becomes of one field.
type Change struct {
	Action Action
	JSON   string
}

// Field is a value that a pattern names.
type Field struct {
	// Patterns are the indexes of the patterns that name it, at least one. The
	// slice is good until visit returns.
	Patterns []int
	Kind     wire.Kind
	// Text is the string's text, if Kind is KindString.
	Text string
}

// Rewrite reads text, asks visit about every field that a pattern names, from
// left to right, and returns the text with the changes. Fields inside a field
// that was asked about are asked about only if visit enters it. It fails on text
// that is not one JSON value by package wire's rules, with the first error of visit,
// or with that of ctx, which it looks at before each visit and time and again besides.
//
// It takes time linear in the text, times the length of the patterns.
func Rewrite(ctx context.Context, text string, patterns []Pattern, visit func(Field) (Change, error)) (string, error) {
	w := &rewriter{r: wire.NewReader(text), text: text, patterns: patterns, visit: visit}
	w.r.Watch(ctx.Err)
	at := make([]places, len(patterns))
	for i := range patterns {
		at[i] = patterns[i].start()
	}
	w.value(at)
	if w.err != nil {
		return "", w.err
	}
	if err := w.r.End(); err != nil {
		return "", err
	}
	if w.copied == 0 && w.out.Len() == 0 {
		return text, nil
	}
	w.out.WriteString(text[w.copied:])
	return w.out.String(), nil
}

type rewriter struct {
	r        *wire.Reader
	text     string
	patterns []Pattern
	visit    func(Field) (Change, error)
	out      strings.Builder
	copied   int   // text up to here is in out, or left out
	named    []int // of the present field
	err      error
}

// replace puts with in the place of text[from:to].
func (w *rewriter) replace(from, to int, with string) {
	if w.out.Cap() == 0 {
		w.out.Grow(len(w.text))
	}
	w.out.WriteString(w.text[w.copied:from])
	w.out.WriteString(with)
	w.copied = to
}

// value reads the next value, which no pattern names itself but whose parts some
// may. at holds the places that each pattern has reached.
func (w *rewriter) value(at []places) {
	reached := false
	for _, p := range at {
		reached = reached || p != 0
	}
	kind := w.r.Peek()
	switch {
	case reached && kind == wire.KindObject:
		w.r.Object()
		w.members(at, true)
	case reached && kind == wire.KindArray:
		w.r.Array()
		w.members(at, false)
	default:
		w.r.Skip()
	}
}

// members reads the members of an object or the items of an array. One that is
// dropped goes with the comma before it; as long as none was kept there is no
// such comma, and it goes with the one after it.
func (w *rewriter) members(at []places, object bool) {
	below := make([]places, len(at))
	kept := false
	for index := 0; w.err == nil; index++ {
		before := w.r.Offset()
		if object && !w.r.NextKey() || !object && !w.r.NextItem() {
			return
		}
		if index > 0 && !kept {
			comma := before + strings.IndexByte(w.text[before:], ',')
			w.replace(before, comma+1, "")
		}
		if w.member(at, below, w.key(object, index)) == Drop {
			w.replace(max(before, w.copied), w.r.Offset(), "")
		} else {
			kept = true
		}
	}
}

func (w *rewriter) key(object bool, index int) string {
	if object {
		return w.r.Key()
	}
	return strconv.Itoa(index)
}

// member reads one member and changes it.
func (w *rewriter) member(at, below []places, key string) Action {
	w.named = w.named[:0]
	for i := range at {
		below[i] = w.patterns[i].step(at[i], key)
		if w.patterns[i].done(below[i]) {
			w.named = append(w.named, i)
		}
	}
	if len(w.named) == 0 {
		w.value(below)
		return Keep
	}
	kind := w.r.Peek()
	start := w.r.Offset()
	field := Field{Patterns: w.named, Kind: kind}
	holder := kind == wire.KindObject || kind == wire.KindArray
	switch {
	case kind == wire.KindString:
		field.Text = w.r.String()
	case !holder: // what is in a holder may be asked about, and is read behind visit
		w.r.Skip()
	}
	if !w.r.GoOn() {
		return Keep
	}
	change, err := w.visit(field)
	switch {
	case err != nil:
		w.err = err
		return Keep
	case holder && change.Action == Enter:
		w.value(below)
	case holder:
		w.r.Skip()
	}
	if change.Action == Replace {
		w.replace(start, w.r.Offset(), change.JSON)
	}
	return change.Action
}
