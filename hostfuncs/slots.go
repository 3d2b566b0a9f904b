package hostfuncs

import (
	"context"
	"fmt"
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

// misplaced says why a placeholder cannot stand where it does in a request.
func misplaced(t *target, format string, args ...any) *abi.Error {
	return denied(RuleSecretSlot, "target %s: %s", t.name, fmt.Sprintf(format, args...))
}

// fill returns what is behind a placeholder, if one of the slots accepts it, and
// that slot's prefix.
func (l *lease) fill(p *plan, placeholder string, slots []*slot, place string) (sealed, string, *abi.Error) {
	if placeholder == GeneratedMarker {
		s, slot, behind, err := l.generate(p, slots, place)
		if err != nil {
			return sealed{}, "", err
		}
		s, err = l.encoded(p, slot, behind, s)
		return s, "", err
	}
	s, ok := l.vault.open(placeholder)
	if !ok {
		return sealed{}, "", misplaced(p.target, "%s holds a placeholder that is not of this lease", place)
	}
	for _, slot := range slots {
		if slices.Contains(slot.Accepts, s.name) {
			s, err := l.encoded(p, slot, placeholder, s)
			return s, slot.Prefix, err
		}
	}
	if len(slots) == 0 {
		return sealed{}, "", misplaced(p.target, "%s is no slot on this path, and a placeholder stands in it", place)
	}
	return sealed{}, "", misplaced(p.target, "%s is a slot that does not accept %s", place, quoteCut(s.name))
}

// fillBody puts the secrets into a body. What is left of it then must be free of
// placeholders, in any encoding, and the whole within the target's limit. That is
// known before the secrets are put in: a placeholder is short, a secret need not be.
func (l *lease) fillBody(ctx context.Context, p *plan) *abi.Error {
	body := p.request.Body
	p.body, p.shownBody = body, body
	if found, err := marks.Scan(ctx, body); err != nil {
		return gaveUp()
	} else if !found {
		return nil
	}
	f, err := l.filler(p)
	if err != nil {
		return err
	}
	if err := f.check(ctx, p); err != nil {
		return err
	}
	if p.body, err = f.fill(ctx, p, f.slots, func(s sealed) (string, *abi.Error) { return f.escape(s.secret) }); err != nil {
		return err
	}
	if l.host.policy.DryRun != nil {
		p.shownBody, err = f.fill(ctx, p, f.slots, func(s sealed) (string, *abi.Error) { return f.escape(shownSecret(s.name)) })
	}
	return err
}

// show makes what stands in a body for a secret.
type show func(sealed) (string, *abi.Error)

// filler fills the bodies of one type.
type filler struct {
	fill   func(ctx context.Context, p *plan, slots []*slot, show show) (string, *abi.Error)
	slots  []*slot
	escape func(string) (string, *abi.Error)
}

// filler returns the one for the request's type. The type must be certain: a
// target that reads a body in another way than the host takes the secret for
// something else. A body without a type becomes JSON.
func (l *lease) filler(p *plan) (filler, *abi.Error) {
	media, err := "application/json", error(nil)
	if at := slices.IndexFunc(p.headers, func(h part) bool { return h.name == "Content-Type" }); at < 0 {
		p.headers = append(p.headers, plain("Content-Type", media))
	} else {
		media, _, err = mime.ParseMediaType(p.headers[at].shown) // which a message may quote
	}
	switch {
	case err != nil:
		return filler{}, misplaced(p.target, "a placeholder stands in a body whose Content-Type cannot be read")
	case media == "application/x-www-form-urlencoded":
		return filler{l.fillForm, p.slots(func(s *slot) bool { return s.Form != "" }), escapeForm}, nil
	case media == "application/json", strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"):
		return filler{l.fillJSON, p.slots(func(s *slot) bool { return s.Pointer != "" }), p.quoteJSON}, nil
	}
	return filler{}, misplaced(p.target, "a placeholder stands in a body that is neither JSON nor a form; it is %s", quoteCut(media))
}

// check looks at a body as it will be, without making it.
func (f *filler) check(ctx context.Context, p *plan) *abi.Error {
	allowed := p.target.maxRequestBytes
	long := tooLong("request_bytes", allowed, "the request's body is too long with its secrets for target "+p.target.name)
	empty, _ := f.escape("")
	size := 0
	rest, err := f.fill(ctx, p, f.slots, func(s sealed) (string, *abi.Error) {
		if size+len(s.secret) > allowed {
			return "", long
		}
		text, err := f.escape(s.secret)
		if size += len(text) - len(empty); size > allowed {
			return "", long
		}
		return empty, err
	})
	if err != nil {
		return err
	}
	switch found, err := marks.Scan(ctx, rest); {
	case err != nil:
		return gaveUp()
	case found:
		return misplaced(p.target, "a placeholder stands in the body outside its slots, or among other text")
	case len(rest)+size > allowed:
		return long
	}
	return nil
}

// fillJSON puts what show makes of a secret into the strings that slots name. A
// body that is not JSON stays as it is.
func (l *lease) fillJSON(ctx context.Context, p *plan, slots []*slot, show show) (string, *abi.Error) {
	body := p.request.Body
	patterns := make([]jsonfields.Pattern, len(slots))
	for i, s := range slots {
		patterns[i] = s.pointer
	}
	var failed *abi.Error
	text, err := jsonfields.Rewrite(ctx, body, patterns, func(f jsonfields.Field) (jsonfields.Change, error) {
		if !isFillable(f.Text) {
			return jsonfields.Change{Action: jsonfields.Enter}, nil
		}
		var named []*slot
		for _, i := range f.Patterns {
			named = append(named, slots[i])
		}
		s, _, err := l.fill(p, f.Text, named, "a field of the body")
		if err != nil {
			failed = err
			return jsonfields.Change{}, err
		}
		text, err := show(s)
		if err != nil {
			failed = err
			return jsonfields.Change{}, err
		}
		return jsonfields.Change{Action: jsonfields.Replace, JSON: text}, nil
	})
	if failed != nil {
		return "", failed
	}
	if err != nil {
		return body, nil
	}
	return text, nil
}

func (p *plan) quoteJSON(s string) (string, *abi.Error) {
	var w wire.Writer
	w.String(s)
	if w.Err() != nil {
		return "", misplaced(p.target, "the secret is not UTF-8 and cannot stand in JSON")
	}
	return string(w.Bytes()), nil
}

func escapeForm(s string) (string, *abi.Error) { return url.QueryEscape(s), nil }

// fillForm does the same for a form. A key that is filled stands there once: of
// two, each target picks its own.
func (l *lease) fillForm(ctx context.Context, p *plan, slots []*slot, show show) (string, *abi.Error) {
	times := map[string]int{} // of keys that are filled
	err := eachPair(ctx, p.request.Body, func(pair formPair) *abi.Error {
		if name, ok := pair.filled(); ok {
			times[name] = 0
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	err = eachPair(ctx, p.request.Body, func(pair formPair) *abi.Error {
		if name, err := url.QueryUnescape(pair.name); err == nil {
			if n, filled := times[name]; filled {
				times[name] = n + 1
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = eachPair(ctx, p.request.Body, func(pair formPair) *abi.Error {
		if pair.begin > 0 {
			b.WriteByte('&')
		}
		name, ok := pair.filled()
		if !ok {
			b.WriteString(pair.text)
			return nil
		}
		if times[name] > 1 {
			return twice(p.target, name)
		}
		var named []*slot
		for _, s := range slots {
			if s.Form == name {
				named = append(named, s)
			}
		}
		value, _ := url.QueryUnescape(pair.value)
		s, _, err := l.fill(p, value, named, "form key "+quoteCut(name))
		if err != nil {
			return err
		}
		text, err := show(s)
		b.WriteString(pair.name + "=" + text)
		return err
	})
	return b.String(), err
}

// formPair is one pair of a form, at begin in it, as it stands there.
type formPair struct {
	begin             int
	text, name, value string
}

// eachPair visits the pairs of a form in order, and looks at ctx as it goes.
func eachPair(ctx context.Context, form string, visit func(formPair) *abi.Error) *abi.Error {
	for begin, due := 0, 0; begin <= len(form); {
		if begin >= due {
			if ctx.Err() != nil {
				return gaveUp()
			}
			due = begin + formStride
		}
		pair := formPair{begin: begin}
		pair.text, _, _ = strings.Cut(form[begin:], "&")
		pair.name, pair.value, _ = strings.Cut(pair.text, "=")
		if err := visit(pair); err != nil {
			return err
		}
		begin += len(pair.text) + 1
	}
	return nil
}

// formStride is how much of a form is read between two looks at the context.
const formStride = 16 << 10

// filled returns the key of a pair whose value is to be filled.
func (p *formPair) filled() (name string, ok bool) {
	if len(p.value) > len("%xx")*placeholderLength {
		return "", false // and need not be read
	}
	value, err := url.QueryUnescape(p.value)
	if err != nil || !isFillable(value) {
		return "", false
	}
	name, err = url.QueryUnescape(p.name)
	return name, err == nil
}

func twice(t *target, name string) *abi.Error {
	return misplaced(t, "form key %s stands in the body twice, and a placeholder is in it", quoteCut(name))
}
