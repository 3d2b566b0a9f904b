//go:build wasmtime && !unix

package runtime

// threadStack is how large the stacks of threads are: what the linker writes into
// programs on Windows.
func threadStack() uint64 { return unlimitedStack }
