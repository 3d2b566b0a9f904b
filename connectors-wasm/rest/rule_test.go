package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// patterned is a recipe with everything that reads, and a rule about the text of
// answers.
func patterned(rule string) string {
	return `{"import":{"request":"/users","rows":"rows","detail":{"request":"/users/{row.id}"}},
		"attributes":{"id":{"access":"read"},"name":{},"mail":{"read":"detail.mail"},"role":{"read":"detail.role","access":"read","convert":{"lookup":"roles"}}},
		"lookups":{"roles":{"request":"/roles","rows":"roles","key":"id","value":"name"}},
		"read":{"request":"/users/{anchor}"},
		"find":{"request":{"path":"/found","query":{"name":"{attr.name}"}},"rows":"rows","detail":{"request":"/users/{row.id}"},"by":["name"]},
		"errors":[` + rule + `]}`
}

// A pattern is about all that is read, though the host reads it.
func TestPatternsOfAnswersThatAreRead(t *testing.T) {
	t.Parallel()
	const down = `{"status":200,"body":"*database down*","then":"retry"}`
	sound := map[string]string{"/users": `{"rows":[{"id":1}]}`, "/users/1": `{"id":1,"mail":"m","role":null}`, "/roles": `{"roles":[]}`, "/found": `{"rows":[{"id":1,"name":"x"}]}`}
	far := strings.Repeat(" ", abi.MaxWantBody-len(`{"users":[],"rows":[],"x":"Database DOWN`)) + `"x":"Database DOWN`
	for name, test := range map[string]struct {
		path, answer string
		code         abi.Code // 0: no error
	}{
		"sound":                   {"", "", 0},
		"a list with rows":        {"/users", `{"rows":[],"error":"Database Down"}`, abi.ServerDown},
		"a list without":          {"/users", `{"error":"database down"}`, abi.ServerDown},
		"a list that is no JSON":  {"/users", `database down`, abi.ServerDown},
		"another text":            {"/users", `{"error":"no"}`, abi.UnexpectedData},
		"a detail":                {"/users/1", `{"id":1,"mail":"m","error":"database down"}`, abi.ServerDown},
		"a detail that is none":   {"/users/1", `database down`, abi.ServerDown},
		"a detail with no rule":   {"/users/1", `{"error":"no"}`, abi.UnexpectedData},
		"a lookup":                {"/roles", `{"roles":[],"error":"database down"}`, abi.ServerDown},
		"what was found":          {"/found", `{"rows":[],"error":"database down"}`, abi.ServerDown},
		"as far as patterns look": {"/users", `{"users":[],"rows":[],` + far + `"}`, abi.ServerDown},
		"further than that":       {"/users", `{"users":[],"rows":[], ` + far + `"}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if r.Path == test.path {
					return ok(test.answer)
				}
				return ok(sound[r.Path])
			}}
			c, _ := connect(parse(t, patterned(down)), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.path == "/found" {
				_, err = named(t, c, abi.CSEntryChange{Attributes: []abi.AttributeChange{abi.Add("name", abi.StringValue("x"))}})
			}
			switch {
			case test.code != 0:
				wantError(t, err, test.code)
			case err != nil || test.path == "" && len(have) != 1:
				t.Errorf("have %q and %v", have, err)
			}
		})
	}
}

// An object without anything of what is read from it is none, where it is read alone
// as well: what is written over would be lost.
func TestObjectsThatAreNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer string
		code   abi.Code
	}{
		"an error":            {`{"error":"busy"}`, abi.UnexpectedData},
		"a pattern":           {`{"id":1,"name":"x","error":"database down"}`, abi.ServerDown},
		"nothing at all":      {`{}`, abi.UnexpectedData},
		"a value that is not": {`{"id":1,"mail":null}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if r.Path == "/roles" {
					return ok(`{"roles":[]}`)
				}
				return ok(test.answer)
			}}
			c, _ := connect(parse(t, patterned(`{"status":200,"body":"*database down*","then":"retry"}`)), app)
			have, err := named(t, c, abi.CSEntryChange{Anchor: anchor("1")})
			if test.code != 0 {
				wantError(t, err, test.code)
			} else if err != nil || len(have) != 1 {
				t.Errorf("have %q and %v", have, err)
			}
		})
	}
}

// named imports the objects that are named.
func named(t testing.TB, c abi.Connector, wanted ...abi.CSEntryChange) (lines []string, err error) {
	t.Helper()
	session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schemaOf(t, c), ImportType: abi.FullObject})
	if err != nil {
		t.Fatal(err)
	}
	page, err := session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: len(wanted), FullObjectEntries: wanted})
	for i := range page.Entries {
		lines = append(lines, line(&page.Entries[i]))
	}
	return lines, err
}

// What a rule calls ok has no rows, and does not end a list.
func TestListsThatARuleCallsOK(t *testing.T) {
	t.Parallel()
	const rule = `{"status":[200,404],"body":"not found","then":"ok"}`
	for name, test := range map[string]struct {
		answers []abi.HTTPAnswer
		entries int // -1: an error
	}{
		"the first page":    {[]abi.HTTPAnswer{status(404, `{"error":"not found"}`)}, -1},
		"a later one":       {[]abi.HTTPAnswer{ok(`{"rows":[{"id":1}]}`), status(404, `{"error":"not found"}`)}, -1},
		"a success":         {[]abi.HTTPAnswer{ok(`{"error":"not found"}`)}, -1},
		"one that has rows": {[]abi.HTTPAnswer{ok(`{"rows":[{"id":1}],"hint":"not found"}`), ok(`{"rows":[]}`)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				return test.answers[min(number(r, "page"), len(test.answers))-1]
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","paging":{"pages":"page"}},"errors":[`+rule+`]}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.entries < 0 {
				wantError(t, err, abi.UnexpectedData)
			} else if err != nil || len(have) != test.entries {
				t.Errorf("have %q and %v", have, err)
			}
		})
	}
}

// A page for people is never the application's word that an object is gone.
func TestDeletesThatMeetAPage(t *testing.T) {
	t.Parallel()
	page := status(404, "<!doctype html><title>404</title>")
	again := page
	again.Tries = 2
	for name, test := range map[string]struct {
		rules  string
		answer abi.HTTPAnswer
		word   string // of the error, if there is one
	}{
		"nothing":                 {"", status(404, ""), ""},
		"JSON":                    {"", status(410, ` {"error":"gone"}`), ""},
		"a page":                  {"", page, "DELETE /users/7 was answered with 404 and a page in HTML"},
		"a page, asked twice":     {"", again, "a page in HTML"},
		"a text":                  {"", status(404, "404 page not found"), "text that is no JSON"},
		"a text withheld":         {"", status(404, "(withheld: no JSON, of which fields could be dropped or sealed)"), "text that is no JSON"},
		"a page, a bare rule":     {`,"errors":[{"status":404,"then":"gone"}]`, page, "a page in HTML"},
		"a page, a bare ok":       {`,"errors":[{"status":404,"then":"ok"}]`, page, "a page in HTML"},
		"a page, a rule with it":  {`,"errors":[{"status":404,"body":"<title>404","then":"gone"}]`, page, ""},
		"a text, a bare rule":     {`,"errors":[{"status":404,"then":"gone"}]`, status(404, "no such user"), "text that is no JSON"},
		"a text, a bare ok":       {`,"errors":[{"status":404,"then":"ok"}]`, status(404, "404 page not found"), "text that is no JSON"},
		"a text, a rule with it":  {`,"errors":[{"status":404,"body":"no such user","then":"gone"}]`, status(404, "no such user"), ""},
		"JSON, a bare rule":       {`,"errors":[{"status":404,"then":"gone"}]`, status(404, `{"error":"no"}`), ""},
		"withheld, a rule for it": {`,"errors":[{"status":404,"body":"(withheld: ","then":"gone"}]`, status(404, "(withheld: no JSON, of which fields could be dropped or sealed)"), ""},
		"no list":                 {"", status(404, "[404] no route"), "text that is no JSON"},
		"no object":               {"", status(404, "{not json"), "text that is no JSON"},
		"a number":                {"", status(404, "404"), "text that is no JSON"},
		"JSON that was cut":       {"", status(404, `{"error":"`+strings.Repeat("x", abi.MaxErrorText)), ""},
		"a page of success":       {`,"errors":[{"status":200,"then":"ok"}]`, status(200, "<html>done"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := connect(parse(t, `{"delete":[{"request":"DELETE /users/{anchor}"}]`+test.rules+`}`),
				&target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return test.answer }})
			results, err := exported(t, c, abi.CSEntryChange{Modification: abi.ObjectDelete, Anchor: anchor("7")})
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil || results[0].Code != abi.ExportSuccess {
				t.Errorf("have %+v and %v", results, err)
			}
		})
	}
}

// TestExpectedErrors: a status that a step expects is success, unless its own rule, or one
// about more than the status, says else.
func TestExpectedErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		own, errors string
		want        bool
	}{
		"a rule for all":             {"", `{"status":"4xx","then":"EntryExport"}`, true},
		"a rule about words":         {"", `{"status":"4xx","body":"not found","then":"EntryExport"}`, false},
		"a rule about a value":       {"", `{"status":"4xx","value":"error","present":true,"then":"EntryExport"}`, false},
		"a rule of the step":         {`,"onError":[{"status":404,"then":"EntryExport"}]`, `{"status":"4xx","then":"EntryExport"}`, false},
		"a rule behind one for all":  {"", `{"status":"4xx","then":"EntryExport"},{"body":"not found","then":"EntryExport"}`, false},
		"a rule about other answers": {"", `{"status":409,"then":"EntryExport"}`, true},
	} {
		app := table(t, map[string][]abi.HTTPAnswer{"GET /u/7": {status(404, `{"error":"not found"}`)}, "PUT /u/7": {status(201, "")}})
		c, _ := connect(parse(t, `{"attributes":{"id":{"access":"create","required":true}},"create":[{"request":"/u/{anchor}","expect":[404]`+test.own+`},{"request":"PUT /u/{anchor}"}],"errors":[`+test.errors+`]}`), app)
		results, err := exported(t, c, add(set("id", "7")))
		if err != nil || (results[0].Code == abi.ExportSuccess) != test.want {
			t.Errorf("%s: have %+v and %v", name, results, err)
		}
	}
}
