package snapshot_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	. "github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// grown are the pages that a lease of a machine begins with.
const grown = 2

// growing makes a lease whose memory may have so many pages.
func growing(t *testing.T, p *program, image *snapshot.Image, by way, pages int64) *lease {
	t.Helper()
	memory, err := by.memory(image, p.budget, pages*page+page-1)
	if err != nil {
		t.Fatal(err)
	}
	l := &lease{memory: memory}
	t.Cleanup(l.end)
	l.Module = must(p.instantiate(memory))(t)
	if err := image.Restore(l.Module); err != nil {
		t.Fatal(err)
	}
	return l
}

// Memory grows to its limit, with zeros and without losing anything, and not a page
// further: the guest gets -1 and the lease knows why. The limit is whole pages.
func TestGrowth(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	image := p.snapshot(t)
	for _, by := range ways {
		l := growing(t, p, image, by, 5)
		before, _ := l.Memory().Read(0, 1)
		for have := uint64(grown); have < 5; have++ {
			l.ask(t, "poke", have*page-1, 'x')
			if old := l.ask(t, "grow", 1); old != have {
				t.Errorf("%s: have %d pages before growth, want %d", by.name, old, have)
			}
			if last := l.ask(t, "peek", (have+1)*page-1); last != 0 {
				t.Errorf("%s: have %d in a new page", by.name, last)
			}
		}
		if l.memory.Refused != nil {
			t.Errorf("%s: have the refusal %v before there was any", by.name, l.memory.Refused)
		}
		if have := int32(l.ask(t, "grow", 1)); have != -1 {
			t.Errorf("%s: have %d beyond the limit, want -1", by.name, have)
		}
		wantRefusal(t, l.memory.Refused, snapshot.LimitMemory, 6*page, 5*page)
		for at := uint64(grown); at < 5; at++ {
			if have := l.ask(t, "peek", at*page-1); have != 'x' {
				t.Errorf("%s: have %d at the end of page %d, want what was there", by.name, have, at)
			}
		}
		after, _ := l.Memory().Read(0, 1)
		if l.memory.Addresses() != nil && by.name == ways[0].name && mappable && unsafe.SliceData(before) != unsafe.SliceData(after) {
			t.Errorf("%s: the memory moved", by.name)
		}
		if l.memory.Refused = nil; l.ask(t, "size") != 5 || l.memory.Size() != 5*page {
			t.Errorf("%s: have %d bytes, want what was not refused", by.name, l.memory.Size())
		}
		if l.end(); l.memory.Size() != 0 {
			t.Errorf("%s: have %d bytes after the end", by.name, l.memory.Size())
		}
	}
}

// The module's own maximum holds below the limit.
func TestDeclaredMaximum(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	for _, by := range ways {
		l := p.lease(t, p.snapshot(t), by)
		if have := int32(l.ask(t, "grow", 7)); have != -1 {
			t.Errorf("have %d beyond the maximum, want -1", have)
		}
		if have := l.ask(t, "grow", 6); have != grown || l.ask(t, "peek", 8*page-1) != 0 {
			t.Errorf("have %d before growth to the maximum, want %d", have, grown)
		}
	}
}

// An instance that begins with more than its limit gets no memory at all.
func TestLimitAtStart(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	image := p.snapshot(t)
	for _, by := range ways {
		growing(t, p, image, by, grown)
		_, err := by.memory(image, p.budget, grown*page-1)
		wantRefusal(t, err, snapshot.LimitMemory, grown*page, page)
	}
	memory := must(p.plan.NewMemory(p.budget, page))(t)
	memory.Free()
	for _, limit := range []int64{page - 1, 0, -1} {
		_, err := p.plan.NewMemory(p.budget, limit)
		wantRefusal(t, err, snapshot.LimitMemory, page, 0)
	}
}

// The budget is for all: to its last page, and not one further, neither at the
// start nor later; what is freed can be had again.
func TestBudget(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	image := p.snapshot(t)
	for _, by := range ways {
		budget := snapshot.NewBudget(2*grown*page+page, new(atomic.Int64))
		p := &program{&world{p.engine, budget}, p.plan, p.compiled}
		first, second := p.lease(t, image, by), p.lease(t, image, by)
		_, err := by.memory(image, budget, limit)
		wantRefusal(t, err, snapshot.LimitBudget, 3*grown*page, 2*grown*page+page)
		if have := first.ask(t, "grow", 1); have != grown {
			t.Errorf("%s: have %d for the last page, want %d", by.name, have, grown)
		}
		if have := int32(second.ask(t, "grow", 1)); have != -1 {
			t.Errorf("%s: have %d beyond the budget, want -1", by.name, have)
		}
		wantRefusal(t, second.memory.Refused, snapshot.LimitBudget, 2*grown*page+2*page, 2*grown*page+page)
		if have := budget.Used(); have != 2*grown*page+page {
			t.Errorf("%s: have %d bytes used, want all", by.name, have)
		}
		first.end()
		if have := second.ask(t, "grow", 3); have != grown || budget.Used() != (grown+3)*page {
			t.Errorf("%s: have %d and %d bytes used after a lease ended", by.name, have, budget.Used())
		}
		second.end()
		if have := budget.Used(); have != 0 {
			t.Errorf("%s: have %d bytes used at the end", by.name, have)
		}
	}
}

// Free may be called often, by the engine and by the owner, and counts once; there
// is no memory afterwards.
func TestFree(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	image := p.snapshot(t)
	for _, by := range ways {
		other := p.lease(t, image, by)
		l := p.lease(t, image, by)
		if err := l.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(l.memory.Free)
		}
		all.Wait()
		if have := p.budget.Used(); have != grown*page {
			t.Errorf("%s: have %d bytes used, want those of the other lease", by.name, have)
		}
		if have := l.memory.Reallocate(page); have != nil {
			t.Errorf("%s: memory that was freed is given out", by.name)
		}
		if have := other.memory.Allocate(0, 0); have != nil {
			t.Errorf("%s: memory serves a second instance", by.name)
		}
		other.ask(t, "poke", 0, 1)
		other.end()
	}
}

// failing are modules that do not start, each in its way. Their memory may have all
// that the limit allows: one mapping that is left is seen among the rest.
func failing() map[string]*Module {
	trap := func() *Module {
		return &Module{Types: [][]byte{Func("", "")}, Functions: [][]byte{U32(0)}, Memories: [][]byte{Join([]byte{1, 1}, U32(limit/page))}, Tables: [][]byte{{0x70, 1, 1, 4}},
			Start: U32(0), Bodies: [][]byte{Body(nil, 0x00)}}
	}
	plain := trap()
	plain.Bodies[0] = Body(nil, 0x00, 0xd0, 0x70, 0x41, 1, 0xfc, 15, 0, 0x1a)
	outside, plainOutside := trap(), trap()
	outside.Data = [][]byte{Join([]byte{0}, I32(page), []byte{0x0b}, Sized("x"))}
	plainOutside.Data, plainOutside.Bodies = outside.Data, plain.Bodies
	return map[string]*Module{"a start that traps": trap(), "the same with an obstacle": plain,
		"a segment out of bounds": outside, "the same with an obstacle, out of bounds": plainOutside}
}

// wantReleased checks that no mappings of memories are left since so many MiB of
// addresses were taken. Go takes some meanwhile, an arena of 64 MiB at once: a test makes
// so many mappings, and so large ones, that one in a hundred is far more.
func wantReleased(t *testing.T, what string, before int) {
	t.Helper()
	const ofGo = 250
	if after := addressesMiB(t); after > before+ofGo {
		t.Errorf("%s: %d MiB of addresses before, %d after", what, before, after)
	}
}

// Ten thousand instances that do not start leave nothing behind: no mapping, and
// nothing taken from the budget.
func TestFailingStarts(t *testing.T) {
	w := newWorld(t)
	for name, module := range failing() {
		p := w.prepare(t, module.Bytes())
		before := addressesMiB(t)
		for range 10_000 / len(failing()) {
			memory := must(p.plan.NewMemory(w.budget, limit))(t)
			l, err := p.start(memory)
			if err == nil {
				t.Fatalf("%s: it starts", name)
			}
			l.end()
		}
		if used := w.budget.Used(); used != 0 {
			t.Errorf("%s: %d bytes of the budget are left", name, used)
		}
		wantReleased(t, name, before)
	}
}

// Many leases of one image at once do not see one another.
func TestConcurrentLeases(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	image := p.snapshot(t)
	want := state(t, p.lease(t, image, ways[0]))
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for turn := range 25 {
				by := ways[(worker+turn)%len(ways)]
				l, err := p.tryLease(image, by)
				if err != nil {
					t.Error(err)
					return
				}
				if have := state(t, l); have != want {
					t.Errorf("%s: have %s, want %s", by.name, have, want)
				}
				for at := uint64(0); at < grown*page; at += 1024 {
					l.ask(t, "poke", at, uint64(worker))
				}
				l.ask(t, "grow", 1)
				if have := l.ask(t, "peek", page); have != uint64(worker) {
					t.Errorf("%s: have %d, want what this worker wrote", by.name, have)
				}
				l.end()
			}
		})
	}
	all.Wait()
}

// A memory serves a module without one, too.
func TestNoMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.prepare(t, (&Module{Globals: [][]byte{{0x7f, 1, 0x41, 5, 0x0b}}, Exports: [][]byte{Export("g", 3, 0)}}).Bytes())
	first := p.started(t)
	first.ExportedGlobal("g").(api.MutableGlobal).Set(6)
	image := p.capture(t, first)
	for _, by := range ways {
		if have := p.lease(t, image, by).ExportedGlobal("g").Get(); have != 6 {
			t.Errorf("%s: have %d, want 6", by.name, have)
		}
	}
}

var _ experimental.LinearMemory = (*snapshot.Memory)(nil)
