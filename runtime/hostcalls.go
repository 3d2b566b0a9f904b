package runtime

import (
	"context"
	"slices"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// One function for each method of abi.Host: decode, call, hand back a message. A
// request is the guest's memory: it is read where it lies, and what is kept is copied.

// decode reads a request, for as long as the call may take. What it takes of the budget
// serve gives back.
func (l *lease) decode(request []byte, m abi.Message) error {
	return abi.DecodeView(request, m, l.types, l.readOn)
}

// readOn lets a message be read on that has made so much, unless the call is to end, or
// there is no memory for it.
func (l *lease) readOn(made int64) error {
	if err := l.stop.due(); err != nil {
		return err
	}
	if refusal := l.frames.holdMessage(made); refusal != nil {
		return memoryLimit("", refusal)
	}
	l.lookTaken()
	return nil
}

func serveHTTP(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var requests abi.HTTPRequests
	if err := l.decode(request, &requests); err != nil {
		return nil, err
	}
	began := time.Now()
	answers, err := l.host.HTTP(ctx, requests)
	if slices.ContainsFunc(answers.Answers, ofTarget) {
		l.used.awaited += time.Since(began)
	}
	return &answers, err
}

// ofTarget reports whether a target was asked, or was to be: what the host refuses is the
// connector's own doing, and nobody waits for it.
func ofTarget(a abi.HTTPAnswer) bool { return a.Error == nil || a.Error.Side != abi.SideGuest }

func serveSOAP(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var call abi.SOAPRequest
	if err := l.decode(request, &call); err != nil {
		return nil, err
	}
	answer, err := l.host.SOAP(ctx, call)
	return &answer, err
}

func serveLog(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var entry abi.LogEntry
	if err := l.decode(request, &entry); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.Log(ctx, entry)
}

func serveClock(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	if err := l.decode(request, &abi.Empty{}); err != nil {
		return nil, err
	}
	now, err := l.host.Clock(ctx)
	if err != nil {
		return nil, err
	}
	return &abi.ClockAnswer{UnixNanos: now.UnixNano()}, nil
}

func serveRandom(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var want abi.RandomRequest
	if err := l.decode(request, &want); err != nil {
		return nil, err
	}
	bytes, err := l.host.Random(ctx, want.Bytes)
	return &abi.StateMessage{Value: bytes}, err
}

func serveStateGet(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var state abi.StateMessage
	if err := l.decode(request, &state); err != nil {
		return nil, err
	}
	value, err := l.host.StateGet(ctx, state.Key)
	return &abi.StateMessage{Value: value}, err
}

func serveStatePut(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var state abi.StateMessage
	if err := l.decode(request, &state); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.StatePut(ctx, state.Key, state.Value)
}

func serveStateDelete(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var state abi.StateMessage
	if err := l.decode(request, &state); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.StateDelete(ctx, state.Key)
}

func serveProgress(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var progress abi.Progress
	if err := l.decode(request, &progress); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.Progress(ctx, progress)
}

func serveExportResult(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var result abi.CSEntryChangeResult
	if err := l.decode(request, &result); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.ExportResult(ctx, result)
}

func serveReveal(ctx context.Context, l *lease, request []byte) (abi.Message, error) {
	var placeholder abi.RevealMessage
	if err := l.decode(request, &placeholder); err != nil {
		return nil, err
	}
	secret, err := l.host.Reveal(ctx, placeholder.Value)
	return &abi.RevealMessage{Value: secret}, err
}
