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
	// top of that, and those that are no longer than FreeBodyBytes are not counted. A body
	// that finds no room waits for it, within its request's time. While it is looked
	// through, a body takes up to four times its length in memory.
	MaxHeldBytes = 32 << 20
	// FreeBodyBytes is how long a body may be that waits for no other.
	FreeBodyBytes = 1 << 20
)

// room is what the bodies of one Host's answers have: MaxHeldBytes for those of up to
// abi.MaxHTTPBody, and a seat for one that is longer. It is safe for concurrent use.
type room struct {
	mu      sync.Mutex
	left    int64
	waiting []*waiter // the first comes first, however much it needs
	seat    chan struct{}
}

// waiter is one that waits for n bytes. Ready is closed when it has them.
type waiter struct {
	n     int64
	ready chan struct{}
}

func newRoom() *room { return &room{left: MaxHeldBytes, seat: make(chan struct{}, 1)} }

// take waits for n bytes, no more than MaxHeldBytes.
func (r *room) take(ctx context.Context, n int64) error {
	r.mu.Lock()
	if r.left >= n && len(r.waiting) == 0 {
		r.left -= n
		r.mu.Unlock()
		return nil
	}
	w := &waiter{n, make(chan struct{})}
	r.waiting = append(r.waiting, w)
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
		r.left += w.n
	}
	r.serve()
}

func (r *room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
	r.serve()
}

func (r *room) serve() {
	for len(r.waiting) > 0 && r.waiting[0].n <= r.left {
		r.left -= r.waiting[0].n
		close(r.waiting[0].ready)
		r.waiting = slices.Delete(r.waiting, 0, 1)
	}
}

// turn is what one request has of the room. It is used by one goroutine. Nil is that of a
// request of the host's own, which needs none.
//
// Whoever has some of the room waits for nothing but the seat, and whoever has the seat
// for nothing: so all get on.
type turn struct {
	of     *room
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
		if err := t.of.take(ctx, size); err != nil {
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
	t.of.give(t.bytes - size)
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
