package hostfuncs

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// redirect returns the request that a redirect leads to, or nil when the outcome
// is an answer. The new request passes every rule anew, as if the connector had
// asked for it, and gets the credentials of the same target.
func (l *lease) redirect(ctx context.Context, p *plan, out outcome, hop int) (*plan, *abi.Error) {
	location := out.header.Get("Location")
	if out.err != nil || p.target.grant.Redirects != RedirectsSameTarget || !isRedirect(out.status) || location == "" {
		return nil, nil
	}
	if hop >= MaxRedirects {
		return nil, carriedOut(p.request.Safety, exceeded("redirects", int64(hop)+1, MaxRedirects, "the target redirects without end"), out.status)
	}
	path, query, ok := follow(p, location)
	if !ok {
		return nil, carriedOut(p.request.Safety, denied(RuleRedirect, "target %s redirects to a place outside its base URL", p.target.name), out.status)
	}
	request := p.request
	request.Path, request.Query = path, query
	request.Method = redirectedMethod(out.status, request.Method)
	if request.Method != p.request.Method {
		request.Body, request.Safety, request.IdempotencyKey = "", abi.Safe, ""
		request.Headers = withoutHeader(request.Headers, "Content-Type")
	}
	next, err := l.check(ctx, request)
	if ctx.Err() != nil {
		return nil, unpresented(ctx, p, &out)
	}
	if err != nil {
		rule := err.Rule + err.Limit
		return nil, carriedOut(p.request.Safety, denied(RuleRedirect, "target %s redirects to a place that %s forbids", p.target.name, rule), out.status)
	}
	return next, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirectedMethod is the method of the next request, as browsers choose it.
func redirectedMethod(status int, method string) string {
	switch {
	case status == http.StatusSeeOther && method != http.MethodHead,
		(status == http.StatusMovedPermanently || status == http.StatusFound) && method == http.MethodPost:
		return http.MethodGet
	}
	return method
}

// follow returns path and query of a location, if that lies within the base URL.
func follow(p *plan, location string) (path string, query []abi.Field, ok bool) {
	base := p.target.base
	to, err := p.url().Parse(location)
	if err != nil || to.User != nil || to.Opaque != "" || to.Scheme != base.Scheme || withoutDefaultPort(to) != base.Host {
		return "", nil, false
	}
	path, ok = strings.CutPrefix(to.EscapedPath(), base.RawPath)
	if !ok || path != "" && path[0] != '/' {
		return "", nil, false
	}
	if path == "" {
		path = "/"
	}
	query, ok = parseQuery(p, to.RawQuery)
	return path, query, ok
}

// parseQuery takes a query apart, in order and without the credentials that a
// target may have copied into it: they are added anew.
func parseQuery(p *plan, raw string) ([]abi.Field, bool) {
	var fields []abi.Field
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(rawName)
		value, errValue := url.QueryUnescape(rawValue)
		if errName != nil || errValue != nil {
			return nil, false
		}
		credential := false
		for _, c := range p.target.credentials {
			credential = credential || c.place() == "query:"+strings.ToLower(name)
		}
		if !credential {
			fields = append(fields, abi.Field{Name: name, Value: value})
		}
	}
	return fields, true
}

func withoutHeader(headers []abi.Field, name string) []abi.Field {
	var kept []abi.Field
	for _, h := range headers {
		if !equalName(h.Name, name) {
			kept = append(kept, h)
		}
	}
	return kept
}
