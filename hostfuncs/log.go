package hostfuncs

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// What one lease may log. What comes above is refused and counted.
const (
	// MaxLogBytes bounds all entries of a lease together.
	MaxLogBytes = 1 << 20
	// LogEntriesPerSecond and LogBurst bound how quickly they come.
	LogEntriesPerSecond = 50
	LogBurst            = 500
	// MaxLogWaiting bounds the entries that wait for a writer which takes longer.
	MaxLogWaiting = 10_000
)

// guestLog writes what a lease has to say.
type guestLog struct {
	host    zerolog.Logger      // with the lease's fields
	redact  func(string) string // called by aside alone
	aside   aside
	now     world
	limiter *rate.Limiter
	bytes   int
	refused int

	mu     sync.Mutex
	denied map[string]int // by rule and target
}

func newGuestLog(h *Host, request abi.LeaseRequest, v *vault) *guestLog {
	return &guestLog{
		host:   h.policy.Logger.With().Str(logfield.Lane, request.Lane.String()).Str(logfield.Instance, request.Instance).Logger(),
		redact: v.secrets.Redact, now: h.world, limiter: rate.NewLimiter(LogEntriesPerSecond, LogBurst), denied: map[string]int{},
	}
}

// Log writes one entry. The connector's words stand under guest_msg alone, its
// fields behind the message; control and direction signs are taken out and known
// secrets redacted. That is done within emitPause, after the call has returned, and in the
// order of the calls. It panics with a panic in what was written before.
func (l *lease) Log(ctx context.Context, entry abi.LogEntry) error {
	if err := l.open(ctx, "log"); err != nil {
		return err
	}
	g := l.log
	g.aside.failed.hand()
	if len(entry.Fields) > abi.MaxLogFields {
		g.refused++
		return withOp("log", exceeded("log_fields", int64(len(entry.Fields)), abi.MaxLogFields, "an entry has too many fields"))
	}
	text := logText(entry)
	if !g.limiter.AllowN(g.now.now(), 1) {
		g.refused++
		return withOp("log", exceeded("log_entries_per_second", LogEntriesPerSecond+1, LogEntriesPerSecond, "too many entries were logged at once"))
	}
	if used := g.bytes + len(text); used > MaxLogBytes {
		g.refused++
		return withOp("log", exceeded("log_bytes", int64(used), MaxLogBytes, "too much was logged in this lease"))
	}
	if g.aside.waits() >= MaxLogWaiting {
		g.refused++
		return withOp("log", exceeded("log_entries_waiting", MaxLogWaiting+1, MaxLogWaiting, "the log is written too slowly for what this lease has to say"))
	}
	g.bytes += len(text)
	if e := g.host.WithLevel(logLevel(entry.Level)); e.Enabled() {
		g.aside.add(func() { e.Str(logfield.GuestMsg, g.redact(text)).Msg("the connector says") })
	}
	return nil
}

// logText joins a message and its fields, each cut at its limit.
func logText(entry abi.LogEntry) string {
	var b strings.Builder
	b.WriteString(logfield.Clean(cut(entry.Message, abi.MaxLogMessage)))
	for _, f := range entry.Fields {
		b.WriteByte(' ')
		b.WriteString(logfield.Clean(cut(f.Name, abi.MaxLogField)))
		b.WriteByte('=')
		b.WriteString(strconv.Quote(logfield.Clean(cut(f.Value, abi.MaxLogField))))
	}
	return b.String()
}

// logLevel maps the connector's level. Its errors are the operator's warnings:
// whether someone must act is decided by the outcome of the run.
func logLevel(level abi.LogLevel) zerolog.Level {
	switch level {
	case abi.LogDebug:
		return zerolog.DebugLevel
	case abi.LogInfo:
		return zerolog.InfoLevel
	}
	return zerolog.WarnLevel
}

// denial logs the first denial of each kind, one about the answer of a request
// that may have been carried out too, as Log does; close tells how many there were.
func (g *guestLog) denial(call, target, method string, err *abi.Error) {
	if err.Code != abi.Denied && (err.Code != abi.OutcomeUnknown || err.Rule == "") {
		return
	}
	g.mu.Lock()
	kind := err.Rule + " " + target
	if _, known := g.denied[kind]; !known && len(g.denied) >= maxDenialKinds {
		kind = "" // any other
	}
	g.denied[kind]++
	first := g.denied[kind] == 1 && kind != ""
	g.mu.Unlock()
	if !first {
		return
	}
	if e := g.host.Warn().Str(logfield.Call, call).Str(logfield.Rule, err.Rule); e.Enabled() {
		target, method := strings.Clone(target), strings.Clone(method) // parts of a whole message
		g.aside.add(func() {
			e.Str(logfield.Target, logfield.Clean(cut(g.redact(target), MaxTargetName))).
				Str(logfield.Method, logfield.Clean(cut(g.redact(method), MaxTargetName))).Msg("denied")
		})
	}
}

// maxDenialKinds bounds the kinds that are told apart: a connector may invent
// target names without end.
const maxDenialKinds = 64

// close tells what was not, left entries for which there was no more time among it.
func (g *guestLog) close(left int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	total := 0
	for _, n := range g.denied {
		total += n
	}
	if total > len(g.denied) {
		g.host.Warn().Int(logfield.Count, total).Msg("calls of the connector were denied")
	}
	if g.refused > 0 {
		g.host.Warn().Int(logfield.Count, g.refused).Msg("log entries of the connector were refused")
	}
	if left > 0 {
		g.host.Warn().Int(logfield.Count, left).Msg("the log is written too slowly: its last entries were left out")
	}
}
