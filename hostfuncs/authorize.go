package hostfuncs

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// used is a token that a request carries.
type used struct {
	login  *login
	number int
}

// derives reports whether something must be got, or computed from the whole request,
// before a request can be sent.
func (t *target) derives() bool { return len(t.logins) > 0 || t.keepsJar() || t.aws != nil }

func (t *target) keepsJar() bool { return t.grant.Cookies || t.csrf != nil }

// authenticated sends a request once with what must be got for it. When the target
// does not take a token any more, the request was not carried out: it is sent again
// with a new one, once, whatever it does.
func (l *lease) authenticated(ctx context.Context, p *plan, deadline time.Time) outcome {
	if !p.target.derives() {
		p.carrier.begin()
		return l.once(ctx, p, deadline)
	}
	sent := 0
	for again := true; ; again = false {
		p.carrier.begin()
		full, tokens, err := l.authorize(ctx, p, deadline)
		if err != nil {
			return outcome{sent: sent, err: err, again: err.Code == abi.NotSent && err.Retryable, retryAfter: err.RetryAfter}
		}
		out := l.once(ctx, full, deadline)
		out.sent += sent
		sent = out.sent
		l.jars[p.target].take(p.url().Path, out.header, l.host.world.now())
		if !l.renew(p, tokens, out, !again) || !again {
			return out
		}
		p.turn.end() // the answer is not looked at
	}
}

// authorize returns a request with the tokens in it.
func (l *lease) authorize(ctx context.Context, p *plan, deadline time.Time) (*plan, []used, *abi.Error) {
	full := p.clone()
	if err := l.forgery(ctx, p, full, deadline); err != nil {
		return nil, nil, err
	}
	j, now := l.jars[p.target], l.host.world.now()
	var tokens []used
	for _, g := range p.target.logins {
		values, err := l.values(g)
		if err != nil {
			return nil, nil, err
		}
		from := l.host.logins.of(g, values)
		got, err := from.get(ctx, l, p, values)
		if err != nil {
			return nil, nil, err
		}
		p.carrier.add(got.value)
		if err := g.credential.put(ctx, full, got.value, g.shown()); ctx.Err() != nil {
			return nil, nil, l.failed(ctx, p, 0, ctx.Err()).err
		} else if err != nil {
			return nil, nil, err
		}
		tokens = append(tokens, used{from, got.number})
		j.seed(from, got, g.target.base.Path+g.path, now)
	}
	j.put(full, p.url().Path, now)
	if err := l.complete(full); err != nil {
		return nil, nil, err
	}
	return full, tokens, l.sign(full)
}

// complete checks the limits of a request that has become longer.
func (l *lease) complete(p *plan) *abi.Error {
	p.joinCookies()
	if len(p.body) > p.target.maxRequestBytes {
		return tooLong("request_bytes", p.target.maxRequestBytes, "the request's body is too long with its token for target "+p.target.name)
	}
	return checkURLLength(p)
}

// renew takes note of what an answer says about the tokens of its request, and
// reports whether the request was not carried out for want of a good one, and may be
// with another. fresh: it was sent again already.
func (l *lease) renew(p *plan, tokens []used, out outcome, fresh bool) bool {
	if out.status == 0 {
		return false
	}
	again := l.forgeryEnded(p, out)
	for i, u := range tokens {
		if out.status == http.StatusUnauthorized || p.target.logins[i].session.endedBy(out) {
			again = u.login.reject(u.number, fresh) || again
		}
	}
	return again
}

// values returns the values of a login's sources.
func (l *lease) values(g *loginGrant) (map[string]string, *abi.Error) {
	values := make(map[string]string, len(g.sources))
	for _, source := range g.sources {
		value, err := l.source(source)
		if err != nil {
			return nil, err
		}
		values[source] = value
	}
	return values, nil
}

// shown is what stands for a token in a dry run.
func (g *loginGrant) shown() string {
	if g.session != nil {
		return shownSecret("session token")
	}
	return shownSecret("access token")
}

// showTokens returns a request as a person may see it: with names for the tokens
// that nobody has got. It ends with ctx, and then means nothing.
func (l *lease) showTokens(ctx context.Context, p *plan) *plan {
	if !p.target.derives() {
		return p
	}
	shown := p.clone()
	for _, g := range p.target.logins {
		g.credential.put(ctx, shown, "", g.shown()) // what cannot be put is not shown
	}
	if p.target.guarded(p.request.Method) {
		shown.headers = append(shown.headers, part{canonical(p.target.csrf.Header), "", shownSecret("CSRF token")})
	}
	if p.target.aws != nil {
		shown.headers = append(shown.headers, part{"Authorization", "", "AWS4-HMAC-SHA256 " + shownSecret("signature")})
	}
	l.jars[p.target].put(shown, p.url().Path, l.host.world.now())
	shown.joinCookies()
	return shown
}

// clone returns a copy to which things can be added.
func (p *plan) clone() *plan {
	copied := *p
	copied.headers, copied.query, copied.cookies = slices.Clone(p.headers), slices.Clone(p.query), slices.Clone(p.cookies)
	copied.credentials = slices.Clone(p.credentials)
	return &copied
}

// put puts a token into a request, at the credential's place. What it says when ctx has
// ended may be for want of time.
func (c Credential) put(ctx context.Context, p *plan, secret, shown string) *abi.Error {
	p.credentials = append(p.credentials, secret)
	switch {
	case c.Cookie != "":
		if strings.ContainsAny(secret, " \",;\\") {
			return denied(RuleCredential, "the token of target %s holds a sign that a cookie cannot", p.target.name)
		}
		p.cookies = append(p.cookies, part{c.Cookie, secret, shown})
		return nil
	case c.Query != "":
		p.query = append(p.query, part{c.Query, secret, shown})
		return nil
	case c.Pointer != "":
		return c.putBody(ctx, p, secret, shown)
	}
	name, prefix := "Authorization", c.Prefix
	if c.Header != "" {
		name = canonical(c.Header)
	} else if prefix == "" {
		prefix = "Bearer "
	}
	p.headers = append(p.headers, part{name, prefix + secret, prefix + shown})
	return nil
}

// putBody puts a token into a JSON body, in the place of what the connector may have
// written there.
func (c Credential) putBody(ctx context.Context, p *plan, secret, shown string) *abi.Error {
	if p.body == "" {
		return nil
	}
	pointer := p.target.tokenPlaces[c.Pointer]
	set := func(body *string, text string) error {
		var w wire.Writer
		w.String(text)
		changed, err := pointer.Set(ctx, *body, string(w.Bytes()))
		if err == nil {
			*body = changed
		}
		return err
	}
	err := set(&p.body, secret)
	if err == nil && p.shownBody != "" {
		err = set(&p.shownBody, shown)
	}
	if err != nil {
		return denied(RuleCredential, "the body of a request to target %s is no JSON with an object at the place of its token", p.target.name)
	}
	return nil
}

// joinCookies makes the one header of all cookies.
func (p *plan) joinCookies() {
	if len(p.cookies) == 0 {
		return
	}
	var values, shown []string
	for _, c := range p.cookies {
		values, shown = append(values, c.name+"="+c.value), append(shown, c.name+"="+c.shown)
	}
	p.headers = append(p.headers, part{"Cookie", strings.Join(values, "; "), strings.Join(shown, "; ")})
	p.cookies = nil
}
