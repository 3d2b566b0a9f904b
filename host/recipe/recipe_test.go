package recipe_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/recipe"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, have string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if have != string(want) {
		t.Errorf("%s: have\n%s\nwant\n%s", path, have, want)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	f, err := recipe.Load("testdata/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "everything.json", f.JSON+"\n")
}

// TestMistakes: every mistake of a recipe is told at once, with its place.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"shapes", "steps", "sense", "unsent", "yaml"} {
		_, err := recipe.Load("testdata/" + name + ".yaml")
		var mistakes *recipe.Error
		if !errors.As(err, &mistakes) {
			t.Fatalf("%s: have %v, want an *Error", name, err)
		}
		golden(t, name+".txt", strings.ReplaceAll(err.Error(), "testdata/", "")+"\n")
	}
}

// TestPlaces: what a problem speaks of is found in the file, in quoted keys as well,
// and the key above what is not there.
func TestPlaces(t *testing.T) {
	t.Parallel()
	f, err := recipe.Parse("x.yaml", []byte(`recipe: 1
name: x
anchor: id
attributes:
  id:
  state: {convert: {table: {"a.b [0] \"c\"": d}}}
import: {request: /x, rows: .}
`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"anchor":                      "x.yaml:3:1",
		"attributes.id":               "x.yaml:5:3",
		"attributes.id.read":          "x.yaml:5:3",
		"import.request.path":         "x.yaml:7:10",
		"import.request.query.a[3].b": "x.yaml:7:10",
		`attributes.state.convert.table."a.b [0] \"c\""`:   "x.yaml:6:29",
		`attributes.state.convert.table."a.b [0] \"c\"".x`: "x.yaml:6:29",
		`attributes.state.convert.table."zz\\"`:            "x.yaml:6:21",
		"errors":                                           "x.yaml",
		`"a b"`:                                            "x.yaml",
		"":                                                 "x.yaml",
	} {
		if have := f.At(path); have != want {
			t.Errorf("%s: have %s, want %s", path, have, want)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	if _, err := recipe.Load("testdata/none.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("have %v, want that there is no such file", err)
	}
	const least = "recipe: 1\nname: x\nanchor: id\nattributes: {id: }\nimport: {request: /x, rows: .}\n"
	for name, test := range map[string]struct{ text, want string }{
		"empty":     {"", "x.yaml: is empty; write at least recipe, name, anchor and attributes"},
		"full":      {least + strings.Repeat("#", recipe.MaxFileBytes-len(least)), ""},
		"too large": {least + strings.Repeat("#", recipe.MaxFileBytes-len(least)+1), "x.yaml: is larger than 1048576 bytes; this is no recipe"},
		"two":       {least + "---\na: b\n", "x.yaml:6:1: a second document begins here; write one recipe per file"},
		"a list":    {"[a]", "x.yaml: is a list; write a map with recipe, name,"},
		"pattern":   {least + "parameters: {a: {pattern: '('}}", "x.yaml:6:18: parameters.a.pattern: is no regular expression: "},
		"blinded": {least + "targets: {x: {drop: [/a, /*/id], seal: [/b]}}",
			`x.yaml:6:26: targets.x.drop[1]: "/*/id" takes away id, which the recipe reads; write a pattern that leaves it, or read something else`},
		"an alias":     {"a: &a x\nb: *a\n", "x.yaml:1:4: has an anchor; remove it, or quote text that begins with an ampersand"},
		"no quotes":    {least + "update: [{request: {method: POST, path: /x, json: {user: {password: {password}, old: {attr.a | lower}}}}}]", `x.yaml:6:69: update[0].request.json.user.password: is a map to YAML, which reads braces so; put the reference in quotes: "{password}"` + "\n" + `x.yaml:6:86: update[0].request.json.user.old: is a map to YAML, which reads braces so; put the reference in quotes: "{attr.a | lower}"`},
		"one name":     {strings.ReplaceAll(least, "id", "key"), ""},
		"a null":       {least + "update: [{request: {method: POST, path: /x, json: {user: {password: null}, a: {b}}}}]", ""},
		"much in JSON": {least + "errors: [" + strings.Repeat("{},", 49_000) + "]", "x.yaml:6:1: errors: has 49000 items; the most is 2000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := recipe.Parse("x.yaml", []byte(test.text))
			if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("have %v, want %s", err, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(names) < 5 {
		f.Fatalf("seeds %v: %v", names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("? {a: b}\n: !!binary x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := recipe.Parse("x.yaml", data)
		if (file == nil) == (err == nil) {
			t.Fatalf("file %v and error %v", file, err)
		}
		if err != nil {
			return
		}
		again, err := recipe.Parse("x.yaml", []byte(file.JSON))
		if err != nil || again.JSON != file.JSON {
			t.Fatalf("canonical JSON is no fixed point: %v", err)
		}
	})
}
