package logfield

import (
	"strings"
	"unicode"
)

// Clean takes out of foreign text what could move a terminal's cursor, end a line or
// turn text around: \uFFFD stands there instead, and a blank for a tab or a new line.
// What is no UTF-8 goes, too.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}
