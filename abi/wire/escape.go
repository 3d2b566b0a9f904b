package wire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// escapeLength returns how many bytes the escape at the start of s takes, both
// halves of a surrogate pair included, and 0 for a wrong one.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 0
	}
	if s[1] != 'u' {
		if shortEscape(s[1]) == 0 {
			return 0
		}
		return 2
	}
	first, ok := hex4(s)
	if !ok {
		return 0
	}
	if !utf16.IsSurrogate(first) {
		return 6
	}
	if second, ok := hex4(s[6:]); ok && utf16.DecodeRune(first, second) != utf8.RuneError {
		return 12
	}
	return 0
}

// unescape returns s, which escapeLength has found right, with its escapes
// replaced.
func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] != '\\':
			b = append(b, s[i])
			i++
		case s[i+1] != 'u':
			b = append(b, shortEscape(s[i+1]))
			i += 2
		default:
			c, _ := hex4(s[i:])
			i += 6
			if utf16.IsSurrogate(c) {
				second, _ := hex4(s[i:])
				c = utf16.DecodeRune(c, second)
				i += 6
			}
			b = utf8.AppendRune(b, c)
		}
	}
	return string(b)
}

// shortEscape returns the byte that the escape \c stands for, and 0 for none.
func shortEscape(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// hex4 reads the \uXXXX at the start of s.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var c rune
	for _, d := range []byte(s[2:6]) {
		switch {
		case d-'0' <= 9:
			c = c<<4 | rune(d-'0')
		case d-'a' <= 5:
			c = c<<4 | rune(d-'a'+10)
		case d-'A' <= 5:
			c = c<<4 | rune(d-'A'+10)
		default:
			return 0, false
		}
	}
	return c, true
}
