package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi/wire"
)

func valid(s string) error {
	r := wire.NewReader(s)
	r.Skip()
	return r.End()
}

func TestRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		offset     int
	}{
		{"empty", "", 0},
		{"white space", " \n", 2},
		{"two values", "1 2", 2},
		{"leading zero", "01", 2},
		{"plus", "+1", 0},
		{"bare minus", "-", 1},
		{"fraction without digits", "1.", 2},
		{"exponent without digits", "1e+", 3},
		{"word", "nul", 0},
		{"NaN", "NaN", 0},
		{"trailing comma in list", "[1,]", 3},
		{"trailing comma in object", `{"a":1,}`, 7},
		{"leading comma", "[,1]", 1},
		{"missing comma", "[1 2]", 3},
		{"missing colon", `{"a" 1}`, 5},
		{"key without quotes", `{a:1}`, 1},
		{"key twice", `{"a":1,"a":2}`, 11},
		{"key twice by escape", `{"a":1,"\u0061":2}`, 16},
		{"single quotes", `'a'`, 0},
		{"comment", `/**/1`, 0},
		{"control character", "\"a\nb\"", 2},
		{"unfinished string", `"abc`, 4},
		{"wrong escape", `"\x"`, 1},
		{"short escape", `"\u12"`, 1},
		{"lone high surrogate", `"a\ud800b"`, 2},
		{"lone low surrogate", `"\udc00"`, 1},
		{"wrong pair", `"\ud800\ud800"`, 1},
		{"bad UTF-8", "\"\xff\"", 1},
		{"overlong UTF-8", "\"\xc0\xaf\"", 1},
		{"surrogate in UTF-8", "\"\xed\xa0\x80\"", 1},
		{"byte order mark", "\ufeff1", 0},
		{"wrong closing", `[1}`, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := valid(tt.text)
			var syntax *wire.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("%q was taken", tt.text)
			}
			if syntax.Offset != tt.offset {
				t.Errorf("%q: at byte %d, want %d (%v)", tt.text, syntax.Offset, tt.offset, err)
			}
		})
	}
}

// TestMalformed refuses the list that every binding refuses.
func TestMalformed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/abi/malformed/*.txt")
	if err != nil || len(files) < 50 {
		t.Fatalf("found %d malformed messages, %v", len(files), err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if valid(string(data)) == nil {
			t.Errorf("%s was taken", filepath.Base(f))
		}
	}
}

func TestDepth(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	if err := valid(nest(wire.MaxDepth)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if err := valid(nest(wire.MaxDepth + 1)); err == nil {
		t.Error("one past the limit was taken")
	}
	if err := valid(strings.Repeat("[", 8<<20)); err == nil {
		t.Error("eight million brackets were taken")
	}
}

// TestManyKeys has duplicates found in a small and in a large object, and the
// large one read in a moment.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 47, 48, 49, 200_000} {
		var b strings.Builder
		b.WriteString(`{"first":{"first":0}`)
		for i := range n {
			b.WriteString(`,"` + strings.Repeat("k", i%7) + wire.EncodeBase64(string([]byte{byte(i), byte(i >> 8), byte(i >> 16)})) + `":1`)
		}
		if err := valid(b.String() + "}"); err != nil {
			t.Errorf("%d keys: %v", n, err)
		}
		if err := valid(b.String() + `,"first":1}`); err == nil {
			t.Errorf("%d keys: the first one again was taken", n)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	r := wire.NewReader(` { "s" : "a\u00e9\ud83d\ude00\/\b" , "n":-12, "t":true,"f":false,"z":null,"l":[1, 2],"raw":{"x":[ 1 ]},"skip":{"y":[{}]} } `)
	have := map[string]any{}
	for r.Object(); r.NextKey(); {
		switch key := r.Key(); key {
		case "s":
			have[key] = r.String()
		case "n":
			have[key] = r.Int()
		case "t", "f":
			have[key] = r.Bool()
		case "z":
			have[key] = r.Null()
		case "l":
			sum := int64(0)
			for r.Array(); r.NextItem(); {
				sum += r.Int()
			}
			have[key] = sum
		case "raw":
			have[key] = r.Raw()
		default:
			r.Skip()
		}
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"s": "aé😀/\b", "n": int64(-12), "t": true, "f": false, "z": true, "l": int64(3), "raw": `{"x":[ 1 ]}`}
	for k, v := range want {
		if have[k] != v {
			t.Errorf("%s: have %v, want %v", k, have[k], v)
		}
	}
}

// TestErrorSticks has every method return its zero value after the first error,
// and loops end.
func TestErrorSticks(t *testing.T) {
	t.Parallel()
	r := wire.NewReader(`{"a":[1,x,3],"b":2}`)
	for r.Object(); r.NextKey(); {
		for r.Array(); r.NextItem(); {
			r.Int()
		}
	}
	first := r.Err()
	if first == nil || !strings.Contains(first.Error(), "a[1]") {
		t.Fatalf("the place is not named: %v", first)
	}
	r.Object()
	r.Array()
	if r.String() != "" || r.Int() != 0 || r.Bool() || r.Null() || r.Raw() != "" || r.NextKey() || r.NextItem() || r.Number() != "" ||
		r.Peek() != wire.KindInvalid || r.End() != first {
		t.Error("something was read after the error")
	}
}

// TestReread leaves a Reader in the middle of something wrong and begins anew, with
// text that is known to be right.
func TestReread(t *testing.T) {
	t.Parallel()
	r := wire.NewReader(`{"a":[{"b":x`)
	r.Skip()
	if r.Reread(`{"a":1}`); r.Err() != nil || r.Offset() != 0 {
		t.Errorf("have %v, at byte %d", r.Err(), r.Offset())
	}
	keys := ""
	for r.Object(); r.NextKey(); r.Skip() {
		keys += r.Key()
	}
	if keys != "a" || r.End() != nil {
		t.Errorf("have %s, %v", keys, r.End())
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var w wire.Writer
	w.Object()
	w.Key("a")
	w.Array()
	w.String("\"\\\b\f\n\r\t\x00\x1f\x7f/é😀")
	w.Int(-5)
	w.IntString(-9223372036854775808)
	w.Bool(false)
	w.Null()
	w.Base64("\xff")
	w.Raw(`{"x":1}`)
	w.Array()
	w.EndArray()
	w.EndArray()
	w.Key("b")
	w.Object()
	w.EndObject()
	w.EndObject()
	const want = `{"a":["\"\\\b\f\n\r\t\u0000\u001f` + "\x7f" + `/é😀",-5,"-9223372036854775808",false,null,"/w==",{"x":1},[]],"b":{}}`
	if have := string(w.Bytes()); have != want {
		t.Errorf("have %s\nwant %s", have, want)
	}
	if err := valid(want); err != nil {
		t.Error(err)
	}
	if w.Reset(); w.Len() != 0 || w.Err() != nil {
		t.Error("not empty after Reset")
	}
	w.String("\xff")
	if w.Err() == nil {
		t.Error("text that is not UTF-8 was written")
	}
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	var w wire.Writer
	w.Array()
	w.Int(1)
	n := w.Len()
	w.String("\xff")
	w.Truncate(n, true)
	w.Int(2)
	w.EndArray()
	if have := string(w.Bytes()); have != "[1,2]" || w.Err() != nil {
		t.Errorf("have %s, %v", have, w.Err())
	}
}

func TestBase64(t *testing.T) {
	t.Parallel()
	data := ""
	for i := range 300 {
		want := base64.StdEncoding.EncodeToString([]byte(data))
		if have := wire.EncodeBase64(data); have != want {
			t.Fatalf("%d bytes: have %s, want %s", len(data), have, want)
		}
		if back, ok := wire.DecodeBase64(want); !ok || back != data {
			t.Fatalf("%d bytes do not come back", len(data))
		}
		data += string([]byte{byte(i * 37)})
	}
	for _, s := range []string{"A", "AA", "AAA", "A===", "====", "AA=A", "=AAA", "AB==", "AAB=", "AA==AAAA", "AA-_", "A\nAA", "AAAA=", "AA= "} {
		if have, ok := wire.DecodeBase64(s); ok {
			t.Errorf("%q was taken as %q", s, have)
		}
	}
}

// FuzzReader takes what encoding/json takes, less what this package is stricter
// in: duplicate keys, depth, invalid UTF-8 and lone surrogates.
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,true,null,"x\u00e9"]}`, `"\ud83d\ude00"`, `[[[]]]`, ``, `{"a":1,"a":2}`, "\"\xff\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := valid(s)
		if err == nil && !json.Valid([]byte(s)) {
			t.Fatalf("%q is no JSON and was taken", s)
		}
		if err != nil {
			return
		}
		r := wire.NewReader(s)
		if r.Peek() == wire.KindString {
			have := r.String()
			var want string
			if err := json.Unmarshal([]byte(s), &want); err != nil || have != want {
				t.Fatalf("%q read as %q, encoding/json says %q, %v", s, have, want, err)
			}
			var w wire.Writer
			w.String(have)
			if back := wire.NewReader(string(w.Bytes())).String(); back != have {
				t.Fatalf("%q comes back as %q", have, back)
			}
		}
	})
}

// FuzzBase64 agrees with the standard library.
func FuzzBase64(f *testing.F) {
	f.Add("AP8=")
	f.Fuzz(func(t *testing.T, s string) {
		want, err := base64.StdEncoding.Strict().DecodeString(s)
		have, ok := wire.DecodeBase64(s)
		if strings.ContainsAny(s, "\r\n") {
			if ok {
				t.Fatalf("%q was taken", s)
			}
			return
		}
		if ok != (err == nil) || ok && have != string(want) {
			t.Fatalf("%q: have %q, %t; want %q, %v", s, have, ok, want, err)
		}
	})
}
