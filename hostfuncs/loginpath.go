package hostfuncs

import (
	"context"
	"net/url"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/pathrule"
)

// loginPlace is where the host logs in or out, as a connector may not call it.
type loginPlace struct {
	base *url.URL // scheme and host
	path string   // plain
	// shared is the login that shares the path with other calls; nil: none does.
	shared *sessionPlan
}

// places returns where a login happens.
func (g *loginGrant) places() []loginPlace {
	paths := []string{g.path}
	var shared *sessionPlan
	if s := g.session; s != nil {
		if s.Logout != nil {
			paths = append(paths, s.Logout.Path)
		}
		if s.Operation != "" {
			shared = s
		}
	}
	var places []loginPlace
	for _, path := range paths {
		segments, err := pathrule.Split(g.at.base.RawPath+path, false)
		if err != nil {
			continue // told by checkLoginPath
		}
		places = append(places, loginPlace{g.at.base, plainPath(segments), shared})
	}
	return places
}

// reserve tells each target the places in it where some login of the policy
// happens: a token endpoint may lie within a target that is not its own.
func reserve(targets map[string]*target) {
	for _, owner := range targets {
		for _, g := range owner.logins {
			for _, place := range g.places() {
				for _, t := range targets {
					if sameOrigin(t.base, place.base) {
						t.reserved = append(t.reserved, place)
					}
				}
			}
		}
	}
}

// sameOrigin compares base URLs. A dot at a name's end does not count.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Port() == b.Port() && strings.TrimSuffix(a.Hostname(), ".") == strings.TrimSuffix(b.Hostname(), ".")
}

// plainPath returns a path without all that a server may overlook: case, empty
// segments, parameters behind a semicolon, blanks and dots at a segment's end. A
// slash that is encoded counts as one.
func plainPath(segments []string) string {
	var kept []string
	for segment := range strings.SplitSeq(strings.ToLower(strings.Join(segments, "/")), "/") {
		segment, _, _ = strings.Cut(segment, ";")
		if segment = strings.TrimRight(segment, ". "); segment != "" {
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/")
}

// covers reports whether a server may take path for this place: as it is, with an
// ending for the format (.json), or with more behind a script's name.
func (r *loginPlace) covers(path string) bool {
	rest, found := strings.CutPrefix(path, r.path)
	if !found || rest == "" {
		return found
	}
	script := strings.Contains(r.path[strings.LastIndexByte(r.path, '/')+1:], ".")
	return rest[0] == '.' && !strings.Contains(rest, "/") || rest[0] == '/' && script
}

// checkLogin denies requests to the paths on which the host logs in and out.
func (l *lease) checkLogin(ctx context.Context, p *plan) *abi.Error {
	if len(p.target.reserved) == 0 {
		return nil
	}
	var base []string
	if p.target.base.RawPath != "" {
		base, _ = pathrule.Split(p.target.base.RawPath, false) // compileBase has checked it
	}
	path := plainPath(append(base[:len(base):len(base)], p.segments...))
	for i := range p.target.reserved {
		r := &p.target.reserved[i]
		if r.covers(path) && !r.shared.permits(ctx, p.request.Body) {
			return denied(RuleLoginPath, "%s on target %s is where the host logs in or out", quoteCut(p.request.Path), p.target.name)
		}
	}
	return nil
}

// permits reports whether a body calls something else than login and logout: JSON
// with one string at Operation, whatever the case of its key.
func (s *sessionPlan) permits(ctx context.Context, body string) bool {
	if s == nil {
		return false
	}
	holder, last := s.operation.Split()
	times, other := 0, false
	found, err := holder.Members(ctx, body, func(key string, value jsonfields.Value) {
		if !strings.EqualFold(key, last) {
			return
		}
		times++
		other = key == last && value.Kind == wire.KindString
		for _, operation := range s.operations {
			other = other && !strings.EqualFold(strings.TrimSpace(value.Text), strings.TrimSpace(operation))
		}
	})
	return err == nil && found && times == 1 && other
}
