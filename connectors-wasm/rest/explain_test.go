package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
)

// observer keeps a line for each request, and one for each of its parts.
type observer struct{ lines []string }

func (o *observer) Request(r rest.Request) {
	o.lines = append(o.lines, strings.TrimSpace(fmt.Sprintf("%s %s %s by %s", r.HTTP.Method, r.HTTP.Path, r.HTTP.Body, r.At)))
	for _, m := range r.Made {
		o.lines = append(o.lines, "  "+m.Place+" by "+m.At)
	}
}

func TestObserver(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"POST /users": {created("7")}, "POST /users/7/block": {ok("")}})
	seen := &observer{}
	c := rest.Follow(&guesttest.Host{Target: app.serve}, parse(t, lifecycle), seen)
	if err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutExportEntries(t.Context(), []abi.CSEntryChange{add(set("login", "zoe"), set("mail", "m"), setBool("active", false))}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, seen.lines, []string{
		`POST /users {"login":"zoe","mail":"m"} by create[0].request`, "  method by create[0].request", "  path by create[0].request", "  body.login by attributes.login", "  body.mail by attributes.mail",
		"POST /users/7/block  by create[1].request", "  method by create[1].request", "  path by create[1].request"})
}

func TestObserverOfAList(t *testing.T) {
	t.Parallel()
	app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`[]`) }}
	seen := &observer{}
	c := rest.Follow(&guesttest.Host{Target: app.serve}, parse(t, `{"import":{"request":{"path":"/users","query":{"active":true}},"rows":".","paging":{"pages":"page","size":"n","by":5}}}`), seen)
	if _, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, seen.lines, []string{"GET /users  by import.request", "  method by import.request", "  path by import.request",
		"  query.active by import.request.query.active", "  query.page by import.paging", "  query.n by import.paging"})
}
