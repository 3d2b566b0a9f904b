//go:build !race

package admission_test

// racing: see race_test.go.
const racing = false
