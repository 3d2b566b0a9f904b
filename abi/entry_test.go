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
