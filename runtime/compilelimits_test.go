package runtime_test

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// The most that compiling a module may take that admission lets in, in processor
// time and resident memory.
const (
	compileTime   = 10 * time.Second
	compileMemory = 512 << 20
)

// atLimits are modules that have as much of something as the default limits of
// admission allow, and of what hurts besides.
func atLimits() map[string]func() []byte {
	drops := func(item ...byte) []byte { return bytes.Repeat(item, (512<<10-16)/len(item)) }
	// work has as much of some instructions that weigh so much together.
	work := func(weight int, item ...byte) []byte { return bytes.Repeat(item, 399_000/weight) }
	i32 := func(n int) [][]byte { return [][]byte{append(wasmtest.U32(uint32(n)), 0x7f)} }
	smallTables := bytes.Repeat(append([]byte{0x02, 0x40}, append(branchTable(16), 0x0b)...), 1020)
	nestedLoops := slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, 1024), bytes.Repeat([]byte{0x20, 0, 0x0d, 0, 0x0b}, 1024))
	loopingVariables := slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, 300), liveBranches(35, 100), bytes.Repeat([]byte{0x20, 0, 0x0d, 0, 0x0b}, 300))
	return map[string]func() []byte{
		"functions":         manyFunctions(49_997, nil),
		"constants":         manyFunctions(31, nil, drops(0x41, 1, 0x1a)...),
		"variables":         manyFunctions(31, i32(2000), drops(0x20, 0, 0x20, 1, 0x6a, 0x21, 2)...),
		"stores":            manyFunctions(49, i32(2), work(18, 0x20, 0, 0x20, 1, 0x36, 2, 0)...),
		"loads":             manyFunctions(49, i32(1), slices.Concat([]byte{0x20, 0}, work(20, 0x28, 2, 0), []byte{0x21, 0})...),
		"loads_after_calls": manyFunctions(14, i32(1), bytes.Repeat([]byte{0x20, 0, 0x28, 2, 0, 0x21, 0, 0x10, firstFunction}, 3000)...),
		"there_and_back":    manyFunctions(49, [][]byte{{1, 0x7e}}, slices.Concat([]byte{0x20, 0}, work(11, 0x50, 0xad), []byte{0x21, 0})...),
		"globals":           withGlobal(31, drops(0x23, 0, 0x24, 0)...),
		"vectors":           manyFunctions(49, [][]byte{{2, 0x7b}}, work(16, 0x20, 0, 0x20, 1, 0xfd, 0xd5, 1, 0x21, 0)...),
		"bulk":              manyFunctions(20, nil, bytes.Repeat([]byte{0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0}, 1320)...),
		"growth":            manyFunctions(20, nil, bytes.Repeat([]byte{0x41, 0, 0x40, 0, 0x1a}, 1320)...),
		"calls":             manyFunctions(49, nil, bytes.Repeat([]byte{0x10, firstFunction}, 4900)...),
		"indirect_calls":    withTableOf(15, bytes.Repeat([]byte{0x41, 0, 0x11, typeNothing, 0}, 3990)...),
		"operands":          withGlobal(31, append(bytes.Repeat([]byte{0x23, 0}, 170_000), bytes.Repeat([]byte{0x1a}, 170_000)...)...),
		"sums_of_operands":  withGlobal(49, slices.Concat(bytes.Repeat([]byte{0x23, 0}, 99_000), bytes.Repeat([]byte{0x6a}, 98_999), []byte{0x1a})...),
		"blocks":            manyFunctions(20, nil, blocks(3990, 0x02)...),
		"branches":          manyFunctions(20, i32(1), bytes.Repeat([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b}, 1990)...),
		"conditions":        manyFunctions(20, i32(1), bytes.Repeat([]byte{0x20, 0, 0x04, 0x40, 0x05, 0x0b}, 3980)...),
		"small_functions":   manyFunctions(49_900, i32(1), bytes.Repeat([]byte{0x20, 0, 0x04, 0x40, 0x20, 0, 0x0d, 0, 0x0b}, 10)...),
		"live_variables":    manyFunctions(19, i32(2000), liveBranches(2000, 240)...),
		"live_branches":     manyFunctions(7, i32(100), liveBranches(100, 1600)...),
		"nested_blocks":     manyFunctions(78, nil, nested(2000)...),
		"nested_branches":   manyFunctions(19, i32(1), slices.Concat(bytes.Repeat([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0}, 1990), bytes.Repeat([]byte{0x0b}, 1990))...),
		"loops":             manyFunctions(44, nil, blocks(1024, 0x03)...),
		"nested_loops":      manyFunctions(15, i32(1), nestedLoops...),
		"looping_variables": manyFunctions(3, i32(35), loopingVariables...),
		"branch_tables":     manyFunctions(39, nil, branchTable(8192)...),
		"small_tables":      manyFunctions(15, nil, smallTables...),
		"tables_outwards":   manyFunctions(17, nil, outwardTables(1000, 16_000)...),
		"conditions_and_loads": withLoads(func(m *wasmtest.Module) {
			for range 20 {
				addFunction(m, typeNothing, i32(1), bytes.Repeat([]byte{0x20, 0, 0x04, 0x40, 0x05, 0x0b}, 3980)...)
			}
		}),
		"tables_and_loads": withLoads(func(m *wasmtest.Module) {
			for range 8 {
				addFunction(m, typeNothing, nil, smallTables...)
			}
		}),
		"loops_and_loads": withLoads(func(m *wasmtest.Module) {
			for range 2 {
				addFunction(m, typeNothing, i32(35), loopingVariables...)
			}
		}),
		"calls_and_globals": withLoads(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(1000)
			for range 16 {
				addFunction(m, typeNothing, nil, bytes.Repeat([]byte{0x10, firstFunction}, 495)...)
			}
		}),
		"loops_and_globals": withLoads(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(900)
			for range 2 {
				addFunction(m, typeNothing, nil, blocks(300, 0x03)...)
			}
		}),
		"functions_and_globals": withLoads(func(m *wasmtest.Module) {
			m.Globals = again(49_900, 0x7f, 0, 0x41, 0, 0x0b)
			m.Functions = append(m.Functions, again(12_000, typeNothing)...)
			m.Bodies = append(m.Bodies, again(12_000, wasmtest.Body(nil)...)...)
		}),
		"functions_and_types": withLoads(func(m *wasmtest.Module) {
			m.Types = append(m.Types, differentTypes(9_900)...)
			m.Functions = append(m.Functions, again(29_000, typeNothing)...)
			m.Bodies = append(m.Bodies, again(29_000, wasmtest.Body(nil)...)...)
		}),
		"operands_and_branches": withLoads(func(m *wasmtest.Module) {
			for range 20 {
				addFunction(m, typeNothing, i32(1), operandsOver(20_000, 24)...)
			}
		}),
		"addresses_and_branches": withLoads(func(m *wasmtest.Module) {
			for range 20 {
				addFunction(m, typeNothing, i32(1), addressesOver(14_000, 100)...)
			}
		}),
		"nested_loops_and_loads": withLoads(func(m *wasmtest.Module) {
			for range 10 {
				addFunction(m, typeNothing, i32(1), nestedLoops...)
			}
		}),
		"chains_of_blocks": manyFunctions(54, i32(1), chainOfBlocks(1000, bytes.Repeat([]byte{0x20, 0, 0x1a}, 4200))...),
		"chains_and_loads": manyFunctions(50, i32(1), chainOfBlocks(1000, bytes.Repeat([]byte{0x41, 0, 0x28, 2, 0, 0x1a}, 1700))...),
		"chains_that_meet": manyFunctions(27, i32(300), slices.Concat(chainOfBlocks(200, variables(300, 0x41, 1, 0x21)), variables(300, 0x20), bytes.Repeat([]byte{0x1a}, 300))...),
		"names_that_meet": with(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(1)
			for range 17 {
				addFunction(m, typeNothing, [][]byte{{1, 0x7e}}, namesThatMeet(1000, 120_000)...)
			}
		}),
		"variables_in_all":    manyFunctions(499, i32(2000)),
		"deep_labels":         manyFunctions(3, nil, labelsBehind(chainOnly(3700), 12_200)...),
		"labels_behind_traps": manyFunctions(10, nil, labelsBehindTraps(800, 8192)...),
		"deep_looks":          with(lookedAt(3, 4700, nil)),
		"deep_labels_and_loads": withLoads(func(m *wasmtest.Module) {
			for range 2 {
				addFunction(m, typeNothing, nil, labelsBehind(chainOnly(3700), 16_380)...)
			}
		}),
		"loops_in_turn":         manyFunctions(18, i32(55), loopsInTurn(55, 180)...),
		"operands_behind_loops": manyFunctions(19, i32(1), operandsOverLoop(70, labelsInAll(16_000))...),
		"constants_over":        with(constantsOver(5400, 170, 20)),
		"parameters_round":      with(shiftedParameters(300, 44)),
		"labels_and_loops":      manyFunctions(6, i32(1), labelsAndLoops(16_380, 1024)...),
		"loops_of_one_way":      withLoads(oneWay(0x03, 1000, 190, 9)),
		"blocks_of_one_way":     withLoads(oneWay(0x02, 1000, 190, 9)),
		"loops_that_hand_on":    withLoads(loopsThatHandOn(1, 3, 1000, 190)),
		"many_that_hand_on":     with(loopsThatHandOn(1, 430, 100, 180)),
		"values_and_callers":    with(beforeCalls(i32s(200), variablesInConditions(200, 16, 52), 29_000)),
		"ways_and_callers":      with(beforeCalls(i32s(100), waysRound(100, 1900), 30_000)),
		"moves_and_loads":       withLoads(beforeCalls(i32s(300), variablesInConditions(300, 16, 33), 10)),
		"moves_round_and_loads": withLoads(beforeCalls(i32s(200), waysRound(200, 960), 10)),
		"names_in_loops": with(func(m *wasmtest.Module) {
			m.Globals = again(1, 0x7f, 1, 0x41, 0, 0x0b)
			for range 9 {
				addFunction(m, typeNothing, i32s(1), aroundLoops(1000, bytes.Repeat([]byte{0x20, 0, 0x24, 0}, 120_000))...)
			}
		}),
		"looks_behind_blocks":   manyFunctions(17, i32(2000), changedInside(2000, 240)...),
		"rows_of_blocks":        with(beforeMany(labelsBehind(ifs(3500), 16_380), 20_000)),
		"lives_elsewhere":       withLoads(elsewhere(4, func(n int) []byte { return slices.Concat(operandsOverIfs(800, 440), labelsInAll(n*1320)) })),
		"addresses_elsewhere":   withLoads(elsewhere(4, func(n int) []byte { return slices.Concat(ifs(n*260), addressesOver(1200, 0), ifs(260)) })),
		"names_out_of_a_global": with(namesFrom(10, nil, 1400, slices.Concat([]byte{0x20, 0, 0x24, 0}, bytes.Repeat([]byte{0x23, 0, 0x24, 1}, 110_000)))),
		"branches_and_labels":   manyFunctions(3, nil, inLoop(labelsOutwards(16_380), chainOnly(3700))...),
		"types_and_functions":   with(typesAndFunctions(9900, 29_000)),
		"moved_variables":       manyFunctions(1900, i32(45), movedVariables(45, 16, 5)...),
		"names_and_loads": withLoads(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(1)
			for range 10 {
				addFunction(m, typeNothing, [][]byte{{1, 0x7e}}, namesThatMeet(1900, 30_000)...)
			}
		}),
		"shifts_by_nothing": with(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(1)
			for range 4 {
				addFunction(m, typeNothing, [][]byte{{1, 0x7e}}, shiftsByNothing(3000, 90_000)...)
			}
		}),
		"labels_and_variables": withLoads(func(m *wasmtest.Module) {
			for range 9 {
				addFunction(m, typeNothing, locals32(120), labelsOver(120, 2700)...)
			}
		}),
		"merged_variables":    withLoads(func(m *wasmtest.Module) { addFunction(m, typeNothing, locals32(1990), mergedVariables(1990, 170)...) }),
		"unchanged_variables": withLoads(func(m *wasmtest.Module) { addFunction(m, typeNothing, locals32(1990), unchangedVariables(1990, 64)...) }),
		"few_unchanged":       manyFunctions(10, locals32(60), unchangedVariables(60, 1150)...),
		"merged_results":      withLoads(mergedResults(1000, 190, 9, 0)),
		"handed_round":        withLoads(mergedResults(1000, 190, 0, 9)),
		"returns":             withLoads(wideReturns(3, 1000, 190, 0)),
		"returns_in_loops":    withLoads(wideReturns(1, 1000, 180, 8)),
		"many_results":        withResults(17, 1000, 49),
		"many_parameters":     withParameters(8, 1000),
		"wide_blocks":         withWideBlocks(13, 1000, 64),
		"wide_types":          wideTypes(49),
		"exports": with(func(m *wasmtest.Module) {
			for i := range 9_900 {
				m.Exports = append(m.Exports, wasmtest.Export(strings.Repeat("x", 1000)+string(rune(0x4e00+i)), 0, 2))
			}
		}),
		"functions_and_exports": spinsAmongExports,
		"data": with(func(m *wasmtest.Module) {
			m.Data = append(m.Data, again(99_990, append([]byte{0, 0x41, 0, 0x0b, 100}, make([]byte, 100)...)...)...)
		}),
		"elements": with(func(m *wasmtest.Module) {
			m.Tables = [][]byte{wasmtest.Join([]byte{0x70, 1}, wasmtest.U32(65_536), wasmtest.U32(65_536))}
			m.Elements = again(9_999, wasmtest.Join([]byte{0, 0x41, 0, 0x0b}, wasmtest.Vector(again(20, 2)...))...)
		}),
	}
}

// chainOfBlocks is a block with so many branches out of it, each of which begins a block of
// the engine with one way in, and then code.
func chainOfBlocks(branches int, code []byte) []byte {
	return slices.Concat([]byte{0x41, 1, 0x21, 0, 0x02, 0x40}, bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, branches), code, []byte{0x0b})
}

// namesThatMeet reads a variable in front of each of so many places where ways meet, and
// then puts it into a global so often.
func namesThatMeet(places, reads int) []byte {
	return append(bytes.Repeat([]byte{0x02, 0x40, 0x20, 0, 0xa7, 0x0d, 0, 0x0b}, places), bytes.Repeat([]byte{0x20, 0, 0x24, 0}, reads)...)
}

// variables is code that ends with a variable's number, for each of n.
func variables(n int, code ...byte) (all []byte) {
	for i := range n {
		all = wasmtest.Join(all, code, wasmtest.U32(uint32(i)))
	}
	return all
}

// shiftsByNothing shifts a variable so often by 0, and puts it into a global so often.
func shiftsByNothing(shifts, uses int) []byte {
	return slices.Concat([]byte{0x20, 0}, bytes.Repeat([]byte{0x42, 0, 0x86}, shifts), []byte{0x21, 0}, bytes.Repeat([]byte{0x20, 0, 0x24, 0}, uses))
}

// withLoads adds to what is changed as many loads as there is work left for.
func withLoads(change func(*wasmtest.Module)) func() []byte {
	return with(func(m *wasmtest.Module) {
		change(m)
		code := slices.Concat([]byte{0x20, 0}, bytes.Repeat([]byte{0x28, 2, 0}, 19_900), []byte{0x21, 0})
		add := func() (work, left int) {
			addFunction(m, typeNothing, [][]byte{{1, 0x7f}}, code...)
			for _, use := range usesOf(m.Bytes()) {
				if use.Limit == admission.LimitTotalWork {
					work, left = use.Used, use.Allowed-use.Used
				}
			}
			return work, left
		}
		before, _ := add()
		work, left := add()
		for range left / max(work-before, 1) { // 0 if the module is refused already, as TestAtLimits tells
			addFunction(m, typeNothing, [][]byte{{1, 0x7f}}, code...)
		}
	})
}

// mutableGlobals are n globals that may be changed.
func mutableGlobals(n int) [][]byte { return again(n, 0x7e, 1, 0x42, 1, 0x0b) }

// differentTypes are n types of eight parameters and two results each.
func differentTypes(n int) (types [][]byte) {
	for i := range n {
		values := make([]byte, 10)
		for at := range values {
			values[at] = []byte{0x7f, 0x7e, 0x7d}[i%3]
			i /= 3
		}
		types = append(types, wasmtest.Func(string(values[:8]), string(values[8:])))
	}
	return types
}

// operandsOver is code that computes so many operands, and branches so often before it
// adds them.
func operandsOver(operands, branches int) []byte {
	return slices.Concat(
		bytes.Repeat([]byte{0x20, 0, 0x41, 1, 0x6a}, operands),
		bytes.Repeat([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b}, branches),
		bytes.Repeat([]byte{0x6a}, operands-1), []byte{0x21, 0})
}

// addressesOver is code that loads from so many places, and branches so often behind.
func addressesOver(loads, branches int) []byte {
	return append(bytes.Repeat([]byte{0x20, 0, 0x41, 1, 0x6a, 0x28, 2, 0, 0x1a}, loads), bytes.Repeat([]byte{0x20, 0, 0x0d, 0}, branches)...)
}

// locals32 are so many variables of a function.
func locals32(n int) [][]byte { return [][]byte{append(wasmtest.U32(uint32(n)), 0x7f)} }

// changed sets each of so many variables to one more than it was, but the first.
func changed(variables int) (code []byte) {
	for i := 1; i < variables; i++ {
		code = wasmtest.Join(code, []byte{0x20}, wasmtest.U32(uint32(i)), []byte{0x41, 1, 0x6a, 0x21}, wasmtest.U32(uint32(i)))
	}
	return code
}

// summed reads each of so many variables.
func summed(variables int) []byte {
	code := []byte{0x41, 0}
	for i := range variables {
		code = wasmtest.Join(code, []byte{0x20}, wasmtest.U32(uint32(i)), []byte{0x6a})
	}
	return append(code, 0x21, 0)
}

// labelsOver has a br_table of so many labels to where so many variables differ.
func labelsOver(variables, labels int) []byte {
	return slices.Concat([]byte{0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e}, wasmtest.U32(uint32(labels-1)), bytes.Repeat([]byte{1}, labels-1), []byte{0, 0x0b},
		changed(variables), []byte{0x0b}, summed(variables))
}

// mergedVariables has a loop, which has the engine look once more, and so many branches to
// where so many variables differ.
func mergedVariables(variables, branches int) []byte {
	return slices.Concat(loopsInside(1), []byte{0x02, 0x40}, bytes.Repeat([]byte{0x20, 0, 0x0d, 0}, branches), changed(variables), []byte{0x0b}, summed(variables))
}

// loopsInside are so many loops inside one another.
func loopsInside(n int) []byte {
	return append(bytes.Repeat([]byte{0x03, 0x40}, n), bytes.Repeat([]byte{0x20, 0, 0x0d, 0, 0x0b}, n)...)
}

// mergedResults adds a function that has so many loops inside one another, a loop in which
// each of so many variables takes what the next has, and so many branches to a block of so
// many results.
func mergedResults(results, branches, loops, round int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		m.Types = append(m.Types, wasmtest.Func("", strings.Repeat("\x7f", results)))
		code := loopsInside(loops)
		if round > 0 {
			code = append(code, 0x03, 0x40)
			for i := 1; i < round; i++ {
				code = wasmtest.Join(code, []byte{0x20}, wasmtest.U32(uint32(i+1)), []byte{0x21}, wasmtest.U32(uint32(i)))
			}
			code = slices.Concat(code, []byte{0x20, 0, 0x0d, 0, 0x0b}, summed(round+1))
		}
		code = slices.Concat(code, []byte{0x02}, wasmtest.U32(uint32(len(m.Types)-1)), bytes.Repeat([]byte{0x41, 1}, results), bytes.Repeat([]byte{0x20, 0, 0x0d, 0}, branches),
			bytes.Repeat([]byte{0x1a}, results), bytes.Repeat([]byte{0x41, 2}, results), []byte{0x0b}, bytes.Repeat([]byte{0x1a}, results))
		addFunction(m, typeNothing, locals32(round+1), code...)
	}
}

// wideReturns adds functions of so many returns of so many results each, behind a call,
// with which metering makes branches of them, and behind so many loops inside one another.
func wideReturns(n, results, returns, loops int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		addFunction(m, typeNothing, nil, 0x03, 0x40, 0x0b)
		m.Types = append(m.Types, wasmtest.Func("", strings.Repeat("\x7f", results)))
		one := slices.Concat([]byte{0x20, 0, 0x04, 0x40}, bytes.Repeat([]byte{0x20, 0}, results), []byte{0x0f, 0x0b})
		for range n {
			addFunction(m, uint32(len(m.Types)-1), locals32(1),
				slices.Concat([]byte{0x10, firstFunction}, loopsInside(loops), bytes.Repeat(one, returns), bytes.Repeat([]byte{0x41, 1}, results))...)
		}
	}
}

// withGlobal makes functions that may use a global.
func withGlobal(n int, code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Globals = [][]byte{{0x7f, 1, 0x41, 0, 0x0b}}
		m.Functions = append(m.Functions, again(n, typeNothing)...)
		m.Bodies = append(m.Bodies, again(n, wasmtest.Body(nil, code...)...)...)
	})
}

// withTableOf makes functions that may use a table.
func withTableOf(n int, code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Tables = [][]byte{{0x70, 1, 1, 1}}
		m.Functions = append(m.Functions, again(n, typeNothing)...)
		m.Bodies = append(m.Bodies, again(n, wasmtest.Body(nil, code...)...)...)
	})
}

// outwardTables has br_tables in nested blocks, whose labels are all of them.
func outwardTables(depth, labels int) []byte {
	code := bytes.Repeat([]byte{0x02, 0x40}, depth)
	for range labels / depth {
		code = append(append(code, 0x02, 0x40, 0x41, 0, 0x0e), wasmtest.U32(uint32(depth-1))...)
		for i := range depth {
			code = append(code, wasmtest.U32(uint32(i))...)
		}
		code = append(code, 0x0b)
	}
	return append(code, bytes.Repeat([]byte{0x0b}, depth)...)
}

// wideTypes has n types of a thousand parameters and a thousand results.
func wideTypes(n int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Types = append(m.Types, again(n, wasmtest.Func(strings.Repeat("\x7f", 1000), strings.Repeat("\x7e", 1000))...)...)
	})
}

// withParameters makes functions full of calls of one that takes so many values.
func withParameters(n, values int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", values), ""))
		addFunction(m, 4, nil)
		call := append(bytes.Repeat([]byte{0x41, 0}, values), 0x10, 3)
		for range n {
			addFunction(m, typeNothing, nil, bytes.Repeat(call, 198)...)
		}
	})
}

// withWideBlocks makes functions of blocks that take and give so many values.
func withWideBlocks(n, values, blocks int) func() []byte {
	return with(func(m *wasmtest.Module) {
		wide := strings.Repeat("\x7f", values)
		m.Types = append(m.Types, wasmtest.Func(wide, wide))
		for range n {
			code := bytes.Repeat([]byte{0x41, 0}, values)
			code = append(code, bytes.Repeat([]byte{0x02, 4, 0x41, 0, 0x0d, 0, 0x0b}, blocks/2)...)
			code = append(code, bytes.Repeat([]byte{0x1a}, values)...)
			addFunction(m, typeNothing, nil, code...)
		}
	})
}

// What is meant to be at the limits is not beyond them.
func TestAtLimits(t *testing.T) {
	t.Parallel()
	for name, made := range atLimits() {
		if _, err := admission.Check(made(), admission.Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCompileAtLimits compiles what is at the limits, each in a process of its own.
func TestCompileAtLimits(t *testing.T) { compileEach(t, atLimits()) }

// TestCompileOperations compiles as much of each instruction as the limits allow, each
// in a process of its own.
func TestCompileOperations(t *testing.T) {
	modules := make(map[string]func() []byte)
	for _, o := range operations() {
		modules[o.name()] = o.atLimits
	}
	compileEach(t, modules)
}

func compileEach(t *testing.T, modules map[string]func() []byte) {
	only := os.Getenv(onlyVariable)
	if os.Getenv("ECMABOX_LONG") == "" && only == "" {
		t.Skip("set ECMABOX_LONG=1 to compile what is at the limits: it takes long")
	}
	for name, made := range modules {
		if only != "" && only != name {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if only != "" {
				compileAlone(t, made())
				return
			}
			out, err := playTest(t, os.Args[0], strings.TrimSuffix(t.Name(), "/"+name), name)
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			} else if measured := figures.FindString(out); measured != "" {
				t.Log(measured)
			}
		})
	}
}

// figures finds what compileAlone tells.
var figures = regexp.MustCompile(`\d+ bytes: .*`)

// compileAlone compiles with a cache, which takes more memory.
func compileAlone(t *testing.T, module []byte) {
	confine(t)
	rt := newRuntime(t, runtime.Config{CacheDir: t.TempDir()})
	hosts, err := hostfuncs.New(hostfuncs.Policy{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	debug.FreeOSMemory()
	before, _ := resident(t)
	began := processorTime(t)
	c, err := rt.Load(context.Background(), module, hosts, contract.Promise{})
	took := processorTime(t) - began
	_, most := resident(t)
	if err != nil {
		t.Fatalf("the module of %d bytes is refused: %v", len(module), err)
	}
	t.Logf("%d bytes: %v, %d MiB", len(module), took, (most-before)>>20)
	if took > compileTime || most-before > compileMemory {
		t.Errorf("a module of %d bytes took %v and %d MiB, %v and %d MiB are allowed", len(module), took, (most-before)>>20, compileTime, compileMemory>>20)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// unchangedVariables has so many ways to where so many variables are read that were never
// set, each of which comes from another place where ways meet.
func unchangedVariables(variables, ways int) []byte {
	return slices.Concat([]byte{0x02, 0x40}, bytes.Repeat([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0, 0x0d, 0}, ways), []byte{0x0b}, summed(variables))
}
