package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	module = "github.com/ecmabox/ecmabox"
	root   = "../.."
)

// pkg is what go list says of one package.
type pkg struct {
	ImportPath, Name, Dir              string
	Standard                           bool
	Module                             *struct{ Path string }
	Imports, TestImports, XTestImports []string
	Deps                               []string
	Error                              *struct{ Err string }
}

// ours says whether the package belongs to this module.
func (p *pkg) ours() bool { return p.Module != nil && p.Module.Path == module }

// room is the package's path inside this module.
func (p *pkg) room() string { return inside(p.ImportPath) }

// all are the package's imports, those of its tests included.
func (p *pkg) all() []string { return slices.Concat(p.Imports, p.TestImports, p.XTestImports) }

// inside cuts the module's path off an import path; "." is the module's root, and
// a path of another module stays whole.
func inside(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// build is a platform whose files are looked at. Three of them see every file:
// build tags hide the rest from each single one.
type build struct {
	name, goos, goarch string
	patterns           []string
}

var builds = []build{
	{"linux", "linux", "amd64", []string{"./..."}},
	{"windows", "windows", "amd64", []string{"./..."}},
	// Only these are made for guests; the rest need not even compile there.
	{"wasip1", "wasip1", "wasm", []string{"./abi/...", "./connectors-wasm/..."}},
}

// listed is what go list said, per build, by import path.
var listed = sync.OnceValues(func() (map[string]map[string]*pkg, error) {
	all := make(map[string]map[string]*pkg)
	for _, b := range builds {
		packages, err := list(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.name, err)
		}
		all[b.name] = packages
	}
	return all, nil
})

func list(b build) (map[string]*pkg, error) {
	cmd := exec.Command("go", append([]string{"list", "-e", "-deps", "-json"}, b.patterns...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+b.goos, "GOARCH="+b.goarch, "GOFLAGS=", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, &stderr)
	}
	packages := make(map[string]*pkg)
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, fmt.Errorf("go list: %w", err)
		}
		packages[p.ImportPath] = &p
	}
}

// packages returns one build's packages.
func packages(t *testing.T, build string) map[string]*pkg {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all[build]) == 0 {
		t.Fatalf("go list names no package for %s", build)
	}
	return all[build]
}

// exists says whether a room is there: a folder with Go files in or below it.
func exists(t *testing.T, room string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(filepath.Join(root, room), func(path string, entry os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return filepath.SkipAll
		}
		if err == nil && strings.HasSuffix(path, ".go") {
			found = true
			return filepath.SkipAll
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
