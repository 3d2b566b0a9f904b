package wasmcode_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// many is how much of everything the module has in which instructions stand, and
// last the index of the last one: no instruction, so that an engine that does not
// take it for an index refuses what it reads there.
const (
	many = 0x28
	last = 0x27
)

// shape is what the format writes behind some instructions, told apart from how
// the reader finds it. Bytes that stand for nothing an instruction can be are read
// as what they are, or the engine refuses them; strict are the bytes that can only
// be 0 or small, from the end, and instead of which an instruction is refused.
type shape struct {
	from, to  wasmcode.Op
	immediate []byte
	strict    int
}

var (
	constant16 = bytes.Repeat([]byte{0xff}, 16)
	lanes16    = bytes.Repeat([]byte{0x1d}, 16)
	shapes     = []shape{
		{from: 0x00, to: 0x01}, {from: 0x02, to: 0x03, immediate: []byte{last, 0x0b}}, {from: 0x04, to: 0x04, immediate: []byte{last, 0x05, 0x00, 0x0b}},
		{from: 0x0c, to: 0x0d, immediate: []byte{last}}, {from: 0x0e, to: 0x0e, immediate: []byte{2, last, last, last}}, {from: 0x0f, to: 0x0f},
		{from: 0x10, to: 0x10, immediate: []byte{last}}, {from: 0x11, to: 0x11, immediate: []byte{last, last}}, {from: 0x1a, to: 0x1b},
		{from: 0x1c, to: 0x1c, immediate: []byte{1, 0x7f}},
		{from: 0x20, to: 0x26, immediate: []byte{last}}, {from: 0x28, to: 0x3e, immediate: []byte{0, last}},
		{from: 0x3f, to: 0x40, immediate: []byte{0}, strict: 1},
		{from: 0x41, to: 0x42, immediate: []byte{0xff, last}}, {from: 0x43, to: 0x43, immediate: constant16[:4]}, {from: 0x44, to: 0x44, immediate: constant16[:8]},
		{from: 0x45, to: 0xc4}, {from: 0xd0, to: 0xd0, immediate: []byte{0x70}, strict: 1}, {from: 0xd1, to: 0xd1}, {from: 0xd2, to: 0xd2, immediate: []byte{last}},

		{from: wasmcode.Misc, to: wasmcode.Misc | 7}, {from: wasmcode.Misc | 8, to: wasmcode.Misc | 8, immediate: []byte{last, 0}, strict: 1},
		{from: wasmcode.Misc | 9, to: wasmcode.Misc | 9, immediate: []byte{last}}, {from: wasmcode.Misc | 10, to: wasmcode.Misc | 10, immediate: []byte{0, 0}, strict: 2},
		{from: wasmcode.Misc | 11, to: wasmcode.Misc | 11, immediate: []byte{0}, strict: 1}, {from: wasmcode.Misc | 12, to: wasmcode.Misc | 12, immediate: []byte{last, last}},
		{from: wasmcode.Misc | 13, to: wasmcode.Misc | 13, immediate: []byte{last}}, {from: wasmcode.Misc | 14, to: wasmcode.Misc | 14, immediate: []byte{last, last}},
		{from: wasmcode.Misc | 15, to: wasmcode.Misc | 17, immediate: []byte{last}},

		{from: wasmcode.SIMD, to: wasmcode.SIMD | 11, immediate: []byte{0, last}}, {from: wasmcode.SIMD | 12, to: wasmcode.SIMD | 12, immediate: constant16},
		{from: wasmcode.SIMD | 13, to: wasmcode.SIMD | 13, immediate: lanes16}, {from: wasmcode.SIMD | 14, to: wasmcode.SIMD | 20},
		{from: wasmcode.SIMD | 21, to: wasmcode.SIMD | 34, immediate: []byte{0}, strict: 1}, {from: wasmcode.SIMD | 35, to: wasmcode.SIMD | 83},
		{from: wasmcode.SIMD | 84, to: wasmcode.SIMD | 91, immediate: []byte{0, last, 0}, strict: 1},
		{from: wasmcode.SIMD | 92, to: wasmcode.SIMD | 93, immediate: []byte{0, last}}, {from: wasmcode.SIMD | 94, to: wasmcode.SIMD | 255},
	}
)

// instruction writes an instruction.
func instruction(op wasmcode.Op, immediate ...byte) []byte {
	switch {
	case op >= wasmcode.SIMD:
		return append(wasmtest.Join([]byte{0xfd}, wasmtest.U32(uint32(op-wasmcode.SIMD))), immediate...)
	case op >= wasmcode.Misc:
		return append(wasmtest.Join([]byte{0xfc}, wasmtest.U32(uint32(op-wasmcode.Misc))), immediate...)
	}
	return append([]byte{byte(op)}, immediate...)
}

// around returns a module with code that cannot be reached, so that operands are
// what they have to be.
func around(code []byte) []byte {
	open := bytes.Repeat([]byte{0x02, 0x40}, many-1)
	return program(wasmtest.Join(open, []byte{0x00}, code, []byte{0x00}, bytes.Repeat([]byte{0x0b}, many-1)), "")
}

// program returns a module whose first function, exported as run, has the code and results.
func program(code []byte, results string) []byte {
	m := &wasmtest.Module{Memories: [][]byte{{0, 1}}, DataCount: wasmtest.U32(many), Exports: [][]byte{wasmtest.Export("run", 0, 0)}}
	m.Types = append(m.Types, wasmtest.Func("", ""), wasmtest.Func("", results))
	for len(m.Types) < many {
		m.Types = append(m.Types, wasmtest.Func("", ""))
	}
	for range many {
		m.Functions = append(m.Functions, wasmtest.U32(0))
		m.Tables = append(m.Tables, []byte{0x70, 0, 1})
		m.Globals = append(m.Globals, []byte{0x7f, 1, 0x41, 0, 0x0b})
		m.Elements = append(m.Elements, []byte{1, 0, 1, last})
		m.Data = append(m.Data, []byte{1, 0})
		m.Bodies = append(m.Bodies, wasmtest.Body(nil))
	}
	m.Functions[0] = wasmtest.U32(1)
	m.Bodies[0] = wasmtest.Body([][]byte{{many, 0x7f}}, code...)
	return m.Bytes()
}

// The engine reads every instruction as far as the reader does: what follows it
// would not be valid if it read less, and the code would not end if it read more.
func TestEngineReadsTheSame(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(api.CoreFeaturesV2))
	defer rt.Close(ctx)
	accepts := func(code []byte) error {
		compiled, err := rt.CompileModule(ctx, around(code))
		if err == nil {
			err = compiled.Close(ctx)
		}
		return err
	}
	seen := make(map[wasmcode.Op]bool)
	for _, s := range shapes {
		for op := s.from; op <= s.to; op++ {
			code := instruction(op, s.immediate...)
			read, length, err := read(code)
			if op >= wasmcode.SIMD && err != nil {
				continue // a number without an instruction
			}
			seen[op] = true
			if structured := op >= 0x02 && op <= 0x04; structured {
				length += len(s.immediate) - 1
			}
			if err != nil || read.Op != op || length != len(code) {
				t.Errorf("%#x: have %#x of %d bytes and error %v, want %d bytes", op, read.Op, length, err, len(code))
			}
			if err := accepts(code); err != nil {
				t.Errorf("%#x: the engine refuses % x: %v", op, code, err)
			}
			for n := range s.strict {
				other := slices.Clone(code)
				other[len(other)-1-n] = 0x1a // drop
				if accepts(other) == nil {
					t.Errorf("%#x: the engine takes a part of % x for an instruction", op, other)
				}
			}
		}
	}
	seen[0xfc], seen[0xfd] = true, true // the prefixes
	for op := range wasmcode.Op(0x300) {
		if _, _, err := read(instruction(op, make([]byte, 20)...)); err == nil && !seen[op] && op != wasmcode.Else && op != wasmcode.End {
			t.Errorf("%#x is read and not held against the engine", op)
		}
	}
}

// The engine's compiler reads the code once more, after it was validated, and what
// cannot be reached by ways of its own. It comes out of each instruction where the
// reader does, in the shortest form and with indices that are longer than they need be:
// behind it stands what tells.
func TestCompilerReadsTheSame(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(api.CoreFeaturesV2))
	defer rt.Close(ctx)
	// Labels reach as far as last. What is read a byte too far or not far enough ends
	// a block too late or too early, or adds another number.
	open, closed := bytes.Repeat([]byte{0x02, 0x40}, many-1), bytes.Repeat([]byte{0x0b}, many-1)
	tell := []byte{0x41, 0xe4, 0x00} // i32.const 100
	read := 0
	compile := func(op wasmcode.Op, immediate []byte) {
		code := instruction(op, immediate...)
		compiled, err := rt.CompileModule(ctx, program(wasmtest.Join(open, []byte{0x0c, 0}, code, []byte{0x00}, closed, tell), "\x7f"))
		if err != nil {
			return // a number without an instruction, as TestEngineReadsTheSame finds
		}
		instance, err := rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			t.Fatal(err)
		}
		defer instance.Close(ctx)
		result, err := instance.ExportedFunction("run").Call(ctx)
		if err != nil || len(result) != 1 || result[0] != 100 {
			t.Errorf("%#x: the compiler makes %v of % x, and error %v", op, result, code, err)
		}
		read++
	}
	for _, s := range shapes {
		long := bytes.ReplaceAll(s.immediate, []byte{last}, []byte{last | 0x80, 0x80, 0})
		for op := s.from; op <= s.to; op++ {
			compile(op, s.immediate)
			if len(long) > len(s.immediate) {
				compile(op, long)
			}
		}
	}
	if read < 500 {
		t.Errorf("%d instructions were compiled", read)
	}
}

func read(code []byte) (i wasmcode.Instruction, length int, err error) {
	defer wasmcode.Catch(&err)
	r := wasmcode.NewReader(code, 0, len(code))
	i = r.Next()
	return i, r.At(), nil
}

// What an engine may read as something shorter is refused: the number behind a
// prefix, longer than it need be, and the bytes that are numbers in the format.
func TestShortestForm(t *testing.T) {
	t.Parallel()
	for _, prefix := range []byte{0xfc, 0xfd} {
		for number := range uint32(0x100) {
			shortest := wasmtest.Join([]byte{prefix}, wasmtest.U32(number), make([]byte, 20))
			if _, _, err := read(shortest); err != nil {
				continue
			}
			for _, longer := range [][]byte{{byte(number) | 0x80, byte(number >> 7)}, {byte(number) | 0x80, byte(number>>7) | 0x80, 0},
				{byte(number) | 0x80, byte(number>>7) | 0x80, 0x80, 0}, {byte(number) | 0x80, byte(number>>7) | 0x80, 0x80, 0x80, 0}} {
				if len(longer) == len(wasmtest.U32(number)) {
					continue
				}
				code := wasmtest.Join([]byte{prefix}, longer, make([]byte, 20))
				if i, length, err := read(code); err == nil {
					t.Errorf("% x is read as %#x of %d bytes", code[:6], i.Op, length)
				}
			}
		}
	}
	for _, code := range [][]byte{{0x1c, 0}, {0x1c, 2, 0x7f, 0x7f}, {0x1c, 0x81, 0, 0x7f}} {
		if i, length, err := read(code); err == nil {
			t.Errorf("% x is read as %#x of %d bytes", code, i.Op, length)
		}
	}
	for _, code := range [][]byte{{0x3f, 0x80, 0}, {0x40, 0x80, 0}, {0xfc, 11, 0x80, 0}} {
		if i, _, err := read(code); err != nil || i.Index != 0x80 {
			t.Errorf("% x: have memory %d and error %v, want the byte itself", code, i.Index, err)
		}
	}
	for _, code := range [][]byte{{0xfc, 8, 0, 0x80, 0}, {0xfc, 10, 0, 0x80, 0}} {
		if i, _, err := read(code); err != nil || i.Second != 0x80 {
			t.Errorf("% x: have memory %d and error %v, want the byte itself", code, i.Second, err)
		}
	}
}
