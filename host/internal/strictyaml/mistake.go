// Package strictyaml parses YAML files that people write for this program: one
// document, without anchors, aliases and tags, of bounded size and depth, with a
// place for every mistake.
package strictyaml

import (
	"fmt"
	"slices"
	"strings"
)

// Place is where something stands in a file, counted from 1; zero is nowhere.
type Place struct {
	Line, Column int
}

// Mistake is one thing that is wrong with a file.
type Mistake struct {
	Place
	// Path is the key, such as targets.api.methods[0]; empty for the file itself.
	Path string
	// What says what is wrong and Cure what to do about it. Neither holds the
	// value of a parameter or a secret.
	What, Cure string
}

// Error is everything that is wrong with a file, in the order of its lines.
type Error struct {
	File     string
	Mistakes []Mistake
}

// Error returns a line per mistake: file:line:column: path: what is wrong; cure.
func (e *Error) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		lines[i] = m.text(e.File)
	}
	return strings.Join(lines, "\n")
}

func (m Mistake) text(file string) string {
	var b strings.Builder
	b.WriteString(file)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", m.Line, m.Column)
	}
	b.WriteString(": ")
	if m.Path != "" {
		b.WriteString(m.Path + ": ")
	}
	b.WriteString(m.What)
	if m.Cure != "" {
		b.WriteString("; " + m.Cure)
	}
	return b.String()
}

// MaxMistakes is how many mistakes an error tells: more help nobody.
const MaxMistakes = 100

// Sorted puts mistakes in the order of the file, and says how many are left out.
func Sorted(mistakes []Mistake) []Mistake {
	slices.SortStableFunc(mistakes, func(a, b Mistake) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	if n := len(mistakes); n > MaxMistakes {
		mistakes = append(mistakes[:MaxMistakes:MaxMistakes], Mistake{What: fmt.Sprintf("and %d mistakes more", n-MaxMistakes)})
	}
	return mistakes
}
