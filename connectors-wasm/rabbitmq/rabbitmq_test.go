package rabbitmq_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rabbitmq"
)

// connect returns the connector as a host sees it, on a fake broker.
func connect(b *broker) (abi.Connector, *guesttest.Host) {
	host := &guesttest.Host{Target: b.serve}
	return guesttest.Connector(func(h abi.Host) guest.Connector { return rabbitmq.New(h) }, host), host
}

var schema = abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
	{Name: "name", Anchor: true}, {Name: "tags", MultiValued: true},
}}}}

func anchor(name string) []abi.AnchorAttribute {
	return []abi.AnchorAttribute{{Name: "name", Value: abi.StringValue(name)}}
}

func texts(values ...string) (list []abi.Value) {
	for _, v := range values {
		list = append(list, abi.StringValue(v))
	}
	return list
}

func TestOffers(t *testing.T) {
	t.Parallel()
	c, _ := connect(newBroker())
	have, err := c.GetCapabilities(t.Context(), nil)
	want := abi.Capabilities{ConcurrentOperation: true, SupportImport: true, SupportExport: true, SupportPassword: true, ExportType: abi.ExportAttributeUpdate, ConnectionSecurityLevel: abi.Secure}
	if err != nil || fmt.Sprint(have) != fmt.Sprint(want) {
		t.Errorf("have %+v and %v, want %+v", have, err, want)
	}
	s, err := c.GetSchema(t.Context(), nil)
	if err != nil || len(s.Types) != 1 || !slices.Equal(s.Types[0].Anchors(), []string{"name"}) || !s.Types[0].Attribute("tags").MultiValued {
		t.Errorf("have the schema %+v and %v", s, err)
	}
	for _, page := range []abi.ConfigParameterPage{abi.PageConnectivity, abi.PageGlobal, abi.PageSchema} {
		definitions, err := c.GetConfigParameters(t.Context(), abi.ConfigParametersRunStep{Page: page, PageNumber: 1})
		if want := map[bool]int{true: 1}[page == abi.PageConnectivity]; err != nil || len(definitions) != want {
			t.Errorf("page %v has %d parameters (%v), want %d", page, len(definitions), err, want)
		}
	}
}

func TestValidateTriesTheLogin(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		page   abi.ConfigParameterPage
		answer *abi.HTTPAnswer
		want   string
		code   abi.Code
	}{
		"an administrator": {abi.PageConnectivity, nil, "", 0},
		"another page":     {abi.PageGlobal, &abi.HTTPAnswer{Status: 401}, "", 0},
		"a wrong password": {abi.PageConnectivity, &abi.HTTPAnswer{Status: 401, Body: `{"error":"not_authorized","reason":"Login failed"}`}, "BadServerCredentials", 0},
		"a plain user":     {abi.PageConnectivity, &abi.HTTPAnswer{Status: 401, Body: `{"error":"not_authorised","reason":"Not management user"}`}, "lacks the tag administrator", 0},
		"a monitor":        {abi.PageConnectivity, &abi.HTTPAnswer{Status: 200, Body: `{"name":"m","tags":["monitoring"]}`}, "m lacks the tag administrator", 0},
		"no broker":        {abi.PageConnectivity, &abi.HTTPAnswer{Error: abi.NewError(abi.NotSent, "connection refused")}, "connection refused", abi.FailedConnection},
		"a denial":         {abi.PageConnectivity, &abi.HTTPAnswer{Error: abi.NewError(abi.Denied, "no grant")}, "no grant", abi.AccessDenied},
		"a web site":       {abi.PageConnectivity, &abi.HTTPAnswer{Status: 200, Body: "<html>"}, "GET /api/whoami: ", abi.UnexpectedData},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBroker()
			b.answer = func(abi.HTTPRequest) *abi.HTTPAnswer { return test.answer }
			c, _ := connect(b)
			have, err := c.ValidateConfigParameters(t.Context(), abi.ConfigParametersRunStep{Page: test.page, PageNumber: 1})
			said := have.ErrorMessage
			if err != nil {
				said = err.Error()
			}
			// What another account would not cure is an error, no failed validation.
			failed := test.want != "" && test.code == 0
			if abi.CodeOf(err) != test.code || (have.Code == abi.ValidationFailure) != failed || !strings.Contains(said, test.want) {
				t.Errorf("have %+v and %v, want a failure that says %q with %v, or none", have, err, test.want, test.code)
			}
			if blamed := have.ErrorParameter == "Password"; blamed != (name == "a wrong password") {
				t.Errorf("the parameter %q is blamed", have.ErrorParameter)
			}
		})
	}
}

// imported runs a full import in pages of two, and returns a line for each user.
func imported(t *testing.T, c abi.Connector) (lines []string, pages int, err error) {
	t.Helper()
	session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schema, PageSize: 2})
	if err != nil {
		return nil, 0, err
	}
	for more := true; more; pages++ {
		page, err := session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: 2})
		if err != nil {
			return lines, pages, err
		}
		for _, e := range page.Entries {
			line := e.AnchorText("name")
			for _, tag := range e.Attribute("tags").Values {
				line += " " + tag.Text()
			}
			lines = append(lines, line)
		}
		more = page.MoreToImport
	}
	_, err = session.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	return lines, pages, err
}

func TestImport(t *testing.T) {
	t.Parallel()
	for n := range 6 {
		t.Run(fmt.Sprint(n, " users"), func(t *testing.T) {
			t.Parallel()
			b, want := newBroker(), []string(nil)
			for i := range n {
				name := fmt.Sprintf("u%d/ë", i)
				b.users[name] = newUser(name, "h", "a", "b c")
				want = append(want, name+" a b c")
			}
			c, _ := connect(b)
			have, _, err := imported(t, c)
			if err != nil || !slices.Equal(have, want) || len(b.asked) != 1 {
				t.Errorf("have %q after %d requests and %v, want %q after one", have, len(b.asked), err, want)
			}
		})
	}
}

// Whatever is not the whole list must not pass for a short one.
func TestImportTakesNothingElseForAList(t *testing.T) {
	t.Parallel()
	three := `[{"name":"a","tags":[]},{"name":"b","tags":["x"]},{"name":"c","tags":[]}`
	for name, test := range map[string]struct {
		answer abi.HTTPAnswer
		want   abi.Code
	}{
		"an error document":   {abi.HTTPAnswer{Status: 200, Body: `{"error":"busy"}`}, abi.UnexpectedData},
		"a page of a list":    {abi.HTTPAnswer{Status: 200, Body: `{"page":1,"page_count":9,"items":[]}`}, abi.UnexpectedData},
		"null":                {abi.HTTPAnswer{Status: 200, Body: "null"}, abi.UnexpectedData},
		"nothing":             {abi.HTTPAnswer{Status: 200}, abi.UnexpectedData},
		"no content":          {abi.HTTPAnswer{Status: 204}, abi.UnexpectedData},
		"broken off":          {abi.HTTPAnswer{Status: 200, Body: three}, abi.UnexpectedData},
		"broken off in one":   {abi.HTTPAnswer{Status: 200, Body: three + `,{"name":"d"`}, abi.UnexpectedData},
		"more behind it":      {abi.HTTPAnswer{Status: 200, Body: three + "][]"}, abi.UnexpectedData},
		"one without a name":  {abi.HTTPAnswer{Status: 200, Body: three + `,{"tags":[]}]`}, abi.UnexpectedData},
		"a name that is none": {abi.HTTPAnswer{Status: 200, Body: three + `,{"name":7}]`}, abi.UnexpectedData},
		"tags in a string":    {abi.HTTPAnswer{Status: 200, Body: three + `,{"name":"d","tags":"x,y"}]`}, abi.UnexpectedData},
		"a name twice in one": {abi.HTTPAnswer{Status: 200, Body: three + `,{"name":"d","name":"e"}]`}, abi.UnexpectedData},
		"a web site":          {abi.HTTPAnswer{Status: 200, Body: "<html>"}, abi.UnexpectedData},
		"elsewhere":           {abi.HTTPAnswer{Status: 302}, abi.UnexpectedData},
		"a wrong password":    {abi.HTTPAnswer{Status: 401, Body: `{"error":"not_authorized","reason":"Login failed"}`}, abi.BadServerCredentials},
		"no administrator":    {abi.HTTPAnswer{Status: 401, Body: `{"error":"not_authorised","reason":"Not administrator user"}`}, abi.AccessDenied},
		"forbidden":           {abi.HTTPAnswer{Status: 403}, abi.AccessDenied},
		"not there":           {abi.HTTPAnswer{Status: 404}, abi.ObjectNotFound},
		"broken":              {abi.HTTPAnswer{Status: 500}, abi.ServerDown},
		"away":                {abi.HTTPAnswer{Status: 503}, abi.ServerDown},
		"unreachable":         {failed(abi.NotSent, "refused"), abi.FailedConnection},
		"cut":                 {failed(abi.OutcomeUnknown, "cut"), abi.DroppedConnection},
		"too large":           {failed(abi.LimitExceeded, "large"), abi.UnexpectedData},
		"not granted":         {failed(abi.Denied, "no"), abi.AccessDenied},
		"cancelled":           {failed(abi.Cancelled, "stop"), abi.TerminateRun},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBroker()
			b.answer = func(abi.HTTPRequest) *abi.HTTPAnswer { return &test.answer }
			c, _ := connect(b)
			if lines, _, err := imported(t, c); abi.CodeOf(err) != test.want {
				t.Errorf("have %v after %q, want %v", err, lines, test.want)
			}
		})
	}
}

// exported runs an export of entries in one batch.
func exported(t *testing.T, c abi.Connector, entries ...abi.CSEntryChange) ([]abi.CSEntryChangeResult, error) {
	t.Helper()
	session, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: schema, BatchSize: len(entries)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		entries[i].Identifier = fmt.Sprint(i + 1)
	}
	have, putErr := session.PutExportEntries(t.Context(), entries)
	if err := session.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
	return have.Results, putErr
}

func TestExport(t *testing.T) {
	t.Parallel()
	update := func(name string, changes ...abi.AttributeChange) abi.CSEntryChange {
		return abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: anchor(name), Attributes: changes}
	}
	tags := func(m abi.AttributeModificationType, values, deletes []abi.Value) abi.AttributeChange {
		return abi.AttributeChange{Name: "tags", Modification: m, MultiValued: true, Values: values, Deletes: deletes}
	}
	for name, test := range map[string]struct {
		entry abi.CSEntryChange
		want  abi.ExportError
		// users is who is there afterwards.
		users []string
	}{
		"an add": {abi.CSEntryChange{Modification: abi.ObjectAdd, Anchor: anchor("new"), Attributes: []abi.AttributeChange{abi.AddAll("tags", texts("a", "b")...)}},
			abi.ExportSuccess, []string{`new ["a" "b"] hash "" by sha256`, `zoë ["x" "y"] hash "H" by sha512`}},
		"an add without tags": {abi.CSEntryChange{Modification: abi.ObjectAdd, Anchor: anchor("a/b?c")},
			abi.ExportSuccess, []string{`a/b?c [] hash "" by sha256`, `zoë ["x" "y"] hash "H" by sha512`}},
		"an add with its anchor among the attributes": {abi.CSEntryChange{Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{abi.Add("name", abi.StringValue("new"))}},
			abi.ExportSuccess, []string{`new [] hash "" by sha256`, `zoë ["x" "y"] hash "H" by sha512`}},
		"an add of one who is there": {abi.CSEntryChange{Modification: abi.ObjectAdd, Anchor: anchor("zoë")},
			abi.ExportErrorConnectedDirectoryExistingObject, []string{`zoë ["x" "y"] hash "H" by sha512`}},
		"a tag added and one deleted": {update("zoë", tags(abi.AttributeUpdate, texts("z", "y"), texts("x"))),
			abi.ExportSuccess, []string{`zoë ["y" "z"] hash "H" by sha512`}},
		"tags replaced": {update("zoë", tags(abi.AttributeReplace, texts("z"), nil)),
			abi.ExportSuccess, []string{`zoë ["z"] hash "H" by sha512`}},
		"tags cleared": {update("zoë", tags(abi.AttributeDelete, nil, nil)),
			abi.ExportSuccess, []string{`zoë [] hash "H" by sha512`}},
		"a password": {update("zoë", abi.Add(abi.ExportPassword, abi.StringValue("P"))),
			abi.ExportSuccess, []string{`zoë ["x" "y"] hash "hash of P" by sha256`}},
		"an update of nobody": {update("gone", tags(abi.AttributeReplace, texts("z"), nil)),
			abi.ExportErrorConnectedDirectoryMissingObject, []string{`zoë ["x" "y"] hash "H" by sha512`}},
		"a tag that breaks the broker": {update("zoë", tags(abi.AttributeReplace, texts(strings.Repeat("t", 256)), nil)),
			abi.ExportErrorConnectedDirectoryError, []string{`zoë ["x" "y"] hash "H" by sha512`}},
		"a delete":           {abi.CSEntryChange{Modification: abi.ObjectDelete, Anchor: anchor("zoë")}, abi.ExportSuccess, nil},
		"a delete of nobody": {abi.CSEntryChange{Modification: abi.ObjectDelete, Anchor: anchor("gone")}, abi.ExportErrorConnectedDirectoryMissingObject, []string{`zoë ["x" "y"] hash "H" by sha512`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := newUser("zoë", "H", "x", "y")
			user.Algorithm = "rabbit_password_hashing_sha512"
			b := newBroker(user)
			c, host := connect(b)
			results, err := exported(t, c, test.entry)
			if err != nil || len(results) != 1 || results[0].Code != test.want {
				t.Fatalf("have %+v and %v, want %v", results, err, test.want)
			}
			var users []string
			for _, name := range b.names() {
				users = append(users, describe(b.users[name]))
			}
			if !slices.Equal(users, test.users) {
				t.Errorf("have %q, want %q", users, test.users)
			}
			if _, reported := host.Reported(); len(reported) != 1 || reported[0].Code != test.want {
				t.Errorf("reported %+v, want %v", reported, test.want)
			}
		})
	}
}

// A grant that drops the hash instead of sealing it would have every tag change
// take the password away.
func TestExportNeedsTheHash(t *testing.T) {
	t.Parallel()
	user := newUser("u", "H")
	user.Hash = nil
	b := newBroker(user)
	c, _ := connect(b)
	_, err := exported(t, c, abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: anchor("u"), Attributes: []abi.AttributeChange{abi.AddAll("tags", texts("x")...)}})
	if abi.CodeOf(err) != abi.UnexpectedData || !slices.Equal(b.asked, []string{"GET /api/users/u"}) {
		t.Errorf("have %v after %q, want UnexpectedData and no PUT", err, b.asked)
	}
}

// The broker goes away before, or in the middle of, one of three changes.
func TestExportStopsAndTells(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method string
		answer abi.HTTPAnswer
		want   abi.Code
		word   string
	}{
		"down at the look":      {"GET", failed(abi.NotSent, "refused"), abi.FailedConnection, "NotSent"},
		"cut while it writes":   {"PUT", failed(abi.OutcomeUnknown, "cut"), abi.DroppedConnection, "OutcomeUnknown"},
		"away":                  {"PUT", abi.HTTPAnswer{Status: 503}, abi.ServerDown, "ServerDown"},
		"the account is locked": {"GET", abi.HTTPAnswer{Status: 401}, abi.BadServerCredentials, "BadServerCredentials"},
		"no JSON":               {"GET", abi.HTTPAnswer{Status: 200, Body: "<html>"}, abi.UnexpectedData, "UnexpectedData"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBroker()
			b.answer = func(r abi.HTTPRequest) *abi.HTTPAnswer {
				if r.Method == test.method && r.Path == "/api/users/two" {
					return &test.answer
				}
				return nil
			}
			c, host := connect(b)
			var entries []abi.CSEntryChange
			for _, name := range []string{"one", "two", "three"} {
				entries = append(entries, abi.CSEntryChange{Modification: abi.ObjectAdd, Anchor: anchor(name)})
			}
			_, err := exported(t, c, entries...)
			_, reported := host.Reported()
			if abi.CodeOf(err) != test.want || len(reported) != 3 || !slices.Equal(b.names(), []string{"one"}) {
				t.Fatalf("have %v, %d outcomes and %q, want %v, 3 and one", err, len(reported), b.names(), test.want)
			}
			if reported[0].Code != abi.ExportSuccess || reported[1].Code != abi.ExportErrorConnectedDirectoryError || reported[1].Name != test.word {
				t.Errorf("have the outcomes %+v, want success and %s", reported, test.word)
			}
			if reported[2].Name != "NotSent" || slices.Contains(b.asked, "GET /api/users/three") {
				t.Errorf("have the outcome %+v after %q, want three not sent", reported[2], b.asked)
			}
			if reported[2].Name != "NotSent" {
				t.Errorf("have %+v of the third, want NotSent", reported[2])
			}
		})
	}
}

func TestDeleteWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	b := newBroker()
	b.answer = func(abi.HTTPRequest) *abi.HTTPAnswer { return &abi.HTTPAnswer{Status: 404, Tries: 2} }
	c, _ := connect(b)
	results, err := exported(t, c, abi.CSEntryChange{Modification: abi.ObjectDelete, Anchor: anchor("u")})
	if err != nil || results[0].Code != abi.ExportSuccess {
		t.Errorf("have %+v and %v, want success", results, err)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	b := newBroker(newUser("u", "old", "management", "x"))
	c, _ := connect(b)
	session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	if err := session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("u")}, NewPassword: "N"}); err != nil {
		t.Error(err)
	}
	if have, want := describe(b.users["u"]), `u ["management" "x"] hash "hash of N" by sha256`; have != want {
		t.Errorf("have %s, want %s", have, want)
	}
	if err := session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("gone")}, NewPassword: "N"}); abi.CodeOf(err) != abi.ObjectNotFound || len(b.users) != 1 {
		t.Errorf("have %v and %q, want ObjectNotFound and nobody made", err, b.names())
	}
	if err := session.ChangePassword(t.Context(), abi.ChangePasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("u")}}); abi.CodeOf(err) != abi.EntryPointNotImplemented {
		t.Errorf("have %v, want EntryPointNotImplemented", err)
	}
	if err := session.ClosePasswordConnection(t.Context()); err != nil {
		t.Error(err)
	}
}
