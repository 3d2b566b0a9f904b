package hostfuncs

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/netguard"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// errTimeout is the cause of a context that ended because the request's own time
// was up.
var errTimeout = errors.New("the request's time is up")

// errNoStatus: the status is none of HTTP's, or that of a protocol that nobody
// asked for.
var errNoStatus = errors.New("the answer has no final status of HTTP")

// outcome is what became of sending a request once.
type outcome struct {
	status int
	header http.Header
	body   string
	// err is set when there is no answer.
	err *abi.Error
	// sent says how often the request began to leave.
	sent int
	// again: the failure may pass; whether the request may be sent again is
	// another question.
	again bool
	// retryAfter is what the target asked to wait.
	retryAfter time.Duration
	// lost: a try before this one may have been carried out, and its answer did
	// not come.
	lost bool
}

// open reports whether this try may have been carried out, and no answer says so.
func (o *outcome) open() bool {
	return o.sent > 0 && (o.err != nil && o.err.Code == abi.OutcomeUnknown || lostBehind(o.status))
}

// exchange sends a request once and reads the answer.
func (l *lease) exchange(ctx context.Context, p *plan) outcome {
	used := &uses{}
	ctx = httptrace.WithClientTrace(ctx, used.trace())
	response, err := l.host.pool.transport(p).RoundTrip(newRequest(ctx, p))
	if err != nil {
		sent := used.sent(true)
		if most := int64(p.target.maxResponseHeaderBytes); used.read() >= most && ctx.Err() == nil {
			return outcome{sent: sent, err: carriedOut(p.request.Safety, exceeded("response_header_bytes", used.read(), most, "the headers of the answer of target "+p.target.name+" are too long"), 0)}
		}
		if sent == 1 && used.unanswered() && isAlert(err, alertCertificateRequired) {
			// In TLS 1.3 this ends a handshake that looked complete from here: a target
			// reads nothing of a request before it has the certificate. (We never offer
			// to show one later.)
			sent = 0
		}
		return l.failed(ctx, p, sent, err)
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 599 {
		return l.failed(ctx, p, used.sent(true), errNoStatus)
	}
	out := outcome{status: response.StatusCode, header: response.Header, sent: used.sent(false)}
	out.retryAfter = waitAsked(out.status, response.Header, l.host.world.now())
	body, err := readBody(response, p)
	if e := (*abi.Error)(nil); errors.As(err, &e) {
		out.err = e
		return out
	}
	if err != nil {
		return l.failed(ctx, p, out.sent, err)
	}
	out.body, out.again = body, transientStatus(out.status)
	return out
}

// newRequest makes net/http's request. It cannot be replayed behind our back
// where that would be a second try that nobody allowed.
func newRequest(ctx context.Context, p *plan) *http.Request {
	r := &http.Request{
		Method: p.request.Method, URL: p.url(), Host: p.target.base.Host, Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	for _, h := range sentHeaders(p) {
		r.Header[h.name] = []string{h.value}
	}
	switch {
	case p.body != "":
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(p.body)), int64(len(p.body))
	case !p.repeatable() && (p.request.Method == http.MethodGet || p.request.Method == http.MethodHead || p.request.Method == http.MethodOptions):
		// With a body that turns out empty, net/http does not take it for one
		// that it may send again on a connection that broke.
		r.Body = io.NopCloser(strings.NewReader(""))
	}
	return r.WithContext(ctx)
}

// sentHeaders are the headers of a request, those that the host adds included.
func sentHeaders(p *plan) []part {
	headers := append([]part{}, p.headers...)
	for _, h := range []part{plain("Accept-Encoding", "gzip"), plain("User-Agent", "ecmabox")} {
		if !hasPart(headers, h.name) {
			headers = append(headers, h)
		}
	}
	return headers
}

func hasPart(parts []part, name string) bool {
	for _, p := range parts {
		if p.name == name {
			return true
		}
	}
	return false
}

// failed classifies a failure. Whether the request was sent is not guessed from
// the error: the connection has counted.
func (l *lease) failed(ctx context.Context, p *plan, sent int, err error) outcome {
	message, again := explain(err)
	out := outcome{sent: sent, again: again}
	var refused *netguard.Refused
	switch {
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), errTimeout):
		out.again = false
		out.err = targetError(notSentOrUnknown(sent), p, "no answer within the request's time")
	case ctx.Err() != nil:
		out.again = false
		out.err = cancelled(p, sent)
	case sent > 0 && !harmless(p, err):
		out.err = targetError(abi.OutcomeUnknown, p, message)
	case errors.As(err, &refused):
		out.again = false
		out.err = denied(RuleAddress, "target %s has an address that is %s", p.target.name, refused.Reason)
	default:
		out.err = targetError(abi.NotSent, p, message)
		out.err.Retryable = again
	}
	l.log.host.Debug().Str(logfield.Target, p.target.name).Str(logfield.Method, p.request.Method).Int(logfield.Tries, sent).
		Str(logfield.Error, logfield.Clean(cut(l.vault.secrets.Redact(out.err.Message+": "+cause(err)), abi.MaxLogMessage))).Msg("request failed")
	return out
}

// plainErrors say all there is to say, and nothing of what a target sent.
var plainErrors = []error{errTimeout, errNoStatus, context.Canceled, context.DeadlineExceeded, io.ErrUnexpectedEOF, io.EOF, gzip.ErrHeader, gzip.ErrChecksum}

// cause says for the host's log why a request failed. Many errors of net/http quote what
// the target sent, which may be what it was sent: of those the type is told. Those of the
// network, and of TLS, of which a certificate's names are all that is the target's, are
// told in full.
func cause(err error) string {
	var connect *connectError
	var tlsFailed *tlsError
	var network *net.OpError
	switch {
	case errors.As(err, &connect):
		return connect.Error()
	case errors.As(err, &tlsFailed):
		return tlsFailed.Error()
	case errors.As(err, &network):
		return network.Error()
	}
	for _, known := range plainErrors {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	for below := errors.Unwrap(err); below != nil; below = errors.Unwrap(err) {
		err = below
	}
	return fmt.Sprintf("%T", err)
}

// harmless reports whether a request that left has not arrived, for all it matters: it
// changes nothing, the kept connection that it left on broke, and net/http found nobody
// at a new one.
func harmless(p *plan, err error) bool {
	var unconnected *connectError
	return p.request.Safety == abi.Safe && errors.As(err, &unconnected)
}

func notSentOrUnknown(sent int) abi.Code {
	if sent > 0 {
		return abi.OutcomeUnknown
	}
	return abi.NotSent
}

func targetError(code abi.Code, p *plan, message string) *abi.Error {
	e := abi.NewError(code, "target "+p.target.name+": "+message)
	e.Side = abi.SideTarget
	if code == abi.OutcomeUnknown {
		e.Retryable = p.repeatable()
	}
	return e
}

// cancelled says that the caller gave up. A request that may change something and
// may have left is not just cancelled: its outcome is unknown.
func cancelled(p *plan, sent int) *abi.Error {
	if sent > 0 && p.request.Safety != abi.Safe {
		return targetError(abi.OutcomeUnknown, p, "the caller gave up while the request was under way")
	}
	return &abi.Error{Code: abi.Cancelled, Side: abi.SideCaller, Message: "the caller gave up"}
}

// carriedOut makes of an error about an answer one about its request: sent, and
// perhaps carried out. For a request that changes something that is an unknown
// outcome, in which the rule or limit remains, unless the status refuses it.
// Status 0 is an answer that was not read so far.
func carriedOut(safety abi.Safety, e *abi.Error, status int) *abi.Error {
	text := "the request was sent and may have been carried out"
	if status != 0 {
		text = "the target answered with status " + statusText(status) + ", and the answer is withheld"
	}
	if safety != abi.Safe && !refuses(status) {
		e.Code = abi.OutcomeUnknown
		if status != 0 {
			text += ", so the request may have been carried out"
		}
	}
	if e.Message != "" {
		text = e.Message + "; " + text
	}
	e.Message, e.Side = text, abi.SideTarget
	return e
}

// explain puts a network failure into words that give away neither addresses nor
// URLs, and tells whether it may pass.
func explain(err error) (message string, again bool) {
	var dns *net.DNSError
	var tlsFailed *tlsError
	var network net.Error
	switch {
	case isAlert(err, alertCertificateRequired):
		return "it asks for a client certificate, of an authority that it names; set the grant's TLS.Certificate and TLS.Key", false
	case isAlert(err, alertsCertificate...):
		return "it refuses the client certificate, or that there is none; check the grant's TLS.Certificate and TLS.Key", false
	case errors.As(err, &tlsFailed):
		return explainTLS(tlsFailed.err)
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return "its host name is unknown to DNS", false
		}
		return "DNS did not answer", true
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused", true
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset", true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the connection ended before the answer was complete", true
	case errors.As(err, &network) && network.Timeout():
		return "the connection timed out", true
	}
	var connect *connectError
	if errors.As(err, &connect) {
		return "no connection could be made", true
	}
	return "what came back is no complete HTTP answer", true
}

// explainTLS names what is wrong with a certificate. Nothing of it passes by
// itself, but a handshake that was cut short may. (An alert from the other side is
// a net.OpError too, with an Op of its own.)
func explainTLS(err error) (message string, again bool) {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		network   *net.OpError
	)
	switch {
	case errors.As(err, &authority):
		return "its certificate is signed by nobody that is trusted; add the authority to the grant's TLS.CA", false
	case errors.As(err, &name):
		return "its certificate bears another name; check BaseURL or set TLS.ServerName", false
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired or is not yet valid", false
	case errors.As(err, &invalid):
		return "its certificate is not valid for this", false
	case errors.As(err, &record):
		return "it does not speak TLS on this port", false
	case errors.As(err, &network) && network.Op != "remote error",
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.DeadlineExceeded):
		return "the connection ended in the TLS handshake", true
	}
	return "the TLS handshake failed: the two sides agree on no version or cipher, or one refused the other, as for want of a client certificate", false
}

// The alerts about a client certificate (RFC 8446, 6.2).
const alertCertificateRequired tls.AlertError = 116

var alertsCertificate = []tls.AlertError{42, 43, 44, 45, 46, 48} // bad, unsupported, revoked, expired, unknown, of an unknown authority

// isAlert says whether the other side ended the connection with one of the alerts.
// crypto/tls tells which by its text alone.
func isAlert(err error, alerts ...tls.AlertError) bool {
	var remote *net.OpError
	if !errors.As(err, &remote) || remote.Op != "remote error" {
		return false
	}
	return slices.ContainsFunc(alerts, func(a tls.AlertError) bool { return a.Error() == remote.Err.Error() })
}
