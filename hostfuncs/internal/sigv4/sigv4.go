// Package sigv4 signs requests by AWS Signature Version 4, with everything in headers
// and the body hashed.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Key is who signs, and for what.
type Key struct {
	AccessKey, SecretKey string
	Region, Service      string
}

// Request is what is signed.
type Request struct {
	Method string
	// Path is percent-encoded, as it is sent.
	Path string
	// Query holds names and values, decoded.
	Query [][2]string
	// Headers are the headers that are signed, host and x-amz-date among them. Each
	// name stands once.
	Headers [][2]string
	// BodyHash is the SHA-256 of the body in hex.
	BodyHash string
	Time     time.Time
}

// TimeFormat is how the header x-amz-date is written, in UTC.
const TimeFormat = "20060102T150405Z"

// Hash returns the SHA-256 of text in hex.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Sign returns the header Authorization, and within it the signature.
func Sign(k Key, r Request) (authorization, signature string) {
	canonical, signed := k.canonical(r)
	scope := r.Time.UTC().Format("20060102") + "/" + k.Region + "/" + k.Service + "/aws4_request"
	text := "AWS4-HMAC-SHA256\n" + r.Time.UTC().Format(TimeFormat) + "\n" + scope + "\n" + Hash(canonical)
	signature = hex.EncodeToString(mac(k.signing(r.Time), text))
	return "AWS4-HMAC-SHA256 Credential=" + k.AccessKey + "/" + scope + ", SignedHeaders=" + signed + ", Signature=" + signature, signature
}

// signing is the key of one day, region and service.
func (k Key) signing(at time.Time) []byte {
	key := []byte("AWS4" + k.SecretKey)
	for _, part := range []string{at.UTC().Format("20060102"), k.Region, k.Service, "aws4_request"} {
		key = mac(key, part)
	}
	return key
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// canonical returns the canonical request, and the names of its headers.
func (k Key) canonical(r Request) (text, signed string) {
	headers := make([][2]string, len(r.Headers))
	for i, h := range r.Headers {
		headers[i] = [2]string{strings.ToLower(h[0]), strings.Join(strings.Fields(h[1]), " ")}
	}
	slices.SortFunc(headers, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	var b strings.Builder
	b.WriteString(r.Method + "\n" + k.path(r.Path) + "\n" + query(r.Query) + "\n")
	names := make([]string, len(headers))
	for i, h := range headers {
		b.WriteString(h[0] + ":" + h[1] + "\n")
		names[i] = h[0]
	}
	signed = strings.Join(names, ";")
	b.WriteString("\n" + signed + "\n" + r.BodyHash)
	return b.String(), signed
}

// path encodes a path that is encoded already once more; for S3 it encodes it once,
// however it was encoded.
func (k Key) path(path string) string {
	if path == "" {
		path = "/"
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if text, err := url.PathUnescape(segment); err == nil && k.Service == "s3" {
			segment = text
		}
		segments[i] = encode(segment)
	}
	return strings.Join(segments, "/")
}

func query(pairs [][2]string) string {
	encoded := make([]string, len(pairs))
	for i, p := range pairs {
		encoded[i] = encode(p[0]) + "\x00" + encode(p[1]) // sorts by name, then by value
	}
	slices.Sort(encoded)
	return strings.ReplaceAll(strings.Join(encoded, "&"), "\x00", "=")
}

// encode percent-encodes all but RFC 3986's unreserved signs.
func encode(text string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}
