package hostfuncs

import (
	"strconv"
	"unicode/utf8"
)

// maxQuoted is where foreign text is cut before it is quoted in a message.
const maxQuoted = 80

// quoteCut quotes text that somebody else wrote, cut at maxQuoted bytes.
func quoteCut(s string) string {
	if len(s) > maxQuoted {
		return strconv.Quote(cut(s, maxQuoted)) + "…"
	}
	return strconv.Quote(s)
}

// cut returns at most limit bytes of s, without breaking a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
