package runtime_test

import (
	"context"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// loadMade loads a module that was made.
func loadMade(t *testing.T, rt *runtime.Runtime, module []byte) abi.Connector {
	t.Helper()
	c, err := rt.Load(t.Context(), module, &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	return runtime.Raw(c)
}

// pageOf reads one page of a module, and returns what the session used.
func pageOf(t *testing.T, config runtime.Config, module []byte) (runtime.Usage, error) {
	t.Helper()
	var u usages
	config.OnRelease = u.add
	s := openImport(t, loadMade(t, newRuntime(t, config), module), nil)
	_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	return u.last(), err
}

// However many frames a guest gets at a time, its calls are too deep one past
// CallDepth, at the same place each time.
func TestCallDepth(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{2, runtime.FramesAtATime, runtime.FramesAtATime + 1, 2 * runtime.FramesAtATime, 1000} {
		for _, anew := range []bool{false, true} {
			config := runtime.Config{CallDepth: depth, StartAnew: anew}
			// The page itself takes a frame.
			if _, err := pageOf(t, config, deepPage(depth-1, 0)()); err != nil {
				t.Errorf("a depth of %d: have error %v at the limit", depth, err)
			}
			u, err := pageOf(t, config, deepPage(depth+500, 0)())
			e := wantError(t, err, abi.LimitExceeded)
			if e.Limit != "CallDepth" || e.Used != int64(depth)+1 || e.Allowed != int64(depth) || e.Side != abi.SideGuest || of(u, "CallDepth").Used != e.Used {
				t.Errorf("a depth of %d: have %+v and %v past the limit", depth, e, of(u, "CallDepth"))
			}
		}
	}
}

// A guest that asks for frames and has fuel is not asked for fuel: it is stopped at
// the same place as if it had had the frames.
func TestFuelOfDeepCalls(t *testing.T) {
	t.Parallel()
	module := deepPage(1000, 0)()
	u, err := pageOf(t, runtime.Config{}, module)
	if err != nil {
		t.Fatal(err)
	}
	used := of(u, "FuelPerCall").Used
	if _, err := pageOf(t, runtime.Config{FuelPerCall: used}, module); err != nil {
		t.Errorf("have error %v with the fuel that it needs", err)
	}
	_, err = pageOf(t, runtime.Config{FuelPerCall: used - 1}, module)
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "FuelPerCall" || e.Used != used {
		t.Errorf("have %+v with less, want %d used", e, used)
	}
}

// A start section gets frames as calls do, whoever runs it.
func TestDeepStart(t *testing.T) {
	t.Parallel()
	module := with(func(m *wasmtest.Module) {
		m.Globals = [][]byte{wasmtest.Join([]byte{0x7f, 1}, wasmtest.I32(299), []byte{0x0b})}
		m.Start = wasmtest.U32(firstFunction)
		addFunction(m, typeNothing, nil, 0x23, 0, 0x45, 0x0d, 0, 0x23, 0, 0x41, 1, 0x6b, 0x24, 0, 0x10, firstFunction) // if n == 0 return; n--; itself
	})()
	for _, anew := range []bool{false, true} {
		for depth, code := range map[int]abi.Code{300: 0, 299: abi.LimitExceeded} {
			c, err := newRuntime(t, runtime.Config{StartAnew: anew, CallDepth: depth}).Load(t.Context(), module, &fakeHosts{}, contract.Promise{})
			if outcomeOf(err).cause != code {
				t.Errorf("anew %t, a depth of %d: have error %v, want %v", anew, depth, err, code)
			}
			if err == nil {
				c.Close(context.Background())
			}
		}
	}
}
