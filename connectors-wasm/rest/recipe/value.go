package recipe

import (
	"strconv"
	"time"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// value is a node with its path.
type value struct {
	p    *parser
	n    *node
	path string
	// key is what keyOf returns for where v stands.
	key string
}

// field is a key that a map may have.
type field struct {
	name     string
	required bool
	read     func(value)
}

func (v value) wrong(message, cure string) { v.p.wrong(v.path, message, cure) }

// at returns the value of key, or false.
func (v value) at(key string) (value, bool) {
	if v.n.kind != wire.KindObject {
		return value{}, false
	}
	if i := indexOf(v.n.keys, key); i >= 0 {
		return value{v.p, v.n.items[i], Key(v.path, key), ""}, true
	}
	return value{}, false
}

// has says whether v is a map with this key.
func (v value) has(key string) bool {
	_, ok := v.at(key)
	return ok
}

// objectOrNull is object, for a map whose keys may all be left out.
func (v value) objectOrNull(shape string, fields ...field) bool {
	if v.n.kind == wire.KindNull {
		v.n = &node{kind: wire.KindObject}
	}
	return v.object(shape, fields...)
}

// object reads a map with these keys and no others.
func (v value) object(shape string, fields ...field) bool {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
		v.p.know(v.p.keyOf(shape, f.name), nil)
	}
	if v.n.kind != wire.KindObject {
		v.wrong("is "+v.n.is(), "write a map with "+listed(names))
		return false
	}
	for i, key := range v.n.keys {
		at := indexOf(names, key)
		member := value{v.p, v.n.items[i], Key(v.path, key), v.p.keyOf(shape, key)}
		switch {
		case at < 0:
			member.wrong("is no key here", nearest(key, names, "known here: "+listed(names)))
		case member.n.kind == wire.KindNull:
			member.wrong("is empty", "give it a value or leave the key out")
		default:
			fields[at].read(member)
		}
	}
	for _, f := range fields {
		if f.required && !v.has(f.name) {
			v.wrong(f.name+" is missing", "add it")
		}
	}
	return true
}

// keyOf names a key of the language, such as request.method, if anybody wants to
// know.
func (p *parser) keyOf(shape, key string) string {
	if p.known == nil {
		return ""
	}
	return shape + "." + key
}

func (p *parser) know(key string, words []string) {
	if p.known != nil && key != "" {
		p.known(key, words)
	}
}

// entries reads a map whose keys are names of the writer's choice.
func (v value) entries(read func(name string, v value)) {
	if v.n.kind != wire.KindObject {
		v.wrong("is "+v.n.is(), "write a map: a name, and what belongs to it")
		return
	}
	if len(v.n.items) > MaxItems {
		v.wrong("has "+number(len(v.n.items))+" keys", "the most is "+number(MaxItems))
		return
	}
	for i, key := range v.n.keys {
		read(key, value{v.p, v.n.items[i], Key(v.path, key), ""})
	}
}

// each reads a list that is not empty.
func (v value) each(read func(value)) {
	switch {
	case v.n.kind != wire.KindArray:
		v.wrong("is "+v.n.is(), "write a list, such as [a, b]")
	case len(v.n.items) == 0:
		v.wrong("is an empty list", "put something into it, or leave the key out")
	case len(v.n.items) > MaxItems:
		v.wrong("has "+number(len(v.n.items))+" items", "the most is "+number(MaxItems))
	default:
		for i, item := range v.n.items {
			read(value{v.p, item, Index(v.path, i), v.key})
		}
	}
}

// eachOrOne is each, where a single item may stand without a list around it.
func (v value) eachOrOne(read func(value)) {
	if v.n.kind == wire.KindArray {
		v.each(read)
		return
	}
	read(v)
}

// text reads text that is not empty; what is wrong leaves "".
func (v value) text() string {
	switch {
	case v.n.kind != wire.KindString:
		v.wrong("is "+v.n.is(), "write text; numbers, true and false need quotes")
	case v.n.text == "":
		v.wrong("is empty", "give it a value or leave the key out")
	default:
		return v.n.text
	}
	return ""
}

// loose reads text, or a number, true or false as they are written.
func (v value) loose() string {
	switch v.n.kind {
	case wire.KindString, wire.KindNumber, wire.KindBool:
		return v.n.text
	}
	v.wrong("is "+v.n.is(), "write a text, a number, true or false")
	return ""
}

// texts reads a list of texts, or one.
func (v value) texts() []string { return v.list(value.text) }

// looses reads a list of texts, numbers and truth values, or one.
func (v value) looses() []string { return v.list(value.loose) }

func (v value) list(read func(value) string) []string {
	var all []string
	v.eachOrOne(func(v value) {
		s := read(v)
		if s != "" && has(all, s) {
			v.wrong(shown(s)+" stands there twice", "keep one of the two")
			return
		}
		all = append(all, s)
	})
	return all
}

// name reads a word of letters, digits, hyphens and underscores.
func (v value) name() string {
	s := v.text()
	if s != "" && !isName(s) {
		v.wrong("is "+shown(s), "write letters, digits, hyphens and underscores")
	}
	return s
}

// word reads one of a few words, and returns its number.
func (v value) word(words []string) int {
	v.p.know(v.key, words)
	if v.n.kind == wire.KindString {
		if i := indexOf(words, v.n.text); i >= 0 && v.n.text != "" {
			return i
		}
		v.wrong("is "+shown(v.n.text), nearest(v.n.text, words, "write one of "+listed(present(words))))
		return 0
	}
	v.wrong("is "+v.n.is(), "write one of "+listed(present(words)))
	return 0
}

// present leaves out the empty words.
func present(words []string) []string {
	var all []string
	for _, w := range words {
		if w != "" {
			all = append(all, w)
		}
	}
	return all
}

func (v value) flag() bool {
	if v.n.kind != wire.KindBool {
		v.wrong("is "+v.n.is(), "write true or false")
	}
	return v.n.kind == wire.KindBool && v.n.text == "true"
}

// yes reads true.
func (v value) yes() bool {
	if v.n.kind != wire.KindBool || v.n.text != "true" {
		v.wrong("is something else than true", "write true, or leave the key out")
		return false
	}
	return true
}

// integer reads a whole number within bounds.
func (v value) integer(least, most int) int {
	cure := "write a whole number from " + number(least) + " to " + number(most)
	if least == most {
		cure = "write " + number(least)
	}
	if v.n.kind != wire.KindNumber {
		v.wrong("is "+v.n.is(), cure)
		return least
	}
	n, err := strconv.Atoi(v.n.text)
	if err != nil || n < least || n > most {
		v.wrong("is "+shown(v.n.text), cure)
		return least
	}
	return n
}

// duration reads 10s, 1m30s and the like.
func (v value) duration(most time.Duration) time.Duration {
	cure := "write a duration with its unit, such as 10s or 1m30s, at most " + most.String()
	if v.n.kind != wire.KindString {
		v.wrong("is "+v.n.is(), cure)
		return 0
	}
	d, err := time.ParseDuration(v.n.text)
	if err != nil || d <= 0 || d > most {
		v.wrong("is "+shown(v.n.text), cure)
		return 0
	}
	return d
}
