package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

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

// The pages behind the first are at the path of the list, or below it, wherever the page
// before was; a path that does not begin at the root is that of the page before, resolved.
func TestNextPagesGoOnWithTheList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list string
		urls []string
		asks []string // the paths behind the first
		word string
	}{
		"below it":                  {"/query", []string{"/data/v60.0/query/01g-2", "/data/v60.0/query/01g-4"}, []string{"/query/01g-2", "/query/01g-4"}, ""},
		"below it, and back":        {"/query", []string{"/query/01g-2", "/query?o=4"}, []string{"/query/01g-2", "/query?o=4"}, ""},
		"below one with a slash":    {"/query/", []string{"/v1/query/2", "/v1/query/?o=3"}, []string{"/query/2", "/query/?o=3"}, ""},
		"a query alone":             {"/query", []string{"/query/01g-2", "?o=4"}, []string{"/query/01g-2", "/query/01g-2?o=4"}, ""},
		"relative":                  {"/v1/users", []string{"users?page=2", "./users?page=3"}, []string{"/v1/users?page=2", "/v1/users?page=3"}, ""},
		"relative, by the parent":   {"/v1/users", []string{"../v1/users?page=2"}, []string{"/v1/users?page=2"}, ""},
		"relative, below":           {"/users", []string{"users/2", "3", "./"}, []string{"/users/2", "/users/3", "/users/"}, ""},
		"relative, behind a slash":  {"/users/", []string{"2", "."}, []string{"/users/2", "/users/"}, ""},
		"relative, above the base":  {"/v1/users", []string{"../../v1/users?page=2"}, nil, "another path than /v1/users"},
		"relative, another":         {"/v1/users", []string{"groups?page=2"}, nil, "another path than /v1/users"},
		"relative, out of the list": {"/query", []string{"/query/01g-2", "../admins"}, []string{"/query/01g-2"}, "another path than /query"},
		"another behind the second": {"/query", []string{"/query/01g-2", "/admins/01g-2"}, []string{"/query/01g-2"}, "another path than /query"},
		"a name that begins so":     {"/query", []string{"/queryAll?o=2"}, nil, "another path than /query"},
		"relative to the base":      {"", []string{"users?page=2"}, nil, "another path"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
				next := ""
				if n < len(test.urls) {
					next = `,"n":"` + test.urls[n] + `"`
				}
				n++
				return ok(`{"rows":[` + users(n, 1) + `]` + next + `}`)
			}}
			c, _ := connect(parse(t, `{"import":{"request":"GET `+test.list+`","rows":"rows","paging":{"next":"n"}}}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil {
				t.Error(err)
			}
			want := []string{"GET " + test.list}
			for _, path := range test.asks {
				want = append(want, "GET "+path)
			}
			wantLines(t, app.asked, want)
		})
	}
}
