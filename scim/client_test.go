package scim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

// client talks to a handler in memory.
type client struct {
	t       testing.TB
	handler http.Handler
}

// reply is an answer, its body parsed.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func newClient(t testing.TB) *client {
	return newClientWith(t, scim.Config{})
}

func newClientWith(t testing.TB, config scim.Config) *client {
	t.Helper()
	if config.Authenticate == nil {
		config.Authenticate = scim.NoAuthentication
	}
	return &client{t, newHandler(t, memory.New(memory.Config{}), config)}
}

func newHandler(t testing.TB, b scim.Backend, config scim.Config) *scim.Handler {
	t.Helper()
	h, err := scim.New(b, config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// do sends a request; headers are pairs of name and value.
func (c *client) do(method, target, body string, headers ...string) reply {
	c.t.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	u, err := r.URL.Parse(strings.ReplaceAll(target, " ", "%20"))
	if err != nil {
		c.t.Fatalf("target %q: %v", target, err)
	}
	r.URL, r.RequestURI = u, u.RequestURI()
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if _, given := r.Header["Content-Type"]; body != "" && !given {
		r.Header.Set("Content-Type", scim.ContentType)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return c.reply(w)
}

// reply checks what must hold of every answer, whatever it says.
func (c *client) reply(w *httptest.ResponseRecorder) reply {
	c.t.Helper()
	out := reply{status: w.Code, header: w.Header(), raw: w.Body.String()}
	if have := w.Header().Get("Content-Type"); have != "application/scim+json" {
		c.t.Errorf("status %d: Content-Type is %q", w.Code, have)
	}
	if out.raw == "" {
		if w.Code != http.StatusNoContent && w.Code != http.StatusNotModified {
			c.t.Errorf("status %d without a body", w.Code)
		}
		return out
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out.body); err != nil {
		c.t.Fatalf("status %d: body is no JSON object: %v\n%s", w.Code, err, out.raw)
	}
	if holdsNull(out.body) {
		c.t.Errorf("answer holds a null: %s", out.raw)
	}
	if w.Code >= 400 {
		c.checkError(out)
	}
	return out
}

func holdsNull(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		for _, inner := range v {
			if holdsNull(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, holdsNull)
	}
	return false
}

func (c *client) checkError(r reply) {
	c.t.Helper()
	want := []any{"urn:ietf:params:scim:api:messages:2.0:Error"}
	if have, _ := json.Marshal(r.body["schemas"]); string(have) != string(mustJSON(want)) {
		c.t.Errorf("error has schemas %s", have)
	}
	if have, ok := r.body["status"].(string); !ok || have != strings.TrimSpace(string(mustJSON(r.status))) {
		c.t.Errorf("error has status %#v, want the string %d", r.body["status"], r.status)
	}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// want fails the test unless the answer has the status, and the scimType if one is given.
func (r reply) want(t testing.TB, status int, scimType ...string) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.raw)
	}
	for _, s := range scimType {
		if have, _ := r.body["scimType"].(string); have != s {
			t.Fatalf("scimType %q, want %q: %s", have, s, r.raw)
		}
	}
	return r
}

// at follows keys and indexes into the body; nil when there is nothing.
func (r reply) at(path ...any) any {
	var v any = r.body
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// holds fails the test unless the body holds the JSON at the path; "" means nothing.
func (r reply) holds(t testing.TB, want string, path ...any) reply {
	t.Helper()
	have := ""
	if v := r.at(path...); v != nil {
		have = string(mustJSON(v))
	}
	if have != want {
		t.Fatalf("%v is %s, want %s\n%s", path, have, want, r.raw)
	}
	return r
}

func (r reply) id(t testing.TB) string {
	t.Helper()
	id, _ := r.body["id"].(string)
	if id == "" {
		t.Fatalf("no id: %s", r.raw)
	}
	return id
}

const userSchemas = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`

// user creates a user with further members in its body and returns the path.
func (c *client) user(userName string, more ...string) string {
	c.t.Helper()
	members := append([]string{userSchemas, `"userName":` + string(mustJSON(userName))}, more...)
	r := c.do("POST", "/Users", "{"+strings.Join(members, ",")+"}").want(c.t, 201)
	return "/Users/" + r.id(c.t)
}

func (c *client) group(name string, more ...string) string {
	c.t.Helper()
	members := append([]string{`"displayName":` + string(mustJSON(name))}, more...)
	r := c.do("POST", "/Groups", "{"+strings.Join(members, ",")+"}").want(c.t, 201)
	return "/Groups/" + r.id(c.t)
}

// patch sends operations, each the inside of its object.
func (c *client) patch(path string, operations ...string) reply {
	c.t.Helper()
	return c.do("PATCH", path, patchBody(operations...))
}

func patchBody(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{` + strings.Join(operations, "},{") + "}]}"
}

// total returns how many users a filter matches.
func (c *client) total(filter string) int {
	c.t.Helper()
	r := c.do("GET", "/Users?filter="+escape(filter), "").want(c.t, 200)
	n, _ := r.body["totalResults"].(float64)
	return int(n)
}
