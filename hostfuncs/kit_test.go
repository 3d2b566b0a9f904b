package hostfuncs_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// grant is a grant of everything on a loopback server, under the name app.
func grant(url string) hostfuncs.Target {
	return hostfuncs.Target{
		Name: "app", BaseURL: url, Networks: loopback,
		Methods: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, Paths: []string{"/**"},
	}
}

// lease opens a lease of a Host with one target.
func lease(t testing.TB, target hostfuncs.Target, secrets hostfuncs.SecretMap) abi.HostLease {
	t.Helper()
	return leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, secrets, nil)
}

// leaseOf opens a lease of a Host for a policy, in a changed world.
func leaseOf(t testing.TB, policy hostfuncs.Policy, secrets hostfuncs.SecretMap, world *hostfuncs.World) abi.HostLease {
	t.Helper()
	h := newHost(t, policy, secrets)
	if world != nil {
		h.SetWorld(*world)
	}
	return open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
}

func newHost(t testing.TB, policy hostfuncs.Policy, secrets hostfuncs.SecretMap) *hostfuncs.Host {
	t.Helper()
	h, err := hostfuncs.New(policy, secrets)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func open(t testing.TB, h abi.HostProvider, request abi.LeaseRequest) abi.HostLease {
	t.Helper()
	l, err := h.Lease(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(context.Background(), false) })
	return l
}

// ask sends one request.
func ask(t testing.TB, l abi.Host, request abi.HTTPRequest) abi.HTTPAnswer {
	t.Helper()
	if request.Target == "" {
		request.Target = "app"
	}
	if request.Method == "" {
		request.Method = "GET"
	}
	if request.Path == "" {
		request.Path = "/"
	}
	answers, err := l.HTTP(context.Background(), abi.HTTPRequests{Requests: []abi.HTTPRequest{request}})
	if err != nil {
		t.Fatal(err)
	}
	if len(answers.Answers) != 1 {
		t.Fatalf("one request got %d answers", len(answers.Answers))
	}
	return answers.Answers[0]
}

// wantStatus fails unless an answer has a status.
func wantStatus(t testing.TB, a abi.HTTPAnswer, status int) {
	t.Helper()
	if a.Error != nil || a.Status != status {
		t.Fatalf("have status %d, error %v; want status %d", a.Status, a.Error, status)
	}
}

// wantError fails unless an answer is an error with this code and rule or limit.
func wantError(t testing.TB, a abi.HTTPAnswer, code abi.Code, ruleOrLimit string) {
	t.Helper()
	if a.Error == nil {
		t.Fatalf("have status %d, body %.80q; want %s %s", a.Status, a.Body, code, ruleOrLimit)
	}
	if a.Error.Code != code || a.Error.Rule+a.Error.Limit != ruleOrLimit {
		t.Fatalf("have %v; want %s %s", a.Error, code, ruleOrLimit)
	}
	if a.Status != 0 || a.Body != "" || a.Headers != nil {
		t.Fatalf("an answer with the error %v also holds status %d, body %.80q, headers %v", a.Error, a.Status, a.Body, a.Headers)
	}
}

// seen records what a server was asked.
type seen struct {
	mu       sync.Mutex
	requests []seenRequest
}

type seenRequest struct {
	Method, URI, Host, Body string
	Header                  http.Header
}

func (s *seen) all() []seenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seenRequest{}, s.requests...)
}

func (s *seen) last(t testing.TB) seenRequest {
	t.Helper()
	all := s.all()
	if len(all) == 0 {
		t.Fatal("the server was not asked")
	}
	return all[len(all)-1]
}

// record records each request before it hands it to handler; nil answers 200.
func record(t testing.TB, handler http.HandlerFunc) (*httptest.Server, *seen) {
	t.Helper()
	s := &seen{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, seenRequest{r.Method, r.RequestURI, r.Host, string(body), r.Header.Clone()})
		s.mu.Unlock()
		if handler != nil {
			handler(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, s
}

// rawServer answers each connection by hand and returns its URL.
func rawServer(t testing.TB, serve func(c net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() { listener.Close(); group.Wait() })
	return "http://" + listener.Addr().String()
}

// clock is a clock that moves when somebody sleeps.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) world() *hostfuncs.World {
	return &hostfuncs.World{
		Now: func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now },
		Sleep: func(ctx context.Context, d time.Duration) bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.now = c.now.Add(d)
			c.waits = append(c.waits, d)
			return ctx.Err() == nil
		},
	}
}

func (c *clock) slept() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration{}, c.waits...)
}

// silent is a log for servers whose clients misbehave on purpose.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
