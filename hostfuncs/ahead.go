package hostfuncs

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/ecmabox/ecmabox/abi"
)

// early are requests that were begun before they were asked for. They belong to
// one lease and to the time between two of its calls: what the next call does not
// ask for is given up.
type early struct {
	requests []*earlyRequest
	cancel   context.CancelFunc
	group    sync.WaitGroup
}

type earlyRequest struct {
	request abi.HTTPRequest
	taken   atomic.Bool
	done    chan struct{} // closed once answer is there, or there was a panic
	answer  abi.HTTPAnswer
	failed  panics
}

// begin carries out the safe ones of requests in the background. A dry run begins
// nothing.
func (l *lease) begin(requests []abi.HTTPRequest) *early {
	ctx, cancel := context.WithCancel(context.Background())
	e := &early{cancel: cancel}
	for _, request := range requests[:min(len(requests), abi.MaxAhead)] {
		if request.Safety != abi.Safe || l.host.policy.DryRun != nil {
			continue
		}
		r := &earlyRequest{request: request, done: make(chan struct{})}
		e.requests = append(e.requests, r)
		e.group.Go(func() {
			defer close(r.done)
			r.failed.catch(func() { r.answer = l.carryOut(ctx, r.request, newBudget(0)) })
		})
	}
	return e
}

// take returns the request that was begun early as the same one, or nil. Each is
// taken once; several goroutines may ask at once.
func (e *early) take(request *abi.HTTPRequest) *earlyRequest {
	if e == nil {
		return nil
	}
	for _, r := range e.requests {
		if reflect.DeepEqual(&r.request, request) && r.taken.CompareAndSwap(false, true) {
			return r
		}
	}
	return nil
}

// wait returns the answer, or that the caller gave up.
func (r *earlyRequest) wait(ctx context.Context) abi.HTTPAnswer {
	select {
	case <-r.done:
		r.failed.hand()
		return r.answer
	case <-ctx.Done():
		return abi.HTTPAnswer{Error: &abi.Error{Code: abi.Cancelled, Side: abi.SideCaller, Message: "the caller gave up"}}
	}
}

// end gives up what still runs, and waits for it. It panics with what nobody took.
func (e *early) end() {
	if e == nil {
		return
	}
	e.cancel()
	e.group.Wait()
	for _, r := range e.requests {
		if !r.taken.Load() {
			r.failed.hand()
		}
	}
}
