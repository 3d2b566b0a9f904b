package scim_test

import (
	"encoding/json"
	"strings"

	"pgregory.net/rapid"
)

// The generator of filters follows the ABNF of RFC 7644 section 3.4.2.2 and
// says of each filter what it means, so that the parser and the matcher can be
// held against it, and against other implementations.

// person is a user as the generators know it.
type person struct {
	UserName string  `json:"userName"`
	Title    string  `json:"title,omitempty"`
	Active   *bool   `json:"active,omitempty"`
	Name     *name   `json:"name,omitempty"`
	Emails   []email `json:"emails,omitempty"`
}

type name struct {
	FamilyName string `json:"familyName,omitempty"`
	GivenName  string `json:"givenName,omitempty"`
}

type email struct {
	Value   string `json:"value,omitempty"`
	Type    string `json:"type,omitempty"`
	Primary *bool  `json:"primary,omitempty"`
}

func (p person) json() string {
	p.Name = p.nameOrNil()
	return string(mustJSON(p))
}

func (p person) nameOrNil() *name {
	if p.Name == nil || *p.Name == (name{}) {
		return nil
	}
	return p.Name
}

var words = []string{"a", "B", "ab", "aB", "work", "Home", "b c", "x\"y", "back\\slash", "ä", "1", "true"}

func drawWord() *rapid.Generator[string] { return rapid.SampledFrom(words) }

func drawBool() *rapid.Generator[*bool] {
	yes, no := true, false
	return rapid.SampledFrom([]*bool{nil, &yes, &no})
}

func drawMaybe() *rapid.Generator[string] { return rapid.SampledFrom(append([]string{""}, words...)) }

func drawEmail() *rapid.Generator[email] {
	return rapid.Custom(func(t *rapid.T) email {
		return email{Value: drawWord().Draw(t, "value"), Type: drawMaybe().Draw(t, "type")}
	})
}

func drawPerson() *rapid.Generator[person] {
	return rapid.Custom(func(t *rapid.T) person {
		p := person{UserName: drawWord().Draw(t, "userName"), Title: drawMaybe().Draw(t, "title"), Active: drawBool().Draw(t, "active")}
		p.Name = &name{FamilyName: drawMaybe().Draw(t, "familyName"), GivenName: drawMaybe().Draw(t, "givenName")}
		p.Name = p.nameOrNil()
		same := func(e email) string { return strings.ToLower(e.Value) } // no value twice
		p.Emails = rapid.SliceOfNDistinct(drawEmail(), 0, 3, same).Draw(t, "emails")
		if i := rapid.IntRange(-1, len(p.Emails)-1).Draw(t, "primary"); i >= 0 {
			yes := true
			p.Emails[i].Primary = &yes
		}
		return p
	})
}

// meaning is a filter and what it means for a person; within brackets, for one e-mail.
type meaning[T any] struct {
	text  string
	holds func(T) bool
}

// field is an attribute and its values: strings without regard to case, or booleans.
type field[T any] struct {
	path    string
	boolean bool
	values  func(T) []string
}

// grammar is what a generator of filters draws from.
type grammar[T any] struct {
	fields []field[T]
	words  []string // to compare with
	// within draws value paths; nil for none.
	within *rapid.Generator[meaning[T]]
	// plain leaves out what is right by the ABNF but that others are known to
	// read differently: keywords in other cases, "not" within "not".
	plain bool
}

func present(list ...string) []string {
	var found []string
	for _, s := range list {
		if s != "" {
			found = append(found, s)
		}
	}
	return found
}

func boolText(b *bool) string {
	if b == nil {
		return ""
	}
	return string(mustJSON(*b))
}

var personFields = []field[person]{
	{"userName", false, func(p person) []string { return present(p.UserName) }},
	{"urn:ietf:params:scim:schemas:core:2.0:User:userName", false, func(p person) []string { return present(p.UserName) }},
	{"title", false, func(p person) []string { return present(p.Title) }},
	{"active", true, func(p person) []string { return present(boolText(p.Active)) }},
	{"name.familyName", false, func(p person) []string {
		if p.Name == nil {
			return nil
		}
		return present(p.Name.FamilyName)
	}},
	{"emails.value", false, func(p person) (all []string) {
		for _, e := range p.Emails {
			all = append(all, present(e.Value)...)
		}
		return all
	}},
	{"emails.type", false, func(p person) (all []string) {
		for _, e := range p.Emails {
			all = append(all, present(e.Type)...)
		}
		return all
	}},
}

var emailFields = []field[email]{
	{"value", false, func(e email) []string { return present(e.Value) }},
	{"type", false, func(e email) []string { return present(e.Type) }},
	{"primary", true, func(e email) []string { return present(boolText(e.Primary)) }},
}

// anyCase writes a word of the grammar in a case of its own.
func (g grammar[T]) anyCase(t *rapid.T, word string) string {
	if g.plain {
		return word
	}
	return anyCase(t, word)
}

func anyCase(t *rapid.T, word string) string {
	switch rapid.IntRange(0, 5).Draw(t, "case") {
	case 0:
		return strings.ToUpper(word)
	case 1:
		return strings.ToLower(word)
	}
	return word
}

// comparison is attrExp.
func (g grammar[T]) comparison() *rapid.Generator[meaning[T]] {
	return rapid.Custom(func(t *rapid.T) meaning[T] {
		f := rapid.SampledFrom(g.fields).Draw(t, "field")
		path := g.anyCase(t, f.path)
		ops := []string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}
		value := rapid.SampledFrom(g.words).Draw(t, "value")
		if f.boolean {
			ops = []string{"eq", "ne", "pr"}
			value = rapid.SampledFrom([]string{"true", "false"}).Draw(t, "value")
		}
		op := rapid.SampledFrom(ops).Draw(t, "operator")
		if op == "pr" {
			return meaning[T]{path + " " + g.anyCase(t, "pr"), func(v T) bool { return len(f.values(v)) > 0 }}
		}
		literal := value
		if !f.boolean {
			b, _ := json.Marshal(value)
			literal = string(b)
		}
		return meaning[T]{path + " " + g.anyCase(t, op) + " " + literal, func(v T) bool { return compareAny(f.values(v), op, value) }}
	})
}

func compareAny(values []string, op, want string) bool {
	if op == "ne" && len(values) == 0 {
		return true
	}
	want = strings.ToLower(want)
	for _, v := range values {
		if compareOne(strings.ToLower(v), op, want) {
			return true
		}
	}
	return false
}

func compareOne(have, op, want string) bool {
	switch op {
	case "eq":
		return have == want
	case "ne":
		return have != want
	case "co":
		return strings.Contains(have, want)
	case "sw":
		return strings.HasPrefix(have, want)
	case "ew":
		return strings.HasSuffix(have, want)
	case "gt":
		return have > want
	case "ge":
		return have >= want
	case "lt":
		return have < want
	}
	return have <= want
}

// filter is FILTER, or valFilter within brackets, nested up to depth.
func (g grammar[T]) filter(depth int) *rapid.Generator[meaning[T]] {
	return rapid.Custom(func(t *rapid.T) meaning[T] {
		kind := rapid.IntRange(0, 6).Draw(t, "kind")
		if depth == 0 {
			kind = 0
		}
		inner := func(label string) meaning[T] { return g.filter(depth-1).Draw(t, label) }
		switch kind {
		case 1, 2:
			a, b := inner("left"), inner("right")
			return and(g.group(a), g.group(b), g.anyCase(t, "and"))
		case 3:
			a, b := inner("left"), inner("right")
			return or(g.group(a), g.group(b), g.anyCase(t, "or"))
		case 4:
			return g.not(t, inner)
		case 5:
			return g.precedence(t)
		case 6:
			if g.within != nil {
				return g.within.Draw(t, "within")
			}
		}
		return g.comparison().Draw(t, "comparison")
	})
}

func (g grammar[T]) not(t *rapid.T, inner func(string) meaning[T]) meaning[T] {
	a := inner("negated")
	if g.plain {
		a = g.comparison().Draw(t, "negated")
	}
	space := rapid.SampledFrom([]string{"", " "}).Draw(t, "space")
	return meaning[T]{g.anyCase(t, "not") + space + "(" + a.text + ")", func(v T) bool { return !a.holds(v) }}
}

// group puts parentheses around a filter, when plain only where they are needed.
func (g grammar[T]) group(m meaning[T]) meaning[T] {
	if g.plain && !strings.Contains(m.text, " and ") && !strings.Contains(m.text, " or ") {
		return m
	}
	return meaning[T]{"(" + m.text + ")", m.holds}
}

func and[T any](a, b meaning[T], word string) meaning[T] {
	return meaning[T]{a.text + " " + word + " " + b.text, func(v T) bool { return a.holds(v) && b.holds(v) }}
}

func or[T any](a, b meaning[T], word string) meaning[T] {
	return meaning[T]{a.text + " " + word + " " + b.text, func(v T) bool { return a.holds(v) || b.holds(v) }}
}

// precedence joins three comparisons without parentheses: and binds before or.
func (g grammar[T]) precedence(t *rapid.T) meaning[T] {
	c := g.comparison()
	x, y, z := c.Draw(t, "x"), c.Draw(t, "y"), c.Draw(t, "z")
	if rapid.Bool().Draw(t, "and first") {
		return or(and(x, y, "and"), z, "or")
	}
	return or(x, and(y, z, "and"), "or")
}

// drawValuePath is valuePath.
func drawValuePath(inner *rapid.Generator[meaning[email]]) *rapid.Generator[meaning[person]] {
	return rapid.Custom(func(t *rapid.T) meaning[person] {
		m := inner.Draw(t, "inner")
		return meaning[person]{"emails[" + m.text + "]", func(p person) bool {
			for _, e := range p.Emails {
				if m.holds(e) {
					return true
				}
			}
			return false
		}}
	})
}

func drawUserFilter() *rapid.Generator[meaning[person]] {
	inside := grammar[email]{fields: emailFields, words: words}
	g := grammar[person]{fields: personFields, words: words, within: drawValuePath(inside.filter(1))}
	return g.filter(3)
}
