package wasmtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// WithoutCustom is a module without its custom sections, whose contents only some engines
// read.
func WithoutCustom(module []byte) []byte {
	made := slices.Clone(module[:8])
	wasmcode.Sections(module, func(s wasmcode.Section) {
		if s.ID != wasmcode.SectionCustom {
			made = Section(made, s.ID, module[s.From:s.To])
		}
	})
	return made
}

// Invalid is what the validator of wabt says of a module, or nothing if it is valid.
// Without it the test is skipped, or fails where the environment has CI=true.
func Invalid(t testing.TB, module []byte) string {
	t.Helper()
	tool, err := exec.LookPath("wasm-validate")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no wasm-validate to judge what is rewritten with: apt-get install wabt")
		}
		t.Skip("NOT CHECKED: whether what is rewritten is valid, for want of wasm-validate of wabt")
	}
	file := filepath.Join(t.TempDir(), "module.wasm")
	if err := os.WriteFile(file, module, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(tool, file).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err != nil && len(said) == 0 {
		return err.Error()
	}
	return string(said)
}
