package hostfuncs

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// lease is a Host for the time of one lease. One goroutine calls it; the requests
// of a batch run in several.
type lease struct {
	host    *Host
	request abi.LeaseRequest
	vault   *vault
	// credentials are the secrets and user names of all targets by source.
	credentials  map[string]string
	certificates certificates
	// jars are there for the targets whose grants want one.
	jars   map[*target]*jar
	state  overlay
	log    *guestLog
	closed atomic.Bool
	// begun are the requests that the last call of HTTP named ahead.
	begun *early
	// login is whose agent the lease is, nil for those of connectors.
	login *login
}

var (
	_ abi.HostLease   = (*lease)(nil)
	_ abi.LimitTeller = (*lease)(nil)
)

// open fails when the lease was closed or the caller has given up.
func (l *lease) open(ctx context.Context, op string) error {
	if l.closed.Load() {
		return &abi.Error{Code: abi.Closed, Op: op, Side: abi.SideCaller, Message: "the lease was closed"}
	}
	if ctx.Err() != nil {
		return &abi.Error{Code: abi.Cancelled, Op: op, Side: abi.SideCaller, Message: "the caller gave up"}
	}
	return nil
}

// SOAP is not offered.
func (l *lease) SOAP(ctx context.Context, _ abi.SOAPRequest) (abi.SOAPAnswer, error) {
	if err := l.open(ctx, "soap"); err != nil {
		return abi.SOAPAnswer{}, err
	}
	return abi.SOAPAnswer{}, &abi.Error{Code: abi.NotOffered, Op: "soap", Side: abi.SideHost, Message: "this host does not offer SOAP"}
}

// Clock returns the time.
func (l *lease) Clock(ctx context.Context) (time.Time, error) {
	if err := l.open(ctx, "clock"); err != nil {
		return time.Time{}, err
	}
	return l.host.world.now(), nil
}

// Random returns n bytes from the system's generator.
func (l *lease) Random(ctx context.Context, n int) ([]byte, error) {
	if err := l.open(ctx, "random"); err != nil {
		return nil, err
	}
	if n < 0 || n > abi.MaxRandomBytes {
		return nil, withOp("random", exceeded("random_bytes", int64(n), abi.MaxRandomBytes, "ask for less at once"))
	}
	b := make([]byte, n)
	rand.Read(b) // never fails: the process ends instead
	return b, nil
}

// Progress hands on how far the run is, or what the connector says of it next, within
// emitPause. It panics with a panic in what it handed on before.
func (l *lease) Progress(ctx context.Context, progress abi.Progress) error {
	if err := l.open(ctx, "progress"); err != nil {
		return err
	}
	if progress.Done < 0 || progress.Total < 0 {
		return &abi.Error{Code: abi.InvalidMessage, Op: "progress", Side: abi.SideGuest, Message: "done and total are not negative"}
	}
	hear := l.host.policy.Progress
	if hear == nil {
		return nil
	}
	l.log.aside.failed.hand()
	// It waits for longer than the message that it is a part of.
	progress.What = strings.Clone(cut(strings.ToValidUTF8(progress.What, "�"), abi.MaxNameBytes))
	l.log.aside.replace(func() {
		progress.What = l.vault.secrets.Redact(progress.What)
		hear(l.request.Lane, progress)
	})
	return nil
}

// ExportResult hands on the outcome of one entry.
func (l *lease) ExportResult(ctx context.Context, result abi.CSEntryChangeResult) error {
	if err := l.open(ctx, "export_result"); err != nil {
		return err
	}
	if l.request.OnExportResult == nil {
		return &abi.Error{Code: abi.NotOffered, Op: "export_result", Side: abi.SideHost, Message: "nobody listens for results in this lease"}
	}
	return l.request.OnExportResult(result)
}

// Reveal returns a secret that the policy lists by name.
func (l *lease) Reveal(ctx context.Context, placeholder string) (string, error) {
	if err := l.open(ctx, "reveal"); err != nil {
		return "", err
	}
	s, ok := l.vault.open(placeholder)
	if !ok {
		return "", &abi.Error{Code: abi.NotFound, Op: "reveal", Side: abi.SideGuest, Message: "this is no placeholder of this lease"}
	}
	if !slices.Contains(l.host.policy.Reveal, s.name) {
		err := denied(RuleReveal, "the policy does not reveal %s", quoteCut(s.name))
		l.log.denial("reveal", "", "", err)
		return "", withOp("reveal", err)
	}
	l.log.host.Info().Str(logfield.Call, "reveal").Str(logfield.Sealed, s.name).Msg("a secret was revealed to the connector")
	return s.secret, nil
}

// Seal returns a placeholder for a secret.
func (l *lease) Seal(name, secret string) (string, error) {
	if err := l.open(context.Background(), "seal"); err != nil {
		return "", err
	}
	if !isSealName(name) {
		return "", &abi.Error{Code: abi.HostFailure, Op: "seal", Side: abi.SideCaller, Message: wrongSealName(name)}
	}
	placeholder, err := l.vault.seal(name, secret)
	if err != nil {
		return "", withOp("seal", err)
	}
	return placeholder, nil
}

// TellLimits tells how much was logged, how much state there is as the lease sees it, if
// it looked, and how much is sealed: the bytes in steps of 64 KiB, since how long one
// secret is would tell of it.
func (l *lease) TellLimits(tell func(limit string, used, allowed int64)) {
	const step = 64 << 10
	values, bytes := l.vault.size()
	tell("log_bytes", int64(l.log.bytes), MaxLogBytes)
	tell("state_bytes", int64(l.state.used), abi.MaxStateBytes)
	tell("state_keys", int64(l.state.keys), MaxStateKeys)
	tell("sealed", int64(values), MaxSealed)
	tell("sealed_bytes", int64((bytes+step-1)/step*step), MaxSealedBytes)
}

// Close ends the lease; with commit, state that was put is kept. Only the first call does
// anything. It waits until all that the lease has to say is written and heard, or until ctx
// is over and a second has passed: what is not begun then is counted in the log, and the
// last progress is heard. Then all that was sealed is forgotten. It fails with HostFailure
// when there was a panic in that, or in what the last call of HTTP named ahead.
func (l *lease) Close(ctx context.Context, commit bool) error {
	if l.closed.Swap(true) {
		return nil
	}
	var failed panics
	failed.catch(l.begun.end)
	left := l.log.aside.end(ctx)
	failed.catch(l.log.aside.failed.hand)
	failed.catch(func() { l.log.close(left) })
	l.host.logins.leave(l)
	l.vault.clear()
	l.certificates.clear()
	clear(l.credentials)
	err := failed.err("close")
	if commit {
		err = errors.Join(err, l.host.state.commit(ctx, &l.state))
	}
	return err
}

// withOp names the call that failed.
func withOp(op string, err *abi.Error) *abi.Error {
	err.Op = op
	return err
}
