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
	p.wipe()
}

func (p *progress) wipe() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}

// share returns e with outputs that wipe the line before anything is written to a
// terminal.
func (p *progress) share(e *environment) *environment {
	return &environment{stdin: e.stdin, stdout: p.above(e.stdout), stderr: p.above(e.stderr)}
}

func (p *progress) above(w io.Writer) io.Writer {
	if p.out == nil || !isTerminal(w) {
		return w
	}
	return &sharedTerminal{p, w}
}

// sharedTerminal is a terminal that shows progress too. It is safe for concurrent
// use if the terminal is.
type sharedTerminal struct {
	p *progress
	w io.Writer
}

// Write writes on an empty line.
func (t *sharedTerminal) Write(b []byte) (int, error) {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.p.wipe()
	return t.w.Write(b)
}
