package hostfuncs

import (
	"context"
	"net"
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
