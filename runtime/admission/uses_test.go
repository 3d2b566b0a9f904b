package admission_test

import (
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
		TotalBranchTargets: 1_600_000, TotalOperands: 7_200_000, TotalControl: 4_000_000, TotalLoops: 200_000,
		LiveCells: 4_000_000, TotalLiveCells: 80_000_000, Work: 1_600_000, TotalWork: 80_000_000,
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
