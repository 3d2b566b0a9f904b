package scim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

func TestReplace(t *testing.T) {
	c := newClientWith(t, scim.Config{Types: []*scim.ResourceType{oddType(t)}})
	u := c.user("ada", `"title":"t","password":"p","`+oddURN+`":{"once":"o","a":"1","box":{"fixed":"f","must":"m"}}`)
	r := c.do("PUT", u, `{`+userSchemas+`,"id":"other","userName":"ada2","meta":{"version":"x"},"groups":[{"value":"g"}],"adreses":[],
		"`+oddURN+`":{"given":"x","box":{"must":"n"}}}`).want(t, 200)
	r.holds(t, `"ada2"`, "userName").holds(t, "", "title").holds(t, "", "groups").holds(t, `"User"`, "meta", "resourceType")
	r.holds(t, `{"box":{"fixed":"f","must":"n"},"once":"o"}`, oddURN)
	if r.id(t) != strings.TrimPrefix(u, "/Users/") {
		t.Error("PUT changed the id")
	}
	c.do("PUT", u, `{"userName":"ada2","`+oddURN+`":{"once":"other"}}`).want(t, 400, "mutability")
	c.do("PUT", u, `{"userName":"ada2","`+oddURN+`":{"box":{"fixed":"other","must":"n"}}}`).want(t, 400, "mutability")
	c.do("PUT", u, `{"userName":"ada2","`+oddURN+`":{"box":{"fixed":"f"}}}`).want(t, 400, "invalidValue")
	c.do("PUT", u, `{"displayName":"x"}`).want(t, 400, "invalidValue")
	c.do("PUT", u, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"userName":"x"}`).want(t, 400, "invalidValue")
	c.do("PUT", "/Users/nobody", `{"userName":"x"}`).want(t, 404)
	c.user("bob")
	c.do("PUT", u, `{"userName":"BOB"}`).want(t, 409, "uniqueness")
	c.patch(u, `"op":"replace","path":"userName","value":"bob"`).want(t, 409, "uniqueness")
}

func TestPutKeepsPassword(t *testing.T) {
	store := memory.New(memory.Config{})
	types := scim.CoreTypes()
	c := &client{t, newHandler(t, store, scim.Config{Types: types, Authenticate: scim.NoAuthentication})}
	u := c.user("ada", `"password":"secret"`)
	c.do("PUT", u, `{"userName":"ada","title":"t"}`).want(t, 200)
	r, err := store.Get(context.Background(), types[0], strings.TrimPrefix(u, "/Users/"), scim.Selection{})
	if err != nil || r.Get("password").Text() != "secret" {
		t.Errorf("after a PUT without it the password is %v, %v", r.Get("password").Text(), err)
	}
	c.patch(u, `"op":"remove","path":"password"`).want(t, 200)
	if r, _ = store.Get(context.Background(), types[0], strings.TrimPrefix(u, "/Users/"), scim.Selection{}); !r.Get("password").IsAbsent() {
		t.Error("a PATCH does not remove the password")
	}
}

func TestVersions(t *testing.T) {
	c := newClient(t)
	u := c.user("ada")
	r := c.do("GET", u, "").want(t, 200)
	v1 := r.header.Get("ETag")
	if v1 == "" || r.at("meta", "version") != v1 {
		t.Fatalf("ETag %q, meta.version %v", v1, r.at("meta", "version"))
	}
	if r := c.do("GET", u, "", "If-None-Match", `"x", `+v1).want(t, 304); r.raw != "" || r.header.Get("ETag") != v1 {
		t.Errorf("304 with body %q, ETag %q", r.raw, r.header.Get("ETag"))
	}
	c.do("GET", u, "", "If-None-Match", `"x"`).want(t, 200)
	v2 := c.do("PUT", u, `{"userName":"ada","title":"1"}`, "If-Match", v1).want(t, 200).header.Get("ETag")
	if v2 == v1 {
		t.Error("a PUT does not change the version")
	}
	patch := patchBody(`"op":"replace","path":"title","value":"2"`)
	for _, stale := range []string{v1, `"x"`, `W/"", "y"`} {
		c.do("PUT", u, `{"userName":"ada"}`, "If-Match", stale).want(t, 412)
		c.do("PATCH", u, patch, "If-Match", stale).want(t, 412)
		c.do("DELETE", u, "", "If-Match", stale).want(t, 412)
	}
	v3 := c.do("PATCH", u, patch, "If-Match", strings.TrimPrefix(v2, "W/")).want(t, 200).header.Get("ETag")
	same := c.do("PATCH", u, patch, "If-Match", "*").want(t, 200).header.Get("ETag")
	if v3 == v2 || same != v3 {
		t.Errorf("versions %s, %s; after a PATCH that changes nothing %s", v2, v3, same)
	}
	g := c.group("g")
	if v := c.patch(g, `"op":"add","path":"members","value":"1"`).want(t, 204).header.Get("ETag"); v == "" || v != c.do("GET", g, "").header.Get("ETag") {
		t.Errorf("a PATCH without a body has the ETag %q", v)
	}
	c.do("DELETE", u, "", "If-Match", `"x",`+v3).want(t, 204)
	c.do("DELETE", u, "", "If-Match", "*").want(t, 404)
}

func TestRoutes(t *testing.T) {
	c := newClient(t)
	u := c.user("ada")
	for _, x := range []struct {
		method, target string
		status         int
	}{
		{"GET", "/", 200}, {"GET", "/Users/", 200}, {"GET", "/users", 200}, {"GET", "/ServiceProviderConfig", 200}, {"GET", "/serviceConfiguration", 200},
		{"GET", "/ResourceTypes", 200}, {"GET", "/ResourceTypes/User", 200}, {"GET", "/Schemas/" + scim.UserURN, 200}, {"GET", "/Schemas/" + strings.ToLower(scim.UserURN), 200},
		{"HEAD", "/Schemas", 200}, {"HEAD", u, 200},
		{"GET", "/nowhere", 404}, {"GET", "/Users/a/b", 404}, {"GET", "/Schemas/x", 404}, {"GET", "/Schemas/x/y", 404}, {"GET", "/ResourceTypes/x", 404},
		{"GET", "/ServiceProviderConfig/x", 404}, {"GET", "/Bulk/x", 404}, {"GET", "/Users/..%2f", 404}, {"PATCH", "/Users/x%00y", 400},
		{"POST", "/", 405}, {"DELETE", "/Users", 405}, {"PATCH", "/Users", 405}, {"POST", u, 405}, {"GET", "/Bulk", 405}, {"GET", "/Users/.search", 405}, {"PUT", "/Schemas", 405}, {"OPTIONS", "/Users", 405},
		{"GET", "/Schemas?filter=x+pr", 403}, {"GET", "/ResourceTypes?filter=x+pr", 403},
		{"GET", "/Users?filter=%zz", 400}, {"GET", "/Users?filter=a;b", 400}, {"GET", "/Users?count=x", 400}, {"GET", "/Users?startIndex=1.5", 400}, {"GET", "/Users?count=1&count=2", 400},
		{"GET", "/Users?count=1&Count=2", 400}, {"GET", "/Users?count=&count=2", 400}, {"GET", "/Users?%zz=1", 400}, {"GET", "/Users?attributes=a&excludedAttributes=b", 400}, {"GET", u + "?attributes=a&excludedAttributes=b", 400},
		{"GET", "/Users?filter=%ff+pr", 400}, {"GET", "/Users?filter=userName+eq", 400}, {"GET", "/Users?unknown=1&x", 200},
	} {
		r := c.do(x.method, x.target, "")
		if r.status != x.status {
			t.Errorf("%s %s: status %d, want %d: %s", x.method, x.target, r.status, x.status, r.raw)
		}
		if (r.status == 405) != (r.header.Get("Allow") != "") {
			t.Errorf("%s %s: status %d with Allow %q", x.method, x.target, r.status, r.header.Get("Allow"))
		}
	}
	if have := c.do("PUT", "/Users", "").header.Get("Allow"); have != "GET, HEAD, POST" {
		t.Errorf("Allow is %q", have)
	}
}

func TestLocations(t *testing.T) {
	h := newHandler(t, memory.New(memory.Config{}), scim.Config{Authenticate: scim.NoAuthentication})
	mounted := &client{t, http.StripPrefix("/ecma2host_x/scim", h)}
	r := mounted.do("POST", "/ecma2host_x/scim/Users?aadOptscim062020", `{"userName":"ada"}`).want(t, 201)
	if have, want := r.header.Get("Location"), "http://example.com/ecma2host_x/scim/Users/"+r.id(t); have != want {
		t.Errorf("mounted: Location %q, want %q", have, want)
	}
	for _, x := range []struct{ requested, path, want string }{
		{"/base/Users", "/Users", "http://example.com/base"},
		{"/Users", "/Users", "http://example.com"},
		{"http://example.com/base/Users?x=/Users", "/Users", "http://example.com/base"}, // as to a proxy
		{`/base/.search"`, `/.search"`, "http://example.com/base"},                      // what should be escaped and is not
		{"/b%61se/Users", "/Users", "http://example.com/b%61se"},
		{"/base", "", "http://example.com/base"},
		{"/v1/rewritten", "/Users", "http://example.com"},
		{"", "/Users", "http://example.com"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RequestURI, r.URL.Path = x.requested, x.path
		if have := scim.Base(h, r); have != x.want {
			t.Errorf("%s, mounted as %s: base %q, want %q", x.requested, x.path, have, x.want)
		}
	}
	secure := httptest.NewRequest("GET", "https://example.com/Users", nil)
	if have := scim.Base(h, secure); have != "https://example.com" {
		t.Errorf("over TLS: base %q", have)
	}
	fixed := newClientWith(t, scim.Config{BaseURL: "https://scim.example/base/"})
	r = fixed.do("POST", "/Users", `{"userName":"ada"}`).want(t, 201)
	if have, want := r.header.Get("Location"), "https://scim.example/base/Users/"+r.id(t); have != want {
		t.Errorf("BaseURL: Location %q, want %q", have, want)
	}
}

func TestNewRefuses(t *testing.T) {
	user := coreType(t, "User")
	for name, c := range map[string]scim.Config{
		"negative limit": {MaxBodyBytes: -1}, "relative base": {BaseURL: "/scim"}, "base with query": {BaseURL: "https://x/?a=b"},
		"nil type": {Types: []*scim.ResourceType{nil}}, "type twice": {Types: []*scim.ResourceType{user, user}},
	} {
		if _, err := scim.New(memory.New(memory.Config{}), c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, err := scim.New(nil, scim.Config{MaxPageSize: -1, MaxBodyBytes: -1})
	for _, want := range []string{"backend", "MaxPageSize", "MaxBodyBytes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestZeroConfigRefusesAll(t *testing.T) {
	c := &client{t, newHandler(t, memory.New(memory.Config{}), scim.Config{})}
	for _, path := range []string{"/", "/Users", "/Schemas", "/nowhere"} {
		c.do("GET", path, "", "Authorization", "Bearer x").want(t, 401)
	}
	c = newClientWith(t, scim.Config{Authenticate: scim.StaticTokens("", "")})
	c.do("GET", "/Users", "", "Authorization", "Bearer ").want(t, 401)
	c = newClientWith(t, scim.Config{Authenticate: func(context.Context, string) (context.Context, error) { return nil, nil }})
	c.do("GET", "/Users", "").want(t, 200)
	c = newClientWith(t, scim.Config{Authenticate: func(context.Context, string) (context.Context, error) { return nil, scim.ErrForbidden }})
	c.do("GET", "/Users", "").want(t, 403)
}

func TestAuthenticateGivesContext(t *testing.T) {
	type key struct{}
	b := &contextBackend{key: key{}}
	c := &client{t, newHandler(t, b, scim.Config{Authenticate: func(ctx context.Context, token string) (context.Context, error) {
		return context.WithValue(ctx, key{}, token), nil
	}})}
	c.do("GET", "/Users/x", "", "Authorization", "Bearer me").want(t, 404)
	if b.seen != "me" {
		t.Errorf("the backend sees %v", b.seen)
	}
}

type contextBackend struct {
	brokenBackend
	key, seen any
}

func (b *contextBackend) Get(ctx context.Context, _ *scim.ResourceType, _ string, _ scim.Selection) (*scim.Resource, error) {
	b.seen = ctx.Value(b.key)
	return nil, scim.ErrNotFound
}

func TestBackendErrors(t *testing.T) {
	for _, x := range []struct {
		err      error
		status   int
		scimType string
		told     bool
	}{
		{scim.ErrNotFound, 404, "", false}, {fmt.Errorf("deep: %w", scim.ErrNotFound), 404, "", false}, {scim.ErrUniqueness, 409, "uniqueness", false},
		{scim.ErrVersion, 412, "", false}, {scim.ErrForbidden, 403, "", false}, {scim.ErrInvalidValue, 400, "invalidValue", false}, {scim.ErrTooMany, 400, "tooMany", false},
		{scim.ErrUnavailable, 503, "", true}, {context.DeadlineExceeded, 503, "", true}, {errors.New("dial tcp 10.0.0.1: secret"), 500, "", true},
		{&scim.Error{Status: 418, Detail: "teapot", Err: errors.New("secret")}, 418, "", false}, {&scim.Error{Status: 200, Detail: "odd"}, 500, "", true}, {&scim.Error{Status: 600, Detail: "odd"}, 500, "", true}, {&scim.Error{Status: 599, Detail: "odd"}, 599, "", true},
	} {
		var told error
		c := &client{t, newHandler(t, brokenBackend{x.err}, scim.Config{Authenticate: scim.NoAuthentication, OnError: func(_ *http.Request, err error) { told = err }})}
		for _, r := range []reply{c.do("GET", "/Users/1", ""), c.do("GET", "/Users", ""), c.do("POST", "/Users", `{"userName":"x"}`), c.do("DELETE", "/Users/1", "")} {
			r.want(t, x.status, x.scimType)
			if strings.Contains(r.raw, "secret") {
				t.Errorf("the client is told %s", r.raw)
			}
		}
		if (told != nil) != x.told || x.told && !errors.Is(told, x.err) {
			t.Errorf("%v: OnError is told %v", x.err, told)
		}
	}
}

// A request whose time is over ends between the operations of its PATCH.
func TestPatchHeedsContext(t *testing.T) {
	c := newClient(t)
	u := c.user("ada")
	r := httptest.NewRequest("PATCH", u, strings.NewReader(patchBody(`"op":"add","path":"title","value":"x"`)))
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r.WithContext(ctx))
	c.reply(w).want(t, 503)
	c.do("GET", u, "").holds(t, "", "title")
}

func TestBodies(t *testing.T) {
	c := newClientWith(t, scim.Config{MaxBodyBytes: 100})
	body := func(n int) string {
		const frame = `{"userName":""}`
		return `{"userName":"` + strings.Repeat("x", n-len(frame)) + `"}`
	}
	c.do("POST", "/Users", body(100)).want(t, 201)
	c.do("POST", "/Users", body(101)).want(t, 413)
	for _, media := range []string{"text/plain", "application/xml", "application/json; charset=latin1", "a/b/c", "multipart/form-data"} {
		c.do("POST", "/Users", "{}", "Content-Type", media).want(t, 415)
	}
	c.do("POST", "/Users", "{}", "Content-Encoding", "gzip").want(t, 415)
	for _, text := range []string{"", "x", "[]", `"x"`, "null"} {
		c.do("POST", "/Users", text).want(t, 400, "invalidSyntax")
	}
	for _, text := range []string{"{}", `{"userName":null}`, `{"userName":""}`, `{"userName":{}}`, `{"userName":"x","schemas":"y"}`, `{"userName":"x","active":2}`} {
		c.do("POST", "/Users", text).want(t, 400, "invalidValue")
	}
	c.do("POST", "/Users", `{"userName":"charset"}`, "Content-Type", "application/json; charset=UTF8").want(t, 201)
	c.do("POST", "/Users", "\ufeff"+`{"userName":"marked"}`).want(t, 201)
	r := httptest.NewRequest("POST", "/Users", iotest.ErrReader(io.ErrUnexpectedEOF))
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	c.reply(w).want(t, 400, "invalidSyntax")
}

func TestConfigLimits(t *testing.T) {
	c := newClientWith(t, scim.Config{MaxJSONValues: 8, MaxPatchOperations: 2, MaxBulkOperations: 2, MaxPageSize: 3, DefaultPageSize: 2})
	c.do("POST", "/Users", `{"userName":"a","emails":["1","2","3","4","5"]}`).want(t, 201)
	c.do("POST", "/Users", `{"userName":"b","emails":["1","2","3","4","5","6"]}`).want(t, 400, "invalidSyntax")
	u := c.user("c")
	c.do("PATCH", u, `{"Operations":[{"op":"add","value":{"title":"1","nickName":"2"}}]}`).want(t, 200)
	c.do("PATCH", u, `{"Operations":[{"op":"add","value":{"title":"1","nickName":"2","locale":"3"}}]}`).want(t, 400, "tooMany")
	c.do("POST", "/Bulk", `{"Operations":[{},{}]}`).want(t, 200)
	c.do("POST", "/Bulk", `{"Operations":[{},{},{}]}`).want(t, 413)
	for _, name := range []string{"d", "e", "f"} {
		c.user(name)
	}
	for query, want := range map[string]string{"": "2", "?count=3": "3", "?count=4": "3", "?count=0": "0", "?count=-1": "0"} {
		c.do("GET", "/Users"+query, "").want(t, 200).holds(t, want, "itemsPerPage").holds(t, "5", "totalResults")
	}
}

func TestDisabled(t *testing.T) {
	c := newClientWith(t, scim.Config{DisableBulk: true, DisableSort: true})
	c.do("POST", "/Bulk", `{"Operations":[]}`).want(t, 404)
	r := c.do("GET", "/ServiceProviderConfig", "").want(t, 200)
	r.holds(t, "false", "bulk", "supported").holds(t, "false", "sort", "supported").holds(t, "true", "patch", "supported").holds(t, "true", "etag", "supported")
	c.user("a")
	c.user("b")
	c.do("GET", "/Users?sortBy=userName&sortOrder=descending", "").holds(t, `"a"`, "Resources", 0, "userName")
}

// OnError is told of what the service did, not of a client that left.
func TestOnError(t *testing.T) {
	for _, x := range []struct {
		err  error
		gone bool
		want int
	}{{errors.New("disk"), false, 2}, {errors.New("disk"), true, 2}, {context.Canceled, false, 2}, {fmt.Errorf("read: %w", context.Canceled), true, 0}, {context.DeadlineExceeded, true, 2}, {scim.ErrNotFound, false, 0}} {
		told := 0
		ctx, cancel := context.WithCancel(context.Background())
		if x.gone {
			cancel()
		}
		c := &client{t, newHandler(t, brokenBackend{x.err}, scim.Config{OnError: func(*http.Request, error) { told++ },
			Authenticate: func(context.Context, string) (context.Context, error) { return ctx, nil }})}
		c.do("GET", "/Users", "")
		c.do("POST", "/Users", `{"userName":"x"}`)
		cancel()
		if told != x.want {
			t.Errorf("%v, client gone: %v: told %d times, want %d", x.err, x.gone, told, x.want)
		}
	}
}

// A client's text is cut between characters in an error.
func TestQuotedText(t *testing.T) {
	c := newClient(t)
	u := c.user("ada")
	for n := 76; n < 82; n++ {
		r := c.patch(u, `"op":"remove","path":"`+strings.Repeat("x", n)+`é"`).want(t, 400, "invalidPath")
		if detail := r.at("detail").(string); strings.Contains(detail, `\x`) || strings.Contains(detail, "\ufffd") {
			t.Errorf("%d: %s", n, detail)
		}
	}
}
