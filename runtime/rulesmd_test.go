package runtime_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
)

// TestRulesDoc keeps docs/rules.md equal to the rules of modules and of host
// functions.
func TestRulesDoc(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Rules\n\nThe codes by which ecmabox says no, besides those of the contract ([contract.md](contract.md)). Codes do not change.\n")
	b.WriteString("\n## Modules\n\nA module that breaks one is not loaded; `ecmabox inspect` tells at once all that can be read without running code; `ECMA-MODULE-TOO-LARGE`, `-MEMORY-LIMIT` and `-TABLE-LIMIT`, which are of the settings of who loads it, and the last four are judged when the module is loaded: by `ecmabox connector upload` and every run. The code stands in `abi.Error.Rule`, beside `InvalidModule`.\n\n")
	b.WriteString("| code | what is asked of a module |\n| --- | --- |\n")
	for _, r := range runtime.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.Code, r.Asks)
	}
	b.WriteString("\n## Host functions\n\nA call that breaks one is answered with `Denied` and the code, and nothing is sent; where the rule is about the answer, the connector gets none of it.\n\n")
	b.WriteString("| code | what holds |\n| --- | --- |\n")
	for _, r := range hostfuncs.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.Code, r.Why)
	}
	const file = "../docs/rules.md"
	if *updateDocs {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil || string(have) != b.String() {
		t.Errorf("docs/rules.md does not list the rules (%v); run go test ./runtime -run Doc -update-docs", err)
	}
}
