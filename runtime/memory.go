package runtime

import "github.com/tetratelabs/wazero/experimental"

// guestMemory is the memory of one instance under its limit. The engine asks it
// for every growth, so that it knows which refusal a crash came from. It is the
// seam for snapshots: an image mapped copy-on-write takes the place of the slice.
type guestMemory struct {
	limit uint64
	bytes []byte
	// refused is the size last asked for in vain, since it was last set to 0.
	refused uint64
	// most is the largest size it had.
	most uint64
}

var _ experimental.MemoryAllocator = (*guestMemory)(nil)

// Allocate implements experimental.MemoryAllocator. An instance has one memory.
func (m *guestMemory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory; nil refuses the growth.
func (m *guestMemory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.refused = size
		return nil
	}
	if size > uint64(cap(m.bytes)) {
		// A quarter ahead: guests grow in small steps, and each step copies.
		grown := make([]byte, size, min(size+size/4, m.limit))
		copy(grown, m.bytes)
		m.bytes = grown
	}
	m.bytes = m.bytes[:size]
	m.most = size
	return m.bytes
}

// Free implements experimental.LinearMemory.
func (m *guestMemory) Free() { m.bytes = nil }
