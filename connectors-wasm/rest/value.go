package rest

import (
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// scalar is one value, with the kind it has in JSON. Objects and lists are their
// JSON.
type scalar struct {
	kind wire.Kind
	text string
}

func textScalar(s string) scalar { return scalar{wire.KindString, s} }

func boolScalar(b bool) scalar { return scalar{wire.KindBool, strconv.FormatBool(b)} }

// value is what a reference finds. The zero value is nothing.
type value struct {
	items []scalar
	// list says that it is a list, even with no or one item; null that there is
	// something that was taken away.
	list, null bool
}

func one(s scalar) value { return value{items: []scalar{s}} }

func (v *value) there() bool { return len(v.items) > 0 }

// single returns the only item.
func (v *value) single() (scalar, bool) {
	if len(v.items) != 1 {
		return scalar{}, false
	}
	return v.items[0], true
}

// parseValue reads JSON; null and "" are nothing. What was handed over by a host
// is right, so a mistake is nothing, too.
func parseValue(raw string) value { return parseInto(nil, raw) }

// parseInto is parseValue, with the items in the memory of items.
func parseInto(items []scalar, raw string) (v value) {
	if raw == "" || raw == "null" {
		return v
	}
	if text, plain := plainText(raw); plain {
		v.items = append(items, textScalar(text))
		return v
	}
	r := wire.NewReader(raw)
	if r.Peek() != wire.KindArray {
		v.items = append(items, readScalar(r))
		return v
	}
	v.list, v.items = true, items
	for r.Array(); r.NextItem(); {
		if s := readScalar(r); s.kind != wire.KindNull {
			v.items = append(v.items, s)
		}
	}
	return v
}

// plainText returns the text of a JSON string without escapes, which most are.
func plainText(raw string) (string, bool) {
	if raw[0] != '"' || strings.IndexByte(raw, '\\') >= 0 {
		return "", false
	}
	return raw[1 : len(raw)-1], true
}

func readScalar(r *wire.Reader) scalar {
	s := scalar{kind: r.Peek()}
	if s.kind == wire.KindString {
		s.text = r.String()
	} else {
		s.text = r.Raw()
	}
	return s
}

// rawText returns the text of a JSON value as comparisons see it: null is "".
func rawText(raw string) string {
	switch {
	case raw == "" || raw == "null":
		return ""
	case raw[0] != '"':
		return raw
	}
	if text, plain := plainText(raw); plain {
		return text
	}
	return wire.NewReader(raw).String()
}

func writeScalar(w *wire.Writer, s scalar) {
	if s.kind == wire.KindString {
		w.String(s.text)
		return
	}
	w.Raw(s.text)
}

// json returns the value as JSON.
func (v *value) json() string {
	var w wire.Writer
	switch {
	case v.list:
		w.Array()
		for _, s := range v.items {
			writeScalar(&w, s)
		}
		w.EndArray()
	case len(v.items) == 1:
		writeScalar(&w, v.items[0])
	default:
		w.Null()
	}
	return string(w.Bytes())
}

// ours makes a value of an attribute's values.
func ours(values []abi.Value, multi bool) value {
	v := value{list: multi, items: make([]scalar, len(values))}
	for i := range values {
		v.items[i] = scalar{wire.KindString, values[i].Text()}
		switch values[i].Type() {
		case abi.Integer:
			v.items[i].kind = wire.KindNumber
		case abi.Boolean:
			v.items[i].kind = wire.KindBool
		}
	}
	return v
}

var types = [...]abi.AttributeType{
	recipe.String: abi.String, recipe.Integer: abi.Integer, recipe.Boolean: abi.Boolean,
	recipe.Reference: abi.Reference, recipe.Binary: abi.Binary,
}

// typed makes an attribute's value of a scalar. Numbers and truth may come as
// text: many targets have nothing else.
func typed(t abi.AttributeType, s scalar) (abi.Value, bool) {
	switch s.kind {
	case wire.KindString, wire.KindNumber, wire.KindBool:
	default:
		return abi.Value{}, false
	}
	switch t {
	case abi.String:
		return abi.StringValue(s.text), true
	case abi.Integer:
		n, err := strconv.ParseInt(s.text, 10, 64)
		return abi.IntegerValue(n), err == nil && s.kind != wire.KindBool
	}
	return abi.ParseValue(t, s.text)
}

// mistaken says what is wrong with a value that is none of type t.
func mistaken(t abi.AttributeType) abi.ImportError {
	switch t {
	case abi.Integer:
		return abi.ImportErrorInvalidNumericValue
	case abi.Boolean:
		return abi.ImportErrorInvalidBooleanValue
	case abi.Binary:
		return abi.ImportErrorInvalidBase64Value
	}
	return abi.ImportErrorInvalidAttributeValue
}

func itoa(n int) string { return strconv.Itoa(n) }
