package hostfuncs

import (
	"net/http"
	"strings"
)

// isToken reports whether s is a token of RFC 9110: a header name or a method.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// isHeaderValue takes printable ASCII and blanks. Everything else, line ends and
// NUL above all, is read differently by different servers.
func isHeaderValue(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

func canonical(name string) string { return http.CanonicalHeaderKey(name) }

func equalName(a, b string) bool { return strings.EqualFold(a, b) }

// steering are headers that a connector never sets: they speak about the
// connection, about who asks or by which way, or make another request of it. Origin and
// Referer, which some applications demand against forged requests, are none: they say
// where a page is from, and whoever grants them says that nothing hangs on it.
var steering = map[string]bool{
	"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Content-Encoding": true, "Accept-Encoding": true,
	"Connection": true, "Keep-Alive": true, "Te": true, "Trailer": true, "Upgrade": true, "Expect": true,
	"Http2-Settings": true, "Max-Forwards": true, "Via": true, "Forwarded": true,
	"Cookie": true, "Cookie2": true, "Set-Cookie": true, "Set-Cookie2": true, "Range": true, "If-Range": true,
	"X-Real-Ip": true, "X-Client-Ip": true, "X-Cluster-Client-Ip": true, "True-Client-Ip": true, "Cf-Connecting-Ip": true,
	"X-Http-Method": true, "X-Http-Method-Override": true, "X-Method-Override": true, "X-Original-Method": true,
	"X-Original-Url": true, "X-Rewrite-Url": true, "X-Original-Uri": true, "X-Host": true, "X-Original-Host": true,
}

func isSteeringHeader(name string) bool {
	name = canonical(name)
	for _, prefix := range []string{"Proxy-", "X-Forwarded-", "Sec-", "Access-Control-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	// Servers that turn headers into variables take an underscore for a dash.
	return steering[name] || steering[canonical(strings.ReplaceAll(name, "_", "-"))]
}

// isKeyHeader tells the headers at which net/http and gateways decide that a
// request may be sent twice.
func isKeyHeader(name string) bool {
	return equalName(name, "Idempotency-Key") || equalName(name, "X-Idempotency-Key")
}

// isSealName reports whether name is one of abi's names for sealed things.
func isSealName(name string) bool {
	switch name {
	case "export_password", "new_password", "old_password":
		return true
	}
	kind, rest, found := strings.Cut(name, ":")
	return found && rest != "" && len(rest) <= 512 && isPrintable(rest) && (kind == "parameter" || kind == "attribute" || kind == "answer")
}

func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffd })
}

func wrongSealName(name string) string {
	return quoteCut(name) + " names nothing sealed: write parameter:NAME, attribute:NAME, answer:NAME, export_password, new_password or old_password"
}

// isSource reports whether name may be the source of a credential.
func isSource(name string) bool {
	if strings.HasPrefix(name, parameterPrefix) {
		return isSealName(name)
	}
	return name != "" && len(name) <= 512 && isPrintable(name)
}

const parameterPrefix = "parameter:"
