package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// Rows that may be missing are the end of a list behind its first page, and nothing
// that looks like an error is.
func TestRowsThatMayBeMissing(t *testing.T) {
	t.Parallel()
	two := `{"rows":[` + users(1, 2) + `]}`
	for name, test := range map[string]struct {
		more    string // of the list
		answers []string
		entries int // -1: an error
	}{
		"behind the last page":   {"", []string{two, `{"total":2}`}, 2},
		"null":                   {"", []string{two, `{"rows":null,"error":null}`}, 2},
		"on the first page":      {"", []string{`{"total":0}`}, -1},
		"an empty list there":    {"", []string{`{"rows":[]}`}, 0},
		"with a total":           {`,"total":"n"`, []string{`{"n":0}`}, 0},
		"with another total":     {`,"total":"n"`, []string{`{"n":3}`}, -1},
		"an error with a total":  {`,"total":"n"`, []string{`{"rows":[` + users(1, 2) + `],"n":3}`, `{"error":"busy"}`}, -1},
		"a total in a header":    {`,"total":{"header":"Date"}`, []string{`{}`}, -1},
		"an error":               {"", []string{two, `{"error":{"code":500}}`}, -1},
		"errors":                 {"", []string{two, `{"errors":["busy"]}`}, -1},
		"a fault":                {"", []string{two, `{"fault":"x"}`}, -1},
		"an exception":           {"", []string{two, `{"exception":"x"}`}, -1},
		"a message with a code":  {"", []string{two, `{"message":"x","code":"E7"}`}, -1},
		"a message alone":        {"", []string{two, `{"message":"no more"}`}, -1},
		"messages alone":         {"", []string{two, `{"messages":["backend down"]}`}, -1},
		"no messages":            {"", []string{two, `{"messages":[],"msg":null,"reason":""}`}, 2},
		"a detail":               {"", []string{two, `{"detail":"Invalid page.","page":2}`}, -1},
		"a text that says fine":  {"", []string{two, `{"message":"OK"}`}, 2},
		"a text beside success":  {"", []string{two, `{"msg":"query done","code":0}`}, 2},
		"a text beside true":     {"", []string{two, `{"msg":"query done","success":true}`}, 2},
		"a text beside no":       {"", []string{two, `{"msg":"query done","success":"no"}`}, -1},
		"a text and a list":      {"", []string{`{"rows":[],"message":"no users"}`}, 0},
		"a text that is known":   {`,"onError":[{"value":"message","is":"no more","then":"ok"}]`, []string{two, `{"message":"no more"}`}, 2},
		"and another":            {`,"onError":[{"value":"message","is":"no more","then":"ok"}]`, []string{two, `{"message":"backend down"}`}, -1},
		"an error, and no rows":  {`,"total":"n"`, []string{`{"n":0,"error":"backend down"}`}, -1},
		"an error, and all rows": {`,"total":"n"`, []string{`{"rows":[` + users(1, 2) + `],"n":2}`, `{"error":"no such page"}`}, 2},
		"words, and all rows":    {`,"total":"n"`, []string{`{"rows":[` + users(1, 2) + `],"n":2}`, `{"message":"no such page"}`}, 2},
		"a code of failure":      {"", []string{two, `{"code":40100,"msg":""}`}, -1},
		"an unknown code":        {"", []string{two, `{"errcode":40001}`}, -1},
		"a small code":           {"", []string{two, `{"error_code":7}`}, -1},
		"a code of none":         {"", []string{two, `{"error_code":0,"resultCode":200}`}, 2},
		"a time to wait":         {"", []string{two, `{"retry_after":5}`}, -1},
		"a status by its name":   {"", []string{two, `{"statusCode":500}`}, -1},
		"no success by its name": {"", []string{two, `{"isSuccess":false}`}, -1},
		"success in digits":      {"", []string{two, `{"success":0}`}, -1},
		"errors by its name":     {"", []string{two, `{"hasErrors":true}`}, -1},
		"an error further in":    {"", []string{two, `{"meta":{"state":"failure"}}`}, -1},
		"a list of another name": {"", []string{two, `{"accounts":[{"id":3}]}`}, -1},
		"a text, nobody's":       {"", []string{two, `{"title":"Forbidden"}`}, -1},
		"numbers and nothings":   {"", []string{two, `{"page":2,"n":399.5,"next":null,"links":{},"tags":[],"text":"","meta":{"n":0}}`}, 2},
		"a number like a status": {"", []string{two, `{"page":400}`}, -1},
		"what is known":          {`,"onError":[{"value":"a\\.b.c","is":"x","then":"ServerDown"}]`, []string{two, `{"a.b":{"c":"y"}}`}, 2},
		"beside a list":          {"", []string{two, `{"title":"Users","rows":[]}`}, 2},
		"beside null":            {"", []string{two, `{"rows":null,"title":"Users"}`}, 2},
		"very much":              {"", []string{two, `{"links":{` + strings.Repeat(`"a":0,`, 4<<10) + `"b":0}}`}, -1},
		"a code of success":      {"", []string{two, `{"message":"fine","code":200}`}, 2},
		"a code in words":        {"", []string{two, `{"message":"fine","code":"OK"}`}, 2},
		"no error":               {"", []string{two, `{"error":false,"errors":[]}`}, 2},
		"an error beside rows":   {"", []string{`{"rows":[` + users(1, 2) + `],"error":"old"}`, `{}`}, -1},
		"errors beside rows":     {"", []string{`{"rows":[` + users(1, 2) + `],"errors":["shard 3 failed"]}`, `{}`}, -1},
		"no success, with rows":  {"", []string{`{"rows":[` + users(1, 2) + `],"success":false}`, `{}`}, -1},
		"no error beside rows":   {"", []string{`{"rows":[` + users(1, 2) + `],"error":null,"errors":[],"success":true,"message":"fine"}`, `{}`}, 2},
		"one that is known":      {`,"onError":[{"value":"error","is":"old","then":"ok"}]`, []string{`{"rows":[` + users(1, 2) + `],"error":"old"}`, `{}`}, 2},
		"beside all rows":        {`,"total":"n"`, []string{`{"rows":[` + users(1, 2) + `],"n":2,"error":"old"}`, `{}`}, 2},
		"an error, with no rows": {"", []string{two, `{"rows":[],"error":"busy"}`}, -1},
		"no success":             {"", []string{two, `{"rows":[],"success":false}`}, -1},
		"a failed status":        {"", []string{two, `{"status":"failed"}`}, -1},
		"success, with no rows":  {"", []string{two, `{"rows":[],"message":"success","code":20000}`}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				return ok(test.answers[min(number(r, "page"), len(test.answers))-1])
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows?","paging":{"pages":"page"}`+test.more+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.entries < 0 {
				wantError(t, err, abi.UnexpectedData)
			} else if err != nil || len(have) != test.entries {
				t.Errorf("have %q and %v", have, err)
			}
		})
	}
}

// The first page must have its rows, whatever else it says of success, and the error tells
// what the question mark is for; where it has none, or the rows are of another kind behind
// it, it does not.
func TestRowsOfTheFirstPage(t *testing.T) {
	t.Parallel()
	const words = "the ? in rows is for the pages behind the first"
	two := `{"data":{"items":[` + users(1, 2) + `]}}`
	for name, test := range map[string]struct {
		rows    string
		answers []string
		told    bool
	}{
		"success":           {"data.items?", []string{`{"code":0,"data":{"has_more":false}}`}, true},
		"null above":        {"data.items?", []string{`{"data":null}`}, true},
		"null alone":        {"data.items?", []string{`null`}, true},
		"null":              {"data.items?", []string{`{"data":{"items":null},"success":true}`}, true},
		"no question mark":  {"data.items", []string{`{"data":{}}`}, false},
		"another kind":      {"data.items?", []string{two, `{"data":{"items":"x"}}`}, false},
		"an error document": {"data.items?", []string{`{"error":{"code":"E"}}`}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				return ok(test.answers[min(number(r, "page"), len(test.answers))-1])
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"`+test.rows+`","paging":{"pages":"page"}}}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if wantError(t, err, abi.UnexpectedData, "leads to no list"); strings.Contains(fmt.Sprint(err), words) != test.told {
				t.Errorf("have %v", err)
			}
		})
	}
}

// An error on the first page is no empty list, even where a rule takes it for the end of
// one: everybody would be deleted.
func TestGoneOnTheFirstPage(t *testing.T) {
	t.Parallel()
	app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return status(404, `{"errors":[]}`) }}
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows?","paging":{"pages":"page"},"onError":[{"status":404,"body":"errors","then":"gone"}]}}`), app)
	_, _, err := imported(t, c, abi.Full, "")
	wantError(t, err, abi.ObjectNotFound, "a rule with gone ends a list behind its first page")
}

// An error beside a list that is there and empty is no empty list either; what else
// stands there is the application's business.
func TestErrorBesideNoRows(t *testing.T) {
	t.Parallel()
	for answer, wrong := range map[string]bool{
		`{"rows":[],"error":"database down"}`:                            true,
		`{"rows":[],"errors":[{"code":7}]}`:                              true,
		`{"rows":[],"fault":{"faultstring":"x"}}`:                        true,
		`{"rows":[],"exception":"x"}`:                                    true,
		`{"rows":[],"error":null,"errors":[],"fault":"","exception":{}}`: false,
		`{"rows":[],"message":"success","code":20000}`:                   false,
		`{"rows":[],"ok":false}`:                                         true,
		`{"rows":[],"success":false}`:                                    true,
		`{"rows":[],"success":"False"}`:                                  true,
		`{"rows":[],"status":"error"}`:                                   true,
		`{"rows":[],"status":"Failure"}`:                                 true,
		`{"rows":[],"status":"fail"}`:                                    true,
		`{"rows":[],"status":"failed"}`:                                  true,
		`{"rows":[],"status":false}`:                                     true,
		`{"rows":[],"status":400}`:                                       true,
		`{"rows":[],"status":{"code":500}}`:                              true,
		`{"rows":[],"status":{"error_code":1001}}`:                       true,
		`{"rows":[],"Error":"x"}`:                                        true,
		`{"rows":[],"err":"x"}`:                                          true,
		`{"rows":[],"errorMessage":"x"}`:                                 true,
		`{"rows":[],"error_message":"x"}`:                                true,
		`{"rows":[],"error":true}`:                                       true,
		`{"rows":[],"error":{"code":0,"message":"x"}}`:                   true,
		`{"rows":[],"error":{"code":7}}`:                                 true,
		`{"rows":[],"message":"database down","code":500}`:               true,
		`{"rows":[],"message":"database down","code":"400"}`:             true,
		`{"rows":[],"message":"database down","code":"ERROR"}`:           true,
		`{"rows":[],"error":{"code":0,"message":""}}`:                    false,
		`{"rows":[],"error":{"code":200,"message":"Success"}}`:           false,
		`{"rows":[],"error":"0"}`:                                        false,
		`{"rows":[],"error":"none"}`:                                     false,
		`{"rows":[],"error":false,"err":0,"Error":"","errors":[]}`:       false,
		`{"rows":[],"ok":true,"success":true,"status":"ok"}`:             false,
		`{"rows":[],"ok":null,"success":1,"status":0}`:                   false,
		`{"rows":[],"status":399,"code":399,"message":"x"}`:              false,
		`{"rows":[],"status":{"error_code":0,"elapsed":412}}`:            false,
		`{"rows":[],"message":"success","code":200}`:                     false,
		`{"rows":[],"message":"success","code":0}`:                       false,
		`{"rows":[],"message":"x","code":"E7"}`:                          false,
		`{"rows":[],"code":500}`:                                         false,
	} {
		app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(answer) }}
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows"}}`), app)
		have, _, err := imported(t, c, abi.Full, "")
		if wrong && err == nil {
			t.Errorf("%s is taken for an empty list", answer)
		} else if wrong {
			wantError(t, err, abi.UnexpectedData)
		} else if err != nil || len(have) != 0 {
			t.Errorf("%s: have %q and %v", answer, have, err)
		}
	}
	app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"rows":[],"error":{"code":7},"status":"error"}`) }}
	for rules, wrong := range map[string]bool{
		`"onError":[{"value":"error.code","is":"7","then":"ok"}]`: false,
		`"onError":[{"value":"error.code","is":"8","then":"ok"}]`: true,
	} {
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows",`+rules+`}}`), app)
		have, _, err := imported(t, c, abi.Full, "")
		if wrong {
			wantError(t, err, abi.UnexpectedData, "onError: [{value: error, is: TEXT, then: ok}]")
		} else if err != nil || len(have) != 0 {
			t.Errorf("%s: have %q and %v", rules, have, err)
		}
	}
}

// A total of 0 tells no error from an empty list; one that all rows came to does.
func TestErrorBesideATotal(t *testing.T) {
	t.Parallel()
	const none = `{"rows":[],"n":0,"errors":["backend down"]}`
	for name, test := range map[string]struct {
		list    string
		answers []string
		entries int // -1: an error
	}{
		"none":               {`"total":"n"`, []string{none}, -1},
		"none, in a header":  {`"total":{"header":"N"}`, []string{none}, -1},
		"none, by a rule":    {`"total":"n","onError":[{"value":"errors.0","is":"backend down","then":"ok"}]`, []string{none}, 0},
		"none, and no error": {`"total":"n"`, []string{`{"rows":[],"n":0,"errors":[]}`}, 0},
		"behind all":         {`"total":"n","paging":{"pages":"page"}`, []string{`{"rows":[` + users(1, 2) + `],"n":2}`, `{"rows":[],"error":"no such page"}`}, 2},
		"before all":         {`"total":"n","paging":{"pages":"page"}`, []string{`{"rows":[` + users(1, 2) + `],"n":3}`, `{"rows":[],"error":"no such page"}`}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				page := 1
				if len(r.Query) > 0 {
					page = number(r, "page")
				}
				a := ok(test.answers[page-1])
				a.Headers = append(a.Headers, abi.Field{Name: "N", Value: "0"})
				return a
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows",`+test.list+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.entries < 0 {
				wantError(t, err, abi.UnexpectedData, "looks like an error")
			} else if err != nil || len(have) != test.entries {
				t.Errorf("have %q and %v", have, err)
			}
		})
	}
}

// An answer without content is no list. Behind the first page it may be the end, by the
// recipe's word.
func TestNoContentForAPage(t *testing.T) {
	t.Parallel()
	const gone = `,"onError":[{"status":204,"then":"gone"}]`
	for name, test := range map[string]struct {
		pages int
		rules string
		word  string
	}{
		"behind the first page":         {1, "", "GET /users?page=2 (page 2): was answered with 204, no content, and there is no list; if that is how it says that there are no more rows, write onError: [{status: 204, then: gone}]"},
		"behind the first page, a rule": {2, gone, ""},
		"on the first page":             {0, "", "GET /users?page=1 (page 1): was answered with 204"},
		"on the first page, a rule":     {0, gone, "GET /users?page=1 (page 1): was answered with 204"},
		"a rule about another status":   {1, `,"onError":[{"status":404,"then":"gone"}]`, "was answered with 204"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if n := number(r, "page"); n <= test.pages {
					return ok(`[` + users(n, 1) + `]`)
				}
				return status(204, "")
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","paging":{"pages":"page"}`+test.rules+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil || len(have) != test.pages {
				t.Errorf("have %q and %v", have, err)
			}
		})
	}
}

// What is looked at for an error takes no path away from a recipe that has as many as
// there may be.
func TestErrorBesideNoRowsWithoutRoom(t *testing.T) {
	t.Parallel()
	for rules, wrong := range map[int]bool{abi.MaxWantPaths - 3: false, abi.MaxWantPaths - 4: true} {
		var errors []string
		for i := range rules { // the rows and two attributes besides
			errors = append(errors, fmt.Sprintf(`{"value":"e%d","present":true,"then":"retry"}`, i))
		}
		app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"rows":[],"error":"busy"}`) }}
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows"},"errors":[`+strings.Join(errors, ",")+`]}`), app)
		_, _, err := imported(t, c, abi.Full, "")
		if wrong {
			wantError(t, err, abi.UnexpectedData, "error looks like an error")
		} else if err != nil {
			t.Error(err)
		}
	}
}

// In a delta, and where one of several lists is missing, there may be none on the first
// page.
func TestRowsThatMayBeMissingAtOnce(t *testing.T) {
	t.Parallel()
	app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
		if query(r, "s") != "" {
			return ok(`{"time":7}`)
		}
		return ok(`{"b":[` + users(1, 2) + `]}`)
	}}
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":["a?","b?"]},
		"delta":{"lists":{"request":{"path":"/users","query":{"s":"{delta.since}"}},"rows":"users?"},"mark":{"date":true}}}`), app)
	if have, _, err := imported(t, c, abi.Full, ""); err != nil || len(have) != 2 {
		t.Errorf("have %q and %v, want two", have, err)
	}
	if have, _, err := imported(t, c, abi.Delta, `{"mark":"2026"}`); err != nil || len(have) != 0 {
		t.Errorf("have %q and %v, want none", have, err)
	}
	// There, words are no news either.
	app.answer = func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"message":"backend down"}`) }
	_, _, err := imported(t, c, abi.Full, "")
	wantError(t, err, abi.UnexpectedData, "message looks like an error")
	_, _, err = imported(t, c, abi.Delta, `{"mark":"2026"}`)
	wantError(t, err, abi.UnexpectedData, "message looks like an error")
}
