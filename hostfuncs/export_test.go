package hostfuncs

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// World replaces clock, sleep, chance and DNS in tests; what is nil stays real.
type World struct {
	Now      func() time.Time
	Sleep    func(ctx context.Context, d time.Duration) bool
	Resolver *net.Resolver
}

// SetWorld must be called before the first lease.
func (h *Host) SetWorld(w World) {
	h.world.jitter = func() float64 { return 0 }
	if w.Now != nil {
		h.world.now = w.Now
	}
	if w.Sleep != nil {
		h.world.sleep = w.Sleep
	}
	if w.Resolver != nil {
		h.world.resolver = w.Resolver
	}
}

// MaxLogins is maxLogins.
const MaxLogins = maxLogins

// WaitAsked is waitAsked.
var WaitAsked = waitAsked

// Backoff is backoff.
var Backoff = backoff

// NewConn is a connection to a target.
func NewConn(c net.Conn) *conn { return &conn{Conn: c} }

// Begin gives the connection to an exchange.
func (c *conn) Begin() { c.begin(&uses{}) }

// ErrEnded is errEnded.
var ErrEnded = errEnded

// HoldLong takes the turn of long bodies, until what it returns is called.
func (h *Host) HoldLong() (release func()) {
	h.long <- struct{}{}
	return func() { <-h.long }
}

// WaitAhead waits until what a lease began ahead has ended.
func WaitAhead(l abi.HostLease) { l.(*lease).begun.group.Wait() }

// ErrTimeout is errTimeout.
var ErrTimeout = errTimeout

// Check is check, which fails at once.
func Check(ctx context.Context, l abi.Host, request abi.HTTPRequest) *abi.Error {
	_, err := l.(*lease).check(ctx, request)
	return err
}

// Present is present, for an answer to a request.
func Present(ctx context.Context, l abi.Host, request abi.HTTPRequest, header http.Header, body string) (abi.HTTPAnswer, *abi.Error) {
	p, err := l.(*lease).check(context.Background(), request)
	if err != nil {
		return abi.HTTPAnswer{}, err
	}
	return l.(*lease).present(ctx, p, outcome{status: http.StatusOK, header: header, body: body, sent: 1}), nil
}
