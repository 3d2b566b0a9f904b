package runtime

import (
	"cmp"
	"context"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// guestBuffer is the guest's kept input buffer, as far as the host knows it.
type guestBuffer struct {
	pointer, size uint32
}

// minBuffer is the least the guest is asked for, so that small requests of
// growing length do not each ask again.
const minBuffer = 4 << 10

// guestCall is one call of an ECMA export.
type guestCall struct {
	op             string
	request, reply abi.Message
	limit          time.Duration
	// closes says that it is a Close… call, which has a limit of its own.
	closes bool
	// page says that the reply is a page, which is bounded by MaxPageBytes before
	// anything is made of it.
	page bool
	// judge, if there is one, looks at the decoded reply and its length; what it
	// finds retires the instance.
	judge func(length int) *abi.Error
}

// call carries out one call within CallTimeout.
func (l *lease) call(ctx context.Context, op string, request, reply abi.Message) error {
	return l.do(ctx, guestCall{op: op, request: request, reply: reply, limit: l.connector.runtime.config.CallTimeout})
}

// callClose is call for the Close… exports: the end of the caller's context does
// not stop it, CloseTimeout does.
func (l *lease) callClose(ctx context.Context, op string, request, reply abi.Message) error {
	return l.do(context.WithoutCancel(ctx), guestCall{op: op, request: request, reply: reply, limit: l.connector.runtime.config.CloseTimeout, closes: true})
}

// do carries out one call: encode, enter, decode the reply. An error of the
// connector's own is returned as it said it; any other error that came after entering
// retires the instance.
func (l *lease) do(ctx context.Context, c guestCall) error {
	l.turn.Lock()
	defer l.turn.Unlock()
	if err := l.ended(c.op); err != nil {
		return err
	}
	return l.orDrop(func() error { return l.doInTurn(ctx, c) })
}

// doInTurn is do for one who has the turn.
func (l *lease) doInTurn(ctx context.Context, c guestCall) error {
	if err := ctx.Err(); err != nil {
		return stopped(c.op, err, "before the call")
	}
	w := l.connector.runtime.writer()
	defer l.connector.runtime.giveBack(w)
	abi.Encode(w, c.request)
	if err := checkRequest(w, c.op); err != nil {
		return err
	}
	line := l.log.Debug()
	var started time.Time
	if line != nil {
		started = time.Now()
	}
	err := l.enter(ctx, c, w.Bytes())
	if line != nil {
		line.Str(logfield.Call, c.op).Int(logfield.Bytes, w.Len()).Dur(logfield.Duration, time.Since(started)).
			Stringer(logfield.Code, abi.CodeOf(err)).Msg("call")
	}
	return err
}

// ended is the error of whatever is asked of an instance that is no more, or nil. The
// caller has its turn.
func (l *lease) ended(op string) error {
	switch {
	case l.retired != nil:
		return retiredError(op, l.retired)
	case l.over:
		return closedError(op)
	}
	return nil
}

func checkRequest(w *wire.Writer, op string) error {
	if err := w.Err(); err != nil {
		return &abi.Error{Code: abi.InvalidMessage, Op: op, Side: abi.SideCaller, Err: err}
	}
	if w.Len() > abi.MaxMessageBytes {
		return &abi.Error{Code: abi.LimitExceeded, Op: op, Side: abi.SideCaller, Limit: "MaxMessageBytes",
			Used: int64(w.Len()), Allowed: abi.MaxMessageBytes, Message: "send fewer entries at once"}
	}
	return nil
}

// enter is the part of a call that has its time limit: the guest runs, and what it
// replied is read.
func (l *lease) enter(ctx context.Context, c guestCall, request []byte) error {
	l.interrupted, l.turnedAway, l.failed, l.pace = nil, nil, nil, pace{}
	slice := sliceOf(c.limit, l.stop.grace)
	l.fuel.begin(slice.fuel)
	l.frames.setMark(slice.frames)
	timed := &l.used.call
	l.time = timeLimit{limitCallDuration, c.limit, time.Now()}
	if c.closes {
		timed, l.time.name = &l.used.close, limitClose
	}
	l.used.begin(timed)
	l.stop.begin(ctx, c.limit)
	defer l.frames.dropMessage()
	reply, err := l.exchange(c, request)
	gaveUp := l.stop.gaveUp()
	var replied error
	if err == nil {
		replied = abi.DecodeReplyView(reply, c.reply, l.types, l.readOn)
	}
	l.used.end(l.fuel.used()-l.fuel.began, len(reply))
	l.stop.end()
	if err == nil {
		err = l.stoppedLate(c.op)
	}
	if err == nil {
		err = l.overspent(c.op)
	}
	if err != nil {
		return err
	}
	if replied == nil {
		l.turnedAway = nil // it did without
		return l.accept(c, len(reply), gaveUp != nil)
	}
	e := abi.AsError(replied)
	if e != nil && e.Side == abi.SideHost {
		e.Op = c.op
		return l.retire(e) // there was no memory
	}
	if e == nil || !e.Code.FromGuest() {
		return l.retire(badReply(c.op, replied))
	}
	if cause := cmp.Or(gaveUp, l.interrupted); cause != nil {
		// What the guest says after it was told to stop is not its own error.
		cancelled := stopped(c.op, cause, "the connector stopped")
		if gaveUp == nil {
			cancelled.Message += ": " + l.time.passed()
			l.time.limits(cancelled)
		}
		cancelled.Err = e
		return cancelled
	}
	e.Op = c.op
	l.blame(e)
	return e
}

// stoppedLate retires an instance that returned just when it was stopped hard:
// the engine closes it behind its back, so the stop counts. It is asked after the
// call has ended, when no stop can come any more.
func (l *lease) stoppedLate(op string) error {
	if cause := l.stop.Err(); cause != nil {
		return l.fail(op, cause)
	}
	return nil
}

// accept judges a good reply. One that was given although a stop cut short what
// the guest had asked of the host is no answer to build on, however good it looks:
// a page may lack what was not read. The instance is well and can be closed. gaveUp says
// that the stop was the caller's, and not for the call's own time.
func (l *lease) accept(c guestCall, length int, gaveUp bool) error {
	if c.judge != nil {
		if failure := c.judge(length); failure != nil {
			return l.retire(failure)
		}
	}
	if l.interrupted == nil {
		return nil
	}
	e := stopped(c.op, l.interrupted, "a call of the host was cut short, and the connector answered all the same")
	if !gaveUp {
		l.time.limits(e)
	}
	return e
}

// exchange writes the request into the guest, calls the export and returns the
// reply: a view of the guest's memory, good until something is called on it again.
func (l *lease) exchange(c guestCall, request []byte) ([]byte, error) {
	op := c.op
	l.forgetRefusal()
	if err := l.reserve(op, len(request)); err != nil {
		return nil, err
	}
	memory := l.instance.memory()
	if !memory.Write(l.buffer.pointer, request) {
		return nil, l.retire(badPointer(op, "the input buffer", l.buffer.pointer, uint32(len(request)), memory))
	}
	l.used.requests += int64(len(request))
	l.observe("enter guest", op)
	packed, err := l.invoke(op, uint64(len(request)))
	l.dropAnswers()
	if err != nil {
		return nil, l.fail(op, err)
	}
	l.observe("leave guest", op)
	pointer, length := abi.UnpackPointer(packed)
	limit, most, raise := limitReply, l.connector.runtime.config.MaxReplyBytes, ""
	switch {
	case c.page && abi.MaxPageBytes < most:
		limit, most = "MaxPageBytes", abi.MaxPageBytes
	case most < abi.MaxMessageBytes:
		raise = ", or raise Config." + limitReply
	}
	switch {
	case pointer == 0 || length == 0:
		return nil, l.retire(&abi.Error{Code: abi.InvalidMessage, Op: op, Side: abi.SideGuest, Message: "the connector returned no reply"})
	case int64(length) > int64(most):
		return nil, l.retire(&abi.Error{Code: abi.LimitExceeded, Op: op, Side: abi.SideGuest, Limit: limit, Used: int64(length), Allowed: int64(most),
			Message: "the reply is too long: let the connector answer less at once, such as smaller pages" + raise})
	}
	if used, most := l.used.replies+int64(length), l.connector.runtime.config.ReplyBytesPerRun; used > most {
		return nil, l.retire(&abi.Error{Code: abi.LimitExceeded, Op: op, Side: abi.SideGuest, Limit: limitReplies, Used: used, Allowed: most,
			Message: "the replies of one session are too long together: let the connector answer less, or raise Config." + limitReplies + " if there is that much"})
	}
	view, ok := memory.Read(pointer, length)
	if !ok {
		return nil, l.retire(badPointer(op, "the reply", pointer, length, memory))
	}
	return view, nil
}

// reserve asks the guest for a larger input buffer, if it must.
func (l *lease) reserve(op string, size int) error {
	if size <= int(l.buffer.size) {
		return nil
	}
	want := uint32(max(size, minBuffer))
	answer, err := l.invoke(abi.ExportBuffer, uint64(want))
	l.cameBack()
	if err != nil {
		return l.fail(op, err)
	}
	memory := l.instance.memory()
	pointer := uint32(answer)
	if pointer == 0 {
		if refusal := l.refusal(); refusal != nil {
			return l.retire(memoryLimit(op, refusal))
		}
		return l.retire(&abi.Error{Code: abi.Trap, Op: op, Side: abi.SideGuest, Message: "the connector has no memory for the request"})
	}
	if uint64(pointer)+uint64(want) > uint64(memory.Size()) {
		return l.retire(badPointer(op, "the input buffer", pointer, want, memory))
	}
	l.buffer = guestBuffer{pointer, want}
	return nil
}

// invoke calls an export of one parameter and one result.
func (l *lease) invoke(name string, parameter uint64) (uint64, error) {
	l.stack[0] = parameter
	err := l.run(name, l.stack[:])
	return l.stack[0], err
}

// run calls an export. The guest goes on from here on: what the host did before is not its.
func (l *lease) run(name string, stack []uint64) error {
	l.pace.left, _ = l.stop.look()
	l.shrinkSlice()
	return l.instance.call(name, stack)
}

// inMemory reports whether a pointer and length lie in the guest's memory.
func inMemory(m linearMemory, pointer, length uint32) bool {
	return uint64(pointer)+uint64(length) <= uint64(m.Size())
}

// writer returns an empty writer from the pool.
func (rt *Runtime) writer() *wire.Writer {
	if w, ok := rt.writers.Get().(*wire.Writer); ok {
		return w
	}
	return &wire.Writer{}
}

// maxPooled is the largest buffer that is kept.
const maxPooled = 1 << 20

// giveBack returns a writer to the pool, wiped: the next one to get it may work
// for another connector.
func (rt *Runtime) giveBack(w *wire.Writer) {
	clear(w.Bytes())
	if cap(w.Bytes()) <= maxPooled {
		w.Reset()
		rt.writers.Put(w)
	}
}
