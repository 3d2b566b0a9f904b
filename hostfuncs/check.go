package hostfuncs

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/pathrule"
)

// plan is a request that passed every rule that can be checked before it is
// sent, with the secrets in their places.
type plan struct {
	target *target
	// request is what the connector asked for; a redirect changes a copy of it
	// and checks that anew.
	request  abi.HTTPRequest
	segments []string
	headers  []part
	query    []part
	body     string
	// shownBody is body with the names of secrets in their places, during a dry
	// run.
	shownBody string
	// certificate is the client's, for connecting; nil: none.
	certificate *tls.Certificate
	// cookies become one header when the request is complete.
	cookies []part
	// credentials are the values that may stand for who asks: the grant's, and
	// secrets in slots of the headers and the query.
	credentials []string
	// generated are the placeholders of passwords that the host made for it.
	generated map[Generate]string
	// keyed: the request carries a granted idempotency key.
	keyed bool
	// want is what the connector wants of the answer; nil is the body as it is.
	want *want.Plan
	// turn is what the request's answer has of the host's room for bodies; nil is that of
	// a login, whose answer has none and cannot be beyond abi.MaxHTTPBody.
	turn *turn
	// carrier holds the passing secrets that the request carries; nil during a dry run.
	carrier *carrier
}

// part is a header or a query parameter.
type part struct {
	name string
	// value is what is sent, shown what a person may see of it.
	value, shown string
}

// plain is a part without a secret.
func plain(name, value string) part { return part{name, value, value} }

// shownSecret stands where a secret would.
func shownSecret(name string) string { return "«sealed: " + name + "»" }

// repeatable reports whether the request may be sent again although it may have
// reached the target.
func (p *plan) repeatable() bool {
	return p.request.Safety == abi.Safe || p.request.Safety == abi.Idempotent || p.keyed
}

// url returns the whole URL; shown, with names instead of secrets.
func (p *plan) url() *url.URL {
	u := *p.target.base
	u.Path, u.RawPath = u.Path+decoded(p.request.Path), u.RawPath+p.request.Path
	u.RawQuery = encodeQuery(p.query)
	return &u
}

// shownURL returns the URL as a person may see it.
func (p *plan) shownURL() string {
	u := p.url()
	u.RawQuery = ""
	shown := u.String()
	for i, q := range p.query {
		sign := "&"
		if i == 0 {
			sign = "?"
		}
		value := q.shown
		if q.shown == q.value {
			value = escape(q.value)
		}
		shown += sign + escape(q.name) + "=" + value
	}
	return shown
}

func decoded(path string) string {
	text, err := url.PathUnescape(path)
	if err != nil {
		return path // cannot be: the path was checked
	}
	return text
}

func encodeQuery(query []part) string {
	var b strings.Builder
	for i, q := range query {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(q.name) + "=" + escape(q.value))
	}
	return b.String()
}

// escape percent-encodes, a blank as %20: a plus sign would be a blank to some
// servers and a plus to others.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// check lets a request pass or says which rule or limit it breaks.
func (l *lease) check(ctx context.Context, request abi.HTTPRequest) (*plan, *abi.Error) {
	t, ok := l.host.targets[request.Target]
	if !ok {
		return nil, denied(RuleTarget, "no target is granted under the name %s", quoteCut(request.Target))
	}
	p := &plan{target: t, request: request}
	login := func(p *plan) *abi.Error { return l.checkLogin(ctx, p) }
	body := func(p *plan) *abi.Error { return l.checkBody(ctx, p) }
	for _, step := range []func(*plan) *abi.Error{l.checkMethod, l.checkOrigin, l.checkPath, login, l.checkHeaders, l.checkQuery, body, checkWant, l.addCredentials, checkURLLength} {
		if err := step(p); ctx.Err() != nil {
			return nil, gaveUp() // what a step said then may be for want of time
		} else if err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (l *lease) checkMethod(p *plan) *abi.Error {
	if !slices.Contains(p.target.methods, p.request.Method) {
		return denied(RuleMethod, "method %s is not granted on target %s", quoteCut(p.request.Method), p.target.name)
	}
	return nil
}

func (l *lease) checkPath(p *plan) *abi.Error {
	if len(p.request.Path) > MaxURLBytes {
		return exceeded("url_bytes", int64(len(p.request.Path)), MaxURLBytes, "the path is too long")
	}
	segments, err := pathrule.Split(p.request.Path, p.target.grant.EncodedSlashes)
	if err != nil {
		return denied(RulePath, "%s on target %s: %s", quoteCut(p.request.Path), p.target.name, err)
	}
	if marks.In(p.request.Path) {
		return misplaced(p.target, "a placeholder stands in the path, which is no slot")
	}
	if !matches(p.target.paths, p.request.Method, segments) {
		return denied(RulePath, "%s %s is not granted on target %s", p.request.Method, quoteCut(p.request.Path), p.target.name)
	}
	p.segments = segments
	// No path that Split takes is known to fail this; what is matched must be what
	// is sent, whatever net/url becomes.
	if u := p.url(); u.EscapedPath() != u.RawPath {
		return denied(RulePath, "%s would not be sent as it is written", quoteCut(p.request.Path))
	}
	return nil
}

func matches(patterns []pathrule.Pattern, method string, segments []string) bool {
	return slices.ContainsFunc(patterns, func(p pathrule.Pattern) bool { return p.Match(method, segments) })
}

func (l *lease) checkHeaders(p *plan) *abi.Error {
	t, size, filled, seen := p.target, 0, 0, map[string]bool{}
	if n := len(p.request.Headers); n > MaxRequestHeaders {
		return exceeded("request_headers", int64(n), MaxRequestHeaders, "the request has too many headers")
	}
	for _, h := range p.request.Headers {
		name := canonical(h.Name)
		size += len(h.Name) + len(h.Value)
		switch {
		case !isToken(h.Name):
			return denied(RuleHeader, "%s is no header name", quoteCut(h.Name))
		case !isHeaderValue(h.Value):
			return denied(RuleHeader, "header %s holds a sign outside printable ASCII", quoteCut(name))
		case seen[name]:
			return denied(RuleHeader, "header %s is set twice", quoteCut(name))
		}
		seen[name] = true
		sent, err := l.header(p, name, h.Value)
		if err != nil {
			return err
		}
		p.headers = append(p.headers, sent)
		filled += len(sent.name) + len(sent.value)
	}
	if size > MaxRequestHeaderBytes {
		return exceeded("request_header_bytes", int64(size), MaxRequestHeaderBytes, "the request's headers are too long")
	}
	if filled > MaxRequestHeaderBytes {
		return tooLong("request_header_bytes", MaxRequestHeaderBytes, "the request's headers are too long with their secrets")
	}
	return l.addKey(p, t.grant.IdempotencyHeader, seen)
}

// header lets a granted header pass, or one whose value is a placeholder in its
// slot.
func (l *lease) header(p *plan, name, value string) (part, *abi.Error) {
	if isPlaceholder(value) {
		slots := p.slots(func(s *slot) bool { return equalName(s.Header, name) })
		s, prefix, err := l.fill(p, value, slots, "header "+quoteCut(name))
		if err != nil {
			return part{}, err
		}
		if !isHeaderValue(s.secret) {
			return part{}, misplaced(p.target, "the secret holds a sign that a header cannot")
		}
		p.credentials = append(p.credentials, s.secret)
		return part{name, prefix + s.secret, prefix + shownSecret(s.name)}, nil
	}
	if marks.In(value) {
		return part{}, misplaced(p.target, "a placeholder stands in header %s among other text", quoteCut(name))
	}
	if !p.target.requestHeaders[name] {
		return part{}, denied(RuleHeader, "header %s is not granted on target %s", quoteCut(name), p.target.name)
	}
	return plain(name, value), nil
}

// addKey adds the idempotency key, if the grant has a header for it.
func (l *lease) addKey(p *plan, name string, seen map[string]bool) *abi.Error {
	key := p.request.IdempotencyKey
	if name == "" || key == "" {
		return nil
	}
	name = canonical(name)
	switch {
	case seen[name]:
		return denied(RuleHeader, "header %s carries the idempotency key and cannot be set", quoteCut(name))
	case !isHeaderValue(key) || len(key) > 255:
		return denied(RuleHeader, "an idempotency key is printable ASCII, at most 255 bytes")
	case marks.In(key):
		return misplaced(p.target, "a placeholder stands in the idempotency key")
	}
	p.headers = append(p.headers, plain(name, key))
	p.keyed = true
	return nil
}

func (l *lease) checkQuery(p *plan) *abi.Error {
	size := 0
	for _, q := range p.request.Query {
		name := strings.ToLower(q.Name)
		for _, c := range p.target.credentials {
			if c.place() == "query:"+name {
				return denied(RuleQuery, "query parameter %s carries a credential", quoteCut(q.Name))
			}
		}
		if name == "_method" {
			return denied(RuleQuery, "query parameter _method would change the method")
		}
		sent, err := l.queryPart(p, q)
		if err != nil {
			return err
		}
		if size += len(sent.name) + len(sent.value); size > MaxURLBytes {
			return tooLong("url_bytes", MaxURLBytes, "the URL is too long")
		}
		p.query = append(p.query, sent)
	}
	return nil
}

func (l *lease) queryPart(p *plan, q abi.Field) (part, *abi.Error) {
	if isPlaceholder(q.Value) {
		slots := p.slots(func(s *slot) bool { return s.Query != "" && s.Query == q.Name })
		s, _, err := l.fill(p, q.Value, slots, "query parameter "+quoteCut(q.Name))
		p.credentials = append(p.credentials, s.secret)
		return part{q.Name, s.secret, shownSecret(s.name)}, err
	}
	if marks.In(q.Name) || marks.In(q.Value) {
		return part{}, misplaced(p.target, "a placeholder stands in the query among other text")
	}
	return plain(q.Name, q.Value), nil
}

func checkURLLength(p *plan) *abi.Error {
	if len(p.url().String()) > MaxURLBytes {
		return tooLong("url_bytes", MaxURLBytes, "the URL is too long")
	}
	return nil
}

func checkWant(p *plan) *abi.Error {
	if p.request.Want == nil {
		return nil
	}
	read, err := want.Compile(*p.request.Want)
	p.want = read
	return abi.AsError(err)
}

func (l *lease) checkBody(ctx context.Context, p *plan) *abi.Error {
	n, allowed := len(p.request.Body), p.target.maxRequestBytes
	if n > allowed {
		return exceeded("request_bytes", int64(n), int64(allowed), "the request's body is too long for target "+p.target.name)
	}
	if n > 0 && (p.request.Method == http.MethodGet || p.request.Method == http.MethodHead) {
		return denied(RuleBody, "%s carries no body", p.request.Method)
	}
	return l.fillBody(ctx, p)
}
