package want_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
	"github.com/ecmabox/ecmabox/abi/wire"
)

func TestMostPaths(t *testing.T) {
	t.Parallel()
	paths := make([]string, abi.MaxWantPaths)
	for i := range paths {
		paths[i] = "."
	}
	w := abi.Want{Rows: paths[:2], Fields: paths[2:200], Values: paths[200:]}
	if have := read(t, "[]", w); have != `{"values":[`+strings.Repeat("[],", 55)+`[]],"rows":[]}` {
		t.Errorf("have %s", have)
	}
	w.Values = append(w.Values, ".")
	_, err := want.Compile(w)
	if e := wantError(t, err, abi.LimitExceeded, "MaxWantPaths"); e.Used != abi.MaxWantPaths+1 || e.Allowed != abi.MaxWantPaths {
		t.Errorf("have %+v", e)
	}
}

func TestLongestPath(t *testing.T) {
	t.Parallel()
	path := strings.Repeat("a", abi.MaxWantPath)
	if have := read(t, `{"`+path+`":1}`, abi.Want{Values: []string{path}}); have != `{"values":[1]}` {
		t.Errorf("have %s", have)
	}
	_, err := want.Compile(abi.Want{Values: []string{path + "a"}})
	if e := wantError(t, err, abi.LimitExceeded, "MaxWantPath", "want.values[0]"); e.Used != abi.MaxWantPath+1 || e.Allowed != abi.MaxWantPath {
		t.Errorf("have %+v", e)
	}
}

// TestDepth takes a document at the limit of package wire, and hands over what is
// nested as deep as a message may be. Eight million brackets are nothing much.
func TestDepth(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	plan := compile(t, abi.Want{Values: []string{"0"}})
	for _, c := range []struct {
		body string
		ok   bool
	}{
		{"[" + nest(want.MaxDepth) + "]", true},
		{"[" + nest(want.MaxDepth+1) + "]", false},
		{"[0," + nest(wire.MaxDepth-1) + "]", true},
		{"[0," + nest(wire.MaxDepth) + "]", false},
		{strings.Repeat("[", 8<<20), false},
		{strings.Repeat(`{"a":`, 1<<20), false},
	} {
		have, err := plan.Read(context.Background(), c.body, abi.MaxHTTPBody)
		if c.ok != (err == nil) {
			t.Errorf("%.80s: have %.80s, %v", c.body, have, err)
		}
		if !c.ok {
			wantError(t, err, abi.UnexpectedData, want.RuleJSON)
		}
	}
}

// TestDeepestTravels sends the deepest thing that is handed over the way it takes.
func TestDeepestTravels(t *testing.T) {
	t.Parallel()
	body := "[[[" + strings.Repeat("[", want.MaxDepth) + strings.Repeat("]", want.MaxDepth) + "]]]"
	wanted := read(t, body, abi.Want{Rows: []string{"."}, Fields: []string{"#.#"}})
	var w wire.Writer
	abi.EncodeReply(&w, &abi.HTTPAnswers{Answers: []abi.HTTPAnswer{{Status: 200, Wanted: wanted}}}, nil)
	var back abi.HTTPAnswers
	if err := abi.DecodeHostReply(string(w.Bytes()), &back); err != nil || back.Answers[0].Wanted != wanted {
		t.Errorf("have %v, %+v", err, back)
	}
}

// TestMostBytes hands over as much as is allowed, from lists and from rows, and
// not a byte more.
func TestMostBytes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		w    abi.Want
	}{
		"a value":  {`{"a":"` + strings.Repeat("x", 1000) + `"}`, abi.Want{Values: []string{"a"}}},
		"a list":   {"[" + strings.Repeat(" 1 ,", 1000) + "2]", abi.Want{Values: []string{"#", "#"}}},
		"rows":     {"[" + strings.Repeat("[1, 2],", 1000) + "[]]", abi.Want{Rows: []string{"."}, Fields: []string{"#", "0", ".", "@index"}}},
		"no lists": {"[" + strings.Repeat("1,", 1000) + "1]", abi.Want{Rows: []string{"."}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := compile(t, c.w)
			all := read(t, c.body, c.w)
			if have, err := plan.Read(context.Background(), c.body, len(all)); err != nil || have != all {
				t.Errorf("at the limit: %v", err)
			}
			have, err := plan.Read(context.Background(), c.body, len(all)-1)
			if e := wantError(t, err, abi.LimitExceeded, "want_bytes"); have != "" || e.Allowed != int64(len(all)-1) || e.Used <= e.Allowed {
				t.Errorf("one past it: have %.80s, %+v", have, e)
			}
		})
	}
}

// TestLongestNumber compares a number by its value at the limit, and as it is written one
// past it.
func TestLongestNumber(t *testing.T) {
	t.Parallel()
	at := "1." + strings.Repeat("0", want.MaxNumber-2)
	for number, found := range map[string]string{at: "1", at + "0": "null"} {
		if have := read(t, `[{"a":`+number+`,"b":1}]`, abi.Want{Values: []string{"#(a==1).b"}}); have != `{"values":[`+found+`]}` {
			t.Errorf("%d digits: have %s, want %s", len(number), have, found)
		}
	}
}

// TestMostWork reads as often as is allowed, and once more. A path of rows reads
// the whole document.
func TestMostWork(t *testing.T) {
	t.Parallel()
	const paths = 3 * want.WorkFactor
	body := "[" + strings.Repeat(" ", want.WorkFree/(paths-want.WorkFactor)-2) + "]"
	rows := make([]string, paths)
	for i := range rows {
		rows[i] = "."
	}
	most := int64(paths * len(body))
	if have, work, err := compile(t, abi.Want{Rows: rows}).ReadCounted(context.Background(), body, 100); have != `{"rows":[]}` || work != most {
		t.Errorf("have %s, %d bytes of work, %v", have, work, err)
	}
	_, err := compile(t, abi.Want{Rows: append(rows, ".")}).Read(context.Background(), body, 100)
	if e := wantError(t, err, abi.LimitExceeded, "want_work"); e.Used != most+int64(len(body)) || e.Allowed != most {
		t.Errorf("have %+v", e)
	}
}

// TestHostilePaths asks for as much as paths can: all is bounded by the work and
// by what is handed over.
func TestHostilePaths(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat("[", 60) + strings.Repeat("]", 60)
	wide := "[" + strings.Repeat("[[[[[1,1]]]]],", 20_000) + "0]"
	const mostHostile = 1 << 20
	var filters, deep []string
	for i := range 200 {
		filters = append(filters, "#(0!="+strconv.Itoa(i)+")#.#")
		deep = append(deep, strings.Repeat("#(0!="+strconv.Itoa(i)+")#.", 10)+"#")
	}
	expand := strings.Repeat("#.", 142) + "#" // 285 bytes
	for name, c := range map[string]struct {
		body string
		w    abi.Want
	}{
		"many filters":       {wide, abi.Want{Values: filters}},
		"filters in filters": {wide, abi.Want{Values: deep}},
		"the whole, often":   {wide, abi.Want{Values: strings.Split(strings.Repeat(". ", 255)+".", " ")}},
		"rows, often":        {wide, abi.Want{Rows: strings.Split(strings.Repeat("# ", 127)+"#", " "), Fields: strings.Split(strings.Repeat(". ", 127)+".", " ")}},
		"285 bytes":          {nested, abi.Want{Values: []string{expand}}},
		"14 bytes":           {`{"a":[1,2,"x"]}`, abi.Want{Values: []string{expand, "a.#", "*.#.*"}}},
		"@key everywhere":    {`{"` + strings.Repeat("k", 100_000) + `":1}`, abi.Want{Rows: strings.Split(strings.Repeat("* ", 31)+"*", " "), Fields: strings.Split(strings.Repeat("@key ", 199)+"@key", " ")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			have, work, err := compile(t, c.w).ReadCounted(context.Background(), c.body, mostHostile)
			if e := abi.AsError(err); err != nil && e.Code != abi.LimitExceeded {
				t.Errorf("%v", err)
			}
			if most := int64(want.WorkFactor*len(c.body) + want.WorkFree); work > most || len(have) > mostHostile {
				t.Errorf("%d of %d bytes of work, %d bytes handed over", work, most, len(have))
			}
			if name == "285 bytes" && have != `{"values":[[]]}` {
				t.Errorf("have %.200s", have)
			}
		})
	}
}

// TestTruncated cuts documents at every byte: each is an error, never fewer rows.
func TestTruncated(t *testing.T) {
	t.Parallel()
	body := page(3)
	plan := compile(t, pageWant)
	for i := range body {
		have, err := plan.Read(context.Background(), body[:i], abi.MaxHTTPBody)
		if wantError(t, err, abi.UnexpectedData, want.RuleJSON, "at byte "); have != "" {
			t.Fatalf("cut at %d: have %s", i, have)
		}
	}
}

// TestNoJSON refuses what is not one whole document by the rules of package wire.
func TestNoJSON(t *testing.T) {
	t.Parallel()
	plan := compile(t, abi.Want{Values: []string{"a"}})
	for _, body := range []string{"", " ", "<html>", `{"a":1}{"a":2}`, `{"a":1} x`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"b":{"a":1,"a":2}}`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"a":NaN}`, "\ufeff", "\ufeff\ufeff1", `{"a":1,}`} {
		_, err := plan.Read(context.Background(), body, 100)
		wantError(t, err, abi.UnexpectedData, want.RuleJSON)
	}
	_, err := plan.Read(context.Background(), "\ufeff{\"a\":x}", 100)
	wantError(t, err, abi.UnexpectedData, want.RuleJSON, "a, at byte 8:")
}
