package hostfuncs

import (
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/pathrule"
)

// slot is a Slot, checked.
type slot struct {
	Slot
	paths   []pathrule.Pattern
	pointer jsonfields.Pattern
}

// slots returns the slots that hold for this request and that choose picks.
func (p *plan) slots(choose func(*slot) bool) []*slot {
	var chosen []*slot
	for i := range p.target.slots {
		s := &p.target.slots[i]
		if choose(s) && matches(s.paths, p.request.Method, p.segments) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

// fill returns what is behind a placeholder, if one of the slots accepts it, and
// that slot's prefix.
func (l *lease) fill(placeholder string, slots []*slot, place string) (sealed, string, *abi.Error) {
	s, ok := l.vault.open(placeholder)
	if !ok {
		return sealed{}, "", denied(RuleSecretSlot, "%s holds a placeholder that is not of this lease", place)
	}
	for _, slot := range slots {
		if slices.Contains(slot.Accepts, s.name) {
			return s, slot.Prefix, nil
		}
	}
	if len(slots) == 0 {
		return sealed{}, "", denied(RuleSecretSlot, "%s is no slot on this path, and a placeholder stands in it", place)
	}
	return sealed{}, "", denied(RuleSecretSlot, "%s is a slot that does not accept %s", place, quoteCut(s.name))
}

// fillBody puts the secrets into a body. What is left of it then must be free of
// placeholders, in any encoding.
func (l *lease) fillBody(p *plan) *abi.Error {
	body := p.request.Body
	p.body, p.shownBody = body, body
	if !marks.In(body) {
		return nil
	}
	fill, slots := l.fillForm, p.slots(func(s *slot) bool { return s.Form != "" })
	if !isForm(p.headers) {
		fill, slots = l.fillJSON, p.slots(func(s *slot) bool { return s.Pointer != "" })
	}
	var rest string
	for out, show := range map[*string]func(sealed) string{
		&rest:        func(sealed) string { return "" },
		&p.body:      func(s sealed) string { return s.secret },
		&p.shownBody: func(s sealed) string { return shownSecret(s.name) },
	} {
		text, err := fill(body, slots, show)
		if err != nil {
			return err
		}
		*out = text
	}
	if marks.In(rest) {
		return denied(RuleSecretSlot, "a placeholder stands in the body outside its slots, or among other text")
	}
	return nil
}

// fillJSON puts what show makes of a secret into the strings that slots name. A
// body that is not JSON stays as it is.
func (l *lease) fillJSON(body string, slots []*slot, show func(sealed) string) (string, *abi.Error) {
	patterns := make([]jsonfields.Pattern, len(slots))
	for i, s := range slots {
		patterns[i] = s.pointer
	}
	var failed *abi.Error
	text, err := jsonfields.Rewrite(body, patterns, func(f jsonfields.Field) (jsonfields.Change, error) {
		if !isPlaceholder(f.Text) {
			return jsonfields.Change{}, nil
		}
		var named []*slot
		for _, i := range f.Patterns {
			named = append(named, slots[i])
		}
		s, _, err := l.fill(f.Text, named, "a field of the body")
		if err != nil {
			failed = err
			return jsonfields.Change{}, err
		}
		quoted, ok := quoteJSON(show(s))
		if !ok {
			failed = denied(RuleSecretSlot, "the secret is not UTF-8 and cannot stand in JSON")
			return jsonfields.Change{}, failed
		}
		return jsonfields.Change{Action: jsonfields.Replace, JSON: quoted}, nil
	})
	if failed != nil {
		return "", failed
	}
	if err != nil {
		return body, nil
	}
	return text, nil
}

func quoteJSON(s string) (string, bool) {
	var w wire.Writer
	w.String(s)
	return string(w.Bytes()), w.Err() == nil
}

// fillForm does the same for a form.
func (l *lease) fillForm(body string, slots []*slot, show func(sealed) string) (string, *abi.Error) {
	pairs := strings.Split(body, "&")
	for i, pair := range pairs {
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(rawName)
		value, errValue := url.QueryUnescape(rawValue)
		if errName != nil || errValue != nil || !isPlaceholder(value) {
			continue
		}
		var named []*slot
		for _, s := range slots {
			if s.Form == name {
				named = append(named, s)
			}
		}
		s, _, err := l.fill(value, named, "form key "+quoteCut(name))
		if err != nil {
			return "", err
		}
		pairs[i] = rawName + "=" + url.QueryEscape(show(s))
	}
	return strings.Join(pairs, "&"), nil
}

func isForm(headers []part) bool {
	for _, h := range headers {
		if h.name == "Content-Type" {
			media, _, _ := mime.ParseMediaType(h.value)
			return media == "application/x-www-form-urlencoded"
		}
	}
	return false
}
