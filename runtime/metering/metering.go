// Package metering rewrites a module so that it counts its own work. Each block of
// code charges what it weighs to a fuel counter before it runs; when the counter
// is dry at the head of a loop, at the entry of a function, before a bulk operation
// or in long code without any of these, the module calls out to the host, which
// refills the counter or panics. Calls that are under way are counted too.
//
//	admitted, err := admission.Check(module, admission.Limits{})
//	metered, largest, err := metering.Rewrite(admitted)
//
// What the host owes a metered module: it offers the function CalloutName of the
// module CalloutModule, without parameters and results. When it is called, the
// exports DepthName, MarkName and FuelName tell why. When the depth is negative, the
// calls that are under way want frames; when it is greater than the mark, calls have
// returned, which asks for nothing. Otherwise, or if it is negative as well, fuel is
// wanted. What the host granted so far of depth or fuel, less the number, is what was
// used. It panics to stop the guest, or adds to the numbers of what is wanted to let it
// go on: at least so much that they are not negative, for the module does not look again
// before it does what it asked for. It never sets them: a grant may still be less than
// what is wanted next, and then the module calls out again. Whenever it lets the guest
// go on, it sets MarkName to what DepthName is then and some frames more. It changes
// the numbers only while the guest is in a call of the host, the callout or another, or does
// not run: a function that runs may have read the fuel, and writes what is left of that.
//
// All three are i64 globals behind the module's own, and the module imports the
// callout behind its own imports. Behind its own functions stand two more, which fill
// and copy memory in parts of 64 KiB. Admission has made sure that no index of the
// module names any of them, and that no export is called like theirs.
//
// How soon a guest can be stopped is bounded for every module that is admitted. From
// one look at the counter to the next it does at most 40,000 units, and 256 for
// each frame of depth that it gives back meanwhile; it has paid ahead of a look at
// most 20,000 units, and 512 for each frame: half of that for what its calls load anew of
// globals. Without calls it reads or writes memory at
// most 512 times meanwhile. So when the host grants n units beyond
// what is owed, and sets the mark m frames ahead, the module calls out again before
// it did n + 60,000 units, and 768 for each of m frames. Functions that read more than
// 20,000 globals may do more: each of their calls is paid at once. How long a unit takes is
// measured by BenchmarkWeights: when this was written, between a fifth and eight times
// as long as that of an addition, but for what is quicker. A load that misses every
// cache takes as long as 4,000 additions, so that n and m are to be small. Bulk
// operations but fills and copies of memory are not parted: they are as long as a table
// or a data segment.
//
// The counts are a property of the module and its inputs alone: they do not hang
// on how much the host grants at a time, on the engine or on the machine.
package metering

import (
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// What a metered module imports and exports besides its own. All begin with
// admission.ReservedPrefix.
const (
	// CalloutModule and CalloutName are the host function () → ().
	CalloutModule = admission.ReservedPrefix + "_v1"
	CalloutName   = "callout"
	// FuelName is the export of the mutable i64 global with the fuel that is left.
	// It begins with 0, so that the first charge calls out.
	FuelName = admission.ReservedPrefix + "_fuel"
	// DepthName is the export of the mutable i64 global with the frames that are
	// left to the calls that are under way: a function takes 1, and 1 more for each
	// 256 values that it may keep on the engine's stack, which count twice where it
	// has SIMD; one that calls no other takes none. The global begins with 0, so that
	// the first call of a function that calls others calls out, and is back at what
	// was granted after each call of the module that returned; after a trap the
	// instance is of no use any more.
	DepthName = admission.ReservedPrefix + "_depth"
	// MarkName is the export of the mutable i64 global with the frames that may be
	// left before a function that ends calls out. It begins with the greatest
	// number: so long as nobody sets it, none does.
	MarkName = admission.ReservedPrefix + "_mark"
)

// Rewrite meters a module, and tells how many frames the largest of its functions
// takes: the engine makes room for a function before that calls out, and for one
// that calls no other without being asked. It takes time and memory linear in the
// module's length. Custom sections but the names of functions are left out; a name
// is cut to 128 bytes, and what does not fit 4 MiB of them together is left out, too.
// Rewrite keeps nothing of the module and is safe for concurrent use.
//
// Rewrite does not check the types of operands; the engine validates its result.
func Rewrite(admitted *admission.Admitted) (metered []byte, largest int, err error) {
	return rewrite(admitted, plan{})
}

// rewrite is Rewrite with a plan as tests want it.
func rewrite(admitted *admission.Admitted, p plan) (metered []byte, largest int, err error) {
	defer wasmcode.Catch(&err)
	module := admitted.Module()
	w := &rewriter{module: module, plan: p}
	wasmcode.Sections(module, w.find)
	metered = w.run()
	return metered, w.largest, nil
}
