package admission_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// The wide limits are the defaults but for what is written here.
func TestWide(t *testing.T) {
	t.Parallel()
	want, err := admission.Limits{
		TotalBranchTargets: 1_280_000, TotalOperands: 7_200_000, TotalControl: 4_000_000, TotalLoops: 200_000, KeptCells: 8_000_000,
		LiveCells: 4_000_000, Moves: 1_600_000, TotalLiveCells: 80_000_000, Work: 1_600_000, TotalWork: 80_000_000,
	}.WithDefaults()
	if err != nil || admission.Wide() != want {
		t.Errorf("have %+v and error %v\nwant %+v", admission.Wide(), err, want)
	}
}

// A use is one of the wide limits alone from one past the default to the wide limit.
func TestOnlyWide(t *testing.T) {
	t.Parallel()
	for used, want := range map[int]bool{10: false, 11: true, 40: true, 41: false} {
		if u := (admission.Use{Used: used, Allowed: 10, Wide: 40}); u.OnlyWide() != want {
			t.Errorf("%+v: have %v", u, !want)
		}
	}
}

// TestUses has a module that has something of all that is limited, and sees every
// limit told, with what the module has of it and the default.
func TestUses(t *testing.T) {
	t.Parallel()
	m := complete()
	m.Types = append(m.Types, wasmtest.Func("\x7f\x7f\x7f\x7f\x7f", ""))
	m.Customs = append(m.Customs, append(wasmtest.Sized("custom"), make([]byte, 100)...))
	table := []byte{0x41, 0, 0x0e, 2, 0, 0, 0} // a br_table of three labels
	m.Bodies[0] = wasmtest.Body([][]byte{{2, 0x7f}}, slices.Concat([]byte{0x03, 0x40, 0x10, 0, 0x0b, 0x02, 0x40}, table, []byte{0x0b, 0x02, 0x40}, table, []byte{0x0b})...)
	admitted, err := admission.Check(m.Bytes(), admission.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := admission.Limits{}.WithDefaults()
	if err != nil {
		t.Fatal(err)
	}
	uses := make(map[string]admission.Use)
	for _, u := range admitted.Uses() {
		uses[u.Limit] = u
	}
	limits, wide := reflect.ValueOf(defaults), reflect.ValueOf(admission.Wide())
	for i := range limits.NumField() {
		name := limits.Type().Field(i).Name
		if limits.Field(i).Kind() != reflect.Int {
			continue // not one of number
		}
		if use, told := uses[name]; !told || use.Used == 0 || int64(use.Allowed) != limits.Field(i).Int() || int64(use.Wide) != wide.Field(i).Int() {
			t.Errorf("of %s it tells %+v (%v), want a use and %d allowed, or %d", name, use, told, limits.Field(i).Int(), wide.Field(i).Int())
		}
	}
	for limit, want := range map[string]int{admission.LimitParameters: 5, admission.LimitCustomBytes: 107, admission.LimitBranchTable: 3,
		admission.LimitBranchTargets: 6, admission.LimitTotalBranchTargets: 6, admission.LimitElementSegments: len(m.Elements)} {
		if uses[limit].Used != want {
			t.Errorf("have %d of %s, want %d", uses[limit].Used, limit, want)
		}
	}
}

// What a compiler carries along, and what it does for each function, counts.
func TestProducts(t *testing.T) {
	t.Parallel()
	cells := func(globals int, code ...byte) int {
		m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("", ""), wasmtest.Func("\x7f\x7f", "\x7f\x7f\x7f")}, Functions: [][]byte{{0}},
			Tables: [][]byte{{0x70, 1, 1, 1}}, Memories: [][]byte{{0, 1}}, Globals: repeated(globals, 0x7f, 1, 0x41, 0, 0x0b), Bodies: [][]byte{wasmtest.Body([][]byte{{3, 0x7f}}, code...)}}
		m.Globals = append(m.Globals, []byte{0x7f, 0, 0x41, 0, 0x0b})
		admitted, err := admission.Check(m.Bytes(), admission.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return admitted.MaxLiveCells
	}
	loads := func(n int) []byte { return bytes.Repeat([]byte{0x20, 0, 0x28, 2, 0, 0x1a}, n) }
	two := []byte{0x20, 0, 0x20, 0}
	for name, test := range map[string]struct {
		globals int
		code    []byte
		want    int
	}{
		"a block over operands":         {0, append(two, 0x02, 0x40, 0x0b), 3 + 2},
		"a loop over operands":          {0, append(two, 0x03, 0x40, 0x0b), 17 * (3 + 2)},
		"a fill, which takes three":     {0, append(two, 0x20, 0, 0xfc, 11, 0, 0x02, 0x40, 0x0b), 3*(3+3) + 3},
		"an if, and what it gives":      {0, append(two, 0x04, 0x7f, 0x20, 0, 0x05, 0x20, 0, 0x0b, 0x02, 0x40, 0x0b), (3 + 2) + (3 + 2)},
		"a block with parameters":       {0, append(two, 0x02, 1, 0x02, 0x40, 0x0b, 0x20, 0, 0x0b, 0x02, 0x40, 0x0b), 3*3 + 2 + 2 + 3},
		"behind a branch":               {0, append(two, 0x02, 0x40, 0x20, 0, 0x20, 0, 0x0c, 0, 0x02, 0x40, 0x0b, 0x0b, 0x02, 0x40, 0x0b), 4*3 + 2 + 4 + 2 + 2},
		"what a call takes and gives":   {0, append(two, 0x20, 0, 0x11, 1, 0, 0x02, 0x40, 0x0b), 3 + 3 + 3 + 3},
		"no globals that change":        {0, []byte{0x10, 0}, 0},
		"a function":                    {5, nil, 2 * 5},
		"calls":                         {5, []byte{0x10, 0, 0x10, 0}, 3 + 6*5},
		"a loop":                        {5, []byte{0x03, 0x40, 0x0b}, 17*3 + 3*5},
		"a fill":                        {5, []byte{0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0}, 3*6 + 5*5},
		"a call and much behind it":     {5, append([]byte{0x10, 0}, bytes.Repeat([]byte{0x20, 0, 0x45, 0x1a}, 1000)...), 3 + 1 + (2+2+1)*5},
		"a block behind loads":          {0, slices.Concat(loads(8), []byte{0x02, 0x40, 0x0b}), 3 + 4},
		"a block behind loads in an if": {0, slices.Concat([]byte{0x20, 0, 0x04, 0x40}, loads(8), []byte{0x0b, 0x02, 0x40, 0x0b}), 4 + 3},
		"a block behind two ways":       {0, slices.Concat([]byte{0x20, 0, 0x04, 0x40}, loads(8), []byte{0x05}, loads(4), []byte{0x0b, 0x02, 0x40, 0x0b}), 4 + 3 + 2},
		"a block behind a way past":     {0, slices.Concat([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0}, loads(8), []byte{0x0b, 0x02, 0x40, 0x0b}), 3 + 4 + 3},
		"a block behind a branch":       {0, slices.Concat([]byte{0x02, 0x40}, loads(8), []byte{0x0c, 0}, loads(8), []byte{0x0b, 0x02, 0x40, 0x0b}), 3 + (3 + 4) + (3 + 4)},
		"much, and no call":             {5, bytes.Repeat([]byte{0x20, 0, 0x45, 0x1a}, 1000), (2 + 1) * 5},
	} {
		if have := cells(test.globals, test.code...); have != test.want {
			t.Errorf("%s: have %d live cells, want %d", name, have, test.want)
		}
	}
}

// Each function goes through all globals and types.
func TestDeclared(t *testing.T) {
	t.Parallel()
	m := &wasmtest.Module{Types: repeated(32*70, 0x60, 0, 0), Functions: repeated(10, 0), Globals: repeated(32*30, 0x7f, 0, 0x41, 0, 0x0b),
		Bodies: repeated(10, wasmtest.Body(nil)...)}
	if refusal := check(t, m, admission.Limits{TotalWork: 1000}); refusal != nil {
		t.Errorf("at the limit: %v", refusal)
	}
	if refusal := check(t, m, admission.Limits{TotalWork: 999}); refusal == nil || refusal.Limit != admission.LimitTotalWork || refusal.Used != 1000 {
		t.Errorf("one past the limit: %v", refusal)
	}
}

func repeated(n int, item ...byte) [][]byte { return slices.Repeat([][]byte{item}, n) }
