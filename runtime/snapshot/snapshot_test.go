package snapshot_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
	. "github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// state is what can be seen of a machine.
func state(t testing.TB, l *lease) string {
	t.Helper()
	text := fmt.Sprintf("size %d, digest %x, visible %d, ratio %v", l.ask(t, "size"), l.digest(),
		l.ExportedGlobal("visible").Get(), math.Float64frombits(l.ask(t, "ratio")))
	return fmt.Sprintf("%s, count %d", text, int32(l.ask(t, "count")))
}

// A lease has what an instance has that was started as usual, however the image
// gets into it: memory, size and every kind of number.
func TestLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	module := machine().Bytes()
	want := state(t, w.plain(t, module))
	p := w.prepare(t, module)
	first := p.started(t)
	image := p.capture(t, first)
	if have := state(t, first); have != want {
		t.Errorf("have %s by hand, want %s", have, want)
	}
	first.end()
	for _, by := range ways {
		l := p.lease(t, image, by)
		if have := state(t, l); have != want {
			t.Errorf("%s: have %s, want %s", by.name, have, want)
		}
		if have := l.ExportedGlobal(snapshot.Prefix + "_global_2").Get(); uint32(have) != 0x7fc00000 {
			t.Errorf("%s: have %#x in the f32, want the NaN it was", by.name, have)
		}
	}
	if !strings.Contains(want, "size 2,") || !strings.Contains(want, "visible 1099511627777, ratio 2.5, count -3") {
		t.Errorf("have %s: this test looks at the wrong things", want)
	}
}

// Segments keep their numbers: a passive one can be used, an active one counts as
// dropped.
func TestSegments(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	l := p.lease(t, p.snapshot(t), ways[0])
	if have, _ := l.Memory().Read(16, 5); string(have) != "heLLo" {
		t.Errorf("have %q, want the segments in their order", have)
	}
	l.ask(t, "init", 200, 0, 7)
	if have, _ := l.Memory().Read(200, 7); string(have) != "passive" {
		t.Errorf("have %q, want the passive segment", have)
	}
	if _, err := l.call("init", 200, 0, 8); err == nil {
		t.Error("more than the passive segment has could be copied")
	}
	for length, fails := range map[uint64]bool{0: false, 1: true} {
		active := machine()
		active.Bodies[6] = Body(nil, 0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 8, 0, 0)
		p := newWorld(t).prepare(t, active.Bytes())
		if _, err := p.lease(t, p.snapshot(t), ways[0]).call("init", 200, 0, length); (err != nil) != fails {
			t.Errorf("have error %v for %d bytes of an active segment", err, length)
		}
	}
}

// Nothing that one lease does is seen by another, open or later, or by the image.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	image := p.snapshot(t)
	for _, by := range ways {
		open := p.lease(t, image, by)
		want := state(t, p.lease(t, image, by))
		for range 3 {
			l := p.lease(t, image, by)
			l.ask(t, "grow", 3)
			memory := l.Memory()
			if !memory.Write(0, []byte(strings.Repeat("\xff", int(memory.Size())))) {
				t.Fatal("the memory cannot be filled")
			}
			l.ExportedGlobal("visible").(api.MutableGlobal).Set(7)
			l.ask(t, "count")
			l.end()
			if have := state(t, p.lease(t, image, by)); have != want {
				t.Errorf("%s: have %s after another lease, want %s", by.name, have, want)
			}
		}
		if have := state(t, open); have != want {
			t.Errorf("%s: have %s in a lease that was open meanwhile, want %s", by.name, have, want)
		}
	}
}

// Globals that begin anew in each lease are not part of the image.
func TestFresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.prepare(t, machine().Bytes())
	p.plan = must(snapshot.Prepare(machine().Bytes(), "visible", "nowhere", "constant"))(t)
	compiled, err := w.engine.CompileModule(t.Context(), p.plan.Module)
	if err != nil {
		t.Fatal(err)
	}
	p.compiled = compiled
	l := p.lease(t, p.snapshot(t), ways[0])
	if have := l.ExportedGlobal("visible").Get(); have != 1<<40 {
		t.Errorf("have %d, want the number it begins with", have)
	}
	if l.ExportedGlobal(snapshot.Prefix+"_global_0") != nil {
		t.Error("the global is exported for the snapshot")
	}
	if have := int32(l.ask(t, "count")); have != -3 {
		t.Errorf("have %d in another global, want -3", have)
	}
}

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// The module that is compiled does not start by itself, and exports what is needed.
func TestPlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		module *Module
		start  bool
	}{
		"everything": {machine(), true},
		"nothing":    {&Module{}, false},
		"only a start": {&Module{Types: [][]byte{Func("", "")}, Functions: [][]byte{U32(0)}, Start: U32(0),
			Bodies: [][]byte{Body(nil)}}, true},
		"only a memory": {&Module{Memories: [][]byte{{0, 0}}}, false},
		"data without a count": {&Module{Memories: [][]byte{{0, 1}}, Data: [][]byte{
			Join([]byte{0}, I32(0), []byte{0x0b}, Sized("x"))}, Customs: [][]byte{Join(Sized("other"), []byte("left"))}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module := test.module.Bytes()
			p := newWorld(t).prepare(t, module)
			if p.plan.Obstacle != "" || (p.plan.Start != "") != test.start {
				t.Fatalf("have the obstacle %q and the start %q", p.plan.Obstacle, p.plan.Start)
			}
			again := must(snapshot.Prepare(p.plan.Module))(t)
			if again.Obstacle == "" && test.start {
				t.Error("the exports of a snapshot are no obstacle to another")
			}
			if len(test.module.Customs) > 0 && !strings.Contains(string(p.plan.Module), "left") {
				t.Error("custom sections are lost")
			}
			image := p.snapshot(t)
			for _, by := range ways {
				p.lease(t, image, by)
			}
		})
	}
}

// What a snapshot would miss keeps a module from having one, and it runs as it is.
func TestObstacles(t *testing.T) {
	t.Parallel()
	element := Join([]byte{1, 0}, Vector(U32(0)))
	with := func(code ...byte) *Module {
		return &Module{Types: [][]byte{Func("", "")}, Functions: [][]byte{U32(0)}, Tables: [][]byte{{0x70, 1, 1, 4}}, Memories: [][]byte{{0, 1}},
			Elements: [][]byte{element}, DataCount: U32(1), Data: [][]byte{Join([]byte{1}, Sized("x"))},
			Exports: [][]byte{Export("run", 0, 0)}, Bodies: [][]byte{Body(nil, code...)}}
	}
	global := func(code ...byte) *Module {
		m := with()
		m.Globals = [][]byte{Join(code, []byte{0x0b})}
		return m
	}
	exporting := func(name string) *Module {
		m := with()
		m.Exports = append(m.Exports, Export(name, 2, 0))
		return m
	}
	longName := snapshot.Prefix + strings.Repeat("n", 512-len(snapshot.Prefix)) // is told whole
	v128 := Join([]byte{0xfd, 12}, make([]byte, 16))
	for name, test := range map[string]struct {
		module *Module
		want   string
	}{
		"nothing":             {with(), ""},
		"table.get":           {with(Join(I32(0), []byte{0x25, 0, 0x1a})...), ""},
		"table.size":          {with(0xfc, 16, 0, 0x1a), ""},
		"memory.init":         {with(Join(I32(0), I32(0), I32(0), []byte{0xfc, 8, 0, 0})...), ""},
		"memory.copy":         {with(Join(I32(0), I32(0), I32(0), []byte{0xfc, 10, 0, 0})...), ""},
		"table.set":           {with(Join(I32(0), []byte{0xd0, 0x70, 0x26, 0})...), "table.set"},
		"table.grow":          {with(0xd0, 0x70, 0x41, 1, 0xfc, 15, 0, 0x1a), "table.grow"},
		"table.fill":          {with(Join(I32(0), []byte{0xd0, 0x70}, I32(0), []byte{0xfc, 17, 0})...), "table.fill"},
		"table.copy":          {with(Join(I32(0), I32(0), I32(0), []byte{0xfc, 14, 0, 0})...), "table.copy"},
		"table.init":          {with(Join(I32(0), I32(0), I32(0), []byte{0xfc, 12, 0, 0})...), "table.init"},
		"data.drop":           {with(0xfc, 9, 0), "data.drop"},
		"elem.drop":           {with(0xfc, 13, 0), "elem.drop"},
		"a constant funcref":  {global(0x70, 0, 0xd0, 0x70), ""},
		"a mutable funcref":   {global(0x70, 1, 0xd0, 0x70), "global variable 0 holds a reference"},
		"a mutable externref": {global(0x6f, 1, 0xd0, 0x6f), "global variable 0 holds a reference"},
		"a constant v128":     {global(Join([]byte{0x7b, 0}, v128)...), ""},
		"a mutable v128":      {global(Join([]byte{0x7b, 1}, v128)...), "global variable 0 holds a vector"},
		"a mutable i32":       {global(0x7f, 1, 0x41, 0), ""},
		"a similar export":    {exporting("ecma_snapshop"), ""},
		"an export of ours":   {exporting("ecma_snapshot_global_0"), `exports "ecma_snapshot_global_0"`},
		"a long export":       {exporting(longName), `exports "` + longName + `",`},
		"a longer export":     {exporting(longName + "x"), `exports "` + longName + `" (cut),`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module := test.module.Bytes()
			p := newWorld(t).prepare(t, module)
			if (p.plan.Obstacle != "") != (test.want != "") || !strings.Contains(p.plan.Obstacle, test.want) {
				t.Fatalf("have the obstacle %q, want %q", p.plan.Obstacle, test.want)
			}
			l := p.started(t)
			l.ask(t, "run")
			if test.want == "" {
				p.capture(t, l)
				return
			}
			if string(p.plan.Module) != string(module) {
				t.Error("the module was changed")
			}
			if _, err := p.plan.Capture(l.memory, l.Module, goesOn); err == nil {
				t.Error("there is an image all the same")
			}
		})
	}
}

// A start function that is none stays where the engine sees and refuses it.
func TestStartWithParameters(t *testing.T) {
	t.Parallel()
	for _, typ := range [][]byte{Func("\x7f", ""), Func("", "\x7f")} {
		module := &Module{Types: [][]byte{Func("", ""), typ}, Imports: [][]byte{Import("wasi_snapshot_preview1", "f", 0)}, Functions: [][]byte{U32(0), U32(1)},
			Start: U32(2), Bodies: [][]byte{Body(nil), Body(nil, 0x00)}}
		plan := must(snapshot.Prepare(module.Bytes()))(t)
		if plan.Start != "" || !strings.Contains(plan.Obstacle, "start function") {
			t.Errorf("have the obstacle %q and the start %q", plan.Obstacle, plan.Start)
		}
		module.Start = U32(1)
		if plan := must(snapshot.Prepare(module.Bytes()))(t); plan.Obstacle != "" {
			t.Errorf("have the obstacle %q for a right one", plan.Obstacle)
		}
	}
}

// A segment may end where the memory ends, an empty one as well; one byte further
// is an error, after which nothing is left.
func TestSegmentBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, test := range []struct {
		offset   int64
		contents string
		fails    bool
	}{
		{page - 2, "xy", false}, {page - 1, "xy", true}, {page, "", false}, {page + 1, "", true}, {-1, "", true}, {-1, "xy", true},
	} {
		p := w.prepare(t, (&Module{Memories: [][]byte{{0, 1}}, Data: [][]byte{
			Join([]byte{0}, I32(0), []byte{0x0b}, Sized("first")),
			Join([]byte{0}, I32(test.offset), []byte{0x0b}, Sized(test.contents)),
		}}).Bytes())
		memory := must(p.plan.NewMemory(w.budget, limit))(t)
		l, err := p.start(memory)
		if errors.Is(err, snapshot.ErrOutOfBounds) != test.fails || (err != nil) != test.fails {
			t.Errorf("%d bytes at %d: have error %v", len(test.contents), test.offset, err)
		}
		l.end()
	}
}

// Prepare tells what admission would have refused, and does not fall over it.
func TestPrepareMalformed(t *testing.T) {
	t.Parallel()
	whole := machine().Bytes()
	offset := &Module{Memories: [][]byte{{0, 1}}, Data: [][]byte{Join([]byte{0, 0x42, 0, 0x0b}, Sized("x"))}}
	nowhere := &Module{Types: [][]byte{Func("", "")}, Functions: [][]byte{U32(0)}, Start: U32(1), Bodies: [][]byte{Body(nil)}}
	for _, module := range [][]byte{nil, []byte("\x00asm"), whole[:len(whole)-1], offset.Bytes(), nowhere.Bytes()} {
		_, err := snapshot.Prepare(module)
		if mistake := (*wasmcode.Error)(nil); !errors.As(err, &mistake) {
			t.Errorf("%d bytes: have error %v, want a mistake", len(module), err)
		}
	}
}

// What an image was not taken of is told.
func TestStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, other := w.prepare(t, machine().Bytes()), w.prepare(t, (&Module{Memories: [][]byte{{1, 1, 8}}}).Bytes())
	image := p.snapshot(t)
	stranger := other.started(t)
	if err := image.Restore(stranger.Module); err == nil {
		t.Error("an instance of another module was restored")
	}
	small := w.prepare(t, (&Module{Memories: [][]byte{{1, 1, 1}}}).Bytes()).started(t)
	if err := image.Restore(small.Module); err == nil {
		t.Error("an instance whose memory cannot grow was restored")
	}
	l := p.started(t)
	l.end()
	if _, err := p.plan.Capture(l.memory, l.Module, goesOn); err == nil {
		t.Error("memory that was freed was captured")
	}
}

// A closed image gives no memory any more; what has it goes on.
func TestCloseImage(t *testing.T) {
	t.Parallel()
	p := newWorld(t).prepare(t, machine().Bytes())
	image := p.snapshot(t)
	want := state(t, p.lease(t, image, ways[0]))
	l := p.lease(t, image, ways[0])
	copied := image.Copied()
	for range 2 {
		if err := errors.Join(image.Close(), copied.Close()); err != nil {
			t.Error(err)
		}
	}
	for _, i := range []*snapshot.Image{image, copied} {
		if memory, err := i.NewMemory(p.budget, limit); !errors.Is(err, snapshot.ErrClosed) || memory != nil {
			t.Errorf("have error %v, want ErrClosed", err)
		}
	}
	if have := state(t, l); have != want {
		t.Errorf("have %s, want %s", have, want)
	}
}

// Taking an image stops at every look at whether it may go on, of which there is one for
// each MiB at least, and leaves nothing over. Blocks that are looked at apart come
// together again.
func TestCaptureStops(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	p := newWorld(t).prepare(t, (&Module{Memories: [][]byte{{1, 7 * mib / page, 7 * mib / page}}}).Bytes())
	first := p.started(t)
	memory, _ := first.Memory().Read(0, 7*mib)
	for _, at := range []int{0, 4096, mib - 4096, mib, 2*mib - 1, 2*mib + 4096, 3*mib - 8192, 3*mib + 1, 4*mib + 5} {
		memory[at] = 'x'
	}
	for at := 5 * mib; at < 6*mib; at++ {
		memory[at] = 'y'
	}
	looks, most := 0, 1<<30
	stopped := errors.New("stopped")
	due := func() error {
		if looks++; looks > most {
			return stopped
		}
		return nil
	}
	image, err := p.plan.Capture(first.memory, first.Module, due)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { image.Close() })
	if looks < 7 {
		t.Errorf("looked %d times at 7 MiB", looks)
	}
	for _, by := range ways {
		if have, _ := p.lease(t, image, by).Memory().Read(0, 7*mib); !bytes.Equal(have, memory) {
			t.Errorf("%s: the image holds something else", by.name)
		}
	}
	for most = range looks {
		looks = 0
		if image, err := p.plan.Capture(first.memory, first.Module, due); err != stopped || image != nil {
			t.Errorf("look %d: have %v", most+1, err)
		}
		if looks != most+1 {
			t.Errorf("look %d: looked %d times more", most+1, looks-most-1)
		}
	}
}
