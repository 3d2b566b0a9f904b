package want_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// ending is a context that ends at one of the looks at it, and stays so.
type ending struct {
	context.Context
	looks, at int
}

func (e *ending) Err() error {
	if e.looks++; e.at > 0 && e.looks >= e.at {
		return context.DeadlineExceeded
	}
	return nil
}

// TestReadEndsWithContext reads what takes long, each for another reason: the context is
// looked at once for so many bytes, and its error ends the reading there.
func TestReadEndsWithContext(t *testing.T) {
	t.Parallel()
	const size = 2 << 20 // 32 strides; plain strings are passed four at a time
	fill := func(head, unit, tail string) string {
		return head + strings.Repeat(unit, (size-len(head)-len(tail))/len(unit)) + tail
	}
	rows := abi.Want{Rows: []string{"."}, Fields: []string{"."}}
	for name, c := range map[string]struct {
		body   string
		w      abi.Want
		status int
		least  int // looks
	}{
		"skipped":                {fill(`{"a":"`, "x", `"}`), abi.Want{Values: []string{"b"}}, 200, 6},
		"of a failure":           {fill(`{"a":"`, "x", `"}`), abi.Want{Values: []string{"b"}}, 500, 6},
		"a string":               {fill(`[["`, "x", `"]]`), abi.Want{Values: []string{"0"}}, 200, 36},
		"a string with escapes":  {fill(`[["`, `\n`, `"]]`), abi.Want{Values: []string{"0"}}, 200, 60},
		"white space":            {fill(`[[`, " ", `]]`), abi.Want{Values: []string{"0"}}, 200, 60},
		"a number":               {fill(`[{"a":`, "1", `}]`), abi.Want{Values: []string{`#(a==1)`}}, 200, 60},
		"rows":                   {fill(`[`, `{"a":1},`, `0]`), rows, 200, 60},
		"small rows":             {fill(`[`, `1,`, `0]`), rows, 200, 60},
		"a filter":               {fill(`[`, `{"a":1},`, `0]`), abi.Want{Values: []string{"#(a==2)"}}, 200, 250},
		"no list":                {fill(`{"a":[`, `1,`, `0]}`), abi.Want{Rows: []string{"a.b"}}, 200, 90},
		"an object, not a list":  {fill(`{"a":{"b":[`, `1,`, `0]}}`), abi.Want{Rows: []string{"a"}}, 200, 90},
		"one thing, often":       {fill(`[`, `1,`, `0]`), abi.Want{Values: []string{".", "#", "#.a", "0"}}, 200, 60},
		"things in other things": {fill(`[`, `[1],`, `0]`), abi.Want{Values: []string{"#.#", "0.0"}}, 200, 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, answer := compile(t, c.w), abi.HTTPAnswer{Status: c.status, Body: c.body}
			ctx := &ending{Context: context.Background()}
			if _, err := plan.Answer(ctx, answer, 4*size); abi.AsError(err) == nil && err != nil {
				t.Fatal(err)
			}
			all := ctx.looks
			if all < c.least {
				t.Errorf("%d looks, want %d at least", all, c.least)
			}
			for _, at := range []int{1, all / 2, all} {
				ctx := &ending{Context: context.Background(), at: at}
				have, err := plan.Answer(ctx, answer, 4*size)
				if !errors.Is(err, context.DeadlineExceeded) || have.Wanted != "" || ctx.looks > at+1 {
					t.Errorf("ended at look %d of %d: have %d bytes, %v after %d looks", at, all, len(have.Wanted), err, ctx.looks)
				}
			}
		})
	}
}
