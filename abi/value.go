package abi

import (
	"strconv"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// Value is one value of an attribute. The zero Value is the empty String.
//
// A Value is immutable and may be copied and shared. A decoded Value may be a
// part of the message it came in and keep all of that in memory; Clone it to
// keep one value for long.
type Value struct {
	kind AttributeType
	s    string
	n    int64
}

// StringValue returns a String.
func StringValue(s string) Value { return Value{kind: String, s: s} }

// IntegerValue returns an Integer, a signed 64-bit number.
func IntegerValue(n int64) Value { return Value{kind: Integer, n: n} }

// ReferenceValue returns a Reference: the DN of the object referred to, or its
// anchor where the connector has no DNs.
func ReferenceValue(dn string) Value { return Value{kind: Reference, s: dn} }

// BinaryValue returns a Binary with a copy of b.
func BinaryValue(b []byte) Value { return Value{kind: Binary, s: string(b)} }

// BooleanValue returns a Boolean.
func BooleanValue(b bool) Value {
	v := Value{kind: Boolean}
	if b {
		v.n = 1
	}
	return v
}

// undefinedValue returns what came where another type was declared.
func undefinedValue(text string) Value { return Value{kind: Undefined, s: text} }

// Type returns the value's type.
func (v Value) Type() AttributeType { return v.kind }

// Text returns the value as it travels: the string or DN itself, the number in
// decimal, true or false, base64 of binary data.
func (v Value) Text() string {
	switch v.kind {
	case Integer:
		return strconv.FormatInt(v.n, 10)
	case Boolean:
		return strconv.FormatBool(v.n != 0)
	case Binary:
		return wire.EncodeBase64(v.s)
	}
	return v.s
}

// Int returns an Integer's number; 0 for any other type.
func (v Value) Int() int64 {
	if v.kind != Integer {
		return 0
	}
	return v.n
}

// Bool returns a Boolean's truth; false for any other type.
func (v Value) Bool() bool { return v.kind == Boolean && v.n != 0 }

// Bytes returns a copy of a Binary's bytes; nil for any other type.
func (v Value) Bytes() []byte {
	if v.kind != Binary {
		return nil
	}
	return []byte(v.s)
}

// Data returns a text, or the bytes of binary data, without a copy; nothing for a number
// or truth.
func (v Value) Data() string { return v.s }

// Equal reports whether two values have the same type and content.
func (v Value) Equal(w Value) bool { return v == w }

// Clone returns the value in memory of its own.
func (v Value) Clone() Value {
	v.s = string([]byte(v.s))
	return v
}

// Size returns what MaxValueBytes bounds: the bytes of a text or of binary data, 8
// for a number or truth.
func (v Value) Size() int {
	if v.kind == Integer || v.kind == Boolean {
		return 8
	}
	return len(v.s)
}

// ParseValue reads text, as Value.Text writes it, as a value of type t.
func ParseValue(t AttributeType, text string) (Value, bool) {
	switch t {
	case String:
		return StringValue(text), true
	case Reference:
		return ReferenceValue(text), true
	case Integer:
		n, ok := parseInteger(text)
		return IntegerValue(n), ok
	case Boolean:
		return BooleanValue(text == "true"), text == "true" || text == "false"
	case Binary:
		data, ok := wire.DecodeBase64(text)
		return Value{kind: Binary, s: data}, ok
	}
	return Value{}, false
}

// parseInteger reads the one decimal spelling of a number: no plus sign, no
// leading zeros, no minus zero.
func parseInteger(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false
	}
	digits := text
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if digits[0] == '+' || digits[0] == '0' && text != "0" {
		return 0, false
	}
	return n, true
}
