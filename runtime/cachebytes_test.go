//go:build !wasmtime

package runtime_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// entryOf is the name of an entry.
func entryOf(letter, kind string) string { return strings.Repeat(letter, 64) + "." + kind }

// put writes a file of so many bytes that was used so long ago.
func put(t *testing.T, dir, name string, size int, ago time.Duration) {
	t.Helper()
	path := filepath.Join(dir, name)
	then := time.Now().Add(-ago)
	if err := errors.Join(os.WriteFile(path, make([]byte, size), 0o600), os.Chtimes(path, then, then)); err != nil {
		t.Fatal(err)
	}
}

// names are what is in a directory.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		all = append(all, f.Name())
	}
	return all
}

// bytesOf is how long all files in a directory are together.
func bytesOf(t *testing.T, dir string) (sum int64) {
	t.Helper()
	for _, name := range names(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

// What is used longest ago goes first, at one byte too many and not before. What is not
// of the cache neither counts nor goes.
func TestCacheBytes(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	a, b, c, d := entryOf("a", compiled), entryOf("b", prepared), entryOf("c", compiled), entryOf("d", prepared)
	written := entryOf("0", compiled)
	const content = 700
	added := int64(content + runtime.CompiledHeader)
	for _, test := range []struct {
		name  string
		bytes int64
		keeps bool // a module
		want  []string
	}{
		{"all fit", 4500, false, []string{a, b, c, d}},
		{"one byte less", 4499, false, []string{b, c, d}},
		{"three fit", 3500, false, []string{b, c, d}},
		{"two fit", 2500, false, []string{c, d}},
		{"one byte less than two", 2499, false, []string{d}},
		{"none fits", 1, false, nil},
		{"there is room for one more", 4500 + added, true, []string{a, b, c, d, written}},
		{"there is a byte too little", 4499 + added, true, []string{b, c, d, written}},
		{"there is room for it alone", 500 + added, true, []string{written}},
		{"it fits and what is being written does not", added, true, []string{written}},
		{"it is too large", added - 1, true, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			config := runtime.Config{CacheDir: filepath.Join(dir, "cache"), CacheBytes: test.bytes}
			outside := filepath.Join(dir, "outside")
			if err := errors.Join(os.MkdirAll(filepath.Join(config.CacheDir, entryOf("e", compiled), "full"), 0o700),
				os.WriteFile(outside, make([]byte, 10_000), 0o600)); err != nil {
				t.Fatal(err)
			}
			// The clock was wrong when a was written.
			for _, f := range []struct {
				name string
				size int
				ago  time.Duration
			}{{a, 1000, -100 * day}, {b, 1000, 3 * day}, {c, 1000, 2 * day}, {d, 1000, time.Minute}, {".new-1", 500, time.Minute}, {".new-2", 10_000, 2 * time.Hour},
				{"README", 10_000, day * 9}, {"x.compiled", 10_000, day * 9}, {entryOf("f", "other"), 10_000, day * 9}, {entryOf("E", compiled), 10_000, day * 9}} {
				put(t, config.CacheDir, f.name, f.size, f.ago)
			}
			strange := []string{".new-1", "README", "x.compiled", entryOf("f", "other"), entryOf("E", compiled), entryOf("e", compiled)}
			if goruntime.GOOS != "windows" {
				if err := os.Symlink(outside, filepath.Join(config.CacheDir, entryOf("9", compiled))); err != nil {
					t.Fatal(err)
				}
				strange = append(strange, entryOf("9", compiled))
			}
			var log bytes.Buffer
			config.Logger = zerolog.New(&log)
			want := slices.Sorted(slices.Values(append(strange, test.want...)))
			for range 2 { // what is kept the second time takes the place of the first
				if !test.keeps {
					newRuntime(t, config)
				} else if err := runtime.KeepCompiled(config, strings.Repeat("0", 64), make([]byte, content)); err != nil {
					t.Fatal(err)
				}
				if have := names(t, config.CacheDir); !slices.Equal(have, want) {
					t.Errorf("have %q, want %q", have, want)
				}
			}
			if told := strings.Contains(log.String(), fmt.Sprintf("Config.CacheBytes is %d: raise that", test.bytes)); told != (test.bytes == added-1) {
				t.Errorf("the log says %q", &log)
			}
			if info, err := os.Stat(outside); err != nil || info.Size() != 10_000 {
				t.Errorf("what a link leads to is %v and %v", info, err)
			}
		})
	}
}

// A use is noted once an hour.
func TestCacheUse(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	entries := compileInto(t, dir)
	for _, test := range []struct {
		ago   time.Duration
		noted bool
	}{{59 * time.Minute, false}, {61 * time.Minute, true}, {-59 * time.Minute, false}, {-61 * time.Minute, true}} {
		then := time.Now().Add(-test.ago).Truncate(time.Second)
		for _, entry := range entries {
			if err := os.Chtimes(entry, then, then); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now().Truncate(time.Second)
		compileInto(t, dir)
		for kind, entry := range entries {
			info, err := os.Stat(entry)
			if err != nil {
				t.Fatal(err)
			}
			if kept := info.ModTime().Equal(then); kept == test.noted || test.noted && (info.ModTime().Before(began) || info.ModTime().After(time.Now())) {
				t.Errorf("%s, used %v ago: its time is %v", kind, test.ago, info.ModTime())
			}
		}
	}
}

// Who removes all of it under a Runtime costs it time, and it keeps what it makes then.
func TestCacheRemoved(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	var log bytes.Buffer
	rt := newRuntime(t, runtime.Config{CacheDir: dir, Logger: zerolog.New(&log).Level(zerolog.WarnLevel)})
	for _, name := range turns {
		load(t, rt, name, &fakeHosts{})
		onlyEntries(t, dir)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	if log.Len() > 0 {
		t.Errorf("the log says %s", &log)
	}
}

// cacheTask is what a process does with a cache.
type cacheTask struct {
	Dir   string
	Bytes int64
	// Rounds is how often it loads some modules in turn, each time with a new Runtime.
	Rounds int
	// Keeps, if it is not 0, is how much it keeps instead, once.
	Keeps int
}

// useCache does what a cacheTask says.
func useCache(text string) {
	var task cacheTask
	if _, err := fmt.Sscanf(text, "%q %d %d %d", &task.Dir, &task.Bytes, &task.Rounds, &task.Keeps); err != nil {
		panic(err)
	}
	config := runtime.Config{CacheDir: task.Dir, CacheBytes: task.Bytes, Logger: zerolog.New(os.Stdout).Level(zerolog.WarnLevel)}
	if task.Keeps > 0 {
		if err := runtime.KeepCompiled(config, strings.Repeat("0", 64), make([]byte, task.Keeps)); err != nil {
			panic(err)
		}
	}
	for range task.Rounds {
		for _, name := range turns {
			if err := loadOnce(config, name); err != nil {
				panic(err)
			}
		}
		fmt.Println("round")
	}
}

// loadOnce loads a module of testdata/wat with a new Runtime.
func loadOnce(config runtime.Config, name string) error {
	ctx := context.Background()
	module, err := os.ReadFile(filepath.Join("..", "testdata", "wat", name+".wasm"))
	if err != nil {
		return err
	}
	rt, err := runtime.New(ctx, config)
	if err != nil {
		return err
	}
	_, err = rt.Load(ctx, module, &fakeHosts{}, contract.Promise{})
	return errors.Join(err, rt.Close(ctx))
}

// use starts a process that does a task. Its standard output is one line for each
// round, and its log.
func (task cacheTask) use(t *testing.T, by ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := append(by, program)
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%q %d %d %d", cacheVariable, task.Dir, task.Bytes, task.Rounds, task.Keeps))
	return cmd
}

// turns are the modules of a task, which are equally long.
var turns = []string{"answers_well", "echoes"}

// Processes that share a cache with room for one of their modules at a time remove each
// other's, and none fails nor complains.
func TestCacheOfProcesses(t *testing.T) {
	t.Parallel()
	task := cacheTask{Dir: filepath.Join(t.TempDir(), "cache"), Rounds: 5}
	compileInto(t, task.Dir)
	task.Bytes = bytesOf(t, task.Dir) * 3 / 2
	want := strings.Repeat("round\n", task.Rounds)
	var commands []*exec.Cmd
	outs := make([]bytes.Buffer, 3)
	for i := range outs {
		cmd := task.use(t)
		cmd.Stdout, cmd.Stderr = &outs[i], &outs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, cmd)
	}
	for i, cmd := range commands {
		if err := cmd.Wait(); err != nil || outs[i].String() != want {
			t.Errorf("a process ends with %v and %s", err, &outs[i])
		}
	}
	newRuntime(t, runtime.Config{CacheDir: task.Dir, CacheBytes: task.Bytes})
	if have := bytesOf(t, task.Dir); have == 0 || have > task.Bytes {
		t.Errorf("the cache has %d bytes, it may have %d", have, task.Bytes)
	}
}

// A process that is killed leaves nothing that another stumbles over.
func TestCacheOfTheKilled(t *testing.T) {
	t.Parallel()
	task := cacheTask{Dir: filepath.Join(t.TempDir(), "cache"), Bytes: 1 << 20, Rounds: 1_000_000}
	for range 3 {
		cmd := task.use(t)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "round\n" {
			t.Errorf("have %q and %v", line, err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, out)
		cmd.Wait()
	}
	put(t, task.Dir, ".new-killed", 100, 2*time.Hour)
	var log bytes.Buffer
	rt := newRuntime(t, runtime.Config{CacheDir: task.Dir, CacheBytes: task.Bytes, Logger: zerolog.New(&log).Level(zerolog.WarnLevel)})
	for _, name := range turns {
		load(t, rt, name, &fakeHosts{})
	}
	if have := names(t, task.Dir); log.Len() > 0 || slices.Contains(have, ".new-killed") {
		t.Errorf("have %q and log %s", have, &log)
	}
}

// A disk that is full costs a warning. This one's files end at 8 KiB.
func TestCacheOnAFullDisk(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" {
		t.Skip("windows has no such limit")
	}
	task := cacheTask{Dir: filepath.Join(t.TempDir(), "cache"), Bytes: 1 << 30, Keeps: 1 << 20}
	out, err := task.use(t, "/bin/sh", "-c", `ulimit -f 8; exec "$0"`).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is not kept") || !strings.Contains(string(out), "file too large") || !strings.Contains(string(out), task.Dir) {
		t.Errorf("have %v and %s, want a warning that names the file", err, out)
	}
	if left := names(t, task.Dir); len(left) > 0 {
		t.Errorf("%q is left over", left)
	}
}

// A cache that cannot be written to is one to read from, with warnings.
func TestCacheToReadFrom(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("windows has no such permissions, and the superuser may all")
	}
	dir := filepath.Join(t.TempDir(), "cache")
	entries := compileInto(t, dir)
	for _, entry := range entries {
		if err := os.Chtimes(entry, noon, noon); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
	var log bytes.Buffer
	rt := newRuntime(t, runtime.Config{CacheDir: dir, CacheBytes: 1, Logger: zerolog.New(&log).Level(zerolog.WarnLevel)})
	load(t, rt, "answers_well", &fakeHosts{})
	if n := strings.Count(log.String(), "an entry cannot be removed"); n != len(entries) || strings.Contains(log.String(), "is not kept") {
		t.Errorf("the log says %s", &log)
	}
}

// A log that panics over a module which cannot be kept leaves no compiled
// code in use, and the next one loads.
func TestLogThatPanicsOverTheCache(t *testing.T) {
	t.Parallel()
	log := &panicsOn{level: zerolog.WarnLevel, words: "a prepared module is not kept"}
	rt := newRuntime(t, runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache"), Logger: zerolog.New(log)})
	runtime.KeepUpTo(rt, 1)
	if !panics(func() { rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{}) }) {
		t.Error("nothing panics")
	}
	if n := runtime.LiveModules(rt); n != 0 {
		t.Errorf("%d compiled modules are in use", n)
	}
	log.level = zerolog.Disabled
	neighbour(t, load(t, rt, "answers_well", &fakeHosts{}))
}
