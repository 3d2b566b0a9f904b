//go:build wasmtime

package runtime

import (
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
)

// Guests run on the stacks of threads, whose ends Wasmtime does not know: who passes one
// ends the process. So it is told how much it may use of each.
const (
	// mostWasmtimeStack is that much where threads have 8 MiB, as is usual. It is less than
	// Config.CallDepth allows functions with many variables.
	mostWasmtimeStack = 6 << 20
	// leastWasmtimeStack is what it has by itself.
	leastWasmtimeStack = 512 << 10
	// besideWasmtimeStack is for Go, C and the host functions, above the guest and below.
	besideWasmtimeStack = 1 << 20
)

// unlimitedStack is what threads have, by C's library, where the system has no limit: on
// AMD64 and ARM64.
const unlimitedStack = 2 << 20

// wasmtimeStack is how much a guest may use of threads that have stacks of so many
// bytes.
func wasmtimeStack(thread uint64) (int, error) {
	if thread < besideWasmtimeStack+leastWasmtimeStack {
		return 0, &abi.Error{Code: abi.HostFailure, Op: "runtime: new", Side: abi.SideCaller,
			Message: fmt.Sprintf("threads of this process have stacks of %d KiB, and Wasmtime runs guests on them, which takes %d: start it with larger ones, such as after ulimit -s 8192",
				thread>>10, (besideWasmtimeStack+leastWasmtimeStack)>>10)}
	}
	return int(min(thread-besideWasmtimeStack, mostWasmtimeStack)), nil
}
