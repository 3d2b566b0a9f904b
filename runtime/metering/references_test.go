package metering_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// TestReferences takes references to functions without end: the engine, which makes an
// object for each ref.func that runs and keeps it, makes one for each function.
func TestReferences(t *testing.T) {
	loop := wasmtest.Join([]byte{0x03, 0x40}, // until the parameter is 0
		[]byte{0xd2, 0, 0x1a, 0xd2, 1, 0x1a, 0x20, 0}, wasmtest.I32(1), []byte{0x6b, 0x22, 0, 0x0d, 0, 0x0b})
	m := (&wasmtest.Module{
		Types: [][]byte{wasmtest.Func("\x7f", "")}, Functions: [][]byte{{0}, {0}},
		Exports: [][]byte{wasmtest.Export("run", 0, 0), wasmtest.Export("other", 0, 1)},
		Bodies:  [][]byte{wasmtest.Body(nil, loop...), wasmtest.Body(nil)},
	}).Bytes()
	validate(t, rewrite(t, m))
	const turns = 200_000
	cost := func(e *engine) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := e.call(context.Background(), "run", turns); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if plain, metered := cost(newEngine(t, m, false)), cost(newEngine(t, rewrite(t, m), false)); plain < 32*turns || metered > turns {
		t.Errorf("it takes %d bytes of the host, metered %d", plain, metered)
	}
}
