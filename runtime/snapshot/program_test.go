package snapshot_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// withNumbers returns a program of wasmtest with its one mutable reference, which
// nothing sets, made constant.
func withNumbers(t testing.TB, choices []byte) []byte {
	t.Helper()
	module := wasmtest.Program(choices)
	mutable, constant := []byte{0x70, 1, 0xd2}, []byte{0x70, 0, 0xd2}
	if !bytes.Contains(module, mutable) {
		t.Fatal("the programs have no mutable reference any more")
	}
	return bytes.Replace(module, mutable, constant, 1)
}

// run runs a program once more and tells all that can be seen of it.
func run(l *lease, x uint64) string {
	results, err := l.call("run", x, x*x*x<<13)
	failure := ""
	if err != nil {
		failure, _, _ = strings.Cut(err.Error(), "\n")
	}
	return fmt.Sprint(results, failure, l.Memory().Size(), l.digest(), l.ExportedGlobal("g").Get(), l.ExportedGlobal("turns").Get())
}

// alike fails unless a program does in every lease what it does without a snapshot.
// It says how many leases there were.
func alike(t testing.TB, w *world, module []byte) int {
	t.Helper()
	p := w.prepare(t, module)
	defer p.compiled.Close(context.Background())
	original, err := w.engine.CompileModule(context.Background(), module)
	if err != nil {
		t.Fatal(err)
	}
	defer original.Close(context.Background())
	instance, wantErr := (&program{w, nil, original}).instantiate(nil)
	plain := &lease{Module: instance}
	defer plain.end()
	first, err := p.start(must(p.plan.NewMemory(w.budget, limit))(t))
	defer first.end()
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("have error %v from the start, want %v", err, wantErr)
	}
	if err != nil {
		return 0
	}
	if have, want := run(first, 1), run(plain, 1); have != want {
		t.Fatalf("have %s by hand, want %s", have, want)
	}
	if p.plan.Obstacle != "" {
		return 0
	}
	image := p.capture(t, first)
	defer image.Close()
	want := run(plain, 77)
	for _, by := range ways {
		l := p.lease(t, image, by)
		if have := run(l, 77); have != want {
			t.Fatalf("%s: have %s, want %s", by.name, have, want)
		}
		l.end()
	}
	return len(ways)
}

// Programs made at random do the same in a lease as without a snapshot, metered and
// not.
func TestPrograms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	random := rand.New(rand.NewPCG(1, 2))
	leases := 0
	for n := range 200 {
		choices := make([]byte, 50+random.IntN(400))
		for i := range choices {
			choices[i] = byte(random.Uint32())
		}
		module := withNumbers(t, choices)
		if n%2 == 0 {
			module = metered(t, module)
		}
		leases += alike(t, w, module)
	}
	if leases < 200 {
		t.Errorf("there were %d leases: most programs do not get that far", leases)
	}
}

func FuzzPrograms(f *testing.F) {
	for _, seed := range []string{"", "snapshot", strings.Repeat("\x07\x01\x02", 50), strings.Repeat("memory and globals ", 20)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		// The interpreter takes a tenth of the time.
		alike(t, newWorldOf(t, wazero.NewRuntimeConfigInterpreter()), withNumbers(t, choices[:min(len(choices), 600)]))
	})
}

// FuzzPrepare prepares what is admitted: without an error, and the engine takes
// what comes out if it takes what went in, and only then.
func FuzzPrepare(f *testing.F) {
	seeds, err := filepath.Glob("../../testdata/wat/*.wasm")
	if err != nil || len(seeds) < 50 {
		f.Fatalf("have %d seeds and error %v", len(seeds), err)
	}
	for _, name := range seeds {
		module, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(module)
	}
	f.Add(machine().Bytes())
	f.Add(wasmtest.Program(bytes.Repeat([]byte{7, 1, 200, 13, 90, 4, 66}, 60)))
	f.Fuzz(func(t *testing.T, module []byte) {
		if _, err := admission.Check(module, admission.Limits{}); err != nil {
			return
		}
		plan, err := snapshot.Prepare(module)
		if err != nil {
			t.Fatalf("the module is admitted: %v", err)
		}
		ctx := context.Background()
		engine := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(4096))
		defer engine.Close(ctx)
		_, before := engine.CompileModule(ctx, module)
		_, after := engine.CompileModule(ctx, plan.Module)
		if (before == nil) != (after == nil) {
			t.Fatalf("have error %v before and %v after", before, after)
		}
	})
}
