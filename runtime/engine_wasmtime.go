//go:build wasmtime

package runtime

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	goruntime "runtime"
	"strings"
	"sync"

	"github.com/bytecodealliance/wasmtime-go/v39"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/metering"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// Wasmtime takes wazero's place with the build tag wasmtime: an independent
// implementation, to compare with. It needs a C compiler. It compiles in this process, a
// module that is in use anew, and longer than the ten seconds that admission is measured
// for: nothing bounds that. It keeps no code of its own, takes no snapshots, and does not
// tell which growth of a memory it refused: a guest that crashes for it is told as a trap. It asks nobody before a memory grows below its limit, so what it grew by comes
// out of Config.MemoryBudget at the guest's next look. Guests must be metered.

// engine is Wasmtime with all that modules may import.
type engine struct {
	wasmtime *wasmtime.Engine
	linker   *wasmtime.Linker
	// turn holds a token while a module is compiled.
	turn chan struct{}
	// ended is closed with all else, when closing was asked for and nothing compiles any
	// more.
	ended     chan struct{}
	mu        sync.Mutex
	closing   bool
	compiling int // modules
}

// engineModule is a module that was compiled.
type engineModule = *wasmtime.Module

// What a thread's stack takes at the most, for a frame of depth and in all. A value takes 16
// bytes at the most, so that a frame takes less than half of what is counted.
const (
	stackBytesPerFrame = 4 * metering.BytesPerFrame
	mostStackBytes     = mostWasmtimeStack
)

func startEngine(_ context.Context, config *Config, _ *compileCache) (*engine, error) {
	if config.Interruption != Metered {
		return nil, &abi.Error{Code: abi.HostFailure, Op: "runtime: new", Side: abi.SideCaller,
			Message: "Wasmtime stops metered guests alone: leave Config.Interruption at Metered"}
	}
	stack, err := wasmtimeStack(threadStack())
	if err != nil {
		return nil, err
	}
	settings := wasmtime.NewConfig()
	settings.SetWasmThreads(false)
	settings.SetWasmRelaxedSIMD(false)
	settings.SetWasmMultiMemory(false)
	settings.SetWasmMemory64(false)
	settings.SetWasmTailCall(false)
	settings.SetMaxWasmStack(stack)
	// Its images of data segments are sealed files, and a busy system refuses to seal
	// one now and then.
	settings.SetMemoryInitCOWSet(false)
	e := &engine{wasmtime: wasmtime.NewEngineWithConfig(settings), turn: make(chan struct{}, 1), ended: make(chan struct{})}
	e.linker = wasmtime.NewLinker(e.wasmtime)
	for _, f := range importedFunctions() {
		if err := e.linker.FuncNew(f.module, f.name, wasmtimeType(f.signature), wasmtimeFunction(f)); err != nil {
			return nil, fmt.Errorf("runtime: start the host functions: %w", err)
		}
	}
	return e, nil
}

func wasmtimeType(s abi.Signature) *wasmtime.FuncType {
	types := func(kinds []abi.ValueKind) []*wasmtime.ValType {
		types := make([]*wasmtime.ValType, len(kinds))
		for i, k := range kinds {
			types[i] = wasmtime.NewValType(map[abi.ValueKind]wasmtime.ValKind{abi.I32: wasmtime.KindI32, abi.I64: wasmtime.KindI64}[k])
		}
		return types
	}
	return wasmtime.NewFuncType(types(s.Params), types(s.Results))
}

// wasmtimeFunction is a host function in Wasmtime's words. A panic in it leaves the
// guest and comes out of the call.
func wasmtimeFunction(f importedFunction) func(*wasmtime.Caller, []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
	return func(caller *wasmtime.Caller, params []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
		i := caller.Data().(*wasmtimeInstance)
		if i.export == nil { // a start function runs
			i.export = caller.GetExport
			defer func() { i.export = nil }()
			i.lease.instance = i
		}
		if refusal := i.account(); refusal != nil {
			i.lease.hostFailure = memoryLimit("", refusal)
			unwind()
		}
		stack := make([]uint64, max(len(params), len(f.signature.Results)))
		for n, p := range params {
			if p.Kind() == wasmtime.KindI32 {
				stack[n] = uint64(uint32(p.I32()))
			} else {
				stack[n] = uint64(p.I64())
			}
		}
		f.call(i.lease, stack)
		results := make([]wasmtime.Val, len(f.signature.Results))
		for n, kind := range f.signature.Results {
			if kind == abi.I32 {
				results[n] = wasmtime.ValI32(int32(stack[n]))
			} else {
				results[n] = wasmtime.ValI64(int64(stack[n]))
			}
		}
		return results, nil
	}
}

// compile compiles one module at a time. ctx bounds the wait for others alone.
func (e *engine) compile(ctx context.Context, module []byte) (engineModule, error) {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return nil, stopped(opLoad, ctx.Err(), "another module was still being compiled")
	}
	if !e.begin() {
		return nil, closedError(opLoad)
	}
	defer e.done()
	return wasmtime.NewModule(e.wasmtime, module)
}

// begin counts a compilation in, unless the engine is to be closed.
func (e *engine) begin() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return false
	}
	e.compiling++
	return true
}

// done counts one out: the last one closes all, if that was asked for meanwhile.
func (e *engine) done() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.compiling--
	if e.closing && e.compiling == 0 {
		e.end()
	}
}

func (e *engine) release(_ context.Context, module engineModule) error {
	module.Close()
	return nil
}

// close closes Wasmtime, or has the last compilation do so that goes on; ctx bounds the
// wait for that.
func (e *engine) close(ctx context.Context) error {
	e.mu.Lock()
	if !e.closing && e.compiling == 0 {
		e.end()
	}
	e.closing = true
	e.mu.Unlock()
	select {
	case <-e.ended:
		return nil
	default:
	}
	select {
	case <-e.ended:
		return nil
	case <-ctx.Done():
		return compilesStill(ctx)
	}
}

// end closes all. The caller holds mu.
func (e *engine) end() {
	e.linker.Close()
	e.wasmtime.Close()
	close(e.ended)
}

// mayCompileApart says that there is a process for modules to be compiled in.
const mayCompileApart = false

// compilesApart says that modules are compiled in a process of their own.
func compilesApart(*Config) bool { return false }

// startsAnew says why every instance is started anew.
func startsAnew(*Config) string { return "Wasmtime takes no snapshots" }

// wasmtimeInstance is an instance in a store of its own.
type wasmtimeInstance struct {
	lease  *lease
	store  *wasmtime.Store
	linear *wasmtimeMemory
	// counted is what of the memory is out of the budget.
	counted int64
	// export finds an export; nil until it is known where.
	export func(name string) *wasmtime.Extern
}

func (e *engine) instantiate(l *lease) error {
	config := &l.connector.runtime.config
	i := &wasmtimeInstance{lease: l, counted: l.connector.report.Memory.Min}
	if refusal := l.frames.take(i.counted); refusal != nil {
		return refusal
	}
	i.store = wasmtime.NewStoreWithData(e.wasmtime, i)
	i.store.Limiter(config.MemoryLimitBytes, l.connector.mostElements(), 1, -1, 1)
	made, err := leaving(func() (*wasmtime.Instance, error) { return e.linker.Instantiate(i.store, l.connector.compiled) })
	if err != nil {
		l.instance, l.used.linear = nil, i.counted
		l.settle()
		i.store.Close()
		return err
	}
	i.export = func(name string) *wasmtime.Extern { return made.GetExport(i.store, name) }
	l.instance = i
	return nil
}

// account takes out of the budget what the memory has grown by since it was asked last,
// which was before a slice of fuel was spent, or more.
func (i *wasmtimeInstance) account() *snapshot.Refusal {
	size := int64(i.memory().Size())
	if size == i.counted {
		return nil
	}
	refusal := i.lease.frames.take(size - i.counted)
	if refusal == nil {
		i.counted = size
	}
	return refusal
}

// mostElements is what any table may have. Those of the module have maxima of their own;
// the one that metering adds has a place for each function that the code refers to.
func (c *rawConnector) mostElements() int64 {
	return int64(max(c.runtime.config.MaxTableElements, c.report.Code.Functions))
}

// leaving calls what may run guests: a call, or a start section. It takes for its error
// what a host function left the guest with, and tells a trap in the specification's words.
func leaving[T any](call func() (T, error)) (result T, err error) {
	// The guest runs on the stack of the thread.
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	defer func() {
		if r := recover(); r != nil {
			if r != errUnwind {
				panic(r)
			}
			err = errUnwind
		}
	}()
	result, err = call()
	var trap *wasmtime.Trap
	if errors.As(err, &trap) {
		err = trapError(trap)
	}
	return result, err
}

func (i *wasmtimeInstance) call(name string, stack []uint64) error {
	f := i.export(name)
	if f == nil || f.Func() == nil {
		return errors.New("runtime: no export " + name)
	}
	function := f.Func()
	typ := function.Type(i.store)
	if need := max(len(typ.Params()), len(typ.Results())); need > len(stack) {
		return fmt.Errorf("runtime: the export %s has %d parameters or results, and %d are handed over", name, need, len(stack))
	}
	var arguments []any
	for n, p := range typ.Params() {
		if p.Kind() == wasmtime.KindI32 {
			arguments = append(arguments, int32(stack[n]))
		} else {
			arguments = append(arguments, int64(stack[n]))
		}
	}
	result, err := leaving(func() (any, error) { return function.Call(i.store, arguments...) })
	if err == nil {
		if refusal := i.account(); refusal != nil {
			return refusal
		}
	}
	switch r := result.(type) {
	case int32:
		stack[0] = uint64(uint32(r))
	case int64:
		stack[0] = uint64(r)
	}
	return err
}

// traps are the traps in the specification's words.
var traps = map[wasmtime.TrapCode]string{
	wasmtime.StackOverflow:          "stack overflow",
	wasmtime.MemoryOutOfBounds:      "out of bounds memory access",
	wasmtime.TableOutOfBounds:       "out of bounds table access",
	wasmtime.IndirectCallToNull:     "uninitialized element",
	wasmtime.BadSignature:           "indirect call type mismatch",
	wasmtime.IntegerOverflow:        "integer overflow",
	wasmtime.IntegerDivisionByZero:  "integer divide by zero",
	wasmtime.BadConversionToInteger: "invalid conversion to integer",
	wasmtime.UnreachableCodeReached: "unreachable",
}

// trapError tells a trap and where it happened.
func trapError(trap *wasmtime.Trap) error {
	text := trap.Message()
	if code := trap.Code(); code != nil && traps[*code] != "" {
		text = traps[*code]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "wasm error: %s\nwasm stack trace:", text)
	for _, frame := range trap.Frames() {
		name := fmt.Sprintf("function %d", frame.FuncIndex())
		if known := frame.FuncName(); known != nil {
			name = *known
		}
		b.WriteString("\n\t" + name)
	}
	return errors.New(b.String())
}

func (i *wasmtimeInstance) exports(name string) bool {
	e := i.export(name)
	return e != nil && e.Func() != nil
}

func (i *wasmtimeInstance) capture(*snapshot.Plan) (*snapshot.Image, error) {
	return nil, errors.New("Wasmtime takes no snapshots")
}

func (i *wasmtimeInstance) memory() linearMemory {
	if i.linear == nil {
		i.linear = &wasmtimeMemory{i.store, i.export(abi.ExportMemory).Memory()}
	}
	return i.linear
}

func (i *wasmtimeInstance) counter(name string) counter {
	if e := i.export(name); e != nil && e.Global() != nil {
		return wasmtimeGlobal{i.store, e.Global()}
	}
	return nil
}

func (i *wasmtimeInstance) close() error {
	i.store.Close()
	return nil
}

// wasmtimeMemory is a guest's memory, of whatever size it is when it is asked.
type wasmtimeMemory struct {
	store  *wasmtime.Store
	memory *wasmtime.Memory
}

func (m *wasmtimeMemory) Size() uint32 { return uint32(m.memory.DataSize(m.store)) }

func (m *wasmtimeMemory) Read(offset, length uint32) ([]byte, bool) {
	all := m.memory.UnsafeData(m.store)
	end := uint64(offset) + uint64(length)
	if end > uint64(len(all)) {
		return nil, false
	}
	return all[offset:end:end], true
}

func (m *wasmtimeMemory) Write(offset uint32, bytes []byte) bool {
	view, ok := m.Read(offset, uint32(len(bytes)))
	return ok && copy(view, bytes) == len(bytes)
}

func (m *wasmtimeMemory) WriteString(offset uint32, text string) bool {
	return m.Write(offset, []byte(text))
}

func (m *wasmtimeMemory) WriteUint32Le(offset, value uint32) bool {
	return m.Write(offset, binary.LittleEndian.AppendUint32(nil, value))
}

func (m *wasmtimeMemory) WriteUint64Le(offset uint32, value uint64) bool {
	return m.Write(offset, binary.LittleEndian.AppendUint64(nil, value))
}

// wasmtimeGlobal is a mutable i64.
type wasmtimeGlobal struct {
	store  *wasmtime.Store
	global *wasmtime.Global
}

func (g wasmtimeGlobal) Get() uint64 { return uint64(g.global.Get(g.store).I64()) }

func (g wasmtimeGlobal) Set(n uint64) {
	// It is mutable, and of that type: metering made it.
	_ = g.global.Set(g.store, wasmtime.ValI64(int64(n)))
}
