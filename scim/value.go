package scim

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Value is one attribute value: absent, a single value of one Type, or a list
// of single values. The zero Value is absent. Values are immutable and safe for
// concurrent use.
type Value struct {
	shape shape
	typ   Type
	num   int64  // integer; boolean as 0 or 1
	str   string // string, reference, decimal, dateTime and binary as written
	parts *parts
}

type shape uint8

const (
	shapeAbsent shape = iota
	shapeSingle
	shapeList
)

// parts is what a complex value or a list is made of.
type parts struct {
	fields []Field
	items  []Value
}

// Field is one named value of an Object.
type Field struct {
	Name  string
	Value Value
}

// String returns a string value. The empty string is unassigned: String("") is absent.
func String(s string) Value { return text(TypeString, s) }

// Reference returns a reference value: a URI, or a URI relative to the service.
func Reference(uri string) Value { return text(TypeReference, uri) }

// Boolean returns a boolean value.
func Boolean(b bool) Value {
	v := Value{shape: shapeSingle, typ: TypeBoolean}
	if b {
		v.num = 1
	}
	return v
}

// Integer returns an integer value.
func Integer(n int64) Value { return Value{shape: shapeSingle, typ: TypeInteger, num: n} }

// Decimal returns a decimal value. JSON has no NaN and no infinity: they are absent.
func Decimal(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}
	}
	return text(TypeDecimal, strconv.FormatFloat(f, 'g', -1, 64))
}

// DateTime returns a dateTime value in UTC, written with up to nanoseconds. The zero time is absent.
func DateTime(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return text(TypeDateTime, t.UTC().Format(time.RFC3339Nano))
}

// Binary returns a binary value, which travels as base64. No bytes are absent.
func Binary(b []byte) Value { return text(TypeBinary, base64.StdEncoding.EncodeToString(b)) }

// Complex returns a complex value of the fields that are present. With none it is absent.
func Complex(fields ...Field) Value {
	return NewObject(fields...).value()
}

// List returns a list of the values that are present, lists among them
// flattened. With none it is absent.
func List(values ...Value) Value {
	items := make([]Value, 0, len(values))
	for _, v := range values {
		items = append(items, v.Items()...)
	}
	return listOf(items)
}

// listOf takes ownership of items, none of which may be absent or a list.
func listOf(items []Value) Value {
	if len(items) == 0 {
		return Value{}
	}
	return Value{shape: shapeList, typ: items[0].typ, parts: &parts{items: items}}
}

func text(t Type, s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{shape: shapeSingle, typ: t, str: s}
}

// IsAbsent reports whether the value is unassigned.
func (v Value) IsAbsent() bool { return v.shape == shapeAbsent }

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.shape == shapeList }

// Type returns the type of a single value, or of the first item of a list.
func (v Value) Type() Type { return v.typ }

// Items returns the items of a list, or a single value as the only item. The
// slice belongs to the value and must not be changed.
func (v Value) Items() []Value {
	switch v.shape {
	case shapeAbsent:
		return nil
	case shapeList:
		return v.parts.items
	}
	return []Value{v}
}

// Text returns a single value as text, as it was written: base64 for binary,
// "true" or "false" for boolean. Complex values, lists and absent values have none.
func (v Value) Text() string {
	switch {
	case v.shape != shapeSingle || v.typ == TypeComplex:
		return ""
	case v.typ == TypeBoolean:
		return strconv.FormatBool(v.num != 0)
	case v.typ == TypeInteger:
		return strconv.FormatInt(v.num, 10)
	}
	return v.str
}

// Bool returns a boolean value; anything else is false.
func (v Value) Bool() bool { return v.shape == shapeSingle && v.typ == TypeBoolean && v.num != 0 }

// Int returns an integer value; anything else is zero.
func (v Value) Int() int64 {
	if v.shape != shapeSingle || v.typ != TypeInteger {
		return 0
	}
	return v.num
}

// Float returns an integer or decimal value; anything else is zero.
func (v Value) Float() float64 {
	switch v.typ {
	case TypeInteger:
		return float64(v.Int())
	case TypeDecimal:
		f, _ := strconv.ParseFloat(v.str, 64)
		return f
	}
	return 0
}

// Time returns a dateTime value; anything else is the zero time.
func (v Value) Time() time.Time {
	if v.typ != TypeDateTime {
		return time.Time{}
	}
	t, _ := parseDateTime(v.str)
	return t
}

// Bytes returns the bytes of a binary value; anything else has none.
func (v Value) Bytes() []byte {
	if v.typ != TypeBinary {
		return nil
	}
	b, _ := decodeBase64(v.str)
	return b
}

// Object returns the fields of a complex value; anything else has none.
func (v Value) Object() Object {
	if v.shape != shapeSingle || v.typ != TypeComplex {
		return Object{}
	}
	return Object{fields: v.parts.fields}
}

// Equal reports whether two values are the same, written the same way. The
// order of fields does not matter, the order of a list does.
func (v Value) Equal(w Value) bool {
	if v.shape != w.shape {
		return false
	}
	switch {
	case v.shape == shapeAbsent:
		return true
	case v.shape == shapeList:
		return equalItems(v.parts.items, w.parts.items)
	case v.typ == TypeComplex && w.typ == TypeComplex:
		return v.Object().Equal(w.Object())
	}
	return v.typ == w.typ && v.num == w.num && v.str == w.str
}

func equalItems(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

// parseDateTime reads xsd:dateTime; without a zone it means UTC. Package time
// takes an hour of one digit and a comma before the fraction, which xsd does not.
func parseDateTime(s string) (time.Time, error) {
	if len(s) < len("2006-01-02T15:04:05") || s[13] != ':' || strings.Contains(s, ",") {
		return time.Time{}, errors.New("not a dateTime")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err == nil {
		return t, nil
	}
	return time.Parse("2006-01-02T15:04:05.999999999", s)
}

// decodeBase64 reads both alphabets of RFC 4648, with or without padding.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(s, "=")
	if strings.ContainsAny(s, "-_") {
		return base64.RawURLEncoding.DecodeString(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}
