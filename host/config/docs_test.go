package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/config"
)

// TestEveryKeyIsDocumented compares the keys that the reader knows with
// docs/configuration.md, both ways.
func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	keys := config.KeysOf("x.yaml", []byte(everything), files)
	if len(keys) < 60 {
		t.Fatalf("only %d keys: everything.yaml no longer has everything", len(keys))
	}
	data, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string]bool)
	sources := make(map[string]bool) // keys whose row says that they are one
	for line := range strings.Lines(string(data)) {
		cell, ok := strings.CutPrefix(line, "| `")
		if !ok {
			continue
		}
		cell, meaning, _ := strings.Cut(cell, "` |")
		for _, key := range strings.Split(cell, "`, `") {
			documented[key], sources[key] = true, strings.Contains(meaning, "source")
		}
	}
	for key := range keys {
		if !documented[key] && !sources[strings.TrimSuffix(key, ".secret")] && !sources[strings.TrimSuffix(key, ".parameter")] {
			t.Errorf("docs/configuration.md has no row for %s", key)
		}
	}
	for key := range documented {
		if !keys[key] && !strings.HasSuffix(key, ".NAME") {
			t.Errorf("docs/configuration.md has a row for %s, which is no key", key)
		}
	}
}

// TestDocumentedExample: the example parses.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	parse(t, text)
}
