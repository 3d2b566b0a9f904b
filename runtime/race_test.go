//go:build race

package runtime_test

// racing says that the race detector is on, which takes many times the memory.
const racing = true
