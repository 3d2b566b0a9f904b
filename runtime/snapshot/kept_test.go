package snapshot_test

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	. "github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// A plan that was read is the plan that was written.
func TestReadPlan(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]*snapshot.Plan{
		"everything":     must(snapshot.Prepare(machine().Bytes(), "visible"))(t),
		"nothing":        must(snapshot.Prepare((&Module{}).Bytes()))(t),
		"an obstacle":    must(snapshot.Anew(machine().Bytes(), "none today"))(t),
		"a whole memory": must(snapshot.Prepare((&Module{Memories: [][]byte{{0, 0}}}).Bytes()))(t),
	} {
		written := plan.Append([]byte("before"))[len("before"):]
		have, err := snapshot.ReadPlan(written)
		if err != nil || !reflect.DeepEqual(have, plan) {
			t.Errorf("%s: have %+v and error %v, want %+v", name, have, err, plan)
		}
		if again := have.Append(nil); !bytes.Equal(again, written) {
			t.Errorf("%s: have %x, want %x", name, again, written)
		}
	}
}

// A plan has one form: whatever can be read is written alike.
func TestReadPlanIsStrict(t *testing.T) {
	t.Parallel()
	plan := must(snapshot.Prepare(machine().Bytes()))(t)
	written := plan.Append(nil)
	for end := range written {
		if _, err := snapshot.ReadPlan(written[:end]); err == nil {
			t.Fatalf("a plan was read of its first %d bytes", end)
		}
	}
	if _, err := snapshot.ReadPlan(append(slices.Clip(written), 0)); err == nil {
		t.Error("a plan was read with a byte behind it")
	}
	refused := 0
	for at := range written {
		for _, bit := range []byte{1, 0x80} {
			changed := bytes.Clone(written)
			changed[at] ^= bit
			if p, err := snapshot.ReadPlan(changed); err != nil {
				refused++
			} else if !bytes.Equal(p.Append(nil), changed) {
				t.Fatalf("bit %#x of byte %d: the plan that was read is written otherwise", bit, at)
			}
		}
	}
	if refused < len(plan.Start) {
		t.Errorf("%d changes were refused: this test looks at the wrong things", refused)
	}
}

// No length or number of items has memory taken that is not there.
func TestReadPlanOfHugeNumbers(t *testing.T) {
	t.Parallel()
	number := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
	empty := bytes.Repeat(number(0), 7)
	if _, err := snapshot.ReadPlan(empty); err != nil {
		t.Fatal("the empty plan:", err)
	}
	for i, name := range []string{"start", "obstacle", "", "", "globals", "segments", "module"} {
		if name == "" { // bounds of the memory, which may be anything
			continue
		}
		for _, n := range []uint64{1, 1 << 32, 1 << 61, 1<<63 - 1, 1<<64 - 1} {
			b := bytes.Clone(empty)
			copy(b[8*i:], number(n))
			if have, err := snapshot.ReadPlan(b); err == nil {
				t.Errorf("%s of %d: have %+v", name, n, have)
			}
		}
	}
	for i, name := range []string{"index", "offset"} {
		for n, fails := range map[uint64]bool{1<<32 - 1: false, 1 << 32: true} {
			segment := [][]byte{number(0), number(0), number(0)}
			segment[i] = number(n)
			b := slices.Concat(empty[:8*5], number(1), segment[0], segment[1], segment[2], number(0))
			if _, err := snapshot.ReadPlan(b); (err != nil) != fails {
				t.Errorf("%s %d: have error %v", name, n, err)
			}
		}
	}
}
