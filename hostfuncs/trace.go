package hostfuncs

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// Trace returns a provider whose leases write one line at debug per host call, a
// batch one per request: names, sizes and outcomes, never values.
func Trace(provider abi.HostProvider, logger zerolog.Logger) abi.HostProvider {
	return &tracer{provider, logger}
}

type tracer struct {
	provider abi.HostProvider
	logger   zerolog.Logger
}

// Lease begins a lease of the provider below.
func (t *tracer) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	below, err := t.provider.Lease(ctx, request)
	if err != nil {
		return nil, err
	}
	logger := t.logger.With().Str(logfield.Lane, request.Lane.String()).Str(logfield.Instance, request.Instance).Logger()
	return &tracedLease{below, logger}, nil
}

type tracedLease struct {
	below  abi.HostLease
	logger zerolog.Logger
}

var _ abi.HostLease = (*tracedLease)(nil)

// line begins the line of a call that began at start.
func (t *tracedLease) line(call string, start time.Time, err error) *zerolog.Event {
	e := t.logger.Debug().Str(logfield.Call, call).Dur(logfield.Duration, time.Since(start))
	return failure(e, abi.AsError(err), err)
}

// failure adds the code and rule of an error.
func failure(e *zerolog.Event, known *abi.Error, err error) *zerolog.Event {
	switch {
	case known != nil && known.Rule != "":
		return e.Stringer(logfield.Code, known.Code).Str(logfield.Rule, known.Rule)
	case known != nil && known.Limit != "":
		return e.Stringer(logfield.Code, known.Code).Str(logfield.Limit, known.Limit)
	case known != nil:
		return e.Stringer(logfield.Code, known.Code)
	case err != nil:
		return e.Stringer(logfield.Code, abi.CodeOf(err))
	}
	return e
}

// HTTP traces each request of a batch; the duration is the whole batch's.
func (t *tracedLease) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	start := time.Now()
	answers, err := t.below.HTTP(ctx, requests)
	if n := len(requests.Requests); err != nil || n == 0 || len(answers.Answers) != n {
		t.line("http", start, err).Int(logfield.Count, n).Send()
		return answers, err
	}
	for i, answer := range answers.Answers {
		asked := &requests.Requests[i]
		e := t.line("http", start, nil).Str(logfield.Target, logfield.Clean(cut(asked.Target, MaxTargetName))).Str(logfield.Method, logfield.Clean(cut(asked.Method, MaxTargetName)))
		e = e.Int(logfield.Status, answer.Status).Int(logfield.Bytes, len(answer.Body)+len(answer.Wanted)).Int(logfield.Tries, answer.Tries)
		failure(e, answer.Error, nil).Send()
	}
	return answers, nil
}

// SOAP traces the call.
func (t *tracedLease) SOAP(ctx context.Context, request abi.SOAPRequest) (abi.SOAPAnswer, error) {
	start := time.Now()
	answer, err := t.below.SOAP(ctx, request)
	t.line("soap", start, err).Str(logfield.Target, logfield.Clean(cut(request.Target, MaxTargetName))).Int(logfield.Bytes, len(answer.Body)).Send()
	return answer, err
}

// Log traces the call, not the entry.
func (t *tracedLease) Log(ctx context.Context, entry abi.LogEntry) error {
	start := time.Now()
	err := t.below.Log(ctx, entry)
	t.line("log", start, err).Int(logfield.Bytes, len(entry.Message)).Send()
	return err
}

// Clock traces the call.
func (t *tracedLease) Clock(ctx context.Context) (time.Time, error) {
	start := time.Now()
	now, err := t.below.Clock(ctx)
	t.line("clock", start, err).Send()
	return now, err
}

// Random traces the call.
func (t *tracedLease) Random(ctx context.Context, n int) ([]byte, error) {
	start := time.Now()
	b, err := t.below.Random(ctx, n)
	t.line("random", start, err).Int(logfield.Bytes, len(b)).Send()
	return b, err
}

// StateGet traces the call, not the key.
func (t *tracedLease) StateGet(ctx context.Context, key string) ([]byte, error) {
	start := time.Now()
	value, err := t.below.StateGet(ctx, key)
	t.line("state_get", start, err).Int(logfield.Bytes, len(value)).Send()
	return value, err
}

// StatePut traces the call, not the key.
func (t *tracedLease) StatePut(ctx context.Context, key string, value []byte) error {
	start := time.Now()
	err := t.below.StatePut(ctx, key, value)
	t.line("state_put", start, err).Int(logfield.Bytes, len(value)).Send()
	return err
}

// StateDelete traces the call, not the key.
func (t *tracedLease) StateDelete(ctx context.Context, key string) error {
	start := time.Now()
	err := t.below.StateDelete(ctx, key)
	t.line("state_delete", start, err).Send()
	return err
}

// Progress traces the call.
func (t *tracedLease) Progress(ctx context.Context, progress abi.Progress) error {
	start := time.Now()
	err := t.below.Progress(ctx, progress)
	t.line("progress", start, err).Int64(logfield.Count, progress.Done).Send()
	return err
}

// ExportResult traces the call, not the entry.
func (t *tracedLease) ExportResult(ctx context.Context, result abi.CSEntryChangeResult) error {
	start := time.Now()
	err := t.below.ExportResult(ctx, result)
	t.line("export_result", start, err).Send()
	return err
}

// Reveal traces the call, neither placeholder nor secret.
func (t *tracedLease) Reveal(ctx context.Context, placeholder string) (string, error) {
	start := time.Now()
	secret, err := t.below.Reveal(ctx, placeholder)
	t.line("reveal", start, err).Send()
	return secret, err
}

// Seal traces the name of what is sealed.
func (t *tracedLease) Seal(name, secret string) (string, error) {
	start := time.Now()
	placeholder, err := t.below.Seal(name, secret)
	t.line("seal", start, err).Str(logfield.Sealed, logfield.Clean(cut(name, abi.MaxNameBytes))).Send()
	return placeholder, err
}

// Close traces the end of the lease.
func (t *tracedLease) Close(ctx context.Context, commit bool) error {
	start := time.Now()
	err := t.below.Close(ctx, commit)
	t.line("close", start, err).Bool("commit", commit).Send()
	return err
}
