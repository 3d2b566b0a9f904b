package rest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

const detailed = `{"import":{"request":"/users","rows":".","detail":{"request":{"path":"/users/{row.id}"},"object":"user"}},
	"attributes":{"id":{"access":"read"},"name":{},"city":{"read":"detail.address.city"},
		"label":{"template":"{row.name} of {detail.address.city}"}},
	"read":{"request":{"path":"/users/{anchor}"},"object":"user"}}`

func TestDetail(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users":       {ok(`[{"id":"a/b","name":"x"},{"id":2},{"id":3}]`)},
		"GET /users/a%2Fb": {ok(`{"user":{"address":{"city":"Bonn"}}}`)},
		"GET /users/2":     {status(404, "")},
		"GET /users/3":     {ok(`{"user":{"address":null}}`)},
	})
	c, _ := connect(parse(t, detailed), app)
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"a/b name=x city=Bonn label=x of Bonn", "3"})
}

func TestDetailThatFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer abi.HTTPAnswer
		code   abi.Code
	}{
		"no object":     {ok(`{"users":{}}`), abi.UnexpectedData},
		"an error":      {ok(`{"user":{"error":"busy"}}`), abi.UnexpectedData},
		"an empty one":  {ok(`{"user":{}}`), abi.UnexpectedData},
		"a list":        {ok(`{"user":[]}`), abi.UnexpectedData},
		"nothing":       {ok(``), abi.UnexpectedData},
		"broken off":    {ok(`{"user":{`), abi.UnexpectedData},
		"busy":          {status(503, ""), abi.ServerDown},
		"not sent":      {abi.HTTPAnswer{Error: abi.NewError(abi.NotSent, "")}, abi.FailedConnection},
		"a bad request": {status(400, ""), abi.UnexpectedData},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if r.Path == "/users" {
					return ok(`[{"id":1}]`)
				}
				return test.answer
			}}
			c, _ := connect(parse(t, detailed), app)
			_, _, err := imported(t, c, abi.Full, "")
			wantError(t, err, test.code)
		})
	}
}

// A part of a list in a detail, or in an object that is read, is not taken for all of it.
func TestPartsOfADetail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		header abi.Field
		word   string // of the error of a detail with a list, if there is one
		always bool   // one without is one, too
	}{
		"all":            {200, abi.Field{}, "", false},
		"all of them":    {200, abi.Field{Name: "Content-Range", Value: "groups 0-1/2"}, "", false},
		"a link before":  {200, abi.Field{Name: "Link", Value: `</users/7/groups?page=1>; rel="prev"`}, "", false},
		"a next page":    {200, abi.Field{Name: "Link", Value: `</users/7/groups?page=2>; rel="next"`}, "GET /users/7: the header Link names a next page", false},
		"some":           {200, abi.Field{Name: "Content-Range", Value: "groups 0-1/3"}, "it has a part alone, by its Content-Range", false},
		"some later":     {200, abi.Field{Name: "Content-Range", Value: "groups 1-2/3"}, "it has a part alone", false},
		"206":            {206, abi.Field{}, "206, which does not say that all of the object is there", true},
		"202":            {202, abi.Field{}, "202, which does not say", true},
		"207":            {207, abi.Field{}, "207, which does not say", true},
		"203 by a proxy": {203, abi.Field{}, "", false},
	} {
		for _, read := range []string{"detail.groups.#.name", "detail.groups", "detail.city"} {
			t.Run(name+" "+read, func(t *testing.T) {
				t.Parallel()
				app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
					if r.Path == "/users" {
						return ok(`[{"id":7}]`)
					}
					groups := `[{"name":"a"},{"name":"b"}]`
					if read == "detail.groups" {
						groups = `["a","b"]`
					}
					return abi.HTTPAnswer{Status: test.status, Body: `{"city":"Bonn","groups":` + groups + `}`, Headers: []abi.Field{test.header}}
				}}
				multi := read != "detail.city"
				word := test.word
				if !multi && !test.always {
					word = ""
				}
				r := parse(t, fmt.Sprintf(`{"import":{"request":"/users","rows":".","detail":{"request":{"path":"/users/{row.id}"}}},
					"attributes":{"id":{"access":"read"},"has":{"read":%q,"multi":%v}}}`, read, multi))
				c, _ := connect(r, app)
				have, _, err := imported(t, c, abi.Full, "")
				if word != "" {
					wantError(t, err, abi.UnexpectedData, word)
				} else if err != nil || len(have) != 1 {
					t.Errorf("have %q and %v", have, err)
				}
			})
		}
	}
}

// A detail is taken for that of a row only if it has no other anchor.
func TestDetailOfAnother(t *testing.T) {
	t.Parallel()
	const other = "asked for the detail of 7, the application answered with that of 8"
	for name, test := range map[string]struct {
		detail, anchor string // of the recipe's detail and of its anchor
		answer         string
		word           string
	}{
		"the same":               {"", "", `{"user":{"id":7,"city":"Bonn"}}`, ""},
		"the same as text":       {"", "", `{"user":{"id":"7","city":"Bonn"}}`, ""},
		"another":                {"", "", `{"user":{"id":8,"city":"Bonn"}}`, "GET /users/7: " + other},
		"none":                   {"", "", `{"user":{"city":"Bonn"}}`, ""},
		"null":                   {"", "", `{"user":{"id":null,"city":"Bonn"}}`, ""},
		"a thing":                {"", "", `{"user":{"id":{"a":8},"city":"Bonn"}}`, ""},
		"around the object":      {"", "", `{"id":8,"user":{"city":"Bonn"}}`, ""},
		"nothing but the anchor": {"", "", `{"user":{"id":7}}`, "has nothing of what is read from it"},
		"of another thing":       {`,"anchor":"none"`, "", `{"user":{"id":8,"city":"Bonn"}}`, ""},
		"elsewhere":              {`,"anchor":"of.user"`, "", `{"user":{"id":8,"of":{"user":7},"city":"Bonn"}}`, ""},
		"elsewhere, another":     {`,"anchor":"of.user"`, "", `{"user":{"id":7,"of":{"user":8},"city":"Bonn"}}`, other},
		"elsewhere, and missing": {`,"anchor":"of.user"`, "", `{"user":{"id":7,"city":"Bonn"}}`, "the object has no anchor at of.user"},
		"a number":               {"", `,"type":"integer"`, `{"user":{"id":"7","city":"Bonn"}}`, ""},
		"another number":         {"", `,"type":"integer"`, `{"user":{"id":"8","city":"Bonn"}}`, other},
		"made of the row":        {"", `,"template":"{row.id}"`, `{"user":{"id":8,"city":"Bonn"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"GET /users": {ok(`[{"id":7}]`)}, "GET /one/7": {ok(`{"id":7}`)}, "GET /users/7": {ok(test.answer)}})
			detail := `"detail":{"request":"/users/{row.id}","object":"user"` + test.detail + `}`
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"`+test.anchor+`},"city":{"read":"detail.city"}},
				"import":{"request":"/users","rows":".",`+detail+`},"read":{"request":"/one/{anchor}",`+detail+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			alone, one := named(t, c, abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: anchor("7")})
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
				wantError(t, one, abi.UnexpectedData, test.word)
				return
			}
			if err != nil || one != nil {
				t.Fatal(err, one)
			}
			wantLines(t, append(have, alone...), []string{"7 city=Bonn", "7 city=Bonn"})
		})
	}
}

// Objects that are listed and gone a moment later are few. More of them are no longer
// shown, which must not look like an import of those that are left.
func TestManyDetailsThatAreGone(t *testing.T) {
	t.Parallel()
	bare := `,"errors":[{"status":404,"then":"gone"}]`
	for name, test := range map[string]struct {
		rules, body string
		users, gone int
		kind        abi.OperationType
		word        string
	}{
		"few of few":                        {users: 4, gone: 3},
		"all":                               {users: 3, gone: 3, word: "of 3 details 3 say"},
		"the only one":                      {users: 1, gone: 1, word: "of 1 details 1 say"},
		"all of a delta":                    {users: 2, gone: 2, kind: abi.Delta, word: "of 2 details 2 say"},
		"the only one of a delta":           {users: 1, gone: 1, kind: abi.Delta},
		"few of a delta":                    {users: 4, gone: 3, kind: abi.Delta},
		"more than that":                    {users: 4, gone: 4, kind: abi.Delta, word: "of 4 details 4 say"},
		"more than that, by a rule":         {rules: bare, users: 4, gone: 4, kind: abi.Delta},
		"more than that, a rule and a page": {rules: bare, body: "<!DOCTYPE html>", users: 4, gone: 4, kind: abi.Delta, word: "a page in HTML"},
		"all, by a rule":                    {rules: bare, users: 4, gone: 4, word: "of 4 details 4 say"},
		"a tenth":                           {users: 40, gone: 4},
		"more than a tenth":                 {users: 39, gone: 4, word: "of 39 details 4 say"},
		"one page in HTML":                  {users: 40, gone: 1, body: "\n<html><title>404", word: "a page in HTML"},
		"one text":                          {users: 40, gone: 1, body: "404 page not found", word: "text that is no JSON"},
		"JSON":                              {users: 40, gone: 1, body: `{"message":"404 Not found"}`},
		"a text that a rule knows":          {rules: `,"errors":[{"status":404,"body":"no such user","then":"gone"}]`, users: 40, gone: 1, body: "No such user."},
		"a page that a rule knows":          {rules: `,"errors":[{"status":404,"body":"no such user","then":"gone"}]`, users: 40, gone: 1, body: "<html>No such user."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				n := r.Path[strings.LastIndexByte(r.Path, '/')+1:]
				id, _ := strconv.Atoi(n)
				switch {
				case r.Path == "/users":
					return ok(`[` + users(1, test.users) + `]`)
				case id <= test.gone:
					return status(404, test.body)
				}
				return ok(`{"user":{"id":` + n + `,"address":{}}}`)
			}}
			// What confirms it is another request than the detail.
			own := strings.Replace(detailed, `"path":"/users/{anchor}"`, `"path":"/one/{anchor}"`, 1)
			text := strings.TrimSuffix(own, "}") + `,"delta":{"lists":{"request":{"path":"/users","query":{"s":"{delta.since}"}},"rows":".","detail":{"request":"/users/{row.id}","object":"user"}},"mark":{"date":true}}` + test.rules + `}`
			c, host := connect(parse(t, text), app)
			have, _, err := imported(t, c, test.kind, `{"mark":"2026"}`)
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
				return
			}
			want := test.users - test.gone
			if test.kind == abi.Delta {
				want = test.users
			}
			if err != nil || len(have) != want {
				t.Errorf("have %d entries and %v, want %d", len(have), err, want)
			}
			if logs := host.Logs(); len(logs) != 1 || logs[0].Level != abi.LogWarn || !strings.Contains(logs[0].Message, "gone by their details: "+strconv.Itoa(test.gone)+",") {
				t.Errorf("have the lines %+v, want one about %d", logs, test.gone)
			}
		})
	}
}

// What does not fit into one call of the host is asked for by the next one.
func TestDetailsThatDoNotFit(t *testing.T) {
	t.Parallel()
	refused := make(map[string]bool)
	app := &target{}
	app.answer = func(r *abi.HTTPRequest) abi.HTTPAnswer {
		if r.Path == "/users" {
			return ok(`[` + users(1, 700) + `]`)
		}
		if strings.HasSuffix(r.Path, "5") && !refused[r.Path] {
			refused[r.Path] = true
			return abi.HTTPAnswer{Error: &abi.Error{Code: abi.LimitExceeded, Limit: "max_bytes"}}
		}
		return ok(fmt.Sprintf(`{"user":{"address":{"city":"c%s"}}}`, strings.TrimPrefix(r.Path, "/users/")))
	}
	c, _ := connect(parse(t, detailed), app)
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil || len(have) != 700 || len(refused) != 70 {
		t.Fatalf("have %d entries and %v after %d refusals, want 700", len(have), err, len(refused))
	}
	for i, text := range have {
		if want := fmt.Sprintf("%d name=u%d city=c%d label=u%d of c%d", i+1, i+1, i+1, i+1, i+1); text != want {
			t.Fatalf("have %q, want %q", text, want)
		}
	}
}

// Objects without an anchor are looked for by their other attributes.
func TestNamedObjectsWithoutAnAnchor(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users?name=x": {ok(`[{"id":1,"name":"xx"},{"id":2,"name":"x"}]`)},
		"GET /users?name=y": {ok(`[]`)},
	})
	c, _ := connect(parse(t, listed+`,"read":{"request":"/users/{anchor}"},"find":{"request":{"path":"/users","query":{"name":"{attr.name}"}},"rows":".","by":["name"]}}`), app)
	session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schemaOf(t, c), ImportType: abi.FullObject})
	if err != nil {
		t.Fatal(err)
	}
	var wanted []abi.CSEntryChange
	for _, name := range []string{"x", "y"} {
		wanted = append(wanted, abi.CSEntryChange{Attributes: []abi.AttributeChange{abi.Add("name", abi.StringValue(name))}})
	}
	page, err := session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: 3, FullObjectEntries: wanted})
	if err != nil || len(page.Entries) != 1 || line(&page.Entries[0]) != "2 name=x" {
		t.Errorf("have %+v and %v, want the second alone", page, err)
	}
}

func TestNamedObjects(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users/1": {ok(`{"user":{"id":1,"name":"x","address":{"city":"Bonn"}}}`)},
		"GET /users/2": {status(410, "")},
		"GET /users/3": {ok(`{"user":{"id":3,"name":["a","b"],"address":{"city":""}}}`)},
	})
	c, _ := connect(parse(t, detailed), app)
	session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schemaOf(t, c), ImportType: abi.FullObject})
	if err != nil {
		t.Fatal(err)
	}
	var wanted []abi.CSEntryChange
	for _, id := range []string{"1", "2", "3"} {
		wanted = append(wanted, abi.CSEntryChange{Anchor: anchor(id)})
	}
	page, err := session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: 3, FullObjectEntries: wanted})
	if err != nil || len(page.Entries) != 2 || page.MoreToImport {
		t.Fatalf("have %+v and %v, want two entries", page, err)
	}
	wantLines(t, []string{line(&page.Entries[0]), line(&page.Entries[1])},
		[]string{"1 name=x city=Bonn label=x of Bonn", "3 ImportErrorInvalidAttributeValue attribute name: has many values, and the attribute takes one"})
}
