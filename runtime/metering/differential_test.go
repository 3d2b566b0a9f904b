package metering_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// outcome is all that can be seen of a run.
type outcome struct {
	results string
	failure string // the first line
	memory  uint64
	pages   uint32
	g       uint64
	turns   uint64
}

// observe runs a program as it is, or metered with grants of a slice each.
func observe(t testing.TB, module []byte, slice int64, config wazero.RuntimeConfig) (o outcome, e *engine) {
	t.Helper()
	e = &engine{slice: slice, budget: plenty}
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, config.WithMemoryLimitPages(4))
	defer rt.Close(ctx)
	_, err := rt.NewHostModuleBuilder(metering.CalloutModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(e.callout), nil, nil).Export(metering.CalloutName).Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := rt.CompileModule(ctx, wasmtest.WithoutCustom(module))
	if err != nil {
		t.Fatalf("the engine refuses the module: %v", err)
	}
	instance, err := rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig())
	if err != nil {
		o.failure = firstLine(err)
		return o, e
	}
	e.instance = instance
	for _, x := range []uint64{0, 1, 77} {
		results, err := e.call(ctx, "run", x, x*x*x<<13)
		o.results += fmt.Sprint(results)
		if err != nil {
			o.failure += firstLine(err)
		}
	}
	memory, _ := instance.Memory().Read(0, instance.Memory().Size())
	h := fnv.New64a()
	h.Write(memory)
	o.memory, o.pages = h.Sum64(), instance.Memory().Size()>>16
	o.g, o.turns = instance.ExportedGlobal("g").Get(), instance.ExportedGlobal("turns").Get()
	return o, e
}

// firstLine is an error without its stack, and without the number of the start
// function, which moves.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return startNumber.ReplaceAllString(line, "")
}

var startNumber = regexp.MustCompile(`\[\d+\]`)

// alike fails unless a program, metered, does what it does unmetered, and uses the
// same fuel whatever it is granted at a time.
func alike(t testing.TB, module []byte, config wazero.RuntimeConfig) int64 {
	t.Helper()
	metered := rewrite(t, module)
	plain, _ := observe(t, module, 0, config)
	often, first := observe(t, metered, 97, config)
	seldom, second := observe(t, metered, 1_000_000, config)
	if plain != often || plain != seldom {
		t.Fatalf("have %+v and %+v metered, %+v without", often, seldom, plain)
	}
	if first.used() != second.used() {
		t.Fatalf("have %d used with small grants, %d with large ones", first.used(), second.used())
	}
	return first.used()
}

// Programs made at random do the same metered, with counts that repeat. Some are
// validated by another tool, and all with ECMABOX_LONG=1.
func TestPrograms(t *testing.T) {
	t.Parallel()
	all := os.Getenv("ECMABOX_LONG") != ""
	validated := 0
	random := rand.New(rand.NewPCG(1, 2))
	ends := make(map[string]int)
	used := 0
	for n := range 300 {
		choices := make([]byte, 100+random.IntN(1200))
		for i := range choices {
			choices[i] = byte(random.Uint32())
		}
		module := wasmtest.Program(choices)
		config := wazero.NewRuntimeConfig()
		if alike(t, module, config) > 500 {
			used++
		}
		o, _ := observe(t, module, 0, config)
		ends[o.failure]++
		if all || n%50 == 0 {
			validate(t, rewrite(t, module))
			validated++
		}
	}
	t.Logf("%d programs used more than 500 units, %d were validated; they ended with %v", used, validated, ends)
	if used < 60 || ends[""] < 100 || len(ends) < 3 {
		t.Errorf("the programs do too little: %d used more than 500 units, ends %v", used, ends)
	}
}

// FuzzPrograms looks for programs that metering changes, as TestPrograms does.
func FuzzPrograms(f *testing.F) {
	wantFound(f, "FuzzPrograms")
	for _, seed := range []string{"", "metering", strings.Repeat("\x07\x01\x02", 50), strings.Repeat("loop and branch ", 20), strings.Repeat("\x11\x08\x09\x0d", 60)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		// The interpreter takes a tenth of the time.
		alike(t, wasmtest.Program(choices[:min(len(choices), 600)]), wazero.NewRuntimeConfigInterpreter())
	})
}

// FuzzRewrite rewrites modules that are damaged. What comes out is valid if what went in
// was, but for its custom sections, and only then.
func FuzzRewrite(f *testing.F) {
	wantFound(f, "FuzzRewrite")
	for _, name := range fixtures(f) {
		f.Add(readFile(f, name))
	}
	for n := range 8 {
		f.Add(wasmtest.Program(bytes.Repeat([]byte{byte(n), 7, 3, 12, 9, byte(n * 31)}, 40)))
	}
	f.Fuzz(func(t *testing.T, module []byte) {
		metered, err := meter(module)
		if err != nil {
			return
		}
		ctx := context.Background()
		rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(4096))
		defer rt.Close(ctx)
		_, before := rt.CompileModule(ctx, wasmtest.WithoutCustom(module))
		_, after := rt.CompileModule(ctx, metered)
		if (before == nil) != (after == nil) {
			t.Fatalf("the engine says %v of the module, and %v of what it is rewritten to", before, after)
		}
	})
}

// wantFound fails unless there is what fuzzing found for a target: in testdata/fuzz are
// inputs that go where no seed goes, end in another way, or have other instructions.
func wantFound(f *testing.F, target string) {
	f.Helper()
	if found, err := filepath.Glob("testdata/fuzz/" + target + "/*"); err != nil || len(found) < 50 {
		f.Fatalf("have %d inputs that fuzzing found and error %v", len(found), err)
	}
}

// fixtures are the modules that the rooms share, those that are hostile among them, and
// those of this one.
func fixtures(t testing.TB) []string {
	var all []string
	for _, pattern := range []string{"../../testdata/wat/*.wasm", "../../testdata/hostile/*.wasm", "testdata/*.wasm", "testdata/*/*.wasm"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: have %d fixtures and error %v", pattern, len(found), err)
		}
		all = append(all, found...)
	}
	return all
}

// validate holds a module against the validator of wabt.
func validate(t testing.TB, module []byte) {
	t.Helper()
	if said := wasmtest.Invalid(t, module); said != "" {
		t.Errorf("wasm-validate: %s", said)
	}
}

// What is charged by regions is what is charged instruction by instruction, unless
// a trap leaves undone what was charged ahead.
func TestRegionsAreExact(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	config := wazero.NewRuntimeConfigInterpreter()
	exact := 0
	for range 400 {
		choices := make([]byte, 200+random.IntN(1000))
		for i := range choices {
			choices[i] = byte(random.Uint32())
		}
		module := wasmtest.Program(choices)
		singly, err := metering.RewriteSingly(module)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := metering.RewriteRaw(module)
		if err != nil {
			t.Fatal(err)
		}
		o, one := observe(t, singly, 1_000, config)
		_, regions := observe(t, raw, 1_000, config)
		if regions.used() < one.used() || o.failure == "" && regions.used() != one.used() {
			t.Fatalf("have %d units by regions, %d by instructions, failure %q", regions.used(), one.used(), o.failure)
		}
		if o.failure == "" && one.used() > 500 {
			exact++
		}
	}
	t.Logf("%d programs of more than 500 units without a trap", exact)
	if exact < 60 {
		t.Errorf("%d programs did enough to count, want more", exact)
	}
}
