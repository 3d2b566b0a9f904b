package runtime

import (
	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/metering"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// frames are how deep an instance's calls may be nested. The engine keeps their stack
// outside of the guest's memory, so it is counted here: the guest gets some frames at
// a time, and what the engine may take for them comes out of the budget of all
// instances first. It keeps them until it is over, as the engine keeps the stack.
// Without metering it counts nothing. It holds what tables take of the budget, too, what
// is remembered of the objects of an import, the message that is read and the answers
// that wait.
type frames struct {
	most int64
	// left and mark are the instance's counters; nil until it is known.
	left, mark counter
	// granted is all the instance ever got.
	granted int64
	budget  *snapshot.Budget
	taken   int64 // bytes of the budget
	message int64 // bytes of these that the message takes that is read
}

// framesAtATime is how many frames a guest gets at a time: with the frames that Go
// functions have, some thirty-five calls.
const framesAtATime = 128

// reserve takes what the engine needs before the guest asks: for the frames that it
// begins with, for the module's largest function, whose place on the stack is made
// before it calls out, and one for what it calls then: the engine's way to the host, or
// what metering adds.
func (f *frames) reserve(largest int) *snapshot.Refusal {
	return f.take(stackBytes(min(framesAtATime, f.most)) + int64(largest+1)*stackBytesPerFrame)
}

// stackBytes is what the engine takes for so many frames.
func stackBytes(frames int64) int64 { return min(frames*stackBytesPerFrame, mostStackBytes) }

func (f *frames) take(bytes int64) *snapshot.Refusal {
	refusal := f.budget.Take(bytes)
	if refusal == nil {
		f.taken += bytes
	}
	return refusal
}

func (f *frames) giveBack(bytes int64) {
	if f.budget != nil {
		f.budget.GiveBack(bytes)
	}
	f.taken -= bytes
}

// holdMessage takes what a message takes by now, of which there is one at a time.
func (f *frames) holdMessage(bytes int64) *snapshot.Refusal {
	refusal := f.take(bytes - f.message)
	if refusal == nil {
		f.message = bytes
	}
	return refusal
}

// dropMessage gives back what the message took.
func (f *frames) dropMessage() {
	f.giveBack(f.message)
	f.message = 0
}

// free gives everything back.
func (f *frames) free() {
	f.giveBack(f.taken)
	f.message = 0
}

// bind finds the counters of an instance, if it is metered, and grants the frames that
// it begins with.
func (f *frames) bind(i instance) {
	if f.left != nil {
		return
	}
	if f.left, f.mark = i.counter(metering.DepthName), i.counter(metering.MarkName); f.left != nil {
		f.grant(min(framesAtATime, f.most))
	}
}

func (f *frames) grant(more int64) {
	f.granted += more
	f.left.Set(uint64(int64(f.left.Get()) + more))
}

// used is how many frames the calls take that are under way.
func (f *frames) used() int64 {
	if f.left == nil {
		return 0
	}
	return f.granted - int64(f.left.Get())
}

// setMark has the guest call out again when so many frames have returned.
func (f *frames) setMark(slice int64) {
	if f.left != nil {
		f.mark.Set(uint64(int64(f.left.Get()) + slice))
	}
}

// returned reports whether the guest called out because calls returned, and asks for
// nothing.
func (f *frames) returned() bool { return int64(f.left.Get()) > int64(f.mark.Get()) }

// bind finds the counters of the instance.
func (l *lease) bind() {
	l.fuel.bind(l.instance)
	l.frames.bind(l.instance)
}

// settle forgets the counters, which go with their instance.
func (l *lease) settle() {
	l.fuel.settle()
	l.frames.left, l.frames.mark = nil, nil
}

// calloutImport is the host function that metered guests call when their fuel or
// their frames are gone.
func calloutImport() importedFunction {
	return importedFunction{module: metering.CalloutModule, name: metering.CalloutName, call: func(l *lease, _ []uint64) {
		l.guard(metering.CalloutName, l.callout)
	}}
}

// callout lets the guest go on, or leaves it: when its call is to end, when calls
// are nested too deep, when it used up what it may.
func (l *lease) callout() {
	l.bind()
	deep, returned := int64(l.frames.left.Get()) < 0, l.frames.returned()
	cause, slice := l.stop.Err(), l.pace.slice(l.stop.grace)
	switch {
	case deep && !l.deepen():
		unwind()
	case cause != nil:
		unwind()
	case returned || deep && int64(l.fuel.left.Get()) >= 0: // fuel is not what it asks for
	case !l.fuel.grant(slice.fuel):
		l.hostFailure = l.fuel.exceeded()
		unwind()
	}
	l.frames.setMark(slice.frames)
}

// deepen grants the frames that the guest owes and some more, and reports whether the
// limits allow that. Where a guest passes CallDepth does not hang on how many it got
// at a time.
func (l *lease) deepen() bool {
	f := &l.frames
	if used := f.used(); used > f.most {
		l.hostFailure = &abi.Error{Code: abi.LimitExceeded, Side: abi.SideGuest, Limit: limitCallDepth, Used: used, Allowed: f.most,
			Message: "calls are nested too deep: let the connector not call itself without end, nor on data that is nested without end, or raise Config." + limitCallDepth}
		return false
	}
	more := min(f.used()-f.granted+framesAtATime, f.most-f.granted)
	if refusal := f.take(stackBytes(f.granted+more) - stackBytes(f.granted)); refusal != nil {
		l.hostFailure = memoryLimit("", refusal)
		return false
	}
	f.grant(more)
	return true
}
