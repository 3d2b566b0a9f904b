package recording

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// replayedLease is one lease of a Replay. One goroutine calls it.
type replayedLease struct {
	replay  *Replay
	request abi.LeaseRequest
	number  int
	left    []callLine
	chance  chance
	clock   clock
	closed  bool
}

var (
	_ abi.HostLease = (*replayedLease)(nil)
	_ abi.Sleeper   = (*replayedLease)(nil)
)

// at begins a difference at a line.
func (l *replayedLease) at(line int, format string, args ...any) *Difference {
	return &Difference{Line: line, Lease: l.number, Lane: l.request.Lane.String(), What: fmt.Sprintf(format, args...)}
}

// open fails when the lease was closed, the caller gave up, or the run differs
// already.
func (l *replayedLease) open(ctx context.Context, op string) error {
	if l.closed {
		return &abi.Error{Code: abi.Closed, Op: op, Side: abi.SideCaller, Message: "the lease was closed"}
	}
	if ctx.Err() != nil {
		return &abi.Error{Code: abi.Cancelled, Op: op, Side: abi.SideCaller, Message: "the caller gave up"}
	}
	return l.replay.failed()
}

// answer returns the recorded line for a call, if that is the call that was
// recorded.
func (l *replayedLease) answer(ctx context.Context, call, request string) (*callLine, error) {
	if err := l.open(ctx, call); err != nil {
		return nil, err
	}
	for len(l.left) > 0 && l.left[0].Call == callClock {
		// The connector read its clock less often than it did: then it learns of the
		// time by its next call.
		l.clock.move(time.Duration(l.left[0].At))
		l.left = l.left[1:]
	}
	if len(l.left) == 0 {
		d := l.at(l.replay.recording.resultLine, "%s is a call that was not recorded", call)
		d.call(nil, call, request)
		return nil, l.replay.differ(d)
	}
	line := &l.left[0]
	switch {
	case line.Call != call && call == callClose:
		d := l.at(line.number, "the lease ends, and %d recorded calls are left, the first of them %s", len(l.left)-1, line.Call)
		d.call(line, "", "")
		return nil, l.replay.differ(d)
	case line.Call != call:
		d := l.at(line.number, "the run calls %s, and %s was recorded", call, line.Call)
		d.call(line, call, request)
		return nil, l.replay.differ(d)
	case string(line.Request) != request:
		d := l.at(line.number, "%s asks for something else", described(call, request, string(line.Request)))
		d.texts(request, string(line.Request))
		return nil, l.replay.differ(d)
	}
	l.left = l.left[1:]
	l.clock.move(time.Duration(line.At))
	return line, nil
}

// described names a call; of a batch it names the first request that differs.
func described(call, now, recorded string) string {
	var have, want abi.HTTPRequests
	if call != "http" || abi.Decode(now, &have, nil) != nil || abi.Decode(recorded, &want, nil) != nil {
		return call
	}
	for i := range want.Requests {
		r := &want.Requests[i]
		if i < len(have.Requests) && reflect.DeepEqual(*r, have.Requests[i]) {
			continue
		}
		return fmt.Sprintf("http, request %d of %d (%.20q %.60q of target %.60q),", i+1, len(want.Requests), r.Method, r.Path, r.Target)
	}
	return call
}

// call answers a call whose request and answer are messages.
func (l *replayedLease) call(ctx context.Context, name string, request, answer abi.Message) error {
	asked, err := message(request)
	if err != nil {
		return &abi.Error{Code: abi.InvalidMessage, Op: name, Side: abi.SideGuest, Err: err}
	}
	line, err := l.answer(ctx, name, asked)
	if err == nil {
		err = line.err()
	}
	if err == nil {
		err = abi.Decode(string(line.Answer), answer, nil)
	}
	return err
}

// HTTP answers the batch.
func (l *replayedLease) HTTP(ctx context.Context, requests abi.HTTPRequests) (answers abi.HTTPAnswers, err error) {
	err = l.call(ctx, "http", &requests, &answers)
	return answers, err
}

// SOAP answers the call.
func (l *replayedLease) SOAP(ctx context.Context, request abi.SOAPRequest) (answer abi.SOAPAnswer, err error) {
	err = l.call(ctx, "soap", &request, &answer)
	return answer, err
}

// Log compares the entry.
func (l *replayedLease) Log(ctx context.Context, entry abi.LogEntry) error {
	return l.call(ctx, "log", &entry, &abi.Empty{})
}

// Clock returns the recorded time.
func (l *replayedLease) Clock(ctx context.Context) (time.Time, error) {
	if l.closed || ctx.Err() != nil {
		return time.Time{}, l.open(ctx, callClock)
	}
	l.clock.reads++
	if len(l.left) > 0 && l.left[0].Call == callClock && l.left[0].Reads <= l.clock.reads {
		line := &l.left[0]
		l.left = l.left[1:]
		l.clock.move(time.Duration(line.At))
		if line.failed() {
			return time.Time{}, line.err()
		}
	}
	return l.clock.now(), nil
}

// Sleep takes no time at all.
func (l *replayedLease) Sleep(ctx context.Context, d time.Duration) bool {
	asked, err := object(sleepRequest{int64(d)})
	if err == nil {
		_, err = l.answer(ctx, callSleep, asked)
	}
	return err == nil
}

// Random returns the bytes that the recorded run got.
func (l *replayedLease) Random(ctx context.Context, n int) ([]byte, error) {
	if l.closed || ctx.Err() != nil {
		return nil, l.open(ctx, "random")
	}
	return l.chance.bytes(n)
}

// StateGet returns the recorded value.
func (l *replayedLease) StateGet(ctx context.Context, key string) ([]byte, error) {
	var state abi.StateMessage
	err := l.call(ctx, "state_get", &abi.StateMessage{Key: key}, &state)
	return state.Value, err
}

// StatePut compares key and value, and keeps nothing.
func (l *replayedLease) StatePut(ctx context.Context, key string, value []byte) error {
	return l.call(ctx, "state_put", &abi.StateMessage{Key: key, Value: value}, &abi.Empty{})
}

// StateDelete compares the key.
func (l *replayedLease) StateDelete(ctx context.Context, key string) error {
	return l.call(ctx, "state_delete", &abi.StateMessage{Key: key}, &abi.Empty{})
}

// Progress compares how far the run is.
func (l *replayedLease) Progress(ctx context.Context, progress abi.Progress) error {
	return l.call(ctx, "progress", &progress, &abi.Empty{})
}

// ExportResult compares the result and hands it on, if the recorded one was taken.
func (l *replayedLease) ExportResult(ctx context.Context, result abi.CSEntryChangeResult) error {
	err := l.call(ctx, "export_result", &result, &abi.Empty{})
	if err == nil && l.request.OnExportResult != nil {
		err = l.request.OnExportResult(result)
	}
	return err
}

// Reveal refuses as the recorded host did.
func (l *replayedLease) Reveal(ctx context.Context, placeholder string) (string, error) {
	err := l.call(ctx, "reveal", &abi.RevealMessage{Value: placeholder}, &abi.Empty{})
	if err == nil {
		err = &abi.Error{Code: abi.Denied, Op: "reveal", Side: abi.SideHost, Message: "a replay has no secrets"}
	}
	return "", err
}

// Seal returns the recorded placeholder. The secret is not looked at: it may be any.
func (l *replayedLease) Seal(name, _ string) (string, error) {
	asked, err := object(sealRequest{name})
	if err != nil {
		return "", err
	}
	line, err := l.answer(context.Background(), callSeal, asked)
	if err == nil {
		err = line.err()
	}
	var placeholder abi.RevealMessage
	if err == nil {
		err = abi.Decode(string(line.Answer), &placeholder, nil)
	}
	return placeholder.Value, err
}

// Close ends the lease: all recorded calls must have been made.
func (l *replayedLease) Close(_ context.Context, commit bool) error {
	if l.closed {
		return nil
	}
	defer func() { l.closed = true }()
	asked, err := object(closeRequest{commit})
	if err != nil {
		return err
	}
	line, err := l.answer(context.Background(), callClose, asked)
	if err != nil {
		return err
	}
	return line.err()
}
