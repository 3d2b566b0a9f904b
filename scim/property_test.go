package scim_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/scim"
	"pgregory.net/rapid"
)

// Every filter of the grammar is read, means what the grammar says, and keeps
// its meaning in its normal form.
func TestGrammar(t *testing.T) {
	typ := coreType(t, "User")
	rapid.Check(t, func(t *rapid.T) {
		p := drawPerson().Draw(t, "person")
		o, err := typ.DecodeResource(p.json())
		if err != nil {
			t.Fatal(err)
		}
		r := &scim.Resource{Attributes: o}
		m := drawUserFilter().Draw(t, "filter")
		f, err := typ.ParseFilter(m.text)
		if err != nil {
			t.Fatalf("%s: %v", m.text, err)
		}
		if have, want := f.Match(r), m.holds(p); have != want {
			t.Fatalf("%s\nread as %s\non %s: match is %v, want %v", m.text, f, p.json(), have, want)
		}
		again, err := typ.ParseFilter(f.String())
		if err != nil || again.String() != f.String() || again.Match(r) != f.Match(r) {
			t.Fatalf("%s: normal form %s is read as %v, %v", m.text, f, again, err)
		}
	})
}

// What is taken in comes out again, and taken in once more is the same.
func TestBodyRoundTrip(t *testing.T) {
	typ := coreType(t, "User")
	rapid.Check(t, func(t *rapid.T) {
		o, err := typ.DecodeResource(drawPerson().Draw(t, "person").json())
		if err != nil {
			t.Fatal(err)
		}
		r := &scim.Resource{ID: "1", Attributes: o}
		text := typ.Render(r, scim.Selection{})
		again, err := typ.DecodeResource(text)
		if err != nil || !again.Equal(o) {
			t.Fatalf("%s is read as %v, %v", text, again, err)
		}
	})
}

// Adding twice is adding once; what was added can be removed by value.
func TestAddAndRemove(t *testing.T) {
	typ := coreType(t, "User")
	rapid.Check(t, func(t *rapid.T) {
		o, err := typ.DecodeResource(drawPerson().Draw(t, "person").json())
		if err != nil {
			t.Fatal(err)
		}
		e := string(mustJSON(rapid.SliceOfN(drawEmail(), 1, 3).Draw(t, "emails")))
		apply := func(o scim.Object, op string) scim.Object {
			ops, err := typ.ParsePatch([]byte(patchBody(op)))
			if err != nil {
				t.Fatal(err)
			}
			next, err := typ.ApplyPatch(&scim.Resource{Attributes: o}, ops)
			if err != nil {
				t.Fatal(err)
			}
			return next
		}
		once := apply(o, `"op":"add","path":"emails","value":`+e)
		if twice := apply(once, `"op":"add","path":"emails","value":`+e); len(twice.Get("emails").Items()) != len(once.Get("emails").Items()) {
			t.Fatalf("adding %s twice to %s makes %s", e, scim.AppendValue(o.Get("emails")), scim.AppendValue(twice.Get("emails")))
		}
		gone := apply(once, `"op":"remove","path":"emails","value":`+e)
		if back := apply(gone, `"op":"add","path":"emails","value":`+e); len(back.Get("emails").Items()) > len(once.Get("emails").Items()) {
			t.Fatalf("removing %s leaves %s", e, scim.AppendValue(gone.Get("emails")))
		}
	})
}
