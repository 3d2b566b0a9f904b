package snapshot

import (
	"sync"

	"github.com/tetratelabs/wazero/experimental"
)

// Memory is the memory of one instance. It is handed to the engine with
// experimental.WithMemoryAllocator. Whoever made it frees it, even if there never
// was an instance. See the package's comment for what must not be done then.
type Memory struct {
	// Refused is the growth last refused, which the guest saw as -1. It may be set
	// to nil, and may be looked at only while no call runs in the instance.
	Refused *Refusal

	budget *Budget
	most   uint64 // bytes
	image  *Image // what it is a memory of; nil without one

	mu     sync.Mutex
	served bool
	mapped bool
	// bytes are those that can be used and are counted in the budget; the capacity
	// behind them is kept free. Freed memory has nil.
	bytes []byte
	had   int64 // when it was freed
}

var (
	_ experimental.MemoryAllocator = (*Memory)(nil)
	_ experimental.LinearMemory    = (*Memory)(nil)
)

// newMemory takes the first bytes out of the budget and maps them, if the system
// does.
func newMemory(budget *Budget, limit int64, first, most uint64, image *Image, mapping func(first, most uint64) ([]byte, error)) (*Memory, error) {
	most = min(most, uint64(max(limit, 0))/pageBytes*pageBytes)
	if first > most {
		return nil, &Refusal{Limit: LimitMemory, Used: int64(first), Allowed: int64(most)}
	}
	if refusal := budget.Take(int64(first)); refusal != nil {
		return nil, refusal
	}
	m := &Memory{budget: budget, most: most, image: image}
	var err error
	if m.bytes, err = mapping(first, most); err == nil {
		m.mapped = true
		return m, nil
	}
	m.bytes = make([]byte, first)
	if err := image.copyTo(m.bytes); err != nil {
		m.Free()
		return nil, err
	}
	return m, nil
}

// Allocate implements experimental.MemoryAllocator. A second instance in the same
// memory would see all of the first: it gets nil, on which the engine panics.
func (m *Memory) Allocate(_, _ uint64) experimental.LinearMemory {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.served {
		return nil
	}
	m.served = true
	return m
}

// Size returns how many bytes the memory has, which is what it takes of the budget:
// those of the image or the module, and what the guest grew by. It is 0 after Free.
func (m *Memory) Size() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.bytes))
}

// Had returns Size, and after Free what it was before: the engine frees the memory of an
// instance that does not start.
func (m *Memory) Had() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(m.had, int64(len(m.bytes)))
}

// Reallocate implements experimental.LinearMemory; nil refuses the growth.
func (m *Memory) Reallocate(size uint64) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bytes == nil {
		return nil
	}
	if refusal := m.extend(size); refusal != nil {
		m.Refused = refusal
		return nil
	}
	return m.bytes[:size:size]
}

// extend makes size bytes usable.
func (m *Memory) extend(size uint64) *Refusal {
	ready := uint64(len(m.bytes))
	if size <= ready {
		return nil
	}
	if size > m.most {
		return &Refusal{Limit: LimitMemory, Used: int64(size), Allowed: int64(m.most)}
	}
	if refusal := m.budget.Take(int64(size - ready)); refusal != nil {
		return refusal
	}
	if m.mapped {
		if commit(m.bytes[ready:size]) != nil {
			m.budget.GiveBack(int64(size - ready))
			return &Refusal{Limit: LimitSystem, Used: int64(size), Allowed: int64(ready)}
		}
	} else if size > uint64(cap(m.bytes)) {
		// A quarter ahead: guests grow in small steps, and each step copies.
		grown := make([]byte, size, min(size+size/4, m.most))
		copy(grown, m.bytes)
		m.bytes = grown
	}
	m.bytes = m.bytes[:size]
	return nil
}

// Free gives the memory back to the budget, and to the system or to the image, where
// nothing of what it held is left. It may be called twice, by the engine and by
// whoever made the memory.
func (m *Memory) Free() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.had = max(m.had, int64(len(m.bytes)))
	m.budget.GiveBack(int64(len(m.bytes)))
	if m.mapped {
		m.image.takeBack(m.bytes)
		m.mapped = false
	}
	m.bytes = nil
}
