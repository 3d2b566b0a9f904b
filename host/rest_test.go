package host_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// openREST opens the connector for REST, in its sandbox, with a recipe and a
// configuration, whose beginning is written already.
func openREST(t *testing.T, recipe, configuration string, o host.Options) (*host.Connector, error) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a connector")
	}
	file := filepath.Join(t.TempDir(), "recipe.yaml")
	if err := os.WriteFile(file, []byte(recipe), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("x.yaml", []byte("connector: x\nrecipe: "+file+"\n"+configuration), nil)
	if err != nil {
		t.Fatal(err)
	}
	if o.CacheDir, err = wasmbuild.CacheDir(); err != nil {
		t.Fatal(err)
	}
	o.RecipeModule = func(ctx context.Context) ([]byte, error) {
		return wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/connectors-wasm/rest/module")
	}
	connector, err := host.Open(t.Context(), c, o)
	if err == nil {
		t.Cleanup(func() {
			if err := connector.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	return connector, err
}

// asking is a recipe with a parameter of each type, whose test sends them all.
const asking = `recipe: 1
name: app
targets: {app: {baseURL: "https://app.example"}}
parameters:
  tenant: {about: The tenant, required: true, pattern: "^[a-z]+$"}
  kind: {type: choice, choices: [staff, guest], default: guest}
  deep: {type: flag, default: "true"}
  key: {type: secret}
anchor: id
attributes: {id: {access: read}}
test: {request: {path: "/{param.tenant}/me", query: {kind: "{param.kind}", deep: "{param.deep}", key: "{param.key}"}}}
import: {request: "/{param.tenant}/users", rows: .}
`

// TestRecipeParameters: what a recipe asks for stands on the connector's first page,
// since the recipe is handed over before that, and the configuration is held to it.
func TestRecipeParameters(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String()) // one run, one request at a time
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(server.Close)
	targets := "secrets: {s: {env: S}}\ntargets: {app: {baseURL: " + server.URL + ", networks: [127.0.0.1], methods: [GET], paths: [/*/me, /*/users]%s}}\n"
	check := func(parameters, slots string) (*host.CheckReport, error) {
		connector, err := openREST(t, asking, fmt.Sprintf(targets, slots)+parameters, host.Options{LookupEnv: func(string) (string, bool) { return canary, true }})
		if err != nil {
			return nil, err
		}
		return connector.Check(t.Context())
	}
	report, err := check("parameters: {tenant: acme, key: {secret: s}}", ", slots: [{query: key, paths: [/*/me], accepts: ['parameter:key']}]")
	if err != nil {
		t.Fatal(err)
	}
	have := make(map[string]abi.ConfigParameterDefinition)
	for _, page := range report.Pages {
		for _, d := range page.Definitions {
			if have[d.Name] = d; page.Page != abi.PageConnectivity || page.Number != 1 {
				t.Errorf("%s is asked for on page %s %d", d.Name, page.Page, page.Number)
			}
		}
	}
	for _, want := range []abi.ConfigParameterDefinition{
		{Name: "tenant", Text: "The tenant", Validation: "^[a-z]+$"},
		{Name: "kind", Type: abi.ParameterDropDown, Choices: []string{"staff", "guest"}, DefaultValue: "guest"},
		{Name: "deep", Type: abi.ParameterCheckBox, DefaultValue: "1"},
		{Name: "key", Type: abi.ParameterEncryptedString},
	} {
		if d := have[want.Name]; fmt.Sprintf("%+v", d) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s: have %+v, want %+v", want.Name, d, want)
		}
	}
	if d := have[host.RecipeParameter]; len(have) != 5 || d.Type != abi.ParameterFile {
		t.Errorf("it asks for %v", have)
	}
	if want := "/acme/me?kind=guest&deep=true&key=" + canary; !slices.Equal(asked, []string{want}) {
		t.Errorf("the test asked %q, want %q", asked, want)
	}
	for parameters, wants := range map[string][]string{
		"tenant: ACME, kind: boss, deep: maybe, key: plain": {
			"parameters.tenant: does not match what the connector asks for",
			`parameters.kind: is none of the choices; write one of "staff", "guest"`,
			"parameters.deep: is a check box",
			"parameters.key: is a secret to the connector and stands in the file",
		},
		"kind: staff":                       {`parameters.tenant: the connector says of its Connectivity page: "it is required"`},
		host.RecipeParameter + ": 'recipe'": {"is filled in from the recipe; leave it out"},
	} {
		_, err := check("parameters: {"+parameters+"}", "")
		var mistakes *config.Error
		if !errors.As(err, &mistakes) || len(mistakes.Mistakes) != len(wants) {
			t.Errorf("%s: have %v", parameters, err)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: have\n%v\nwithout %s", parameters, err, want)
			}
		}
	}
}

// TestPasswordWithoutAWay: a mapped password is refused where the recipe never sends it.
func TestPasswordWithoutAWay(t *testing.T) {
	t.Parallel()
	const recipe = "recipe: 1\nname: app\nanchor: id\nattributes: {id: {access: read}, name: {}}\nimport: {request: /users, rows: .}\n"
	const configuration = "targets: {app: {baseURL: 'https://app.example', methods: [GET, PUT], paths: ['/**']}}\nexportPassword: true\n"
	for name, test := range map[string]struct{ recipe, configuration, want string }{
		"never sent":    {"update: [{request: {method: PUT, path: '/users/{anchor}', json: {'...': changed}}}]", configuration, "x.yaml:4:1: exportPassword: no password reaches the application"},
		"none mapped":   {"update: [{request: {method: PUT, path: '/users/{anchor}', json: {'...': changed}}}]", strings.TrimSuffix(configuration, "exportPassword: true\n"), ""},
		"by an update":  {"update: [{request: {method: PUT, path: '/users/{anchor}', json: {'...': changed, p: ['{password}']}}}]", configuration, ""},
		"by a password": {"setPassword: [{request: {method: PUT, path: '/users/{anchor}', form: {p: '{password}'}}}]", configuration, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := openREST(t, recipe+test.recipe+"\n", test.configuration, host.Options{})
			if have := fmt.Sprint(err); (err == nil) != (test.want == "") || test.want != "" && !strings.Contains(have, test.want) {
				t.Errorf("have %v, want %s", err, test.want)
			}
		})
	}
}
