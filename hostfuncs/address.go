package hostfuncs

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/pathrule"
)

// compileBase reads a base URL. It always returns one, so that checking goes on.
func compileBase(c checker, g Target) *url.URL {
	u, err := url.Parse(g.BaseURL)
	if err != nil || u.Host == "" || u.Opaque != "" {
		c.wrong("this is no URL with a scheme and a host, such as https://hr.example.com/api")
		return &url.URL{Scheme: "https"}
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch {
	case u.Scheme == "http" && !g.AllowHTTP && len(g.Networks) == 0:
		c.wrong("plain http needs Networks to say where it may go, or AllowHTTP")
	case u.Scheme != "http" && u.Scheme != "https":
		c.wrong("the scheme is https or http, not %s", quoteCut(u.Scheme))
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		c.wrong("a base URL has no user, query or fragment; a user and password are Credentials")
	}
	if !isHost(u.Hostname()) {
		c.wrong("%s is no host name or IP address", quoteCut(u.Hostname()))
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || n == 0) || strings.HasSuffix(u.Host, ":") {
		c.wrong("%s is no port", quoteCut(u.Port()))
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	if path != "" {
		if _, err := pathrule.Split(path, false); err != nil {
			c.wrong("%s", err)
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: withoutDefaultPort(u), Path: strings.TrimSuffix(u.Path, "/"), RawPath: path}
}

// withoutDefaultPort returns u's host in the one spelling in which origins are
// compared.
func withoutDefaultPort(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if u.Port() == "443" && u.Scheme == "https" || u.Port() == "80" && u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":"+u.Port())
	}
	return host
}

// isHost takes IP addresses and DNS names in ASCII. A name whose last label is a
// number is refused: resolvers read 2130706433 and 127.1 as addresses.
func isHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == ""
	}
	if len(host) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		bad := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' }
		if label == "" || len(label) > 63 || label[0] == '-' || strings.ContainsFunc(label, bad) {
			return false
		}
		last = label
	}
	return last[0] < '0' || last[0] > '9'
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func compileNetworks(c checker, networks []netip.Prefix) []netip.Prefix {
	granted := make([]netip.Prefix, 0, len(networks))
	for i, n := range networks {
		switch {
		case !n.IsValid():
			c.at("Networks[%d]", i).wrong("this is no network such as 10.1.0.0/16")
		case n.Addr().Is4In6():
			c.at("Networks[%d]", i).wrong("write %s as an IPv4 network", n)
		default:
			granted = append(granted, n.Masked())
		}
	}
	return granted
}

func compileTLS(c checker, g TLS, base *url.URL) *tls.Config {
	checkClientCertificate(c, g)
	if base.Scheme != "https" {
		if g != (TLS{}) {
			c.wrong("TLS belongs to https")
		}
		return nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: base.Hostname(), NextProtos: []string{"http/1.1"}}
	switch g.MinVersion {
	case 0, tls.VersionTLS12:
	case tls.VersionTLS13:
		config.MinVersion = tls.VersionTLS13
	default:
		c.at("MinVersion").wrong("it is TLS 1.2 or TLS 1.3")
	}
	if g.ServerName != "" {
		config.ServerName = g.ServerName
		if !isHost(strings.ToLower(g.ServerName)) {
			c.at("ServerName").wrong("%s is no host name or IP address", quoteCut(g.ServerName))
		}
	}
	if g.CA != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM([]byte(g.CA)) {
			c.at("CA").wrong("there is no certificate in PEM in it")
		}
		config.RootCAs = pool
	}
	return config
}
