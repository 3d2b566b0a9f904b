//go:build wasmtime && unix

package runtime_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// deepStacks makes this test binary do what TestStacksOfThreads starts it for.
const deepStacks = "ECMABOX_TEST_DEEP_STACKS"

// A guest that uses all it may of a thread's stack ends by itself and not with the
// process, whatever limit of stacks the process has; and where that is too little, there
// is no Runtime.
func TestStacksOfThreads(t *testing.T) {
	t.Parallel()
	if os.Getenv(deepStacks) != "" {
		useStacks(t)
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[string]string{"unlimited": "", "8192": "", "4096": "", "1536": "",
		"1535": "threads of this process have stacks of 1535 KiB, and Wasmtime runs guests on them, which takes 1536: "} {
		t.Run(limit, func(t *testing.T) {
			const script = `ulimit -s "$1" || exit 99; exec "$0" -test.run='^TestStacksOfThreads$'`
			cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script, program, limit)
			cmd.Env = append(os.Environ(), deepStacks+"=1")
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() == 99 {
				t.Skipf("the system has a hard limit: %s", out)
			}
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(string(out), want)) {
				t.Errorf("have %v and want %q: %s", err, want, out)
			}
		})
	}
}

// useStacks uses up the stacks of threads, by guests alone and with a host that works in
// between.
func useStacks(t *testing.T) {
	rt, err := runtime.New(t.Context(), runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	hosts := &fakeHosts{onClock: func(context.Context) (time.Time, error) {
		if calls++; calls%10 == 0 { // on the stack that is left
			goruntime.GC()
		}
		return noon, nil
	}}
	// Each call of the page keeps what 1,500 loads found, asks the host and calls the page.
	const page, kept = 5, 1500
	var asking []byte
	for i := range uint32(kept) {
		asking = wasmtest.Join(asking, wasmtest.I32(0), []byte{0x29, 0}, wasmtest.U32(8*i))
	}
	asking = wasmtest.Join(asking, wasmtest.I32(messageAt), wasmtest.I32(2), wasmtest.I32(2*messageAt), wasmtest.I32(64), []byte{0x10, 0, 0x1a},
		[]byte{0x20, 0, 0x10, page}, bytes.Repeat([]byte{0x7c}, kept))
	for name, module := range map[string][]byte{
		"small frames":           module(t, "../hostile/recurses"),
		"variables":              recursion(1900, 0)(),
		"vectors":                vectorRecursion(liveVectors)(),
		"with calls of the host": messageModule("clock", "{}", asking...),
	} {
		c, err := rt.Load(t.Context(), module, hosts, contract.Promise{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = openImport(t, runtime.Raw(c), nil).GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		if code := abi.CodeOf(err); code != abi.Trap && code != abi.LimitExceeded {
			t.Errorf("%s: have error %v, want a trap or a limit", name, err)
		} else {
			t.Logf("%s, %d calls of the host: %v", name, calls, err)
		}
	}
}
