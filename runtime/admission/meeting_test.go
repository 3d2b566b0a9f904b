package admission_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// variables of a function that are brought together, and mergedPerUnit how many values
// that the engine looks at are a unit.
const (
	variables     = 1000
	mergedPerUnit = 128
)

func eachVariable(code ...byte) (all []byte) {
	for i := range variables {
		n := wasmtest.U32(uint32(i))
		for _, b := range code {
			if all = append(all, b); b >= 0x20 && b <= 0x22 {
				all = append(all, n...)
			}
		}
	}
	return all
}

// variablesRead reads so many variables.
func variablesRead(n int) (code []byte) {
	for i := range n {
		code = slices.Concat(code, []byte{0x20}, wasmtest.U32(uint32(i)), []byte{0x1a})
	}
	return code
}

func inside(op byte, code ...[]byte) []byte {
	return slices.Concat([]byte{op, 0x40}, slices.Concat(code...), []byte{0x0b})
}

// A variable is brought together at the places behind where it was set that come before, or
// round a loop before, where it is read.
func TestMeeting(t *testing.T) {
	t.Parallel()
	reads, sets := eachVariable(0x20, 0x1a), eachVariable(0x41, 1, 0x21)
	leave := []byte{0x41, 0, 0x0d, 0} // br_if 0
	out := []byte{0x0c, 1}
	for name, test := range map[string]struct {
		code    func(place []byte) []byte
		brought bool
	}{
		"never read":                   {func(p []byte) []byte { return p }, false},
		"read before":                  {func(p []byte) []byte { return slices.Concat(reads, p) }, false},
		"read behind":                  {func(p []byte) []byte { return slices.Concat(p, reads) }, true},
		"set before, read behind":      {func(p []byte) []byte { return slices.Concat(sets, p, reads) }, true},
		"set behind":                   {func(p []byte) []byte { return slices.Concat(p, sets, reads) }, false},
		"read before and behind":       {func(p []byte) []byte { return slices.Concat(reads, p, reads) }, true},
		"read before another place":    {func(p []byte) []byte { return slices.Concat(inside(2, leave), reads, p, reads) }, true},
		"set where a way parts before": {func(p []byte) []byte { return slices.Concat(p, inside(2, leave, sets), reads) }, true},
		"set before a way parts":       {func(p []byte) []byte { return slices.Concat(p, inside(2, sets, leave), reads) }, false},
		"set on one way":               {func(p []byte) []byte { return slices.Concat(p, []byte{0x41, 0}, inside(4, sets), reads) }, true},
		"set on the other way":         {func(p []byte) []byte { return slices.Concat(p, []byte{0x41, 0}, inside(4, []byte{0x05}, sets), reads) }, true},
		"set on a way that ends":       {func(p []byte) []byte { return slices.Concat(p, []byte{0x41, 0}, inside(4, sets, []byte{0x0f}), reads) }, true},
		"set on a way that leads out": {func(p []byte) []byte {
			return slices.Concat(p, inside(2, []byte{0x41, 0}, inside(4, sets, out)), reads)
		}, true},
		"set where there is one way":                    {func(p []byte) []byte { return slices.Concat(p, inside(2, sets), reads) }, false},
		"read on a way that ends":                       {func(p []byte) []byte { return slices.Concat(p, []byte{0x41, 0}, inside(4, reads, []byte{0x0f})) }, true},
		"read before in a loop":                         {func(p []byte) []byte { return inside(3, reads, p, leave) }, true},
		"read before in a loop of one turn":             {func(p []byte) []byte { return inside(3, reads, p) }, false},
		"set behind in a loop":                          {func(p []byte) []byte { return inside(3, reads, p, sets, leave) }, false},
		"set before in a loop":                          {func(p []byte) []byte { return inside(3, reads, sets, p, leave) }, true},
		"set in a loop first":                           {func(p []byte) []byte { return inside(3, sets, reads, p, leave) }, false},
		"set behind on one way in a loop":               {func(p []byte) []byte { return inside(3, reads, p, []byte{0x41, 0}, inside(4, sets), leave) }, true},
		"read before in the loop around":                {func(p []byte) []byte { return inside(3, reads, inside(3, p, leave), leave) }, true},
		"read in another loop before":                   {func(p []byte) []byte { return inside(3, inside(3, reads, leave), p, leave) }, true},
		"read before, set, read in a loop":              {func(p []byte) []byte { return inside(3, reads, p, sets, inside(2, leave), reads, leave) }, false},
		"read, set and read before a place":             {func(p []byte) []byte { return inside(3, reads, sets, inside(2, leave), reads, p, leave) }, true},
		"set, and read behind another place, in a loop": {func(p []byte) []byte { return inside(3, p, sets, inside(2, leave), reads, leave) }, false},
		"read where it was set on a way, and behind": {func(p []byte) []byte {
			return inside(3, []byte{0x41, 0}, inside(4, sets, inside(2, leave), reads), reads, p, leave)
		}, true},
		"set and read on a way, read behind": {func(p []byte) []byte { return slices.Concat([]byte{0x41, 0}, inside(4, sets, p, reads), reads) }, true},
		"set and read on a way, read behind a place": {func(p []byte) []byte {
			return slices.Concat([]byte{0x41, 0}, inside(4, sets, inside(2, leave), reads), p, reads)
		}, true},
		"read, set and read before a place, twice": {func(p []byte) []byte {
			return inside(3, reads, inside(2, leave), sets, inside(2, leave), reads, p, leave)
		}, true},
		"set and read on a way of a loop": {func(p []byte) []byte {
			return inside(3, p, []byte{0x41, 0}, inside(4, sets, inside(2, leave), reads), leave)
		}, false},
		"set and read on a way behind, and read behind that": {func(p []byte) []byte {
			return slices.Concat(p, []byte{0x41, 0}, inside(4, sets, inside(2, leave), reads), reads)
		}, true},
		"read on the way where it was not set": {func(p []byte) []byte { return slices.Concat(p, []byte{0x41, 0}, inside(4, sets, []byte{0x05}, reads)) }, true},
		"read before the loop":                 {func(p []byte) []byte { return slices.Concat(reads, inside(3, p, leave)) }, false},
		"read behind the loop":                 {func(p []byte) []byte { return slices.Concat(inside(3, p, leave), reads) }, true},
	} {
		work := func(branches int) int {
			return of(t, 0, variables, test.code(inside(2, bytes.Repeat(leave, branches)))...).Work
		}
		// A branch has 500 units of its own, or some thousands in loops that read all.
		have := work(21) - work(20)
		if least := 2 * variables * variables / mergedPerUnit; test.brought != (have > least) || have > 3*least {
			t.Errorf("%s: one more branch weighs %d; it brings variables together: %t", name, have, test.brought)
		}
	}
	loop := func(code ...[]byte) int { return of(t, 0, variables, inside(3, code...)...).Work }
	const least = 3 * variables * variables / mergedPerUnit
	if have := loop(reads, bytes.Repeat(leave, 21)) - loop(reads, bytes.Repeat(leave, 20)); have < least {
		t.Errorf("one more branch to a loop of %d variables weighs %d", variables, have)
	}
	if have := loop(sets, reads, bytes.Repeat(leave, 21)) - loop(sets, reads, bytes.Repeat(leave, 20)); have > least {
		t.Errorf("one more branch to a loop of its own variables weighs %d", have)
	}
}

// The engine goes through a function twice to bring together values, once more for each
// loop inside another, and for each variable that takes in a loop what another had when
// the loop began; but only once for the depth of loops that are in no loop together.
func TestRounds(t *testing.T) {
	t.Parallel()
	work := func(before []byte) int {
		code := func(branches int) []byte {
			return slices.Concat(before, inside(2, bytes.Repeat([]byte{0x20, 0, 0x0d, 0}, branches), eachVariable(0x41, 1, 0x21)), eachVariable(0x20, 0x1a))
		}
		return of(t, 0, variables, code(14)...).Work - of(t, 0, variables, code(13)...).Work
	}
	loop := func(code ...byte) []byte { return inside(3, code) }
	copied := []byte{0x20, 1, 0x21, 2}
	for name, test := range map[string]struct {
		before []byte
		rounds int
	}{
		"no loop":                         {nil, 2},
		"a loop":                          {loop(), 3},
		"three loops":                     {slices.Concat(loop(), loop(), loop()), 3},
		"three loops inside each other":   {loop(loop(loop()...)...), 5},
		"a variable's value":              {loop(copied...), 4},
		"two variables' values":           {loop(0x20, 1, 0x21, 2, 0x20, 2, 0x22, 3, 0x1a), 5},
		"in two loops":                    {loop(loop(copied...)...), 6},
		"in a loop of another":            {loop(slices.Concat(copied, loop())...), 5},
		"in two loops beside each other":  {slices.Concat(loop(copied...), loop(copied...)), 5},
		"in two loops of one":             {loop(slices.Concat(loop(copied...), loop(copied...))...), 8},
		"beside two loops in each other":  {loop(slices.Concat(loop(loop()...), loop(copied...))...), 7},
		"a variable's value, then a loop": {slices.Concat(loop(copied...), loop()), 4},
		"more values than variables":      {loop(bytes.Repeat(copied, 2*variables)...), 3 + variables},
		"a value of the loop's own":       {loop(0x41, 1, 0x21, 1, 0x20, 1, 0x21, 2), 3},
		"a value of the loop around":      {loop(slices.Concat([]byte{0x41, 1, 0x21, 1}, loop(copied...))...), 5},
		"a sum":                           {loop(0x20, 1, 0x20, 1, 0x6a, 0x21, 2), 3},
		"a value behind a store":          {loop(0x20, 1, 0x01, 0x21, 2), 4},
		"a value that waited":             {loop(0x20, 1, 0x41, 0, 0x1a, 0x21, 2), 4},
		"no loop, a variable's value":     {copied, 2},
	} {
		// Those of 32 values come with each unit of its own, of which the variables that live
		// over a branch are 500.
		// And each variable has two, beyond as many.
		want := (test.rounds*variables*variables-32*500)/mergedPerUnit + 500 + 2*variables - 500
		if have := work(test.before); have < want*99/100-1000 || have > want*101/100+1000 {
			t.Errorf("%s: one more branch weighs %d, want some %d", name, have, want)
		}
	}
}
