// Package metering rewrites a module so that it counts its own work. Each block of
// code charges what it weighs to a fuel counter before it runs; when the counter
// is dry at the head of a loop, at the entry of a function, before a bulk operation
// or in long code without any of these, the module calls out to the host, which
// refills the counter or panics. Calls that are under way are counted too.
//
//	admitted, err := admission.Check(module, admission.Limits{})
//	metered, err := metering.Rewrite(admitted, metering.Config{})
//
// What the host owes a metered module: it offers the function CalloutName of the
// module CalloutModule, without parameters and results. When it is called, the
// export DepthName tells why: negative, the calls are nested deeper than
// Config.Depth, and the host panics. Greater than the export MarkName, calls have
// returned: the host panics to stop the guest, or lets it go on, which asks for no
// fuel then. Otherwise the host looks at the export
// FuelName: what it granted so far less that number is what was used. It panics to
// stop the guest, or adds to the number to let it go on: at least so much that it
// is not negative, for the module does not look again before it does what it asked
// for. It never sets the number: a grant may still be less than what is wanted
// next, and then the module calls out again. Whenever it lets the guest go on, it sets
// MarkName to what DepthName is then and some frames more.
//
// All three are i64 globals behind the module's own, and the module imports
// the callout behind its own imports: admission has made sure that no index of the module names them, and no export is called like
// theirs.
//
// How soon a guest can be stopped is bounded for every module that is admitted. From
// one look at the counter to the next it does at most 40,000 units, and 256 for
// each frame of depth that it gives back meanwhile; it has paid ahead of a look at
// most 20,000 units, and 256 for each frame. So when the host grants n units beyond
// what is owed, and sets the mark m frames ahead, the module calls out again before
// it did n + 60,000 units, and 512 for each of m frames. How long a unit takes is
// measured by BenchmarkWeights: when this was
// written, between a fifth and eight times as long as that of an addition, but for
// what is quicker. A load that misses every cache takes as long as 4,000 additions, so
// that n and m are to be small. Fills and copies of memory are done in parts of 64 KiB, by
// two functions behind the module's own. Other bulk operations are not parted: they are as long as
// a table or a data segment.
//
// The counts are a property of the module and its inputs alone: they do not hang
// on how much the host grants at a time, on the engine or on the machine.
package metering

import (
	"fmt"

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
	// left. It begins with Config.Depth, and is back there after each call of the
	// module that returned; after a trap the instance is of no use any more.
	DepthName = admission.ReservedPrefix + "_depth"
	// MarkName is the export of the mutable i64 global with the frames that may be
	// left before a function that ends calls out. It begins with Config.Depth: so
	// long as nobody sets it, none does.
	MarkName = admission.ReservedPrefix + "_mark"
)

// DefaultDepth is what Config.Depth stands for when it is 0: with the frames that
// Go functions have, about 10,000 calls deep.
const DefaultDepth = 65_536

// Config says how to meter. The zero value is what Rewrite is meant for.
type Config struct {
	// Depth bounds the calls that are under way, in frames: a function has 1, and
	// 1 more for each 32 values that its locals and its code may hold, twice and
	// four times as many where it has SIMD. Functions that call no other have none. Default DefaultDepth, at most 16,777,216.
	Depth int

	plan plan // how tests want it
}

// Rewrite meters a module. It takes time and memory linear in the module's length.
// The error names a setting that is wrong. Custom sections but the names of functions are left out. Rewrite keeps
// nothing of the module and is safe for concurrent use.
//
// Rewrite does not check the types of operands; the engine validates its result.
func Rewrite(admitted *admission.Admitted, config Config) (metered []byte, err error) {
	if config.Depth == 0 {
		config.Depth = DefaultDepth
	}
	if config.Depth < 1 || config.Depth > 1<<24 {
		return nil, fmt.Errorf("metering: setting Config.Depth is %d: it must lie between 1 and %d, or be 0 for %d", config.Depth, 1<<24, DefaultDepth)
	}
	defer wasmcode.Catch(&err)
	module := admitted.Module()
	w := &rewriter{module: module, depth: config.Depth, plan: config.plan}
	wasmcode.Sections(module, w.find)
	return w.run(), nil
}
