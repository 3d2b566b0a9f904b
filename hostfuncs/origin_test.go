package hostfuncs_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// TestOrigin asks with the origins of URLs that the target may have named.
func TestOrigin(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	l := lease(t, grant(server.URL+"/api"), nil)
	for _, origin := range []string{"", server.URL, "HTTP://" + host, "//" + host} {
		wantStatus(t, ask(t, l, abi.HTTPRequest{Origin: origin}), 200)
	}
	for _, origin := range []string{
		"https://" + host, "http://app.example", "http://127.0.0.1", "//app.example", "http://127.0.0.1:80", "http://localhost" + host[strings.IndexByte(host, ':'):],
		"http://me:pw@" + host, server.URL + "/api", server.URL + "?a=b", server.URL + "#a", server.URL + "?", host, "app", "http:", "//", "mailto:a", "http://a b", "http://" + host + ":",
	} {
		a := ask(t, l, abi.HTTPRequest{Origin: origin})
		if wantError(t, a, abi.Denied, hostfuncs.RuleOrigin); strings.Contains(a.Error.Message, "pw") {
			t.Errorf("%q: %s", origin, a.Error.Message)
		}
	}
	a := ask(t, l, abi.HTTPRequest{Origin: "https://inner.example:8443"})
	for _, word := range []string{`"https://inner.example:8443"`, "target app is at " + server.URL, "correct its base URL, or grant"} {
		if !strings.Contains(a.Error.Message, word) {
			t.Errorf("%q lacks %q", a.Error.Message, word)
		}
	}
}

// TestOriginDefaultPort compares origins whose port is that of their scheme.
func TestOriginDefaultPort(t *testing.T) {
	t.Parallel()
	target := grant("https://App.example:443/api")
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}, DryRun: func(hostfuncs.DryRunRequest) {}}, nil, nil)
	for origin, rule := range map[string]string{
		"https://app.example": hostfuncs.RuleDryRun, "https://APP.example:443": hostfuncs.RuleDryRun,
		"https://app.example:444": hostfuncs.RuleOrigin, "http://app.example:443": hostfuncs.RuleOrigin, "https://app.example:80": hostfuncs.RuleOrigin,
	} {
		if a := ask(t, l, abi.HTTPRequest{Origin: origin}); a.Error == nil || a.Error.Rule != rule {
			t.Errorf("%s: have %v, want %s", origin, a.Error, rule)
		}
	}
}
