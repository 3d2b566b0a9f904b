package runtime

import (
	"context"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// WatchWriters notes the writers of a runtime that has had none yet. What it returns
// counts them, and the bytes in the buffers they have that are not zero: a writer that was
// given back has none.
func WatchWriters(rt *Runtime) (count func() (writers, written int)) {
	var mu sync.Mutex
	var all []*wire.Writer
	rt.writers.New = func() any {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, &wire.Writer{})
		return all[len(all)-1]
	}
	return func() (writers, written int) {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range all {
			for _, b := range w.Bytes()[:cap(w.Bytes())] {
				if b != 0 {
					written++
				}
			}
		}
		return len(all), written
	}
}

// KeepsWriter gives a writer back, and reports whether the next one to come gets it.
func KeepsWriter(rt *Runtime, w *wire.Writer) bool {
	rt.giveBack(w)
	return rt.writer() == w
}

// StartLate starts an instance whose connector stops all of them just before.
func StartLate(ctx context.Context, c *Connector) error {
	l := &lease{connector: c.raw, lane: abi.LaneConfiguration}
	l.stop = newStopper(l, c.raw.runtime.config.StopGrace)
	c.raw.lanes[l.lane] <- struct{}{}
	if err := c.raw.enter(l); err != nil {
		return err
	}
	l.shutDown()
	return l.start(ctx, "test")
}

// StopLate gives an import's instance the signal of a caller that gave up.
func StopLate(s abi.ImportSession) { s.(*importSession).lease.stop.softStop() }

// number is a counter.
type number uint64

func (n *number) Get() uint64  { return uint64(*n) }
func (n *number) Set(v uint64) { *n = number(v) }

// GrantFuel asks for fuel for a guest that owes some of it, and may be granted so much
// more. It tells whether the guest may go on, and what it has then.
func GrantFuel(owed, may int64) (goesOn bool, has int64) {
	left := number(-owed)
	f := fuel{left: &left, most: may}
	goesOn = f.grant(fullSlice.fuel)
	return goesOn, int64(left)
}

// ShrinkFuel takes back what a guest has beyond a small slice, of a grant of slice fuel of
// which so much is left. It returns what it has then, and what it used before and after.
func ShrinkFuel(slice, left int64) (has, before, after int64) {
	n := number(left)
	f := fuel{left: &n, granted: 1_000_000, slice: slice}
	before = f.used()
	f.shrink(smallSlice.fuel)
	return int64(n), before, f.used()
}

// A Slice is how much a guest gets at a time.
type Slice string

// The slices, by how much they are.
const (
	TinySlice  Slice = "tiny"
	SmallSlice Slice = "small"
	FullSlice  Slice = "full"
)

// sliceFor is the least slice of which the guest may have so much; of is that of one.
func sliceFor(has int64, of func(slice) int64) Slice {
	switch {
	case has <= of(tinySlice):
		return TinySlice
	case has <= of(smallSlice):
		return SmallSlice
	}
	return FullSlice
}

func fuelOf(s slice) int64   { return s.fuel }
func framesOf(s slice) int64 { return s.frames }

// HasSlice tells which slice an import's guest may have, of fuel and of frames that may
// return.
func HasSlice(s abi.ImportSession) (fuel, frames Slice) {
	l := s.(*importSession).lease
	return sliceFor(int64(l.fuel.left.Get()), fuelOf), sliceFor(int64(l.frames.mark.Get()-l.frames.left.Get()), framesOf)
}

// GetsSlice tells which slice an import's instance would get now.
func GetsSlice(s abi.ImportSession) Slice {
	l := s.(*importSession).lease
	p := l.pace
	p.left, _ = l.stop.look()
	p.slow = false // on a busy machine any guest may be
	return sliceFor(p.slice(l.stop.grace).fuel, fuelOf)
}

// SliceWith tells which slice a guest gets that has so much left and so much grace.
func SliceWith(left, grace time.Duration, slow bool) Slice {
	p := pace{left: left, slow: slow}
	return sliceFor(p.slice(grace).fuel, fuelOf)
}

// SlowSlice is how long a guest may go on at a time before its slices get small.
const SlowSlice = slowSlice

// GetsSmallSlicesAfter tells the same of a guest with much time and grace that went on for
// so long at a time since its call began.
func GetsSmallSlicesAfter(stretches ...time.Duration) bool {
	p := pace{left: 2 * time.Hour}
	for _, s := range stretches {
		p.back(p.left - s)
	}
	return p.slice(time.Hour) == smallSlice
}

// IsSlow tells whether the guest of an import went on for longer at a time in its last call.
func IsSlow(s abi.ImportSession) bool { return s.(*importSession).lease.pace.slow }

// IsInFirstSlice tells whether the guest of an import used no more since its call began than
// it got then.
func IsInFirstSlice(s abi.ImportSession) bool {
	f := &s.(*importSession).lease.fuel
	return f.used()-f.began <= fullSlice.fuel
}

// FuelSlice is the fuel of a full slice, SmallFuelSlice that of a small one.
var FuelSlice, SmallFuelSlice = fullSlice.fuel, smallSlice.fuel

// CompileAfterStop compiles a module with a compiler that was stopped.
func CompileAfterStop(ctx context.Context, module []byte) error {
	config, err := Config{}.withDefaults()
	if err != nil {
		return err
	}
	c, err := newCompiler(config, nil)
	if err != nil {
		return err
	}
	c.stop(ctx)
	engine := wazero.NewRuntimeWithConfig(ctx, engineSettings(config.Interruption, c.files))
	defer engine.Close(ctx)
	_, err = c.compile(ctx, engine, module)
	return err
}
