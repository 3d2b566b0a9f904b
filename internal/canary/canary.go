// Package canary looks for a secret in everything that a test can see. It is for
// tests alone.
package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// Finder finds one text in six encodings. Its zero value finds nothing. It may be
// used concurrently.
type Finder struct {
	patterns map[string][]byte
}

// New returns a Finder of text: raw, in hexadecimal of both cases, percent-encoded
// in both cases, in UTF-16 and in base64 at all three alignments. A text of less
// than six bytes is found by chance.
func New(text string) *Finder {
	var percent, wide []byte
	for _, c := range []byte(text) {
		percent = fmt.Appendf(percent, "%%%02X", c)
		wide = append(wide, c, 0)
	}
	patterns := map[string][]byte{
		"plain text": []byte(text), "hex": []byte(hex.EncodeToString([]byte(text))), "HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(text)))),
		"percent": percent, "percent in lower case": bytes.ToLower(percent), "UTF-16": wide,
	}
	for shift := range 3 {
		// The signs at both ends depend on what stands around the text.
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + text))
		from, to := (shift*8+5)/6, (shift+len(text))*8/6
		patterns[fmt.Sprint("base64 +", shift)] = []byte(encoded[from:to])
	}
	return &Finder{patterns}
}

// Find returns the encodings in which data holds the text.
func (f *Finder) Find(data []byte) []string {
	var found []string
	for name, pattern := range f.patterns {
		if bytes.Contains(data, pattern) {
			found = append(found, name)
		}
	}
	return found
}
