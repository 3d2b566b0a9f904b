package scim_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
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
			{Name: "kind", Returned: scim.ReturnedAlways},
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

func TestRulesOfSubAttributes(t *testing.T) {
	typ := partsType(t)
	stored, err := typ.DecodeResource(`{"name":"n","parts":[{"value":"1","fixed":"f","tags":["a","b"],"key":"k"},{"value":"2"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	serial := scim.Complex(scim.Field{Name: "value", Value: scim.String("1")}, scim.Field{Name: "fixed", Value: scim.String("f")},
		scim.Field{Name: "tags", Value: scim.List(scim.String("a"), scim.String("b"))}, scim.Field{Name: "key", Value: scim.String("k")}, scim.Field{Name: "serial", Value: scim.String("s")})
	store := memory.New(memory.Config{})
	c := &client{t, newHandler(t, store, scim.Config{Types: []*scim.ResourceType{typ}, Authenticate: scim.NoAuthentication})}
	first, rest := `{"value":"1",`, `,{"value":"2"}]`
	for _, x := range []struct {
		name, method, body string
		status             int
		want               string // the parts
	}{
		{"add changes an immutable one", "PATCH", patchBody(`"op":"add","path":"parts","value":[{"value":"3"},{"value":"1","fixed":"g"}]`), 400, ""},
		{"replace of selected values changes an immutable one", "PATCH", patchBody(`"op":"replace","path":"parts[value eq \"1\"]","value":{"value":"1","fixed":"g"}`), 400, ""},
		{"replace of selected values removes an immutable one", "PATCH", patchBody(`"op":"replace","path":"parts[value eq \"1\"]","value":{"value":"1"}`), 400, ""},
		{"add of selected values changes an immutable one", "PATCH", patchBody(`"op":"add","path":"parts[value eq \"1\"]","value":{"fixed":"g"}`), 400, ""},
		{"an immutable one written otherwise", "PATCH", patchBody(`"op":"add","path":"parts","value":[{"value":"1","fixed":"F"}]`), 200, `[{"value":"1","fixed":"F","tags":["a","b"],"key":"k","serial":"s"}` + rest},
		{"an immutable one is set once", "PATCH", patchBody(`"op":"add","path":"parts","value":[{"value":"2","fixed":"g"}]`), 200, `[{"value":"1","fixed":"f","tags":["a","b"],"key":"k","serial":"s"},{"value":"2","fixed":"g"}]`},
		{"add to a list of selected values", "PATCH", patchBody(`"op":"add","path":"parts[value eq \"1\"].tags","value":["c","A"]`), 200, `[` + first + `"fixed":"f","tags":["a","b","c"],"key":"k","serial":"s"}` + rest},
		{"add to a list of all values", "PATCH", patchBody(`"op":"add","path":"parts.tags","value":"c"`), 200, `[` + first + `"fixed":"f","tags":["a","b","c"],"key":"k","serial":"s"},{"value":"2","tags":["c"]}]`},
		{"add to a list by its value", "PATCH", patchBody(`"op":"add","path":"parts","value":[{"value":"1","tags":["c"]}]`), 200, `[` + first + `"fixed":"f","tags":["a","b","c"],"key":"k","serial":"s"}` + rest},
		{"remove from a list of selected values", "PATCH", patchBody(`"op":"remove","path":"parts[value eq \"1\"].tags","value":["B"]`), 200, `[` + first + `"fixed":"f","tags":["a"],"key":"k","serial":"s"}` + rest},
		{"remove a list of selected values", "PATCH", patchBody(`"op":"remove","path":"parts[value eq \"1\"].tags"`), 200, `[` + first + `"fixed":"f","key":"k","serial":"s"}` + rest},
		{"remove selected values with a value", "PATCH", patchBody(`"op":"remove","path":"parts[value eq \"2\"]","value":[{"value":"1"}]`), 200, `[` + first + `"fixed":"f","tags":["a","b"],"key":"k","serial":"s"}]`},
		{"replace of all keeps what a client cannot send", "PATCH", patchBody(`"op":"replace","path":"parts","value":[{"value":"1","serial":"x","tags":["z"]},{"value":"3"}]`), 200, `[` + first + `"tags":["z"],"serial":"s","key":"k"},{"value":"3"}]`},
		{"replace of selected values keeps what a client cannot send", "PATCH", patchBody(`"op":"replace","path":"parts[value eq \"1\"]","value":{"value":"1","fixed":"f","key":"l"}`), 200, `[` + first + `"fixed":"f","key":"l","serial":"s"}` + rest},
		{"PUT keeps what a client cannot send", "PUT", `{"name":"n","parts":[{"value":"1","serial":"x","tags":["z"]},{"value":"3"}]}`, 200, `[` + first + `"tags":["z"],"serial":"s","key":"k"},{"value":"3"}]`},
		{"PUT without the values", "PUT", `{"name":"n"}`, 200, "null"},
	} {
		items := append([]scim.Value{serial}, stored.Get("parts").Items()[1:]...)
		r, err := store.Create(context.Background(), typ, &scim.Resource{Attributes: stored.With("parts", scim.List(items...))})
		if err != nil {
			t.Fatal(err)
		}
		answer := c.do(x.method, "/Things/"+r.ID, x.body)
		if answer.status != x.status {
			t.Errorf("%s: status %d: %s", x.name, answer.status, answer.raw)
			continue
		}
		if x.status != 200 {
			answer.want(t, 400, "mutability")
			continue
		}
		r, _ = store.Get(context.Background(), typ, r.ID, scim.SelectAll())
		if have := scim.AppendValue(r.Get("parts")); !sameJSON(t, have, x.want) {
			t.Errorf("%s:\nhave %s\nwant %s", x.name, have, x.want)
		}
	}
}

// What the service says of a resource a client can neither set nor clear.
func TestReadOnlyStays(t *testing.T) {
	typ := oddType(t)
	store := memory.New(memory.Config{})
	c := &client{t, newHandler(t, store, scim.Config{Types: []*scim.ResourceType{typ}, Authenticate: scim.NoAuthentication})}
	given := scim.Complex(scim.Field{Name: "given", Value: scim.String("g")}, scim.Field{Name: "a", Value: scim.String("1")})
	r, err := store.Create(context.Background(), typ, &scim.Resource{Attributes: scim.NewObject(scim.Field{Name: "userName", Value: scim.String("u")}, scim.Field{Name: oddURN, Value: given})})
	if err != nil {
		t.Fatal(err)
	}
	u := "/Users/" + r.ID
	c.do("PUT", u, `{"userName":"u","`+oddURN+`":{"given":"x","a":"1"}}`).want(t, 200).holds(t, `{"a":"1","given":"g"}`, oddURN)
	c.do("PUT", u, `{"userName":"u"}`).want(t, 200).holds(t, `{"given":"g"}`, oddURN)
	c.patch(u, `"op":"remove","path":"`+oddURN+`"`).want(t, 200).holds(t, `{"given":"g"}`, oddURN)
	c.patch(u, `"op":"replace","value":{"`+oddURN+`":{"given":"x"}}`).want(t, 200).holds(t, `{"given":"g"}`, oddURN)
	c.patch(u, `"op":"remove","path":"`+oddURN+`:given"`).want(t, 400, "mutability")
}

// At the top of a body the attributes of an extension are out of their place.
func TestExtensionAtTheTop(t *testing.T) {
	c := newClient(t)
	r := c.do("POST", "/Users", `{"userName":"ada","department":"d","manager":"m"}`).want(t, 201).holds(t, "", scim.EnterpriseUserURN)
	c.do("PUT", "/Users/"+r.id(t), `{"userName":"ada","department":"d"}`).want(t, 200).holds(t, "", scim.EnterpriseUserURN)
}

func TestSecretSubAttributes(t *testing.T) {
	typ := partsType(t)
	c := newClientWith(t, scim.Config{Types: []*scim.ResourceType{typ}})
	r := c.do("POST", "/Things", `{"name":"n","secret":"s","parts":[{"value":"1","key":"k"}]}`).want(t, 201).holds(t, `[{"value":"1"}]`, "parts")
	c.do("GET", "/Things/"+r.id(t)+"?attributes=parts,parts.key,secret", "").want(t, 200).holds(t, `[{"value":"1"}]`, "parts").holds(t, "", "secret")
	for _, filter := range []string{`parts.key eq "k"`, `parts[key eq "k"]`, `parts[value eq "1"].key sw "k"`, `parts.key pr`, `secret eq "s"`, `secret ne "x"`} {
		c.do("GET", "/Things?filter="+escape(filter), "").want(t, 200).holds(t, "0", "totalResults")
	}
}

// What is returned on request is also returned to who wrote it.
func TestReturnedOnRequest(t *testing.T) {
	typ := partsType(t)
	c := newClientWith(t, scim.Config{Types: []*scim.ResourceType{typ}})
	body := `{"name":"n","onRequest":"r","parts":[{"value":"1","note":"x"}]}`
	parts, bare := `[{"note":"x","value":"1"}]`, `[{"value":"1"}]`
	r := c.do("POST", "/Things", body).want(t, 201).holds(t, `"r"`, "onRequest").holds(t, parts, "parts")
	thing := "/Things/" + r.id(t)
	c.do("POST", "/Things", `{"name":"n","parts":[{"value":"1"}]}`).want(t, 201).holds(t, "", "onRequest").holds(t, bare, "parts")
	c.do("POST", "/Things?attributes=name", body).want(t, 201).holds(t, "", "onRequest").holds(t, "", "parts")
	c.do("POST", "/Things?excludedAttributes=onRequest,parts.note", body).want(t, 201).holds(t, "", "onRequest").holds(t, bare, "parts")
	c.do("GET", thing, "").want(t, 200).holds(t, "", "onRequest").holds(t, bare, "parts")
	always := c.do("POST", "/Things?excludedAttributes=parts.kind", `{"name":"n","parts":[{"value":"1","kind":"k"}]}`).want(t, 201).holds(t, `[{"kind":"k","value":"1"}]`, "parts")
	c.do("GET", "/Things/"+always.id(t)+"?attributes=parts.value", "").want(t, 200).holds(t, `[{"kind":"k","value":"1"}]`, "parts")
	c.do("GET", thing+"?attributes=onRequest,parts.note", "").want(t, 200).holds(t, `"r"`, "onRequest").holds(t, `[{"note":"x"}]`, "parts")
	c.do("PUT", thing, body).want(t, 200).holds(t, `"r"`, "onRequest").holds(t, parts, "parts")
	c.patch(thing, `"op":"add","path":"onRequest","value":"r"`).want(t, 200).holds(t, `"r"`, "onRequest").holds(t, bare, "parts")
	c.patch(thing, `"op":"add","value":{"parts":[{"value":"1","note":"x"}]}`).want(t, 200).holds(t, "", "onRequest").holds(t, parts, "parts")
	c.patch(thing, `"op":"replace","path":"parts.note","value":"y"`).want(t, 200).holds(t, `[{"note":"y","value":"1"}]`, "parts")
	c.patch(thing, `"op":"replace","path":"parts.type","value":"t"`).want(t, 200).holds(t, `[{"type":"t","value":"1"}]`, "parts")
	c.do("PUT", thing, `{"name":"n","parts":[{"value":"1"}]}`).want(t, 200).holds(t, "", "onRequest").holds(t, bare, "parts")
}

func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	var v, w any
	if err := errors.Join(json.Unmarshal([]byte(a), &v), json.Unmarshal([]byte(b), &w)); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(v, w)
}

// writeCounter is a Backend that keeps no passwords: it tells of each it is given.
type writeCounter struct {
	*memory.Backend
	writes []scim.PatchOp
}

func (s *writeCounter) Update(ctx context.Context, t *scim.ResourceType, u scim.Update) (*scim.Resource, error) {
	s.writes = append(s.writes, u.Patch...)
	return s.Backend.Update(ctx, t, u)
}

// The Backend gets the PATCH; also one that only it can tell the effect of.
func TestUpdateHasPatch(t *testing.T) {
	store := &writeCounter{Backend: memory.New(memory.Config{})}
	c := &client{t, newHandler(t, store, scim.Config{Authenticate: scim.NoAuthentication})}
	u := c.user("ada")
	c.patch(u, `"op":"remove","path":"password"`).want(t, 200)
	c.patch(u, `"op":"remove","path":"title"`).want(t, 200)
	c.patch(u, `"op":"add","path":"nickName","value":"x"`).want(t, 200)
	if len(store.writes) != 2 || store.writes[0].Path.String() != "password" || store.writes[1].Path.String() != "nickName" {
		t.Errorf("the store was told of %v", store.writes)
	}
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
