package scim_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
)

// want4xx fails unless an error is the client's.
func want4xx(t *testing.T, err error) {
	t.Helper()
	var e *scim.Error
	if err != nil && (!errors.As(err, &e) || e.Status < 400 || e.Status > 499) {
		t.Fatalf("not the client's error: %v", err)
	}
}

func FuzzFilter(f *testing.F) {
	typ := oddType(f)
	r := sample(f, typ)
	for _, s := range []string{`userName eq "x"`, `emails[type eq "work" and not (value co "x")].value pr`, `(a.b[c] eq 1 or unknown lt -1.5e3) and active ne "True"`,
		`meta.created gt 2015-10-10T14:38:21.8617979-07:00`, oddURN + `:a.b eq "\u00e4\ud83d\ude00"`, `not(not eq not)`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		have, err := typ.ParseFilter(s)
		want4xx(t, err)
		if err != nil {
			return
		}
		again, err := typ.ParseFilter(have.String())
		if err != nil && len(have.String()) > scim.MaxFilterBytes {
			return // the normal form has longer names
		}
		if err != nil || again.String() != have.String() {
			t.Fatalf("%q: normal form %q is read as %v, %v", s, have, again, err)
		}
		if have.Match(r) != again.Match(r) {
			t.Fatalf("%q: normal form %q means something else", s, have)
		}
		scim.Equalities(have)
	})
}

func FuzzPath(f *testing.F) {
	typ := oddType(f)
	for _, s := range []string{"userName", "name.givenName", `emails[type eq "work"].value`, oddURN + ":a.b[c]", scim.UserURN, "a.b[c]", "list[value eq 1]", ".", "urn:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := typ.ParsePath(s); err == nil {
			again, err := typ.ParsePath(p.String())
			if err != nil || again != p {
				t.Fatalf("%q: normal form %q is read as %v, %v", s, p, again, err)
			}
		}
		for _, op := range []string{"add", "replace", "remove"} {
			body := string(mustJSON(map[string]any{"Operations": []any{map[string]any{"op": op, "path": s, "value": "1"}}}))
			checkPatch(t, typ, body)
		}
		_, err := typ.ParseSelection(s, "")
		want4xx(t, err)
	})
}

// checkPatch applies a PATCH to the odd body and looks at what comes out.
func checkPatch(t *testing.T, typ *scim.ResourceType, body string) {
	t.Helper()
	ops, err := typ.ParsePatch([]byte(body))
	want4xx(t, err)
	if err != nil {
		return
	}
	before, err := typ.DecodeResource(oddBody)
	if err != nil {
		t.Fatal(err)
	}
	was := scim.AppendValue(scim.Complex(fields(before)...))
	after, err := typ.ApplyPatch(&scim.Resource{Attributes: before}, ops)
	want4xx(t, err)
	if scim.AppendValue(scim.Complex(fields(before)...)) != was {
		t.Fatalf("%s changes its input", body)
	}
	if err == nil {
		checkStored(t, typ, after)
	}
}

// checkStored holds what a resource always is: written and read it is the same.
func checkStored(t *testing.T, typ *scim.ResourceType, o scim.Object) {
	t.Helper()
	if o.Len() == 0 {
		return
	}
	text := scim.AppendValue(scim.Complex(fields(o)...))
	again, err := typ.DecodeResource(text)
	if err != nil || !again.Equal(o) {
		t.Fatalf("stored %s\nis read as %s, %v", text, scim.AppendValue(scim.Complex(fields(again)...)), err)
	}
	checkJSON(t, typ.Render(&scim.Resource{ID: "1", Attributes: o}, scim.Selection{}))
}

func FuzzPatch(f *testing.F) {
	typ := oddType(f)
	for _, s := range []string{`{"Operations":[{"op":"Add","path":"emails[type eq \"work\"].value","value":"x"}]}`,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"name.givenName":"x","` + oddURN + `:a.b":"2","active":"False"}}]}`,
		`{"Operations":[{"op":"Remove","path":"list","value":["x"]},{"op":"add","path":"roles","value":[{"value":"{\"value\":\"r\"}"}]}]}`,
		`{"Operations":[{"op":"replace","path":"` + oddURN + `","value":{"box":{"must":"x","in.side":["1"]}}}]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) { checkPatch(t, typ, body) })
}

func FuzzBody(f *testing.F) {
	typ := oddType(f)
	for _, s := range []string{oddBody, `{"UserName":"x","Emails":[{"Primary":"True","value":"v"}],"addresses":null}`, `{"emails":"x","emails.type":"y","` + oddURN + `:amount":"-1.50e+3"}`,
		`{"roles":[{"value":"{\"value\":\"r\",\"displayName\":\"d\"}"}],"name":"{\"givenName\":\"x\"}"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		checkJSON(t, body)
		o, err := typ.DecodeResource(body)
		want4xx(t, err)
		if err == nil {
			checkStored(t, typ, o)
		}
	})
}

func FuzzQuery(f *testing.F) {
	c := newClientWith(f, scim.Config{Types: []*scim.ResourceType{oddType(f)}})
	c.user("ada", `"emails":[{"value":"x"}]`)
	for _, s := range []string{"filter=userName+eq+%22ada%22&count=1", "attributes=name.givenName,emails%5Btype%20eq%201%5D&startIndex=-1", "sortBy=emails&sortOrder=descending&aadOptscim062020", "excludedAttributes=a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/Users", "/", "/Schemas"} {
			r := httptest.NewRequest("GET", path, nil)
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			c.handler.ServeHTTP(w, r)
			if w.Code >= 500 || !strings.HasPrefix(w.Body.String(), "{") {
				t.Fatalf("%s?%s: %d %s", path, query, w.Code, w.Body)
			}
			checkJSON(t, w.Body.String())
		}
	})
}
