package runtime_test

import (
	"os"
	goruntime "runtime"
	"sync/atomic"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// What is played has its time, and is held to it.

// times are a theatre's timeouts.
type times struct{ start, call, close time.Duration }

// times are short for what a deadline ends, and leave time, on a busy machine too, for
// what ends by itself: a start that no deadline is to end, or all of a row.
func (r *hostileRow) times() times {
	const long = 10 * time.Second
	switch {
	case r.want.cause == abi.DeadlineExceeded: // it cannot start
		return times{250 * time.Millisecond, long, long}
	case r.want.code == abi.DeadlineExceeded:
		return times{long, 200 * time.Millisecond, 100 * time.Millisecond}
	}
	return times{long, long, long}
}

// overrunAllowed is by how much a module may pass its deadline: 50 ms in the long
// tier, which runs on a machine of its own. Elsewhere others are in the way of
// processor and memory, which no clock tells apart, and it only tells what is
// contained from what is not; the race detector makes the host ten times as slow.
var overrunAllowed = func() time.Duration {
	switch {
	case racing:
		return 2 * time.Second
	case os.Getenv("ECMABOX_LONG") == "":
		return 500 * time.Millisecond
	}
	return 50 * time.Millisecond
}()

// within watches a part of the play that must end within limit.
func (s *stage) within(limit time.Duration, part func() error) error {
	s.watch = newWatch(limit)
	s.late.Store(0)
	err := part()
	allowed := overrunAllowed
	if s.row.overrun != 0 && os.Getenv(offVariable) != "" {
		allowed = s.row.overrun
	}
	if over := s.watch.overrun() - time.Duration(s.late.Load()); over > allowed {
		s.t.Errorf("it ended %v after its deadline of %v, of which it had the processor or nothing to wait for", over, limit)
	}
	return err
}

// watch measures by how much something passes a deadline, on a machine that may be
// busy with other things. What the guest cannot be blamed for is taken off: the time
// after the deadline for which a thread of this process, the one with the most of
// it, was ready and the kernel ran others. (The guest's own need not be the one: it
// may have to help the garbage collector, whose turn it is.) So that what was before
// the deadline does not count, a thread sleeps until then and notes it; by how much
// the kernel woke that one late is taken off, too. If the guest kept the host's own
// scheduler from running, neither figure would show it, and it would count in full.
type watch struct {
	deadline time.Time
	ended    atomic.Bool
	noted    chan note
}

// note is what the sleeping thread saw when it woke.
type note struct {
	at     time.Time
	waited map[string]time.Duration
	itself time.Duration
}

func newWatch(limit time.Duration) *watch {
	w := &watch{deadline: time.Now().Add(limit), noted: make(chan note, 1)}
	ready := make(chan struct{})
	go func() {
		goruntime.LockOSThread()
		defer goruntime.UnlockOSThread()
		before := threadWaited()
		close(ready)
		for !w.ended.Load() && sleepTowards(w.deadline) {
		}
		w.noted <- note{time.Now(), waited(), threadWaited() - before}
	}()
	<-ready
	return w
}

// end ends the watch, whatever the time is.
func (w *watch) end() { w.ended.Store(true) }

// overrun ends the watch and returns by how much the deadline was passed.
func (w *watch) overrun() time.Duration {
	now, after := time.Now(), waited()
	over := now.Sub(w.deadline)
	if over <= 0 {
		w.end()
		return over
	}
	n := <-w.noted
	over -= min(n.itself, n.at.Sub(w.deadline))
	var longest time.Duration
	for thread, d := range after {
		longest = max(longest, d-n.waited[thread])
	}
	if now.After(n.at) {
		over -= longest
	}
	return over
}
