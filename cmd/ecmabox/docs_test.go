package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestEveryCommandIsDocumented compares docs/commands.md with the commands, their
// flags and the exit codes.
func TestEveryCommandIsDocumented(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	var check func(cmd *cobra.Command, above string)
	check = func(cmd *cobra.Command, above string) {
		if cmd.HasParent() {
			heading := "# " + strings.TrimSuffix(above+" "+cmd.Use, " [flags]") + "\n"
			if !strings.Contains(text, heading) {
				t.Errorf("docs/commands.md has no heading %q", heading)
			}
			if cmd.Short == "" {
				t.Errorf("%s has no short help", cmd.Use)
			}
			above += " " + cmd.Name()
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(text, "`--"+f.Name) {
				t.Errorf("docs/commands.md does not name --%s of %s", f.Name, above)
			}
		})
		for _, below := range cmd.Commands() {
			check(below, above)
		}
	}
	root := rootCommand(&environment{})
	check(root, "ecmabox")
	for line := range strings.Lines(exitHelp) {
		var code int
		if n, _ := fmt.Sscanf(line, "%d", &code); n == 1 {
			_, words, _ := strings.Cut(strings.TrimSpace(line), " ")
			if row := fmt.Sprintf("| %d | %s |", code, strings.TrimSpace(words)); !strings.Contains(text, row) {
				t.Errorf("docs/commands.md lacks the row %q", row)
			}
		}
	}
}
