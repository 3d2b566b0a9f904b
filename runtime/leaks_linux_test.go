//go:build !wasmtime

package runtime_test

import (
	"context"
	"os"
	"runtime/debug"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// Thousands of loads that fail, before and after there is an image of the module, and of
// connectors that are closed leave not one mapping of their memories, each of which keeps
// 2 GiB of addresses free, and no open file. In the long tier ten thousand fail. This is
// not parallel: the addresses and files are those of the process. Wasmtime maps its
// memories itself.
func TestNothingIsLeftOfLoads(t *testing.T) {
	times, rounds := 250, 1
	if racing {
		times = 100
	}
	if os.Getenv("ECMABOX_LONG") != "" {
		rounds = 7
	}
	failed := 0
	starts := map[string]abi.Code{"traps_in_initialize": abi.InvalidModule, "traps_in_start": abi.InvalidModule, "unknown_features": abi.InvalidModule, "answers_well": 0}
	for _, config := range []runtime.Config{{}, {StartAnew: true}} {
		config.MemoryLimitBytes = 2 << 30
		rt := newRuntime(t, config)
		for name, code := range starts {
			wasm := module(t, name)
			once := func() {
				c, err := rt.Load(context.Background(), wasm, &fakeHosts{}, contract.Promise{})
				if abi.CodeOf(err) != code {
					t.Fatalf("%s: have error %v, want code %v", name, err, code)
				}
				if err != nil {
					failed++
					return
				}
				if err := c.Close(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			once() // opens what stays open
			before, files := ofStatus(t, "VmSize:"), openFiles(t)
			for range rounds {
				debug.FreeOSMemory() // what the last round left, whose addresses serve again
				uncollected(times, once)
				// Go takes some meanwhile: arenas of 64 MiB, and stacks for its threads.
				if after := ofStatus(t, "VmSize:"); after > before+500<<20 {
					t.Errorf("%s: %d bytes of addresses before, %d after", name, before, after)
				}
				if after := openFiles(t); after > files+5 {
					t.Errorf("%s: %d open files before, %d after", name, files, after)
				}
			}
		}
	}
	if t.Logf("%d loads failed", failed); rounds > 1 && !racing && failed < 10_000 {
		t.Error("those are fewer than ten thousand")
	}
}

// uncollected does something so many times without Go's collector, which closes files
// that nobody has any more.
func uncollected(times int, do func()) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for range times {
		do()
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
