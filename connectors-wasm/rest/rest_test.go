package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// target is an application in memory: it answers by answer and notes what it is
// asked.
type target struct {
	asked  []string
	bodies []string
	keys   []string
	all    []abi.HTTPRequest
	answer func(r *abi.HTTPRequest) abi.HTTPAnswer
}

func (a *target) serve(_ context.Context, r abi.HTTPRequest) abi.HTTPAnswer {
	a.asked = append(a.asked, r.Method+" "+place(&r))
	a.bodies, a.keys, a.all = append(a.bodies, r.Body), append(a.keys, r.IdempotencyKey), append(a.all, r)
	answer := a.answer(&r)
	if answer.Tries == 0 {
		answer.Tries = 1
	}
	return answer
}

func place(r *abi.HTTPRequest) string {
	text := r.Path
	for i, q := range r.Query {
		text += string("?&"[min(i, 1)]) + q.Name + "=" + url.QueryEscape(q.Value)
	}
	return text
}

// ok is an answer with JSON.
func ok(body string) abi.HTTPAnswer {
	return abi.HTTPAnswer{Status: 200, Body: body, Headers: []abi.Field{{Name: "Date", Value: "Sun, 22 Nov 2026 06:00:00 GMT"}}}
}

func status(n int, body string) abi.HTTPAnswer { return abi.HTTPAnswer{Status: n, Body: body} }

// table answers by what is asked for, such as "GET /users?page=1"; the answers of
// one line are given one after the other, the last one for good.
func table(t testing.TB, lines map[string][]abi.HTTPAnswer) *target {
	return &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
		key := r.Method + " " + place(r)
		answers := lines[key]
		if len(answers) == 0 {
			t.Errorf("asked for %s", key)
			return status(404, "")
		}
		if len(answers) > 1 {
			lines[key] = answers[1:]
		}
		return answers[0]
	}}
}

// parse makes a recipe of JSON; what it lacks to be one is put in.
func parse(t testing.TB, text string) *recipe.Recipe {
	t.Helper()
	var there map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &there); err != nil {
		t.Fatal(err)
	}
	head := "{"
	for _, missing := range []struct{ key, value string }{
		{"recipe", "1"}, {"name", `"app"`}, {"anchor", `"id"`}, {"attributes", `{"id":{"access":"read"},"name":{}}`},
	} {
		if there[missing.key] == nil {
			head += `"` + missing.key + `":` + missing.value + ","
		}
	}
	r, problems := recipe.Parse(head + text[1:])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return r
}

// connect returns the connector as a host sees it.
func connect(r *recipe.Recipe, app *target) (abi.Connector, *guesttest.Host) {
	host := &guesttest.Host{Target: app.serve}
	return guesttest.Connector(func(h abi.Host) guest.Connector { return rest.Follow(h, r, nil) }, host), host
}

func schemaOf(t testing.TB, c abi.Connector) abi.Schema {
	t.Helper()
	s, err := c.GetSchema(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// imported runs an import and returns a line for each entry, and the watermark.
func imported(t testing.TB, c abi.Connector, kind abi.OperationType, watermark string) (lines []string, mark string, err error) {
	t.Helper()
	session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schemaOf(t, c), ImportType: kind, CustomData: watermark})
	if err != nil {
		return nil, "", err
	}
	mark = session.CustomData()
	for more := true; more; {
		page, err := session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: 1000, CustomData: mark})
		if err != nil {
			return lines, "", err
		}
		for i := range page.Entries {
			lines = append(lines, line(&page.Entries[i]))
		}
		mark, more = page.CustomData, page.MoreToImport
	}
	closed, err := session.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{CustomData: mark})
	return lines, closed.CustomData, err
}

// line shows an entry: 1 name=Zoë roles=a,b.
func line(e *abi.CSEntryChange) string {
	text := e.AnchorText("id")
	if e.Modification != abi.ObjectAdd {
		text = e.Modification.String() + " " + text
	}
	for _, a := range e.Attributes {
		var values []string
		for _, v := range a.Values {
			values = append(values, v.Text())
		}
		text += " " + a.Name + "=" + strings.Join(values, ",")
	}
	if e.Error != nil {
		text += fmt.Sprintf(" %v %s", e.Error.Code, e.Error.Detail)
	}
	return text
}

func anchor(id string) []abi.AnchorAttribute {
	return []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(id)}}
}

// exported exports entries, to which it gives the identifiers e1, e2 and so on.
func exported(t testing.TB, c abi.Connector, entries ...abi.CSEntryChange) ([]abi.CSEntryChangeResult, error) {
	t.Helper()
	session, err := c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: schemaOf(t, c), BatchSize: len(entries)})
	if err != nil {
		return nil, err
	}
	for i := range entries {
		entries[i].Identifier = fmt.Sprint("e", i+1)
	}
	results, err := session.PutExportEntries(t.Context(), entries)
	if closeErr := session.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}); closeErr != nil {
		t.Error(closeErr)
	}
	return results.Results, err
}

func set(name string, values ...string) abi.AttributeChange {
	change := abi.AttributeChange{Name: name, Modification: abi.AttributeReplace}
	if len(values) == 0 {
		change.Modification = abi.AttributeDelete
	}
	for _, v := range values {
		change.Values = append(change.Values, abi.StringValue(v))
	}
	return change
}

func setBool(name string, b bool) abi.AttributeChange {
	return abi.AttributeChange{Name: name, Modification: abi.AttributeReplace, Values: []abi.Value{abi.BooleanValue(b)}}
}

func wantError(t testing.TB, err error, code abi.Code, words ...string) {
	t.Helper()
	if abi.CodeOf(err) != code {
		t.Errorf("have %v, want %v", err, code)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("have %v, want it to say %q", err, w)
		}
	}
}

func wantLines(t testing.TB, have, want []string) {
	t.Helper()
	if !slices.Equal(have, want) {
		t.Errorf("have\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}
