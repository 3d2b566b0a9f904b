package runtime_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// MaxTableElements bounds the tables of a module, not that in which metering keeps the
// references of its code, at the limit and one past it; nor does that let others grow.
func TestReferencesAndTables(t *testing.T) {
	t.Parallel()
	const most = 10
	for _, references := range []int{most, most + 1, 50} {
		for grow, ends := range map[int64]abi.Code{most: 0, most + 1: abi.Trap} {
			module := with(func(m *wasmtest.Module) {
				setPage(m, firstFunction)
				var code []byte
				var declared [][]byte
				for i := range references {
					function := wasmtest.U32(uint32(firstFunction + 1 + i))
					code = wasmtest.Join(code, []byte{0xd2}, function, []byte{0x1a})
					declared = append(declared, function)
				}
				// It traps when its table does not grow.
				code = wasmtest.Join(code, []byte{0xd0, 0x70}, wasmtest.I32(grow), []byte{0xfc, 15, 0, 0x41, 0x7f, 0x46, 0x04, 0x40, 0x00, 0x0b}, wellAnswer)
				addFunction(m, typePage, nil, code...)
				for range references {
					addFunction(m, typeNothing, nil)
				}
				m.Tables = [][]byte{{0x70, 0, 0}}
				m.Elements = [][]byte{wasmtest.Join([]byte{3, 0}, wasmtest.Vector(declared...))}
			})()
			c, err := newRuntime(t, runtime.Config{MaxTableElements: most}).Load(t.Context(), module, &fakeHosts{}, contract.Promise{})
			if err != nil {
				t.Errorf("%d references: %v", references, err)
				continue
			}
			s := openImport(t, runtime.Raw(c), nil)
			if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); abi.CodeOf(err) != ends {
				t.Errorf("%d references, and a table that grows by %d: have error %v", references, grow, err)
			}
		}
	}
}
