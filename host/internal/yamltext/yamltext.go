// Package yamltext writes parts of YAML files that are drafted for people.
package yamltext

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const maxComment = 200

var plain = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./-]*$`)

// words are what YAML takes for something else than text.
var words = []string{"true", "false", "yes", "no", "on", "off", "null", "y", "n"}

// Scalar writes text so that YAML reads it as that text.
func Scalar(s string) string {
	if plain.MatchString(s) && !slices.Contains(words, strings.ToLower(s)) || s == "." {
		return s
	}
	return strconv.Quote(s)
}

// Comment makes text fit for a comment: one line, printable, at most
// maxComment bytes.
func Comment(s string) string {
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return strings.ToValidUTF8(clean[:min(len(clean), maxComment)], "")
}
