package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// oddities are what cannot simply be stepped over in a string, right and wrong.
var oddities = []string{"", `\"`, `\\`, `\n`, `\u00e9`, `\ud83d\ude00`, "é", "€", "😀", "\x7f", "é\\n", "\\\\é",
	"\x1f", "\x00", `\x`, `\u12`, `\ud800`, "\xff", "\xe2\x82", "\x80", "\xffa\x1f", "é\xffa\\x", "\xed\xa0\x80"}

// eachString hands over strings of many lengths with an oddity in each place, and long
// ones with each byte but quote and backslash, without their quotes.
func eachString(visit func(s string)) {
	for c := range 256 {
		for at := range 18 {
			if c != '"' && c != '\\' {
				visit(strings.Repeat("g", at) + string([]byte{byte(c)}) + strings.Repeat("h", 17-at))
			}
		}
	}
	for _, o := range oddities {
		for n := range 18 {
			for at := range n + 1 {
				visit(strings.Repeat("g", at) + o + strings.Repeat("h", n-at))
			}
		}
	}
}

// byBytes looks for the end of a string byte by byte: where its closing quote is, or
// where it is wrong.
func byBytes(s string, i int) (end int, ok bool) {
	for i < len(s) {
		switch c := s[i]; {
		case c == '"':
			return i, true
		case c == '\\':
			n := 2
			if strings.HasPrefix(s[i:], `\ud83d\ude00`) {
				n = 12
			} else if strings.HasPrefix(s[i:], `\u00e9`) {
				n = 6
			} else if i+1 == len(s) || !strings.Contains(`"\/bfnrt`, s[i+1:i+2]) {
				return i, false
			}
			i += n
		case c < 0x20:
			return i, false
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				return i, false
			}
			i += n
		}
	}
	return i, false
}

// TestStringsByWords reads strings as if byte by byte, whatever stands where in a word,
// and whatever follows.
func TestStringsByWords(t *testing.T) {
	t.Parallel()
	eachString(func(s string) {
		for _, behind := range []string{"", `"`, `" `, `",1`, `","x"`, `","0123456789"`, `",  "x" , []`} {
			text := `["first","` + s + behind + "]"
			end, right := byBytes(text, 10)
			want := text[10:end]
			if right {
				if err := json.Unmarshal([]byte(text[9:end+1]), &want); err != nil {
					t.Fatal(err)
				}
			}
			read := func(how string, r *wire.Reader, have string) {
				t.Helper()
				syntax := (*wire.SyntaxError)(nil)
				switch {
				case !right && (!errors.As(r.Err(), &syntax) || syntax.Offset != end || syntax.Path != "[1]"):
					t.Fatalf("%s: %q: have %v, want an error at byte %d", how, text, r.Err(), end)
				case right && (r.Err() != nil || have != want):
					t.Fatalf("%s: %q: have %q, %v; want %q", how, text, have, r.Err(), want)
				}
			}
			r := wire.NewReader(text)
			r.Array()
			r.NextItem()
			r.Skip()
			r.NextItem()
			read("String", r, r.String())
			r = wire.NewReader(text)
			items := append(r.Items(nil), wire.Item{}, wire.Item{})
			read("Items", r, items[1].Text())
			if right && items[1].Raw != text[9:end+1] {
				t.Fatalf("%q: have %q", text, items[1].Raw)
			}
			r = wire.NewReader(text)
			r.Skip()
			read("Skip", r, want)
		}
	})
}

// TestWriteByWords writes strings as if byte by byte, however much is there before them.
func TestWriteByWords(t *testing.T) {
	t.Parallel()
	eachString(func(s string) {
		var want []byte
		for _, c := range []byte(s) {
			switch {
			case c == '"' || c == '\\':
				want = append(want, '\\', c)
			case c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t':
				want = append(want, '\\', "btn.fr"[c-'\b'])
			case c < 0x20:
				want = fmt.Appendf(want, "\\u%04x", c)
			default:
				want = append(want, c)
			}
		}
		var w wire.Writer
		w.Array()
		for range 4 {
			before := w.Len()
			w.String(s)
			if have := strings.TrimPrefix(string(w.Bytes()[before:]), ","); have != `"`+string(want)+`"` {
				t.Fatalf("%q was written as %s", s, have)
			}
			if (w.Err() == nil) != utf8.ValidString(s) {
				t.Fatalf("%q: %v", s, w.Err())
			}
		}
		w.Reset()
		w.Object()
		w.Key(s)
		w.Null()
		w.Key("x")
		w.Bool(true)
		w.EndObject()
		if have := string(w.Bytes()); have != `{"`+string(want)+`":null,"x":true}` {
			t.Fatalf("%q was written as %s", s, have)
		}
	})
}

// oneByOne is Items by the other methods.
func oneByOne(r *wire.Reader) (raws, texts []string) {
	for r.Array(); r.NextItem(); {
		kind, raw := r.Peek(), r.Raw()
		if raws, texts = append(raws, raw), append(texts, raw); kind == wire.KindString && r.Err() == nil {
			texts[len(texts)-1] = wire.NewReader(raw).String()
		}
	}
	return raws, texts
}

// skipped is Skip by the other methods.
func skipped(r *wire.Reader) {
	switch r.Peek() {
	case wire.KindArray:
		for r.Array(); r.NextItem(); {
			skipped(r)
		}
	case wire.KindObject:
		for r.Object(); r.NextKey(); {
			skipped(r)
		}
	case wire.KindString:
		_ = r.String()
	default:
		r.Skip()
	}
}

// FuzzItems has Items and Skip take and refuse what the other methods do, in the same
// place.
func FuzzItems(f *testing.F) {
	for _, s := range []string{`[]`, `["a","b"]`, `["a" ,"b", "c"]`, `["a",["b","c"],{"d":"e","f":["g"]},1,null,"h\n"]`, `["a",]`, `["a""b"]`, `["a","b"`, `["a",["b"]`,
		"[\"a\",\"\x1f\"]", `[["0123456789","0123456789"],["é","012345678"]]`, `{"a":["b","c"],"a":1}`, `["a","b"} `} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		slow, fast := wire.NewReader(s), wire.NewReader(s)
		skipped(slow)
		if fast.Skip(); fmt.Sprint(slow.End()) != fmt.Sprint(fast.End()) || slow.Offset() != fast.Offset() {
			t.Fatalf("%q: skipped with %v, %d; read with %v, %d", s, fast.Err(), fast.Offset(), slow.Err(), slow.Offset())
		}
		slow, fast = wire.NewReader(s), wire.NewReader(s)
		raws, texts := oneByOne(slow)
		items := fast.Items(nil)
		if fmt.Sprint(slow.End()) != fmt.Sprint(fast.End()) || slow.Offset() != fast.Offset() {
			t.Fatalf("%q: items with %v, %d; read with %v, %d", s, fast.Err(), fast.Offset(), slow.Err(), slow.Offset())
		}
		if slow.Err() != nil {
			return
		}
		if len(items) != len(raws) {
			t.Fatalf("%q has %d items, want %q", s, len(items), raws)
		}
		for i := range items {
			if items[i].Raw != raws[i] || items[i].Text() != texts[i] || items[i].Kind != wire.NewReader(raws[i]).Peek() {
				t.Fatalf("%q: item %d is %+v, want %q", s, i, items[i], raws[i])
			}
		}
	})
}
