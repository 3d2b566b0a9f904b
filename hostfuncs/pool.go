package hostfuncs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"syscall"
	"time"
)

// idleTimeout is how long a connection is kept for the next request. It is short,
// since a server that ends it first leaves the fate of a request open.
const idleTimeout = 20 * time.Second

// pool keeps connections, apart for each target and set of credentials: what a
// target ties to a connection is never met by anybody with other rights.
type pool struct {
	host *Host
	salt [32]byte

	mu   sync.Mutex
	kept map[string]*kept // by target
}

// kept are the connections of a target under its latest credentials.
type kept struct {
	credentials [32]byte
	transport   *http.Transport
}

func newPool(h *Host) *pool {
	p := &pool{host: h, kept: map[string]*kept{}}
	rand.Read(p.salt[:]) // never fails: the process ends instead
	return p
}

// transport returns the connections for a request. When a target's credentials
// have changed, the idle connections of the old ones are closed.
func (p *pool) transport(r *plan) *http.Transport {
	key := p.key(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.kept[r.target.name]
	if k != nil && k.credentials == key {
		return k.transport
	}
	if k != nil {
		k.transport.CloseIdleConnections()
	}
	k = &kept{key, p.newTransport(r)}
	p.kept[r.target.name] = k
	return k.transport
}

// key is a digest of the credentials in a request, useless outside this Host.
func (p *pool) key(r *plan) [32]byte {
	h := sha256.New()
	h.Write(p.salt[:])
	for _, secret := range r.credentials {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(secret)))
		h.Write(n[:])
		h.Write([]byte(secret))
	}
	return [32]byte(h.Sum(nil))
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.kept {
		k.transport.CloseIdleConnections()
	}
	clear(p.kept)
}

// newTransport speaks HTTP/1.1 alone: HTTP/2 would share one connection between
// requests and repeat some of them on its own account.
func (p *pool) newTransport(r *plan) *http.Transport {
	t := r.target
	d := &dialer{tls: withCertificate(t.tls, r.certificate), net: net.Dialer{Timeout: ConnectTimeout, Control: t.guard.Control, Resolver: p.host.world.resolver}}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil, // not even one from the environment
		DialContext:            d.dial,
		DialTLSContext:         d.dialTLS,
		Protocols:              protocols,
		DisableCompression:     true, // answer.go unpacks, within limits
		MaxIdleConnsPerHost:    cap(t.running),
		IdleConnTimeout:        idleTimeout,
		ReadBufferSize:         readBuffer,
		MaxResponseHeaderBytes: int64(t.maxResponseHeaderBytes),
	}
}

// dialer connects to one target. Every address is checked by the guard at the
// moment it is dialled, so that a name which changes its address in between
// (DNS rebinding) gains nothing.
type dialer struct {
	tls *tls.Config
	net net.Dialer
}

func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := d.net.DialContext(ctx, network, addr)
	if err != nil {
		return nil, &connectError{err}
	}
	return &conn{Conn: c}, nil
}

func (d *dialer) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := d.net.DialContext(ctx, network, addr)
	if err != nil {
		return nil, &connectError{err}
	}
	shake, cancel := context.WithTimeout(ctx, ConnectTimeout)
	defer cancel()
	secured := tls.Client(c, d.tls)
	if err := secured.HandshakeContext(shake); err != nil {
		c.Close()
		return nil, &tlsError{err}
	}
	return &conn{Conn: secured}, nil
}

// connectError and tlsError say at which step connecting failed.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

type tlsError struct{ err error }

func (e *tlsError) Error() string { return e.err.Error() }
func (e *tlsError) Unwrap() error { return e.err }

// readBuffer is how much net/http reads ahead. It is small, since conn hands out
// what is read ahead byte by byte.
const readBuffer = 512

// conn counts what is written to a target, TLS's own messages not counted: only
// that tells for certain that a request did not leave. A connection serves one
// request at a time.
//
// What a target sends that answers no request is never handed out: net/http would
// write it to the process's log, and it may hold a credential. So net/http must
// not have read further than the answer goes when that ends. It reads ahead
// readBuffer bytes at most, and then gets one; it asks for more only to fill a
// body's remainder. Whatever is left behind, or comes while nobody is served,
// ends the connection.
//
// A target may answer before it has the whole request, refuse the rest and reset
// the connection. net/http would throw the answer away for the write that failed,
// or not, as chance has it. So a request that began to leave is written to its end
// as far as net/http can see: what there is to be read decides alone.
type conn struct {
	net.Conn
	buffer [4096]byte // the reader's own; ahead lies in it

	mu     sync.Mutex
	sent   int64
	read   int64
	frozen bool
	user   *uses  // whose request is under way, nil for none
	before int64  // sent, when user came
	ahead  []byte // came, and not yet handed out
	err    error  // came behind ahead
	ended  bool   // bytes came that answer nothing
	wrote  bool   // something of user's request has left
	broken error  // why the rest of it cannot
	over   bool   // nothing more is to be read

	writing sync.Mutex // held while the connection is written to
}

var (
	errFrozen = errors.New("the request was given up")
	errEnded  = errors.New("the target sent more than its answer")
)

// Write counts before it writes, so that what may have left is never missed.
func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.frozen || c.ended {
		defer c.mu.Unlock()
		if c.ended {
			return 0, errEnded
		}
		return 0, errFrozen
	}
	if c.broken != nil {
		defer c.mu.Unlock()
		return len(b), nil
	}
	c.sent += int64(len(b))
	c.mu.Unlock()
	c.writing.Lock()
	defer c.writing.Unlock()
	n, err := c.Conn.Write(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrote = c.wrote || n > 0
	if c.wrote && err != nil && (c.over || isOver(err)) {
		c.broken = err
		return len(b), nil
	}
	return n, err
}

// isOver reports whether err says that the connection has ended: no read will wait
// on it. One that was reset may have been closed on this side for that.
func isOver(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// failure is what a read tells that got err. A reset is told once, and a write may
// have been: the end of the connection behind it is no end of an answer. So a write
// under way is called off, since the rest of the request is of no use any more, and
// what it was told is waited for.
func (c *conn) failure(err error) error {
	if err == nil {
		return nil
	}
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.Conn.SetWriteDeadline(time.Unix(1, 0)) // fails on a connection that is closed, which no write waits for
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(c.broken, syscall.ECONNRESET) {
		return c.broken
	}
	return err
}

// Read is called by one goroutine at a time.
func (c *conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	waiting, ended, err := len(c.ahead) > 0, c.ended, c.err
	c.mu.Unlock()
	into := b
	switch {
	case ended:
		return 0, io.EOF
	case waiting:
		return c.handOut(b)
	case err != nil:
		return 0, err
	case len(b) <= readBuffer:
		into = c.buffer[:]
	}
	n, err := c.Conn.Read(into)
	if err = c.failure(err); n == 0 {
		return 0, err
	}
	c.mu.Lock()
	c.ahead, c.err = into[:n], err
	c.mu.Unlock()
	return c.handOut(b)
}

// handOut gives the reader what came, if that can be an answer.
func (c *conn) handOut(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.user == nil || c.sent == c.before {
		c.ended, c.ahead = true, nil
		return 0, io.EOF
	}
	if len(b) <= readBuffer {
		b = b[:min(len(b), 1)]
	}
	n := copy(b, c.ahead)
	c.ahead = c.ahead[n:]
	c.read += int64(n)
	if len(c.ahead) > 0 {
		return n, nil
	}
	return n, c.err
}

func (c *conn) counts() (sent, read int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent, c.read
}

// begin gives the connection to an exchange. What is left of the answer before
// answers nothing.
func (c *conn) begin(u *uses) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = c.ended || len(c.ahead) > 0 || c.broken != nil
	c.user, c.before, c.wrote = u, c.sent, false
}

// end takes the connection from an exchange, unless another has it already:
// net/http says that a connection is idle after it has offered it.
func (c *conn) end(u *uses) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.user == u {
		c.user = nil
	}
}

// freeze refuses all writes from now on.
func (c *conn) freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = true
}

// uses are the connections that one exchange was given.
type uses struct {
	mu   sync.Mutex
	list []use
}

type use struct {
	conn       *conn
	sent, read int64 // before this exchange
}

// trace is what net/http tells of the connections.
func (u *uses) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn:     func(info httptrace.GotConnInfo) { u.add(info.Conn) },
		PutIdleConn: func(error) { u.end() },
	}
}

func (u *uses) add(c net.Conn) {
	ours, ok := c.(*conn)
	if !ok {
		return
	}
	ours.begin(u)
	sent, read := ours.counts()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.list = append(u.list, use{ours, sent, read})
}

// end gives back the last connection, on which the answer is complete.
func (u *uses) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n := len(u.list); n > 0 {
		u.list[n-1].conn.end(u)
	}
}

// sent returns on how many connections the request began to leave. With final,
// nothing more leaves after the answer to this question.
func (u *uses) sent(final bool) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := 0
	for _, use := range u.list {
		if final {
			use.conn.freeze()
		}
		if sent, _ := use.conn.counts(); sent > use.sent {
			n++
		}
	}
	return n
}

// unanswered reports whether nothing ever came back on the last connection.
func (u *uses) unanswered() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.list) == 0 {
		return true
	}
	_, read := u.list[len(u.list)-1].conn.counts()
	return read == 0
}

// read returns how much came back on the last connection.
func (u *uses) read() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.list) == 0 {
		return 0
	}
	last := u.list[len(u.list)-1]
	_, read := last.conn.counts()
	return read - last.read
}
