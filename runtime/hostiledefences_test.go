package runtime_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
)

// unswitched are what rows stand on, rules, and limits, that no switch is for, and why.
func unswitched() map[string]string {
	const (
		noGuard  = "it tells authors what is wrong with their module, and keeps nothing out that would do harm: `go test ./runtime -run TestInspect`"
		ownChild = "it bounds the compiler, before which admission stands: no row gets there. `go test ./runtime -run TestCompileLimits` compiles what admission refuses, " +
			"`-run TestConfined` tries everything in a process that is confined and in one that is not"
	)
	reasons := map[string]string{
		byValidation:                         "it is the engine's: there is no line to switch off",
		"a guest's memory is its own alone":  "it is what an instance is; the rows of `instances of their own` hold it",
		"metering counts by structure alone": "nothing is refused: the row sees that what nothing reaches does not confuse metering",
		byWriting:                            "whether the deadline comes while an answer is written is a matter of chance: `go test ./runtime -run TestLateAnswer` has it come before, and sees that next to nothing is written",
		"the format allows it":               "nothing is refused: the row sees that nothing is refused",

		runtime.RuleNotWasm: noGuard, runtime.RuleComponent: noGuard, runtime.RuleVersion: noGuard, runtime.RuleCommand: noGuard,
		runtime.RuleExportName: noGuard, runtime.RuleExportStray: noGuard, runtime.RuleNoRole: noGuard,
		runtime.RuleInvalid: "it is the engine's: there is no line to switch off",

		admission.RuleTableMaximum: "a table without a maximum has got one before: `limit of tables` switches both off",

		"CacheBytes": "it bounds what is kept on disk, and no module: `go test ./runtime -run TestCacheBytes`",

		"CompileMemoryBytes": ownChild, "CompileCPU": ownChild, "CompileTimeout": ownChild,
	}
	for _, s := range sums() {
		for _, t := range s.terms {
			if t.why != "" {
				reasons[t.name] = t.why
			}
		}
	}
	return reasons
}

// TestEveryDefenceHasASwitch holds that every row stands on a defence that a row fails
// without, and that every rule, limit and index does: that there is a switch for it, or
// a reason why not.
func TestEveryDefenceHasASwitch(t *testing.T) {
	t.Parallel()
	rows := make(map[string]hostileRow)
	for _, r := range hostileRows() {
		if _, twice := rows[r.name]; twice {
			t.Errorf("there are two rows %s: only the first would be played", r.name)
		}
		rows[r.name] = r
	}
	covered, by := make(map[string]bool), make(map[string]bool)
	var texts strings.Builder
	for _, d := range defences() {
		for name, failing := range d.switches {
			if by[name] || len(failing) == 0 {
				t.Errorf("the switch %q is there twice, or fails no row", name)
			}
			by[name], covered[name] = true, true
			for _, row := range failing {
				r, there := rows[row]
				if !there {
					t.Errorf("the switch %q is to fail the row %s, which is not there", name, row)
				}
				covered[r.defence], covered[r.want.name], covered[r.admission] = true, true, true
				texts.WriteString(r.defence)
			}
		}
	}
	// Some defences are named by their limit.
	for _, f := range reflect.VisibleFields(reflect.TypeFor[runtime.Config]()) {
		if strings.Contains(texts.String(), "`"+f.Name+"`") {
			covered[f.Name] = true
		}
	}
	// That a row fails without one term of what is limited does not hold the limit itself.
	for _, f := range reflect.VisibleFields(reflect.TypeFor[admission.Limits]()) {
		covered[f.Name] = by[f.Name]
	}
	named := admission.Names()
	for _, r := range runtime.Rules() {
		named = append(named, r.Code)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[runtime.Config]()) {
		if f.IsExported() && (f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64 || f.Type == reflect.TypeFor[*runtime.MemoryBudget]()) {
			named = append(named, f.Name)
		}
	}
	for _, r := range rows {
		named = append(named, r.defence)
	}
	for _, s := range sums() {
		for _, t := range s.terms {
			named = append(named, t.name)
		}
	}
	for _, name := range named {
		if _, reason := unswitched()[name]; covered[name] == reason {
			t.Errorf("%q has a switch that fails a row: %t; a reason why not: %t: want one of both (see the list of defences)", name, covered[name], reason)
		}
	}
	for name := range unswitched() {
		if !slices.Contains(named, name) {
			t.Errorf("there is a reason why %q has no switch, and nothing of that name", name)
		}
	}
}

// inSwitch finds the names by which a defence is off.
var inSwitch = regexp.MustCompile(`(?:off|without|unless)\("([^"]+)"`)

// defencesDoc is the part of docs/sandbox.md on what is switched off.
func defencesDoc() string {
	places, fails := make(map[string][]string), make(map[string][]string)
	for _, d := range defences() {
		place := filepath.ToSlash(filepath.Join("runtime", d.file))
		maps.Copy(fails, d.switches)
		names := slices.Collect(maps.Keys(d.switches))
		for _, found := range inSwitch.FindAllStringSubmatch(d.off, -1) {
			names = append(names, found[1])
		}
		for _, name := range names {
			if !slices.Contains(places[name], place) {
				places[name] = append(places[name], place)
			}
		}
	}
	var b strings.Builder
	b.WriteString(defencesIntroduction)
	b.WriteString("| what is off | where | rows that fail |\n| --- | --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(fails)) {
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", name, strings.Join(places[name], ", "), strings.Join(fails[name], "`, `"))
	}
	b.WriteString("\nNo switch is there for these:\n\n| what | why not |\n| --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(unswitched())) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, unswitched()[name])
	}
	return b.String()
}

const defencesIntroduction = `
## Each defence switched off

A defence that nothing fails without may be gone unnoticed. So each of these is off in turn, in a build of its own, and the rows beside it must fail
(` + "`ECMABOX_LONG=1 go test ./runtime -timeout 30m -run TestHostileSwitches`" + `, which takes a quarter of an hour). That each rule of modules, each limit and index of admission, each limit of
` + "`runtime.Config`" + ` and what is in the way of each row above has such a switch, or a reason why not, is held by every run of the tests. What admission counts are sums, of what costs a compiler for one reason and another. Each of their terms has a switch of its own (` + "`count of …`" + `), and a row that is
let in without it, though all others are counted: whatever ` + "`runtime/admission`" + ` adds up, which the tests read out of its source, is such a term.

Some have a second layer behind them, which would do: then both are off together, where the row sees nothing of one alone. What is no module (a section twice, one that
is unknown, more than the bounds) is refused by what reads it first and by admission; the rows ask each. ` + "`stop`" + ` is off where metering calls out and behind the
host's functions, the pointers of buffers where one is given and where it is written, text of its own in the decoder and in the state. An empty reply is
refused as such, and is no message to the decoder. What the engine's stack takes of a function is counted from several of its properties; all of them are held against
the engine by ` + "`go test ./runtime/metering -run BytesPerFrame`" + `. What a connector is granted by its host, targets and addresses above all, is the business of
` + "`hostfuncs`" + ` and its tests: no module can change that.

`
