package rest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// users writes rows with the ids from first on.
func users(first, n int) string {
	text := ""
	for i := range n {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(`{"id":"%d","name":"u%d"}`, first+i, first+i)
	}
	return text
}

func lines(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%d name=u%d", i+1, i+1))
	}
	return all
}

func query(r *abi.HTTPRequest, name string) string {
	for _, q := range r.Query {
		if q.Name == name {
			return q.Value
		}
	}
	return ""
}

func number(r *abi.HTTPRequest, name string) int {
	n, _ := strconv.Atoi(query(r, name))
	return n
}

// part is the part of 25 users from offset on, by at most so many.
func part(offset, by int) string {
	const all = 25
	if offset >= all || offset < 0 {
		return ""
	}
	return users(offset+1, min(by, all-offset))
}

func TestPaging(t *testing.T) {
	t.Parallel()
	link := func(r *abi.HTTPRequest, url string) abi.HTTPAnswer {
		offset := number(r, "after")
		a := ok(`{"rows":[` + part(offset, 10) + `]}`)
		if offset < 20 {
			a.Headers = append(a.Headers, abi.Field{Name: "Link", Value: fmt.Sprintf(`<https://app.example/v4/users?x=a,b>; rel="self", <%s?after=%d&q=%%C3%%AB+x>; rel="next prev"`, url, offset+10)})
		}
		return a
	}
	for name, test := range map[string]struct {
		paging   string
		answer   func(r *abi.HTTPRequest) abi.HTTPAnswer
		requests int
	}{
		"none": {`{}`, func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"rows":[` + users(1, 25) + `]}`) }, 1},
		"pages": {`{"pages":"page","size":"per","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part((number(r, "page")-1)*number(r, "per"), 10) + `]}`)
		}, 4},
		"short pages": {`{"pages":"page","by":10,"short":true,"first":0}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "page")*10, 10) + `]}`)
		}, 3},
		"pages at once": {`{"pages":"page","by":2,"atOnce":5}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part((number(r, "page")-1)*2, 2) + `]}`)
		}, 16},
		"offset": {`{"offset":"start","size":"limit","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start"), number(r, "limit")) + `]}`)
		}, 4},
		"offset from one": {`{"offset":"start","by":10,"first":1}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start")-1, 10) + `]}`)
		}, 4},
		"a target that gives less than asked for": {`{"offset":"start","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start"), 7) + `]}`)
		}, 5},
		"the same at once": {`{"offset":"start","by":10,"atOnce":4}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start"), 7) + `]}`)
		}, 1 + 4*4},
		"cursor": {`{"cursor":"c","from":"meta.next"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			offset := number(r, "c")
			next := map[bool]string{true: `null`, false: fmt.Sprintf(`"%d"`, offset+10)}[offset == 20]
			return ok(`{"rows":[` + part(offset, 10) + `],"meta":{"next":` + next + `}}`)
		}, 3},
		"cursor in a header": {`{"cursor":"c","fromHeader":"X-Next"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			a := ok(`{"rows":[` + part(number(r, "c"), 10) + `]}`)
			if number(r, "c") < 20 {
				a.Headers = append(a.Headers, abi.Field{Name: "x-next", Value: strconv.Itoa(number(r, "c") + 10)})
			}
			return a
		}, 3},
		"link":           {`{"link":true}`, func(r *abi.HTTPRequest) abi.HTTPAnswer { return link(r, "https://app.example/v4/users") }, 3},
		"link, relative": {`{"link":true}`, func(r *abi.HTTPRequest) abi.HTTPAnswer { return link(r, "/v4/users") }, 3},
		"next": {`{"next":"links.next"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			offset := number(r, "o")
			next := map[bool]string{true: `""`, false: fmt.Sprintf(`"https://app.example/v4/users?o=%d"`, offset+10)}[offset == 20]
			return ok(`{"rows":[` + part(offset, 10) + `],"links":{"next":` + next + `}}`)
		}, 3},
		"last key": {`{"lastKey":"id_after","field":"id"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "id_after"), 10) + `]}`)
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paging := `,"paging":` + test.paging
			if test.paging == "{}" {
				paging = ""
			}
			app := &target{answer: test.answer}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows"`+paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, lines(25))
			if len(app.asked) != test.requests {
				t.Errorf("asked %d times, want %d: %q", len(app.asked), test.requests, app.asked)
			}
		})
	}
}

func TestLinkKeepsTheQuery(t *testing.T) {
	t.Parallel()
	app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
		a := ok(`[` + users(number(r, "o")+1, 1) + `]`)
		if query(r, "o") == "" {
			a.Headers = append(a.Headers, abi.Field{Name: "Link", Value: `<https://app.example/base/users?o=1&q=a%20b%2Bc+d&e>; title="a,<b>"; rel=next`})
		}
		return a
	}}
	c, _ := connect(parse(t, `{"import":{"request":{"path":"/users","query":{"active":true}},"rows":".","paging":{"link":true,"size":"limit","by":200}}}`), app)
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, lines(2))
	wantLines(t, app.asked, []string{"GET /users?active=true&limit=200", "GET /users?o=1&q=a+b%2Bc+d&e="})
}

// A URL that names a host has the host compare it, unless the recipe follows any.
func TestLinksSayWhereTheyLead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ paging, url, origin string }{
		"a whole URL":             {`{"link":true}`, "https://app.example:8443/v4/users?o=1", "https://app.example:8443"},
		"no scheme":               {`{"link":true}`, "//app.example/users?o=1", "//app.example"},
		"a user's name":           {`{"link":true}`, "https://me@app.example/users?o=1", "https://me@app.example"},
		"a path":                  {`{"link":true}`, "/v4/users?o=1", ""},
		"a path with a URL in it": {`{"link":true}`, "/v4/a://b/users?o=1", ""},
		"a query with one":        {`{"link":true}`, "/users?o=1&back=https://other.example/", ""},
		"a query alone":           {`{"link":true}`, "?o=1", ""},
		"any host":                {`{"link":true,"anyHost":true}`, "https://inner.example/users?o=1", ""},
		"in the answer":           {`{"next":"n"}`, "HTTPS://app.example/users?o=1", "HTTPS://app.example"},
		"any host in the answer":  {`{"next":"n","anyHost":true}`, "http://inner.example/users?o=1", ""},
		"a host that is long":     {`{"link":true}`, "//" + strings.Repeat("a", abi.MaxNameBytes-2) + "/users?o=1", "//" + strings.Repeat("a", abi.MaxNameBytes-2)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if query(r, "o") != "" {
					return ok(`{"rows":[` + users(2, 1) + `]}`)
				}
				a := ok(`{"rows":[` + users(1, 1) + `],"n":"` + test.url + `"}`)
				a.Headers = append(a.Headers, abi.Field{Name: "Link", Value: "<" + test.url + `>; rel="next"`})
				return a
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","paging":`+test.paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, lines(2))
			if first, next := &app.all[0], &app.all[1]; first.Origin != "" || next.Origin != test.origin || next.Path != "/users" {
				t.Errorf("asked for %s from %q, want %q", next.Path, next.Origin, test.origin)
			}
		})
	}
}

// What a target does that does not page as the recipe says must never look like a
// list that ended.
func TestPagingThatGoesWrong(t *testing.T) {
	t.Parallel()
	same := func(more string) func(*abi.HTTPRequest) abi.HTTPAnswer {
		return func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"rows":[` + users(1, 3) + `]` + more + `}`) }
	}
	fresh := func(more string) func(*abi.HTTPRequest) abi.HTTPAnswer {
		n := 0
		return func(*abi.HTTPRequest) abi.HTTPAnswer {
			n++
			return ok(`{"rows":[` + users(n, 1) + `]` + more + `}`)
		}
	}
	linked := func(url string) func(*abi.HTTPRequest) abi.HTTPAnswer {
		return func(*abi.HTTPRequest) abi.HTTPAnswer {
			a := ok(`{"rows":[` + users(1, 3) + `]}`)
			a.Headers = []abi.Field{{Name: "Link", Value: "<" + url + `>; rel="next"`}}
			return a
		}
	}
	for name, test := range map[string]struct {
		list   string
		answer func(*abi.HTTPRequest) abi.HTTPAnswer
		word   string
	}{
		"the page is ignored":         {`"paging":{"pages":"page","by":3}`, same(""), "begins with the same row"},
		"the offset is ignored":       {`"paging":{"offset":"o","by":3}`, same(""), "begins with the same row"},
		"the cursor stays":            {`"paging":{"cursor":"c","from":"n"}`, fresh(`,"n":"x"`), "read before"},
		"the URL stays":               {`"paging":{"next":"n"}`, fresh(`,"n":"/users?a=1"`), "read before"},
		"the key stays":               {`"paging":{"lastKey":"k","field":"id"}`, same(""), "same row"},
		"a row without the key":       {`"paging":{"lastKey":"k","field":"other"}`, same(""), "has no other"},
		"the URL leads elsewhere":     {`"paging":{"link":true}`, linked("https://app.example/admins?page=2"), "another path"},
		"the URL is no whole one":     {`"paging":{"link":true}`, linked("users?page=2"), "neither a whole URL"},
		"the URL has a broken query":  {`"paging":{"link":true}`, linked("/users?a=%G1"), "cannot be read"},
		"the URL's host is too long":  {`"paging":{"link":true}`, linked("//" + strings.Repeat("a", abi.MaxNameBytes-1) + "/users?a=1"), "too long"},
		"fewer rows than told":        {`"total":"n"`, same(`,"n":4`), "there are 4 rows, and 3 came"},
		"no number of rows":           {`"total":"n"`, same(``), "no number of all rows"},
		"cut short":                   {`"incomplete":{"truncated":"true"}`, same(`,"truncated":true`), "cut short"},
		"an error document with rows": {`"onError":[{"status":"2xx","value":"error","present":true,"then":"ServerDown","message":"error.text"}]`, same(`,"error":{"text":"busy"}`), "busy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows",`+test.list+`}}`), &target{answer: test.answer})
			_, _, err := imported(t, c, abi.Full, "")
			code := abi.UnexpectedData
			if name == "an error document with rows" {
				code = abi.ServerDown
			}
			wantError(t, err, code, test.word)
		})
	}
}

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
		"a message alone":        {"", []string{two, `{"message":"no more"}`}, 2},
		"a code of success":      {"", []string{two, `{"message":"fine","code":200}`}, 2},
		"a code in words":        {"", []string{two, `{"message":"fine","code":"OK"}`}, 2},
		"no error":               {"", []string{two, `{"error":false,"errors":[]}`}, 2},
		"an error beside rows":   {"", []string{`{"rows":[` + users(1, 2) + `],"error":"old"}`, `{}`}, 2},
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
		`{"rows":[],"ok":null,"success":0,"status":null}`:                false,
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
	app = &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"rows":[],"n":0,"error":"old"}`) }}
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","total":"n"}}`), app)
	if have, _, err := imported(t, c, abi.Full, ""); err != nil || len(have) != 0 {
		t.Errorf("with a total: have %q and %v", have, err)
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
}

// The header Link is read in all its spellings, or the import fails.
func TestLinkHeaders(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		links []string
		pages int // 0: an error
	}{
		"as usual":                {[]string{`<https://app.example/users?o=1>; rel="next"`}, 2},
		"single quotes":           {[]string{`<https://app.example/users?o=1>; rel='next'`}, 2},
		"a comma in single ones":  {[]string{`</users?o=1>; title='a, b'; rel='next'`}, 2},
		"no quotes":               {[]string{`<https://app.example/users?o=1>;rel=next`}, 2},
		"among others":            {[]string{`</users?o=9>; rel="last"; title="a, <b>; rel=next", </users?o=1>; rel='prev next'`}, 2},
		"an apostrophe":           {[]string{`</users?o=9>; title="it's"; rel=last,</users?o=1>;rel="next"`}, 2},
		"a comma in it":           {[]string{`</users?o=1&f=a,b;c>; rel="next"`}, 2},
		"in another header":       {[]string{`</users?o=9>; rel="last"`, `</users?o=1>; rel="next"`}, 2},
		"none":                    {nil, 1},
		"an empty one":            {[]string{` , `}, 1},
		"no next one":             {[]string{`</users?o=9>; rel="last",`, `</x>`}, 1},
		"no end of the URL":       {[]string{`<https://app.example/users?o=1; rel="next"`}, 0},
		"no end, another behind":  {[]string{`</users?o=1; rel="next", </users?o=9>; rel="last"`}, 0},
		"no beginning of it":      {[]string{`/users?o=1; rel="next"`}, 0},
		"quotes that do not end":  {[]string{`</users?o=1>; rel="next`}, 0},
		"another sign behind it":  {[]string{`</users?o=1> rel="next"`}, 0},
		"a blank in it":           {[]string{`</users?q=a b>; rel="next"`}, 0},
		"broken, beside the last": {[]string{`</users?o=9>; rel="last"`, `users?o=1; rel=next`}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if query(r, "o") != "" {
					return ok(`[` + users(2, 1) + `]`)
				}
				a := ok(`[` + users(1, 1) + `]`)
				for _, link := range test.links {
					a.Headers = append(a.Headers, abi.Field{Name: "link", Value: link})
				}
				return a
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","paging":{"link":true}}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.pages == 0 {
				wantError(t, err, abi.UnexpectedData, "GET /users (page 1): the header Link")
			} else if err != nil || len(have) != test.pages {
				t.Errorf("have %q and %v, want %d users", have, err, test.pages)
			}
		})
	}
}

// A part of a list is none that a recipe without paging reads.
func TestPartsOfAList(t *testing.T) {
	t.Parallel()
	const pages = `,"paging":{"pages":"page","by":3}`
	for name, test := range map[string]struct {
		paging string
		status int
		header abi.Field
		word   string // of the error, if there is one
	}{
		"a list":                        {"", 200, abi.Field{}, ""},
		"206":                           {"", 206, abi.Field{}, "206, a part of the list"},
		"206, paged":                    {pages, 206, abi.Field{}, ""},
		"206 of all":                    {"", 206, abi.Field{Name: "Content-Range", Value: "users 0-2/3"}, ""},
		"206 of some":                   {"", 206, abi.Field{Name: "Content-Range", Value: "users 0-2/4"}, "206, a part of the list"},
		"206 from later on":             {"", 206, abi.Field{Name: "Content-Range", Value: "users 1-3/4"}, "206, a part of the list"},
		"206 of who knows how many":     {"", 206, abi.Field{Name: "Content-Range", Value: "users 0-2/*"}, "206, a part of the list"},
		"206 of bytes":                  {"", 206, abi.Field{Name: "Content-Range", Value: "bytes 0-2/3"}, "206, a part of the list"},
		"more by a header, paged":       {pages, 206, abi.Field{Name: "content-range", Value: "users 0-2/4"}, "there are 4 rows by Content-Range, and 3 came"},
		"more by a header, 200":         {"", 200, abi.Field{Name: "Content-Range", Value: "users 0-2/4"}, "there are 4 rows by Content-Range"},
		"as many by a header, paged":    {pages, 206, abi.Field{Name: "Content-Range", Value: "users 0-2/3"}, ""},
		"a number that is not known":    {pages, 206, abi.Field{Name: "Content-Range", Value: "users 0-2/*"}, ""},
		"a next page":                   {"", 200, abi.Field{Name: "Link", Value: `</users?page=2>; rel="next"`}, "write paging: {link: true}"},
		"a next page, paged by numbers": {pages, 200, abi.Field{Name: "Link", Value: `</users?page=2>; rel="next"`}, ""},
		"another link":                  {"", 200, abi.Field{Name: "Link", Value: `</style.css>; rel=preload`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				a := abi.HTTPAnswer{Status: test.status, Body: `[` + users(1, 3) + `]`, Headers: []abi.Field{test.header}}
				if number(r, "page") > 1 {
					a = ok(`[]`)
				}
				return a
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."`+test.paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil || len(have) != 3 {
				t.Errorf("have %q and %v", have, err)
			}
		})
	}
}

// A list goes on while the target says so, and as long: over empty pages, and with no
// request behind the last.
func TestPagingByAWord(t *testing.T) {
	t.Parallel()
	page := func(rows, more string) string { return `{"rows":[` + rows + `],"meta":{` + more + `}}` }
	three := []string{page(users(1, 2), `"more":true,"next":"2"`), page("", `"more":true,"next":"3"`), page(users(3, 1), `"more":false,"next":"4"`)}
	for name, test := range map[string]struct {
		paging string
		pages  []string
		asked  int // 0: an error
		word   string
	}{
		"pages":             {`{"pages":"p","while":"meta.more"}`, three, 3, ""},
		"pages at once":     {`{"pages":"p","while":"meta.more","atOnce":2}`, three, 3, ""},
		"an offset":         {`{"offset":"o","first":0,"while":"meta.more"}`, []string{page(users(1, 2), `"more":1`), page(users(3, 1), `"more":0`)}, 2, ""},
		"a cursor":          {`{"cursor":"p","from":"meta.next","while":"meta.more"}`, three, 3, ""},
		"a last key":        {`{"lastKey":"p","field":"id","while":"meta.more"}`, []string{page(users(1, 2), `"more":"true"`), page(users(3, 1), `"more":"false"`)}, 2, ""},
		"the first alone":   {`{"pages":"p","while":"meta.more"}`, []string{page(users(1, 3), `"more":false`)}, 1, ""},
		"no word":           {`{"pages":"p","while":"meta.more"}`, []string{page(users(1, 3), `"next":"2"`)}, 0, "there is no meta.more"},
		"null":              {`{"pages":"p","while":"meta.more"}`, []string{page(users(1, 3), `"more":null`)}, 0, "there is no meta.more"},
		"no cursor":         {`{"cursor":"p","from":"meta.next","while":"meta.more"}`, []string{page(users(1, 3), `"more":true`)}, 0, "there is no next cursor"},
		"over, with a page": {`{"pages":"p","while":"meta.more","atOnce":2}`, []string{three[0], page("", `"more":false`), three[2]}, 0, "page 3, asked for side by side, has rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				n := max(number(r, "p"), 1)
				if query(r, "o") > "0" || strings.Contains(test.paging, "lastKey") && query(r, "p") != "" {
					n = 2
				}
				return ok(test.pages[min(n, len(test.pages))-1])
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","paging":`+test.paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.asked == 0 {
				wantError(t, err, abi.UnexpectedData, test.word)
				return
			}
			if err != nil || len(app.asked) != test.asked {
				t.Errorf("have %v and %q, want %d requests", err, app.asked, test.asked)
			}
			wantLines(t, have, lines(3))
		})
	}
}

// A target may hand out its last page for every number behind it: where all rows came,
// that is the end.
func TestTargetsThatRepeatTheirLastPage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		paging, total string
		word          string // of the error, if there is one
	}{
		"all came":   {`{"pages":"p","by":2}`, "3", ""},
		"at once":    {`{"pages":"p","by":2,"atOnce":4}`, "3", ""},
		"not all":    {`{"pages":"p","by":2}`, "4", "begins with the same row"},
		"an offset":  {`{"offset":"o","by":2}`, "3", ""},
		"all and on": {`{"pages":"p","by":2}`, "2", "begins with the same row"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				rows := users(1, 2)
				if number(r, "p") > 1 || number(r, "o") > 1 {
					rows = users(3, 1)
				}
				return ok(`{"rows":[` + rows + `],"n":` + test.total + `}`)
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","total":"n","paging":`+test.paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, lines(3))
		})
	}
}

// A number of all rows in a header is compared as one in the answer is.
func TestTotalInAHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		totals []string // of each page
		word   string
	}{
		"as many":             {[]string{"25", "25", "25"}, ""},
		"more came":           {[]string{"20", "20", "20"}, "there are 20 rows, and 25 came"},
		"blanks":              {[]string{" 25 ", "25", "25"}, ""},
		"on the first page":   {[]string{"25", "", ""}, ""},
		"fewer":               {[]string{"26", "26", "26"}, "there are 26 rows, and 25 came"},
		"one more on the way": {[]string{"25", "25", "26"}, "there were 25 rows, and now there are 26"},
		"one less on the way": {[]string{"25", "24", "24"}, "there were 25 rows, and now there are 24"},
		"no header":           {[]string{"", "25", "25"}, "there is no number of all rows in the header X-Total"},
		"no number":           {[]string{"many", "", ""}, "in the header X-Total"},
		"below none":          {[]string{"-1", "", ""}, "in the header X-Total"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				page := number(r, "page")
				a := ok(`[` + part((page-1)*10, 10) + `]`)
				if total := test.totals[page-1]; total != "" {
					a.Headers = append(a.Headers, abi.Field{Name: "x-total", Value: total})
				}
				return a
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","total":{"header":"X-Total"},"paging":{"pages":"page","by":10,"short":true}}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, lines(25))
		})
	}
}

// A row that came twice makes up for none that did not come.
func TestTotalAndRowsThatMove(t *testing.T) {
	t.Parallel()
	const lookups = `,"lookups":{"n":{"request":"/names","rows":"rows","key":"id","value":"name","total":"n","paging":{"offset":"o","by":5}}}`
	for name, test := range map[string]struct {
		pages      []string
		attributes string
		more       string
		word       string
	}{
		"all":                    {[]string{users(1, 5), users(6, 5)}, "", "", ""},
		"moved":                  {[]string{users(1, 5), users(4, 5)}, "", "", "there are 10 rows, and 10 came, of which 8 are different"},
		"moved, and changed":     {[]string{users(1, 5), `{"id":"5","name":"other"},` + users(6, 4)}, "", "", "of which 9 are different"},
		"more, and all":          {[]string{users(1, 5), users(4, 7)}, "", "", ""},
		"anchors of a template":  {[]string{users(1, 5), users(4, 5)}, `{"id":{"template":"{row.id}"},"name":{}}`, "", "of which 8 are different"},
		"all, of a template":     {[]string{users(1, 5), users(6, 5)}, `{"id":{"template":"{row.id}"},"name":{}}`, "", ""},
		"rows that are left out": {[]string{users(1, 5), users(4, 5)}, "", `,"only":{"name":["u1"]}`, "of which 8 are different"},
		"a lookup":               {[]string{users(1, 5), users(4, 5)}, `{"id":{"access":"read"},"name":{"access":"read","convert":{"lookup":"n"}}}`, "", "GET /names?o=10 (page 3): there are 10 rows, and 10 came, of which 8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if i := number(r, "o") / 5; i < len(test.pages) {
					return ok(`{"rows":[` + test.pages[i] + `],"n":10}`)
				}
				return ok(`{"rows":[],"n":10}`)
			}}
			attributes := test.attributes
			if attributes == "" {
				attributes = `{"id":{"access":"read"},"name":{}}`
			}
			more := ""
			if strings.Contains(attributes, "lookup") {
				more = lookups
			}
			c, _ := connect(parse(t, `{"attributes":`+attributes+`,"import":{"request":"/users","rows":"rows","total":"n","paging":{"offset":"o","by":5}`+test.more+`}`+more+`}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if test.word == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if wantError(t, err, abi.UnexpectedData, test.word); !abi.AsError(err).Retryable {
				t.Error("the error does not say that another try may succeed")
			}
		})
	}
}

// Rows without an anchor, which are left out, are told apart by all they have; those of
// several lists in one answer are all counted.
func TestTotalOfRowsWithoutAnAnchor(t *testing.T) {
	t.Parallel()
	const lookups = `{"n":{"request":"/rows","rows":"rows","key":"id","value":"name","total":"n","skip":{"type":"bot"}}}`
	for name, test := range map[string]struct {
		list, answer string
		word         string
	}{
		"bots":             {`"skip":{"type":"bot"}`, `"rows":[{"id":1},{"uid":"x","type":"bot"},{"id":null,"uid":"y","type":"bot"}],"n":3`, ""},
		"not kept":         {`"only":{"type":"human"}`, `"rows":[{"id":1,"type":"human"},{"uid":"x"},{"uid":"y"}],"n":3`, ""},
		"the same twice":   {`"skip":{"type":"bot"}`, `"rows":[{"id":1},{"uid":"x","type":"bot"},{"uid":"x","type":"bot"}],"n":3`, "of which 2 are different"},
		"lists that share": {`"rows":["rows","more"]`, `"rows":[{"id":1},{"id":2}],"more":[{"id":2},{"id":3}],"n":4`, ""},
		"and lack one":     {`"rows":["rows","more"]`, `"rows":[{"id":1},{"id":2}],"more":[{"id":2}],"n":4`, "there are 4 rows, and 3 came"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{` + test.answer + `}`) }}
			rows := `"rows":"rows",`
			if strings.Contains(test.list, "rows") {
				rows = ""
			}
			recipes := []string{`{"import":{"request":"/users","total":"n",` + rows + test.list + `}}`}
			if name == "bots" {
				recipes = append(recipes, `{"attributes":{"id":{"access":"read"},"name":{"access":"read","convert":{"lookup":"n"}}},
					"import":{"request":"/users","rows":"rows","skip":{"type":"bot"}},"lookups":`+lookups+`}`)
			}
			for _, text := range recipes {
				c, _ := connect(parse(t, text), app)
				_, _, err := imported(t, c, abi.Full, "")
				if test.word != "" {
					wantError(t, err, abi.UnexpectedData, test.word)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// Pages that were asked for side by side are looked at before one ends the list.
func TestHolesBetweenPagesAtOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		paging string
		pages  []string
		word   string
	}{
		"an empty one in the middle": {`{"pages":"p","by":3,"atOnce":4}`, []string{users(1, 3), "", users(4, 3)}, "page 3, asked for side by side, has rows"},
		"a short one in the middle":  {`{"pages":"p","by":3,"short":true,"atOnce":4}`, []string{users(1, 3), users(4, 2), users(6, 3)}, "page 3, asked for side by side, has rows"},
		"empty ones at the end":      {`{"pages":"p","by":3,"atOnce":4}`, []string{users(1, 3), users(4, 3)}, ""},
		"an offset":                  {`{"offset":"o","by":3,"atOnce":4}`, []string{users(1, 3), "", users(4, 3)}, "page 3, asked for side by side, has rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				i := number(r, "o")/3 + max(number(r, "p")-1, 0)
				if i < len(test.pages) {
					return ok(`[` + test.pages[i] + `]`)
				}
				return ok(`[]`)
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","paging":`+test.paging+`}}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTotalThatIsKept(t *testing.T) {
	t.Parallel()
	app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
		return ok(`{"rows":[` + part((number(r, "page")-1)*10, 10) + `],"n":25}`)
	}}
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","total":"n","paging":{"pages":"page","by":10,"short":true}}}`), app)
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, lines(25))
}

// A target that always names another page is not followed for ever, and less so over
// empty ones.
func TestPagesWithoutAnEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		full  int // every so many pages there is a row; 0: never
		asked int
		word  string
	}{
		"empty ones":     {0, 1_001, "more than 1000 pages in a row are empty"},
		"as many, a row": {1_001, 100_001, "more than 100000 pages"},
		"one too many":   {1_002, 2*1_002 - 1, "more than 1000 pages in a row are empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
				n++
				row := ""
				if test.full > 0 && n%test.full == 0 || n == 1 && test.full > 0 {
					row = fmt.Sprintf(`["%d",null]`, n)
				}
				return abi.HTTPAnswer{Status: 200, Wanted: fmt.Sprintf(`{"values":["%d"],"rows":[%s]}`, n, row)}
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","paging":{"cursor":"c","from":"n"}}}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if wantError(t, err, abi.UnexpectedData, test.word); n != test.asked {
				t.Errorf("asked %d times, want %d", n, test.asked)
			}
		})
	}
}

// One call reads few pages that bring nothing, for its time is bounded: the others
// follow in the next ones.
func TestPagesThatBringNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list, rows string // of each page but the last
		lookup     int    // pages of the lookup
		calls      []int  // pages asked for by each call
	}{
		"empty":           {"", "", 0, []int{8, 8, 4}},
		"left out":        {`"skip":{"name":"bot"},`, `{"id":"%d","name":"bot"}`, 0, []int{8, 8, 4}},
		"lookups":         {"", `{"id":"%d"}`, 9, []int{8, 2}},
		"lookups, exact":  {"", `{"id":"%d"}`, 8, []int{9}},
		"lookups, longer": {"", `{"id":"%d"}`, 30, []int{8, 8, 8, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, rows := 0, 0
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				asked++
				n := number(r, "c") + 1
				if r.Path == "/names" {
					return ok(fmt.Sprintf(`{"rows":[{"id":"%d","name":"x"}],"more":%v,"n":"%d"}`, n, n < test.lookup, n))
				}
				row := test.rows
				if strings.Contains(row, "%d") {
					row = fmt.Sprintf(row, n)
				}
				if n == 20 {
					row = `{"id":"20"}`
				}
				return ok(fmt.Sprintf(`{"rows":[%s],"more":%v,"n":"%d"}`, row, n < 20, n))
			}}
			const paging = `"paging":{"cursor":"c","from":"n","while":"more"}`
			convert, lookups := "", ""
			if test.lookup > 0 {
				convert = `"access":"read","convert":{"lookup":"names"}`
				lookups = `,"lookups":{"names":{"request":"/names","rows":"rows","key":"id","value":"name",` + paging + `}}`
			}
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{`+convert+`}},
				"import":{"request":"/users","rows":"rows",`+test.list+paging+`}`+lookups+`}`), app)
			session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schemaOf(t, c)})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range test.calls {
				before := asked
				page, err := session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: 1000})
				if err != nil {
					t.Fatal(err)
				}
				if rows = len(page.Entries); asked-before != want || page.MoreToImport != (i < len(test.calls)-1 || test.lookup > 0) {
					t.Errorf("call %d asked for %d pages, want %d; more to import: %v", i+1, asked-before, want, page.MoreToImport)
				}
			}
			if rows != 1 {
				t.Errorf("the last call brought %d entries", rows)
			}
		})
	}
}
