package prepared_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/prepared"
	. "github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// small has a start function, a global, a memory and data.
func small() []byte {
	return (&Module{Types: [][]byte{Func("", "")}, Functions: [][]byte{U32(0)}, Start: U32(0), Bodies: [][]byte{Body(nil)},
		Memories: [][]byte{{0, 1}}, Globals: [][]byte{{0x7f, 1, 0x41, 5, 0x0b}},
		Data: [][]byte{Join([]byte{0}, I32(7), []byte{0x0b}, Sized("data"))}}).Bytes()
}

func makeOf(t *testing.T, module []byte, s prepared.Settings) *prepared.Module {
	t.Helper()
	m, err := prepared.Make(module, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Make is the passes, one after the other.
func TestMake(t *testing.T) {
	t.Parallel()
	admitted, err := admission.Check(small(), admission.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	metered, frames, err := metering.Rewrite(admitted)
	if err != nil {
		t.Fatal(err)
	}
	plans := make(map[string]*snapshot.Plan)
	for name, code := range map[string][]byte{"metered": metered, "unmetered": small()} {
		if plans[name], err = snapshot.Prepare(code, metering.FuelName, metering.DepthName, metering.MarkName); err != nil {
			t.Fatal(err)
		}
	}
	if plans["anew"], err = snapshot.Anew(metered, "why"); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]prepared.Settings{"metered": {}, "unmetered": {Unmetered: true}, "anew": {Anew: "why"}} {
		want := &prepared.Module{Report: admitted.Report, Frames: frames, Plan: plans[name]}
		if s.Unmetered {
			want.Frames = 0
		}
		if have := makeOf(t, small(), s); !reflect.DeepEqual(have, want) {
			t.Errorf("%s: have %+v, want %+v", name, have, want)
		}
	}
	var refusal *admission.Refusal
	if _, err := prepared.Make(small(), prepared.Settings{Limits: admission.Limits{Bytes: len(small()) - 1}}); !errors.As(err, &refusal) || refusal.Limit != admission.LimitBytes {
		t.Errorf("have error %v", err)
	}
}

// An unmetered module has no names of functions, and all else that it had.
func TestNoNames(t *testing.T) {
	t.Parallel()
	customs := func(names ...string) []byte {
		m := &Module{Types: [][]byte{Func("", "")}}
		for _, name := range names {
			m.Customs = append(m.Customs, append(Sized(name), 1, 2, 3))
		}
		return m.Bytes()
	}
	s := prepared.Settings{Unmetered: true}
	if have, want := makeOf(t, customs("other", "name", "another", "name"), s), makeOf(t, customs("other", "another"), s); !bytes.Equal(have.Plan.Append(nil), want.Plan.Append(nil)) {
		t.Errorf("have the code %x, want %x", have.Plan.Append(nil), want.Plan.Append(nil))
	}
}

// vary calls do with each number and truth below v changed, one at a time.
func vary(t *testing.T, v reflect.Value, name string, do func(name string)) {
	t.Helper()
	switch was := reflect.ValueOf(v.Interface()); v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			vary(t, v.Field(i), name+"."+v.Type().Field(i).Name, do)
		}
		return
	case reflect.Int:
		v.SetInt(v.Int() + 1)
		defer v.Set(was)
	case reflect.Bool:
		v.SetBool(!v.Bool())
		defer v.Set(was)
	case reflect.String:
		v.SetString(v.String() + "x")
		defer v.Set(was)
	default:
		t.Fatalf("%s is a %v: teach this test, and what it tests, about it", name, v.Kind())
	}
	do(name)
}

// Every setting and the module are in the key.
func TestKey(t *testing.T) {
	t.Parallel()
	s := prepared.Settings{}
	seen := map[string]string{s.Key(small()): "nothing", s.Key(append(small(), 0)): "the module"}
	if len(seen) != 2 {
		t.Error("the module is not in the key")
	}
	vary(t, reflect.ValueOf(&s).Elem(), "Settings", func(name string) {
		key := s.Key(small())
		if other, there := seen[key]; there {
			t.Errorf("%s and %s have the same key", name, other)
		}
		seen[key] = name
	})
	if len(seen) < 30 || s.Key(small()) != (prepared.Settings{}).Key(small()) {
		t.Errorf("%d keys: this test looks at the wrong things", len(seen))
	}
}

// A module that was read is the one that was made, to the last number.
func TestRead(t *testing.T) {
	t.Parallel()
	m := makeOf(t, small(), prepared.Settings{})
	check := func(name string) {
		written := m.Bytes()
		have, err := prepared.Read(written)
		if err != nil || !reflect.DeepEqual(have, m) || !bytes.Equal(have.Bytes(), written) {
			t.Errorf("%s: have %+v and error %v, want %+v", name, have, err, m)
		}
	}
	check("as it is")
	varied := 0
	vary(t, reflect.ValueOf(&m.Report).Elem(), "Report", func(name string) {
		varied++
		check(name)
	})
	m.Frames += 1000
	check("Frames")
	if want := reflect.TypeFor[admission.Report]().NumField(); varied != want {
		t.Errorf("have %d numbers, want %d", varied, want)
	}
}

func TestReadIsStrict(t *testing.T) {
	t.Parallel()
	written := makeOf(t, small(), prepared.Settings{}).Bytes()
	for end := range written {
		if _, err := prepared.Read(written[:end]); err == nil {
			t.Fatalf("a module was read of its first %d bytes", end)
		}
	}
	if _, err := prepared.Read(append(written, 0)); err == nil {
		t.Error("a module was read with a byte behind it")
	}
	report := reflect.TypeFor[admission.Report]()
	for i := range report.NumField() {
		// One too large for a truth, and one that is negative.
		wrong := map[reflect.Kind]uint64{reflect.Bool: 2, reflect.Int: 1 << 63}[report.Field(i).Type.Kind()]
		changed := bytes.Clone(written)
		binary.LittleEndian.PutUint64(changed[8*i:], wrong)
		if m, err := prepared.Read(changed); err == nil {
			t.Errorf("%s is %d: have %+v", report.Field(i).Name, wrong, m.Report)
		}
	}
	changed := bytes.Clone(written)
	binary.LittleEndian.PutUint64(changed[8*report.NumField():], 1<<31)
	if m, err := prepared.Read(changed); err == nil {
		t.Errorf("have %d frames", m.Frames)
	}
}
