package abi

import (
	"errors"
	"strings"
	"unsafe"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// Message is a request, a result or an answer as it travels. Only this package's
// types are messages.
type Message interface {
	encode(w *wire.Writer)
	decode(d *decoder)
}

// TypeIndex looks up the type and valuedness of attributes by name: the schema
// is what gives the values in a message their types. It is read-only and safe for
// concurrent use.
type TypeIndex struct {
	attributes map[string]attributeInfo
}

type attributeInfo struct {
	kind  AttributeType
	multi bool
}

// NewTypeIndex indexes the attributes of all types of a schema. export_password
// is always in it.
func NewTypeIndex(s Schema) *TypeIndex {
	index := &TypeIndex{attributes: make(map[string]attributeInfo)}
	for _, t := range s.Types {
		for _, a := range t.Attributes {
			index.attributes[a.Name] = attributeInfo{a.Type, a.MultiValued}
		}
	}
	index.attributes[ExportPassword] = attributeInfo{String, false}
	return index
}

// Encode appends the message to w as JSON in canonical form.
func Encode(w *wire.Writer, m Message) { m.encode(w) }

// EncodeReply appends the reply to a call: {"result":…}, or {"error":…} if err
// is not nil.
func EncodeReply(w *wire.Writer, m Message, err error) {
	w.Object()
	if err != nil {
		w.Key("error")
		replyError(err).encode(w)
	} else {
		w.Key("result")
		m.encode(w)
	}
	w.EndObject()
}

// replyError makes an *Error of any error.
func replyError(err error) *Error {
	if e := AsError(err); e != nil {
		return e
	}
	var c Code
	if !errors.As(err, &c) {
		c = ExtensibleExtension
	}
	return NewError(c, err.Error())
}

// Decode reads a message in JSON. types gives the attributes in it their types;
// with nil they keep what JSON tells: strings, truths and lists. The error is an
// *Error that names the place, with code InvalidMessage or LimitExceeded.
//
// What is in the message is its own and may be kept for long, with one exception:
// messages that carry entries or what goes to a target and comes from it
// (GetImportEntriesRunStep and GetImportEntriesResults, EntriesMessage,
// CSEntryChange, CSEntry, HTTPRequests, HTTPAnswers, SOAPRequest and SOAPAnswer)
// share text, which may be as long as MaxMessageBytes around a few bytes that count.
// Whoever keeps a part of one of these longer than the call clones it.
func Decode(text string, m Message, types *TypeIndex) error {
	d := newDecoder(text, types)
	d.shares = sharesText(m)
	m.decode(d)
	return d.finish()
}

// DecodeView is Decode for text that is somebody else's memory, such as a guest's:
// nothing of m is a part of it. What shares its text is given a copy of all of it to
// share; anything else is read where it lies, so that what is refused, or not read,
// is not copied. The view must not change before DecodeView returns.
//
// goOn is asked again and again, every millisecond or so, for reading 16 MiB may take
// two hundred; its error ends the reading and is returned as it is. nil is not asked.
// made is about how many bytes of memory m takes by then, and never less than before:
// text counts where it is copied and where it is read, an attribute or value 104 bytes,
// a header of a request or the like 96. For a message of less than 64 KiB it is not asked.
func DecodeView(view []byte, m Message, types *TypeIndex, goOn func(made int64) error) error {
	d := newViewer(view, m, types, goOn)
	d.shares = sharesText(m)
	m.decode(d)
	return d.finish()
}

// newViewer returns a decoder for m over a view, or over a copy of it for m to share.
func newViewer(view []byte, m Message, types *TypeIndex, goOn func(made int64) error) *decoder {
	text := unsafe.String(unsafe.SliceData(view), len(view))
	d := newDecoder(text, types)
	if goOn != nil {
		d.Watch(func() error { return goOn(d.made()) })
	}
	if sharesText(m) && d.Err() == nil {
		d.copied = len(text)
		if text = d.Clone(text); d.Err() == nil {
			d.Read(text)
		}
	}
	return d
}

// DecodeReply reads a connector's reply to a call; what it shares with text stands
// at Decode, an error shares nothing. A reply that is an error is
// returned as an *Error with its code and SideGuest; a malformed one, or one with
// a code that only hosts use, has code InvalidMessage.
func DecodeReply(text string, m Message, types *TypeIndex) error {
	return decodeReply(newDecoder(text, types), m, true)
}

// DecodeReplyView is DecodeReply as DecodeView is Decode.
func DecodeReplyView(view []byte, m Message, types *TypeIndex, goOn func(made int64) error) error {
	return decodeReply(newViewer(view, m, types, goOn), m, true)
}

// DecodeHostReply reads a host's answer to a host call, for bindings: every code
// is legal in it.
func DecodeHostReply(text string, m Message) error {
	return decodeReply(newDecoder(text, nil), m, false)
}

func decodeReply(d *decoder, m Message, fromGuest bool) error {
	shares := sharesText(m)
	var failure *Error
	members := 0
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "result":
			members++
			d.shares = shares
			m.decode(d)
		case "error":
			members++
			d.shares = false
			failure = &Error{}
			failure.decode(d)
			if fromGuest && !failure.Code.FromGuest() {
				d.Fail("a connector cannot raise " + failure.Code.String())
			}
		default:
			d.Skip()
		}
	}
	if members != 1 {
		d.Fail("a reply has either a result or an error")
	}
	if err := d.finish(); err != nil {
		return err
	}
	if failure == nil {
		return nil
	}
	failure.Side = SideHost
	if fromGuest {
		failure.Side = SideGuest
	}
	return failure
}

// sharesText tells the messages that are too large, or too many, to be copied: all
// others have text of their own.
func sharesText(m Message) bool {
	switch m.(type) {
	case *GetImportEntriesRunStep, *GetImportEntriesResults, *EntriesMessage, *CSEntryChange, *CSEntry,
		*HTTPRequests, *HTTPAnswers, *SOAPRequest, *SOAPAnswer:
		return true
	}
	return false
}

// decoder is a wire.Reader that knows the types of attributes and the limits.
type decoder struct {
	wire.Reader
	types *TypeIndex
	limit *Error
	// shares says that the message may keep parts of the text.
	shares bool
	// copied is the length of the copy of a view that the message shares.
	copied int
	// entryEnd is where the entry that is read has MaxEntryBytes; 0 outside of one.
	entryEnd int
	// values counts attributes and their values in the whole message.
	values int
	// spread counts what lists of lists hold together: the attributes of all object
	// types, the choices of all definitions, or the fields of all requests, of which no
	// message has two.
	spread int
	// spreadBytes counts the bytes of their names.
	spreadBytes int
	slabs
}

func newDecoder(text string, types *TypeIndex) *decoder {
	d := &decoder{Reader: *wire.NewReader(text), types: types}
	d.LimitKeys(MaxObjectKeys)
	d.within("MaxMessageBytes", len(text), MaxMessageBytes)
	return d
}

// The bytes that memory takes for an attribute or a value, of which a list may have been
// moved to twice its place just now, and for one of what spread counts.
const (
	bytesOfValue  = int64(unsafe.Sizeof(AttributeChange{}) + unsafe.Sizeof(Value{}))
	bytesOfSpread = 96
)

// made is about how much memory the message takes up to now.
func (d *decoder) made() int64 {
	return int64(d.copied+d.Offset()) + int64(d.values)*bytesOfValue + int64(d.spread)*bytesOfSpread
}

// within fails the message if used is over allowed, and reports whether it is
// not.
func (d *decoder) within(limit string, used, allowed int) bool {
	if used <= allowed {
		return true
	}
	if d.Err() == nil {
		d.Fail("over the limit " + limit)
		d.limit = &Error{Code: LimitExceeded, Limit: limit, Used: int64(used), Allowed: int64(allowed), Err: d.Err()}
	}
	return false
}

func (d *decoder) finish() error {
	err := d.End()
	switch {
	case err == nil:
		return nil
	case d.limit != nil:
		return d.limit
	}
	if _, wrong := err.(*wire.SyntaxError); !wrong {
		return err // of whom was asked whether to go on
	}
	return &Error{Code: InvalidMessage, Err: err}
}

// own returns text that the message may keep.
func (d *decoder) own(text string) string {
	if d.shares {
		return text
	}
	return d.Clone(text)
}

// text reads a string of at most limit bytes.
func (d *decoder) text(name string, limit int) string {
	s := d.String()
	if !d.within(name, len(s), limit) {
		return ""
	}
	return d.own(s)
}

// name reads a name: a string that is not empty.
func (d *decoder) name() string {
	s := d.text("MaxNameBytes", MaxNameBytes)
	if s == "" {
		d.Fail("a name is empty")
	}
	return s
}

// cut reads a string and cuts it at MaxErrorText, between two characters.
func (d *decoder) cut() string { return d.own(cutText(d.String(), MaxErrorText)) }

// cutText cuts s to at most limit bytes, between two characters. What is cut off is
// not kept.
func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xc0 == 0x80 {
		limit--
	}
	return strings.Clone(s[:limit])
}

// count reads a whole number that is not negative and fits an int of 32 bits.
func (d *decoder) count() int {
	n := d.Int()
	if n < 0 || n > 1<<31-1 {
		d.Fail("a number from 0 to 2147483647 was expected")
		return 0
	}
	return int(n)
}

// word reads a member of an enumeration by its name.
func (d *decoder) word(v vocabulary) uint8 {
	s := d.String()
	n, ok := v.number(s)
	if !ok {
		d.Fail("no member of " + v.what + "; it has " + v.names())
	}
	return n
}

// flags reads a list of names of flags.
func (d *decoder) flags(v vocabulary) uint8 {
	var all uint8
	for d.Array(); d.NextItem(); {
		all |= d.word(v)
	}
	return all
}

// list reads an array, calling item for each member, of which there may be at
// most limit.
func (d *decoder) list(name string, limit int, item func()) {
	n := 0
	for d.Array(); d.NextItem(); {
		if n++; !d.within(name, n, limit) {
			return
		}
		item()
	}
}

// oneMore counts one more of what lists of lists hold together, of which there may be
// at most limit, and reports whether there may be.
func (d *decoder) oneMore(name string, limit int) bool {
	d.spread++
	return d.within(name, d.spread, limit)
}

// moreBytes counts the bytes of text as oneMore counts members.
func (d *decoder) moreBytes(name, text string, limit int) {
	d.spreadBytes += len(text)
	d.within(name, d.spreadBytes, limit)
}

// need fails the message when a required member is missing.
func (d *decoder) need(there bool, what string) {
	if !there {
		d.Fail(what + " is missing")
	}
}

// The optional members: written only when they are not zero.

func optionalString(w *wire.Writer, key, value string) {
	if value != "" {
		w.Key(key)
		w.String(value)
	}
}

func optionalBool(w *wire.Writer, key string, value bool) {
	if value {
		w.Key(key)
		w.Bool(true)
	}
}

func optionalInt(w *wire.Writer, key string, value int64) {
	if value != 0 {
		w.Key(key)
		w.Int(value)
	}
}

func optionalWord(w *wire.Writer, key string, v vocabulary, n uint8) {
	if n != 0 {
		w.Key(key)
		w.String(v.name(n))
	}
}

func optionalFlags(w *wire.Writer, key string, v vocabulary, flags uint8) {
	if flags == 0 {
		return
	}
	w.Key(key)
	w.Array()
	for _, f := range v.words {
		if flags&f.n != 0 {
			w.String(f.name)
		}
	}
	w.EndArray()
}

func optionalStrings(w *wire.Writer, key string, values []string) {
	if len(values) == 0 {
		return
	}
	w.Key(key)
	w.Array()
	for _, v := range values {
		w.String(v)
	}
	w.EndArray()
}

// Empty is a message without members: the result of a call that returns nothing.
type Empty struct{}

func (*Empty) encode(w *wire.Writer) { w.Object(); w.EndObject() }

func (*Empty) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		d.Skip()
	}
}
