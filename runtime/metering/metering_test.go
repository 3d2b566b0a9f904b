package metering_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// meter admits a module and rewrites it.
func meter(module []byte) ([]byte, error) { return meterWithin(module, admission.Limits{}) }

func meterWithin(module []byte, limits admission.Limits) ([]byte, error) {
	admitted, err := admission.Check(module, limits)
	if err != nil {
		return nil, err
	}
	metered, _, err := metering.Rewrite(admitted)
	return metered, err
}

func rewrite(t testing.TB, module []byte) []byte {
	t.Helper()
	metered, err := meter(module)
	if err != nil {
		t.Fatal(err)
	}
	return metered
}

// rewriteWide is rewrite for what wider limits than the default ones admit.
func rewriteWide(t testing.TB, module []byte, wide admission.Limits) []byte {
	t.Helper()
	admitted, err := admission.Check(module, wide)
	if err != nil {
		t.Fatal(err)
	}
	metered, _, err := metering.Rewrite(admitted)
	if err != nil {
		t.Fatal(err)
	}
	return metered
}

// What every fixture that is admitted is rewritten to is valid if it was, but for its
// custom sections, and only then.
func TestFixturesAreValid(t *testing.T) {
	t.Parallel()
	rewritten, hostile := 0, 0
	for _, name := range fixtures(t) {
		module := readFile(t, name)
		metered, err := meter(module)
		if err != nil {
			if refusal := (*admission.Refusal)(nil); !errors.As(err, &refusal) {
				t.Errorf("%s: have error %v, want a refusal", name, err)
			}
			continue
		}
		rewritten++
		if filepath.Base(filepath.Dir(name)) == "hostile" {
			hostile++
		}
		if before, after := wasmtest.Invalid(t, wasmtest.WithoutCustom(module)), wasmtest.Invalid(t, metered); (before == "") != (after == "") {
			t.Errorf("%s: wabt says %q of the module, and %q of what it is rewritten to", name, before, after)
		}
	}
	t.Logf("%d fixtures were rewritten, %d of them hostile", rewritten, hostile)
	if rewritten < 220 || hostile < 120 {
		t.Errorf("%d fixtures were rewritten, %d of them hostile, want the most of them", rewritten, hostile)
	}
}

// Connectors in Go and in C, as their compilers make them, stay valid and load.
func TestConnectorsAreValid(t *testing.T) {
	if testing.Short() {
		t.Skip("builds connectors")
	}
	t.Parallel()
	const root = "github.com/ecmabox/ecmabox/"
	modules := map[string][]byte{"abi/c": buildC(t, ""), "abi/c with SIMD": buildC(t, "-O3 -msimd128 -fno-builtin"),
		"abi/c with several results": buildC(t, "-O3 -mmultivalue -mreference-types -Xclang -target-abi -Xclang experimental-mv")}
	for _, pkg := range []string{"connectors-wasm/minimal", "connectors-wasm/directory/module", "connectors-wasm/rabbitmq/module",
		"connectors-wasm/rest/module", "connectors-wasm/vectors", "runtime/testdata/askguest", "runtime/testdata/canaryguest",
		"runtime/testdata/connector", "runtime/testdata/everything", "runtime/testdata/pageguest", "runtime/metering/testdata/benchguest"} {
		module, err := wasmbuild.Build(t.Context(), root+pkg)
		if err != nil {
			t.Fatal(err)
		}
		modules[pkg] = module
	}
	for name, module := range modules {
		if len(module) == 0 {
			continue
		}
		// Go with most of its library is for a process of its own to compile.
		wide := admission.Limits{TotalWork: 40_000_000}
		metered := rewriteWide(t, module, wide)
		if !bytes.Equal(metered, rewriteWide(t, module, wide)) {
			t.Errorf("%s: two rewritings differ", name)
		}
		validate(t, metered)
		t.Logf("%s: %d bytes, %d metered", name, len(module), len(metered))
	}
}

// buildC builds the test connector in C with further options, and returns nil
// without a compiler.
func buildC(t *testing.T, options string) []byte {
	t.Helper()
	module, err := clang{"../../abi/c/vectors/*.c", options}.Build(t.Context())
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
		t.Log("NOT CHECKED: the connector in C:", err)
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// A guest in Go computes the same metered, and uses the same fuel twice.
func TestGoGuest(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a guest in Go")
	}
	t.Parallel()
	guest, err := wasmbuild.Build(t.Context(), "github.com/ecmabox/ecmabox/runtime/metering/testdata/benchguest")
	if err != nil {
		t.Fatal(err)
	}
	metered := rewrite(t, guest)
	plain, first, second := newEngine(t, guest, false), newEngine(t, metered, false), newEngine(t, metered, false)
	second.slice = 7_777
	for _, work := range works {
		if work.guest != "go" {
			continue
		}
		turns := min(work.turns, 1000)
		want, err := plain.call(t.Context(), work.export, turns)
		if err != nil {
			t.Fatal(err)
		}
		before := first.used()
		have, err := first.call(t.Context(), work.export, turns)
		if err != nil || have[0] != want[0] {
			t.Errorf("%s: have %v and error %v metered, want %v", work.export, have, err, want)
		}
		if _, err := second.call(t.Context(), work.export, turns); err != nil {
			t.Error(err)
		}
		t.Logf("%s: %d units", work.export, first.used()-before)
	}
	if d := int64(first.depth.Get()); d != frames {
		t.Errorf("have a depth of %d after the calls, want %d", d, frames)
	}
	if first.used() == 0 || first.used() != second.used() || first.callouts*50 > second.callouts {
		t.Errorf("have %d and %d units, %d and %d callouts", first.used(), second.used(), first.callouts, second.callouts)
	}
}
