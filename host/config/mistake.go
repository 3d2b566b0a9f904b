package config

import (
	"fmt"
	"slices"
	"strings"
)

// Place is where something stands in a file, counted from 1; zero is nowhere.
type Place struct {
	Line, Column int
}

// Mistake is one thing that is wrong with a configuration file.
type Mistake struct {
	Place
	// Path is the key, such as targets.api.methods[0]; empty for the file itself.
	Path string
	// What says what is wrong and Cure what to do about it. Neither holds the
	// value of a parameter or a secret.
	What, Cure string
}

// Error is everything that is wrong with a configuration file, in the order of
// its lines.
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

// sorted puts mistakes in the order of the file. More than maxMistakes help
// nobody.
func sorted(mistakes []Mistake) []Mistake {
	slices.SortStableFunc(mistakes, func(a, b Mistake) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	if n := len(mistakes); n > maxMistakes {
		mistakes = append(mistakes[:maxMistakes:maxMistakes], Mistake{What: fmt.Sprintf("and %d mistakes more", n-maxMistakes)})
	}
	return mistakes
}

// nearest returns a question that names the word the writer may have meant, or "".
func nearest(word string, words []string) string {
	best, distance := "", 3
	for _, w := range words {
		d := editDistance(strings.ToLower(word), strings.ToLower(w))
		if d < distance && d < len(w) {
			best, distance = w, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s?", best)
}

// editDistance counts the letters to insert, delete or replace (Levenshtein). Long
// words are no misspelling of anything.
func editDistance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
