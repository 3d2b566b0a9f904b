//go:build wasip1

// Command guest is a plug-in for Extism. Extism's Go kit moves data between guest
// and host eight bytes a call; the loops here are the same, written by hand.
package main

import (
	"encoding/binary"
	"encoding/json"

	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

//go:wasmimport extism:host/env input_length
func inputLength() uint64

//go:wasmimport extism:host/env input_load_u8
func inputLoadU8(offset uint64) uint32

//go:wasmimport extism:host/env input_load_u64
func inputLoadU64(offset uint64) uint64

//go:wasmimport extism:host/env alloc
func alloc(length uint64) uint64

//go:wasmimport extism:host/env store_u8
func storeU8(offset uint64, value uint32)

//go:wasmimport extism:host/env store_u64
func storeU64(offset, value uint64)

//go:wasmimport extism:host/env output_set
func outputSet(offset, length uint64)

// input reads what the host sent, as the kit's Input does.
func input() []byte {
	length := int(inputLength())
	data := make([]byte, length)
	whole := length &^ 7
	for i := 0; i < whole; i += 8 {
		binary.LittleEndian.PutUint64(data[i:], inputLoadU64(uint64(i)))
	}
	for i := whole; i < length; i++ {
		data[i] = byte(inputLoadU8(uint64(i)))
	}
	return data
}

// output hands data to the host, as the kit's Output does.
func output(data []byte) {
	length := len(data)
	offset := alloc(uint64(length))
	whole := length &^ 7
	for i := 0; i < whole; i += 8 {
		storeU64(offset+uint64(i), binary.LittleEndian.Uint64(data[i:]))
	}
	for i := whole; i < length; i++ {
		storeU8(offset+uint64(i), uint32(data[i]))
	}
	outputSet(offset, uint64(length))
}

//go:wasmexport echo
func echo() int32 {
	output(input())
	return 0
}

var entries = workload.Page(0)

//go:wasmexport page
func page() int32 {
	workload.Renumber(entries, int(binary.LittleEndian.Uint64(input())))
	encoded, err := json.Marshal(entries)
	if err != nil {
		return 1
	}
	output(encoded)
	return 0
}

func main() {}
