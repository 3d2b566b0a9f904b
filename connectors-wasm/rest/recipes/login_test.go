//go:build !wasip1

package recipes_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// logins reads the credentials that a recipe's comments tell its readers to write,
// so that what they are told is what is tested. Their user is called user instead.
func logins(t *testing.T, recipe, user string) []hostfuncs.Credential {
	t.Helper()
	text, err := os.ReadFile(recipe)
	if err != nil {
		t.Fatal(err)
	}
	var block []string
	for line := range strings.Lines(string(text)) {
		line, comment := strings.CutPrefix(line, "#")
		if len(block) > 0 && (!comment || strings.TrimSpace(line) == "") {
			break
		}
		if strings.TrimSpace(line) == "credentials:" || len(block) > 0 {
			block = append(block, " "+line)
		}
	}
	c, err := config.Parse("login.yaml", []byte("connector: x\nmodule: x.wasm\nsecrets: {password: {env: PASSWORD}}\ntargets:\n  x:\n"+
		"    baseURL: https://x.example\n    methods: [GET]\n    paths: [/x]\n"+strings.Join(block, "")), nil)
	if err != nil {
		t.Fatal(err)
	}
	credentials := c.Targets[0].Credentials
	if len(credentials) == 0 {
		t.Fatalf("%s tells nobody how to log in", recipe)
	}
	for i := range credentials {
		if s := credentials[i].Session; s != nil {
			s.Username = user
		}
	}
	return credentials
}

// The configuration that is drafted for a recipe that ships can be read as it is.
func TestDrafts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are the recipes %v (%v)", files, err)
	}
	for _, name := range files {
		file, err := recipe.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := config.Parse("draft.yaml", []byte(file.Configuration(name)), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
