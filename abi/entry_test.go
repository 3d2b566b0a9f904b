package abi_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

func TestAnchorText(t *testing.T) {
	t.Parallel()
	anchor := []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("1")}, {Name: "n", Value: abi.IntegerValue(2)}}
	name := abi.Add("name", abi.StringValue("zoë"))
	for title, test := range map[string]struct {
		entry      abi.CSEntryChange
		name, want string
	}{
		"the first":                {abi.CSEntryChange{Anchor: anchor}, "", "1"},
		"by name":                  {abi.CSEntryChange{Anchor: anchor}, "n", "2"},
		"none":                     {abi.CSEntryChange{}, "", ""},
		"of another name":          {abi.CSEntryChange{Anchor: anchor}, "x", ""},
		"among the attributes":     {abi.CSEntryChange{Attributes: []abi.AttributeChange{name}}, "name", "zoë"},
		"but only under its name":  {abi.CSEntryChange{Attributes: []abi.AttributeChange{name}}, "", ""},
		"and only one value of it": {abi.CSEntryChange{Attributes: []abi.AttributeChange{abi.AddAll("name", name.Values[0], name.Values[0])}}, "name", ""},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			if have := test.entry.AnchorText(test.name); have != test.want {
				t.Errorf("AnchorText(%q) = %q, want %q", test.name, have, test.want)
			}
		})
	}
	if have := (&abi.CSEntry{Anchor: anchor}).AnchorText("n"); have != "2" {
		t.Errorf("the anchor of a CSEntry is %q, want 2", have)
	}
}

// An attribute of many values travels as a list, however many it has, and one of one
// value alone.
func TestChangesTravel(t *testing.T) {
	t.Parallel()
	one, number := abi.StringValue("x"), abi.IntegerValue(1)
	for want, change := range map[string]abi.AttributeChange{
		`"x"`:             abi.Add("a", one),
		`"1"`:             abi.Add("a", number),
		`true`:            abi.Add("a", abi.BooleanValue(true)),
		`"eA=="`:          abi.Add("a", abi.BinaryValue([]byte("x"))),
		`["x"]`:           abi.AddAll("a", one),
		`["x","1"]`:       abi.AddAll("a", one, number),
		`[]`:              {Name: "a", Modification: abi.AttributeAdd},
		`{"replace":"x"}`: {Name: "a", Modification: abi.AttributeReplace, Values: []abi.Value{one}},
		`null`:            {Name: "a", Modification: abi.AttributeDelete},
	} {
		if have := encode(t, &abi.CSEntryChange{Attributes: []abi.AttributeChange{change}}); have != `{"attributes":{"a":`+want+`}}` {
			t.Errorf("have %s, want %s", have, want)
		}
	}
}
