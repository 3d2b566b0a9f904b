//go:build !wasip1

package rabbitmq_test

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// proxy stands between the host functions and the broker, on loopback, and breaks
// connections as a network does.
type proxy struct {
	listener net.Listener
	upstream string

	mu sync.Mutex
	// conns are the open ones.
	conns map[net.Conn]bool
	// word begins the requests that are counted; the one after spare more, and
	// the cuts-1 that follow it, lose their connection in the middle of the
	// answer, after so many bytes of it.
	word  []byte
	spare int
	cuts  int
	after int
}

// newProxy starts a proxy that lets everything pass.
func newProxy(t *testing.T, upstream string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, upstream: upstream, conns: make(map[net.Conn]bool)}
	go p.accept()
	t.Cleanup(p.stop)
	return p
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

// cut breaks answers to requests that begin with word: spare of them pass, then
// cuts are broken after so many bytes, then all pass again.
func (p *proxy) cut(word string, spare, cuts, after int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.word, p.spare, p.cuts, p.after = []byte(word), spare, cuts, after
}

// stop refuses new connections and breaks the old ones, as a broker that ends.
func (p *proxy) stop() {
	_ = p.listener.Close() // It may be closed already.
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		reset(conn)
	}
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		broker, err := net.Dial("tcp", p.upstream)
		if err != nil {
			reset(client)
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[broker] = true, true
		p.mu.Unlock()
		c := &proxied{proxy: p, client: client, left: -1}
		go c.pump(broker, client, c.request)
		go c.pump(client, broker, c.answer)
	}
}

// proxied is one connection through the proxy.
type proxied struct {
	proxy  *proxy
	client net.Conn
	mu     sync.Mutex
	left   int // bytes of the answer that may still pass; -1 without end
}

// pump copies from one side to the other while pass agrees, and then breaks both.
func (c *proxied) pump(to, from net.Conn, pass func([]byte) (n int, more bool)) {
	defer func() {
		reset(to)
		reset(from)
		c.proxy.mu.Lock()
		delete(c.proxy.conns, from)
		c.proxy.mu.Unlock()
	}()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		n, more := pass(buffer[:n])
		if _, writeErr := to.Write(buffer[:n]); err != nil || writeErr != nil || !more {
			return
		}
	}
}

// request looks for the requests to break. A request begins a packet: nothing is
// sent before the answer to the one before has come.
func (c *proxied) request(b []byte) (int, bool) {
	p := c.proxy
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.word) == 0 || !bytes.HasPrefix(b, p.word) {
		return len(b), true
	}
	switch {
	case p.spare > 0:
		p.spare--
	case p.cuts > 0:
		p.cuts--
		c.mu.Lock()
		c.left = p.after
		c.mu.Unlock()
	}
	return len(b), true
}

func (c *proxied) answer(b []byte) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left < 0 {
		return len(b), true
	}
	n := min(len(b), c.left)
	c.left -= n
	return n, c.left > 0
}

// reset closes a connection without a goodbye.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
