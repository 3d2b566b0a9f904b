package metering_test

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// A function that charges more than once holds the fuel in a variable, and reads it anew
// behind calls: what a function of the host takes back stays taken back.
func TestHeldFuelIsReadAnew(t *testing.T) {
	t.Parallel()
	again := conditional(roots(1)) // one more charge
	for name, call := range map[string][]byte{
		"called":                 {0x10, 0},
		"called through a table": {0x41, 0, 0x11, 1, 0},
	} {
		m := &wasmtest.Module{
			Types:   [][]byte{wasmtest.Func("\x7f", ""), wasmtest.Func("", "")},
			Imports: [][]byte{wasmtest.Import("host", "take", 1)}, Functions: [][]byte{{0}},
			Tables: [][]byte{{0x70, 1, 1, 1}}, Exports: [][]byte{wasmtest.Export("run", 0, 1)},
			Elements: [][]byte{wasmtest.Join([]byte{0}, wasmtest.I32(0), []byte{0x0b}, wasmtest.Vector([]byte{0}))},
			Bodies:   [][]byte{wasmtest.Body(nil, wasmtest.Join(again, call, again)...)},
		}
		metered := rewrite(t, m.Bytes())
		without, with := usedBeside(t, metered, 0), usedBeside(t, metered, 300_000)
		if without < 2*8 || with != without {
			t.Errorf("%s: it used %d units where the host took some back, %d where it did not", name, with, without)
		}
	}
}

// So it does behind a fill in parts, which another function charges.
func TestHeldFuelIsReadAnewBehindParts(t *testing.T) {
	t.Parallel()
	const length = 100_000
	again := conditional(roots(1))
	m := &wasmtest.Module{
		Types: [][]byte{wasmtest.Func("\x7f", "")}, Functions: [][]byte{{0}}, Memories: [][]byte{{0, 2}}, Exports: [][]byte{wasmtest.Export("run", 0, 0)},
		Bodies: [][]byte{wasmtest.Body(nil, wasmtest.Join(again, wasmtest.I32(0), wasmtest.I32(0), wasmtest.I32(length), []byte{0xfc, 11, 0}, again)...)},
	}
	if used := usedBeside(t, rewrite(t, m.Bytes()), 0); used < length/8 || used > length/8+100 {
		t.Errorf("it used %d units, of which filling takes %d", used, length/8)
	}
}

// usedBeside runs a module that calls the host, which takes so much fuel back, and returns
// how much it used.
func usedBeside(t *testing.T, metered []byte, taken uint64) (used int64) {
	t.Helper()
	ctx := context.Background()
	rt := wazero.NewRuntime(ctx)
	defer rt.Close(ctx)
	granted := uint64(0)
	add := func(guest api.Module, name string, n uint64) {
		counter := guest.ExportedGlobal(name).(api.MutableGlobal)
		counter.Set(counter.Get() + n)
	}
	host := func(module, name string, f func(guest api.Module)) {
		call := api.GoModuleFunc(func(_ context.Context, guest api.Module, _ []uint64) { f(guest) })
		if _, err := rt.NewHostModuleBuilder(module).NewFunctionBuilder().WithGoModuleFunction(call, nil, nil).Export(name).Instantiate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	host("host", "take", func(guest api.Module) {
		add(guest, metering.FuelName, -taken)
		granted -= taken
	})
	host(metering.CalloutModule, metering.CalloutName, func(guest api.Module) {
		add(guest, metering.DepthName, 100)
		add(guest, metering.FuelName, 1_000_000)
		granted += 1_000_000
	})
	guest, err := rt.Instantiate(ctx, metered)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guest.ExportedFunction("run").Call(ctx, 1); err != nil {
		t.Fatal(err)
	}
	return int64(granted - guest.ExportedGlobal(metering.FuelName).Get())
}
