package admission_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// What the engine goes back to find values, and through shifts by nothing, is work: of code
// beside the same without it, at the limit and one past it.
func TestFinding(t *testing.T) {
	t.Parallel()
	module := func(code []byte) *wasmtest.Module {
		return &wasmtest.Module{Types: [][]byte{wasmtest.Func("", "")}, Functions: [][]byte{{0}}, Memories: [][]byte{{0, 1}}, Globals: [][]byte{{0x7f, 0, 0x41, 0, 0x0b}},
			Bodies: [][]byte{wasmtest.Body([][]byte{{10, 0x7f}}, code...)}}
	}
	work := func(code []byte) int {
		admitted, err := admission.Check(module(code).Bytes(), admission.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return admitted.Work
	}
	block := func(code ...[]byte) []byte {
		return slices.Concat([]byte{0x02, 0x40}, slices.Concat(code...), []byte{0x0b})
	}
	// chain makes n blocks with one way in each, in a block of its own.
	chain := func(n int) []byte { return bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, n) }
	const reads = 80
	get := bytes.Repeat([]byte{0x20, 0, 0x1a}, reads)
	load := bytes.Repeat([]byte{0x41, 0, 0x28, 2, 0, 0x1a}, reads)
	for name, test := range map[string]struct {
		code  []byte
		reads []byte
		want  int // steps of the reads
	}{
		"variables":                  {chain(40), get, reads * (40 - 16)},
		"a global":                   {chain(40), bytes.Repeat([]byte{0x23, 0, 0x1a}, reads), reads * (40 - 16)},
		"loads":                      {chain(40), load, 2 * reads * (40 - 16)},
		"the size of the memory":     {chain(40), bytes.Repeat([]byte{0x3f, 0, 0x1a}, reads), 2 * reads * (40 - 16)},
		"as far as is free":          {chain(16), get, 0},
		"one further":                {chain(17), get, reads},
		"what sets goes nowhere":     {chain(40), bytes.Repeat([]byte{0x41, 0, 0x21, 0}, reads), 0},
		"behind a block of one way":  {slices.Concat(chain(40), []byte{0x02, 0x40, 0x0b}), get, reads * (41 - 16)},
		"behind two ways":            {slices.Concat(chain(40), []byte{0x02, 0x40, 0x41, 0, 0x0d, 0, 0x0b}), get, 0},
		"behind a loop":              {slices.Concat(chain(40), []byte{0x03, 0x40, 0x0b}), get, reads * (42 - 16)},
		"behind a loop that loops":   {slices.Concat(chain(40), []byte{0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b}), get, 0},
		"behind an if":               {slices.Concat(chain(40), []byte{0x41, 0, 0x04, 0x40, 0x0b}), get, 0},
		"behind an if of one way":    {slices.Concat(chain(40), []byte{0x41, 0, 0x04, 0x40, 0x0f, 0x0b}), get, reads * (42 - 16)},
		"behind an else of one way":  {slices.Concat(chain(40), []byte{0x41, 0, 0x04, 0x40, 0x0f, 0x05, 0x0b}), get, reads * (42 - 16)},
		"behind an end out of reach": {slices.Concat(chain(40), []byte{0x02, 0x40, 0x41, 0, 0x0d, 0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b}), get, reads * (41 - 16)},
		"behind a br_table":          {slices.Concat(chain(40), []byte{0x02, 0x40, 0x41, 0, 0x0e, 1, 0, 0, 0x0b}), get, 0},
		"out of reach":               {slices.Concat(chain(40), []byte{0x00}), get, 0},
	} {
		all := work(block(test.code, test.reads))
		// What else there is to the two counts when they stand alone.
		extra := all - work(block(test.code)) - work(block(test.reads)) + work(block())
		if want := test.want / 16; extra < want-1 || extra > want+1 {
			t.Errorf("%s: have %d more units, want %d", name, extra, want)
		}
		if refusal := check(t, module(block(test.code, test.reads)), admission.Limits{TotalWork: all}); refusal != nil {
			t.Errorf("%s: at the limit: %v", name, refusal)
		}
		if refusal := check(t, module(block(test.code, test.reads)), admission.Limits{TotalWork: all - 1}); refusal == nil || refusal.Limit != admission.LimitTotalWork || refusal.Used != int64(all) {
			t.Errorf("%s: one past the limit: %v", name, refusal)
		}
	}
	// Where ways meet, ten variables and the fuel are looked for on each: 24 branches, up to 23 blocks
	// further than is free, and the end of the block.
	some := work(block(chain(40)))
	none := work(block(chain(16)))
	// The branches weigh 5 each, half of their live cells, of which there are 532 and 203, and
	// a part of the branches to the same place before.
	if steps := 11*(24*23/2) + 11*24; some-none != steps/16+24*5+532/2-203/2+40*39/2/64-16*15/2/64 {
		t.Errorf("ways that meet: have %d more units, want %d", some-none, steps/16+24*5+532/2-203/2+40*39/2/64-16*15/2/64)
	}
}

// Shifts by what may be nothing are work for all that may use them.
func TestShifts(t *testing.T) {
	t.Parallel()
	work := func(limit int, shift ...byte) (more int, refusal *admission.Refusal) {
		code := slices.Concat([]byte{0x20, 0}, bytes.Repeat(shift, 100), []byte{0x1a}, bytes.Repeat([]byte{0x20, 0, 0x1a}, 1000))
		m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("\x7e", "")}, Functions: [][]byte{{0}}, Bodies: [][]byte{wasmtest.Body(nil, code...)}}
		admitted, err := admission.Check(m.Bytes(), admission.Limits{TotalWork: limit})
		if err != nil {
			return 0, err.(*admission.Refusal)
		}
		return admitted.Work - admitted.MaxWork, nil
	}
	for name, test := range map[string]struct {
		shift   []byte
		nothing bool
	}{
		"i32.shl by 0":        {[]byte{0x41, 0, 0x74}, true},
		"i32.shr_s by 32":     {[]byte{0x41, 32, 0x75}, true},
		"i32.shr_u by -32":    {[]byte{0x41, 0x60, 0x76}, true},
		"i32.shl by 33":       {[]byte{0x41, 33, 0x74}, false},
		"i64.shl by 0":        {[]byte{0x42, 0, 0x86}, true},
		"i64.shr_s by 64":     {[]byte{0x42, 0xc0, 0, 0x87}, true},
		"i64.shr_u by -64":    {[]byte{0x42, 0x40, 0x88}, true},
		"i64.shr_u by 32":     {[]byte{0x42, 32, 0x88}, false},
		"by a variable":       {[]byte{0x20, 0, 0x86}, true},
		"by what is computed": {[]byte{0x42, 1, 0x79, 0x86}, true},
		"rotation":            {[]byte{0x42, 0, 0x89}, false},
	} {
		instructions := 2
		if name == "by what is computed" {
			instructions = 3
		}
		want := 0
		if test.nothing {
			want = 100 * (2 + instructions*100 + 2*1000 + 1) / 128
		}
		have, refusal := work(20_000_000, test.shift...)
		if refusal != nil || have != want {
			t.Errorf("%s: have %d more units and %v, want %d", name, have, refusal, want)
		}
	}
	full, _ := work(20_000_000, 0x41, 0, 0x74)
	full += 100 * (1 + 3)
	if _, refusal := work(full, 0x41, 0, 0x74); refusal != nil {
		t.Errorf("at the limit: %v", refusal)
	}
	if _, refusal := work(full-1, 0x41, 0, 0x74); refusal == nil || refusal.Limit != admission.LimitTotalWork || refusal.Used != int64(full) {
		t.Errorf("one past the limit: %v", refusal)
	}
}
