package runtime

import (
	"errors"
	"fmt"
)

// errUnwind is what a host function panics with to leave the guest: the engine
// takes the guest's frames down and returns it from the call. What happened is on
// the lease.
var errUnwind = errors.New("runtime: the guest was left")

// unwind leaves the guest.
func unwind() { panic(errUnwind) }

// guard runs a host function, and leaves the guest if its call is to end by then:
// what the host does costs the guest little fuel, so that it could go on asking for
// long before it calls out. A panic in it, which is a fault of the host, takes the
// call and its instance with it and nothing else; one in a goroutine that works for the
// call is the host's to hand to it.
func (l *lease) guard(name string, f func()) {
	defer func() {
		switch r := recover(); r {
		case nil:
		case errUnwind:
			unwind()
		default:
			l.hostFailure = fmt.Errorf("host function %s: panic: %v", name, r)
			l.logPanic("host function", l.hostFailure)
			unwind()
		}
	}()
	l.lookDeep()
	l.cameBack()
	f()
	l.unwindIfDue()
	l.shrinkSlice()
}

// cameBack notes that the guest came back to the host.
func (l *lease) cameBack() {
	left, _ := l.stop.look()
	l.pace.back(left)
}

// shrinkSlice takes back what the guest has of a slice when it is to get smaller ones:
// what the host did may have taken until shortly before the end of the call.
func (l *lease) shrinkSlice() {
	if slice := l.pace.slice(l.stop.grace); l.fuel.shrink(slice.fuel) {
		l.frames.setMark(slice.frames)
	}
}

// unwindIfDue leaves the guest when its call must end at once.
func (l *lease) unwindIfDue() {
	left, cause := l.stop.look()
	l.pace.left = left
	if cause != nil {
		unwind()
	}
}
