package hostfuncs_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// baker sets, at each request, the cookies that the query names.
func baker(w http.ResponseWriter, r *http.Request) {
	for _, line := range r.URL.Query()["set"] {
		w.Header().Add("Set-Cookie", line)
	}
	if say := r.URL.Query().Get("say"); say != "" {
		io.WriteString(w, strings.ReplaceAll(say, "-", ""))
	}
}

func set(path string, cookies ...string) abi.HTTPRequest {
	r := abi.HTTPRequest{Path: path, Safety: abi.Safe}
	for _, c := range cookies {
		r.Query = append(r.Query, abi.Field{Name: "set", Value: c})
	}
	return r
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from string
		set  []string
		wait time.Duration
		to   string
		want string
	}{
		"one":               {"/", []string{"sid=1"}, 0, "/any/where", "sid=1"},
		"two, in order":     {"/", []string{"b=1; Path=/", "a=2; HttpOnly"}, 0, "/", "b=1; a=2"},
		"replaced":          {"/", []string{"a=1", "b=2", "a=3"}, 0, "/", "b=2; a=3"},
		"removed":           {"/", []string{"a=1", "a=; Max-Age=0"}, 0, "/", ""},
		"removed by date":   {"/", []string{"a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, 0, "/", ""},
		"not yet too old":   {"/", []string{"a=1; Max-Age=60"}, 59 * time.Second, "/", "a=1"},
		"too old":           {"/", []string{"a=1; Max-Age=60"}, time.Minute, "/", ""},
		"its path":          {"/", []string{"a=1; Path=/x"}, 0, "/x/y", "a=1"},
		"another path":      {"/", []string{"a=1; Path=/x"}, 0, "/xy", ""},
		"path of its page":  {"/x/login", []string{"a=1"}, 0, "/x/y", "a=1"},
		"not of others":     {"/x/login", []string{"a=1"}, 0, "/y", ""},
		"another domain":    {"/", []string{"a=1; Domain=example.com"}, 0, "/", ""},
		"its own domain":    {"/", []string{"a=1; Domain=127.0.0.1"}, 0, "/", "a=1"},
		"secure, over http": {"/", []string{"a=1; Secure"}, 0, "/", ""},
		"too long":          {"/", []string{"a=" + strings.Repeat("x", 4096)}, 0, "/", ""},
		"nonsense":          {"/", []string{"=1", "a b=1", ";", "c=1"}, 0, "/", "c=1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, seen := record(t, baker)
			target := grant(server.URL)
			target.Cookies = true
			h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil)
			world := newClock().world()
			h.SetWorld(*world)
			l := open(t, h, abi.LeaseRequest{})
			a := ask(t, l, set(c.from, c.set...))
			if wantStatus(t, a, 200); len(a.Headers) > 0 && strings.Contains(fmt.Sprint(a.Headers), "ookie") {
				t.Errorf("the connector sees %v", a.Headers)
			}
			world.Sleep(context.Background(), c.wait)
			ask(t, l, set(c.to))
			if have := seen.last(t).Header.Get("Cookie"); have != c.want {
				t.Errorf("sent %q, want %q", have, c.want)
			}
			ask(t, open(t, h, abi.LeaseRequest{}), set(c.to))
			if have := seen.last(t).Header.Get("Cookie"); have != "" {
				t.Errorf("another lease sent %q", have)
			}
		})
	}
}

// TestCookiesAreAskedFor: without the grant no cookie is kept.
func TestCookiesAreAskedFor(t *testing.T) {
	t.Parallel()
	server, seen := record(t, baker)
	l := lease(t, grant(server.URL), nil)
	ask(t, l, set("/", "a=1"))
	ask(t, l, set("/"))
	if have := seen.last(t).Header.Values("Cookie"); len(have) != 0 {
		t.Errorf("sent %q", have)
	}
}

// TestCookieLimits sets up to the limits and one past them: the first ones go.
func TestCookieLimits(t *testing.T) {
	t.Parallel()
	server, seen := record(t, baker)
	target := grant(server.URL)
	target.Cookies = true
	l := lease(t, target, nil)
	for i := range hostfuncs.MaxCookies + 1 {
		ask(t, l, set("/", fmt.Sprintf("c%d=1", i)))
		sent := strings.Count(seen.last(t).Header.Get("Cookie"), "=")
		if want := min(i, hostfuncs.MaxCookies); sent != want {
			t.Fatalf("%d cookies, want %d", sent, want)
		}
	}
	ask(t, l, set("/"))
	if have := seen.last(t).Header.Get("Cookie"); strings.HasPrefix(have, "c0=") || !strings.HasPrefix(have, "c1=") {
		t.Errorf("kept %s", have)
	}
	l = lease(t, target, nil)
	for i := range 5 { // five of 4,000 bytes are more than 16 KiB
		ask(t, l, set("/", fmt.Sprintf("c%d=%s", i, strings.Repeat("x", 4000))))
	}
	ask(t, l, set("/"))
	if have := seen.last(t).Header.Get("Cookie"); len(have) > hostfuncs.MaxCookieBytes || strings.Count(have, "=") != 4 {
		t.Errorf("%d bytes in %d cookies", len(have), strings.Count(have, "="))
	}
}

// TestCookieEcho: a cookie that may be a key reaches no connector.
func TestCookieEcho(t *testing.T) {
	t.Parallel()
	server, _ := record(t, baker)
	target := grant(server.URL)
	target.Cookies = true
	for cookie, refused := range map[string]bool{"a=123456789abc": true, "a=12345678": false, "a=12345678; HttpOnly": true} {
		l := lease(t, target, nil)
		request := set("/", cookie)
		value, _, _ := strings.Cut(strings.TrimPrefix(cookie, "a="), ";")
		request.Query = append(request.Query, abi.Field{Name: "say", Value: strings.Join(strings.Split(value, ""), "-")})
		for range 2 {
			if a := ask(t, l, request); (a.Error != nil) != refused || refused && a.Error.Rule != hostfuncs.RuleSecretEcho {
				t.Errorf("%s: have %q, %v", cookie, a.Body, a.Error)
			}
		}
	}
}

// TestRollingCookies: a target that sets a new cookie with each answer, a great many
// times; the latest are still looked for.
func TestRollingCookies(t *testing.T) {
	t.Parallel()
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/echo" {
			io.WriteString(w, r.Header.Get("Cookie"))
			return
		}
		if r.URL.Path == "/before" {
			fmt.Fprintf(w, "rolling-session-%d", n-1)
			return
		}
		n++
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: fmt.Sprintf("rolling-session-%d", n)})
	}))
	t.Cleanup(server.Close)
	target := grant(server.URL)
	target.Cookies, target.RatePerSecond = true, 1e6
	l := lease(t, target, nil)
	for range 2500 {
		wantStatus(t, ask(t, l, get), 200)
		if n > 990 && n < 1010 {
			wantError(t, ask(t, l, abi.HTTPRequest{Path: "/before", Safety: abi.Safe}), abi.Denied, hostfuncs.RuleSecretEcho)
		}
	}
	wantError(t, ask(t, l, abi.HTTPRequest{Path: "/echo", Safety: abi.Safe}), abi.Denied, hostfuncs.RuleSecretEcho)
}

// guarded is an application that wants each write to repeat a value.
type guarded struct {
	mu       sync.Mutex
	value    string
	byCookie bool
	fetches  int
	writes   int
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.Method == "GET" {
		if r.Header.Get("X-Csrf-Token") == "Fetch" || g.byCookie {
			g.fetches++
			if g.byCookie {
				http.SetCookie(w, &http.Cookie{Name: "XSRF-TOKEN", Value: g.value})
			}
			w.Header().Set("X-Csrf-Token", g.value)
		}
		return
	}
	if r.Header.Get("X-Csrf-Token") != g.value {
		w.Header().Set("X-Csrf-Token", "Required")
		w.WriteHeader(403)
		return
	}
	g.writes++
	io.WriteString(w, r.Header.Get("X-Echo"))
}

func TestCSRF(t *testing.T) {
	t.Parallel()
	for _, byCookie := range []bool{false, true} {
		t.Run(fmt.Sprint(byCookie), func(t *testing.T) {
			t.Parallel()
			g := &guarded{value: "csrf-value-Canary-1", byCookie: byCookie}
			target := grant(serve(t, g))
			target.Cookies, target.RequestHeaders = true, []string{"X-Echo"}
			target.CSRF = &hostfuncs.CSRF{Header: "x-csrf-token", AnswerHeader: "X-CSRF-Token", FetchPath: "/root", FetchValue: "Fetch"}
			if byCookie {
				target.CSRF = &hostfuncs.CSRF{Header: "x-csrf-token", Cookie: "XSRF-TOKEN", FetchPath: "/root"}
			}
			h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil)
			l := open(t, h, abi.LeaseRequest{})
			for _, a := range many(t, l) {
				wantStatus(t, a, 200)
			}
			if g.fetches != 1 || g.writes != 16 {
				t.Errorf("%d fetches, %d writes", g.fetches, g.writes)
			}
			if !byCookie {
				g.value = "csrf-value-Canary-2"
				if a := ask(t, l, abi.HTTPRequest{Method: "POST"}); a.Error != nil || a.Status != 200 || a.Tries != 2 || g.fetches != 2 {
					t.Errorf("have status %d, %v after %d tries, %d fetches", a.Status, a.Error, a.Tries, g.fetches)
				}
			}
			echo := abi.HTTPRequest{Method: "POST", Safety: abi.Safe, Headers: []abi.Field{{Name: "X-Echo", Value: g.value}}}
			wantError(t, ask(t, l, echo), abi.Denied, hostfuncs.RuleSecretEcho)
			mine := abi.HTTPRequest{Method: "POST", Headers: []abi.Field{{Name: "X-CSRF-Token", Value: "mine"}}}
			wantError(t, ask(t, l, mine), abi.Denied, hostfuncs.RuleHeader)
			wantStatus(t, ask(t, open(t, h, abi.LeaseRequest{}), abi.HTTPRequest{Method: "POST"}), 200)
		})
	}
}

// TestCSRFWithoutAFetch: the value of any answer is used, and without one a request
// goes as it is.
func TestCSRFWithoutAFetch(t *testing.T) {
	t.Parallel()
	server, seen := record(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Token", "any-answer-has-it") })
	target := grant(server.URL)
	target.CSRF = &hostfuncs.CSRF{Header: "X-CSRF", AnswerHeader: "X-Token"}
	l := lease(t, target, nil)
	for i, method := range []string{"PUT", "PUT", "GET", "DELETE"} {
		wantStatus(t, ask(t, l, abi.HTTPRequest{Method: method}), 200)
		if have := seen.last(t).Header.Get("X-CSRF"); (have == "any-answer-has-it") != (i == 1 || i == 3) {
			t.Errorf("%s at %d carried %q", method, i, have)
		}
	}
}

// TestCSRFThatCannotBeFetched: the write was not sent.
func TestCSRFThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	for status, retryable := range map[int]bool{200: false, 403: false, 503: true} {
		server, seen := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		target := grant(server.URL)
		target.MaxTries = 1
		target.CSRF = &hostfuncs.CSRF{Header: "X-CSRF", AnswerHeader: "X-CSRF", FetchPath: "/token"}
		a := ask(t, leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil, newClock().world()), abi.HTTPRequest{Method: "POST"})
		if wantError(t, a, abi.NotSent, ""); a.Error.Retryable != retryable || seen.last(t).Method != "GET" || a.Tries != 0 {
			t.Errorf("%d: have %+v", status, a.Error)
		}
	}
}

// TestCSRFBehindAnEndedLogin: a target that takes the token no longer when the value is
// fetched is logged in to again, as for any other request.
func TestCSRFBehindAnEndedLogin(t *testing.T) {
	t.Parallel()
	session := hostfuncs.Credential{Kind: hostfuncs.SessionToken, Header: "Authorization", Prefix: "Bearer ", Session: &hostfuncs.Session{
		Password: "password", Token: hostfuncs.TokenPlace{Pointer: "/access_token"}, Login: hostfuncs.SessionRequest{Path: "/login", JSON: `"${password}"`}}}
	oauth2 := hostfuncs.Credential{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
		Grant: hostfuncs.GrantClientCredentials, TokenPath: "/login", ClientID: "c", ClientSecret: "password"}}
	for name, credential := range map[string]hostfuncs.Credential{"session": session, "oauth2": oauth2} {
		for good, code := range map[int]abi.Code{2: 0, 3: abi.NotSent} { // the first token that is taken
			t.Run(fmt.Sprint(name, " ", good), func(t *testing.T) {
				t.Parallel()
				logins := 0
				server, seen := record(t, func(w http.ResponseWriter, r *http.Request) {
					switch {
					case r.URL.Path == "/login":
						logins++
						fmt.Fprintf(w, `{"access_token":"token-%d"}`, logins)
					case r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", good):
						w.WriteHeader(http.StatusUnauthorized)
					case r.URL.Path == "/csrf":
						w.Header().Set("X-CSRF", "the-value")
					case r.Header.Get("X-CSRF") != "the-value":
						w.WriteHeader(http.StatusForbidden)
					}
				})
				target := grant(server.URL)
				target.CSRF = &hostfuncs.CSRF{Header: "X-CSRF", AnswerHeader: "X-CSRF", FetchPath: "/csrf"}
				target.Credentials = []hostfuncs.Credential{credential}
				a := ask(t, lease(t, target, hostfuncs.SecretMap{"password": "correct horse"}), abi.HTTPRequest{Method: "PUT"})
				if code != 0 {
					wantError(t, a, code, "")
				} else if wantStatus(t, a, 200); a.Tries != 1 || seen.last(t).Method != "PUT" {
					t.Errorf("%d tries, the last request is %s", a.Tries, seen.last(t).Method)
				}
				if logins != 2 {
					t.Errorf("%d logins, want 2", logins)
				}
			})
		}
	}
}

// TestSessionCookiesReachTheJar: what else a login sets is sent as well, once.
func TestSessionCookiesReachTheJar(t *testing.T) {
	t.Parallel()
	s, target := inHeader(t)
	var sent []string
	login, token := s.answer, s.tokenOf
	s.answer = func(w http.ResponseWriter, token string) {
		http.SetCookie(w, &http.Cookie{Name: "node", Value: "node-1", Path: "/"})
		login(w, token)
	}
	s.tokenOf = func(r *http.Request, body string) string {
		sent = append(sent, r.Header.Get("Cookie"))
		return token(r, body)
	}
	target.Cookies = true
	l := lease(t, target, sessionSecrets)
	wantStatus(t, ask(t, l, get), 200)
	wantStatus(t, ask(t, l, get), 200)
	if fmt.Sprint(sent) != "[node=node-1 node=node-1]" {
		t.Errorf("sent %q", sent)
	}
}
