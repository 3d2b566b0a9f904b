//go:build !wasmtime

package runtime_test

import (
	"bytes"
	goruntime "runtime"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// What a small instance has before it is deep: a page, and its first frames with the
// largest function's, which is one; and what one of deepPage's has, with two globals.
var (
	atFirst     = 1<<16 + runtime.StackBytes(1) + runtime.SegmentBytes
	deepAtFirst = atFirst + 2*runtime.GlobalBytes
)

// The stack of an instance is counted when it asks for frames, and when it is over no
// more.
func TestStackIsCounted(t *testing.T) {
	t.Parallel()
	const slice = runtime.FramesAtATime
	for _, test := range []struct{ frames, granted int64 }{
		{slice, slice}, {slice + 1, 2*slice + 1}, {2*slice + 1, 2*slice + 1}, {2*slice + 2, 3*slice + 2}, {65_536, 1 << 40},
	} {
		rt := newRuntime(t, runtime.Config{})
		s := openImport(t, loadMade(t, rt, deepPage(int(test.frames)-1, 0)()), nil)
		if used := runtime.MemoryUsed(rt); used != deepAtFirst {
			t.Errorf("%d bytes are taken at first, want %d", used, deepAtFirst)
		}
		for range 2 {
			if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
				t.Fatal(err)
			}
			want := deepAtFirst - slice*runtime.StackBytesPerFrame + min(test.granted*runtime.StackBytesPerFrame, runtime.MostStackBytes)
			if used := runtime.MemoryUsed(rt); used != want {
				t.Errorf("%d bytes are taken after %d frames, want %d", used, test.frames, want)
			}
		}
		if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
			t.Error(err)
		}
		if used := runtime.MemoryUsed(rt); used != 0 {
			t.Errorf("%d bytes are taken when all is over", used)
		}
	}
}

// A stack gets what is left of the budget, and no byte more; so does an instance for
// what its largest function takes.
func TestStackBudget(t *testing.T) {
	t.Parallel()
	const deep = (runtime.FramesAtATime + 1) * runtime.StackBytesPerFrame // for a frame more than at first
	large := with(func(m *wasmtest.Module) { addFunction(m, typeNothing, [][]byte{append(wasmtest.U32(1280), 0x7e)}) })()
	for _, less := range []int64{0, 1} {
		rt := newRuntime(t, runtime.Config{MemoryBudget: runtime.NewMemoryBudget(deepAtFirst + deep - less)})
		s := openImport(t, loadMade(t, rt, deepPage(runtime.FramesAtATime, 0)()), nil)
		_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		if less == 0 && err != nil {
			t.Errorf("have error %v at the limit", err)
		}
		if less == 1 {
			e := wantError(t, err, abi.LimitExceeded)
			if e.Limit != "MemoryBudget" || e.Used != deepAtFirst+deep || e.Allowed != deepAtFirst+deep-1 || e.Side != abi.SideHost || !e.Retryable || e.Op != "GetImportEntries" {
				t.Errorf("have %+v one past the limit", e)
			}
			if used := runtime.MemoryUsed(rt); used != 0 {
				t.Errorf("%d bytes are taken by an instance that is retired", used)
			}
		}
		_, err = newRuntime(t, runtime.Config{MemoryBudget: runtime.NewMemoryBudget(1<<16 + runtime.StackBytes(6) + runtime.SegmentBytes - less)}).Load(t.Context(), large, &fakeHosts{}, contract.Promise{})
		if (err == nil) != (less == 0) {
			t.Errorf("a large function: have error %v with %d bytes less than it takes", err, less)
		}
	}
}

// By default one instance gets all of its memory, however much that may be, with all of
// its stack and its tables, and a function of 10,000 frames.
func TestBudgetForOne(t *testing.T) {
	t.Parallel()
	const most = 4<<30 - 64<<10
	const beside = runtime.MostStackBytes + 16*runtime.DefaultMaxTableElements*runtime.TableElementBytes + 10_000*runtime.StackBytesPerFrame +
		200_000*runtime.SegmentElementBytes + 110_000*runtime.SegmentBytes + 50_000*runtime.GlobalBytes
	for limit, want := range map[int64]int64{0: runtime.DefaultMemoryBudgetBytes, 1 << 30: runtime.DefaultMemoryBudgetBytes, 2 << 30: 2<<30 + beside, most: most + beside} {
		if have := runtime.MemoryAllowed(newRuntime(t, runtime.Config{MemoryLimitBytes: limit})); have < want {
			t.Errorf("a limit of %d bytes: the budget is %d, want %d", limit, have, want)
		}
	}
}

// The engine keeps one stack of an instance, whatever it calls: that of the last
// export. Nothing else may use memory meanwhile, so this is not parallel.
func TestOneStackIsKept(t *testing.T) {
	module := with(func(m *wasmtest.Module) {
		addDeepPage(m, 1500, 1000)
		for i, e := range m.Exports {
			if bytes.Contains(e, []byte("OpenImportConnection")) {
				m.Exports[i] = wasmtest.Export("OpenImportConnection", 0, firstFunction)
			}
		}
	})()
	c := loadMade(t, newRuntime(t, runtime.Config{}), module)
	heap := func() int64 {
		var m goruntime.MemStats
		goruntime.GC()
		goruntime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	s := openImport(t, c, nil)
	stack := heap() - before
	if stack < 20<<20 {
		t.Fatalf("a stack takes %d bytes, want it to be large", stack)
	}
	if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
		t.Fatal(err)
	}
	if both := heap() - before; both > stack+stack/4 {
		t.Errorf("%d bytes are kept after two calls of other exports, %d after one", both, stack)
	}
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
}
