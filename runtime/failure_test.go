package runtime_test

import (
	"errors"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// Of the engine's error so many bytes are looked at, and none behind them.
func TestReasonIsCut(t *testing.T) {
	t.Parallel()
	const end = "\nwasm stack trace:\n\tab"
	for more, frame := range []string{"ab", "a"} {
		first := strings.Repeat("x", runtime.ReasonBytes+more-len(end))
		if have, want := runtime.Reason(errors.New(first+end)), first+`, in "`+frame+`"`; have != want {
			t.Errorf("of an error of %d bytes %q is left, want %q", runtime.ReasonBytes+more, have[len(have)-20:], want[len(want)-20:])
		}
	}
}

// The first call that traps finds all functions described, which would take megabytes
// here. It is not parallel: what the process takes is counted.
func TestFirstTrap(t *testing.T) {
	module := with(func(m *wasmtest.Module) {
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, 0x00)
		m.Functions = append(m.Functions, again(40_000, typeNothing)...)
		m.Bodies = append(m.Bodies, again(40_000, wasmtest.Body(nil)...)...)
	})()
	c, err := newRuntime(t, runtime.Config{}).Load(t.Context(), module, &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	session := openImport(t, runtime.Raw(c), nil)
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	_, err = session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	goruntime.ReadMemStats(&after)
	wantError(t, err, abi.Trap)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("it took %d bytes", took)
	}
}
