package runtime_test

import (
	"bytes"
	"testing"

	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// Every table gets a maximum of its own: the limit, or what it says itself if that is
// less.
func TestBoundTables(t *testing.T) {
	t.Parallel()
	const most = 1000
	tables := func(items ...[]byte) []byte {
		return with(func(m *wasmtest.Module) { m.Tables = items })()
	}
	bounded := func(kind, least byte, most uint32) []byte {
		return wasmtest.Join([]byte{kind, 1, least}, wasmtest.U32(most))
	}
	have := runtime.BoundTables(tables([]byte{0x70, 0, 10}, bounded(0x70, 3, 40), bounded(0x6f, 0, most), bounded(0x70, 0, most+1)), most)
	want := tables(bounded(0x70, 10, most), bounded(0x70, 3, 40), bounded(0x6f, 0, most), bounded(0x70, 0, most))
	if !bytes.Equal(have, want) {
		t.Errorf("have\n%x, want\n%x", have, want)
	}
}
