package hostfuncs_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

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
	if n != 1 {
		t.Errorf("%d connections", n)
	}
}
