package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
)

// shownAs is a line for each request, and one for each of its parts.
func shownAs(requests []rest.Request) (all []string) {
	for _, r := range requests {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s by %s", r.HTTP.Method, r.HTTP.Path, r.HTTP.Body, r.At)))
		for _, m := range r.Made {
			all = append(all, "  "+m.Place+" by "+m.At)
		}
	}
	return all
}

func TestExplain(t *testing.T) {
	t.Parallel()
	r := parse(t, lifecycle)
	have, err := rest.Explain(t.Context(), r, rest.Question{Op: "create", Entry: add(set("login", "zoe"), setBool("active", false))})
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, shownAs(have), []string{
		`POST /users {"login":"zoe"} by create[0].request`, "  method by create[0].request", "  path by create[0].request", "  body.login by attributes.login",
		"POST /users/id/block  by create[1].request", "  method by create[1].request", "  path by create[1].request"})

	have, err = rest.Explain(t.Context(), r, rest.Question{Op: "update", Entry: update("7", set("roles", "b")),
		Answer: func(r abi.HTTPRequest) abi.HTTPAnswer {
			return abi.HTTPAnswer{Status: 200, Body: `{"id":7,"roles":["a"]}`}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(shownAs(have), "\n"); !strings.Contains(text, "GET /users/7  by read.request") || !strings.Contains(text, "PUT /users/7/roles/b  by update[2].request") || !strings.Contains(text, "DELETE /users/7/roles/a  by update[3].request") {
		t.Errorf("have %s", text)
	}
	for op, want := range map[string]int{"update": 1, "delete": 2, "setPassword": 1, "changePassword": 1, "read": 1} {
		have, err := rest.Explain(t.Context(), r, rest.Question{Op: op, Entry: update("7"), Password: "N", OldPassword: "O"})
		if err != nil || len(have) != want {
			t.Errorf("%s: have %q and %v, want %d requests", op, shownAs(have), err, want)
		}
	}
	_, err = rest.Explain(t.Context(), r, rest.Question{Op: "import"})
	wantError(t, err, abi.EntryPointNotImplemented, "import")
	_, err = rest.Explain(t.Context(), r, rest.Question{Op: "rename"})
	wantError(t, err, abi.EntryPointNotImplemented, "rename")
}

func TestExplainAList(t *testing.T) {
	t.Parallel()
	r := parse(t, `{"import":{"request":{"path":"/users","query":{"active":true}},"rows":".","paging":{"pages":"page","size":"n","by":5}}}`)
	have, err := rest.Explain(t.Context(), r, rest.Question{Op: "import"})
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, shownAs(have), []string{"GET /users  by import.request", "  method by import.request.method", "  path by import.request.path",
		"  query.active by import.request.query.active", "  query.page by import.paging", "  query.n by import.paging"})
}
