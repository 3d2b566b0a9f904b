package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// kibibytes64 is what a watch lets pass.
const kibibytes64 = 64 << 10

var errWatch = errors.New("enough")

// longTexts take long to read, each for another reason: nearly so many bytes.
func longTexts(n int) map[string]string {
	fill := func(head, unit, tail string) string {
		return head + strings.Repeat(unit, (n-len(head)-len(tail))/len(unit)) + tail
	}
	return map[string]string{
		"lists":          fill(`[`, `[],`, `0]`),
		"objects":        fill(`[`, `{"a":0},`, `0]`),
		"numbers":        fill(`[`, `1,`, `1]`),
		"short strings":  fill(`[`, `"",`, `""]`),
		"long strings":   fill(`[`, `"`+strings.Repeat("x", 100)+`",`, `""]`),
		"one string":     fill(`["`, `x`, `"]`),
		"escapes":        fill(`["`, `\n`, `"]`),
		"long escapes":   fill(`["`, `\u00e9`, `"]`),
		"pairs":          fill(`["`, `\ud83d\ude00`, `"]`),
		"not ASCII":      fill(`["`, `é`, `"]`),
		"by turns":       fill(`["`, `aé`, `"]`),
		"one number":     fill(`[`, `1`, `]`),
		"a fraction":     fill(`[0.`, `1`, `]`),
		"white space":    fill(`[`, ` `, `0]`),
		"before a comma": fill(`[0`, "\n", `,0]`),
		"before a key":   fill(`[{`, "\n", `"a":0}]`),
		"before a colon": fill(`[{"a"`, "\n", `:0}]`),
		"at the end":     fill(`[0]`, "\n", ``),
		"escapes in key": fill(`[{"`, `\n`, `":0}]`),
	}
}

// TestWatch reads long texts in all ways there are: the watch is asked as often as it
// should be, and what it says ends the reading there.
func TestWatch(t *testing.T) {
	t.Parallel()
	const n = 2 << 20
	ways := map[string]func(r *wire.Reader){
		"skipped": func(r *wire.Reader) { r.Skip() },
		"raw":     func(r *wire.Reader) { r.Raw() },
		"items":   func(r *wire.Reader) { r.Items(nil) },
		"read": func(r *wire.Reader) {
			for r.Array(); r.NextItem(); {
				if r.Peek() == wire.KindString {
					_ = r.String()
				} else {
					r.Skip()
				}
			}
		},
	}
	for name, text := range longTexts(n) {
		for way, read := range ways {
			looks, stopAt := 0, 0
			watch := func() error {
				if looks++; looks == stopAt {
					return errWatch
				}
				return nil
			}
			r := wire.NewReader(text)
			r.Watch(watch)
			if read(r); r.End() != nil {
				t.Fatalf("%s, %s: %v", name, way, r.Err())
			}
			all := looks
			// Plain text is so quick to read that the watch is asked less often.
			if least := n / kibibytes64 / 5; all < least {
				t.Errorf("%s, %s: the watch was asked %d times, want %d at least", name, way, all, least)
			}
			for _, stopAt = range []int{1, 2, all / 2, all} {
				looks = 0
				r = wire.NewReader(text)
				r.Watch(watch)
				if read(r); r.End() != errWatch || looks != stopAt {
					t.Errorf("%s, %s: stopped at look %d of %d it ends with %v, after %d looks", name, way, stopAt, all, r.Err(), looks)
				}
				if _, again := r.Int(), r.NextItem(); again || r.Err() != errWatch {
					t.Errorf("%s, %s: it goes on, with %v", name, way, r.Err())
				}
			}
		}
	}
}

// TestWatchOfCopies has the watch asked while parts of the text are copied.
func TestWatchOfCopies(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("AAAA", 1<<20)
	for name, copying := range map[string]func(r *wire.Reader) string{
		"Clone":        func(r *wire.Reader) string { return r.Clone(text) },
		"DecodeBase64": func(r *wire.Reader) string { data, _ := r.DecodeBase64(text); return data },
	} {
		looks, stopAt := 0, 0
		watch := func() error {
			if looks++; looks == stopAt {
				return errWatch
			}
			return nil
		}
		var r wire.Reader
		r.Watch(watch)
		have := copying(&r)
		if least := len(have)/kibibytes64 - 1; looks < least || r.Err() != nil || len(have) < 3<<20 {
			t.Errorf("%s: %d bytes, %v and %d looks, want %d at least", name, len(have), r.Err(), looks, least)
		}
		looks, stopAt = 0, looks/2
		if have := copying(&r); have != "" || r.Err() != errWatch || looks != stopAt {
			t.Errorf("%s: stopped at look %d it gives %d bytes and %v after %d looks", name, stopAt, len(have), r.Err(), looks)
		}
	}
}

// Escapes are found, and then replaced: the watch is asked in both.
func TestWatchOfEscapes(t *testing.T) {
	t.Parallel()
	looks := 0
	r := wire.NewReader(`"` + strings.Repeat(`\n`, 1<<20) + `"`)
	r.Watch(func() error { looks++; return nil })
	r.Skip()
	skipped := looks
	r.Read(`"` + strings.Repeat(`\n`, 1<<20) + `"`)
	if have := r.String(); len(have) != 1<<20 || looks < 2*skipped+1<<20/kibibytes64-1 {
		t.Errorf("%d bytes after %d looks, and %d when it was skipped", len(have), looks-skipped, skipped)
	}
}

// What begins anew begins without what was said before, and is watched as before.
func TestWatchAnew(t *testing.T) {
	t.Parallel()
	stop := errWatch
	text := longTexts(4 * kibibytes64)["lists"]
	r := wire.NewReader(text)
	r.Watch(func() error { return stop })
	for _, begin := range []func(string){r.Read, r.Reread} {
		if stop = errWatch; r.GoOn() || r.Err() != errWatch {
			t.Errorf("have %v", r.Err())
		}
		begin(text)
		if r.Skip(); r.End() != errWatch {
			t.Errorf("have %v", r.Err())
		}
		stop = nil
		begin(text)
		if r.Skip(); r.End() != nil {
			t.Errorf("have %v", r.Err())
		}
	}
	r.Read(`{"a":1,"a":2}`)
	if r.Skip(); r.End() == nil {
		t.Error("a text that was not read before has the same key twice")
	}
}

// TestLongStrings reads strings that are longer than what is read at once, with
// whatever stands where that ends.
func TestLongStrings(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{`\n`, `\u00e9`, `\ud83d\ude00`, "é", "€", "😀", "x", `\"`} {
		for size, fills := range map[int][]string{kibibytes64: {"g", "é"}, 4 * kibibytes64: {"g"}} {
			for at := size - 14; at < size+3; at++ {
				for _, fill := range fills {
					s := strings.Repeat(fill, at/len(fill)) + strings.Repeat(odd, 3+at%5) + strings.Repeat("h", kibibytes64) + odd
					var want string
					if err := json.Unmarshal([]byte(`"`+s+`"`), &want); err != nil {
						t.Fatal(err)
					}
					r := wire.NewReader(`"` + s + `"`)
					if have := r.String(); have != want || r.End() != nil {
						t.Fatalf("%q at %d behind %q: %d bytes and %v, want %d", odd, at, fill, len(have), r.Err(), len(want))
					}
				}
			}
		}
	}
}

// TestLongWrongStrings has a long string's mistake found where it stands.
func TestLongWrongStrings(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"\x00", `\x`, `\ud800`, "\xff", "é\xff", "\xe2\x82", "\x80"} {
		for _, fill := range []string{"g", "é", `\n`} {
			for at := kibibytes64 - 4; at <= kibibytes64+4; at += 2 {
				before := strings.Repeat(fill, at/len(fill))
				r := wire.NewReader(`"` + before + wrong + `"`)
				_ = r.String()
				var e *wire.SyntaxError
				want := 1 + len(before)
				if strings.HasPrefix(wrong, "é") {
					want += 2
				}
				if !errors.As(r.Err(), &e) || e.Offset != want {
					t.Errorf("%q behind %d times %q: have %v, want it at byte %d", wrong, at/len(fill), fill, r.Err(), want)
				}
			}
		}
	}
}

// TestBase64Lengths decodes texts of many lengths as encoding/base64 does, and refuses
// them with a wrong sign anywhere.
func TestBase64Lengths(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	lengths := []int{kibibytes64, 3 * kibibytes64, 3*kibibytes64 + 1, 3*kibibytes64 + 2}
	for n := range 1600 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		text := base64.StdEncoding.EncodeToString(data)
		if have, ok := wire.DecodeBase64(text); !ok || have != string(data) {
			t.Fatalf("%d bytes: have %d, %v", n, len(have), ok)
		}
		if n > 0 {
			at := random.IntN(len(text))
			wrong := text[:at] + "-" + text[at+1:]
			if have, ok := wire.DecodeBase64(wrong); ok || have != "" {
				t.Fatalf("%d bytes with a wrong sign at %d are taken", n, at)
			}
		}
	}
}

// A number that is far too long is no more than that.
func TestLongInt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"9223372036854775807": true, "-9223372036854775808": true, "9223372036854775808": false,
		"1" + strings.Repeat("0", 22): false, "1" + strings.Repeat("0", 23): false, "-1" + strings.Repeat("0", 100): false,
		"0.000000000000000000000000000000": false, "1e00000000000000000000000": false, strings.Repeat("9", 1000): false,
	} {
		r := wire.NewReader(text)
		n := r.Int()
		if have := r.End() == nil; have != want || have && fmt.Sprint(n) != text {
			t.Errorf("%s: have %d, %v", text, n, r.Err())
		}
	}
}

// TestWatchOfWriter writes long texts in all ways there are: the watch is asked as often
// as it should be, what it says ends the writing there, and what is written is the same
// as without it.
func TestWatchOfWriter(t *testing.T) {
	t.Parallel()
	const n = 2 << 20
	ways := map[string]func(w *wire.Writer){
		"plain":     func(w *wire.Writer) { w.String(strings.Repeat("x", n)) },
		"escapes":   func(w *wire.Writer) { w.String(strings.Repeat("\n", n/2)) },
		"not ASCII": func(w *wire.Writer) { w.String(strings.Repeat("é", n/2)) },
		"by turns":  func(w *wire.Writer) { w.String(strings.Repeat(`a"é`, n/4)) },
		"keys":      func(w *wire.Writer) { w.Object(); w.Key(strings.Repeat("\t", n/2)); w.Int(1); w.EndObject() },
		"base64":    func(w *wire.Writer) { w.Base64(strings.Repeat("\xff", n)) },
		"raw":       func(w *wire.Writer) { w.Raw(strings.Repeat(" ", n) + "1") },
		"short": func(w *wire.Writer) {
			for w.Array(); w.Len() < n; {
				w.String("seven\n")
			}
			w.EndArray()
		},
	}
	for name, write := range ways {
		var plain wire.Writer
		write(&plain)
		looks, stopAt := 0, 0
		watched := func() *wire.Writer {
			w := &wire.Writer{}
			looks = 0
			w.Watch(func() error {
				if looks++; looks == stopAt {
					return errWatch
				}
				return nil
			})
			return w
		}
		w := watched()
		write(w)
		if all, least := looks, n/kibibytes64-1; all < least || w.Err() != nil || string(w.Bytes()) != string(plain.Bytes()) {
			t.Errorf("%s: %d looks, want %d at least, error %v and %d bytes, want %d", name, all, least, w.Err(), w.Len(), plain.Len())
		}
		if name == "short" {
			continue // it would never come to its length
		}
		for _, stopAt = range []int{1, looks / 2} {
			at := stopAt
			w := watched()
			write(w)
			if most := (at + 2) * 2 * kibibytes64; looks != at || w.Err() != errWatch || w.Len() > most {
				t.Errorf("%s: stopped at look %d it ends with %v after %d looks, with %d bytes", name, at, w.Err(), looks, w.Len())
			}
			if w.Reset(); w.Err() != nil {
				t.Errorf("%s: empty, it ends with %v", name, w.Err())
			}
			write(w)
			if looks != at || string(w.Bytes()) != string(plain.Bytes()) {
				t.Errorf("%s: it is watched still, or writes something else", name)
			}
		}
	}
}

// A watch does not change which strings are refused.
func TestWatchOfWrongStrings(t *testing.T) {
	t.Parallel()
	for at := kibibytes64 - 4; at < kibibytes64+4; at++ {
		for _, wrong := range []string{"\xff", "é\xff", "\xe2\x82"} {
			var w wire.Writer
			w.Watch(func() error { return nil })
			w.String(strings.Repeat("g", at) + wrong)
			if w.Err() == nil {
				t.Errorf("%q at %d is taken", wrong, at)
			}
		}
	}
}
