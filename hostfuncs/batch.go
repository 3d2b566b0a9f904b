package hostfuncs

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/ecmabox/ecmabox/abi"
)

// MaxBatchConcurrency is how many requests of one batch run at once, whatever the
// connector asks for. A target's own Concurrency holds as well.
const MaxBatchConcurrency = 16

// What answers may have of headers that the connector sees, each counted by its name, its
// value and headerBytes more: what it takes in memory, be it empty.
const (
	// MaxAnswerHeaders is how many one answer may have: as many as a connector can read.
	MaxAnswerHeaders = abi.MaxParameters
	// MaxBatchHeaderBytes is how much those of all answers of a batch may take.
	MaxBatchHeaderBytes = 4 << 20
	headerBytes         = 32
)

// HTTP carries out a batch of requests and answers in their order. A panic in any of
// the goroutines that work for it is one of HTTP.
func (l *lease) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	if err := l.open(ctx, "http"); err != nil {
		return abi.HTTPAnswers{}, err
	}
	n := len(requests.Requests)
	if n > abi.MaxBatchRequests {
		return abi.HTTPAnswers{}, withOp("http", exceeded("batch_requests", int64(n), abi.MaxBatchRequests, "ask for less at once"))
	}
	budget := newBudget(requests.MaxBytes)
	begun := l.begun
	l.begun = nil
	answers := make([]abi.HTTPAnswer, n)
	var next atomic.Int64
	var failed panics
	work := func() {
		panicked := failed.catch(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				answers[i] = l.answer(ctx, requests.Requests[i], budget, begun)
			}
		})
		if panicked {
			next.Store(int64(n)) // nothing more begins
		}
	}
	workers := min(max(requests.Concurrency, 1), MaxBatchConcurrency, n)
	var group sync.WaitGroup
	for range workers - 1 {
		group.Go(work)
	}
	work()
	group.Wait()
	failed.catch(begun.end)
	failed.hand()
	if len(requests.Ahead) > 0 && ctx.Err() == nil {
		l.begun = l.begin(requests.Ahead)
	}
	return abi.HTTPAnswers{Answers: answers}, nil
}

// answer carries out one request of a batch, unless it was begun early. The message of an
// error holds words of the connector's request, of the grant, and of an answer in which no
// secret was found. It is not redacted: that would tell the connector whether it has guessed
// one, without asking anybody.
func (l *lease) answer(ctx context.Context, request abi.HTTPRequest, budget *budget, begun *early) abi.HTTPAnswer {
	var answer abi.HTTPAnswer
	kept := false
	if r := begun.take(&request); r != nil {
		answer, kept = r.wait(ctx)
	}
	if !kept {
		answer = l.carryOut(ctx, request, budget)
	}
	if e := budget.charge(&answer); e != nil {
		answer = abi.HTTPAnswer{Tries: answer.Tries, Error: carriedOut(request.Safety, e, answer.Status)}
	}
	if answer.Error != nil {
		answer.Error.Op = "http"
		l.log.denial("http", request.Target, request.Method, answer.Error)
	}
	return answer
}

func (l *lease) carryOut(ctx context.Context, request abi.HTTPRequest, budget *budget) abi.HTTPAnswer {
	if ctx.Err() != nil || l.closed.Load() {
		return abi.HTTPAnswer{Error: gaveUp()}
	}
	if budget.bodies.spent() {
		e := exceeded("batch_bytes", budget.bodies.most, budget.bodies.most, "the answers before this one filled the batch; nothing was sent")
		return abi.HTTPAnswer{Error: e}
	}
	if budget.headers.spent() {
		e := exceeded("batch_header_bytes", MaxBatchHeaderBytes, MaxBatchHeaderBytes, "the headers of the answers before this one filled the batch; nothing was sent")
		return abi.HTTPAnswer{Error: e}
	}
	p, err := l.check(ctx, request)
	if err != nil {
		return abi.HTTPAnswer{Error: err}
	}
	if answer, done := l.dryRun(ctx, p); done {
		return answer
	}
	return l.send(ctx, p)
}

// gaveUp says that the caller did before anything was sent.
func gaveUp() *abi.Error {
	return &abi.Error{Code: abi.Cancelled, Side: abi.SideCaller, Message: "the caller gave up; nothing was sent"}
}

// dryRun shows a request instead of sending it, if that is what the policy says and ctx
// has not ended.
func (l *lease) dryRun(ctx context.Context, p *plan) (abi.HTTPAnswer, bool) {
	policy := &l.host.policy
	reads := p.request.Safety == abi.Safe && (p.request.Method == http.MethodGet || p.request.Method == http.MethodHead)
	if policy.DryRun == nil || policy.DryRunReads && reads {
		return abi.HTTPAnswer{}, false
	}
	if p = l.showTokens(ctx, p); ctx.Err() != nil {
		return abi.HTTPAnswer{Error: gaveUp()}, true
	}
	shown := DryRunRequest{Target: p.target.name, Method: p.request.Method, URL: p.shownURL(), Body: p.shownBody}
	for _, h := range sentHeaders(p) {
		shown.Headers = append(shown.Headers, abi.Field{Name: h.name, Value: h.shown})
	}
	policy.DryRun(shown)
	e := abi.NewError(abi.NotSent, "this is a dry run")
	e.Rule, e.Side, e.Retryable = RuleDryRun, abi.SideHost, false
	return abi.HTTPAnswer{Error: e}, true
}

// budget is what the answers of a batch may take together: their bodies what the
// connector asked for, their headers what the host allows.
type budget struct {
	bodies, headers share
}

// share is a part of a budget.
type share struct {
	most int64
	left atomic.Int64
}

func newBudget(asked int) *budget {
	b := &budget{}
	b.bodies.fill(abi.MaxHTTPBody)
	b.headers.fill(MaxBatchHeaderBytes)
	if asked > 0 && asked < abi.MaxHTTPBody {
		b.bodies.fill(int64(asked))
	}
	return b
}

// charge takes an answer out of the budget, or says what it does not fit.
func (b *budget) charge(answer *abi.HTTPAnswer) *abi.Error {
	if size := len(answer.Body) + len(answer.Wanted); !b.bodies.take(size) {
		return exceeded("batch_bytes", int64(size), b.bodies.most, "this answer does not fit what is left of the batch")
	}
	size := 0
	for i := range answer.Headers {
		size += len(answer.Headers[i].Name) + len(answer.Headers[i].Value) + headerBytes
	}
	if !b.headers.take(size) {
		return exceeded("batch_header_bytes", int64(size), b.headers.most, "the headers of this answer do not fit what is left of the batch; ask for less at once, or grant fewer")
	}
	return nil
}

func (s *share) fill(n int64) {
	s.most = n
	s.left.Store(n)
}

func (s *share) spent() bool { return s.left.Load() <= 0 }

// take takes n bytes if there are as many. Nothing always fits.
func (s *share) take(n int) bool {
	if n == 0 || s.left.Add(-int64(n)) >= 0 {
		return true
	}
	s.left.Add(int64(n))
	return false
}
