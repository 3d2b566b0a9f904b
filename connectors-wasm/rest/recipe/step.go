package recipe

import (
	"strconv"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// operation reads a list of steps, or {readFirst: …, steps: […]}.
func (v value) operation() *Operation {
	o := &Operation{At: v.path}
	steps := func(v value) { v.each(func(v value) { o.Steps = append(o.Steps, v.step()) }) }
	switch {
	case v.n.kind == wire.KindArray:
		steps(v)
	case v.has("request"):
		v.wrong("is one step", "write a list of steps: - request: …")
	default:
		v.object("operation",
			field{"readFirst", false, func(v value) { o.ReadFirst = v.flag() }},
			field{"steps", true, steps},
		)
	}
	return o
}

func (v value) step() Step {
	s := Step{At: v.path}
	v.object("step",
		field{"when", false, func(v value) { s.When = v.condition() }},
		field{"each", false, func(v value) { s.Each = v.repeat() }},
		field{"request", true, func(v value) { s.Request = v.request() }},
		field{"expect", false, func(v value) { s.Expect = v.statuses() }},
		field{"capture", false, func(v value) { s.Capture = v.captures() }},
		field{"onError", false, func(v value) { s.OnError = v.errorRules() }},
	)
	return s
}

// test reads a step without conditions.
func (v value) test() *Step {
	s := &Step{At: v.path}
	v.object("test",
		field{"request", true, func(v value) { s.Request = v.request() }},
		field{"expect", false, func(v value) { s.Expect = v.statuses() }},
		field{"onError", false, func(v value) { s.OnError = v.errorRules() }},
	)
	return s
}

func (v value) repeat() *Each {
	e := &Each{}
	n := 0
	read := func(flag *bool) func(value) {
		return func(v value) {
			e.Attribute = v.text()
			n++
			if flag != nil {
				*flag = true
			}
		}
	}
	ok := v.object("each",
		field{"of", false, read(nil)},
		field{"added", false, read(&e.Added)},
		field{"removed", false, read(&e.Removed)},
	)
	if ok && n != 1 {
		v.wrong("names "+number(n)+" attributes", "write exactly one of of, added and removed")
	}
	return e
}

func (v value) captures() []Capture {
	var all []Capture
	v.entries(func(name string, v value) {
		c := Capture{Name: name}
		v.checkName(name)
		c.Value, c.Header = v.pathOrHeader("capture")
		all = append(all, c)
	})
	return all
}

// pathOrHeader reads where in an answer something is: a path, or {header: NAME}.
func (v value) pathOrHeader(shape string) (path, header string) {
	if v.n.kind != wire.KindObject {
		return v.valuePath(), ""
	}
	v.object(shape, field{"header", true, func(v value) { header = v.headerName() }})
	return "", header
}

func (v value) condition() *Condition {
	c := &Condition{}
	ok := v.object("condition",
		field{"changed", false, func(v value) { c.Changed = v.texts() }},
		field{"is", false, func(v value) { c.Is = v.attributeValues() }},
		field{"was", false, func(v value) { c.Was = v.attributeValues() }},
		field{"has", false, func(v value) { v.eachOrOne(func(v value) { c.Has = append(c.Has, v.reference()) }) }},
		field{"not", false, func(v value) { c.Not = v.condition() }},
		field{"any", false, func(v value) { v.each(func(v value) { c.Any = append(c.Any, *v.condition()) }) }},
		field{"all", false, func(v value) { v.each(func(v value) { c.All = append(c.All, *v.condition()) }) }},
	)
	if ok && len(v.n.keys) == 0 {
		v.wrong("is empty", "say when the step is taken, or leave when out")
	}
	return c
}

// reference reads a reference without braces and pipes.
func (v value) reference() []string {
	s := v.text()
	if s == "" {
		return nil
	}
	ref, m := parseRef(s)
	if m != nil {
		v.wrong(m.message, m.cure)
	}
	return ref
}

// attributeValues reads attributes and the text of their values; null is none.
func (v value) attributeValues() []Pair2 {
	var all []Pair2
	v.entries(func(name string, v value) {
		if v.n.kind == wire.KindNull {
			all = append(all, Pair2{Name: name, Absent: true})
			return
		}
		all = append(all, Pair2{Name: name, Value: v.loose()})
	})
	return all
}

// statuses reads one or many of 404, 2xx and 400-499.
func (v value) statuses() []StatusRange {
	var all []StatusRange
	v.eachOrOne(func(v value) {
		s := v.loose()
		if s == "" && v.n.kind != wire.KindString {
			return // told already
		}
		r, ok := statusRange(s)
		if !ok {
			v.wrong("is "+shown(s)+", no status", "write a status such as 404, a class such as 4xx, or a range such as 400-499")
		}
		all = append(all, r)
	})
	return all
}

func statusRange(s string) (StatusRange, bool) {
	switch {
	case len(s) == 3 && s[1:] == "xx" && s[0] >= '1' && s[0] <= '5':
		from := int(s[0]-'0') * 100
		return StatusRange{from, from + 99}, true
	case len(s) == 3:
		n, ok := status(s)
		return StatusRange{n, n}, ok
	case len(s) == 7 && s[3] == '-':
		from, okFrom := status(s[:3])
		to, okTo := status(s[4:])
		return StatusRange{from, to}, okFrom && okTo && from <= to
	}
	return StatusRange{}, false
}

func status(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 100 && n <= 599
}

// Holds says whether one of the ranges holds the status.
func Holds(ranges []StatusRange, status int) bool {
	for _, r := range ranges {
		if status >= r.From && status <= r.To {
			return true
		}
	}
	return false
}

// thens are the words of rules that are no ECMA error.
var thens = []string{"ok", "gone", "exists", "retry"}

func (v value) errorRules() []ErrorRule {
	var all []ErrorRule
	v.each(func(v value) { all = append(all, v.errorRule()) })
	return all
}

func (v value) errorRule() ErrorRule {
	r := ErrorRule{At: v.path}
	ok := v.object("error",
		field{"status", false, func(v value) { r.Status = v.statuses() }},
		field{"body", false, func(v value) { r.Body = v.text() }},
		field{"value", false, func(v value) { r.Value = v.valuePath() }},
		field{"is", false, func(v value) { r.Is, r.HasIs = v.loose(), true }},
		field{"present", false, func(v value) { r.Present = v.yes() }},
		field{"then", true, func(v value) { r.Then = v.then() }},
		field{"message", false, func(v value) { r.Message = v.valuePath() }},
	)
	switch {
	case !ok:
	case !v.has("status") && !v.has("body") && !v.has("value"):
		v.wrong("holds for every answer", "add status, body or value")
	case (v.has("is") || v.has("present")) && !v.has("value"):
		v.wrong("compares nothing", "add value: PATH, what in the answer is compared")
	case v.has("value") && !v.has("is") && !v.has("present"):
		v.wrong("does not say what the value must be", "add present: true, or is: VALUE")
	case v.has("is") && v.has("present"):
		v.wrong("has is and present", "keep one of the two")
	}
	return r
}

func (v value) then() string {
	words := thenWords()
	v.p.know(v.key, words)
	s := v.text()
	if s != "" && !has(words, s) {
		v.wrong("is "+shown(s), nearest(s, words, "write "+listed(thens)+", or the name of an error, such as EntryExport"))
		return ""
	}
	return s
}

// thenWords are all words of then: a connector raises no error of the host's.
func thenWords() []string {
	words := append([]string(nil), thens...)
	for _, c := range abi.Codes() {
		if c.FromGuest() {
			words = append(words, c.String())
		}
	}
	return words
}
