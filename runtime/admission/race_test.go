//go:build race

package admission_test

// racing says that the race detector is on, which takes ten times as long, and memory
// where there is none otherwise.
const racing = true
