package hostfuncs_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// atDebug is a policy for one target, whose host's log is written to log.
func atDebug(log io.Writer, target hostfuncs.Target) hostfuncs.Policy {
	target.MaxTries = 1
	return hostfuncs.Policy{Targets: []hostfuncs.Target{target}, Logger: zerolog.New(log).Level(zerolog.DebugLevel)}
}

// TestBrokenAnswersAreNotLogged: what is no HTTP may hold what it answers, or what it was
// to bring. Neither is in the host's log; what kind of failure it was is.
func TestBrokenAnswersAreNotLogged(t *testing.T) {
	t.Parallel()
	const fresh = "fresh-session-token-4711"
	session := hostfuncs.Credential{Kind: hostfuncs.SessionToken, Header: "X-Token", Session: &hostfuncs.Session{
		Password: "password", Token: hostfuncs.TokenPlace{Header: "X-Token"}, Login: hostfuncs.SessionRequest{Path: "/login", JSON: `"${password}"`}}}
	client := hostfuncs.Credential{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
		Grant: hostfuncs.GrantClientCredentials, TokenPath: "/token", ClientID: "c", ClientSecret: "password"}}
	bearer := hostfuncs.Credential{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
		Grant: hostfuncs.GrantJWTBearer, TokenPath: "/token", ClientID: "c", Assertion: &hostfuncs.Assertion{Algorithm: "HS256", Key: "password"}}}
	const password = "p@ss/w%rd+!#1 which is long enough to sign with"
	for name, c := range map[string]struct {
		credential hostfuncs.Credential
		answer     func(r *http.Request) (text, secret string)
		cause      string
	}{
		"a line without a colon": {session, func(*http.Request) (string, string) {
			return "HTTP/1.1 200 OK\r\nX-Token " + fresh, fresh
		}, "textproto.ProtocolError"},
		"a strange encoding": {session, func(*http.Request) (string, string) {
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + fresh, fresh
		}, "unsupportedTEError"},
		"a strange length": {session, func(*http.Request) (string, string) {
			return "HTTP/1.1 200 OK\r\nContent-Length: " + fresh, fresh
		}, "errorString"},
		"the pair of a client": {client, func(r *http.Request) (string, string) {
			pair := strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
			if pair != base64.StdEncoding.EncodeToString([]byte("c:"+url.QueryEscape(password))) {
				t.Errorf("the client sent %s", pair)
			}
			return pair, pair
		}, "errorString"},
		"an assertion": {bearer, func(r *http.Request) (string, string) {
			assertion := r.FormValue("assertion")
			return assertion, assertion
		}, "errorString"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var secret string
			answered := make(chan struct{})
			target := grant(rawServer(t, func(conn net.Conn) {
				defer close(answered)
				if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					var text string
					text, secret = c.answer(r)
					fmt.Fprintf(conn, "%s\r\n\r\n", text)
				}
			}))
			target.Credentials = []hostfuncs.Credential{c.credential}
			var log safeBuffer
			a := ask(t, leaseOf(t, atDebug(&log, target), hostfuncs.SecretMap{"password": password}, nil), get)
			<-answered
			if a.Error == nil || secret == "" {
				t.Fatalf("have status %d, the secret is %q", a.Status, secret)
			}
			if text := log.String(); strings.Contains(text, secret) || !strings.Contains(text, c.cause) {
				t.Errorf("the log has %s", text)
			}
		})
	}
}

// TestLogSaysWhyNothingCame: what the network and TLS say of a failure is in the host's
// log, so that whoever operates it finds the cause.
func TestLogSaysWhyNothingCame(t *testing.T) {
	t.Parallel()
	now := time.Now()
	old, oldPEM := certificate(t, "127.0.0.1", now.Add(-2*time.Hour), now.Add(-time.Hour))
	named, namedPEM := certificate(t, "hr.example.com", now.Add(-time.Hour), now.Add(time.Hour))
	secured := func(served tls.Certificate, ca string) hostfuncs.Target {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{Certificates: []tls.Certificate{served}}
		server.Config.ErrorLog = silent()
		server.StartTLS()
		t.Cleanup(server.Close)
		target := grant(server.URL)
		target.TLS.CA = ca
		return target
	}
	nobody := httptest.NewServer(nil)
	nobody.Close()
	far := grant("https://127.0.0.1:1")
	far.Networks = nil
	reset := grant(rawServer(t, func(c net.Conn) { readRequest(c); c.(*net.TCPConn).SetLinger(0) }))
	packed := grant(rawServer(t, func(c net.Conn) {
		readRequest(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\nhello world")
	}))
	other := secured(named, namedPEM)
	other.TLS.ServerName = "login.example.com"
	for name, c := range map[string]struct {
		target hostfuncs.Target
		says   []string
	}{
		"nobody there":  {grant(nobody.URL), []string{"the connection was refused", "dial tcp 127.0.0.1:"}},
		"not permitted": {far, []string{"not public", "address 127.0.0.1"}},
		"expired":       {secured(old, oldPEM), []string{"has expired", "x509: certificate has expired", "is after"}},
		"another name":  {other, []string{"bears another name", "hr.example.com"}},
		"reset":         {reset, []string{"the connection was reset", "read tcp 127.0.0.1:"}},
		"packed":        {packed, []string{"gzip: invalid header"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log safeBuffer
			if a := ask(t, leaseOf(t, atDebug(&log, c.target), nil, nil), get); a.Error == nil {
				t.Fatalf("have status %d", a.Status)
			}
			for _, says := range c.says {
				if !strings.Contains(log.String(), says) {
					t.Errorf("%q is not in %s", says, log.String())
				}
			}
		})
	}
}

// TestLoginKnowsWhatLoginsSent: a login's own log is redacted by what logins before it
// sent, too. The name in a certificate is the one thing of a target that is told in full.
func TestLoginKnowsWhatLoginsSent(t *testing.T) {
	t.Parallel()
	var assertion atomic.Pointer[string]
	endpoint := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := r.FormValue("assertion")
		assertion.Store(&sent)
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	first, ca := certificate(t, "login.example", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	endpoint.TLS = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		served := first
		if sent := assertion.Load(); sent != nil {
			served, _ = certificate(t, *sent, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
		}
		return &served, nil
	}}
	endpoint.Config.ErrorLog = silent()
	endpoint.StartTLS()
	t.Cleanup(endpoint.Close)
	target := oauth("http://127.0.0.1:1", hostfuncs.OAuth2{Grant: hostfuncs.GrantJWTBearer, ClientID: "c",
		TokenURL: endpoint.URL + "/token", Networks: loopback, TLS: hostfuncs.TLS{CA: ca, ServerName: "login.example"},
		Assertion: &hostfuncs.Assertion{Algorithm: "HS256", Key: "password"}})
	var log safeBuffer
	h := newHost(t, atDebug(&log, target), hostfuncs.SecretMap{"password": strings.Repeat("k3y!", 10)})
	l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
	for range 2 {
		wantError(t, ask(t, l, get), abi.NotSent, "")
	}
	if text := log.String(); !strings.Contains(text, "bears another name") || !strings.Contains(text, "certificate is valid for") || strings.Contains(text, *assertion.Load()) {
		t.Errorf("the log has %s", text)
	}
	if h.WaitLogins(); h.Leases() != 1 {
		t.Errorf("%d leases are told of logins, want one", h.Leases())
	}
}
