//go:build unix && !wasmtime

package runtime_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// A compiler that was stopped begins no compilation, although it is its turn: the engine
// may be gone. Which of both it sees first is left to chance, so it is asked often.
func TestCompileAfterStop(t *testing.T) {
	t.Parallel()
	for range 50 {
		wantError(t, runtime.CompileAfterStop(t.Context(), module(t, "answers_well")), abi.Closed)
	}
}

// A process that is left behind and holds the compiler's pipes open is not waited for:
// no limit of time would end that. This one ends by itself, for a test that fails.
func TestCompileLeavesProcess(t *testing.T) {
	t.Parallel()
	left := filepath.Join(t.TempDir(), "left")
	program := script(t, fmt.Sprintf("sleep 20 &\necho $! >%q", left))
	rt := newRuntime(t, runtime.WithCompiler(runtime.Config{}, program))
	_, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
	wantError(t, err, abi.HostFailure)
	if !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatalf("have error %v, want %v: the process was waited for", err, exec.ErrWaitDelay)
	}
	text, err := os.ReadFile(left)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		t.Error("the process is left behind:", err)
	}
}

// What a process left that died is removed, but for that of another user: a name in a
// directory that all may write to says nothing.
func TestSweepLeavesStrangers(t *testing.T) {
	const stranger = 12345
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	own, strangers := filepath.Join(tmp, "ecmabox-work-1"), filepath.Join(tmp, "ecmabox-work-2")
	for _, dir := range []string{own, strangers} {
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if os.Chown(strangers, stranger, stranger) != nil {
		t.Skip("only the superuser can give a directory away")
	}
	newRuntime(t, runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache")})
	if _, err := os.Stat(own); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a process left that died is there: error %v", err)
	}
	if _, err := os.Stat(filepath.Join(strangers, "lock")); err != nil {
		t.Errorf("what another user has is gone: %v", err)
	}
}
