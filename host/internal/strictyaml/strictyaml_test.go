package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/internal/strictyaml"
)

var kind = strictyaml.Kind{Name: "test", Least: "write something", One: "write one test per file"}

func TestDocument(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	wide := func(n int) string { return "[" + strings.Repeat("a,", n) + "]" }
	for name, test := range map[string]struct{ text, want string }{
		"one":         {"a: b", ""},
		"deep":        {nested(strictyaml.MaxDepth + 1), ""},
		"too deep":    {nested(strictyaml.MaxDepth + 2), "f:1:26: is nested more than 24 deep; no key needs that"},
		"wide":        {wide(strictyaml.MaxNodes - 1), ""},
		"too wide":    {wide(strictyaml.MaxNodes), "f:1:100000: there are more than 50000 values; this is no test"},
		"large":       {"a" + strings.Repeat(" ", strictyaml.MaxBytes-1), ""},
		"too large":   {"a" + strings.Repeat(" ", strictyaml.MaxBytes), "f: is larger than 1048576 bytes; this is no test"},
		"empty":       {"", "f: is empty; write something"},
		"no text":     {"\xff", "f: is no UTF-8 text; name a YAML file, saved as UTF-8"},
		"no YAML":     {"a: b: c", "f: is no YAML: mapping values are not allowed in this context; quote text that holds signs of YAML"},
		"two":         {"a\n---\nb", "f:2:1: a second document begins here; write one test per file"},
		"bad second":  {"a\n---\nb: c: d", "f:3:1: is no YAML: mapping values are not allowed in this context; quote text that holds signs of YAML"},
		"an anchor":   {"a: &secret b", "f:1:4: has an anchor; remove it, or quote text that begins with an ampersand"},
		"an alias":    {"a: *secret", "f: is no YAML: unknown anchor '…' referenced; quote text that holds signs of YAML"},
		"a tag":       {"a: !!str b", "f:1:4: has a tag; remove it, or quote text that begins with an exclamation mark"},
		"two at once": {"a: !!str b\nc: !!str d", "f:1:4: has a tag; remove it, or quote text that begins with an exclamation mark\nf:2:4: has a tag; remove it, or quote text that begins with an exclamation mark"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node, mistakes := strictyaml.Document([]byte(test.text), kind)
			err := &strictyaml.Error{File: "f", Mistakes: strictyaml.Sorted(mistakes)}
			if have := err.Error(); have != test.want || (node == nil) != (test.want != "") {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}

func TestSorted(t *testing.T) {
	t.Parallel()
	var all []strictyaml.Mistake
	for i := range strictyaml.MaxMistakes {
		all = append(all, strictyaml.Mistake{Place: strictyaml.Place{Line: 200 - i, Column: 1}, What: "is wrong"})
	}
	if have := strictyaml.Sorted(all); len(have) != strictyaml.MaxMistakes || have[0].Line != 101 {
		t.Errorf("have %d mistakes, the first in line %d", len(have), have[0].Line)
	}
	all = append(all, strictyaml.Mistake{Place: strictyaml.Place{Line: 101}, What: "is wrong"})
	have := strictyaml.Sorted(all)
	if last := have[len(have)-1]; len(have) != strictyaml.MaxMistakes+1 || have[0].Column != 0 || last.What != "and 1 mistakes more" {
		t.Errorf("have %d mistakes, the last %v", len(have), last)
	}
}
