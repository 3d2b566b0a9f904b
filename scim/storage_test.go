package scim_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
	"pgregory.net/rapid"
)

// What a store keeps as JSON it reads back as it was.
func TestStoredAttributes(t *testing.T) {
	typ := oddType(t)
	rapid.Check(t, func(t *rapid.T) {
		o, err := typ.DecodeResource(drawPerson().Draw(t, "person").json())
		if err != nil {
			t.Fatal(err)
		}
		o = o.With("groups", scim.List(scim.Complex(scim.Field{Name: "value", Value: scim.String("g")}))). // readOnly
															With(oddURN, scim.Complex(scim.Field{Name: "given", Value: scim.String("g")}, scim.Field{Name: "export_password", Value: scim.String("p")},
				scim.Field{Name: "amount", Value: scim.Decimal(1.5)}, scim.Field{Name: "numbers", Value: scim.List(scim.Integer(1), scim.Integer(2))},
				scim.Field{Name: "flag", Value: scim.Boolean(false)}, scim.Field{Name: "list", Value: scim.List(scim.String("x"))}))
		stored, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		again, err := typ.ReadAttributes(stored)
		if err != nil || !again.Equal(o) {
			t.Fatalf("%s is read as %v, %v", stored, again, err)
		}
	})
}

func TestReadAttributesRefuses(t *testing.T) {
	typ := oddType(t)
	for _, text := range []string{``, `[]`, `{"userName":["x"]}`, `{"emails":{"value":"x"}}`, `{"emails":["x"]}`, `{"emails":{"a":{"value":"x"}}}`, `{"name":"x"}`, `{"active":"perhaps"}`, `{"` + oddURN + `":{"number":"x"}}`} {
		_, err := typ.ReadAttributes([]byte(text))
		var e *scim.Error
		if err == nil {
			t.Errorf("%s is read", text)
		}
		if text != "[]" && !errors.As(err, &e) {
			t.Errorf("%s: the cause is lost: %v", text, err)
		}
	}
	o, err := typ.ReadAttributes([]byte(`{"userName":"u","gone":1,"title":null,"urn:gone":{"a":1},"` + oddURN + `":{"gone":1}}`))
	if have := scim.AppendValue(scim.Complex(fields(o)...)); err != nil || have != `{"userName":"u"}` {
		t.Errorf("with attributes that are declared no more: %s, %v", have, err)
	}
}
