package metering_test

import (
	"bytes"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// Fills and copies in parts do what the instructions do, wherever the ranges lie, trap
// where they trap, cost what they cost, and look on their way.
func TestParts(t *testing.T) {
	t.Parallel()
	const pages, part = 8, metering.PartBytes
	const size = pages << 16
	m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("\x7f\x7f\x7f", "")}, Functions: [][]byte{{0}, {0}}, Memories: [][]byte{{0, pages}},
		Exports: [][]byte{wasmtest.Export("fill", 0, 0), wasmtest.Export("copy", 0, 1), wasmtest.Export("memory", 2, 0)},
		Bodies:  [][]byte{wasmtest.Body(nil, 0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 11, 0), wasmtest.Body(nil, 0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 10, 0, 0)}}
	metered := rewrite(t, m.Bytes())
	validate(t, metered)
	pattern := make([]byte, size)
	for i := range pattern {
		pattern[i] = byte(i ^ i>>8 ^ i>>16)
	}
	plain, parted := newEngine(t, m.Bytes(), false), newEngine(t, metered, false)
	parted.slice = 1
	for _, export := range []string{"fill", "copy"} {
		for _, n := range []uint64{0, 128, 129, part - 1, part, part + 1, 2 * part, 3*part + 77, size, size + 1, 1<<32 - 1} {
			for _, to := range []uint64{0, 1, part, size - n&(size-1), size - n&(size-1) + 1, 1<<32 - 1} {
				for _, from := range []uint64{0, 1, 200, part - 1, part + 1, size - n&(size-1), size - n&(size-1) + 1, 1<<32 - 1} {
					to, from := to&0xffffffff, from&0xffffffff
					callouts, before := parted.callouts, parted.used()
					var traps [2]bool
					var left [2][]byte
					for i, e := range []*engine{plain, parted} {
						e.instance.Memory().Write(0, pattern)
						_, err := e.call(t.Context(), export, to, from, n)
						traps[i] = err != nil
						left[i], _ = e.instance.Memory().Read(0, size)
					}
					if traps[0] != traps[1] || !bytes.Equal(left[0], left[1]) {
						t.Fatalf("%s of %d bytes from %d to %d: traps %v, or other memory", export, n, from, to, traps)
					}
					if want := int(n / part); !traps[0] && parted.callouts-callouts < want {
						t.Errorf("%s of %d bytes: have %d callouts, want %d", export, n, parted.callouts-callouts, want)
					}
					units := int64(32)
					if n > 128 {
						units += int64(n) / 8
					}
					if used := parted.used() - before; !traps[0] && used != units {
						t.Errorf("%s of %d bytes: have %d units, want %d", export, n, used, units)
					}
				}
			}
		}
	}
}
