package runtime_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// The most that compiling a module may take that admission lets in, in processor
// time and resident memory.
const (
	compileTime   = 10 * time.Second
	compileMemory = 512 << 20
)

// atLimits are modules that have as much of something as the default limits of
// admission allow, and of what hurts besides.
func atLimits() map[string]func() []byte {
	drops := func(item ...byte) []byte { return bytes.Repeat(item, (512<<10-16)/len(item)) }
	i32 := func(n int) [][]byte { return [][]byte{append(wasmtest.U32(uint32(n)), 0x7f)} }
	return map[string]func() []byte{
		"functions":         manyFunctions(49_997, nil),
		"constants":         manyFunctions(31, nil, drops(0x41, 1, 0x1a)...),
		"variables":         manyFunctions(31, i32(2000), drops(0x20, 0, 0x20, 1, 0x6a, 0x21, 2)...),
		"stores":            manyFunctions(31, i32(2), drops(0x20, 0, 0x20, 1, 0x36, 2, 0)...),
		"globals":           withGlobal(31, drops(0x23, 0, 0x24, 0)...),
		"vectors":           manyFunctions(31, [][]byte{{2, 0x7b}}, drops(0x20, 0, 0x20, 1, 0xfd, 0xd5, 1, 0x21, 0)...),
		"bulk":              manyFunctions(20, nil, bytes.Repeat([]byte{0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0}, 1320)...),
		"growth":            manyFunctions(20, nil, bytes.Repeat([]byte{0x41, 0, 0x40, 0, 0x1a}, 1320)...),
		"calls":             manyFunctions(9, nil, bytes.Repeat([]byte{0x10, 3}, 199_000)...),
		"indirect_calls":    withTableOf(19, bytes.Repeat([]byte{0x41, 0, 0x11, typeNothing, 0}, 3990)...),
		"operands":          withGlobal(31, append(bytes.Repeat([]byte{0x23, 0}, 170_000), bytes.Repeat([]byte{0x1a}, 170_000)...)...),
		"sums_of_operands":  withGlobal(31, slices.Concat(bytes.Repeat([]byte{0x23, 0}, 170_000), bytes.Repeat([]byte{0x6a}, 169_999), []byte{0x1a})...),
		"blocks":            manyFunctions(20, nil, blocks(3990, 0x02)...),
		"branches":          manyFunctions(20, i32(1), bytes.Repeat([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b}, 1990)...),
		"conditions":        manyFunctions(20, i32(1), bytes.Repeat([]byte{0x20, 0, 0x04, 0x40, 0x05, 0x0b}, 3980)...),
		"small_functions":   manyFunctions(49_900, i32(1), bytes.Repeat([]byte{0x20, 0, 0x04, 0x40, 0x20, 0, 0x0d, 0, 0x0b}, 10)...),
		"live_variables":    manyFunctions(19, i32(2000), liveBranches(2000, 240)...),
		"live_branches":     manyFunctions(19, i32(100), liveBranches(100, 1600)...),
		"nested_blocks":     manyFunctions(78, nil, nested(2000)...),
		"nested_branches":   manyFunctions(19, i32(1), slices.Concat(bytes.Repeat([]byte{0x02, 0x40, 0x20, 0, 0x0d, 0}, 1990), bytes.Repeat([]byte{0x0b}, 1990))...),
		"loops":             manyFunctions(48, nil, blocks(1024, 0x03)...),
		"nested_loops":      manyFunctions(48, i32(1), slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, 1024), bytes.Repeat([]byte{0x20, 0, 0x0d, 0, 0x0b}, 1024))...),
		"looping_variables": manyFunctions(21, i32(35), slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, 1000), liveBranches(35, 100), bytes.Repeat([]byte{0x20, 0, 0x0d, 0, 0x0b}, 1000))...),
		"branch_tables":     manyFunctions(48, nil, branchTable(8192)...),
		"small_tables":      manyFunctions(12, nil, bytes.Repeat(append([]byte{0x02, 0x40}, append(branchTable(16), 0x0b)...), 1990)...),
		"tables_outwards":   manyFunctions(20, nil, outwardTables(1000, 20_000)...),
		"many_results":      withResults(17, 1000, 49),
		"many_parameters":   withParameters(8, 1000),
		"wide_blocks":       withWideBlocks(13, 1000, 64),
		"wide_types":        wideTypes(49),
		"exports": with(func(m *wasmtest.Module) {
			for i := range 9_900 {
				m.Exports = append(m.Exports, wasmtest.Export(strings.Repeat("x", 1000)+string(rune(0x4e00+i)), 0, 2))
			}
		}),
		"data": with(func(m *wasmtest.Module) {
			m.Data = append(m.Data, again(99_990, append([]byte{0, 0x41, 0, 0x0b, 100}, make([]byte, 100)...)...)...)
		}),
		"elements": with(func(m *wasmtest.Module) {
			m.Tables = [][]byte{wasmtest.Join([]byte{0x70, 1}, wasmtest.U32(65_536), wasmtest.U32(65_536))}
			m.Elements = again(9_999, wasmtest.Join([]byte{0, 0x41, 0, 0x0b}, wasmtest.Vector(again(20, 2)...))...)
		}),
	}
}

// beyondLimits are modules that admission lets in and that take more than they should:
// linear in what they have, but too much for each. They are told, and fail nothing.
func beyondLimits() map[string]func() []byte {
	full := func(item ...byte) func() []byte {
		return manyFunctions(31, [][]byte{{2, 0x7f}}, bytes.Repeat(item, (512<<10-16)/len(item))...)
	}
	return map[string]func() []byte{
		"loads":     full(0x20, 0, 0x28, 2, 0, 0x21, 0),
		"divisions": full(0x20, 0, 0x20, 1, 0x6d, 0x21, 0),
	}
}

// withGlobal makes functions that may use a global.
func withGlobal(n int, code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Globals = [][]byte{{0x7f, 1, 0x41, 0, 0x0b}}
		m.Functions = append(m.Functions, again(n, typeNothing)...)
		m.Bodies = append(m.Bodies, again(n, wasmtest.Body(nil, code...)...)...)
	})
}

// withTableOf makes functions that may use a table.
func withTableOf(n int, code ...byte) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Tables = [][]byte{{0x70, 1, 1, 1}}
		m.Functions = append(m.Functions, again(n, typeNothing)...)
		m.Bodies = append(m.Bodies, again(n, wasmtest.Body(nil, code...)...)...)
	})
}

// outwardTables has br_tables in nested blocks, whose labels are all of them.
func outwardTables(depth, labels int) []byte {
	code := bytes.Repeat([]byte{0x02, 0x40}, depth)
	for range labels / depth {
		code = append(append(code, 0x02, 0x40, 0x41, 0, 0x0e), wasmtest.U32(uint32(depth-1))...)
		for i := range depth {
			code = append(code, wasmtest.U32(uint32(i+1))...)
		}
		code = append(code, 0x0b)
	}
	return append(code, bytes.Repeat([]byte{0x0b}, depth)...)
}

// wideTypes has n types of a thousand parameters and a thousand results.
func wideTypes(n int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Types = append(m.Types, again(n, wasmtest.Func(strings.Repeat("\x7f", 1000), strings.Repeat("\x7e", 1000))...)...)
	})
}

// withParameters makes functions full of calls of one that takes so many values.
func withParameters(n, values int) func() []byte {
	return with(func(m *wasmtest.Module) {
		m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", values), ""))
		addFunction(m, 4, nil)
		call := append(bytes.Repeat([]byte{0x41, 0}, values), 0x10, 3)
		for range n {
			addFunction(m, typeNothing, nil, bytes.Repeat(call, 199)...)
		}
	})
}

// withWideBlocks makes functions of blocks that take and give so many values.
func withWideBlocks(n, values, blocks int) func() []byte {
	return with(func(m *wasmtest.Module) {
		wide := strings.Repeat("\x7f", values)
		m.Types = append(m.Types, wasmtest.Func(wide, wide))
		for range n {
			code := bytes.Repeat([]byte{0x41, 0}, values)
			code = append(code, bytes.Repeat([]byte{0x02, 4, 0x41, 0, 0x0d, 0, 0x0b}, blocks/2)...)
			code = append(code, bytes.Repeat([]byte{0x1a}, values)...)
			addFunction(m, typeNothing, nil, code...)
		}
	})
}

// TestCompileAtLimits compiles what is at the limits, each in a process of its own.
func TestCompileAtLimits(t *testing.T) {
	only := os.Getenv(onlyVariable)
	if os.Getenv("ECMABOX_LONG") == "" && only == "" {
		t.Skip("set ECMABOX_LONG=1 to compile what is at the limits: some minutes")
	}
	modules, pending := atLimits(), beyondLimits()
	maps.Copy(modules, pending)
	for name, made := range modules {
		if only != "" && only != name {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if only == "" {
				out, err := playTest(t, os.Args[0], "TestCompileAtLimits", name)
				switch {
				case pending[name] != nil:
					t.Logf("pending, known to take more: %v\n%s", err, out)
				case err != nil:
					t.Errorf("%v\n%s", err, out)
				}
				return
			}
			compileAlone(t, made())
		})
	}
}

func compileAlone(t *testing.T, module []byte) {
	confine(t)
	rt := newRuntime(t, runtime.Config{})
	hosts, err := hostfuncs.New(hostfuncs.Policy{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	debug.FreeOSMemory()
	before, _ := resident(t)
	began := processorTime(t)
	c, err := rt.Load(context.Background(), module, hosts, contract.Promise{})
	took := processorTime(t) - began
	_, most := resident(t)
	if err != nil {
		t.Fatalf("the module of %d bytes is refused: %v", len(module), err)
	}
	t.Logf("%d bytes: %v, %d MiB", len(module), took, (most-before)>>20)
	if took > compileTime || most-before > compileMemory {
		t.Errorf("a module of %d bytes took %v and %d MiB, %v and %d MiB are allowed", len(module), took, (most-before)>>20, compileTime, compileMemory>>20)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
