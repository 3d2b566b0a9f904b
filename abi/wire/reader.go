package wire

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is what the next JSON value is, told by its first byte.
type Kind byte

// The kinds of JSON values. KindInvalid also stands for the end of the input.
const (
	KindInvalid Kind = iota
	KindNull
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

// MaxDepth is how many arrays and objects may be open at once. The messages of
// the ABI need seven; the rest is room for a connector that reads its target's
// JSON with this package.
const MaxDepth = 64

// manyKeys is the number of keys in one object from which duplicates are looked
// up in a keySet: below it a linear search is quicker, above it an object with a
// million keys must not cost a million million comparisons.
const manyKeys = 48

// Reader reads one JSON value from a string, from left to right, without
// reflection. It is strict: UTF-8 without lone surrogates, no duplicate keys, no
// trailing commas, no comments, at most MaxDepth levels.
//
// The first error sticks: from then on every method returns the zero value and
// every loop ends, so callers check Err (or End) once, at the end. Strings
// without escapes are returned as parts of the input, not copied.
//
// A Reader is not safe for concurrent use. The zero value reads the empty input.
type Reader struct {
	s    string
	i    int
	err  *SyntaxError
	open []frame
	keys []string
	// again: what is read was read before.
	again bool
	// most is how many members an object may have; 0: any number.
	most int
	// watch is asked whether to go on when what is read has passed due; stopped is
	// what it answered.
	watch   func() error
	due     int
	stopped error
}

// frame is one open array or object.
type frame struct {
	object bool
	first  int // index in Reader.keys of this object's first key
	index  int // members begun so far
	key    string
	seen   *keySet
}

// NewReader returns a Reader over s.
func NewReader(s string) *Reader {
	return &Reader{s: s, due: stride, open: make([]frame, 0, 8), keys: make([]string, 0, 32)}
}

// Reread has the Reader begin anew and keep its memory. s must be a value that a
// Reader has read before, without an error: keys are not compared with each other
// once more, which in large objects takes longer than all the rest.
func (r *Reader) Reread(s string) {
	r.Read(s)
	r.again = true
}

// Read has the Reader begin anew, with another text, and keep its memory.
func (r *Reader) Read(s string) {
	r.s, r.i, r.err, r.again, r.due, r.stopped = s, 0, nil, false, stride, nil
	r.open, r.keys = r.open[:0], r.keys[:0]
}

// LimitKeys bounds how many members one object may have, in what is skipped, too;
// 0, as in a new Reader, does not. An object of a million keys takes ten times as
// long to read as anything else of its length.
func (r *Reader) LimitKeys(most int) { r.most = most }

// stride is how many bytes are read or copied between two looks at the watch.
const stride = 64 << 10

// Watch has the Reader ask watch, as it goes, whether to go on: after every 64 KiB or
// so that it has read or copied, which takes about a millisecond where memory is slow.
// Its error ends the reading, and is what Err returns.
func (r *Reader) Watch(watch func() error) { r.watch, r.due = watch, r.i+stride }

// GoOn asks the watch at once, for decoders that do much between two values, and
// reports whether there was no error up to now.
func (r *Reader) GoOn() bool {
	if r.watch != nil && r.err == nil {
		if r.stopped = r.watch(); r.stopped != nil {
			r.Fail("the reading was stopped")
		}
	}
	return r.err == nil
}

// pass is GoOn for when what is read has come to at.
func (r *Reader) pass(at int) bool {
	if r.due = at + stride; r.watch == nil {
		r.due = math.MaxInt
	}
	return r.GoOn()
}

// Err returns the first error, a *SyntaxError or what the watch said, or nil.
func (r *Reader) Err() error {
	switch {
	case r.stopped != nil:
		return r.stopped
	case r.err != nil:
		return r.err
	}
	return nil
}

// Offset returns how many bytes have been read.
func (r *Reader) Offset() int { return r.i }

// End returns the first error; without one it makes sure that nothing but white
// space follows the value that was read.
func (r *Reader) End() error {
	if r.err == nil {
		r.space()
		if r.i < len(r.s) {
			r.Fail("data after the end of the message")
		}
	}
	return r.Err()
}

// Fail records a mistake at the present place, unless there is one already.
// Decoders built on Reader use it for values that are well-formed JSON and still
// wrong.
func (r *Reader) Fail(message string) {
	if r.err == nil {
		r.err = &SyntaxError{Offset: r.i, Path: r.path(), Message: message}
	}
}

// kinds tells the kind of a value by its first byte.
var kinds = func() (t [256]Kind) {
	t['"'], t['{'], t['['], t['t'], t['f'], t['n'], t['-'] = KindString, KindObject, KindArray, KindBool, KindBool, KindNull, KindNumber
	for c := '0'; c <= '9'; c++ {
		t[c] = KindNumber
	}
	return t
}()

// Peek tells the kind of the next value without reading it.
func (r *Reader) Peek() Kind {
	r.space()
	if r.err != nil || r.i >= len(r.s) {
		return KindInvalid
	}
	return kinds[r.s[r.i]]
}

// Object opens an object. Call NextKey until it returns false.
func (r *Reader) Object() { r.begin('{', "an object") }

// Array opens an array. Call NextItem until it returns false.
func (r *Reader) Array() { r.begin('[', "an array") }

func (r *Reader) begin(c byte, what string) {
	if !r.at(c, what) {
		return
	}
	n := len(r.open)
	if n == MaxDepth {
		r.Fail("more than " + strconv.Itoa(MaxDepth) + " arrays and objects inside one another")
		return
	}
	r.i++
	if n == cap(r.open) {
		r.open = append(r.open, frame{})
	}
	r.open = r.open[:n+1]
	f := &r.open[n]
	f.object, f.first, f.index = c == '{', len(r.keys), 0
	if f.object {
		f.key, f.seen = "", nil
	}
}

// NextKey moves to the next member of the object that was opened last and
// reports whether there is one; its name is Key, and its value must be read or
// skipped before the next call. After false the object is closed.
func (r *Reader) NextKey() bool {
	if !r.member(true, '}') {
		return false
	}
	if r.Peek() != KindString {
		r.Fail("a key in quotes was expected")
		return false
	}
	at := r.i
	key := r.String()
	r.space()
	if r.most > 0 && r.open[len(r.open)-1].index > r.most {
		r.Fail("more than " + strconv.Itoa(r.most) + " keys in one object")
	}
	if r.err == nil && (r.i >= len(r.s) || r.s[r.i] != ':') {
		r.Fail("a colon was expected after a key")
	}
	if r.err != nil {
		return false
	}
	r.i++
	return r.remember(key, at)
}

// Key returns the key that NextKey found.
func (r *Reader) Key() string {
	if len(r.open) == 0 {
		return ""
	}
	return r.open[len(r.open)-1].key
}

// NextItem moves to the next item of the array that was opened last and reports
// whether there is one. After false the array is closed.
func (r *Reader) NextItem() bool { return r.member(false, ']') }

// member steps over the comma before a member, or over the closing sign.
func (r *Reader) member(object bool, closing byte) bool {
	if r.err != nil || r.i >= r.due && !r.pass(r.i) {
		return false
	}
	last := len(r.open) - 1
	if last < 0 || r.open[last].object != object {
		r.Fail("no such array or object is open")
		return false
	}
	f := &r.open[last]
	r.space()
	switch {
	case r.i >= len(r.s):
		r.Fail("the message ends early")
		return false
	case r.s[r.i] == closing:
		r.i++
		r.keys, f.seen = r.keys[:f.first], nil
		r.open = r.open[:last]
		return false
	case f.index == 0:
	case r.s[r.i] == ',':
		r.i++
		r.space()
	default:
		r.Fail("a comma or the end was expected")
		return false
	}
	f.index++
	return r.err == nil
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	if r.Peek() != KindBool {
		r.expected("true or false")
		return false
	}
	if r.s[r.i] == 't' {
		return r.literal("true")
	}
	r.literal("false")
	return false
}

// Null reads null, if that is next, and reports whether it was.
func (r *Reader) Null() bool { return r.Peek() == KindNull && r.literal("null") }

func (r *Reader) literal(word string) bool {
	if len(r.s)-r.i < len(word) || r.s[r.i:r.i+len(word)] != word {
		r.Fail("this is no JSON value")
		return false
	}
	r.i += len(word)
	return true
}

// maxIntText is more than any number of 64 bits takes: what is longer has a digit too
// many up to there, too, and is not copied into an error that nobody reads.
const maxIntText = 24

// Int reads a number without fraction or exponent that fits 64 bits.
func (r *Reader) Int() int64 {
	text := r.Number()
	if r.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(text[:min(len(text), maxIntText)], 10, 64)
	if err != nil {
		r.Fail("a whole number of at most 64 bits was expected")
	}
	return n
}

// Number reads any JSON number and returns its text as it stands.
func (r *Reader) Number() string {
	if r.Peek() != KindNumber {
		r.expected("a number")
		return ""
	}
	start := r.i
	if r.s[r.i] == '-' {
		r.i++
	}
	whole := r.digits()
	ok := whole == 1 || whole > 1 && r.s[r.i-whole] != '0'
	if r.i < len(r.s) && r.s[r.i] == '.' {
		r.i++
		ok = r.digits() > 0 && ok
	}
	if r.i < len(r.s) && (r.s[r.i] == 'e' || r.s[r.i] == 'E') {
		r.i++
		if r.i < len(r.s) && (r.s[r.i] == '+' || r.s[r.i] == '-') {
			r.i++
		}
		ok = r.digits() > 0 && ok
	}
	if !ok {
		r.Fail("this is no JSON number")
	}
	if r.err != nil {
		return ""
	}
	return r.s[start:r.i]
}

func (r *Reader) digits() int {
	i := r.i
	for i < len(r.s) && r.s[i]-'0' <= 9 {
		if i++; i >= r.due && !r.pass(i) {
			break
		}
	}
	n := i - r.i
	r.i = i
	return n
}

// Skip reads one value of any kind and forgets it, checking it all the same.
func (r *Reader) Skip() {
	outer := len(r.open)
	r.skipOne()
	for len(r.open) > outer && r.err == nil {
		if r.open[len(r.open)-1].object {
			if r.NextKey() {
				r.skipOne()
			}
		} else if r.NextItem() && !r.plainItems(nil) {
			r.skipOne()
		}
	}
}

// skipOne skips a value, and of an array or object the beginning.
func (r *Reader) skipOne() {
	switch r.Peek() {
	case KindString:
		r.skipString()
	case KindArray:
		r.Array()
	case KindObject:
		r.Object()
	case KindNumber:
		r.Number()
	case KindBool:
		r.Bool()
	case KindNull:
		r.Null()
	default:
		r.expected("a value")
	}
}

// Item is one value of an array.
type Item struct {
	// Raw is its text as it stands, a part of the input.
	Raw  string
	Kind Kind
	// plain says that it is a string without escapes.
	plain bool
}

// Text returns what a string says, and the text of anything else as it stands.
func (t *Item) Text() string {
	switch {
	case t.plain:
		return t.Raw[1 : len(t.Raw)-1]
	case t.Kind == KindString:
		r := Reader{s: t.Raw}
		return r.String()
	}
	return t.Raw
}

// Items reads an array and appends its items to all. That takes half the time of
// reading them one by one.
func (r *Reader) Items(all []Item) []Item {
	for r.Array(); r.NextItem(); {
		if r.plainItems(&all) {
			continue
		}
		kind, raw := r.Peek(), r.Raw()
		if r.err == nil {
			all = append(all, Item{Raw: raw, Kind: kind, plain: kind == KindString && strings.IndexByte(raw, '\\') < 0})
		}
	}
	return all
}

// plainItems reads items of an array as long as they are strings of nothing but plain
// bytes, with a comma between them, and appends them to all unless that is nil. It
// reports whether an item was read last; otherwise one is next.
func (r *Reader) plainItems(all *[]Item) bool {
	s, i, n, read := r.s, r.i, 0, false
	last := min(len(s)-8, i+stride)
	for end := i + 1; end <= last && s[i] == '"'; {
		found := odd(word(s, end))
		if found == 0 {
			end += 8
			continue
		}
		if end += firstOdd(found); s[end] != '"' {
			break
		}
		end++
		if all != nil {
			*all = append(*all, Item{Raw: s[i:end], Kind: KindString, plain: true})
		}
		i = end
		if read = len(s)-i < 2 || s[i] != ',' || s[i+1] != '"'; read {
			break
		}
		i++
		end += 2
		n++
	}
	r.i = i
	r.open[len(r.open)-1].index += n
	return read
}

// Raw reads one value of any kind and returns its text, checked.
func (r *Reader) Raw() string {
	r.space()
	start := r.i
	r.Skip()
	if r.err != nil {
		return ""
	}
	return r.s[start:r.i]
}

// space steps over white space, which most messages have none of.
func (r *Reader) space() {
	if r.i < len(r.s) && r.s[r.i] <= ' ' {
		r.spaces()
	}
}

func (r *Reader) spaces() {
	for r.i < len(r.s) {
		switch r.s[r.i] {
		case ' ', '\t', '\n', '\r':
			if r.i++; r.i >= r.due && !r.pass(r.i) {
				return
			}
		default:
			return
		}
	}
}

func (r *Reader) at(c byte, what string) bool {
	r.space()
	if r.err == nil && r.i < len(r.s) && r.s[r.i] == c {
		return true
	}
	r.expected(what)
	return false
}

func (r *Reader) expected(what string) {
	if r.i >= len(r.s) {
		r.Fail("the message ends early: " + what + " was expected")
		return
	}
	r.Fail(what + " was expected")
}

// String reads a string. Without escapes it is a part of the input; with them it
// is a fresh copy.
func (r *Reader) String() string {
	if r.err != nil || r.i >= len(r.s) || r.s[r.i] != '"' {
		if !r.at('"', "a string") {
			return ""
		}
	}
	s, start := r.s, r.i+1
	end, saved := scanSome(s, start), 0
	if end == len(s) || s[end] != '"' {
		if end, saved = r.stringEnd(start, end); r.err != nil {
			return ""
		}
	}
	r.i = end + 1
	if saved > 0 {
		return unescape(s[start:end], end-start-saved, r)
	}
	return s[start:end]
}

// skipString is String without the copy.
func (r *Reader) skipString() {
	start := r.i + 1
	end := scanSome(r.s, start)
	if end == len(r.s) || r.s[end] != '"' {
		if end, _ = r.stringEnd(start, end); r.err != nil {
			return
		}
	}
	r.i = end + 1
}

// stringEnd checks the string that begins at start, from i on, and returns where its
// closing quote is and how many bytes shorter than its text the string is for its
// escapes.
func (r *Reader) stringEnd(start, i int) (end, saved int) {
	s := r.s
	for ; i < len(s) && s[i] != '"'; i = scanSome(s, i) {
		if i >= r.due && !r.pass(i) {
			return 0, 0
		}
		switch c := s[i]; {
		case c == '\\':
			n, said := escapeLength(s[i:])
			if n == 0 {
				return r.badString(i, "a wrong escape or a lone surrogate in a string")
			}
			saved += n - said
			i += n
		case c < 0x20:
			return r.badString(i, "a control character in a string must be escaped")
		case c >= utf8.RuneSelf:
			n, ok := runes(s[i:])
			if !ok {
				return r.badString(i+n, "a string is not UTF-8")
			}
			i += n
		}
	}
	if i == len(s) {
		return r.badString(i, "the message ends inside a string")
	}
	return i, saved
}

// runes returns how many bytes at the start of s are characters outside of ASCII, in
// UTF-8 and no more than stride at once, and whether anything but ASCII or the end
// follows them: then it is no UTF-8, unless there were so many.
func runes(s string) (n int, ok bool) {
	for n < len(s) && s[n] >= utf8.RuneSelf {
		if n >= stride {
			return n, true
		}
		if c := s[n]; 0xc2 <= c && c < 0xe0 && n+1 < len(s) && s[n+1]&0xc0 == 0x80 {
			n += 2 // as most are
			continue
		}
		c, size := utf8.DecodeRuneInString(s[n:])
		if c == utf8.RuneError && size <= 1 {
			return n, false
		}
		n += size
	}
	return n, true
}

// badString says what is wrong with a string, and where.
func (r *Reader) badString(at int, message string) (int, int) {
	r.i = at
	r.Fail(message)
	return 0, 0
}

// Clone returns a copy of a part of the input, for whoever keeps it for longer than
// the input; empty if the watch stopped it.
func (r *Reader) Clone(text string) string {
	if len(text) <= stride {
		return strings.Clone(text)
	}
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		n := min(len(text), stride)
		b.WriteString(text[:n])
		if text = text[n:]; !r.GoOn() {
			return ""
		}
	}
	return b.String()
}
