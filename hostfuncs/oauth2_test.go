package hostfuncs_test

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// tokens is a token endpoint and the application that takes its tokens.
type tokens struct {
	mu      sync.Mutex
	issued  int
	valid   map[string]bool
	asked   []url.Values
	headers []http.Header
	// answer, if not nil, answers a request for a token in the place of the rest.
	answer func(w http.ResponseWriter, r *http.Request, token string)
	// app answers a request that bears a valid token; nil: 200.
	app http.HandlerFunc
	// calls counts the requests with a valid token.
	calls int
}

const clientSecret = "cl1ent/s3cret+Canary"

func (s *tokens) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	s.mu.Lock()
	s.issued++
	token := fmt.Sprintf("Access-T0ken-Canary-%04d", s.issued)
	s.asked, s.headers = append(s.asked, r.PostForm), append(s.headers, r.Header.Clone())
	if s.valid == nil {
		s.valid = map[string]bool{}
	}
	s.valid["Bearer "+token] = true
	answer := s.answer
	s.mu.Unlock()
	if answer != nil {
		answer(w, r, token)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, token)
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/oauth/token") {
		s.token(w, r)
		return
	}
	s.mu.Lock()
	good := s.valid[r.Header.Get("Authorization")]
	if good {
		s.calls++
	}
	s.mu.Unlock()
	switch {
	case !good:
		w.WriteHeader(401)
	case s.app != nil:
		s.app(w, r)
	}
}

// revoke makes every token void.
func (s *tokens) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.valid)
}

func (s *tokens) count() (logins, calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked), s.calls
}

func (s *tokens) set(answer func(w http.ResponseWriter, r *http.Request, token string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	server.Config.ErrorLog = silent()
	t.Cleanup(server.Close)
	return server.URL
}

// oauth is a target whose token endpoint is /oauth/token at the same server.
func oauth(base string, o hostfuncs.OAuth2) hostfuncs.Target {
	target := grant(base)
	if o.TokenURL == "" {
		o.TokenPath = "/oauth/token"
	}
	if o.Grant == 0 {
		o.Grant, o.ClientID, o.ClientSecret = hostfuncs.GrantClientCredentials, "client:1", "client-secret"
	}
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.OAuth2Token, OAuth2: &o}}
	return target
}

var oauthSecrets = hostfuncs.SecretMap{"client-secret": clientSecret, "password": "us3r pass&word", "refresh": "Refresh-T0ken-0000", "user": "ann"}

// get is a request that changes nothing.
var get = abi.HTTPRequest{Safety: abi.Safe}

func TestOAuth2Grants(t *testing.T) {
	t.Parallel()
	basic := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	for name, c := range map[string]struct {
		grant  hostfuncs.OAuth2
		form   url.Values
		header string
	}{
		"client credentials": {hostfuncs.OAuth2{Grant: hostfuncs.GrantClientCredentials, ClientID: "a b:c", ClientSecret: "client-secret", Scopes: []string{"read", "write"}, Parameters: []abi.Field{{Name: "audience", Value: "https://x/y"}}},
			url.Values{"grant_type": {"client_credentials"}, "scope": {"read write"}, "audience": {"https://x/y"}}, basic("a+b%3Ac:cl1ent%2Fs3cret%2BCanary")},
		"client in the body": {hostfuncs.OAuth2{Grant: hostfuncs.GrantClientCredentials, ClientIDFrom: "user", ClientSecret: "client-secret", ClientAuth: hostfuncs.ClientBody},
			url.Values{"grant_type": {"client_credentials"}, "client_id": {"ann"}, "client_secret": {clientSecret}}, ""},
		"password": {hostfuncs.OAuth2{Grant: hostfuncs.GrantPassword, ClientID: "c", Username: "bob", Password: "password"},
			url.Values{"grant_type": {"password"}, "client_id": {"c"}, "username": {"bob"}, "password": {"us3r pass&word"}}, ""},
		"password, user from a secret": {hostfuncs.OAuth2{Grant: hostfuncs.GrantPassword, UsernameFrom: "user", Password: "password"},
			url.Values{"grant_type": {"password"}, "username": {"ann"}, "password": {"us3r pass&word"}}, ""},
		"refresh token": {hostfuncs.OAuth2{Grant: hostfuncs.GrantRefreshToken, ClientID: "c", ClientSecret: "client-secret", RefreshToken: "refresh"},
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"Refresh-T0ken-0000"}}, basic("c:cl1ent%2Fs3cret%2BCanary")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &tokens{}
			l := lease(t, oauth(serve(t, s), c.grant), oauthSecrets)
			wantStatus(t, ask(t, l, get), 200)
			wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "POST"}), 200)
			if logins, calls := s.count(); logins != 1 || calls != 2 {
				t.Fatalf("%d logins, %d calls", logins, calls)
			}
			if s.asked[0].Encode() != c.form.Encode() || s.headers[0].Get("Authorization") != c.header {
				t.Errorf("asked with %s and %q\nwant %s and %q", s.asked[0].Encode(), s.headers[0].Get("Authorization"), c.form.Encode(), c.header)
			}
		})
	}
}

// TestTokenPlaces puts a token elsewhere than behind Bearer.
func TestTokenPlaces(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	server, seen := record(t, s.ServeHTTP)
	target := oauth(server.URL, hostfuncs.OAuth2{})
	target.Credentials[0].Header, target.Credentials[0].Prefix = "x-auth", "Token "
	target.Methods = append(target.Methods, "OPTIONS")
	l := lease(t, target, oauthSecrets)
	ask(t, l, get)
	if have := seen.last(t).Header.Get("X-Auth"); !strings.HasPrefix(have, "Token Access-T0ken") {
		t.Errorf("the header is %q", have)
	}
	wantError(t, ask(t, l, abi.HTTPRequest{Headers: []abi.Field{{Name: "X-Auth", Value: "mine"}}}), abi.Denied, hostfuncs.RuleHeader)
}

// TestTokenURL has the token endpoint elsewhere, with a certificate of its own.
func TestTokenURL(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	app := serve(t, s)
	endpoint := httptest.NewTLSServer(s)
	endpoint.Config.ErrorLog = silent()
	t.Cleanup(endpoint.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: endpoint.Certificate().Raw}))
	o := hostfuncs.OAuth2{TokenURL: endpoint.URL + "/tenant/oauth/token", Networks: loopback, TLS: hostfuncs.TLS{CA: ca, ServerName: "example.com"}}
	wantStatus(t, ask(t, lease(t, oauth(app, o), oauthSecrets), get), 200)

	strange := o
	strange.TLS = hostfuncs.TLS{}
	a := ask(t, lease(t, oauth(app, strange), oauthSecrets), get)
	if wantError(t, a, abi.NotSent, ""); a.Error.Retryable || a.Tries != 0 || !strings.Contains(a.Error.Message, "signed by nobody") {
		t.Errorf("have %+v", a.Error)
	}
	far := o
	far.Networks = nil
	wantError(t, ask(t, lease(t, oauth(app, far), oauthSecrets), get), abi.Denied, hostfuncs.RuleAddress)
}

// TestTokenExpiry gets a new token shortly before the old one expires, and not
// before.
func TestTokenExpiry(t *testing.T) {
	t.Parallel()
	s, c := &tokens{}, newClock()
	world := c.world()
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{})}}, oauthSecrets, world)
	for _, step := range []struct {
		wait   time.Duration
		logins int
	}{{0, 1}, {58 * time.Minute, 1}, {59 * time.Second, 1}, {time.Second, 2}, {time.Minute, 2}} {
		world.Sleep(context.Background(), step.wait)
		wantStatus(t, ask(t, l, get), 200)
		if logins, _ := s.count(); logins != step.logins {
			t.Fatalf("after %s more, %d logins, want %d", step.wait, logins, step.logins)
		}
	}
}

// many asks 16 times at once, shared out among leases.
func many(t *testing.T, leases ...abi.HostLease) []abi.HTTPAnswer {
	t.Helper()
	var group sync.WaitGroup
	batch := abi.HTTPRequests{Concurrency: 16}
	for range 16 / len(leases) {
		batch.Requests = append(batch.Requests, abi.HTTPRequest{Target: "app", Method: "POST", Path: "/"})
	}
	parts := make([]abi.HTTPAnswers, len(leases))
	for i, l := range leases {
		group.Go(func() { parts[i], _ = l.HTTP(t.Context(), batch) })
	}
	group.Wait()
	var answers []abi.HTTPAnswer
	for _, part := range parts {
		answers = append(answers, part.Answers...)
	}
	if len(answers) != 16 {
		t.Fatalf("%d answers", len(answers))
	}
	return answers
}

// TestTokenThatNeverWorks: a 401 to a fresh token is an answer, and no reason to ask
// for another.
func TestTokenThatNeverWorks(t *testing.T) {
	t.Parallel()
	s, c := &tokens{}, newClock()
	s.set(func(w http.ResponseWriter, _ *http.Request, _ string) {
		io.WriteString(w, `{"access_token":"nobody-takes-this"}`)
	})
	world := c.world()
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{})}}, oauthSecrets, world)
	for range 10 {
		wantStatus(t, ask(t, l, get), 401)
	}
	if logins, _ := s.count(); logins != 2 {
		t.Errorf("%d logins", logins)
	}
	before, _ := s.count()
	world.Sleep(context.Background(), hostfuncs.LoginPause)
	wantStatus(t, ask(t, l, get), 401)
	if logins, _ := s.count(); logins != before+1 {
		t.Errorf("%d logins after the pause, %d before", logins, before)
	}
}

// TestUnauthorizedForOtherReasons: a target that says 401 for what the account may
// not do is not logged in to each time.
func TestUnauthorizedForOtherReasons(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	s.app = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/admin" {
			w.WriteHeader(401)
		}
	}
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{})}}, oauthSecrets, newClock().world())
	for range 10 {
		wantStatus(t, ask(t, l, get), 200)
		wantStatus(t, ask(t, l, abi.HTTPRequest{Path: "/admin"}), 401)
	}
	if logins, _ := s.count(); logins != 2 {
		t.Errorf("%d logins", logins)
	}
}

// TestTokenEcho: no lease sees a token, whether it was opened before the token was
// got or after, and whoever got it.
func TestTokenEcho(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	s.set(func(w http.ResponseWriter, _ *http.Request, token string) {
		fmt.Fprintf(w, `{"access_token":%q,"refresh_token":"Refresh-Canary-9","id_token":"Id-Canary-99"}`, token)
	})
	say := ""
	s.app = func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, say) }
	other := grant(serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, say) })))
	other.Name = "other"
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{}), other}}, oauthSecrets)
	before, owner := open(t, h, abi.LeaseRequest{}), open(t, h, abi.LeaseRequest{})
	wantStatus(t, ask(t, owner, get), 200)
	after := open(t, h, abi.LeaseRequest{})
	pair := base64.StdEncoding.EncodeToString([]byte("client%3A1:" + url.QueryEscape(clientSecret)))
	for _, secret := range []string{"Access-T0ken-Canary-0001", base64.StdEncoding.EncodeToString([]byte("Access-T0ken-Canary-0001")), "Refresh-Canary-9", "Id-Canary-99", clientSecret, pair} {
		say = `{"you":"` + secret + `"}`
		for name, l := range map[string]abi.HostLease{"before": before, "owner": owner, "after": after} {
			a := ask(t, l, abi.HTTPRequest{Target: "other", Safety: abi.Safe})
			if a.Error == nil || a.Error.Rule != hostfuncs.RuleSecretEcho {
				t.Errorf("%s saw %s", name, secret)
			}
		}
	}
}

// TestTokenPathIsDenied: the token endpoint is not the connector's to call, in no
// spelling and through no target.
func TestTokenPathIsDenied(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	server, seen := record(t, s.ServeHTTP)
	target := oauth(server.URL+"/base", hostfuncs.OAuth2{TokenURL: server.URL + "/base/oauth/token", Networks: loopback})
	target.EncodedSlashes = true
	other := grant(server.URL)
	other.Name = "other"
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target, other}}, oauthSecrets, nil)
	for _, path := range []string{"/oauth/token", "/oauth/token/", "/OAuth/Token", "/oauth/token;x=1", "/oauth;a/token", "/oauth%2Ftoken", "/%6fauth/token", "/oauth/token.json", "/oauth/token%20", "/oauth/token."} {
		wantError(t, ask(t, l, abi.HTTPRequest{Method: "POST", Path: path}), abi.Denied, hostfuncs.RuleLoginPath)
	}
	wantError(t, ask(t, l, abi.HTTPRequest{Target: "other", Path: "/base/oauth/token"}), abi.Denied, hostfuncs.RuleLoginPath)
	if n := len(seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	for _, path := range []string{"/oauth", "/oauth/tokens", "/oauth/token/1"} {
		wantStatus(t, ask(t, l, abi.HTTPRequest{Path: path}), 200)
	}
}

// TestTokenDryRun: nobody logs in to show a request.
func TestTokenDryRun(t *testing.T) {
	t.Parallel()
	for _, reads := range []bool{false, true} {
		s := &tokens{}
		var shown []hostfuncs.DryRunRequest
		policy := hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{})}, DryRunReads: reads,
			DryRun: func(r hostfuncs.DryRunRequest) { shown = append(shown, r) }}
		l := leaseOf(t, policy, oauthSecrets, nil)
		wantError(t, ask(t, l, abi.HTTPRequest{Method: "POST", Body: "{}"}), abi.NotSent, hostfuncs.RuleDryRun)
		if logins, _ := s.count(); logins != 0 || len(shown) != 1 || !strings.Contains(fmt.Sprint(shown[0].Headers), "Bearer «sealed: access token»") {
			t.Errorf("%d logins, shown %+v", logins, shown)
		}
		if reads {
			wantStatus(t, ask(t, l, get), 200)
		}
	}
}

// TestLoginPerSecrets: another secret is another login; the old one's token is not
// used with it.
func TestLoginPerSecrets(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{Grant: hostfuncs.GrantPassword, Username: "ann", Password: "parameter:Password"})}}, nil)
	for i, password := range []string{"password-1", "password-2", "password-1"} {
		l := open(t, h, abi.LeaseRequest{})
		wantError(t, ask(t, l, get), abi.Denied, hostfuncs.RuleCredential)
		seal(t, l, "parameter:Password", password)
		wantStatus(t, ask(t, l, get), 200)
		if logins, _ := s.count(); logins != min(i+1, 2) {
			t.Errorf("%d logins", logins)
		}
	}
}

// TestLostAnswerBeforeTheToken: a 401 at a later try says nothing about the first.
func TestLostAnswerBeforeTheToken(t *testing.T) {
	t.Parallel()
	s, n := &tokens{}, atomic.Int64{}
	s.app = func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			s.revoke()
			w.WriteHeader(504)
		}
	}
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{})}}, oauthSecrets, newClock().world())
	a := ask(t, l, abi.HTTPRequest{Method: "PUT", Safety: abi.Idempotent})
	if wantStatus(t, a, 200); a.Tries != 3 {
		t.Errorf("%d tries", a.Tries)
	}
}

// TestRefusedLoginAtTheConnector: a connector passes it on as what it is, whichever
// way it asks, and the run ends before the next entry.
func TestRefusedLoginAtTheConnector(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	s.set(func(w http.ResponseWriter, _ *http.Request, _ string) { w.WriteHeader(401) })
	l := lease(t, oauth(serve(t, s), hostfuncs.OAuth2{}), oauthSecrets)
	var w wire.Writer
	abi.Encode(&w, &abi.HTTPAnswers{Answers: []abi.HTTPAnswer{ask(t, l, get)}})
	var travelled abi.HTTPAnswers
	if err := abi.Decode(string(w.Bytes()), &travelled, nil); err != nil || travelled.Answers[0].Error.Code != abi.BadServerCredentials {
		t.Errorf("have %+v, %v", travelled, err)
	}
	_, err := guest.Ask(t.Context(), l, abi.HTTPRequest{Target: "app", Method: "GET", Path: "/"})
	if failure := guest.Failure(err); failure.Code != abi.BadServerCredentials || failure.Retryable {
		t.Errorf("have %+v", failure)
	}
	if result := export(t, l, "POST"); result.Name != abi.BadServerCredentials.String() || result.Retryable {
		t.Errorf("have %+v", result)
	}
}

// TestNothingIsLogged traces logins of every kind at the lowest level, in good times
// and bad, and looks for what nobody may see.
func TestNothingIsLogged(t *testing.T) {
	t.Parallel()
	var log safeBuffer
	logger := zerolog.New(&log).Level(zerolog.TraceLevel)
	s := &tokens{}
	s.set(func(w http.ResponseWriter, _ *http.Request, token string) {
		http.SetCookie(w, &http.Cookie{Name: "c", Value: "Cookie-Canary-0001"})
		fmt.Fprintf(w, `{"access_token":%q,"refresh_token":"Refresh-%s"}`, token, token)
	})
	s.app = func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "c", Value: "Cookie-Canary-0002"})
		io.WriteString(w, r.Header.Get("Authorization")+r.Header.Get("Cookie"))
	}
	app, target := inHeader(t)
	app.say = "Sess1on-Canary-0001"
	target.Name = "sessions"
	token := oauth(serve(t, s), hostfuncs.OAuth2{Grant: hostfuncs.GrantRefreshToken, ClientID: "c", ClientSecret: "client-secret", RefreshToken: "refresh", ClientAuth: hostfuncs.ClientBody})
	token.Cookies = true
	secrets := hostfuncs.SecretMap{"client-secret": clientSecret, "refresh": "Refresh-Canary-0000", "password": userPassword}
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{token, target}, Logger: logger}, secrets)
	l := open(t, hostfuncs.Trace(h, logger), abi.LeaseRequest{})
	for range 3 {
		for _, name := range []string{"app", "sessions"} {
			a := ask(t, l, abi.HTTPRequest{Target: name, Safety: abi.Safe})
			if a.Error == nil || a.Error.Rule != hostfuncs.RuleSecretEcho {
				t.Errorf("have %q, %v", a.Body, a.Error)
			}
			log.Write([]byte(fmt.Sprint(a.Error)))
		}
		s.revoke()
		app.end()
	}
	l.Log(t.Context(), abi.LogEntry{Message: "I say Sess1on-Canary-0003 and Access-T0ken-Canary-0003 and Cookie-Canary-0002"})
	l.Close(background, false)
	h.Close()
	if text := log.String(); strings.Contains(text, "Canary") || !strings.Contains(text, "guest_msg") {
		t.Errorf("the log has %s", text)
	}
}
