package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// changing is a recipe with delta; %s is what stands in it besides.
func changing(delta string) string {
	return `{"import":{"request":"/users","rows":"."},"delta":{
		"lists":{"request":{"path":"/users","query":{"since":"{delta.since}"}},"rows":"."},` + delta + `}}`
}

func TestDelta(t *testing.T) {
	t.Parallel()
	dated := func(body string) abi.HTTPAnswer { return ok(body) } // at 06:00
	for name, test := range map[string]struct {
		delta, full, changes string
		// marks after the full import and after the delta, and what it asks for.
		first, second, asked string
		lines                string
	}{
		"by the target's clock": {`"mark":{"date":true},"overlap":"5m"`, `[{"id":1}]`, `[{"id":1,"name":"x"}]`,
			`{"mark":"2026-11-22T06:00:00Z"}`, `{"mark":"2026-11-22T06:00:00Z"}`, "2026-11-22T05:55:00Z", "Replace 1 name=x"},
		"by the clock, in unix": {`"mark":{"date":true},"format":"unix","overlap":"1s"`, `[]`, `[]`,
			`{"mark":"2026-11-22T06:00:00Z"}`, `{"mark":"2026-11-22T06:00:00Z"}`, "1795327199", ""},
		"by a field": {`"mark":{"field":"at"}`, `[{"id":1,"at":"2026-11-01T00:00:00Z"},{"id":2,"at":"2026-11-20T10:00:00Z"},{"id":3}]`, `[{"id":2,"at":"2026-11-21T10:00:00Z"}]`,
			`{"mark":"2026-11-20T10:00:00Z"}`, `{"mark":"2026-11-21T10:00:00Z"}`, "2026-11-20T10:00:00Z", "Replace 2"},
		"by a field as it is written there": {`"mark":{"field":"at"},"overlap":"1h"`, `[{"id":1,"at":"2026-11-20 10:00:00"}]`, `[]`,
			`{"mark":"2026-11-20 10:00:00"}`, `{"mark":"2026-11-20 10:00:00"}`, "2026-11-20 09:00:00", ""},
		"a change while the list is read": {`"mark":{"field":"at"}`, `[{"id":1,"at":"2026-11-22T06:00:30Z"}]`, `[]`,
			`{"mark":"2026-11-22T06:00:00Z"}`, `{"mark":"2026-11-22T06:00:00Z"}`, "2026-11-22T06:00:00Z", ""},
		"by a number": {`"mark":{"field":"v"}`, `[{"id":1,"v":9},{"id":2,"v":10}]`, `[{"id":1,"v":11}]`,
			`{"mark":"10"}`, `{"mark":"11"}`, "10", "Replace 1"},
		"deleted": {`"mark":{"date":true},"deleted":{"state":["gone","DEAD"]}`, `[]`, `[{"id":1,"state":"gone","name":"x"},{"id":2,"state":"DEAD"},{"id":3,"state":"x"}]`,
			`{"mark":"2026-11-22T06:00:00Z"}`, `{"mark":"2026-11-22T06:00:00Z"}`, "2026-11-22T06:00:00Z", "Delete 1|Delete 2|Replace 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if query(r, "since") == "" {
					return dated(test.full)
				}
				return dated(test.changes)
			}}
			c, _ := connect(parse(t, changing(test.delta)), app)
			_, mark, err := imported(t, c, abi.Full, "old")
			if err != nil || mark != test.first {
				t.Fatalf("have the mark %s and %v, want %s", mark, err, test.first)
			}
			have, mark, err := imported(t, c, abi.Delta, mark)
			if err != nil || mark != test.second || strings.Join(have, "|") != test.lines {
				t.Errorf("have %q, the mark %s and %v, want %s and %s", have, mark, err, test.lines, test.second)
			}
			if since := query(&app.all[1], "since"); since != test.asked {
				t.Errorf("asked since %s, want %s", since, test.asked)
			}
		})
	}
}

func TestDeltaWithoutAMark(t *testing.T) {
	t.Parallel()
	c, _ := connect(parse(t, changing(`"mark":{"date":true}`)), &target{})
	for _, watermark := range []string{"", "x", `{"other":1}`} {
		_, _, err := imported(t, c, abi.Delta, watermark)
		wantError(t, err, abi.WarningNoWatermark)
	}
	c, _ = connect(parse(t, changing(`"mark":{"field":"v"},"overlap":"1h"`)), &target{})
	_, _, err := imported(t, c, abi.Delta, `{"mark":"v-7"}`)
	wantError(t, err, abi.UnexpectedData, "no date")
	c, _ = connect(parse(t, listed+`}`), &target{})
	_, _, err = imported(t, c, abi.Delta, `{"mark":"1"}`)
	wantError(t, err, abi.EntryPointNotImplemented, "delta")
}

// Why there is no mark after an import stands in the log.
func TestNoMark(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		mark string
		date string
		word string // of the log, if there is a line
	}{
		"a date":        {`"mark":{"date":true}`, "Sun, 22 Nov 2026 06:00:00 GMT", ""},
		"no date":       {`"mark":{"date":true}`, "", "the answers have no header Date"},
		"a broken date": {`"mark":{"date":true}`, "yesterday", "the header Date cannot be read: yesterday"},
		"no value":      {`"mark":{"field":"v"}`, "Sun, 22 Nov 2026 06:00:00 GMT", "no row has a value at v"},
	} {
		c, host := connect(parse(t, changing(test.mark)), &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
			return abi.HTTPAnswer{Status: 200, Body: `[{"id":1}]`, Headers: []abi.Field{{Name: "Date", Value: test.date}}}
		}})
		if _, _, err := imported(t, c, abi.Full, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		logs := host.Logs()
		if want := test.word != ""; want != (len(logs) == 1) || want && !strings.HasSuffix(logs[0].Message, test.word) {
			t.Errorf("%s: have %+v, want %q", name, logs, test.word)
		}
	}
}

// What is left out of a delta is no longer one of the objects. Whether it is deleted is
// looked at first.
func TestDeltaOfRowsThatAreLeftOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list, rows string
		lines      string
		word       string // of the error, if there is one
	}{
		"deleted, and not kept":    {`"only":{"state":"active"}`, `[{"id":1,"state":"active"},{"id":2,"state":"dead"}]`, "Replace 1|Delete 2", ""},
		"not kept":                 {`"only":{"state":"active"}`, `[{"id":1,"state":"active"},{"id":2,"state":"left"}]`, "Replace 1|Delete 2", ""},
		"skipped":                  {`"skip":{"state":"left"}`, `[{"id":1,"state":"active"},{"id":2,"state":"left"}]`, "Replace 1|Delete 2", ""},
		"deleted, and skipped":     {`"skip":{"state":"dead"}`, `[{"id":2,"state":"dead"}]`, "Delete 2", ""},
		"skipped by what none has": {`"skip":{"bot":true}`, `[{"id":1,"state":"active"}]`, "Replace 1", ""},
		"left out without anchor":  {`"only":{"state":"active"}`, `[{"id":1,"state":"active"},{"state":"left"}]`, "Replace 1", ""},
		"deleted without anchor":   {`"only":{"state":"active"}`, `[{"id":1,"state":"active"},{"state":"dead"}]`, "", "has no id"},
		"kept by what none has":    {`"only":{"kind":"human"}`, `[{"id":1,"state":"active"},{"id":2,"kind":null}]`, "", "no row of this page has kind"},
		"tombstones alone":         {`"only":{"kind":"human"}`, `[{"id":1,"state":"dead"},{"id":2,"state":"dead"}]`, "Delete 1|Delete 2", ""},
		"a tombstone, and wrong":   {`"only":{"kind":"human"}`, `[{"id":1,"state":"dead","kind":"human"},{"id":2,"state":"active"}]`, "", "no row of this page has kind"},
		"a detail of what is left": {`"only":{"state":"active"},"detail":{"request":"/none"}`, `[{"id":2,"state":"left"}]`, "Delete 2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(test.rows) }}
			detail := ""
			if strings.Contains(test.list, "detail") {
				detail = `,"detail":{"request":"/none"}`
			}
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"city":{"read":"`+strings.Repeat("detail.", min(len(detail), 1))+`city"}},"import":{"request":"/users","rows":"."`+detail+`},
				"delta":{"lists":{"request":{"path":"/users","query":{"since":"{delta.since}"}},"rows":".",`+test.list+`},"deleted":{"state":"dead"},"mark":{"date":true}}}`), app)
			have, _, err := imported(t, c, abi.Delta, `{"mark":"2026"}`)
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil || strings.Join(have, "|") != test.lines {
				t.Errorf("have %q and %v, want %s", have, err, test.lines)
			}
		})
	}
}

// Of several lists another may have what one leaves out.
func TestDeltaOfSeveralLists(t *testing.T) {
	t.Parallel()
	list := func(state string) string {
		return `{"request":{"path":"/users","query":{"since":"{delta.since}"}},"rows":".","only":{"state":"` + state + `"}}`
	}
	app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`[{"id":1,"state":"a"},{"id":2,"state":"b"}]`) }}
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},"delta":{"lists":[`+list("a")+`,`+list("b")+`],"mark":{"date":true}}}`), app)
	have, _, err := imported(t, c, abi.Delta, `{"mark":"2026"}`)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"Replace 1", "Replace 2"})
}

// A number is not compared with the beginning of the run: what changes while later
// pages are read must be read again.
func TestMarksOfSeveralPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pages     []string
		mark      string
		old, date string
	}{
		"numbers":                 {[]string{`{"id":1,"v":5},{"id":2,"v":4}`, `{"id":3,"v":12}`}, "5", "", ""},
		"of the run before":       {[]string{`{"id":1,"v":5},{"id":2,"v":4}`, `{"id":3,"v":12}`}, "7", "7", ""},
		"none on the first page":  {[]string{`{"id":1}`, `{"id":2,"v":8}`, `{"id":3,"v":12}`}, "8", "", ""},
		"none at all":             {[]string{`{"id":1}`, `{"id":2}`}, "", "", ""},
		"dates":                   {[]string{`{"id":1,"v":"2026-11-01T00:00:00Z"}`, `{"id":3,"v":"2026-11-20T00:00:00Z"}`}, "2026-11-20T00:00:00Z", "", "06"},
		"dates of the run":        {[]string{`{"id":1,"v":"2026-11-01T00:00:00Z"}`, `{"id":3,"v":"2026-11-22T06:00:09Z"}`}, "2026-11-22T06:00:00Z", "", "06"},
		"dates, without a clock":  {[]string{`{"id":1,"v":"2026-11-01T00:00:00Z"}`, `{"id":3,"v":"2026-11-20T00:00:00Z"}`}, "2026-11-01T00:00:00Z", "", ""},
		"words":                   {[]string{`{"id":1,"v":"a5"}`, `{"id":3,"v":"b1"}`}, "a5", "", "06"},
		"the first page, shorter": {[]string{`{"id":1,"v":9}`, `{"id":3,"v":10}`}, "9", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				rows := ""
				if i := number(r, "page") - 1; i < len(test.pages) {
					rows = test.pages[i]
				}
				a := ok(`[` + rows + `]`)
				if test.date == "" {
					a.Headers = nil
				}
				return a
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","paging":{"pages":"page"}},
				"delta":{"lists":{"request":{"path":"/users","query":{"since":"{delta.since}"}},"rows":".","paging":{"pages":"page"}},"mark":{"field":"v"}}}`), app)
			kind, old, want := abi.Full, "", ""
			if test.old != "" {
				kind, old = abi.Delta, `{"mark":"`+test.old+`"}`
			}
			if test.mark != "" {
				want = `{"mark":"` + test.mark + `"}`
			}
			if _, mark, err := imported(t, c, kind, old); err != nil || mark != want {
				t.Errorf("have the mark %s and %v, want %s", mark, err, want)
			}
		})
	}
}

// An object whose detail is gone when it is asked for was deleted since, if something
// else says so, too: an account that may no longer read it is told the same.
func TestDeltaOfDetails(t *testing.T) {
	t.Parallel()
	const text = `{"import":{"request":"/users","rows":".","detail":{"request":{"path":"/users/{row.id}"}}},
		"attributes":{"id":{"access":"read"},"name":{"read":"detail.name"}},
		"delta":{"lists":{"request":{"path":"/users","query":{"since":"{delta.since}"}},"rows":".","detail":{"request":{"path":"/users/{row.id}"}}},"mark":{"date":true}}`
	const read = `,"read":{"request":"/one/{anchor}"}`
	for name, test := range map[string]struct {
		more         string
		detail, read abi.HTTPAnswer
		word         string // of the error, if there is one
	}{
		"read says so, too":        {read, status(404, ""), status(404, `{"error":"no"}`), ""},
		"read finds it":            {read, status(404, ""), ok(`{"id":2}`), "GET /users/2 says that the object is gone, and GET /one/2 that it is there"},
		"read fails":               {read, status(404, ""), status(403, ""), "GET /one/2 was answered with 403"},
		"read asks the same":       {`,"read":{"request":"/users/{anchor}"}`, status(404, ""), status(500, ""), "read, which would have to confirm it, asks the same"},
		"read asks the same path":  {`,"read":{"request":{"path":"/users/{anchor}","query":{"groups":true}}}`, status(404, ""), status(500, ""), "read, which would have to confirm it, asks the same"},
		"read looks for it":        {`,"read":{"request":{"path":"/search","query":{"id":"{anchor}"}},"rows":"."}`, status(404, ""), ok(`[]`), ""},
		"nothing to read with":     {"", status(404, ""), status(500, ""), "nothing confirms it"},
		"a rule says so":           {`,"errors":[{"status":404,"value":"error","is":"deleted","then":"gone"}]`, status(404, `{"error":"deleted"}`), status(500, ""), ""},
		"a rule says other":        {`,"errors":[{"status":404,"value":"error","is":"secret","then":"AccessDenied"}]`, status(404, `{"error":"secret"}`), status(500, ""), "GET /users/2 was answered with 404"},
		"a page that is a proxy's": {read, status(404, "<html>"), status(404, ""), "GET /users/2 was answered with 404 and a page in HTML"},
		"read answers a page":      {read, status(404, ""), status(404, "<html>"), "GET /one/2 was answered with 404 and a page in HTML"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				switch r.Path {
				case "/users":
					return ok(`[{"id":1},{"id":2}]`)
				case "/users/1":
					return ok(`{"name":"x"}`)
				case "/users/2":
					return test.detail
				}
				return test.read
			}}
			c, _ := connect(parse(t, text+test.more+`}`), app)
			have, _, err := imported(t, c, abi.Delta, `{"mark":"2026"}`)
			if test.word != "" {
				if err == nil || !strings.Contains(err.Error(), test.word) {
					t.Errorf("have %q and %v, want %q", have, err, test.word)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, []string{"Replace 1 name=x", "Delete 2"})
		})
	}
}

// Where one path serves all, the query tells what is asked for.
func TestDeltaConfirmedAtTheSamePath(t *testing.T) {
	t.Parallel()
	for read, word := range map[string]string{`{"id":"{anchor}"}`: "asks the same", `{"find":"{anchor}"}`: ""} {
		app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
			if r.Path == "/users" {
				return ok(`[{"id":1}]`)
			}
			return status(404, "")
		}}
		list := `"rows":".","detail":{"request":{"path":"/user","query":{"id":"{row.id}"}}}`
		c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{"read":"detail.name"}},"import":{"request":"/users",`+list+`},
			"read":{"request":{"path":"/user","query":`+read+`}},
			"delta":{"lists":{"request":{"path":"/users","query":{"since":"{delta.since}"}},`+list+`},"mark":{"date":true}}}`), app)
		have, _, err := imported(t, c, abi.Delta, `{"mark":"2026"}`)
		if word != "" {
			wantError(t, err, abi.UnexpectedData, word)
		} else if err != nil || strings.Join(have, "|") != "Delete 1" {
			t.Errorf("have %q and %v", have, err)
		}
	}
}
