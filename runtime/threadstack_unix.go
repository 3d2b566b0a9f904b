//go:build wasmtime && unix

package runtime

import "syscall"

// stackAtStart is the limit of stacks that the process began with, by which C's library
// measures those of all threads, Go's among them. Only the first thread's goes with the
// limit later.
var stackAtStart = stackLimit()

// threadStack is how large the stacks of threads are at the least.
func threadStack() uint64 { return min(stackAtStart, stackLimit()) }

func stackLimit() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_STACK, &limit); err != nil || uint64(limit.Cur) >= 1<<40 {
		return unlimitedStack
	}
	return uint64(limit.Cur)
}
