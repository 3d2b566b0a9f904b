package wasmbuild_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

const guest = "./testdata/guest"

// needGo skips a test that builds where there is no Go tool. A test binary that
// was carried elsewhere is the only such place.
func needGo(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command:", err)
	}
}

func TestBuild(t *testing.T) {
	t.Parallel()
	needGo(t)
	first, err := wasmbuild.Build(t.Context(), guest)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(first, []byte("\x00asm\x01\x00\x00\x00")) {
		t.Fatalf("have %q…, want a WebAssembly module", first[:min(8, len(first))])
	}
	for _, name := range []string{"_initialize", "answer", "memory"} {
		if !bytes.Contains(first, []byte(name)) {
			t.Errorf("the module does not export %s", name)
		}
	}

	first[0] = 'x'
	second, err := wasmbuild.Build(t.Context(), guest)
	if err != nil {
		t.Fatal(err)
	}
	if second[0] != 0 {
		t.Error("a caller's change of its copy shows in another caller's")
	}
}

// The module's bytes are the key of the compile cache, so two builds by different
// paths of one package have to agree.
func TestBuildIsReproducible(t *testing.T) {
	t.Parallel()
	needGo(t)
	byPath, err := wasmbuild.Build(t.Context(), guest)
	if err != nil {
		t.Fatal(err)
	}
	byImportPath, err := wasmbuild.Build(t.Context(), "github.com/ecmabox/ecmabox/internal/wasmbuild/testdata/guest")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(byPath, byImportPath) {
		t.Errorf("%d and %d bytes that differ, want the same module", len(byPath), len(byImportPath))
	}
}

func TestBuildAtOnce(t *testing.T) {
	t.Parallel()
	needGo(t)
	var wg sync.WaitGroup
	modules := make([][]byte, 8)
	for i := range modules {
		wg.Go(func() { modules[i], _ = wasmbuild.Build(t.Context(), guest) })
	}
	wg.Wait()
	for i, m := range modules {
		if len(m) == 0 || !bytes.Equal(m, modules[0]) {
			t.Errorf("caller %d got %d bytes that differ from the first caller's %d", i, len(m), len(modules[0]))
		}
	}
}

func TestBuildFails(t *testing.T) {
	t.Parallel()
	needGo(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		pkg  string
		want []string
	}{
		"no package":          {t.Context(), "", []string{`"" is not a package`}},
		"a flag":              {t.Context(), "-toolexec=x", []string{"is not a package"}},
		"every compile error": {t.Context(), "./testdata/broken", []string{"./testdata/broken", "main.go:5:", "undefined: missing", "main.go:6:", "undefined: second"}},
		"not a command":       {t.Context(), "./testdata/library", []string{"./testdata/library", "one main package"}},
		"no such package":     {t.Context(), "./testdata/nowhere", []string{"testdata/nowhere"}},
		"cancelled":           {cancelled, "./testdata/guest", []string{"context canceled"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module, err := wasmbuild.Build(test.ctx, test.pkg)
			if err == nil || module != nil {
				t.Fatalf("have %d bytes and error %v, want an error alone", len(module), err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

// A cancelled build must not spoil the package for the next caller.
func TestBuildAfterCancelled(t *testing.T) {
	t.Parallel()
	needGo(t)
	const pkg = "../wasmbuild/testdata/guest"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := wasmbuild.Build(ctx, pkg); !errors.Is(err, context.Canceled) {
		t.Fatalf("have error %v, want context.Canceled", err)
	}
	if _, err := wasmbuild.Build(t.Context(), pkg); err != nil {
		t.Fatal(err)
	}
}

func TestBuildWithoutGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := wasmbuild.Build(t.Context(), "./testdata/unbuilt")
	if !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "install Go") {
		t.Errorf("have error %v, want exec.ErrNotFound and the cure", err)
	}
}

func TestBuildIgnoresFlagsOfTheEnvironment(t *testing.T) {
	needGo(t)
	t.Setenv("GOFLAGS", "-race")
	if _, err := wasmbuild.Build(t.Context(), "../../internal/wasmbuild/testdata/guest"); err != nil {
		t.Error(err)
	}
}

func TestBuildLeavesNothing(t *testing.T) {
	needGo(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	if _, err := wasmbuild.Build(t.Context(), "./testdata/../testdata/guest"); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		t.Errorf("left behind: %s", f.Name())
	}
}
