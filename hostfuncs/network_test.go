package hostfuncs_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// TestAddresses asks a server on loopback under grants that do not cover it.
func TestAddresses(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	port := server.Listener.Addr().(*net.TCPAddr).Port
	url := func(host string) string { return fmt.Sprintf("http://%s:%d", host, port) }
	for name, c := range map[string]struct {
		url      string
		networks []netip.Prefix
		anyHTTP  bool
		code     abi.Code
		rule     string
	}{
		"granted":                    {url("127.0.0.1"), loopback, false, 0, ""},
		"mapped, granted":            {url("[::ffff:127.0.0.1]"), loopback, false, 0, ""},
		"not granted":                {url("127.0.0.1"), nil, true, abi.Denied, hostfuncs.RuleAddress},
		"other network granted":      {url("127.0.0.1"), []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, false, abi.Denied, hostfuncs.RuleAddress},
		"mapped, not granted":        {url("[::ffff:127.0.0.1]"), nil, true, abi.Denied, hostfuncs.RuleAddress},
		"name of loopback":           {url("localhost"), nil, true, abi.Denied, hostfuncs.RuleAddress},
		"unspecified":                {url("0.0.0.0"), loopback, false, abi.Denied, hostfuncs.RuleAddress},
		"metadata":                   {"http://169.254.169.254", []netip.Prefix{netip.MustParsePrefix("169.254.0.0/16")}, false, abi.Denied, hostfuncs.RuleAddress},
		"public, but http":           {"http://8.8.8.8", loopback, false, abi.Denied, hostfuncs.RuleAddress},
		"private":                    {"https://10.0.0.1", nil, false, abi.Denied, hostfuncs.RuleAddress},
		"carrier's own":              {"https://100.64.0.1", nil, false, abi.Denied, hostfuncs.RuleAddress},
		"multicast":                  {"https://224.0.0.1", nil, false, abi.Denied, hostfuncs.RuleAddress},
		"unique local":               {"https://[fd00::1]", nil, false, abi.Denied, hostfuncs.RuleAddress},
		"loopback in NAT64":          {"https://[64:ff9b::7f00:1]", nil, false, abi.Denied, hostfuncs.RuleAddress},
		"granted, nobody listens":    {"http://127.0.0.1:1", loopback, false, abi.NotSent, ""},
		"granted, http where is TLS": {strings.Replace(url("127.0.0.1"), "http", "https", 1), loopback, false, abi.NotSent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := grant(c.url)
			target.Networks, target.AllowHTTP, target.MaxTries = c.networks, c.anyHTTP, 1
			a := ask(t, lease(t, target, nil), abi.HTTPRequest{Safety: abi.Safe})
			if c.code == 0 {
				wantStatus(t, a, 200)
				return
			}
			wantError(t, a, c.code, c.rule)
			if a.Tries != 0 {
				t.Errorf("%d tries", a.Tries)
			}
		})
	}
	t.Cleanup(func() {
		if n := len(seen.all()); n != 2 {
			t.Errorf("the server was asked %d times, want 2", n)
		}
	})
}

// rebinding is a DNS server that gives each question the next address.
func rebinding(t testing.TB, addresses ...string) *net.Resolver {
	var asked atomic.Int64
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			var size [2]byte
			for {
				if _, err := io.ReadFull(theirs, size[:]); err != nil {
					return
				}
				question := make([]byte, binary.BigEndian.Uint16(size[:]))
				if _, err := io.ReadFull(theirs, question); err != nil {
					return
				}
				answer := answerDNS(question, addresses, &asked)
				binary.BigEndian.PutUint16(size[:], uint16(len(answer)))
				theirs.Write(append(size[:], answer...))
			}
		}()
		return ours, nil
	}}
}

// answerDNS answers a question of one name: A with the next address, anything
// else with nothing.
func answerDNS(question []byte, addresses []string, asked *atomic.Int64) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	kind := binary.BigEndian.Uint16(question[end+1:])
	answer := bytes.Clone(question[:end+5])
	answer[2], answer[3] = 0x81, 0x80
	copy(answer[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0})
	if kind != 1 {
		return answer
	}
	answer[7] = 1
	n := int(asked.Add(1)) - 1
	address := netip.MustParseAddr(addresses[min(n, len(addresses)-1)]).As4()
	answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(answer, address[:]...)
}

// TestRebinding lets a name lead to a granted address first and to another one
// then.
func TestRebinding(t *testing.T) {
	t.Parallel()
	server, seen := record(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	port := server.Listener.Addr().(*net.TCPAddr).Port
	target := grant(fmt.Sprintf("http://app.rebind.example:%d", port))
	target.Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	policy := hostfuncs.Policy{Targets: []hostfuncs.Target{target}}
	l := leaseOf(t, policy, nil, &hostfuncs.World{Resolver: rebinding(t, "127.0.0.1", "127.0.0.2", "169.254.169.254", "127.0.0.1")})
	wantStatus(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), 200)
	wantError(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), abi.Denied, hostfuncs.RuleAddress)
	wantError(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), abi.Denied, hostfuncs.RuleAddress)
	wantStatus(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), 200)
	if n := len(seen.all()); n != 2 {
		t.Errorf("the server was asked %d times, want 2", n)
	}
	if host := seen.last(t).Host; host != fmt.Sprintf("app.rebind.example:%d", port) {
		t.Errorf("the server was asked as %s", host)
	}
}

// TestNoProxyFromTheEnvironment cannot set the environment of parallel tests, so
// it runs alone.
func TestNoProxyFromTheEnvironment(t *testing.T) {
	proxy, seen := record(t, nil)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	target := grant("http://10.255.255.1")
	target.MaxTries = 1
	wantError(t, ask(t, lease(t, target, nil), abi.HTTPRequest{}), abi.Denied, hostfuncs.RuleAddress)
	if len(seen.all()) != 0 {
		t.Error("the proxy was asked")
	}
}

// certificate makes a certificate signed by itself.
func certificate(t testing.TB, name string, from, to time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestTLS(t *testing.T) {
	t.Parallel()
	now := time.Now()
	good, goodPEM := certificate(t, "127.0.0.1", now.Add(-time.Hour), now.Add(time.Hour))
	named, namedPEM := certificate(t, "hr.example.com", now.Add(-time.Hour), now.Add(time.Hour))
	old, oldPEM := certificate(t, "127.0.0.1", now.Add(-2*time.Hour), now.Add(-time.Hour))
	for name, c := range map[string]struct {
		certificate tls.Certificate
		config      hostfuncs.TLS
		max         uint16
		ok          bool
		says        string
	}{
		"trusted":             {good, hostfuncs.TLS{CA: goodPEM}, 0, true, ""},
		"trusted, TLS 1.3":    {good, hostfuncs.TLS{CA: goodPEM, MinVersion: tls.VersionTLS13}, 0, true, ""},
		"named":               {named, hostfuncs.TLS{CA: namedPEM, ServerName: "hr.example.com"}, 0, true, ""},
		"not trusted":         {good, hostfuncs.TLS{}, 0, false, "TLS.CA"},
		"another authority":   {good, hostfuncs.TLS{CA: namedPEM}, 0, false, "TLS.CA"},
		"expired":             {old, hostfuncs.TLS{CA: oldPEM}, 0, false, "expired"},
		"wrong name":          {named, hostfuncs.TLS{CA: namedPEM}, 0, false, "another name"},
		"TLS 1.1":             {good, hostfuncs.TLS{CA: goodPEM}, tls.VersionTLS11, false, "handshake"},
		"TLS 1.2, 1.3 wanted": {good, hostfuncs.TLS{CA: goodPEM, MinVersion: tls.VersionTLS13}, tls.VersionTLS12, false, "handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				io.WriteString(w, r.Proto)
			}))
			server.TLS = &tls.Config{Certificates: []tls.Certificate{c.certificate}, MaxVersion: c.max, MinVersion: tls.VersionTLS10}
			server.EnableHTTP2 = true
			server.Config.ErrorLog = silent()
			server.StartTLS()
			t.Cleanup(server.Close)
			target := grant(server.URL)
			target.TLS = c.config
			a := ask(t, lease(t, target, nil), abi.HTTPRequest{Method: "POST"})
			if c.ok {
				if wantStatus(t, a, 200); a.Body != "HTTP/1.1" {
					t.Errorf("the server was asked in %s", a.Body)
				}
				return
			}
			wantError(t, a, abi.NotSent, "")
			if !strings.Contains(a.Error.Message, c.says) || a.Error.Retryable || a.Tries != 0 || asked.Load() != 0 {
				t.Errorf("%v, retryable %v, %d tries, asked %d times", a.Error, a.Error.Retryable, a.Tries, asked.Load())
			}
		})
	}
}

// readRequest reads a request off a raw connection.
func readRequest(c net.Conn) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return nil
	}
	io.Copy(io.Discard, r.Body)
	return r
}

// TestAnswerCutAtEveryByte cuts a whole answer everywhere. Nothing but the whole
// may come back as an answer.
func TestAnswerCutAtEveryByte(t *testing.T) {
	t.Parallel()
	packed := pack("hello world")
	// Two members are one text, and the first alone would be half of it.
	members := pack("hello") + pack(" world")
	for name, answer := range map[string]string{
		"length":  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world",
		"chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
		"gzip":    fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(packed), packed),
		"members": fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(members), members),
		"gzip, chunked": fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n",
			10, members[:10], len(members)-10, members[10:]),
	} {
		var at atomic.Int64
		url := rawServer(t, func(c net.Conn) {
			if readRequest(c) != nil {
				io.WriteString(c, answer[:at.Load()])
			}
		})
		target := grant(url)
		target.MaxTries = 1
		l := lease(t, target, nil)
		for n := range len(answer) {
			at.Store(int64(n))
			a := ask(t, l, abi.HTTPRequest{Method: "POST", Body: "x"})
			if strings.HasSuffix(name, "chunked") && strings.HasPrefix(answer[n:], "\r\n") && n > len(answer)-5 && a.Error == nil {
				continue // the last chunk was there; only trailers were cut
			}
			if wantError(t, a, abi.OutcomeUnknown, ""); a.Tries != 1 {
				t.Fatalf("%s cut at %d: %d tries", name, n, a.Tries)
			}
		}
		at.Store(int64(len(answer)))
		if a := ask(t, l, abi.HTTPRequest{}); a.Body != "hello world" {
			t.Errorf("%s: the whole is %q, %v", name, a.Body, a.Error)
		}
	}
}

// pack packs a text as gzip does.
func pack(text string) string {
	var b strings.Builder
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.String()
}

// TestPackedTextCutAtEveryByte: the answer of HTTP is whole, what it unpacks to is
// not. Nothing at all is no cut: so answers a target that has no body to pack.
func TestPackedTextCutAtEveryByte(t *testing.T) {
	t.Parallel()
	// The connection ends with each answer, and says so: a client that sent its next
	// request into one that is about to end could not know whether it had arrived.
	const head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n"
	packed := pack("hello world")
	for _, framing := range []string{"length", "chunked", "end of the connection"} {
		var at atomic.Int64
		url := rawServer(t, func(c net.Conn) {
			if readRequest(c) == nil {
				return
			}
			body := packed[:at.Load()]
			switch framing {
			case "length":
				fmt.Fprintf(c, head+"Content-Length: %d\r\n\r\n%s", len(body), body)
			case "chunked":
				if body != "" {
					body = fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
				}
				fmt.Fprintf(c, head+"Transfer-Encoding: chunked\r\n\r\n%s0\r\n\r\n", body)
			default:
				io.WriteString(c, head+"\r\n"+body)
			}
		})
		target := grant(url)
		target.MaxTries = 1
		l := lease(t, target, nil)
		for n := range len(packed) + 1 {
			at.Store(int64(n))
			a := ask(t, l, abi.HTTPRequest{Method: "POST", Body: "x"})
			switch {
			case n == 0 && a.Error == nil && a.Body == "", n == len(packed) && a.Body == "hello world":
			case n == 0, n == len(packed):
				t.Errorf("%s, %d bytes: %q, %v", framing, n, a.Body, a.Error)
			default:
				if wantError(t, a, abi.OutcomeUnknown, ""); a.Tries != 1 {
					t.Errorf("%s cut at %d: %d tries", framing, n, a.Tries)
				}
			}
		}
	}
}

// TestBrokenServers meets servers that do not keep to HTTP.
func TestBrokenServers(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	hang := func(c net.Conn) { io.Copy(io.Discard, c) } // until the client gives up
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			if readRequest(c) != nil {
				io.WriteString(c, text)
			}
		}
	}
	for name, c := range map[string]struct {
		serve func(net.Conn)
		code  abi.Code
		what  string
	}{
		"closes after request":    {say(""), abi.OutcomeUnknown, ""},
		"resets":                  {func(c net.Conn) { readRequest(c); c.(*net.TCPConn).SetLinger(0) }, abi.OutcomeUnknown, ""},
		"garbage":                 {say("\x16\x03\x01 what?\r\n\r\n"), abi.OutcomeUnknown, ""},
		"two lengths":             {say(ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), abi.OutcomeUnknown, ""},
		"negative length":         {say(ok + "Content-Length: -1\r\n\r\n"), abi.OutcomeUnknown, ""},
		"too long by its length":  {say(ok + "Content-Length: 1073741824\r\n\r\nx"), abi.OutcomeUnknown, "response_bytes"},
		"status 000":              {say("HTTP/1.1 000 X\r\nContent-Length: 2\r\n\r\n{}"), abi.OutcomeUnknown, ""},
		"status 099":              {say("HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\n{}"), abi.OutcomeUnknown, ""},
		"status 600":              {say("HTTP/1.1 600 X\r\nContent-Length: 2\r\n\r\n{}"), abi.OutcomeUnknown, ""},
		"changes protocol":        {say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), abi.OutcomeUnknown, ""},
		"headers without end":     {say(ok + "X-A: " + strings.Repeat("a", 1<<20)), abi.OutcomeUnknown, "response_header_bytes"},
		"many headers":            {say(ok + strings.Repeat("X-A: aaaaaaaaaaaaaaaaaaaaaaa\r\n", 10_000) + "\r\n"), abi.OutcomeUnknown, "response_header_bytes"},
		"brotli":                  {say(ok + "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"), abi.OutcomeUnknown, hostfuncs.RuleEncoding},
		"deflate":                 {say(ok + "Content-Encoding: deflate\r\nContent-Length: 1\r\n\r\nx"), abi.OutcomeUnknown, hostfuncs.RuleEncoding},
		"gzip in gzip":            {say(ok + "Content-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx"), abi.OutcomeUnknown, hostfuncs.RuleEncoding},
		"gzip in two headers":     {say(ok + "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"), abi.OutcomeUnknown, hostfuncs.RuleEncoding},
		"gzip that is none":       {say(ok + "Content-Encoding: gzip\r\nContent-Length: 11\r\n\r\nhello world"), abi.OutcomeUnknown, ""},
		"does not answer":         {func(c net.Conn) { readRequest(c); hang(c) }, abi.OutcomeUnknown, ""},
		"stops in the body":       {func(c net.Conn) { say(ok + "Content-Length: 9\r\n\r\nx")(c); hang(c) }, abi.OutcomeUnknown, ""},
		"half-closed, no answer":  {func(c net.Conn) { readRequest(c); c.(*net.TCPConn).CloseWrite(); hang(c) }, abi.OutcomeUnknown, ""},
		"half-closed in the body": {func(c net.Conn) { say(ok + "Content-Length: 9\r\n\r\nx")(c); c.(*net.TCPConn).CloseWrite(); hang(c) }, abi.OutcomeUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			target := grant(rawServer(t, func(conn net.Conn) { c.serve(conn) }))
			target.Timeout = 5 * time.Second
			if strings.Contains(name, "stops") || strings.Contains(name, "does not") {
				target.Timeout = time.Second
			}
			a := ask(t, lease(t, target, nil), abi.HTTPRequest{Method: "POST", Body: "x"})
			if wantError(t, a, c.code, c.what); a.Tries != 1 || !strings.Contains(a.Error.Message, "target app") {
				t.Errorf("%d tries, %v", a.Tries, a.Error)
			}
		})
	}
}

// TestClosesAtOnce meets a server that ends every connection. Whether the request
// left before that is chance; that the answer tells the truth about it is not.
func TestClosesAtOnce(t *testing.T) {
	t.Parallel()
	target := grant(rawServer(t, func(net.Conn) {}))
	target.MaxTries = 1
	l := lease(t, target, nil)
	for range 50 {
		a := ask(t, l, abi.HTTPRequest{Method: "POST", Body: "x"})
		switch {
		case a.Tries == 0:
			wantError(t, a, abi.NotSent, "")
		default:
			wantError(t, a, abi.OutcomeUnknown, "")
		}
	}
}

// TestResponseBytes answers at the limit, one past it, and without end.
func TestResponseBytes(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(w http.ResponseWriter, n int){
		"length": func(w http.ResponseWriter, n int) { io.WriteString(w, strings.Repeat("x", n)) },
		"chunked": func(w http.ResponseWriter, n int) {
			w.(http.Flusher).Flush()
			io.WriteString(w, strings.Repeat("x", n))
		},
		"gzip": func(w http.ResponseWriter, n int) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, strings.Repeat("x", n))
			z.Close()
		},
	} {
		size := 0
		server, seen := record(t, func(w http.ResponseWriter, _ *http.Request) { send(w, size) })
		target := grant(server.URL)
		target.MaxResponseBytes = 1000
		l := lease(t, target, nil)
		size = 1000
		if a := ask(t, l, abi.HTTPRequest{}); len(a.Body) != 1000 {
			t.Errorf("%s, at the limit: %d bytes, %v", name, len(a.Body), a.Error)
		}
		size = 1001
		a := ask(t, l, abi.HTTPRequest{Safety: abi.Safe})
		if wantError(t, a, abi.LimitExceeded, "response_bytes"); !strings.Contains(a.Error.Message, "target app") || !strings.Contains(a.Error.Message, "status 200") {
			t.Errorf("%s: %v", name, a.Error)
		}
		if got := seen.last(t).Header.Get("Accept-Encoding"); got != "gzip" {
			t.Errorf("asked for %s", got)
		}
	}
}

// TestBombs answers 1 GiB, plain and packed. Little of it may be read or kept. It
// is not parallel, since it counts what the whole process allocates.
func TestBombs(t *testing.T) {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	zeros := make([]byte, 1<<20)
	for range 64 {
		z.Write(zeros)
	}
	z.Close()
	var members bytes.Buffer
	for range 1000 {
		e := gzip.NewWriter(&members)
		e.Close()
	}
	for name, c := range map[string]struct {
		encoding string
		body     []byte
		times    int
		limit    string
	}{
		"plain":                 {"", zeros, 1024, "response_bytes"},
		"packed":                {"gzip", packed.Bytes(), 16, "ratio"},
		"empty members, no end": {"gzip", members.Bytes(), 1000, "response_bytes"},
	} {
		server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.encoding != "" {
				w.Header().Set("Content-Encoding", c.encoding)
			}
			w.(http.Flusher).Flush()
			for range c.times {
				if _, err := w.Write(c.body); err != nil {
					return
				}
			}
		})
		l := lease(t, grant(server.URL), nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		wantError(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), abi.LimitExceeded, c.limit)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
			t.Errorf("%s: %d MiB were allocated", name, used>>20)
		}
	}
}

// TestRatio answers at the greatest ratio allowed, about, and above it.
func TestRatio(t *testing.T) {
	t.Parallel()
	body := make([]byte, 3<<20) // packs about 150:1
	rand.Read(body[:16<<10])
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(body)
	z.Close()
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed.Bytes())
	})
	target := grant(server.URL)
	target.MaxRatio = hostfuncs.MaxMaxRatio
	if a := ask(t, lease(t, target, nil), abi.HTTPRequest{}); a.Error != nil || len(a.Body) != len(body) {
		t.Errorf("allowed: %d bytes, %v", len(a.Body), a.Error)
	}
	target.MaxRatio = 100
	a := ask(t, lease(t, target, nil), abi.HTTPRequest{Safety: abi.Safe})
	if wantError(t, a, abi.LimitExceeded, "ratio"); !strings.Contains(a.Error.Message, "target app") {
		t.Error(a.Error)
	}
}

// TestRatioFreeBytes: a short text may repeat itself at any ratio.
func TestRatioFreeBytes(t *testing.T) {
	t.Parallel()
	size := hostfuncs.RatioFreeBytes
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, pack(strings.Repeat("x", size)))
	})
	l := lease(t, grant(server.URL), nil)
	if a := ask(t, l, abi.HTTPRequest{}); a.Error != nil || len(a.Body) != size {
		t.Errorf("at the limit: %d bytes, %v", len(a.Body), a.Error)
	}
	size++
	wantError(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), abi.LimitExceeded, "ratio")
}

// TestResponseHeaders shows what is granted and nothing else.
func TestResponseHeaders(t *testing.T) {
	t.Parallel()
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "session=1")
		w.Header().Set("Server", "x")
		w.Header().Set("X-Own", "own")
		w.Header().Set("ETag", `"1"`)
		w.Header()["Link"] = []string{"<a>", "<b>"}
	})
	target := grant(server.URL)
	a := ask(t, lease(t, target, nil), abi.HTTPRequest{})
	names := ""
	for _, h := range a.Headers {
		names += h.Name + " "
	}
	if names != "Date Etag Link Link " && names != "Date ETag Link Link " || a.Header("etag") != `"1"` {
		t.Errorf("by default %s", names)
	}
	target.ResponseHeaders = []string{"x-own"}
	a = ask(t, lease(t, target, nil), abi.HTTPRequest{})
	if len(a.Headers) != 1 || a.Header("X-Own") != "own" {
		t.Errorf("granted %v", a.Headers)
	}
	target.ResponseHeaders = []string{}
	if a = ask(t, lease(t, target, nil), abi.HTTPRequest{}); a.Headers != nil {
		t.Errorf("granted none: %v", a.Headers)
	}
}

// TestConnectionsStayApart asks with two sets of credentials: they must not share
// a connection, while requests with the same do.
func TestConnectionsStayApart(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	target := grant(server.URL)
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "parameter:Token"}}
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil)
	for i, token := range []string{"one", "one", "two", "two", "one"} {
		l := open(t, h, abi.LeaseRequest{})
		seal(t, l, "parameter:Token", token)
		wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
		wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
		l.Close(context.Background(), false)
		if have, want := connections.Load(), []int64{1, 1, 2, 2, 3}[i]; have != want {
			t.Errorf("after lease %d there were %d connections, want %d", i, have, want)
		}
	}
}
