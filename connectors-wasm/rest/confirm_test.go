package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestDeletesThatFindNothing: where read asks for what a delete finds nothing at, or nothing
// was done in it at all, the delete is believed only if read finds nothing either.
func TestDeletesThatFindNothing(t *testing.T) {
	t.Parallel()
	const off = `{"request":"POST /off"}` // what follows says that the step may be about a part
	for name, test := range map[string]struct {
		read, steps string
		confirmed   bool
	}{
		"one path":                           {`"/users/{anchor}"`, `{"request":"DELETE /users/{anchor}"},` + off, true},
		"with a query that is the same":      {`{"path":"/users/{anchor}","query":{"context":"edit"}}`, `{"request":{"method":"DELETE","path":"/users/{anchor}","query":{"force":true}}},` + off, true},
		"with a parameter":                   {`{"path":"/users/{anchor}","query":{"org":"{param.org}"}}`, `{"request":"DELETE /users/{anchor}"},` + off, true},
		"by the query of both":               {`{"path":"/user","query":{"format":"json","id":"{anchor}"}}`, `{"request":{"method":"DELETE","path":"/user","query":{"id":"{anchor}"}}},` + off, true},
		"by the query of one":                {`{"path":"/user","query":{"id":"{anchor}"}}`, `{"request":{"method":"DELETE","path":"/user"}},` + off, false},
		"by another query":                   {`{"path":"/user","query":{"id":"{anchor}"}}`, `{"request":{"method":"DELETE","path":"/user","query":{"id":"x{anchor}"}}},` + off, false},
		"another path":                       {`"/users/{anchor}"`, `{"request":"DELETE /members/{anchor}"},` + off, false},
		"by a POST":                          {`{"method":"POST","path":"/users/{anchor}","safety":"safe"}`, `{"request":"DELETE /users/{anchor}"},` + off, false},
		"another path, and nothing else":     {`"/users/{anchor}"`, `{"request":"DELETE /members/{anchor}"}`, true},
		"by the name that was read":          {`"/users/{anchor}"`, `{"request":"DELETE /admin/{old.name}"}`, true},
		"a part, and then nothing":           {`"/users/{anchor}"`, `{"request":"DELETE /mail/{old.name}"},{"request":"DELETE /members/{anchor}"}`, true},
		"a part, once something was done":    {`"/users/{anchor}"`, off + `,{"request":"DELETE /mail/{old.name}"}`, false},
		"for each value":                     {`"/users/{anchor}"`, `{"each":{"removed":"roles"},"request":"DELETE /roles/{each.value}"}`, false},
		"a part before one that is left out": {`"/users/{anchor}"`, `{"request":"DELETE /admin/{old.name}"},{"when":{"was":{"name":"y"}},"request":"POST /off"}`, true},
		"known to the recipe":                {`"/users/{anchor}"`, `{"request":"DELETE /users/{anchor}","onError":[{"status":404,"then":"ok"}]}`, false},
	} {
		for _, there := range []bool{true, false} {
			deleted := false
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				switch {
				case r.Path == "/off":
					return ok("")
				case r.Method != "DELETE" && (there || !deleted):
					return ok(`{"id":"7","name":"x","roles":["a"]}`)
				}
				deleted = true
				return status(404, `{"error":"not found"}`)
			}}
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"roles":{"multi":true,"write":"none"}},"parameters":{"org":{}},"read":{"request":`+test.read+`},"delete":[`+test.steps+`]}`), app)
			results, err := exported(t, c, oneEntry(abi.ObjectDelete, "7"))
			if err != nil {
				t.Fatal(err)
			}
			want := abi.ExportSuccess
			if there && test.confirmed {
				want = abi.ExportErrorConnectedDirectoryError
			}
			if results[0].Code != want || (want != abi.ExportSuccess) != strings.Contains(results[0].Detail, "read still finds the object") {
				t.Errorf("%s, there %t: have %+v; asked for %v", name, there, results[0], app.asked)
			}
		}
	}
}

// TestDeletesBesideASearch: a search that brings others alone does not find the object, be it
// known to be whole or not; one that fails says nothing.
func TestDeletesBesideASearch(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer abi.HTTPAnswer
		word   string // of the error, empty: done
	}{
		"others":       {ok(`[{"id":"70","name":"x"},{"id":"71","name":"y"}]`), ""},
		"nobody":       {ok(`[]`), ""},
		"the object":   {ok(`[{"id":"70"},{"id":"7"}]`), "read still finds the object"},
		"out of order": {status(503, ""), "503"},
	} {
		app := table(t, map[string][]abi.HTTPAnswer{"DELETE /u/7": {status(404, "")}, "GET /u?q=7": {test.answer}})
		c, host := connect(parse(t, `{"read":{"request":{"path":"/u","query":{"q":"{anchor}"}},"rows":"."},"delete":[{"request":"DELETE /u/{anchor}"}]}`), app)
		_, _ = exported(t, c, oneEntry(abi.ObjectDelete, "7"))
		_, results := host.Reported()
		if len(results) != 1 || (results[0].Code == abi.ExportSuccess) != (test.word == "") || !strings.Contains(results[0].Detail, test.word) {
			t.Errorf("%s: have %+v, want %q", name, results, test.word)
		}
	}
}

// TestAnswersWithAnother: an update, or a new password, that is answered with somebody else
// met him.
func TestAnswersWithAnother(t *testing.T) {
	t.Parallel()
	const text = `{"read":{"request":{"path":"/u/{anchor}","query":{"context":"edit"}}},"update":[{"request":{"method":"PUT","path":"/u/{anchor}","json":{"...":"changed"}}}],
		"setPassword":[{"request":{"method":"PUT","path":"/u/{anchor}","json":{"password":"{password}"}}}]}`
	for body, want := range map[string]abi.Code{`{"id":"7"}`: 0, `{"id":"8"}`: abi.EntryExport, `{}`: 0} {
		app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(body) }}
		c, _ := connect(parse(t, text), app)
		results, err := exported(t, c, update("7", set("name", "x")))
		if err != nil || (results[0].Code == abi.ExportSuccess) != (want == 0) {
			t.Errorf("updated, answered with %s: have %+v and %v", body, results, err)
		}
		session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
		if err != nil {
			t.Fatal(err)
		}
		if err = session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("7")}, NewPassword: "N"}); abi.CodeOf(err) != want {
			t.Errorf("a password, answered with %s: have %v", body, err)
		}
	}
}
