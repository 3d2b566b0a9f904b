//go:build !wasip1 && !race

package recipes_test

// racing: see race_test.go.
const racing = false
