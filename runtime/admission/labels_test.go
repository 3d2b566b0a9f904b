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
