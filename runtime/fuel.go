package runtime

import (
	"math"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// slice is what a metered guest gets at a time: so often it is looked at whether the guest
// is to stop, and so often the host's garbage collector gets its turn.
type slice struct {
	fuel int64
	// frames may return, on what was paid before their calls.
	frames int64
}

// A full slice is five microseconds of additions. But a load that misses every
// cache takes as long as thousands of them, 20 ms for a slice of nothing else, and a store to
// two pages that were not met before takes longer still: all of 256 MiB fits a slice, 0.15 s,
// and several times that where a virtual machine gets them from outside. So slices are small
// before the end of a call, and once one of them took long, and tiny, 8 to 14 MiB of such
// pages, right before the end. All of them are not, since each costs a call of the host: a
// tenth to a quarter of what computing takes if it is small, up to as much again if it is tiny,
// and several times as much where deep recursion returns.
var (
	fullSlice  = slice{fuel: 50_000, frames: 128}
	smallSlice = slice{fuel: 4_000, frames: 16}
	tinySlice  = slice{fuel: 1_000, frames: 4}
)

// smallSlices and tinySlices are for how long before the end of a call slices are so: longer
// than one that is larger may take on a busy machine.
const (
	smallSlices = time.Second
	tinySlices  = time.Second / 4
)

// sliceOf is what a guest gets whose call has so much time left, and so much grace when
// somebody gives up on it. He may do so while it is at its slice: where the grace is short,
// any slice may be among the last.
func sliceOf(left, grace time.Duration) slice {
	switch before := min(left, grace); {
	case before < tinySlices:
		return tinySlice
	case before < smallSlices:
		return smallSlice
	}
	return fullSlice
}

// slowSlice is longer than anything takes that computes. The rest of a call in which a guest
// went on for so long gets small slices: while it goes on, the host's garbage collector
// waits, and all the others for that. A guest that was not let run for so long, on a busy
// machine, is taken for a slow one; it goes on a little slower.
const slowSlice = 2 * time.Millisecond

// pace tells how long the guest goes on at a time in the call that runs.
type pace struct {
	// left is what the call had left of its time when the guest went on last, or came back
	// to the host.
	left time.Duration
	slow bool
}

// back notes that the guest came back to the host.
func (p *pace) back(left time.Duration) {
	p.slow = p.slow || p.left-left > slowSlice
	p.left = left
}

// slice is what the guest gets next.
func (p *pace) slice(grace time.Duration) slice {
	left := p.left
	if p.slow {
		left = min(left, smallSlices-1)
	}
	return sliceOf(left, grace)
}

// fuel is what an instance may still do, and what it did. Without metering it holds
// nothing and counts nothing.
type fuel struct {
	perCall, perRun int64
	// left is the instance's counter; nil until it is known.
	left counter
	// slice is what it may have of its last grant, beyond what it owed.
	slice int64
	// granted is all the instance ever got, less what was taken back; began what it
	// had used, and most what it may have been granted, when the call that runs is
	// over.
	granted, began, most int64
	// final is what was used when the counters went.
	final int64
}

// bind finds the counter of an instance, if it is metered.
func (f *fuel) bind(i instance) {
	if f.left == nil {
		f.left = i.counter(metering.FuelName)
	}
}

// used is what the instance used up to now.
func (f *fuel) used() int64 {
	if f.left == nil {
		return f.final
	}
	return f.granted - int64(f.left.Get())
}

// settle forgets the counter, which goes with its instance.
func (f *fuel) settle() {
	f.final = f.used()
	f.left = nil
}

// begin starts a call: what is left of the last one's grant is taken back, so that
// this one is stopped at the same place whatever went before.
func (f *fuel) begin(slice int64) {
	f.slice = slice
	f.began = f.used()
	f.most = f.perRun
	if f.began < f.perRun-f.perCall {
		f.most = f.began + f.perCall
	}
	if f.left != nil {
		grant := max(min(slice, f.most-f.began), 0)
		f.granted = f.began + grant
		f.left.Set(uint64(grant))
	}
}

// grant gives the guest what it owes and a slice more, as far as its limits allow,
// and reports whether that is enough to go on.
func (f *fuel) grant(slice int64) bool {
	left := int64(f.left.Get())
	owed := max(-left, 0)
	more := min(owed+slice, f.most-f.granted)
	if more <= 0 || more < owed {
		return false
	}
	f.granted += more
	f.slice = slice
	f.left.Set(uint64(left + more))
	return true
}

// shrink takes back what the guest has beyond a slice, where it was granted a larger one,
// and reports whether it was. A guest that has a little more after a grant keeps it: its
// next turn of a loop may take more than a slice.
func (f *fuel) shrink(slice int64) bool {
	if f.left == nil || f.slice <= slice {
		return false
	}
	f.slice = slice
	if beyond := int64(f.left.Get()) - slice; beyond > 0 {
		f.granted -= beyond
		f.left.Set(uint64(slice))
	}
	return true
}

// exceeded is the limit that grant ran into. A loop takes its charge back before it
// calls out, so that what was used may still lie at the limit: what was wanted is
// more.
func (f *fuel) exceeded() *abi.Error {
	e := &abi.Error{Code: abi.LimitExceeded, Side: abi.SideGuest, Limit: limitFuelPerCall, Used: max(f.used()-f.began, f.perCall+1), Allowed: f.perCall,
		Message: "the connector computed for too long: let it do less in one call, or raise Config." + limitFuelPerCall}
	if f.most == f.perRun {
		e.Limit, e.Used, e.Allowed = limitFuelPerRun, max(f.used(), f.perRun+1), f.perRun
		e.Message = "the connector computed for too long in one session: let it do less, or raise Config." + limitFuelPerRun + " if the work is that much"
	}
	return e
}

// overspent retires an instance whose call used more than it may and came back
// before it looked at its fuel again.
func (l *lease) overspent(op string) error {
	if l.fuel.used() <= l.fuel.most {
		return nil
	}
	e := l.fuel.exceeded()
	e.Op = op
	return l.retire(e)
}

// UnlimitedFuel is a Config.FuelPerCall and Config.FuelPerRun that is never used up:
// time alone stops the guest.
const UnlimitedFuel int64 = math.MaxInt64
