package hostfuncs

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ecmabox/ecmabox/abi"
)

// MaxAheadBytes is how much the requests that were begun before they were asked for take
// together, in one lease, with the answers that wait: they do so between two calls, for as
// long as the connector likes. What does not fit is sent when it is asked for. It is twice
// the longest body, so that one that long and the next fit.
const MaxAheadBytes = 2 * abi.MaxHTTPBody

// early are requests that were begun before they were asked for. They belong to
// one lease and to the time between two of its calls: what the next call does not
// ask for is given up.
type early struct {
	requests []*earlyRequest
	cancel   context.CancelFunc
	group    sync.WaitGroup
	room     budget
}

type earlyRequest struct {
	request abi.HTTPRequest
	taken   atomic.Bool
	done    chan struct{} // closed once answer is there, or there was a panic
	answer  abi.HTTPAnswer
	kept    bool // answer is one; it may have found no room
	failed  panics
}

// begin carries out the safe ones of requests in the background. A dry run begins
// nothing.
func (l *lease) begin(requests []abi.HTTPRequest) *early {
	ctx, cancel := context.WithCancel(context.Background())
	e := &early{cancel: cancel}
	e.room.bodies.fill(MaxAheadBytes)
	e.room.headers.fill(MaxBatchHeaderBytes)
	for _, request := range requests[:min(len(requests), abi.MaxAhead)] {
		if request.Safety != abi.Safe || l.host.policy.DryRun != nil {
			continue
		}
		request, size := ownRequest(request)
		if !e.room.bodies.take(size) {
			continue
		}
		r := &earlyRequest{request: request, done: make(chan struct{})}
		e.requests = append(e.requests, r)
		e.group.Go(func() {
			defer close(r.done)
			r.failed.catch(func() {
				if e.room.bodies.spent() || e.room.headers.spent() {
					return
				}
				if answer := l.carryOut(ctx, r.request, newBudget(0)); e.room.charge(&answer) == nil {
					r.answer, r.kept = answer, true
				}
			})
		})
	}
	return e
}

// ownRequest returns a request in memory of its own, for it is a part of a whole message,
// and about how many bytes it takes.
func ownRequest(request abi.HTTPRequest) (own abi.HTTPRequest, size int) {
	text := func(s *string) {
		*s = strings.Clone(*s)
		size += len(*s) + headerBytes/2
	}
	own = request
	own.Query, own.Headers = slices.Clone(request.Query), slices.Clone(request.Headers)
	for _, s := range []*string{&own.Target, &own.Method, &own.Path, &own.Origin, &own.Body, &own.IdempotencyKey} {
		text(s)
	}
	for _, fields := range [][]abi.Field{own.Query, own.Headers} {
		for i := range fields {
			text(&fields[i].Name)
			text(&fields[i].Value)
		}
	}
	if request.Want != nil {
		want := *request.Want
		want.Rows, want.Fields, want.Values = slices.Clone(want.Rows), slices.Clone(want.Fields), slices.Clone(want.Values)
		for _, paths := range [][]string{want.Rows, want.Fields, want.Values} {
			for i := range paths {
				text(&paths[i])
			}
		}
		own.Want = &want
	}
	return own, size
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

// wait returns the answer, or that the caller gave up; false if the answer found no room.
func (r *earlyRequest) wait(ctx context.Context) (abi.HTTPAnswer, bool) {
	select {
	case <-r.done:
		r.failed.hand()
		return r.answer, r.kept
	case <-ctx.Done():
		return abi.HTTPAnswer{Error: &abi.Error{Code: abi.Cancelled, Side: abi.SideCaller, Message: "the caller gave up"}}, true
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
