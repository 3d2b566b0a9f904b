// Package admission reads a module once, before any engine sees it, and refuses
// what an engine or the metering must not meet: a binary that is malformed, has
// more of anything than its limits allow, uses what WebAssembly 2.0 has not, or
// names anything that is not there.
//
//	admitted, err := admission.Check(module, admission.Limits{})
//
// Forty bytes can ask an engine for four thousand million local variables, and
// forty-four kilobytes of valid code can keep a compiler busy for half a minute;
// so every count has a limit with a name. Every index, of types, functions, tables,
// memories, globals, element and data segments, locals and labels, is held against
// the module's own counts: what metering adds stands behind the module's own, and
// an index that points one past the end would mean it.
//
// The types of operands are not checked; the engine validates what it gets. Names
// and signatures of imports and exports are the business of package runtime.
package admission

import (
	"errors"
	"fmt"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// ReservedPrefix begins the names of exports and of imported modules that metering
// adds. A module that uses one is refused.
const ReservedPrefix = "ecma_metering"

// Refusal is why a module is not admitted: a limit it exceeds or a rule it breaks.
// Check returns no other error.
type Refusal struct {
	// Limit is the name of the limit or rule, one of Names.
	Limit string
	// Used is what the module has or names, Allowed the most it may. An index is
	// allowed up to Allowed - 1. Both are 0 for rules without numbers.
	Used, Allowed int64
	// Offset is the byte of the module at which it shows.
	Offset int
	// Message says it in words, for rules without numbers.
	Message string
}

// Index reports whether the module names something by a number that it has not.
func (r *Refusal) Index() bool { return indexes[r.Limit] }

// Error implements error.
func (r *Refusal) Error() string {
	switch {
	case r.Message != "":
		return fmt.Sprintf("admission: %s: %s at byte %d", r.Limit, r.Message, r.Offset)
	case r.Index():
		return fmt.Sprintf("admission: %s: number %d at byte %d, the module has %d", r.Limit, r.Used, r.Offset, r.Allowed)
	}
	return fmt.Sprintf("admission: %s: %d at byte %d, the most is %d", r.Limit, r.Used, r.Offset, r.Allowed)
}

// Report is what a module has of all that is limited.
type Report struct {
	Bytes, Types, Imports, Functions, Exports, Globals, Tables, ElementSegments, Elements, Data, CustomSections int
	// TypeValues are the parameters and results of all types, CustomBytes the bytes
	// of all custom sections.
	TypeValues, CustomBytes int
	// The greatest of any one type, name and table; of a table, what it begins with.
	MaxParameters, MaxNameBytes, MaxTableElements int
	// MemoryPages are the pages of 64 KiB the memory begins with.
	MemoryPages int
	// The greatest of any one function.
	MaxBodyBytes, MaxLocals, MaxNesting, MaxBranchTable, MaxBranchTargets, MaxControl, MaxLoops, MaxLiveCells, MaxMoves, MaxOperands, MaxWork int
	// The sums over all functions.
	Locals, BranchTargets, Control, Loops, LiveCells, Operands, Work int
	// KeptCells is what a compiler keeps from one function to the next.
	KeptCells int
	// SIMD says that there are SIMD instructions.
	SIMD bool
}

// Admitted is a module that passed Check, with what it has. Only Check makes one
// that is of any use: the metering takes nothing else.
type Admitted struct {
	Report
	module []byte
}

// Module returns the module, which must not be changed.
func (a *Admitted) Module() []byte { return a.module }

// Check reads a module. It takes time linear in the module's length and memory
// bounded by the limits, whatever the module holds. The error is a *Refusal, the
// first that is met, or names settings of limits that are wrong. The module belongs
// to what is returned and must not change any more. Check is safe for concurrent
// use.
func Check(module []byte, limits Limits) (*Admitted, error) {
	limits, err := limits.WithDefaults()
	if err != nil {
		return nil, err
	}
	c := &checker{module: module, limits: limits, report: &Report{Bytes: len(module)}}
	if err := c.run(); err != nil {
		return nil, asRefusal(err)
	}
	return &Admitted{*c.report, module}, nil
}

// asRefusal turns what the reader found into a *Refusal.
func asRefusal(err error) error {
	var mistake *wasmcode.Error
	if !errors.As(err, &mistake) {
		return err
	}
	r := &Refusal{Limit: RuleMalformed, Offset: mistake.Offset, Message: mistake.Message}
	if mistake.Feature != "" {
		r.Limit, r.Message = RuleFeature, mistake.Feature+" are not offered: "+mistake.Message
	}
	return r
}
