//go:build !wasip1

package recipes_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// An import that fails says at which request and page: the query is there, and the
// secrets in it are not.
func TestImportErrorsNameThePage(t *testing.T) {
	t.Parallel()
	const recipe = `recipe: 1
name: app
parameters: {token: {type: secret, required: true}}
anchor: id
attributes: {id: {access: read}, role: {access: read, convert: {lookup: roles}}}
import:
  request: {path: /users, query: {state: "a b", token: "{param.token}"}}
  rows: users
  paging: {pages: page, size: n, by: 2}
lookups:
  roles: {request: {path: /roles, query: {all: true}}, rows: ., key: id, value: name}
`
	const page = "GET /users?state=a%20b&token=SECRET&page=2&n=2 (page 2)"
	for name, test := range map[string]struct {
		second, roles string
		status        int
		words         []string
	}{
		"rows that are missing": {`{"items": []}`, `[]`, 200, []string{page + ": target app: the path of rows", "HTTP-ANSWER-ROWS"}},
		"no JSON":               {`{"users": [`, `[]`, 200, []string{page + ": ", "HTTP-ANSWER-JSON"}},
		"a status":              {`{}`, `[]`, 500, []string{page + " was answered with 500"}},
		"a row":                 {`{"users": [{"id": "3"}, {"name": "x"}]}`, `[]`, 200, []string{page + ", row 2: "}},
		"a list that begins anew": {`{"users": [{"id": "1"}, {"id": "2"}]}`, `[]`, 200,
			[]string{page + ": page 2 begins with the same row"}},
		"a lookup": {`{"users": []}`, `[{"id": 1}, {"name": "x"}]`, 200, []string{"GET /roles?all=true: row 2 has no key of the lookup roles at id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				switch {
				case r.URL.Path == "/roles":
					fmt.Fprint(w, test.roles)
				case r.URL.Query().Get("token") != "canaryToken":
					w.WriteHeader(http.StatusUnauthorized)
				case r.URL.Query().Get("page") == "2":
					w.WriteHeader(test.status)
					fmt.Fprint(w, test.second)
				default:
					fmt.Fprint(w, `{"users": [{"id": "1"}, {"id": "2"}]}`)
				}
			}))
			t.Cleanup(server.Close)
			s := open(t, app{recipe: written(t, recipe), url: server.URL,
				secrets: map[string]string{"token": "canaryToken"}, parameters: map[string]string{"token": "secret:token"}})
			_, _, err := s.imported(t, nil)
			text := fmt.Sprint(err)
			if has(t, text, test.words...); err == nil || strings.Contains(text, "ecmasealed") || strings.Contains(text, "canary") {
				t.Errorf("have %v", err)
			}
		})
	}
}

// A header that the recipe alone names reaches the connector, and says how many rows
// there are.
func TestTotalInAHeader(t *testing.T) {
	t.Parallel()
	total := "2"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Total", total)
		fmt.Fprint(w, `[{"id": "1"}, {"id": "2"}]`)
	}))
	t.Cleanup(server.Close)
	s := open(t, app{recipe: written(t, "recipe: 1\nname: app\nanchor: id\nattributes: {id: {access: read}}\nimport: {request: /users, rows: ., total: {header: X-Total}}\n"), url: server.URL})
	if all := s.full(t); len(all) != 2 {
		t.Errorf("have %v", all)
	}
	total = "3"
	_, _, err := s.imported(t, nil)
	has(t, fmt.Sprint(err), "GET /users: there are 3 rows, and 2 came")
}

// A page in HTML with status 404 comes from another address, and says of no user of
// Keystone's that he is gone, be he read or deleted. What Keystone says itself does.
func TestKeystoneElsewhere(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]abi.Code{
		"<html><head><title>404 Not Found</title></head></html>": abi.UnexpectedData,
		`{"error":{"code":404,"message":"Could not find user"}}`: 0,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, body)
		}))
		t.Cleanup(server.Close)
		s := open(t, app{recipe: "keystone.yaml", url: server.URL, credentials: []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}},
			secrets: map[string]string{"token": "t"}})
		if outcomes, err := s.export(t, `{"change":"Delete","anchor":{"id":"7"}}`); abi.CodeOf(err) != want {
			t.Errorf("%s: have %+v and %v, want %v", body, outcomes, err, want)
		}
	}
}
