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

// MaxDerived is maxDerived.
const MaxDerived = maxDerived

// WaitLogins waits until no login and no logout is under way.
func (h *Host) WaitLogins() { h.logins.group.Wait() }

// WaitAsked is waitAsked.
var WaitAsked = waitAsked

// Leases is how many hear of what logins derive, those of the host's own included.
func (h *Host) Leases() int {
	h.logins.mu.Lock()
	defer h.logins.mu.Unlock()
	return len(h.logins.leases)
}

// Loads is how many loads of a lease's requests are held.
func Loads(l abi.Host) int {
	r := &l.(*lease).vault.secrets
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.loads)
}

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
	h.room.seat <- struct{}{}
	return func() { <-h.room.seat }
}

// HoldRoom takes all the room for bodies up to abi.MaxHTTPBody, until what it returns is
// called.
func (h *Host) HoldRoom() (release func()) {
	h.room.take(context.Background(), nil, MaxHeldBytes)
	return func() { h.room.give(nil, MaxHeldBytes) }
}

// TakeRoom takes n bytes of the room, and reports whether it got them before ctx ended.
func (h *Host) TakeRoom(ctx context.Context, n int64) (release func(), got bool) {
	if h.room.take(ctx, nil, n) != nil {
		return nil, false
	}
	return func() { h.room.give(nil, n) }, true
}

// Held is how much of the room is taken, and whether the seat is.
func (h *Host) Held() (bytes int64, seat bool) {
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	return MaxHeldBytes - h.room.left, len(h.room.seat) > 0
}

// Waiting is how many wait for room.
func (h *Host) Waiting() int {
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	return len(h.room.waiting)
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
	return l.(*lease).present(ctx, p, &outcome{status: http.StatusOK, header: header, body: body, sent: 1}), nil
}

// Authorize is check and authorize: all that is done with a request before it is sent.
func Authorize(ctx context.Context, l abi.Host, request abi.HTTPRequest) *abi.Error {
	p, err := l.(*lease).check(context.Background(), request)
	if err != nil {
		return err
	}
	_, _, err = l.(*lease).authorize(ctx, p, time.Time{})
	return err
}

// ReadSession reads the answer to a login at the target app.
func ReadSession(ctx context.Context, l abi.Host, body string) (token string, lifetime time.Duration, err *abi.Error) {
	g := l.(*lease).host.targets["app"].logins[0]
	out := outcome{status: http.StatusOK, body: body, sent: 1}
	got, err := g.readSession(ctx, l.(*lease), &plan{target: g.target}, out)
	return got.value, got.lifetime, err
}

// ReadBody reads the body of an answer to a request, which holds its room until end is
// called.
func ReadBody(ctx context.Context, l abi.Host, request abi.HTTPRequest, response *http.Response) (body string, end func(), err error) {
	p, failed := l.(*lease).check(ctx, request)
	if failed != nil {
		return "", nil, failed
	}
	p.turn = &turn{of: l.(*lease).host.room, from: p.target}
	response.Request = newRequest(ctx, p)
	body, err = readBody(response, p)
	return body, p.turn.end, err
}

// Told reports whether a lease has begun to tell what the connector says.
func Told(l abi.HostLease) bool { return l.(*lease).log.aside.done != nil }
