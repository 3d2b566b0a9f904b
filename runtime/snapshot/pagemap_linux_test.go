package snapshot_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// Every page that is of no file is a lease's own, also one that was swapped out: left out,
// it would hold for the next lease what the last one wrote. The entries are as the kernel's
// admin-guide/mm/pagemap.rst describes them.
func TestOwnPages(t *testing.T) {
	t.Parallel()
	const (
		softDirty = 1 << 55
		exclusive = 1 << 56
		ofFile    = 1 << 61
		swapped   = 1 << 62
		present   = 1 << 63
		frame     = 0x1234
		swapPlace = 7<<5 | 3 // offset and type
	)
	entries := []uint64{
		0,                                // never there
		present | exclusive | frame,      // written
		swapped | swapPlace,              // written, and swapped out
		present | ofFile | frame,         // of the file, read
		swapped | softDirty | swapPlace,  // written, and swapped out
		swapped | ofFile | swapPlace,     // of a file in memory, swapped out
		ofFile,                           // of the file, not there
		softDirty,                        // thrown away
		present | softDirty | frame,      // written
		present | softDirty | ofFile | 1, // of the file
	}
	size := os.Getpagesize()
	memory := make([]byte, (len(entries)+1)*size)
	first := (uintptr(unsafe.Pointer(unsafe.SliceData(memory))) + uintptr(size) - 1) / uintptr(size)
	memory = memory[first*uintptr(size)-uintptr(unsafe.Pointer(unsafe.SliceData(memory))):][:len(entries)*size]
	contents := make([]byte, 8*len(entries))
	for i, e := range entries {
		binary.NativeEndian.PutUint64(contents[8*i:], e)
	}
	pagemap := must(os.Create(filepath.Join(t.TempDir(), "pagemap")))(t)
	defer pagemap.Close()
	must(pagemap.WriteAt(contents, int64(first)*8))(t) // a hole before it
	have := must(snapshot.OwnPages(pagemap, memory))(t)
	want := [][2]int{{1 * size, 3 * size}, {4 * size, 5 * size}, {8 * size, 9 * size}}
	if !slices.Equal(have, want) {
		t.Errorf("have %v, want %v", have, want)
	}
}
