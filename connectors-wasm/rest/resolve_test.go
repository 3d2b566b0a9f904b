package rest_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

const withDetail = `{"attributes":{"id":{"access":"read"},"name":{},"mails":{"multi":true,"read":"detail.mails","write":"none"},"mail":{"access":"create","read":"detail.mails.0"}},
	"read":{"request":"/users/{anchor}","detail":{"request":"/users/{anchor}/mails"}},
	"find":{"request":"/by-mail/{attr.mail}","detail":{"request":"/mails/{row.key}/{attr.mail}"},"by":["mail"]},
	"create":[{"request":{"method":"POST","path":"/users","json":{"...":"attributes"}},"capture":{"id":"id"}}],
	"update":[{"each":{"added":"mails"},"request":"PUT /users/{anchor}/mails/{each.value}"}]}`

// The detail of an object that is read or found knows what the request before it knew.
func TestDetailOfOneObject(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users/7": {ok(`{"id":7,"name":"zoe"}`)}, "GET /users/7/mails": {ok(`{"mails":["a@b"]}`)}, "PUT /users/7/mails/c%40d": {ok("")},
	})
	c, _ := connect(parse(t, withDetail), app)
	if _, err := exported(t, c, update("7", set("mails", "a@b", "c@d"))); err != nil {
		t.Error(err)
	}
	wantLines(t, app.talk(), []string{"GET /users/7", "GET /users/7/mails", "PUT /users/7/mails/c%40d"})
}

// A create whose answer was lost is found by what stands in a detail, too.
func TestFoundByItsDetail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		detail abi.HTTPAnswer
		code   abi.ExportError
	}{
		"the same":      {ok(`{"mails":["a@b"]}`), abi.ExportSuccess},
		"another":       {ok(`{"mails":["x@b","a@b"]}`), abi.ExportErrorConnectedDirectoryError},
		"gone meantime": {status(404, ""), abi.ExportErrorConnectedDirectoryError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{
				"GET /users/7": {ok(`{"id":7}`)}, "GET /users/7/mails": {test.detail},
				"POST /users": {lost()}, "GET /by-mail/a%40b": {ok(`{"id":7,"key":"k"}`)}, "GET /mails/k/a%40b": {test.detail},
			})
			c, host := connect(parse(t, withDetail), app)
			_, _ = exported(t, c, add(set("mail", "a@b")))
			_, results := host.Reported()
			if len(results) != 1 || results[0].Code != test.code {
				t.Fatalf("have %+v, want %v", results, test.code)
			}
			if test.code == abi.ExportSuccess && (len(results[0].Anchor) != 1 || results[0].Anchor[0].Value.Text() != "7") {
				t.Errorf("have the anchor %v, want 7", results[0].Anchor)
			}
		})
	}
}
