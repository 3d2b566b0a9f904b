package hostfuncs

import (
	"sync"
	"time"
)

// emitPause is how far apart an aside does what it was given.
const emitPause = 100 * time.Millisecond

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
	done    chan struct{} // closed by end; nil before the goroutine begins
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
	return len(a.waiting)
}

// begin begins the goroutine; a.mu is held.
func (a *aside) begin() {
	if a.done != nil {
		return
	}
	a.done = make(chan struct{})
	a.group.Go(a.work)
}

func (a *aside) work() {
	ticker := time.NewTicker(emitPause)
	defer ticker.Stop()
	for ended := false; !ended; {
		select {
		case <-ticker.C:
		case <-a.done:
			ended = true
		}
		a.flush()
	}
}

// flush does what is waiting. After a panic in one it goes on with the next.
func (a *aside) flush() {
	a.mu.Lock()
	waiting, latest := a.waiting, a.latest
	a.waiting, a.latest = nil, nil
	a.mu.Unlock()
	for _, do := range waiting {
		a.failed.catch(do)
	}
	if latest != nil {
		a.failed.catch(latest)
	}
}

// end waits until all is done, and panics with the first panic in any of it. What comes
// later is not done. It is called once.
func (a *aside) end() {
	a.mu.Lock()
	if a.done == nil {
		a.done = make(chan struct{}) // so that nothing begins any more
	}
	a.mu.Unlock()
	close(a.done)
	a.group.Wait()
	a.failed.hand()
}
