//go:build !wasmtime

package runtime

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/metering"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// engine is wazero with all that modules may import, and its compiler.
type engine struct {
	wazero   wazero.Runtime
	compiler *compiler
	end      func() error // closes both, once
}

// engineModule is a module that was compiled.
type engineModule = wazero.CompiledModule

func startEngine(ctx context.Context, config *Config, cache *compileCache) (*engine, error) {
	compiler, err := newCompiler(*config, cache)
	if err != nil {
		return nil, &abi.Error{Code: abi.HostFailure, Op: "runtime: new", Side: abi.SideHost, Err: err}
	}
	wasm, err := startWazero(ctx, config, compiler.files)
	if err != nil {
		return nil, errors.Join(err, compiler.close(ctx))
	}
	return &engine{wasm, compiler, sync.OnceValue(func() error {
		ctx := context.Background()
		return errors.Join(wasm.Close(ctx), compiler.close(ctx))
	})}, nil
}

func startWazero(ctx context.Context, config *Config, files *engineFiles) (wazero.Runtime, error) {
	starting.Lock()
	defer starting.Unlock()
	engine := wazero.NewRuntimeWithConfig(ctx, engineSettings(config.Interruption, files))
	modules := make(map[string]wazero.HostModuleBuilder)
	for _, f := range importedFunctions() {
		builder := modules[f.module]
		if builder == nil {
			builder = engine.NewHostModuleBuilder(f.module)
			modules[f.module] = builder
		}
		builder.NewFunctionBuilder().WithGoModuleFunction(hostFunctionOf(f), valueTypes(f.signature.Params), valueTypes(f.signature.Results)).Export(f.name)
	}
	for _, builder := range modules {
		if _, err := builder.Instantiate(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("runtime: start the host functions: %w", err), engine.Close(ctx))
		}
	}
	return engine, nil
}

// compile returns a compiled module, to be given back with release. The error is an
// *abi.Error, or says in the engine's words what is wrong with the module.
func (e *engine) compile(ctx context.Context, module []byte) (engineModule, error) {
	defer func() {
		if e.compiler.stopped() { // close may have left it
			e.end()
		}
	}()
	return e.compiler.compile(ctx, e.wazero, module)
}

func (e *engine) release(ctx context.Context, module engineModule) error {
	return e.compiler.release(ctx, module)
}

// close closes wazero when nothing compiles with it any more: wazero does not expect it
// before. When ctx ends earlier, that is left to the call of compile that is under way.
func (e *engine) close(ctx context.Context) error {
	if !e.compiler.stop(ctx) {
		return compilesStill(ctx)
	}
	return e.end()
}

func hostFunctionOf(f importedFunction) api.GoModuleFunc {
	return func(ctx context.Context, module api.Module, stack []uint64) {
		l := leaseOf(ctx)
		if l.instance == nil { // a start function runs
			l.instance = &wazeroInstance{lease: l, module: module}
		}
		f.call(l, stack)
	}
}

// leaseOf returns the lease that runs. The engine's context is the stopper
// itself, or a wrapper of it during instantiation.
func leaseOf(ctx context.Context) *lease {
	if s, ok := ctx.(*stopper); ok {
		return s.lease
	}
	return ctx.Value(leaseKey{}).(*lease)
}

func valueTypes(kinds []abi.ValueKind) []api.ValueType {
	types := make([]api.ValueType, len(kinds))
	for i, k := range kinds {
		types[i] = api.ValueType(k)
	}
	return types
}

// wazeroInstance is an instance of wazero's.
type wazeroInstance struct {
	lease  *lease
	module api.Module
	// last is the export that was called last. The engine keeps a stack for each
	// function that is held on to, as large as it ever was: so there is one.
	last struct {
		name     string
		function api.Function
	}
}

// mayCompileApart says that there is a process for modules to be compiled in.
const mayCompileApart = true

// compilesApart says that modules are compiled in a process of their own.
func compilesApart(config *Config) bool { return compilingProgram(config) != "" }

// What the engine's stack takes at the most, for a frame of depth and in all. When it
// is too small for the next function, there is a new one, twice as large and with room
// for that function besides, and the old one until it has been copied. One of more
// than 50 MB does not grow: the guest traps.
const (
	stackBytesPerFrame = 4 * metering.BytesPerFrame
	mostStackBytes     = 3 * 50_000_000
)

// startsAnew says why every instance is started anew; empty if it need not be.
func startsAnew(config *Config) string {
	if config.StartAnew {
		return "Config.StartAnew asks for it"
	}
	return ""
}

// instanceConfig is every instance's: nothing is started by the engine. Nobody asks it
// for chance, for WASI is ours; if it is not told where to take it from, it seeds a
// generator for each instance.
var instanceConfig = wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader)

// instantiate makes the lease's instance: of the connector's image, or one that is
// to be started. What becomes of its memory is the lease's business even then when
// it fails.
func (e *engine) instantiate(l *lease) (err error) {
	c, limit := l.connector, l.connector.runtime.config.MemoryLimitBytes
	if c.image != nil {
		l.memory, err = c.image.NewMemory(c.runtime.memory, limit)
	} else {
		l.memory, err = c.plan.NewMemory(c.runtime.memory, limit)
	}
	if err != nil {
		return err
	}
	ctx := experimental.WithMemoryAllocator(l.stop, l.memory)
	module, err := e.wazero.InstantiateModule(ctx, c.compiled, instanceConfig)
	if err != nil {
		// What a start function met has been closed by the engine.
		l.instance, l.used.linear = nil, l.memory.Had()
		l.used.memory = max(l.used.memory, l.frames.taken+l.used.linear)
		return err
	}
	l.instance = &wazeroInstance{lease: l, module: module}
	if c.image != nil {
		return c.image.Restore(module)
	}
	return c.plan.Fill(module)
}

func (i *wazeroInstance) call(name string, stack []uint64) error {
	if i.last.function == nil || i.last.name != name { // an export may have an empty name
		f := i.module.ExportedFunction(name)
		if f == nil {
			return errors.New("runtime: no export " + name)
		}
		i.last.name, i.last.function = name, f
	}
	return i.last.function.CallWithStack(i.lease.stop, stack)
}

func (i *wazeroInstance) exports(name string) bool { return i.module.ExportedFunction(name) != nil }

func (i *wazeroInstance) capture(plan *snapshot.Plan) (*snapshot.Image, error) {
	return plan.Capture(i.lease.memory, i.module, i.lease.stop.due)
}

func (i *wazeroInstance) memory() linearMemory { return i.module.Memory() }

func (i *wazeroInstance) counter(name string) counter {
	if g, ok := i.module.ExportedGlobal(name).(api.MutableGlobal); ok {
		return g
	}
	return nil
}

func (i *wazeroInstance) close() error { return i.module.Close(context.Background()) }
