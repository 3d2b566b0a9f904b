package hostfuncs

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// CSRF says how the target's guard against forged requests is met: a header that
// repeats a value which the target gave. It goes into every request but GET, HEAD and
// OPTIONS, as soon as the value is known.
type CSRF struct {
	// Header is the header of the request. A connector cannot set it.
	Header string
	// Cookie is the cookie whose value that is, for which Target.Cookies is needed;
	// AnswerHeader is the header of any answer instead. Exactly one of them.
	Cookie, AnswerHeader string
	// FetchPath is what the host asks for with GET when the value is needed and not
	// known, and when the target answers 403 with Required in AnswerHeader. Empty:
	// requests go without until an answer has brought the value.
	FetchPath string
	// FetchValue is what Header says in that GET, such as Fetch; empty: it is left
	// out.
	FetchValue string
}

func compileCSRF(c checker, t *target, g Target) {
	if g.CSRF == nil {
		return
	}
	rule := *g.CSRF
	t.csrf = &rule
	checkGrantedHeader(c.at("Header"), rule.Header)
	for _, cred := range g.Credentials {
		if cred.place() == "header:"+canonical(rule.Header) {
			c.at("Header").wrong("a credential goes to the same place")
		}
	}
	if t.requestHeaders[canonical(rule.Header)] || equalName(rule.Header, g.IdempotencyHeader) {
		c.at("Header").wrong("a connector may set %s as well", quoteCut(rule.Header))
	}
	if (rule.Cookie == "") == (rule.AnswerHeader == "") {
		c.wrong("the value comes from either Cookie or AnswerHeader")
	}
	if rule.Cookie != "" && !g.Cookies {
		c.at("Cookie").wrong("it needs the target's Cookies")
	}
	if rule.AnswerHeader != "" && !isToken(rule.AnswerHeader) {
		c.at("AnswerHeader").wrong("%s is no header name", quoteCut(rule.AnswerHeader))
	}
	if rule.FetchPath != "" {
		checkLoginPath(c.at("FetchPath"), rule.FetchPath)
	}
	if !isHeaderValue(rule.FetchValue) || rule.FetchValue != "" && rule.FetchPath == "" {
		c.at("FetchValue").wrong("it belongs to FetchPath, in printable ASCII")
	}
}

// isCSRFToken tells a value from the words by which targets ask for one.
func isCSRFToken(value string) bool {
	return value != "" && len(value) <= maxCookie && isHeaderValue(value) && !equalName(value, "Required") && !equalName(value, "Fetch")
}

// guarded reports whether a request carries the header.
func (t *target) guarded(method string) bool {
	return t.csrf != nil && method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// forgery puts the value against forged requests into a request, and fetches it if
// need be.
func (l *lease) forgery(ctx context.Context, p *plan, full *plan, deadline time.Time) *abi.Error {
	if !p.target.guarded(p.request.Method) {
		return nil
	}
	rule, j, now := p.target.csrf, l.jars[p.target], l.host.world.now()
	value := j.forgeryToken(now)
	if value == "" && rule.FetchPath != "" {
		if err := l.fetchForgery(ctx, p, deadline); err != nil {
			return err
		}
		if value = j.forgeryToken(now); value == "" {
			return notSent(p, false, "what it answered to "+quoteCut(rule.FetchPath)+" holds no token against forged requests")
		}
	}
	if value != "" {
		p.carrier.add(value)
		full.headers = append(full.headers, part{canonical(rule.Header), value, shownSecret("CSRF token")})
	}
	return nil
}

func notSent(p *plan, again bool, message string) *abi.Error {
	e := targetError(abi.NotSent, p, message+"; the request was not sent")
	e.Retryable = again
	return e
}

func (j *jar) forgeryToken(now time.Time) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.expire(now)
	if name := j.target.csrf.Cookie; name != "" {
		if value := j.value(name); isCSRFToken(value) {
			return value
		}
		return ""
	}
	return j.csrf
}

// fetchForgery asks for the value. Those who come meanwhile wait, and find it there.
func (l *lease) fetchForgery(ctx context.Context, p *plan, deadline time.Time) *abi.Error {
	rule, j, now := p.target.csrf, l.jars[p.target], l.host.world.now()
	select {
	case j.fetching <- struct{}{}:
	case <-ctx.Done():
		return l.failed(ctx, p, 0, ctx.Err()).err
	}
	defer func() { <-j.fetching }()
	if j.forgeryToken(now) != "" {
		return nil
	}
	defer p.turn.end() // the answer is not looked at
	fetch := &plan{target: p.target, turn: p.turn,
		request: abi.HTTPRequest{Target: p.target.name, Method: http.MethodGet, Path: rule.FetchPath, Safety: abi.Safe}}
	if rule.FetchValue != "" {
		fetch.headers = append(fetch.headers, plain(canonical(rule.Header), rule.FetchValue))
	}
	if err := l.addCredentials(fetch); err != nil {
		return err
	}
	fetch.carrier = &carrier{of: &l.vault.secrets}
	defer fetch.carrier.end()
	out := l.authenticated(ctx, fetch, deadline)
	switch {
	case out.err != nil && (out.err.Code == abi.Cancelled || out.err.Code == abi.BadServerCredentials):
		return out.err
	case out.err != nil:
		failed := notSent(p, out.err.Retryable || out.err.Code == abi.OutcomeUnknown, "the token against forged requests cannot be fetched: "+out.err.Message)
		failed.RetryAfter = out.err.RetryAfter
		return failed
	case out.status >= 300 && out.status != http.StatusNotFound:
		failed := notSent(p, laterStatus(out.status), "the token against forged requests cannot be fetched: status "+statusText(out.status))
		failed.RetryAfter = out.retryAfter
		return failed
	}
	return nil
}

// forgeryEnded reports whether an answer asks for another value, and forgets the one
// it was given.
func (l *lease) forgeryEnded(p *plan, out outcome) bool {
	if !p.target.guarded(p.request.Method) || p.target.csrf.FetchPath == "" || p.target.csrf.AnswerHeader == "" || out.status != http.StatusForbidden {
		return false
	}
	if !strings.EqualFold(out.header.Get(p.target.csrf.AnswerHeader), "Required") {
		return false
	}
	j := l.jars[p.target]
	j.mu.Lock()
	defer j.mu.Unlock()
	j.setCSRF("")
	return true
}
