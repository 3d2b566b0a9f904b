package contract_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func TestRules(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^ECMA(-[A-Z]+)+$`)
	seen := make(map[string]bool)
	for _, r := range contract.Rules() {
		if !form.MatchString(r.Code) || seen[r.Code] {
			t.Errorf("code %q is of another form, or there twice", r.Code)
		}
		seen[r.Code] = true
		if r.Side != abi.SideGuest && r.Side != abi.SideCaller {
			t.Errorf("%s has side %s", r.Code, r.Side)
		}
		if (r.Effect == contract.Refuse) != (r.Error != 0) {
			t.Errorf("%s has effect %s and error %s", r.Code, r.Effect, r.Error)
		}
		if !strings.HasSuffix(r.Summary, ".") || r.Source == "" {
			t.Errorf("%s has summary %q and source %q", r.Code, r.Summary, r.Source)
		}
	}
}

func TestRulesAreTheCallers(t *testing.T) {
	t.Parallel()
	contract.Rules()[0].Code = "changed"
	if contract.Rules()[0].Code == "changed" {
		t.Error("the table can be changed from outside")
	}
}

const docPath = "../../docs/contract.md"

const docHead = `# The contract

What every connector is held to, on every call, and what is held against its
caller. Made from the rule table of package runtime/contract; change that, then
run ` + "`go test ./runtime/contract -run TestDoc -update`" + `.

**Broken by** tells whose fault it is: the connector's, or the caller's, who may be
the operator that configured it. **Effect** tells what happens:

- *refuse*: the call fails with an error that names the rule. Its code is
  ContractViolation unless the effect says another.
- *drop and count*: the offending entry or attribute is left out and counted.
- *correct and count*: the offending thing is set right and counted.
- *warn*: nothing happens, but an operator should know.
- *note*: the connector asks for something that is accepted and not used. Said
  once.

A connector that works on files alone (ECMA's IMAExtensible2FileImport and
IMAExtensible2FileExport) breaks no rule: it cannot be built, since the ABI has no
such calls. Nor are there calls for hierarchies.

**Source** is a section of the reference on ECMA 2.x (ecma2), of the design, or a
part of package abi.

| Rule | Broken by | Effect | What holds | Source |
| --- | --- | --- | --- | --- |
`

func doc() []byte {
	var b bytes.Buffer
	b.WriteString(docHead)
	for _, r := range contract.Rules() {
		by, effect := "connector", r.Effect.String()
		if r.Side == abi.SideCaller {
			by = "caller"
		}
		if r.Error != 0 && r.Error != abi.ContractViolation {
			effect += " (" + r.Error.String() + ")"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Code, by, effect, r.Summary, r.Source)
	}
	return b.Bytes()
}

func TestDoc(t *testing.T) {
	t.Parallel()
	want := doc()
	if *update {
		noError(t, os.WriteFile(docPath, want, 0o644))
	}
	have, err := os.ReadFile(docPath)
	noError(t, err)
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the rule table says; run the test with -update and read the change", docPath)
	}
}
