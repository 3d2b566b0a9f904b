//go:build unix && !wasmtime

package runtime_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// ofWork is a body that weighs n: truncations, of no operand, since admission does not
// look for it, and constants for the rest.
func ofWork(n int) []byte {
	return wasmtest.Body(nil, slices.Concat(bytes.Repeat([]byte{0xa8}, n/44), bytes.Repeat([]byte{0x41, 1, 0x1a}, n%44))...)
}

// ofCells is a body with n live cells, of the numbers that are asked for here: blocks
// times variables and a sixteenth of the blocks.
func ofCells(n int) []byte {
	shapes := map[int][2]int{1_000_000: {1600, 525}, 4_000_000: {4000, 750}}
	shape, there := shapes[n]
	if !there { // one more than one of those
		shape = shapes[n-1]
		shape[0]++
	}
	return wasmtest.Body(i32s(shape[1]), blocks(shape[0], 0x02)...)
}

// widened make a module with n of what is limited more widely where modules are
// compiled in a process of their own, and no more than that of anything else.
func widened() map[string]func(m *wasmtest.Module, n int) {
	add := func(m *wasmtest.Module, n int, body []byte) {
		m.Functions = append(m.Functions, again(n, typeNothing)...)
		m.Bodies = append(m.Bodies, again(n, body...)...)
	}
	// spread adds functions with at most so many of an item each, n in all.
	spread := func(m *wasmtest.Module, n, each int, body func(n int) []byte) {
		add(m, n/each, body(each))
		if n%each > 0 {
			add(m, 1, body(n%each))
		}
	}
	coded := func(code func(n int) []byte) func(int) []byte {
		return func(n int) []byte { return wasmtest.Body(nil, code(n)...) }
	}
	return map[string]func(m *wasmtest.Module, n int){
		admission.LimitTotalBranchTargets: func(m *wasmtest.Module, n int) { spread(m, n, 8192, coded(branchTable)) },
		admission.LimitTotalOperands: func(m *wasmtest.Module, n int) {
			values := strings.Repeat("\x7f", 500)
			m.Types = append(m.Types, wasmtest.Func(values, values)) // a call hands on 1,001 with itself
			m.Functions = append(m.Functions, wasmtest.U32(typeNothing+1))
			m.Bodies = append(m.Bodies, wasmtest.Body(nil, bytes.Repeat([]byte{0x20, 0}, 500)...))
			spread(m, n/1001, 100, coded(func(n int) []byte { return bytes.Repeat([]byte{0x10, firstFunction}, n) }))
			add(m, 1, wasmtest.Body(nil, bytes.Repeat([]byte{0x10, firstFunction + 1}, n%1001)...))
		},
		admission.LimitTotalControl: func(m *wasmtest.Module, n int) {
			spread(m, n, 160, coded(func(n int) []byte { return bytes.Repeat([]byte{0x0c, 0}, n) }))
		},
		admission.LimitTotalLoops: func(m *wasmtest.Module, n int) {
			spread(m, n, 10, coded(func(n int) []byte { return blocks(n, 0x03) }))
		},
		admission.LimitLiveCells: func(m *wasmtest.Module, n int) { add(m, 1, ofCells(n)) },
		admission.LimitTotalLiveCells: func(m *wasmtest.Module, n int) {
			add(m, n/1_000_000, ofCells(1_000_000))
			add(m, n%1_000_000, wasmtest.Body(i32s(1), blocks(1, 0x02)...))
		},
		admission.LimitMoves: func(m *wasmtest.Module, n int) {
			// 400 variables that differ behind conditions, and what is missing is a block's result.
			made := func(conditions, result int) []byte {
				return wasmtest.Body(i32s(400), slices.Concat(variablesInConditions(400, 16, conditions/16), variablesInConditions(400, conditions%16, 1),
					[]byte{0x02, 0x7f, 0x41, 0}, chainOnly(result-1), []byte{0x0b, 0x1a})...)
			}
			moves := func(conditions int) int {
				a, err := admission.Check(with(func(m *wasmtest.Module) { add(m, 1, made(conditions, 2)) })(), admission.Wide())
				if err != nil {
					return n + 1
				}
				return a.MaxMoves
			}
			conditions := sort.Search(n/800, func(conditions int) bool { return moves(conditions+1) > n })
			add(m, 1, made(conditions, n-moves(conditions)+2))
		},
		admission.LimitKeptCells: func(m *wasmtest.Module, n int) {
			const operands, over = 5_000, 100 // behind more blocks from one function to the next
			behind := func(before, operands, over int) {
				add(m, 1, wasmtest.Body(nil, slices.Concat(blocks(before, 0x02), operandsUnder(operands, blocks(over, 0x02)))...))
			}
			for i := range n / (operands * over) {
				behind(i*over, operands, over)
			}
			if rest := n % (operands * over); rest > 0 {
				behind(n/(operands*over)*over, rest, 1)
			}
		},
		admission.LimitWork:      func(m *wasmtest.Module, n int) { add(m, 1, ofWork(n)) },
		admission.LimitTotalWork: func(m *wasmtest.Module, n int) { spread(m, n-workOfConnector, 16_000, ofWork) },
	}
}

// workOfConnector is what connectorModule weighs.
const workOfConnector = 6

func widenedModule(make func(m *wasmtest.Module, n int), n int) []byte {
	return with(func(m *wasmtest.Module) { make(m, n) })()
}

// Every limit that is wider where modules are compiled in a process of their own
// admits what is at it and refuses one more, there and in the process itself. A
// refusal tells that process where it is a cure, and only there.
func TestLimitsApart(t *testing.T) {
	t.Parallel()
	here := newRuntime(t, runtime.Config{})
	apart := newRuntime(t, runtime.WithCompiler(runtime.Config{}, "/nowhere"))
	wide, err := admission.Wide().WithDefaults()
	if err != nil {
		t.Fatal(err)
	}
	made := widened()
	uses := usesOf(connectorModule().Bytes())
	for _, use := range uses {
		make := made[use.Limit]
		if make == nil {
			if use.Wide != use.Allowed {
				t.Errorf("%s is wider in a process of its own, and is not tested", use.Limit)
			}
			continue
		}
		t.Run(use.Limit, func(t *testing.T) {
			t.Parallel()
			for _, test := range []struct {
				n           int
				here, apart bool
				cured       bool
			}{
				{use.Allowed, true, true, false},
				{use.Allowed + 1, false, true, true},
				{use.Wide, false, true, true},
				{use.Wide + 1, false, false, false},
			} {
				module := widenedModule(make, test.n)
				if a, err := admission.Check(module, wide); test.apart && (err != nil || test.n%2 == 0 && test.n != usedOf(a.Uses(), use.Limit)) {
					t.Fatalf("the module has not %d: %v", test.n, err)
				}
				_, _, _, err := runtime.Admit(here, module)
				limit := use.Limit
				if limit == admission.LimitMoves && test.n >= use.Wide {
					limit = admission.LimitLiveCells // of which a function of so many moves has too many, too
				}
				checkAdmitted(t, err, limit, test.here, test.cured)
				report, _, _, err := runtime.Admit(apart, module)
				checkAdmitted(t, err, use.Limit, test.apart, false)
				if tells := strings.Contains(report.OnlyApart, use.Limit+" is "); tells != (test.apart && !test.here) {
					t.Errorf("%d: it says of where it can be compiled: %q", test.n, report.OnlyApart)
				}
			}
		})
	}
}

func usedOf(uses []admission.Use, limit string) int {
	for _, u := range uses {
		if u.Limit == limit {
			return u.Used
		}
	}
	return 0
}

// atWideLimits are modules that have as much of something as is admitted where they are
// compiled elsewhere: what is hard on the one that compiles, or on the one that loads.
func atWideLimits() map[string]func() []byte {
	work := func(weight int, item ...byte) []byte { return bytes.Repeat(item, 399_000/weight) }
	loops := slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, 300), liveBranches(35, 100), bytes.Repeat([]byte{0x20, 0, 0x0d, 0, 0x0b}, 300))
	nestedLoops := slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, 1024), bytes.Repeat([]byte{0x20, 0, 0x0d, 0, 0x0b}, 1024))
	return map[string]func() []byte{
		"loads":             manyFunctions(199, i32s(1), slices.Concat([]byte{0x20, 0}, work(20, 0x28, 2, 0), []byte{0x21, 0})...),
		"truncations":       manyFunctions(199, [][]byte{{1, 0x7d}, {1, 0x7f}}, work(44, 0x20, 0, 0xa8, 0x21, 1)...),
		"calls":             manyFunctions(196, nil, bytes.Repeat([]byte{0x10, firstFunction}, 4900)...),
		"branches":          manyFunctions(30_000, i32s(1), bytes.Repeat([]byte{0x20, 0, 0x0d, 0}, 130)...),
		"small_functions":   manyFunctions(49_900, i32s(1), bytes.Repeat([]byte{0x20, 0, 0x04, 0x40, 0x20, 0, 0x0d, 0, 0x0b}, 36)...),
		"conditions":        manyFunctions(80, i32s(1), bytes.Repeat([]byte{0x20, 0, 0x04, 0x40, 0x05, 0x0b}, 3980)...),
		"bulk":              manyFunctions(80, nil, bytes.Repeat([]byte{0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0}, 1320)...),
		"scattered_bulk":    manyFunctions(13_000, nil, bytes.Repeat([]byte{0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0}, 50)...),
		"looping_variables": manyFunctions(15, i32s(35), loops...),
		"nested_loops":      manyFunctions(65, i32s(1), nestedLoops...),
		"indirect_calls":    withTableOf(62, bytes.Repeat([]byte{0x41, 0, 0x11, typeNothing, 0}, 3990)...),
		"many_parameters":   withParameters(34, 1000),
		"many_results":      withResults(68, 1000, 49),
	}
}

// They are admitted there and only there.
func TestWideLimits(t *testing.T) {
	t.Parallel()
	if racing {
		t.Skip("modules of 80 MB together are read without the race detector, which takes ten times as long")
	}
	for name, made := range atWideLimits() {
		module := made()
		if _, err := admission.Check(module, admission.Wide()); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
		if _, err := admission.Check(module, admission.Limits{}); err == nil {
			t.Errorf("%s is admitted everywhere", name)
		}
	}
}

// What is at the wide limits is loaded, or refused with the setting that is to be
// raised for it; and whoever loads it stays within what compiling may take that is done
// in the process itself.
func TestLoadAtWideLimits(t *testing.T) {
	if os.Getenv("ECMABOX_LONG") == "" {
		t.Skip("set ECMABOX_LONG=1 to compile what is at the limits: it takes long")
	}
	for name, made := range atWideLimits() {
		t.Run(name, func(t *testing.T) {
			file, cache := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), "cache")
			if err := os.WriteFile(file, made(), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, when := range []string{"compiled", "kept"} {
				s := runProgram(t, "-cache", cache, file)
				if s.Resident > compileMemory {
					t.Errorf("%s: it took %d MiB to load it", when, s.Resident>>20)
				}
				if s.Error == "" {
					t.Logf("%s: %d MiB", when, s.Resident>>20)
					continue
				}
				if !strings.HasPrefix(s.Limit, "Compile") || !strings.Contains(s.Error, "raise Config."+s.Limit) {
					t.Errorf("%s: %s", when, s.Error)
				}
				t.Logf("more than %s, %d MiB", s.Limit, s.Resident>>20)
				break
			}
		})
	}
}

// Nearly as much Go as a module may have by default is compiled elsewhere, within the
// defaults, and answers; the process itself says where it can be.
func TestHugeGo(t *testing.T) {
	if os.Getenv("ECMABOX_LONG") == "" {
		t.Skip("set ECMABOX_LONG=1 to build and compile 16 MB of Go")
	}
	huge, err := wasmbuild.Build(t.Context(), "./testdata/hugeguest")
	if err != nil {
		t.Fatal(err)
	}
	if len(huge) < 14<<20 {
		t.Errorf("it has %d bytes: add something to it", len(huge))
	}
	_, _, _, err = runtime.Admit(newRuntime(t, runtime.Config{}), huge)
	checkAdmitted(t, err, admission.LimitTotalWork, false, true)
	rt := newRuntime(t, runtime.WithCompiler(runtime.Config{}, self(t)))
	c, err := rt.Load(t.Context(), huge, &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	parameters, err := runtime.Raw(c).GetConfigParameters(t.Context(), abi.ConfigParametersRunStep{})
	if err != nil || len(parameters) != 1 || parameters[0].DefaultValue != "[Double]Double" {
		t.Errorf("it answers %+v and error %v", parameters, err)
	}
}

func checkAdmitted(t *testing.T, err error, limit string, admitted, cured bool) {
	t.Helper()
	if admitted {
		if err != nil {
			t.Errorf("have error %v", err)
		}
		return
	}
	e := wantError(t, err, abi.InvalidModule)
	if e.Rule != runtime.RuleBound || !strings.Contains(e.Error(), limit+": ") {
		t.Errorf("have %v, want it refused for %s", e, limit)
	}
	if tells := strings.Contains(e.Error(), "call runtime.CompileChild first in main"); tells != cured {
		t.Errorf("%v: it tells of a process of its own: %v, want %v", e, tells, cured)
	}
}
