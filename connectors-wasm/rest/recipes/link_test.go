//go:build !wasip1

package recipes_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// written is the file of a recipe that only a test has.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recipe.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A link that leads to another host is followed nowhere, unless the recipe says that
// the host is of no account.
func TestLinkElsewhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ paging, link, wrong string }{
		"elsewhere":           {"{link: true}", "https://inner.example/api/users?after=1", `"https://inner.example", and target app is at `},
		"another port":        {"{link: true}", "http://127.0.0.1:1/api/users?after=1", `"http://127.0.0.1:1", and target app is at `},
		"in the answer":       {"{next: next}", "//inner.example/api/users?after=1", `"http://inner.example", and target app is at `},
		"elsewhere, any host": {"{link: true, anyHost: true}", "https://inner.example/api/users?after=1", ""},
		"where the target is": {"{link: true}", "URL/api/users?after=1", ""},
		"a path":              {"{next: next}", "/api/users?after=1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				next := strings.Replace(test.link, "URL", "http://"+r.Host, 1)
				if w.Header().Set("Content-Type", "application/json"); r.URL.Query().Get("after") != "" {
					fmt.Fprint(w, `{"users": [{"id": "2"}]}`)
					return
				}
				w.Header().Set("Link", "<"+next+`>; rel="next"`)
				fmt.Fprintf(w, `{"users": [{"id": "1"}], "next": %q}`, next)
			}))
			t.Cleanup(server.Close)
			path := written(t, "recipe: 1\nname: app\nanchor: id\nattributes: {id: {access: read}}\nimport: {request: /users, rows: users, paging: "+test.paging+"}\n")
			all, _, err := open(t, app{recipe: path, url: server.URL + "/api"}).imported(t, nil)
			if test.wrong == "" {
				if err != nil || len(all) != 2 {
					t.Errorf("imported %v and %v", all, err)
				}
				return
			}
			if abi.CodeOf(err) != abi.AccessDenied || asked != 1 {
				t.Errorf("asked %d times: %v", asked, err)
			}
			has(t, fmt.Sprint(err), "GET /users", "HTTP-ORIGIN", test.wrong+server.URL)
		})
	}
}
