//go:build !wasip1

package recipes_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/lookalike/redmine"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// A replay returns what its recording returned, to the byte, and computes as much to the
// unit, on whatever engine. The import, of 100,000 users, collects garbage many times over.
func TestReplays(t *testing.T) {
	t.Parallel()
	bench, err := recipe.Parse("bench.yaml", []byte(benchRecipe))
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := recipe.Load("redmine.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tape := range []tape{
		{name: "import", recipe: bench, live: benchTarget, run: importsAll, lines: benchUsers, units: 1_000_000_000},
		{name: "export", recipe: shipped, live: redmineTarget, run: exportsSome, lines: 12, units: 1_000_000},
		{name: "password", recipe: shipped, live: redmineTarget, run: setsSome, lines: 5, units: 1_000_000},
	} {
		t.Run(tape.name, func(t *testing.T) {
			t.Parallel()
			if racing && tape.lines == benchUsers {
				t.Skip("a hundred thousand users take minutes under the race detector, which sees the same in other imports")
			}
			tape.play(t)
		})
	}
}

// benchTarget is the application of the benchmark's recipe.
func benchTarget(t *testing.T) (hostfuncs.Policy, hostfuncs.SecretMap) {
	return hostfuncs.Policy{Targets: []hostfuncs.Target{{
		Name: "app", BaseURL: userServer(t).URL, Methods: []string{"GET"}, Paths: []string{"/users"}, RatePerSecond: 10_000, Concurrency: 16,
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}}}, nil
}

// redmineTarget is an imitated Redmine with the administrator, 1, and users from 2 to 13.
func redmineTarget(t *testing.T) (hostfuncs.Policy, hostfuncs.SecretMap) {
	const key = "canary-redmine-key"
	server := redmine.New(redmine.Options{Key: key, Groups: []string{"Developers", "Testers"}})
	server.Add(12)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	shipped, err := recipe.Load("redmine.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var p hostfuncs.Policy
	for _, need := range language.Needs(shipped.Recipe) {
		target := grant(need)
		target.BaseURL, target.Credentials = listener.URL, []hostfuncs.Credential{{Kind: hostfuncs.APIKey, Header: "X-Redmine-API-Key", Secret: "key"}}
		p.Targets = append(p.Targets, target)
	}
	return p, hostfuncs.SecretMap{"key": key}
}

// importsAll runs a full import.
func importsAll(ctx context.Context, c *runtime.Connector, parameters abi.ConfigParameters, told *told) error {
	run, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Parameters: parameters, PageSize: benchPage})
	if err != nil {
		return err
	}
	told.line("open", run.CustomData())
	for more := true; more; {
		page, err := run.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		if err != nil {
			return err
		}
		for i := range page.Entries {
			told.entry(&page.Entries[i])
		}
		told.line("page", page.CustomData, page.MoreToImport)
		more = page.MoreToImport
	}
	end, err := run.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
	s := run.(*contract.ImportSession)
	told.line("close", end.CustomData, s.Stats(), s.Findings())
	return err
}

// exportsSome makes, changes and deletes users, one of them in every attribute, and is
// refused some, in two batches.
func exportsSome(ctx context.Context, c *runtime.Connector, parameters abi.ConfigParameters, told *told) error {
	run, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Parameters: parameters})
	if err != nil {
		return err
	}
	one := func(name, value string) abi.AttributeChange { return attributeOf(abi.AttributeAdd, name, value) }
	all := func(login string, m abi.AttributeModificationType) []abi.AttributeChange {
		return []abi.AttributeChange{attributeOf(m, "login", login), attributeOf(m, "firstname", "Ada \"L\""), attributeOf(m, "lastname", "Lövelace"),
			attributeOf(m, "mail", login+"@example.org"), {Name: "groups", Modification: m, MultiValued: true, Values: []abi.Value{abi.StringValue("Testers"), abi.StringValue("Developers")}},
			{Name: "active", Modification: m, Values: []abi.Value{abi.BooleanValue(false)}}, {Name: "admin", Modification: m, Values: []abi.Value{abi.BooleanValue(true)}}}
	}
	for _, batch := range [][]abi.CSEntryChange{
		{
			changeOf(abi.ObjectAdd, 0, all("ada", abi.AttributeAdd)...),
			changeOf(abi.ObjectUpdate, 3, attributeOf(abi.AttributeReplace, "firstname", "Zoë")),
			changeOf(abi.ObjectUpdate, 4, all("four", abi.AttributeReplace)...),
			changeOf(abi.ObjectUpdate, 6, abi.AttributeChange{Name: "groups", Modification: abi.AttributeDelete}),
			changeOf(abi.ObjectDelete, 5),
		},
		{
			changeOf(abi.ObjectAdd, 0, one("login", "ada"), one("firstname", "A"), one("lastname", "B"), one("mail", "other@example.org")),
			changeOf(abi.ObjectAdd, 0, one("login", "bad"), one("firstname", "A"), one("lastname", "B"), one("mail", "no address")),
			changeOf(abi.ObjectUpdate, 99, attributeOf(abi.AttributeReplace, "firstname", "Nobody")),
			changeOf(abi.ObjectDelete, 99),
		},
	} {
		for i := range batch {
			batch[i].Identifier = fmt.Sprint("change ", i)
		}
		answer, err := run.PutExportEntries(ctx, batch)
		if err != nil {
			return err
		}
		told.results(answer.Results, len(batch))
	}
	err = run.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{})
	s := run.(*contract.ExportSession)
	told.line("close", s.Stats(), s.Findings())
	return err
}

// setsSome sets passwords: a good one, one that is too short, one of nobody. To change one
// is nothing that the recipe can do.
func setsSome(ctx context.Context, c *runtime.Connector, parameters abi.ConfigParameters, told *told) error {
	run, err := c.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Parameters: parameters})
	if err != nil {
		return err
	}
	owner := func(id int64) abi.CSEntry { return abi.CSEntry{ObjectType: "user", Anchor: anchorOf(id)} }
	told.line("set", outcomeOf(run.SetPassword(ctx, abi.SetPasswordRunStep{Entry: owner(3), NewPassword: `first-"1234`})))
	told.line("too short", outcomeOf(run.SetPassword(ctx, abi.SetPasswordRunStep{Entry: owner(3), NewPassword: "shorty"})))
	told.line("nobody", outcomeOf(run.SetPassword(ctx, abi.SetPasswordRunStep{Entry: owner(99), NewPassword: "first-1234"})))
	told.line("change", outcomeOf(run.ChangePassword(ctx, abi.ChangePasswordRunStep{Entry: owner(3), OldPassword: `first-"1234`, NewPassword: "next-1234"})))
	return run.ClosePasswordConnection(ctx)
}

func anchorOf(id int64) []abi.AnchorAttribute {
	return []abi.AnchorAttribute{{Name: "id", Value: abi.IntegerValue(id)}}
}

// attributeOf is a change of an attribute of texts with one value.
func attributeOf(m abi.AttributeModificationType, name, value string) abi.AttributeChange {
	return abi.AttributeChange{Name: name, Modification: m, Values: []abi.Value{abi.StringValue(value)}}
}

// changeOf is a change of the user with an ID, or of one who has none yet.
func changeOf(m abi.ObjectModificationType, id int64, attributes ...abi.AttributeChange) abi.CSEntryChange {
	e := abi.CSEntryChange{Modification: m, ObjectType: "user", Attributes: attributes}
	if id > 0 {
		e.Anchor = anchorOf(id)
	}
	return e
}
