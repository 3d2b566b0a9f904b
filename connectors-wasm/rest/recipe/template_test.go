package recipe_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

func ref(words ...string) recipe.Piece { return recipe.Piece{Ref: words} }

func text(s string) recipe.Piece { return recipe.Piece{Text: s} }

func piped(p recipe.Piece, pipes ...recipe.Pipe) recipe.Piece {
	p.Pipes = pipes
	return p
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want recipe.Template
		// wrong is how the mistake begins.
		wrong string
	}{
		"nothing":           {text: ""},
		"text":              {text: "a } b", want: recipe.Template{text("a } b")}},
		"a brace":           {text: "{{a}", want: recipe.Template{text("{a}")}},
		"two braces":        {text: "{{{{", want: recipe.Template{text("{{")}},
		"a brace before":    {text: "{{{anchor}", want: recipe.Template{text("{"), ref("anchor")}},
		"whole":             {text: "{attr.mail}", want: recipe.Template{ref("attr", "mail")}},
		"blanks":            {text: "{ attr.mail | lower }", want: recipe.Template{piped(ref("attr", "mail"), recipe.Pipe{Name: "lower", Args: []string{}})}},
		"between":           {text: "a{now}b{key}", want: recipe.Template{text("a"), ref("now"), text("b"), ref("key")}},
		"not English":       {text: "ä{anchor}ß", want: recipe.Template{text("ä"), ref("anchor"), text("ß")}},
		"a path":            {text: "{row.a.#.b}", want: recipe.Template{ref("row", "a.#.b")}},
		"a row alone":       {text: "{row}", want: recipe.Template{ref("row", ".")}},
		"a key":             {text: "{row.@key}", want: recipe.Template{ref("row", "@key")}},
		"a filter":          {text: `{row.m.#(t=="a|b}").v}`, want: recipe.Template{ref("row", `m.#(t=="a|b}").v`)}},
		"an escaped brace":  {text: `{row.a\}b}`, want: recipe.Template{ref("row", `a\}b`)}},
		"pipes":             {text: `{attr.x | default "" | words "a b" "\"" }`, want: recipe.Template{piped(ref("attr", "x"), recipe.Pipe{Name: "default", Args: []string{""}}, recipe.Pipe{Name: "words", Args: []string{"a b", `"`}})}},
		"a bar in quotes":   {text: `{attr.x | join "|"}`, want: recipe.Template{piped(ref("attr", "x"), recipe.Pipe{Name: "join", Args: []string{"|"}})}},
		"a date":            {text: `{attr.x | date "YYYY-MM-DD hh:mm"}`, want: recipe.Template{piped(ref("attr", "x"), recipe.Pipe{Name: "date", Args: []string{"YYYY-MM-DD hh:mm"}})}},
		"open":              {text: "a{anchor", wrong: "at byte 1: a reference is not closed"},
		"open in quotes":    {text: `{attr.x | join "}`, wrong: "at byte 0: a reference is not closed"},
		"open by backslash": {text: `{row.a\}`, wrong: "at byte 0: a reference is not closed"},
		"empty":             {text: "{}", wrong: `at byte 0: "" is nothing that`},
		"unknown":           {text: "{atr.x}", wrong: "at byte 0: atr is nothing that"},
		"nameless":          {text: "{attr}", wrong: "at byte 0: attr needs a name"},
		"pointed":           {text: "{attr.}", wrong: "at byte 0: attr needs a name"},
		"a bad name":        {text: "{attr.a b}", wrong: `at byte 0: "a b" is no name`},
		"more than whole":   {text: "{anchor.x}", wrong: "at byte 0: anchor has nothing behind it"},
		"a bad path":        {text: "{row.a..b}", wrong: "at byte 0: the path "},
		"a bad word":        {text: "{page.nmber}", wrong: "at byte 0: page has no nmber"},
		"no pipe":           {text: "{anchor |}", wrong: "at byte 0: nothing stands behind a bar"},
		"an unknown pipe":   {text: "{anchor | uper}", wrong: "at byte 0: uper is no pipe"},
		"too many values":   {text: "{anchor | lower x}", wrong: "at byte 0: the pipe lower has 1 values"},
		"too few values":    {text: `{anchor | words "a"}`, wrong: "at byte 0: the pipe words has 1 values"},
		"a bad quote":       {text: `{anchor | default "\x"}`, wrong: "at byte 0: a value in quotes cannot be read"},
		"a bad date":        {text: "{anchor | date ISO}", wrong: "at byte 0: ISO is no format"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			have, wrong := recipe.ParseTemplate(test.text)
			if (wrong == "") != (test.wrong == "") || !strings.HasPrefix(wrong, test.wrong) {
				t.Fatalf("have the mistake %q, want %q", wrong, test.wrong)
			}
			if !same(have, test.want) {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}

// same compares templates; no values are as good as an empty list of them.
func same(a, b recipe.Template) bool {
	for _, t := range []recipe.Template{a, b} {
		for i := range t {
			for j := range t[i].Pipes {
				if len(t[i].Pipes[j].Args) == 0 {
					t[i].Pipes[j].Args = nil
				}
			}
		}
	}
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}

func TestWholeAndLiteral(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		template recipe.Template
		whole    bool
		literal  string
		plain    bool
	}{
		{nil, false, "", true},
		{recipe.Template{text("a")}, false, "a", true},
		{recipe.Template{ref("anchor")}, true, "", false},
		{recipe.Template{text("a"), ref("anchor")}, false, "", false},
	} {
		literal, plain := test.template.Literal()
		if have := test.template.Whole() != nil; have != test.whole || literal != test.literal || plain != test.plain {
			t.Errorf("%q: have whole %v and literal %q %v", test.template, have, literal, plain)
		}
	}
}
