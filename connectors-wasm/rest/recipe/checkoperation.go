package recipe

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
		anchor: kind != inCreate,
		// The host sends no password with an update where there is setPassword.
		password: kind == inSetPassword || kind == inChangePassword || kind == inUpdate && c.r.SetPassword == nil, oldPassword: kind == inChangePassword, generated: kind == inCreate,
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
