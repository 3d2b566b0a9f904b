package recipe_test

import (
	"os"
	"testing"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

func everything(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/everything.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestParse(t *testing.T) {
	t.Parallel()
	r, problems := recipe.Parse(everything(t))
	for _, p := range problems {
		t.Error(p)
	}
	if r == nil {
		t.Fatal("no recipe")
	}
}
