package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestCreateThatBroke: an answer of an application that broke in the middle leaves open
// whether a create was carried out; find tells, or nobody. A refusal is one.
func TestCreateThatBroke(t *testing.T) {
	t.Parallel()
	const step = `"create":[{"request":{"method":"POST","path":"/u","json":{"...":"attributes"}},"capture":{"id":"id"}%s}]`
	const find = `,"find":{"request":"/found","rows":".","by":["name"]}`
	const rule = `,"onError":[{"status":"300-599","then":"EntryExport"}]`
	const made, none, other = `[{"id":7,"name":"x","mail":"m"}]`, `[]`, `[{"id":7,"name":"x","mail":"o"}]`
	open, down := "OutcomeUnknown", "ServerDown"
	for n, want := range map[int]struct{ without, made, none string }{
		500: {open, "", open}, 502: {open, "", open}, 504: {open, "", open}, 599: {open, "", open}, 508: {open, "", open},
		503: {down, "", down}, 408: {open, "", open}, 300: {open, "", open}, 302: {open, "", open}, 303: {open, "", open}, 399: {open, "", open},
		304: {"UnexpectedData", "UnexpectedData", "UnexpectedData"}, 307: {"UnexpectedData", "UnexpectedData", "UnexpectedData"}, 308: {"UnexpectedData", "UnexpectedData", "UnexpectedData"},
		501: {down, down, down}, 505: {down, down, down}, 511: {down, down, down}, 429: {down, down, down},
		400: {"EntryExport", "EntryExport", "EntryExport"}, 409: {"ObjectAlreadyExists", "ObjectAlreadyExists", "ObjectAlreadyExists"},
	} {
		for name, test := range map[string]struct{ with, rule, found, want string }{
			"without find": {"", "", none, want.without}, "made": {find, "", made, want.made}, "not found": {find, "", none, want.none},
			"somebody else": {find, "", other, want.none}, "a rule": {find, rule, made, "EntryExport"},
		} {
			if name == "a rule" && n > 399 && n < 500 {
				test.rule = strings.Replace(rule, "300", "400", 1)
			}
			t.Run(fmt.Sprint(n, " ", name), func(t *testing.T) {
				t.Parallel()
				app := table(t, map[string][]abi.HTTPAnswer{"POST /u": {status(n, "")}, "GET /found": {ok(test.found)}})
				c, host := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"mail":{}},`+strings.Replace(step, "%s", test.rule, 1)+test.with+`}`), app)
				_, _ = exported(t, c, add(set("name", "x"), set("mail", "m")))
				_, results := host.Reported()
				if len(results) != 1 || results[0].Name != test.want || (test.want == "") != (len(results[0].Anchor) == 1) {
					t.Errorf("have %+v, want %q", results, test.want)
				}
			})
		}
	}
}
