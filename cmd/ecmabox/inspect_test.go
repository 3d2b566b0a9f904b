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
