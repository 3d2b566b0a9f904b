package scim_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
)

func TestJSONTaken(t *testing.T) {
	for in, want := range map[string]string{
		` { "a" : [ 1 , -2.5e+3 , true , false , null ] } `: `{"a":[1,-2.5e+3,true,false,null]}`,
		`""`:                                   `""`,
		`"\u00e4\ud83d\ude00\/\b\f\n\r\t\"\\"`: `"ä😀/\u0008\u000c\n\r\t\"\\"`,
		`[]`:                                   `[]`,
		`{}`:                                   `{}`,
		`0`:                                    `0`,
		`-0`:                                   `-0`,
	} {
		have, err := scim.Reprint(in)
		if err != nil || have != want {
			t.Errorf("%s: have %s, %v; want %s", in, have, err, want)
		}
	}
}

func TestJSONRefused(t *testing.T) {
	for _, in := range []string{
		``, ` `, `{`, `[`, `"`, `"a`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{a:1}`, `'a'`, `01`, `1.`, `.5`, `-`, `1e`, `+1`, `tru`, `nul`, `NaN`,
		`{} {}`, `{"a":1,"a":2}`, `{"a":1,"A":2}`, `"\x"`, `"\u12"`, `"\u12g4"`, `"\ud800"`, `"\ud800\u0041"`, `"\udc00"`, `"\`, `"\u`, "\"\x01\"", "\"a\nb\"", "\"\\n\x01\"",
		"\"\xff\"", "\ufeff{}",
	} {
		if have, err := scim.Reprint(in); err == nil {
			t.Errorf("%q is taken as %s", in, have)
		}
	}
}

func TestJSONLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	values := func(n int) string { return "[" + strings.Repeat("1,", n-2) + "1]" }
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(string(mustJSON("k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(mustJSON(i)))))
			b.WriteString(":1")
		}
		return "{" + b.String() + "}"
	}
	for name, c := range map[string]struct{ at, past string }{
		"depth":  {nested(scim.MaxJSONDepth), nested(scim.MaxJSONDepth + 1)},
		"values": {values(scim.DefaultMaxJSONValues), values(scim.DefaultMaxJSONValues + 1)},
		"keys":   {keys(1000), keys(1001)},
	} {
		if _, err := scim.Reprint(c.at); err != nil {
			t.Errorf("%s at the limit: %v", name, err)
		}
		if _, err := scim.Reprint(c.past); err == nil {
			t.Errorf("%s one past the limit is taken", name)
		}
	}
}

// checkJSON holds the parser against encoding/json: what it takes, that takes,
// and means the same by it.
func checkJSON(t *testing.T, in string) {
	have, err := scim.Reprint(in)
	if err != nil {
		return
	}
	var want, got any
	if err := decode(in, &want); err != nil {
		t.Fatalf("%q is taken, but not by encoding/json: %v", in, err)
	}
	if err := decode(have, &got); err != nil {
		t.Fatalf("%q is written as %q, which encoding/json does not take: %v", in, have, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q is written as %q", in, have)
	}
}

func decode(s string, v any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	return d.Decode(v)
}
