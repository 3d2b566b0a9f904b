package guest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestABIMDPassedOn holds ABI.md to the translation of the host's codes.
func TestABIMDPassedOn(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| the host's | leaves as |\n| --- | --- |\n")
	for _, c := range abi.Codes() {
		if to, ok := hostCodes[c]; ok {
			fmt.Fprintf(&b, "| `%s` | `%s` |\n", c, to)
		}
	}
	b.WriteString("| any other | `ExtensibleExtension` |\n")
	data, err := os.ReadFile("../../ABI.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := "<!-- table: passed on -->\n\n" + b.String(); !strings.Contains(string(data), want) {
		t.Errorf("ABI.md does not have this table:\n%s", want)
	}
}
