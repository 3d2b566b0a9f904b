package leak

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// mostNested is how many layers of escapes are resolved, as of JSON in a string of
// JSON in a page of HTML.
const mostNested = 5

// unescapeAll resolves all layers of escapes, and reports whether there were any.
func unescapeAll(text string) (plain string, changed bool) {
	for range mostNested {
		next, more, _ := unescape(text, &meter{look: goOn})
		if !more {
			break
		}
		text, changed = next, true
	}
	return text, changed
}

// unescape resolves one layer of percent-encoding, JSON's escapes and HTML's
// entities, wherever they stand and however they are mixed, and reports whether
// there were any. What is no escape stays as it is. It fails when the meter does.
func unescape(text string, m *meter) (plain string, changed bool, err error) {
	var b strings.Builder
	var sign [maxSign]byte
	done := 0 // text up to here is in b
	for i, due := 0, min(stride, len(text)); i < len(text); {
		if i >= due {
			if err := m.add(stride); err != nil {
				return "", false, err
			}
			due = min(i+stride, len(text))
		}
		if i = toEscape(text[:due], i); i == due {
			continue
		}
		read, n := sign[:0], 0
		switch text[i] {
		case '%':
			read, n = percent(read, text[i:])
		case '&':
			read, n = entity(read, text[i:])
		default:
			read, n = backslash(read, text[i:])
		}
		if n == 0 {
			i++
			continue
		}
		if !changed {
			changed = true
			b.Grow(len(text))
		}
		b.WriteString(text[done:i])
		b.Write(read)
		i += n
		done = i
	}
	if !changed {
		return text, false, nil
	}
	b.WriteString(text[done:])
	return b.String(), true, nil
}

// maxSign is how many bytes an escape stands for, at most.
const maxSign = 16

// toEscape returns where in text, from i on, the next escape may begin, or its length.
func toEscape(text string, i int) int {
	for i < len(text) && text[i] != '%' && text[i] != '\\' && text[i] != '&' {
		i++
	}
	return i
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

// entities are the named ones that every writer of HTML and XML makes, in any case.
var entities = [...]struct {
	name string
	sign byte
}{{"amp;", '&'}, {"quot;", '"'}, {"lt;", '<'}, {"gt;", '>'}, {"apos;", '\''}}

// entity reads the entity of HTML at the start of s. As in HTML, a number may
// lack the semicolon.
func entity(b []byte, s string) ([]byte, int) {
	if len(s) > 1 && s[1] == '#' {
		return numbered(b, s)
	}
	for _, e := range entities {
		if len(s) > len(e.name) && strings.EqualFold(s[1:1+len(e.name)], e.name) {
			return append(b, e.sign), 1 + len(e.name)
		}
	}
	end := 1
	for end < len(s) && end <= longestName && (s[end]-'0' <= 9 || s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z') {
		end++
	}
	if end == len(s) || s[end] != ';' {
		return b, 0
	}
	end++
	if sign := html.UnescapeString(s[:end]); sign != s[:end] {
		return append(b, sign...), end
	}
	return b, 0
}

// longestName is how long the names of HTML's entities are at most.
const longestName = 31

// longestNumber is how many digits an entity may have, zeros before it included.
const longestNumber = 10

// numbered reads &#34; or &#x22; at the start of s.
func numbered(b []byte, s string) ([]byte, int) {
	at, base := 2, 10
	if len(s) > at && s[at]|0x20 == 'x' {
		at, base = 3, 16
	}
	end := at
	for end < len(s) && end < at+longestNumber && isDigit(s[end], base) {
		end++
	}
	v, err := strconv.ParseUint(s[at:end], base, 64)
	if err != nil || v > utf8.MaxRune {
		return b, 0
	}
	if end < len(s) && s[end] == ';' {
		end++
	}
	return utf8.AppendRune(b, rune(v)), end
}

func isDigit(c byte, base int) bool {
	return c-'0' <= 9 || base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f'
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
