package recipe

import (
	"cmp"

	"github.com/ecmabox/ecmabox/internal/spelling"
)

// nearest returns a question that names the word the writer may have meant, or
// otherwise.
func nearest(word string, words []string, otherwise string) string {
	return cmp.Or(spelling.Nearest(word, words), otherwise)
}
