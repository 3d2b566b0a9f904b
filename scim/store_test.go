package scim_test

import (
	"context"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

// partsType has what the core types have not: rules for sub-attributes.
func partsType(t testing.TB) *scim.ResourceType {
	t.Helper()
	typ, err := scim.NewResourceType(scim.Definition{Name: "Thing", Endpoint: "/Things", Schema: scim.Schema{URN: "urn:example:Thing", Attributes: []scim.Attribute{
		{Name: "name", Required: true},
		{Name: "secret", Mutability: scim.WriteOnly, Returned: scim.ReturnedNever},
		{Name: "onRequest", Returned: scim.ReturnedRequest},
		{Name: "when", Type: scim.TypeDateTime},
		{Name: "parts", Type: scim.TypeComplex, MultiValued: true, SubAttributes: []scim.Attribute{
			{Name: "value"},
			{Name: "type"},
			{Name: "tags", MultiValued: true},
			{Name: "fixed", Mutability: scim.Immutable},
			{Name: "serial", Mutability: scim.ReadOnly},
			{Name: "key", Mutability: scim.WriteOnly},
			{Name: "note", Returned: scim.ReturnedRequest},
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// leanStore reads no more than it is asked for, as a Backend may.
type leanStore struct{ *memory.Backend }

func (s leanStore) Get(ctx context.Context, t *scim.ResourceType, id string, sel scim.Selection) (*scim.Resource, error) {
	r, err := s.Backend.Get(ctx, t, id, sel)
	if err != nil {
		return nil, err
	}
	lean := *r
	for name := range r.Attributes.All() {
		if p, err := t.ParsePath(name); err == nil && !sel.Includes(p) {
			lean.Attributes = lean.Attributes.With(name, scim.Value{})
		}
	}
	return &lean, nil
}

// A change keeps the attributes that no answer shows.
func TestChangeReadsAll(t *testing.T) {
	typ := partsType(t)
	store := memory.New(memory.Config{})
	c := &client{t, newHandler(t, leanStore{store}, scim.Config{Types: []*scim.ResourceType{typ}, Authenticate: scim.NoAuthentication})}
	id := c.do("POST", "/Things", `{"name":"n","secret":"s","onRequest":"r"}`).want(t, 201).id(t)
	c.patch("/Things/"+id, `"op":"replace","path":"name","value":"m"`).want(t, 200)
	c.do("PUT", "/Things/"+id, `{"name":"o","onRequest":"r"}`).want(t, 200)
	r, err := store.Get(context.Background(), typ, id, scim.SelectAll())
	if err != nil || r.Get("secret").Text() != "s" || r.Get("onRequest").Text() != "r" {
		t.Errorf("after a PATCH and a PUT of another attribute there is %v, %v", r.Attributes, err)
	}
}
