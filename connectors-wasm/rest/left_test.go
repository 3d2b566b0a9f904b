package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// An update that no step is about is done only if the object is so already.
func TestNothingToSend(t *testing.T) {
	t.Parallel()
	const states = `"attributes":{"id":{"access":"read"},"name":{},"active":{"type":"boolean","read":"state","write":"none","convert":[{"words":{"true":["active"],"false":["blocked","banned"]}}]},
		"state":{"access":"read"},"open":{"type":"boolean","read":"state","write":"none","convert":[{"words":{"false":["blocked"]}}]},"mail":{"convert":"lower"},"born":{"convert":[{"date":"DD.MM.YYYY"}]},"roles":{"multi":true,"write":"none"},"pin":{"access":"write","read":"none","write":"none"}},`
	const update_ = `"update":[
		{"when":{"changed":["name"]},"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":{"of":"changed","omit":["mail","born"]}}}},
		{"when":{"is":{"active":"true"},"was":{"state":"blocked"}},"request":"POST /users/{anchor}/unblock"},
		{"each":{"added":"roles"},"request":"PUT /roles/{each.value}"},{"each":{"removed":"roles"},"request":"DELETE /roles/{each.value}"}]`
	const read = `"read":{"request":"/users/{anchor}"},`
	const blind = `"update":[{"when":{"is":{"pin":"1"}},"request":"POST /x"}]`
	for name, test := range map[string]struct {
		recipe string
		entry  abi.CSEntryChange
		state  string
		asked  []string
		want   string // empty: done
	}{
		"another state":           {read + update_, update("7", setBool("active", true)), "banned", []string{"GET /users/7"}, "nothing was sent for active"},
		"so already":              {read + update_, update("7", setBool("active", true)), "active", []string{"GET /users/7"}, ""},
		"by a word only read":     {read + `"update":[{"when":{"is":{"open":"true"},"was":{"open":"false"}},"request":"POST /x"}]`, update("7", setBool("open", true)), "active", []string{"GET /users/7"}, ""},
		"its step is taken":       {read + update_, update("7", setBool("active", true)), "blocked", []string{"GET /users/7", "POST /users/7/unblock"}, ""},
		"beside what is sent":     {read + update_, update("7", set("name", "x"), setBool("active", true)), "banned", []string{"GET /users/7", "PUT /users/7"}, "partial: attribute \"active\": nothing was sent for active"},
		"so already, beside it":   {read + update_, update("7", set("name", "x"), setBool("active", true)), "active", []string{"GET /users/7", "PUT /users/7"}, ""},
		"the same list":           {read + update_, update("7", set("roles", "b", "a")), "active", []string{"GET /users/7"}, ""},
		"the same, as it reads":   {read + update_, update("7", set("mail", "A@X"), set("born", "2026-11-22T00:00:00Z")), "active", []string{"GET /users/7"}, ""},
		"two others":              {read + update_, update("7", set("mail", "b@x"), set("born")), "active", []string{"GET /users/7"}, "nothing was sent for mail, born"},
		"taken away, and was not": {read + update_, update("7", set("name", "y"), set("mail")), "active", []string{"GET /users/7", "PUT /users/7"}, "nothing was sent for mail"},
		"read for it alone":       {read + `"update":[{"when":{"changed":["name"]},"request":"POST /x"}]`, update("7", set("mail", "a@x")), "active", []string{"GET /users/7"}, ""},
		"gone":                    {read + blind, update("8", set("name", "x")), "", []string{"GET /users/8"}, "there is no such object"},
		"nobody can say":          {blind, update("7", set("name", "x")), "", nil, "nothing was sent for name"},
		"never read":              {read + blind, update("7", set("pin", "2")), "", []string{"GET /users/7"}, "nothing was sent for pin"},
		"nothing changes":         {read + update_, update("7"), "active", []string{"GET /users/7"}, ""},
		"a whole object":          {read + update_, oneEntry(abi.ObjectReplace, "7", set("name", "x"), setBool("active", true), setBool("open", true), set("mail", "a@x"), set("born", "2026-11-22T00:00:00Z"), set("roles", "a", "b")), "active", []string{"GET /users/7", "PUT /users/7"}, ""},
		"a whole object, without": {read + update_, oneEntry(abi.ObjectReplace, "7", set("name", "x"), setBool("active", true), setBool("open", true), set("mail", "a@x"), set("roles", "a", "b")), "active", []string{"GET /users/7", "PUT /users/7"}, "nothing was sent for born"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				switch {
				case r.Path == "/users/8":
					return status(404, "")
				case r.Method == "GET":
					return ok(`{"id":"7","name":"old","state":"` + test.state + `","mail":"A@x","born":"22.11.2026","roles":["a","b"]}`)
				}
				return ok("")
			}}
			c, _ := connect(parse(t, `{`+states+test.recipe+`}`), app)
			results, err := exported(t, c, test.entry)
			if err != nil || len(results) != 1 {
				t.Fatalf("have %+v and %v", results, err)
			}
			wantLines(t, app.asked, test.asked)
			if failed := results[0].Code != abi.ExportSuccess; failed != (test.want != "") || !strings.Contains(results[0].Detail, test.want) {
				t.Errorf("have %+v, want %q", results[0], test.want)
			}
		})
	}
}

// A step that only asks for an attribute does not tell of it: what became of it is read.
func TestAskedForIsNotTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		when  string
		after string // the state that is read after the step; empty: it is not read
		want  string // empty: done
	}{
		"alone":                    {`{"is":{"active":true}}`, "", ""},
		"with what was":            {`{"is":{"active":true},"was":{"state":"x"}}`, "", ""},
		"changed, of two":          {`{"changed":["name","active"]}`, "", ""},
		"it has a value":           {`{"has":["attr.active","old.name"]}`, "", ""},
		"one of any":               {`{"any":[{"changed":["name"]},{"is":{"active":true}}]}`, "", ""},
		"all of it":                {`{"all":[{"is":{"active":true}},{"not":{"is":{"active":false}}}]}`, "", ""},
		"not the other value":      {`{"changed":["active"],"not":{"is":{"active":false}}}`, "", ""},
		"not it":                   {`{"changed":["name"],"not":{"is":{"active":false}}}`, "x", "nothing was sent for active"},
		"not alone":                {`{"not":{"is":{"active":false}}}`, "x", "nothing was sent for active"},
		"beside another":           {`{"is":{"active":true,"name":"new"}}`, "x", "nothing was sent for active"},
		"beside one that changes":  {`{"changed":["name"],"is":{"active":true}}`, "x", "nothing was sent for active"},
		"beside one that is there": {`{"has":["attr.name","attr.active"]}`, "x", "nothing was sent for active"},
		"beside not another":       {`{"is":{"active":true},"not":{"is":{"name":"a"}}}`, "x", "nothing was sent for active"},
		"beside any":               {`{"is":{"active":true},"any":[{"is":{"name":"new"}},{"is":{"name":"b"}}]}`, "x", "nothing was sent for active"},
		"beside all":               {`{"all":[{"is":{"active":true}},{"changed":["name"]}]}`, "x", "nothing was sent for active"},
		"beside another, and done": {`{"is":{"active":true,"name":"new"}}`, "on", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, reads := "x", 0
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if r.Method == "GET" {
					reads++
					return ok(`{"id":"7","name":"old","state":"` + state + `"}`)
				}
				if r.Path == "/step" {
					state = test.after
				}
				return ok("")
			}}
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"state":{"access":"read"},
				"active":{"type":"boolean","read":"state","write":"none","convert":[{"words":{"true":["on"],"false":["off","x"]}}]}},"read":{"request":"/users/{anchor}"},
				"update":{"readFirst":true,"steps":[{"when":{"changed":["name"]},"request":{"method":"PUT","path":"/users/{anchor}","json":{"name":"{attr.name}"}}},
				{"when":`+test.when+`,"request":"POST /step"}]}}`), app)
			results, err := exported(t, c, update("7", set("name", "new"), setBool("active", true)))
			if err != nil {
				t.Fatal(err)
			}
			if failed := results[0].Code != abi.ExportSuccess; failed != (test.want != "") || !strings.Contains(results[0].Detail, test.want) {
				t.Errorf("have %+v, want %q", results[0], test.want)
			}
			if again := reads > 1; again != (test.after != "") {
				t.Errorf("read %d times", reads)
			}
		})
	}
}
