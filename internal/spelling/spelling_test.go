package spelling_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/internal/spelling"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"objectType", "paths", "url"}
	for word, want := range map[string]string{
		"objecttype": "did you mean objectType?", "path": "did you mean paths?", "Paths": "did you mean paths?",
		"ptahs": "did you mean paths?", "xyz": "", "": "", "ur": "did you mean url?", strings.Repeat("paths", 1000): "",
	} {
		if have := spelling.Nearest(word, words); have != want {
			t.Errorf("%.20q: have %q, want %q", word, have, want)
		}
	}
}
