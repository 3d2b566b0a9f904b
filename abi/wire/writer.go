package wire

import (
	"strconv"
	"unicode/utf8"
)

// Writer appends canonical JSON to a buffer it grows. Commas are its business.
// It does not check that keys and values alternate: that is for the tests of the
// code that uses it.
//
// A Writer is not safe for concurrent use. The zero value is ready.
type Writer struct {
	b    []byte
	more bool
	err  error
}

// errUTF8 is what Err returns once a string was not UTF-8.
var errUTF8 = &SyntaxError{Message: "a string is not UTF-8; send such bytes as a Binary value"}

// Reset empties the Writer and keeps its buffer.
func (w *Writer) Reset() { w.b, w.more, w.err = w.b[:0], false, nil }

// Bytes returns what was written. It is valid until the next call on the Writer.
func (w *Writer) Bytes() []byte { return w.b }

// Len returns how many bytes were written.
func (w *Writer) Len() int { return len(w.b) }

// Truncate takes back all that was written after the first n bytes, which must
// have been the Len between two members of an array; comma says whether a member
// stands before them.
func (w *Writer) Truncate(n int, comma bool) { w.b, w.more, w.err = w.b[:n], comma, nil }

// Err returns an error once a string was written that is not UTF-8.
func (w *Writer) Err() error { return w.err }

func (w *Writer) comma() {
	if w.more {
		w.b = append(w.b, ',')
	}
}

// Object opens an object; EndObject closes it.
func (w *Writer) Object() { w.comma(); w.b = append(w.b, '{'); w.more = false }

// EndObject closes the object that was opened last.
func (w *Writer) EndObject() { w.b = append(w.b, '}'); w.more = true }

// Array opens an array; EndArray closes it.
func (w *Writer) Array() { w.comma(); w.b = append(w.b, '['); w.more = false }

// EndArray closes the array that was opened last.
func (w *Writer) EndArray() { w.b = append(w.b, ']'); w.more = true }

// Key writes a key of the open object.
func (w *Writer) Key(k string) {
	w.comma()
	w.quote(k)
	w.b = append(w.b, ':')
	w.more = false
}

// String writes a string value.
func (w *Writer) String(s string) {
	w.comma()
	w.quote(s)
	w.more = true
}

// Bool writes true or false.
func (w *Writer) Bool(v bool) { w.comma(); w.b = strconv.AppendBool(w.b, v); w.more = true }

// Int writes a whole number.
func (w *Writer) Int(n int64) { w.comma(); w.b = strconv.AppendInt(w.b, n, 10); w.more = true }

// IntString writes a whole number as a decimal string, which no language rounds.
func (w *Writer) IntString(n int64) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = strconv.AppendInt(w.b, n, 10)
	w.b = append(w.b, '"')
	w.more = true
}

// Null writes null.
func (w *Writer) Null() { w.comma(); w.b = append(w.b, "null"...); w.more = true }

// Base64 writes bytes as a base64 string (RFC 4648 section 4, with padding).
func (w *Writer) Base64(data string) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = appendBase64(w.b, data)
	w.b = append(w.b, '"')
	w.more = true
}

// Raw writes a value that is JSON already.
func (w *Writer) Raw(json string) { w.comma(); w.b = append(w.b, json...); w.more = true }

// quote appends s in quotes. Runs of plain bytes are copied whole.
func (w *Writer) quote(s string) {
	b := append(w.b, '"')
	start, ascii := 0, true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if plain[c] {
			continue
		}
		if c >= utf8.RuneSelf {
			ascii = false
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, c)
		start = i + 1
	}
	b = append(b, s[start:]...)
	w.b = append(b, '"')
	if !ascii && w.err == nil && !utf8.ValidString(s) {
		w.err = errUTF8
	}
}

func appendEscape(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
