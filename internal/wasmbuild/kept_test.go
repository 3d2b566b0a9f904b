package wasmbuild_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// language is one that kept modules are built from. Its sources are of this number, its
// broken is none that compiles.
type language struct {
	name, file, source, broken string
	build                      func(ctx context.Context, source string) ([]byte, error)
	says                       []string
	cure                       string
}

var languages = []language{
	{"Rust", "lib.rs", "#[no_mangle] pub extern \"C\" fn answer() -> u32 { NUMBER }\n", "fn f() { missing }\n",
		func(ctx context.Context, source string) ([]byte, error) {
			return wasmbuild.Rust{Source: source, WASI: true, Options: []string{"-Copt-level=s"}}.Build(ctx)
		}, []string{"lib.rs:1", "missing"}, "apt-get install rustc"},
	{"AssemblyScript", "index.ts", "export function answer(): u32 { return NUMBER; }\n", "export function f(): u32 { return missing; }\n",
		func(ctx context.Context, source string) ([]byte, error) {
			return wasmbuild.AssemblyScript{Source: source, Options: []string{"-O0"}}.Build(ctx)
		}, []string{"index.ts(1,", "missing"}, "apt-get install nodejs"},
}

// write writes a source into a folder of its own.
func (l language) write(t *testing.T, text string) string {
	t.Helper()
	source := filepath.Join(t.TempDir(), l.file)
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return source
}

// numbered is a source that nothing was built of before.
func (l language) numbered() string {
	var b [3]byte
	rand.Read(b[:])
	return strings.Replace(l.source, "NUMBER", "0x"+hex.EncodeToString(b[:]), 1)
}

// A module is compiled once for the same files, and kept for the next process.
func TestKept(t *testing.T) {
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			source := l.write(t, l.numbered())
			first, err := l.build(t.Context(), source)
			wasmbuild.Need(t, err)
			file := keptFile(t, first)
			t.Cleanup(func() { os.Remove(file) })

			// What is kept is taken as it is: that shows that nothing is compiled again.
			other := []byte("kept")
			if err := os.WriteFile(file, other, 0o600); err != nil {
				t.Fatal(err)
			}
			if have, err := l.build(t.Context(), source); err != nil || !bytes.Equal(have, first) {
				t.Errorf("the same process has %d bytes and error %v, want what it had before", len(have), err)
			}
			wasmbuild.Forget()
			if have, err := l.build(t.Context(), source); err != nil || !bytes.Equal(have, other) {
				t.Errorf("the next process has %d bytes and error %v, want what was kept", len(have), err)
			}

			beside := filepath.Join(filepath.Dir(source), "another"+filepath.Ext(source))
			if err := os.WriteFile(beside, []byte("// A file that may be imported.\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			again, err := l.build(t.Context(), source)
			if err != nil || bytes.Equal(again, other) {
				t.Fatalf("with one more file have %d bytes and error %v, want it compiled again", len(again), err)
			}
			os.Remove(keptFile(t, again))
		})
	}
}

// keptFile finds the one file in which a module is kept.
func keptFile(t *testing.T, module []byte) (found string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), ".cache", "guests", "*.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		have, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(have, module) {
			continue
		}
		if found != "" {
			t.Fatalf("%s and %s hold the same", found, file)
		}
		found = file
	}
	if found == "" {
		t.Fatalf("%d files hold other modules, none this one", len(files))
	}
	return found
}

func TestKeptAtOnce(t *testing.T) {
	t.Parallel()
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			source := l.write(t, l.numbered())
			modules, errs := make([][]byte, 4), make([]error, 4)
			var wg sync.WaitGroup
			for i := range modules {
				wg.Go(func() { modules[i], errs[i] = l.build(t.Context(), source) })
			}
			wg.Wait()
			for i := range modules {
				wasmbuild.Need(t, errs[i])
				if !bytes.Equal(modules[i], modules[0]) || !bytes.HasPrefix(modules[i], []byte("\x00asm")) {
					t.Errorf("caller %d has %d bytes, the first %d", i, len(modules[i]), len(modules[0]))
				}
			}
			os.Remove(keptFile(t, modules[0]))
		})
	}
}

func TestKeptFails(t *testing.T) {
	t.Parallel()
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			_, err := l.build(t.Context(), l.write(t, l.broken))
			if err == nil {
				t.Fatal("what is broken compiles")
			}
			if errors.Is(err, exec.ErrNotFound) {
				wasmbuild.Need(t, err)
			}
			for _, want := range l.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			if _, err := l.build(t.Context(), filepath.Join(t.TempDir(), l.file)); err == nil || !strings.Contains(err.Error(), l.file) {
				t.Errorf("have error %v, want one that names the source that is not there", err)
			}
			cancelled, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := l.build(cancelled, l.write(t, l.numbered())); !errors.Is(err, context.Canceled) {
				t.Errorf("have error %v, want context.Canceled", err)
			}
		})
	}
}

func TestKeptWithoutCompiler(t *testing.T) {
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			_, err := l.build(t.Context(), l.write(t, l.numbered()))
			if err != nil && strings.Contains(err.Error(), ".ci/assemblyscript") {
				wasmbuild.Need(t, err)
			}
			if !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), l.cure) {
				t.Errorf("have error %v, want exec.ErrNotFound and the cure", err)
			}
		})
	}
}

// Without asc, or with another than the lock file names, the error says what installs it.
func TestAssemblyScriptNotInstalled(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module github.com/ecmabox/ecmabox\n", "internal/wasmbuild/assemblyscript/package-lock.json": "{}"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, installed := range []string{"", "{ }"} {
		if installed != "" {
			file := filepath.Join(dir, ".cache", "assemblyscript", "package-lock.json")
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(installed), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := wasmbuild.AssemblyScript{Source: "index.ts"}.Build(t.Context())
		if !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), ".ci/assemblyscript") {
			t.Errorf("with %q have error %v, want exec.ErrNotFound and what installs it", installed, err)
		}
	}
}
