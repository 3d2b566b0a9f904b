package recipe

import "strings"

// reading checks everything that reads.
func (c *checker) reading() {
	r := c.r
	if r.Test != nil {
		c.request(&r.Test.Request, &scope{})
	}
	for i := range r.Import {
		c.list(&r.Import[i], false)
		c.details(r.Import[i].Detail, r.Import[i].At, true)
	}
	if r.Delta != nil {
		if len(r.Import) == 0 {
			c.wrong(r.Delta.At, "there is delta and no import", "add import: a full import sets the first mark")
		}
		for i := range r.Delta.Lists {
			c.list(&r.Delta.Lists[i], true)
			c.details(r.Delta.Lists[i].Detail, r.Delta.Lists[i].At, true)
		}
	}
	if r.Read != nil {
		c.one(r.Read, &scope{anchor: true})
	}
	if r.Find != nil {
		c.one(&r.Find.Read, &scope{attr: true, create: true})
		c.findBy(r.Find)
	}
	for i := range r.Lookups {
		l := &r.Lookups[i]
		c.list(&l.List, false)
		if l.List.Detail != nil {
			c.wrong(l.List.Detail.At, "a lookup has no detail", "read key and value from the rows")
		}
		if l.List.Anchor != "" {
			c.wrong(Key(l.At, "anchor"), "a lookup has no anchor", "write its path at key")
		}
	}
}

func (c *checker) findBy(f *Find) {
	for i, name := range f.By {
		at := Index(Key(f.At, "by"), i)
		a := c.attribute(at, name)
		switch {
		case a == nil:
		case a.Access == WriteOnly || a.Access == ReadOnly || a.Sensitive:
			c.wrong(at, shown(name)+" is not both read and written", "name attributes that a new object is given and that are read back")
		}
	}
}

func (c *checker) one(r *Read, s *scope) {
	if len(r.Rows) > 0 {
		s.paging = &r.Paging
	}
	c.request(&r.Request, s)
	c.paging(r.List(), s)
	c.details(r.Detail, r.At, false)
	for i := range c.r.Attributes {
		if a := &c.r.Attributes[i]; len(r.Rows) == 0 && !a.Detail && strings.HasPrefix(a.Read, "@") {
			c.wrong(r.At, "reads one object, and "+a.Name+" is read from "+a.Read+", which a row of a list has alone",
				"say where the list is (rows: \"users.*\", whole: true), or read "+a.Name+" from the object, and at lists write anchor: \""+a.Read+"\"")
		}
	}
	if r.Detail != nil {
		c.request(&r.Detail.Request, &scope{row: true, anchor: s.anchor, attr: s.attr, create: s.create})
	}
}

// details compares the attributes that are read from a detail with the detail.
// Where one object is read without a detail, it is both.
func (c *checker) details(d *Detail, at string, needed bool) {
	var reads string
	for i := range c.r.Attributes {
		a := &c.r.Attributes[i]
		if a.Detail || a.Template.uses("detail") {
			reads = a.Name
			break
		}
	}
	switch {
	case d == nil && needed && reads != "":
		c.wrong(at, "has no detail, from which "+reads+" is read", "add detail: {request: …}, or read "+reads+" from the row")
	case d != nil && reads == "":
		c.wrong(d.At, "is a detail from which no attribute is read", "write read: detail.PATH at an attribute, or remove it")
	}
	if d != nil && d.Anchor != "" {
		c.ownAnchor(d.At)
	}
}

// uses says whether the template has references that begin with word.
func (t Template) uses(word string) bool {
	for _, piece := range t {
		if piece.Ref != nil && piece.Ref[0] == word {
			return true
		}
	}
	return false
}

// list checks what reads many rows.
func (c *checker) list(l *List, delta bool) {
	s := &scope{paging: &l.Paging, delta: delta}
	c.request(&l.Request, s)
	c.paging(l, s)
	if l.Anchor != "" {
		c.ownAnchor(l.At)
	}
	if delta && !s.used("delta.since") {
		c.wrong(l.At, "does not ask since when", "put {delta.since} into the request")
	}
	if l.Detail != nil {
		c.request(&l.Detail.Request, &scope{row: true})
	}
}

// ownAnchor refuses a path of the anchor where no path leads to it.
func (c *checker) ownAnchor(at string) {
	if a := c.r.Attribute(c.r.Anchor); a != nil && len(a.Template) > 0 {
		c.wrong(Key(at, "anchor"), "the anchor "+a.Name+" is made by a template", "remove it, or give "+a.Name+" no template")
	}
}

// paging compares the way of paging with what the request holds.
func (c *checker) paging(l *List, s *scope) {
	at := Key(l.At, "paging")
	p := &l.Paging
	word := map[PagingKind]string{Pages: "page.number", Offset: "page.offset", Cursor: "page.cursor", LastKey: "page.last"}[p.Kind]
	if word != "" && p.Param == "" && !s.used(word) {
		c.wrong(at, "neither names a query parameter nor stands {"+word+"} in the request", "write the parameter's name instead of true, or put {"+word+"} into the request")
	}
	for _, f := range l.Request.Query {
		if f.Name == p.Param && p.Param != "" || f.Name == p.SizeParam && p.SizeParam != "" {
			c.wrong(f.At, "is set by paging, too", "keep one of the two")
		}
	}
}
