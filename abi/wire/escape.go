package wire

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapeLength returns how many bytes the escape at the start of s takes, both
// halves of a surrogate pair included, and how many what it stands for; 0 for a wrong
// one.
func escapeLength(s string) (n, said int) {
	if len(s) < 2 {
		return 0, 0
	}
	if s[1] != 'u' {
		if shortEscape(s[1]) == 0 {
			return 0, 0
		}
		return 2, 1
	}
	first, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return 6, utf8.RuneLen(first)
	}
	if second, ok := hex4(s[6:]); ok {
		if c := utf16.DecodeRune(first, second); c != utf8.RuneError {
			return 12, utf8.RuneLen(c)
		}
	}
	return 0, 0
}

// unescape returns s, which escapeLength has found right, with its escapes replaced,
// in so many bytes; empty if r's watch stopped it.
func unescape(s string, size int, r *Reader) string {
	var b strings.Builder
	b.Grow(size)
	var block [256]byte
	n, due := 0, stride
	for i := 0; i < len(s); {
		if n > len(block)-utf8.UTFMax {
			b.Write(block[:n])
			if n = 0; i >= due {
				if due = i + stride; !r.GoOn() {
					return ""
				}
			}
		}
		switch {
		case s[i] != '\\':
			block[n] = s[i]
			n++
			i++
		case s[i+1] != 'u':
			block[n] = shortEscape(s[i+1])
			n++
			i += 2
		default:
			c, _ := hex4(s[i:])
			i += 6
			if utf16.IsSurrogate(c) {
				second, _ := hex4(s[i:])
				c = utf16.DecodeRune(c, second)
				i += 6
			}
			n += utf8.EncodeRune(block[n:], c)
		}
	}
	b.Write(block[:n])
	return b.String()
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
