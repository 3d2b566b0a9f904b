package host_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// openREST opens the connector for REST, in its sandbox, with a recipe and a
// configuration, whose beginning is written already.
func openREST(t *testing.T, recipe, configuration string, o host.Options) (*host.Connector, error) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a connector")
	}
	file := filepath.Join(t.TempDir(), "recipe.yaml")
	if err := os.WriteFile(file, []byte(recipe), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("x.yaml", []byte("connector: x\nrecipe: "+file+"\n"+configuration), nil)
	if err != nil {
		t.Fatal(err)
	}
	if o.CacheDir, err = wasmbuild.CacheDir(); err != nil {
		t.Fatal(err)
	}
	o.RecipeModule = func(ctx context.Context) ([]byte, error) {
		return wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/connectors-wasm/rest/module")
	}
	connector, err := host.Open(t.Context(), c, o)
	if err == nil {
		t.Cleanup(func() {
			if err := connector.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	return connector, err
}
