package hostfuncs

import (
	"crypto/sha256"
	"crypto/tls"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
)

// certificates are the client certificates of one lease, by target, read once.
type certificates struct {
	mu   sync.Mutex
	read map[[32]byte]*tls.Certificate
}

// addCertificate gives a request the client certificate of its target. It belongs to
// what connections are kept apart by.
func (l *lease) addCertificate(p *plan) *abi.Error {
	grant := p.target.grant.TLS
	if grant.Certificate == "" {
		return nil
	}
	chain, err := l.source(grant.Certificate)
	if err != nil {
		return err
	}
	key, err := l.source(grant.Key)
	if err != nil {
		return err
	}
	pair, ok := l.certificates.get(chain, key)
	if !ok {
		return denied(RuleCredential, "the client certificate for target %s and its key are no pair in PEM", p.target.name)
	}
	p.certificate = pair
	p.credentials = append(p.credentials, chain, key)
	return nil
}

// get reads a certificate and its key. Nothing of them is in an error.
func (c *certificates) get(chain, key string) (*tls.Certificate, bool) {
	at := sha256.Sum256([]byte(chain + "\x00" + key))
	c.mu.Lock()
	defer c.mu.Unlock()
	if pair := c.read[at]; pair != nil {
		return pair, true
	}
	pair, err := tls.X509KeyPair([]byte(chain), []byte(key))
	if err != nil {
		return nil, false
	}
	if c.read == nil || len(c.read) >= maxCertificates {
		c.read = map[[32]byte]*tls.Certificate{}
	}
	c.read[at] = &pair
	return &pair, true
}

func (c *certificates) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = nil
}

// maxCertificates bounds what is kept of parameters that change.
const maxCertificates = 16

// withCertificate is a target's TLS with a client certificate.
func withCertificate(config *tls.Config, certificate *tls.Certificate) *tls.Config {
	if config == nil || certificate == nil {
		return config
	}
	copied := config.Clone()
	copied.Certificates = []tls.Certificate{*certificate}
	return copied
}

func checkClientCertificate(c checker, g TLS) {
	if (g.Certificate == "") != (g.Key == "") {
		c.wrong("a client certificate needs both Certificate and Key")
	}
	checkSource(c.at("Certificate"), g.Certificate, false)
	checkSource(c.at("Key"), g.Key, false)
}
