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
// become, whether the module says how large that is or not.
func TestTablesAreCounted(t *testing.T) {
	t.Parallel()
	const most, declared = 1000, 40
	module := with(func(m *wasmtest.Module) {
		m.Tables = [][]byte{{0x70, 0, 10}, {0x70, 1, 0, declared}, wasmtest.Join([]byte{0x6f, 1, 0}, wasmtest.U32(most+1))}
	})()
	taken := atFirst + (most+declared+most)*runtime.TableElementBytes
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
	if counted := int64(tables * most * runtime.TableElementBytes); kept < counted/4 || kept > counted {
		t.Errorf("%d bytes are kept of tables for which %d are counted", kept, counted)
	}
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
}
