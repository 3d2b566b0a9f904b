package recipe_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/recipe"
)

// frame is what an example that shows a part of a recipe leaves out, by key.
var frame = []string{
	"recipe: 1", "name: x", "anchor: id",
	`attributes: {id: {access: read}, user: , mail: , active: {type: boolean}, roles: {multi: true}}`,
	"import: {request: /users, rows: .}",
	`read: {request: "/users/{anchor}"}`,
}

// examples are the recipes in docs/recipes.md, whole, by the line they begin in.
func examples(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	parts := strings.Split(string(data), "```yaml\n")
	line := 1
	for i, part := range parts {
		if text, _, _ := strings.Cut(part, "```"); i > 0 {
			all[fmt.Sprintf("line %d", line)] = whole(text)
		}
		line += strings.Count(part, "\n") + 1
	}
	if len(all) < 9 {
		t.Fatalf("only %d examples were found", len(all))
	}
	return all
}

// whole puts a part of a recipe into its frame.
func whole(text string) string {
	for _, line := range frame {
		key, _, _ := strings.Cut(line, ":")
		if !strings.HasPrefix(text, key+":") && !strings.Contains(text, "\n"+key+":") {
			text += line + "\n"
		}
	}
	return text
}

// TestDocumentedExamples: every example of the page is a recipe.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	for name, text := range examples(t) {
		if _, err := recipe.Parse(name, []byte(text)); err != nil {
			t.Errorf("docs/recipes.md, %s:\n%v\n%s", name, err, text)
		}
	}
}

// TestDocumentedMistakes: the mistakes that the page quotes are told like that.
func TestDocumentedMistakes(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, err = recipe.Parse("x.yaml", []byte(whole("import:\n  request: /x\n  rows: .\n  paging: {pages: p, size: s}\n")))
	_, told, _ := strings.Cut(fmt.Sprint(err), ": ") // the place is another one
	if err == nil || !strings.Contains(string(data), told) {
		t.Errorf("docs/recipes.md does not quote %q", told)
	}
}

// TestSchemaTakesRecipes: what the reader takes, the schema takes.
func TestSchemaTakesRecipes(t *testing.T) {
	t.Parallel()
	s := loadSchema(t)
	recipes := examples(t)
	for _, pattern := range []string{"testdata/everything.yaml", "testdata/odd/*.yaml", "../../connectors-wasm/rest/recipes/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			recipes[name] = string(data)
		}
	}
	for name, text := range recipes {
		f, err := recipe.Parse(name, []byte(text))
		if err != nil {
			t.Error(err)
			continue
		}
		var value any
		if err := json.Unmarshal([]byte(f.JSON), &value); err != nil {
			t.Fatal(err)
		}
		if wrong := s.check(s.root, value, ""); wrong != "" {
			t.Errorf("%s: the schema refuses what the reader takes: %s", name, wrong)
		}
	}
}

// TestSchemaRefuses: the schema finds mistakes of its own kind.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := loadSchema(t)
	const least = `"recipe":1,"name":"x","anchor":"id","attributes":{"id":null}`
	for text, refused := range map[string]bool{
		`{` + least + `}`:                                                                                           false,
		`{"recipe":1,"name":"x","anchor":"id"}`:                                                                     true,
		`{` + least + `,"abuot":"x"}`:                                                                               true,
		`{` + least + `,"export":"all"}`:                                                                            true,
		`{` + least + `,"import":{"request":"/x"}}`:                                                                 true,
		`{` + least + `,"import":{"request":"users","rows":"."}}`:                                                   true,
		`{` + least + `,"import":{"request":"/x","rows":[]}}`:                                                       true,
		`{` + least + `,"errors":[{"status":"2x","then":"ok"}]}`:                                                    true,
		`{` + least + `,"errors":[{"status":"2xx","then":"okay"}]}`:                                                 true,
		`{` + least + `,"update":[{"request":{"path":"/x","json":{"a":1}}}]}`:                                       false,
		`{` + least + `,"update":[{"request":{"path":"/x","json":{"...":"x"}}}]}`:                                   true,
		`{` + least + `,"update":[{"request":{"path":"/x","form":{"...":{"of":"changed","omit":["a"]},"a":[1]}}}]}`: false,
		`{` + least + `,"update":[{"request":{"path":"/x","form":{"...":"x"}}}]}`:                                   true,
	} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if wrong := s.check(s.root, value, ""); (wrong != "") != refused {
			t.Errorf("%s: have %q, want refused %v", text, wrong, refused)
		}
	}
}

// jsonSchema judges by the words of JSON Schema that docs/recipe.schema.json uses.
type jsonSchema struct {
	root, defs map[string]any
}

func loadSchema(t *testing.T) jsonSchema {
	t.Helper()
	data, err := os.ReadFile("../../docs/recipe.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s jsonSchema
	if err := json.Unmarshal(data, &s.root); err != nil {
		t.Fatal(err)
	}
	s.defs = s.root["$defs"].(map[string]any)
	known := []string{"$schema", "$defs", "$ref", "title", "description", "type", "enum", "const", "anyOf", "properties", "additionalProperties",
		"required", "items", "minItems", "pattern", "minLength", "maxLength", "minimum", "maximum"}
	s.walk(s.root, func(word string) {
		if !slices.Contains(known, word) {
			t.Errorf("the schema uses the word %s, which this test does not know", word)
		}
	})
	return s
}

// walk hands over every word of the schema.
func (s jsonSchema) walk(at map[string]any, visit func(word string)) {
	for word, v := range at {
		visit(word)
		switch v := v.(type) {
		case map[string]any:
			if word != "properties" && word != "$defs" {
				s.walk(v, visit)
				continue
			}
			for _, in := range v {
				s.walk(in.(map[string]any), visit)
			}
		case []any:
			for _, in := range v {
				if m, ok := in.(map[string]any); ok {
					s.walk(m, visit)
				}
			}
		}
	}
}

// check says what is wrong with a value, or "".
func (s jsonSchema) check(at map[string]any, v any, path string) string {
	if ref, ok := at["$ref"].(string); ok {
		return s.check(s.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any), v, path)
	}
	if types := at["type"]; types != nil && !isType(types, v) {
		return fmt.Sprintf("%s is no %v", path, types)
	}
	if words, ok := at["enum"].([]any); ok && !slices.Contains(words, v) {
		return fmt.Sprintf("%s is none of %v", path, words)
	}
	if word, ok := at["const"]; ok && word != v {
		return fmt.Sprintf("%s is not %v", path, word)
	}
	if choices, ok := at["anyOf"].([]any); ok {
		wrong := ""
		for _, one := range choices {
			if wrong = s.check(one.(map[string]any), v, path); wrong == "" {
				break
			}
		}
		if wrong != "" {
			return wrong
		}
	}
	switch v := v.(type) {
	case string:
		return s.checkText(at, v, path)
	case float64:
		if least, ok := at["minimum"].(float64); ok && v < least || at["maximum"] != nil && v > at["maximum"].(float64) {
			return path + " is out of bounds"
		}
	case []any:
		return s.checkList(at, v, path)
	case map[string]any:
		return s.checkMap(at, v, path)
	}
	return ""
}

func (s jsonSchema) checkText(at map[string]any, v, path string) string {
	if p, ok := at["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
		return path + " does not match " + p
	}
	if n, ok := at["minLength"].(float64); ok && len(v) < int(n) {
		return path + " is too short"
	}
	if n, ok := at["maxLength"].(float64); ok && len(v) > int(n) {
		return path + " is too long"
	}
	return ""
}

func (s jsonSchema) checkList(at map[string]any, v []any, path string) string {
	if n, ok := at["minItems"].(float64); ok && len(v) < int(n) {
		return path + " has too few items"
	}
	if items, ok := at["items"].(map[string]any); ok {
		for i, item := range v {
			if wrong := s.check(items, item, fmt.Sprintf("%s[%d]", path, i)); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

func (s jsonSchema) checkMap(at, v map[string]any, path string) string {
	properties, _ := at["properties"].(map[string]any)
	required, _ := at["required"].([]any)
	for _, key := range required {
		if _, ok := v[key.(string)]; !ok {
			return path + " lacks " + key.(string)
		}
	}
	for key, member := range v {
		in, ok := properties[key].(map[string]any)
		if !ok {
			if at["additionalProperties"] == false {
				return path + " has no key " + key
			}
			if in, ok = at["additionalProperties"].(map[string]any); !ok {
				continue
			}
		}
		if wrong := s.check(in, member, path+"."+key); wrong != "" {
			return wrong
		}
	}
	return ""
}

func isType(types, v any) bool {
	if list, ok := types.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return isType(one, v) })
	}
	switch v := v.(type) {
	case string:
		return types == "string"
	case bool:
		return types == "boolean"
	case nil:
		return types == "null"
	case float64:
		return types == "number" || types == "integer" && v == float64(int(v))
	case []any:
		return types == "array"
	}
	return types == "object"
}
