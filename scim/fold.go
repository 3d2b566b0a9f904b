package scim

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FoldCase returns the form of s under which strings that differ only in case
// are the same. A filter on an attribute that is not caseExact compares these
// forms, so an index over such an attribute must use them as keys:
// FoldCase(a) == FoldCase(b) exactly when strings.EqualFold(a, b).
func FoldCase(s string) string {
	if !needsFold(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

func needsFold(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return true
		}
	}
	return false
}

// foldRune returns the smallest rune that r folds to, ASCII letters in lower case.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		return lowerASCII(r)
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return lowerASCII(least)
}

func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// equalName compares attribute names, URNs and keywords: ASCII, in any case.
func equalName(a, b string) bool {
	return len(a) == len(b) && hasNamePrefix(a, b)
}

// hasNamePrefix reports whether s begins with prefix, in any ASCII case.
func hasNamePrefix(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := 0; i < len(prefix); i++ {
		if s[i] != prefix[i] && lowerASCII(rune(s[i])) != lowerASCII(rune(prefix[i])) {
			return false
		}
	}
	return true
}

func lowerName(s string) string {
	return strings.Map(lowerASCII, s)
}
