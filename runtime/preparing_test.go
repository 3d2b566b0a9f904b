package runtime_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// What comes out of the cache is what is made without one, to the last byte.
func TestPreparedIsWhatIsMade(t *testing.T) {
	t.Parallel()
	inGo, err := wasmbuild.Build(t.Context(), "./testdata/connector")
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string][]byte{"in Go": inGo}
	for _, name := range []string{"answers_well", "grows_table", "guards_buffers"} {
		modules[name] = module(t, name)
	}
	configs := map[string]runtime.Config{"by default": {}, "anew": {StartAnew: true}}
	if stopsUnmetered {
		configs["unmetered"] = runtime.Config{Interruption: runtime.CloseOnContext}
	}
	dir := cachedConfig(t).CacheDir
	for settings, config := range configs {
		plain := newRuntime(t, config)
		config.CacheDir = filepath.Join(t.TempDir(), "cache")
		if settings == "by default" {
			config.CacheDir = dir // machine code of the large one is there
		}
		for name, m := range modules {
			if name == "in Go" && settings != "by default" {
				continue
			}
			report, want, _, err := runtime.Admit(plain, m)
			if err != nil {
				t.Fatal(err)
			}
			if again, have, _, _ := runtime.Admit(plain, m); !bytes.Equal(have, want) || !reflect.DeepEqual(again, report) {
				t.Errorf("%s, %s: it is not made the same twice", name, settings)
			}
			if _, err := newRuntime(t, config).Load(t.Context(), m, &fakeHosts{}, contract.Promise{}); err != nil {
				t.Fatalf("%s, %s: %v", name, settings, err)
			}
			from, have, kept, err := runtime.Admit(newRuntime(t, config), m)
			if err != nil || !kept || !bytes.Equal(have, want) || !reflect.DeepEqual(from, report) {
				t.Errorf("%s, %s: kept %t, have %d bytes and the report %+v and error %v, want %d bytes and %+v", name, settings, kept, len(have), from, err, len(want), report)
			}
		}
	}
}

// What admission or the compiler refuses leaves nothing in the cache.
func TestRefusedModulesAreNotKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	rt := newRuntime(t, runtime.Config{CacheDir: dir, MemoryLimitBytes: 1 << 20})
	for _, name := range []string{"missing_export", "large_memory", "large_table", "invalid_code"} {
		for range 2 {
			_, err := rt.Load(t.Context(), module(t, name), &fakeHosts{}, contract.Promise{})
			wantError(t, err, abi.InvalidModule)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("have %v and error %v", left, err)
	}
}

// A directory that can no longer be written to costs time alone.
func TestCacheIsGone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	var log bytes.Buffer
	rt := newRuntime(t, runtime.Config{CacheDir: dir, Logger: zerolog.New(&log)})
	if err := errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	c := load(t, rt, "answers_well", &fakeHosts{})
	if !strings.Contains(log.String(), "a prepared module is not kept") {
		t.Errorf("nothing is said: %s", &log)
	}
	neighbour(t, c)
}

// What is too large to be read again is not written.
func TestLargestEntry(t *testing.T) {
	t.Parallel()
	_, ready, _, err := runtime.Admit(newRuntime(t, runtime.Config{}), module(t, "answers_well"))
	if err != nil {
		t.Fatal(err)
	}
	for less, kept := range map[int64]bool{0: true, 1: false} {
		dir := filepath.Join(t.TempDir(), "cache")
		for range 2 {
			var log bytes.Buffer
			rt := newRuntime(t, runtime.Config{CacheDir: dir, Logger: zerolog.New(&log)})
			runtime.KeepUpTo(rt, int64(len(ready))-less)
			neighbour(t, load(t, rt, "answers_well", &fakeHosts{}))
			if said := strings.Contains(log.String(), "a prepared module is not kept"); said == kept {
				t.Errorf("%d bytes less than it needs: said %t that it is not kept", less, said)
			}
			if found, err := filepath.Glob(filepath.Join(dir, "*.prepared")); err != nil || (len(found) == 1) != kept {
				t.Errorf("%d bytes less than it needs: have %v and error %v", less, found, err)
			}
		}
	}
}

// The digest holds the text of everything that prepares a module.
func TestPreparingIsWhole(t *testing.T) {
	t.Parallel()
	const files = `{{with .Module}}{{if .Main}}{{range $f := $.GoFiles}}{{$.Dir}}/{{$f}}{{"\n"}}{{end}}{{range $f := $.SFiles}}{{$.Dir}}/{{$f}}{{"\n"}}{{end}}{{range $f := $.EmbedFiles}}{{$.Dir}}/{{$f}}{{"\n"}}{{end}}{{end}}{{end}}`
	said, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", files, "./internal/prepared").Output()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for path := range strings.Lines(string(said)) {
		path = strings.TrimSpace(path)
		name, err := filepath.Rel(here, path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		looked++
		if have, err := fs.ReadFile(runtime.Preparing(), filepath.ToSlash(name)); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s prepares modules: name its folder at preparing (error %v)", name, err)
		}
	}
	if looked < 15 {
		t.Errorf("%d files: this test looks in the wrong place", looked)
	}
}

// Whatever changes in the text changes the digest; tests do not.
func TestDigestOf(t *testing.T) {
	t.Parallel()
	of := func(files ...string) string {
		m := make(fstest.MapFS)
		for i := 0; i < len(files); i += 2 {
			m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
		}
		return runtime.DigestOf(m)
	}
	was := of("a/a.go", "one", "b/b.go", "two")
	if of("a/a.go", "one", "b/b.go", "two", "a/a_test.go", "three") != was {
		t.Error("a test changes the digest")
	}
	seen := map[string]int{was: -1}
	for i, files := range [][]string{
		{"a/a.go", "onf", "b/b.go", "two"},
		{"a/a.go", "one", "b/b.go", "twp"},
		{"a/a.go", "onet", "b/b.go", "wo"},
		{"a/a.go", "one", "b/c.go", "two"},
		{"a/a.go", "two", "b/b.go", "one"},
		{"a/a.go", "one"},
		{"a/a.go", "one", "b/b.go", "two", "b/c.go", ""},
		{"a/a.go", "oneb/b.go 3\ntwo"},
		{"a/a.go", "oneb/b.gotwo"},
	} {
		if other, there := seen[of(files...)]; there {
			t.Errorf("%q has the digest of number %d", files, other)
		}
		seen[of(files...)] = i
	}
	if real := runtime.DigestOf(runtime.Preparing()); len(real) != 64 || seen[real] != 0 {
		t.Errorf("have the digest %q", real)
	}
}
