package hostfuncs

import (
	"context"
	"sync"
	"time"
)

const (
	// emitPause is how far apart an aside does what it was given.
	emitPause = 100 * time.Millisecond
	// endPause is for how long an end goes on with it at least.
	endPause = time.Second
)

// aside does what depends on secrets and was not asked of a target: it redacts what a
// connector says, and hands it on. On the connector's time that would tell it of every
// guess whether it was right, for a hit takes longer. So a call only leaves its words
// here. A goroutine comes for them ten times a second, and not when there are some: what
// it takes to wake it would tell whether it still works on the words before. It begins
// with the first words and ends with the lease. An aside is safe for concurrent use.
type aside struct {
	mu      sync.Mutex
	waiting []func()
	latest  func()        // how far the run is, only the last time that it was told
	doing   []func()      // what is next of what waited when the goroutine came
	telling func()        // the latest then, behind all of that
	done    chan struct{} // closed by end; nil before the goroutine begins
	late    func() bool   // whether end has waited for long enough; nil before it
	left    int           // how many were not done, since it had
	group   sync.WaitGroup
	failed  panics
}

// add leaves something to be done after all that was added before.
func (a *aside) add(do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, do)
	a.begin()
}

// replace leaves something to be done in the place of what it was given before and has not
// begun to do.
func (a *aside) replace(do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.latest = do
	a.begin()
}

// waits is how many wait that were added.
func (a *aside) waits() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.doing) + len(a.waiting)
}

// begin begins the goroutine; a.mu is held.
func (a *aside) begin() {
	if a.done != nil {
		return
	}
	a.done = make(chan struct{})
	a.group.Go(a.work)
}

// work goes on in another goroutine after something has ended this one.
func (a *aside) work() {
	ended, whole := false, false
	defer func() {
		if !whole {
			a.group.Go(a.work)
		}
	}()
	ticker := time.NewTicker(emitPause)
	defer ticker.Stop()
	for !ended {
		select {
		case <-ticker.C:
		case <-a.done:
			ended = true
		}
		a.flush()
	}
	whole = true
}

// flush does what is waiting. After a panic in one it goes on with the next.
func (a *aside) flush() {
	a.mu.Lock()
	a.doing, a.waiting = append(a.doing, a.waiting...), nil
	if a.latest != nil {
		a.telling, a.latest = a.latest, nil
	}
	a.mu.Unlock()
	for do := a.next(); do != nil; do = a.next() {
		a.failed.catch(do)
	}
}

// next returns what is to be done now, or nil, and takes it out.
func (a *aside) next() func() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.doing) > 0 && a.late != nil && a.late() {
		a.left, a.doing = len(a.doing), nil
	}
	do := a.telling
	if len(a.doing) > 0 {
		do, a.doing = a.doing[0], a.doing[1:]
	} else {
		a.telling = nil
	}
	return do
}

// end waits until all is done. Once ctx is over, and endPause as well, nothing more is begun
// but the latest; it returns how much was not. What comes later is not done either. It is
// called once.
func (a *aside) end(ctx context.Context) (left int) {
	a.mu.Lock()
	if a.done == nil {
		a.done = make(chan struct{}) // so that nothing begins any more
	}
	atLeast := time.Now().Add(endPause)
	a.late = func() bool { return ctx.Err() != nil && time.Now().After(atLeast) }
	a.mu.Unlock()
	close(a.done)
	a.group.Wait()
	return a.left
}
