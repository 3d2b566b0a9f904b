package runtime_test

import (
	"os"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/admission"
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
		before, after := wasmtest.Invalid(t, wasmtest.WithoutCustom(module)), wasmtest.Invalid(t, metered)
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
