package rest

import (
	"strconv"
	"strings"
	"time"
)

// The formats of dates that have a name.
const (
	formatRFC3339    = "rfc3339"
	formatUnix       = "unix"
	formatUnixMillis = "unixMillis"
	formatFiletime   = "filetime"
)

// filetimeEpoch is 1601-01-01 in seconds of Unix.
const filetimeEpoch = -11644473600

// httpDate is the form of dates in HTTP's headers.
const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"

// parseDate reads text by a format.
func parseDate(format, text string) (time.Time, bool) {
	switch format {
	case formatRFC3339:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t, err = time.Parse("2006-01-02T15:04:05.999999999Z0700", text)
		}
		return t.UTC(), err == nil
	case formatUnix, formatUnixMillis, formatFiletime:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return time.Time{}, false
		}
		t := fromNumber(format, n)
		// RFC 3339, which it becomes, has years of four digits.
		return t, t.Year() >= 0 && t.Year() <= 9999
	}
	return parsePattern(format, text)
}

func fromNumber(format string, n int64) time.Time {
	switch format {
	case formatUnix:
		return time.Unix(n, 0).UTC()
	case formatUnixMillis:
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n/1e7+filetimeEpoch, n%1e7*100).UTC()
}

// isNever says whether a number of filetime is none: Active Directory writes 0 and the
// greatest number there is for what never was and never will be.
func isNever(format, text string) bool {
	return format == formatFiletime && (text == "0" || text == "9223372036854775807")
}

// formatDate writes a time; number says that the format is a number.
func formatDate(format string, t time.Time) (text string, number bool) {
	t = t.UTC()
	switch format {
	case formatRFC3339, "":
		return t.Format(time.RFC3339Nano), false
	case formatUnix:
		return strconv.FormatInt(t.Unix(), 10), true
	case formatUnixMillis:
		return strconv.FormatInt(t.UnixMilli(), 10), true
	case formatFiletime:
		return strconv.FormatInt((t.Unix()-filetimeEpoch)*1e7+int64(t.Nanosecond()/100), 10), true
	}
	return writePattern(format, t), false
}

// parts are those of a pattern, each with a fixed number of digits.
var parts = [...]string{"YYYY", "MM", "DD", "hh", "mm", "ss"}

// partAt returns which part begins the pattern, or -1.
func partAt(pattern string) int {
	for i, part := range parts {
		if strings.HasPrefix(pattern, part) {
			return i
		}
	}
	return -1
}

func parsePattern(pattern, text string) (time.Time, bool) {
	n := [len(parts)]int{0, 1, 1}
	for pattern != "" {
		i := partAt(pattern)
		if i < 0 {
			if text == "" || text[0] != pattern[0] {
				return time.Time{}, false
			}
			pattern, text = pattern[1:], text[1:]
			continue
		}
		digits := len(parts[i])
		if len(text) < digits {
			return time.Time{}, false
		}
		number, err := strconv.ParseUint(text[:digits], 10, 32)
		if err != nil {
			return time.Time{}, false
		}
		n[i], pattern, text = int(number), pattern[digits:], text[digits:]
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	// A date that is none, such as the 31st of June, would become another.
	whole := t.Month() == time.Month(n[1]) && t.Day() == n[2] && t.Hour() == n[3] && t.Minute() == n[4] && t.Second() == n[5]
	return t, text == "" && whole
}

func writePattern(pattern string, t time.Time) string {
	n := [len(parts)]int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()}
	var b strings.Builder
	for pattern != "" {
		i := partAt(pattern)
		if i < 0 {
			b.WriteByte(pattern[0])
			pattern = pattern[1:]
			continue
		}
		digits := strconv.Itoa(n[i])
		for range len(parts[i]) - len(digits) {
			b.WriteByte('0')
		}
		b.WriteString(digits)
		pattern = pattern[len(parts[i]):]
	}
	return b.String()
}

// guessDate reads a date of which nobody said how it is written, and tells how.
func guessDate(format, text string) (time.Time, string, bool) {
	for _, f := range []string{format, formatRFC3339, "YYYY-MM-DD hh:mm:ss"} {
		if f == "" {
			continue
		}
		if t, ok := parseDate(f, text); ok {
			return t, f, true
		}
	}
	f := ""
	switch n := len(text); {
	case n >= 9 && n <= 10:
		f = formatUnix
	case n >= 12 && n <= 13:
		f = formatUnixMillis
	case n == 18:
		f = formatFiletime
	default:
		return time.Time{}, "", false
	}
	t, ok := parseDate(f, text)
	return t, f, ok
}
