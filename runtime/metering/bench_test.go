package metering_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// works are what is measured: the exports of testdata/benchguest and of the module
// tight in WebAssembly itself, and how many turns take some milliseconds.
var works = []struct {
	guest, export string
	turns         uint64
}{
	{"go", "json_encode", 4}, {"go", "json_decode", 2}, {"go", "hash", 4}, {"go", "fib", 24}, {"go", "tight", 500_000}, {"go", "checksum", 20},
	{"wat", "fib", 27}, {"wat", "tight", 2_000_000}, {"wat", "checksum", 2_000_000}, {"wat", "countdown", 4_000_000},
}

// BenchmarkOverhead measures metered code and close-on-context against code without
// either, and metered code that is granted as little as in the last second and the last
// quarter of a second of a call, or in all of it where runtime.Config.StopGrace is as short:
// the five take turns, and the medians of their times give the ratios.
func BenchmarkOverhead(b *testing.B) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	guest, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/runtime/metering/testdata/benchguest")
	if err != nil {
		b.Fatal(err)
	}
	modules := map[string][]byte{"go": guest, "wat": readFile(b, "testdata/works.wasm")}
	variants := make(map[string][5]*engine)
	for name, module := range modules {
		metered := rewrite(b, module)
		variants[name] = [5]*engine{newEngine(b, module, false), newEngine(b, metered, false), newEngine(b, module, true), newEngine(b, metered, false), newEngine(b, metered, false)}
		variants[name][1].grantLittle(50_000, 128)
		variants[name][3].grantLittle(4_000, 16)
		variants[name][4].grantLittle(1_000, 4)
	}
	for _, work := range works {
		b.Run(work.guest+"/"+work.export, func(b *testing.B) {
			var times [5][]time.Duration
			for b.Loop() {
				for i, v := range variants[work.guest] {
					began := time.Now()
					if _, err := v.call(ctx, work.export, work.turns); err != nil {
						b.Fatal(err)
					}
					times[i] = append(times[i], time.Since(began))
				}
			}
			for i, unit := range []string{"x-metered", "x-close-on-context", "x-short-grace", "x-shortest-grace"} {
				b.ReportMetric(medianRatio(times[i+1], times[0]), unit)
			}
			b.ReportMetric(median(times[0]), "ns-plain")
		})
	}
}

// grantLittle has an engine grant so much at a time, as package runtime does.
func (e *engine) grantLittle(slice int64, frames uint64) {
	e.slice = slice
	mark := e.instance.ExportedGlobal(metering.MarkName).(api.MutableGlobal)
	e.looked = func() { mark.Set(e.depth.Get() + frames) }
}

// medianRatio is the median of how many times as long each call took as the same call of
// another engine: all do the same in their nth, such as collecting garbage.
func medianRatio(times, plain []time.Duration) float64 {
	ratios := make([]float64, len(times))
	for i := range times {
		ratios[i] = float64(times[i]) / float64(plain[i])
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

func median(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2])
}

// engine is an instance of a module, metered or not, and what it was granted.
type engine struct {
	instance    api.Module
	fuel, depth api.MutableGlobal
	slice       int64 // what a callout grants beyond what is owed
	frames      int64 // what is granted of depth, all at once; 0 stands for frames
	deep        bool  // it has been
	budget      int64 // what may be granted in all
	granted     int64
	callouts    int
	tooDeep     bool
	looked      func() // called by the callout first, if set
}

// stop is what the callout panics with.
type stop struct{}

func (stop) Error() string { return "out of fuel" }

const plenty = 1 << 62

// frames are granted unless a test says otherwise.
const frames = 65_536

// newEngine instantiates a module with a callout and the functions of WASI.
func newEngine(t testing.TB, module []byte, closeOnContext bool) *engine {
	t.Helper()
	e := &engine{slice: 1_000_000, budget: plenty}
	if err := e.start(t, module, closeOnContext); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *engine) start(t testing.TB, module []byte, closeOnContext bool) error {
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(1024).WithCloseOnContextDone(closeOnContext))
	t.Cleanup(func() { rt.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, rt)
	_, err := rt.NewHostModuleBuilder(metering.CalloutModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(e.callout), nil, nil).Export(metering.CalloutName).Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	e.instance, err = rt.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	return err
}

func (e *engine) callout(_ context.Context, m api.Module, _ []uint64) {
	e.callouts++
	if e.depth == nil {
		e.fuel = m.ExportedGlobal(metering.FuelName).(api.MutableGlobal)
		e.depth = m.ExportedGlobal(metering.DepthName).(api.MutableGlobal)
	}
	fuel, deep := int64(e.fuel.Get()), int64(e.depth.Get()) < 0
	if deep && !e.deep {
		e.deep = true
		e.depth.Set(e.depth.Get() + uint64(cmp.Or(e.frames, frames)))
	}
	if e.looked != nil {
		e.looked()
	}
	if int64(e.depth.Get()) < 0 {
		e.tooDeep = true
		panic(stop{})
	}
	if deep && fuel >= 0 {
		return
	}
	deficit := max(-fuel, 0)
	grant := min(deficit+e.slice, e.budget-e.granted)
	if grant <= 0 || grant < deficit {
		panic(stop{})
	}
	e.granted += grant
	e.fuel.Set(uint64(fuel + grant))
}

// used is the fuel used up to now.
func (e *engine) used() int64 {
	if e.fuel == nil && e.instance != nil {
		e.fuel, _ = e.instance.ExportedGlobal(metering.FuelName).(api.MutableGlobal)
	}
	if e.fuel == nil { // a start function trapped before it called out
		return 0
	}
	return e.granted - int64(e.fuel.Get())
}

func (e *engine) call(ctx context.Context, export string, arguments ...uint64) ([]uint64, error) {
	return e.instance.ExportedFunction(export).Call(ctx, arguments...)
}
