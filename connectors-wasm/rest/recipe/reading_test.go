package recipe_test

import (
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

const reads = `{"recipe":1,"name":"x","target":"x","targets":{"x":{"drop":["/**/hash","/meta/count"],"seal":["/session","/user/id"]},"y":{}},"anchor":"id",
	"attributes":{"id":{"access":"read"},"name":{"access":"create"},"mail":{"access":"read","convert":{"lookup":"names"}}},
	"import":[{"request":"/users","rows":"data.users","only":{"kind":"human"},"skip":{"bot":true},"total":"meta.count","incomplete":{"cut":true},
		"paging":{"cursor":"c","from":"meta.next","while":"meta.more"},"onError":[{"value":"fault","present":true,"then":"retry"}]},
		{"request":"/bare","rows":".","anchor":"uid","paging":{"lastKey":"after","field":"seq.n"}},
		{"request":"/map","rows":"by\\.name.*"},
		{"request":"/some","rows":"all.#(state.word==\"a.b)\")#"}],
	"delta":{"lists":{"request":{"path":"/new","query":{"s":"{delta.since}"}},"rows":"changes?"},"mark":{"field":"stamp"},"deleted":{"gone":true}},
	"read":{"request":"/users/{anchor}","object":"user"},
	"find":{"request":{"path":"/found","query":{"q":"{attr.name}"}},"rows":"hits","total":"found","by":["name"]},
	"lookups":{"names":{"request":{"path":"/names","target":"y"},"rows":"names","key":"k","value":"v"}},
	"create":[{"request":{"method":"POST","path":"/users","json":{"...":"attributes"}},"capture":{"id":"made.id","s":"session"}}],
	"errors":[{"value":"error.code","is":"7","then":"retry","message":"error.text"}]}`

// What a pattern takes away is found whether it names it, or what is around it.
func TestTaken(t *testing.T) {
	t.Parallel()
	r, problems := recipe.Parse(reads)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	needs := recipe.Needs(r)
	for pattern, want := range map[string]struct {
		target          string
		dropped, sealed []string
	}{
		"/data/users":           {"x", []string{"data.users", "id", "stamp", "kind", "bot"}, nil},
		"/data":                 {"x", []string{"data.users", "id", "stamp", "kind", "bot"}, nil},
		"/data/users/*":         {"x", []string{"id", "stamp", "kind", "bot"}, nil},
		"/data/users/0":         {"x", []string{"id", "stamp", "kind", "bot"}, nil},
		"/data/users/x":         {"x", nil, nil},
		"/data/users/*/mail":    {"x", nil, nil},
		"/data/users/*/kind":    {"x", []string{"kind"}, nil},
		"/data/users/*/kind/of": {"x", nil, nil},
		"/**/kind":              {"x", []string{"kind"}, nil},
		"/**/users/*/bot":       {"x", []string{"bot"}, nil},
		"/meta/count":           {"x", []string{"meta.count"}, nil},
		"/meta/*":               {"x", []string{"meta.count", "meta.next", "meta.more"}, nil},
		"/meta/*/x":             {"x", nil, nil},
		"/cut":                  {"x", []string{"cut"}, nil},
		"/fault":                {"x", []string{"fault"}, nil},
		"/error/code":           {"x", []string{"error.code"}, nil},
		"/error/text":           {"x", nil, nil},
		"/*/uid":                {"x", []string{"uid"}, nil},
		"/3/seq":                {"x", []string{"seq.n"}, nil},
		"/uid":                  {"x", nil, nil},
		"/by.name":              {"x", []string{`by\.name.*`, "id", "stamp"}, nil},
		"/by.name/*/id":         {"x", []string{"id"}, nil},
		"/by.name/ada":          {"x", nil, nil},
		"/all/*/state/word":     {"x", []string{`all.#(state.word=="a.b)")#`}, nil},
		"/all/*/state/other":    {"x", nil, nil},
		"/changes/*/gone":       {"x", []string{"gone"}, nil},
		"/changes/*/stamp":      {"x", []string{"stamp"}, nil},
		"/user":                 {"x", []string{"id"}, nil},
		"/user/id":              {"x", []string{"id"}, nil},
		"/hits/*/name":          {"x", []string{"name"}, nil},
		"/found":                {"x", []string{"found"}, nil},
		"/names/*/k":            {"y", []string{"k"}, nil},
		"/names/*/v":            {"y", []string{"v"}, nil},
		"/names":                {"x", nil, nil},
		"/made/id":              {"x", []string{"made.id"}, nil},
		"/session":              {"x", []string{"session"}, []string{}},
	} {
		i := slices.IndexFunc(needs, func(n recipe.Need) bool { return n.Target == want.target })
		if have := needs[i].Taken(pattern, false); !slices.Equal(have, want.dropped) {
			t.Errorf("drop %s: have %q, want %q", pattern, have, want.dropped)
		}
		if want.sealed == nil {
			want.sealed = want.dropped
		}
		if have := needs[i].Taken(pattern, true); !slices.Equal(have, want.sealed) {
			t.Errorf("seal %s: have %q, want %q", pattern, have, want.sealed)
		}
	}
	var texts []string
	for _, p := range recipe.Blinded(r) {
		texts = append(texts, p.String())
	}
	want := []string{
		`targets.x.drop[1]: "/meta/count" takes away meta.count, which the recipe reads; write a pattern that leaves it, or read something else`,
		`targets.x.seal[1]: "/user/id" takes away id, which the recipe reads; write a pattern that leaves it, or read something else`,
	}
	if !slices.Equal(texts, want) {
		t.Errorf("have %q, want %q", texts, want)
	}
}
