package recipe

import "strings"

// scope is what references may name at some place of a recipe.
type scope struct {
	// op is the name of the operation, empty where objects are read.
	op string
	// attr: there are new values. create: the object is new.
	attr, create bool
	// old: the object is there already. anchor: it is known.
	old, anchor                      bool
	row, detail                      bool
	password, oldPassword, generated bool
	// key: there is an idempotency key. each: the step is repeated.
	key, each bool
	// delta: changes are read.
	delta bool
	// paging is that of the list, nil where there is none.
	paging   *Paging
	captures []string
	// needsObject is where the object as it is before is needed first.
	needsObject string
	// seen are the references met so far.
	seen []string
}

func (s *scope) needs(at string) {
	if s.needsObject == "" {
		s.needsObject = at
	}
}

func (s *scope) used(ref string) bool { return has(s.seen, ref) }

// reference checks one reference, and says whether what it finds is secret.
func (c *checker) reference(ref []string, at string, s *scope) (secret bool) {
	s.seen = append(s.seen, strings.Join(ref, "."))
	rest := ""
	if len(ref) > 1 {
		rest = ref[1]
	}
	missing := func(there bool, message, cure string) {
		if !there {
			c.wrong(at, message, cure)
		}
	}
	switch ref[0] {
	case "attr":
		return c.newValue(rest, at, s)
	case "old":
		if a := c.attribute(at, rest); a != nil && a.Access == WriteOnly {
			c.wrong(at, rest+" is not read, so that nobody knows its old value", "say where it is read, or write {attr."+rest+"}")
		}
		missing(s.old, "there is no old value here", c.cureOld(s))
		s.needs(at)
	case "current":
		missing(s.old, "there is no object yet here", c.cureOld(s))
		s.needs(at)
	case "param":
		return c.parameter(rest, at)
	case "capture":
		missing(has(s.captures, rest), "no earlier step captures "+shown(rest), nearest(rest, s.captures, "add capture: {"+rest+": PATH} to an earlier step"))
	case "row":
		missing(s.row, "there is no row here", "rows are known in detail: and in the template of an attribute")
	case "detail":
		missing(s.detail, "there is no detail here", "details are known in the template of an attribute")
	case "page":
		c.page(rest, at, s)
	case "each":
		missing(s.each, "nothing is repeated here", "add each: {of: ATTRIBUTE} to the step")
	case "delta":
		missing(s.delta, "there is no mark here", "{delta.since} stands in delta: lists: alone")
	case "anchor":
		missing(s.anchor, "there is no anchor here", c.cureAnchor(s))
	case "password":
		missing(s.password, "there is no password here", c.curePassword(s))
		return true
	case "old_password":
		missing(s.oldPassword, "there is no old password here", "{old_password} stands in changePassword alone")
		return true
	case "generated":
		missing(s.generated, "no password is generated here", "{generated} stands in create alone")
		return true
	case "key":
		missing(s.key, "there is no entry here", "{key} stands in create, update, delete and passwords")
	}
	return false
}

// newValue checks a reference to an attribute's new value.
func (c *checker) newValue(name, at string, s *scope) (secret bool) {
	if !s.attr {
		cure := "new values are known in create, update and find"
		if s.old {
			cure = "write {old." + name + "}"
		}
		c.wrong(at, "there is no new value here", cure)
	}
	a := c.r.Attribute(name)
	if a != nil && a.Access == CreateOnly && s.attr && !s.create {
		cure := "write {old." + name + "}"
		if name == c.r.Anchor {
			cure = "write {anchor}"
		}
		c.wrong(at, name+" is written with a new object alone", cure)
		return false
	}
	a = c.written(at, name, s)
	return a != nil && a.Sensitive
}

func (c *checker) parameter(name, at string) (secret bool) {
	var names []string
	for i := range c.r.Parameters {
		if c.r.Parameters[i].Name == name {
			return c.r.Parameters[i].Type == Secret
		}
		names = append(names, c.r.Parameters[i].Name)
	}
	c.wrong(at, "there is no parameter "+shown(name), nearest(name, names, "declare it under parameters"))
	return false
}

func (c *checker) page(word, at string, s *scope) {
	kinds := map[string]PagingKind{"number": Pages, "offset": Offset, "cursor": Cursor, "last": LastKey}
	kind, of := kinds[word]
	switch {
	case s.paging == nil:
		c.wrong(at, "there are no pages here", "{page."+word+"} stands in the requests of lists alone")
	case of && s.paging.Kind != kind:
		c.wrong(at, "the paging of this list has no "+word, "add paging: {"+pagingKey(kind)+": true}")
	case word == "size" && s.paging.Size == 0:
		c.wrong(at, "the size of a page is not known", "add paging: {by: 100}")
	}
}

func pagingKey(kind PagingKind) string {
	for _, k := range pagings {
		if k.kind == kind {
			return k.key
		}
	}
	return ""
}

func (c *checker) cureOld(s *scope) string {
	if s.create {
		return "a new object has none; write {attr.NAME}"
	}
	return "it is known in update, delete and passwords"
}

func (c *checker) curePassword(s *scope) string {
	if s.create {
		return "that of a new object follows in a second pass: write {password} in setPassword, or in update; where the application demands one for new objects, write \"{generated}\" here"
	}
	if s.op == opNames[inUpdate] {
		return "every password goes by setPassword: remove it here, or remove setPassword, and passwords go by update"
	}
	return "{password} stands in setPassword, in changePassword, and without setPassword in update"
}

func (c *checker) cureAnchor(s *scope) string {
	if s.create {
		return "capture it in an earlier step: capture: {" + c.r.Anchor + ": PATH}"
	}
	return "it is known in read and in operations"
}
