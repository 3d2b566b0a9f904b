package recipe_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/recipe"
)

// TestOdd reads recipes of odd applications, and compares what they need with
// golden files: it is what grants are drafted from.
func TestOdd(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/odd/*.yaml")
	if err != nil || len(names) < 7 {
		t.Fatalf("have %v and %v", names, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			f, err := recipe.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, need := range language.Needs(f.Recipe) {
				write(&b, need)
			}
			golden(t, "odd/"+strings.TrimSuffix(filepath.Base(name), ".yaml")+".needs", b.String())
		})
	}
}

// write writes what is needed as a configuration would.
func write(b *strings.Builder, n language.Need) {
	fmt.Fprintf(b, "%s:\n  methods: %s\n", n.Target, strings.Join(n.Methods, " "))
	for _, p := range n.Paths {
		fmt.Fprintf(b, "  path: %s\n", p)
	}
	if len(n.RequestHeaders) > 0 {
		fmt.Fprintf(b, "  request: %s\n", strings.Join(n.RequestHeaders, " "))
	}
	if len(n.ResponseHeaders) > 0 {
		fmt.Fprintf(b, "  response: %s\n", strings.Join(n.ResponseHeaders, " "))
	}
	for _, s := range n.Slots {
		accepts := "accepts " + strings.Join(s.Accepts, ", ")
		if s.Generate {
			accepts = "generated"
		}
		fmt.Fprintf(b, "  slot: %s%s%s%s on %s %s\n", s.Header, s.Query, s.Pointer, s.Form, strings.Join(s.Paths, ", "), accepts)
	}
	if len(n.Drop)+len(n.Seal) > 0 {
		fmt.Fprintf(b, "  drop: %s\n  seal: %s\n", strings.Join(n.Drop, " "), strings.Join(n.Seal, " "))
	}
}
