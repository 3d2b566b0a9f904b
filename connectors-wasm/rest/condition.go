package rest

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// holds says whether a condition holds; nil always does.
func (w *work) holds(c *recipe.Condition) bool {
	if c == nil {
		return true
	}
	if len(c.Changed) > 0 && !slices.ContainsFunc(c.Changed, w.changes) {
		return false
	}
	for i := range c.Is {
		if !w.becomes(&c.Is[i]) {
			return false
		}
	}
	for i := range c.Was {
		if !isValue(&c.Was[i], w.before(c.Was[i].Name)) {
			return false
		}
	}
	s := w.scope("")
	for _, ref := range c.Has {
		if v := s.ref(ref); !v.there() {
			return false
		}
	}
	return w.holdAll(c)
}

// holdAll judges the conditions inside of one.
func (w *work) holdAll(c *recipe.Condition) bool {
	if c.Not != nil && w.holds(c.Not) {
		return false
	}
	for i := range c.All {
		if !w.holds(&c.All[i]) {
			return false
		}
	}
	for i := range c.Any {
		if w.holds(&c.Any[i]) {
			return true
		}
	}
	return len(c.Any) == 0
}

// changes says whether the change sets an attribute.
func (w *work) changes(name string) bool {
	values, set := w.values(name)
	return set && (len(values) > 0 || !w.creates())
}

// becomes says whether the change gives an attribute this value: one that it leaves
// as it is does not become anything.
func (w *work) becomes(p *recipe.Pair2) bool {
	values, set := w.values(p.Name)
	return (set || w.creates()) && isValue(p, values)
}

func isValue(p *recipe.Pair2, values []abi.Value) bool {
	if p.Absent {
		return len(values) == 0
	}
	return slices.ContainsFunc(values, func(v abi.Value) bool { return v.Text() == p.Value })
}

// eachValue returns the values for which a step is repeated, each once. A delete takes
// all values away.
func (w *work) eachValue(e *recipe.Each) []abi.Value {
	values, set := w.values(e.Attribute)
	if w.name == "delete" && e.Removed {
		return without(w.before(e.Attribute), nil)
	}
	if !set {
		return nil
	}
	before := w.before(e.Attribute)
	switch {
	case e.Added:
		return without(values, before)
	case e.Removed:
		return without(before, values)
	}
	return without(values, nil)
}

// without returns the values that are not among others, each once.
func without(values, others []abi.Value) (left []abi.Value) {
	for _, v := range values {
		if !slices.Contains(others, v) && !slices.Contains(left, v) {
			left = append(left, v)
		}
	}
	return left
}

// readsFirst says whether an operation needs the object as it is before.
func readsFirst(op *recipe.Operation) bool {
	if op.ReadFirst {
		return true
	}
	for i := range op.Steps {
		s := &op.Steps[i]
		if s.Each != nil && (s.Each.Added || s.Each.Removed) || looksBack(s.When) || refersBack(&s.Request) {
			return true
		}
	}
	return false
}

func looksBack(c *recipe.Condition) bool {
	if c == nil {
		return false
	}
	back := func(c recipe.Condition) bool { return looksBack(&c) }
	refers := func(ref []string) bool { return ref[0] == "old" || ref[0] == "current" }
	return len(c.Was) > 0 || slices.ContainsFunc(c.Has, refers) || looksBack(c.Not) ||
		slices.ContainsFunc(c.Any, back) || slices.ContainsFunc(c.All, back)
}

// refersBack says whether a request holds anything of the object as it was.
func refersBack(q *recipe.Request) bool { return refersTo(q, "old", "current") }

// refersTo says whether a request has a reference, or a spread, that one of words begins.
func refersTo(q *recipe.Request, words ...string) bool {
	there := false
	among := func(word string) bool { return slices.Contains(words, word) }
	eachTemplate(q, func(t recipe.Template) {
		for i := range t {
			there = there || len(t[i].Ref) > 0 && among(t[i].Ref[0])
		}
	})
	if q.JSON != nil {
		eachBody(q.JSON, func(b *recipe.Body) {
			for i := range b.Members {
				there = there || slices.ContainsFunc(b.Members[i].Spread, among)
			}
		})
	}
	return there || q.FormSpread != nil && slices.ContainsFunc(q.FormSpread.Spread, among)
}
