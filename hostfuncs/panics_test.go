package hostfuncs_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// panicOf calls HTTP and returns what it panics with.
func panicOf(l abi.Host, requests abi.HTTPRequests) (panicked any) {
	defer func() { panicked = recover() }()
	l.HTTP(context.Background(), requests)
	return nil
}

// A panic in a request of a batch is the call's, in whichever goroutine it is sent.
func TestPanicInBatch(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 4} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			t.Parallel()
			var all sync.WaitGroup
			all.Add(workers)
			var shown atomic.Int64
			spill := func(hostfuncs.DryRunRequest) {
				shown.Add(1)
				all.Done()
				all.Wait() // so that each worker has one
				panic("spilled")
			}
			l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant("http://127.0.0.1")}, DryRun: spill}, nil, nil)
			requests := make([]abi.HTTPRequest, 20)
			for i := range requests {
				requests[i] = safe("/")
			}
			if have := panicOf(l, abi.HTTPRequests{Requests: requests, Concurrency: workers}); have != "spilled" {
				t.Errorf("have %v", have)
			}
			if n := shown.Load(); n != int64(workers) {
				t.Errorf("%d requests began, want %d: none behind a panic", n, workers)
			}
		})
	}
}

// faultyClock panics once it is armed, and tells met before, once.
type faultyClock struct {
	armed atomic.Bool
	once  sync.Once
	met   chan struct{}
}

func newFaultyClock() *faultyClock { return &faultyClock{met: make(chan struct{})} }

func (c *faultyClock) world() *hostfuncs.World {
	return &hostfuncs.World{Now: func() time.Time {
		if c.armed.Load() {
			c.once.Do(func() { close(c.met) })
			panic("spilled")
		}
		return time.Now()
	}}
}

// A panic in a request that was named ahead is that of the call which takes it, or which
// comes in its place; Close returns it.
func TestPanicAhead(t *testing.T) {
	t.Parallel()
	// begin leaves a request named ahead that panics.
	begin := func(t *testing.T) abi.HostLease {
		t.Helper()
		p, c := newPager(t), newFaultyClock()
		l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant(p.URL)}}, nil, c.world())
		c.armed.Store(true)
		askAhead(t, l, nil, []abi.HTTPRequest{safe("/2")})
		<-c.met
		return l
	}
	t.Run("taken", func(t *testing.T) {
		t.Parallel()
		if have := panicOf(begin(t), abi.HTTPRequests{Requests: []abi.HTTPRequest{safe("/2")}}); have != "spilled" {
			t.Errorf("have %v", have)
		}
	})
	t.Run("given up", func(t *testing.T) {
		t.Parallel()
		if have := panicOf(begin(t), abi.HTTPRequests{}); have != "spilled" {
			t.Errorf("have %v", have)
		}
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		err := begin(t).Close(t.Context(), true)
		if abi.CodeOf(err) != abi.HostFailure || !strings.Contains(err.Error(), "spilled") {
			t.Errorf("have %v", err)
		}
	})
}

// faultyStore panics while a login asks it.
type faultyStore struct{}

func (faultyStore) Renew(context.Context, hostfuncs.RefreshToken, func(string) string) error {
	panic("spilled")
}

// A panic in a login is that of the calls that wait for it, and the next one logs in anew.
func TestPanicInLogin(t *testing.T) {
	t.Parallel()
	var log safeBuffer
	l := leaseOf(t, refreshing(serve(t, newRotating()), faultyStore{}, &log), oauthSecrets, nil)
	for range 2 {
		if have := panicOf(l, abi.HTTPRequests{Requests: []abi.HTTPRequest{safe("/1"), safe("/2")}, Concurrency: 2}); have != "spilled" {
			t.Errorf("have %v", have)
		}
	}
}

// A panic while the host logs out is nobody's call: it is logged.
func TestPanicInLogout(t *testing.T) {
	t.Parallel()
	_, target := inHeader(t)
	var log safeBuffer
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}, Logger: zerolog.New(&log)}, sessionSecrets)
	c := newFaultyClock()
	h.SetWorld(*c.world())
	wantStatus(t, ask(t, open(t, h, abi.LeaseRequest{}), get), 200)
	c.armed.Store(true)
	h.Close()
	if !strings.Contains(log.String(), "spilled") {
		t.Errorf("the log says %s", log.String())
	}
}
