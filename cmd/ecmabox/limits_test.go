package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// limitNames are the names of all limits that the runtime tells of: the numbers of Config,
// and the constants beside which it tells them.
func limitNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{"MemoryBudget": true, "MaxPageBytes": true, "MaxBytes": true, "MaxMessageBytes": true, "MaxPageEntries": true}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[runtime.Config]()) {
		if f.IsExported() && (f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64) {
			names[f.Name] = true
		}
	}
	for _, source := range []string{"usage.go", "snapshot/budget.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), "../../runtime/"+source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		ast.Inspect(file, func(n ast.Node) bool {
			if c, is := n.(*ast.ValueSpec); is && len(c.Values) == 1 && strings.HasPrefix(strings.ToLower(c.Names[0].Name), "limit") {
				if text, is := c.Values[0].(*ast.BasicLit); is && text.Kind == token.STRING {
					name, err := strconv.Unquote(text.Value)
					if err != nil {
						t.Fatal(err)
					}
					names[name] = true
					found++
				}
			}
			return true
		})
		if found < 3 {
			t.Errorf("%s has %d names of limits: they are elsewhere", source, found)
		}
	}
	return names
}

// keyOfLimit finds the keys that a hint names.
var keyOfLimit = regexp.MustCompile(`\blimits\.\w+`)

// TestHintsOfLimits: every limit of the runtime has a hint, which names a key that there is,
// or says that there is none; none sends an operator to runtime.Config.
func TestHintsOfLimits(t *testing.T) {
	t.Parallel()
	documented, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	names := limitNames(t)
	// Beyond these nothing fails.
	for _, name := range []string{"StderrBytes", "CacheBytes"} {
		if delete(names, name); limitCures[name] != "" {
			t.Errorf("%s has a cure, and nothing fails beyond it", name)
		}
	}
	for name := range names {
		e := &abi.Error{Code: abi.LimitExceeded, Side: abi.SideGuest, Limit: name}
		switch name {
		case "CallTimeout", "CloseTimeout", "StartTimeout":
			e.Code = abi.DeadlineExceeded
		case "StopGrace":
			e.Code = abi.Cancelled
		}
		hint := hintFor(fmt.Errorf("run import: %w", e))
		keys := keyOfLimit.FindAllString(hint, -1)
		if strings.Contains(hint, "Config.") || len(keys) == 0 && !strings.Contains(hint, "no configuration") && name != "the operating system's memory" {
			t.Errorf("%s: the hint is %q", name, hint)
		}
		for _, key := range keys {
			if !strings.Contains(string(documented), "| `"+key+"` |") {
				t.Errorf("%s: the hint is %q, and there is no %s", name, hint, key)
			}
		}
	}
	for name := range limitCures {
		if !names[name] {
			t.Errorf("%s has a cure, and is no limit", name)
		}
	}
}

// TestHintsOfCauses: a limit is found among the causes of an error, too; what a start may is
// not what a call may; without a name there is no hint.
func TestHintsOfCauses(t *testing.T) {
	t.Parallel()
	limit := func(code abi.Code, name string) *abi.Error {
		return &abi.Error{Code: code, Side: abi.SideGuest, Limit: name}
	}
	start := func(cause error) error {
		return &abi.Error{Code: abi.InvalidModule, Side: abi.SideGuest, Rule: runtime.RuleStart, Err: cause}
	}
	calls := limit(abi.LimitExceeded, "HostCallsPerRun")
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"of an earlier failure":   {&abi.Error{Code: abi.Closed, Side: abi.SideGuest, Err: limit(abi.LimitExceeded, "FuelPerRun")}, "limits.fuelPerRun"},
		"of its own error":        {&abi.Error{Code: abi.ServerDown, Side: abi.SideGuest, Err: calls}, "limits.hostCallsPerRun"},
		"beside another cause":    {&abi.Error{Code: abi.ServerDown, Side: abi.SideGuest, Err: fmt.Errorf("%w: %w", errors.New("x"), calls)}, "limits.hostCallsPerRun"},
		"a start of long sleep":   {start(limit(abi.LimitExceeded, "SleepPerCall")), startCure},
		"a start that computes":   {start(limit(abi.LimitExceeded, "FuelPerCall")), startCure},
		"a start that takes long": {start(limit(abi.DeadlineExceeded, "StartTimeout")), startCure},
		"a lease that takes long": {&abi.Error{Code: abi.DeadlineExceeded, Side: abi.SideHost, Limit: "StartTimeout"}, leaseCure},
		"a start of much memory":  {start(limit(abi.LimitExceeded, "MemoryLimitBytes")), "limits.memory"},
		"another start":           {start(limit(abi.Trap, "")), "ecmabox inspect MODULE"},
		"a large module":          {&abi.Error{Code: abi.InvalidModule, Rule: runtime.RuleTooLarge}, limitCures["MaxModuleBytes"]},
		"a large table":           {&abi.Error{Code: abi.InvalidModule, Rule: runtime.RuleTableLimit}, limitCures["MaxTableElements"]},
		"a target's time":         {&abi.Error{Code: abi.DeadlineExceeded, Side: abi.SideTarget, Limit: "CallTimeout"}, "raise limits.callTimeout"},
		"the connector's time":    {limit(abi.DeadlineExceeded, "CallTimeout"), "the connector did not come back"},
		"the caller's time":       {&abi.Error{Code: abi.DeadlineExceeded, Side: abi.SideCaller}, ""},
	} {
		if have := hintFor(test.err); !strings.HasPrefix(have, test.want) && !strings.HasPrefix(have, "raise "+test.want+" ") || have != "" && test.want == "" {
			t.Errorf("%s: have %q, want %q", name, have, test.want)
		}
	}
}
