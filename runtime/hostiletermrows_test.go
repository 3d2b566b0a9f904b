package runtime_test

import (
	"bytes"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// typeWide is a type of many values, which withWide adds.
const typeWide = typeNothing + 1

// withWide makes a connector with a type of so many parameters and results, a table, and
// functions of a type with the same code.
func withWide(parameters, results, functions int, typ uint32, code ...[]byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", parameters), strings.Repeat("\x7f", results)))
		m.Tables = [][]byte{{0x70, 1, 1, 1}}
		addFunction(m, typeWide, nil, 0x00)
		for range functions {
			addFunction(m, typ, nil, slices.Concat(code...)...)
		}
	})
}

// besideGlobals makes a connector with so many globals, and a function with code.
func besideGlobals(globals int, code ...[]byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Globals = mutableGlobals(globals)
		addFunction(m, typeNothing, nil, slices.Concat(code...)...)
	})
}

// repeated is code so often.
func repeated(n int, code ...byte) []byte { return bytes.Repeat(code, n) }

// operandsUnder has so many operands wait until code is done.
func operandsUnder(operands int, code []byte) []byte {
	return slices.Concat(repeated(operands, 0x41, 0), code, repeated(operands, 0x1a))
}

// truncations are so many times 52 units of work, in two bytes each.
func truncations(n int) []byte {
	return slices.Concat([]byte{0x41, 0}, repeated(n, 0xb2, 0xa8), []byte{0x1a})
}

// loadsInTurn are so many loads, each from where the last one said.
func loadsInTurn(n int) []byte {
	return slices.Concat([]byte{0x41, 0}, repeated(n, 0x28, 2, 0), []byte{0x1a})
}

// callsOf are so many calls of a function.
func callsOf(function byte, n int) []byte { return repeated(n, 0x10, function) }

// readOf reads each of so many variables.
func readOf(n int) []byte { return append(variables(n, 0x20), repeated(n, 0x1a)...) }

// conditions nests so many conditions around code, in their first or second arm.
func conditions(n int, begin []byte, code []byte) []byte {
	return slices.Concat(bytes.Repeat(begin, n), code, repeated(n, 0x0b))
}

// handedRoundInside has so many loops inside one another, in the innermost of which each of so
// many variables takes what the next one has, and so many branches to a block of many results.
func handedRoundInside(results, branches, loops, round int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		m.Types = append(m.Types, wasmtest.Func("", strings.Repeat("\x7f", results)))
		var turn []byte
		for i := range round {
			turn = wasmtest.Join(turn, []byte{0x20}, wasmtest.U32(uint32(i+1)), []byte{0x21}, wasmtest.U32(uint32(i)))
		}
		addFunction(m, typeNothing, i32s(round+1), slices.Concat(repeated(loops, 0x03, 0x40), turn, repeated(loops, 0x41, 0, 0x0d, 0, 0x0b), summed(round+1),
			[]byte{0x02, typeWide}, repeated(results, 0x41, 1), chainOnly(branches), repeated(results, 0x1a), repeated(results, 0x41, 2), []byte{0x0b}, repeated(results, 0x1a))...)
	}
}

// termRows have just so much of one of the terms that admission adds up.
func termRows() []hostileRow {
	bound := func(name, limit, tries string, made func() []byte) hostileRow {
		return hostileRow{name: name, made: made, tries: tries, defence: byAdmission, want: refusedBy(runtime.RuleBound), admission: limit}
	}
	// Those that the race detector would be too slow for.
	large := func(name, limit, tries string, made func() []byte) hostileRow {
		row := bound(name, limit, tries, made)
		row.heavy = true
		return row
	}
	together := func(functions ...func(*wasmtest.Module)) func() []byte {
		return with(func(m *wasmtest.Module) {
			for _, add := range functions {
				add(m)
			}
		})
	}
	add := func(n int, locals [][]byte, code ...[]byte) func(*wasmtest.Module) {
		return func(m *wasmtest.Module) {
			for range n {
				addFunction(m, typeNothing, locals, slices.Concat(code...)...)
			}
		}
	}
	read := []byte{0x20, 0, 0x1a}
	return []hostileRow{
		// Work and values that are handed on.
		bound("loads_and_wide_calls", admission.LimitWork, "10,200 loads, and 195 calls of 1,000 parameters",
			withWide(1000, 0, 1, typeNothing, loadsInTurn(10_200), []byte{0x00}, callsOf(firstFunction, 195))),
		large("loads_and_wide_calls_in_all", admission.LimitTotalWork, "the same in each of nine functions, and what else may be",
			with(func(m *wasmtest.Module) {
				m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", 1000), ""))
				addFunction(m, typeWide, nil)
				add(9, nil, []byte{0x00}, callsOf(firstFunction, 198))(m)
				add(47, nil, truncations(7600))(m)
			})),
		bound("work_of_labels", admission.LimitWork, "16,000 labels, and 6,550 truncations of floats", withCode(slices.Concat(truncations(6550), labelsOutwards(16_000))...)),
		bound("wide_blocks", admission.LimitOperands, "201 blocks of 500 parameters and 500 results", withWide(500, 500, 1, typeNothing, []byte{0x00}, repeated(201, 0x02, typeWide, 0x0b), []byte{0x00})),
		bound("wide_branches", admission.LimitOperands, "201 branches of 1,000 values", withWide(0, 1000, 1, typeWide, []byte{0x00}, repeated(201, 0x0d, 0))),
		bound("wide_labels", admission.LimitOperands, "201 labels of 1,000 values", withWide(0, 1000, 1, typeWide, []byte{0x00}, branchTable(201))),
		bound("wide_indirect_calls", admission.LimitOperands, "201 calls through a table of 500 parameters and 500 results", withWide(500, 500, 1, typeNothing, []byte{0x00}, repeated(201, 0x11, typeWide, 0), []byte{0x00})),
		bound("many_returns_of_many", admission.LimitOperands, "201 returns of 1,000 values", withWide(0, 1000, 1, typeWide, []byte{0x00}, repeated(201, 0x0f))),

		// Variables, types, references.
		bound("variables_in_two_groups", admission.LimitLocals, "1,000 variables, and 1,001 of another type", with(func(m *wasmtest.Module) {
			addFunction(m, typeNothing, slices.Concat(i32s(1000), [][]byte{append(wasmtest.U32(1001), 0x7e)}))
		})),
		bound("many_types_of_many_results", admission.LimitTypeValues, "200 types of 1,000 results", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, again(200, wasmtest.Func("", strings.Repeat("\x7f", 1000))...)...)
		})),
		large("many_references", admission.LimitElements, "180,000 elements, and references to 20,001 functions", with(func(m *wasmtest.Module) {
			const functions = 20_001
			var elements, code [][]byte
			for n := range 180_000 {
				elements = append(elements, wasmtest.U32(uint32(firstFunction+n%functions)))
			}
			for n := range functions {
				addFunction(m, typeNothing, nil)
				code = append(code, wasmtest.Join([]byte{0xd2}, elements[n], []byte{0x1a}))
			}
			m.Elements = [][]byte{wasmtest.Join([]byte{1, 0}, wasmtest.Vector(elements...))}
			addFunction(m, typeNothing, nil, slices.Concat(code[:functions/2]...)...)
			addFunction(m, typeNothing, nil, slices.Concat(code[functions/2:]...)...)
		})),

		// Returns.
		bound("returns", admission.LimitTotalWork, "17,900 returns, which metering makes branches to one place", withCode(repeated(17_900, 0x0f)...)),
		bound("many_traps", admission.LimitTotalWork, "17,900 instructions that trap", withCode(repeated(17_900, 0x00)...)),
		bound("returns_that_meet", admission.LimitTotalWork, "198 returns of 1,000 values, in each of 8 functions", withWide(0, 1000, 8, typeWide, []byte{0x00}, repeated(198, 0x0f))),

		// Control flow.
		bound("many_fills", admission.LimitLiveCells, "1,340 fills of memory in a function", withCode(repeated(1340, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0)...)),
		bound("indirect_calls", admission.LimitLiveCells, "4,020 calls through a table in a function", withTableOf(1, repeated(4020, 0x41, 0, 0x11, typeNothing, 0)...)),
		bound("branches", admission.LimitLiveCells, "4,010 branches in a function", withCode(chainOnly(4010)...)),
		bound("tables_of_labels", admission.LimitLiveCells, "2,010 tables of a label", withCode(repeated(2010, 0x02, 0x40, 0x41, 0, 0x0e, 0, 0, 0x0b)...)),

		// Globals.
		bound("globals_at_else", admission.LimitLiveCells, "51 conditions with two ways beside 10,000 globals", besideGlobals(10_000, ifs(51))),
		bound("globals_at_branches", admission.LimitLiveCells, "99 branches beside 10,000 globals", besideGlobals(10_000, chainOnly(99))),
		bound("globals_at_calls", admission.LimitLiveCells, "50 calls beside 10,000 globals", besideGlobals(10_000, callsOf(firstFunction, 50))),
		bound("globals_at_loads", admission.LimitLiveCells, "4,950 loads beside 40,000 globals", besideGlobals(40_000, loadsInTurn(4950))),
		bound("globals_at_returns", admission.LimitLiveCells, "100 returns of 1,000 values beside 40,000 globals", with(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(40_000)
			m.Types = append(m.Types, wasmtest.Func("", strings.Repeat("\x7f", 1000)))
			addFunction(m, typeWide, nil, slices.Concat([]byte{0x00}, repeated(100, 0x0f))...)
		})),
		bound("globals_at_operands", admission.LimitLiveCells, "six branches over 17,000 operands beside 40,000 globals", besideGlobals(40_000, operandsUnder(17_000, chainOnly(6)))),

		// What lives.
		bound("operands_over_loads", admission.LimitLiveCells, "30,000 operands over 18,400 loads, among which metering looks 35 times", withCode(operandsUnder(30_000, loadsInTurn(18_400))...)),
		bound("operands_over_a_few_branches", admission.LimitLiveCells, "10,200 operands that wait for 99 branches to pass", withCode(operandsUnder(10_200, chainOnly(99))...)),
		bound("operands_behind_blocks", admission.LimitLiveCells, "10,000 operands over a block and 101 branches", withCode(operandsUnder(10_000, append(blocks(1, 0x02), chainOnly(101)...))...)),
		bound("parameters_over_other_arms", admission.LimitLiveCells, "960 conditions over the 1,000 parameters of a condition, in its other arm", withWide(1000, 1000, 1, typeNothing,
			operandsUnder(1000, slices.Concat([]byte{0x41, 0, 0x04, typeWide, 0x05}, ifs(960), []byte{0x0b})))),
		bound("results_of_blocks_over_branches", admission.LimitLiveCells, "960 conditions over 1,000 results of a block", withWide(0, 1000, 1, typeNothing,
			[]byte{0x02, typeWide, 0x00, 0x0b}, ifs(960), repeated(1000, 0x1a))),
		bound("results_of_calls_over_branches", admission.LimitLiveCells, "102 branches over 10,000 results of calls", withWide(0, 1000, 1, typeNothing,
			callsOf(firstFunction, 10), chainOnly(102), repeated(10_000, 0x1a))),
		bound("addresses_and_variables", admission.LimitLiveCells, "loads from 1,800 places, and 1,200 variables, before 500 branches", withLocals(1200, slices.Concat(loadsInTurn(1800), chainOnly(500))...)),
		bound("variables_over_loops", admission.LimitLiveCells, "112 variables over 520 loops", withLocals(112, blocks(520, 0x03)...)),
		bound("operands_over_loops", admission.LimitLiveCells, "10,000 operands over six loops", withCode(operandsUnder(10_000, blocks(6, 0x03))...)),
		bound("variables_over_labels", admission.LimitLiveCells, "42 variables at 8,000 labels", withLocals(42, branchTable(8000)...)),
		bound("operands_over_labels", admission.LimitLiveCells, "42 operands at 8,000 labels", withCode(slices.Concat([]byte{0x02, 0x40}, repeated(42, 0x41, 0), branchTable(8000), []byte{0x0b})...)),
		bound("variables_at_looks", admission.LimitLiveCells, "2,000 variables at 520 looks of metering, behind calls", withLocals(2000, callsOf(firstFunction, 1040)...)),
		bound("variables_at_looks_behind_wide_calls", admission.LimitLiveCells, "the same behind calls of 30 parameters", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", 30), ""))
			addFunction(m, typeWide, nil)
			addFunction(m, typeNothing, i32s(2000), bytes.Repeat(append(repeated(30, 0x20, 0), 0x10, firstFunction), 520)...)
		})),
		bound("variables_at_looks_behind_indirect_calls", admission.LimitLiveCells, "2,000 variables at 300 looks behind such calls through a table", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", 30), ""))
			m.Tables = [][]byte{{0x70, 1, 1, 1}}
			addFunction(m, typeNothing, i32s(2000), bytes.Repeat(append(repeated(31, 0x20, 0), 0x11, typeWide, 0), 300)...)
		})),
		bound("operands_at_looks", admission.LimitLiveCells, "2,000 operands at 520 looks of metering, behind calls", withCode(operandsUnder(2000, callsOf(firstFunction, 1040))...)),
		large("live_variables_and_loads", admission.LimitTotalWork, "190 branches over 2,000 variables, and 7,500 truncations, in each of 36 functions", manyFunctions(36, i32s(2000), slices.Concat(chainOnly(190), truncations(7500))...)),
		bound("variables_over_loops_in_all", admission.LimitTotalWork, "110 variables over 500 loops, in each of 15 functions", manyFunctions(15, i32s(110), blocks(500, 0x03)...)),
		bound("loops_in_all", admission.LimitTotalWork, "1,024 loops in each of 48 functions", manyFunctions(48, nil, blocks(1024, 0x03)...)),
		large("labels_and_truncations", admission.LimitTotalWork, "40 variables at 8,000 labels, in each of 20 functions, and 7,600 truncations in each of 26",
			together(add(20, i32s(40), branchTable(8000)), add(26, nil, truncations(7600)))),

		// What is kept from one function to the next.
		bound("variables_elsewhere", admission.LimitKeptCells, "fewer and fewer variables over more and more branches", with(func(m *wasmtest.Module) {
			for control := 500.0; control < 3800; control *= 1.15 {
				addFunction(m, typeNothing, i32s(int((1_000_000-control*control/16)/control)-1), chainOnly(int(control))...)
			}
		})),
		bound("operands_from_the_begin", admission.LimitKeptCells, "2,000 operands over 440 ifs, behind more and more labels from one function to the next",
			with(elsewhere(12, func(n int) []byte { return slices.Concat(labelsInAll(n*1320), operandsOverIfs(2000, 440)) }))),
		bound("variables_at_labels_elsewhere", admission.LimitKeptCells, "2,200 operands over 430 ifs at two places, and another function of 100 variables at 3,000 labels",
			with(func(m *wasmtest.Module) {
				elsewhere(2, func(n int) []byte { return slices.Concat(operandsOverIfs(2200, 430), labelsInAll(n*1320)) })(m)
				addFunction(m, typeNothing, i32s(100), branchTable(3000)...)
			})),
		bound("operands_at_labels_elsewhere", admission.LimitKeptCells, "the same with 100 operands in place of variables",
			with(func(m *wasmtest.Module) {
				elsewhere(2, func(n int) []byte { return slices.Concat(operandsOverIfs(2200, 430), labelsInAll(n*1320)) })(m)
				addFunction(m, typeNothing, nil, slices.Concat([]byte{0x02, 0x40}, repeated(100, 0x41, 0), branchTable(3000), []byte{0x0b})...)
			})),
		bound("addresses_at_labels", admission.LimitKeptCells, "8,000 labels behind loads from 300 places", withCode(slices.Concat(loadsInTurn(300), branchTable(8000))...)),
		bound("variables_at_looks_elsewhere", admission.LimitKeptCells, "fewer and fewer variables at more and more looks of metering", with(func(m *wasmtest.Module) {
			for looks := 500.0; looks < 5000; looks *= 1.3 {
				addFunction(m, typeNothing, i32s(int(990_000/looks)-1), callsOf(firstFunction, 2*int(looks))...)
			}
		})),
		bound("operands_at_looks_elsewhere", admission.LimitKeptCells, "2,000 operands at 450 looks of metering, behind more and more looks from one function to the next", with(elsewhere(3, func(n int) []byte {
			return slices.Concat(callsOf(firstFunction, n*900), operandsUnder(2000, callsOf(firstFunction, 900)))
		}))),

		// How deep things are.
		bound("labels_behind_loops", admission.LimitTotalWork, "16,380 labels behind 1,000 loops, in each of eight functions", manyFunctions(8, nil, labelsBehind(append(blocks(1000, 0x03), ifs(1)...), 16_380)...)),
		bound("labels_behind_traps", admission.LimitTotalWork, "8,192 labels behind 800 conditions of which one arm traps: from each label the engine goes up, and back for the fuel, through both the arm that goes on and what is behind, in each of 14 functions",
			manyFunctions(14, nil, labelsBehindTraps(800, 8192)...)),
		// What lives behind loops and blocks.
		bound("operands_behind_a_loop", admission.LimitLiveCells, "2,000 operands over an empty loop, which the engine takes to live at each of 16,380 labels behind it, too: 25 KB that take 300 MiB",
			withLocals(1, operandsOverLoop(2000, labelsInAll(16_380))...)),
		bound("loops_in_turn", admission.LimitLiveCells, "1,000 empty loops behind one another, before each of which 50 variables change: 255 KB that take over 1 GiB", withLocals(50, loopsInTurn(50, 1000)...)),
		bound("constants_over_branches", admission.LimitLiveCells, "5,400 globals that cannot change, kept over 2,000 branches, in each of 20 functions: 1 MB that takes 15 seconds", with(constantsOver(5400, 2000, 20))),
		bound("variables_inside_blocks", admission.LimitTotalWork, "2,000 variables that change in 200 blocks inside one another, behind which metering looks", withLocals(2000, append(changedInside(2000, 200), summed(2000)...)...)),
		bound("looks_behind_blocks", admission.LimitLiveCells, "2,000 variables over 480 blocks inside one another, behind which metering looks", withLocals(2000, changedInside(2000, 480)...)),
		bound("looks_behind_blocks_of_results", admission.LimitLiveCells, "1,000 variables that change in 600 blocks of 61 results inside one another", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, wasmtest.Func("", strings.Repeat("\x7f", 61)))
			addFunction(m, typeNothing, i32s(1000), slices.Concat(repeated(600, 0x02, typeWide), changed(1000), repeated(61, 0x41, 0), repeated(600, 0x0b), repeated(61, 0x1a))...)
		})),
		bound("looks_behind_blocks_of_parameters", admission.LimitLiveCells, "1,000 variables that change in 600 blocks of 61 parameters inside one another", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", 61), ""))
			addFunction(m, typeNothing, i32s(1000), slices.Concat(repeated(61, 0x41, 0), repeated(600, 0x02, typeWide), changed(1000), repeated(61, 0x1a), repeated(600, 0x0b))...)
		})),
		// What the engine goes through in rounds.
		bound("parameters_handed_round", admission.LimitTotalWork, "a loop of 300 parameters each of which takes what the next had, in each of 60 functions; 1,730 of them take 26 seconds", with(shiftedParameters(300, 60))),
		bound("labels_and_loops", admission.LimitTotalWork, "16,380 labels and 1,024 loops inside one another, for each of which the engine goes through all blocks and all that is handed on, in each of eight functions; 18 of them take 12 seconds",
			manyFunctions(8, i32s(1), labelsAndLoops(16_380, 1024)...)),
		bound("blocks_and_loops", admission.LimitTotalWork, "1,024 loops inside one another, for each of which the engine goes through all, in each of 17 functions", manyFunctions(17, i32s(1), loopsInside(1024)...)),
		large("loops_of_one_way", admission.LimitTotalWork, "190 loops of 1,000 results inside one another, in each of nine functions, and 19,900 loads in each of 33 others", with(func(m *wasmtest.Module) {
			oneWay(0x03, 1000, 190, 9)(m)
			for range 33 {
				addFunction(m, typeNothing, nil, loadsInTurn(19_900)...)
			}
		})),
		large("rows_of_looks", admission.LimitTotalWork, "a function of 13,000 labels and 7,000 looks of metering, before 49,900 others",
			with(beforeMany(slices.Concat(labelsBehind(nil, 13_000), callsOf(firstFunction, 14_000)), 49_900))),
		bound("loops_that_hand_on", admission.LimitTotalWork, "400 loops behind one another, each of which is known to hand on a value one round later than the one before, and 100 branches to a block of 1,000 results, in each of three functions: 58 KB that take 76 seconds",
			with(loopsThatHandOn(3, 400, 1000, 100))),

		// What one function has on the stack, which the engine goes through for each behind it.
		bound("instructions_before_functions", admission.LimitTotalWork, "170,000 constants, before 49,900 functions", with(beforeCalls(nil, repeated(170_000, 0x41, 0, 0x1a), 49_900))),
		bound("values_before_functions", admission.LimitTotalWork, "200 variables that differ behind 720 conditions, before 49,900 functions: 335 KB that take ten seconds", with(beforeCalls(i32s(200), variablesInConditions(200, 16, 45), 49_900))),
		bound("ways_round_before_functions", admission.LimitTotalWork, "100 variables on 1,450 ways back to where a loop begins, before 49,900 functions", with(beforeCalls(i32s(100), waysRound(100, 1450), 49_900))),
		bound("results_before_functions", admission.LimitTotalWork, "190 calls of 1,000 results, before 49,900 functions", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, wasmtest.Func("", strings.Repeat("\x7f", 1000)))
			addFunction(m, typeNothing, nil)
			addFunction(m, typeWide, nil, 0x00)
			addFunction(m, typeNothing, nil, bytes.Repeat(append([]byte{0x10, firstFunction + 1}, repeated(1000, 0x1a)...), 190)...)
			callers(49_900)(m)
		})),
		bound("moves_round_a_loop", admission.LimitMoves, "200 variables on 1,000 ways back to where a loop begins, all of which the engine moves by places of their own", withLocals(200, waysRound(200, 1000)...)),

		// How far the engine goes for a value.
		large("far_memory", admission.LimitTotalWork, "18,000 loads behind 3,900 blocks of one way, in each of three functions", manyFunctions(3, i32s(1), chainOfBlocks(3900, repeated(18_000, 0x41, 0, 0x28, 2, 0, 0x1a))...)),
		bound("ways_round_a_loop", admission.LimitTotalWork, "390 variables and 1,900 ways back to where a loop begins", withLocals(390, slices.Concat([]byte{0x03, 0x40}, chainOnly(1900), readOf(390), []byte{0x0b})...)),
		bound("loops_in_other_arms", admission.LimitTotalWork, "30 variables at 400 loops, each in an arm of its own behind 1,800 blocks of one way, in each of 11 functions", manyFunctions(11, i32s(30),
			slices.Concat(chainOnly(1800), conditions(400, []byte{0x41, 0, 0x04, 0x40, 0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b, 0x05}, nil))...)),
		large("reads_within_conditions", admission.LimitTotalWork, "90,000 reads of a variable in 2,000 conditions inside one another, in each of two functions", manyFunctions(2, i32s(1), conditions(2000, []byte{0x41, 0, 0x04, 0x40}, bytes.Repeat(read, 90_000))...)),
		large("reads_within_other_arms", admission.LimitTotalWork, "the same in the other arms", manyFunctions(2, i32s(1), conditions(2000, []byte{0x41, 0, 0x04, 0x40, 0x05}, bytes.Repeat(read, 90_000))...)),
		large("reads_behind_loops", admission.LimitTotalWork, "90,000 reads of a variable behind 1,000 loops that do not loop, in each of two functions", manyFunctions(2, i32s(1), append(blocks(1000, 0x03), bytes.Repeat(read, 90_000)...)...)),
		large("reads_behind_blocks", admission.LimitTotalWork, "90,000 reads of a variable behind 3,800 blocks", withLocals(1, append(blocks(3800, 0x02), bytes.Repeat(read, 90_000)...)...)),
		bound("shifts_and_branches", admission.LimitTotalWork, "5,000 shifts by nothing, and 450 branches over 2,000 variables", with(func(m *wasmtest.Module) {
			addFunction(m, typeNothing, [][]byte{append(wasmtest.U32(2000), 0x7e)}, slices.Concat(shiftsByNothing(5000, 0), chainOnly(450))...)
		})),
		bound("shifts_and_wide_calls", admission.LimitTotalWork, "15,000 shifts by nothing, and 195 calls of 1,000 parameters", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", 1000), ""))
			addFunction(m, typeWide, nil)
			addFunction(m, typeNothing, [][]byte{{1, 0x7e}}, slices.Concat(shiftsByNothing(15_000, 0), []byte{0x00}, callsOf(firstFunction, 195))...)
		})),

		// Where ways meet.
		large("variables_where_functions_begin", admission.LimitTotalWork, "2,000 variables that are read where 170 functions begin", manyFunctions(170, i32s(2000), readOf(2000)...)),
		bound("variables_behind_looks", admission.LimitTotalWork, "2,000 variables that are read behind 170 looks of metering", withLocals(2000, append(callsOf(firstFunction, 340), readOf(2000)...)...)),
		bound("variables_behind_loops", admission.LimitTotalWork, "2,000 variables that are read behind 27 loops, in each of three functions", manyFunctions(3, i32s(2000), append(blocks(27, 0x03), readOf(2000)...)...)),
		large("names_of_a_variable", admission.LimitTotalWork, "160,000 reads of a variable behind 3,900 places where ways meet, in each of four functions", manyFunctions(4, i32s(1), append(ifs(3900), bytes.Repeat(read, 160_000)...)...)),
		large("names_of_a_global", admission.LimitTotalWork, "the same of a global that has a variable's value", with(func(m *wasmtest.Module) {
			m.Globals = [][]byte{{0x7f, 1, 0x41, 0, 0x0b}}
			add(4, i32s(1), ifs(3900), []byte{0x20, 0, 0x24, 0}, repeated(160_000, 0x23, 0, 0x1a))(m)
		})),
		large("variables_on_many_ways", admission.LimitTotalWork, "40 variables that are read behind 20 places, each with 17 ways, on each of which the engine may move them, in each of 640 functions", manyFunctions(640, i32s(40),
			append(bytes.Repeat(slices.Concat([]byte{0x02, 0x40}, chainOnly(16), []byte{0x0b}), 20), readOf(40)...)...)),
		large("names_of_a_variable_in_loops", admission.LimitTotalWork, "40,000 reads of a variable in 1,000 loops inside one another, in each of which it has another name, in each of 16 functions", with(func(m *wasmtest.Module) {
			m.Globals = again(1, 0x7f, 1, 0x41, 0, 0x0b)
			add(16, i32s(1), aroundLoops(1000, repeated(40_000, 0x20, 0, 0x24, 0)))(m)
		})),
		bound("names_of_operands", admission.LimitTotalWork, "3,500 labels of 50 values, behind 2,500 places where ways meet, in each of six functions", withWide(0, 50, 6, typeNothing,
			ifs(2500), []byte{0x02, typeWide}, repeated(50, 0x41, 0), tableTo(3500, 0), []byte{0x0b}, repeated(50, 0x1a))),
		bound("names_of_variables", admission.LimitTotalWork, "50 variables that are read behind 3,000 places where ways meet, in each of six functions", manyFunctions(6, i32s(50), append(ifs(3000), readOf(50)...)...)),
		bound("variables_handed_round_inside", admission.LimitTotalWork, "190 branches to a block of 1,000 results, once more for each of 4 variables that take what the next one has in four loops inside one another",
			with(handedRoundInside(1000, 190, 4, 4))),
	}
}
