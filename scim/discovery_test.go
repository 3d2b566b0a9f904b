package scim_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/scim"
)

// /Schemas says of each attribute all that RFC 7643 section 7 lists.
func TestSchemasAreComplete(t *testing.T) {
	r := newClient(t).do("GET", "/Schemas", "").want(t, 200)
	schemas, _ := r.body["Resources"].([]any)
	if len(schemas) != 3 {
		t.Fatalf("%d schemas", len(schemas))
	}
	for i := range schemas {
		attrs, _ := r.at("Resources", i, "attributes").([]any)
		if len(attrs) == 0 || r.at("Resources", i, "name") == nil || r.at("Resources", i, "meta", "location") == nil {
			t.Errorf("schema %v lacks attributes, name or location", r.at("Resources", i, "id"))
		}
		for _, a := range attrs {
			checkDescribed(t, a.(map[string]any))
		}
	}
}

func checkDescribed(t *testing.T, a map[string]any) {
	t.Helper()
	words := map[string][]any{
		"type":       {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"},
		"mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
		"returned":   {"always", "never", "default", "request"},
		"uniqueness": {"none", "server", "global"},
		"required":   {true, false}, "caseExact": {true, false}, "multiValued": {true, false},
	}
	for key, allowed := range words {
		found := false
		for _, w := range allowed {
			found = found || a[key] == w
		}
		if !found {
			t.Errorf("attribute %v: %s is %v", a["name"], key, a[key])
		}
	}
	if a["description"] == nil {
		t.Errorf("attribute %v has no description", a["name"])
	}
	if (a["type"] == "reference") != (a["referenceTypes"] != nil) || (a["type"] == "complex") != (a["subAttributes"] != nil) {
		t.Errorf("attribute %v of type %v has referenceTypes %v, subAttributes %v", a["name"], a["type"], a["referenceTypes"], a["subAttributes"])
	}
	subs, _ := a["subAttributes"].([]any)
	for _, sub := range subs {
		checkDescribed(t, sub.(map[string]any))
	}
}

func TestServiceProviderConfig(t *testing.T) {
	c := newClientWith(t, scim.Config{DocumentationURI: "https://x.example/docs", MaxBulkOperations: 7, MaxBodyBytes: 8, MaxPageSize: 9})
	r := c.do("GET", "/ServiceProviderConfig", "").want(t, 200)
	r.holds(t, `"https://x.example/docs"`, "documentationUri").holds(t, `{"maxOperations":7,"maxPayloadSize":8,"supported":true}`, "bulk")
	r.holds(t, `{"maxResults":9,"supported":true}`, "filter").holds(t, `{"supported":false}`, "changePassword")
	r.holds(t, `"oauthbearertoken"`, "authenticationSchemes", 0, "type").holds(t, `"ServiceProviderConfig"`, "meta", "resourceType")
}

// What an extension requires, it requires of resources that use it.
func TestRequiredInExtension(t *testing.T) {
	d := scim.UserDefinition()
	d.Extensions = []scim.Extension{{Schema: scim.Schema{URN: "urn:x", Attributes: []scim.Attribute{{Name: "must", Required: true}, {Name: "may"}}}}}
	typ, err := scim.NewResourceType(d)
	if err != nil {
		t.Fatal(err)
	}
	c := newClientWith(t, scim.Config{Types: []*scim.ResourceType{typ}})
	u := c.user("without")
	c.do("POST", "/Users", `{"userName":"half","urn:x":{"may":"1"}}`).want(t, 400, "invalidValue")
	c.patch(u, `"op":"add","path":"urn:x:may","value":"1"`).want(t, 400, "invalidValue")
	c.patch(u, `"op":"add","path":"urn:x","value":{"may":"1","must":"2"}`).want(t, 200).holds(t, `{"may":"1","must":"2"}`, "urn:x")
	c.patch(u, `"op":"remove","path":"urn:x:must"`).want(t, 400, "mutability")
	c.patch(u, `"op":"remove","path":"urn:x"`).want(t, 200).holds(t, "", "urn:x")
}
