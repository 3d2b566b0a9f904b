package metering_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// namesOf meters a module of functions with names, and returns the names that are left
// by the functions' numbers in the result.
func namesOf(t *testing.T, names ...string) (left map[uint32]string, metered []byte) {
	t.Helper()
	m := &wasmtest.Module{Types: [][]byte{wasmtest.Func("", "")}}
	var entries [][]byte
	for i, name := range names {
		m.Functions, m.Bodies = append(m.Functions, wasmtest.U32(0)), append(m.Bodies, wasmtest.Body(nil))
		entries = append(entries, wasmtest.Join(wasmtest.U32(uint32(i)), wasmtest.Sized(name)))
	}
	all := wasmtest.Vector(entries...)
	moduleName := wasmtest.Sized("module")
	m.Customs = [][]byte{wasmtest.Join(wasmtest.Sized("name"), []byte{0}, wasmtest.U32(uint32(len(moduleName))), moduleName, []byte{1}, wasmtest.U32(uint32(len(all))), all)}
	metered = rewrite(t, m.Bytes())
	if bytes.Contains(metered, moduleName) {
		t.Error("the module's name is kept")
	}
	left = make(map[uint32]string)
	wasmcode.Sections(metered, func(s wasmcode.Section) {
		if s.ID != wasmcode.SectionCustom {
			return
		}
		r := wasmcode.NewReader(metered, s.From, s.To)
		r.Name()
		r.Byte()
		r.U32()
		for range r.Vector() {
			left[r.U32()] = string(r.Name())
		}
	})
	return left, metered
}

// Names of functions are kept up to a length, and cut between two characters behind
// it.
func TestNames(t *testing.T) {
	t.Parallel()
	x := strings.Repeat("x", metering.NameBytes-1)
	left, metered := namesOf(t, "", x+"y", x+"yz", x+"ü", x[1:]+"ü", x+"\U0001f600", x[2:]+"\U0001f600")
	validate(t, metered)
	for i, want := range []string{"", x + "y", x + "y", x, x[1:] + "ü", x, x[2:]} {
		if have, there := left[uint32(i+1)]; !there || have != want {
			t.Errorf("name %d is %q, want %q", i, have, want)
		}
	}
}

// All names together are bounded; many short ones are not in the way of that.
func TestNamesTogether(t *testing.T) {
	t.Parallel()
	const functions = 40_000
	count := func(bytes int) int {
		names := make([]string, functions)
		for i := range names {
			names[i] = strings.Repeat("x", bytes)
		}
		left, _ := namesOf(t, names...)
		return len(left)
	}
	if have := count(60); have != functions {
		t.Errorf("%d names of 60 bytes are left of %d", have, functions)
	}
	if have := count(metering.NameBytes); have*metering.NameBytes > metering.NamesBytes || (have+1)*(metering.NameBytes+5) < metering.NamesBytes {
		t.Errorf("%d names of %d bytes are left", have, metering.NameBytes)
	}
}

// Names that are not UTF-8 are left out: the engine would refuse the module for one.
func TestNamesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	left, metered := namesOf(t, "a", "\xff\xfe", strings.Repeat("x", metering.NameBytes)+"\xff", "b")
	if want := map[uint32]string{1: "a", 4: "b"}; !maps.Equal(left, want) {
		t.Errorf("%v are left, want %v", left, want)
	}
	rt := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer rt.Close(t.Context())
	if _, err := rt.CompileModule(t.Context(), metered); err != nil {
		t.Error("the engine refuses the module:", err)
	}
}
