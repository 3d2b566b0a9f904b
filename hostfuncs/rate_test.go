package hostfuncs_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// TestBursts: a target that is too busy for all of a batch loses no request that may
// be sent again, at the limit and one past it, and gets none twice that may not.
func TestBursts(t *testing.T) {
	t.Parallel()
	const n = 40
	for name, c := range map[string]struct {
		safety       abi.Safety
		status, busy int // busy is how often each request is sent away
		want, tries  int
	}{
		"a while":           {abi.Safe, 503, 1, 200, 2},
		"as long as we try": {abi.Idempotent, 429, 2, 200, 3},
		"longer":            {abi.Idempotent, 503, 3, 503, 3},
		"writes":            {abi.Neither, 503, 1, 503, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			arrived := make(map[string]int)
			server, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if arrived[r.URL.Path]++; arrived[r.URL.Path] <= c.busy {
					w.Header().Set("Retry-After", "0.5")
					w.WriteHeader(c.status)
				}
				io.WriteString(w, r.URL.Path)
			})
			requests := abi.HTTPRequests{Concurrency: 8}
			for i := range n {
				requests.Requests = append(requests.Requests, abi.HTTPRequest{Target: "app", Method: "PUT", Path: fmt.Sprint("/", i), Safety: c.safety, Body: "x"})
			}
			target := grant(server.URL)
			target.Timeout = hostfuncs.MaxTimeout // the waits of all add up on the one clock
			answers, err := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil, newClock().world()).HTTP(t.Context(), requests)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range answers.Answers {
				path := fmt.Sprint("/", i)
				if a.Error != nil || a.Status != c.want || a.Body != path || a.Tries != c.tries || arrived[path] != c.tries {
					t.Errorf("request %d arrived %d times: %+v", i, arrived[path], a)
				}
			}
		})
	}
}

// TestRate sends as many as the rate allows on a clock that only sleeping moves.
func TestRate(t *testing.T) {
	t.Parallel()
	server, _ := record(t, nil)
	target := grant(server.URL)
	target.RatePerSecond, target.Burst = 2, 3
	c := newClock()
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil, c.world())
	for range 6 {
		wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
	}
	if have, want := fmt.Sprint(c.slept()), "[500ms 500ms 500ms]"; have != want {
		t.Errorf("waited %s, want %s", have, want)
	}
	a := ask(t, l, abi.HTTPRequest{Timeout: 499 * time.Millisecond})
	if wantError(t, a, abi.NotSent, ""); a.Error.RetryAfter != 500*time.Millisecond || !a.Error.Retryable || a.Tries != 0 {
		t.Errorf("%v, after %s, %d tries", a.Error, a.Error.RetryAfter, a.Tries)
	}
	wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
	if n := len(c.slept()); n != 4 {
		t.Errorf("the request that did not wait used up the rate: %v", c.slept())
	}
}
