package rest_test

import (
	"cmp"
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
		500: {open, "", "EntryExport"}, 502: {open, "", open}, 504: {open, "", open}, 599: {open, "", open}, 508: {open, "", open},
		503: {down, "", down}, 408: {open, "", open}, 300: {open, "", open}, 302: {open, "", open}, 303: {open, "", open}, 399: {open, "", open},
		304: {"UnexpectedData", "UnexpectedData", "UnexpectedData"}, 307: {"UnexpectedData", "UnexpectedData", "UnexpectedData"}, 308: {"UnexpectedData", "UnexpectedData", "UnexpectedData"},
		501: {"EntryExport", "EntryExport", "EntryExport"}, 505: {down, down, down}, 511: {down, down, down}, 429: {down, down, down},
		400: {"EntryExport", "EntryExport", "EntryExport"}, 409: {"ObjectAlreadyExists", "ObjectAlreadyExists", "ObjectAlreadyExists"},
	} {
		for name, test := range map[string]struct{ with, rule, found, want string }{
			"without find": {"", "", none, want.without}, "made": {find, "", made, want.made}, "not found": {find, "", none, want.none},
			"somebody else": {find, "", other, cmp.Or(want.made, want.without)}, "a rule": {find, rule, made, "EntryExport"},
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

// TestWhatSucceededBefore: an error says what was done before it, be it by its own step.
func TestWhatSucceededBefore(t *testing.T) {
	t.Parallel()
	const steps = `{"update":[{"request":"POST /a"},{"request":"POST /b"},{"each":{"of":"name"},"request":"POST /c/{each.value}"}],"attributes":{"id":{"access":"read"},"name":{"multi":true}}}`
	for failing, want := range map[string]string{
		"/a": "POST /a was answered with 501", "/b": "step 2 of 3 (POST /b) failed after step 1 succeeded",
		"/c/x": "step 3 of 3 (POST /c/x) failed after steps 1, 2 succeeded", "/c/y": "step 3 of 3 (POST /c/y) failed after steps 1, 2 and a part of it succeeded",
	} {
		app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
			if r.Path == failing {
				return status(501, "")
			}
			return ok("")
		}}
		c, _ := connect(parse(t, steps), app)
		results, err := exported(t, c, update("7", set("name", "x", "y")))
		if err != nil || !strings.Contains(results[0].Detail, want) || results[0].Retryable {
			t.Errorf("%s: have %+v and %v, want %q", failing, results, err, want)
		}
	}
	c, _ := connect(parse(t, `{"import":{"request":"/u","rows":"."}}`), table(t, map[string][]abi.HTTPAnswer{"GET /u": {status(501, "")}}))
	_, _, err := imported(t, c, abi.Full, "")
	wantError(t, err, abi.UnexpectedData, "501")
}
