package runtime

import (
	"context"
	"errors"
	"io/fs"
	goruntime "runtime"
	"time"

	"github.com/rs/zerolog"
	"github.com/tetratelabs/wazero"

	"github.com/ecmabox/ecmabox/abi"
)

// Raw returns the connector without its contract, for tests of what lies below.
func Raw(c *Connector) abi.Connector { return c.raw }

// WASI returns the WASI functions with their signatures.
func WASI() map[string]string {
	all := make(map[string]string)
	for _, f := range wasiFunctions() {
		all[f.name] = f.signature().String()
	}
	return all
}

// BoundTables bounds the tables of a module.
func BoundTables(module []byte, most uint32) []byte {
	_, shape := inspect(module)
	return boundTables(module, shape, most)
}

// ReasonBytes is reasonBytes, and Reason reason.
const ReasonBytes = reasonBytes

func Reason(err error) string { return reason(err) }

// LooksLike is looksLike.
func LooksLike(name, want string) bool { return looksLike(name, want) }

// MemoryBytes returns how much memory the guest of an import has.
func MemoryBytes(s abi.ImportSession) int {
	return int(s.(*importSession).lease.instance.memory().Size())
}

// WithObserver returns a Config whose Runtime shows guest memory to watch at every
// entry and return.
func WithObserver(c Config, watch func(point string, memory []byte)) Config {
	c.observe = watch
	return c
}

// WithDefaults is withDefaults.
func WithDefaults(c Config) (Config, error) { return c.withDefaults() }

// Stopped waits until an import's call has been stopped, hard with hard, while it runs.
func Stopped(s abi.ImportSession, hard bool) {
	stop := s.(*importSession).lease.stop
	for stop.gaveUp() == nil || hard && stop.Err() == nil {
		goruntime.Gosched()
	}
}

// RoundTrip is one session call whose request and reply are a text.
func RoundTrip(ctx context.Context, s abi.ImportSession, text string) (string, error) {
	var reply abi.CustomDataMessage
	err := s.(*importSession).lease.call(ctx, "GetImportEntries", &abi.CustomDataMessage{CustomData: text}, &reply)
	return reply.CustomData, err
}

// CopyInPieces tells in which pieces n bytes are copied in a call that may take limit,
// and whether the guest was left meanwhile.
func CopyInPieces(n int, limit time.Duration) (pieces [][2]int, left bool) {
	l := &lease{}
	l.stop = newStopper(l, time.Hour)
	l.stop.begin(context.Background(), limit)
	defer l.stop.end()
	defer func() { left = recover() == errUnwind }()
	l.inPieces(n, func(from, to int) { pieces = append(pieces, [2]int{from, to}) })
	return pieces, false
}

// MemoryUsed returns what all instances have of the budget.
func MemoryUsed(rt *Runtime) int64 { return rt.memory.Used() }

// MemoryAllowed returns the budget of all instances.
func MemoryAllowed(rt *Runtime) int64 { return rt.memory.Allowed() }

// TakeMemory takes so much of the budget of every Runtime that names none, and returns
// what gives it back.
func TakeMemory(bytes int64) (giveBack func()) {
	processMemory.used.Add(bytes)
	return func() { processMemory.used.Add(-bytes) }
}

// ProcessMemory returns how much of that budget is taken.
func ProcessMemory() int64 { return processMemory.Used() }

// WaitUntilTold waits until the call that runs in an import knows that it is to end.
func WaitUntilTold(s abi.ImportSession) {
	for s.(*importSession).lease.stop.wentOn() == 0 {
		goruntime.Gosched()
	}
}

// StackBytes returns what an instance has of the budget for its stack when it starts,
// if the largest function of its module takes so many frames.
func StackBytes(largest int64) int64 { return (framesAtATime + largest + 1) * stackBytesPerFrame }

// What a guest gets of depth at a time, and what its stack may take of the budget.
const (
	FramesAtATime      = framesAtATime
	StackBytesPerFrame = stackBytesPerFrame
	MostStackBytes     = mostStackBytes
)

// Collect collects results as an export that is under way, one after the other, and
// returns how many it has when one is refused, or in the end.
func Collect(results []abi.CSEntryChangeResult) (int, error) {
	var s exportSession
	for _, r := range results {
		if err := s.collect(r); err != nil {
			return len(s.reported), err
		}
	}
	return len(s.reported), nil
}

// Connectors is how many connectors the runtime has, those that are being loaded
// among them.
func Connectors(rt *Runtime) int {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return len(rt.connectors)
}

// Closed reports whether the runtime is closed, or being closed.
func Closed(rt *Runtime) bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.closed
}

// HoldCompiler keeps a runtime from compiling until what it returns is called.
func HoldCompiler(rt *Runtime) (release func()) {
	compilerTurn(rt) <- struct{}{}
	return func() { <-compilerTurn(rt) }
}

// CompileVariable is what makes a process compile.
const CompileVariable = childVariable

// WithCompiler returns a Config whose Runtime has modules compiled by program.
func WithCompiler(c Config, program string) Config {
	c.compileProgram = program
	return c
}

// CompileUnchecked compiles a module that no rule has been held against.
func CompileUnchecked(ctx context.Context, config Config, module []byte) error {
	config, err := config.withDefaults()
	if err != nil {
		return err
	}
	c, err := newCompiler(config, nil)
	if err != nil {
		return err
	}
	engine := wazero.NewRuntimeWithConfig(ctx, engineSettings(config.Interruption, c.files))
	_, err = c.compile(ctx, engine, module)
	return errors.Join(err, c.close(ctx))
}

// Admit returns what a module is loaded from: what is said of it, what is kept of it,
// and whether that was in the cache.
func Admit(rt *Runtime, module []byte) (report Report, ready []byte, kept bool, err error) {
	report, p, err := rt.admit(module)
	if err != nil {
		return Report{}, nil, false, err
	}
	return report, p.Bytes(), p.key == "", nil
}

// KeepUpTo bounds the entries that a runtime keeps and reads.
func KeepUpTo(rt *Runtime, most int64) { rt.cache.most = most }

// Preparing is preparing, DigestOf digestOf.
func Preparing() fs.FS            { return preparing }
func DigestOf(files fs.FS) string { return digestOf(files) }

// Confine sets the limits of this process, as for compiling.
func Confine() (note, err error) {
	return confine(childTask{MemoryBytes: DefaultCompileMemoryBytes, CPUSeconds: 30, FileBytes: maxEntryBytes})
}

// Enclose is enclose.
func Enclose(env []string) (note, err error) { return enclose(env) }

// ReadRegular is readRegular.
func ReadRegular(path string, most int64) ([]byte, error) {
	content, _, err := readRegular(path, most)
	return content, err
}

// TestedEngine is testedEngine.
const TestedEngine = testedEngine

// Instance is one that a configuration call has for itself.
type Instance struct{ lease *lease }

// StartInstance starts one; End is to be called.
func StartInstance(ctx context.Context, c *Connector) (Instance, error) {
	l, err := c.raw.acquire(ctx, abi.LaneConfiguration, "test")
	return Instance{l}, err
}

// WidenLane lets so many instances of configuration calls live at a time. None may live
// meanwhile.
func WidenLane(c *Connector, most int) {
	c.raw.lanes[abi.LaneConfiguration] = make(chan struct{}, most)
}

// Ask asks it for the parameters of a page.
func (i Instance) Ask(ctx context.Context, step abi.ConfigParametersRunStep) error {
	return i.lease.call(ctx, "GetConfigParameters", &step, &abi.DefinitionsMessage{})
}

// Fuel is what it has used up to now; 0 if there is none.
func (i Instance) Fuel() int64 {
	if i.lease == nil {
		return 0
	}
	return i.lease.fuel.used()
}

// CallFirst calls an export without parameters and results, as the first of all calls.
func (i Instance) CallFirst(name string) error { return unused(i.lease.instance).call(name, nil) }

// End ends it.
func (i Instance) End(ctx context.Context) error { return i.lease.release(ctx, false) }

// What is counted of an instance beside its memory and its stack.
const (
	TableElementBytes   = tableElementBytes
	SegmentBytes        = segmentBytes
	SegmentElementBytes = segmentElementBytes
	GlobalBytes         = globalBytes
)

// WriteOutput has a guest of such a limit write, and returns what it may still.
func WriteOutput(limit int, log zerolog.Logger, writes ...string) int {
	o := output{log: log, left: limit, look: func() {}}
	for _, p := range writes {
		o.write([]byte(p))
	}
	return o.left
}
