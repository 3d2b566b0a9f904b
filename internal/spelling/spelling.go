// Package spelling guesses which word somebody meant. Guests hold it, too: it needs
// nothing that is large in one.
package spelling

import "strings"

// Nearest returns a question that names the word the writer may have meant, or "".
func Nearest(word string, words []string) string {
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
	return "did you mean " + best + "?"
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
