package scim_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
)

// The life of a user and a group as Okta's SCIM 2.0 client drives it.
func TestOkta(t *testing.T) {
	c := newClientWith(t, scim.Config{Authenticate: scim.StaticTokens("t")})
	auth := []string{"Authorization", "Bearer t", "Content-Type", "application/scim+json; charset=utf-8"}
	c.do("GET", "/Users?startIndex=1&count=1", "").want(t, 401)
	c.do("GET", "/Users?startIndex=1&count=1", "", auth...).want(t, 200).holds(t, "0", "totalResults")
	lookup := "/Users?filter=userName%20eq%20%22ada%40x.example%22&startIndex=1&count=100"
	c.do("GET", lookup, "", auth...).want(t, 200).holds(t, "[]", "Resources")
	create := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@x.example","name":{"givenName":"Ada","familyName":"L"},
		"emails":[{"primary":true,"value":"ada@x.example","type":"work"}],"displayName":"Ada L","locale":"en-US","externalId":"00u1","groups":[],"password":"1mz050nq","active":true}`
	r := c.do("POST", "/Users", create, auth...).want(t, 201)
	u := "/Users/" + r.id(t)
	c.do("POST", "/Users", create, auth...).want(t, 409, "uniqueness")
	if strings.Contains(r.raw, "1mz050nq") {
		t.Error("the password is returned")
	}
	// A change of the profile: GET, then PUT of what came back, changed.
	body := c.do("GET", u, "", auth...).want(t, 200).raw
	c.do("PUT", u, strings.Replace(body, `"Ada L"`, `"Ada Lovelace"`, 1), auth...).want(t, 200).holds(t, `"Ada Lovelace"`, "displayName")
	// Deactivation, and activation again.
	for _, active := range []string{"false", "true"} {
		c.do("PATCH", u, patchBody(`"op":"replace","value":{"active":`+active+`}`), auth...).want(t, 200).holds(t, active, "active")
	}
	// Group push.
	id := strings.TrimPrefix(u, "/Users/")
	g := "/Groups/" + c.do("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Staff","members":[]}`, auth...).want(t, 201).id(t)
	c.do("PATCH", g, patchBody(`"op":"replace","value":{"id":"`+strings.TrimPrefix(g, "/Groups/")+`","displayName":"All staff"}`), auth...).want(t, 204)
	c.do("PATCH", g, patchBody(`"op":"remove","path":"members[value eq \"x\"]"`, `"op":"add","path":"members","value":[{"value":"`+id+`","display":"ada@x.example"}]`), auth...).want(t, 204)
	c.do("GET", g, "", auth...).want(t, 200).holds(t, `"All staff"`, "displayName").holds(t, `[{"display":"ada@x.example","value":"`+id+`"}]`, "members")
	c.do("PATCH", g, patchBody(`"op":"replace","path":"members","value":[]`), auth...).want(t, 204)
	c.do("GET", g, "", auth...).want(t, 200).holds(t, "", "members")
	c.do("DELETE", g, "", auth...).want(t, 204)
}

// The examples of RFC 7644 section 3.5.2, as they stand there.
func TestRFCPatchExamples(t *testing.T) {
	group := coreType(t, "Group")
	user := coreType(t, "User")
	const members = `{"displayName":"g","members":[{"display":"Babs Jensen","value":"2819c223"}]}`
	const person = `{"userName":"u","emails":[{"value":"old@x.example","type":"home"}],"addresses":[{"type":"work","streetAddress":"old","country":"US"}]}`
	for _, c := range []struct {
		typ        *scim.ResourceType
		body, op   string
		path, want string
	}{
		{group, members, `"op":"add","path":"members","value":[{"display":"James Smith","value":"08e1d05d"}]`, "members", `[{"display":"Babs Jensen","value":"2819c223"},{"display":"James Smith","value":"08e1d05d"}]`},
		{user, person, `"op":"add","value":{"emails":[{"value":"babs@jensen.org","type":"home"}],"nickName":"Babs"}`, "emails", `[{"value":"old@x.example","type":"home"},{"value":"babs@jensen.org","type":"home"}]`},
		{group, members, `"op":"remove","path":"members[value eq \"2819c223\"]"`, "members", `null`},
		{group, members, `"op":"remove","path":"members"`, "members", `null`},
		{user, person, `"op":"remove","path":"emails[type eq \"home\" and value ew \"x.example\"]"`, "emails", `null`},
		{group, members, `"op":"replace","path":"members","value":[{"display":"James Smith","value":"08e1d05d"}]`, "members", `[{"display":"James Smith","value":"08e1d05d"}]`},
		{user, person, `"op":"replace","path":"addresses[type eq \"work\"]","value":{"type":"work","streetAddress":"911 Universal City Plaza","primary":true}`, "addresses", `[{"type":"work","streetAddress":"911 Universal City Plaza","primary":true}]`},
		{user, person, `"op":"replace","path":"addresses[type eq \"work\"].streetAddress","value":"1010 Broadway Ave"`, "addresses", `[{"type":"work","streetAddress":"1010 Broadway Ave","country":"US"}]`},
		{user, person, `"op":"replace","value":{"emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}],"nickName":"Babs"}`, "emails", `[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}]`},
	} {
		have, err := patched(t, c.typ, c.body, patchBody(c.op))
		if err != nil {
			t.Errorf("%s: %v", c.op, err)
			continue
		}
		if got := pick(t, c.typ, have, c.path); got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.op, c.path, got, c.want)
		}
	}
}
