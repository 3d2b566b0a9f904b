package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestProgressLeavesNoTrace: rows printed after end start on an empty line, and
// what was shown stays shown no sooner than its pause allows.
func TestProgressLeavesNoTrace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &progress{out: &out}
	p.add(5)
	p.end()
	p.end()
	p.add(5) // within the pause: nothing is drawn, and nothing wiped
	p.end()
	if have, want := out.String(), "\r\x1b[K5 entries\r\x1b[K"; have != want {
		t.Errorf("have %q, want %q", have, want)
	}
}

// TestColumnsStay: a page does not move the columns of the one before.
func TestColumnsStay(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &entryPrinter{out: &out, attributes: []string{"mail", "title"}}
	entry := func(name, mail string) abi.CSEntryChange {
		return abi.CSEntryChange{Anchor: []abi.AnchorAttribute{{Name: "name", Value: abi.StringValue(name)}},
			Attributes: []abi.AttributeChange{abi.Add("mail", abi.StringValue(mail)), abi.Add("title", abi.StringValue("Dr"))}}
	}
	for _, page := range [][]abi.CSEntryChange{{entry("a name that is long", "ä@x")}, {entry("b", "c")}, {entry("d", "a@longer.example")}, {entry("e", "f")}} {
		if err := p.page(page); err != nil {
			t.Fatal(err)
		}
	}
	var places []int
	for i, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if i > 0 {
			places = append(places, len([]rune(line[:strings.Index(line, "Dr")])))
		}
	}
	if len(places) != 4 || places[0] != places[1] || places[2] != places[3] || places[2] < places[1] {
		t.Errorf("the last column begins at %v:\n%s", places, out.String())
	}
}
