package recipe_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

const docs = "../../../docs/"

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// keys are all keys of the language, with their words.
func keys(t *testing.T) map[string][]string {
	t.Helper()
	all := recipe.KeysOf(everything(t))
	if len(all) < 120 {
		t.Fatalf("only %d keys: everything.json no longer has everything", len(all))
	}
	return all
}

// TestEveryKeyIsDocumented compares the keys that the parser knows with
// docs/recipes.md, both ways.
func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	documented, text := tables(t)
	known := keys(t)
	for key, words := range known {
		if !slices.Contains(documented[shape(key)], name(key)) {
			t.Errorf("docs/recipes.md has no row for %s", key)
		}
		for _, w := range words {
			// ECMA's errors are many, and a page of their own has them.
			if key == "error.then" && w[0] < 'a' {
				continue
			}
			if !strings.Contains(text, "`"+w+"`") && !strings.Contains(text, "`"+w+":") {
				t.Errorf("docs/recipes.md does not explain the word %s of %s", w, key)
			}
		}
	}
	for in, names := range documented {
		for _, n := range names {
			if _, ok := known[in+"."+n]; !ok {
				t.Errorf("docs/recipes.md has a row for %s.%s, which is no key", in, n)
			}
		}
	}
}

func shape(key string) string { in, _, _ := strings.Cut(key, "."); return in }
func name(key string) string  { _, n, _ := strings.Cut(key, "."); return n }

// tables returns the keys of the page's tables, by shape.
func tables(t *testing.T) (map[string][]string, string) {
	t.Helper()
	text := read(t, docs+"recipes.md")
	all := make(map[string][]string)
	in := ""
	for line := range strings.Lines(text) {
		cell, rest, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !ok || !strings.HasPrefix(line, "| `") {
			if !strings.HasPrefix(line, "| ---") {
				in = ""
			}
			continue
		}
		if strings.HasPrefix(rest, "meaning |") {
			in = strings.Trim(cell, "`")
			continue
		}
		for _, key := range strings.Split(cell, ", ") {
			if in != "" {
				all[in] = append(all[in], strings.Trim(key, "`"))
			}
		}
	}
	if len(all) < 20 {
		t.Fatalf("have tables of %v only", slices.Sorted(maps.Keys(all)))
	}
	return all, text
}

// TestEveryReferenceAndPipeIsDocumented: the page's tables of templates are whole.
func TestEveryReferenceAndPipeIsDocumented(t *testing.T) {
	t.Parallel()
	text := read(t, docs+"recipes.md")
	for _, word := range recipe.RefWords() {
		if !strings.Contains(text, "{"+word+"}`") && !strings.Contains(text, "{"+word+".") {
			t.Errorf("docs/recipes.md has no row for {%s}", word)
		}
	}
	_, pipes, _ := strings.Cut(text, "| pipe | does |")
	pipes, _, _ = strings.Cut(pipes, "\n\n")
	for _, name := range recipe.PipeNames() {
		if !strings.Contains(pipes, "`"+name+"`") && !strings.Contains(pipes, "`"+name+" ") {
			t.Errorf("docs/recipes.md has no row for the pipe %s", name)
		}
	}
	for _, format := range recipe.DateFormats {
		if !strings.Contains(text, "`"+format+"`") {
			t.Errorf("docs/recipes.md does not explain the date format %s", format)
		}
	}
}

// schema is as much of a JSON Schema as this test looks at.
type schema struct {
	Enum       []any              `json:"enum"`
	Properties map[string]*schema `json:"properties"`
	Defs       map[string]*schema `json:"$defs"`
	AnyOf      []*schema          `json:"anyOf"`
	Ref        string             `json:"$ref"`
	Items      *schema            `json:"items"`
	Additional any                `json:"additionalProperties"`
}

// TestSchemaKnowsEveryKey compares the keys and words that the parser knows with
// docs/recipe.schema.json, both ways.
func TestSchemaKnowsEveryKey(t *testing.T) {
	t.Parallel()
	var root schema
	if err := json.Unmarshal([]byte(read(t, docs+"recipe.schema.json")), &root); err != nil {
		t.Fatal(err)
	}
	known := keys(t)
	shapes := map[string]*schema{"recipe": &root}
	for key, words := range known {
		in := shapes[shape(key)]
		if in == nil {
			in = root.Defs[shape(key)]
			if in == nil || in.Additional != false {
				t.Fatalf("the schema has no %s, or one that lets other keys in", shape(key))
			}
			shapes[shape(key)] = in
		}
		p := in.Properties[name(key)]
		if p == nil {
			t.Errorf("the schema has no %s", key)
			continue
		}
		if len(words) == 0 {
			continue
		}
		if have := root.words(p); !slices.Equal(have, slices.Sorted(slices.Values(words))) {
			t.Errorf("%s: the schema has the words %v, the parser %v", key, have, words)
		}
	}
	for in, s := range shapes {
		for n := range s.Properties {
			if _, ok := known[in+"."+n]; !ok {
				t.Errorf("the schema has %s.%s, which is no key", in, n)
			}
		}
	}
}

// words are all words that may stand at a place, sorted.
func (root *schema) words(s *schema) []string {
	if def, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return root.words(root.Defs[def])
	}
	var all []string
	for _, w := range s.Enum {
		if text, ok := w.(string); ok {
			all = append(all, text)
		}
	}
	for _, one := range s.AnyOf {
		all = append(all, root.words(one)...)
	}
	if s.Items != nil {
		all = append(all, root.words(s.Items)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
