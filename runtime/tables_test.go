//go:build !wasmtime

package runtime_test

import (
	goruntime "runtime"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// The tables of an instance come out of the budget of memory as large as they may
// become, whether the module says how large that is or not; its segments, their elements, its
// globals, and the functions to which its code refers, come out of it too.
func TestTablesAreCounted(t *testing.T) {
	t.Parallel()
	const most, declared = 1000, 40
	module := with(func(m *wasmtest.Module) {
		m.Tables = [][]byte{{0x70, 0, 10}, {0x70, 1, 0, declared}, wasmtest.Join([]byte{0x6f, 1, 0}, wasmtest.U32(most+1))}
		m.Elements = [][]byte{{1, 0, 2, 0, 0}}
		m.Data = append(m.Data, []byte{1, 0}, []byte{1, 0})
		m.Globals = [][]byte{{0x7f, 1, 0x41, 0, 0x0b}}
		addFunction(m, typeNothing, nil, 0xd2, 0, 0x1a)
	})()
	taken := atFirst + (most+declared+most)*runtime.TableElementBytes + 3*runtime.SegmentBytes + 3*runtime.SegmentElementBytes + runtime.GlobalBytes
	for _, anew := range []bool{false, true} {
		for _, less := range []int64{0, 1} {
			rt := newRuntime(t, runtime.Config{MaxTableElements: most, StartAnew: anew, MemoryBudget: runtime.NewMemoryBudget(taken - less)})
			c, err := rt.Load(t.Context(), module, &fakeHosts{}, contract.Promise{})
			if less > 0 {
				if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryBudget" || e.Used != taken || e.Allowed != taken-1 {
					t.Errorf("anew %t: have %+v one byte past the budget", anew, e)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			s := openImport(t, runtime.Raw(c), nil)
			if used := runtime.MemoryUsed(rt); used != taken {
				t.Errorf("anew %t: %d bytes are taken, want %d", anew, used, taken)
			}
			if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
				t.Error(err)
			}
			if used := runtime.MemoryUsed(rt); used != 0 {
				t.Errorf("anew %t: %d bytes are taken when all is over", anew, used)
			}
		}
	}
}

// The engine takes no more for tables that grow by little than is counted.
// Nothing else may use memory meanwhile, so this is not parallel.
func TestTableElementBytes(t *testing.T) {
	const tables, most = 16, 65_536
	var grow []byte
	for n := range byte(tables) {
		// loop: if table.grow(null, 63) != -1, again
		grow = append(grow, 0x03, 0x40, 0xd0, 0x70, 0x41, 63, 0xfc, 15, n, 0x41, 0x7f, 0x47, 0x0d, 0, 0x0b)
	}
	module := with(func(m *wasmtest.Module) {
		setPage(m, firstFunction)
		addFunction(m, typePage, nil, append(grow, wellAnswer...)...)
		for range tables {
			m.Tables = append(m.Tables, []byte{0x70, 0, 0})
		}
	})()
	keeps(t, module, tables*most*runtime.TableElementBytes)
}

// The same of elements of segments and of globals that hold references.
func TestSegmentElementBytes(t *testing.T) {
	const elements, globals = 100_000, 40_000
	module := with(func(m *wasmtest.Module) {
		m.Tables = [][]byte{wasmtest.Join([]byte{0x70, 0}, wasmtest.U32(60_000))}
		m.Elements = [][]byte{
			wasmtest.Join([]byte{0}, wasmtest.I32(0), []byte{0x0b}, wasmtest.U32(elements/2), make([]byte, elements/2)), // active
			wasmtest.Join([]byte{1, 0}, wasmtest.U32(elements/2), make([]byte, elements/2)),                             // passive
		}
		for range globals {
			m.Globals = append(m.Globals, []byte{0x70, 1, 0xd2, 0, 0x0b})
		}
	})()
	keeps(t, module, elements*runtime.SegmentElementBytes+globals*runtime.GlobalBytes+runtime.DefaultMaxTableElements*runtime.TableElementBytes)
}

// The same of segments that have nothing in them. The 64 KiB are for what an instance has
// besides, far less than the stack that is counted for it.
func TestSegmentBytes(t *testing.T) {
	const data, elements = 99_000, 9_900 // beside the one that holds an answer
	module := with(func(m *wasmtest.Module) {
		m.Data = append(m.Data, again(data, 1, 0)...)
		m.DataCount = wasmtest.U32(data + 1) // with it the image keeps them
		m.Elements = again(elements, 1, 0, 0)
	})()
	keeps(t, module, (data+elements)*runtime.SegmentBytes+64<<10)
}

// keeps holds that an instance that had a page takes no more than is counted, and a fourth
// of it at least.
func keeps(t *testing.T, module []byte, counted int64) {
	t.Helper()
	c := loadMade(t, newRuntime(t, runtime.Config{}), module)
	heap := func() int64 {
		goruntime.GC()
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	s := openImport(t, c, nil)
	if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
		t.Fatal(err)
	}
	kept := heap() - before
	if kept < counted/4 || kept > counted {
		t.Errorf("%d bytes are kept of what %d are counted for", kept, counted)
	}
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
}
