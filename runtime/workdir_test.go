//go:build unix && !wasmtime

package runtime_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// TestTemporary opens a runtime whose directory for temporary files others may
// write to.
func TestTemporary(t *testing.T) {
	const stranger = 12345
	for _, test := range []struct {
		name  string
		mode  os.FileMode
		owner int
		fine  bool
	}{
		{"its own", 0o700, -1, true},
		{"read by all", 0o755, -1, true},
		{"written by all, each his own", 0o777 | os.ModeSticky, -1, true},
		{"written by a group, each his own", 0o770 | os.ModeSticky, -1, true},
		{"written by all", 0o777, -1, false},
		{"written by a group", 0o720, -1, false},
		{"written by others", 0o702, -1, false},
		{"a stranger's", 0o755, stranger, false},
		{"a stranger's, each his own", 0o777 | os.ModeSticky, stranger, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Chmod(dir, test.mode); err != nil {
				t.Fatal(err)
			}
			if test.owner >= 0 && os.Chown(dir, test.owner, test.owner) != nil {
				t.Skip("only the superuser can give a directory away")
			}
			t.Setenv("TMPDIR", dir)
			rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache")})
			if err == nil {
				t.Cleanup(func() { rt.Close(context.Background()) })
			}
			if test.fine && err != nil {
				t.Errorf("have %v", err)
			} else if !test.fine && (abi.CodeOf(err) != abi.HostFailure || !strings.Contains(err.Error(), "TMPDIR")) {
				t.Errorf("have %v, want it to name TMPDIR", err)
			}
		})
	}
}

// A directory that was cleaned away, or a part of it, is made again by the next load: as it
// was, private, with its lock, and removed with its runtime.
func TestWorkDirCleaned(t *testing.T) {
	for name, config := range map[string]func(t *testing.T) runtime.Config{
		"compiled apart": func(t *testing.T) runtime.Config { return runtime.WithCompiler(runtime.Config{}, self(t)) },
		"compiled here": func(t *testing.T) runtime.Config {
			return runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			t.Setenv("TMPDIR", tmp)
			rt := newRuntime(t, config(t))
			dir := onlyWorkDir(t, tmp)
			for _, gone := range []string{"", "lock", "engine"} {
				closeConnector(t, answersWell(t, rt))
				if err := os.RemoveAll(filepath.Join(dir, gone)); err != nil {
					t.Fatal(err)
				}
				closeConnector(t, answersWell(t, rt))
				if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
					t.Errorf("without %q: have %v and error %v", gone, info, err)
				}
				other := newRuntime(t, runtime.WithCompiler(runtime.Config{}, self(t))) // which sweeps what has no lock
				for _, part := range []string{"lock", "engine"} {
					if _, err := os.Stat(filepath.Join(dir, part)); err != nil {
						t.Errorf("without %q: %v", gone, err)
					}
				}
				if err := other.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if err := rt.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
				t.Errorf("have %v and error %v", left, err)
			}
		})
	}
}

// What has taken the place of a directory that was cleaned away is not used, and the error
// says what to do.
func TestWorkDirTaken(t *testing.T) {
	for name, take := range map[string]func(t *testing.T, dir string) error{
		"by a link": func(t *testing.T, dir string) error { return os.Symlink(t.TempDir(), dir) },
		"by a file": func(_ *testing.T, dir string) error { return os.WriteFile(dir, nil, 0o600) },
		"by a directory that others may write to": func(_ *testing.T, dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777))
		},
		"by a directory of a stranger's": func(t *testing.T, dir string) error {
			const stranger = 12345
			if err := os.Mkdir(dir, 0o700); err != nil || os.Chown(dir, stranger, stranger) != nil {
				t.Skip("only the superuser can give a directory away")
			}
			return nil
		},
		"by a lock of somebody else's": func(_ *testing.T, dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600))
		},
		"with all above it": func(_ *testing.T, dir string) error { return os.RemoveAll(filepath.Dir(dir)) },
	} {
		t.Run(name, func(t *testing.T) {
			tmp := filepath.Join(t.TempDir(), "tmp")
			if err := os.Mkdir(tmp, 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TMPDIR", tmp)
			rt := newRuntime(t, runtime.WithCompiler(runtime.Config{}, self(t)))
			dir := onlyWorkDir(t, tmp)
			if err := errors.Join(os.RemoveAll(dir), take(t, dir)); err != nil {
				t.Fatal(err)
			}
			_, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
			if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), dir) || !strings.Contains(e.Error(), "see that "+tmp) {
				t.Errorf("have %v", e)
			}
		})
	}
}
