package snapshot

import (
	"fmt"
	"sync/atomic"
)

// The names of limits, as Refusal.Limit has them: those of the settings that they
// come from, and what the operating system has.
const (
	LimitMemory = "MemoryLimitBytes"
	LimitBudget = "MemoryBudget"
	LimitSystem = "the operating system's memory"
)

// Refusal is why there is no memory for an instance: for its first pages, or for
// what it asked for later.
type Refusal struct {
	// Limit is LimitMemory, LimitBudget or LimitSystem.
	Limit string
	// Used is how many bytes there would have been: of the instance's memory, and
	// for LimitBudget of all together. Allowed is the most there may be; for
	// LimitSystem it is what the instance has.
	Used, Allowed int64
}

// Error implements error.
func (r *Refusal) Error() string {
	return fmt.Sprintf("snapshot: %s: %d bytes, the most is %d", r.Limit, r.Used, r.Allowed)
}

// Budget bounds the memory of many instances together, as the guests see it: every
// page counts from the moment an instance has it until Memory.Free, whether it was
// written or is still shared with an image. The images themselves do not count, nor
// does what they keep of a lease that is over. It is safe for concurrent use.
type Budget struct {
	allowed int64
	used    *atomic.Int64
}

// NewBudget returns a budget of so many bytes of what used counts. Several may count
// the same: of each is taken only what leaves them all together within its own bytes.
func NewBudget(bytes int64, used *atomic.Int64) *Budget { return &Budget{bytes, used} }

// Allowed returns how many bytes may be taken.
func (b *Budget) Allowed() int64 { return b.allowed }

// Used returns how many bytes are taken.
func (b *Budget) Used() int64 { return b.used.Load() }

// Take takes bytes, all or none. Besides memory, which takes its own, they may be for
// whatever else an instance has.
func (b *Budget) Take(bytes int64) *Refusal {
	for {
		used := b.used.Load()
		after := used + bytes
		if after > b.allowed {
			return &Refusal{Limit: LimitBudget, Used: after, Allowed: b.allowed}
		}
		if b.used.CompareAndSwap(used, after) {
			return nil
		}
	}
}

// GiveBack gives back what was taken.
func (b *Budget) GiveBack(bytes int64) { b.used.Add(-bytes) }
