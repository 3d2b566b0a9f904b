package recipe

import (
	"slices"
	"strings"
)

// Unsent tells of attributes that may be written and that no step of create or
// update sends: a change of such a one would be lost, and nobody would know. Such a
// recipe can be followed, so Parse takes it; who writes one is to be told.
func Unsent(r *Recipe) []Problem {
	c := checker{parser: &parser{}, r: r}
	if r.Create != nil {
		c.unsent(r.Create, inCreate)
	}
	if r.Update != nil {
		c.unsent(r.Update, inUpdate)
	}
	return c.problems
}

func (c *checker) unsent(o *Operation, kind opKind) {
	for i := range c.r.Attributes {
		a := &c.r.Attributes[i]
		if a.Access == ReadOnly || kind == inUpdate && (a.Access == CreateOnly || a.Name == c.r.Anchor) {
			continue
		}
		values := make(map[string]bool)
		switch sent := c.sent(o, kind, a, values); {
		case sent, len(values) > 1, len(values) == 1 && (kind == inCreate || a.Type != Boolean):
		case len(values) == 1:
			c.wrong(a.Path, "no step of update is taken when it becomes "+other(values), "add one: when: {is: {"+a.Name+": "+other(values)+"}}")
		case kind == inCreate:
			c.wrong(a.Path, "no step of create gives it to a new object", "put it into a step, or write access: read")
		default:
			c.wrong(a.Path, "no step of update sends it if it alone changes",
				"put it into a step, and into its when: changed; or write access: create or read")
		}
	}
}

// other is the truth value that is not there.
func other(values map[string]bool) string {
	if values["true"] {
		return "false"
	}
	return "true"
}

// sent says whether a step sends an attribute, whatever its value is, or else adds
// the values for which steps are taken.
func (c *checker) sent(o *Operation, kind opKind, a *Attribute, values map[string]bool) bool {
	for i := range o.Steps {
		s := &o.Steps[i]
		if s.When.speaksOf(a.Name, values) || s.Each != nil && s.Each.Attribute == a.Name {
			return true
		}
		if s.When.comparesWith(a.Name) || kind == inUpdate && c.r.ExportType == AttributeReplace && s.When != nil && len(s.When.Changed) > 0 {
			continue // the step is left out for other values, or if only this attribute changes
		}
		if s.Request.sends(a, a.Name == c.r.Anchor) {
			return true
		}
	}
	return false
}

// About says whether a step that is taken has to do with an attribute: it sends it, is
// repeated for it, or is taken because of its new value alone. What is in not, or stands
// beside a condition on another attribute, may well be about that one.
func (s *Step) About(a *Attribute) bool {
	return s.When.because(a.Name) || s.Each != nil && s.Each.Attribute == a.Name || s.Request.sends(a, false)
}

// Asks says whether the step's condition looks at an attribute's new value.
func (s *Step) Asks(a *Attribute) bool { return s.When.names(a.Name) }

// because says whether a condition that holds does so for the new value of one
// attribute, or of one of several in changed or any, and asks for no other besides.
func (d *Condition) because(name string) bool {
	if d == nil || d.Not.besides(name) || len(d.Changed) > 0 && !has(d.Changed, name) || slices.ContainsFunc(d.Is, otherThan(name)) ||
		slices.ContainsFunc(d.Has, func(ref []string) bool { return isNew(ref) && ref[1] != name }) {
		return false
	}
	spoken := len(d.Changed) > 0 || len(d.Is) > 0 || slices.ContainsFunc(d.Has, isNew)
	besides := func(d Condition) bool { return d.besides(name) }
	if slices.ContainsFunc(d.Any, func(d Condition) bool { return d.because(name) }) {
		spoken = true
	} else if slices.ContainsFunc(d.Any, besides) {
		return false
	}
	for i := range d.All {
		if d.All[i].because(name) {
			spoken = true
		} else if d.All[i].besides(name) {
			return false
		}
	}
	return spoken
}

// besides says whether a condition looks at the new value of another attribute.
func (d *Condition) besides(name string) bool {
	if d == nil {
		return false
	}
	inside := func(d Condition) bool { return d.besides(name) }
	return slices.ContainsFunc(d.Changed, func(other string) bool { return other != name }) || slices.ContainsFunc(d.Is, otherThan(name)) ||
		slices.ContainsFunc(d.Has, func(ref []string) bool { return isNew(ref) && ref[1] != name }) ||
		d.Not.besides(name) || slices.ContainsFunc(d.Any, inside) || slices.ContainsFunc(d.All, inside)
}

func otherThan(name string) func(Pair2) bool { return func(p Pair2) bool { return p.Name != name } }

// isNew says whether a reference is to an attribute's new value.
func isNew(ref []string) bool { return len(ref) == 2 && ref[0] == "attr" }

// names says whether a condition looks at an attribute's new value.
func (d *Condition) names(name string) bool {
	if d == nil {
		return false
	}
	inside := func(d Condition) bool { return d.names(name) }
	return has(d.Changed, name) || d.comparesWith(name) || d.Not.names(name) ||
		slices.ContainsFunc(d.Has, func(ref []string) bool { return isNew(ref) && ref[1] == name }) ||
		slices.ContainsFunc(d.Any, inside) || slices.ContainsFunc(d.All, inside)
}

func (d *Condition) comparesWith(name string) bool {
	return d != nil && slices.ContainsFunc(d.Is, func(p Pair2) bool { return p.Name == name })
}

// speaksOf says whether the condition holds whatever an attribute changes to, as far
// as that attribute is concerned, and adds the values with which it compares it.
func (d *Condition) speaksOf(name string, values map[string]bool) bool {
	if d == nil {
		return false
	}
	if has(d.Changed, name) && !d.comparesWith(name) {
		return true
	}
	for i := range d.Is {
		if d.Is[i].Name == name {
			values[d.Is[i].Value] = true
		}
	}
	for _, ref := range d.Has {
		if isNew(ref) && ref[1] == name {
			return true
		}
	}
	if d.Not.speaksOf(name, make(map[string]bool)) || d.Not.comparesWith(name) {
		return true
	}
	spoken := false
	for _, conditions := range [][]Condition{d.Any, d.All} {
		for i := range conditions {
			spoken = conditions[i].speaksOf(name, values) || spoken
		}
	}
	return spoken
}

// SendsPassword says whether the new password is in the request.
func (r *Request) SendsPassword() bool {
	holds := func(t Template) bool {
		return slices.ContainsFunc(t, func(p Piece) bool { return len(p.Ref) > 0 && p.Ref[0] == "password" })
	}
	return r.refers(holds) || r.JSON != nil && r.JSON.refers(holds)
}

// refers says whether a template of the request besides those of its JSON holds what
// is looked for.
func (r *Request) refers(holds func(Template) bool) bool {
	if holds(r.Path) || holds(r.Body) {
		return true
	}
	for _, fields := range [][]TemplateField{r.Query, r.Headers, r.Form} {
		if slices.ContainsFunc(fields, func(f TemplateField) bool { return holds(f.Value) }) {
			return true
		}
	}
	return false
}

// refers says whether a template of the body holds what is looked for.
func (b *Body) refers(holds func(Template) bool) bool {
	return holds(b.Template) ||
		slices.ContainsFunc(b.Items, func(b Body) bool { return b.refers(holds) }) ||
		slices.ContainsFunc(b.Members, func(m Member) bool { return m.Value.refers(holds) })
}

// Sends says whether an attribute's new value is in the request.
func (r *Request) Sends(a *Attribute) bool { return r.sends(a, false) }

// sends says whether an attribute's new value is in the request, or that of the anchor.
func (r *Request) sends(a *Attribute, anchor bool) bool {
	holds := func(t Template) bool {
		for _, piece := range t {
			if ref := strings.Join(piece.Ref, "."); ref == "attr."+a.Name || anchor && ref == "anchor" {
				return true
			}
		}
		return false
	}
	if r.refers(holds) {
		return true
	}
	return r.JSON != nil && r.JSON.sends(a, holds) || r.FormSpread != nil && r.formBody().sends(a, holds)
}

// formBody is the form as an object.
func (r *Request) formBody() *Body {
	b := &Body{Members: []Member{*r.FormSpread}}
	for _, f := range r.Form {
		b.Members = append(b.Members, Member{Name: f.Name, Value: Body{Kind: BodyText, Template: f.Value}})
	}
	return b
}

// FormKey returns the key of a form at which a spread puts what names lead to:
// profile[first] for a member of a member.
func FormKey(names []string) string {
	key := names[0]
	for _, name := range names[1:] {
		key += "[" + name + "]"
	}
	return key
}

func (b *Body) sends(a *Attribute, holds func(Template) bool) bool {
	if holds(b.Template) {
		return true
	}
	for i := range b.Items {
		if b.Items[i].sends(a, holds) {
			return true
		}
	}
	for i := range b.Members {
		m := &b.Members[i]
		spread := has(m.Spread, "attributes") || has(m.Spread, "changed")
		if spread && len(a.Write) > 0 && !has(m.Omit, a.Write[0]) && !b.overrides(a.Write[0]) || m.Spread == nil && m.Value.sends(a, holds) {
			return true
		}
	}
	return false
}

// overrides says whether a named member always stands where a spread puts one: a
// reference alone may find nothing, and leave the place to it.
func (b *Body) overrides(name string) bool {
	return slices.ContainsFunc(b.Members, func(m Member) bool {
		return m.Spread == nil && m.Name == name && m.Value.Template.Whole() == nil
	})
}
