package directory_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/connectors-wasm/directory"
	"github.com/ecmabox/ecmabox/internal/userdirectory"
)

// connect returns the connector as a host sees it, on an application in memory.
func connect(app http.Handler) abi.Connector {
	host := &guesttest.Host{Target: func(_ context.Context, request abi.HTTPRequest) abi.HTTPAnswer {
		query := url.Values{}
		for _, q := range request.Query {
			query.Add(q.Name, q.Value)
		}
		r := httptest.NewRequest(request.Method, request.Path+"?"+query.Encode(), strings.NewReader(request.Body))
		r.Header.Set("Authorization", "Bearer token")
		r.Header.Set("Idempotency-Key", request.IdempotencyKey)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		return abi.HTTPAnswer{Status: w.Code, Body: w.Body.String(), Tries: 1}
	}}
	return guesttest.Connector(func(h abi.Host) guest.Connector { return directory.New(h) }, host)
}

var schema = abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
	{Name: "id", Anchor: true}, {Name: "login"}, {Name: "name"}, {Name: "mail"},
	{Name: "enabled", Type: abi.Boolean}, {Name: "roles", MultiValued: true},
}}}}

func id(text string) []abi.AnchorAttribute {
	return []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(text)}}
}

// imported runs an import in pages of two and returns a line for each entry, and
// the watermark.
func imported(t *testing.T, c abi.Connector, kind abi.OperationType, watermark string) (lines []string, after string, err error) {
	t.Helper()
	session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schema, ImportType: kind, CustomData: watermark})
	if err != nil {
		return nil, "", err
	}
	after = session.CustomData()
	for more := true; more; {
		page, err := session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: 2, CustomData: after})
		if err != nil {
			return lines, "", err
		}
		for _, e := range page.Entries {
			line := e.Modification.String() + " " + e.AnchorText("id")
			for _, a := range e.Attributes {
				line += fmt.Sprintf(" %s=", a.Name)
				for _, v := range a.Values {
					line += v.Text()
				}
			}
			lines = append(lines, line)
		}
		after, more = page.CustomData, page.MoreToImport
	}
	closed, err := session.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{CustomData: after})
	return lines, closed.CustomData, err
}

func export(t *testing.T, c abi.Connector, e abi.CSEntryChange) abi.CSEntryChangeResult {
	t.Helper()
	session, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: schema, BatchSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	e.Identifier = e.Modification.String() + e.AnchorText("id")
	results, err := session.PutExportEntries(t.Context(), []abi.CSEntryChange{e})
	if err != nil || len(results.Results) != 1 {
		t.Fatalf("have %v and %v", results, err)
	}
	return results.Results[0]
}

func TestLifeOfAUser(t *testing.T) {
	t.Parallel()
	app := userdirectory.New("token")
	for _, login := range []string{"ada", "grace", "edith"} {
		if _, err := app.Create(userdirectory.User{Login: login, Enabled: true, Roles: []string{"r"}}, ""); err != nil {
			t.Fatal(err)
		}
	}
	c := connect(app)
	have, mark, err := imported(t, c, abi.Full, "")
	want := []string{"Add u-1 login=ada enabled=true roles=r", "Add u-2 login=grace enabled=true roles=r", "Add u-3 login=edith enabled=true roles=r"}
	if err != nil || !slices.Equal(have, want) || mark != "3" {
		t.Fatalf("have %q, the watermark %q and %v, want %q", have, mark, err, want)
	}

	add := abi.CSEntryChange{Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{
		abi.Add("login", abi.StringValue("zoe")), abi.Add("enabled", abi.BooleanValue(true)), abi.AddAll("roles", abi.StringValue("x"))}}
	if r := export(t, c, add); r.Code != abi.ExportSuccess || len(r.Anchor) != 1 || r.Anchor[0].Value.Text() != "u-4" {
		t.Fatalf("have %+v, want the anchor u-4", r)
	}
	change := abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: id("u-4"), Attributes: []abi.AttributeChange{
		{Name: "enabled", Modification: abi.AttributeReplace, Values: []abi.Value{abi.BooleanValue(false)}},
		{Name: "roles", Modification: abi.AttributeDelete, MultiValued: true},
		{Name: "mail", Modification: abi.AttributeReplace, Values: []abi.Value{abi.StringValue("z@x")}},
		{Name: "name", Modification: abi.AttributeDelete},
	}}
	if r := export(t, c, change); r.Code != abi.ExportSuccess {
		t.Fatalf("have %+v", r)
	}
	if r := export(t, c, abi.CSEntryChange{Modification: abi.ObjectDelete, Anchor: id("u-2")}); r.Code != abi.ExportSuccess {
		t.Fatalf("have %+v", r)
	}

	have, mark, err = imported(t, c, abi.Delta, mark)
	want = []string{"Delete u-2", "Replace u-4 login=zoe mail=z@x enabled=false roles="}
	if err != nil || !slices.Equal(have, want) || mark != "6" {
		t.Errorf("have %q, the watermark %q and %v, want %q", have, mark, err, want)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	app := userdirectory.New("token")
	if _, err := app.Create(userdirectory.User{Login: "ada"}, ""); err != nil {
		t.Fatal(err)
	}
	c := connect(app)
	twin := abi.CSEntryChange{Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{abi.Add("login", abi.StringValue("ada"))}}
	if r := export(t, c, twin); r.Code != abi.ExportErrorConnectedDirectoryExistingObject {
		t.Errorf("a login twice: have %+v", r)
	}
	for _, m := range []abi.ObjectModificationType{abi.ObjectUpdate, abi.ObjectDelete} {
		if r := export(t, c, abi.CSEntryChange{Modification: m, Anchor: id("u-9")}); r.Code != abi.ExportErrorConnectedDirectoryMissingObject {
			t.Errorf("%v of nobody: have %+v", m, r)
		}
	}
	if _, _, err := imported(t, c, abi.Delta, ""); abi.CodeOf(err) != abi.WarningNoWatermark {
		t.Errorf("a delta from nowhere: have %v", err)
	}
	session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	if err := session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: id("u-1")}, NewPassword: "short"}); abi.CodeOf(err) != abi.PasswordPolicyViolation {
		t.Errorf("a short password: have %v", err)
	}
	if err := session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: id("u-9")}, NewPassword: "long enough"}); abi.CodeOf(err) != abi.ObjectNotFound {
		t.Errorf("a password of nobody: have %v", err)
	}
}

// Whatever is not a whole page must not pass for a short one.
func TestOddPages(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no users":      `{"version":1}`,
		"no version":    `{"users":[]}`,
		"an error":      `{"error":"x"}`,
		"a bare array":  `[]`,
		"broken off":    `{"users":[{"id":"u-1"}`,
		"without an id": `{"users":[{"login":"x"}],"version":1}`,
		"a web site":    `<html>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
			if lines, _, err := imported(t, c, abi.Full, ""); abi.CodeOf(err) != abi.UnexpectedData {
				t.Errorf("have %q and %v, want UnexpectedData", lines, err)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ token, try, want string }{
		"right":          {"token", "", ""},
		"a path as well": {"token", "/users", ""},
		"a wrong token":  {"another", "", "Token"},
		"a wrong path":   {"token", "/admin/backup", "Try"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			have, err := connect(userdirectory.New(test.token)).ValidateConfigParameters(t.Context(), abi.ConfigParametersRunStep{
				Page: abi.PageConnectivity, PageNumber: 1, Parameters: abi.ConfigParameters{{Name: "Try", Value: test.try}}})
			if err != nil || have.ErrorParameter != test.want || (have.Code == abi.ValidationFailure) != (test.want != "") {
				t.Errorf("have %+v and %v, want a fault of %q", have, err, test.want)
			}
		})
	}
}
