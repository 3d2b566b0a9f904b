// Package snapshot starts a module once and gives each later instance the state it
// had then: its memory and its mutable globals. A snapshot is data, never a
// module: the module that is compiled is the same before and after.
//
// The life of an image, from the module to the leases:
//
//	plan, err := snapshot.Prepare(module, metering.FuelName, metering.DepthName, metering.MarkName)
//	compiled, err := engine.CompileModule(ctx, plan.Module)
//
//	// Once: start it as any instance, by hand.
//	memory, err := plan.NewMemory(budget, limit)
//	defer memory.Free()
//	instance, err := engine.InstantiateModule(experimental.WithMemoryAllocator(ctx, memory), compiled, config)
//	defer instance.Close(ctx)
//	err = plan.Fill(instance)            // the data segments
//	call(instance, plan.Start)           // unless it is ""
//	call(instance, "_initialize")        // if it is there
//	image, err := plan.Capture(memory, instance, due)
//	defer image.Close()
//
//	// For each lease: nothing is run.
//	memory, err := image.NewMemory(budget, limit)
//	defer memory.Free()
//	instance, err := engine.InstantiateModule(experimental.WithMemoryAllocator(ctx, memory), compiled, config)
//	defer instance.Close(ctx)
//	err = image.Restore(instance)
//
// The calls in between are the caller's, with its fuel, deadline and host
// functions. A module whose state is more than memory and numbers has a
// Plan.Obstacle: it is compiled as it is, each instance is started by hand, and
// there is no Capture. Fill and Start need no distinction, they have nothing to do.
//
// # Memory
//
// On Linux a Memory keeps as many addresses free as the memory may ever have, so
// that it grows where it lies; an image is a sealed file in memory, mapped
// copy-on-write: a lease has pages of its own where it writes, and nobody can
// change the image. Elsewhere, and where the system refuses, memory is Go's and an
// image is copied. Image.Mapped tells which.
//
// An image keeps the mapping of one lease that is over for the next. What it grew by
// is thrown away, and the pages that it wrote are written again from the image, at
// once, or thrown away if they are more than 512 KiB: the next lease begins as with a
// new mapping, and has pages of its own there already. It is the system that tells
// which pages were written (/proc/self/pagemap); where it does not, nothing is kept.
//
// Such memory is not Go's: a slice of it that is used after Memory.Free, what
// api.Memory.Read returned among them, is a fault that no recover catches, or the
// memory of another lease. So whoever makes a Memory owns it, copies out what is to be
// kept, and frees it, or closes the instance, which frees it too, only when no call
// runs in the instance any more. An instance that failed to start never frees it: Free
// is deferred always, and may be called twice.
//
// # What leases share
//
// Whatever the guest chose by chance while it started is the same in every lease
// of an image: in Go the seeds of math/rand, math/rand/v2 and hash/maphash and the
// order in which maps are walked. So is what it read from a clock or took from the
// host then. Randomness the guest asks for later, in Go crypto/rand, differs. Two
// images of one module differ too, if the host gave them other random bytes.
package snapshot

import (
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// Prefix begins the names of the exports that Prepare adds.
const Prefix = "ecma_snapshot"

// ErrOutOfBounds is what Fill wraps when a data segment does not lie in the
// memory.
var ErrOutOfBounds = errors.New("out of bounds memory access")

const pageBytes = 64 << 10

// Plan says how a module is started by hand. It holds on to the module Prepare was
// given; once there is an Image it can be dropped. It is safe for concurrent use.
type Plan struct {
	// Module is what is to be compiled. It has no start function and no active
	// data segments, and its mutable globals are exported; with an Obstacle it is
	// the module that Prepare was given.
	Module []byte
	// Start is the export with the module's start function, which the host calls
	// once before any other; "" if there is none.
	Start string
	// Obstacle says in words why there can be no snapshot of the module; "" if
	// there can.
	Obstacle string

	// least and most bound the memory that is declared, in bytes.
	least, most uint64
	data        []segment
	globals     []string // the exports of those that an image holds
}

// segment is an active data segment.
type segment struct {
	index, offset uint32
	contents      []byte
}

// Prepare plans the start of a module that was admitted. The exported globals that
// are called as fresh says are not part of a snapshot: they begin anew in each
// lease. It takes time linear in the module's length. The error is a
// *wasmcode.Error of a module that is malformed, which admission refuses.
func Prepare(module []byte, fresh ...string) (plan *Plan, err error) {
	defer wasmcode.Catch(&err)
	p := &preparer{module: module, fresh: fresh, plan: &Plan{Module: module}}
	p.run()
	return p.plan, nil
}

// Anew plans to start each instance anew, although there may be snapshots of the
// module: why is the Obstacle. The error is as that of Prepare.
func Anew(module []byte, why string) (plan *Plan, err error) {
	defer wasmcode.Catch(&err)
	p := &preparer{module: module, plan: &Plan{Module: module, Obstacle: why}}
	p.sections()
	p.memory()
	return p.plan, nil
}

// NewMemory returns the memory for an instance of the plan's module that is to be
// started. It holds the module's first pages; limit is in bytes and bounds its
// growth. The error is a *Refusal.
func (p *Plan) NewMemory(budget *Budget, limit int64) (*Memory, error) {
	return newMemory(budget, limit, p.least, p.most, nil, (*Image)(nil).mapping)
}

// Fill writes the data segments in their order. The error wraps ErrOutOfBounds for
// the first that does not lie in the memory; the ones before it are written, and
// the instance is of no use.
func (p *Plan) Fill(instance api.Module) error {
	for _, s := range p.data {
		if !instance.Memory().Write(s.offset, s.contents) {
			return fmt.Errorf("snapshot: data segment %d, %d bytes at %d: %w", s.index, len(s.contents), s.offset, ErrOutOfBounds)
		}
	}
	return nil
}
