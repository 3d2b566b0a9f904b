package hostfuncs

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// askSession logs in.
func (g *loginGrant) askSession(ctx context.Context, agent *lease, values map[string]string) (token, *abi.Error) {
	s := g.session
	p, err := g.sessionRequest(agent, &s.Login, func(value string) string {
		switch value {
		case SessionUsername:
			return named(s.Username, s.UsernameFrom, values)
		case SessionPassword:
			return values[s.Password]
		}
		return value
	})
	if err != nil {
		return token{}, err
	}
	out := agent.once(ctx, p, agent.host.world.now().Add(p.target.timeout))
	if out.err != nil {
		return token{}, g.unanswered(out)
	}
	return g.readSession(ctx, agent, p, out)
}

// readSession reads the answer to a login.
func (g *loginGrant) readSession(ctx context.Context, agent *lease, p *plan, out outcome) (token, *abi.Error) {
	s, cookies := g.session, readCookies(out.header)
	kept := g.target.keepable(cookies)
	for _, cookie := range append(cookies[max(len(cookies)-MaxCookies, 0):len(cookies):len(cookies)], kept...) {
		if isSecretCookie(cookie) {
			agent.publish(cookie.Value)
		}
	}
	if !g.target.grant.Cookies {
		kept = nil
	}
	if err := g.refusedSession(out); err != nil {
		return token{}, err
	}
	value := s.findToken(ctx, out, cookies)
	switch {
	case value == "" && ctx.Err() != nil: // there may be one
		return token{}, g.unanswered(agent.failed(ctx, p, out.sent, ctx.Err()))
	case value == "":
		return token{}, g.failed(abi.BadServerCredentials, false, "the answer to the login, status "+statusText(out.status)+", holds no token; user name or password may be wrong")
	}
	return token{value: value, cookies: kept, lifetime: s.lifetime(ctx, out.body, agent.host.world.now())}, nil
}

// sessionRequest makes a request; of fills in its values.
func (g *loginGrant) sessionRequest(agent *lease, r *SessionRequest, of func(string) string) (*plan, *abi.Error) {
	p := &plan{target: g.target, request: abi.HTTPRequest{Target: g.target.name, Method: r.method(), Path: r.Path}}
	for _, h := range r.Headers {
		value := of(h.Value)
		if !isHeaderValue(value) {
			return nil, denied(RuleCredential, "what the login at target %s puts into header %s holds a sign that a header cannot", g.target.name, quoteCut(h.Name))
		}
		p.headers = append(p.headers, plain(canonical(h.Name), value))
	}
	for _, q := range r.Query {
		p.query = append(p.query, plain(q.Name, of(q.Value)))
	}
	if r.Basic {
		user, password := of(SessionUsername), of(SessionPassword)
		if strings.Contains(user, ":") {
			return nil, denied(RuleCredential, "the user name for target %s holds a colon", g.target.name)
		}
		pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		agent.publish(pair)
		p.headers = append(p.headers, plain("Authorization", "Basic "+pair))
	}
	switch {
	case r.JSON != "":
		body, ok := r.fillJSON(of)
		if !ok {
			return nil, denied(RuleCredential, "the user name or password for target %s is not UTF-8 and cannot stand in JSON", g.target.name)
		}
		p.body = body
		p.addHeader("Content-Type", "application/json")
	case len(r.Form) > 0:
		var pairs []string
		for _, f := range r.Form {
			pairs = append(pairs, url.QueryEscape(f.Name)+"="+url.QueryEscape(of(f.Value)))
		}
		p.body = strings.Join(pairs, "&")
		p.addHeader("Content-Type", "application/x-www-form-urlencoded")
	}
	p.addHeader("Accept", "application/json")
	for _, source := range g.sources {
		p.credentials = append(p.credentials, agent.credentials[source])
	}
	return p, agent.addCertificate(p)
}

// addHeader adds a header that is not there yet.
func (p *plan) addHeader(name, value string) {
	if !hasPart(p.headers, name) {
		p.headers = append(p.headers, plain(name, value))
	}
}

// refusedSession says why an answer to a login is no success.
func (g *loginGrant) refusedSession(out outcome) *abi.Error {
	want := g.session.Login.Status
	if want == out.status || want == 0 && out.status/100 == 2 {
		return nil
	}
	text := "the login was answered with status " + statusText(out.status)
	if want != 0 {
		text += " where " + statusText(want) + " says that it succeeded"
	}
	switch {
	case laterStatus(out.status):
		e := g.failed(abi.NotSent, true, text)
		e.RetryAfter = out.retryAfter
		return e
	case out.status/100 == 3 && want/100 != 3, slices.Contains([]int{404, 405, 406, 410, 415}, out.status):
		return g.failed(abi.NotSent, false, text)
	}
	return g.failed(abi.BadServerCredentials, false, text)
}

// findToken returns the token of an answer, or nothing.
func (s *sessionPlan) findToken(ctx context.Context, out outcome, cookies []*http.Cookie) string {
	switch {
	case s.Token.Header != "":
		return out.header.Get(s.Token.Header)
	case s.Token.Cookie != "":
		for _, cookie := range cookies {
			if cookie.Name == s.Token.Cookie {
				return cookie.Value
			}
		}
		return ""
	case s.Token.Body && !strings.HasPrefix(strings.TrimSpace(out.body), `"`):
		return strings.TrimSpace(out.body)
	}
	value, _, err := s.token.Find(ctx, out.body) // the zero Pointer is the whole body
	if err != nil || value.Kind != wire.KindString {
		return ""
	}
	return value.Text
}

// lifetime returns how long a session lasts, by its answer or the grant; 0 if nobody
// says.
func (s *sessionPlan) lifetime(ctx context.Context, body string, now time.Time) time.Duration {
	if s.ExpiryPointer != "" {
		if value, found, err := s.expiry.Find(ctx, body); err == nil && found {
			if told := readLifetime(value, now); told > 0 {
				return told
			}
		}
	}
	return s.Lifetime
}

// sinceEpoch is the number from which seconds are taken for a time since 1970.
const sinceEpoch = 1e9

func readLifetime(value jsonfields.Value, now time.Time) time.Duration {
	if at, err := time.Parse(time.RFC3339, value.Text); err == nil {
		return at.Sub(now)
	}
	seconds, err := strconv.ParseFloat(value.Text, 64)
	if err != nil || seconds < 1 {
		return 0
	}
	if seconds >= sinceEpoch {
		seconds -= float64(now.Unix())
	}
	return forSeconds(seconds)
}

// endedBy reports whether an answer bears the sign that the session has ended.
func (s *sessionPlan) endedBy(out outcome) bool {
	if s == nil || s.Ended == nil || out.err != nil {
		return false
	}
	if s.Ended.Location != "" && isRedirect(out.status) {
		return strings.Contains(out.header.Get("Location"), s.Ended.Location)
	}
	if s.Ended.Pointer == "" || out.body == "" || len(out.body) > MaxSignBytes {
		return false
	}
	value, found, err := s.ended.Find(context.Background(), out.body) // which is short
	if err != nil || !found || value.Text == "" {
		return false
	}
	if s.Ended.Equals != "" {
		return value.Text == s.Ended.Equals
	}
	return strings.Contains(value.Text, s.Ended.Contains)
}

// logout ends a session at the target, if the grant says how.
func (g *login) logout(ctx context.Context, old token, values map[string]string) {
	s := g.grant.session
	if s == nil || s.Logout == nil {
		return
	}
	agent := g.all.agent(g, values)
	defer g.all.dismiss(agent)
	agent.vault.secrets.Add(old.value)
	p, err := g.grant.sessionRequest(agent, s.Logout, func(value string) string {
		if value == SessionTokenValue {
			return old.value
		}
		return value
	})
	if err == nil {
		err = g.grant.credential.put(ctx, p, old.value, "")
	}
	if err == nil {
		p.joinCookies()
		out := agent.once(ctx, p, agent.host.world.now().Add(closeTime))
		if err = out.err; err == nil && out.status >= 400 && out.status != http.StatusUnauthorized {
			err = g.grant.failed(abi.NotSent, false, "status "+statusText(out.status))
		}
	}
	if err != nil {
		agent.log.host.Debug().Str(logfield.Target, g.grant.target.name).Str(logfield.Error, agent.vault.secrets.Redact(err.Error())).Msg("logging out failed")
	}
}
