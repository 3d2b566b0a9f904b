package runtime

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// The defaults of Config.
const (
	// DefaultMemoryLimitBytes lets a Go connector of 7 MB hold a page of 1,000
	// users with the answers it came from many times over (such a guest lives in
	// 10 to 40 MiB while it collects its garbage), and with four lanes the memory of
	// one connector stays within 1 GiB whatever it does, beside 600 MB of stacks.
	DefaultMemoryLimitBytes = 256 << 20
	// DefaultMemoryBudgetBytes is enough for fifty sessions at once that each live in
	// 40 MiB with their stacks, or for five that take all they may.
	DefaultMemoryBudgetBytes int64 = 2 << 30
	// DefaultCallTimeout is twice what one request to a target may take by default.
	DefaultCallTimeout = 60 * time.Second
	// DefaultSleepPerRun is a second before each page of a run of 14,400 pages.
	DefaultSleepPerRun = 4 * time.Hour
	// DefaultStartTimeout is several hundred times what a Go guest takes to start.
	DefaultStartTimeout = 10 * time.Second
	// DefaultStopGrace is enough to return and be closed, not to finish.
	DefaultStopGrace = time.Second
	// DefaultCloseTimeout lets a connector log off from its target.
	DefaultCloseTimeout = 5 * time.Second
	// DefaultMaxModuleBytes is twice what a large connector in Go has, and more.
	DefaultMaxModuleBytes = 16 << 20
	// DefaultMaxTableElements is six times what the largest Go guest uses.
	DefaultMaxTableElements = 65_536
	// DefaultMaxReplyBytes is the most that a message of the ABI may have.
	DefaultMaxReplyBytes = abi.MaxMessageBytes
	// DefaultStderrBytes is some thousand lines.
	DefaultStderrBytes = 256 << 10
	// DefaultFuelPerCall is about half a minute of nothing but computing.
	DefaultFuelPerCall int64 = 300_000_000_000
	// DefaultFuelPerRun is about a quarter of an hour of nothing but computing.
	DefaultFuelPerRun int64 = 10_000_000_000_000
	// DefaultCallDepth is about 20,000 calls of functions in Go.
	DefaultCallDepth = 65_536
	// DefaultHostCallsPerRun is one for each object of the largest import.
	DefaultHostCallsPerRun = 10_000_000
	// DefaultHostBytesPerRun is 1,000 requests or answers of the largest size.
	DefaultHostBytesPerRun = 16 << 30
	// DefaultReplyBytesPerRun is 2,000 of the largest pages.
	DefaultReplyBytesPerRun = 16 << 30
	// DefaultMaxImportObjects take 400 MB, 800 MB with DNs.
	DefaultMaxImportObjects = contract.DefaultMaxImportObjects
	// DefaultCompileMemoryBytes is nearly half as much again as 16.5 MB of Go need, 352
	// MiB; the connector for REST, 5.1 MB, needs 192.
	DefaultCompileMemoryBytes int64 = 512 << 20
	// DefaultCompileCPU is four times what 16.5 MB of Go take.
	DefaultCompileCPU = 30 * time.Second
	// DefaultCompileTimeout leaves others half of the processor meanwhile.
	DefaultCompileTimeout = 60 * time.Second
	// DefaultCacheBytes holds some 150 versions of connectors of 5 MB in Go, of which
	// each takes 28 MB: compiled, and prepared.
	DefaultCacheBytes int64 = 4 << 30
)

// fuelPerNanosecond is what a call may compute in each nanosecond of CallTimeout unless
// FuelPerCall is set: whoever gives a call more time means it to do more.
const fuelPerNanosecond = DefaultFuelPerCall / int64(DefaultCallTimeout)

// The greatest values of Config that are limits of WebAssembly or of the ABI.
const (
	maxMemoryBytes   = 4<<30 - pageBytes
	pageBytes        = 64 << 10
	maxTableElements = 10_000_000
)

// Interruption is how a guest is stopped that does not return.
type Interruption uint8

// The ways to stop a guest.
const (
	// Metered rewrites a module when it is loaded, so that it counts what it
	// computes and asks the host, about every hundredth of a millisecond, whether it may
	// go on. It stops within milliseconds whatever it computes, within tens of them
	// where it does nothing but wait for memory, costs a fifth of the
	// guest's time or so, and bounds fuel and depth.
	Metered Interruption = iota
	// CloseOnContext leaves it to the engine, which looks at loop heads and calls.
	// It runs modules as they are, and is there to compare with. Guests take several
	// times as long. FuelPerCall, FuelPerRun and CallDepth bound nothing. A tree
	// of calls without loops, or bulk operations one after the other, run on past
	// every deadline: never run modules of strangers with it.
	CloseOnContext
)

// Config is what a Runtime allows its guests. The zero value is the safest there
// is: every zero stands for the default named with it, and nothing can be switched
// off. What a hostile module can do all the same stands in SECURITY.md, under
// "What is not defended yet".
type Config struct {
	// MemoryLimitBytes bounds the memory of one instance, rounded down to pages of 64 KiB.
	// Default 256 MiB, at least 64 KiB, at most 4 GiB less a page, since the engine takes a
	// memory of all 65,536 pages for one of none. A module that begins with more is refused
	// with abi.InvalidModule; growth beyond it is refused, and a guest that crashes for it
	// fails with abi.LimitExceeded.
	MemoryLimitBytes int64
	// MemoryBudget bounds the memory of all instances together, of every Runtime that has
	// the same one, with all that the host keeps for them: the type tells what counts. nil,
	// the default, is one budget for all Runtimes of the process that name none. Default 2
	// GiB, at least 64 KiB, at most 1 PiB. Beyond it growth is refused, calls nested deeper
	// end, and no instance starts: all fail with abi.LimitExceeded, on the host's side and
	// to be retried. Built with the tag wasmtime growth is not refused, but ends the guest
	// when it is looked at next.
	MemoryBudget *MemoryBudget
	// CallTimeout bounds one call of a guest, host calls and the reading of its reply
	// included. Default 60 s, at most 24 h. Beyond it the guest is stopped hard:
	// abi.DeadlineExceeded, with abi.SideTarget where requests to targets took half of that
	// time or more, else with abi.SideGuest, and the instance is retired.
	CallTimeout time.Duration
	// SleepPerCall bounds what a guest sleeps in one call, and in its start, all its
	// sleeps together. What it asks for counts, whatever the host's clock makes of it;
	// a sleep that a stop cut short does not, nor does waiting for the host. Default 30 s,
	// half of CallTimeout; at most 24 h. A guest that asks for more is not put to sleep: it
	// fails with abi.LimitExceeded at once, and the instance is retired.
	SleepPerCall time.Duration
	// SleepPerRun bounds the same over all calls of one instance, from Open… to
	// Close…. Default 4 h, at most 365 days. Beyond it a guest fails as beyond
	// SleepPerCall.
	SleepPerRun time.Duration
	// StartTimeout bounds instantiation, _initialize and the marker together, and by
	// itself HostProvider.Lease before that: beyond it that fails with
	// abi.DeadlineExceeded, on the host's side.
	// Default 10 s, at most 1 h. A module that takes longer when it is loaded is refused
	// with abi.InvalidModule; an instance that does so later fails with
	// abi.DeadlineExceeded.
	StartTimeout time.Duration
	// StopGrace is how long a guest may go on after its caller gave up, so that
	// it can return and be closed properly. Default 1 s, at most 1 h. Beyond it the guest is
	// stopped hard: abi.Cancelled, or abi.DeadlineExceeded if the caller's time was up,
	// and the instance is retired. Below 1 s the end of a call may be near at any time, and a
	// metered guest is looked at twelve times as often all along, as others are in the last
	// second of a call: it computes for a tenth to a quarter longer. Below 250 ms it is fifty
	// times as often, as in the last 250 ms: it computes for up to twice as long, and deep
	// recursion, which is looked at as it returns, for several times as long.
	StopGrace time.Duration
	// FuelPerCall bounds what a guest computes in one call, and in its start. A unit
	// is about the time of an addition, a tenth of a nanosecond; waiting for the
	// host uses none. The count is the same on every machine. Default 300,000,000,000, and
	// where CallTimeout is longer than its own default as many times more; at most
	// UnlimitedFuel, which leaves it to CallTimeout. A guest that needs more fails with
	// abi.LimitExceeded, and the instance is retired.
	FuelPerCall int64
	// FuelPerRun bounds the same over all calls of one instance, from Open… to
	// Close…. Default 10,000,000,000,000, at most UnlimitedFuel. Beyond it a guest fails as
	// beyond FuelPerCall.
	FuelPerRun int64
	// CallDepth bounds how deep a guest's calls are nested, in frames: a function
	// has 1, and 1 more for each 256 values that it may keep on the engine's stack,
	// which count twice with SIMD: variables, what its instructions make and calls
	// hand on, and what its ways bring to where they meet. Default 65,536, at most
	// 16,777,216. Deeper fails with abi.LimitExceeded, and the instance is retired. The
	// engine's stack ends between 50 and 100 MB, which functions that are made for it reach
	// before: they fail with abi.Trap.
	CallDepth int
	// StartAnew starts each instance anew. By default a connector is started once,
	// when it is loaded, and its instances begin in the state it had then, which
	// takes less than a millisecond; what it drew by chance while it started, in Go
	// the order in which maps are walked, is the same in all of them then.
	StartAnew bool
	// Interruption is how a guest is stopped that does not return. The zero value,
	// Metered, is the one that stops everything.
	Interruption Interruption
	// CloseTimeout bounds the Close… calls, which run even when the caller's
	// context has ended. Default 5 s, at most 1 h. Beyond it one fails as beyond CallTimeout.
	CloseTimeout time.Duration
	// MaxModuleBytes bounds a module. Default 16 MiB, at least 8 bytes, at most 1 GiB;
	// admission has limits of its own. A larger one is refused with abi.InvalidModule.
	MaxModuleBytes int
	// MaxTableElements bounds each table of a module, as declared and as grown.
	// Default 65,536, at most 10,000,000. A module that begins with a larger one is refused
	// with abi.InvalidModule; growth beyond it is refused, which the guest is told.
	MaxTableElements int
	// MaxReplyBytes bounds what a guest answers to one call. Default 16 MiB, at most
	// 16 MiB: abi.MaxMessageBytes. A longer reply fails with abi.LimitExceeded, and the
	// instance is retired.
	MaxReplyBytes int
	// ReplyBytesPerRun bounds what one instance answers to all calls of a run
	// together, from Open… to Close…. Default 16 GiB, at most math.MaxInt64/2. Beyond it a
	// call fails with abi.LimitExceeded, and the instance is retired.
	ReplyBytesPerRun int64
	// MaxImportObjects bounds the objects that one full import may name, of each of which
	// the contract remembers 40 bytes, 80 with a DN: so much comes out of MemoryBudget
	// while the session is open. Default 10,000,000, at most 1,073,741,824. Beyond it a page
	// fails with abi.LimitExceeded. A contract.Promise may say less.
	MaxImportObjects int
	// HostCallsPerRun bounds the calls of functions of ecma_host_v1 by one instance, but for
	// take, which hands over an answer of a call that was counted: fuel and time bound it.
	// Default 10,000,000, at most math.MaxInt64/2. Beyond it they fail with
	// abi.LimitExceeded, which the log tells once; a call of the connector that fails then has this limit in its error.
	HostCallsPerRun int64
	// HostBytesPerRun bounds the requests and answers of those calls together.
	// Default 16 GiB, at most math.MaxInt64/2. Beyond it they fail, and are told, as beyond
	// HostCallsPerRun.
	HostBytesPerRun int64
	// StderrBytes bounds what one instance may write to its standard output and
	// error, where a line counts for 64 bytes at least. Default 256 KiB, at most 1 GiB. It
	// is logged at debug, line by line; what is beyond is swallowed, and nothing fails.
	StderrBytes int
	// CacheDir keeps modules over restarts: compiled, and as they were when they had
	// been admitted and metered, neither of which is done again for the same module
	// under the same settings. It is made with mode 0700. Empty, the default, keeps
	// compiled modules in memory alone, while they are in use. Any number of processes
	// may use it at once. It holds code that is run in this process: one that others
	// may write to is refused, and each entry is sealed with the key in
	// CacheKeyFile. A damaged entry is removed and made anew; CacheBytes bounds all
	// of them. All of it may be removed at any time, also while it is used: what is
	// missing is made anew. Built with the tag wasmtime it keeps no compiled modules.
	CacheDir string
	// CacheBytes bounds the files of CacheDir together, in bytes. Before one more is
	// kept than fits, those are removed that no process loaded for the longest time, which
	// the times of the files tell to the hour; processes that write at the same moment
	// may pass it by what they write, until the next one does. Files that are not of the
	// cache, and all directories, neither count nor are they touched. A module that takes
	// more alone is not kept, with a warning. Default 4 GiB, at most 1 PiB; empty CacheDir
	// for none.
	CacheBytes int64
	// CacheKeyFile holds the key of CacheDir, 32 random bytes; it is made with mode
	// 0600. Default: CacheDir with ".key" behind it. It must lie outside CacheDir,
	// by whatever links the two are named.
	// Whoever can read it and write to CacheDir can run code in this process. When
	// it is lost, everything is made anew.
	CacheKeyFile string
	// CompileMemoryBytes, CompileCPU and CompileTimeout bound one compilation, in a
	// program that calls CompileChild; in others nothing but admission does, whose
	// limits are narrower there. A module that takes more of any fails with
	// abi.LimitExceeded. CompileMemoryBytes counts what the process may write to.
	// Default 512 MiB, at least 128 MiB, at most 64 GiB: a program that is linked with C, as
	// Go's net is by default, takes most of the least before it compiles anything.
	CompileMemoryBytes int64
	// CompileCPU is processor time, rounded up to seconds. Default 30 s, at least 1 s, at
	// most 24 h.
	CompileCPU time.Duration
	// CompileTimeout is time on the wall. Default 60 s, at least 1 ms, at most 24 h.
	CompileTimeout time.Duration
	// Logger gets one line per call and what guests write at debug; at info what was
	// loaded; a warning for each instance that is retired, when calls of the host begin
	// to be refused, and for what is wrong with the cache or the process that compiles;
	// an error when a function of a Host fails, at its first failure and with the
	// number of the others, and for a panic. The zero Logger is silent.
	Logger zerolog.Logger

	// OnRelease, if not nil, gets what each instance used when it is over. It is
	// called on the goroutine that ends it, from many at once, and must return soon
	// and call nothing of the connector. A panic in it is logged, and changes nothing.
	// Instances that never started are not told.
	OnRelease func(Usage)

	// observe, if not nil, sees all of a guest's memory at every entry and
	// return, of calls and of host calls. Tests look for secrets there.
	observe func(point string, memory []byte)
	// compileProgram, if not empty, compiles instead of this program.
	compileProgram string
}

// withDefaults fills in the defaults and reports everything that is wrong.
func (c Config) withDefaults() (Config, error) {
	var errs []error
	errs = append(errs,
		setting("MemoryLimitBytes", &c.MemoryLimitBytes, DefaultMemoryLimitBytes, pageBytes, maxMemoryBytes),
		setting("CallTimeout", &c.CallTimeout, DefaultCallTimeout, 1, 24*time.Hour),
		setting("SleepPerCall", &c.SleepPerCall, max(c.CallTimeout/2, 1), 1, 24*time.Hour),
		setting("SleepPerRun", &c.SleepPerRun, DefaultSleepPerRun, 1, 365*24*time.Hour),
		setting("StartTimeout", &c.StartTimeout, DefaultStartTimeout, 1, time.Hour),
		setting("StopGrace", &c.StopGrace, DefaultStopGrace, 1, time.Hour),
		setting("CloseTimeout", &c.CloseTimeout, DefaultCloseTimeout, 1, time.Hour),
		setting("MaxModuleBytes", &c.MaxModuleBytes, DefaultMaxModuleBytes, 8, 1<<30),
		setting("MaxTableElements", &c.MaxTableElements, DefaultMaxTableElements, 1, maxTableElements),
		setting("MaxReplyBytes", &c.MaxReplyBytes, DefaultMaxReplyBytes, 1, abi.MaxMessageBytes),
		setting("ReplyBytesPerRun", &c.ReplyBytesPerRun, DefaultReplyBytesPerRun, 1, math.MaxInt64/2),
		setting("MaxImportObjects", &c.MaxImportObjects, DefaultMaxImportObjects, 1, 1<<30),
		setting("FuelPerCall", &c.FuelPerCall, max(DefaultFuelPerCall, int64(c.CallTimeout)*fuelPerNanosecond), 1, UnlimitedFuel),
		setting("FuelPerRun", &c.FuelPerRun, DefaultFuelPerRun, 1, UnlimitedFuel),
		setting("CallDepth", &c.CallDepth, DefaultCallDepth, 1, 1<<24),
		setting("HostCallsPerRun", &c.HostCallsPerRun, DefaultHostCallsPerRun, 1, math.MaxInt64/2),
		setting("HostBytesPerRun", &c.HostBytesPerRun, DefaultHostBytesPerRun, 1, math.MaxInt64/2),
		setting("CacheBytes", &c.CacheBytes, DefaultCacheBytes, 1, 1<<50),
		setting("CompileMemoryBytes", &c.CompileMemoryBytes, DefaultCompileMemoryBytes, 128<<20, 64<<30),
		setting("CompileCPU", &c.CompileCPU, DefaultCompileCPU, time.Second, 24*time.Hour),
		setting("CompileTimeout", &c.CompileTimeout, DefaultCompileTimeout, time.Millisecond, 24*time.Hour),
		setting("StderrBytes", &c.StderrBytes, DefaultStderrBytes, 1, 1<<30),
	)
	if c.Interruption > CloseOnContext {
		errs = append(errs, fmt.Errorf("setting Config.Interruption is %d: it must be Metered or CloseOnContext", c.Interruption))
	}
	c.MemoryLimitBytes -= c.MemoryLimitBytes % pageBytes
	if c.MemoryBudget == nil {
		c.MemoryBudget = &processMemory
	}
	errs = append(errs, c.MemoryBudget.check())
	if err := errors.Join(errs...); err != nil {
		return c, &abi.Error{Code: abi.HostFailure, Op: "runtime: new", Side: abi.SideCaller, Err: err}
	}
	return c, nil
}

// setting replaces a zero by its default and refuses what is out of range.
func setting[T ~int | ~int64](name string, value *T, byDefault, least, most T) error {
	if *value == 0 {
		*value = byDefault
	}
	if *value < least || *value > most {
		return fmt.Errorf("setting Config.%s is %v: it must lie between %v and %v, or be 0 for %v", name, *value, least, most, byDefault)
	}
	return nil
}
