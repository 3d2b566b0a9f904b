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
