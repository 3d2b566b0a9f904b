package wire

import "strings"

// The standard library's base64 imports reflect by way of encoding/binary, which
// a guest must not carry; these forty lines are the standard alphabet alone.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// sextet maps a byte to its six bits, or to 0xff.
var sextet = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
	}
	return t
}()

func appendBase64(b []byte, s string) []byte {
	for ; len(s) >= 3; s = s[3:] {
		n := uint(s[0])<<16 | uint(s[1])<<8 | uint(s[2])
		b = append(b, alphabet[n>>18], alphabet[n>>12&63], alphabet[n>>6&63], alphabet[n&63])
	}
	switch len(s) {
	case 1:
		b = append(b, alphabet[s[0]>>2], alphabet[s[0]<<4&63], '=', '=')
	case 2:
		n := uint(s[0])<<8 | uint(s[1])
		b = append(b, alphabet[n>>10], alphabet[n>>4&63], alphabet[n<<2&63], '=')
	}
	return b
}

// EncodeBase64 returns data in base64 (RFC 4648 section 4, with padding).
func EncodeBase64(data string) string { return string(appendBase64(nil, data)) }

// DecodeBase64 returns the bytes that s, in base64 with padding, stands for. Only
// the canonical form is taken: no white space, no missing padding, no bits left
// over.
func DecodeBase64(s string) (string, bool) {
	var r Reader
	return r.DecodeBase64(s)
}

// DecodeBase64 is the function of that name, for parts of the input: the Reader's
// watch is asked as it goes.
func (r *Reader) DecodeBase64(s string) (string, bool) {
	if len(s)%4 != 0 {
		return "", false
	}
	if s == "" {
		return "", true
	}
	var b strings.Builder
	b.Grow(len(s) / 4 * 3)
	var block [768]byte
	for due := stride; len(s) > 4; {
		if b.Len() >= due {
			if due += stride; !r.GoOn() {
				return "", false
			}
		}
		text := s[:min(len(s)-1, len(block)/3*4)/4*4]
		n, ok := quanta(block[:], text)
		if !ok {
			return "", false
		}
		b.Write(block[:n])
		s = s[len(text):]
	}
	last, ok := lastQuantum(s)
	if !ok {
		return "", false
	}
	b.WriteString(last)
	return b.String(), true
}

// quanta decodes whole groups of four signs into b, and returns how many bytes they
// are.
func quanta(b []byte, s string) (int, bool) {
	i := 0
	for ; len(s) >= 4 && len(b)-i >= 3; s = s[4:] {
		n, ok := quantum(s[0], s[1], s[2], s[3])
		if !ok {
			return 0, false
		}
		b[i], b[i+1], b[i+2] = byte(n>>16), byte(n>>8), byte(n)
		i += 3
	}
	return i, true
}

// lastQuantum decodes the last group of four, which may be padded.
func lastQuantum(s string) (string, bool) {
	pad, c, d := 0, s[2], s[3]
	if d == '=' {
		pad, d = 1, 'A'
		if c == '=' {
			pad, c = 2, 'A'
		}
	}
	n, ok := quantum(s[0], s[1], c, d)
	if !ok || pad == 1 && n&0xff != 0 || pad == 2 && n&0xffff != 0 {
		return "", false
	}
	last := [3]byte{byte(n >> 16), byte(n >> 8), byte(n)}
	return string(last[:3-pad]), true
}

func quantum(a, b, c, d byte) (uint, bool) {
	w, x, y, z := sextet[a], sextet[b], sextet[c], sextet[d]
	if w|x|y|z > 63 {
		return 0, false
	}
	return uint(w)<<18 | uint(x)<<12 | uint(y)<<6 | uint(z), true
}
