package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/tetratelabs/wazero/api"
)

// ErrClosed is what NewMemory returns for an image that was closed.
var ErrClosed = errors.New("snapshot: the image is closed")

// Image is the state of an instance that was started: its memory, without the
// zeros at its end, and its mutable globals. It is safe for concurrent use.
// Whoever took it closes it.
type Image struct {
	most   uint64 // the memory's maximum
	size   uint64 // of the memory
	length uint64 // of what is held of it
	// Either file or contents holds it.
	file     *os.File
	contents []byte
	globals  []global
	closed   atomic.Bool
	// pagemap tells which pages leases wrote; nil where there is no spare.
	pagemap *os.File
	spare   spare
}

// global is a mutable global: its export and its value.
type global struct {
	name  string
	value uint64
}

// Capture takes the image of an instance of the plan's module that was started in
// memory. No call may run in it. The instance can go on, and be closed; the image
// does not hang on it. due is asked for each MiB of the memory whether to go on; its
// error ends the taking and is returned. Other errors say that the plan has an
// obstacle, or that the memory was freed.
func (p *Plan) Capture(memory *Memory, instance api.Module, due func() error) (*Image, error) {
	if p.Obstacle != "" {
		return nil, errors.New("snapshot: capture: " + p.Obstacle)
	}
	i := &Image{most: p.most}
	for _, name := range p.globals {
		i.globals = append(i.globals, global{name, instance.ExportedGlobal(name).Get()})
	}
	memory.mu.Lock()
	defer memory.mu.Unlock()
	if memory.bytes == nil {
		return nil, errors.New("snapshot: capture: the memory was freed")
	}
	var stopped error
	look := func() error {
		stopped = due()
		return stopped
	}
	held := withoutZeros(memory.bytes, look)
	if stopped != nil {
		return nil, stopped
	}
	i.size, i.length = uint64(len(memory.bytes)), uint64(len(held))
	var err error
	if i.file, err = seal(held, look); err == nil {
		i.pagemap, _ = openPagemap()
	} else if stopped == nil {
		i.contents = clone(held, look)
	}
	if stopped != nil {
		return nil, stopped
	}
	return i, nil
}

// blockBytes is how much of a memory is read or copied from one look at whether to go on
// to the next.
const blockBytes = 1 << 20

// withoutZeros returns b without the pages of zeros at its end, up to a look that fails.
func withoutZeros(b []byte, look func() error) []byte {
	page := os.Getpagesize()
	for len(b) > 0 && isZero(b[len(b)-page:]) && (len(b)%blockBytes != 0 || look() == nil) {
		b = b[:len(b)-page]
	}
	return b
}

// clone copies b, up to a look that fails.
func clone(b []byte, look func() error) []byte {
	c := make([]byte, 0, len(b))
	for len(c) < len(b) && look() == nil {
		c = append(c, b[len(c):min(len(c)+blockBytes, len(b))]...)
	}
	return c
}

// zeros are as long as the largest page of a system.
var zeros [pageBytes]byte

func isZero(page []byte) bool { return bytes.Equal(page, zeros[:len(page)]) }

// NewMemory returns the memory for a new instance of the module the image was
// taken of: it holds what the image holds. limit is in bytes and bounds its
// growth. The error is a *Refusal, or ErrClosed.
func (i *Image) NewMemory(budget *Budget, limit int64) (*Memory, error) {
	return i.newMemory(budget, limit, i.mapping)
}

func (i *Image) newMemory(budget *Budget, limit int64, mapping func(first, most uint64) ([]byte, error)) (*Memory, error) {
	if i.closed.Load() {
		return nil, ErrClosed
	}
	memory, err := newMemory(budget, limit, i.size, i.most, i, mapping)
	if errors.Is(err, os.ErrClosed) {
		err = ErrClosed
	}
	return memory, err
}

// mapping keeps so many addresses free and makes the first of them usable, which hold
// what the image holds; those are what it returns. A nil image is empty.
func (i *Image) mapping(first, most uint64) ([]byte, error) {
	if i != nil {
		if spare := i.spare.take(most); spare != nil {
			return spare, nil
		}
	}
	all, err := reserve(most)
	if err != nil {
		return nil, err
	}
	if err := i.prepare(all[:first]); err != nil {
		release(all)
		return nil, err
	}
	return all[:first], nil
}

// prepare makes a part of a mapping usable and puts the image under it.
func (i *Image) prepare(part []byte) error {
	overlaid := uint64(0)
	if i.Mapped() {
		if err := overlay(part[:i.length], i.file); err != nil {
			return err
		}
		overlaid = i.length
	}
	if err := commit(part[overlaid:]); err != nil {
		return err
	}
	if overlaid > 0 {
		return nil
	}
	return i.copyTo(part)
}

// Restore gives an instance whose memory is of NewMemory the size and the globals
// that the image holds. Nothing may have been called in it. The error says that it
// is no instance of the plan's module.
func (i *Image) Restore(instance api.Module) error {
	if err := i.grow(instance); err != nil {
		return err
	}
	for _, g := range i.globals {
		to, ok := instance.ExportedGlobal(g.name).(api.MutableGlobal)
		if !ok {
			return fmt.Errorf("snapshot: restore: the instance has no %s: it is one of another module", g.name)
		}
		to.Set(g.value)
	}
	return nil
}

// grow lets the instance have all its memory, which NewMemory has made ready.
func (i *Image) grow(instance api.Module) error {
	if i.size == 0 {
		return nil
	}
	memory := instance.Memory()
	pages, _ := memory.Grow(0)
	if _, ok := memory.Grow(uint32(i.size/pageBytes) - pages); !ok {
		return fmt.Errorf("snapshot: restore: the memory does not grow from %d pages to %d: it is none of this image", pages, i.size/pageBytes)
	}
	return nil
}

// Mapped says whether instances share the image until they write; otherwise each
// has a copy.
func (i *Image) Mapped() bool { return i != nil && i.file != nil }

// copyTo copies the image to the beginning of b, which is zero. A nil image is
// empty.
func (i *Image) copyTo(b []byte) error {
	switch {
	case i == nil || i.length == 0:
		return nil
	case i.file == nil:
		copy(b, i.contents)
		return nil
	}
	return i.readAt(b[:i.length], 0)
}

// readAt fills b with what the memory of a mapped image holds at an offset.
func (i *Image) readAt(b []byte, offset int) error {
	held := b[:max(min(len(b), int(i.length)-offset), 0)]
	clear(b[len(held):])
	if len(held) == 0 {
		return nil
	}
	_, err := i.file.ReadAt(held, int64(offset))
	return err
}

// Close gives the image up: there is no new memory of it. Instances that have one
// go on. It may be called twice.
func (i *Image) Close() error {
	if i.closed.Swap(true) || i.file == nil {
		return nil
	}
	i.spare.close(i.pagemap)
	return i.file.Close()
}
