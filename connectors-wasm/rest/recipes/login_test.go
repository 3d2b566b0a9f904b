//go:build !wasip1

package recipes_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// logins returns the credentials for a session that are drafted for a recipe, so that
// what its readers get is what is tested. Their user is called user, and the secret is
// called password.
func logins(t *testing.T, name, user string) []hostfuncs.Credential {
	t.Helper()
	credentials := drafted(t, name, func(draft string) string {
		// What may be taken instead is a comment.
		head, or, found := strings.Cut(draft, "      # or:\n")
		if !found {
			return draft
		}
		var block []string
		for line := range strings.Lines(or) {
			if line, commented := strings.CutPrefix(line, "      # "); commented {
				block = append(block, "      "+line)
			} else {
				block = append(block, line)
			}
		}
		head, _, _ = strings.Cut(head, "    credentials:\n")
		return head + "    credentials:\n" + strings.Join(block, "")
	})
	credentials = slices.DeleteFunc(credentials, func(c hostfuncs.Credential) bool { return c.Session == nil })
	if len(credentials) != 1 {
		t.Fatalf("the draft for %s has the sessions %+v", name, credentials)
	}
	credentials[0].Session.Username, credentials[0].Session.Password = user, "password"
	return credentials
}

// drafted are the credentials in the configuration that is drafted for a recipe.
func drafted(t *testing.T, name string, change func(draft string) string) []hostfuncs.Credential {
	t.Helper()
	file, err := recipe.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("draft.yaml", []byte(change(file.Configuration(name))), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Targets[0].Credentials
}

// The configuration that is drafted for a recipe that ships can be read as it is, and
// logs in as the application wants it.
func TestDrafts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are the recipes %v (%v)", files, err)
	}
	keys := map[string]hostfuncs.Credential{
		"gitlab.yaml":  {Kind: hostfuncs.APIKey, Header: "PRIVATE-TOKEN", Secret: "gitlab-login"},
		"redmine.yaml": {Kind: hostfuncs.APIKey, Header: "X-Redmine-API-Key", Secret: "redmine-login"},
		"okta.yaml":    {Kind: hostfuncs.APIKey, Header: "Authorization", Prefix: "SSWS ", Secret: "okta-login"},
	}
	for _, name := range files {
		credentials := drafted(t, name, func(draft string) string { return draft })
		if want, known := keys[name]; known && (len(credentials) != 1 || credentials[0] != want) {
			t.Errorf("the draft for %s has %+v, want %+v", name, credentials, want)
		}
	}
}
