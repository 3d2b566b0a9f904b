package hostfuncs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// clientCertificate returns a certificate that signs itself, and its key, in PEM.
func clientCertificate(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// TestClientCertificate shows one to a target that wants one, each lease its own.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	ann, annKey := clientCertificate(t, "ann")
	bob, bobKey := clientCertificate(t, "bob")
	say := ""
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, say+r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	known := x509.NewCertPool()
	known.AppendCertsFromPEM([]byte(ann + bob))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known}
	server.Config.ErrorLog = silent()
	server.StartTLS()
	t.Cleanup(server.Close)
	target := grant(server.URL)
	target.TLS = hostfuncs.TLS{CA: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), ServerName: "example.com",
		Certificate: "parameter:Certificate", Key: "parameter:Key"}
	target.MaxTries = 1
	var log safeBuffer
	var all []abi.HostLease
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}, Logger: zerolog.New(&log)}, nil)
	with := func(certificate, key string) abi.HostLease {
		l := open(t, h, abi.LeaseRequest{})
		seal(t, l, "parameter:Certificate", certificate)
		seal(t, l, "parameter:Key", key)
		all = append(all, l)
		return l
	}
	for range 2 {
		for name, l := range map[string]abi.HostLease{"ann": with(ann, annKey), "bob": with(bob, bobKey)} {
			for range 2 {
				if a := ask(t, l, get); a.Error != nil || a.Body != name {
					t.Errorf("%s is taken for %q, %v", name, a.Body, a.Error)
				}
			}
		}
	}
	wantError(t, ask(t, open(t, h, abi.LeaseRequest{}), get), abi.Denied, hostfuncs.RuleCredential)
	for _, l := range []abi.HostLease{with(ann, bobKey), with("no PEM at all", annKey), with(ann, strings.ReplaceAll(annKey, "M", "N"))} {
		a := ask(t, l, get)
		if wantError(t, a, abi.Denied, hostfuncs.RuleCredential); strings.Contains(a.Error.Error(), "BEGIN") || strings.Contains(a.Error.Error(), "PEM at") {
			t.Errorf("the error shows it: %v", a.Error)
		}
	}
	say = annKey
	wantError(t, ask(t, with(ann, annKey), get), abi.Denied, hostfuncs.RuleSecretEcho)
	say = ""
	eve, eveKey := clientCertificate(t, "eve")
	if a := ask(t, with(eve, eveKey), get); a.Error == nil {
		t.Errorf("a stranger is taken for %q", a.Body)
	}
	for _, l := range all {
		l.Close(background, false)
	}
	if strings.Contains(log.String(), "PRIVATE") || !strings.Contains(log.String(), hostfuncs.RuleSecretEcho) {
		t.Error("a key is in the log")
	}
}

// afterRequest is a server's connection on which TLS 1.3 refuses a client's
// certificate when the request has come. Otherwise it may do so before the client has
// sent it, and then nothing was sent.
type afterRequest struct {
	net.Conn
	read   []byte
	writes int
}

func (c *afterRequest) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read = append(c.read, p[:n]...)
	return n, err
}

// Write lets the server's part of the handshake pass, which is one write, and what
// follows it when it has read as many records as a certificate, its proof, the end of
// the handshake and a request are.
func (c *afterRequest) Write(p []byte) (int, error) {
	if c.writes++; c.writes > 1 {
		for c.encrypted() < 4 {
			if _, err := c.Read(make([]byte, 1)); err != nil {
				return 0, err
			}
		}
	}
	return c.Conn.Write(p)
}

// encrypted counts the records of application data that have been read whole.
func (c *afterRequest) encrypted() (n int) {
	for rest := c.read; len(rest) >= 5; {
		end := 5 + int(binary.BigEndian.Uint16(rest[3:]))
		if len(rest) < end {
			break
		}
		if rest[0] == 23 {
			n++
		}
		rest = rest[end:]
	}
	return n
}

// TestClientCertificateRefused says of a target that wants a client certificate, or
// another, that it does. In TLS 1.3 it says so after the request has left.
func TestClientCertificateRefused(t *testing.T) {
	t.Parallel()
	ann, _ := clientCertificate(t, "ann")
	eve, eveKey := clientCertificate(t, "ann") // crypto/tls shows none of an authority that was not named
	stranger, strangerKey := clientCertificate(t, "stranger")
	known := x509.NewCertPool()
	known.AppendCertsFromPEM([]byte(ann))
	origin := httptest.NewUnstartedServer(nil)
	origin.StartTLS()
	t.Cleanup(origin.Close)
	for _, tt := range []struct {
		name    string
		version uint16
		chain   string
		key     string
		code    abi.Code
		says    string
	}{
		{"1.2, none", tls.VersionTLS12, "", "", abi.NotSent, "as for want of a client certificate"},
		{"1.2, another", tls.VersionTLS12, eve, eveKey, abi.NotSent, "it refuses the client certificate"},
		{"1.3, none", tls.VersionTLS13, "", "", abi.NotSent, "it asks for a client certificate, of an authority that it names; set the grant's TLS.Certificate and TLS.Key"},
		{"1.3, of another authority", tls.VersionTLS13, stranger, strangerKey, abi.NotSent, "of an authority that it names"},
		{"1.3, another", tls.VersionTLS13, eve, eveKey, abi.OutcomeUnknown, "it refuses the client certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { listener.Close() })
			config := &tls.Config{Certificates: origin.TLS.Certificates, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known, MaxVersion: tt.version}
			go func() {
				for {
					c, err := listener.Accept()
					if err != nil {
						return
					}
					served := c
					if tt.code == abi.OutcomeUnknown {
						served = &afterRequest{Conn: c}
					}
					if tls.Server(served, config).Handshake() == nil {
						t.Error("the handshake was completed")
					}
					io.Copy(io.Discard, c) // a connection that is closed with bytes unread is reset
					c.Close()
				}
			}()
			target := grant("https://" + listener.Addr().String())
			target.TLS = hostfuncs.TLS{CA: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: origin.Certificate().Raw})), ServerName: "example.com"}
			if tt.chain != "" {
				target.TLS.Certificate, target.TLS.Key = "parameter:Certificate", "parameter:Key"
			}
			l := open(t, newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil), abi.LeaseRequest{})
			if tt.chain != "" {
				seal(t, l, "parameter:Certificate", tt.chain)
				seal(t, l, "parameter:Key", tt.key)
			}
			post := get
			post.Method, post.Safety = "POST", abi.Neither
			a := ask(t, l, post)
			if a.Error == nil || a.Error.Code != tt.code || a.Error.Retryable || !strings.Contains(a.Error.Message, tt.says) {
				t.Errorf("have %v, want %v with %q", a.Error, tt.code, tt.says)
			}
		})
	}
}
