package hostfuncs

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
)

// panics keeps the first panic of the goroutines that work for a call, to be handed to
// that call: in a goroutine of its own a panic ends the process.
type panics struct {
	mu    sync.Mutex
	first any
}

// errGoexit is kept for what ended its goroutine, as runtime.Goexit does.
var errGoexit = errors.New("it ended its goroutine")

// catch runs f, and reports whether it panicked. One that ends the goroutine is kept as a
// panic, and ends it.
func (p *panics) catch(f func()) (panicked bool) {
	panicked = true
	defer func() {
		if !panicked {
			return
		}
		r := recover()
		if r == nil {
			r = errGoexit
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.first == nil {
			p.first = r
		}
	}()
	f()
	return false
}

// hand panics with what was kept.
func (p *panics) hand() {
	if first := p.kept(); first != nil {
		panic(first)
	}
}

func (p *panics) kept() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first
}

// err is what was kept for a caller that has nobody to hand it to, or nil.
func (p *panics) err(op string) error {
	first := p.kept()
	if first == nil {
		return nil
	}
	return &abi.Error{Code: abi.HostFailure, Op: op, Side: abi.SideHost, Message: fmt.Sprintf("panic: %v", first)}
}
