package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// progress shows how far a run is, on a terminal only.
type progress struct {
	mu    sync.Mutex
	out   io.Writer // nil without a terminal
	n     int
	shown time.Time
	drawn bool
	words string
}

// progressPause is how far apart the lines are drawn.
const progressPause = 200 * time.Millisecond

func newProgress(e *environment) *progress {
	p := &progress{}
	if isTerminal(e.stderr) {
		p.out = e.stderr
	}
	return p
}

// add counts entries.
func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n += n
	p.draw()
}

// guest hears the connector's own word.
func (p *progress) guest(_ abi.Lane, g abi.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.words = fmt.Sprintf(" (the connector: %d of %d %s)", g.Done, g.Total, cut(visible(g.What), 40))
	p.draw()
}

func (p *progress) draw() {
	if p.out == nil || time.Since(p.shown) < progressPause {
		return
	}
	p.shown, p.drawn = time.Now(), true
	fmt.Fprintf(p.out, "\r\x1b[K%d entries%s", p.n, p.words)
}

// end wipes the line, at the end and before anything else is printed.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}
