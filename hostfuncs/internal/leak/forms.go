package leak

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// form is one way to write a secret. Patterns are made from secret and form when
// a window is met, not kept: ten of them would be as much again for each secret.
type form uint8

const (
	raw form = iota
	base64At0
	base64At1
	base64At2
	base64URLAt0
	base64URLAt1
	base64URLAt2
	hexLower
	hexUpper
	utf16LE
	plusForBlank
	latin1
	doubledQuotes
	doubledApostrophes
	allForms
)

// formsOf returns the forms of a secret, each spelling once.
func formsOf(secret string) []form {
	forms := make([]form, 0, allForms)
	texts := make([]string, 0, allForms)
	for f := range allForms {
		if text := f.text(secret); !slices.Contains(texts, text) {
			forms, texts = append(forms, f), append(texts, text)
		}
	}
	return forms
}

func (f form) text(secret string) string {
	switch f {
	case base64At0, base64At1, base64At2:
		return base64Core(base64.RawStdEncoding, secret, int(f-base64At0))
	case base64URLAt0, base64URLAt1, base64URLAt2:
		return base64Core(base64.RawURLEncoding, secret, int(f-base64URLAt0))
	case hexLower:
		return hex.EncodeToString([]byte(secret))
	case hexUpper:
		return strings.ToUpper(hex.EncodeToString([]byte(secret)))
	case utf16LE:
		return toUTF16LE(secret)
	case plusForBlank:
		return strings.ReplaceAll(secret, " ", "+")
	case latin1:
		return toLatin1(secret)
	case doubledQuotes:
		return strings.ReplaceAll(secret, `"`, `""`)
	case doubledApostrophes:
		return strings.ReplaceAll(secret, "'", "''")
	default:
		return secret
	}
}

// base64Core returns the characters of base64 that are the same whatever stands
// before and after the secret, when it begins at byte 3n+at of what was encoded.
func base64Core(encoding *base64.Encoding, secret string, at int) string {
	text := encoding.EncodeToString([]byte("\x00\x00"[:at] + secret))
	first := (8*at + 5) / 6
	return text[first : 8*(at+len(secret))/6]
}

// toLatin1 writes a secret in ISO 8859-1, with a question mark for what it has not, as
// programs do. One that would be nothing but question marks is left as it is.
func toLatin1(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r == utf8.RuneError {
			return s // is no text
		}
		if r > 0xff {
			r = '?'
		}
		b = append(b, byte(r))
	}
	if len(b) < MinSecret || strings.Trim(string(b), "?") == "" {
		return s
	}
	return string(b)
}

func toUTF16LE(s string) string {
	units := utf16.Encode([]rune(s))
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}
