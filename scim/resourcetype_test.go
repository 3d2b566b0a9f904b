package scim_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
)

func TestNewResourceTypeRefuses(t *testing.T) {
	with := func(attrs ...scim.Attribute) scim.Definition {
		return scim.Definition{Name: "X", Endpoint: "/X", Schema: scim.Schema{URN: "urn:x", Attributes: attrs}}
	}
	sub := []scim.Attribute{{Name: "s"}}
	for name, d := range map[string]scim.Definition{
		"no name":            {Endpoint: "/X", Schema: scim.Schema{URN: "urn:x"}},
		"no endpoint":        {Name: "X", Schema: scim.Schema{URN: "urn:x"}},
		"endpoint of two":    {Name: "X", Endpoint: "/X/Y", Schema: scim.Schema{URN: "urn:x"}},
		"endpoint taken":     {Name: "X", Endpoint: "/schemas", Schema: scim.Schema{URN: "urn:x"}},
		"no URN":             {Name: "X", Endpoint: "/X"},
		"URN twice":          {Name: "X", Endpoint: "/X", Schema: scim.Schema{URN: "urn:x"}, Extensions: []scim.Extension{{Schema: scim.Schema{URN: "URN:X"}}}},
		"attribute unnamed":  with(scim.Attribute{}),
		"attribute quoted":   with(scim.Attribute{Name: `a"b`}),
		"attribute padded":   with(scim.Attribute{Name: " a"}),
		"attribute twice":    with(scim.Attribute{Name: "a"}, scim.Attribute{Name: "A"}),
		"attribute reserved": with(scim.Attribute{Name: "ID"}),
		"type unknown":       with(scim.Attribute{Name: "a", Type: 99}),
		"rule unknown":       with(scim.Attribute{Name: "a", Returned: 99}),
		"complex, no subs":   with(scim.Attribute{Name: "a", Type: scim.TypeComplex}),
		"subs, not complex":  with(scim.Attribute{Name: "a", SubAttributes: sub}),
		"complex in complex": with(scim.Attribute{Name: "a", Type: scim.TypeComplex, SubAttributes: []scim.Attribute{{Name: "b", Type: scim.TypeComplex, SubAttributes: sub}}}),
	} {
		if _, err := scim.NewResourceType(d); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, err := scim.NewResourceType(scim.Definition{})
	if err == nil || strings.Count(err.Error(), "\n") < 2 {
		t.Errorf("the error does not say all that is wrong: %v", err)
	}
}

func TestPaths(t *testing.T) {
	typ := oddType(t)
	for in, want := range map[string]string{
		"userName": "userName", "USERNAME": "userName", "name.givenname": "name.givenName", "emails.value": "emails.value", "id": "id", "meta.version": "meta.version",
		scim.UserURN + ":emails.Type": "emails.type", "department": scim.EnterpriseUserURN + ":department", "a.b": oddURN + ":a.b", "a.b[c]": oddURN + ":a.b[c]", "a": oddURN + ":a",
		strings.ToUpper(oddURN) + ":with SPACE": oddURN + ":with space", "box.in.side": oddURN + ":box.in.side",
	} {
		p, err := typ.ParsePath(in)
		if err != nil || p.String() != want {
			t.Errorf("%s is %s, %v; want %s", in, p, err, want)
		}
	}
	for _, in := range []string{"", " ", "x", "name.", "name.x", "userName.x", ".", "a.c", "userName ", "urn:x:y", scim.UserURN, scim.UserURN + ":", oddURN + ":x", "emails[type eq 1]"} {
		if p, err := typ.ParsePath(in); err == nil {
			t.Errorf("%q is %s", in, p)
		}
	}
}

func TestUniquePaths(t *testing.T) {
	d := scim.UserDefinition()
	d.Schema.Attributes = append(d.Schema.Attributes, scim.Attribute{Name: "externalId", CaseExact: true, Uniqueness: scim.UniquenessGlobal},
		scim.Attribute{Name: "card", Type: scim.TypeComplex, SubAttributes: []scim.Attribute{{Name: "no", Uniqueness: scim.UniquenessServer}}})
	d.Extensions = []scim.Extension{{Schema: scim.Schema{URN: "urn:x", Attributes: []scim.Attribute{{Name: "id", Uniqueness: scim.UniquenessServer}}}}}
	typ, err := scim.NewResourceType(d)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, p := range typ.UniquePaths() {
		have = append(have, p.String())
	}
	if got := strings.Join(have, " "); got != "userName externalId card.no urn:x:id" {
		t.Errorf("unique are %s", got)
	}
	c := newClientWith(t, scim.Config{Types: []*scim.ResourceType{typ}})
	c.user("a", `"externalId":"x","card":{"no":"1"}`)
	c.do("POST", "/Users", `{"userName":"b","externalId":"x"}`).want(t, 409, "uniqueness")
	c.do("POST", "/Users", `{"userName":"b","card":{"no":"1"}}`).want(t, 409, "uniqueness")
	c.user("b", `"externalId":"X","urn:x":{"id":"1"}`)
	c.do("POST", "/Users", `{"userName":"c","urn:x:id":"1"}`).want(t, 409, "uniqueness")
}

func TestDeclaredType(t *testing.T) {
	device, err := scim.NewResourceType(scim.Definition{Name: "Device", Endpoint: "/Devices", Schema: scim.Schema{URN: "urn:example:Device", Name: "Device",
		Attributes: []scim.Attribute{{Name: "serial", Required: true, Uniqueness: scim.UniquenessServer, CaseExact: true}}},
		Extensions: []scim.Extension{{Required: true, Schema: scim.Schema{URN: "urn:example:Owned", Attributes: []scim.Attribute{{Name: "owner"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	c := newClientWith(t, scim.Config{Types: append(scim.CoreTypes(), device)})
	c.do("POST", "/Devices", `{"serial":"1"}`).want(t, 400, "invalidValue")
	r := c.do("POST", "/Devices", `{"serial":"1","urn:example:Owned:owner":"me"}`).want(t, 201)
	r.holds(t, `["urn:example:Device","urn:example:Owned"]`, "schemas").holds(t, `"me"`, "urn:example:Owned", "owner")
	c.do("GET", "/Devices?filter="+escape(`owner eq "ME" and serial eq "1"`), "").holds(t, "1", "totalResults")
	c.do("GET", "/ResourceTypes", "").want(t, 200).holds(t, "3", "totalResults").holds(t, `"/Users"`, "Resources", 0, "endpoint").
		holds(t, `[{"required":true,"schema":"urn:example:Owned"}]`, "Resources", 2, "schemaExtensions")
	c.do("GET", "/Schemas", "").want(t, 200).holds(t, "5", "totalResults")
	c.do("GET", "/Schemas/urn:example:Device", "").want(t, 200).holds(t, `"serial"`, "attributes", 2, "name").holds(t, `"server"`, "attributes", 2, "uniqueness")
}
