//go:build !wasip1 && race

package recipes_test

// racing says that the race detector is on, which takes many times as long.
const racing = true
