package hostfuncs

import (
	"context"
	"slices"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
)

const (
	// MaxHeldBytes is how much the bodies of answers of one Host take together, from
	// when they are read until they are handed over. One beyond abi.MaxHTTPBody comes on
	// top of that, and the first FreeBodyBytes of each are not counted while they come. Where
	// there are several targets, each has half of it at most. A body that finds no room waits
	// for it, within its request's time. While it is looked through, a body takes up to four
	// times its length in memory.
	MaxHeldBytes = 32 << 20
	// FreeBodyBytes is how long a body may be that waits for no other, and how much must
	// have come of a longer one before others wait for it.
	FreeBodyBytes = 1 << 20
)

// room is what the bodies of one Host's answers have: MaxHeldBytes for those of up to
// abi.MaxHTTPBody, and a seat for one that is longer. It is safe for concurrent use.
type room struct {
	share int64 // what one target may have
	seat  chan struct{}

	mu      sync.Mutex
	left    int64
	held    map[*target]int64
	waiting []*waiter // in the order in which they came
}

// waiter is one that waits for n bytes for a body of a target. Ready is closed when it has
// them.
type waiter struct {
	from  *target
	n     int64
	ready chan struct{}
}

// newRoom returns the room of a Host with as many targets. One of several must not keep the
// others from all of it by stopping in the middle of its answers.
func newRoom(targets int) *room {
	r := &room{share: MaxHeldBytes, seat: make(chan struct{}, 1), left: MaxHeldBytes, held: map[*target]int64{}}
	if targets > 1 {
		r.share /= 2
	}
	return r
}

// take waits for n bytes, no more than the share of a target.
func (r *room) take(ctx context.Context, from *target, n int64) error {
	w := &waiter{from, n, make(chan struct{})}
	r.mu.Lock()
	r.waiting = append(r.waiting, w)
	r.serve()
	r.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		r.leave(w)
		return ctx.Err()
	}
}

// leave takes back that w waits, or what it got meanwhile.
func (r *room) leave(w *waiter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.waiting, w); i >= 0 {
		r.waiting = slices.Delete(r.waiting, i, i+1)
	} else {
		r.change(w.from, -w.n)
	}
	r.serve()
}

func (r *room) give(from *target, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.change(from, -n)
	r.serve()
}

// change notes that bodies of a target hold n bytes more; r.mu is held.
func (r *room) change(from *target, n int64) {
	r.left -= n
	if r.held[from] += n; r.held[from] == 0 {
		delete(r.held, from)
	}
}

// serve gives room to those who wait: the first comes first, however much it needs, but
// lets those of other targets by while its own has its share. r.mu is held.
func (r *room) serve() {
	full, served := false, map[*target]bool{}
	r.waiting = slices.DeleteFunc(r.waiting, func(w *waiter) bool {
		switch {
		case full || served[w.from]:
			return false
		case r.held[w.from]+w.n > r.share:
			served[w.from] = true
			return false
		case w.n > r.left:
			full = true
			return false
		}
		r.change(w.from, w.n)
		close(w.ready)
		return true
	})
}

// turn is what one request has of the room. It is used by one goroutine. Nil is that of a
// request of the host's own, which needs none.
//
// Whoever has some of the room waits for nothing but the seat, and whoever has the seat
// for nothing: so all get on.
type turn struct {
	of     *room
	from   *target // whose answers they are
	bytes  int64
	seated bool
}

// begin waits for room for a body of up to size bytes, unless there is as much already.
func (t *turn) begin(ctx context.Context, size int64) error {
	switch {
	case t == nil, size <= FreeBodyBytes, size <= t.bytes, t.seated:
		return nil
	case size <= abi.MaxHTTPBody:
		t.end()
		if err := t.of.take(ctx, t.from, size); err != nil {
			return err
		}
		t.bytes = size
		return nil
	}
	select {
	case t.of.seat <- struct{}{}:
		t.keep(0)
		t.seated = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keep gives back what is not needed for a body of size bytes.
func (t *turn) keep(size int64) {
	if t == nil || size >= t.bytes {
		return
	}
	if size <= FreeBodyBytes {
		size = 0
	}
	t.of.give(t.from, t.bytes-size)
	t.bytes = size
}

// end gives back everything.
func (t *turn) end() {
	if t == nil {
		return
	}
	t.keep(0)
	if t.seated {
		<-t.of.seat
		t.seated = false
	}
}

// taken reports whether there is anything to give back.
func (t *turn) taken() bool { return t != nil && (t.bytes > 0 || t.seated) }
