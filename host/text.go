package host

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxQuoted is where a connector's text is cut in messages.
const maxQuoted = 300

// quoted quotes a connector's text, cut.
func quoted(s string) string {
	if len(s) <= maxQuoted {
		return strconv.Quote(s)
	}
	return strconv.Quote(cut(s, maxQuoted)) + "…"
}

// cut returns at most so many bytes of s, without breaking a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.Clone(s[:most])
}

// quotedList quotes at most twenty texts.
func quotedList(list []string) string {
	const most = 20
	var b strings.Builder
	for i, s := range list {
		if i == most {
			b.WriteString(" and others")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(s))
	}
	return b.String()
}
