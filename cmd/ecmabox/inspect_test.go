package main

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/runtime"
)

// A module that only a process of its own compiles says so, as a table and as JSON.
func TestOnlyApart(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]*format{
		"compiles  in a process of its own alone: Work is 2, the most in the process itself is 1": {asTable: true},
		`"onlyApart":"Work is 2, the most in the process itself is 1"`:                            {asJSON: true},
	} {
		var b strings.Builder
		r := &runtime.Report{OnlyApart: "Work is 2, the most in the process itself is 1"}
		if err := printReport(&environment{stdout: &b}, f, r); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("have error %v and %q, want %q in it", err, b.String(), want)
		}
	}
}

// What a module made for it has in its lists and names is printed up to a limit, and what
// is left out is counted.
func TestInspectIsBounded(t *testing.T) {
	t.Parallel()
	const most = 128
	name := strings.Repeat("n", 100)
	for _, n := range []int{most, most + 1} {
		r := &runtime.Report{}
		for range n {
			r.Exports = append(r.Exports, runtime.ReportExport{Name: name})
			r.Imports = append(r.Imports, runtime.ReportImport{Module: name + "n", Name: name})
		}
		for kind, f := range map[string]*format{"table": {asTable: true}, "JSON": {asJSON: true}} {
			var b strings.Builder
			if err := printReport(&environment{stdout: &b}, f, r); err != nil {
				t.Fatal(err)
			}
			cut, whole := strings.Count(b.String(), name[1:]+"…"), strings.Count(b.String(), name)
			if cut != most || whole != 2*most {
				t.Errorf("%s of %d: %d names are cut, %d whole, want %d and %d", kind, n, cut, whole, most, 2*most)
			}
			told := strings.Count(b.String(), "and 1 more") + strings.Count(b.String(), `"moreExports":1`) + strings.Count(b.String(), `"moreImports":1`)
			if want := 2 * (n - most); told != want {
				t.Errorf("%s of %d: that there are more is told %d times, want %d", kind, n, told, want)
			}
		}
	}
}
