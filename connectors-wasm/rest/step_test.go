package rest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

const lifecycle = `{"attributes":{"id":{"access":"read"},"login":{"required":true},"mail":{"convert":"lower"},"active":{"type":"boolean","read":"state","write":"none","convert":[{"words":{"true":["active"],"false":["blocked"]}}]},"roles":{"multi":true,"write":"none"}},
	"read":{"request":"/users/{anchor}"},
	"find":{"request":{"path":"/users","query":{"login":"{attr.login}"}},"rows":".","by":["login"]},
	"create":[
		{"request":{"method":"POST","path":"/users","json":{"...":"attributes"}},"expect":[201],"capture":{"id":"id"},
			"onError":[{"status":400,"body":"*has already*taken*","then":"exists"}]},
		{"when":{"is":{"active":"false"}},"request":"POST /users/{anchor}/block"},
		{"each":{"of":"roles"},"request":"PUT /users/{anchor}/roles/{each.value}"}],
	"update":[
		{"when":{"changed":["login","mail"]},"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"changed"}}},
		{"when":{"is":{"active":"false"}},"request":"POST /users/{anchor}/block"},
		{"each":{"added":"roles"},"request":"PUT /users/{anchor}/roles/{each.value}"},
		{"each":{"removed":"roles"},"request":"DELETE /users/{anchor}/roles/{each.value}"}],
	"delete":[{"request":"DELETE /users/{anchor}/sessions","onError":[{"status":404,"then":"ok"}]},{"request":"DELETE /users/{anchor}"}],
	"setPassword":[{"request":{"method":"PUT","path":"/users/{anchor}/password","json":{"password":"{password}"}},"onError":[{"status":422,"then":"PasswordPolicyViolation","message":"errors"}]}],
	"changePassword":[{"request":{"method":"POST","path":"/users/{anchor}/password","json":{"old":"{old_password}","new":"{password}"}}}]}`

func created(id string) abi.HTTPAnswer { return status(201, `{"id":`+id+`}`) }

func lost() abi.HTTPAnswer {
	return abi.HTTPAnswer{Error: abi.NewError(abi.OutcomeUnknown, "the connection broke")}
}

func TestLifeOfAUser(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"POST /users": {created("7")}, "POST /users/7/block": {ok("{}")},
		"PUT /users/7/roles/a": {ok("")}, "PUT /users/7/roles/b%2Fc": {ok("")}, "PUT /users/7/roles/d": {ok("")}, "DELETE /users/7/roles/a": {ok("")},
		"GET /users/7": {ok(`{"id":7,"login":"zoe","state":"active","roles":["a","b/c"]}`)}, "PUT /users/7": {ok("")},
		"DELETE /users/7/sessions": {status(404, "")}, "DELETE /users/7": {status(204, "")},
	})
	c, _ := connect(parse(t, lifecycle), app)
	results, err := exported(t, c,
		add(set("login", "zoe"), set("mail", "m"), setBool("active", false), set("roles", "a", "b/c")),
		update("7", set("login", "zoë"), set("roles", "b/c", "d")),
		oneEntry(abi.ObjectDelete, "7"))
	if err != nil || len(results) != 3 {
		t.Fatalf("have %+v and %v", results, err)
	}
	for i, r := range results {
		if r.Code != abi.ExportSuccess || (i == 0) != (len(r.Anchor) == 1 && r.Anchor[0].Value.Text() == "7") {
			t.Errorf("have %+v", r)
		}
	}
	wantLines(t, app.talk(), []string{
		`POST /users {"login":"zoe","mail":"m"}`, "POST /users/7/block", "PUT /users/7/roles/a", "PUT /users/7/roles/b%2Fc",
		"GET /users/7", `PUT /users/7 {"login":"zoë"}`, "PUT /users/7/roles/d", "DELETE /users/7/roles/a",
		"DELETE /users/7/sessions", "DELETE /users/7"})
	keys := slices.Clone(app.keys)
	slices.Sort(keys)
	if distinct := slices.Compact(slices.Clone(keys)); len(distinct) != len(keys) || keys[0] != "" || app.keys[0] != "e1" {
		t.Errorf("have the keys %q, want one for each request that changes something", app.keys)
	}
}

func TestDeleteTakesAllValuesAway(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users/7":      {ok(`{"id":7,"login":"zoe","roles":["a","b"]}`)},
		"DELETE /users/7/a": {status(204, "")}, "DELETE /users/7/b": {status(204, "")}, "DELETE /users/7": {status(204, "")},
	})
	c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"login":null,"roles":{"multi":true,"write":"none"}},"read":{"request":"/users/{anchor}"},
		"delete":[{"each":{"removed":"roles"},"request":"DELETE /users/{anchor}/{each.value}"},{"request":"DELETE /users/{anchor}"}]}`), app)
	if results, err := exported(t, c, oneEntry(abi.ObjectDelete, "7")); err != nil || len(results) != 1 || results[0].Code != abi.ExportSuccess {
		t.Fatalf("have %+v and %v", results, err)
	}
	wantLines(t, app.talk(), []string{"GET /users/7", "DELETE /users/7/a", "DELETE /users/7/b", "DELETE /users/7"})
}

// A step that fails behind one that succeeded is told as that, with the new anchor.
func TestPartial(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer abi.HTTPAnswer
		code   abi.ExportError
		name   string
	}{
		"refused":  {status(403, "no"), abi.ExportErrorPermissionIssue, "partial"},
		"not sent": {abi.HTTPAnswer{Error: abi.NewError(abi.NotSent, "refused")}, abi.ExportErrorConnectedDirectoryError, "partial"},
		"lost":     {lost(), abi.ExportErrorConnectedDirectoryError, "OutcomeUnknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"POST /users": {created("7")}, "POST /users/7/block": {test.answer}})
			c, host := connect(parse(t, lifecycle), app)
			_, _ = exported(t, c, add(set("login", "zoe"), set("mail", "m"), setBool("active", false)))
			_, results := host.Reported()
			if len(results) != 1 || results[0].Code != test.code || results[0].Name != test.name {
				t.Fatalf("have %+v", results)
			}
			if !strings.Contains(results[0].Detail, "step 2 of 3 (POST /users/7/block) failed after step 1 succeeded") {
				t.Errorf("have %s", results[0].Detail)
			}
			if test.name == "partial" && (len(results[0].Anchor) != 1 || results[0].Anchor[0].Value.Text() != "7") {
				t.Errorf("have the anchor %v, want 7", results[0].Anchor)
			}
		})
	}
}

func TestWhatIsGone(t *testing.T) {
	t.Parallel()
	gone := map[string][]abi.HTTPAnswer{"DELETE /users/7/sessions": {status(404, "")}, "DELETE /users/7": {status(404, "")},
		"GET /users/7": {status(404, "")}}
	c, _ := connect(parse(t, lifecycle), table(t, gone))
	results, err := exported(t, c, oneEntry(abi.ObjectDelete, "7"), update("7", set("login", "x")))
	if err != nil || results[0].Code != abi.ExportSuccess || results[1].Code != abi.ExportErrorConnectedDirectoryMissingObject {
		t.Errorf("have %+v and %v", results, err)
	}
}

func TestOperationsThatAreMissing(t *testing.T) {
	t.Parallel()
	c, _ := connect(parse(t, `{"create":[{"request":"POST /users","capture":{"id":"id"}}]}`), table(t, nil))
	results, err := exported(t, c, update("7", set("name", "x")), oneEntry(abi.ObjectDelete, "7"))
	if err != nil || !strings.Contains(results[0].Detail, "no update") || !strings.Contains(results[1].Detail, "no delete") {
		t.Errorf("have %+v and %v", results, err)
	}
	session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("7")}, NewPassword: "N"}), abi.EntryPointNotImplemented)
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"PUT /users/7/password": {ok(""), status(422, `{"errors":["too short","too old"]}`)}, "POST /users/7/password": {ok("")}})
	c, _ := connect(parse(t, lifecycle), app)
	session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	if err != nil {
		t.Fatal(err)
	}
	entry := abi.CSEntry{Anchor: anchor("7")}
	if err := session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: entry, NewPassword: "N"}); err != nil {
		t.Error(err)
	}
	wantError(t, session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: entry, NewPassword: "N"}), abi.PasswordPolicyViolation, "too short, too old")
	if err := session.ChangePassword(t.Context(), abi.ChangePasswordRunStep{Entry: entry, OldPassword: "O", NewPassword: "N"}); err != nil {
		t.Error(err)
	}
	wantLines(t, app.talk(), []string{`PUT /users/7/password {"password":"N"}`, `PUT /users/7/password {"password":"N"}`, `POST /users/7/password {"old":"O","new":"N"}`})
}

// A setPassword whose steps are all left out set nothing.
func TestPasswordOfNoStep(t *testing.T) {
	t.Parallel()
	c, _ := connect(parse(t, `{"read":{"request":"/users/{anchor}"},"setPassword":[{"when":{"was":{"name":"x"}},"request":{"method":"PUT","path":"/p/{anchor}","json":{"p":"{password}"}}}]}`),
		table(t, map[string][]abi.HTTPAnswer{"GET /users/7": {ok(`{"id":"7","name":"y"}`)}}))
	session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("7")}, NewPassword: "N"}), abi.EntryExport, "no step of setPassword that was taken has {password}")
}

// A PUT that must carry what the change is not about.
func TestReadMergeWrite(t *testing.T) {
	t.Parallel()
	const text = `{"anchor":"name","attributes":{"name":{},"tags":{"multi":true},"city":{"write":"address.city"}},
		"read":{"request":"/users/{anchor}"},
		"create":[{"request":"/users/{anchor}","expect":[404],"onError":[{"status":"2xx","then":"exists"}]},
			{"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"attributes","password_hash":""}}}],
		"update":[{"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":{"of":["current","changed"],"omit":["name","limits"]}}}}]}`
	app := table(t, map[string][]abi.HTTPAnswer{
		"GET /users/u": {ok(`{"name":"u","password_hash":"H","tags":["a"],"limits":{},"address":{"zip":"1","city":"x"}}`)}, "PUT /users/u": {status(204, "")},
		"GET /users/v": {status(404, "")}, "PUT /users/v": {status(201, "")},
	})
	c, _ := connect(parse(t, text), app)
	named := func(e abi.CSEntryChange, name string) abi.CSEntryChange {
		e.Anchor = []abi.AnchorAttribute{{Name: "name", Value: abi.StringValue(name)}}
		return e
	}
	results, err := exported(t, c, named(update("", set("tags", "b"), set("city", "y")), "u"), named(add(set("tags", "c")), "v"), named(add(), "u"))
	if err != nil || results[0].Code != abi.ExportSuccess || results[1].Code != abi.ExportSuccess || results[2].Code != abi.ExportErrorConnectedDirectoryExistingObject {
		t.Fatalf("have %+v and %v", results, err)
	}
	wantLines(t, app.talk(), []string{"GET /users/u", `PUT /users/u {"password_hash":"H","tags":["b"],"address":{"zip":"1","city":"y"}}`,
		"GET /users/v", `PUT /users/v {"name":"v","tags":["c"],"password_hash":""}`, "GET /users/u"})
}

// A PUT with all attributes has those that did not change as they are.
func TestAllAttributesOfAnUpdate(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"GET /users/7": {ok(`{"id":"7","name":"old","mail":"m","phone":null}`)}, "PUT /users/7": {ok("")}})
	c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"mail":{},"phone":{}},"read":{"request":"/users/{anchor}"},
		"update":[{"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"attributes"}}}]}`), app)
	if results, err := exported(t, c, update("7", set("name", "new"))); err != nil || results[0].Code != abi.ExportSuccess {
		t.Fatalf("have %+v and %v", results, err)
	}
	wantLines(t, app.talk(), []string{"GET /users/7", `PUT /users/7 {"name":"new","mail":"m"}`})
}

// What does not change goes back as it came, though our form of it says less.
func TestWrittenBackAsRead(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"PUT /users/7": {ok("")}, "GET /users/7": {
		ok(`{"id":"7","name":"old","until":9223372036854775807,"since":"0","mail":"A@X","at":{"zip":"053"},"kind":"9","phone":null,"on":1}`)}})
	c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"until":{"convert":[{"date":"filetime"}]},"since":{"convert":[{"date":"filetime"}]},"mail":{"convert":"lower"},
		"zip":{"read":"at.zip","write":"at.zip","as":"number"},"kind":{"convert":[{"table":{"1":"a"},"else":"other"}]},"phone":{"convert":[{"default":"-"}]},"off":{"type":"boolean","read":"on","write":"off","convert":[{"words":{"true":["1"],"false":["0"]}},"not"]}},
		"read":{"request":"/users/{anchor}"},"update":{"readFirst":true,"steps":[{"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"attributes"}}}]}}`), app)
	if results, err := exported(t, c, update("7", set("name", "new")), update("7", set("until", "2026-11-22T06:00:00Z"))); err != nil || results[0].Code != abi.ExportSuccess || results[1].Code != abi.ExportSuccess {
		t.Fatalf("have %+v and %v", results, err)
	}
	wantLines(t, app.talk(), []string{
		"GET /users/7", `PUT /users/7 {"name":"new","until":9223372036854775807,"since":"0","mail":"A@X","at":{"zip":"053"},"kind":"9","phone":"-","off":"1"}`,
		"GET /users/7", `PUT /users/7 {"name":"old","until":134398008000000000,"since":"0","mail":"A@X","at":{"zip":"053"},"kind":"9","phone":"-","off":"1"}`})
}

func TestCaptures(t *testing.T) {
	t.Parallel()
	const text = `{"create":[{"request":"POST /users","capture":{"id":{"header":"Location"},"etag":{"header":"ETag"},"group":"group.id"}},
		{"request":{"method":"PUT","path":"/groups/{capture.group}/{anchor}","json":{"tag":"{capture.etag}","g":"{capture.group}"}}}]}`
	answer := status(201, `{"group":{"id":5}}`)
	answer.Headers = []abi.Field{{Name: "Location", Value: "https://app.example/v4/users/a%2Fb+c/?x=1"}, {Name: "etag", Value: `W/"1"`}}
	app := table(t, map[string][]abi.HTTPAnswer{"POST /users": {answer}, "PUT /groups/5/a%2Fb%2Bc": {ok("")}})
	c, _ := connect(parse(t, text), app)
	results, err := exported(t, c, add(set("name", "x")))
	if err != nil || results[0].Code != abi.ExportSuccess || results[0].Anchor[0].Value.Text() != "a/b+c" {
		t.Fatalf("have %+v and %v", results, err)
	}
	if want := `{"tag":"W/\"1\"","g":5}`; app.bodies[1] != want {
		t.Errorf("have %s, want %s", app.bodies[1], want)
	}
	answer.Headers, app = answer.Headers[:1], nil
	app = table(t, map[string][]abi.HTTPAnswer{"POST /users": {answer}})
	c, _ = connect(parse(t, text), app)
	if results, err = exported(t, c, add(set("name", "x"))); err != nil || results[0].Name != "partial" || !strings.Contains(results[0].Detail, "without etag") {
		t.Errorf("have %+v and %v", results, err)
	}
}

// Names of groups are written as their keys.
func TestLookupsThatWrite(t *testing.T) {
	t.Parallel()
	const text = `{"attributes":{"id":{"access":"read"},"groups":{"multi":true,"convert":[{"lookup":"groups"}]},"g":{"multi":true,"read":"none"}},
		"lookups":{"groups":{"request":"/groups","rows":".","key":"id","value":"name"}},
		"update":[{"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"changed"}}},
			{"each":{"of":"groups"},"request":"PUT /groups/{each.value | lookup groups}/{anchor}"}]}`
	app := table(t, map[string][]abi.HTTPAnswer{"GET /groups": {ok(`[{"id":1,"name":"one"},{"id":2,"name":"two"},{"id":3,"name":"twice"},{"id":4,"name":"twice"}]`)},
		"PUT /users/7": {ok("")}, "PUT /groups/2/7": {ok("")}, "PUT /groups/1/7": {ok("")}})
	c, _ := connect(parse(t, text), app)
	results, err := exported(t, c, update("7", set("groups", "two", "one")), update("7", set("groups", "none")), update("7", set("groups", "twice")))
	if err != nil || results[0].Code != abi.ExportSuccess || !strings.Contains(results[1].Detail, "lookup groups has not") ||
		!strings.Contains(results[2].Detail, "is a name that two keys of the lookup groups have, 3 and 4") {
		t.Fatalf("have %+v and %v", results, err)
	}
	wantLines(t, app.talk(), []string{"GET /groups", `PUT /users/7 {"groups":[2,1]}`, "PUT /groups/2/7", "PUT /groups/1/7"})
}

// A name that two keys have is a mistake where it is written, with or without a pipe, and
// harmless where it is read or not used.
func TestLookupNameOfTwoKeys(t *testing.T) {
	t.Parallel()
	const text = `{"attributes":{"id":{"access":"read"},"name":{},"group":{"convert":{"lookup":"groups"}}},
		"lookups":{"groups":{"request":"/groups","rows":".","key":"id","value":"name"}},
		"import":{"request":"/users","rows":"."},
		"update":[{"when":{"changed":["group"]},"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"changed"}}},
			{"when":{"changed":["name"]},"request":"PUT /users/{anchor}/{attr.name | lookup groups}"}]}`
	const twice = "is a name that two keys of the lookup groups have, 3 and s4"
	for name, test := range map[string]struct {
		change abi.AttributeChange
		detail string // of the result, empty for success
	}{
		"another": {set("group", "one"), ""}, "an attribute": {set("group", "twice"), twice}, "a pipe": {set("name", "twice"), twice},
		"three keys": {set("group", "thrice"), "of the lookup groups have, 5 and 6"}, "one row twice": {set("group", "same"), ""},
	} {
		app := table(t, map[string][]abi.HTTPAnswer{
			"GET /groups": {ok(`[{"id":1,"name":"one"},{"id":3,"name":"twice"},{"id":"s4","name":"twice"},{"id":5,"name":"thrice"},{"id":6,"name":"thrice"},
				{"id":7,"name":"thrice"},{"id":8,"name":"same"},{"id":8,"name":"same"}]`)},
			"GET /users":   {ok(`[{"id":1,"group":3},{"id":2,"group":"s4"}]`)},
			"PUT /users/7": {ok("")},
		})
		c, _ := connect(parse(t, text), app)
		results, err := exported(t, c, update("7", test.change))
		if err != nil || (results[0].Code == abi.ExportSuccess) != (test.detail == "") || !strings.Contains(results[0].Detail, test.detail) {
			t.Errorf("%s: have %+v and %v, want %q", name, results, err, test.detail)
		}
		have, _, err := imported(t, c, abi.Full, "")
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, have, []string{"1 group=twice", "2 group=twice"})
	}
}

// What a rule calls success has nothing to keep.
func TestSuccessByARule(t *testing.T) {
	t.Parallel()
	const text = `{"attributes":{"id":{},"name":{}},"create":[{"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"attributes"}},"capture":{"etag":"etag"},
		"onError":[{"status":"2xx","value":"same","present":true,"then":"ok"},{"status":[304,412],"then":"ok"}]}]}`
	for _, answer := range []abi.HTTPAnswer{ok(`{"same":true}`), status(412, ""), ok(`{"etag":"x"}`)} {
		c, _ := connect(parse(t, text), &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return answer }})
		results, err := exported(t, c, oneEntry(abi.ObjectAdd, "7"))
		if err != nil || results[0].Code != abi.ExportSuccess {
			t.Errorf("%+v: have %+v and %v", answer, results, err)
		}
	}
}

// A page for people is no success, whatever its status, unless a rule says so.
func TestPagesAreNoSuccess(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		"": true, "{}": true, "done": true, "<user/>": false, " <ht": false, `"<html"`: true,
		"<html><body>": false, " \r\n<!DOCTYPE html>": false, "\ufeff<HTML": false,
	} {
		for _, rule := range []string{"", `,"onError":[{"status":200,"body":"<","then":"ok"}]`} {
			app := table(t, map[string][]abi.HTTPAnswer{"PUT /users/7": {ok(body)}})
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"login":null},
				"update":[{"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"changed"}}`+rule+`}]}`), app)
			results, err := exported(t, c, update("7", set("login", "zoe")))
			if have := err == nil && results[0].Code == abi.ExportSuccess; have != (want || rule != "") {
				t.Errorf("%q with the rule %q: have %+v and %v", body, rule, results, err)
			}
			if !want && rule == "" && abi.CodeOf(err) != abi.UnexpectedData {
				t.Errorf("%q: have %v, want UnexpectedData", body, err)
			}
		}
	}
}

// What an answer says it is counts, too.
func TestTypesOfAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, body, headers string
		want                bool
	}{
		"JSON that says it is":         {"application/json", `{}`, "", true},
		"JSON that says it is not":     {"text/html; charset=utf-8", ` {"ok":1}`, "", true},
		"nothing":                      {"text/html", "", "", true},
		"blanks":                       {"text/html", "\r\n", "", true},
		"a login":                      {"Text/HTML; charset=utf-8", "<!-- x --><form>", "", false},
		"words in HTML":                {"text/html", "Please log in", "", false},
		"another kind of HTML":         {"application/xhtml+xml", "x", "", false},
		"text":                         {"text/plain", "done", "", true},
		"XML":                          {"application/xml", "<?xml ?><ok/>", "", false},
		"XML that was asked for":       {"application/xml", "<?xml ?><ok/>", `,"headers":{"accept":"application/xml"}`, true},
		"XML beside JSON":              {"application/xml", "<?xml ?><ok/>", `,"headers":{"Accept":"application/json, */*"}`, false},
		"HTML where XML was asked for": {"text/html", "<p>", `,"headers":{"Accept":"application/xml"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := status(200, test.body)
			answer.Headers = []abi.Field{{Name: "Content-Type", Value: test.kind}}
			c, _ := connect(parse(t, `{"delete":[{"request":{"method":"DELETE","path":"/users/{anchor}"`+test.headers+`}}]}`), table(t, map[string][]abi.HTTPAnswer{"DELETE /users/7": {answer}}))
			results, err := exported(t, c, oneEntry(abi.ObjectDelete, "7"))
			if !test.want {
				wantError(t, err, abi.UnexpectedData, "DELETE /users/7 was answered with 200 and ")
			} else if err != nil || results[0].Code != abi.ExportSuccess {
				t.Errorf("have %+v and %v", results, err)
			}
		})
	}
}

// A rule with body makes no success of what a rule about a value cannot read.
func TestValuesOfNoJSON(t *testing.T) {
	t.Parallel()
	const body = `{"status":200,"body":"exists","then":"exists"}`
	for name, test := range map[string]struct {
		rules, body string
		want        bool
	}{
		"no rule about a value":     {body, "please log in", true},
		"one":                       {body + `,{"value":"error","present":true,"then":"EntryExport"}`, "please log in", false},
		"one of this status":        {body + `,{"status":"2xx","value":"error","present":true,"then":"EntryExport"}`, "{not json", false},
		"one of another status":     {body + `,{"status":400,"value":"error","present":true,"then":"EntryExport"}`, "please log in", true},
		"JSON":                      {body + `,{"value":"error","present":true,"then":"EntryExport"}`, "true", true},
		"nothing":                   {body + `,{"value":"error","present":true,"then":"EntryExport"}`, "", true},
		"a rule says that it is ok": {`{"status":200,"body":"done","then":"ok"},{"value":"error","present":true,"then":"EntryExport"}`, "done", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := connect(parse(t, `{"delete":[{"request":"DELETE /users/{anchor}"}],"errors":[`+test.rules+`]}`), table(t, map[string][]abi.HTTPAnswer{"DELETE /users/7": {status(200, test.body)}}))
			results, err := exported(t, c, oneEntry(abi.ObjectDelete, "7"))
			if !test.want {
				wantError(t, err, abi.UnexpectedData, "text that is no JSON")
			} else if err != nil || results[0].Code != abi.ExportSuccess {
				t.Errorf("have %+v and %v", results, err)
			}
		})
	}
}
