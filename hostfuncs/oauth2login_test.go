package hostfuncs_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// TestOneLoginForMany: whatever is under way, a token is got once, and again once
// when the target takes it no longer.
func TestOneLoginForMany(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	target := oauth(serve(t, s), hostfuncs.OAuth2{})
	target.Concurrency = 16
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, oauthSecrets)
	a, b := open(t, h, abi.LeaseRequest{}), open(t, h, abi.LeaseRequest{})
	for round := 1; round <= 4; round++ {
		for _, answer := range many(t, a, b) {
			wantStatus(t, answer, 200)
			if round == 1 && answer.Tries != 1 || answer.Tries > 2 {
				t.Errorf("round %d: %d tries", round, answer.Tries)
			}
		}
		if logins, calls := s.count(); logins != round || calls != 16*round {
			t.Fatalf("round %d: %d logins, %d calls carried out", round, logins, calls)
		}
		s.revoke()
	}
}

// TestRefusedLogin: wrong credentials are told as what they are and not tried again
// at once.
func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status    int
		body      string
		code      abi.Code
		retryable bool
		again     int // logins after a second request
	}{
		"invalid client":      {401, `{"error":"invalid_client"}`, abi.BadServerCredentials, false, 1},
		"invalid grant":       {400, `{"error":"invalid_grant","error_description":"` + clientSecret + `"}`, abi.BadServerCredentials, false, 1},
		"no OAuth error":      {403, `<html>` + clientSecret, abi.BadServerCredentials, false, 1},
		"an error inside 200": {200, `{"error":"invalid_grant"}`, abi.BadServerCredentials, false, 1},
		"an unknown error":    {400, `{"error":"` + clientSecret + `"}`, abi.BadServerCredentials, false, 1},
		"invalid scope":       {400, `{"error":"invalid_scope"}`, abi.NotSent, false, 1},
		"not found":           {404, ``, abi.NotSent, false, 1},
		"a redirect":          {302, ``, abi.NotSent, false, 1},
		"no JSON":             {200, `<html>hello`, abi.NotSent, false, 1},
		"a list":              {200, `["x"]`, abi.NotSent, false, 1},
		"no token":            {200, `{"token_type":"bearer"}`, abi.NotSent, false, 1},
		"a number":            {200, `{"access_token":1234567890}`, abi.NotSent, false, 1},
		"another type":        {200, `{"access_token":"abcdefgh","token_type":"mac"}`, abi.NotSent, false, 1},
		"a line end":          {200, `{"access_token":"abcdefgh\r\nX-Admin: 1"}`, abi.NotSent, false, 1},
		"too long a token":    {200, `{"access_token":"` + strings.Repeat("x", hostfuncs.MaxTokenBytes+1) + `"}`, abi.NotSent, false, 1},
		"too long an answer":  {200, `{"access_token":"` + strings.Repeat("x", 9<<20) + `"}`, abi.NotSent, false, 1},
		"key twice":           {200, `{"access_token":"abcdefgh","access_token":"ijklmnop"}`, abi.NotSent, false, 1},
		"busy":                {503, ``, abi.NotSent, true, 2},
		"too many":            {429, ``, abi.NotSent, true, 2},
		"told to be busy":     {400, `{"error":"temporarily_unavailable"}`, abi.NotSent, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &tokens{answer: func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.Header().Set("Location", "/elsewhere/"+clientSecret)
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}}
			target := oauth(serve(t, s), hostfuncs.OAuth2{})
			target.MaxTries = 1
			var log safeBuffer
			l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}, Logger: zerolog.New(&log)}, oauthSecrets, newClock().world())
			for range 2 {
				a := ask(t, l, get)
				if a.Error == nil || a.Error.Code != c.code || a.Error.Retryable != c.retryable || a.Tries != 0 {
					t.Fatalf("have status %d, %+v", a.Status, a.Error)
				}
				log.Write([]byte(a.Error.Error()))
			}
			l.Close(background, false)
			if text := log.String(); strings.Contains(text, clientSecret) || strings.Contains(text, "abcdefgh") {
				t.Errorf("a secret is told: %s", text)
			}
			if logins, calls := s.count(); logins != c.again || calls != 0 {
				t.Errorf("%d logins, %d calls", logins, calls)
			}
		})
	}
}

// TestLoginBombs: a token endpoint is held to limits of its own, and what it answers
// too much of reaches nobody.
func TestLoginBombs(t *testing.T) {
	t.Parallel()
	const token = `{"access_token":"Access-T0ken-Canary-0001"}`
	const most = 256 << 10
	for size, right := range map[int]bool{most: true, most + 1: false, 64 * most: false} {
		s := &tokens{}
		s.set(func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, pack(strings.Repeat(" ", size-len(token))+token))
		})
		base := serve(t, s)
		target := oauth(base, hostfuncs.OAuth2{Grant: hostfuncs.GrantClientCredentials, ClientID: "c", ClientSecret: "client-secret", TokenURL: base + "/oauth/token", Networks: loopback})
		a := ask(t, lease(t, target, oauthSecrets), get)
		if right {
			wantStatus(t, a, 200)
			continue
		}
		if wantError(t, a, abi.NotSent, "response_bytes"); a.Tries != 0 {
			t.Errorf("%d bytes: %d tries", size, a.Tries)
		}
	}
}

// TestLoginRedirect: what a login sends goes to its endpoint and nowhere else.
func TestLoginRedirect(t *testing.T) {
	t.Parallel()
	elsewhere, strangers := record(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := &tokens{}
		s.set(func(w http.ResponseWriter, r *http.Request, _ string) {
			http.Redirect(w, r, elsewhere.URL+"/oauth/token", status)
		})
		target := oauth(serve(t, s), hostfuncs.OAuth2{})
		target.Redirects = hostfuncs.RedirectsSameTarget
		wantError(t, ask(t, lease(t, target, oauthSecrets), get), abi.NotSent, "")
	}
	if all := strangers.all(); len(all) > 0 {
		t.Errorf("another server was asked: %+v", all)
	}
}

// TestLoginIsTriedAgain: a refused one after a pause, one that found nobody with the
// request's own tries.
func TestLoginIsTriedAgain(t *testing.T) {
	t.Parallel()
	s, c := &tokens{}, newClock()
	s.set(func(w http.ResponseWriter, _ *http.Request, _ string) { w.WriteHeader(401) })
	world := c.world()
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{})}}, oauthSecrets, world)
	wantError(t, ask(t, l, get), abi.BadServerCredentials, "")
	s.set(nil)
	world.Sleep(context.Background(), hostfuncs.LoginPause-time.Second)
	wantError(t, ask(t, l, get), abi.BadServerCredentials, "")
	world.Sleep(context.Background(), time.Second)
	wantStatus(t, ask(t, l, get), 200)

	s.revoke()
	busy := atomic.Int64{}
	s.set(func(w http.ResponseWriter, r *http.Request, token string) {
		if busy.Add(1) == 1 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(503)
			return
		}
		fmt.Fprintf(w, `{"access_token":%q}`, token)
	})
	before := len(c.slept())
	wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "POST"}), 200)
	if waits := c.slept()[before:]; len(waits) != 1 || waits[0] != 7*time.Second {
		t.Errorf("waited %v", waits)
	}
}

// TestTokenEndpointDown: nobody listens, and nothing was sent.
func TestTokenEndpointDown(t *testing.T) {
	t.Parallel()
	s := &tokens{}
	down := httptest.NewServer(nil)
	down.Close()
	o := hostfuncs.OAuth2{TokenURL: down.URL + "/token", Networks: loopback}
	a := ask(t, leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), o)}}, oauthSecrets, newClock().world()), abi.HTTPRequest{Method: "POST"})
	if wantError(t, a, abi.NotSent, ""); !a.Error.Retryable || a.Tries != 0 || strings.Contains(a.Error.Message, "127.0.0.1") {
		t.Errorf("have %+v", a.Error)
	}
}

// TestSlowLogin: who gives up ends nobody else's login.
func TestSlowLogin(t *testing.T) {
	t.Parallel()
	s, asked, answer := &tokens{}, make(chan struct{}, 9), make(chan struct{})
	s.set(func(w http.ResponseWriter, _ *http.Request, token string) {
		asked <- struct{}{}
		<-answer
		fmt.Fprintf(w, `{"access_token":%q}`, token)
	})
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{})}}, oauthSecrets)
	l := open(t, h, abi.LeaseRequest{})
	impatient := get
	impatient.Timeout = 50 * time.Millisecond
	a := ask(t, l, impatient)
	if wantError(t, a, abi.NotSent, ""); a.Tries != 0 {
		t.Errorf("%d tries", a.Tries)
	}
	<-asked
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if answers, _ := l.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "app", Method: "GET", Path: "/"}}}); len(answers.Answers) == 1 {
		wantError(t, answers.Answers[0], abi.Cancelled, "")
	}
	close(answer)
	wantStatus(t, ask(t, l, get), 200)
	if logins, _ := s.count(); logins != 1 {
		t.Errorf("%d logins", logins)
	}
}

// TestCloseEndsALogin: a Host that is closed waits for no endpoint.
func TestCloseEndsALogin(t *testing.T) {
	t.Parallel()
	s, asked, answer := &tokens{}, make(chan struct{}), make(chan struct{})
	s.set(func(http.ResponseWriter, *http.Request, string) { close(asked); <-answer })
	defer close(answer)
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(serve(t, s), hostfuncs.OAuth2{})}}, oauthSecrets)
	l := open(t, h, abi.LeaseRequest{})
	got := make(chan abi.HTTPAnswer)
	go func() { got <- ask(t, l, get) }()
	<-asked
	h.Close()
	if a := <-got; a.Error == nil || a.Status != 0 {
		t.Errorf("have status %d", a.Status)
	}
	wantError(t, ask(t, l, get), abi.Cancelled, "")
}
