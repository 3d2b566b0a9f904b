package runtime_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The comment of each number of Config tells its default, its least and its most as they
// are, and what happens beyond: a code, or in words that nothing fails. Every default has a
// comment.
func TestCommentsOfSettings(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[string]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if name := n.Names[0].Name; strings.HasPrefix(name, "Default") && !strings.HasPrefix(n.Doc.Text(), name+" ") {
				t.Errorf("%s has no comment of its own", name)
			}
		case *ast.Field:
			if len(n.Names) == 0 {
				break
			}
			name := n.Names[0].Name
			want, there := settings()[name]
			if name == "MemoryBudget" {
				want, there = setting{2 << 30, 64 << 10, 1 << 50}, true
			}
			if there {
				told[name] = true
				checkComment(t, name, strings.Join(strings.Fields(n.Doc.Text()), " "), want)
			}
		}
		return true
	})
	for name := range settings() {
		if !told[name] {
			t.Errorf("%s was not found", name)
		}
	}
}

// inComment finds what a comment says of the numbers of a setting.
var inComment = regexp.MustCompile(`(Default|at least|at most) (math\.\w+/2|UnlimitedFuel|[0-9]+(?:,[0-9]{3})*(?: [KMGP]iB less a page| [KMGP]iB| bytes| ms| s| h| days)?)`)

// beyond are the words by which a comment says what happens beyond.
var beyond = regexp.MustCompile(`abi\.(LimitExceeded|DeadlineExceeded|InvalidModule)|nothing fails|as beyond [A-Z]|is not kept`)

func checkComment(t *testing.T, name, text string, want setting) {
	t.Helper()
	have := make(map[string]string)
	for _, found := range inComment.FindAllStringSubmatch(text, -1) {
		if _, twice := have[found[1]]; !twice {
			have[found[1]] = found[2]
		}
	}
	numbers := map[string]int64{"Default": want.byDefault, "at most": want.most}
	if want.least > 1 {
		numbers["at least"] = want.least
	}
	for word, n := range numbers {
		if spelled := inWords(name, n); have[word] != spelled {
			t.Errorf("the comment of %s says %s %q, want %q", name, word, have[word], spelled)
		}
	}
	// The one of CompileMemoryBytes speaks for the other two.
	if name != "CompileCPU" && name != "CompileTimeout" && !beyond.MatchString(text) {
		t.Errorf("the comment of %s does not say what happens beyond it", name)
	}
}

// inWords spells a number of Config as its comment does.
func inWords(name string, n int64) string {
	switch {
	case n == math.MaxInt64:
		return "UnlimitedFuel"
	case n == math.MaxInt64/2:
		return "math.MaxInt64/2"
	case n == 4<<30-64<<10:
		return "4 GiB less a page"
	case n > int64(48*time.Hour) && strings.HasPrefix(name, "Sleep"):
		return fmt.Sprint(n/int64(24*time.Hour), " days")
	case strings.HasSuffix(name, "Timeout"), strings.HasPrefix(name, "Sleep"), name == "StopGrace", name == "CompileCPU":
		return unit(n, []string{" ns", " ms", " s", " h"}, []int64{1, int64(time.Millisecond), int64(time.Second), int64(time.Hour)})
	case strings.Contains(name, "Bytes"), name == "MemoryBudget":
		return unit(n, []string{" bytes", " KiB", " MiB", " GiB", " PiB"}, []int64{1, 1 << 10, 1 << 20, 1 << 30, 1 << 50})
	}
	return grouped(n)
}

// unit spells n in the largest unit of which it is a multiple.
func unit(n int64, names []string, units []int64) string {
	for i := len(units) - 1; ; i-- {
		if n%units[i] == 0 {
			return grouped(n/units[i]) + names[i]
		}
	}
}

// grouped is n with a comma before each three digits.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
