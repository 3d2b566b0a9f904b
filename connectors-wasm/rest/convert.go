package rest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// mistake is what is wrong with a value. It never shows the value.
type mistake string

// converter applies conversions, with the lookups that were read.
type converter struct {
	lookups map[string]*table
	// missed is a lookup that was wanted and not read yet.
	missed string
}

// read applies an attribute's conversions as they read. It may change the items of v.
func (c *converter) read(all []recipe.Conversion, v value) (value, mistake) {
	for i := range all {
		var wrong mistake
		if v, wrong = c.readOne(&all[i], v); wrong != "" {
			return v, wrong
		}
	}
	return v, ""
}

func (c *converter) readOne(k *recipe.Conversion, v value) (value, mistake) {
	switch k.Kind {
	case recipe.Split:
		return splitValue(v, k.Text), ""
	case recipe.Join:
		return joinValue(v, k.Text), ""
	case recipe.Default:
		if !v.there() {
			v = one(textScalar(k.Text))
		}
		return v, ""
	}
	out := value{list: v.list, items: v.items[:0]}
	for _, s := range v.items {
		s, wrong := c.readScalar(k, s)
		if wrong != "" {
			return v, wrong
		}
		if s.kind != wire.KindNull {
			out.items = append(out.items, s)
		}
	}
	return out, ""
}

func (c *converter) readScalar(k *recipe.Conversion, s scalar) (scalar, mistake) {
	switch k.Kind {
	case recipe.Lower:
		return textScalar(strings.ToLower(s.text)), ""
	case recipe.Upper:
		return textScalar(strings.ToUpper(s.text)), ""
	case recipe.Trim:
		return textScalar(strings.TrimSpace(s.text)), ""
	case recipe.Words:
		return readWord(k, s)
	case recipe.Table:
		return readTable(k, s)
	case recipe.Date:
		if s.text == "" || isNever(k.Text, s.text) {
			return scalar{kind: wire.KindNull}, ""
		}
		t, ok := parseDate(k.Text, s.text)
		if !ok {
			return s, mistake("is no date of the form " + k.Text)
		}
		text, _ := formatDate(formatRFC3339, t)
		return textScalar(text), ""
	case recipe.LookupTable:
		if s.text == "" {
			return scalar{kind: wire.KindNull}, ""
		}
		name, ok := c.table(k.Text).name(s)
		if !ok {
			return s, mistake("is a key that the lookup " + k.Text + " has not")
		}
		if name == "" {
			return s, mistake("is a key for which the lookup " + k.Text + " has nothing at its value")
		}
		return textScalar(name), ""
	case recipe.Wrap:
		return memberOf(s, k.Text)
	case recipe.Not:
		return negated(s)
	case recipe.Nothing:
		if slices.Contains(k.Nothings, s.text) {
			return scalar{kind: wire.KindNull}, ""
		}
	}
	return s, ""
}

func readWord(k *recipe.Conversion, s scalar) (scalar, mistake) {
	switch {
	case slices.Contains(k.True, s.text):
		return boolScalar(true), ""
	case slices.Contains(k.False, s.text):
		return boolScalar(false), ""
	case s.text == "":
		return scalar{kind: wire.KindNull}, ""
	case len(k.True) == 0 || len(k.False) == 0:
		return boolScalar(len(k.True) == 0), ""
	}
	return s, "is none of the words for true and false"
}

func readTable(k *recipe.Conversion, s scalar) (scalar, mistake) {
	for _, p := range k.Pairs {
		if p.Target == s.text {
			return textScalar(p.Ours), ""
		}
	}
	if k.HasElse {
		return textScalar(k.Else), ""
	}
	return s, "is a word that the table has not"
}

// memberOf returns a member of an object, null without it.
func memberOf(s scalar, name string) (scalar, mistake) {
	if s.kind != wire.KindObject {
		return s, "is no object, and " + mistake(name) + " is wanted of it"
	}
	r := wire.NewReader(s.text)
	for r.Object(); r.NextKey(); {
		if r.Key() == name {
			return readScalar(r), ""
		}
		r.Skip()
	}
	return scalar{kind: wire.KindNull}, ""
}

func negated(s scalar) (scalar, mistake) {
	b, err := strconv.ParseBool(s.text)
	if err != nil {
		return s, "is neither true nor false"
	}
	return boolScalar(!b), ""
}

// splitValue makes a list of texts; what is empty is no item.
func splitValue(v value, by string) value {
	out := value{list: true}
	for _, s := range v.items {
		for part := range strings.SplitSeq(s.text, by) {
			if part != "" {
				out.items = append(out.items, textScalar(part))
			}
		}
	}
	return out
}

func joinValue(v value, by string) value {
	if !v.there() {
		return value{}
	}
	texts := make([]string, len(v.items))
	for i := range v.items {
		texts[i] = v.items[i].text
	}
	return one(textScalar(strings.Join(texts, by)))
}
