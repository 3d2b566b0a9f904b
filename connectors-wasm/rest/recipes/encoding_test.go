//go:build !wasip1

package recipes_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A recipe may ask for secrets in another form: the host puts them in like that, in
// the slots that the recipe needs.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const recipe = `recipe: 1
name: app
parameters: {token: {type: secret, required: true}}
anchor: id
attributes: {id: {access: read}, pin: {sensitive: true, read: none, write: none}}
create:
  - request: {method: POST, path: /users, json: {pin: "{attr.pin | base64}", other: "{generated | base64}"}}
    capture: {id: id}
update:
  - request: {method: POST, path: /pin, form: {pin: "{attr.pin | ssha}"}, headers: {X-Auth: "Token {param.token}"}}
setPassword:
  - request: {method: POST, path: /password, safety: idempotent, form: {hash: "{password | ssha256}"}}
  - request: {method: POST, path: /ad, safety: idempotent, json: {unicodePwd: "{password | utf16leQuoted}"}}
`
	asked := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked[r.URL.Path] = string(body)
		asked["auth"] += r.Header.Get("X-Auth")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id": "7"}`)
	}))
	t.Cleanup(server.Close)
	s := open(t, app{recipe: written(t, recipe), url: server.URL,
		secrets: map[string]string{"token": "canaryToken"}, parameters: map[string]string{"token": "secret:token"}})
	s.must(t, `{"id":"c1","change":"Add","attributes":{"pin":"1234canary","export_password":"Pä1"}}`)

	var created struct{ Pin, Other string }
	if err := json.Unmarshal([]byte(asked["/users"]), &created); err != nil {
		t.Fatal(err)
	}
	other, err := base64.StdEncoding.DecodeString(created.Other)
	if created.Pin != base64.StdEncoding.EncodeToString([]byte("1234canary")) || err != nil || len(other) != 24 {
		t.Errorf("created with %+v", created)
	}
	if want := `{"unicodePwd":"` + base64.StdEncoding.EncodeToString([]byte("\"\x00P\x00\xe4\x001\x00\"\x00")) + `"}`; asked["/ad"] != want {
		t.Errorf("the password was set by %s, want %s", asked["/ad"], want)
	}
	form, err := http.NewRequest(http.MethodPost, "/", strings.NewReader(asked["/password"]))
	if err != nil {
		t.Fatal(err)
	}
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	hash, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(form.PostFormValue("hash"), "{SSHA256}"))
	if err != nil || len(hash) <= sha256.Size {
		t.Fatalf("the password was set by %s", asked["/password"])
	}
	if want := sha256.Sum256(append([]byte("Pä1"), hash[sha256.Size:]...)); string(hash[:sha256.Size]) != string(want[:]) {
		t.Error("the hash is not that of the password")
	}
	s.must(t, `{"change":"Update","anchor":{"id":"7"},"attributes":{"pin":{"replace":"5678canary"}}}`)
	if asked["auth"] != "Token canaryToken" {
		t.Errorf("the token was sent as %q", asked["auth"])
	}
	if text := asked["/pin"]; !strings.HasPrefix(text, "pin=%7BSSHA%7D") || strings.Contains(text, "canary") {
		t.Errorf("the PIN was sent as %s", text)
	}
}
