package snapshot

import (
	"os"
	"sync"
)

// spare is the mapping that was the memory of a lease that is over, for the next one:
// that need not map it, and has pages of its own where the last one wrote. The system
// takes far longer to give a lease such a page than to write it again, and leases write
// much the same pages. There is one for each image, and it holds nothing but the image.
type spare struct {
	mu      sync.Mutex
	mapping []byte // nil if there is none
}

// mostKept is how many bytes of its own a spare has at most: a connector in Go writes
// 200 to 350 KiB for an answer.
const mostKept = 512 << 10

// take returns the spare, if there is one with so many addresses, or nil. It is as a
// new mapping.
func (s *spare) take(most uint64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if uint64(cap(s.mapping)) != most {
		return nil
	}
	mapping := s.mapping
	s.mapping = nil
	return mapping
}

// takeBack takes the mapping of a memory that is over, with its pages in use: it
// becomes the spare, or is released. A nil image releases it.
func (i *Image) takeBack(mapping []byte) {
	if i == nil || i.pagemap == nil || !i.keepSpare(mapping) {
		release(mapping[:cap(mapping)])
	}
}

// keepSpare reports whether it kept a mapping. An image that has been closed keeps none.
func (i *Image) keepSpare(mapping []byte) bool {
	i.spare.mu.Lock()
	defer i.spare.mu.Unlock()
	if i.closed.Load() || i.spare.mapping != nil || i.restore(mapping) != nil {
		return false
	}
	i.spare.mapping = mapping[:i.size]
	return true
}

// close releases the spare of an image that has been closed: there is none afterwards.
func (s *spare) close(pagemap *os.File) {
	if pagemap == nil {
		return
	}
	pagemap.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mapping != nil {
		release(s.mapping[:cap(s.mapping)])
		s.mapping = nil
	}
}

// restore makes a mapping what a new one is. What it grew by is thrown away. Pages that
// are its own are written again, as the image has them; if they are too many, which a
// long session's are, they are thrown away. The others are the image's file, or have
// never been there.
func (i *Image) restore(mapping []byte) error {
	if err := reserveAgain(mapping[i.size:]); err != nil {
		return err
	}
	own, err := ownPages(i.pagemap, mapping[:i.size])
	if err != nil {
		return err
	}
	bytes := 0
	for _, s := range own {
		bytes += s.to - s.from
	}
	if bytes > mostKept {
		return discard(mapping[:i.size])
	}
	for _, s := range own {
		if err := i.readAt(mapping[s.from:s.to], s.from); err != nil {
			return err
		}
	}
	return nil
}

// span is a part of a mapping: whole pages.
type span struct{ from, to int }
