package scim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
)

// names lists the user names of an answer.
func names(r reply) string {
	var list []string
	for i := 0; r.at("Resources", i) != nil; i++ {
		list = append(list, fmt.Sprint(r.at("Resources", i, "userName")))
	}
	return strings.Join(list, " ")
}

func TestPaging(t *testing.T) {
	c := newClient(t)
	var paths []string
	for i := range 10 {
		paths = append(paths, c.user(fmt.Sprint("u", i)))
	}
	for query, want := range map[string]string{
		"startIndex=1&count=3": "u0 u1 u2", "startIndex=4&count=3": "u3 u4 u5", "startIndex=10&count=3": "u9", "startIndex=11&count=3": "",
		"startIndex=0&count=2": "u0 u1", "startIndex=-5&count=2": "u0 u1", "startIndex=9223372036854775807&count=1": "", "startIndex=99999999999999999999": "", "startIndex=-99999999999999999999&count=1": "u0", "startIndex=9&count=99999999999999999999": "u8 u9", "count=-99999999999999999999": "",
		"&&startIndex=10&": "u9", "count=0": "", "STARTINDEX=9": "u8 u9",
		"filter=" + escape(`userName ge "u7"`) + "&startIndex=2": "u8 u9",
	} {
		r := c.do("GET", "/Users?"+query, "").want(t, 200)
		if have := names(r); have != want {
			t.Errorf("%s: have %s, want %s", query, have, want)
		}
		total := "10"
		if strings.Contains(query, "filter") {
			total = "3"
		}
		r.holds(t, total, "totalResults")
	}
	c.user("semi;colon")
	r := c.do("GET", `/Users?filter=userName%20eq%20"semi;colon"`, "").want(t, 200).holds(t, "1", "totalResults")
	c.do("DELETE", "/Users/"+r.at("Resources", 0, "id").(string), "").want(t, 204)
	// The order stays while resources come and go.
	c.do("DELETE", paths[3], "").want(t, 204)
	c.patch(paths[5], `"op":"add","path":"title","value":"x"`).want(t, 200)
	c.user("u10")
	r = c.do("GET", "/Users", "").holds(t, "10", "totalResults")
	if have, want := names(r), "u0 u1 u2 u4 u5 u6 u7 u8 u9 u10"; have != want {
		t.Errorf("have %s, want %s", have, want)
	}
}

// An index does not change the order either, nor does a change of a resource.
func TestOrderOfIndex(t *testing.T) {
	c := newClient(t)
	var paths []string
	for i := range 4 {
		paths = append(paths, c.user(fmt.Sprint("u", i), `"externalId":"same"`))
	}
	c.patch(paths[1], `"op":"add","path":"title","value":"x"`).want(t, 200)
	if have := names(c.do("GET", "/Users?filter="+escape(`externalId eq "same"`), "")); have != "u0 u1 u2 u3" {
		t.Errorf("have %s", have)
	}
}

func TestSort(t *testing.T) {
	c := newClient(t)
	c.user("b", `"password":"z","title":"2","emails":[{"value":"z"},{"value":"a","primary":true}],"externalId":"B"`)
	c.user("C", `"password":"a","title":"10","active":true,"emails":[{"value":"c"}],"externalId":"a"`)
	c.user("a", `"active":false,"name":{"familyName":"x"}`)
	for query, want := range map[string]string{
		"sortBy=userName": "a b C", "sortBy=userName&sortOrder=descending": "C b a", "sortBy=UserName&sortOrder=DESCENDING": "C b a", "sortBy=userName&sortOrder=ascending": "a b C",
		"sortBy=title": "C b a", "sortBy=title&sortOrder=descending": "a b C", "sortBy=emails": "b C a", "sortBy=emails.value": "b C a", "sortBy=name.familyName": "a b C",
		"sortBy=externalId": "b C a", "sortBy=active": "a C b", "sortBy=meta.created": "b C a", "sortBy=id&count=0": "", "sortBy=unknown": "b C a", "sortBy=password": "b C a", "sortBy=name": "b C a",
	} {
		if have := names(c.do("GET", "/Users?"+query, "").want(t, 200)); have != want {
			t.Errorf("%s: have %s, want %s", query, have, want)
		}
	}
}

func TestSearch(t *testing.T) {
	c := newClient(t)
	for i := range 5 {
		c.user(fmt.Sprint("u", i), `"displayName":"x"`)
	}
	c.group("x", `"members":[{"value":"1"}]`)
	r := c.do("POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"attributes":["displayName","userName"],
		"filter":"userName gt \"u1\"","sortBy":"userName","sortOrder":"descending","startIndex":2,"count":1,"extra":true}`).want(t, 200)
	r.holds(t, "3", "totalResults").holds(t, "2", "startIndex").holds(t, `"u3"`, "Resources", 0, "userName").holds(t, "", "Resources", 0, "meta")
	c.do("POST", "/Users/.search", `{"excludedAttributes":"displayName","count":1}`).want(t, 200).holds(t, "", "Resources", 0, "displayName")
	for _, all := range []reply{c.do("POST", "/.search", `{"filter":"displayName eq \"x\""}`), c.do("GET", "/?filter="+escape(`displayName eq "x"`), "")} {
		all.want(t, 200).holds(t, "6", "totalResults").holds(t, "6", "itemsPerPage").holds(t, `"Group"`, "Resources", 5, "meta", "resourceType")
	}
	c.do("POST", "/.search", `{"filter":"meta.resourceType eq \"Group\""}`).want(t, 200).holds(t, "1", "totalResults")
	r = c.do("POST", "/.search", `{"startIndex":5,"count":2}`).want(t, 200)
	r.holds(t, "6", "totalResults").holds(t, `"u4"`, "Resources", 0, "userName").holds(t, `"Group"`, "Resources", 1, "meta", "resourceType")
	r = c.do("POST", "/.search", `{"startIndex":6,"count":2}`).want(t, 200)
	r.holds(t, "1", "itemsPerPage").holds(t, `"Group"`, "Resources", 0, "meta", "resourceType")
	c.group("y")
	r = c.do("POST", "/.search", `{"startIndex":7,"count":2}`).want(t, 200)
	r.holds(t, "7", "totalResults").holds(t, "1", "itemsPerPage").holds(t, `"y"`, "Resources", 0, "displayName")
	c.do("POST", "/.search", `{"startIndex":5,"count":2}`).want(t, 200).holds(t, "7", "totalResults").holds(t, "2", "itemsPerPage").holds(t, "", "Resources", 2)
	for _, bad := range []string{`[]`, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`} {
		c.do("POST", "/.search", bad).want(t, 400, "invalidSyntax")
	}
	for _, bad := range []string{`{"attributes":[1]}`, `{"filter":{}}`, `{"count":true}`, `{"count":"x"}`} {
		c.do("POST", "/Users/.search", bad).want(t, 400, "invalidValue")
	}
	c.do("POST", "/.search", `{"filter":"x"}`).want(t, 400, "invalidFilter")
}

func TestSelection(t *testing.T) {
	typ := oddType(t)
	o, err := typ.DecodeResource(`{"userName":"u","externalId":"e","password":"p","name":{"givenName":"g","familyName":"f"},"emails":[{"type":"work","value":"w"}],
		"` + oddURN + `":{"a":"1","a.b":"2","onRequest":"r","always":"y","export_password":"p","box":{"must":"m","many":["1"]}}}`)
	if err != nil {
		t.Fatal(err)
	}
	r := &scim.Resource{ID: "1", Attributes: o}
	const head = `{"schemas":["` + scim.UserURN + `","` + oddURN + `"],"id":"1"`
	meta := `,"meta":{"resourceType":"User","location":"https://example.com/Users/1"}}`
	odd := func(inner string) string { return `,"` + oddURN + `":{` + inner + `}` }
	all := `,"userName":"u","externalId":"e","name":{"givenName":"g","familyName":"f"},"emails":[{"type":"work","value":"w"}]`
	for _, c := range []struct{ only, not, want string }{
		{"", "", head + all + odd(`"a":"1","a.b":"2","always":"y","box":{"must":"m","many":["1"]}`) + meta},
		{"userName", "", head + `,"userName":"u"` + odd(`"always":"y"`) + "}"},
		{"USERNAME, name.givenName", "", head + `,"userName":"u","name":{"givenName":"g"}` + odd(`"always":"y"`) + "}"},
		{"password,export_password,unknown", "", head + odd(`"always":"y"`) + "}"},
		{oddURN + ":a.b", "", head + odd(`"a.b":"2","always":"y"`) + "}"},
		{"onRequest", "", head + odd(`"onRequest":"r","always":"y"`) + "}"},
		{oddURN, "", head + odd(`"a":"1","a.b":"2","onRequest":"r","always":"y","box":{"must":"m","many":["1"]}`) + "}"},
		{`emails[type eq "work"]`, "", head + `,"emails":[{"type":"work","value":"w"}]` + odd(`"always":"y"`) + "}"},
		{"emails.value,meta.location", "", head + `,"emails":[{"value":"w"}]` + odd(`"always":"y"`) + `,"meta":{"location":"https://example.com/Users/1"}}`},
		{"", "name,emails.type,meta,id,schemas," + oddURN, head + `,"userName":"u","externalId":"e","emails":[{"value":"w"}]` + odd(`"always":"y"`) + "}"},
		{"name.middleName,emails.display,meta.version", "", head + odd(`"always":"y"`) + "}"},
		{"", "name.givenName,name.familyName,emails.value,emails.type,meta", head + `,"userName":"u","externalId":"e"` + odd(`"a":"1","a.b":"2","always":"y","box":{"must":"m","many":["1"]}`) + "}"},
		{"", "always,box.many,name.givenName", head + `,"userName":"u","externalId":"e","name":{"familyName":"f"},"emails":[{"type":"work","value":"w"}]` + odd(`"a":"1","a.b":"2","always":"y","box":{"must":"m"}`) + meta},
	} {
		sel, err := typ.ParseSelection(c.only, c.not)
		if err != nil {
			t.Fatal(err)
		}
		if have := typ.Render(r, sel); have != c.want {
			t.Errorf("only %q, not %q:\nhave %s\nwant %s", c.only, c.not, have, c.want)
		}
	}
	sel, _ := typ.ParseSelection("", "emails.type")
	for path, want := range map[string]bool{"emails": true, "emails.type": false, "emails.value": true, "password": false, "id": true} {
		p, err := typ.ParsePath(path)
		if err != nil || sel.Includes(p) != want {
			t.Errorf("Includes(%s) is %v, want %v (%v)", path, sel.Includes(p), want, err)
		}
	}
}

// A store with indexes answers every filter as one without does.
func TestIndexesAgreeWithScan(t *testing.T) {
	c := newClient(t)
	pick := func(of ...string) string { return of[rand.IntN(len(of))] }
	for i := range 60 {
		c.user(fmt.Sprint("User", i), fmt.Sprintf(`"externalId":"%s","displayName":"%s"`, pick("a", "b", "C"), pick("x", "Y")))
	}
	for range 300 {
		term := func() string {
			return pick(fmt.Sprintf(`userName eq "uSER%d"`, rand.IntN(70)), `externalId eq "`+pick("a", "A", "b", "c", "C")+`"`, `displayName eq "`+pick("X", "y")+`"`)
		}
		a, b := term(), term()
		indexed := names(c.do("GET", "/Users?filter="+escape(a+" and "+b), ""))
		scanned := names(c.do("GET", "/Users?filter="+escape("not (not ("+a+") or not ("+b+"))"), ""))
		if indexed != scanned {
			t.Fatalf("%s and %s: with indexes %s, without %s", a, b, indexed, scanned)
		}
	}
}
