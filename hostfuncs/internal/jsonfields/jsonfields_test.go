package jsonfields_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
)

func parse(t testing.TB, texts ...string) []jsonfields.Pattern {
	t.Helper()
	var all []jsonfields.Pattern
	for _, text := range texts {
		p, err := jsonfields.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		all = append(all, p)
	}
	return all
}

func always(action jsonfields.Action, with string) func(jsonfields.Field) (jsonfields.Change, error) {
	return func(jsonfields.Field) (jsonfields.Change, error) {
		return jsonfields.Change{Action: action, JSON: with}, nil
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, in, want string }{
		{"/a", `{"a":1}`, `{}`},
		{"/a", ` { "a" : 1 } `, ` { } `},
		{"/a", `{"a":1,"b":2}`, `{"b":2}`},
		{"/b", `{"a":1,"b":2}`, `{"a":1}`},
		{"/b", `{"a":1 , "b":2 , "c":3}`, `{"a":1 , "c":3}`},
		{"/*", `{"a":1,"b":2,"c":3}`, `{}`},
		{"/*/p", `[{"p":1,"q":1.50},{"q":2e400,"p":2},{"r":3}]`, `[{"q":1.50},{"q":2e400},{"r":3}]`},
		{"/0", `[1,2,3]`, `[2,3]`},
		{"/2", `[1,2,3]`, `[1,2]`},
		{"/1", `[1,2,3]`, `[1,3]`},
		{"/*", `[1,2,3]`, `[]`},
		{"/**/p", `{"p":1,"x":{"p":2,"y":[{"p":3},4]}}`, `{"x":{"y":[{},4]}}`},
		{"/x/**/p", `{"p":1,"x":{"p":2,"y":[{"p":3},4]}}`, `{"p":1,"x":{"y":[{},4]}}`},
		{"/a~1b/c~0d", `{"a/b":{"c~d":1,"e":2}}`, `{"a/b":{"e":2}}`},
		{"/", `{"":1,"a":2}`, `{"a":2}`},
		{"/\u00e4", `{"\u00e4":1,"b":"\/"}`, `{"b":"\/"}`},
		{"/a", `{"b":{"a":1}}`, `{"b":{"a":1}}`},
		{"/a", `"a"`, `"a"`},
		{"/a", `[]`, `[]`},
		{"/a/b", `{"a":[{"b":1}],"c":0}`, `{"a":[{"b":1}],"c":0}`},
		{"/a/*/b", `{"a":[{"b":1}],"c":0}`, `{"a":[{}],"c":0}`},
	} {
		have, err := jsonfields.Rewrite(context.Background(), c.in, parse(t, c.pattern), always(jsonfields.Drop, ""))
		if err != nil || have != c.want {
			t.Errorf("%s in %s: have %s, %v; want %s", c.pattern, c.in, have, err, c.want)
		}
	}
	// The first and the last of four.
	have, err := jsonfields.Rewrite(context.Background(), `{"a":1,"b":2,"c":3,"d":4}`, parse(t, "/a", "/b", "/d"), always(jsonfields.Drop, ""))
	if err != nil || have != `{"c":3}` {
		t.Errorf("have %s, %v", have, err)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	in := `{"n":10000000000000000000001, "pw" : "\u0041b" ,"list":[{"pw":null},{"pw":"x"}],"z":1}`
	var kinds []string
	have, err := jsonfields.Rewrite(context.Background(), in, parse(t, "/pw", "/**/pw"), func(f jsonfields.Field) (jsonfields.Change, error) {
		kinds = append(kinds, fmt.Sprint(f.Patterns, f.Kind, f.Text))
		return jsonfields.Change{Action: jsonfields.Replace, JSON: `"S"`}, nil
	})
	want := `{"n":10000000000000000000001, "pw" : "S" ,"list":[{"pw":"S"},{"pw":"S"}],"z":1}`
	if err != nil || have != want {
		t.Errorf("have %s, %v; want %s", have, err, want)
	}
	wantKinds := []string{fmt.Sprint([]int{0, 1}, wire.KindString, "Ab"), fmt.Sprint([]int{1}, wire.KindNull, ""), fmt.Sprint([]int{1}, wire.KindString, "x")}
	if fmt.Sprint(kinds) != fmt.Sprint(wantKinds) {
		t.Errorf("asked about %v, want %v", kinds, wantKinds)
	}
}

// TestEnter asks about what is in a field only if visit enters it, and about nothing twice.
func TestEnter(t *testing.T) {
	t.Parallel()
	const in = `{"a":{"b":"1","c":["2",{"b":"3"}]},"d":[],"e":{"b":"4"}}`
	for _, c := range []struct {
		with  jsonfields.Action
		asked string
		want  string
	}{
		{jsonfields.Keep, "[[0] [0] [0]]", in},
		{jsonfields.Enter, "[[0] [1]1 [2]3 [0] [0] [1]4]", `{"a":{"b":"S","c":["2",{"b":"S"}]},"d":[],"e":{"b":"S"}}`},
		{jsonfields.Drop, "[[0] [0] [0]]", `{}`},
	} {
		var asked []string
		have, err := jsonfields.Rewrite(context.Background(), in, parse(t, "/*", "/*/b", "/a/c/1/b"), func(f jsonfields.Field) (jsonfields.Change, error) {
			asked = append(asked, fmt.Sprint(f.Patterns)+f.Text)
			if f.Kind == wire.KindString {
				return jsonfields.Change{Action: jsonfields.Replace, JSON: `"S"`}, nil
			}
			return jsonfields.Change{Action: c.with}, nil
		})
		if err != nil || have != c.want || fmt.Sprint(asked) != c.asked {
			t.Errorf("%d: have %s, %v after %v; want %s after %s", c.with, have, err, asked, c.want, c.asked)
		}
	}
}

func TestRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "x", "{", `{"a":1`, `{"a":1}}`, `{"a":1}{`, `{"a":1,"a":2}`, `{a:1}`, "<html>", "[1,]", `"\ud800"`, "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}", strings.Repeat("[", 1_000_000), strings.Repeat(`{"a":`, 1000)} {
		if have, err := jsonfields.Rewrite(context.Background(), in, parse(t, "/a", "/**/b"), always(jsonfields.Drop, "")); err == nil {
			t.Errorf("%.40q was taken: %.40q", in, have)
		}
	}
	failed := errors.New("no")
	if _, err := jsonfields.Rewrite(context.Background(), `{"a":1,"b":2}`, parse(t, "/*"), func(jsonfields.Field) (jsonfields.Change, error) {
		return jsonfields.Change{}, failed
	}); err != failed {
		t.Errorf("the visitor's error became %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a", "/a/**", "/**", "/~", "/~2", "/a~", strings.Repeat("/a", 61)} {
		if _, err := jsonfields.Parse(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	parse(t, "/", "/a//b", "/~0~1", strings.Repeat("/a", 60), "/**/a/**/b")
}

// TestLinear drops one field of each of many objects, beside a pattern that
// could be matched in many ways.
func TestLinear(t *testing.T) {
	t.Parallel()
	in := "[" + strings.Repeat(`{"a":{"a":{"a":{"a":{"p":1}}}}},`, 100_000) + "{}]"
	start := time.Now()
	have, err := jsonfields.Rewrite(context.Background(), in, parse(t, "/**/a/**/a/**/a/**/p"), always(jsonfields.Drop, ""))
	if err != nil || strings.Contains(have, "p") {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("3 MB took %s", took)
	}
}

// FuzzRewrite drops fields, and holds the outcome against encoding/json.
func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[{"a":2}]}`, `[[],{},"a",null]`, ` {"a" : [ 1 , 2 ] , "b":3}`, `{"a":{"a":{"a":1}},"c":"\u0061"}`} {
		f.Add(seed)
	}
	patterns := parse(f, "/a", "/*/a", "/b/0", "/c/**/a")
	f.Fuzz(func(t *testing.T, in string) {
		same, err := jsonfields.Rewrite(context.Background(), in, patterns, always(jsonfields.Keep, ""))
		if err != nil {
			return
		}
		if same != in {
			t.Fatalf("%q was changed to %q although all was kept", in, same)
		}
		out, err := jsonfields.Rewrite(context.Background(), in, patterns, always(jsonfields.Drop, ""))
		if err != nil || !json.Valid([]byte(out)) {
			t.Fatalf("%q became %q, %v", in, out, err)
		}
		var v any
		if json.Unmarshal([]byte(out), &v) != nil {
			return
		}
		if m, ok := v.(map[string]any); ok {
			if _, left := m["a"]; left {
				t.Fatalf("%q became %q, which still has /a", in, out)
			}
		}
		entered, err := jsonfields.Rewrite(context.Background(), in, append(parse(t, "/*", "/*/*"), patterns...), always(jsonfields.Enter, ""))
		if err != nil || entered != in {
			t.Fatalf("%q was changed to %q, %v, although it was only entered", in, entered, err)
		}
		replaced, err := jsonfields.Rewrite(context.Background(), in, patterns, always(jsonfields.Replace, `"S"`))
		if err != nil || !json.Valid([]byte(replaced)) {
			t.Fatalf("%q became %q, %v", in, replaced, err)
		}
	})
}

func BenchmarkRewrite(b *testing.B) {
	page := "[" + strings.Repeat(`{"name":"u123456","password_hash":"kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR","hashing_algorithm":"rabbit_password_hashing_sha256","tags":["a"],"limits":{}},`, 10_000) + "{}]"
	patterns := parse(b, "/**/password_hash")
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if _, err := jsonfields.Rewrite(context.Background(), page, patterns, always(jsonfields.Replace, `"x"`)); err != nil {
			b.Fatal(err)
		}
	}
}
