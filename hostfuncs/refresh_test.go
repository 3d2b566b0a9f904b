package hostfuncs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// rotating is a token endpoint that takes each refresh token once.
type rotating struct {
	tokens
	next string
}

func newRotating() *rotating {
	s := &rotating{next: oauthSecrets["refresh"]}
	s.set(func(w http.ResponseWriter, r *http.Request, token string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.PostForm.Get("refresh_token") != s.next {
			w.WriteHeader(400)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
			return
		}
		s.next = "Refresh-" + token
		fmt.Fprintf(w, `{"access_token":%q,"refresh_token":%q}`, token, s.next)
	})
	return s
}

// current returns the one token that the endpoint takes.
func (s *rotating) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

// shelf is a TokenStore in memory.
type shelf struct {
	mu   sync.Mutex
	of   []hostfuncs.RefreshToken // what was asked about
	kept string
	// read and save fail, if not nil.
	read, save error
}

func (s *shelf) Renew(_ context.Context, t hostfuncs.RefreshToken, ask func(string) string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of = append(s.of, t)
	if s.read != nil {
		return s.read
	}
	newest := ask(s.kept)
	if s.save != nil {
		return fmt.Errorf("%w: %s", s.save, newest)
	}
	if newest != "" {
		s.kept = newest
	}
	return nil
}

func (s *shelf) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept
}

// refreshing is a policy with a target at base whose refresh tokens store keeps.
func refreshing(base string, store hostfuncs.TokenStore, log *safeBuffer) hostfuncs.Policy {
	return hostfuncs.Policy{Logger: zerolog.New(log), Tokens: store,
		Targets: []hostfuncs.Target{oauth(base, hostfuncs.OAuth2{Grant: hostfuncs.GrantRefreshToken, ClientID: "c", RefreshToken: "refresh"})}}
}

// TestRotatedRefreshToken: the refresh token that came last is the one that is used
// next, in this Host, and with a store in the next.
func TestRotatedRefreshToken(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]*shelf{"for the life of the Host": nil, "in a store": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRotating()
			var log safeBuffer
			policy := refreshing(serve(t, s), nil, &log)
			if store != nil {
				policy.Tokens = store
				s.app = func(w http.ResponseWriter, _ *http.Request) {
					if have, want := store.current(), s.current(); have != want {
						t.Errorf("the access token is used and %q is kept, not %q", have, want)
					}
				}
			}
			for host := range 2 {
				l := leaseOf(t, policy, oauthSecrets, nil)
				for range 3 {
					a := ask(t, l, get)
					if store == nil && host > 0 {
						wantError(t, a, abi.BadServerCredentials, "")
						continue
					}
					wantStatus(t, a, 200)
					s.revoke()
				}
			}
			if logins, _ := s.count(); store != nil && logins != 6 {
				t.Errorf("%d logins", logins)
			}
			if text := log.String(); strings.Contains(text, "Refresh-") {
				t.Errorf("the log has %s", text)
			}
			if store == nil {
				return
			}
			want := hostfuncs.RefreshToken{Endpoint: policy.Targets[0].BaseURL + "/oauth/token", Source: "refresh", First: oauthSecrets["refresh"]}
			if len(store.of) != 6 || store.of[5] != want {
				t.Errorf("asked about %+v, want %+v", store.of, want)
			}
		})
	}
}

// TestRefreshTokenAtTheEnd: the token that comes while the Host is closed is kept, for the
// one before it is used up.
func TestRefreshTokenAtTheEnd(t *testing.T) {
	t.Parallel()
	s, store := newRotating(), &shelf{}
	asked, closing, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
	answer := s.answer
	s.set(func(w http.ResponseWriter, r *http.Request, token string) {
		close(asked)
		select {
		case <-closing:
		case <-over:
		}
		answer(w, r, token)
	})
	var log safeBuffer
	h := newHost(t, refreshing(serve(t, s), store, &log), oauthSecrets)
	h.SetWorld(hostfuncs.World{Sleep: func(ctx context.Context, _ time.Duration) bool {
		close(closing)
		<-ctx.Done()
		return false
	}})
	l := open(t, h, abi.LeaseRequest{})
	closeWhileAsked(t, h, l, asked)
	close(over)
	if have, want := store.current(), "Refresh-"; !strings.HasPrefix(have, want) {
		t.Errorf("%q is kept, want %s…", have, want)
	}
}

// TestRefreshTokenThatStays: an endpoint that gives no new one leaves nothing to
// keep.
func TestRefreshTokenThatStays(t *testing.T) {
	t.Parallel()
	for _, again := range []string{"", `,"refresh_token":` + fmt.Sprintf("%q", oauthSecrets["refresh"])} {
		s := &tokens{}
		s.set(func(w http.ResponseWriter, _ *http.Request, token string) {
			fmt.Fprintf(w, `{"access_token":%q%s}`, token, again)
		})
		var log safeBuffer
		store := &shelf{}
		l := leaseOf(t, refreshing(serve(t, s), store, &log), oauthSecrets, nil)
		wantStatus(t, ask(t, l, get), 200)
		if store.kept != "" {
			t.Errorf("kept %q", store.kept)
		}
	}
}

// TestTwoTargetsWithOneRefreshToken log in one after the other.
func TestTwoTargetsWithOneRefreshToken(t *testing.T) {
	t.Parallel()
	s := newRotating()
	base := serve(t, s)
	var log safeBuffer
	policy := refreshing(base, &shelf{}, &log)
	second := policy.Targets[0]
	second.Name = "app2"
	policy.Targets = append(policy.Targets, second)
	l := leaseOf(t, policy, oauthSecrets, nil)
	for range 2 {
		for _, a := range askEach(t, l, "app", "app2") {
			wantStatus(t, a, 200)
		}
		s.revoke()
	}
}

// askEach asks each target once, all together.
func askEach(t *testing.T, l abi.HostLease, targets ...string) []abi.HTTPAnswer {
	t.Helper()
	requests := abi.HTTPRequests{Concurrency: len(targets)}
	for _, target := range targets {
		request := get
		request.Target, request.Method, request.Path = target, "GET", "/"
		requests.Requests = append(requests.Requests, request)
	}
	answers, err := l.HTTP(t.Context(), requests)
	if err != nil {
		t.Fatal(err)
	}
	return answers.Answers
}

// TestTokenStoreFails: a token that cannot be kept is used as long as the Host lives,
// and handed to the store again; what cannot be read stops the login before it asks.
func TestTokenStoreFails(t *testing.T) {
	t.Parallel()
	s := newRotating()
	var log safeBuffer
	store := &shelf{}
	l := leaseOf(t, refreshing(serve(t, s), store, &log), oauthSecrets, nil)
	wantStatus(t, ask(t, l, get), 200)
	s.revoke()
	store.mu.Lock()
	store.save = errors.New("disk full")
	store.mu.Unlock()
	for range 2 {
		wantStatus(t, ask(t, l, get), 200)
		s.revoke()
	}
	if text := log.String(); strings.Contains(text, "Refresh-") || strings.Count(text, "could not be kept") != 2 || !strings.Contains(text, "disk full") {
		t.Errorf("the log has %s", text)
	}
	store.mu.Lock()
	store.save = nil
	store.mu.Unlock()
	wantStatus(t, ask(t, l, get), 200)
	if have := store.current(); have != s.current() {
		t.Errorf("kept %q", have)
	}
	s.revoke()
	// Another process was given one.
	store.mu.Lock()
	store.kept = "Refresh-of-another"
	store.mu.Unlock()
	s.mu.Lock()
	s.next = "Refresh-of-another"
	s.mu.Unlock()
	wantStatus(t, ask(t, l, get), 200)
	s.revoke()
	logins, _ := s.count()
	store.mu.Lock()
	store.read = errors.New("it is damaged")
	store.mu.Unlock()
	a := ask(t, l, get)
	wantError(t, a, abi.NotSent, "")
	if text := log.String(); !strings.Contains(text, "it is damaged") || strings.Contains(a.Error.Message, "damaged") {
		t.Errorf("the connector is told %q, the log has %s", a.Error.Message, text)
	}
	if again, _ := s.count(); again != logins {
		t.Error("it asked for a token all the same")
	}
}

// TestRefreshTokenBesideNoAccessToken: an answer that is no good for the rest may
// have made the refresh token before it void.
func TestRefreshTokenBesideNoAccessToken(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("r", hostfuncs.MaxTokenBytes)
	for name, tt := range map[string]struct{ answer, kept string }{
		"no access token":        {`{"refresh_token":"Refresh-2"}`, "Refresh-2"},
		"another kind":           {`{"access_token":"a","token_type":"mac","refresh_token":"Refresh-2"}`, "Refresh-2"},
		"one that a header bars": {`{"access_token":"a\nb","refresh_token":"Refresh-2"}`, "Refresh-2"},
		"an error":               {`{"error":"invalid_grant","refresh_token":"Refresh-2"}`, ""},
		"as long as may be":      {`{"refresh_token":"` + long + `"}`, long},
		"longer":                 {`{"access_token":"a","refresh_token":"` + long + `r"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &tokens{}
			s.set(func(w http.ResponseWriter, _ *http.Request, _ string) { fmt.Fprint(w, tt.answer) })
			var log safeBuffer
			store := &shelf{}
			l := leaseOf(t, refreshing(serve(t, s), store, &log), oauthSecrets, nil)
			if a := ask(t, l, get); a.Error == nil {
				t.Errorf("status %d", a.Status)
			}
			if store.kept != tt.kept {
				t.Errorf("kept %.40q", store.kept)
			}
		})
	}
}

// TestKeptTokenIsNotEchoed: a connector does not see a refresh token that came out of
// the store, not even when the endpoint has replaced it.
func TestKeptTokenIsNotEchoed(t *testing.T) {
	t.Parallel()
	s := newRotating()
	s.next = "Refresh-kept-Canary"
	s.app = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `"Refresh-kept-Canary"`) }
	var log safeBuffer
	l := leaseOf(t, refreshing(serve(t, s), &shelf{kept: "Refresh-kept-Canary"}, &log), oauthSecrets, nil)
	wantError(t, ask(t, l, get), abi.Denied, hostfuncs.RuleSecretEcho)
}
