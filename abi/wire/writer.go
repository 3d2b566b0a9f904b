package wire

import (
	"slices"
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
	// watch is asked whether to go on when what is written has come to due.
	watch func() error
	due   int
}

// errUTF8 is what Err returns once a string was not UTF-8.
var errUTF8 = &SyntaxError{Message: "a string is not UTF-8; send such bytes as a Binary value"}

// Reset empties the Writer and keeps its buffer, but not its watch.
func (w *Writer) Reset() { *w = Writer{b: w.b[:0]} }

// Watch has the Writer ask watch, as it goes, whether to go on: after every 64 KiB or
// so of text. Its error is what Err returns, and most of what follows is not written:
// the buffer then holds nothing that is of use.
func (w *Writer) Watch(watch func() error) { w.watch, w.due = watch, len(w.b)+stride }

// goOn asks the watch, if it is time, and reports whether to write on.
func (w *Writer) goOn() bool { return w.watch == nil || len(w.b) < w.due || w.look() }

func (w *Writer) look() bool {
	if w.err == nil {
		w.due = len(w.b) + stride
		w.err = w.watch()
	}
	if w.err != nil {
		w.due = 0 // and never goes on
	}
	return w.err == nil
}

// Bytes returns what was written. It is valid until the next call on the Writer.
func (w *Writer) Bytes() []byte { return w.b }

// Len returns how many bytes were written.
func (w *Writer) Len() int { return len(w.b) }

// Truncate takes back all that was written after the first n bytes, which must
// have been the Len between two members of an array; comma says whether a member
// stands before them.
func (w *Writer) Truncate(n int, comma bool) { w.b, w.more, w.err = w.b[:n], comma, nil }

// Err returns an error once a string was written that is not UTF-8, or what the watch
// said.
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
	w.text(k)
	w.b = append(w.b, ':')
	w.more = false
}

// String writes a string value.
func (w *Writer) String(s string) {
	w.text(s)
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
	w.b = append(slices.Grow(w.b, (len(data)+2)/3*4+2), '"')
	const piece = stride / 3 * 3 // but for the last it needs no padding
	for ; len(data) > piece && w.goOn(); data = data[piece:] {
		w.b = appendBase64(w.b, data[:piece])
	}
	if w.goOn() {
		w.b = appendBase64(w.b, data)
	}
	w.b = append(w.b, '"')
	w.more = true
}

// Raw writes a value that is JSON already.
func (w *Writer) Raw(json string) {
	w.comma()
	w.b = slices.Grow(w.b, len(json))
	for ; len(json) > stride && w.goOn(); json = json[stride:] {
		w.b = append(w.b, json[:stride]...)
	}
	if w.goOn() {
		w.b = append(w.b, json...)
	}
	w.more = true
}

// text writes a comma, if one is due, and s in quotes.
func (w *Writer) text(s string) {
	if w.watch != nil && len(w.b)+len(s) >= w.due {
		w.comma()
		w.b = append(slices.Grow(w.b, len(s)+2), '"')
		w.escape(s, 0)
		return
	}
	// Room for comma and quotes, and for a word behind them.
	i, most := len(w.b), len(s)+3+8
	if cap(w.b)-i < most {
		w.b = slices.Grow(w.b, most)
	}
	b := w.b[:cap(w.b)]
	if w.more {
		b[i] = ','
		i++
	}
	b[i] = '"'
	i++
	start, end := i, i+copy(b[i:], s)
	b[end] = '"'
	found := odd(word(b, i))
	for ; found == 0; found = odd(word(b, i)) {
		i += 8
	}
	if i += firstOdd(found); i < end {
		w.b = w.b[:i]
		w.escape(s, i-start)
	} else {
		w.b = w.b[:end+1]
	}
}

// escape writes what is left of s from i on, and the closing quote.
func (w *Writer) escape(s string, i int) {
	ascii := true
	for i < len(s) && w.goOn() {
		piece := s[:min(len(s), i+stride)]
		end := scan(piece, i)
		w.b = append(w.b, s[i:end]...)
		if i = end; i == len(piece) {
			continue
		}
		if c := s[i]; c < utf8.RuneSelf {
			w.b = appendEscape(w.b, c)
		} else {
			w.b = append(w.b, c)
			ascii = false
		}
		i++
	}
	w.b = append(w.b, '"')
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
