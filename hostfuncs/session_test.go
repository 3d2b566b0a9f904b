package hostfuncs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// sessions is an application with sessions. It takes the token from wherever a test
// puts it.
type sessions struct {
	mu       sync.Mutex
	logins   []seenRequest
	logouts  []string
	live     map[string]bool
	calls    int
	bodies   []string
	answer   func(w http.ResponseWriter, token string) // to a login
	tokenOf  func(r *http.Request, body string) string
	refusal  func(w http.ResponseWriter) // nil: 401
	loginAt  func(r *http.Request, body string) bool
	logoutAt func(r *http.Request, body string) bool
	say      string
}

func (s *sessions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	text := string(body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		s.live = map[string]bool{}
	}
	isLogin := r.URL.Path == "/login"
	if s.loginAt != nil {
		isLogin = s.loginAt(r, text)
	}
	if isLogin {
		s.logins = append(s.logins, seenRequest{r.Method, r.RequestURI, r.Host, text, r.Header.Clone()})
		token := fmt.Sprintf("Sess1on-Canary-%04d", len(s.logins))
		s.live[token] = true
		s.answer(w, token)
		return
	}
	token := s.tokenOf(r, text)
	if r.URL.Path == "/logout" || s.logoutAt != nil && s.logoutAt(r, text) {
		s.logouts = append(s.logouts, token)
		delete(s.live, token)
		return
	}
	if !s.live[token] {
		if s.refusal != nil {
			s.refusal(w)
			return
		}
		w.WriteHeader(401)
		return
	}
	s.calls++
	s.bodies = append(s.bodies, text)
	io.WriteString(w, s.say)
}

func (s *sessions) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.live)
}

func (s *sessions) counts() (logins, calls, live int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.logins), s.calls, len(s.live)
}

func (s *sessions) loggedOut() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.logouts...)
}

const userPassword = `pä"ss\ w0rd&=Canary`

var sessionSecrets = hostfuncs.SecretMap{"password": userPassword, "user": `DOM\ann`}

// inHeader is an application whose token comes and goes in headers, and a grant.
func inHeader(t testing.TB) (*sessions, hostfuncs.Target) {
	s := &sessions{
		answer: func(w http.ResponseWriter, token string) {
			w.Header().Set("X-Subject-Token", token)
			w.WriteHeader(201)
		},
		tokenOf: func(r *http.Request, _ string) string { return r.Header.Get("X-Auth-Token") },
	}
	target := grant(serve(t, s))
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.SessionToken, Header: "X-Auth-Token", Session: &hostfuncs.Session{
		Username: "ann", Password: "password", Token: hostfuncs.TokenPlace{Header: "X-Subject-Token"},
		Login:  hostfuncs.SessionRequest{Path: "/login", JSON: `{"user": "${username}", "password": "${password}"}`, Status: 201},
		Logout: &hostfuncs.SessionRequest{Method: "DELETE", Path: "/logout", Headers: []abi.Field{{Name: "X-Subject-Token", Value: "${token}"}}},
	}}}
	return s, target
}

// TestSessionPlaces logs in in every way and puts the token everywhere.
func TestSessionPlaces(t *testing.T) {
	t.Parallel()
	quoted := `"pä\"ss\\ w0rd&=Canary"`
	cookieOf := func(r *http.Request, _ string) string {
		c, err := r.Cookie("sid")
		if err != nil {
			return ""
		}
		return c.Value
	}
	for name, c := range map[string]struct {
		answer     func(w http.ResponseWriter, token string)
		tokenOf    func(r *http.Request, body string) string
		credential hostfuncs.Credential
		session    hostfuncs.Session
		login      func(seenRequest) string // what is wrong with it
	}{
		"body path to header with prefix": {
			answer: func(w http.ResponseWriter, token string) { fmt.Fprintf(w, `{"data":[{"token":%q}]}`, token) },
			tokenOf: func(r *http.Request, _ string) string {
				return strings.TrimPrefix(r.Header.Get("Authorization"), "SSWS ")
			},
			credential: hostfuncs.Credential{Header: "Authorization", Prefix: "SSWS "},
			session: hostfuncs.Session{UsernameFrom: "user", Token: hostfuncs.TokenPlace{Pointer: "/data/0/token"},
				Login: hostfuncs.SessionRequest{Path: "/login", JSON: `{"n":1.0,"u":"${username}","p":["${password}"]}`}},
			login: func(r seenRequest) string {
				if want := `{"n":1.0,"u":"DOM\\ann","p":[` + quoted + `]}`; r.Body != want || r.Header.Get("Content-Type") != "application/json" || r.Method != "POST" {
					return r.Body + ", want " + want
				}
				return ""
			}},
		"form to cookie": {
			answer: func(w http.ResponseWriter, token string) {
				http.SetCookie(w, &http.Cookie{Name: "lang", Value: "en-US"})
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: token, HttpOnly: true, Path: "/"})
				w.Header().Set("Location", "/home")
				w.WriteHeader(302)
			},
			tokenOf: cookieOf, credential: hostfuncs.Credential{Cookie: "sid"},
			session: hostfuncs.Session{Username: "a b", Token: hostfuncs.TokenPlace{Cookie: "sid"},
				Login: hostfuncs.SessionRequest{Path: "/login", Status: 302, Form: []abi.Field{{Name: "u", Value: "${username}"}, {Name: "p", Value: "${password}"}, {Name: "go", Value: "1"}}}},
			login: func(r seenRequest) string {
				if want := "u=a+b&p=p%C3%A4%22ss%5C+w0rd%26%3DCanary&go=1"; r.Body != want {
					return r.Body + ", want " + want
				}
				return ""
			}},
		"basic to query, the body is the token": {
			answer:  func(w http.ResponseWriter, token string) { fmt.Fprintf(w, "%q\n", token) },
			tokenOf: func(r *http.Request, _ string) string { return r.URL.Query().Get("sid") }, credential: hostfuncs.Credential{Query: "sid"},
			session: hostfuncs.Session{Username: "ann", Token: hostfuncs.TokenPlace{Body: true}, Login: hostfuncs.SessionRequest{Path: "/login", Basic: true, Query: []abi.Field{{Name: "v", Value: "1"}}}},
			login: func(r seenRequest) string {
				user, password, _ := (&http.Request{Header: r.Header}).BasicAuth()
				if user != "ann" || password != userPassword || r.URI != "/login?v=1" || r.Body != "" {
					return fmt.Sprint(r)
				}
				return ""
			}},
		"header to body, the body is plain": {
			answer: func(w http.ResponseWriter, token string) { io.WriteString(w, token+"\r\n") },
			tokenOf: func(_ *http.Request, body string) string {
				var b struct {
					Params struct{ Session string }
				}
				json.Unmarshal([]byte(body), &b)
				return b.Params.Session
			},
			credential: hostfuncs.Credential{Pointer: "/params/session"},
			session: hostfuncs.Session{Token: hostfuncs.TokenPlace{Body: true}, Login: hostfuncs.SessionRequest{Method: "PUT", Path: "/login",
				Headers: []abi.Field{{Name: "x-key", Value: "${password}"}}}},
			login: func(r seenRequest) string { return r.Method[3:] },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sessions{answer: c.answer, tokenOf: c.tokenOf}
			target := grant(serve(t, s))
			c.credential.Kind, c.credential.Session = hostfuncs.SessionToken, &c.session
			c.session.Password = "password"
			secrets := sessionSecrets
			if strings.HasPrefix(name, "header") {
				secrets = hostfuncs.SecretMap{"password": "printable-Canary"}
			}
			target.Credentials = []hostfuncs.Credential{c.credential}
			l := lease(t, target, secrets)
			for range 2 {
				wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "POST", Body: `{"params": {"a":1,"session":"guest's"}, "b":1.0}`}), 200)
			}
			s.end()
			wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "POST", Body: `{"params":{}}`}), 200)
			if logins, calls, _ := s.counts(); logins != 2 || calls != 3 {
				t.Fatalf("%d logins, %d calls", logins, calls)
			}
			if wrong := c.login(s.logins[0]); wrong != "" {
				t.Errorf("the login is wrong: %s", wrong)
			}
			if c.credential.Pointer != "" && (s.bodies[0] != `{"params": {"a":1,"session":"Sess1on-Canary-0001"}, "b":1.0}` || s.bodies[2] != `{"params":{"session":"Sess1on-Canary-0002"}}`) {
				t.Errorf("the bodies are %q", s.bodies)
			}
		})
	}
}

// TestOneSessionForMany: as for tokens, and each session is ended.
func TestOneSessionForMany(t *testing.T) {
	t.Parallel()
	s, target := inHeader(t)
	target.Concurrency = 16
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, sessionSecrets)
	a, b := open(t, h, abi.LeaseRequest{}), open(t, h, abi.LeaseRequest{})
	for round := 1; round <= 3; round++ {
		for _, answer := range many(t, a, b) {
			wantStatus(t, answer, 200)
		}
		if logins, calls, _ := s.counts(); logins != round || calls != 16*round {
			t.Fatalf("round %d: %d logins, %d calls carried out", round, logins, calls)
		}
		if round < 3 {
			s.end()
		}
	}
	h.Close()
	if have := fmt.Sprint(s.loggedOut()); have != "[Sess1on-Canary-0001 Sess1on-Canary-0002 Sess1on-Canary-0003]" {
		t.Errorf("logged out of %s", have)
	}
	if _, _, live := s.counts(); live != 0 {
		t.Errorf("%d sessions are left", live)
	}
}

// TestSessionThatBeginsAtTheEnd: a run that ends while its session is renewed leaves none
// behind, and waits no longer than it must.
func TestSessionThatBeginsAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]bool{"the login is answered": true, "it is not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, target := inHeader(t)
			closing, over, asked := make(chan struct{}), make(chan struct{}), make(chan struct{})
			h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, sessionSecrets)
			h.SetWorld(hostfuncs.World{Sleep: func(ctx context.Context, _ time.Duration) bool {
				if close(closing); answers {
					<-ctx.Done()
				}
				return ctx.Err() == nil
			}})
			l := open(t, h, abi.LeaseRequest{})
			wantStatus(t, ask(t, l, get), 200)
			s.end()
			s.mu.Lock()
			first := s.answer
			s.answer = func(w http.ResponseWriter, token string) {
				close(asked)
				if !answers {
					s.mu.Unlock()
					<-over
					s.mu.Lock()
					return
				}
				select {
				case <-closing:
				case <-over:
				}
				first(w, token)
			}
			s.mu.Unlock()
			closeWhileAsked(t, h, l, asked)
			close(over)
			want := "[Sess1on-Canary-0001]"
			if answers {
				want = "[Sess1on-Canary-0001 Sess1on-Canary-0002]"
			}
			if have := fmt.Sprint(s.loggedOut()); have != want {
				t.Errorf("logged out of %s, want %s", have, want)
			}
		})
	}
}

// TestSessionsOfMany: where many log in one after the other, sessions are ended to make
// room, also one whose login is still under way then.
func TestSessionsOfMany(t *testing.T) {
	t.Parallel()
	s, target := inHeader(t)
	target.Credentials[0].Session.Password = "parameter:Password"
	target.Concurrency = 16
	asked, answer := make(chan struct{}), make(chan struct{})
	first := s.answer
	s.answer = func(w http.ResponseWriter, token string) {
		if strings.HasSuffix(token, "0001") {
			s.mu.Unlock()
			close(asked)
			<-answer
			s.mu.Lock()
		}
		first(w, token)
	}
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	gaveUp := make(chan struct{})
	for i := range hostfuncs.MaxLogins + 1 {
		l := open(t, h, abi.LeaseRequest{})
		seal(t, l, "parameter:Password", fmt.Sprint("password-of-", i))
		if i > 0 {
			wantStatus(t, ask(t, l, get), 200)
			continue
		}
		go func() {
			defer close(gaveUp)
			_, _ = l.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "app", Method: "GET", Path: "/"}}})
		}()
		<-asked
		cancel()
		<-gaveUp
	}
	close(answer)
	h.Close()
	if logins, _, live := s.counts(); logins != hostfuncs.MaxLogins+1 || live != 0 {
		t.Errorf("%d logins, and %d sessions are left", logins, live)
	}
}

// TestSessionWithOneRequestAtATime: the login waits for no request that waits for it.
func TestSessionWithOneRequestAtATime(t *testing.T) {
	t.Parallel()
	s, target := inHeader(t)
	target.Concurrency = 1
	l := lease(t, target, sessionSecrets)
	for _, answer := range many(t, l) {
		wantStatus(t, answer, 200)
	}
	if logins, calls, _ := s.counts(); logins != 1 || calls != 16 {
		t.Errorf("%d logins, %d calls", logins, calls)
	}
}

// TestSessionEnds by time, as the answer or the grant says.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	c := newClock()
	for name, ends := range map[string]string{
		"time": `"` + c.now.Add(time.Hour).Format(time.RFC3339) + `"`, "with a fraction": `"2026-03-01T13:00:00.000000Z"`, "seconds": `3600`, "seconds in text": `"3600"`,
		"since 1970": strconv.FormatInt(c.now.Add(time.Hour).Unix(), 10), "nothing": `null`, "nonsense": `"tomorrow"`, "the past": `"2020-01-01T00:00:00Z"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, target := inHeader(t)
			s.answer = func(w http.ResponseWriter, token string) {
				w.Header().Set("X-Subject-Token", token)
				w.WriteHeader(201)
				io.WriteString(w, `{"token":{"expires_at":`+ends+`}}`)
			}
			session := target.Credentials[0].Session
			session.ExpiryPointer, session.Lifetime = "/token/expires_at", time.Hour
			world := newClock().world()
			l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, sessionSecrets, world)
			for i, wait := range []time.Duration{0, 58 * time.Minute, 2 * time.Minute} {
				world.Sleep(context.Background(), wait)
				wantStatus(t, ask(t, l, get), 200)
				if logins, _, _ := s.counts(); logins != 1+i/2 {
					t.Errorf("%d logins after step %d", logins, i)
				}
			}
		})
	}
}

// TestRefusedSession classifies what a login can come to.
func TestRefusedSession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status    int
		code      abi.Code
		retryable bool
	}{
		"wrong password": {401, abi.BadServerCredentials, false}, "forbidden": {403, abi.BadServerCredentials, false}, "bad request": {400, abi.BadServerCredentials, false},
		"another success": {200, abi.BadServerCredentials, false}, "no token": {201, abi.BadServerCredentials, false},
		"a redirect": {302, abi.NotSent, false}, "not there": {404, abi.NotSent, false}, "not with this method": {405, abi.NotSent, false},
		"busy": {429, abi.NotSent, true}, "down": {503, abi.NotSent, true}, "a failure": {500, abi.NotSent, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, target := inHeader(t)
			s.answer = func(w http.ResponseWriter, _ string) {
				w.Header().Set("Location", "/login")
				w.WriteHeader(c.status)
				io.WriteString(w, userPassword)
			}
			target.MaxTries = 1
			var log safeBuffer
			l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}, Logger: zerolog.New(&log)}, sessionSecrets, newClock().world())
			a := ask(t, l, abi.HTTPRequest{Method: "POST"})
			l.Close(background, false)
			if wantError(t, a, c.code, ""); a.Error.Retryable != c.retryable || a.Tries != 0 || strings.Contains(a.Error.Error()+log.String(), "Canary") {
				t.Errorf("have %+v", a.Error)
			}
		})
	}
}

// jsonRPC is an application where one path serves all, and that tells of the end of
// a session in a 200.
func jsonRPC(t testing.TB) (*sessions, hostfuncs.Target) {
	field := func(body, name string) string {
		var m map[string]any
		json.Unmarshal([]byte(body), &m)
		text, _ := m[name].(string)
		return text
	}
	s := &sessions{
		answer: func(w http.ResponseWriter, token string) {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","result":%q,"id":1}`, token)
		},
		tokenOf:  func(_ *http.Request, body string) string { return field(body, "auth") },
		loginAt:  func(_ *http.Request, body string) bool { return field(body, "method") == "user.login" },
		logoutAt: func(_ *http.Request, body string) bool { return field(body, "method") == "user.logout" },
		refusal: func(w http.ResponseWriter) {
			io.WriteString(w, `{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":"Session terminated, re-login, please."},"id":1}`)
		},
		say: `{"jsonrpc":"2.0","result":[],"id":1}`,
	}
	target := grant(serve(t, s))
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.SessionToken, Pointer: "/auth", Session: &hostfuncs.Session{
		Username: "Admin", Password: "password", Token: hostfuncs.TokenPlace{Pointer: "/result"}, Operation: "/method",
		Login:  hostfuncs.SessionRequest{Path: "/api_jsonrpc.php", JSON: `{"jsonrpc":"2.0","method":"user.login","params":{"username":"${username}","password":"${password}"},"id":1}`},
		Logout: &hostfuncs.SessionRequest{Path: "/api_jsonrpc.php", JSON: `{"jsonrpc":"2.0","method":"user.logout","params":[],"id":1}`},
		Ended:  &hostfuncs.SessionEnd{Pointer: "/error/data", Contains: "re-login"},
	}}}
	return s, target
}

func rpc(method string) abi.HTTPRequest {
	return abi.HTTPRequest{Method: "POST", Path: "/api_jsonrpc.php", Body: `{"jsonrpc":"2.0","method":"` + method + `","params":{},"id":1}`}
}

// TestSessionEndsInA200 logs in again at the second sign, and hands on any other
// error.
func TestSessionEndsInA200(t *testing.T) {
	t.Parallel()
	s, target := jsonRPC(t)
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, sessionSecrets)
	l := open(t, h, abi.LeaseRequest{})
	for i := range 3 {
		if a := ask(t, l, rpc("user.get")); a.Error != nil || a.Body != s.say || a.Tries != 1+min(i, 1) {
			t.Fatalf("have %+v, %v", a, a.Error)
		}
		s.end()
	}
	s.refusal = func(w http.ResponseWriter) { io.WriteString(w, `{"error":{"data":"No permissions"}}`) }
	if a := ask(t, l, rpc("user.get")); a.Error != nil || !strings.Contains(a.Body, "No permissions") {
		t.Errorf("have %+v, %v", a, a.Error)
	}
	h.Close()
	if logins, _, _ := s.counts(); logins != 3 || len(s.loggedOut()) != 3 {
		t.Errorf("%d logins, logged out of %v", logins, s.loggedOut())
	}
}

// TestSessionEndsInARedirect logs in again when it is sent to the login page, and not
// when it is sent elsewhere.
func TestSessionEndsInARedirect(t *testing.T) {
	t.Parallel()
	for _, redirects := range []hostfuncs.Redirects{hostfuncs.RedirectsAnswer, hostfuncs.RedirectsSameTarget} {
		s, target := inHeader(t)
		s.refusal = func(w http.ResponseWriter) { w.Header().Set("Location", "/login?next=/"); w.WriteHeader(302) }
		target.Redirects, target.Credentials[0].Session.Ended = redirects, &hostfuncs.SessionEnd{Location: "/login"}
		l := lease(t, target, sessionSecrets)
		wantStatus(t, ask(t, l, get), 200)
		s.end()
		if a := ask(t, l, abi.HTTPRequest{Method: "POST"}); a.Error != nil || a.Status != 200 || a.Tries != 2 {
			t.Errorf("have status %d, %v after %d tries", a.Status, a.Error, a.Tries)
		}
		s.end()
		s.refusal = func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://elsewhere.example/")
			w.WriteHeader(302)
		}
		if a := ask(t, l, get); redirects == hostfuncs.RedirectsAnswer && a.Status != 302 || a.Tries != 1 {
			t.Errorf("have status %d, %v after %d tries", a.Status, a.Error, a.Tries)
		}
	}
}

// TestLoginPathIsDenied tries to log in by itself on a path that serves all.
func TestLoginPathIsDenied(t *testing.T) {
	t.Parallel()
	s, target := jsonRPC(t)
	l := lease(t, target, sessionSecrets)
	plainJSON := func(body string) abi.HTTPRequest {
		return abi.HTTPRequest{Method: "POST", Path: "/api_jsonrpc.php", Body: body}
	}
	slash := rpc("user.login")
	slash.Path = "/api_jsonrpc.php/x"
	for name, request := range map[string]abi.HTTPRequest{
		"login": rpc("user.login"), "logout": rpc("user.logout"), "in capitals": rpc("User.Login"), "with a blank": rpc(" user.login "), "escaped": rpc(`user.\u006cogin`),
		"behind the script": slash, "two keys": plainJSON(`{"method":"user.get","Method":"user.login"}`), "two keys, the other way round": plainJSON(`{"Method":"user.login","method":"user.get"}`), "the same key twice": plainJSON(`{"method":"user.get","method":"user.login"}`),
		"a batch": plainJSON(`[{"method":"user.login"}]`), "no JSON": plainJSON("method=user.login"), "no operation": plainJSON(`{}`), "no text": plainJSON(`{"method":["user.login"]}`),
		"two documents": plainJSON(`{"method":"user.get"}{"method":"user.login"}`), "nothing": {Path: "/api_jsonrpc.php"},
	} {
		a := ask(t, l, request)
		if a.Error == nil || a.Error.Rule != hostfuncs.RuleLoginPath {
			t.Errorf("%s: have status %d, %v", name, a.Status, a.Error)
		}
	}
	if logins, calls, _ := s.counts(); logins+calls != 0 {
		t.Errorf("%d logins, %d calls", logins, calls)
	}
	wantStatus(t, ask(t, l, rpc("user.get")), 200)
	a := ask(t, l, abi.HTTPRequest{Method: "POST", Path: "/other", Body: "no JSON"})
	wantError(t, a, abi.Denied, hostfuncs.RuleCredential)

	_, apart := inHeader(t)
	l = lease(t, apart, sessionSecrets)
	for _, path := range []string{"/login", "/Login/", "/logout", "/login;jsessionid=1", "/login.json", "/%6Cogin"} {
		wantError(t, ask(t, l, abi.HTTPRequest{Path: path}), abi.Denied, hostfuncs.RuleLoginPath)
	}
}

// TestSessionEcho: a session's token reaches no connector, in no place.
func TestSessionEcho(t *testing.T) {
	t.Parallel()
	s, target := inHeader(t)
	l := lease(t, target, sessionSecrets)
	s.say = `{"your token":"Sess1on-Canary-0001"}`
	wantError(t, ask(t, l, get), abi.Denied, hostfuncs.RuleSecretEcho)
	a := ask(t, l, abi.HTTPRequest{Method: "POST"})
	wantError(t, a, abi.OutcomeUnknown, hostfuncs.RuleSecretEcho)
}

// TestSessionDryRun shows where the token would stand, and logs in for reads alone.
func TestSessionDryRun(t *testing.T) {
	t.Parallel()
	s, target := jsonRPC(t)
	var shown []hostfuncs.DryRunRequest
	policy := hostfuncs.Policy{Targets: []hostfuncs.Target{target}, DryRun: func(r hostfuncs.DryRunRequest) { shown = append(shown, r) }}
	wantError(t, ask(t, leaseOf(t, policy, sessionSecrets, nil), rpc("user.create")), abi.NotSent, hostfuncs.RuleDryRun)
	if logins, _, _ := s.counts(); logins != 0 || len(shown) != 1 || !strings.HasPrefix(shown[0].Body, `{"auth":"«sealed: session token»",`) {
		t.Errorf("%d logins, shown %+v", logins, shown)
	}
	s, target = inHeader(t)
	target.Credentials[0].Header, target.Credentials[0].Cookie = "", "sid"
	s.tokenOf = func(r *http.Request, _ string) string { return strings.TrimPrefix(r.Header.Get("Cookie"), "sid=") }
	policy.Targets, policy.DryRunReads, shown = []hostfuncs.Target{target}, true, nil
	l := leaseOf(t, policy, sessionSecrets, nil)
	wantStatus(t, ask(t, l, get), 200)
	wantError(t, ask(t, l, abi.HTTPRequest{Method: "POST"}), abi.NotSent, hostfuncs.RuleDryRun)
	if !strings.Contains(fmt.Sprint(shown), "sid=«sealed: session token»") || strings.Contains(fmt.Sprint(shown), "Canary") {
		t.Errorf("shown %+v", shown)
	}
}

// closeWhileAsked asks for something, gives up once a login is asked for, and closes the
// lease and its host while that is under way.
func closeWhileAsked(t *testing.T, h *hostfuncs.Host, l abi.HostLease, asked <-chan struct{}) {
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan struct{})
	go func() {
		defer close(gaveUp)
		_, _ = l.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "app", Method: "GET", Path: "/"}}})
	}()
	<-asked
	cancel()
	<-gaveUp
	l.Close(t.Context(), false)
	h.Close()
}
