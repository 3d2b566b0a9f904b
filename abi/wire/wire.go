// Package wire reads and writes JSON without reflection: strict, quick inside a
// WebAssembly guest, and free of encoding/json, which is five to fifteen times
// slower there. The codecs of package abi are built on it, and a connector may
// read and write its target's JSON with it.
//
// What Writer writes is canonical: no white space, the members in the order in
// which they are written, and for every string one spelling, in which only the
// quote, the backslash and the control characters are escaped.
package wire

import "strconv"

// SyntaxError tells what is wrong with a message and where.
type SyntaxError struct {
	// Offset counts bytes from the start of the message.
	Offset int
	// Path names the place in the message, such as entries[3].anchor; empty at
	// the top.
	Path string
	// Message says what is wrong.
	Message string
}

// Error returns the message with path and offset.
func (e *SyntaxError) Error() string {
	at := "at byte " + strconv.Itoa(e.Offset)
	if e.Path != "" {
		at = e.Path + ", " + at
	}
	return at + ": " + e.Message
}

// maxPathKey cuts the keys in an error's path, which come from the other side.
const maxPathKey = 64

// path names where the Reader stands.
func (r *Reader) path() string {
	var b []byte
	for i := range r.open {
		f := &r.open[i]
		if !f.object {
			if f.index > 0 {
				b = append(b, '[')
				b = strconv.AppendInt(b, int64(f.index-1), 10)
				b = append(b, ']')
			}
			continue
		}
		if f.key == "" {
			continue
		}
		if len(b) > 0 {
			b = append(b, '.')
		}
		key := f.key
		if len(key) > maxPathKey {
			key = key[:maxPathKey]
		}
		quoted := strconv.AppendQuote(nil, key)
		b = append(b, quoted[1:len(quoted)-1]...)
	}
	return string(b)
}
