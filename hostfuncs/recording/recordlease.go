package recording

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// recordedLease is one lease of a Recorder. One goroutine calls it.
type recordedLease struct {
	recorder *Recorder
	below    abi.HostLease
	finder   SecretFinder
	number   int
	lane     abi.Lane
	chance   chance
	clock    clock
	closed   bool
}

var (
	_ abi.HostLease   = (*recordedLease)(nil)
	_ abi.Sleeper     = (*recordedLease)(nil)
	_ abi.LimitTeller = (*recordedLease)(nil)
)

// place names a line in an error.
func (l *recordedLease) place(what string) string {
	if l == nil {
		return what
	}
	return fmt.Sprintf("lease %d (%s), %s", l.number, l.lane, what)
}

// begins is the time at which the lease begins. A host without a clock has none to
// record, and the lease begins now.
func (l *recordedLease) begins(ctx context.Context) time.Time {
	now, err := l.below.Clock(context.WithoutCancel(ctx))
	if err != nil {
		now = time.Now()
	}
	return now.UTC().Round(0)
}

// catchUp moves the lease's clock to the host's.
func (l *recordedLease) catchUp(ctx context.Context) {
	now, err := l.below.Clock(context.WithoutCancel(ctx))
	if err == nil {
		l.clock.move(now.Sub(l.clock.began))
		return
	}
	l.clock.move(l.clock.at)
}

// head is how a line of the lease begins.
func (l *recordedLease) head(call string) string {
	return `{"lease":` + strconv.Itoa(l.number) + `,"call":"` + call + `"`
}

func (l *recordedLease) tail() string {
	return `,"at":` + strconv.FormatInt(int64(l.clock.at), 10) + "}"
}

// note writes a call down: its request, and its answer or its error. asked is why
// the request could not be written.
func (l *recordedLease) note(ctx context.Context, call, request string, asked error, answer string, err error) {
	if l.closed {
		return
	}
	switch {
	case ctx.Err() != nil:
		l.recorder.Fail(fmt.Errorf("%s: %w", l.place(call), ErrStopped))
		return
	case asked != nil:
		l.recorder.Fail(fmt.Errorf("%s: its request cannot be written: %w", l.place(call), asked))
		return
	}
	l.catchUp(ctx)
	rest := `,"answer":` + answer
	if err != nil {
		failure, encoding := failureText(err)
		if encoding != nil {
			l.recorder.Fail(fmt.Errorf("%s: its error cannot be written: %w", l.place(call), encoding))
		}
		rest = "," + failure
	}
	l.recorder.write(l, call, l.head(call)+`,"request":`+request+rest+l.tail())
}

// call notes a call whose request and answer are messages, and returns the error
// that the connector gets: below's, or that the answer cannot travel.
func (l *recordedLease) call(ctx context.Context, name string, request, answer abi.Message, err error) error {
	asked, wrong := message(request)
	text := "{}"
	if err == nil {
		text, err = travelling(answer)
	}
	l.note(ctx, name, asked, wrong, text, err)
	return err
}

// HTTP notes the whole batch.
func (l *recordedLease) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	answers, err := l.below.HTTP(ctx, requests)
	if err = l.call(ctx, "http", &requests, &answers, err); err != nil {
		return abi.HTTPAnswers{}, err
	}
	return answers, nil
}

// SOAP notes the call.
func (l *recordedLease) SOAP(ctx context.Context, request abi.SOAPRequest) (abi.SOAPAnswer, error) {
	answer, err := l.below.SOAP(ctx, request)
	if err = l.call(ctx, "soap", &request, &answer, err); err != nil {
		return abi.SOAPAnswer{}, err
	}
	return answer, nil
}

// Log notes the entry.
func (l *recordedLease) Log(ctx context.Context, entry abi.LogEntry) error {
	err := l.below.Log(ctx, entry)
	return l.call(ctx, "log", &entry, &abi.Empty{}, err)
}

// Clock returns the time at the last point that is in the recording. When the
// host's has gone on for longer than ClockResolution, this reading is such a point.
func (l *recordedLease) Clock(ctx context.Context) (time.Time, error) {
	now, err := l.below.Clock(ctx)
	if l.closed {
		return now, err
	}
	l.clock.reads++
	switch at := now.Sub(l.clock.began); {
	case err != nil && ctx.Err() != nil:
		l.recorder.Fail(fmt.Errorf("%s: %w", l.place(callClock), ErrStopped))
	case err != nil:
		failure, encoding := failureText(err)
		if encoding != nil {
			l.recorder.Fail(encoding)
		}
		l.moment("," + failure)
		return time.Time{}, err
	case at-l.clock.at >= ClockResolution:
		reads := l.clock.reads
		l.clock.move(at)
		l.clock.reads = reads
		l.moment("")
	}
	return l.clock.now(), err
}

// moment writes a line of the clock.
func (l *recordedLease) moment(failure string) {
	reads := strconv.FormatInt(l.clock.reads, 10)
	l.recorder.write(l, callClock, l.head(callClock)+`,"reads":`+reads+failure+l.tail())
	l.clock.reads = 0
}

// Sleep sleeps, and notes how long the connector wanted to.
func (l *recordedLease) Sleep(ctx context.Context, d time.Duration) bool {
	slept := sleep(ctx, l.below, d)
	asked, err := object(sleepRequest{int64(d)})
	l.note(ctx, callSleep, asked, err, "{}", nil)
	return slept
}

// sleep lets the host below sleep if it wants to.
func sleep(ctx context.Context, below abi.HostLease, d time.Duration) bool {
	if sleeper, ok := below.(abi.Sleeper); ok {
		return sleeper.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// TellLimits tells what the lease below tells.
func (l *recordedLease) TellLimits(tell func(limit string, used, allowed int64)) {
	if teller, ok := l.below.(abi.LimitTeller); ok {
		teller.TellLimits(tell)
	}
}

// Random returns bytes of the recording's generator. The host below is asked for
// none; the limit is the ABI's.
func (l *recordedLease) Random(ctx context.Context, n int) ([]byte, error) {
	if l.closed || ctx.Err() != nil {
		return l.below.Random(ctx, n)
	}
	return l.chance.bytes(n)
}

// StateGet notes key and value.
func (l *recordedLease) StateGet(ctx context.Context, key string) ([]byte, error) {
	value, err := l.below.StateGet(ctx, key)
	if err = l.call(ctx, "state_get", &abi.StateMessage{Key: key}, &abi.StateMessage{Value: value}, err); err != nil {
		return nil, err
	}
	return value, nil
}

// StatePut notes key and value.
func (l *recordedLease) StatePut(ctx context.Context, key string, value []byte) error {
	err := l.below.StatePut(ctx, key, value)
	return l.call(ctx, "state_put", &abi.StateMessage{Key: key, Value: value}, &abi.Empty{}, err)
}

// StateDelete notes the key.
func (l *recordedLease) StateDelete(ctx context.Context, key string) error {
	err := l.below.StateDelete(ctx, key)
	return l.call(ctx, "state_delete", &abi.StateMessage{Key: key}, &abi.Empty{}, err)
}

// Progress notes how far the run is.
func (l *recordedLease) Progress(ctx context.Context, progress abi.Progress) error {
	err := l.below.Progress(ctx, progress)
	return l.call(ctx, "progress", &progress, &abi.Empty{}, err)
}

// ExportResult notes the result.
func (l *recordedLease) ExportResult(ctx context.Context, result abi.CSEntryChangeResult) error {
	err := l.below.ExportResult(ctx, result)
	return l.call(ctx, "export_result", &result, &abi.Empty{}, err)
}

// Reveal notes a refusal. A secret that was revealed ends the recording: it must
// not be written, and without it a replay cannot do as the connector did.
func (l *recordedLease) Reveal(ctx context.Context, placeholder string) (string, error) {
	secret, err := l.below.Reveal(ctx, placeholder)
	if err == nil {
		l.recorder.Fail(fmt.Errorf("%s: %w, and so cannot be recorded", l.place("reveal"), ErrRevealed))
		return secret, nil
	}
	return "", l.call(ctx, "reveal", &abi.RevealMessage{Value: placeholder}, &abi.Empty{}, err)
}

// Seal notes the name and the placeholder. From now on no line may hold the
// secret, in this lease or another.
func (l *recordedLease) Seal(name, secret string) (string, error) {
	l.recorder.secrets.Add(secret)
	placeholder, err := l.below.Seal(name, secret)
	asked, wrong := object(sealRequest{name})
	text, answering := message(&abi.RevealMessage{Value: placeholder})
	if err == nil && answering != nil {
		wrong = answering
	}
	l.note(context.Background(), callSeal, asked, wrong, text, err)
	return placeholder, err
}

// Close ends the lease below.
func (l *recordedLease) Close(ctx context.Context, commit bool) error {
	err := l.below.Close(ctx, commit)
	if l.closed {
		return err
	}
	asked, wrong := object(closeRequest{commit})
	l.note(context.Background(), callClose, asked, wrong, "{}", err)
	l.closed = true
	l.recorder.mu.Lock()
	l.recorder.open--
	l.recorder.mu.Unlock()
	return err
}
