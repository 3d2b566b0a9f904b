package recipe

import "strings"

// check tells what does not fit together in a recipe whose every part can be read,
// and settles what follows from it.
func (p *parser) check(r *Recipe) {
	c := checker{parser: p, r: r}
	c.attributes()
	c.reading()
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
	if a.Access == ReadOnly && r.Create != nil && r.Find == nil && !captures(r.Create, r.Anchor) {
		c.wrong(r.Create.At, "nothing says what anchor a new object has",
			"capture it: capture: {"+r.Anchor+": PATH}, or add find, or let the anchor be written")
	}
}

func captures(o *Operation, name string) bool {
	for i := range o.Steps {
		for _, c := range o.Steps[i].Capture {
			if c.Name == name {
				return true
			}
		}
	}
	return false
}

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
	c.request(&r.Request, s)
	c.details(r.Detail, r.At, false)
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
	if delta && !s.used("delta.since") {
		c.wrong(l.At, "does not ask since when", "put {delta.since} into the request")
	}
	if l.Detail != nil {
		c.request(&l.Detail.Request, &scope{row: true})
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

// opKind names an operation.
type opKind uint8

const (
	inCreate opKind = iota
	inUpdate
	inDelete
	inSetPassword
	inChangePassword
)

var opNames = []string{inCreate: "create", inUpdate: "update", inDelete: "delete", inSetPassword: "setPassword", inChangePassword: "changePassword"}

func (c *checker) operation(o *Operation, kind opKind) {
	entry := kind == inCreate || kind == inUpdate
	s := &scope{
		op: opNames[kind], attr: entry, create: kind == inCreate, old: kind != inCreate, key: true,
		anchor:   kind != inCreate,
		password: kind != inDelete, oldPassword: kind == inChangePassword, generated: kind == inCreate,
	}
	if a := c.r.Attribute(c.r.Anchor); kind == inCreate && a != nil && a.Access != ReadOnly {
		s.anchor = true
	}
	for i := range o.Steps {
		c.step(&o.Steps[i], s)
	}
	if kind == inCreate && o.ReadFirst {
		c.wrong(o.At, "reads first, and a new object is not there yet", "remove readFirst")
	}
	if s.needsObject != "" && kind != inCreate {
		o.ReadFirst = true
	}
	if o.ReadFirst && kind != inCreate && c.r.Read == nil {
		at := s.needsObject
		if at == "" {
			at = o.At
		}
		c.wrong(at, "needs the object as it is before, and the recipe does not say how to read one", "add read: {request: …}")
	}
	if (kind == inSetPassword || kind == inChangePassword) && !s.used("password") {
		c.wrong(o.At, "never sends the password", "write {password} where it goes")
	}
	if kind == inChangePassword && !s.used("old_password") {
		c.wrong(o.At, "never sends the old password", "write {old_password} where it goes, or use setPassword")
	}
}

func (c *checker) step(step *Step, s *scope) {
	if step.When != nil {
		c.condition(step.When, Key(step.At, "when"), s)
	}
	if step.Each != nil {
		c.repeat(step.Each, Key(step.At, "each"), s)
		s.each = true
	}
	c.request(&step.Request, s)
	s.each = false
	for _, capture := range step.Capture {
		s.captures = append(s.captures, capture.Name)
		if capture.Name == c.r.Anchor {
			s.anchor = true
		}
	}
}

func (c *checker) repeat(e *Each, at string, s *scope) {
	a := c.attribute(at, e.Attribute)
	if a == nil {
		return
	}
	switch {
	case !a.Multi:
		c.wrong(at, a.Name+" has one value", "add multi: true to it, or use when")
	case a.Access == ReadOnly:
		c.wrong(at, a.Name+" is not written", "let it be written: access: readWrite")
	case e.Removed && s.create:
		c.wrong(at, "a new object has nothing to remove", "write added")
	case !e.Removed && !s.attr:
		c.wrong(at, s.op+" has no new values", "write removed")
	}
	if e.Removed || e.Added && !s.create {
		s.needs(at)
		if a.Read == "" {
			c.wrong(at, a.Name+" is not read, so that nobody knows its values before", "say where it is read, or write of")
		}
	}
}

func (c *checker) condition(d *Condition, at string, s *scope) {
	for i, name := range d.Changed {
		path := Index(Key(at, "changed"), i)
		c.written(path, name, s)
		if s.create || !s.attr {
			c.wrong(path, "in "+s.op+" nothing changes", "write is or has")
		}
	}
	for _, pair := range d.Is {
		path := Key(Key(at, "is"), pair.Name)
		c.compared(path, pair, c.written(path, pair.Name, s))
		if !s.attr {
			c.wrong(path, s.op+" has no new values", "write was")
		}
	}
	for _, pair := range d.Was {
		path := Key(Key(at, "was"), pair.Name)
		a := c.attribute(path, pair.Name)
		c.compared(path, pair, a)
		if a != nil && a.Access == WriteOnly {
			c.wrong(path, pair.Name+" is not read", "say where it is read")
		}
		if s.create {
			c.wrong(path, "a new object was nothing before", "write is")
			continue
		}
		s.needs(path)
	}
	for _, ref := range d.Has {
		if ref != nil {
			c.reference(ref, Key(at, "has"), s)
		}
	}
	if d.Not != nil {
		c.condition(d.Not, Key(at, "not"), s)
	}
	for i := range d.Any {
		c.condition(&d.Any[i], Index(Key(at, "any"), i), s)
	}
	for i := range d.All {
		c.condition(&d.All[i], Index(Key(at, "all"), i), s)
	}
}

// compared checks an attribute and the value it is compared with.
func (c *checker) compared(path string, pair Pair2, a *Attribute) {
	switch {
	case a == nil:
	case a.Sensitive:
		c.wrong(path, pair.Name+" is sensitive, so that nobody can compare it", "write changed or has")
	case a.Type == Boolean && !pair.Absent && pair.Value != "true" && pair.Value != "false":
		c.wrong(path, pair.Name+" is boolean and compared with "+shown(pair.Value), `write "true" or "false": conditions see our values`)
	}
}

// written returns an attribute that a change may set.
func (c *checker) written(path, name string, s *scope) *Attribute {
	a := c.attribute(path, name)
	switch {
	case a == nil:
	case a.Access == ReadOnly:
		c.wrong(path, name+" is not written", "let it be written: access: readWrite")
	case a.Access == CreateOnly && !s.create:
		c.wrong(path, name+" is written with a new object alone", "let it be written: access: readWrite")
	}
	return a
}

// request checks all templates of a request.
func (c *checker) request(r *Request, s *scope) {
	c.requestTarget(r)
	c.template(r.Path, Key(r.At, "path"), s, inPath)
	for _, f := range r.Query {
		c.template(f.Value, f.At, s, inQuery)
	}
	for _, f := range r.Headers {
		c.template(f.Value, f.At, s, inHeader)
	}
	for _, f := range r.Form {
		c.template(f.Value, f.At, s, inForm)
	}
	c.template(r.Body, Key(r.At, "body"), s, inText)
	if r.JSON != nil {
		c.body(r.JSON, s)
	}
}

func (c *checker) requestTarget(r *Request) {
	if r.Target == "" {
		r.Target = c.r.Target
		c.targetUsed = true
		return
	}
	names := []string{c.r.Target}
	for i := range c.r.Targets {
		names = append(names, c.r.Targets[i].Name)
	}
	if !has(names, r.Target) {
		c.wrong(Key(r.At, "target"), "there is no target "+shown(r.Target), nearest(r.Target, names, "declare it under targets"))
	}
}

func (c *checker) body(b *Body, s *scope) {
	c.template(b.Template, b.At, s, inJSON)
	for i := range b.Items {
		c.body(&b.Items[i], s)
	}
	for i := range b.Members {
		m := &b.Members[i]
		if m.Spread == nil {
			c.body(&m.Value, s)
			continue
		}
		c.spread(m, Key(b.At, spread), s)
	}
}

func (c *checker) spread(m *Member, at string, s *scope) {
	for _, word := range m.Spread {
		switch {
		case s.op == "":
			c.wrong(at, "there are no attributes here", "remove it")
		case word == "current" && !s.old:
			c.wrong(at, "a new object has nothing current", "write attributes")
		case word == "current":
			s.needs(at)
		case !s.attr:
			c.wrong(at, s.op+" has no new values", "write current, or each member")
		case word == "changed" && s.create:
			c.wrong(at, "of a new object nothing has changed", "write attributes")
		}
	}
}

// template checks all references of a template.
func (c *checker) template(t Template, at string, s *scope, where where) {
	for i := range t {
		piece := &t[i]
		if piece.Ref == nil {
			continue
		}
		secret := c.reference(piece.Ref, at, s)
		ref := strings.Join(piece.Ref, ".")
		switch {
		case secret && (where == inPath || where == inText):
			c.wrong(at, "{"+ref+"} is a secret", "secrets stand in json:, form:, query: and headers: alone")
		case secret && piece.Ref[0] == "generated" && where != inJSON && where != inForm:
			c.wrong(at, "{generated} stands where no password is made", "it stands in json: and form: alone")
		case secret && len(t) > 1:
			c.wrong(at, "{"+ref+"} is a secret with text beside it", "a secret is the whole value; what stands before it the operator's configuration adds")
		case secret && len(piece.Pipes) > 0:
			c.wrong(at, "{"+ref+"} is a secret with pipes", "remove them: the connector sees a placeholder")
		}
		for _, pipe := range piece.Pipes {
			if pipe.Name == "lookup" {
				c.lookup(at, pipe.Args[0])
			}
		}
	}
}

// where says in what part of a request a template stands.
type where uint8

const (
	inPath where = iota
	inQuery
	inHeader
	inForm
	inJSON
	inText
)
