package guest

// PathSegment returns s as one segment of an HTTPRequest.Path: percent-encoded
// (RFC 3986), the slash too. A host lets an encoded slash through only where its
// grant says so, and never the segments "." and "..".
func PathSegment(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+8)
	for i := range len(s) {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
