package runtime

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// One function for each method of abi.Host: decode, call, hand back a message.

func serveHTTP(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var requests abi.HTTPRequests
	if err := abi.Decode(request, &requests, nil); err != nil {
		return nil, err
	}
	answers, err := l.host.HTTP(ctx, requests)
	return &answers, err
}

func serveSOAP(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var call abi.SOAPRequest
	if err := abi.Decode(request, &call, nil); err != nil {
		return nil, err
	}
	answer, err := l.host.SOAP(ctx, call)
	return &answer, err
}

func serveLog(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var entry abi.LogEntry
	if err := abi.Decode(request, &entry, nil); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.Log(ctx, entry)
}

func serveClock(ctx context.Context, l *lease, request string) (abi.Message, error) {
	if err := abi.Decode(request, &abi.Empty{}, nil); err != nil {
		return nil, err
	}
	now, err := l.host.Clock(ctx)
	if err != nil {
		return nil, err
	}
	return &abi.ClockAnswer{UnixNanos: now.UnixNano()}, nil
}

func serveRandom(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var want abi.RandomRequest
	if err := abi.Decode(request, &want, nil); err != nil {
		return nil, err
	}
	bytes, err := l.host.Random(ctx, want.Bytes)
	return &abi.StateMessage{Value: bytes}, err
}

func serveStateGet(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var state abi.StateMessage
	if err := abi.Decode(request, &state, nil); err != nil {
		return nil, err
	}
	value, err := l.host.StateGet(ctx, state.Key)
	return &abi.StateMessage{Value: value}, err
}

func serveStatePut(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var state abi.StateMessage
	if err := abi.Decode(request, &state, nil); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.StatePut(ctx, state.Key, state.Value)
}

func serveStateDelete(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var state abi.StateMessage
	if err := abi.Decode(request, &state, nil); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.StateDelete(ctx, state.Key)
}

func serveProgress(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var progress abi.Progress
	if err := abi.Decode(request, &progress, nil); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.Progress(ctx, progress)
}

func serveExportResult(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var result abi.CSEntryChangeResult
	if err := abi.Decode(request, &result, l.types); err != nil {
		return nil, err
	}
	return &abi.Empty{}, l.host.ExportResult(ctx, result)
}

func serveReveal(ctx context.Context, l *lease, request string) (abi.Message, error) {
	var placeholder abi.RevealMessage
	if err := abi.Decode(request, &placeholder, nil); err != nil {
		return nil, err
	}
	secret, err := l.host.Reveal(ctx, placeholder.Value)
	return &abi.RevealMessage{Value: secret}, err
}
