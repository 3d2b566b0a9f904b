package want_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
)

// decoded reads what was handed over, which must be JSON without white space.
func decoded(t fataler, text string) any {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var compacted bytes.Buffer
	if json.Compact(&compacted, []byte(text)); compacted.String() != text {
		t.Fatalf("there is white space in %s", text)
	}
	return v
}

type fataler interface{ Fatalf(string, ...any) }

var fuzzDocuments = []string{
	sample, `[{"a":1,"b":[1,2]},{"a":2}]`, `{"users":[{"id":1,"mail":[{"t":"x"}]}],"next":null}`, `[[[[]]]]`, `{"k":{"a":1}}`, "\ufeff[]",
	`{"a":1,"a":2}`, `[1,2`, "\"\xff\"", strings.Repeat("[", 100), `{"\u0061":"\ud83d\ude00"}`,
}

var fuzzPaths = []string{
	"users", "users?", ".", "a.#.b", "*", `#(a==1)#.b`, `mails.#(t!="work").v`, `\#.a\.b`, "deep.er.est.#.#", "@key", "@index", "0.1", `#(a.0==null)`, strings.Repeat("#.", 142) + "#",
}

// FuzzCompile reads paths: none makes it panic, and a step that is taken names
// what it names.
func FuzzCompile(f *testing.F) {
	for _, path := range append(fuzzPaths, "", `\`, "#(", "#(a==", `#(a=="`, "a??", "..", "#(a==1)b") {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, w := range []abi.Want{{Values: []string{path}}, {Rows: []string{path}}, {Rows: []string{"."}, Fields: []string{path}}} {
			plan, err := want.Compile(w)
			if e := abi.AsError(err); (plan == nil) != (e != nil) || e != nil && e.Rule != want.RulePaths && e.Code != abi.LimitExceeded {
				t.Fatalf("%q: %v", path, err)
			}
			if plan != nil {
				plan.Read(context.Background(), sample, abi.MaxHTTPBody)
			}
		}
		quoted, _ := json.Marshal(path)
		var name string
		json.Unmarshal(quoted, &name)
		if name != path || path == "" || len(escaped(path)) > abi.MaxWantPath {
			return
		}
		plan, err := want.Compile(abi.Want{Values: []string{escaped(path)}})
		if err != nil {
			t.Fatalf("the name %q: %v", path, err)
		}
		if have, err := plan.Read(context.Background(), fmt.Sprintf(`{%s:1}`, quoted), 100); err != nil || have != `{"values":[1]}` {
			t.Fatalf("the name %q: have %s, %v", path, have, err)
		}
	})
}

// FuzzRead reads documents: what is handed over is JSON, of a document that is JSON,
// within the work and the bytes that are allowed.
func FuzzRead(f *testing.F) {
	for _, body := range fuzzDocuments {
		for _, path := range fuzzPaths {
			f.Add(body, path, "a", "next")
		}
	}
	f.Fuzz(func(t *testing.T, body, rows, field, value string) {
		plan, err := want.Compile(abi.Want{Rows: []string{rows, rows + "?"}, Fields: []string{field, "@key", ".", value}, Values: []string{value, field, rows}})
		if err != nil {
			if plan, err = want.Compile(abi.Want{Rows: []string{"."}, Fields: []string{"a", "#.a"}, Values: []string{"a"}}); err != nil {
				t.Fatal(err)
			}
		}
		const most = 10_000
		have, work, err := plan.ReadCounted(context.Background(), body, most)
		if work > int64(want.WorkFactor*len(body)+want.WorkFree) {
			t.Fatalf("%d bytes of work for %d", work, len(body))
		}
		if err != nil {
			if e := abi.AsError(err); have != "" || e == nil || e.Rule+e.Limit == "" {
				t.Fatalf("have %q, %v", have, err)
			}
			return
		}
		if len(have) > most || !json.Valid([]byte(strings.TrimPrefix(body, "\ufeff"))) {
			t.Fatalf("%q: have %d bytes: %s", body, len(have), have)
		}
		decoded(t, have)
	})
}
