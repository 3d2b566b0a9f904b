package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const token = "benchmark-token"

// service is a SCIM service that was started, and connections to it.
type service struct {
	name  string
	cmd   *exec.Cmd
	url   *url.URL
	conns []*conn
	ids   []string // of the first users
	last  int      // serial number
}

func startBoth(scimserve, server string, o options) (ours, theirs *service, stop func(), err error) {
	dir, err := os.MkdirTemp("", "scimbench")
	if err != nil {
		return nil, nil, nil, err
	}
	var started []*service
	stop = func() {
		for _, s := range started {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait() // it says that it was killed
		}
		_ = os.RemoveAll(dir)
	}
	cert, key, err := writeCertificate(dir)
	if err != nil {
		stop()
		return nil, nil, nil, err
	}
	for _, c := range []struct {
		name    string
		command []string
	}{
		{"ours", []string{scimserve, "-cert", cert, "-key", key, "-token", token}},
		{"scimmy", []string{"node", server, cert, key, token}},
	} {
		s, err := start(c.name, c.command, o)
		if s != nil {
			started = append(started, s)
		}
		if err == nil {
			err = s.fill(o.users)
		}
		if err != nil {
			stop()
			return nil, nil, nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return started[0], started[1], stop, nil
}

func start(name string, command []string, o options) (*service, error) {
	if o.pin && runtime.GOOS == "linux" && runtime.NumCPU() > 1 {
		command = append([]string{"taskset", "-c", "0"}, command...)
	}
	s := &service{name: name, cmd: exec.Command(command[0], command[1:]...)}
	s.cmd.Stderr = os.Stderr
	if _, err := s.cmd.StdinPipe(); err != nil { // it stays open until we end
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return s, err
	}
	if s.url, err = url.Parse(strings.TrimSpace(line)); err != nil {
		return s, err
	}
	for range o.connections {
		c, err := dial(s.url.Host)
		if err != nil {
			return s, err
		}
		s.conns = append(s.conns, c)
		// A server closes a connection that stays without its first request for as
		// long as headers may take, and filling both services can take longer.
		if _, err := c.do(s.request("GET", "/ServiceProviderConfig", ""), 200); err != nil {
			return s, err
		}
	}
	return s, nil
}

// fill creates the users that are measured on.
func (s *service) fill(users int) error {
	for range users {
		body, err := s.conns[0].do(s.request("POST", "/Users", s.newUser()), 201)
		if err != nil {
			return err
		}
		var created struct{ ID string }
		if err := json.Unmarshal(body, &created); err != nil {
			return err
		}
		s.ids = append(s.ids, created.ID)
	}
	return nil
}

func (s *service) newUser() string { return fmt.Sprintf(userBody, s.serial()) }

// serial returns a number that was not there before, so that each create is of
// another user and each PATCH changes something.
func (s *service) serial() int {
	s.last++
	return s.last
}

const userBody = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
"userName":"user%[1]d@example.com","externalId":"external-%[1]d","active":true,"displayName":"User %[1]d","title":"Engineer","preferredLanguage":"en",
"name":{"formatted":"Given%[1]d Family%[1]d","familyName":"Family%[1]d","givenName":"Given%[1]d"},
"emails":[{"primary":true,"type":"work","value":"user%[1]d@example.com"},{"type":"home","value":"home%[1]d@example.org"}],
"phoneNumbers":[{"type":"work","value":"+1 555 %[1]d"},{"type":"mobile","value":"+1 556 %[1]d"}],
"addresses":[{"type":"work","streetAddress":"%[1]d Main Street","locality":"Town","country":"US"}],
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%[1]d","department":"Sales"}}`

// operation is one kind of request; next makes the i-th.
type operation struct {
	name   string
	status int
	next   func(s *service, i int) []byte
}

var operations = []operation{
	{"filter", 200, func(s *service, i int) []byte {
		name := fmt.Sprintf("userName eq \"user%d@example.com\"", 1+i%len(s.ids))
		return s.request("GET", "/Users?filter="+url.QueryEscape(name), "")
	}},
	{"create", 201, func(s *service, _ int) []byte { return s.request("POST", "/Users", s.newUser()) }},
	{"patch", 200, func(s *service, i int) []byte {
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"Changed %d"}]}`, s.serial())
		return s.request("PATCH", "/Users/"+s.ids[i%len(s.ids)], body)
	}},
	{"list", 200, func(s *service, _ int) []byte { return s.request("GET", "/Users?startIndex=1&count=100", "") }},
}

func (s *service) request(method, path, body string) []byte {
	return fmt.Appendf(nil, "%s %s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n%s",
		method, s.url.Path, path, s.url.Host, token, len(body), body)
}

// measure sends requests on all connections for a while.
func (s *service) measure(op operation, length time.Duration, r *result) error {
	var mu sync.Mutex
	count := 0
	next := func() (request []byte) {
		mu.Lock()
		defer mu.Unlock()
		count++
		return op.next(s, count)
	}
	before, err := s.cpu()
	if err != nil {
		return err
	}
	begin := time.Now()
	errs := make([]error, len(s.conns))
	var done sync.WaitGroup
	for i, c := range s.conns {
		done.Go(func() {
			for time.Since(begin) < length && errs[i] == nil {
				_, errs[i] = c.do(next(), op.status)
			}
		})
	}
	done.Wait()
	took := time.Since(begin)
	after, err := s.cpu()
	if err := errors.Join(append(errs, err)...); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	r.rates = append(r.rates, float64(count)/took.Seconds())
	r.cpu = append(r.cpu, (after-before)/time.Duration(count))
	return nil
}

// cpu returns the processor time of the service, in Linux's ticks of 10 ms;
// elsewhere zero.
func (s *service) cpu() (time.Duration, error) {
	if runtime.GOOS != "linux" {
		return 0, nil
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, errUser := strconv.Atoi(fields[11])
	system, errSystem := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(errUser, errSystem)
}

// conn is a kept connection, with as little client around it as can be: it
// shares the machine with what it measures.
type conn struct {
	net.Conn
	r    *bufio.Reader
	body []byte
}

func dial(host string) (*conn, error) {
	c, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true}) // our own certificate, on loopback
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, r: bufio.NewReaderSize(c, 64<<10)}, nil
}

// longest is the time that an answer may take.
const longest = 30 * time.Second

// do sends a request and returns the body of the answer, which is valid until the next.
func (c *conn) do(request []byte, status int) ([]byte, error) {
	if err := c.SetDeadline(time.Now().Add(longest)); err != nil {
		return nil, err
	}
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	line, err := c.r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	want, length := strconv.Itoa(status), -1
	first := line
	for line != "\r\n" {
		if line, err = c.r.ReadString('\n'); err != nil {
			return nil, err
		}
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return c.chunked(first, want)
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	for n := 0; n < length; {
		m, err := c.r.Read(c.body[n:])
		if err != nil {
			return nil, err
		}
		n += m
	}
	if len(first) < 12 || first[9:12] != want {
		return nil, fmt.Errorf("answer %q, want %s: %s", first, want, c.body)
	}
	return c.body, nil
}

// chunked reads a body that came without its length.
func (c *conn) chunked(first, want string) ([]byte, error) {
	c.body = c.body[:0]
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return nil, err
		}
		chunk := make([]byte, size+2)
		for n := 0; n < len(chunk); {
			m, err := c.r.Read(chunk[n:])
			if err != nil {
				return nil, err
			}
			n += m
		}
		if size == 0 {
			break
		}
		c.body = append(c.body, chunk[:size]...)
	}
	if len(first) < 12 || first[9:12] != want {
		return nil, fmt.Errorf("answer %q, want %s: %s", first, want, c.body)
	}
	return c.body, nil
}

func writeCertificate(dir string) (certFile, keyFile string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return "", "", err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	return certFile, keyFile, errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
}
