package scim_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/scim"
)

func TestValues(t *testing.T) {
	when := time.Date(2011, 5, 13, 4, 42, 34, 5, time.FixedZone("", 3600))
	for _, c := range []struct {
		value scim.Value
		typ   scim.Type
		json  string
	}{
		{scim.String("a\"b"), scim.TypeString, `"a\"b"`},
		{scim.Reference("urn:x"), scim.TypeReference, `"urn:x"`},
		{scim.Boolean(true), scim.TypeBoolean, `true`},
		{scim.Boolean(false), scim.TypeBoolean, `false`},
		{scim.Integer(math.MinInt64), scim.TypeInteger, `-9223372036854775808`},
		{scim.Decimal(-1.5), scim.TypeDecimal, `-1.5`},
		{scim.Decimal(1e300), scim.TypeDecimal, `1e+300`},
		{scim.DateTime(when), scim.TypeDateTime, `"2011-05-13T03:42:34.000000005Z"`},
		{scim.Binary([]byte("hello")), scim.TypeBinary, `"aGVsbG8="`},
		{scim.Complex(scim.Field{Name: "a", Value: scim.Integer(1)}, scim.Field{Name: "A", Value: scim.Integer(2)}, scim.Field{Name: "b"}), scim.TypeComplex, `{"a":2}`},
		{scim.List(scim.Integer(1), scim.Value{}, scim.List(scim.Integer(2))), scim.TypeInteger, `[1,2]`},
	} {
		if have := scim.AppendValue(c.value); have != c.json || c.value.Type() != c.typ || c.value.IsAbsent() {
			t.Errorf("have %s of type %s, want %s of type %s", have, c.value.Type(), c.json, c.typ)
		}
		if !c.value.Equal(c.value) || c.value.Equal(scim.String("other")) {
			t.Errorf("%s: Equal is wrong", c.json)
		}
	}
	for _, v := range []scim.Value{{}, scim.String(""), scim.Decimal(math.NaN()), scim.Decimal(math.Inf(1)), scim.DateTime(time.Time{}), scim.Binary(nil), scim.Complex(), scim.List(), scim.List(scim.Value{})} {
		if !v.IsAbsent() || len(v.Items()) != 0 || v.Text() != "" {
			t.Errorf("%s is not absent", scim.AppendValue(v))
		}
	}
}

func TestDateTimes(t *testing.T) {
	typ := partsType(t)
	for s, good := range map[string]bool{
		"2011-05-13T04:42:34Z": true, "2011-05-13T04:42:34.123456789+02:00": true, "2011-05-13T04:42:34": true, "2011-05-13T04:42:34.5": true,
		"2011-05-13": false, "2011-05-13T4:42:34Z": false, "2011-05-13T04:42:34,5Z": false, "2011-05-13 04:42:34Z": false, "2011-02-29T04:42:34Z": false, "2011-05-13T04:42Z": false, "x": false,
	} {
		o, err := typ.DecodeResource(`{"when":"` + s + `"}`)
		if (err == nil) != good || good && o.Get("when").Text() != s {
			t.Errorf("%s is read as %s, %v", s, o.Get("when").Text(), err)
		}
	}
}

func TestValueAccess(t *testing.T) {
	when := time.Date(2011, 5, 13, 4, 42, 34, 0, time.UTC)
	if v := scim.DateTime(when); !v.Time().Equal(when) || v.Int() != 0 || v.Bool() || v.Float() != 0 || v.Bytes() != nil {
		t.Error("a dateTime is something else too")
	}
	if v := scim.Binary([]byte{0xfb, 0xff}); !bytes.Equal(v.Bytes(), []byte{0xfb, 0xff}) || !v.Time().IsZero() {
		t.Errorf("binary is %v", v.Bytes())
	}
	if v := scim.Integer(7); v.Int() != 7 || v.Float() != 7 || v.Text() != "7" {
		t.Error("integer is not 7")
	}
	if v := scim.Decimal(0.5); v.Float() != 0.5 || v.Int() != 0 {
		t.Error("decimal is not 0.5")
	}
	if v := scim.List(scim.Boolean(true)); v.Bool() || v.Text() != "" || !v.IsList() || !v.Items()[0].Bool() {
		t.Error("a list is taken for its item")
	}
}

func TestObject(t *testing.T) {
	o := scim.NewObject(scim.Field{Name: "a", Value: scim.Integer(1)}, scim.Field{Name: "b", Value: scim.Integer(2)})
	more := o.With("c", scim.Integer(3)).With("A", scim.Integer(4)).With("B", scim.Value{}).With("d", scim.Value{})
	if have := scim.AppendValue(scim.Complex(fields(o)...)); have != `{"a":1,"b":2}` {
		t.Errorf("With changed its receiver to %s", have)
	}
	if have := scim.AppendValue(scim.Complex(fields(more)...)); have != `{"a":4,"c":3}` || more.Len() != 2 {
		t.Errorf("have %s", have)
	}
	swapped := scim.NewObject(scim.Field{Name: "b", Value: scim.Integer(2)}, scim.Field{Name: "a", Value: scim.Integer(1)})
	if !o.Equal(swapped) || o.Equal(more) || o.Equal(scim.Object{}) {
		t.Error("Equal is wrong")
	}
	// Two objects made from one do not see each other.
	x, y := o.With("x", scim.Integer(1)), o.With("y", scim.Integer(1))
	if !x.Get("y").IsAbsent() || !y.Get("x").IsAbsent() {
		t.Error("objects share a field")
	}
}
