package rest_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestLocations: a Location that names no new object has no anchor in it.
func TestLocations(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"https://app.example/v4/users/7": "7", "/users/7/": "7", "7": "7", "//app.example/users/a%2Fb": "a/b", "/users/7?x=/1": "7", "/users/7#top": "7",
		"/users/z%C3%B6e%20x": "zöe x", "/people/users/7": "7",
		"https://app.example": "", "https://app.example/": "", "//app.example": "", "/": "", "": "", "#7": "",
		"/users": "", "https://app.example/v4/users/": "", "https://app.example/v4/users?page=1": "",
	} {
		app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
			if r.Method == "GET" {
				return ok("[]")
			}
			return abi.HTTPAnswer{Status: 201, Headers: []abi.Field{{Name: "location", Value: location}}}
		}}
		c, host := connect(parse(t, `{"create":[{"request":{"method":"POST","path":"/users","json":{"...":"attributes"}},"capture":{"id":{"header":"Location"}}}]}`), app)
		_, _ = exported(t, c, add(set("name", "zoe")))
		_, results := host.Reported()
		have := ""
		if len(results) == 1 && len(results[0].Anchor) == 1 {
			have = results[0].Anchor[0].Value.Text()
		}
		if have != want || (results[0].Code == abi.ExportSuccess) != (want != "") {
			t.Errorf("%s: have the anchor %q, want %q: %+v", location, have, want, results)
		}
	}
}

// TestLocationBelowTheRoot: what is posted to the base itself makes objects below it.
func TestLocationBelowTheRoot(t *testing.T) {
	t.Parallel()
	app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
		return abi.HTTPAnswer{Status: 201, Headers: []abi.Field{{Name: "Location", Value: "https://app.example/7"}}}
	}}
	c, _ := connect(parse(t, `{"create":[{"request":{"method":"POST","path":"/","json":{"...":"attributes"}},"capture":{"id":{"header":"Location"}}}]}`), app)
	results, err := exported(t, c, add(set("name", "zoe")))
	if err != nil || len(results[0].Anchor) != 1 || results[0].Anchor[0].Value.Text() != "7" {
		t.Errorf("have %+v and %v", results, err)
	}
}

// TestFilterInQuotes: a value with a quote in it stays one value behind the pipe json.
func TestFilterInQuotes(t *testing.T) {
	t.Parallel()
	app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok("") }}
	c, _ := connect(parse(t, `{"update":[{"request":{"method":"POST","path":"/u","query":{"f":"userName eq {attr.name | json}"}}}]}`), app)
	if results, err := exported(t, c, update("7", set("name", `x" or "ö`))); err != nil || results[0].Code != abi.ExportSuccess {
		t.Fatalf("have %+v and %v", results, err)
	}
	if have, want := app.all[0].Query[0].Value, `userName eq "x\" or \"ö"`; have != want {
		t.Errorf("have %s, want %s", have, want)
	}
}
