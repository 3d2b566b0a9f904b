package wasmbuild_test

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

const module = "github.com/ecmabox/ecmabox"

// TestFillCompileCache prepares and compiles every connector of the checkout into
// the cache that all tests share, with the settings they have by default. CI runs it
// before the race tests, since both take ten times as long under the race detector.
func TestFillCompileCache(t *testing.T) {
	t.Parallel()
	needGo(t)
	dir, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	found := connectors(t)
	if len(found) == 0 {
		t.Fatal("no connector found: this test looks in the wrong place")
	}
	for _, pkg := range found {
		t.Run(path.Base(pkg), func(t *testing.T) {
			built, err := wasmbuild.Build(t.Context(), pkg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rt.Load(t.Context(), built, &guesttest.Host{}, contract.Promise{}); err != nil {
				t.Error(err)
			}
		})
	}
	if err := rt.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, kind := range []string{"compiled", "prepared"} {
		entries, err := filepath.Glob(filepath.Join(dir, "*."+kind))
		if err != nil || len(entries) < len(found) {
			t.Errorf("have %d %s modules in %s and error %v, want one for each of %d connectors", len(entries), kind, dir, err, len(found))
		}
	}
}

// apart is a connector that is too large to be compiled in the process itself, and is
// there to show it.
const apart = "runtime/testdata/hugeguest"

// connectors finds the programs of this module that import the Go binding, but for
// its commands, which may use a part of it and are no guests, and apart.
func connectors(t *testing.T) (found []string) {
	t.Helper()
	err := filepath.WalkDir(root(t), func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != root(t) && (entry.Name() == ".git" || entry.Name() == ".cache" || isModule(file) ||
			file == filepath.Join(root(t), "cmd") || file == filepath.Join(root(t), filepath.FromSlash(apart))):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(file, ".go") || !isConnector(file):
			return nil
		}
		rel, err := filepath.Rel(root(t), filepath.Dir(file))
		found = append(found, module+"/"+filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Compact(found)
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return !errors.Is(err, fs.ErrNotExist)
}

func isConnector(file string) bool {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil || parsed.Name.Name != "main" {
		return false
	}
	for _, spec := range parsed.Imports {
		if spec.Path.Value == `"`+module+`/abi/guest"` {
			return true
		}
	}
	return false
}
