package admission_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

const (
	// places are where ways meet, all those with the look of metering where a function
	// begins, and namesPerUnit how many names are a unit.
	places       = 1000
	all          = places + 1
	namesPerUnit = 128
)

// meeting is a variable that is read in front of each of n places where ways meet.
func meeting(n int) []byte {
	return bytes.Repeat([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b}, n)
}

// named is a module of one function with so many variables.
func named(variables int, code ...byte) *wasmtest.Module {
	return &wasmtest.Module{Types: [][]byte{wasmtest.Func("", ""), wasmtest.Func("\x7f", "")}, Functions: [][]byte{{0}, {0}}, Memories: [][]byte{{0, 1}},
		Globals: [][]byte{{0x7f, 1, 0x41, 0, 0x0b}},
		Bodies:  [][]byte{wasmtest.Body(nil), wasmtest.Body([][]byte{append(wasmtest.U32(uint32(variables)), 0x7f)}, code...)}}
}

// Each read of a variable goes through the names that it got where ways met since it was
// set to a value that is no other's.
func TestNames(t *testing.T) {
	t.Parallel()
	work := func(code ...[]byte) int {
		admitted, err := admission.Check(named(10, slices.Concat(code...)...).Bytes(), admission.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return admitted.Work
	}
	block := func(code ...byte) []byte { return slices.Concat([]byte{0x02, 0x40}, code, []byte{0x0b}) }
	for name, test := range map[string]struct {
		before []byte
		after  []byte
		read   byte
		names  int
	}{
		"the same variable":                {names: all},
		"another variable":                 {read: 5, names: all},
		"one more place":                   {before: meeting(1), names: all + 1},
		"a value of its own":               {before: []byte{0x41, 1, 0x21, 0}},
		"a value of its own, teed":         {before: []byte{0x41, 1, 0x22, 0, 0x1a}},
		"a result of its own":              {before: []byte{0x20, 0, 0x45, 0x21, 1}, read: 1},
		"a copy":                           {before: []byte{0x20, 0, 0x21, 1}, read: 1, names: all},
		"a teed copy":                      {before: []byte{0x20, 0, 0x22, 1, 0x1a}, read: 1, names: all},
		"a copy of a teed copy":            {before: []byte{0x20, 0, 0x22, 1, 0x21, 2}, read: 2, names: all},
		"a copy of a value of its own":     {before: []byte{0x41, 1, 0x22, 1, 0x21, 2}, read: 2},
		"a copy that waited":               {before: []byte{0x20, 0, 0x41, 0, 0x1a, 0x21, 1}, read: 1, names: all},
		"a copy behind nothing":            {before: []byte{0x20, 0, 0x01, 0x21, 1}, read: 1, names: all},
		"a copy shifted by nothing":        {before: []byte{0x20, 0, 0x41, 0, 0x74, 0x21, 1}, read: 1, names: all},
		"a copy shifted":                   {before: []byte{0x20, 0, 0x41, 1, 0x74, 0x21, 1}, read: 1},
		"a copy out of a global":           {before: []byte{0x20, 0, 0x24, 0, 0x23, 0, 0x21, 1}, read: 1, names: all},
		"a copy that waited in a global":   {before: []byte{0x20, 0, 0x41, 0, 0x1a, 0x24, 0, 0x23, 0, 0x21, 1}, read: 1, names: all},
		"a global":                         {before: []byte{0x41, 1, 0x24, 0, 0x23, 0, 0x21, 1}, read: 1},
		"a copy out of a block":            {before: []byte{0x02, 0x7f, 0x20, 0, 0x0b, 0x21, 1}, read: 1, names: all},
		"set where the way goes on":        {before: []byte{0x41, 0, 0x04, 0x40, 0x41, 1, 0x21, 0, 0x0b}, names: all + 1},
		"set where the way ends":           {before: []byte{0x41, 0, 0x04, 0x40, 0x41, 1, 0x21, 0, 0x0f, 0x0b}, names: all},
		"set where a trap is":              {before: []byte{0x41, 0, 0x04, 0x40, 0x41, 1, 0x21, 0, 0x00, 0x0b}, names: all},
		"set twice where the way ends":     {before: []byte{0x41, 0, 0x04, 0x40, 0x41, 1, 0x21, 0, 0x41, 1, 0x21, 0, 0x0f, 0x0b}, names: all},
		"set inside where the way ends":    {before: []byte{0x41, 0, 0x04, 0x40, 0x41, 0, 0x04, 0x40, 0x41, 1, 0x21, 0, 0x0b, 0x0f, 0x0b}, names: all + 1},
		"copied where the way ends":        {before: []byte{0x41, 1, 0x21, 1, 0x41, 0, 0x04, 0x40, 0x20, 0, 0x21, 1, 0x0f, 0x0b}, read: 1},
		"set on one way of two":            {before: []byte{0x41, 0, 0x04, 0x40, 0x41, 1, 0x21, 0, 0x05, 0x0b}, names: all + 1},
		"set on the other way":             {before: []byte{0x41, 0, 0x04, 0x40, 0x05, 0x41, 1, 0x21, 0, 0x0b}, names: all + 1},
		"set before ways part":             {before: []byte{0x02, 0x40, 0x41, 1, 0x21, 0, 0x41, 0, 0x0d, 0, 0x0b}, names: 1},
		"set where only one way leads":     {before: []byte{0x02, 0x40, 0x41, 1, 0x21, 0, 0x0b}},
		"set where the other way ends":     {before: []byte{0x41, 0, 0x04, 0x40, 0x05, 0x41, 1, 0x21, 0, 0x0f, 0x0b}, names: all},
		"in a loop":                        {before: []byte{0x03, 0x40}, after: []byte{0x0b}, names: 2}, // metering's look, and the loop
		"in a loop, behind a place":        {before: slices.Concat([]byte{0x03, 0x40}, meeting(1)), after: []byte{0x0b}, names: 3},
		"in a loop, a copy":                {before: []byte{0x03, 0x40, 0x20, 0, 0x21, 1}, after: []byte{0x0b}, read: 1, names: 2},
		"in three loops":                   {before: bytes.Repeat([]byte{0x03, 0x40}, 3), after: bytes.Repeat([]byte{0x0b}, 3), names: 4},
		"behind a loop":                    {before: []byte{0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b}, names: 1},
		"behind a loop of one turn":        {before: []byte{0x03, 0x40, 0x0b}, names: all + 2},
		"behind a loop where the way ends": {before: []byte{0x41, 0, 0x04, 0x40, 0x03, 0x40, 0x0b, 0x0f, 0x0b}, names: all + 2},
		"behind one way":                   {before: block(), names: all},
		"behind what metering adds": {before: slices.Concat([]byte{0x10, 0}, bytes.Repeat([]byte{0x41, 0, 0x28, 2, 0, 0x1a}, 4)),
			names: all + 1},
		"behind a fill of the memory": {before: []byte{0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0}, names: all + 2},
	} {
		const reads = 20_000
		read := bytes.Repeat([]byte{0x20, test.read, 0x1a}, reads)
		// Enough of them, of another variable, to be beyond those that come with code.
		enough := bytes.Repeat([]byte{0x20, 9, 0x1a}, 3*reads)
		// The first time brings it along to the places before, too.
		have := work(meeting(places), enough, test.before, read, read, test.after) - work(meeting(places), enough, test.before, read, test.after)
		want := reads * test.names / namesPerUnit
		if bytes.Contains(test.before, []byte{0x41, 0, 0x74}) {
			want += 2 * reads / 128 // shifts times uses
		}
		if have < want-1 || have > want+1 {
			t.Errorf("%s: have %d more units, want %d", name, have, want)
		}
	}
	get := bytes.Repeat([]byte{0x23, 0, 0x1a}, 20_000)
	for name, test := range map[string]struct {
		set   []byte
		names int
	}{"a variable in a global": {[]byte{0x20, 0, 0x24, 0}, all}, "a value of its own in a global": {[]byte{0x41, 0, 0x24, 0}, 0}} {
		have := work(meeting(places), bytes.Repeat([]byte{0x20, 9, 0x1a}, 60_000), test.set, get, get) - work(meeting(places), bytes.Repeat([]byte{0x20, 9, 0x1a}, 60_000), test.set, get)
		// Each read weighs a unit besides.
		if want := 20_000*test.names/namesPerUnit + 20_000*(1-32.0/namesPerUnit); float64(have) < float64(want)-100 || float64(have) > float64(want)+100 {
			t.Errorf("%s: have %d more units, want %v", name, have, want)
		}
	}
	if without, have := work(meeting(places)), work(meeting(places), bytes.Repeat([]byte{0x20, 0, 0x1a}, 1000)); have != without {
		t.Errorf("as many names as come with code: have %d units, want %d", have, without)
	}
	code := slices.Concat(meeting(places), bytes.Repeat([]byte{0x20, 0, 0x1a}, 100_000), []byte{0x41, 1, 0x21, 0})
	units := work(code)
	m := named(10, code...)
	m.Functions, m.Bodies = append(m.Functions, m.Functions[1]), append(m.Bodies, m.Bodies[1])
	if admitted, err := admission.Check(m.Bytes(), admission.Limits{}); err != nil || admitted.Work > 2*units || admitted.Work < 2*units-10 {
		t.Errorf("two functions: have %d units and %v, want twice %d", admitted.Work, err, units)
	}
	if refusal := check(t, named(10, code...), admission.Limits{TotalWork: units}); refusal != nil {
		t.Errorf("at the limit: %v", refusal)
	}
	if refusal := check(t, named(10, code...), admission.Limits{TotalWork: units - 1}); refusal == nil || refusal.Limit != admission.LimitTotalWork || refusal.Used != int64(units) {
		t.Errorf("one past the limit: %v", refusal)
	}
}

// What is handed to where ways meet has as many names: operands, variables that were set,
// and all of them to loops.
func TestNamesHandedOn(t *testing.T) {
	t.Parallel()
	const variables = 100
	enough := slices.Concat(meeting(places), bytes.Repeat([]byte{0x20, 0, 0x1a}, 100_000))
	work := func(code ...[]byte) int {
		admitted, err := admission.Check(named(variables, slices.Concat(code...)...).Bytes(), admission.Limits{LiveCells: 10_000_000, TotalWork: 1_000_000_000})
		if err != nil {
			t.Fatal(err)
		}
		return admitted.Work
	}
	const branches = 200
	block := func(typ byte, code []byte, value ...byte) []byte {
		return slices.Concat([]byte{0x02, typ}, bytes.Repeat(code, branches), value, []byte{0x0b})
	}
	// A branch may take what the widest label does, which makes it a unit.
	operand := []byte{0x02, 0x7f, 0x41, 0, 0x0b, 0x1a}
	have := work(enough, operand, block(0x7f, []byte{0x41, 0, 0x41, 0, 0x0d, 0, 0x1a}, 0x41, 0), []byte{0x1a}) -
		work(enough, operand, block(0x40, []byte{0x41, 0, 0x41, 0, 0x0d, 0, 0x1a}), []byte{0x41, 0, 0x1a})
	if want := (branches + 1) * places / namesPerUnit; have < want-3 || have > want+3 {
		t.Errorf("operands: have %d more units, want %d", have, want)
	}
	reads := func(branches, variables int) int {
		return work(enough, []byte{0x02, 0x40}, bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, branches), []byte{0x0b}, variablesRead(variables))
	}
	have = reads(2*branches, 10) - reads(branches, 10) - reads(2*branches, 0) + reads(branches, 0)
	if want := branches * 10 * places / namesPerUnit; have < want*15/16 || have > want*17/16 {
		t.Errorf("variables: have %d more units, want %d", have, want)
	}
	// Each branch hands on an operand, too, which lives over it.
	with := func(branches int) int {
		return work(enough, []byte{0x41, 0, 0x03, 1}, bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, branches), []byte{0x1a, 0x0b})
	}
	without := func(branches int) int {
		return work(enough, []byte{0x41, 0, 0x1a, 0x03, 0x40}, bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, branches), []byte{0x0b})
	}
	have = with(2*branches) - without(2*branches) - with(branches) + without(branches)
	if want := branches*places/namesPerUnit + branches; have < want*15/16 || have > want*9/8 { // a part of a round, too
		t.Errorf("parameters of loops: have %d more units, want some %d", have, want)
	}
}
