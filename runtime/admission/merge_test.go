package admission_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// of returns what a function of so many variables has, of whose module nothing else has code.
func of(t *testing.T, results, variables int, code ...byte) admission.Report {
	t.Helper()
	m := &wasmtest.Module{
		Types:     [][]byte{wasmtest.Func("", string(bytes.Repeat([]byte{0x7f}, results)))},
		Functions: [][]byte{{0}},
		Bodies:    [][]byte{wasmtest.Body([][]byte{append(wasmtest.U32(uint32(variables)), 0x7f)}, code...)},
	}
	admitted, err := admission.Check(m.Bytes(), admission.Limits{TotalWork: 1_000_000_000})
	if err != nil {
		t.Fatal(err)
	}
	return admitted.Report
}

// Every label of a br_table brings all that lives to where it points, the same or not.
func TestLabels(t *testing.T) {
	t.Parallel()
	table := func(labels int) []byte {
		return slices.Concat([]byte{0x41, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0x0e, byte(labels - 1)}, make([]byte, labels))
	}
	ten, eleven := of(t, 0, 7, table(10)...), of(t, 0, 7, table(11)...)
	if more := eleven.LiveCells - ten.LiveCells; more != 3*(7+4) {
		t.Errorf("one more label over seven variables and four operands has %d cells", more)
	}
}

// A return hands on what the function returns.
func TestReturns(t *testing.T) {
	t.Parallel()
	one := append(bytes.Repeat([]byte{0x20, 0}, 9), 0x0f)
	if r := of(t, 9, 1, bytes.Repeat(one, 5)...); r.Operands != 5*9 {
		t.Errorf("five returns of nine values hand on %d", r.Operands)
	}
	code := func(returns int) []byte {
		return bytes.Repeat(slices.Concat([]byte{0x20, 0, 0x04, 0x40}, bytes.Repeat([]byte{0x20, 0}, 1000), []byte{0x0f, 0x0b}), returns)
	}
	if more := of(t, 1000, 1, code(11)...).Work - of(t, 1000, 1, code(10)...).Work; more < 5000 {
		t.Errorf("one more return of a thousand values weighs %d", more)
	}
}

// The engine goes through a function twice to bring together values, once more for each
// loop inside another, and for each variable that takes in a loop what may be another's.
func TestRounds(t *testing.T) {
	t.Parallel()
	const variables = 1000
	// work is that of one branch more to where all variables differ.
	work := func(before []byte) int {
		code := func(branches int) []byte {
			var sets []byte
			for i := range variables {
				sets = wasmtest.Join(sets, []byte{0x41, 1, 0x21}, wasmtest.U32(uint32(i)))
			}
			return slices.Concat(before, []byte{0x02, 0x40}, bytes.Repeat([]byte{0x20, 0, 0x0d, 0}, branches), sets, []byte{0x0b})
		}
		return of(t, 0, variables, code(14)...).Work - of(t, 0, variables, code(13)...).Work
	}
	loop := func(code ...byte) []byte { return slices.Concat([]byte{0x03, 0x40}, code, []byte{0x0b}) }
	for name, test := range map[string]struct {
		before []byte
		rounds int
	}{
		"no loop":                       {nil, 2},
		"a loop":                        {loop(), 3},
		"three loops":                   {slices.Concat(loop(), loop(), loop()), 3},
		"three loops inside each other": {loop(loop(loop()...)...), 5},
		"a variable's value":            {loop(0x20, 1, 0x21, 2), 4},
		"two variables' values":         {loop(0x20, 1, 0x21, 2, 0x20, 2, 0x22, 3, 0x1a), 5},
		"in two loops":                  {loop(loop(0x20, 1, 0x21, 2)...), 6},
		"a sum":                         {loop(0x20, 1, 0x20, 1, 0x6a, 0x21, 2), 3},
		"a value behind a store":        {loop(0x20, 1, 0x01, 0x21, 2), 4},
		"a value that waited":           {loop(0x20, 1, 0x41, 0, 0x1a, 0x21, 2), 4},
		"no loop, a variable's value":   {[]byte{0x20, 1, 0x21, 2}, 2},
	} {
		// A unit is 192 values, and those of 512 values come with each unit of its own,
		// of which the variables that live over a branch are 500.
		want := (test.rounds*variables*variables-512*500)/192 + 500
		if have := work(test.before); have < want*99/100-1000 || have > want*101/100+1000 {
			t.Errorf("%s: one more branch weighs %d, want some %d", name, have, want)
		}
	}
}
