package recipe_test

import (
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// TestOverwrites: the author of a create that begins with a PUT is told that it may meet
// somebody, unless a step before it looks, or it asks for new objects alone.
func TestOverwrites(t *testing.T) {
	t.Parallel()
	const (
		put   = `{"request":{"method":"PUT","path":"/users/{anchor}","json":{}}}`
		patch = `{"request":{"method":"PATCH","path":"/users/{anchor}","json":{}}}`
		post  = `{"request":{"method":"POST","path":"/users","json":{}}}`
		if1   = `{"when":{"is":{"id":"1"}},"request":{"method":"PUT","path":"/users/{anchor}","json":{}}}`
		none  = `{"request":{"method":"PUT","path":"/users/{anchor}","headers":{"if-none-match":"*"},"json":{}}}`
		look  = `{"request":"/users/{anchor}","expect":[404],"onError":[{"status":200,"then":"exists"}]}`
		maybe = `{"when":{"is":{"id":"1"}},"request":"/users/{anchor}"}`
		write = `{"request":{"method":"PUT","path":"/users/{anchor}","json":{},"safety":"neither"}}`
		reads = `{"request":{"method":"PUT","path":"/users/{anchor}","json":{},"safety":"safe"}}`
	)
	for name, c := range map[string]struct {
		steps string
		at    []string
	}{
		"PUT":                        {put, []string{"create[0].request"}},
		"PATCH":                      {patch, []string{"create[0].request"}},
		"of another safety":          {write, []string{"create[0].request"}},
		"reads alone":                {reads, nil},
		"POST":                       {post, nil},
		"behind a POST":              {post + "," + put, nil},
		"one of two":                 {if1 + "," + put, []string{"create[0].request", "create[1].request"}},
		"for new objects alone":      {none, nil},
		"and what follows that":      {none + "," + put, nil},
		"behind one that looks":      {look + "," + put, nil},
		"behind one that may look":   {maybe + "," + put, []string{"create[1].request"}},
		"one of two, and the POST":   {if1 + "," + post, []string{"create[0].request"}},
		"behind a POST of two kinds": {`{"when":{"is":{"id":"1"}},"request":{"method":"POST","path":"/users","json":{}}},` + put, nil},
	} {
		var at []string
		for _, p := range recipe.Overwrites(parse(t, with(`,"create":[`+c.steps+`]`))) {
			at = append(at, p.Path)
		}
		if !slices.Equal(at, c.at) {
			t.Errorf("%s: told at %v, want %v", name, at, c.at)
		}
	}
	if all := recipe.Overwrites(parse(t, with(""))); len(all) > 0 {
		t.Errorf("without create: %v", all)
	}
}
