package rest

import (
	"slices"
	"strconv"

	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// write applies an attribute's conversions as they write: backwards, each one the
// other way round.
func (c *converter) write(all []recipe.Conversion, v value) (value, mistake) {
	for i := len(all) - 1; i >= 0; i-- {
		var wrong mistake
		if v, wrong = c.writeOne(&all[i], v); wrong != "" {
			return v, wrong
		}
	}
	return v, ""
}

func (c *converter) writeOne(k *recipe.Conversion, v value) (value, mistake) {
	switch k.Kind {
	case recipe.Split:
		// Also of nothing: the target clears such a text by the empty one.
		if !v.there() {
			return one(textScalar("")), ""
		}
		return packed(v, k.Text)
	case recipe.Join:
		return splitValue(v, k.Text), ""
	case recipe.Constant:
		return one(textScalar(k.Text)), ""
	}
	out := value{list: v.list, items: make([]scalar, len(v.items))}
	for i, s := range v.items {
		var wrong mistake
		if out.items[i], wrong = c.writeScalar(k, s); wrong != "" {
			return v, wrong
		}
	}
	return out, ""
}

// packed makes one text of a list that is taken apart again at by. A value that holds
// by would become several, and an empty one none.
func packed(v value, by string) (value, mistake) {
	out := joinValue(v, by)
	if item, ok := out.single(); ok && item.text != "" && by != "" {
		again := splitValue(one(item), by)
		if !slices.EqualFunc(again.items, v.items, func(a, b scalar) bool { return a.text == b.text }) {
			return v, mistake("is empty or holds " + strconv.Quote(by) + ", which stands between values in a text: it would become others")
		}
	}
	return out, ""
}

func (c *converter) writeScalar(k *recipe.Conversion, s scalar) (scalar, mistake) {
	switch k.Kind {
	case recipe.Words:
		return writeWord(s, k.True, k.False)
	case recipe.Table:
		for _, p := range k.Pairs {
			if p.Ours == s.text {
				return textScalar(p.Target), ""
			}
		}
		return s, "is a word that the table has not"
	case recipe.Date:
		return writeDate(k.Text, s)
	case recipe.LookupTable:
		return c.key(k.Text, s)
	case recipe.Wrap:
		var w wire.Writer
		w.Object()
		w.Key(k.Text)
		writeScalar(&w, s)
		w.EndObject()
		return scalar{wire.KindObject, string(w.Bytes())}, ""
	case recipe.Not:
		return negated(s)
	}
	return s, ""
}

func (c *converter) key(lookup string, s scalar) (scalar, mistake) {
	t := c.table(lookup)
	key, ok := t.key(s.text)
	if !ok {
		return s, mistake("is a name that the lookup " + lookup + " has not")
	}
	if other, twice := t.twice[s.text]; twice {
		return s, mistake("is a name that two keys of the lookup " + lookup + " have, " + cut(key.text) + " and " + cut(other.text) +
			"; have the application give them different names, or take a value that tells them apart")
	}
	return key, ""
}

func writeWord(s scalar, yes, no []string) (scalar, mistake) {
	words := no
	switch s.text {
	case "true":
		words = yes
	case "false":
	default:
		return s, "is neither true nor false"
	}
	if len(words) == 0 {
		return s, "has no word for " + mistake(s.text)
	}
	return textScalar(words[0]), ""
}

func writeDate(format string, s scalar) (scalar, mistake) {
	t, ok := parseDate(formatRFC3339, s.text)
	if !ok {
		return s, "is no date by RFC 3339"
	}
	text, number := formatDate(format, t)
	if number {
		return scalar{wire.KindNumber, text}, ""
	}
	return textScalar(text), ""
}
