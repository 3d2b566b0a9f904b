package metering_test

import (
	"os"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/metering"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func rewrite(t testing.TB, module []byte) []byte {
	t.Helper()
	metered, err := metering.Rewrite(module, metering.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return metered
}
