package metering_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// compilation is the guest of testdata/c, testdata/rust or testdata/assemblyscript, which
// export the same functions, compiled in one way.
type compilation struct {
	name  string
	guest interface {
		Build(context.Context) ([]byte, error)
	}
	simd bool
	// traps are the numbers at which the export traps ends badly.
	traps []uint64
	// makes are instructions that the compiler is known to make of this.
	makes []wasmcode.Op
}

// Instructions that the tests of compilers want to see.
const (
	i64DivS           = 0x7f
	f64Sqrt           = 0x9f
	i32Extend8        = 0xc0
	i64SaturatingF64  = wasmcode.Misc | 6
	v128Load          = wasmcode.SIMD
	i8x16Shuffle      = wasmcode.SIMD | 13
	i32x4DotI16x8     = wasmcode.SIMD | 186
	f32x4Mul          = wasmcode.SIMD | 230
	f64x2ConvertI32x4 = wasmcode.SIMD | 254
)

func compilations() []compilation {
	usual := []wasmcode.Op{wasmcode.CallIndirect, wasmcode.BrTable, wasmcode.MemoryGrow, i64DivS, f64Sqrt}
	later := []wasmcode.Op{wasmcode.MemoryCopy, wasmcode.MemoryFill, i32Extend8, i64SaturatingF64}
	vectors := []wasmcode.Op{i8x16Shuffle, i32x4DotI16x8, f32x4Mul, f64x2ConvertI32x4}
	rust := func(wasi bool, options ...string) wasmbuild.Rust {
		return wasmbuild.Rust{Source: "testdata/rust/lib.rs", WASI: wasi, Options: options}
	}
	script := func(options ...string) wasmbuild.AssemblyScript {
		return wasmbuild.AssemblyScript{Source: "testdata/assemblyscript/index.ts", Options: options}
	}
	c := func(options string) clang { return clang{"testdata/c/*.c", options} }
	const level, features = "-Copt-level=", "-Ctarget-feature="
	const results = " -DSEVERAL_RESULTS -mmultivalue -mreference-types -Xclang -target-abi -Xclang experimental-mv"
	aborts := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	panics := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
	overflows := append(slices.Clone(panics), 14)
	throws := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15}
	return []compilation{
		{"C -O0", c("-O0"), false, aborts, usual},
		{"C -Oz", c(""), false, aborts, usual},
		{"C -O2", c("-O2"), false, aborts, append(usual, i32Extend8)},
		{"C -O3 SIMD", c("-O3 -msimd128"), true, aborts, slices.Concat(usual, vectors)},
		{"C -O0 SIMD", c("-O0 -msimd128"), true, aborts, slices.Concat(usual, vectors)},
		{"C -O2, few features", c("-O2 -mcpu=mvp"), false, aborts, usual},
		{"C -O2, all features, several results", c("-O2 -msimd128 -mbulk-memory -msign-ext -mnontrapping-fptoint" + results),
			true, aborts, slices.Concat(usual, later, vectors, []wasmcode.Op{v128Load})},
		{"Rust -O0", rust(true, level+"0"), false, overflows, usual},
		{"Rust -Os", rust(true, level+"s"), false, panics, usual},
		{"Rust -O3", rust(true, level+"3"), false, panics, usual},
		{"Rust -O3 SIMD", rust(true, level+"3", features+"+simd128"), true, panics, slices.Concat(usual, vectors)},
		{"Rust -O0 SIMD without WASI", rust(false, level+"0", features+"+simd128"), true, overflows, slices.Concat(usual, vectors)},
		{"Rust -Os without WASI", rust(false, level+"s"), false, panics, usual},
		{"Rust -O3 without WASI, all features", rust(false, level+"3", features+"+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals,+reference-types"),
			true, panics, slices.Concat(usual, later, vectors, []wasmcode.Op{v128Load})},
		{"AssemblyScript -O0", script("-O0", "--debug"), false, throws, slices.Concat(usual, later)},
		{"AssemblyScript -O3", script("-O3"), false, throws, slices.Concat(usual, later)},
		{"AssemblyScript -O3 SIMD", script("-O3", "--enable", "simd"), true, throws, slices.Concat(usual, later, vectors)},
		{"AssemblyScript -Os unchecked", script("-Os", "--noAssert"), false, []uint64{1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 15}, slices.Concat(usual, later)},
		{"AssemblyScript -O0, few features", script("-O0", "--runtime", "stub", "--disable", "bulk-memory", "--disable", "sign-extension", "--disable", "nontrapping-f2i"),
			false, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15}, usual},
	}
}

// exercises are exports of the guests, and numbers what they are called with.
var (
	exercises = []string{"arrays", "floats", "formats", "growth", "hash", "integers", "json", "maps", "recursion", "sorts", "tables", "utf8"}
	numbers   = []uint64{1, 7, 48, 333, 4_294_967_295}
)

// What compilers of C, Rust and AssemblyScript make of programs is admitted, and does the
// same metered, for the same fuel every time; what does not end is stopped.
func TestCompilers(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles guests in C, Rust and AssemblyScript")
	}
	t.Parallel()
	for _, c := range compilations() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			module := compile(t, c.guest.Build)
			admitted, err := admission.Check(module, admission.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if admitted.SIMD != c.simd {
				t.Errorf("have vectors: %t, want %t", admitted.SIMD, c.simd)
			}
			if _, err := admission.Check(module, admission.Limits{NoSIMD: true}); (err != nil) != c.simd || err != nil && !isFeature(err, "SIMD") {
				t.Errorf("without vectors: have error %v", err)
			}
			metered := rewrite(t, module)
			if !bytes.Equal(metered, rewrite(t, module)) {
				t.Error("two rewritings differ")
			}
			validate(t, module)
			validate(t, metered)
			made := kindsOf(t, module)
			for _, op := range c.makes {
				if made[op] == 0 {
					t.Errorf("there is no instruction %#x: this does not test what it is to", op)
				}
			}
			if n := severalResults(t, module); (n > 0) != strings.HasSuffix(c.name, "several results") {
				t.Errorf("there are %d types of several results", n)
			}
			t.Logf("%d bytes, %d metered, %d kinds of instructions", len(module), len(metered), len(made))
			p := newPair(t, module, metered)
			if c.simd {
				p.computesAlike(t, append(exercises, "vectors")...)
			} else {
				p.computesAlike(t, exercises...)
			}
			p.trapsAlike(t, c.traps)
			p.isStopped(t)
		})
	}
}

func compile(t *testing.T, build func(context.Context) ([]byte, error)) []byte {
	t.Helper()
	module, err := build(t.Context())
	wasmbuild.Need(t, err)
	return module
}

func isFeature(err error, name string) bool {
	refusal := (*admission.Refusal)(nil)
	return errors.As(err, &refusal) && refusal.Limit == admission.RuleFeature && strings.Contains(refusal.Message, name)
}

// kindsOf counts the instructions of all functions by their kind.
func kindsOf(t *testing.T, module []byte) (made map[wasmcode.Op]int) {
	t.Helper()
	made = make(map[wasmcode.Op]int)
	err := func() (err error) {
		defer wasmcode.Catch(&err)
		wasmcode.Sections(module, func(s wasmcode.Section) {
			if s.ID != wasmcode.SectionCode {
				return
			}
			r := wasmcode.NewReader(module, s.From, s.To)
			for range r.Vector() {
				size := int(r.U32())
				body := wasmcode.NewReader(module, r.At(), r.At()+size)
				r.Bytes(size)
				for range body.Vector() {
					body.U32()
					body.ValueType()
				}
				for body.Left() > 0 {
					made[body.Next().Op]++
				}
			}
		})
		return nil
	}()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// pair is a module as it is and metered, both compiled once.
type pair struct {
	runtime         wazero.Runtime
	module, metered wazero.CompiledModule
}

// newPair keeps what is compiled beside what all tests share: under the race detector
// compiling takes ten times as long.
func newPair(t *testing.T, module, metered []byte) (p pair) {
	t.Helper()
	dir, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wazero.NewCompilationCacheWithDir(filepath.Join(dir, "metering"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	p.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(1024).WithCompilationCache(cache))
	t.Cleanup(func() {
		p.runtime.Close(ctx)
		cache.Close(ctx)
	})
	wasi_snapshot_preview1.MustInstantiate(ctx, p.runtime)
	_, err = p.runtime.NewHostModuleBuilder(metering.CalloutModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(calloutOfCaller), nil, nil).Export(metering.CalloutName).Instantiate(ctx)
	if err == nil {
		p.module, err = p.runtime.CompileModule(ctx, module)
	}
	if err == nil {
		p.metered, err = p.runtime.CompileModule(ctx, metered)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// callerKey holds the engine that called.
type callerKey struct{}

func calloutOfCaller(ctx context.Context, m api.Module, stack []uint64) {
	ctx.Value(callerKey{}).(*engine).callout(ctx, m, stack)
}

// plain, often and seldom start the module as it is, and metered with grants of little
// and of much at a time.
func (p pair) plain(t *testing.T) *engine  { return p.start(t, p.module, &engine{}) }
func (p pair) often(t *testing.T) *engine  { return p.start(t, p.metered, &engine{slice: 7_777}) }
func (p pair) seldom(t *testing.T) *engine { return p.start(t, p.metered, &engine{slice: 1_000_000}) }

func (p pair) start(t *testing.T, module wazero.CompiledModule, e *engine) *engine {
	t.Helper()
	e.budget = cmp.Or(e.budget, plenty)
	var err error
	e.instance, err = p.runtime.InstantiateModule(context.WithValue(t.Context(), callerKey{}, e), module,
		wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// does calls an export of one number.
func (e *engine) does(t *testing.T, export string, n uint64) ([]uint64, error) {
	return e.call(context.WithValue(t.Context(), callerKey{}, e), export, n)
}

// computesAlike calls exports with all numbers, one after the other in one instance.
func (p pair) computesAlike(t *testing.T, exports ...string) {
	t.Helper()
	plain, often, seldom := p.plain(t), p.often(t), p.seldom(t)
	for _, export := range exports {
		results := make(map[uint64]bool)
		before := seldom.used()
		for _, n := range numbers {
			want, err := plain.does(t, export, n)
			if err != nil {
				t.Fatalf("%s(%d): %v", export, n, err)
			}
			results[want[0]] = true
			for _, e := range []*engine{often, seldom} {
				if have, err := e.does(t, export, n); err != nil || have[0] != want[0] {
					t.Errorf("%s(%d): have %v and error %v metered, want %v", export, n, have, err, want)
				}
				if !bytes.Equal(memoryOf(e), memoryOf(plain)) {
					t.Errorf("%s(%d): the memory differs", export, n)
				}
			}
		}
		if used := seldom.used() - before; len(results) < len(numbers) || used < 2_000 {
			t.Errorf("%s gives %d different results for %d units: it does too little", export, len(results), used)
		}
	}
	if often.used() != seldom.used() || often.callouts <= 50*seldom.callouts {
		t.Errorf("have %d and %d units for the same, with %d and %d callouts", often.used(), seldom.used(), often.callouts, seldom.callouts)
	}
	if have := depthOf(seldom); have != frames {
		t.Errorf("have a depth of %d after the calls, want %d", have, frames)
	}
	t.Logf("%d units", seldom.used())
}

func memoryOf(e *engine) []byte {
	all, _ := e.instance.Memory().Read(0, e.instance.Memory().Size())
	return all
}

// trapsAlike ends instances, each in a way of its own.
func (p pair) trapsAlike(t *testing.T, want []uint64) {
	t.Helper()
	var trapped []uint64
	for n := range uint64(17) {
		plain, often, seldom := p.plain(t), p.often(t), p.seldom(t)
		results, failure := plain.does(t, "traps", n)
		if failure != nil {
			trapped = append(trapped, n)
		}
		for _, e := range []*engine{often, seldom} {
			have, err := e.does(t, "traps", n)
			if !slices.Equal(have, results) || (err == nil) != (failure == nil) || err != nil && firstLine(err) != firstLine(failure) {
				t.Errorf("traps(%d): have %d and error %v metered, want %d and %v", n, have, err, results, failure)
			}
			if !bytes.Equal(memoryOf(e), memoryOf(plain)) {
				t.Errorf("traps(%d): the memory differs", n)
			}
		}
		if often.used() != seldom.used() {
			t.Errorf("traps(%d): have %d and %d units for the same", n, often.used(), seldom.used())
		}
	}
	if !slices.Equal(trapped, want) {
		t.Errorf("it traps at %d, want %d", trapped, want)
	}
}

// isStopped has what does not end stopped, and what goes deep.
func (p pair) isStopped(t *testing.T) {
	t.Helper()
	const budget, atOnce = 3_000_000, 2_000
	for _, export := range []string{"spins", "fans_out"} {
		e := p.start(t, p.metered, &engine{slice: 100_000, budget: budget})
		_, err := e.does(t, export, 40)
		if err == nil || e.tooDeep || e.used() < budget-atOnce || e.used() > budget+atOnce {
			t.Errorf("%s: have error %v, too deep %t, %d units used of %d", export, err, e.tooDeep, e.used(), budget)
		}
	}
	for _, export := range []string{"descends", "descends_through_table"} {
		const deep = 1_000
		e := p.start(t, p.metered, &engine{slice: 100_000, frames: deep})
		if _, err := e.does(t, export, deep/10); err != nil || e.tooDeep {
			t.Errorf("%s: have error %v within the depth", export, err)
		}
		if _, err := e.does(t, export, deep+1); err == nil || !e.tooDeep {
			t.Errorf("%s: have error %v, want it to be too deep", export, err)
		}
	}
}

// What is newer than the sandbox takes is refused by its name.
func TestCompilersNewer(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles guests in AssemblyScript")
	}
	t.Parallel()
	for feature, name := range map[string]string{"threads": "threads", "relaxed-simd": "relaxed SIMD", "gc": "garbage collection"} {
		t.Run(feature, func(t *testing.T) {
			t.Parallel()
			guest := wasmbuild.AssemblyScript{Source: "testdata/assemblyscript/newer.ts", Options: []string{"-O0", "--enable", "simd", "--enable", feature}}
			if _, err := admission.Check(compile(t, guest.Build), admission.Limits{}); !isFeature(err, name) {
				t.Errorf("have error %v, want one that names %s", err, name)
			}
		})
	}
}
