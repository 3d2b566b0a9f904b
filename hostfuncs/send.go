package hostfuncs

import (
	"context"
	"net/http"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// send carries out a request that passed its checks: tries, waits and redirects
// within its time.
func (l *lease) send(ctx context.Context, p *plan) abi.HTTPAnswer {
	allowed := p.target.timeout
	if asked := p.request.Timeout; asked > 0 {
		allowed = min(allowed, asked)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, allowed, errTimeout)
	defer cancel()
	deadline := l.host.world.now().Add(allowed)
	p.turn = &turn{of: l.host.room, from: p.target}
	defer p.turn.end()
	p.carrier = &carrier{of: &l.vault.secrets}
	defer p.carrier.end()
	asked, tries, lost := p, 0, false
	for hop := 0; ; hop++ {
		out := l.try(ctx, p, deadline)
		tries += out.sent
		lost = lost || out.lost
		next, err := l.redirect(ctx, p, out, hop)
		if err != nil {
			out.err = err
		}
		if next != nil {
			next.turn, next.carrier = p.turn, p.carrier
			next.turn.end() // the answer is not looked at
			p = next
			continue
		}
		answer := abi.HTTPAnswer{Error: afterRedirect(asked, out.err, tries > out.sent)}
		if out.err == nil {
			answer = behindWrite(asked, p, l.present(ctx, p, &out))
		}
		if lost {
			answer = afterLost(asked, answer, out.retryAfter)
		}
		answer.Tries = tries
		return answer
	}
}

// afterRedirect corrects an error that would deny what an earlier hop has done.
// The rule or limit that a later hop's answer broke remains in it.
func afterRedirect(asked *plan, err *abi.Error, redirected bool) *abi.Error {
	if err == nil || !redirected || asked.request.Safety == abi.Safe {
		return err
	}
	switch err.Code {
	case abi.NotSent, abi.Cancelled:
		return targetError(abi.OutcomeUnknown, asked, "it redirected the request, and the place it named could not be asked")
	case abi.Denied, abi.LimitExceeded:
		err.Code = abi.OutcomeUnknown
	}
	return err
}

// behindWrite corrects an answer that came to a read to which a write was
// redirected: that the read failed, or what it says is withheld, does not mean that
// nothing was written. Success does tell.
func behindWrite(asked, p *plan, answer abi.HTTPAnswer) abi.HTTPAnswer {
	switch {
	case asked.request.Safety == abi.Safe, asked.request.Method == p.request.Method:
		return answer
	case answer.Error != nil:
		return abi.HTTPAnswer{Error: afterRedirect(asked, answer.Error, true)}
	case answer.Status/100 == 2:
		return answer
	}
	return abi.HTTPAnswer{Error: targetError(abi.OutcomeUnknown, asked, "it redirected the request, and the place it named answered with status "+statusText(answer.Status))}
}

// afterLost corrects an answer that came to a later try, when the answer to an
// earlier one was lost: being told "too busy" or "exists already" does not mean
// that nothing was done. Success does tell, and so does that what was to be
// deleted is gone.
func afterLost(asked *plan, answer abi.HTTPAnswer, retryAfter time.Duration) abi.HTTPAnswer {
	gone := asked.request.Method == http.MethodDelete && (answer.Status == http.StatusNotFound || answer.Status == http.StatusGone)
	err := answer.Error
	switch {
	case asked.request.Safety == abi.Safe, err != nil && err.Code == abi.OutcomeUnknown:
		return answer
	case err == nil && (answer.Status/100 == 2 || gone):
		return answer
	}
	unknown := targetError(abi.OutcomeUnknown, asked, "the answer to an earlier try was lost, and what came of the last one does not tell whether that was carried out")
	unknown.RetryAfter = retryAfter
	if err != nil {
		unknown.Rule, unknown.Limit, unknown.Used, unknown.Allowed = err.Rule, err.Limit, err.Used, err.Allowed
		unknown.Message += "; " + err.Message
	} else {
		unknown.Message += ": status " + statusText(answer.Status)
	}
	return abi.HTTPAnswer{Error: unknown}
}

// withheldTry stands for a long body of a try that is repeated, should nothing come of
// that.
const withheldTry = "(withheld: longer than what is kept while a request is sent again)"

// try sends a request until there is an outcome that stands.
func (l *lease) try(ctx context.Context, p *plan, deadline time.Time) outcome {
	var last outcome
	sent, lost := 0, false
	for try := 1; ; try++ {
		out := l.authenticated(ctx, p, deadline)
		if out.err != nil && out.sent == 0 && sent > 0 {
			out = last // what came of the try before says more
			out.sent = 0
		} else {
			p.carrier.stand()
		}
		out.lost = lost
		lost = lost || out.open()
		sent += out.sent
		last = out
		last.sent = sent
		wait, again := l.again(p, out, try)
		if again && p.turn.taken() { // others may have the room meanwhile
			last.body = withheldTry
			p.turn.end()
		}
		if !again || !l.pause(ctx, wait, deadline) {
			return last
		}
	}
}

// again says whether to send a request once more, and when.
func (l *lease) again(p *plan, out outcome, try int) (time.Duration, bool) {
	if !out.again || try >= p.target.maxTries {
		return 0, false
	}
	// What is not sent after it was sent was refused for want of a login.
	if out.sent > 0 && !p.repeatable() && (out.err == nil || out.err.Code != abi.NotSent) {
		return 0, false
	}
	wait := max(backoff(try, l.host.world.jitter()), out.retryAfter)
	return wait, wait <= p.target.maxRetryWait
}

// pause waits, unless that would outlast the request.
func (l *lease) pause(ctx context.Context, wait time.Duration, deadline time.Time) bool {
	if l.host.world.now().Add(wait).After(deadline) {
		return false
	}
	return l.host.world.sleep(ctx, wait)
}

// once waits for its turn (rate, then concurrency) and sends a request.
func (l *lease) once(ctx context.Context, p *plan, deadline time.Time) outcome {
	t := p.target
	now := l.host.world.now()
	turn := t.limiter.ReserveN(now, 1)
	if wait := turn.DelayFrom(now); wait > 0 && !l.pause(ctx, wait, deadline) {
		turn.CancelAt(l.host.world.now())
		if ctx.Err() != nil {
			return l.failed(ctx, p, 0, ctx.Err())
		}
		e := targetError(abi.NotSent, p, "its rate limit leaves no room within the request's time")
		e.Side, e.RetryAfter = abi.SideHost, wait
		return outcome{err: e}
	}
	select {
	case t.running <- struct{}{}:
	case <-ctx.Done():
		return l.failed(ctx, p, 0, ctx.Err())
	}
	defer func() { <-t.running }()
	return l.exchange(ctx, p)
}
