//go:build unix && !wasmtime

package runtime_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// compilerProgram is a program that calls CompileChild, without the race detector,
// whose shadow memory no limit allows.
var compilerProgram = sync.OnceValues(func() (string, error) {
	var err error
	if scratch, err = os.MkdirTemp("", "ecmabox-runtime-test-"); err != nil {
		return "", err
	}
	program := filepath.Join(scratch, "compiler")
	out, err := exec.Command("go", "build", "-o", program, "./testdata/compiler").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return program, err
})

func program(t *testing.T) string {
	t.Helper()
	path, err := compilerProgram()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// said is what testdata/compiler says.
type said struct {
	Error, Code, Limit, OnlyApart string
	Used, Allowed, Resident       int64
}

func runProgram(t *testing.T, args ...string) said {
	t.Helper()
	out, err := exec.Command(program(t), args...).Output()
	var s said
	if err != nil || json.Unmarshal(out, &s) != nil {
		t.Fatalf("have %q and error %v", out, err)
	}
	return s
}

// TestCompileProgram has a real program compile the connector for REST, within the
// defaults and with less.
func TestCompileProgram(t *testing.T) {
	t.Parallel()
	guest, err := wasmbuild.Build(t.Context(), "github.com/ecmabox/ecmabox/connectors-wasm/rest/module")
	if err != nil {
		t.Fatal(err)
	}
	file, cache := filepath.Join(t.TempDir(), "rest.wasm"), filepath.Join(t.TempDir(), "cache")
	if err := os.WriteFile(file, guest, 0o600); err != nil {
		t.Fatal(err)
	}
	// Under the race detector a process that has no memory may crash before it can say so.
	if s := runProgram(t, "-memory", "134217728", file); (s.Limit != "CompileMemoryBytes" || s.Allowed != 128<<20) && !(racing && s.Error != "") {
		t.Errorf("with 128 MiB: %+v", s)
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if s := runProgram(t, "-cache", cache, file); s.Error != "" {
				t.Errorf("with the defaults: %+v", s)
			}
		})
	}
	group.Wait()
	// What is kept needs no compiler.
	if s := runProgram(t, "-cache", cache, "-memory", "134217728", file); s.Error != "" {
		t.Errorf("from the cache: %+v", s)
	}
}

// A program that compiles elsewhere and one that does not each load what they said that
// they would.
func TestInspectApart(t *testing.T) {
	t.Parallel()
	loops := widened()[admission.LimitTotalLoops]
	limit := allowed(admission.LimitTotalLoops)
	for _, test := range []struct {
		n           int
		here, apart bool
	}{{limit, true, true}, {limit + 1, false, true}, {4*limit + 1, false, false}} {
		file := filepath.Join(t.TempDir(), "loops.wasm")
		if err := os.WriteFile(file, widenedModule(loops, test.n), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, in := range []struct {
			args  []string
			loads bool
		}{{[]string{"-here"}, test.here}, {nil, test.apart}} {
			look := runProgram(t, append(in.args, "-inspect", file)...)
			if load := runProgram(t, append(in.args, file)...); (load.Error == "") != in.loads || look.Error != load.Error {
				t.Errorf("%d %v: it says %+v and does %+v", test.n, in.args, look, load)
			}
			if tells := look.OnlyApart != ""; tells != (in.loads && !test.here) {
				t.Errorf("%d %v: it says of where it can be compiled: %q", test.n, in.args, look.OnlyApart)
			}
		}
	}
}

// A module with more loops than the process itself compiles is compiled elsewhere and
// answers. What is kept of it then is of no use to a runtime that compiles itself.
func TestLoadApart(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	large := widenedModule(widened()[admission.LimitTotalLoops], allowed(admission.LimitTotalLoops)+1)
	apart := newRuntime(t, runtime.WithCompiler(runtime.Config{CacheDir: cache}, self(t)))
	c, err := apart.Load(t.Context(), large, &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runtime.Raw(c).GetCapabilities(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, _, kept, err := runtime.Admit(apart, large); err != nil || !kept {
		t.Errorf("it is kept: %v, with error %v", kept, err)
	}
	_, err = newRuntime(t, runtime.Config{CacheDir: cache}).Load(t.Context(), large, &fakeHosts{}, contract.Promise{})
	checkAdmitted(t, err, admission.LimitTotalLoops, false, true)
}

// TestChildByMistake starts processes as no Runtime does.
func TestChildByMistake(t *testing.T) {
	t.Parallel()
	for task, words := range map[string]string{
		"":  runtime.CompileVariable,
		"1": runtime.CompileVariable,
		`{"MemoryBytes":536870912,"CPUSeconds":9,"FileBytes":1000,"ModuleBytes":1}`: "read the module",
	} {
		cmd := exec.Command(program(t))
		cmd.Env = []string{runtime.CompileVariable + "=" + task}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 4 || !strings.Contains(string(out), words) {
			t.Errorf("%q: have %q and error %v", task, out, err)
		}
	}
}

func TestChildWithoutCompileChild(t *testing.T) {
	t.Setenv(runtime.CompileVariable, "{}")
	_, err := runtime.New(t.Context(), runtime.Config{})
	if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), "call runtime.CompileChild first") {
		t.Errorf("have %v", e)
	}
}
