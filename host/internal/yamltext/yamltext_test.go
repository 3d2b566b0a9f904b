package yamltext_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/ecmabox/ecmabox/host/internal/yamltext"
)

func TestScalar(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"name": "name", "/users/x": "/users/x", ".": ".", "": `""`, "yes": `"yes"`, "No": `"No"`, "010": `"010"`, "a b": `"a b"`, "a: b": `"a: b"`, "#x": `"#x"`, "{x}": `"{x}"`,
	} {
		if have := yamltext.Scalar(text); have != want {
			t.Errorf("have %s for %q, want %s", have, text, want)
		}
	}
}

// Whatever the text, YAML reads it as that text, and a comment ends with its line.
func TestAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		var have struct{ A, B string }
		document := "a: " + yamltext.Scalar(text) + "    # " + yamltext.Comment(text) + "\nb: here\n"
		if err := yaml.Unmarshal([]byte(document), &have); err != nil || have.A != text || have.B != "here" {
			t.Fatalf("%q is read as %+v, error %v", document, have, err)
		}
	})
}

func TestCommentIsCut(t *testing.T) {
	t.Parallel()
	if have := yamltext.Comment(strings.Repeat("é", 300)); have != strings.Repeat("é", 100) {
		t.Errorf("have %q", have)
	}
}
