package wire

import "math/bits"

// Strings are looked at eight bytes at a time, which in a guest costs little more than
// to look at one. A byte is plain if it stands for itself inside a JSON string and needs
// no look at what follows: ASCII but for control characters, quote and backslash.

// word reads the eight bytes of text from i on, the first as the lowest.
func word[T string | []byte](text T, i int) uint64 {
	b := text[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// odd finds the first byte of a word that is not plain, and returns 0 without one:
// firstOdd tells which it is.
func odd(w uint64) uint64 {
	const every = 0x0101010101010101
	// Each sets the highest bit of the bytes it looks for, and perhaps of some above
	// the first of them. Of what is not ASCII, no byte escapes both of the first two.
	control, quote, backslash := w-every*0x20, (w^every*'"')-every, (w^every*'\\')-every
	return (control | quote | backslash) & (every * 0x80)
}

// firstOdd returns which byte odd has found.
func firstOdd(found uint64) int { return bits.TrailingZeros64(found) >> 3 }

// scan returns where in text, from i on, the first byte stands that is not plain, or
// its length if all are.
func scan(text string, i int) int {
	if i < 0 {
		return 0 // so that the compiler need not check every index
	}
	for ; i <= len(text)-8; i += 8 {
		if found := odd(word(text, i)); found != 0 {
			return i + firstOdd(found)
		}
	}
	for i < len(text) && text[i] >= 0x20 && text[i] < 0x80 && text[i] != '"' && text[i] != '\\' {
		i++
	}
	return i
}

// scanSome is scan that may end earlier, after some strides, so that a watch is asked.
func scanSome(text string, i int) int { return scan(text[:min(len(text), i+4*stride)], i) }
