package recipe_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// BenchmarkParse reads a recipe that has everything, as every run of the connector
// does once.
func BenchmarkParse(b *testing.B) {
	json := everything(b)
	b.SetBytes(int64(len(json)))
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := recipe.Parse(json); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
