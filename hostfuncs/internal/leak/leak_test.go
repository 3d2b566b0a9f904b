package leak_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

const secret = `p4ß/w+r d"\-Zz9?`

func utf16LE(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// everyByte writes each byte as an escape.
func everyByte(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func everyUnit(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04X`, u)
	}
	return b.String()
}

// named writes signs as the entities that PHP's htmlentities makes of them.
var named = strings.NewReplacer("ß", "&szlig;", "ö", "&ouml;", "Ö", "&Ouml;", "€", "&euro;", "&#34;", "&quot;", "¼", "&frac14;")

// isoLatin1 is what programs make of a text for which ISO 8859-1 is set.
func isoLatin1(s string) string {
	var b []byte
	for _, r := range s {
		if r > 0xff {
			r = '?'
		}
		b = append(b, byte(r))
	}
	if strings.Trim(string(b), "?") == "" {
		return s
	}
	return string(b)
}

// encodings are the spellings of a secret that must be found.
func encodings(s string) map[string]string {
	all := map[string]string{
		"raw": s, "hex": hex.EncodeToString([]byte(s)), "hex upper": strings.ToUpper(hex.EncodeToString([]byte(s))),
		"utf16le": utf16LE(s), "query": url.QueryEscape(s), "path": url.PathEscape(s),
		"percent, all": everyByte(s, "%%%02X"), "percent, all, lower": everyByte(s, "%%%02x"),
		"json": strings.Trim(strconv.Quote(s), `"`), "json, all": everyUnit(s), "json, slashes": strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`), "/", `\/`),
	}
	for at, before := range []string{"", "x", "xy", "xyz"} {
		for after := range 3 {
			text := before + s + strings.Repeat("!", after)
			all[fmt.Sprintf("base64 std %d %d", at, after)] = base64.StdEncoding.EncodeToString([]byte(text))
			all[fmt.Sprintf("base64 url %d %d", at, after)] = base64.RawURLEncoding.EncodeToString([]byte(text))
		}
	}
	all["quotes doubled"] = strings.ReplaceAll(s, `"`, `""`)
	all["apostrophes doubled"] = strings.ReplaceAll(s, "'", "''")
	all["named entities"] = named.Replace(html.EscapeString(s))
	if utf8.ValidString(s) {
		all["latin 1"] = isoLatin1(s)
	}
	all["base64 with slashes escaped"] = strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(s)), "/", `\/`)
	return all
}

func TestFindsEveryEncoding(t *testing.T) {
	t.Parallel()
	for _, s := range []string{secret, "sixsix", "\xff\xfe>>??\x80\x81", strings.Repeat("long", 1000), "日本語パスワード", `Sömmer'24"¼€`} {
		var set leak.Set
		if !set.Add(s) {
			t.Fatalf("%q was not taken", s)
		}
		for name, text := range encodings(s) {
			if (name == "utf16le" || strings.HasPrefix(name, "json")) && strings.Contains(s, "\xff") {
				continue // has no such spelling
			}
			for _, around := range []string{"%s", "before %s after", "\x00%s", strings.Repeat("a%%20\\n", 100) + "%s"} {
				if in := fmt.Sprintf(around, text); !set.In(in) {
					t.Errorf("%q: not found in %s: %.200q", s, name, in)
				}
			}
		}
	}
}

func TestFindsNothingElse(t *testing.T) {
	t.Parallel()
	var set leak.Set
	if set.In("") || set.In("anything") || set.Redact("anything") != "anything" {
		t.Error("an empty set finds something")
	}
	set.Add("sixsix")
	for _, text := range []string{"", "sixsi", "ixsix", "sixsiX", "six%sx", `six\sx`, "73697873697", strings.Repeat("sixsi", 1000), `%`, `\`, `\u`, `\ud800`, `\ud800\u0041`, "%4"} {
		if set.In(text) {
			t.Errorf("found in %.80q", text)
		}
		if got := set.Redact(text); got != text {
			t.Errorf("%q was redacted to %q", text, got)
		}
	}
}

func TestShortSecretsAreNotTaken(t *testing.T) {
	t.Parallel()
	var set leak.Set
	if set.Add("guest") || set.In("guest") {
		t.Error("five bytes were taken")
	}
	if !set.Add("guests") || !set.In("guests") {
		t.Error("six bytes were not taken")
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	var set leak.Set
	set.Add("sixsix")
	set.Add("other-secret")
	for in, want := range map[string]string{
		"a sixsix b other-secret c": "a «redacted» b «redacted» c",
		"sixsixsixsix":              "«redacted»«redacted»",
		"hex 736978736978":          "hex «redacted»",
		"sixs%69x":                  leak.Redacted,
		"sixsix and sixs%69x":       leak.Redacted,
	} {
		if got := set.Redact(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	long := strings.Repeat("a", 600) + "middle" + strings.Repeat("b", 600)
	set.Add(long)
	if got := set.Redact("x" + long); got != leak.Redacted {
		t.Errorf("of a long secret %.40q remains", got)
	}
	set.Clear()
	if set.In("sixsix") {
		t.Error("found after Clear")
	}
}

// nested writes s into a string of JSON, that into one more, and so on.
func nested(s string, layers int) string {
	for range layers {
		b, _ := json.Marshal(map[string]string{"error": s})
		s = string(b)
	}
	return s
}

func TestFindsNestedEscapes(t *testing.T) {
	t.Parallel()
	for _, s := range []string{`P&ss"w<rd'é-Canary`, `with \n and %41"`, `&amp;"quot&quot;`, secret} {
		var set leak.Set
		set.Add(s)
		hex, decimal := "", ""
		for _, r := range s {
			hex += fmt.Sprintf("&#x%x;", r)
			decimal += fmt.Sprintf("&#%05d;", r)
		}
		for name, text := range map[string]string{
			"json": nested(s, 1), "json in json": nested(s, 2), "three times": nested(s, 3), "four times": nested(s, 4),
			"html": html.EscapeString(s), "html of json": html.EscapeString(nested(s, 1)), "json of html": nested(html.EscapeString(s), 1),
			"html twice": html.EscapeString(html.EscapeString(s)), "html named": strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(s), "&#34;", "&quot;"), "&#39;", "&apos;"),
			"html, hex": hex, "html, decimal": decimal, "html, capitals": strings.ToUpper(hex),
			"html, no semicolons": strings.ReplaceAll(html.EscapeString(s), ";", "") + " ",
			"percent twice":       url.QueryEscape(url.QueryEscape(s)), "percent of json": url.PathEscape(nested(s, 1)),
		} {
			if name == "html, no semicolons" && strings.Contains(s, "amp;") || strings.Contains(name, "no semicolons") && strings.ContainsAny(s, "&<>") {
				continue // names need theirs
			}
			if !set.In("before " + text + " after") {
				t.Errorf("%q: not found in %s: %q", s, name, text)
			}
		}
	}
}

// TestNestingIsBounded scans text that could be resolved without end.
func TestNestingIsBounded(t *testing.T) {
	t.Parallel()
	var set leak.Set
	set.Add("sixsix")
	for _, text := range []string{strings.Repeat("%25", 1<<18) + "41", strings.Repeat(`\`, 1<<19), "&" + strings.Repeat("amp;", 1<<18), strings.Repeat("&#", 1<<19), "&#" + strings.Repeat("0", 1<<20) + ";"} {
		begun := time.Now()
		if set.In(text) {
			t.Errorf("found in %.20q", text)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%.20q took %v", text, took)
		}
	}
}

// TestManySecrets grows the bitmap many times over.
func TestManySecrets(t *testing.T) {
	t.Parallel()
	var set leak.Set
	for i := range 5_000 {
		set.Add(fmt.Sprintf("$2a$10$secret-%06d-tail", i))
		set.Add(fmt.Sprintf("$2a$10$secret-%06d-tail", i))
	}
	for _, i := range []int{0, 1, 777, 4_999} {
		if !set.In(fmt.Sprintf("x$2a$10$secret-%06d-tailx", i)) {
			t.Errorf("secret %d is not found", i)
		}
	}
	if set.In(strings.Repeat("$2a$10$secret-005000-tail", 1000)) {
		t.Error("found what was never added")
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	var set leak.Set
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 100 {
				s := fmt.Sprintf("secret %d %d", i, j)
				set.Add(s)
				if !set.In("<" + s + ">") {
					t.Errorf("%q is not found", s)
				}
			}
		})
	}
	group.Wait()
}

// FuzzIn puts secrets into text in every encoding and looks for them.
func FuzzIn(f *testing.F) {
	f.Add("sixsix", "before", "after")
	f.Add(secret, `%`, `\`)
	f.Add("aaaaaaaaaaaa", "aaaaa", "aaaaa")
	f.Fuzz(func(t *testing.T, s, before, after string) {
		var set leak.Set
		taken := set.Add(s)
		if taken != (len(s) >= leak.MinSecret) {
			t.Fatalf("%q was taken: %v", s, taken)
		}
		if !taken {
			return
		}
		// What stands before must not swallow the beginning as its own escape.
		before = strings.Map(func(r rune) rune {
			if r == '%' || r == '\\' || r == 'u' || r == '&' {
				return '_'
			}
			return r
		}, before)
		for name, text := range map[string]string{"raw": s, "hex": hex.EncodeToString([]byte(s)), "query": url.QueryEscape(s), "all": everyByte(s, "%%%02x")} {
			if !set.In(before + text + after) {
				t.Errorf("%q: not found in %s", s, name)
			}
		}
		if text := base64.StdEncoding.EncodeToString([]byte(before + s + after)); !set.In(text) {
			t.Errorf("%q: not found in base64 %q", s, text)
		}
		if strings.Contains(set.Redact(before+s+after), s) && !strings.Contains(leak.Redacted, s) {
			t.Errorf("%q survives redaction", s)
		}
	})
}

func BenchmarkIn(b *testing.B) {
	page := strings.Repeat(`{"id":"2819c223-7f76-453a-919d-413861904646","userName":"bjensen@example.com","active":true},`, 50_000)
	escaped := strings.Replace(page, "bjensen", `bj\u0065nsen`, 1)
	for name, n := range map[string]int{"3_secrets": 3, "10000_secrets": 10_000} {
		var set leak.Set
		for i := range n {
			set.Add(fmt.Sprintf("secret-%x-%d", i*7919, i))
		}
		for kind, text := range map[string]string{"plain": page, "escaped": escaped} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if set.In(text) {
						b.Fatal("found")
					}
				}
			})
		}
	}
}
