//go:build !wasip1

package recipes_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A form takes all attributes, or those that changed, and the secrets among them.
func TestForms(t *testing.T) {
	t.Parallel()
	const recipe = `recipe: 1
name: app
anchor: id
attributes:
  id: {access: read}
  user: {required: true}
  first: {read: profile.first, write: profile.first}
  pin: {sensitive: true, read: none, write: 'profile.pin'}
  roles: {multi: true, write: "roles[]"}
read: {request: "/users/{anchor}"}
create:
  - request: {method: POST, path: /users, form: {"...": attributes, password: "{generated}"}}
    capture: {id: id}
update:
  - request: {method: POST, path: "/users/{anchor}", safety: idempotent, form: {"...": changed}}
setPassword:
  - request: {method: POST, path: "/users/{anchor}", safety: idempotent, form: {"...": {of: current, omit: [id]}, password: "{password}"}}
`
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		if r.Method == http.MethodPost {
			// What the host made is nobody's to know.
			if p := r.PostForm.Get("password"); r.URL.Path == "/users" && len(p) > 12 {
				r.PostForm.Set("password", "GENERATED")
			}
			sent = append(sent, r.URL.Path+" "+r.PostForm.Encode())
		}
		fmt.Fprint(w, `{"id": "7", "user": "ada", "profile": {"first": "Ada", "last": null}}`)
	}))
	t.Cleanup(server.Close)
	s := open(t, app{recipe: written(t, recipe), url: server.URL})
	s.must(t,
		`{"id":"c1","change":"Add","attributes":{"user":"ada","first":"A&B","pin":"canaryPin","roles":["x","y"],"export_password":"canaryPass"}}`,
		`{"change":"Update","anchor":{"id":"7"},"attributes":{"first":{"replace":"Zoë"},"pin":{"replace":"canaryNew"},"roles":null}}`,
	)
	same(t, "what was sent", sent,
		"/users password=GENERATED&profile%5Bfirst%5D=A%26B&profile%5Bpin%5D=canaryPin&roles%5B%5D=x&roles%5B%5D=y&user=ada",
		"/users/7 profile%5Bfirst%5D=Zo%C3%AB&profile%5Bpin%5D=canaryNew&roles%5B%5D=",
		"/users/7 password=canaryPass&profile%5Bfirst%5D=Ada&user=ada")
}
