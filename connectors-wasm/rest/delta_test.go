package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// changing is a recipe with delta; %s is what stands in it besides.
func changing(delta string) string {
	return `{"import":{"request":"/users","rows":"."},"delta":{
		"lists":{"request":{"path":"/users","query":{"since":"{delta.since}"}},"rows":"."},` + delta + `}}`
}

func TestDelta(t *testing.T) {
	t.Parallel()
	dated := func(body string) abi.HTTPAnswer { return ok(body) } // at 06:00
	for name, test := range map[string]struct {
		delta, full, changes string
		// marks after the full import and after the delta, and what it asks for.
		first, second, asked string
		lines                string
	}{
		"by the target's clock": {`"mark":{"date":true},"overlap":"5m"`, `[{"id":1}]`, `[{"id":1,"name":"x"}]`,
			`{"mark":"2026-11-22T06:00:00Z"}`, `{"mark":"2026-11-22T06:00:00Z"}`, "2026-11-22T05:55:00Z", "Replace 1 name=x"},
		"by the clock, in unix": {`"mark":{"date":true},"format":"unix","overlap":"1s"`, `[]`, `[]`,
			`{"mark":"2026-11-22T06:00:00Z"}`, `{"mark":"2026-11-22T06:00:00Z"}`, "1795327199", ""},
		"by a field": {`"mark":{"field":"at"}`, `[{"id":1,"at":"2026-11-01T00:00:00Z"},{"id":2,"at":"2026-11-20T10:00:00Z"},{"id":3}]`, `[{"id":2,"at":"2026-11-21T10:00:00Z"}]`,
			`{"mark":"2026-11-20T10:00:00Z"}`, `{"mark":"2026-11-21T10:00:00Z"}`, "2026-11-20T10:00:00Z", "Replace 2"},
		"by a field as it is written there": {`"mark":{"field":"at"},"overlap":"1h"`, `[{"id":1,"at":"2026-11-20 10:00:00"}]`, `[]`,
			`{"mark":"2026-11-20 10:00:00"}`, `{"mark":"2026-11-20 10:00:00"}`, "2026-11-20 09:00:00", ""},
		"a change while the list is read": {`"mark":{"field":"at"}`, `[{"id":1,"at":"2026-11-22T06:00:30Z"}]`, `[]`,
			`{"mark":"2026-11-22T06:00:00Z"}`, `{"mark":"2026-11-22T06:00:00Z"}`, "2026-11-22T06:00:00Z", ""},
		"by a number": {`"mark":{"field":"v"}`, `[{"id":1,"v":9},{"id":2,"v":10}]`, `[{"id":1,"v":11}]`,
			`{"mark":"10"}`, `{"mark":"11"}`, "10", "Replace 1"},
		"deleted": {`"mark":{"date":true},"deleted":{"state":["gone","DEAD"]}`, `[]`, `[{"id":1,"state":"gone","name":"x"},{"id":2,"state":"DEAD"},{"id":3,"state":"x"}]`,
			`{"mark":"2026-11-22T06:00:00Z"}`, `{"mark":"2026-11-22T06:00:00Z"}`, "2026-11-22T06:00:00Z", "Delete 1|Delete 2|Replace 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if query(r, "since") == "" {
					return dated(test.full)
				}
				return dated(test.changes)
			}}
			c, _ := connect(parse(t, changing(test.delta)), app)
			_, mark, err := imported(t, c, abi.Full, "old")
			if err != nil || mark != test.first {
				t.Fatalf("have the mark %s and %v, want %s", mark, err, test.first)
			}
			have, mark, err := imported(t, c, abi.Delta, mark)
			if err != nil || mark != test.second || strings.Join(have, "|") != test.lines {
				t.Errorf("have %q, the mark %s and %v, want %s and %s", have, mark, err, test.lines, test.second)
			}
			if since := query(&app.all[1], "since"); since != test.asked {
				t.Errorf("asked since %s, want %s", since, test.asked)
			}
		})
	}
}

func TestDeltaWithoutAMark(t *testing.T) {
	t.Parallel()
	c, _ := connect(parse(t, changing(`"mark":{"date":true}`)), &target{})
	for _, watermark := range []string{"", "x", `{"other":1}`} {
		_, _, err := imported(t, c, abi.Delta, watermark)
		wantError(t, err, abi.WarningNoWatermark)
	}
	c, _ = connect(parse(t, changing(`"mark":{"field":"v"},"overlap":"1h"`)), &target{})
	_, _, err := imported(t, c, abi.Delta, `{"mark":"v-7"}`)
	wantError(t, err, abi.UnexpectedData, "no date")
	c, _ = connect(parse(t, listed+`}`), &target{})
	_, _, err = imported(t, c, abi.Delta, `{"mark":"1"}`)
	wantError(t, err, abi.EntryPointNotImplemented, "delta")
}

// An object whose detail is gone when it is asked for was deleted since.
func TestDeltaOfDetails(t *testing.T) {
	t.Parallel()
	const text = `{"import":{"request":"/users","rows":".","detail":{"request":{"path":"/users/{row.id}"}}},
		"attributes":{"id":{"access":"read"},"name":{"read":"detail.name"}},
		"delta":{"lists":{"request":{"path":"/users","query":{"since":"{delta.since}"}},"rows":".","detail":{"request":{"path":"/users/{row.id}"}}},"mark":{"date":true}}}`
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users?since=2026": {ok(`[{"id":1},{"id":2}]`)}, "GET /users/1": {ok(`{"name":"x"}`)}, "GET /users/2": {status(404, "")},
	})
	c, _ := connect(parse(t, text), app)
	have, _, err := imported(t, c, abi.Delta, `{"mark":"2026"}`)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"Replace 1 name=x", "Delete 2"})
}
