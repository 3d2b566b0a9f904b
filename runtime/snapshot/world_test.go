package snapshot_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime/metering"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

const (
	page  = 64 << 10
	limit = 64 << 20
)

// world is an engine with what guests import.
type world struct {
	engine wazero.Runtime
	budget *snapshot.Budget
}

func newWorld(t testing.TB) *world { return newWorldOf(t, wazero.NewRuntimeConfig()) }

func newWorldOf(t testing.TB, config wazero.RuntimeConfig) *world {
	t.Helper()
	dir, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	w := &world{engine: wazero.NewRuntimeWithConfig(ctx, config.WithCompilationCache(cache)), budget: snapshot.NewBudget(1<<30, new(atomic.Int64))}
	t.Cleanup(func() {
		if err := errors.Join(w.engine.Close(ctx), cache.Close(ctx)); err != nil {
			t.Error(err)
		}
		if used := w.budget.Used(); used != 0 {
			t.Errorf("%d bytes of the budget were not given back", used)
		}
	})
	wasi_snapshot_preview1.MustInstantiate(ctx, w.engine)
	builder := w.engine.NewHostModuleBuilder(abi.HostModule)
	for _, i := range abi.Imports() {
		refuse := api.GoModuleFunc(func(context.Context, api.Module, []uint64) { panic("a host call of " + i.Name) })
		builder.NewFunctionBuilder().WithGoModuleFunction(refuse, types(i.Signature.Params), types(i.Signature.Results)).Export(i.Name)
	}
	callout := api.GoModuleFunc(func(_ context.Context, m api.Module, _ []uint64) {
		for name, grant := range map[string]uint64{metering.FuelName: 1 << 40, metering.DepthName: granted} {
			if left := m.ExportedGlobal(name).(api.MutableGlobal); int64(left.Get()) < 0 {
				left.Set(left.Get() + grant)
			}
		}
	})
	_, err = builder.Instantiate(ctx)
	_, err2 := w.engine.NewHostModuleBuilder(metering.CalloutModule).NewFunctionBuilder().
		WithGoModuleFunction(callout, nil, nil).Export(metering.CalloutName).Instantiate(ctx)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return w
}

// granted is what a guest gets of depth when it asks.
const granted = 65_536

func types(kinds []abi.ValueKind) (all []api.ValueType) {
	for _, k := range kinds {
		all = append(all, api.ValueType(k))
	}
	return all
}

// program is a module that was prepared and compiled.
type program struct {
	*world
	plan     *snapshot.Plan
	compiled wazero.CompiledModule
}

func (w *world) prepare(t testing.TB, module []byte) *program {
	t.Helper()
	plan, err := snapshot.Prepare(module, metering.FuelName, metering.DepthName, metering.MarkName)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := w.engine.CompileModule(context.Background(), plan.Module)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { compiled.Close(context.Background()) })
	return &program{w, plan, compiled}
}

// instantiate makes an instance whose clocks stand still and whose chance is
// always the same.
func (p *program) instantiate(memory experimental.MemoryAllocator) (api.Module, error) {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(same{}).
		WithWalltime(func() (int64, int32) { return 1_700_000_000, 0 }, 1).WithNanotime(func() int64 { return 1 }, 1)
	return p.engine.InstantiateModule(experimental.WithMemoryAllocator(context.Background(), memory), p.compiled, config)
}

type same struct{}

func (same) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(i)
	}
	return len(b), nil
}

// lease is an instance with its memory.
type lease struct {
	api.Module
	memory *snapshot.Memory
}

// end is what every owner of a memory does.
func (l *lease) end() {
	if l.Module != nil {
		l.Close(context.Background())
	}
	if l.memory != nil {
		l.memory.Free()
	}
}

func (l *lease) call(name string, arguments ...uint64) ([]uint64, error) {
	return l.ExportedFunction(name).Call(context.Background(), arguments...)
}

// ask calls a function that has one result.
func (l *lease) ask(t testing.TB, name string, arguments ...uint64) uint64 {
	t.Helper()
	results, err := l.call(name, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) == 0 {
		return 0
	}
	return results[0]
}

func (l *lease) digest() [sha256.Size]byte {
	all, _ := l.Memory().Read(0, l.Memory().Size())
	return sha256.Sum256(all)
}

// start starts an instance by hand. The lease is to be ended even with an error.
func (p *program) start(memory *snapshot.Memory) (*lease, error) {
	instance, err := p.instantiate(memory)
	l := &lease{memory: memory}
	if err != nil {
		return l, err
	}
	l.Module = instance
	if err := p.plan.Fill(instance); err != nil {
		return l, err
	}
	for _, name := range []string{p.plan.Start, "_initialize"} {
		if f := instance.ExportedFunction(name); f != nil {
			if _, err := f.Call(context.Background()); err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

// started starts an instance by hand that starts.
func (p *program) started(t testing.TB) *lease {
	t.Helper()
	memory, err := p.plan.NewMemory(p.budget, limit)
	if err != nil {
		t.Fatal(err)
	}
	l, err := p.start(memory)
	t.Cleanup(l.end)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// goesOn is how Capture is told that nobody has to wait.
func goesOn() error { return nil }

func (p *program) capture(t testing.TB, l *lease) *snapshot.Image {
	t.Helper()
	image, err := p.plan.Capture(l.memory, l.Module, goesOn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := image.Close(); err != nil {
			t.Error(err)
		}
	})
	if image.Mapped() != (runtime.GOOS == "linux") {
		t.Fatalf("have an image that is mapped: %v", image.Mapped())
	}
	return image
}

// snapshot starts the program and takes its image.
func (p *program) snapshot(t testing.TB) *snapshot.Image {
	t.Helper()
	l := p.started(t)
	image := p.capture(t, l)
	l.end()
	return image
}

// way is how an image gets into an instance.
type way struct {
	name   string
	memory func(*snapshot.Image, *snapshot.Budget, int64) (*snapshot.Memory, error)
}

// ways are all there are: what a system has, and what it falls back to.
var ways = []way{
	{"as the system can", (*snapshot.Image).NewMemory},
	{"image copied", func(i *snapshot.Image, b *snapshot.Budget, limit int64) (*snapshot.Memory, error) {
		return i.Copied().NewMemory(b, limit)
	}},
	{"memory of Go", (*snapshot.Image).NewGoMemory},
	{"both", func(i *snapshot.Image, b *snapshot.Budget, limit int64) (*snapshot.Memory, error) {
		return i.Copied().NewGoMemory(b, limit)
	}},
}

func (p *program) lease(t testing.TB, image *snapshot.Image, by way) *lease {
	t.Helper()
	l, err := p.tryLease(image, by)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.end)
	return l
}

func (p *program) tryLease(image *snapshot.Image, by way) (*lease, error) {
	memory, err := by.memory(image, p.budget, limit)
	if err != nil {
		return nil, err
	}
	l := &lease{memory: memory}
	if l.Module, err = p.instantiate(memory); err == nil {
		err = image.Restore(l.Module)
	}
	if err != nil {
		l.end()
		return nil, err
	}
	return l, nil
}

// plain is the module as it came, without any of this.
func (w *world) plain(t testing.TB, module []byte) *lease {
	t.Helper()
	compiled, err := w.engine.CompileModule(context.Background(), module)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := (&program{w, nil, compiled}).instantiate(nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &lease{Module: instance}
	t.Cleanup(l.end)
	if f := instance.ExportedFunction("_initialize"); f != nil {
		l.ask(t, "_initialize")
	}
	return l
}

// wantRefusal checks that an error or a growth was refused by a limit.
func wantRefusal(t *testing.T, have error, limit string, used, allowed int64) {
	t.Helper()
	var refusal *snapshot.Refusal
	if want := (snapshot.Refusal{Limit: limit, Used: used, Allowed: allowed}); !errors.As(have, &refusal) || *refusal != want {
		t.Errorf("have %+v, want %+v", have, want)
	} else if text := refusal.Error(); !strings.Contains(text, limit) {
		t.Errorf("%q does not name %s", text, limit)
	}
}
