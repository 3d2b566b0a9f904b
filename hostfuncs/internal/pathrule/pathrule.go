// Package pathrule takes URL paths apart and matches them against patterns.
//
// What is matched is what the target will see: a path that two servers might
// read differently is refused before any pattern is looked at.
package pathrule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The reasons for which a path is refused.
var (
	ErrRelative  = errors.New("a path begins with a slash")
	ErrSign      = errors.New("the path holds a sign that must be percent-encoded")
	ErrEscape    = errors.New("the path holds a broken percent-encoding")
	ErrEmpty     = errors.New("the path has an empty segment")
	ErrDot       = errors.New("the path has a dot segment")
	ErrSlash     = errors.New("the path holds an encoded slash")
	ErrBackslash = errors.New("the path holds a backslash")
	ErrControl   = errors.New("the path holds a control character")
	ErrText      = errors.New("the path is not UTF-8")
	ErrTwice     = errors.New("the path is percent-encoded twice")
)

// Split decodes an absolute path and returns its segments; a trailing slash
// makes the last one empty. A %2F is refused, unless slashes allows it: it then
// belongs to its segment's text.
func Split(path string, slashes bool) ([]string, error) {
	if path == "" || path[0] != '/' {
		return nil, ErrRelative
	}
	segments := strings.Split(path[1:], "/")
	for i, raw := range segments {
		text, err := decode(raw)
		if err == nil {
			err = check(text, slashes, i == len(segments)-1)
		}
		if err != nil {
			return nil, err
		}
		segments[i] = text
	}
	return segments, nil
}

func check(text string, slashes, last bool) error {
	// A server that strips path parameters reads "..;x" as "..".
	name, _, _ := strings.Cut(text, ";")
	switch {
	case text == "" && !last:
		return ErrEmpty
	case name == "." || name == "..":
		return ErrDot
	case strings.Contains(text, "/") && !slashes:
		return ErrSlash
	case strings.Contains(text, `\`):
		return ErrBackslash
	case !utf8.ValidString(text):
		return ErrText
	case strings.ContainsFunc(text, isControl):
		return ErrControl
	case encodedTwice(text):
		return ErrTwice
	}
	if !slashes {
		return nil
	}
	// A server that decodes before it splits must not find dots either.
	for part := range strings.SplitSeq(text, "/") {
		if name, _, _ := strings.Cut(part, ";"); name == "." || name == ".." {
			return ErrDot
		}
	}
	return nil
}

func isControl(c rune) bool { return c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 }

// encodedTwice finds the escapes that would matter to a server which decodes a
// second time.
func encodedTwice(text string) bool {
	if !strings.Contains(text, "%") {
		return false
	}
	text = strings.ToLower(text)
	for _, escape := range []string{"%2e", "%2f", "%5c", "%00", "%25"} {
		if strings.Contains(text, escape) {
			return true
		}
	}
	return false
}

// decode resolves the percent-encoding of one segment.
func decode(raw string) (string, error) {
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '%' {
			if !isPathSign(c) {
				return "", ErrSign
			}
			b = append(b, c)
			continue
		}
		if i+2 >= len(raw) || unhex(raw[i+1]) > 15 || unhex(raw[i+2]) > 15 {
			return "", ErrEscape
		}
		b = append(b, unhex(raw[i+1])<<4|unhex(raw[i+2]))
		i += 2
	}
	return string(b), nil
}

// isPathSign tells RFC 3986's pchar, apart from the percent sign.
func isPathSign(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0
}

func unhex(c byte) byte {
	switch {
	case c-'0' <= 9:
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// Pattern is a path pattern, perhaps limited to methods.
type Pattern struct {
	methods  []string
	segments []string
	rest     bool // ends in **
}

// Parse reads a pattern: [METHOD[,METHOD…] ]/segment/*/…[/**].
func Parse(text string) (Pattern, error) {
	var p Pattern
	if methods, path, found := strings.Cut(text, " "); found && !strings.HasPrefix(text, "/") {
		p.methods, text = strings.Split(methods, ","), strings.TrimLeft(path, " ")
	}
	if !strings.HasPrefix(text, "/") {
		return Pattern{}, ErrRelative
	}
	p.segments = strings.Split(text[1:], "/")
	if last := len(p.segments) - 1; p.segments[last] == "**" {
		p.segments, p.rest = p.segments[:last], true
	}
	for i, segment := range p.segments {
		if err := checkPatternSegment(segment, !p.rest && i == len(p.segments)-1); err != nil {
			return Pattern{}, err
		}
	}
	return p, nil
}

func checkPatternSegment(segment string, last bool) error {
	switch {
	case segment == "*":
		return nil
	case strings.Contains(segment, "*"):
		return fmt.Errorf("a * stands for a whole segment, and ** stands at the end only: %q", segment)
	case strings.ContainsAny(segment, "%?#"):
		return fmt.Errorf("a pattern is written without percent-encoding, query and fragment: %q", segment)
	}
	return check(segment, false, last)
}

// Methods returns the methods the pattern is limited to; none means all.
func (p Pattern) Methods() []string { return p.methods }

// Match reports whether the pattern covers a path, as Split returned it.
func (p Pattern) Match(method string, segments []string) bool {
	if len(p.methods) > 0 && !slices.Contains(p.methods, method) {
		return false
	}
	if len(segments) < len(p.segments) || len(segments) == len(p.segments) && p.rest || len(segments) > len(p.segments) && !p.rest {
		return false
	}
	for i, want := range p.segments {
		if want == "*" && segments[i] != "" {
			continue
		}
		if want != segments[i] {
			return false
		}
	}
	return true
}
