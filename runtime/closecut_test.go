package runtime_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	goruntime "runtime"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// compilesLong is a module that takes a second or so to compile.
func compilesLong() []byte {
	m := connectorModule()
	for range 2000 {
		addFunction(m, typeNothing, nil, bytes.Repeat([]byte{0x41, 0, 0x1a}, 100)...)
	}
	return m.Bytes()
}

// A runtime whose Close may not wait for a module that is compiled in the process is
// closed by the one that loads it: the engine must not be closed under its compiler.
func TestRuntimeCloseCutShort(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	rt := newRuntime(t, runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache")})
	loaded := make(chan error)
	go func() {
		_, err := rt.Load(context.Background(), compilesLong(), &fakeHosts{}, contract.Promise{})
		loaded <- err
	}()
	for !runtime.Compiling(rt) {
		goruntime.Gosched()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, rt.Close(ctx), abi.Cancelled)
	wantError(t, <-loaded, abi.Closed)
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("the directory for temporary files holds %v, error %v", left, err)
	}
	if err := rt.Close(ctx); err != nil {
		t.Error(err)
	}
}
