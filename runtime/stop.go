package runtime

import (
	"context"
	"sync"
	"time"
)

// stopper stops the calls of one instance, in two stages. When the caller's
// context ends, host calls answer why and the guest has StopGrace to
// return; after that, and when the call's own time is up, it is
// stopped hard. It is also the context under which the engine runs the instance: it ends
// at the hard stop and at nothing else.
//
// One timer serves all calls of an instance: making one for each would cost more
// than a call.
type stopper struct {
	lease *lease // for host functions, which find it by leaseKey
	grace time.Duration
	done  chan struct{} // closed by the hard stop
	// soft is closed when the instance is to go although its caller has not
	// given up.
	soft chan struct{}

	mu       sync.Mutex
	timer    *time.Timer
	running  bool
	softened bool      // soft is closed
	hardAt   time.Time // of the call that runs, or ran last
	// cut is why that is before its limit: a context's error; nil if it is not.
	cut error
	// toldAt is when the call that runs learned that it is to end: zero if it is not.
	// longest is for how long one went on then that is over.
	toldAt  time.Time
	longest time.Duration
	caller  context.Context
	forget  func() bool     // ends the watch on caller
	host    context.Context // for host calls; made by the first of them
	cancel  context.CancelFunc
	cause   error // why it was stopped hard: a context's error
}

var _ context.Context = (*stopper)(nil)

type leaseKey struct{}

func newStopper(l *lease, grace time.Duration) *stopper {
	return &stopper{lease: l, grace: grace, done: make(chan struct{}), soft: make(chan struct{})}
}

// Deadline implements context.Context: there is none that is known ahead.
func (s *stopper) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context.
func (s *stopper) Done() <-chan struct{} { return s.done }

// Value implements context.Context; it holds the lease alone.
func (s *stopper) Value(key any) any {
	if _, ok := key.(leaseKey); ok {
		return s.lease
	}
	return nil
}

// Err implements context.Context.
func (s *stopper) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// begin starts a call for caller that may take limit; end must be called.
func (s *stopper) begin(caller context.Context, limit time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.caller, s.hardAt, s.cut = true, caller, time.Now().Add(limit), nil
	if s.timer == nil {
		s.timer = time.AfterFunc(limit, s.timeUp)
	} else {
		s.timer.Reset(limit)
	}
	if s.softened {
		s.shorten()
	}
	if caller.Done() != nil {
		s.forget = context.AfterFunc(caller, s.softStop)
	}
}

// end ends the call that runs, if there is one.
func (s *stopper) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running {
		return
	}
	if s.forget != nil {
		s.forget()
	}
	s.longest, s.toldAt = s.sinceTold(), time.Time{}
	s.running, s.caller, s.forget = false, nil, nil
	s.timer.Stop()
	if s.cancel != nil {
		s.cancel()
		s.host, s.cancel = nil, nil
	}
}

// softStop gives the call that runs no more than the grace.
func (s *stopper) softStop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	// It may come late, when another call runs: that one's caller decides.
	if s.running && (s.softened || s.caller.Err() != nil) {
		s.shorten()
	}
}

func (s *stopper) shorten() {
	now := time.Now()
	if s.toldAt.IsZero() {
		s.toldAt = now
	}
	if at := now.Add(s.grace); at.Before(s.hardAt) {
		s.hardAt, s.cut = at, s.whyStopping()
		s.timer.Reset(s.grace)
	}
	if s.cancel != nil {
		s.cancel()
	}
}

// wentOn is the longest that a call went on after somebody had given up on it.
func (s *stopper) wentOn() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sinceTold()
}

// sinceTold is wentOn. The caller holds mu.
func (s *stopper) sinceTold() time.Duration {
	if s.toldAt.IsZero() {
		return s.longest
	}
	return max(s.longest, time.Since(s.toldAt))
}

// shutDown stops the instance although its caller has not given up.
func (s *stopper) shutDown() {
	s.mu.Lock()
	if !s.softened {
		s.softened = true
		close(s.soft)
	}
	s.mu.Unlock()
	s.softStop()
}

// timeUp is the timer's, and metered guests'. A timer that fired for a call that has ended is told by
// the time.
func (s *stopper) timeUp() { s.look() }

// look is due, and tells for how long the call that runs may go on.
func (s *stopper) look() (left time.Duration, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left = time.Until(s.hardAt)
	if s.running && s.cause == nil && left <= 0 {
		s.stop()
	}
	return left, s.cause
}

// stop stops the call hard. The caller holds mu.
func (s *stopper) stop() {
	s.cause = context.DeadlineExceeded
	if s.whyStopping() != nil {
		s.cause = context.Canceled
	}
	if s.cancel != nil {
		s.cancel()
	}
	close(s.done)
}

// due is why the call that runs must end at once: the cause of the hard stop, or
// nil. It looks at the time itself; the timer may be late while guests keep all
// processors busy.
func (s *stopper) due() error {
	_, cause := s.look()
	return cause
}

// outOfTime reports whether the time of the call that runs, or ran last, is over by now, and why
// that was before its limit: a context's error, or nil if it was not.
func (s *stopper) outOfTime() (over bool, cut error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !time.Now().Before(s.hardAt), s.cut
}

// gaveUp is why somebody gave up on the call that runs: a context's error, or
// nil.
func (s *stopper) gaveUp() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.whyStopping()
}

// whyStopping is gaveUp. The caller holds mu.
func (s *stopper) whyStopping() error {
	if s.softened {
		return context.Canceled
	}
	if s.caller != nil {
		return s.caller.Err()
	}
	return nil
}

// hostContext is the context for host calls: the caller's, with the call's
// deadline, ended by every stop.
func (s *stopper) hostContext() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host == nil {
		s.host, s.cancel = context.WithDeadline(s.caller, s.hardAt)
		if s.softened {
			s.cancel()
		}
	}
	return s.host
}
