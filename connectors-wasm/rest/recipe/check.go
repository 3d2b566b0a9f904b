package recipe

import (
	"slices"
	"strings"
)

// check tells what does not fit together in a recipe whose every part can be read,
// and settles what follows from it.
func (p *parser) check(r *Recipe) {
	c := checker{parser: p, r: r}
	c.attributes()
	c.reading()
	c.wanted()
	for _, o := range []struct {
		kind opKind
		op   *Operation
	}{
		{inCreate, r.Create}, {inUpdate, r.Update}, {inDelete, r.Delete}, {inSetPassword, r.SetPassword}, {inChangePassword, r.ChangePassword},
	} {
		if o.op != nil {
			c.operation(o.op, o.kind)
		}
	}
	c.items()
	if len(r.Import) == 0 && r.Create == nil && r.Update == nil && r.Delete == nil && r.SetPassword == nil && r.ChangePassword == nil {
		p.wrong("", "the recipe neither imports nor writes", "add import, or one of create, update, delete, setPassword and changePassword")
	}
	for i := range r.Targets {
		if r.Targets[i].Name == r.Target {
			return
		}
	}
	if len(r.Targets) > 0 && c.targetUsed {
		r.Targets = append(r.Targets, Target{Name: r.Target})
	} else if len(r.Targets) == 0 {
		r.Targets = []Target{{Name: r.Target}}
	}
}

// items refuses attributes that a spread would write into an item of a list in JSON: a
// body gets members alone, so that the list would be lost.
func (c *checker) items() {
	for i := range c.r.Attributes {
		a := &c.r.Attributes[i]
		if len(a.Write) < 2 || !slices.ContainsFunc(a.Write[1:], isNumber) {
			continue
		}
		for _, o := range []*Operation{c.r.Create, c.r.Update} {
			if o != nil && slices.ContainsFunc(o.Steps, func(s Step) bool {
				return s.Request.JSON != nil && s.Request.JSON.sends(a, func(Template) bool { return false })
			}) {
				c.wrong(Key(a.Path, "write"), "names an item of a list, and JSON would get a member called by its number in the place of the list",
					"take the whole list (multi: true, read and write it, convert: {wrap: value}), or write: none and a step whose json has it: [{value: \"{attr."+a.Name+"}\"}]")
				break
			}
		}
	}
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// checker checks one recipe.
type checker struct {
	*parser
	r *Recipe
	// targetUsed: a request goes to the recipe's target.
	targetUsed bool
}

// attribute returns the attribute that path names, or tells that there is none.
func (c *checker) attribute(path, name string) *Attribute {
	if a := c.r.Attribute(name); a != nil {
		return a
	}
	c.wrong(path, "there is no attribute "+shown(name), nearest(name, c.attributeNames(), "declare it under attributes"))
	return nil
}

func (c *checker) attributeNames() []string {
	names := make([]string, len(c.r.Attributes))
	for i := range c.r.Attributes {
		names[i] = c.r.Attributes[i].Name
	}
	return names
}

func (c *checker) lookup(path, name string) {
	if c.r.Lookup(name) != nil {
		return
	}
	var names []string
	for i := range c.r.Lookups {
		names = append(names, c.r.Lookups[i].Name)
	}
	c.wrong(path, "there is no lookup "+shown(name), nearest(name, names, "declare it under lookups"))
}

// maxPaths leaves room among the paths of one request for totals, marks and errors.
const maxPaths = 200

func (c *checker) attributes() {
	r := c.r
	if len(r.Attributes) == 0 {
		c.wrong("attributes", "are none", "write at least the anchor")
	}
	if len(r.Attributes) > maxPaths {
		c.wrong("attributes", "are "+number(len(r.Attributes)), "the most is "+number(maxPaths))
	}
	for i := range r.Attributes {
		a := &r.Attributes[i]
		for j := range r.Attributes[:i] {
			if other := r.Attributes[j].Name; strings.EqualFold(other, a.Name) {
				c.wrong(a.Path, "differs from "+shown(other)+" in case alone", "give one of the two another name: names are compared without regard to case")
				break
			}
		}
		for j := range a.Convert {
			if a.Convert[j].Kind == LookupTable {
				c.lookup(a.Convert[j].Path, a.Convert[j].Text)
			}
		}
		c.template(a.Template, Key(a.Path, "template"), &scope{row: true, detail: true}, inText)
	}
	c.anchor()
}

func (c *checker) anchor() {
	r := c.r
	if r.Anchor == "" {
		return
	}
	a := c.attribute("anchor", r.Anchor)
	if a == nil {
		return
	}
	switch {
	case a.Multi:
		c.wrong(a.Path, "is the anchor and multi", "an anchor has one value")
	case a.Type != String && a.Type != Integer:
		c.wrong(a.Path, "is the anchor and "+valueTypes[a.Type], "an anchor is text or integer")
	case a.Access == WriteOnly:
		c.wrong(a.Path, "is the anchor and not read", "say where it is read")
	case a.Detail:
		c.wrong(a.Path, "is the anchor and read from the detail", "read it from the row: what fails in between could not be named otherwise")
	case len(a.Convert) > 0:
		c.wrong(a.Path, "is the anchor and converted", "remove convert: an anchor is what the application says")
	}
	if a.Access == ReadOnly && r.Create != nil && r.Find == nil && !r.Create.Captures(r.Anchor) {
		c.wrong(r.Create.At, "nothing says what anchor a new object has",
			"capture it: capture: {"+r.Anchor+": PATH}, or add find, or let the anchor be written")
	}
}

// Captures says whether a step keeps a part of its answer under a name.
func (o *Operation) Captures(name string) bool {
	for i := range o.Steps {
		for _, c := range o.Steps[i].Capture {
			if c.Name == name {
				return true
			}
		}
	}
	return false
}
