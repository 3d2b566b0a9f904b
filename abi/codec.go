package abi

import (
	"errors"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// Message is a request, a result or an answer as it travels. Only this package's
// types are messages.
type Message interface {
	encode(w *wire.Writer)
	decode(d *decoder)
}

// decoder is a wire.Reader that knows the types of attributes.
type decoder struct {
	wire.Reader
	types *TypeIndex
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
		encodeError(w, replyError(err))
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

// Decode reads a message that EncodeRequest or another language's binding wrote.
// types gives the attributes in it their types and may be nil if there are none.
// The error has code InvalidMessage and names the place.
func Decode(text string, m Message, types *TypeIndex) error {
	d := newDecoder(text, types)
	m.decode(d)
	return d.finish()
}

// DecodeReply reads the reply to a call. A reply that is an error is returned as
// an *Error with that code; a malformed one has code InvalidMessage.
func DecodeReply(text string, m Message, types *TypeIndex) error {
	d := newDecoder(text, types)
	var failure *Error
	members := 0
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "result":
			members++
			m.decode(d)
		case "error":
			members++
			failure = decodeError(d)
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
	if failure != nil {
		return failure
	}
	return nil
}

func newDecoder(text string, types *TypeIndex) *decoder {
	d := &decoder{Reader: *wire.NewReader(text), types: types}
	if len(text) > MaxMessageBytes {
		d.Fail("a message of more than " + decimal(MaxMessageBytes) + " bytes")
	}
	return d
}

func (d *decoder) finish() error {
	if err := d.End(); err != nil {
		return &Error{Code: InvalidMessage, Err: err}
	}
	return nil
}
