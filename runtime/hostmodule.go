package runtime

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// The host functions of ecma_host_v1. None of them enters the guest.

// hostFunction answers the calls of one import. The request is a part of the guest's
// memory, which stands still while the call runs and no longer: nothing may be kept of
// it but copies.
type hostFunction struct {
	name  string // of its import
	serve func(ctx context.Context, l *lease, request []byte) (abi.Message, error)
	// outlastsStop says that it is served when the call is to end, too.
	outlastsStop bool
}

// hostFunctions are the functions by the name of their import; take stands apart.
func hostFunctions() map[string]hostFunction {
	return map[string]hostFunction{
		"http":         {serve: serveHTTP},
		"soap":         {serve: serveSOAP},
		"log":          {serve: serveLog, outlastsStop: true},
		"clock":        {serve: serveClock},
		"random":       {serve: serveRandom},
		"state_get":    {serve: serveStateGet},
		"state_put":    {serve: serveStatePut},
		"state_delete": {serve: serveStateDelete},
		"progress":     {serve: serveProgress},
		// What became of an entry is to be known whatever happens.
		"export_result": {serve: serveExportResult, outlastsStop: true},
		"reveal":        {serve: serveReveal},
	}
}

// hostImports are the functions as modules import them.
func hostImports() []importedFunction {
	functions := hostFunctions()
	var all []importedFunction
	for _, i := range abi.Imports() {
		call := take
		if i.Method != "" {
			f := functions[i.Name]
			f.name = i.Name
			call = hostCall(f)
		}
		all = append(all, importedFunction{abi.HostModule, i.Name, i.Signature, call})
	}
	return all
}

// hostCall is f(req_ptr, req_len, buf_ptr, buf_cap) → i64 around a function.
func hostCall(f hostFunction) func(*lease, []uint64) {
	return func(l *lease, stack []uint64) {
		l.guard(f.name, func() {
			l.refuseWhileStarting(f.name)
			l.observe("enter host", f.name)
			defer l.observe("leave host", f.name)
			request := guestRange{uint32(stack[0]), uint32(stack[1])}
			buffer := guestRange{uint32(stack[2]), uint32(stack[3])}
			stack[0] = uint64(l.serve(l.instance.memory(), f, request, buffer))
		})
	}
}

type guestRange struct{ pointer, length uint32 }

// serve checks both ranges, calls the function and puts its answer where the
// guest wants it. Everything that can be refused is refused before the function
// does anything that could not be undone.
func (l *lease) serve(memory linearMemory, f hostFunction, request, buffer guestRange) int64 {
	if request.length > abi.MaxMessageBytes || l.answers.full() {
		return abi.HostCallFailure(abi.LimitExceeded)
	}
	if !l.mayCallHost(int64(request.length)) {
		return abi.HostCallFailure(abi.LimitExceeded)
	}
	view, ok := memory.Read(request.pointer, request.length)
	if !ok || !inMemory(memory, buffer.pointer, buffer.length) {
		return abi.HostCallFailure(abi.BadPointer)
	}
	message, err := l.answer(f, view)
	l.frames.dropMessage()
	w := l.connector.runtime.writer()
	defer l.connector.runtime.giveBack(w)
	w.Watch(func() error {
		if w.Len() > abi.MaxMessageBytes {
			return errAnswerTooLong
		}
		return l.stop.due()
	})
	abi.EncodeReply(w, message, l.answerError(f.name, err))
	l.unwindIfDue()
	if err := answerFault(w.Err(), w.Len()); err != nil {
		l.used.hostBytes += int64(w.Len()) // it was written in vain, but it was
		clear(w.Bytes())
		w.Reset()
		abi.EncodeReply(w, nil, err)
	}
	l.used.hostBytes += int64(w.Len())
	if w.Len() <= int(buffer.length) {
		l.inPieces(w.Len(), func(from, to int) { memory.Write(buffer.pointer+uint32(from), w.Bytes()[from:to]) })
		return abi.HostCallAnswer(0, uint32(w.Len()))
	}
	// The call has been carried out: without its answer the guest cannot go on.
	if refusal := l.frames.take(int64(w.Len())); refusal != nil {
		l.hostFailure = memoryLimit("", refusal)
		unwind()
	}
	l.lookTaken()
	var answer strings.Builder
	answer.Grow(w.Len())
	l.inPieces(w.Len(), func(from, to int) { answer.Write(w.Bytes()[from:to]) })
	return abi.HostCallAnswer(l.answers.keep(answer.String()), uint32(w.Len()))
}

// piece is how many bytes are copied between two looks at the deadline: memory that
// was not met before takes a hundred times as long as any other.
const piece = 64 << 10

// inPieces has f copy a part of n bytes after the other, and leaves the guest in
// between when its call must end.
func (l *lease) inPieces(n int, f func(from, to int)) {
	for from := 0; from < n; from += piece {
		if from > 0 {
			l.unwindIfDue()
		}
		f(from, min(from+piece, n))
	}
}

// answer calls a function, unless the call is to end. What a stop cut short is
// noted: it may look like anything in the answer, a request of a batch among them.
func (l *lease) answer(f hostFunction, request []byte) (abi.Message, error) {
	if f.outlastsStop {
		return f.serve(context.WithoutCancel(l.stop.hostContext()), l, request)
	}
	if cause := l.stop.gaveUp(); cause != nil {
		l.interrupted = cause
		return nil, cause
	}
	ctx := l.stop.hostContext()
	message, err := f.serve(ctx, l, request)
	if stop := ctx.Err(); stop != nil {
		l.interrupted = cmp.Or(l.stop.gaveUp(), stop)
	}
	return message, err
}

// answerError is what of a host's error the guest gets to see.
func (l *lease) answerError(call string, err error) error {
	switch {
	case err == nil:
		return nil
	case abi.CodeOf(err) == abi.InvalidMessage:
		return abi.NewError(abi.InvalidMessage, err.Error())
	case abi.CodeOf(err) != 0:
		return err
	case errors.Is(err, context.Canceled):
		return abi.NewError(abi.Cancelled, "the caller gave up: return")
	case errors.Is(err, context.DeadlineExceeded):
		return abi.NewError(abi.DeadlineExceeded, "the caller's time is up: return")
	}
	l.noteFailure(call, err)
	return abi.NewError(abi.HostFailure, "the host failed; its log says why")
}

// noteFailure logs the first failure of the host in a call of that name; further ones,
// which a guest can have as many of as it likes, are counted.
func (l *lease) noteFailure(call string, err error) {
	if l.failures == nil {
		l.failures = make(map[string]int64)
	}
	if l.failures[call]++; l.failures[call] == 1 {
		l.log.Error().Err(err).Str(logfield.Call, call).Stringer(logfield.Code, abi.HostFailure).Msg("host function failed")
	}
}

// tellFailures logs how many further failures there were.
func (l *lease) tellFailures() error {
	for _, call := range slices.Sorted(maps.Keys(l.failures)) {
		if further := l.failures[call] - 1; further > 0 {
			l.log.Error().Str(logfield.Call, call).Int64(logfield.Count, further).Stringer(logfield.Code, abi.HostFailure).Msg("host function failed again")
		}
	}
	return nil
}

// errAnswerTooLong ends the writing of an answer that cannot travel.
var errAnswerTooLong = errors.New("the host's answer is longer than MaxMessageBytes")

// answerFault tells what keeps an answer from travelling.
func answerFault(encoding error, length int) *abi.Error {
	switch {
	case length > abi.MaxMessageBytes:
		return &abi.Error{Code: abi.LimitExceeded, Limit: "MaxMessageBytes", Used: int64(length), Allowed: abi.MaxMessageBytes}
	case encoding != nil:
		return abi.NewError(abi.HostFailure, "the host's answer is not UTF-8")
	}
	return nil
}

// refuseWhileStarting ends a start in which the guest calls the host: a snapshot
// taken then would hold the answer for ever.
func (l *lease) refuseWhileStarting(name string) {
	if l.starting {
		l.hostFailure = refused(RuleStartHostCall, "the connector calls "+name+" while it starts: call it in an ECMA call", nil)
		unwind()
	}
}

// answers are the host answers that wait for take, out of the budget of memory. They are
// dropped when the export returns; ids are not used again so soon.
type answers struct {
	waiting map[uint32]string
	bytes   int
	last    uint32
}

// full reports whether nothing more may wait: not too many, and not too much,
// for they lie in the host's memory.
func (a *answers) full() bool {
	return len(a.waiting) >= abi.MaxPendingAnswers || a.bytes > abi.MaxMessageBytes
}

// dropAnswers lets go of the answers that wait, and of what they have of the budget.
func (l *lease) dropAnswers() {
	l.frames.giveBack(int64(l.answers.bytes))
	l.answers.waiting, l.answers.bytes = nil, 0
}

// keep returns the id under which an answer waits: 31 bits, never 0.
func (a *answers) keep(answer string) uint32 {
	if a.waiting == nil {
		a.waiting = make(map[uint32]string)
	}
	for {
		a.last = a.last%(1<<31-1) + 1
		if _, taken := a.waiting[a.last]; !taken {
			a.waiting[a.last] = answer
			a.bytes += len(answer)
			return a.last
		}
	}
}

// take is take(id, ptr, cap) → i64: the answer's length once it lies in the
// guest's memory. Into too small a buffer nothing is copied; the id stays good,
// and comes back with the length.
func take(l *lease, stack []uint64) {
	l.guard("take", func() {
		l.refuseWhileStarting("take")
		id, buffer := uint32(stack[0]), guestRange{uint32(stack[1]), uint32(stack[2])}
		stack[0] = uint64(l.take(l.instance.memory(), id, buffer))
	})
}

func (l *lease) take(memory linearMemory, id uint32, buffer guestRange) int64 {
	answer, ok := l.answers.waiting[id]
	switch {
	case !ok:
		return abi.HostCallFailure(abi.NotFound)
	case !inMemory(memory, buffer.pointer, buffer.length):
		return abi.HostCallFailure(abi.BadPointer)
	case len(answer) > int(buffer.length):
		return abi.HostCallAnswer(id, uint32(len(answer)))
	}
	l.inPieces(len(answer), func(from, to int) { memory.WriteString(buffer.pointer+uint32(from), answer[from:to]) })
	delete(l.answers.waiting, id)
	l.answers.bytes -= len(answer)
	l.frames.giveBack(int64(len(answer)))
	return abi.HostCallAnswer(0, uint32(len(answer)))
}
