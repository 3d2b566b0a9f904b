package hostfuncs_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// pager is a server that tells what it was asked for; pages named slow wait until
// their client goes away.
type pager struct {
	*httptest.Server
	asked chan string
	gone  chan string
	count atomic.Int64
}

func newPager(t *testing.T) *pager {
	p := &pager{asked: make(chan string, 100), gone: make(chan string, 100)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.count.Add(1)
		p.asked <- r.URL.Path
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
			p.gone <- r.URL.Path
			return
		}
		fmt.Fprint(w, "page "+r.URL.Path)
	}))
	t.Cleanup(p.Close)
	return p
}

func safe(path string) abi.HTTPRequest {
	return abi.HTTPRequest{Target: "app", Method: "GET", Path: path, Safety: abi.Safe}
}

// askAhead asks for some requests and names others ahead.
func askAhead(t *testing.T, l abi.Host, now, ahead []abi.HTTPRequest) []abi.HTTPAnswer {
	t.Helper()
	answers, err := l.HTTP(t.Context(), abi.HTTPRequests{Requests: now, Ahead: ahead, Concurrency: 4})
	if err != nil || len(answers.Answers) != len(now) {
		t.Fatalf("have %d answers and error %v", len(answers.Answers), err)
	}
	return answers.Answers
}

// A page that was named ahead is under way before it is asked for, and asked of
// the target once.
func TestAhead(t *testing.T) {
	t.Parallel()
	p := newPager(t)
	l := lease(t, grant(p.URL), nil)
	one := askAhead(t, l, []abi.HTTPRequest{safe("/1")}, []abi.HTTPRequest{safe("/2")})
	if one[0].Body != "page /1" {
		t.Fatalf("have %+v", one)
	}
	for _, want := range []string{"/1", "/2"} {
		if have := <-p.asked; have != want {
			t.Fatalf("the target was asked for %s, want %s", have, want)
		}
	}
	two := askAhead(t, l, []abi.HTTPRequest{safe("/2"), safe("/2")}, nil)
	if two[0].Body != "page /2" || two[1].Body != "page /2" {
		t.Errorf("have %+v", two)
	}
	if n := p.count.Load(); n != 3 { // the second one is a request of its own
		t.Errorf("the target was asked %d times, want 3", n)
	}
	if again := askAhead(t, l, []abi.HTTPRequest{safe("/2")}, nil); again[0].Body != "page /2" || p.count.Load() != 4 {
		t.Error("an answer was given twice")
	}
}

// What is not asked for next is given up, by the next call and by the end of the
// lease; a call without requests may name something, too.
func TestAheadGivenUp(t *testing.T) {
	t.Parallel()
	p := newPager(t)
	l := lease(t, grant(p.URL), nil)
	askAhead(t, l, nil, []abi.HTTPRequest{safe("/slow")})
	<-p.asked
	askAhead(t, l, []abi.HTTPRequest{safe("/other")}, []abi.HTTPRequest{safe("/slow")})
	<-p.gone
	<-p.asked
	<-p.asked
	if err := l.Close(t.Context(), false); err != nil {
		t.Error(err)
	}
	<-p.gone
}

// A caller who gives up does not wait for what was begun.
func TestAheadCancelled(t *testing.T) {
	t.Parallel()
	p := newPager(t)
	l := lease(t, grant(p.URL), nil)
	askAhead(t, l, nil, []abi.HTTPRequest{safe("/slow")})
	<-p.asked
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan struct{})
	go func() { cancel(); close(cancelled) }()
	answers, err := l.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{safe("/slow")}})
	<-cancelled
	if err == nil {
		wantError(t, answers.Answers[0], abi.Cancelled, "")
	} else if abi.CodeOf(err) != abi.Cancelled {
		t.Errorf("have error %v", err)
	}
}

// Only what is safe and allowed is begun, and never in a dry run.
func TestAheadRefused(t *testing.T) {
	t.Parallel()
	p := newPager(t)
	write := abi.HTTPRequest{Target: "app", Method: "GET", Path: "/write", Safety: abi.Idempotent}
	elsewhere := abi.HTTPRequest{Target: "other", Method: "GET", Path: "/", Safety: abi.Safe}
	l := lease(t, grant(p.URL), nil)
	askAhead(t, l, nil, []abi.HTTPRequest{write, elsewhere})
	wantError(t, askAhead(t, l, []abi.HTTPRequest{elsewhere}, nil)[0], abi.Denied, hostfuncs.RuleTarget)
	if n := p.count.Load(); n != 0 {
		t.Errorf("the target was asked %d times", n)
	}

	policy := hostfuncs.Policy{Targets: []hostfuncs.Target{grant(p.URL)}, DryRun: func(hostfuncs.DryRunRequest) { t.Error("a request is shown that nobody made") }}
	askAhead(t, leaseOf(t, policy, nil, nil), nil, []abi.HTTPRequest{safe("/1")})

	many := make([]abi.HTTPRequest, abi.MaxAhead+1)
	for i := range many {
		many[i] = safe(fmt.Sprintf("/%d", i))
	}
	askAhead(t, l, nil, many)
	for range abi.MaxAhead {
		<-p.asked
	}
	last := askAhead(t, l, many[abi.MaxAhead:], nil)
	if last[0].Body != fmt.Sprintf("page /%d", abi.MaxAhead) {
		t.Errorf("have %+v", last)
	}
	if n := p.count.Load(); n != abi.MaxAhead+1 {
		t.Errorf("the target was asked %d times, want %d", n, abi.MaxAhead+1)
	}
}
