package hostfuncs_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// safeBuffer may be written to by several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestSurplusBytesAreNeverLogged meets targets that send more than their answer:
// net/http would write that to the process's log. It is not parallel, since that
// log is everybody's.
func TestSurplusBytesAreNeverLogged(t *testing.T) {
	const canary = "S3cr3t-Canary-Token-0001"
	var logged safeBuffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	for name, c := range map[string]struct{ method, answer string }{
		"behind a 204":       {"DELETE", "HTTP/1.1 204 No Content\r\n\r\n"},
		"behind a 304":       {"GET", "HTTP/1.1 304 Not Modified\r\n\r\n"},
		"behind a HEAD":      {"HEAD", "HTTP/1.1 404 Not Found\r\nContent-Length: 200\r\n\r\n"},
		"behind nothing":     {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		"behind a length":    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
		"behind a long body": {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + strings.Repeat("x", 9000)},
		"behind chunks":      {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"},
		"behind a trailer":   {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n2\r\n{}\r\n0\r\nX-A: 1\r\n\r\n"},
	} {
		for _, later := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, later %t", name, later), func(t *testing.T) {
				ended := make(chan struct{}, 8)
				url := rawServer(t, func(conn net.Conn) {
					r, err := http.ReadRequest(bufio.NewReader(conn))
					if err != nil {
						return
					}
					surplus := "you sent " + r.Header.Get("Authorization")
					if !later {
						io.WriteString(conn, c.answer+surplus)
					} else if _, err := io.WriteString(conn, c.answer); err == nil {
						io.WriteString(conn, surplus)
					}
					io.Copy(io.Discard, conn) // until the client ends it
					ended <- struct{}{}
				})
				target := grant(url)
				target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}}
				l := lease(t, target, hostfuncs.SecretMap{"token": canary})
				if a := ask(t, l, abi.HTTPRequest{Method: c.method}); a.Error != nil {
					t.Errorf("the answer itself: %v", a.Error)
				}
				<-ended
			})
		}
	}
	if text := logged.String(); strings.Contains(text, "Unsolicited") || strings.Contains(text, canary) {
		t.Errorf("the process's log has %q", text)
	}
}

// TestSurplusAnswerIsNotTheNextOne takes the whole of a second answer for what it
// is: it came before its request.
func TestSurplusAnswerIsNotTheNextOne(t *testing.T) {
	t.Parallel()
	url := rawServer(t, func(c net.Conn) {
		requests := bufio.NewReader(c)
		for {
			if _, err := http.ReadRequest(requests); err != nil {
				return
			}
			answer := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
			io.WriteString(c, answer+"good"+answer+"evil")
		}
	})
	l := lease(t, grant(url), nil)
	for range 100 {
		if a := ask(t, l, abi.HTTPRequest{Safety: abi.Safe}); a.Body != "good" {
			t.Fatalf("have %q, %v", a.Body, a.Error)
		}
	}
}

// TestTargetThatSpeaksFirst ends a connection on which bytes came before anything
// was asked.
func TestTargetThatSpeaksFirst(t *testing.T) {
	t.Parallel()
	url := rawServer(t, func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
		io.Copy(io.Discard, c)
	})
	target := grant(url)
	target.MaxTries = 1
	for range 20 {
		a := ask(t, lease(t, target, nil), abi.HTTPRequest{Method: "POST"})
		if a.Error == nil && a.Tries == 0 {
			t.Fatalf("nothing was sent, and the answer is %q", a.Body)
		}
	}
}

// TestConnectionsAreKept sends many requests over one connection, whatever the
// shape of their answers.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var connections sync.Map
	server, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
		connections.Store(r.RemoteAddr, true)
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/chunks":
			w.(http.Flusher).Flush()
			io.WriteString(w, strings.Repeat("x", 5000))
		default:
			io.WriteString(w, strings.Repeat("x", 700))
		}
	})
	l := lease(t, grant(server.URL), nil)
	for _, path := range []string{"/", "/204", "/chunks", "/", "/chunks", "/204", "/204", "/"} {
		if a := ask(t, l, abi.HTTPRequest{Path: path}); a.Error != nil {
			t.Fatalf("%s: %v", path, a.Error)
		}
	}
	n := 0
	connections.Range(func(any, any) bool { n++; return true })
	// net/http waits 50 ms at most for its own writing goroutine before it gives a
	// connection up, which a busy machine may outlast now and then.
	if n > 3 {
		t.Errorf("%d connections for 8 requests", n)
	}
}

// readHead reads the head of a request and leaves its body.
func readHead(c net.Conn) {
	lines := bufio.NewReaderSize(c, 16)
	for {
		if line, err := lines.ReadString('\n'); err != nil || line == "\r\n" {
			return
		}
	}
}

// TestAnswerBeforeTheWholeRequest meets targets that answer when they have seen the
// head of a request, and reset the connection. Writing the rest fails then; the
// answer that came before must be had all the same, each time.
func TestAnswerBeforeTheWholeRequest(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("other systems throw away what came before a reset")
	}
	for name, c := range map[string]struct {
		answer string
		status int
		body   string
	}{
		"refused":           {"HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 413, "{}"},
		"refused, kept":     {"HTTP/1.1 413 X\r\nContent-Length: 2\r\n\r\n{}", 413, "{}"},
		"taken":             {"HTTP/1.1 202 X\r\nConnection: close\r\nContent-Length: 9000\r\n\r\n" + strings.Repeat("x", 9000), 202, strings.Repeat("x", 9000)},
		"nothing":           {"", 0, ""},
		"cut":               {"HTTP/1.1 413 X\r\nContent-Length: 3\r\n\r\n{}", 0, ""},
		"length is the end": {"HTTP/1.1 200 OK\r\n\r\n{}", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := grant(rawServer(t, func(conn net.Conn) {
				readHead(conn)
				io.WriteString(conn, c.answer)
			}))
			target.MaxTries = 1
			body := strings.Repeat("b", 2<<20)
			for range 15 {
				// A connection of its own for each: one that is kept may end before a
				// request is written, which is another story.
				a := ask(t, lease(t, target, nil), abi.HTTPRequest{Method: "POST", Body: body})
				if a.Tries != 1 {
					t.Fatalf("%d tries", a.Tries)
				}
				if c.status == 0 {
					if wantError(t, a, abi.OutcomeUnknown, ""); a.Error.Message != "target app: the connection was reset" {
						t.Fatal(a.Error)
					}
					continue
				}
				if wantStatus(t, a, c.status); a.Body != c.body {
					t.Fatalf("the answer is %.80q", a.Body)
				}
			}
		})
	}
}

// scripted is a connection whose writes and reads fail as told.
type scripted struct {
	net.Conn
	writes, reads []error
}

func (c *scripted) Write(b []byte) (int, error) {
	err := c.writes[0]
	if c.writes = c.writes[1:]; err != nil {
		return 0, err
	}
	return len(b), nil
}

func (c *scripted) Read([]byte) (int, error) {
	err := c.reads[0]
	c.reads = c.reads[1:]
	return 0, err
}

func (c *scripted) SetWriteDeadline(time.Time) error { return nil }

// halfWritten is a connection that ended, with a write under way that is told so, or
// gives up, no sooner than its deadline.
type halfWritten struct {
	net.Conn
	begun, due chan struct{}
	told       error
}

func (c *halfWritten) Write([]byte) (int, error) {
	close(c.begun)
	<-c.due
	return 2, c.told
}

func (c *halfWritten) Read([]byte) (int, error) { return 0, io.EOF }

func (c *halfWritten) SetWriteDeadline(at time.Time) error {
	if !at.Before(time.Now()) {
		return errors.New("a deadline that is no end")
	}
	close(c.due)
	return nil
}

// TestEndBesideAWrite: the end of a connection is read while a write is under way,
// which alone was told of the reset. It is called off, and reading tells what it was
// told; the request counts as written.
func TestEndBesideAWrite(t *testing.T) {
	t.Parallel()
	for told, want := range map[error]error{
		syscall.ECONNRESET:     syscall.ECONNRESET,
		syscall.EPIPE:          io.EOF,
		os.ErrDeadlineExceeded: io.EOF,
	} {
		inner := &halfWritten{begun: make(chan struct{}), due: make(chan struct{}), told: told}
		c := hostfuncs.NewConn(inner)
		c.Begin()
		written := make(chan error)
		go func() {
			n, err := c.Write([]byte("text"))
			if n != 4 && err == nil {
				err = fmt.Errorf("%d bytes written", n)
			}
			written <- err
		}()
		<-inner.begun
		if _, err := c.Read(make([]byte, 9)); !errors.Is(err, want) {
			t.Errorf("%v: reading tells %v, want %v", told, err, want)
		}
		if err := <-written; err != nil {
			t.Errorf("%v: %v", told, err)
		}
	}
}

// TestBrokenConnection: of a request that began to leave the rest is taken and
// forgotten, reading tells why, and nobody else gets the connection.
func TestBrokenConnection(t *testing.T) {
	t.Parallel()
	write := func(c net.Conn, want error) {
		t.Helper()
		n, err := c.Write([]byte("text"))
		if !errors.Is(err, want) || want == nil && n != 4 {
			t.Errorf("written %d, %v, want %v", n, err, want)
		}
	}
	inner := &scripted{writes: []error{nil, syscall.ECONNRESET}, reads: []error{io.EOF}}
	c := hostfuncs.NewConn(inner)
	c.Begin()
	write(c, nil)
	write(c, nil)
	write(c, nil)
	if _, err := c.Read(make([]byte, 9)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reading tells %v", err)
	}
	c.Begin()
	write(c, hostfuncs.ErrEnded)

	// Nothing has left yet: that is said, for it may be sent elsewhere.
	for _, first := range []error{syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		c = hostfuncs.NewConn(&scripted{writes: []error{nil, first}})
		c.Begin()
		write(c, nil)
		c.Begin()
		write(c, first)
	}
	// The connection stands: whoever reads could wait for an answer to half a
	// request.
	c = hostfuncs.NewConn(&scripted{writes: []error{nil, os.ErrDeadlineExceeded}})
	c.Begin()
	write(c, nil)
	write(c, os.ErrDeadlineExceeded)
}
