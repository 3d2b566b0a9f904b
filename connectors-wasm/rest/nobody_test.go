package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// Null in the place of an object that was asked for says that there is nobody, if the
// answer says nothing of an error; a place that is missing says nothing.
func TestNullForNobody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		object string
		answer abi.HTTPAnswer
		gone   bool
	}{
		"null":                     {"user", ok(`{"user":null}`), true},
		"further in":               {"data.user", ok(`{"data":{"user":null}}`), true},
		"a name with a point":      {`a\\.b`, ok(`{"a.b":null}`), true},
		"a mark before it":         {"user", ok("\ufeff{\"user\":null}"), true},
		"of JSON-RPC":              {"result", ok(`{"jsonrpc":"2.0","id":1,"error":null,"result":null}`), true},
		"beside a word of success": {"user", ok(`{"status":"ok","message":"no such user","user":null}`), true},
		"missing":                  {"user", ok(`{"id":1}`), false},
		"nothing":                  {"user", ok(`{}`), false},
		"missing above":            {"data.user", ok(`{"data":null}`), false},
		"missing further in":       {"data.user", ok(`{"data":{}}`), false},
		"all of it, by a point":    {".", ok(`null`), false},
		"beside errors":            {"data.user", ok(`{"data":{"user":null},"errors":[{"message":"busy"}]}`), false},
		"beside an error":          {"result", ok(`{"result":null,"error":{"code":-32000}}`), false},
		"beside words":             {"user", ok(`{"user":null,"message":"backend down"}`), false},
		"beside no success":        {"user", ok(`{"success":false,"user":null}`), false},
		"beside a failed status":   {"user", ok(`{"status":"failed","user":null}`), false},
		"with another status":      {"user", status(203, `{"user":null}`), false},
		"false":                    {"user", ok(`{"user":false}`), false},
		"a list":                   {"user", ok(`{"user":[]}`), false},
		"4096 bytes":               {"user", ok(`{"user":null,"n":"` + strings.Repeat(" ", 4096-20) + `"}`), true},
		"4097 bytes":               {"user", ok(`{"user":null,"n":"` + strings.Repeat(" ", 4097-20) + `"}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return test.answer }}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},"read":{"request":"/users/{anchor}","object":"`+test.object+`"}}`), app)
			have, err := named(t, c, abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: anchor("7")})
			if test.gone && err == nil && len(have) == 0 {
				return
			}
			if test.gone {
				t.Errorf("have %q and %v, want nobody", have, err)
			} else {
				wantError(t, err, abi.UnexpectedData)
			}
		})
	}
}

// A search that answers so has found nobody; a detail that does is an error, for the list has just named him.
func TestNullFromFindAndDetail(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /find?name=zoe": {ok(`{"user":null}`)}, "POST /users": {status(201, "")},
		"GET /users": {ok(`[{"id":"7"}]`)}, "GET /users/7": {ok(`{"user":null}`)},
	})
	c, _ := connect(parse(t, `{"find":{"request":{"path":"/find","query":{"name":"{attr.name}"}},"object":"user","by":["name"]},
		"create":[{"request":{"method":"POST","path":"/users","json":{"...":"attributes"}}}]}`), app)
	if results, err := exported(t, c, add(set("name", "zoe"))); err != nil || !strings.Contains(results[0].Detail, "find did not find it") {
		t.Errorf("have %+v and %v", results, err)
	}
	c, _ = connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{"read":"detail.name"}},
		"import":{"request":"/users","rows":".","detail":{"request":"/users/{row.id}","object":"user"}}}`), app)
	_, _, err := imported(t, c, abi.Full, "")
	wantError(t, err, abi.UnexpectedData, "there is no object at user")
}
