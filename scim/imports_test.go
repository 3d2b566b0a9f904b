package scim_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A library to pick by itself: scim needs the standard library alone, and its
// backend in memory needs scim besides.
func TestImports(t *testing.T) {
	const own = "github.com/ecmabox/ecmabox/scim"
	for dir, allowed := range map[string]string{".": "", "memory": own} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files, %v", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range parsed.Imports {
				path, _ := strconv.Unquote(i.Path.Value)
				first, _, _ := strings.Cut(path, "/")
				if strings.Contains(first, ".") && path != allowed || path == "reflect" || path == "encoding/json" {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}
