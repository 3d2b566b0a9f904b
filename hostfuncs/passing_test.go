package hostfuncs_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// flooded is a lease with two targets: app, which is what a test makes it, and flood, whose
// every answer sets so many cookies that two generations of passing secrets are full.
type flooded struct {
	host  *hostfuncs.Host
	lease abi.HostLease
	// release is closed by a request to flood for /release.
	release chan struct{}
}

func flood(t *testing.T, target hostfuncs.Target, secrets hostfuncs.SecretMap, world *hostfuncs.World) *flooded {
	t.Helper()
	f := &flooded{release: make(chan struct{})}
	var mu sync.Mutex
	set := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/release" {
			close(f.release)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for range 2_200 {
			set++
			w.Header().Add("Set-Cookie", fmt.Sprintf("f=%012d", set))
		}
	}))
	t.Cleanup(s.Close)
	hostile := grant(s.URL)
	hostile.Name, hostile.Cookies, hostile.RatePerSecond, hostile.MaxResponseHeaderBytes = "flood", true, 1_000, hostfuncs.MaxMaxResponseHeaderBytes
	f.host = newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target, hostile}}, secrets)
	if world != nil {
		f.host.SetWorld(*world)
	}
	f.lease = open(t, f.host, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
	return f
}

func (f *flooded) flood(t *testing.T) {
	t.Helper()
	wantStatus(t, ask(t, f.lease, abi.HTTPRequest{Target: "flood"}), 200)
}

// wantKnown fails unless each secret is looked for, or is not.
func wantKnown(t *testing.T, l abi.HostLease, known bool, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if l.(interface{ HoldsSecret(string) bool }).HoldsSecret(secret) != known {
			t.Errorf("%s is looked for: %t", secret, !known)
		}
	}
}

// TestTokensInUseAreKnown: what a target's logins brought stays known, in a later lease too,
// whatever another target makes the host learn; what took its place is forgotten.
func TestTokensInUseAreKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		credential hostfuncs.Credential
		answer     string // to a login, with its number
		derived    []string
	}{
		"session": {hostfuncs.Credential{Kind: hostfuncs.SessionToken, Header: "X-Token", Session: &hostfuncs.Session{
			Password: "password", Token: hostfuncs.TokenPlace{Pointer: "/token"}, Lifetime: time.Minute,
			Login: hostfuncs.SessionRequest{Path: "/login", JSON: `"${password}"`}}},
			`{"token":"token-of-%08[1]d"}`, []string{"token-of-", "cookie-of-"}},
		"OAuth 2": {hostfuncs.Credential{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
			Grant: hostfuncs.GrantRefreshToken, TokenPath: "/login", ClientID: "c", RefreshToken: "password"}},
			`{"access_token":"token-of-%08[1]d","refresh_token":"refresh-of-%08[1]d","id_token":"identity-of-%08[1]d","expires_in":60}`,
			[]string{"token-of-", "refresh-of-", "identity-of-"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/login" {
					n++
					w.Header().Set("Set-Cookie", fmt.Sprintf("c=cookie-of-%08d", n))
					fmt.Fprintf(w, c.answer, n)
				}
			}))
			t.Cleanup(s.Close)
			target := grant(s.URL)
			target.RatePerSecond, target.Credentials = 1_000, []hostfuncs.Credential{c.credential}
			clock := newClock()
			f := flood(t, target, hostfuncs.SecretMap{"password": "correct horse"}, clock.world())
			round := func() (derived []string) {
				clock.world().Sleep(t.Context(), time.Hour)
				wantStatus(t, ask(t, f.lease, abi.HTTPRequest{}), 200)
				for _, of := range c.derived {
					derived = append(derived, fmt.Sprintf("%s%08d", of, n))
				}
				return derived
			}
			first := round()
			f.flood(t)
			wantKnown(t, f.lease, true, first...)
			later := open(t, f.host, abi.LeaseRequest{Lane: abi.LaneImport, Instance: "later"})
			wantStatus(t, ask(t, later, abi.HTTPRequest{Target: "flood"}), 200)
			wantKnown(t, later, true, first...)
			for range hostfuncs.MaxDerived / 2 { // two at least are new each time
				round()
			}
			last := round()
			for _, l := range []abi.HostLease{f.lease, later} {
				for range 2 {
					wantStatus(t, ask(t, l, abi.HTTPRequest{Target: "flood"}), 200)
				}
				wantKnown(t, l, true, last...)
				wantKnown(t, l, false, first...)
			}
		})
	}
}

// TestEndedLoginIsForgotten: a login that gave way to others of other passwords.
func TestEndedLoginIsForgotten(t *testing.T) {
	t.Parallel()
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			n++
			fmt.Fprintf(w, `{"token":"token-of-%08d"}`, n)
		}
	}))
	t.Cleanup(s.Close)
	target := grant(s.URL)
	target.RatePerSecond, target.Credentials = 1_000, []hostfuncs.Credential{{Kind: hostfuncs.SessionToken, Header: "X-Token", Session: &hostfuncs.Session{
		Password: "parameter:Password", Token: hostfuncs.TokenPlace{Pointer: "/token"}, Login: hostfuncs.SessionRequest{Path: "/login", JSON: `"${password}"`}}}}
	f := flood(t, target, nil, nil)
	for i := range hostfuncs.MaxLogins + 1 {
		seal(t, f.lease, "parameter:Password", fmt.Sprintf("password-%08d", i))
		wantStatus(t, ask(t, f.lease, abi.HTTPRequest{}), 200)
	}
	f.host.WaitLogins()
	f.flood(t)
	wantKnown(t, f.lease, false, "token-of-00000001")
	wantKnown(t, f.lease, true, "token-of-00000002")
}

// TestJarsAreKnown: so do the cookies and the value against forged requests that are to be
// sent back, until others take their place.
func TestJarsAreKnown(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := strings.TrimPrefix(r.URL.Path, "/")
		w.Header().Set("Set-Cookie", "c=cookie-of-"+n)
		w.Header().Set("X-Guard", "guard-of-"+n)
	}))
	t.Cleanup(s.Close)
	target := grant(s.URL)
	target.Cookies, target.CSRF = true, &hostfuncs.CSRF{Header: "X-Guard", AnswerHeader: "X-Guard"}
	f := flood(t, target, nil, nil)
	derived := func(n string) []string { return []string{"cookie-of-" + n, "guard-of-" + n} }
	for _, n := range []string{"0001", "0002"} {
		wantStatus(t, ask(t, f.lease, abi.HTTPRequest{Method: "POST", Path: "/" + n}), 200)
		f.flood(t)
		wantKnown(t, f.lease, true, derived(n)...)
	}
	f.flood(t)
	wantKnown(t, f.lease, false, derived("0001")...)
}

// afterwards are the requests that make the host learn, and then let an answer go.
var afterwards = []abi.HTTPRequest{readOf("flood", "/"), readOf("flood", "/"), readOf("flood", "/release")}

func readOf(target, path string) abi.HTTPRequest {
	return abi.HTTPRequest{Target: target, Method: "GET", Path: path, Safety: abi.Safe}
}

// batch sends requests, two at once, and returns the first answer.
func (f *flooded) batch(t *testing.T, requests ...abi.HTTPRequest) abi.HTTPAnswer {
	t.Helper()
	answers, err := f.lease.HTTP(t.Context(), abi.HTTPRequests{Concurrency: 2, Requests: requests})
	if err != nil {
		t.Fatal(err)
	}
	return answers.Answers[0]
}

var signing = hostfuncs.Credential{Kind: hostfuncs.AWSSigV4, AWS: &hostfuncs.AWS{
	Region: "eu-central-1", Service: "execute-api", AccessKey: "AKID", SecretKey: "password"}}

func signature(r *http.Request) string {
	_, signed, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	return signed
}

// TestCarriedIsKnown: a request under way carries what is current no more, or was never
// anything else, and its answer does not reach the connector with that in it.
func TestCarriedIsKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		credential hostfuncs.Credential
		carried    func(*http.Request) string
	}{
		"signature": {signing, signature},
		"former token": {hostfuncs.Credential{Kind: hostfuncs.SessionToken, Header: "X-Token", Session: &hostfuncs.Session{
			Password: "password", Token: hostfuncs.TokenPlace{Pointer: "/token"}, Login: hostfuncs.SessionRequest{Path: "/login", JSON: `"${password}"`}}},
			func(r *http.Request) string { return r.Header.Get("X-Token") }},
		"former cookie": {hostfuncs.Credential{}, func(r *http.Request) string { return r.Header.Get("Cookie") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f *flooded
			arrived, logins := make(chan struct{}), 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/login":
					logins++
					fmt.Fprintf(w, `{"token":"token-of-%08d"}`, logins)
				case "/cookie":
					w.Header().Set("Set-Cookie", "c=the-first-cookie")
				case "/hop":
					w.Header().Set("Location", "/echo")
					w.WriteHeader(302)
				case "/echo":
					close(arrived)
					<-f.release
					io.WriteString(w, "sent: "+c.carried(r))
				case "/renew":
					<-arrived
					w.Header().Set("Set-Cookie", "c=another-cookie")
					if logins == 1 {
						w.WriteHeader(401)
					}
				}
			}))
			t.Cleanup(s.Close)
			target := grant(s.URL)
			target.Cookies, target.Redirects = true, hostfuncs.RedirectsSameTarget
			if c.credential.Kind != 0 {
				target.Credentials = []hostfuncs.Credential{c.credential}
			}
			f = flood(t, target, hostfuncs.SecretMap{"password": "correct horse"}, nil)
			f.batch(t, readOf("app", "/cookie"))
			answer := f.batch(t, append([]abi.HTTPRequest{readOf("app", "/hop"), readOf("app", "/renew")}, afterwards...)...)
			wantError(t, answer, abi.Denied, hostfuncs.RuleSecretEcho)
		})
	}
}

// TestCarriedBesideIsKnown: nor does the answer to another request that began while that
// one was under way, and came when it was not. Later it is forgotten.
func TestCarriedBesideIsKnown(t *testing.T) {
	t.Parallel()
	var f *flooded
	carried, arrived, beside := "", make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/first":
			carried = signature(r)
			close(arrived)
			<-beside
		case "/beside":
			close(beside)
			<-f.release
			io.WriteString(w, "sent before: "+carried)
		}
	}))
	t.Cleanup(s.Close)
	target := grant(s.URL)
	target.Credentials = []hostfuncs.Credential{signing}
	f = flood(t, target, hostfuncs.SecretMap{"password": "correct horse"}, nil)
	first := readOf("app", "/first")
	if _, err := f.lease.HTTP(t.Context(), abi.HTTPRequests{Ahead: []abi.HTTPRequest{first}}); err != nil {
		t.Fatal(err)
	}
	<-arrived
	answer := f.batch(t, append([]abi.HTTPRequest{readOf("app", "/beside"), first}, afterwards...)...)
	wantError(t, answer, abi.Denied, hostfuncs.RuleSecretEcho)
	for range 2 {
		f.flood(t)
	}
	wantKnown(t, f.lease, false, carried)
}

// TestCarriedStaysKnown: nor does an answer that stands because the tries behind it found
// nobody, however long they take. Then it is forgotten, as what those tries carried is.
func TestCarriedStaysKnown(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	carried := make(chan string, 1)
	go func() {
		defer listener.Close() // the next tries find nobody
		for i := range 2 {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			signed := signature(readRequest(c))
			if i == 1 {
				listener.Close()
				carried <- signed
			}
			fmt.Fprintf(c, "HTTP/1.1 503 busy\r\nConnection: close\r\nContent-Length: %d\r\n\r\nsent: %s", len("sent: "+signed), signed)
			c.Close()
		}
	}()
	target := grant("http://" + listener.Addr().String())
	target.Credentials, target.MaxTries = []hostfuncs.Credential{signing}, 5
	var f *flooded
	clock, pauses := newClock(), 0
	world := *clock.world()
	world.Sleep = func(ctx context.Context, _ time.Duration) bool {
		pauses++
		for range 2 {
			f.flood(t)
		}
		return clock.world().Sleep(ctx, 2*time.Second) // signatures tell the second
	}
	f = flood(t, target, hostfuncs.SecretMap{"password": "correct horse"}, &world)
	wantError(t, f.batch(t, readOf("app", "/")), abi.Denied, hostfuncs.RuleSecretEcho)
	if pauses != target.MaxTries-1 {
		t.Errorf("%d pauses", pauses)
	}
	if loads := hostfuncs.Loads(f.lease); loads != 0 {
		t.Errorf("%d loads are held in the end", loads)
	}
	for range 2 {
		f.flood(t)
	}
	wantKnown(t, f.lease, false, <-carried)
}
