package contract

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// normalizeDN appends to dst the form of an RFC 4514 distinguished name in which
// equal names are equal: attribute types and values in lower case, no optional
// space, the parts of a multi-valued RDN in order, and every space or special sign
// of a value escaped as two hex digits: an unescaped comma always ends an RDN.
// It reports whether dn is well-formed, and no RDN of it has more than maxParts parts. The
// empty DN is.
func normalizeDN(dst []byte, dn string) ([]byte, bool) {
	if strings.Trim(dn, " ") == "" {
		return dst, true
	}
	parts := 0
	rdn := len(dst)
	for {
		rest, ok := "", false
		if dst, rest, ok = normalizeAVA(dst, dn); !ok {
			return dst, false
		}
		if parts++; parts > maxParts {
			return dst, false
		}
		if rest != "" && rest[0] == '+' {
			dst, dn = append(dst, '+'), rest[1:]
			continue
		}
		if parts > 1 {
			sortParts(dst[rdn:])
		}
		if rest == "" {
			return dst, true
		}
		dst, dn = append(dst, ','), rest[1:]
		rdn, parts = len(dst), 0
	}
}

// maxParts is how many parts an RDN may have: they are sorted, and nobody has more.
const maxParts = 16

// sortParts puts the parts of a multi-valued RDN in order, in place.
func sortParts(rdn []byte) {
	parts := bytes.Split(bytes.Clone(rdn), []byte{'+'})
	slices.SortFunc(parts, bytes.Compare)
	copy(rdn, bytes.Join(parts, []byte{'+'}))
}

// normalizeAVA appends one "type=value" and returns what follows it: nothing, or
// text that begins with its separator.
func normalizeAVA(dst []byte, s string) (out []byte, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	equals := strings.IndexByte(s, '=')
	if equals < 0 {
		return dst, "", false
	}
	name := strings.TrimRight(s[:equals], " ")
	if !isAttributeType(name) {
		return dst, "", false
	}
	for i := range len(name) {
		dst = append(dst, lower(name[i]))
	}
	return normalizeDNValue(append(dst, '='), strings.TrimLeft(s[equals+1:], " "))
}

// isAttributeType reports whether name is a descriptor or a dotted OID.
func isAttributeType(name string) bool {
	if name == "" || name[0] == '-' || name[0] == '.' {
		return false
	}
	for i := range len(name) {
		c := lower(name[i])
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

// normalizeDNValue appends a value up to its separator. Spaces at its end do not
// count unless they are escaped.
func normalizeDNValue(dst []byte, s string) (out []byte, rest string, ok bool) {
	start, end, folded := len(dst), len(dst), true
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ',' || c == '+':
			return foldValue(dst[:end], start, folded), s[i:], true
		case c == '\\':
			b, width := unescape(s[i+1:])
			if width == 0 {
				return dst, "", false
			}
			dst = appendDNByte(dst, b)
			folded = folded && b < utf8.RuneSelf
			i += 1 + width
			end = len(dst)
			continue
		case c == ';' || c == '"' || c == '<' || c == '>' || c == 0:
			return dst, "", false
		case c < utf8.RuneSelf:
			dst = appendDNByte(dst, c)
			i++
		default:
			r, width := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && width == 1 {
				return dst, "", false
			}
			dst = utf8.AppendRune(dst, lowerRune(r))
			i += width
		}
		if c != ' ' {
			end = len(dst)
		}
	}
	return foldValue(dst[:end], start, folded), "", true
}

// foldValue lowers the value from start on, unless that is done: letters beyond
// ASCII that were escaped byte by byte can be read only once all are there.
func foldValue(dst []byte, start int, folded bool) []byte {
	if folded {
		return dst
	}
	value := bytes.Clone(dst[start:])
	for dst = dst[:start]; len(value) > 0; {
		r, width := utf8.DecodeRune(value)
		if r == utf8.RuneError && width == 1 { // binary: no two of these are one
			dst = appendHex(dst, value[0])
		} else {
			dst = utf8.AppendRune(dst, lowerRune(r))
		}
		value = value[width:]
	}
	return dst
}

// lowerRune returns a letter in lower case. The dotted capital İ is none of i: together
// they are in no alphabet.
func lowerRune(r rune) rune {
	if r == 'İ' {
		return r
	}
	return unicode.ToLower(r)
}

// unescape reads what follows a backslash: a sign or two hex digits. Width 0
// means that neither is there.
func unescape(s string) (b byte, width int) {
	if s == "" {
		return 0, 0
	}
	if strings.IndexByte(` "#+,;<=>\`, s[0]) >= 0 {
		return s[0], 1
	}
	if len(s) >= 2 && isHex(s[0]) && isHex(s[1]) {
		return hexDigit(s[0])<<4 | hexDigit(s[1]), 2
	}
	return 0, 0
}

// appendDNByte appends one byte of a value in lower case, specials as hex.
func appendDNByte(dst []byte, b byte) []byte {
	switch b {
	case ' ', ',', '+', ';', '=', '\\', '"', '<', '>', '#', 0:
		return appendHex(dst, b)
	}
	return append(dst, lower(b))
}

func appendHex(dst []byte, b byte) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', digits[b>>4], digits[b&15])
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func isHex(b byte) bool {
	b = lower(b)
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f'
}

func hexDigit(b byte) byte {
	if b <= '9' {
		return b - '0'
	}
	return lower(b) - 'a' + 10
}

// inPartition reports whether the object dn lies at or below partition, both
// normalized.
func inPartition(dn, partition []byte) bool {
	if !bytes.HasSuffix(dn, partition) {
		return false
	}
	above := len(dn) - len(partition)
	return above == 0 || len(partition) == 0 || dn[above-1] == ','
}
