package leak

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape resolves percent-encoding and JSON's escapes, wherever they stand and
// however they are mixed, and reports whether there were any. What is no escape
// stays as it is.
func unescape(text string) (plain string, changed bool) {
	first := strings.IndexAny(text, `%\`)
	if first < 0 {
		return text, false
	}
	b := make([]byte, 0, len(text))
	b = append(b, text[:first]...)
	for i := first; i < len(text); {
		n := 0
		if text[i] == '%' {
			b, n = percent(b, text[i:])
		} else {
			b, n = backslash(b, text[i:])
		}
		changed = changed || n > 0
		end := i + max(n, 1)
		i += n
		for end < len(text) && text[end] != '%' && text[end] != '\\' {
			end++
		}
		b = append(b, text[i:end]...)
		i = end
	}
	return string(b), changed
}

// percent reads the %XX at the start of s and returns how long it is, 0 if there
// is none.
func percent(b []byte, s string) ([]byte, int) {
	v, ok := hexNumber(s, 1, 2)
	if !ok {
		return b, 0
	}
	return append(b, byte(v)), 3
}

// backslash reads the JSON escape at the start of s.
func backslash(b []byte, s string) ([]byte, int) {
	if len(s) < 2 {
		return b, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return append(b, "\"\\/\b\f\n\r\t"[i]), 2
	}
	c, ok := hexNumber(s, 2, 4)
	if s[1] != 'u' || !ok {
		return b, 0
	}
	if utf16.IsSurrogate(c) && len(s) >= 8 && s[6] == '\\' && s[7] == 'u' {
		if low, ok := hexNumber(s, 8, 4); ok && utf16.DecodeRune(c, low) != utf8.RuneError {
			return utf8.AppendRune(b, utf16.DecodeRune(c, low)), 12
		}
	}
	return utf8.AppendRune(b, c), 6
}

// hexNumber reads n hex digits at s[at:].
func hexNumber(s string, at, n int) (rune, bool) {
	if len(s) < at+n {
		return 0, false
	}
	var v rune
	for _, c := range []byte(s[at : at+n]) {
		switch {
		case c-'0' <= 9:
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}
