package recipe

import "strings"

// request checks all templates of a request.
func (c *checker) request(r *Request, s *scope) {
	c.requestTarget(r)
	c.template(r.Path, Key(r.At, "path"), s, inPath)
	for _, f := range r.Query {
		c.template(f.Value, f.At, s, inQuery)
	}
	for i := range r.Headers {
		f := &r.Headers[i]
		if t := f.Value; len(t) == 2 && t[0].Ref == nil && t[1].Ref != nil && c.isSecret(t[1].Ref) {
			f.Prefix, f.Value = t[0].Text, t[1:]
		}
		c.template(f.Value, f.At, s, inHeader)
	}
	for _, f := range r.Form {
		c.template(f.Value, f.At, s, inForm)
	}
	if r.FormSpread != nil {
		c.spread(r.FormSpread, r.FormSpread.Value.At, s)
	}
	c.template(r.Body, Key(r.At, "body"), s, inText)
	if r.JSON != nil {
		c.body(r.JSON, s)
	}
}

// isSecret says whether a reference finds a secret, as c.reference does.
func (c *checker) isSecret(ref []string) bool {
	switch ref[0] {
	case "password", "old_password":
		return true
	case "attr":
		a := c.r.Attribute(ref[1])
		return a != nil && a.Sensitive
	case "param":
		for i := range c.r.Parameters {
			if c.r.Parameters[i].Name == ref[1] {
				return c.r.Parameters[i].Type == Secret
			}
		}
	}
	return false
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
			c.dropped(m, at)
		case !s.attr:
			c.wrong(at, s.op+" has no new values", "write current, or each member")
		case word == "changed" && s.create:
			c.wrong(at, "of a new object nothing has changed", "write attributes")
		case word == "attributes" && !s.create && c.r.ExportType == AttributeReplace:
			// An update is told what changed alone: the others are those that are there.
			s.needs(at)
		}
	}
}

// dropped tells of a spread that writes the object back without what the target's drop
// takes out of it.
func (c *checker) dropped(m *Member, at string) {
	for _, pointer := range c.r.readTarget().Drop {
		keys := below(pointerKeys(pointer), c.r.Read)
		if len(keys) > 0 && keys[0] != "*" && !has(m.Omit, keys[0]) {
			c.wrong(at, "writes the object back without "+keys[0]+", which drop: "+pointer+" takes out of it as it is read",
				"seal it instead, so that it is written back unseen, or omit: ["+keys[0]+"], if the application keeps what it is not given")
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
		if secret && (where == inJSON || where == inForm) && len(t) == 1 && len(piece.Pipes) == 1 && has(encodings, piece.Pipes[0].Name) {
			piece.Encoding, piece.Pipes = piece.Pipes[0].Name, nil
		}
		switch {
		case secret && (where == inPath || where == inText):
			c.wrong(at, "{"+ref+"} is a secret", "secrets stand in json:, form:, query: and headers: alone")
		case secret && piece.Ref[0] == "generated" && where != inJSON && where != inForm:
			c.wrong(at, "{generated} stands where no password is made", "it stands in json: and form: alone")
		case secret && len(t) > 1:
			c.wrong(at, "{"+ref+"} is a secret with text beside it", "a secret is the whole value; only in a header text may stand before it")
		case secret && len(piece.Pipes) > 0:
			c.wrong(at, "{"+ref+"} is a secret with pipes", "remove them: the connector sees a placeholder; in json: and form: one of "+listed(encodings)+" may stand, which the host applies")
		}
		for _, pipe := range piece.Pipes {
			if pipe.Name != "base64" && has(encodings, pipe.Name) && !secret {
				c.wrong(at, "{"+ref+" | "+pipe.Name+"} is no secret", "remove the pipe: the host applies it, to secrets alone")
			}
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
