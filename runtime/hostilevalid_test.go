package runtime_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// What the rows that are made and admitted are rewritten to is valid for wabt's validator
// if they were, but for their custom sections, and only then. Those of testdata/hostile
// are fixtures of package metering.
func TestHostileValid(t *testing.T) {
	if os.Getenv("ECMABOX_LONG") == "" {
		t.Skip("set ECMABOX_LONG=1 to make all hostile modules and validate what they are rewritten to")
	}
	t.Parallel()
	rewritten, invalid := 0, 0
	for _, row := range hostileRows() {
		if row.made == nil {
			continue
		}
		module, config := row.bytes(t), row.config(&shownLog{})
		if row.limits != nil {
			row.limits(&config)
		}
		admitted, err := admission.Check(module, admission.Limits{MemoryPages: int(config.MemoryLimitBytes >> 16)})
		if err != nil {
			continue
		}
		metered, _, err := metering.Rewrite(admitted)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		rewritten++
		before, after := invalidFor(t, withoutCustom(module)), invalidFor(t, metered)
		if before != "" {
			invalid++
		}
		if (before == "") != (after == "") {
			t.Errorf("%s: wabt says %q of the module, and %q of what it is rewritten to", row.name, before, after)
		}
	}
	t.Logf("%d rows that are made were rewritten, %d of them not valid", rewritten, invalid)
	if rewritten < 40 || invalid < 5 {
		t.Errorf("have %d rows that were rewritten, and %d of them not valid: this does not test what it is to", rewritten, invalid)
	}
}

// withoutCustom is a module without its custom sections.
func withoutCustom(module []byte) []byte {
	made := slices.Clone(module[:8])
	wasmcode.Sections(module, func(s wasmcode.Section) {
		if s.ID != wasmcode.SectionCustom {
			made = wasmtest.Section(made, s.ID, module[s.From:s.To])
		}
	})
	return made
}

// invalidFor is what wasm-validate says of a module, or nothing if it is valid.
func invalidFor(t *testing.T, module []byte) string {
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
