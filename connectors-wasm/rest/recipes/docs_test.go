//go:build !wasip1

package recipes_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// The first recipe of docs/recipes.md, with the application that it is about: a user
// without a password is refused, and his own follows.
func TestFirstRecipe(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	passwords := make(map[string]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var sent struct{ User map[string]string }
		if r.Header.Get("Content-Type") != "" && json.Unmarshal(body, &struct{ User any }{&sent.User}) != nil {
			t.Errorf("was sent %s", body)
		}
		w.Header().Set("Content-Type", "application/json")
		password := sent.User["password"]
		switch {
		case r.Method == http.MethodPost && password == "":
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"errors": {"password": ["can't be blank"]}}`)
		case r.Method == http.MethodPost:
			passwords["new"] = password
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"user": {"id": 7}}`)
		case r.Method == http.MethodGet:
			fmt.Fprint(w, `{"users": [], "total": 0}`)
		default:
			passwords[r.Method+" "+r.URL.Path] = password
			fmt.Fprint(w, `{"user": {"id": 7}}`)
		}
	}))
	t.Cleanup(server.Close)
	s := open(t, app{recipe: written(t, text), url: server.URL})
	s.must(t, `{"id":"c1","change":"Add","attributes":{"user_name":"ada","export_password":"c4naryPass"}}`)
	if len(passwords["new"]) < 12 || passwords["new"] == "c4naryPass" || passwords["PATCH /users/7"] != "c4naryPass" || len(passwords) != 2 {
		t.Errorf("have the passwords %q", passwords)
	}
}
