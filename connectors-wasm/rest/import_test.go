package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

const listed = `{"import":{"request":"/users","rows":"rows"}`

func TestImportTakesNothingElseForAList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer abi.HTTPAnswer
		code   abi.Code
		word   string
	}{
		"no rows":           {ok(`{"data":[]}`), abi.UnexpectedData, "rows"},
		"null":              {ok(`{"rows":null}`), abi.UnexpectedData, ""},
		"an object":         {ok(`{"rows":{}}`), abi.UnexpectedData, ""},
		"an error document": {ok(`{"error":"busy"}`), abi.UnexpectedData, ""},
		"nothing":           {ok(``), abi.UnexpectedData, ""},
		"broken off":        {ok(`{"rows":[{"id":"1"},{"id":"2"`), abi.UnexpectedData, ""},
		"a web site":        {ok(`<html>`), abi.UnexpectedData, ""},
		"no anchor":         {ok(`{"rows":[{"id":"1"},{"name":"x"}]}`), abi.UnexpectedData, "row 2"},
		"an empty anchor":   {ok(`{"rows":[{"id":""}]}`), abi.UnexpectedData, "has no id"},
		"a list as anchor":  {ok(`{"rows":[{"id":["a","b"]}]}`), abi.UnexpectedData, "many values"},
		"an object of them": {ok(`{"rows":[{"id":{"a":1}}]}`), abi.UnexpectedData, "is no String"},
		"unauthorized":      {status(401, "who?"), abi.BadServerCredentials, "who?"},
		"forbidden":         {status(403, ""), abi.AccessDenied, ""},
		"not found":         {status(404, ""), abi.ObjectNotFound, ""},
		"a bad request":     {status(400, ""), abi.UnexpectedData, ""},
		"busy":              {abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "Retry-After", Value: "30"}}}, abi.ServerDown, "429"},
		"not sent":          {abi.HTTPAnswer{Error: abi.NewError(abi.NotSent, "refused")}, abi.FailedConnection, "GET /users: refused"},
		"denied":            {abi.HTTPAnswer{Error: abi.NewError(abi.Denied, "no")}, abi.AccessDenied, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := connect(parse(t, listed+`}`), &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return test.answer }})
			have, _, err := imported(t, c, abi.Full, "")
			wantError(t, err, test.code, test.word)
			if len(have) != 0 {
				t.Errorf("imported %q all the same", have)
			}
		})
	}
}

func TestRetryAfterIsHandedOn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		headers []abi.Field
		seconds int
	}{
		"seconds":         {[]abi.Field{{Name: "Retry-After", Value: "30"}}, 30},
		"a date":          {[]abi.Field{{Name: "Date", Value: "Sun, 22 Nov 2026 06:00:00 GMT"}, {Name: "Retry-After", Value: "Sun, 22 Nov 2026 06:01:30 GMT"}}, 90},
		"a date gone by":  {[]abi.Field{{Name: "Date", Value: "Sun, 22 Nov 2026 06:00:00 GMT"}, {Name: "Retry-After", Value: "Sun, 22 Nov 2026 05:00:00 GMT"}}, 0},
		"a date of years": {[]abi.Field{{Name: "Date", Value: "Sun, 22 Nov 2026 06:00:00 GMT"}, {Name: "Retry-After", Value: "Mon, 22 Nov 2032 06:00:00 GMT"}}, 86400},
		"a limit's reset": {[]abi.Field{{Name: "Date", Value: "Sun, 22 Nov 2026 06:00:00 GMT"}, {Name: "X-Rate-Limit-Reset", Value: "1795327245"}}, 45},
		"seconds of one":  {[]abi.Field{{Name: "Date", Value: "Sun, 22 Nov 2026 06:00:00 GMT"}, {Name: "RateLimit-Reset", Value: "20"}}, 20},
		"a reset gone by": {[]abi.Field{{Name: "Date", Value: "Sun, 22 Nov 2026 06:00:00 GMT"}, {Name: "X-RateLimit-Reset", Value: "1795327199"}}, 0},
		"nonsense":        {[]abi.Field{{Name: "Retry-After", Value: "soon"}}, 0},
		"nothing":         {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := connect(parse(t, listed+`}`), &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return abi.HTTPAnswer{Status: 429, Headers: test.headers} }})
			_, _, err := imported(t, c, abi.Full, "")
			if e := abi.AsError(err); e == nil || e.Code != abi.ServerDown || !e.Retryable || int(e.RetryAfter.Seconds()) != test.seconds {
				t.Errorf("have %#v, want %d seconds", err, test.seconds)
			}
		})
	}
}

// A value that cannot be read is an error of its entry, which counts as present.
func TestValues(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ attribute, value, want string }{
		"text":                 {`{}`, `"x"`, "1 a=x"},
		"a number as text":     {`{}`, `7.50`, "1 a=7.50"},
		"truth as text":        {`{}`, `true`, "1 a=true"},
		"null":                 {`{}`, `null`, "1"},
		"empty":                {`{}`, `""`, "1"},
		"an object":            {`{}`, `{"x":1}`, "1 ImportErrorInvalidAttributeValue attribute a: is no String"},
		"two for one":          {`{}`, `["x","y"]`, "1 ImportErrorInvalidAttributeValue attribute a: has many values, and the attribute takes one"},
		"a list of one":        {`{}`, `["x"]`, "1 a=x"},
		"many":                 {`{"multi":true}`, `["x",null,"","y"]`, "1 a=x,y"},
		"one for many":         {`{"multi":true}`, `"x"`, "1 a=x"},
		"an integer":           {`{"type":"integer"}`, `-42`, "1 a=-42"},
		"an integer in text":   {`{"type":"integer"}`, `"42"`, "1 a=42"},
		"no integer":           {`{"type":"integer"}`, `1.5`, "1 ImportErrorInvalidNumericValue attribute a: is no Integer"},
		"truth":                {`{"type":"boolean"}`, `false`, "1 a=false"},
		"truth in text":        {`{"type":"boolean"}`, `"true"`, "1 a=true"},
		"no truth":             {`{"type":"boolean"}`, `"yes"`, "1 ImportErrorInvalidBooleanValue attribute a: is no Boolean"},
		"binary":               {`{"type":"binary"}`, `"AP8="`, "1 a=AP8="},
		"no binary":            {`{"type":"binary"}`, `"AP"`, "1 ImportErrorInvalidBase64Value attribute a: is no Binary"},
		"split":                {`{"multi":true,"convert":[{"split":","}]}`, `"x,,y"`, "1 a=x,y"},
		"join":                 {`{"convert":[{"join":" "}]}`, `["x","y"]`, "1 a=x y"},
		"lower and trim":       {`{"convert":["lower","trim"]}`, `" XÉ "`, "1 a=xé"},
		"upper":                {`{"convert":["upper"]}`, `"xé"`, "1 a=XÉ"},
		"words":                {`{"type":"boolean","convert":[{"words":{"true":["active"],"false":["blocked","gone"]}}]}`, `"gone"`, "1 a=false"},
		"no such word":         {`{"type":"boolean","convert":[{"words":{"true":["active"],"false":["blocked"]}}]}`, `"x"`, "1 ImportErrorInvalidBooleanValue attribute a: is none of the words for true and false"},
		"all others are true":  {`{"type":"boolean","write":"none","convert":[{"words":{"false":["gone"]}}]}`, `"x"`, "1 a=true"},
		"all others are false": {`{"type":"boolean","write":"none","convert":[{"words":{"true":["active"]}}]}`, `"x"`, "1 a=false"},
		"no other at all":      {`{"type":"boolean","write":"none","convert":[{"words":{"true":["active"]}}]}`, `""`, "1"},
		"words of numbers":     {`{"type":"boolean","convert":[{"words":{"true":["1"],"false":["0"]}}]}`, `1`, "1 a=true"},
		"not":                  {`{"type":"boolean","convert":["not"]}`, `true`, "1 a=false"},
		"a table":              {`{"convert":[{"table":{"1":"active","2":"new"}}]}`, `2`, "1 a=new"},
		"no line of it":        {`{"convert":[{"table":{"1":"active"}}]}`, `3`, "1 ImportErrorInvalidAttributeValue attribute a: is a word that the table has not"},
		"else":                 {`{"convert":[{"table":{"1":"active"},"else":"odd"}]}`, `3`, "1 a=odd"},
		"a default":            {`{"convert":[{"default":"none"}]}`, `null`, "1 a=none"},
		"unix":                 {`{"convert":[{"date":"unix"}]}`, `1795327200`, "1 a=2026-11-22T06:00:00Z"},
		"unix, milliseconds":   {`{"convert":[{"date":"unixMillis"}]}`, `1795327200500`, "1 a=2026-11-22T06:00:00.5Z"},
		"filetime":             {`{"convert":[{"date":"filetime"}]}`, `"134398008000000000"`, "1 a=2026-11-22T06:00:00Z"},
		"filetime, never was":  {`{"convert":[{"date":"filetime"}]}`, `0`, "1"},
		"filetime, never will": {`{"convert":[{"date":"filetime"}]}`, `"9223372036854775807"`, "1"},
		"filetime, too late":   {`{"convert":[{"date":"filetime"}]}`, `9223372036854775806`, "1 ImportErrorInvalidAttributeValue attribute a: is no date of the form filetime"},
		"filetime, last":       {`{"convert":[{"date":"filetime"}]}`, `2650467743999999999`, "1 a=9999-12-31T23:59:59.9999999Z"},
		"filetime, behind it":  {`{"convert":[{"date":"filetime"}]}`, `2650467744000000000`, "1 ImportErrorInvalidAttributeValue attribute a: is no date of the form filetime"},
		"unix, zero":           {`{"convert":[{"date":"unix"}]}`, `0`, "1 a=1970-01-01T00:00:00Z"},
		"a zone":               {`{"convert":[{"date":"rfc3339"}]}`, `"2026-11-22T07:00:00+01:00"`, "1 a=2026-11-22T06:00:00Z"},
		"a zone, no colon":     {`{"convert":[{"date":"rfc3339"}]}`, `"2026-11-22T07:00:00.000+0100"`, "1 a=2026-11-22T06:00:00Z"},
		"a pattern":            {`{"convert":[{"date":"DD.MM.YYYY hh:mm"}]}`, `"22.11.2026 06:00"`, "1 a=2026-11-22T06:00:00Z"},
		"no day":               {`{"convert":[{"date":"YYYY-MM-DD"}]}`, `"2026-02-30"`, "1 ImportErrorInvalidAttributeValue attribute a: is no date of the form YYYY-MM-DD"},
		"wrapped":              {`{"multi":true,"convert":[{"wrap":"v"}]}`, `[{"v":"x"},{"w":"y"},{"v":"z"}]`, "1 a=x,z"},
		"words for nothing":    {`{"multi":true,"convert":[{"nothing":["false","n/a"]}]}`, `[false,"x","n/a","N/A"]`, "1 a=x,N/A"},
		"no word but nothing":  {`{"convert":[{"nothing":"false"},{"default":"none"}]}`, `false`, "1 a=none"},
		"wrapped in nothing":   {`{"multi":true,"convert":[{"wrap":"v"}]}`, `["x"]`, "1 ImportErrorInvalidAttributeValue attribute a: is no object, and v is wanted of it"},
		"a path in a list":     {`{"multi":true,"read":"a.#.v"}`, `[{"v":"x"},{"v":"y"}]`, "1 a=x,y"},
		"a template":           {`{"template":"{row.a.x} <{row.a.y | upper}>"}`, `{"x":"Zoë","y":"z"}`, "1 a=Zoë <Z>"},
		"half a template":      {`{"template":"{row.a.x} {row.a.y}"}`, `{"x":"Zoë"}`, "1"},
		"a template, default":  {`{"template":"{row.a.x} {row.a.y | default \"?\"}"}`, `{"x":"Zoë"}`, "1 a=Zoë ?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := parse(t, listed+`,"attributes":{"id":{"access":"read"},"a":`+test.attribute+`}}`)
			c, _ := connect(r, &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"rows":[{"id":1,"a":` + test.value + `}]}`) }})
			have, _, err := imported(t, c, abi.Full, "")
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, []string{test.want})
		})
	}
}

// An entry that could not be read brings nothing of it.
func TestEntryWithAnError(t *testing.T) {
	t.Parallel()
	c, _ := connect(parse(t, listed+`,"attributes":{"id":{"access":"read"},"name":{},"age":{"type":"integer"},"city":{}}}`),
		&target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[{"id":1,"name":"x","age":"old","city":"y"},{"id":2,"name":"z"}]}`)
		}})
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"1 ImportErrorInvalidNumericValue attribute age: is no Integer", "2 name=z"})
}

func TestRows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ recipe, answer, want string }{
		"only":              {`"rows":".","only":{"type":["a","b"]}`, `[{"id":1,"type":"a"},{"id":2,"type":"c"},{"id":3,"type":"b"},{"id":4}]`, "1|3"},
		"skip":              {`"rows":".","skip":{"bot":true,"name":"x"}`, `[{"id":1,"bot":true},{"id":2,"bot":false},{"id":3,"name":"x"},{"id":4,"name":"y"}]`, "2|4 name=y"},
		"many places":       {`"rows":["a","b?","c.#"]`, `{"a":[{"id":1}],"c":[{"id":2},{"id":3}]}`, "1|2|3"},
		"members of an map": {`"rows":"users.*"`, `{"users":{"x":{"id":1},"y":{"id":2}}}`, "1|2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := connect(parse(t, `{"import":{"request":"/users",`+test.recipe+`}}`), &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(test.answer) }})
			have, _, err := imported(t, c, abi.Full, "")
			if err != nil || strings.Join(have, "|") != test.want {
				t.Errorf("have %q and %v, want %s", have, err, test.want)
			}
		})
	}
}

// Scalars and members of an object are rows, too.
func TestRowsThatAreNoObjects(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ id, answer string }{
		"texts": {".", `["a","b"]`},
		"keys":  {"@key", `{"a":{"x":1},"b":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := map[string]string{"texts": ".", "keys": "*"}[name]
			r := parse(t, `{"import":{"request":"/users","rows":"`+rows+`"},"attributes":{"id":{"access":"read","read":"`+test.id+`"}}}`)
			c, _ := connect(r, &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(test.answer) }})
			have, _, err := imported(t, c, abi.Full, "")
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, []string{"a", "b"})
		})
	}
}

func TestUnion(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users?status=1": {ok(`{"users":[{"id":1}],"n":1}`)},
		"GET /users?status=2": {ok(`{"users":[],"n":0}`)},
		"GET /users?status=3": {ok(`{"users":[{"id":3}],"n":1}`)},
	})
	list := func(n int) string {
		return fmt.Sprintf(`{"request":{"path":"/users","query":{"status":"%d"}},"rows":"users","total":"n"}`, n)
	}
	c, _ := connect(parse(t, `{"import":[`+list(1)+`,`+list(2)+`,`+list(3)+`]}`), app)
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"1", "3"})
}

// A list may have the anchor at a place of its own, in imports of all kinds.
func TestUnionWithKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users":      {ok(`[{"id":"1","name":"u"}]`)},
		"GET /bots":       {ok(`[{"key":{"uid":"b1"},"id":"other","name":"b"}]`)},
		"GET /bots/other": {ok(`{"mail":"m"}`)},
		"GET /guests":     {ok(`{"g1":{"name":"g"},"g2":{"name":"h"}}`)},
	})
	c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"mail":{"access":"read","read":"detail.mail"}},"import":[
		{"request":"/users","rows":".","detail":{"request":"/bots/other"}},
		{"request":"/bots","rows":".","anchor":"key.uid","detail":{"request":"/bots/{row.id}"}},
		{"request":"/guests","rows":"*","anchor":"@key","detail":{"request":"/bots/other"}}],
		"delta":{"lists":{"request":{"path":"/gone","query":{"s":"{delta.since | default \"\"}"}},"rows":".","anchor":"uid","detail":{"request":"/bots/other"}},"mark":{"date":true},"deleted":{"gone":true}}}`), app)
	have, mark, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"1 name=u mail=m", "b1 name=b mail=m", "g1 name=g mail=m", "g2 name=h mail=m"})
	app.answer = func(r *abi.HTTPRequest) abi.HTTPAnswer {
		if r.Path == "/gone" {
			return ok(`[{"uid":"7","name":"x","gone":true},{"uid":"8","name":"y"}]`)
		}
		return ok(`{"mail":"m"}`)
	}
	if have, _, err = imported(t, c, abi.Delta, mark); err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"Delete 7", "Replace 8 name=y mail=m"})
	app.answer = func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`[{"id":"1"}]`) }
	c, _ = connect(parse(t, `{"import":{"request":"/users","rows":".","anchor":"uid"}}`), app)
	_, _, err = imported(t, c, abi.Full, "")
	wantError(t, err, abi.UnexpectedData, "GET /users, row 1: ")
}

func TestLookup(t *testing.T) {
	t.Parallel()
	const text = `{"import":{"request":"/users","rows":"."},
		"attributes":{"id":{"access":"read"},"groups":{"multi":true,"convert":[{"lookup":"groups"}]}},
		"lookups":{"groups":{"request":"/groups","rows":".","key":"id","value":"name","skip":{"old":true},"paging":{"pages":"p"}}}}`
	lines := func(users string) map[string][]abi.HTTPAnswer {
		return map[string][]abi.HTTPAnswer{
			"GET /groups?p=1": {ok(`[{"id":1,"name":"one"},{"id":9,"name":"old","old":true}]`)},
			"GET /groups?p=2": {ok(`[{"id":2,"name":"two"}]`)}, "GET /groups?p=3": {ok(`[]`)},
			"GET /users": {ok(users)},
		}
	}
	c, _ := connect(parse(t, text), table(t, lines(`[{"id":1,"groups":[2,1]},{"id":2,"groups":[9]},{"id":3},{"id":4,"groups":""}]`)))
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"1 groups=two,one", "2 ImportErrorInvalidAttributeValue attribute groups: is a key that the lookup groups has not", "3", "4"})
}

// A document in the place of the rows is asked for what rules know of it.
func TestErrorDocumentInAGoodAnswer(t *testing.T) {
	t.Parallel()
	const text = `{"import":{"request":{"method":"POST","path":"/rpc","safety":"safe","json":{"method":"user.get"}},"rows":"result"},
		"errors":[{"status":"2xx","value":"error.data","is":"Not authorised.","then":"BadServerCredentials","message":"error.data"},
			{"status":"2xx","value":"error","present":true,"then":"UnexpectedData","message":"error.message"}]}`
	for answer, want := range map[string]abi.Code{
		`{"error":{"message":"Invalid","data":"Not authorised."}}`: abi.BadServerCredentials,
		`{"error":{"message":"Invalid","data":"x"}}`:               abi.UnexpectedData,
		`{"id":1}`: abi.UnexpectedData,
	} {
		c, _ := connect(parse(t, text), &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(answer) }})
		_, _, err := imported(t, c, abi.Full, "")
		wantError(t, err, want)
	}
}

// How an error names the request of a list: its query, without secrets and not for
// ever, and the page where there are pages.
func TestErrorsNameTheList(t *testing.T) {
	t.Parallel()
	const most = 256
	long := func(n int) string { return strings.Repeat("a", n-len("?q=")) }
	for name, test := range map[string]struct{ list, want string }{
		"no pages, no query":  {`"request":"/users"`, "GET /users was answered with 400"},
		"a query":             {`"request":{"path":"/users","query":{"q":["a&b","c"]}}`, "GET /users?q=a%26b&q=c was answered with 400"},
		"pages":               {`"request":"/users","paging":{"link":true,"size":"n","by":9}`, "GET /users?n=9 (page 1) was answered with 400"},
		"a query in full":     {`"request":{"path":"/users","query":{"q":"` + long(most) + `"}}`, "GET /users?q=" + long(most) + " was"},
		"a query that is cut": {`"request":{"path":"/users","query":{"q":"` + long(most+1) + `"}}`, "GET /users?q=" + long(most) + "… was"},
		"pages side by side":  {`"request":"/users","paging":{"pages":"page","atOnce":2}`, "GET /users?page=3 (page 3) was answered with 400"},
		"a rule's error":      {`"request":"/users","paging":{"link":true},"onError":[{"status":400,"then":"AccessDenied"}]`, "GET /users (page 1) was answered with 400"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if n := number(r, "page"); n == 1 || n == 2 {
					return ok(`[` + users(n, 1) + `]`)
				}
				return status(400, "")
			}}
			c, _ := connect(parse(t, `{"import":{`+test.list+`,"rows":"."}}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want %s", err, test.want)
			}
		})
	}
}

// A redirect that is not followed says where it leads; its query may hold anything.
func TestErrorsNameRedirects(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{
		"/login?back=secret": "GET /users was answered with 302, which leads to /login",
		"":                   "GET /users was answered with 302",
	} {
		app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
			return abi.HTTPAnswer{Status: 302, Headers: []abi.Field{{Name: "Location", Value: place}}}
		}}
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."}}`), app)
		if _, _, err := imported(t, c, abi.Full, ""); abi.AsError(err) == nil || abi.AsError(err).Message != want {
			t.Errorf("have %v, want %s", err, want)
		}
	}
}

// An empty value keeps what has nothing there, such as a date of deletion, and skip
// leaves that out.
func TestRowsWithNothingThere(t *testing.T) {
	t.Parallel()
	const some = `[{"id":1},{"id":2,"gone_at":"2026-01-01"},{"id":3,"gone_at":null},{"id":4,"gone_at":""}]`
	for name, test := range map[string]struct{ list, rows, ids string }{
		"nobody has it":             {`"only":{"gone_at":""}`, `[{"id":1},{"id":2,"gone_at":null}]`, "1|2"},
		"some have it":              {`"only":{"gone_at":""}`, some, "1|3|4"},
		"or a word":                 {`"only":{"gone_at":["","never"]}`, `[{"id":1},{"id":2}]`, "1|2"},
		"skipped":                   {`"skip":{"gone_at":""}`, some, "2"},
		"another that none has":     {`"only":{"gone_at":"","kind":"human"}`, some, ""},
		"another that is not empty": {`"only":{"gone_at":"never"}`, `[{"id":1}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(test.rows) }}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".",`+test.list+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.ids == "" {
				wantError(t, err, abi.UnexpectedData, "no row of this page has")
			} else if err != nil || strings.Join(have, "|") != test.ids {
				t.Errorf("have %q and %v, want %s", have, err, test.ids)
			}
		})
	}
}

// A key without a name is an error of the objects that have it: left out, they would
// have lost what it stands for.
func TestLookupWithoutAName(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users":  {ok(`[{"id":1,"groups":[1,2]},{"id":2,"groups":[1,3]},{"id":3,"groups":[1,4]},{"id":4,"groups":[1,""]}]`)},
		"GET /groups": {ok(`[{"id":1,"name":"one"},{"id":2,"name":""},{"id":3},{"id":4,"name":null}]`)},
	})
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},
		"attributes":{"id":{"access":"read"},"groups":{"multi":true,"convert":[{"lookup":"groups"}]}},
		"lookups":{"groups":{"request":"/groups","rows":".","key":"id","value":"name"}}}`), app)
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	const wrong = " ImportErrorInvalidAttributeValue attribute groups: is a key for which the lookup groups has nothing at its value"
	wantLines(t, have, []string{"1" + wrong, "2" + wrong, "3" + wrong, "4 groups=one"})
}

// A list that stands there twice is read twice: so does whoever moves between lists
// come. The host drops what came before and is the same.
func TestListThatIsReadAgain(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /active": {ok(`[{"id":1}]`), ok(`[{"id":1},{"id":2}]`)}, // 2 was unlocked
		"GET /locked": {ok(`[{"id":3}]`)},
	})
	c, _ := connect(parse(t, `{"import":[{"request":"/active","rows":"."},{"request":"/locked","rows":"."},{"request":"/active","rows":"."}]}`), app)
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"1", "3", "1", "2"})
}
