package runtime_test

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var updateDocs = flag.Bool("update-docs", false, "write the example into README.md and the WASI table into ABI.md anew")

// TestREADMEExample keeps the example that README shows equal to the one that is
// compiled and run.
func TestREADMEExample(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	have := string(data)
	_, example, _ := strings.Cut(string(source), "\t// README: begin\n")
	example, _, found := strings.Cut(example, "\t// README: end\n")
	head, rest, there := strings.Cut(have, "<!-- example: begin -->\n")
	_, tail, ends := strings.Cut(rest, "<!-- example: end -->\n")
	if !found || !there || !ends {
		t.Fatal("the marks of the example are missing")
	}
	want := head + "<!-- example: begin -->\n```go\n" + strings.ReplaceAll(example, "\n\t", "\n")[1:] + "```\n<!-- example: end -->\n" + tail
	if *updateDocs {
		if err := os.WriteFile("../README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != want {
		t.Error("README.md shows another example than the one that runs; run go test ./runtime -run README -update-docs")
	}
}
