package runtime_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// A module may export something under the empty name. It is nothing to the host, whether
// the module has a start section, which runs once, or none.
func TestEmptyExportName(t *testing.T) {
	t.Parallel()
	started := with(func(m *wasmtest.Module) {
		addFunction(m, typeNothing, nil, marks(60_000)...) // traps when it runs again
		addFunction(m, typeNothing, nil, 0x00)
		m.Start = wasmtest.U32(firstFunction)
		m.Exports = append(m.Exports, wasmtest.Export("", 0, firstFunction+1))
	})
	marked := with(func(m *wasmtest.Module) {
		addFunction(m, typeNothing, nil, marks(60_000)...)
		addFunction(m, typePage, nil, wasmtest.Join(marks(60_000), wellAnswer)...)
		setPage(m, firstFunction+1)
		m.Exports = append(m.Exports, wasmtest.Export("", 0, firstFunction))
	})
	global := with(func(m *wasmtest.Module) {
		m.Globals = mutableGlobals(1)
		m.Exports = append(m.Exports, wasmtest.Export("", 3, 0))
	})
	for name, made := range map[string]func() []byte{
		"() that traps":           exportsEmptyName(typeNothing, 0x00),
		"() that leaves a mark":   marked,
		"(i32) that traps":        exportsEmptyName(typePage, 0x00),
		"(i32) that answers well": exportsEmptyName(typePage, wellAnswer...),
		"() beside a start":       started,
		"a global":                global,
	} {
		module := made()
		if _, err := runtime.Inspect(module); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, anew := range []bool{false, true} {
			rt := newRuntime(t, runtime.Config{StartAnew: anew})
			c, err := rt.Load(t.Context(), module, &fakeHosts{}, contract.Promise{})
			if err != nil {
				t.Errorf("%s, anew %t: %v", name, anew, err)
				continue
			}
			for range 2 {
				s := openImport(t, runtime.Raw(c), nil)
				page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
				if err != nil || len(page.Entries) != 1 {
					t.Errorf("%s, anew %t: it answers %v and %v", name, anew, page, err)
				}
				s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
			}
		}
	}
}

// An engine knows an export with an empty name from none, and what it is handed too little
// for.
func TestCallOfEmptyName(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		module func() []byte
		ends   bool
	}{
		"()":    {exportsEmptyName(typeNothing), true},
		"(i32)": {exportsEmptyName(typePage, wellAnswer...), false},
		"none":  {withCode(), false},
	} {
		c, err := newRuntime(t, runtime.Config{}).Load(t.Context(), test.module(), &fakeHosts{}, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		i, err := runtime.StartInstance(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := i.CallFirst(""); (err == nil) != test.ends {
			t.Errorf("%s: have error %v", name, err)
		}
		if err := i.End(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
