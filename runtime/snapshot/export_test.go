package snapshot

import (
	"errors"
	"os"
)

// Copied returns the image as systems have it that cannot map one.
func (i *Image) Copied() *Image {
	contents := make([]byte, i.length)
	if err := i.copyTo(contents); err != nil {
		return i
	}
	return &Image{most: i.most, size: i.size, length: i.length, contents: contents, globals: i.globals}
}

// NewGoMemory is NewMemory as systems have it that cannot map memory.
func (i *Image) NewGoMemory(budget *Budget, limit int64) (*Memory, error) {
	return i.newMemory(budget, limit, func(uint64, uint64) ([]byte, error) { return nil, errors.ErrUnsupported })
}

// File returns the file of a mapped image.
func (i *Image) File() *os.File { return i.file }

// Pagemap returns what tells which pages leases wrote.
func (i *Image) Pagemap() *os.File { return i.pagemap }

// MostKept is mostKept.
const MostKept = mostKept

// Held returns how many bytes of memory an image holds.
func (i *Image) Held() int { return int(i.length) }

// Addresses returns the range of a mapped memory, with what is kept free.
func (m *Memory) Addresses() []byte { return m.bytes[:cap(m.bytes)] }
