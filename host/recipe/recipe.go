// Package recipe reads recipes as people write them: YAML, with file, line and
// column for every mistake. What a recipe may say is the business of
// connectors-wasm/rest/recipe, which the connector reads it with as well; this
// package makes of the YAML the canonical JSON that the connector is handed.
//
//	f, err := recipe.Load("gitlab.yaml")
//
// Canonical JSON has no white space, and its members stand in the order of the
// file: the order of attributes, of query parameters and of the members of a body
// is the author's. The same file always makes the same JSON.
package recipe

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/internal/strictyaml"
)

// MaxFileBytes is the most the file of a recipe may take.
const MaxFileBytes = strictyaml.MaxBytes

// Place is where something stands in a file, counted from 1; zero is nowhere.
type Place = strictyaml.Place

// Mistake is one thing that is wrong with a recipe.
type Mistake = strictyaml.Mistake

// Error is everything that is wrong with a recipe, in the order of its lines. It is
// the same type as that of mistakes in a configuration.
type Error = strictyaml.Error

// File is a recipe that has been read. It is not changed afterwards and safe for
// concurrent use.
type File struct {
	// Name is the file's name as it was given.
	Name string
	// Recipe is what the file says.
	Recipe *recipe.Recipe
	// JSON is the recipe's canonical JSON, which the connector is handed.
	JSON string
	// Warnings are what the recipe may do, and its author may not have meant; nil: none.
	Warnings *Error

	places map[string]Place
}

// Load reads the file of a recipe. The error is an *Error, or says that the file
// cannot be read.
func Load(path string) (*File, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("recipe: %w", err)
	}
	return Parse(path, data)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// One byte more than there may be tells that the file is too large.
	return io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
}

// kind is what the file is called in cures.
var kind = strictyaml.Kind{Name: "recipe", Least: "write at least recipe, name, anchor and attributes", One: "write one recipe per file"}

// Parse reads a recipe; name is the file's in messages. The error is an *Error.
func Parse(name string, data []byte) (*File, error) {
	root, mistakes := strictyaml.Document(data, kind)
	if len(mistakes) > 0 {
		return nil, &Error{File: name, Mistakes: strictyaml.Sorted(mistakes)}
	}
	c := converter{places: make(map[string]Place), bad: make(map[string]bool)}
	json := c.convert(root)
	f := &File{Name: name, JSON: json, places: c.places}
	r, problems := recipe.Parse(json)
	mistakes = c.mistakes
	if r != nil {
		problems = append(recipe.Unsent(r), recipe.Blinded(r)...)
	}
	for _, p := range problems {
		if c.bad[p.Path] {
			continue // What stands there is no value, and that has been told.
		}
		mistakes = append(mistakes, f.mistake(p))
	}
	if r != nil {
		mistakes = append(mistakes, f.patterns(r)...)
		mistakes = append(mistakes, f.logins(r)...)
	}
	if len(mistakes) > 0 {
		return nil, &Error{File: name, Mistakes: strictyaml.Sorted(mistakes)}
	}
	f.Recipe = r
	if problems = recipe.Overwrites(r); len(problems) > 0 {
		f.Warnings = &Error{File: name}
	}
	for _, p := range problems {
		f.Warnings.Mistakes = append(f.Warnings.Mistakes, f.mistake(p))
	}
	return f, nil
}

// mistake is a problem with its place.
func (f *File) mistake(p recipe.Problem) Mistake {
	return Mistake{Place: f.PlaceOf(p.Path), Path: p.Path, What: p.Message, Cure: p.Cure}
}

// patterns checks the regular expressions, which the connector hands to the host.
func (f *File) patterns(r *recipe.Recipe) (mistakes []Mistake) {
	for i := range r.Parameters {
		if _, err := regexp.Compile(r.Parameters[i].Pattern); err != nil {
			path := recipe.Key(recipe.Key("parameters", r.Parameters[i].Name), "pattern")
			mistakes = append(mistakes, Mistake{Place: f.PlaceOf(path), Path: path, What: "is no regular expression: " + err.Error(),
				Cure: "write one of Go's package regexp"})
		}
	}
	return mistakes
}

// PlaceOf returns where a path such as create[0].request.path stands, or the place
// of the nearest key above it; zero if there is none.
func (f *File) PlaceOf(path string) Place {
	for {
		if p, ok := f.places[path]; ok {
			return p
		}
		// A cut inside of a quoted key leaves what is no path, and is cut again.
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return Place{}
		}
		path = path[:i]
	}
}

// Position returns the line and column of PlaceOf.
func (f *File) Position(path string) (line, column int) {
	p := f.PlaceOf(path)
	return p.Line, p.Column
}

// At returns where a path stands as file:line:column, or the file's name.
func (f *File) At(path string) string {
	if p := f.PlaceOf(path); p.Line > 0 {
		return fmt.Sprintf("%s:%d:%d", f.Name, p.Line, p.Column)
	}
	return f.Name
}
