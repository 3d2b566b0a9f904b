package recipe

import (
	"slices"
	"strings"
)

// slots finds the secrets in one request.
type slots struct {
	n     *needs
	need  *Need
	paths []string
	kind  opKind
}

// template notes the secret that is a template's whole value.
func (s *slots) template(t Template, place Slot) {
	whole := t.Whole()
	if whole == nil {
		return
	}
	place.Encoding = whole.Encoding
	rest := ""
	if len(whole.Ref) > 1 {
		rest = whole.Ref[1]
	}
	switch whole.Ref[0] {
	case "password":
		for _, name := range s.passwords() {
			s.add(place, name)
		}
	case "old_password":
		s.add(place, OldPassword)
	case "generated":
		place.Generate = true
		s.add(place, "")
	case "param":
		for i := range s.n.r.Parameters {
			if p := &s.n.r.Parameters[i]; p.Name == rest && p.Type == Secret {
				s.add(place, parameterPrefix+rest)
			}
		}
	case "attr":
		if a := s.n.r.Attribute(rest); a != nil && a.Sensitive {
			s.add(place, attributePrefix+rest)
		}
	case "current":
		names, _ := plainNames(rest)
		for _, sealed := range s.n.sealed() {
			if strings.Join(sealed.keys, "\x00") == strings.Join(names, "\x00") {
				s.add(place, answerPrefix+sealed.name)
			}
		}
	}
}

// passwords are the names of the new password in an operation. SetPassword also
// carries the password of a new object, which hosts hand over in a second pass.
func (s *slots) passwords() []string {
	switch s.kind {
	case inUpdate:
		return []string{ExportPassword}
	case inSetPassword:
		return []string{ExportPassword, NewPassword}
	}
	return []string{NewPassword}
}

// body notes the secrets of a JSON body whose pointer is base.
func (s *slots) body(b *Body, base string) {
	s.template(b.Template, Slot{Pointer: base})
	for i := range b.Items {
		s.body(&b.Items[i], base+"/"+number(i))
	}
	for i := range b.Members {
		m := &b.Members[i]
		if m.Spread == nil {
			s.body(&m.Value, base+"/"+pointerKey(m.Name))
			continue
		}
		s.spread(m, func(names []string) Slot { return Slot{Pointer: base + pointer(names)} })
	}
}

// spread notes the sensitive attributes and sealed members that a spread brings. place
// is the slot of what names lead to.
func (s *slots) spread(m *Member, place func(names []string) Slot) {
	if has(m.Spread, "attributes") || has(m.Spread, "changed") {
		for i := range s.n.r.Attributes {
			if a := &s.n.r.Attributes[i]; a.Sensitive && len(a.Write) > 0 && !has(m.Omit, a.Write[0]) {
				s.add(place(a.Write), attributePrefix+a.Name)
			}
		}
	}
	if has(m.Spread, "current") {
		for _, sealed := range s.n.sealed() {
			if !has(m.Omit, sealed.keys[0]) {
				s.add(place(sealed.keys), answerPrefix+sealed.name)
			}
		}
	}
}

// add adds what a place accepts, nothing where the host makes a password. Places
// that accept the same share their paths.
func (s *slots) add(place Slot, accepts string) {
	for i := range s.need.Slots {
		have := &s.need.Slots[i]
		if have.Header != place.Header || have.Query != place.Query || have.Pointer != place.Pointer || have.Form != place.Form || have.Encoding != place.Encoding || have.Prefix != place.Prefix {
			continue
		}
		switch {
		case has(have.Accepts, accepts) || accepts == "" && have.Generate:
			for _, path := range s.paths {
				have.Paths = add(have.Paths, path)
			}
			return
		case accepts == "" || have.Generate:
			// What accepts something and what the host fills in stay apart.
		case slices.Equal(have.Paths, s.paths):
			have.Accepts = append(have.Accepts, accepts)
			return
		}
	}
	place.Paths = slices.Clone(s.paths)
	if accepts != "" {
		place.Accepts = []string{accepts}
	}
	s.need.Slots = append(s.need.Slots, place)
}

// sealedMember is a member of the object as it is read that is sealed.
type sealedMember struct {
	keys []string
	name string
}

// sealed returns the members of current that the target's seals make placeholders.
func (n *needs) sealed() []sealedMember {
	var all []sealedMember
	for _, p := range n.r.readTarget().Seal {
		if keys := below(pointerKeys(p), n.r.Read); len(keys) > 0 {
			all = append(all, sealedMember{keys, SealName(p)})
		}
	}
	return all
}

// readTarget is the target that objects are read from; without one it has nothing.
func (r *Recipe) readTarget() Target {
	for i := range r.Targets {
		if r.Read != nil && r.Targets[i].Name == r.Read.Request.Target {
			return r.Targets[i]
		}
	}
	return Target{}
}

// below returns what of a pointer's keys lies below the object that is read, if
// anything does and can be told.
func below(keys []string, read *Read) []string {
	path, list := read.Object, false
	if len(read.Rows) > 0 {
		path, list = strings.TrimSuffix(read.Rows[0], "?"), true
	}
	above, ok := plainNames(path)
	if !ok {
		return nil
	}
	if list {
		above = append(above, "0")
	}
	for i, name := range above {
		switch {
		case i >= len(keys):
			return nil
		case keys[i] == "**":
			return keys[i+1:]
		case keys[i] != "*" && keys[i] != name:
			return nil
		}
	}
	rest := keys[len(above):]
	if len(rest) > 0 && rest[0] == "**" {
		rest = rest[1:]
	}
	return rest
}

var (
	toPointer   = strings.NewReplacer("~", "~0", "/", "~1")
	fromPointer = strings.NewReplacer("~1", "/", "~0", "~")
)

func pointerKey(name string) string { return toPointer.Replace(name) }

func pointer(names []string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("/" + pointerKey(name))
	}
	return b.String()
}

func pointerKeys(pointer string) []string {
	keys := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range keys {
		keys[i] = fromPointer.Replace(keys[i])
	}
	return keys
}
