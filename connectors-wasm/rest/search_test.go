package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// searched is an answer to a search, with a header if there is a name.
func searched(body string, header ...string) abi.HTTPAnswer {
	a := ok(body)
	if len(header) > 0 {
		a.Headers = append(a.Headers, abi.Field{Name: header[0], Value: header[1]})
	}
	return a
}

// Who is not among the rows of a search is gone only if these are known to be all; else
// the search has not narrowed, and nobody knows.
func TestSearchThatDoesNotFind(t *testing.T) {
	t.Parallel()
	const seven, others = `{"id":7,"name":"a"}`, `{"id":70,"name":"b"},{"id":17,"name":"c"}`
	const next = `</users?q=7&page=2>; rel="next"`
	pages := func(all ...string) []abi.HTTPAnswer {
		var answers []abi.HTTPAnswer
		for _, rows := range all {
			answers = append(answers, ok(`{"users":[`+rows+`],"n":4}`))
		}
		return answers
	}
	const there = "there"
	for name, test := range map[string]struct {
		read    string // besides request and rows
		answers []abi.HTTPAnswer
		want    string // there, empty for gone, or a word of the error
	}{
		"nobody":                     {"", pages(""), ""},
		"others":                     {"", pages(others), "GET /users: of the rows that came (2) none is the one that was asked for: the search did not narrow, or they are not all; "},
		"others and it":              {"", pages(others + "," + seven), there},
		"all others":                 {`,"whole":true`, pages(others), ""},
		"a total of them":            {`,"total":"n"`, []abi.HTTPAnswer{ok(`{"users":[` + others + `],"n":2}`)}, ""},
		"a total of more":            {`,"total":"n"`, pages(others), "there are 4 rows, and 2 came, of which none is the one that was asked for: the search did not narrow"},
		"a total of more, and it":    {`,"total":"n"`, pages(others + "," + seven), there},
		"a total of more, and none":  {`,"total":"n"`, pages(""), "there are 4 rows, and 0 came"},
		"a total of one that is two": {`,"total":"n"`, []abi.HTTPAnswer{ok(`{"users":[{"id":70,"name":"b"},{"id":70,"name":"b"}],"n":2}`)}, "of which 1 are different, of which none"},
		"namesakes":                  {`,"total":"n"`, []abi.HTTPAnswer{ok(`{"users":[{"id":70,"name":"b"},{"id":71,"name":"b"}],"n":2}`)}, ""},
		"a total that is not there":  {`,"total":"n"`, []abi.HTTPAnswer{ok(`{"users":[]}`)}, "there is no number of all rows at n"},
		"a total in a header":        {`,"total":{"header":"X-N"}`, []abi.HTTPAnswer{searched(`{"users":[`+others+`]}`, "X-N", "2")}, ""},
		"a range that is all":        {"", []abi.HTTPAnswer{searched(`{"users":[`+others+`]}`, "Content-Range", "users 0-1/2")}, ""},
		"a range of more":            {"", []abi.HTTPAnswer{searched(`{"users":[`+others+`]}`, "Content-Range", "users 0-1/3")}, "there are 3 rows by Content-Range, and 2 came, of which none"},
		"a link":                     {`,"whole":true`, []abi.HTTPAnswer{searched(`{"users":[`+others+`]}`, "Link", next)}, "names a next page"},
		"a link, and nobody":         {"", []abi.HTTPAnswer{searched(`{"users":[]}`, "Link", next)}, "names a next page"},
		"a link, and it":             {"", []abi.HTTPAnswer{searched(`{"users":[`+seven+`]}`, "Link", next)}, there},
		"a part":                     {"", []abi.HTTPAnswer{{Status: 206, Body: `{"users":[]}`}}, "was answered with 206"},
		"pages, behind all":          {`,"paging":{"pages":"page"}`, pages(others, `{"id":1,"name":"d"}`, ""), ""},
		"pages, on the second":       {`,"paging":{"pages":"page"}`, pages(others, seven, ""), there},
		"pages, by links":            {`,"paging":{"link":true}`, []abi.HTTPAnswer{searched(`{"users":[`+others+`]}`, "Link", next), ok(`{"users":[` + seven + `]}`)}, there},
		"pages, and a total":         {`,"total":"n","paging":{"pages":"page"}`, pages(others, `{"id":1,"name":"d"}`, ""), "there are 4 rows, and 3 came, of which none"},
		"pages, the second gone":     {`,"paging":{"pages":"page"}`, []abi.HTTPAnswer{ok(`{"users":[` + others + `]}`), status(404, "")}, "(page 2) was answered with 404"},
		"gone":                       {"", []abi.HTTPAnswer{status(404, "")}, ""},
		"gone, and pages":            {`,"paging":{"pages":"page"}`, []abi.HTTPAnswer{status(404, "")}, ""},
		"gone by a rule":             {`,"onError":[{"value":"error","is":"no such user","then":"gone"}]`, []abi.HTTPAnswer{ok(`{"users":[],"error":"no such user"}`)}, ""},
		"ok by a rule":               {`,"onError":[{"value":"error","is":"no such user","then":"ok"}]`, []abi.HTTPAnswer{ok(`{"users":[],"error":"no such user"}`)}, ""},
		"another error":              {`,"onError":[{"value":"error","is":"no such user","then":"ok"}]`, []abi.HTTPAnswer{ok(`{"users":[],"error":"backend down"}`)}, "error looks like an error"},
		"errors":                     {"", []abi.HTTPAnswer{ok(`{"users":[],"errors":[{"code":7}]}`)}, "errors looks like an error"},
		"errors, and a total":        {`,"total":"n"`, []abi.HTTPAnswer{ok(`{"users":[],"n":0,"errors":[{"code":7}]}`)}, "errors looks like an error"},
		"left out":                   {"", []abi.HTTPAnswer{ok(`{"page":1}`)}, "leads to no list"},
		"no rows":                    {"", []abi.HTTPAnswer{ok(`{"message":"hello"}`)}, "leads to no list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, rows := range map[string]string{"read": "users", "may be missing": "users?"} {
				word := test.want
				if rows == "users?" && word == "leads to no list" {
					word = map[string]string{"left out": "", "no rows": "message looks like an error"}[name]
				}
				asked, deleted := 0, ""
				app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
					if r.Method == "DELETE" {
						deleted = r.Path
						return status(204, "")
					}
					asked++
					return test.answers[min(asked, len(test.answers))-1]
				}}
				c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},"read":{"request":{"path":"/users","query":{"q":"{anchor}"}},"rows":"`+rows+`"`+test.read+`},
					"delete":[{"request":"DELETE /u/{old.name}"}]}`), app)
				results, err := exported(t, c, oneEntry(abi.ObjectDelete, "7"))
				asked = 0
				have, readErr := named(t, c, abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: anchor("7")})
				switch {
				case word == "" || word == there:
					if err != nil || readErr != nil || results[0].Code != abi.ExportSuccess {
						t.Fatalf("%s: have %+v, %v and %v", kind, results, err, readErr)
					}
				default:
					wantError(t, readErr, abi.UnexpectedData, word)
					if err != nil {
						wantError(t, err, abi.UnexpectedData, word)
					} else if results[0].Code != abi.ExportErrorConnectedDirectoryError || !strings.Contains(results[0].Detail, word) {
						t.Errorf("%s: have %+v, want it to say %q", kind, results, word)
					}
					// That nobody knows is a matter of one entry, and the others are carried out.
					if (err == nil) != strings.Contains(fmt.Sprint(readErr), "none is the one that was asked for") {
						t.Errorf("%s: have %v for the run", kind, err)
					}
				}
				if (deleted == "/u/a") != (word == there) || (len(have) == 1) != (word == there) || deleted != "" && word != there {
					t.Errorf("%s: have deleted %q and read %q", kind, deleted, have)
				}
			}
		})
	}
}

// A search of as many pages as there may be is read, and one of more has not narrowed.
func TestSearchOfManyPages(t *testing.T) {
	t.Parallel()
	for last, word := range map[int]string{100: "", 101: "a search that finds more than 100 pages did not narrow"} {
		app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
			page := number(r, "page")
			return ok(fmt.Sprintf(`{"users":[{"id":%d}],"more":%v}`, page+1000, page < last))
		}}
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},
			"read":{"request":{"path":"/users","query":{"q":"{anchor}"}},"rows":"users","paging":{"pages":"page","while":"more"}}}`), app)
		have, err := named(t, c, abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: anchor("7")})
		if word != "" {
			wantError(t, err, abi.UnexpectedData, word)
		} else if err != nil || len(have) != 0 {
			t.Errorf("have %q and %v", have, err)
		}
		if len(app.asked) != 100 {
			t.Errorf("asked for %d pages", len(app.asked))
		}
	}
}

// So it is with those who are found by other attributes: an object that is named is left
// out of an import only if nobody else may have been meant.
func TestSearchByOtherAttributes(t *testing.T) {
	t.Parallel()
	for find, word := range map[string]string{"": "the search did not narrow", `,"whole":true`: "", `,"total":"n"`: ""} {
		app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"users":[{"id":1,"name":"ada2"}],"n":1}`)
		}}
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},"read":{"request":"/users/{anchor}"},
			"find":{"request":{"path":"/users","query":{"name":"{attr.name}"}},"rows":"users","by":["name"]`+find+`}}`), app)
		have, err := named(t, c, abi.CSEntryChange{Attributes: []abi.AttributeChange{abi.Add("name", abi.StringValue("ada"))}})
		if word != "" {
			wantError(t, err, abi.UnexpectedData, word, "write at find how")
		} else if err != nil || len(have) != 0 {
			t.Errorf("%s: have %q and %v", find, have, err)
		}
	}
}

// What read says of an object whose detail is gone counts in the same way.
func TestSearchThatConfirms(t *testing.T) {
	t.Parallel()
	for answer, word := range map[string]string{
		`{"users":[],"n":0}`:                   "",
		`{"users":[{"id":70}],"n":1}`:          "",
		`{"users":[{"id":70}],"n":2}`:          "there are 2 rows, and 1 came, of which none",
		`{"users":[{"id":7},{"id":70}],"n":2}`: "that it is there",
	} {
		app := table(t, map[string][]abi.HTTPAnswer{"GET /users?s=2026": {ok(`[{"id":7}]`)}, "GET /users/7": {status(404, "")}, "GET /users?q=7": {ok(answer)}})
		c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"city":{"read":"detail.city"}},
			"import":{"request":"/users","rows":".","detail":{"request":"/users/{row.id}"}},
			"delta":{"lists":{"request":{"path":"/users","query":{"s":"{delta.since}"}},"rows":".","detail":{"request":"/users/{row.id}"}},"mark":{"date":true}},
			"read":{"request":{"path":"/users","query":{"q":"{anchor}"}},"rows":"users","total":"n"}}`), app)
		have, _, err := imported(t, c, abi.Delta, `{"mark":"2026"}`)
		if word != "" {
			wantError(t, err, abi.UnexpectedData, word)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, have, []string{"Delete 7"})
	}
}
