package rest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// lookedUp has a table for what is spread, one for a pipe, and one that is only read.
const lookedUp = `{"attributes":{"id":{"access":"read"},"name":null,"groups":{"multi":true,"convert":[{"lookup":"groups"}]},
		"roles":{"multi":true,"write":"none"},"site":{"access":"read","convert":[{"lookup":"sites"}]}},
	"lookups":{"groups":{"request":"/groups","rows":".","key":"id","value":"name"},"roles":{"request":"/roles","rows":".","key":"id","value":"name"},
		"sites":{"request":"/sites","rows":".","key":"id","value":"name"}},
	"read":{"request":"/users/{anchor}"},
	"create":[{"request":{"method":"POST","path":"/users","json":{"...":"attributes"}},"capture":{"id":"id"}},
		{"each":{"of":"roles"},"request":"PUT /roles/{each.value | lookup roles}/{anchor}"}],
	"update":[{"when":{"changed":["name","groups"]},"request":{"method":"PATCH","path":"/users/{anchor}","json":{"...":"changed"}}},
		{"each":{"of":"roles"},"request":"PUT /roles/{each.value | lookup roles}/{anchor}"}],
	"delete":[{"when":{"was":{"name":"x"}},"request":"DELETE /users/{anchor}"}],
	"setPassword":[{"request":{"method":"PUT","path":"/p/{anchor}","json":{"p":"{password}"}}}]}`

// TestLookupsWhenNeeded: an export reads the tables that its entries need, once, when the
// first of them comes to it.
func TestLookupsWhenNeeded(t *testing.T) {
	t.Parallel()
	const unknown = "is a name that the lookup roles has not"
	for name, test := range map[string]struct {
		entries []abi.CSEntryChange
		asked   string
		ends    []string // empty: done
	}{
		"none":               {[]abi.CSEntryChange{update("7", set("name", "x")), add(set("name", "x"))}, "PATCH /users/7, POST /users", []string{"", ""}},
		"one":                {[]abi.CSEntryChange{update("7", set("name", "x")), update("7", set("groups", "one"))}, "PATCH /users/7, GET /groups, PATCH /users/7", []string{"", ""}},
		"once":               {[]abi.CSEntryChange{update("7", set("groups", "one")), update("7", set("groups", "one"))}, "GET /groups, PATCH /users/7, PATCH /users/7", []string{"", ""}},
		"what is cleared":    {[]abi.CSEntryChange{update("7", set("groups"))}, "PATCH /users/7", []string{""}},
		"a pipe, before all": {[]abi.CSEntryChange{update("7", set("name", "x"), set("roles", "one"))}, "GET /roles, PATCH /users/7, PUT /roles/1/7", []string{""}},
		"of what is read":    {[]abi.CSEntryChange{oneEntry(abi.ObjectDelete, "7")}, "GET /users/7, GET /sites, DELETE /users/7", []string{""}},
		"an unknown name":    {[]abi.CSEntryChange{add(set("name", "x"), set("groups", "one"), set("roles", "none")), update("7", set("name", "x"))}, "GET /groups, GET /roles, PATCH /users/7", []string{unknown, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := []abi.HTTPAnswer{ok(`[{"id":1,"name":"one"}]`)}
			app := table(t, map[string][]abi.HTTPAnswer{"GET /groups": rows, "GET /roles": rows, "GET /sites": rows, "GET /users/7": {ok(`{"id":7,"name":"x","site":1}`)},
				"PATCH /users/7": {ok("")}, "POST /users": {created("8")}, "PUT /roles/1/7": {ok("")}, "DELETE /users/7": {ok("")}})
			c, _ := connect(parse(t, lookedUp), app)
			results, err := exported(t, c, test.entries...)
			if err != nil || len(results) != len(test.ends) {
				t.Fatalf("have %+v and %v", results, err)
			}
			wantLines(t, app.asked, strings.Split(test.asked, ", "))
			for i, want := range test.ends {
				if r := results[i]; (r.Code == abi.ExportSuccess) != (want == "") || !strings.Contains(r.Detail, want) || strings.Contains(r.Detail, "failed after") {
					t.Errorf("entry %d: have %+v, want %q", i, r, want)
				}
			}
		})
	}
}

// TestLookupThatFails: it fails the entries that need it, before they have done anything,
// and no others; the next call asks for it again.
func TestLookupThatFails(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]abi.HTTPAnswer{"busy": status(503, ""), "no login": status(401, ""), "a row without key": ok(`[{"id":1,"name":"one"},{"name":"two"}]`),
		"lost": lost(), "a page": ok("<html>")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"GET /roles": {answer, ok(`[{"id":1,"name":"one"}]`)}, "PATCH /users/7": {ok("")}, "POST /users": {created("8")}, "PUT /roles/1/7": {ok("")}})
			c, _ := connect(parse(t, lookedUp), app)
			session, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: schemaOf(t, c), BatchSize: 10})
			if err != nil {
				t.Fatal(err)
			}
			entries := []abi.CSEntryChange{add(set("name", "x"), set("roles", "one")), update("7", set("name", "x"), set("roles", "one")), update("7", set("name", "x"))}
			for i := range entries {
				entries[i].Identifier = strconv.Itoa(i)
			}
			first, err := session.PutExportEntries(t.Context(), entries)
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, app.asked, []string{"GET /roles", "PATCH /users/7"})
			for i, r := range first.Results {
				if failed := strings.Contains(r.Detail, "the lookup roles cannot be read: ") && r.Name == "EntryExport"; failed != (i < 2) {
					t.Errorf("entry %d: have %+v", i, r)
				}
			}
			second, err := session.PutExportEntries(t.Context(), entries[1:2])
			if err != nil || second.Results[0].Code != abi.ExportSuccess {
				t.Errorf("have %+v and %v", second, err)
			}
			wantLines(t, app.asked[2:], []string{"GET /roles", "PATCH /users/7", "PUT /roles/1/7"})
		})
	}
}

// TestLookupsAndPasswords: who sets passwords reads no table.
func TestLookupsAndPasswords(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"PUT /p/7": {ok("")}})
	c, _ := connect(parse(t, lookedUp), app)
	session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	if err == nil {
		err = session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("7")}, NewPassword: "N"})
	}
	if err != nil {
		t.Error(err)
	}
	wantLines(t, app.asked, []string{"PUT /p/7"})
}

// A key with two names is no key: which of them is right nobody knows.
func TestLookupKeyTwice(t *testing.T) {
	t.Parallel()
	for rows, word := range map[string]string{
		`[{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":1,"name":"a"}]`: "",
		`[{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":1,"name":"z"}]`: "the lookup groups has two names for the key 1, a and z",
		`[{"id":1,"name":""},{"id":"1","name":"z"}]`:                    "two names for the key 1,  and z",
	} {
		app := table(t, map[string][]abi.HTTPAnswer{"GET /users": {ok(`[{"id":7,"group":1}]`)}, "GET /groups": {ok(rows)}})
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},"attributes":{"id":{"access":"read"},"group":{"access":"read","convert":[{"lookup":"groups"}]}},
			"lookups":{"groups":{"request":"/groups","rows":".","key":"id","value":"name"}}}`), app)
		have, _, err := imported(t, c, abi.Full, "")
		if word != "" {
			wantError(t, err, abi.UnexpectedData, word)
		} else if err != nil {
			t.Error(err)
		} else {
			wantLines(t, have, []string{"7 group=a"})
		}
	}
}
