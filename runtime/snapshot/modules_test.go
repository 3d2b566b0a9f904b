package snapshot_test

import (
	"math"

	. "github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// The functions of the machine.
var machineExports = [][]byte{
	Export("memory", 2, 0), Export("visible", 3, 0), Export("constant", 3, 4),
	Export("peek", 0, 0), Export("poke", 0, 1), Export("grow", 0, 2), Export("size", 0, 3), Export("count", 0, 4), Export("ratio", 0, 5), Export("init", 0, 6),
}

// machine is a module that has everything a snapshot holds: memory that is filled
// and then grown, mutable globals of each kind of number, segments of both kinds
// and a start function.
func machine() *Module {
	start := Join(
		I32(100), I32(42), []byte{0x3a, 0, 0}, // memory[100] = 42
		I32(1), []byte{0x40, 0, 0x1a}, // grow
		I32(page+7), I32(43), []byte{0x3a, 0, 0},
		[]byte{0x23, 0}, I64(1), []byte{0x7c, 0x24, 0}, // visible++
		[]byte{0x23, 1}, I32(1), []byte{0x6a, 0x24, 1}, // count++
		[]byte{0x23, 3, 0x23, 3, 0xa0, 0x24, 3}, // ratio += ratio
	)
	return &Module{
		Types:     [][]byte{Func("", ""), Func("\x7f", "\x7f"), Func("\x7f\x7f", ""), Func("", "\x7f"), Func("", "\x7c"), Func("\x7f\x7f\x7f", "")},
		Functions: [][]byte{U32(1), U32(2), U32(1), U32(3), U32(3), U32(4), U32(5), U32(0)},
		Memories:  [][]byte{{1, 1, 8}},
		Globals: [][]byte{
			Join([]byte{0x7e, 1}, I64(1<<40), []byte{0x0b}),
			Join([]byte{0x7f, 1}, I32(-5), []byte{0x0b}),
			{0x7d, 1, 0x43, 0, 0, 0xc0, 0x7f, 0x0b}, // a mutable f32: NaN
			Join([]byte{0x7c, 1, 0x44}, f64(1.25), []byte{0x0b}),
			Join([]byte{0x7f, 0}, I32(9), []byte{0x0b}),
		},
		Exports: machineExports,
		Start:   U32(7),
		Bodies: [][]byte{
			Body(nil, 0x20, 0, 0x2d, 0, 0),          // peek
			Body(nil, 0x20, 0, 0x20, 1, 0x3a, 0, 0), // poke
			Body(nil, 0x20, 0, 0x40, 0),             // grow
			Body(nil, 0x3f, 0),                      // size
			Body(nil, Join([]byte{0x23, 1}, I32(1), []byte{0x6a, 0x24, 1, 0x23, 1})...), // count
			Body(nil, 0x23, 3), // ratio
			Body(nil, 0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 8, 2, 0), // init: memory.init of the passive segment
			Body(nil, start...),
		},
		DataCount: U32(3),
		Data: [][]byte{
			Join([]byte{0}, I32(16), []byte{0x0b}, Sized("hello")),
			Join([]byte{2, 0}, I32(18), []byte{0x0b}, Sized("LL")), // over the first
			Join([]byte{1}, Sized("passive")),
		},
	}
}

func f64(f float64) []byte {
	bits := math.Float64bits(f)
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(bits >> (8 * i))
	}
	return b
}
