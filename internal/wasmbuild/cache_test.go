package wasmbuild_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// root is the checkout's root as this package's tests see it.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCacheDir(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "made", "anew")
	for _, test := range []struct {
		name, variable, cwd, want string
	}{
		{"in a package", "", ".", filepath.Join(root(t), ".cache", "wazero")},
		{"at the root", "", root(t), filepath.Join(root(t), ".cache", "wazero")},
		{"overridden", elsewhere, ".", elsewhere},
		{"overridden outside the checkout", elsewhere, t.TempDir(), elsewhere},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(wasmbuild.CacheVariable, test.variable)
			t.Chdir(test.cwd)
			have, err := wasmbuild.CacheDir()
			if err != nil || have != test.want {
				t.Fatalf("have %q and error %v, want %q", have, err, test.want)
			}
			info, err := os.Stat(have)
			if err != nil {
				t.Fatal(err)
			}
			if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode != 0o700 {
				t.Errorf("have mode %o, want 700", mode)
			}
		})
	}
}

func TestCacheDirFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := t.TempDir()
	if err := os.Chmod(open, 0o770); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, variable, cwd, want string
	}{
		{"relative", "cache", ".", "must be an absolute path"},
		{"below a file", filepath.Join(file, "cache"), ".", "compile cache"},
		{"open to others", open, ".", "chmod 700"},
		{"outside the checkout", "", t.TempDir(), wasmbuild.CacheVariable},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(wasmbuild.CacheVariable, test.variable)
			t.Chdir(test.cwd)
			if runtime.GOOS == "windows" && test.variable == open {
				t.Skip("windows has no such permissions")
			}
			have, err := wasmbuild.CacheDir()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %q and error %v, want one that says %q", have, err, test.want)
			}
		})
	}
}
