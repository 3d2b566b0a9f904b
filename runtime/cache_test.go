//go:build !wasmtime

package runtime_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// The kinds of entries. Their names are equally long.
const (
	compiled = "compiled"
	prepared = "prepared"
)

// compileInto loads a module with a cache in dir and returns the entry of each kind.
func compileInto(t *testing.T, dir string) map[string]string {
	t.Helper()
	neighbour(t, load(t, newRuntime(t, runtime.Config{CacheDir: dir}), "answers_well", &fakeHosts{}))
	return onlyEntries(t, dir)
}

// onlyEntries returns the one entry of each kind in dir, which holds nothing else.
func onlyEntries(t *testing.T, dir string) map[string]string {
	t.Helper()
	found, err := os.ReadDir(dir)
	entries := make(map[string]string)
	for _, e := range found {
		entries[strings.TrimPrefix(filepath.Ext(e.Name()), ".")] = filepath.Join(dir, e.Name())
	}
	if err != nil || len(found) != 2 || entries[compiled] == "" || entries[prepared] == "" {
		t.Fatalf("have entries %v and error %v, want one of each kind", found, err)
	}
	return entries
}

// The parts of an entry.
const (
	entryMagic  = len("ecmabox compiled 1\n")
	entryHeader = entryMagic + sha256.Size
	entryName   = 2 * sha256.Size
)

// sealed is an entry of the cache with a right seal.
func sealed(t *testing.T, dir, kind, place, name string, content []byte) []byte {
	t.Helper()
	key, err := os.ReadFile(dir + ".key")
	if err != nil {
		t.Fatal(err)
	}
	magic := "ecmabox " + kind + " 1\n"
	h := hmac.New(sha256.New, key)
	h.Write([]byte(magic + strings.TrimSuffix(place, filepath.Ext(place)) + "\n" + name + "\n"))
	h.Write(content)
	return append(append(h.Sum([]byte(magic)), name...), content...)
}

func TestCache(t *testing.T) {
	t.Parallel()
	for kind, other := range map[string]string{compiled: prepared, prepared: compiled} {
		t.Run(kind, func(t *testing.T) { testCache(t, kind, other) })
	}
}

func testCache(t *testing.T, kind, other string) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "anew")
	entries := compileInto(t, dir)
	entry := entries[kind]
	for path, mode := range map[string]os.FileMode{dir: 0o700, entry: 0o600, dir + ".key": 0o600} {
		if info, err := os.Stat(path); err != nil || goruntime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("%s: have %v and error %v, want mode %o", path, info.Mode(), err, mode)
		}
	}
	whole, err := os.ReadFile(entry)
	if err != nil {
		t.Fatal(err)
	}
	place, name, content := filepath.Base(entry), string(whole[entryHeader:][:entryName]), whole[entryHeader+entryName:]
	if !bytes.Equal(whole, sealed(t, dir, kind, place, name, content)) {
		t.Fatal("the entry is not sealed as it should be")
	}
	others, err := os.ReadFile(entries[other])
	if err != nil {
		t.Fatal(err)
	}
	// The engine's file begins with its name and version; offsets of functions, of 8
	// bytes each, follow the number of functions. A prepared module begins with numbers.
	offsets := 0
	if kind == compiled {
		offsets = len("WAZEVO") + 1 + int(content[len("WAZEVO")]) + 4
	}
	swapped := bytes.Clone(whole)
	first := swapped[entryHeader+entryName+offsets:]
	copy(first, content[offsets+8:][:8])
	copy(first[8:], content[offsets:][:8])
	disguised := sealed(t, dir, other, place, name, content)
	copy(disguised, whole[:entryMagic])
	flipped := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	for _, test := range []struct {
		name string
		file []byte
		kept bool
	}{
		{"whole", whole, true},
		{"a bit flipped in the code", flipped(len(whole) - 100), false},
		{"a bit flipped in the name", flipped(entryHeader), false},
		{"a bit flipped in the seal", flipped(entryMagic), false},
		{"a bit flipped in the beginning", flipped(0), false},
		{"two numbers swapped", swapped, false},
		{"cut", whole[:len(whole)-1], false},
		{"longer", append(bytes.Clone(whole), 0), false},
		{"the header alone", whole[:entryHeader+entryName], false},
		{"less than the header", whole[:entryHeader+entryName-1], false},
		{"empty", nil, false},
		{"of the other kind", others, false},
		{"sealed as the other kind", sealed(t, dir, other, place, name, content), false},
		{"sealed as the other kind and disguised", disguised, false},
		{"of another module", sealed(t, dir, kind, strings.Repeat("0", 64), name, content), false},
		{"of another processor, or other code", sealed(t, dir, kind, place, strings.Repeat("0", 64), content), false},
		{"cut and sealed", sealed(t, dir, kind, place, name, content[:len(content)/2]), false},
		{"noise and sealed", sealed(t, dir, kind, place, name, []byte(strings.Repeat("noise", 1000))), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := os.WriteFile(entry, test.file, 0o600); err != nil {
				t.Fatal(err)
			}
			wantEntry(t, dir, kind, entry, whole, test.kept)
		})
	}
	for name, file := range map[string][]byte{"damaged": flipped(0), "noise": sealed(t, dir, prepared, place, name, []byte("noise"))} {
		t.Run(name+" and told", func(t *testing.T) {
			if err := os.WriteFile(entry, file, 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			load(t, newRuntime(t, runtime.Config{CacheDir: dir, Logger: zerolog.New(&log)}), "answers_well", &fakeHosts{})
			if n := strings.Count(log.String(), "it is made anew"); n != 1 || !strings.Contains(log.String(), entry) {
				t.Errorf("it is said %d times that the entry is damaged: %s", n, &log)
			}
		})
	}
	t.Run("another key", func(t *testing.T) {
		if err := os.Remove(dir + ".key"); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(entry)
		compileInto(t, dir)
		after, err := os.ReadFile(entry)
		if err != nil || bytes.Equal(before, after) || !bytes.Equal(after, sealed(t, dir, kind, place, name, content)) {
			t.Errorf("have error %v, and the entry of the other key", err)
		}
	})
	// A directory is no entry: it is left alone with what is in it, and the module loads.
	t.Run("a directory", func(t *testing.T) {
		full := filepath.Join(entry, "full")
		if err := errors.Join(os.Remove(entry), os.MkdirAll(full, 0o700)); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		neighbour(t, load(t, newRuntime(t, runtime.Config{CacheDir: dir, Logger: zerolog.New(&log)}), "answers_well", &fakeHosts{}))
		if _, err := os.Stat(full); err != nil || !strings.Contains(log.String(), "move it away") {
			t.Errorf("have error %v and the log %s", err, &log)
		}
		if err := os.RemoveAll(entry); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(compileInto(t, dir)[kind]); err != nil || !info.Mode().IsRegular() {
			t.Errorf("have %v and error %v", info, err)
		}
	})
}

// wantEntry loads once more and looks whether the entry was made anew.
func wantEntry(t *testing.T, dir, kind, entry string, whole []byte, kept bool) {
	t.Helper()
	stamp := time.Now().Add(-time.Minute).Truncate(time.Second)
	if err := os.Chtimes(entry, stamp, stamp); err != nil {
		t.Fatal(err)
	}
	if again := compileInto(t, dir)[kind]; again != entry {
		t.Fatalf("have entry %s, want %s", again, entry)
	}
	info, err := os.Stat(entry)
	if err != nil {
		t.Fatal(err)
	}
	if have := info.ModTime().Equal(stamp); have != kept {
		t.Errorf("the entry was kept: %t", have)
	}
	if have, err := os.ReadFile(entry); err != nil || !bytes.Equal(have, whole) {
		t.Errorf("have %d bytes and error %v, want the entry that was there first", len(have), err)
	}
}

// TestCacheKeys holds that what makes another entry is another entry, and that what
// compiles to the same is compiled once.
func TestCacheKeys(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	for _, again := range []bool{false, true} {
		for _, test := range []struct {
			config             runtime.Config
			compiled, prepared int // entries after it
		}{
			{runtime.Config{}, 1, 1},
			{runtime.Config{CallDepth: 1000}, 1, 1},
			{runtime.Config{Interruption: runtime.CloseOnContext}, 2, 2},
			{runtime.Config{StderrBytes: 1000}, 2, 2},
			{runtime.Config{StartAnew: true}, 3, 3},
			{runtime.Config{MemoryLimitBytes: 1 << 20}, 3, 4},
			{runtime.Config{MaxTableElements: 1000}, 3, 5},
		} {
			if again {
				test.compiled, test.prepared = 3, 5
			}
			test.config.CacheDir = dir
			neighbour(t, load(t, newRuntime(t, test.config), "answers_well", &fakeHosts{}))
			machineCode, err := filepath.Glob(filepath.Join(dir, "*."+compiled))
			modules, err2 := filepath.Glob(filepath.Join(dir, "*."+prepared))
			if err := errors.Join(err, err2); err != nil || len(machineCode) != test.compiled || len(modules) != test.prepared {
				t.Errorf("%+v: have %d compiled and %d prepared modules and error %v, want %d and %d", test.config, len(machineCode), len(modules), err, test.compiled, test.prepared)
			}
		}
	}
}

func TestTestedEngine(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if have := regexp.MustCompile(`tetratelabs/wazero (\S+)`).FindSubmatch(text); have == nil || string(have[1]) != runtime.TestedEngine {
		t.Errorf("go.mod has %q, the constant testedEngine is %s", have, runtime.TestedEngine)
	}
}

func TestCacheLeavesNothing(t *testing.T) {
	dir, tmp := filepath.Join(t.TempDir(), "cache"), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	stale, fresh, live := filepath.Join(dir, ".new-1"), filepath.Join(dir, ".new-2"), filepath.Join(tmp, "ecmabox-work-2")
	for _, d := range []string{dir, filepath.Join(tmp, "ecmabox-work-1", "engine"), live, filepath.Join(tmp, "another-1")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{stale, fresh, filepath.Join(tmp, "ecmabox-work-1", "lock"), filepath.Join(live, "whatever")} {
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(stale, noon, noon); err != nil {
		t.Fatal(err)
	}
	open := newRuntime(t, runtime.Config{CacheDir: dir})
	t.Run("loads", func(t *testing.T) {
		neighbour(t, load(t, newRuntime(t, runtime.Config{CacheDir: dir}), "answers_well", &fakeHosts{}))
	})
	// What is open, what has no lock and what bears another name stay.
	neighbour(t, load(t, open, "answers_well", &fakeHosts{}))
	left, err := filepath.Glob(filepath.Join(tmp, "*"))
	if err != nil || len(left) != 3 {
		t.Errorf("have %v and error %v", left, err)
	}
	if err := open.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err = filepath.Glob(filepath.Join(tmp, "*"))
	if want := []string{filepath.Join(tmp, "another-1"), live}; err != nil || strings.Join(left, " ") != strings.Join(want, " ") {
		t.Errorf("have %v and error %v, want %v", left, err, want)
	}
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Error("what a writer left is still there:", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error("what somebody writes is gone:", err)
	}
}

// TestCacheAtOnce opens one cache many times at once, and compiles.
func TestCacheAtOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			load(t, rt, "answers_well", &fakeHosts{})
			if err := rt.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for kind, entry := range onlyEntries(t, dir) {
		whole, err := os.ReadFile(entry)
		if err != nil {
			t.Fatal(err)
		}
		wantEntry(t, dir, kind, entry, whole, true)
	}
}

// The key may not lie in the cache by whatever names the two go, and none is made there.
func TestCacheKeyInside(t *testing.T) {
	for name, names := range map[string]struct{ dir, key string }{
		"by a relative name":      {"real/cache", "real/cache/key"},
		"further down":            {"real/cache", "real/cache/sub/key"},
		"by a link to the cache":  {"real/cache", "link/key"},
		"by a link above it":      {"real/cache", "above/cache/key"},
		"with a link for a cache": {"link", "real/cache/key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := errors.Join(os.MkdirAll("real/cache/sub", 0o700), os.Symlink("real/cache", "link"), os.Symlink("real", "above")); err != nil {
				t.Fatal(err)
			}
			for _, absolute := range []bool{false, true} {
				config := runtime.Config{CacheDir: names.dir, CacheKeyFile: names.key}
				if absolute {
					dir, err := os.Getwd()
					if err != nil {
						t.Fatal(err)
					}
					config = runtime.Config{CacheDir: filepath.Join(dir, names.dir), CacheKeyFile: filepath.Join(dir, names.key)}
				}
				_, err := runtime.New(t.Context(), config)
				if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), "lies in the compile cache") {
					t.Errorf("absolute %t: have %v", absolute, e)
				}
				if _, err := os.Lstat(names.key); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("absolute %t: there is a key, or error %v", absolute, err)
				}
			}
		})
	}
}

func TestCacheKeyFile(t *testing.T) {
	t.Parallel()
	inside := func(dir string) string { return filepath.Join(dir, "key") }
	beside := func(dir string) string { return dir + "-of-mine" }
	for _, test := range []struct {
		name  string
		path  func(dir string) string
		bytes int // -1: none
		mode  os.FileMode
		want  string
	}{
		{"made", beside, -1, 0, ""},
		{"there", beside, 32, 0o600, ""},
		{"one byte short", beside, 31, 0o600, "remove it"},
		{"one byte long", beside, 33, 0o600, "the most is 32"},
		{"empty", beside, 0, 0o600, "remove it"},
		{"open to others", beside, 32, 0o640, "mode 640"},
		{"in the cache", inside, 32, 0o600, "CacheKeyFile"},
		{"in no directory", func(dir string) string { return filepath.Join(dir+"-no", "key") }, -1, 0, "CacheKeyFile"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if goruntime.GOOS == "windows" && test.mode == 0o640 {
				t.Skip("windows has no such permissions")
			}
			dir := filepath.Join(t.TempDir(), "cache")
			path := test.path(dir)
			key := bytes.Repeat([]byte{7}, max(test.bytes, 0))
			if test.bytes >= 0 {
				if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(path, key, 0o600), os.Chmod(path, test.mode)); err != nil {
					t.Fatal(err)
				}
			}
			rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: dir, CacheKeyFile: path})
			if test.want != "" {
				if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), test.want) || !strings.Contains(e.Error(), path) {
					t.Errorf("the error %q does not say %q of the file", e, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := rt.Close(t.Context()); err != nil {
				t.Error(err)
			}
			have, err := os.ReadFile(path)
			if err != nil || len(have) != 32 || test.bytes == 32 && !bytes.Equal(have, key) {
				t.Errorf("have the key %x and error %v", have, err)
			}
		})
	}
}

func TestReadRegular(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if have, err := runtime.ReadRegular(path, 5); err != nil || string(have) != "12345" {
		t.Errorf("have %q and error %v", have, err)
	}
	if _, err := runtime.ReadRegular(path, 4); err == nil {
		t.Error("five bytes are read where four are the most")
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
	key := filepath.Join(t.TempDir(), "key")
	if err := errors.Join(os.Chown(dir, 12345, -1), os.WriteFile(key, make([]byte, 32), 0o600), os.Chown(key, 12345, -1)); err != nil {
		if os.Getuid() == 0 {
			t.Fatal(err)
		}
		t.Skip("only the superuser can give a directory away")
	}
	for _, config := range []runtime.Config{{CacheDir: dir}, {CacheDir: filepath.Join(t.TempDir(), "cache"), CacheKeyFile: key}} {
		_, err := runtime.New(t.Context(), config)
		if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), "another user") {
			t.Errorf("the error %q does not say why", e)
		}
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

// A compiled module, of which there may be a hundred MiB, is kept without a copy, and
// let go of before the engine reads its own. Not parallel: all memory is counted.
func TestCompiledOnce(t *testing.T) {
	const size = 8 << 20
	content := make([]byte, size)
	config := runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache")}
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	if err := runtime.KeepCompiled(config, "key", content); err != nil {
		t.Fatal(err)
	}
	goruntime.ReadMemStats(&after)
	if more := after.TotalAlloc - before.TotalAlloc; more > size/4 {
		t.Errorf("to keep %d bytes takes %d more", size, more)
	}
	if files, err := filepath.Glob(filepath.Join(config.CacheDir, "key.*")); err != nil || len(files) != 1 {
		t.Fatalf("have %v and error %v", files, err)
	}
	if left, _ := runtime.LoadCompiled(newRuntime(t, config), content); left != 0 {
		t.Errorf("%d bytes are still held when the engine has its own", left)
	}
}
