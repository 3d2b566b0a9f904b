package runtime_test

import (
	"bytes"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// typeParameter is a type of one parameter, which namesFrom adds.
const typeParameter = 4

// ifs are so many conditions with two ways.
func ifs(n int) []byte { return bytes.Repeat([]byte{0x41, 0, 0x04, 0x40, 0x05, 0x0b}, n) }

// chainOnly is so many branches out of a block that is around it.
func chainOnly(n int) []byte { return bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, n) }

// tableTo is a br_table with so many labels, which are all the same.
func tableTo(labels int, label byte) []byte {
	return slices.Concat([]byte{0x41, 0, 0x0e}, wasmtest.U32(uint32(labels-1)), bytes.Repeat([]byte{label}, labels))
}

// labelsBehind has two tables of so many labels together, behind code in the same block.
func labelsBehind(code []byte, labels int) []byte {
	return slices.Concat([]byte{0x02, 0x40}, code, []byte{0x02, 0x40, 0x41, 0, 0x0d, 0}, tableTo(labels/2, 1), []byte{0x0b}, tableTo(labels/2, 0), []byte{0x0b})
}

// labelsOutwards has two tables of so many labels together to the block around it.
func labelsOutwards(labels int) []byte {
	return bytes.Repeat(slices.Concat([]byte{0x02, 0x40, 0x41, 0, 0x0d, 0}, tableTo(labels/2, 1), []byte{0x0b}), 2)
}

// labelsInAll has so many labels, in as many blocks as that takes.
func labelsInAll(labels int) (code []byte) {
	for ; labels > 1; labels -= min(labels, 8190) {
		code = slices.Concat(code, []byte{0x02, 0x40}, tableTo(min(labels, 8190), 0), []byte{0x0b})
	}
	return code
}

// labelsBehindTraps has a br_table of so many labels behind so many conditions of one way, in
// a region of its own, and charges where its ways meet and behind.
func labelsBehindTraps(traps, labels int) []byte {
	charge := []byte{0x41, 0, 0x45, 0x1a}
	return slices.Concat([]byte{0x02, 0x40, 0x02, 0x40}, bytes.Repeat([]byte{0x41, 0, 0x04, 0x40, 0x00, 0x0b}, traps),
		[]byte{0x41, 0, 0x0e}, wasmtest.U32(uint32(labels-1)), bytes.Repeat([]byte{1}, labels-1), []byte{0},
		[]byte{0x0b}, charge, []byte{0x0b}, []byte{0x41, 0, 0x04, 0x40}, charge, []byte{0x0b})
}

// inLoop is a loop of code.
func inLoop(code ...[]byte) []byte {
	return slices.Concat([]byte{0x03, 0x40}, slices.Concat(code...), []byte{0x0b})
}

// operandsOverIfs computes so many operands, has so many conditions, and stores the sum.
func operandsOverIfs(operands, conditions int) []byte {
	return slices.Concat([]byte{0x41, 0}, bytes.Repeat([]byte{0x20, 0, 0x69}, operands), ifs(conditions), bytes.Repeat([]byte{0x6a}, operands-1), []byte{0x36, 2, 0})
}

// elsewhere adds functions of one variable, each with the code for its number.
func elsewhere(functions int, code func(n int) []byte) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		for n := range functions {
			addFunction(m, typeNothing, i32s(1), code(n)...)
		}
	}
}

// lookedAt adds functions with code behind so many calls behind which metering looks: of a
// function that has a loop, and of one that charges little by itself but much four times.
func lookedAt(functions, calls int, code []byte) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		light := slices.Concat([]byte{0x41, 0}, bytes.Repeat([]byte{0x41, 1, 0x6a}, 63), []byte{0x1a})
		addFunction(m, typeNothing, nil, light...)
		addFunction(m, typeNothing, nil, 0x03, 0x40, 0x0b)
		one := slices.Concat([]byte{0x10, firstFunction + 1}, bytes.Repeat([]byte{0x10, firstFunction}, 4))
		for range functions {
			addFunction(m, typeNothing, nil, append(bytes.Repeat(one, calls), code...)...)
		}
	}
}

// beforeMany adds a function, and so many that do nothing behind it.
func beforeMany(code []byte, functions int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		addFunction(m, typeNothing, nil, code...)
		m.Functions = append(m.Functions, again(functions, typeNothing)...)
		m.Bodies = append(m.Bodies, again(functions, wasmtest.Body(nil)...)...)
	}
}

// namesFrom adds functions of one variable that gets so many names, and of code behind that.
func namesFrom(functions int, behind []byte, names int, reads []byte) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		m.Types = append(m.Types, wasmtest.Func("\x7f", ""))
		m.Globals = mutableGlobals(2)
		for range functions {
			addFunction(m, typeNothing, [][]byte{{1, 0x7e}}, slices.Concat(namesThatMeet(names, 0), behind, reads)...)
		}
	}
}

// callsBehind adds functions of so many calls behind loads from so many places.
func callsBehind(functions, loads, calls int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		addFunction(m, typeNothing, nil, 0x03, 0x40, 0x0b)
		for range functions {
			addFunction(m, typeNothing, i32s(1), append(loadsInTurn(loads), callsOf(firstFunction, calls)...)...)
		}
	}
}

// typesAndFunctions adds so many types of several results, and functions of them.
func typesAndFunctions(types, functions int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		first := len(m.Types)
		m.Types = append(m.Types, differentTypes(types)...)
		for n := range functions {
			addFunction(m, uint32(first+n%types), nil, 0x00)
		}
	}
}

// movedVariables has so many variables change places, so many times, behind so many ways
// past that.
func movedVariables(n, ways, times int) []byte {
	rotate := append(variables(n, 0x20), 0x21, 0)
	for i := n - 1; i > 0; i-- {
		rotate = wasmtest.Join(rotate, []byte{0x21}, wasmtest.U32(uint32(i)))
	}
	one := slices.Concat([]byte{0x02, 0x40}, chainOnly(ways), rotate, []byte{0x0b})
	return slices.Concat(changed(n), bytes.Repeat(one, times), summed(n))
}

// operandsOverLoop has so many operands wait over an empty loop, stores the sum, and then
// code.
func operandsOverLoop(operands int, behind []byte) []byte {
	return slices.Concat([]byte{0x41, 0}, bytes.Repeat([]byte{0x20, 0, 0x69}, operands), []byte{0x03, 0x40, 0x0b}, bytes.Repeat([]byte{0x6a}, operands-1), []byte{0x36, 2, 0}, behind)
}

// loopsInTurn has so many empty loops behind one another, before each of which all variables
// change.
func loopsInTurn(variables, loops int) []byte {
	return slices.Concat(bytes.Repeat(append(changed(variables), 0x03, 0x40, 0x0b), loops), []byte{0x41, 0}, summed(variables), []byte{0x20, 0, 0x36, 2, 0})
}

// shiftedParameters adds functions of a loop of so many parameters, each of which takes what
// the next had when it begins anew: one more operand on top does that.
func shiftedParameters(parameters, functions int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		typ := wasmtest.U32(uint32(len(m.Types)))
		m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", parameters), ""))
		for range functions {
			addFunction(m, typeNothing, i32s(1), slices.Concat(bytes.Repeat([]byte{0x20, 0}, parameters), []byte{0x03}, typ,
				[]byte{0x20, 0, 0x20, 0, 0x0d, 0}, bytes.Repeat([]byte{0x1a}, parameters+1), []byte{0x0b})...)
		}
	}
}

// constantsOver adds functions that read so many globals which cannot change, branch so
// often, and read them again.
func constantsOver(globals, branches, functions int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		m.Globals = again(globals, 0x7f, 0, 0x41, 0, 0x0b)
		read := func(and byte) (code []byte) {
			for i := range globals {
				code = append(wasmtest.Join(code, []byte{0x23}, wasmtest.U32(uint32(i))), and)
			}
			return code
		}
		for range functions {
			addFunction(m, typeNothing, nil, slices.Concat([]byte{0x02, 0x40}, read(0x1a), chainOnly(branches), []byte{0x41, 0, 0x41, 0}, read(0x6a), []byte{0x36, 2, 0, 0x0b})...)
		}
	}
}

// labelsAndLoops has two br_tables of so many labels together, each to where the fuel that is
// held differs on one way, and so many loops inside one another behind.
func labelsAndLoops(labels, loops int) []byte {
	place := slices.Concat([]byte{0x02, 0x40, 0x02, 0x40, 0x41, 0, 0x0e}, wasmtest.U32(uint32(labels/2-1)), bytes.Repeat([]byte{1}, labels/2-1), []byte{0, 0x0b, 0x41, 0, 0x45, 0x1a, 0x0b})
	return slices.Concat(place, place, loopsInside(loops))
}

// oneWay adds functions of so many blocks or loops inside one another, which hand on so many
// results on the one way there is.
func oneWay(op byte, results, blocks, functions int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		typ := wasmtest.U32(uint32(len(m.Types)))
		m.Types = append(m.Types, wasmtest.Func("", strings.Repeat("\x7f", results)))
		for range functions {
			addFunction(m, typeNothing, i32s(1), slices.Concat(bytes.Repeat(append([]byte{op}, typ...), blocks),
				bytes.Repeat([]byte{0x41, 0, 0x69}, results), bytes.Repeat([]byte{0x0b}, blocks), bytes.Repeat([]byte{0x6a}, results-1), []byte{0x21, 0, 0x41, 0, 0x20, 0, 0x36, 2, 0})...)
		}
	}
}

// changedInside has all variables change in so many blocks inside one another.
func changedInside(variables, blocks int) []byte {
	return slices.Concat(bytes.Repeat([]byte{0x02, 0x40}, blocks), changed(variables), bytes.Repeat([]byte{0x0b}, blocks))
}

// loopsThatHandOn adds functions of so many loops behind one another, each of which hands on
// what it had two turns ago, and so many branches to a block of so many results.
func loopsThatHandOn(functions, loops, results, branches int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		typ := wasmtest.U32(uint32(len(m.Types)))
		m.Types = append(m.Types, wasmtest.Func("", strings.Repeat("\x7f", results)))
		const zero, a, b, handed, left = 0, 1, 2, 3, 4
		one := []byte{0x20, zero, 0x21, a, 0x20, zero, 0x21, b,
			0x03, 0x40, 0x20, a, 0x21, left, 0x20, b, 0x21, a, 0x20, handed, 0x21, b, 0x20, zero, 0x0d, 0, 0x0b,
			0x20, left, 0x21, handed}
		for range functions {
			addFunction(m, typeNothing, i32s(5), slices.Concat(bytes.Repeat(one, loops), []byte{0x41, 0, 0x20, handed, 0x36, 2, 0, 0x02}, typ, bytes.Repeat([]byte{0x41, 1}, results),
				chainOnly(branches), bytes.Repeat([]byte{0x1a}, results), bytes.Repeat([]byte{0x41, 2}, results), []byte{0x0b}, bytes.Repeat([]byte{0x1a}, results))...)
		}
	}
}

// callers adds so many functions that call the first: behind a call the engine needs a place
// on the stack.
func callers(n int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		m.Functions = append(m.Functions, again(n, typeNothing)...)
		m.Bodies = append(m.Bodies, again(n, wasmtest.Body(nil, 0x10, firstFunction)...)...)
	}
}

// beforeCalls adds a function with code, and so many that call another behind it.
func beforeCalls(locals [][]byte, code []byte, functions int) func(*wasmtest.Module) {
	return func(m *wasmtest.Module) {
		addFunction(m, typeNothing, nil)
		addFunction(m, typeNothing, locals, code...)
		callers(functions)(m)
	}
}

// setAll sets so many variables to the same.
func setAll(n int) []byte { return slices.Concat([]byte{0x41, 1}, variables(n, 0x22), []byte{0x1a}) }

// variablesInConditions sets so many variables in so many conditions inside one another, time
// and again, and reads them.
func variablesInConditions(n, depth, times int) []byte {
	one := slices.Concat(bytes.Repeat([]byte{0x41, 0, 0x04, 0x40}, depth), setAll(n), bytes.Repeat([]byte{0x0b}, depth))
	return append(bytes.Repeat(one, times), summed(n)...)
}

// waysRound is a loop in which a variable takes what another had and the others change, with so
// many ways back to where it begins.
func waysRound(n, ways int) []byte {
	const inOne = 25
	return slices.Concat([]byte{0x03, 0x40, 0x20, 1, 0x21, 0}, changed(n), bytes.Repeat(slices.Concat(chainOnly(inOne), []byte{0x02, 0x40, 0x41, 0, 0x0d, 0, 0x0b}), ways/inOne), []byte{0x0b}, summed(n))
}

// aroundLoops is code in so many loops inside one another.
func aroundLoops(loops int, code []byte) []byte {
	return slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, loops), code, bytes.Repeat([]byte{0x41, 0, 0x0d, 0, 0x0b}, loops))
}
