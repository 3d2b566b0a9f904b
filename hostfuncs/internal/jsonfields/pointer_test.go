package jsonfields_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
)

func pointer(t testing.TB, text string) jsonfields.Pointer {
	t.Helper()
	p, err := jsonfields.ParsePointer(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFind(t *testing.T) {
	t.Parallel()
	const text = `{"a":{"b/c":["x",{"d":"\u00e4"}],"n":1.50},"*":"star","e":null}`
	for at, want := range map[string]struct {
		value jsonfields.Value
		found bool
	}{
		"/a/b~1c/0": {jsonfields.Value{Kind: wire.KindString, Text: "x"}, true}, "/a/b~1c/1/d": {jsonfields.Value{Kind: wire.KindString, Text: "ä"}, true},
		"/a/n": {jsonfields.Value{Kind: wire.KindNumber, Text: "1.50"}, true}, "/a": {jsonfields.Value{Kind: wire.KindObject}, true}, "/e": {jsonfields.Value{Kind: wire.KindNull}, true},
		"/*": {jsonfields.Value{Kind: wire.KindString, Text: "star"}, true}, "/a/b~1c/2": {}, "/a/n/x": {}, "/x": {}, "/a/b~1c/00": {},
	} {
		value, found, err := pointer(t, at).Find(t.Context(), text)
		if err != nil || found != want.found || value != want.value {
			t.Errorf("%s: have %+v, %t, %v", at, value, found, err)
		}
	}
	if value, found, err := (jsonfields.Pointer{}).Find(t.Context(), `"whole"`); err != nil || !found || value.Text != "whole" {
		t.Errorf("the whole text: %+v, %t, %v", value, found, err)
	}
	for _, wrong := range []string{"", "{", `{"a":1,"a":2}`, `{"a":1}x`, strings.Repeat("[", 1_000_000)} {
		if _, _, err := pointer(t, "/a").Find(t.Context(), wrong); err == nil {
			t.Errorf("%.20q was taken", wrong)
		}
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, at, want string }{
		{`{}`, "/a", `{"a":"T"}`}, {`{ "b" : 1 }`, "/a", `{"a":"T", "b" : 1 }`}, {`{"a":[1,{}],"b":2}`, "/a", `{"a":"T","b":2}`},
		{`{"p": {"q":null} }`, "/p/q", `{"p": {"q":"T"} }`}, {`{"p":{}}`, "/p/q", `{"p":{"q":"T"}}`}, {`{"x":{"a":1},"y":0}`, "/a", `{"a":"T","x":{"a":1},"y":0}`},
		{`{"\u0061":1}`, "/a", `{"\u0061":"T"}`}, {`{}`, "/~1\"", `{"/\"":"T"}`},
	} {
		if have, err := pointer(t, c.at).Set(t.Context(), c.text, `"T"`); err != nil || have != c.want {
			t.Errorf("%s at %s: have %s, %v, want %s", c.text, c.at, have, err, c.want)
		}
	}
	for _, text := range []string{`[]`, `"a"`, `{"p":1}`, `{"p":[{"q":1}]}`, `{}`} {
		if have, err := pointer(t, "/p/q").Set(t.Context(), text, `"T"`); !errors.Is(err, jsonfields.ErrNoObject) {
			t.Errorf("%s became %s, %v", text, have, err)
		}
	}
	for _, text := range []string{``, `{`, `{"a":1,"a":2}`, `{"a":1}{}`} {
		if have, err := pointer(t, "/a").Set(t.Context(), text, `"T"`); err == nil {
			t.Errorf("%s became %s", text, have)
		}
	}
}

// TestPointersEndWithContext: a long text is not read to its end.
func TestPointersEndWithContext(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	text := `{"a":[` + strings.Repeat("1,", 1<<18) + `1],"b":2}`
	visited := 0
	for ctx, want := range map[context.Context]error{context.Background(): nil, ended: context.Canceled} {
		_, err := pointer(t, "/a").Members(ctx, text, func(string, jsonfields.Value) { visited++ })
		if !errors.Is(err, want) || visited > 0 {
			t.Errorf("have %v after %d visits, want %v", err, visited, want)
		}
		if _, found, err := pointer(t, "/b").Find(ctx, text); !errors.Is(err, want) || found != (want == nil) {
			t.Errorf("found is %t, %v, want %v", found, err, want)
		}
		if have, err := pointer(t, "/b").Set(ctx, text, "3"); !errors.Is(err, want) || (have == "") != (want != nil) {
			t.Errorf("it became %d bytes, %v, want %v", len(have), err, want)
		}
	}
}

// FuzzPointer sets a member and holds the outcome against encoding/json: it is there,
// and nothing else has changed.
func FuzzPointer(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":1},"c":[2]}`, `{"a":{}}`, `{ "a" : {"b" : {"b":"x"} , "d":0}}`, `{"\u0061":{"\u0062":1}}`} {
		f.Add(seed)
	}
	p := pointer(f, "/a/b")
	f.Fuzz(func(t *testing.T, in string) {
		out, err := p.Set(context.Background(), in, `"T"`)
		if err != nil {
			return
		}
		value, found, err := p.Find(context.Background(), out)
		if err != nil || !found || value.Text != "T" {
			t.Fatalf("%q became %q, in which is %+v, %v", in, out, value, err)
		}
		var before, after map[string]any
		if json.Unmarshal([]byte(in), &before) != nil || json.Unmarshal([]byte(out), &after) != nil {
			t.Fatalf("%q became %q", in, out)
		}
		before["a"].(map[string]any)["b"] = "T"
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("%q became %q", in, out)
		}
	})
}
