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

// A number of all rows in a header is compared as one in the answer is.
func TestTotalInAHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		totals []string // of each page
		word   string
	}{
		"as many":           {[]string{"25", "25", "25"}, ""},
		"more came":         {[]string{"20", "20", "20"}, ""},
		"blanks":            {[]string{" 25 ", "25", "25"}, ""},
		"on the first page": {[]string{"25", "", ""}, ""},
		"fewer":             {[]string{"25", "25", "26"}, "there are 26 rows, and 25 came"},
		"no header":         {[]string{"", "25", "25"}, "there is no number of all rows in the header X-Total"},
		"no number":         {[]string{"many", "", ""}, "in the header X-Total"},
		"below none":        {[]string{"-1", "", ""}, "in the header X-Total"},
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

// A target that always names another page is not followed for ever.
func TestPagesWithoutAnEnd(t *testing.T) {
	t.Parallel()
	n := 0
	app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
		n++
		return abi.HTTPAnswer{Status: 200, Wanted: fmt.Sprintf(`{"values":["%d"],"rows":[]}`, n)}
	}}
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","paging":{"cursor":"c","from":"n"}}}`), app)
	_, _, err := imported(t, c, abi.Full, "")
	if wantError(t, err, abi.UnexpectedData, "more than 100000 pages"); n != 100_001 {
		t.Errorf("asked %d times", n)
	}
}
