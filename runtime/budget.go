package runtime

import (
	"sync/atomic"

	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// MemoryBudget bounds the memory of all instances of the Runtimes that have it as their
// Config.MemoryBudget, together. The zero value is one of the default size, which is
// DefaultMemoryBudgetBytes; a Runtime whose MemoryLimitBytes is large goes beyond that, to
// MemoryLimitBytes and 288 MiB, so that one instance gets all it may have while no other
// is there. It is safe for concurrent use, and must not be copied.
//
// What counts, until the instance is over:
//
//   - every page of its memory, whether it has been written or not;
//   - a table as large as it may become, 24 bytes for an element; 24 bytes for a segment, 64
//     for an element of one and for a function that code refers to, 144 for a global;
//   - its stack, as the engine may take at the most: 9 KiB for each frame of
//     Config.CallDepth, of which there are 128 and those of the module's largest function at
//     the start, 2 MiB for a connector in Go; more when its calls are nested deeper, 150 MB
//     and that function at the most. Without metering stacks are not counted;
//   - what the contract remembers of the objects of an import (Config.MaxImportObjects);
//   - messages: the answers of the host that wait for the guest, at most 32 MiB, and a request
//     or reply of more than 64 KiB while it is read and served, about its text twice, 104
//     bytes for each value or attribute and 96 for a header of a request, until it is handed
//     to the caller.
//
// What does not count: a connector's image of its start, no larger than one instance, and
// 512 KiB at most that it keeps for its next instance; each Runtime's compiler and compiled
// modules; what a function of the host makes of a request and has from a target, its answer
// while that is written, a page that the caller has, and garbage that is not collected yet: a
// process with a budget of 256 MiB grew by up to 480 MiB for four connectors, eight instances
// of which asked for batches of 16 MiB without end.
//
// Built with the tag wasmtime the same counts, but a memory grows without asking: what it
// grew by is taken when the guest is looked at next, calls the host or returns, at once if
// that is seven pages or more, and the guest ends if there is none. A stack is that of a thread there, 6 MiB at the most.
type MemoryBudget struct {
	bytes int64
	used  atomic.Int64
}

// NewMemoryBudget returns a budget of so many bytes, which no Runtime goes beyond; 0 is
// the default size. New refuses one of less than 64 KiB or more than 1 PiB.
func NewMemoryBudget(bytes int64) *MemoryBudget { return &MemoryBudget{bytes: bytes} }

// Used returns how many bytes are taken now, by instances of all Runtimes that share it.
func (b *MemoryBudget) Used() int64 { return b.used.Load() }

// processMemory is the budget of every Runtime that names none.
var processMemory MemoryBudget

// besideMemory is what one instance has by default of the budget beside all of a large
// MemoryLimitBytes: 150 MB for its stack, the rest for its tables, segments and globals and
// the largest function of its module.
const besideMemory = 288 << 20

// check refuses a size that no Runtime can do with.
func (b *MemoryBudget) check() error {
	bytes := b.bytes
	return setting("MemoryBudget", &bytes, DefaultMemoryBudgetBytes, pageBytes, 1<<50)
}

// budget is what the instances of a Runtime with these settings take their memory from.
func (c *Config) budget() *snapshot.Budget {
	bytes := c.MemoryBudget.bytes
	if bytes == 0 {
		bytes = max(DefaultMemoryBudgetBytes, c.MemoryLimitBytes+besideMemory)
	}
	return snapshot.NewBudget(bytes, &c.MemoryBudget.used)
}
