package snapshot_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	. "github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

const mappable = true

// addressesMiB is how much of its addresses this process has taken.
func addressesMiB(t *testing.T) int { return number(t, "/proc/self/status", "VmSize:") >> 10 }

// number returns the number behind a word in a file.
func number(t testing.TB, file, word string) (n int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), word)
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// privateKiB is the memory that this process has for itself and has written.
func privateKiB(t testing.TB) int {
	t.Helper()
	debug.FreeOSMemory()
	return number(t, "/proc/self/smaps_rollup", "Private_Dirty:")
}

// ownPages counts the pages of a range that belong to no file: those of an image
// that were written, and all others in use.
func ownPages(t *testing.T, b []byte) (n int) {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	first := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
	inside := false
	for line := range strings.Lines(string(smaps)) {
		var from, to uint64
		var kib int
		if got, _ := fmt.Sscanf(line, "%x-%x ", &from, &to); got == 2 {
			inside = from >= first && to <= first+uint64(len(b))
		} else if got, _ := fmt.Sscanf(line, "Anonymous: %d", &kib); got == 1 && inside {
			n += kib << 10 / os.Getpagesize()
		}
	}
	return n
}

// A lease has pages of its own only where it writes.
func TestShared(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	first := p.started(t)
	if !first.Memory().Write(0, bytes.Repeat([]byte("x"), grown*page)) {
		t.Fatal("the memory cannot be filled")
	}
	l := p.lease(t, p.capture(t, first), ways[0])
	if have := ownPages(t, l.memory.Addresses()); have != 0 {
		t.Errorf("have %d pages of its own in a lease that wrote nothing", have)
	}
	l.ask(t, "peek", page)
	l.ask(t, "poke", 5, 'y')
	l.ask(t, "poke", 6, 'y')
	l.ask(t, "poke", page+5, 'y')
	if have := ownPages(t, l.memory.Addresses()); have != 2 {
		t.Errorf("have %d pages of its own in a lease that wrote two", have)
	}
}

// Nobody can change an image, and no other program gets it.
func TestSealed(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	file := p.snapshot(t).File()
	if _, err := file.WriteAt([]byte("x"), 0); err == nil {
		t.Error("the image can be written")
	}
	if err := file.Truncate(0); err == nil {
		t.Error("the image can be cut")
	}
	if err := file.Truncate(1 << 20); err == nil {
		t.Error("the image can grow")
	}
	if b, err := unix.Mmap(int(file.Fd()), 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
		unix.Munmap(b)
		t.Error("the image can be mapped for writing")
	}
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, 0); err == nil {
		t.Error("the seals can be changed")
	}
	if flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("have flags %#x and error %v: the image stays open in other programs", flags, err)
	}
}

// A system that is busy twice is asked three times, and no more if it stays so. Other
// errors are no reason to ask again.
func TestUntilFree(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answers []error
		want    error
	}{
		{[]error{nil}, nil},
		{[]error{unix.EBUSY, unix.EBUSY, nil}, nil},
		{[]error{unix.EBUSY, unix.EBUSY, unix.EBUSY}, unix.EBUSY},
		{[]error{unix.EBUSY, unix.EPERM}, unix.EPERM},
	} {
		asked := 0
		err := snapshot.UntilFree(func() error { asked++; return tt.answers[asked-1] })
		if err != tt.want || asked != len(tt.answers) {
			t.Errorf("of %v: asked %d times, %v", tt.answers, asked, err)
		}
	}
}

// Zeros cost nothing: those at the end are not held, those between are holes.
func TestZeros(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, (&Module{Memories: [][]byte{Join([]byte{0}, U32(512))}, Data: [][]byte{
		Join([]byte{0}, I32(16), []byte{0x0b}, Sized("first")),
		Join([]byte{0}, I32(200*page+5), []byte{0x0b}, Sized("last")),
	}}).Bytes())
	image := p.snapshot(t)
	if held := image.Held(); held != 200*page+os.Getpagesize() {
		t.Errorf("have %d bytes held, want them to end behind the last one", held)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(image.File().Fd()), &stat); err != nil || stat.Blocks*512 != int64(2*os.Getpagesize()) {
		t.Errorf("the image takes %d bytes, error %v, want two pages", stat.Blocks*512, err)
	}
	for _, by := range ways {
		l := p.lease(t, image, by)
		all, _ := l.Memory().Read(0, 512*page)
		if string(all[16:21]) != "first" || string(all[200*page+5:200*page+9]) != "last" || len(bytes.Trim(all, "\x00firstla")) != 0 {
			t.Errorf("%s: the memory is another", by.name)
		}
	}
}

// What a memory keeps free, which is all it may ever have, is given back whole: of two
// leases at once one leaves its mapping to the next, and the other's is released.
func TestRelease(t *testing.T) {
	large := machine()
	large.Memories = [][]byte{Join([]byte{1, 1}, U32(limit/page))}
	p := newWorld(t).prepare(t, large.Bytes())
	image := p.snapshot(t)
	before := addressesMiB(t)
	for range 1000 {
		both := []*lease{must(p.tryLease(image, ways[0]))(t), must(p.tryLease(image, ways[0]))(t)}
		for _, l := range both {
			if have := len(l.memory.Addresses()); have != limit {
				t.Fatalf("have %d bytes kept, want the module's maximum", have)
			}
			l.ask(t, "grow", 1)
			l.ask(t, "poke", grown*page, 1)
		}
		for _, l := range both {
			l.end()
		}
	}
	wantReleased(t, "leases", before)
}

// An image that is closed while memory of it is made leaves nothing over.
func TestClosedMeanwhile(t *testing.T) {
	unbounded := machine()
	unbounded.Memories = [][]byte{{0, 1}}
	p := newWorld(t).prepare(t, unbounded.Bytes())
	first := p.started(t)
	image := must(p.plan.Capture(first.memory, first.Module, goesOn))(t)
	first.end()
	if err := image.File().Close(); err != nil {
		t.Fatal(err)
	}
	before := addressesMiB(t)
	for _, by := range []way{ways[0], ways[2]} {
		for range 10 {
			if memory, err := by.memory(image, p.budget, limit); !errors.Is(err, snapshot.ErrClosed) || memory != nil {
				t.Errorf("%s: have error %v, want ErrClosed", by.name, err)
			}
		}
		if used := p.budget.Used(); used != 0 {
			t.Errorf("%s: have %d bytes used", by.name, used)
		}
	}
	if after := addressesMiB(t); after > before+10*limit>>20/2 {
		t.Errorf("%d MiB of addresses before, %d after", before, after)
	}
}

// When the system has no memory, the guest gets -1 and the lease knows why.
func TestSystemRefuses(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	l := p.lease(t, p.snapshot(t), ways[0])
	kept := l.memory.Addresses()
	if err := unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(kept[4*page:])), page); err != nil {
		t.Fatal(err)
	}
	used := p.budget.Used()
	if have := int32(l.ask(t, "grow", 3)); have != -1 {
		t.Errorf("have %d, want -1", have)
	}
	wantRefusal(t, l.memory.Refused, snapshot.LimitSystem, 5*page, grown*page)
	if have := p.budget.Used(); have != used {
		t.Errorf("have %d bytes used, want %d", have, used)
	}
	if have := l.ask(t, "grow", 1); have != grown {
		t.Errorf("have %d, want %d: what is there can be had", have, grown)
	}
}
