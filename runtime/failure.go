package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// fail finds out what ended a call early, retires the instance and returns the
// failure. The kinds never mix: the order below goes from what the host did to
// what the guest did.
func (l *lease) fail(op string, err error) error {
	return l.retire(l.failure(op, err))
}

func (l *lease) failure(op string, err error) *abi.Error {
	var refusal *snapshot.Refusal
	if !errors.As(err, &refusal) {
		refusal = l.refusal()
	}
	_, cut := l.stop.outOfTime()
	switch gaveUp, cause := l.stop.gaveUp(), l.stop.Err(); {
	case l.hostFailure != nil:
		if e := abi.AsError(l.hostFailure); e != nil {
			e.Op = op
			return e
		}
		return &abi.Error{Code: abi.HostFailure, Op: op, Side: abi.SideHost, Message: "a host function failed", Err: l.hostFailure}
	case cause != nil && cut != nil:
		e := stopped(op, cut, fmt.Sprintf("the connector did not stop within Config.%s, %v, and was stopped: "+
			"let it return when the host tells it to, or raise that", limitGrace, l.stop.grace))
		e.Limit, e.Used, e.Allowed = limitGrace, int64(max(l.stop.wentOn(), l.stop.grace)), int64(l.stop.grace)
		return e
	case cause != nil && gaveUp != nil:
		// Before the grace was over the call's own time was.
		return l.time.limits(stopped(op, gaveUp, "the connector was stopped: "+l.time.passed()))
	case cause != nil:
		e := l.time.limits(stopped(op, cause, "the connector was stopped: "+l.time.passed()))
		e.Side = l.slowSide()
		return e
	case refusal != nil:
		return memoryLimit(op, refusal)
	case l.exitCode != nil:
		return l.trap(op, fmt.Sprintf("the connector exited with code %d", *l.exitCode))
	default:
		return l.trap(op, "the connector crashed: "+reason(err))
	}
}

// trap reports a crash with what the guest wrote last. One after the host's clock or chance
// failed is told as the host's failure, and one after a refused call of the host as that, as
// one after a refused growth is.
func (l *lease) trap(op, message string) *abi.Error {
	e := &abi.Error{Code: abi.Trap, Op: op, Side: abi.SideGuest, Message: message}
	if words := l.output.lastWords(); words != "" {
		e.Detail = "it wrote last: " + words
	}
	if l.failed != nil {
		e.Op = ""
		return &abi.Error{Code: abi.HostFailure, Op: op, Side: abi.SideHost, Message: "a host function failed, and the connector did not go on without it",
			Err: fmt.Errorf("%w: %w", l.failed, e)}
	}
	if l.turnedAway != nil {
		limit := *l.turnedAway
		e.Op, limit.Op, limit.Err = "", op, e
		return &limit
	}
	return e
}

// blame makes the limit for which calls of the host were refused the cause of any other
// failure of the connector in the same call, be it its own error: it cannot know which
// limit that was.
func (l *lease) blame(failure *abi.Error) {
	switch {
	case l.turnedAway == nil || failure.Side != abi.SideGuest || failure.Code == abi.LimitExceeded && failure.Limit == l.turnedAway.Limit:
	case failure.Err == nil:
		failure.Err = l.turnedAway
	default:
		failure.Err = fmt.Errorf("%w: %w", failure.Err, l.turnedAway)
	}
}

// refusal is the growth of the guest's memory that was refused in the call that
// runs, or nil. An engine with memory of its own does not tell.
func (l *lease) refusal() *snapshot.Refusal {
	if l.memory == nil {
		return nil
	}
	return l.memory.Refused
}

func (l *lease) forgetRefusal() {
	if l.memory != nil {
		l.memory.Refused = nil
	}
}

// memoryLimit reports a start without memory, or a crash after a refused growth.
// What the guest had may be little if all together had too much.
func memoryLimit(op string, refusal *snapshot.Refusal) *abi.Error {
	e := &abi.Error{Code: abi.LimitExceeded, Op: op, Side: abi.SideGuest, Limit: refusal.Limit, Used: refusal.Used, Allowed: refusal.Allowed,
		Message: "the connector needs more memory: let it keep less at once, or raise Config." + limitMemory}
	if refusal.Limit == snapshot.LimitMemory {
		return e
	}
	e.Side, e.Retryable = abi.SideHost, true
	e.Message = "there is no memory for all connectors together: let fewer run at once, or raise Config." + snapshot.LimitBudget
	if refusal.Limit == snapshot.LimitSystem {
		e.Message = "the operating system gives no more memory: let fewer connectors run at once, or let this process have more"
	}
	return e
}

// reasonBytes is how much of the engine's error is looked at.
const reasonBytes = 4 << 10

// reason takes what matters from the engine's error: the first line, and the
// functions the guest was in.
func reason(err error) string {
	text := err.Error()
	text = text[:min(len(text), reasonBytes)]
	first, rest, _ := strings.Cut(text, "\n")
	_, stack, found := strings.Cut(rest, "wasm stack trace:")
	if !found {
		return quote(first)
	}
	frames := strings.Fields(stack)
	return first + ", in " + quote(strings.Join(frames[:min(len(frames), 8)], " "))
}

// stopped is the error of a call that somebody gave up on, or whose time is up.
func stopped(op string, cause error, when string) *abi.Error {
	e := &abi.Error{Code: abi.Cancelled, Op: op, Side: abi.SideCaller, Message: when, Err: cause}
	if errors.Is(cause, context.DeadlineExceeded) {
		e.Code, e.Retryable = abi.DeadlineExceeded, true
	}
	return e
}

// timeLimit is the limit of Config for the time of a call.
type timeLimit struct {
	name  string
	most  time.Duration
	began time.Time // when the call did
}

// passed says that it was passed, and what to do.
func (t timeLimit) passed() string {
	return fmt.Sprintf("it took longer than Config.%s, %v: look what it waits for or computes, or raise that", t.name, t.most)
}

// slowSide is whose time a call took that lasted too long: the target's where requests
// took half of it or more, else the connector's.
func (l *lease) slowSide() abi.Side {
	if l.used.awaited >= l.time.most/2 {
		return abi.SideTarget
	}
	return abi.SideGuest
}

// limits makes it the limit of an error: of the call that runs, or ran last.
func (t timeLimit) limits(e *abi.Error) *abi.Error {
	e.Limit, e.Used, e.Allowed = t.name, int64(max(time.Since(t.began), t.most)), int64(t.most)
	return e
}

// badReply is the error for a reply that cannot be read.
func badReply(op string, err error) *abi.Error {
	e := abi.AsError(err)
	if e == nil {
		e = &abi.Error{Code: abi.InvalidMessage, Err: err}
	}
	e.Op, e.Side = op, abi.SideGuest
	return e
}

func badPointer(op, what string, pointer, length uint32, memory linearMemory) *abi.Error {
	return &abi.Error{Code: abi.BadPointer, Op: op, Side: abi.SideGuest,
		Message: fmt.Sprintf("%s lies at %d, %d bytes long, outside the connector's memory of %d bytes", what, pointer, length, memory.Size())}
}

// hostError is the error for what a host could not do for the runtime.
func hostError(op string, err error) *abi.Error {
	e := abi.AsError(err)
	if e == nil {
		return &abi.Error{Code: abi.HostFailure, Op: op, Side: abi.SideHost, Err: err}
	}
	out := *e
	if out.Op == "" {
		out.Op = op
	}
	return &out
}

// retiredError is the answer of every call on a retired instance.
func retiredError(op string, why *abi.Error) *abi.Error {
	return &abi.Error{Code: abi.Closed, Op: op, Side: why.Side, Message: "the session ended with an earlier failure", Err: why}
}

func closedError(op string) *abi.Error {
	return &abi.Error{Code: abi.Closed, Op: op, Side: abi.SideCaller, Message: "the connector, its runtime or the session is closed"}
}

func withOp(err error, op string) error {
	if e := abi.AsError(err); e != nil && e.Op == "" {
		e.Op = op
	}
	return err
}

// absentRole is the answer of a connector to calls of a role it has not.
func absentRole(op string, role abi.Role) *abi.Error {
	return &abi.Error{Code: abi.EntryPointNotImplemented, Op: op, Side: abi.SideGuest,
		Message: "the module does not export the role " + role.String()}
}
