//go:build !wasip1

package recipes_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// restModule is the package of the connector that follows recipes.
const restModule = "github.com/ecmabox/ecmabox/connectors-wasm/rest/module"

// app is an application, as whoever configures it sees it. All targets of the recipe
// are at one address.
type app struct {
	// recipe is a file of this folder.
	recipe string
	// url is the base URL.
	url         string
	credentials []hostfuncs.Credential
	// secrets are those that credentials name.
	secrets map[string]string
	// parameters are texts; one that begins with "secret:" is the secret behind it.
	parameters map[string]string
	// change, if not nil, changes a target's grant.
	change func(*hostfuncs.Target)
}

// stack is the connector for REST in the real sandbox, with one of the recipes that
// ship and exactly the grant that the recipe needs.
type stack struct {
	*host.Connector
	anchor string
}

// open opens the connector for an application.
func open(t *testing.T, a app) *stack {
	t.Helper()
	file, err := recipe.Load(a.recipe)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	connector, err := host.Open(t.Context(), configure(t, a, file), host.Options{
		RecipeModule: func(ctx context.Context) ([]byte, error) { return wasmbuild.Build(ctx, restModule) },
		LookupEnv: func(name string) (string, bool) {
			secret, ok := a.secrets[name]
			return secret, ok
		},
		CacheDir: cache,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connector.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &stack{connector, file.Recipe.Anchor}
}

// configure is the configuration of an application.
func configure(t *testing.T, a app, file *recipe.File) *config.Config {
	t.Helper()
	path, err := filepath.Abs(a.recipe)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("connector: %s\nrecipe: %q\n", file.Recipe.Name, path)
	if file.Recipe.SetPassword != nil {
		text += "exportPassword: true\n"
	}
	c, err := config.Parse("test.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name := range a.secrets {
		c.Secrets[name] = config.Secret{Env: name}
	}
	for name, value := range a.parameters {
		p := config.Parameter{Name: name, Value: value}
		if secret, ok := strings.CutPrefix(value, "secret:"); ok {
			p = config.Parameter{Name: name, Secret: secret}
		}
		c.Parameters = append(c.Parameters, p)
	}
	for _, need := range language.Needs(file.Recipe) {
		target := grant(need)
		target.BaseURL, target.Credentials = a.url, a.credentials
		if a.change != nil {
			a.change(&target)
		}
		c.Targets = append(c.Targets, target)
	}
	return c
}

// encodings are those that a recipe can ask for.
var encodings = map[string]hostfuncs.SlotEncoding{
	"base64": hostfuncs.EncodingBase64, "utf16leQuoted": hostfuncs.EncodingUTF16LEQuoted,
	"ssha": hostfuncs.EncodingSSHA, "ssha256": hostfuncs.EncodingSSHA256, "ssha512": hostfuncs.EncodingSSHA512,
}

// loopback is where the imitated applications are.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

// grant is what a recipe needs of a target, and nothing else. The waits between
// tries are short, or tests would be long.
func grant(need language.Need) hostfuncs.Target {
	target := hostfuncs.Target{
		Name: need.Target, Networks: loopback,
		Methods: need.Methods, Paths: need.Paths, RequestHeaders: need.RequestHeaders, Drop: need.Drop,
		RatePerSecond: 10_000, MaxRetryWait: 2 * time.Second,
		ResponseHeaders: append(hostfuncs.DefaultResponseHeaders(), need.ResponseHeaders...),
	}
	slices.Sort(target.ResponseHeaders)
	target.ResponseHeaders = slices.CompactFunc(target.ResponseHeaders, strings.EqualFold)
	for _, s := range need.Slots {
		slot := hostfuncs.Slot{Header: s.Header, Query: s.Query, Pointer: s.Pointer, Form: s.Form, Paths: s.Paths, Accepts: s.Accepts, Prefix: s.Prefix, Encoding: encodings[s.Encoding]}
		if s.Generate {
			slot.Generate = &hostfuncs.Generate{}
		}
		target.Slots = append(target.Slots, slot)
	}
	for _, pointer := range need.Seal {
		target.Seal = append(target.Seal, hostfuncs.SealedField{Pointer: pointer, Name: language.SealName(pointer)})
	}
	return target
}

// users are objects by anchor, each as one line: "mail=a@x roles=a,b", in the order
// of the schema. A user who is gone is "gone", and one with an error says so.
type users map[string]string

// imported runs an import: a full one, or what changed since a watermark.
func (s *stack) imported(t *testing.T, since *host.Watermark) (users, *host.Watermark, error) {
	t.Helper()
	all := make(users)
	summary, err := s.Import(t.Context(), host.ImportRequest{Delta: since != nil, Watermark: since}, func(page []abi.CSEntryChange) error {
		for i := range page {
			anchor := page[i].AnchorText(s.anchor)
			if _, twice := all[anchor]; twice {
				t.Errorf("%s came twice", anchor)
			}
			all[anchor] = line(&page[i], s.anchor)
		}
		return nil
	})
	if err == nil && summary.FullInstead != "" {
		t.Errorf("a full import came instead: %s", summary.FullInstead)
	}
	return all, summary.Watermark, err
}

// full runs a full import that succeeds.
func (s *stack) full(t *testing.T) users {
	t.Helper()
	all, _, err := s.imported(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func line(e *abi.CSEntryChange, anchor string) string {
	if e.Modification == abi.ObjectDelete {
		return "gone"
	}
	var parts []string
	for _, a := range e.Attributes {
		var values []string
		for _, v := range a.Values {
			values = append(values, v.Text())
		}
		if slices.Sort(values); len(values) > 0 && a.Name != anchor {
			parts = append(parts, a.Name+"="+strings.Join(values, ","))
		}
	}
	if e.Error != nil {
		parts = append(parts, fmt.Sprintf("ERROR %v %s", e.Error.Code, e.Error.Detail))
	}
	return strings.Join(parts, " ")
}

// differences tells what a later import has that an earlier one had not, by anchor.
func differences(before, after users) []string {
	var all []string
	for anchor, line := range after {
		if was, there := before[anchor]; !there {
			all = append(all, "new "+anchor+": "+line)
		} else if was != line {
			all = append(all, "changed "+anchor+": "+line)
		}
	}
	for anchor := range before {
		if _, there := after[anchor]; !there {
			all = append(all, "gone "+anchor)
		}
	}
	slices.Sort(all)
	return all
}

// export exports changes, one JSON object a line as in docs/commands.md, and returns
// their outcomes in that order.
func (s *stack) export(t *testing.T, lines ...string) ([]host.Outcome, error) {
	t.Helper()
	changes, err := s.ReadChanges(t.Context(), strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	outcomes := make([]host.Outcome, len(lines))
	_, err = s.Export(t.Context(), changes, func(o host.Outcome) error {
		outcomes[o.Change.Line-1] = o
		return nil
	})
	return outcomes, err
}

// must exports changes, which succeed with their passwords, and returns the anchors
// of those that are new.
func (s *stack) must(t *testing.T, lines ...string) []string {
	t.Helper()
	outcomes, err := s.export(t, lines...)
	if err != nil {
		t.Fatal(err)
	}
	anchors := make([]string, len(outcomes))
	for i, o := range outcomes {
		if o.State != host.Done || o.HasPassword && o.Password != host.Done {
			t.Errorf("%s is %v: %v %s %s (password %v: %v)", lines[i], o.State, o.Result.Code, o.Result.Name, o.Result.Detail, o.Password, o.PasswordError)
		}
		for _, a := range o.Result.Anchor {
			anchors[i] = a.Value.Text()
		}
	}
	return anchors
}

// refused exports one change that fails with code, and returns the detail.
func (s *stack) refused(t *testing.T, code abi.ExportError, line string) string {
	t.Helper()
	outcomes, err := s.export(t, line)
	if err != nil {
		t.Fatal(err)
	}
	if o := outcomes[0]; o.State != host.Failed || o.Result.Code != code {
		t.Errorf("%s is %v: %v %s %s, want %v", line, o.State, o.Result.Code, o.Result.Name, o.Result.Detail, code)
	}
	return outcomes[0].Result.Detail
}

// same complains unless have and want are the same lines.
func same(t *testing.T, what string, have []string, want ...string) {
	t.Helper()
	if !slices.Equal(have, want) {
		t.Errorf("%s:\nhave %s\nwant %s", what, strings.Join(have, "\n     "), strings.Join(want, "\n     "))
	}
}

// has complains unless every part is in text.
func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
}

// Every recipe that ships can be read, and stands in the page about recipes.
func TestRecipes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are the recipes %v (%v)", files, err)
	}
	page, err := os.ReadFile("../../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := recipe.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if file.Recipe.Name+".yaml" != name || file.Recipe.About == "" {
			t.Errorf("%s is called %s and is about %q", name, file.Recipe.Name, file.Recipe.About)
		}
		if !strings.Contains(string(page), "](../connectors-wasm/rest/recipes/"+name+")") {
			t.Errorf("%s does not stand in docs/recipes.md", name)
		}
	}
}
