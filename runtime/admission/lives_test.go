package admission_test

import (
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// cellsOf are the live cells of code in a function of so many variables, beside two globals
// that cannot change and one that can.
func cellsOf(t *testing.T, variables uint32, code ...[]byte) int {
	t.Helper()
	m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("", "")}, Functions: [][]byte{{0}}, Globals: [][]byte{{0x7f, 0, 0x41, 0, 0x0b}, {0x7f, 0, 0x41, 0, 0x0b}, {0x7f, 1, 0x41, 0, 0x0b}},
		Bodies: [][]byte{wasmtest.Body([][]byte{append(wasmtest.U32(variables), 0x7f)}, slices.Concat(code...)...)}}
	admitted, err := admission.Check(m.Bytes(), admission.Limits{LiveCells: 100_000_000})
	if err != nil {
		t.Fatal(err)
	}
	return admitted.MaxLiveCells
}

// What lives where a loop begins lives behind it, as far as all code there has passed the
// loop; globals that cannot change live from where they are read.
func TestLives(t *testing.T) {
	t.Parallel()
	const variables = 4
	over := func(operands int, code ...byte) []byte {
		return slices.Concat(slices.Repeat([]byte{0x41, 0}, operands), code, slices.Repeat([]byte{0x1a}, operands))
	}
	loop := []byte{0x03, 0x40, 0x0b}
	set := []byte{0x41, 0, 0x21, 0, 0x41, 0, 0x21, 1, 0x41, 0, 0x21, 2, 0x41, 0, 0x22, 3, 0x1a}
	arms := func(one, other []byte) []byte {
		return slices.Concat([]byte{0x41, 0, 0x04, 0x40}, one, []byte{0x05}, other, []byte{0x0b})
	}
	for name, test := range map[string]struct {
		code []byte
		want int // beyond the variables
	}{
		"nothing":                       {nil, 0},
		"operands over a loop":          {over(8, loop...), 2},
		"and over another":              {slices.Concat(over(8, loop...), over(12, loop...)), 5},
		"variables that are set":        {slices.Concat(set, loop), 1},
		"variables that are set before": {slices.Concat(set, loop, loop, loop), 1},
		"variables that are set again":  {slices.Concat(set, loop, set, loop), 2},
		"one that is set often":         {slices.Concat(slices.Repeat([]byte{0x41, 0, 0x21, 0}, 12), loop, set[4:12], loop), 0},
		"a loop in a loop":              {over(8, 0x03, 0x40, 0x03, 0x40, 0x0b, 0x0b), 4},
		"a loop in a block":             {over(8, 0x02, 0x40, 0x03, 0x40, 0x0b, 0x0b), 2},
		"a loop that is left":           {over(8, 0x02, 0x40, 0x03, 0x40, 0x0c, 1, 0x0b, 0x0b), 2},
		"a way past a loop":             {slices.Concat([]byte{0x02, 0x40, 0x41, 0, 0x0d, 0}, over(8, loop...), []byte{0x0b}), 0},
		"a way past one of two":         {slices.Concat([]byte{0x02, 0x40}, over(8, loop...), []byte{0x41, 0, 0x0d, 0}, over(8, loop...), []byte{0x0b}), 2},
		"a loop in an arm":              {slices.Concat([]byte{0x41, 0, 0x04, 0x40}, over(8, loop...), []byte{0x0b}), 0},
		"the other arm":                 {arms(over(8, loop...), nil), 0},
		"loops in both arms":            {arms(over(12, loop...), over(8, loop...)), 2},
		"the only arm that goes on":     {arms([]byte{0x00}, over(8, loop...)), 2},
		"a global":                      {[]byte{0x23, 0, 0x1a}, 1},
		"a global twice":                {[]byte{0x23, 0, 0x1a, 0x23, 0, 0x1a}, 1},
		"two globals":                   {[]byte{0x23, 0, 0x1a, 0x23, 1, 0x1a}, 2},
	} {
		behind := []byte{0x02, 0x40, 0x0b}
		// The mutable global is read anew for a block.
		have := cellsOf(t, variables, test.code, behind) - cellsOf(t, variables, test.code)
		if want := variables + 1 + test.want; have != want {
			t.Errorf("%s: have %d cells at a block, want %d", name, have, want)
		}
	}
	if have, want := cellsOf(t, variables, []byte{0x23, 2, 0x1a}, []byte{0x02, 0x40, 0x0b}), cellsOf(t, variables, []byte{0x02, 0x40, 0x0b}); have != want {
		t.Errorf("a global that can change: have %d cells, want %d", have, want)
	}
}

// Behind a block in which so many variables may have changed metering looks.
func TestLooksBehindBlocks(t *testing.T) {
	t.Parallel()
	const enough = 4096/4 + 12
	changes := func(n int, blocks int) []byte {
		var code []byte
		for i := range n {
			code = wasmtest.Join(code, []byte{0x41, 0, 0x21}, wasmtest.U32(uint32(i)))
		}
		return slices.Concat(slices.Repeat([]byte{0x02, 0x40}, blocks), code, slices.Repeat([]byte{0x0b}, blocks))
	}
	for name, test := range map[string]struct {
		changes, blocks int
		want            int
	}{
		"none":                     {0, 1, 0},
		"one less":                 {enough - 1, 1, 0},
		"as many":                  {enough, 1, 1},
		"in blocks in one another": {enough, 3, 3},
		"half as many in two":      {4096/8 + 12, 2, 1},
		"half as many in three":    {4096/8 + 12, 3, 1},
	} {
		const variables = 1100
		have := cellsOf(t, variables, changes(test.changes, test.blocks)) - cellsOf(t, variables)
		// Each block counts what lives and the global that can change once, and that global
		// is read anew after much that lives.
		lives := (test.blocks + test.want) * variables
		if want := lives + test.blocks + lives/4096; have != want {
			t.Errorf("%s: have %d cells, want %d", name, have, want)
		}
	}
}
