//go:build !race

package runtime_test

// racing: see race_test.go.
const racing = false
