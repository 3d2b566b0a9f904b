package runtime_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// compileInto loads a module with a cache in dir and returns the cache's one
// entry, without its seal.
func compileInto(t *testing.T, dir string) string {
	t.Helper()
	neighbour(t, load(t, newRuntime(t, runtime.Config{CacheDir: dir}), "answers_well", &fakeHosts{}))
	var entries []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, ".sha256") {
			entries = append(entries, path)
		}
		return err
	})
	if err != nil || len(entries) != 1 {
		t.Fatalf("have entries %q and error %v, want one", entries, err)
	}
	return entries[0]
}

func TestCache(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "anew")
	entry := compileInto(t, dir)
	if info, err := os.Stat(dir); err != nil || goruntime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("have %v and error %v, want mode 0700", info.Mode(), err)
	}
	whole, err := os.ReadFile(entry)
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.Base(filepath.Dir(entry)) + "/" + filepath.Base(entry)
	sealedAs := func(place string, content []byte) string {
		digest := sha256.Sum256([]byte(place + "\n" + string(content)))
		return hex.EncodeToString(digest[:])
	}
	sealed := func(content []byte) string { return sealedAs(place, content) }
	flipped := append([]byte(nil), whole...)
	flipped[len(flipped)/2] ^= 1
	for _, test := range []struct {
		name    string
		content []byte
		seal    string
		kept    bool
	}{
		{"whole", whole, sealed(whole), true},
		{"a bit flipped", flipped, sealed(whole), false},
		{"cut", whole[:len(whole)-1], sealed(whole), false},
		{"empty", nil, sealed(whole), false},
		{"no seal", whole, "", false},
		{"of another module", whole, sealedAs(strings.Repeat("0", 64)+"/"+filepath.Base(entry), whole), false},
		{"of another platform", whole, sealedAs(place+"x", whole), false},
		{"cut and sealed", whole[:len(whole)/2], sealed(whole[:len(whole)/2]), false},
		{"noise and sealed", []byte(strings.Repeat("noise", 1000)), sealed([]byte(strings.Repeat("noise", 1000))), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := errors.Join(os.WriteFile(entry, test.content, 0o600), os.WriteFile(entry+".sha256", []byte(test.seal), 0o600)); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(entry, noon, noon); err != nil {
				t.Fatal(err)
			}
			if again := compileInto(t, dir); again != entry {
				t.Fatalf("have entry %s, want %s", again, entry)
			}
			after, err := os.Stat(entry)
			if err != nil {
				t.Fatal(err)
			}
			if kept := after.ModTime().Equal(noon); kept != test.kept {
				t.Errorf("the entry was kept: %t", kept)
			}
			content, err := os.ReadFile(entry)
			if err != nil {
				t.Fatal(err)
			}
			if seal, err := os.ReadFile(entry + ".sha256"); err != nil || string(seal) != sealed(content) || len(content) != len(whole) {
				t.Errorf("have %d bytes sealed as %q and error %v, want %d bytes", len(content), seal, err, len(whole))
			}
		})
	}
}

func TestCacheLeavesNothing(t *testing.T) {
	dir, tmp := filepath.Join(t.TempDir(), "cache"), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Run("loads", func(t *testing.T) { compileInto(t, dir) })
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("have %v and error %v left behind", left, err)
	}
}

func TestCacheDirIsAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := runtime.New(t.Context(), runtime.Config{CacheDir: file})
	if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), file) {
		t.Errorf("the error %q does not name the file", e)
	}
}

func TestCacheDirOfAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, -1); err != nil {
		if os.Getuid() == 0 {
			t.Fatal(err)
		}
		t.Skip("only the superuser can give a directory away")
	}
	_, err := runtime.New(t.Context(), runtime.Config{CacheDir: dir})
	if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), "another user") {
		t.Errorf("the error %q does not say why", e)
	}
}

func TestCacheDirIsOpenToOthers(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" {
		t.Skip("windows has no such permissions")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o775); err != nil {
		t.Fatal(err)
	}
	_, err := runtime.New(t.Context(), runtime.Config{CacheDir: dir})
	if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), "chmod 700") {
		t.Errorf("the error %q does not say the cure", e)
	}
}
