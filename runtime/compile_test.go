//go:build unix && !wasmtime

package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// script writes a program that stands in for this one when a module is compiled.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// self is this test binary, which compiles when it is told to.
func self(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// counting is self, and how often it was started.
func counting(t *testing.T) (program string, starts func() int) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	program = script(t, fmt.Sprintf("echo x >> %q\nexec %q", log, self(t)))
	return program, func() int {
		text, _ := os.ReadFile(log)
		return bytes.Count(text, []byte("x"))
	}
}

func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func answersWell(t *testing.T, rt *runtime.Runtime) *runtime.Connector {
	t.Helper()
	c, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	neighbour(t, runtime.Raw(c))
	return c
}

func closeConnector(t *testing.T, c *runtime.Connector) {
	t.Helper()
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestCompileChild(t *testing.T) {
	t.Parallel()
	for _, mode := range []runtime.Interruption{runtime.Metered, runtime.CloseOnContext} {
		program, starts := counting(t)
		rt := newRuntime(t, runtime.WithCompiler(runtime.Config{Interruption: mode}, program))
		first, second := answersWell(t, rt), answersWell(t, rt)
		closeConnector(t, first)
		neighbour(t, runtime.Raw(second))
		third := answersWell(t, rt)
		if n := starts(); n != 1 {
			t.Errorf("%v: a module that is in use was compiled %d times", mode, n)
		}
		closeConnector(t, second)
		closeConnector(t, third)
		// Without a cache nothing is kept beyond its use.
		closeConnector(t, answersWell(t, rt))
		if n := starts(); n != 2 {
			t.Errorf("%v: have %d compilations, want 2", mode, n)
		}
	}
}

func TestCompileChildAtOnce(t *testing.T) {
	t.Parallel()
	program, starts := counting(t)
	rt := newRuntime(t, runtime.WithCompiler(runtime.Config{}, program))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { load(t, rt, "answers_well", &fakeHosts{}) })
	}
	group.Wait()
	if n := starts(); n != 1 {
		t.Errorf("have %d compilations, want 1", n)
	}
}

func TestCompileChildAndCache(t *testing.T) {
	t.Parallel()
	program, starts := counting(t)
	config := runtime.WithCompiler(runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache")}, program)
	for range 2 {
		answersWell(t, newRuntime(t, config))
	}
	if n := starts(); n != 1 {
		t.Errorf("have %d compilations, want 1", n)
	}
	// What was compiled in another process is what is compiled in this one.
	whole, err := os.ReadFile(onlyEntries(t, config.CacheDir)[compiled])
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(t.TempDir(), "cache")
	if have, err := os.ReadFile(compileInto(t, here)[compiled]); err != nil || !bytes.Equal(have[entryHeader:], whole[entryHeader:]) {
		t.Errorf("have error %v and other code", err)
	}
	// That it cannot be kept is no reason not to run it.
	var log bytes.Buffer
	config.Logger = zerolog.New(&log)
	rt := newRuntime(t, config)
	if err := errors.Join(os.RemoveAll(config.CacheDir), os.WriteFile(config.CacheDir, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	answersWell(t, rt)
	if !strings.Contains(log.String(), "not kept") {
		t.Errorf("the log does not say it: %s", &log)
	}
}

// TestFakeChild tries what a process might do that is not in its right mind.
func TestFakeChild(t *testing.T) {
	entry, err := os.ReadFile(compileInto(t, filepath.Join(t.TempDir(), "cache"))[compiled])
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	name, good := string(entry[entryHeader:][:entryName]), filepath.Join(t.TempDir(), "good")
	if err := os.WriteFile(good, entry[entryHeader+entryName:], 0o600); err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("0", 64)
	for _, test := range []struct {
		name, script string
		want         abi.Code // 0: it loads
		rule, words  string
	}{
		{"right", "cp " + good + " " + name, 0, "", ""},
		{"reads nothing", "exec 0<&-; cp " + good + " " + name, 0, "", ""},
		{"nothing", "", abi.HostFailure, "", "0 files"},
		{"two files", "cp " + good + " " + name + "; cp " + good + " " + other, abi.HostFailure, "", "2 files"},
		{"a link", "ln -s " + good + " " + name, abi.HostFailure, "", name},
		{"a pipe", "mkfifo " + name, abi.HostFailure, "", "no regular file"},
		{"a directory", "mkdir " + name, abi.HostFailure, "", "no regular file"},
		{"too large", "truncate -s 268435457 " + name, abi.HostFailure, "", "268435456"},
		{"no digits", "cp " + good + " compiled", abi.HostFailure, "", `"compiled"`},
		{"upwards", "cp " + good + " ../" + name, abi.HostFailure, "", "0 files"},
		{"digits more", "cp " + good + " " + name + "00", abi.HostFailure, "", "none of the engine's"},
		{"of another module", "cp " + good + " " + other, abi.HostFailure, "", "cannot be used"},
		{"noise", "echo noise > " + name, abi.HostFailure, "", "cannot be used"},
		{"empty", ": > " + name, abi.HostFailure, "", "cannot be used"},
		{"refuses", "echo too many turns >&2; echo more >&2; exit 3", abi.InvalidModule, runtime.RuleInvalid, `too many turns"`},
		{"fails", "echo no space left >&2; exit 4", abi.HostFailure, "", tmp},
		{"crashes", "echo panic: at the disco >&2; exit 2", abi.HostFailure, "", "at the disco"},
		{"exits", "exit 1", abi.HostFailure, "", "exit status 1"},
		{"is killed", "kill -9 $$", abi.HostFailure, "", "the system ended the process that compiles, most likely for want of memory"},
		{"talks", "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1", abi.HostFailure, "", "xxx"},
		{"has no memory", "exit 5", abi.LimitExceeded, "", "CompileMemoryBytes"},
		{"makes too much", "exit 6", abi.InvalidModule, runtime.RuleBound, "more than 256 MiB of machine code"},
		{"runs out of memory", "echo 'fatal error: runtime: out of memory' >&2; exit 2", abi.LimitExceeded, "", "CompileMemoryBytes"},
		{"runs out of threads", "echo 'runtime: failed to create new OS thread (have 4 already; errno=11)' >&2; exit 2", abi.LimitExceeded, "", "CompileMemoryBytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rt := newRuntime(t, runtime.WithCompiler(runtime.Config{}, script(t, test.script)))
			_, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
			if test.want == 0 {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if e := wantError(t, err, test.want); e.Rule != test.rule || !strings.Contains(e.Error(), test.words) {
				t.Errorf("have %v, want rule %q and %q in it", e, test.rule, test.words)
			}
			if left, err := filepath.Glob(filepath.Join(tmp, "*", "child-*")); err != nil || len(left) > 0 {
				t.Errorf("have %v and error %v left behind", left, err)
			}
		})
	}
	t.Run("does not start", func(t *testing.T) {
		rt := newRuntime(t, runtime.WithCompiler(runtime.Config{}, filepath.Join(tmp, "none")))
		_, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
		if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), "does not start") {
			t.Errorf("have %v", e)
		}
	})
	t.Run("says a note", func(t *testing.T) {
		var log bytes.Buffer
		config := runtime.WithCompiler(runtime.Config{Logger: zerolog.New(&log)}, script(t, "echo no filter >&2; cp "+good+" "+name))
		rt := newRuntime(t, config)
		for range 2 {
			closeConnector(t, answersWell(t, rt))
		}
		if strings.Count(log.String(), "no filter") != 1 {
			t.Errorf("the log does not say it once: %s", &log)
		}
	})
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("have %v and error %v left behind", left, err)
	}
}

// TestLittleMemory gives the process less than it takes by itself: it either compiles or
// ends for want of memory, and does not take the engine's interpreter for a compiler. With
// the least that Config allows, a small module compiles.
func TestLittleMemory(t *testing.T) {
	t.Parallel()
	wasm := module(t, "answers_well")
	for mebibytes := 16; mebibytes <= 112; mebibytes += 16 {
		cmd := exec.Command(program(t))
		cmd.Dir = t.TempDir()
		cmd.Stdin = bytes.NewReader(wasm)
		cmd.Env = []string{fmt.Sprintf(`%s={"MemoryBytes":%d,"CPUSeconds":9,"FileBytes":268435456,"ModuleBytes":%d}`, runtime.CompileVariable, mebibytes<<20, len(wasm))}
		out, err := cmd.CombinedOutput()
		made, _ := os.ReadDir(cmd.Dir)
		if code := cmd.ProcessState.ExitCode(); code == 0 && len(made) != 1 || code == 3 || code == 4 {
			t.Errorf("%d MiB: have %q, error %v and %d files", mebibytes, out, err, len(made))
		}
	}
	if s := runProgram(t, "-memory", "134217728", "../testdata/wat/answers_well.wasm"); s.Error != "" {
		t.Errorf("with the least: %+v", s)
	}
}

// TestFullDisk lets the process write nothing.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.WithCompiler(runtime.Config{}, script(t, fmt.Sprintf("ulimit -f 0\nexec %q", self(t)))))
	_, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
	if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), "file too large") || !strings.Contains(e.Error(), os.TempDir()) {
		t.Errorf("have %v", e)
	}
}

// TestLargeCode has the process make more machine code than it may write.
func TestLargeCode(t *testing.T) {
	t.Parallel()
	wasm := module(t, "answers_well")
	cmd := exec.Command(program(t))
	cmd.Dir = t.TempDir()
	cmd.Stdin = bytes.NewReader(wasm)
	cmd.Env = []string{fmt.Sprintf(`%s={"MemoryBytes":536870912,"CPUSeconds":9,"FileBytes":100,"ModuleBytes":%d}`, runtime.CompileVariable, len(wasm))}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 6 {
		t.Errorf("have %q and error %v", out, err)
	}
}

// TestCleanedWhileCompiling takes the engine's directory away while it compiles, so that it
// cannot write. What loads next makes it again.
func TestCleanedWhileCompiling(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	rt := newRuntime(t, runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache")})
	engine := filepath.Join(onlyWorkDir(t, tmp), "engine")
	takeAway := func() {
		if err := os.RemoveAll(engine); err != nil {
			t.Error(err)
		}
	}
	takeAway() // so that there is a moment when it has been made again
	loaded := make(chan error)
	go func() {
		_, err := rt.Load(t.Context(), compilesLong(), &fakeHosts{}, contract.Promise{})
		loaded <- err
	}()
	for {
		if made, _ := filepath.Glob(filepath.Join(engine, "*")); len(made) > 0 {
			break
		}
		goruntime.Gosched()
	}
	takeAway()
	err := <-loaded
	if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), tmp+": see that") {
		t.Errorf("have %v", e)
	}
	answersWell(t, rt)
}

// onlyWorkDir is the one directory that runtimes have in tmp.
func onlyWorkDir(t *testing.T, tmp string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(tmp, "ecmabox-work-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("have %v and error %v", found, err)
	}
	return found[0]
}

// started is a program that tells when it runs, by opening running, and then does
// nothing until it is killed. Its end closes running.
func started(t *testing.T) (program, running string) {
	t.Helper()
	running = pipe(t)
	return script(t, fmt.Sprintf("exec 3>%q\nexec cat %q", running, pipe(t))), running
}

// open waits until somebody opens the pipe.
func open(t *testing.T, pipe string) *os.File {
	t.Helper()
	f, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// wantEnd waits until nobody holds the pipe.
func wantEnd(t *testing.T, f *os.File) {
	t.Helper()
	if _, err := io.Copy(io.Discard, f); err != nil {
		t.Fatal(err)
	}
}

func TestCompileCancelled(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(cancel context.CancelFunc, rt *runtime.Runtime) (abi.Code, error){
		"the caller": func(cancel context.CancelFunc, _ *runtime.Runtime) (abi.Code, error) {
			cancel()
			return abi.Cancelled, nil
		},
		"the runtime": func(_ context.CancelFunc, rt *runtime.Runtime) (abi.Code, error) {
			return abi.Closed, rt.Close(context.Background())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program, running := started(t)
			rt := newRuntime(t, runtime.WithCompiler(runtime.Config{}, program))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() {
				_, err := rt.Load(ctx, module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
				done <- err
			}()
			child := open(t, running)
			// Another one waits for its turn.
			waits, giveUp := context.WithCancel(t.Context())
			giveUp()
			_, err := rt.Load(waits, module(t, "echoes"), &fakeHosts{}, contract.Promise{})
			wantError(t, err, abi.Cancelled)
			code, err := stop(cancel, rt)
			if err != nil {
				t.Error(err)
			}
			wantError(t, <-done, code)
			wantEnd(t, child)
		})
	}
}

func TestCompileTimeout(t *testing.T) {
	t.Parallel()
	program, running := started(t)
	rt := newRuntime(t, runtime.WithCompiler(runtime.Config{CompileTimeout: time.Millisecond}, program))
	// The pipe is held open, so that the program does not wait for it.
	held, err := os.OpenFile(running, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	_, err = rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
	e := wantError(t, err, abi.LimitExceeded)
	if e.Limit != "CompileTimeout" || e.Allowed < 1 || e.Used < e.Allowed || !strings.Contains(e.Error(), "raise Config.CompileTimeout") {
		t.Errorf("have %v", e)
	}
}

// TestParentKilled kills a process whose compiler runs.
func TestParentKilled(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	program, running := started(t)
	parent := exec.Command(self(t))
	parent.Env = append(os.Environ(), parentVariable+"="+program)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	child := open(t, running)
	newRuntime(t, runtime.WithCompiler(runtime.Config{}, program))
	if found, err := filepath.Glob(filepath.Join(tmp, "*", "child-*")); err != nil || len(found) != 1 {
		t.Errorf("have %v and error %v, want what the compiler works in, since it runs", found, err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	parent.Wait()
	wantEnd(t, child)
	if found, err := filepath.Glob(filepath.Join(tmp, "*", "child-*")); err != nil || len(found) != 1 {
		t.Errorf("have %v and error %v, want what the dead left", found, err)
	}
	newRuntime(t, runtime.WithCompiler(runtime.Config{}, program))
	if found, err := filepath.Glob(filepath.Join(tmp, "*", "child-*")); err != nil || len(found) != 0 {
		t.Errorf("have %v and error %v left behind", found, err)
	}
}

// wideModule has a function with as many locals as can be asked for, in 40 bytes.
func wideModule() []byte {
	return (&wasmtest.Module{
		Types: [][]byte{wasmtest.Func("", "")}, Functions: [][]byte{wasmtest.U32(0)},
		Bodies: [][]byte{wasmtest.Body([][]byte{append(wasmtest.U32(4_000_000_000), 0x7f)})},
	}).Bytes()
}

// deepModule has blocks in one another, which take the compiler the square of their
// number.
func deepModule(depth int) []byte {
	code := append(bytes.Repeat([]byte{0x02, 0x40}, depth), bytes.Repeat([]byte{0x0b}, depth)...)
	return (&wasmtest.Module{
		Types: [][]byte{wasmtest.Func("", "")}, Functions: [][]byte{wasmtest.U32(0)},
		Bodies: [][]byte{wasmtest.Body(nil, code...)},
	}).Bytes()
}

// TestCompileLimits compiles what admission would have refused.
func TestCompileLimits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, limit string
		config      runtime.Config
		module      []byte
		least       int64 // of what was used
	}{
		{"memory", "CompileMemoryBytes", runtime.Config{}, wideModule(), 0},
		{"processor time", "CompileCPU", runtime.Config{CompileCPU: time.Second}, deepModule(100_000), 500},
		{"time", "CompileTimeout", runtime.Config{CompileTimeout: 200 * time.Millisecond}, deepModule(100_000), 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := runtime.CompileUnchecked(t.Context(), runtime.WithCompiler(test.config, program(t)), test.module)
			e := wantError(t, err, abi.LimitExceeded)
			if e.Limit != test.limit || e.Used < test.least || e.Allowed == 0 || !strings.Contains(e.Error(), "raise Config."+test.limit) {
				t.Errorf("have %v", e)
			}
		})
	}
}

// Connectors of one module share what it was compiled to: each gives it back once,
// however often it is closed, by whomever.
func TestCloseAtOnce(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	c := answersWell(t, rt)
	other := answersWell(t, rt)
	var g sync.WaitGroup
	for range 4 {
		g.Go(func() {
			if err := c.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	neighbour(t, runtime.Raw(other))
	g.Go(func() { rt.Close(t.Context()) })
	g.Go(func() { other.Close(t.Context()) })
	g.Wait()
	if n := runtime.LiveModules(rt); n != 0 {
		t.Errorf("%d compiled modules are left", n)
	}
}

// A module that is compiled while its runtime is closed is loaded no more, and
// given back: one that another connector has already, and one that takes long.
func TestRuntimeCloseDuringLoad(t *testing.T) {
	t.Parallel()
	for range 20 {
		rt := newRuntime(t, runtime.Config{})
		answersWell(t, rt)
		closeDuringLoad(t, rt, module(t, "answers_well"))
	}
	closeDuringLoad(t, newRuntime(t, runtime.Config{}), compilesLong())
}

func closeDuringLoad(t *testing.T, rt *runtime.Runtime, module []byte) {
	t.Helper()
	before := runtime.Connectors(rt)
	loaded := make(chan error)
	go func() {
		_, err := rt.Load(context.Background(), module, &fakeHosts{}, contract.Promise{})
		loaded <- err
	}()
	for runtime.Connectors(rt) == before {
		goruntime.Gosched()
	}
	if err := rt.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-loaded; err != nil { // else it was ready before
		wantError(t, err, abi.Closed)
	}
	if n := runtime.LiveModules(rt); n != 0 {
		t.Errorf("%d compiled modules are left", n)
	}
}
