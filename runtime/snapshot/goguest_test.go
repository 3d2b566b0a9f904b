package snapshot_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// restPackage is a typical connector in Go.
const restPackage = "github.com/ecmabox/ecmabox/connectors-wasm/rest/module"

// connector builds a connector in Go, and meters it.
func connector(t testing.TB, pkg string) []byte {
	t.Helper()
	return metered(t, must(wasmbuild.Build(t.Context(), pkg))(t))
}

func metered(t testing.TB, module []byte) []byte {
	t.Helper()
	metered, _, err := metering.Rewrite(must(admission.Check(module, admission.Limits{}))(t))
	return must(metered, err)(t)
}

// firstAnswer asks a connector a first question, as the runtime does, and returns its
// answer.
func firstAnswer(t testing.TB, l *lease) string {
	t.Helper()
	var w wire.Writer
	abi.Encode(&w, &abi.ConfigParametersRunStep{Page: abi.PageConnectivity})
	l.ask(t, abi.ExportMarker, abi.Features)
	at := l.ask(t, abi.ExportBuffer, 4<<10)
	if !l.Memory().Write(uint32(at), w.Bytes()) {
		t.Fatal("the buffer lies outside the memory")
	}
	answer, ok := l.Memory().Read(abi.UnpackPointer(l.ask(t, "GetConfigParameters", uint64(w.Len()))))
	if !ok {
		t.Fatal("the answer lies outside the memory")
	}
	return string(answer)
}

// A connector in Go answers from a lease as it does without a snapshot, and leaves
// the very same memory; its fuel and depth begin anew. The instance without a
// snapshot is interpreted: compiling it too would double the time of this test.
func TestGoConnector(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a connector in Go")
	}
	t.Parallel()
	w := newWorld(t)
	module := connector(t, restPackage)
	plain := newWorldOf(t, wazero.NewRuntimeConfigInterpreter()).plain(t, module)
	want, memory := firstAnswer(t, plain), plain.digest()
	if !strings.Contains(want, `"recipe"`) {
		t.Fatalf("have the answer %s: it is none", want)
	}
	p := w.prepare(t, module)
	if p.plan.Obstacle != "" {
		t.Fatal(p.plan.Obstacle)
	}
	image := p.snapshot(t)
	for _, by := range ways {
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				l, err := p.tryLease(image, by)
				if err != nil {
					t.Error(err)
					return
				}
				defer l.end()
				if fuel := l.ExportedGlobal(metering.FuelName).Get(); fuel != 0 {
					t.Errorf("%s: the lease begins with fuel %d", by.name, fuel)
				}
				if have := firstAnswer(t, l); have != want {
					t.Errorf("%s: have %s, want %s", by.name, have, want)
				}
				if l.digest() != memory {
					t.Errorf("%s: the memory is another", by.name)
				}
				if depth := l.ExportedGlobal(metering.DepthName).Get(); depth != granted {
					t.Errorf("%s: have the depth %d afterwards", by.name, depth)
				}
			})
		}
		all.Wait()
	}
}
