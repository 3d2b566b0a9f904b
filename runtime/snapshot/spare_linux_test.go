package snapshot_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	. "github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// roomy is a module whose image holds a first part, a hole, a middle part and zeros at
// its end, each with many pages of the system's, and whose memory may grow to roomyMost
// pages.
func roomy(t *testing.T) (*program, *snapshot.Image) {
	t.Helper()
	const pages, most = 64, roomyMost
	p := newWorld(t).prepare(t, (&Module{Memories: [][]byte{Join([]byte{1}, U32(pages), U32(most))},
		Types: [][]byte{Func("\x7f", "\x7f")}, Functions: [][]byte{U32(0)}, Bodies: [][]byte{Body(nil, 0x20, 0, 0x40, 0)},
		Exports: [][]byte{Export("memory", 2, 0), Export("grow", 0, 0)}}).Bytes())
	first := p.started(t)
	for _, part := range [][2]int{{0, 16}, {32, 48}} {
		if !first.Memory().Write(uint32(part[0]*page), bytes.Repeat([]byte("image"), (part[1]-part[0])*page/5)) {
			t.Fatal("the memory cannot be filled")
		}
	}
	return p, p.capture(t, first)
}

const roomyMost = 4096

// all is the whole memory of a lease.
func (l *lease) all() []byte {
	all, _ := l.Memory().Read(0, l.Memory().Size())
	return all
}

func start(b []byte) *byte { return unsafe.SliceData(b) }

// The next lease has the pages already that the last one wrote, and finds what the
// image holds; what it does not write was not copied.
func TestSpare(t *testing.T) {
	t.Parallel()
	p, image := roomy(t)
	l := p.lease(t, image, ways[0])
	want := bytes.Clone(l.all())
	l.end()
	written := []int{3, 4, 20, 40}
	l = p.lease(t, image, ways[0])
	for _, at := range written {
		l.Memory().WriteByte(uint32(at*page+7), 'x')
	}
	for _, at := range []int{5, 25, 45} {
		l.Memory().ReadByte(uint32(at * page))
	}
	mapping := l.memory.Addresses()
	l.end()
	l = p.lease(t, image, ways[0])
	if start(l.memory.Addresses()) != start(mapping) {
		t.Fatal("the lease has another mapping than the last one")
	}
	if have := ownPages(t, l.memory.Addresses()); have != len(written) {
		t.Errorf("have %d pages of its own at the beginning, want the %d that the last lease wrote", have, len(written))
	}
	if !bytes.Equal(l.all(), want) {
		t.Error("the memory is not the image's")
	}
	beside := p.lease(t, image, ways[0])
	if start(beside.memory.Addresses()) == start(mapping) {
		t.Error("two leases at once have the same mapping")
	}
}

// Whatever a lease writes, wherever it grows to, the next one begins as all do.
func TestSpareIsAsNew(t *testing.T) {
	t.Parallel()
	p, image := roomy(t)
	chance := rand.New(rand.NewPCG(1, 2))
	l := p.lease(t, image, ways[0])
	want := bytes.Clone(l.all())
	garbage := bytes.Repeat([]byte{0xff}, 80*page)
	var mapping *byte
	kept := 0
	for round := range 200 {
		if mapping == start(l.memory.Addresses()) {
			kept++
		}
		mapping = start(l.memory.Addresses())
		grown := chance.IntN(17)
		if have := int32(l.ask(t, "grow", uint64(grown))); int(have)*page != len(want) {
			t.Fatalf("round %d: have %d pages before growth", round, have)
		}
		if !isZero(l.all()[len(want):]) {
			t.Fatalf("round %d: what the memory grew by is not zero", round)
		}
		// Now and then more than is kept.
		for range chance.IntN(40) {
			at := chance.IntN(len(l.all()))
			copy(l.all()[at:], garbage[:chance.IntN(1<<chance.IntN(20))])
		}
		l.end()
		l = p.lease(t, image, ways[0])
		if !bytes.Equal(l.all(), want) {
			t.Fatalf("round %d: the lease does not begin with the image", round)
		}
	}
	if kept < 190 {
		t.Errorf("%d leases of 200 had the mapping of the last one: this test looks at the wrong things", kept)
	}
}

func isZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// A spare has so many bytes of its own and not one page more: then it has none.
func TestSpareLimit(t *testing.T) {
	t.Parallel()
	size := os.Getpagesize()
	const most = snapshot.MostKept
	for name, test := range map[string]struct {
		written [][2]int // bytes, from and to
		want    int
	}{
		"nothing":                    {nil, 0},
		"at the limit":               {[][2]int{{0, most}}, most},
		"one past it":                {[][2]int{{0, most + size}}, 0},
		"at the limit, in two parts": {[][2]int{{0, size}, {40 * page, 40*page + most - size}}, most},
		"one past it, in two parts":  {[][2]int{{0, size}, {40 * page, 40*page + most}}, 0},
		"everything":                 {[][2]int{{0, 64 * page}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, image := roomy(t)
			l := p.lease(t, image, ways[0])
			for _, part := range test.written {
				if !l.Memory().Write(uint32(part[0]), bytes.Repeat([]byte{0xff}, part[1]-part[0])) {
					t.Fatal("the memory cannot be written")
				}
			}
			mapping := l.memory.Addresses()
			l.end()
			l = p.lease(t, image, ways[0])
			if start(l.memory.Addresses()) != start(mapping) {
				t.Error("the lease has another mapping than the last one")
			}
			if have := ownPages(t, l.memory.Addresses()) * size; have != test.want {
				t.Errorf("have %d bytes of its own, want %d", have, test.want)
			}
		})
	}
}

// Where it cannot be told what a lease wrote there is no spare, and leases go on.
func TestNoSpare(t *testing.T) {
	t.Parallel()
	p, image := roomy(t)
	l := p.lease(t, image, ways[0])
	want := bytes.Clone(l.all())
	if err := image.Pagemap().Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		l.Memory().Write(0, bytes.Repeat([]byte{0xff}, 64*page))
		l.end()
		l = p.lease(t, image, ways[0])
		if have := ownPages(t, l.memory.Addresses()); have != 0 {
			t.Errorf("have %d pages of its own at the beginning", have)
		}
		if !bytes.Equal(l.all(), want) {
			t.Error("the lease does not begin with the image")
		}
	}
}

// A pagemap that tells nothing is seen through: every lease would find what the last one
// wrote.
func TestPagemap(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"/proc/self/pagemap": true, "/dev/zero": false, "/dev/null": false, "/nowhere": false} {
		file, err := snapshot.TryPagemap(name)
		if (err == nil) != want {
			t.Errorf("%s: have error %v", name, err)
		}
		if err == nil {
			file.Close()
		}
	}
}

// A lease with another limit does not get the spare, and one that ends when its image
// has been closed leaves none: no address is taken when all is over.
func TestSpareIsReleased(t *testing.T) {
	p, image := roomy(t)
	first := p.lease(t, image, ways[0])
	before := addressesMiB(t)
	for range 500 {
		image := must(p.plan.Capture(first.memory, first.Module, goesOn))(t)
		late := must(image.NewMemory(p.budget, roomyMost*page))(t)
		for _, pages := range []int{roomyMost, 64, roomyMost - 1} {
			memory := must(image.NewMemory(p.budget, int64(pages*page)))(t)
			if have := len(memory.Addresses()); have != pages*page {
				t.Errorf("have %d addresses, want %d", have, pages*page)
			}
			memory.Free()
		}
		if err := image.Close(); err != nil {
			t.Fatal(err)
		}
		late.Free()
	}
	wantReleased(t, "memories of images", before)
}

// So does one of an image without a page, which has nothing to restore.
func TestSpareOfNothingIsReleased(t *testing.T) {
	p := newWorld(t).prepare(t, (&Module{Memories: [][]byte{Join([]byte{1, 0}, U32(roomyMost))}, Exports: [][]byte{Export("memory", 2, 0)}}).Bytes())
	first := p.started(t)
	before := addressesMiB(t)
	for range 1000 {
		image := must(p.plan.Capture(first.memory, first.Module, goesOn))(t)
		late := must(image.NewMemory(p.budget, roomyMost*page))(t)
		if err := image.Close(); err != nil {
			t.Fatal(err)
		}
		late.Free()
	}
	wantReleased(t, "memories of images", before)
}
