package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestWriteThatFailsInA200: an answer of success that says in the usual words that it is
// none is none, unless it tells what was to be captured, or a rule says so.
func TestWriteThatFailsInA200(t *testing.T) {
	t.Parallel()
	const plain = `{"attributes":{"id":{"access":"read"},"name":null},"update":[{"request":{"method":"POST","path":"/u","json":{"...":"changed"}}%s}],
		"setPassword":[{"request":{"method":"POST","path":"/u","json":{"p":"{password}"}}}],"delete":[{"request":{"method":"POST","path":"/u"}}],
		"create":[{"request":{"method":"POST","path":"/u","json":{"...":"attributes"}},"capture":{"id":"id"}}]}`
	for body, word := range map[string]string{
		`{"success":false,"message":"no"}`: "success", `{"ok":false}`: "ok", `{"error":"name is taken"}`: "error", `{"error":{"code":7}}`: "error",
		`{"errors":["no"]}`: "errors", `{"exception":"X"}`: "exception", ` {"fault":{"text":"x"}}`: "fault",
		"": "", "done": "", "{}": "", `{"success":true}`: "", `{"error":null,"errors":[],"ok":true}`: "", `{"error":{"code":0,"text":""}}`: "", `[{"error":1}]`: "#.error", `[{"error":null},{"error":"none"}]`: "", `[]`: "",
		`[{"success":true},{"success":false,"errors":["no"]}]`: "#.success", `[{"success":true,"errors":[]}]`: "", `[{"errors":["no"]}]`: "#.errors",
		`{"results":[{"success":false,"error":"x"}]}`: "results.#.success", `{"results":[{"id":1,"error":"x"}]}`: "results.#.error", `{"results":[{"success":true,"error":""}],"total":1}`: "",
		`{"results":[{"errors":{"name":"no"}}]}`: "results.#.errors", `{"userErrors":[{"message":"no"}]}`: "userErrors", `{"data":{"userErrors":["no"]}}`: "data.userErrors",
		`{"data":{"updateUser":{"user":null,"userErrors":[{"message":"no"}]}}}`: "data.*.userErrors", `{"data":{"updateUser":{"user":{"id":7},"userErrors":[]}}}`: "",
		`{"data":{"userBan":{"errors":["no"]}}}`: "data.*.errors", `{"data":{"userBan":{"errors":[]}}}`: "", `{"errors":[null]}`: "",
		`{"jsonrpc":"2.0","id":1,"result":false}`: "result", `{"jsonrpc":"2.0","id":1,"result":true}`: "", `{"jsonrpc":"2.0","id":1,"result":null}`: "", `{"result":false}`: "",
		`{"warnings":[{"warningcode":"invaliduserid"}]}`: "warnings", `{"warnings":[]}`: "", `{"warnings":["the mail was changed"],"id":7}`: "",
		`{"code":1000,"message":"Command completed successfully"}`: "", `{"code":"10000","msg":"Success"}`: "", `{"code":1000,"message":"not ok"}`: "code",
		`{"code":500,"message":"Success"}`: "code", `{"code":599,"message":"ok"}`: "code", `{"code":600,"message":"ok"}`: "", `{"code":1000,"message":"ok","detail":"nobody was changed"}`: "code",
		`{"code":1000,"message":"Request was completed"}`: "code", `{"code":1000,"message":"Erfolg: success"}`: "code",
		`{"status":"failed"}`: "status", `{"status":"failed","id":7}`: "", `{"status":"done"}`: "", `{"error":"none"}`: "",
	} {
		for name, entry := range map[string]abi.CSEntryChange{"update": update("7", set("name", "x")), "delete": oneEntry(abi.ObjectDelete, "7")} {
			app := table(t, map[string][]abi.HTTPAnswer{"POST /u": {ok(body)}})
			c, _ := connect(parse(t, strings.Replace(plain, "%s", "", 1)), app)
			results, err := exported(t, c, entry)
			if err != nil || (results[0].Code == abi.ExportSuccess) != (word == "") || !strings.Contains(results[0].Detail, word) {
				t.Errorf("%s answered with %s: have %+v and %v", name, body, results, err)
			}
		}
		c, _ := connect(parse(t, strings.Replace(plain, "%s", "", 1)), table(t, map[string][]abi.HTTPAnswer{"POST /u": {ok(body)}}))
		session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
		if err == nil {
			err = session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("7")}, NewPassword: "N"})
		}
		if (err == nil) != (word == "") {
			t.Errorf("a password answered with %s: have %v", body, err)
		}
	}
	for name, test := range map[string]struct {
		rule, body string
		entry      abi.CSEntryChange
		want       bool
	}{
		"a rule says that it is none":      {`,"onError":[{"value":"error","is":"7","then":"ok"}]`, `{"error":7}`, update("7", set("name", "x")), true},
		"it is about another":              {`,"onError":[{"value":"error","is":"7","then":"ok"}]`, `{"error":8}`, update("7", set("name", "x")), false},
		"what was to be captured is there": {"", `{"id":7,"errors":["the mail was not sent"]}`, add(set("name", "x")), true},
		"it is not":                        {"", `{"errors":["no"]}`, add(set("name", "x")), false},
	} {
		c, _ := connect(parse(t, strings.Replace(plain, "%s", test.rule, 1)), table(t, map[string][]abi.HTTPAnswer{"POST /u": {ok(test.body)}}))
		if results, err := exported(t, c, test.entry); err != nil || (results[0].Code == abi.ExportSuccess) != test.want || results[0].Name == "partial" {
			t.Errorf("%s: have %+v and %v", name, results, err)
		}
	}
}

// TestStatusOfAUser: a status that the recipe reads is no word for how a write went.
func TestStatusOfAUser(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"PATCH /u/7": {ok(`{"status":"failed"}`)}})
	c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"state":{"read":"status","write":"status"}},"update":[{"request":{"method":"PATCH","path":"/u/{anchor}","json":{"...":"changed"}}}]}`), app)
	if results, err := exported(t, c, update("7", set("state", "failed"))); err != nil || results[0].Code != abi.ExportSuccess {
		t.Errorf("have %+v and %v", results, err)
	}
}

// TestAnchorThatIsAKey: what is the name or number of a row is looked for in no answer to a
// write, where it has no place.
func TestAnchorThatIsAKey(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"@key", "@index"} {
		for _, rules := range []string{"", `,"errors":[{"value":"oops","present":true,"then":"EntryExport"}]`} {
			app := table(t, map[string][]abi.HTTPAnswer{"POST /u": {ok(`{"x":1}`)}, "PATCH /u/7": {ok(`{"x":1}`)}, "DELETE /u/7": {ok(`{"x":1}`)}})
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"create","required":true,"read":"`+at+`","write":"id"},"name":{}},"import":{"request":"/u","rows":"u.*"},
				"create":[{"request":{"method":"POST","path":"/u","json":{"...":"attributes"}}}],"update":[{"request":{"method":"PATCH","path":"/u/{anchor}","json":{"...":"changed"}}}],
				"delete":[{"request":"DELETE /u/{anchor}"}]`+rules+`}`), app)
			results, err := exported(t, c, add(set("id", "7"), set("name", "x")), update("7", set("name", "x")), oneEntry(abi.ObjectDelete, "7"))
			for _, r := range results {
				if r.Code != abi.ExportSuccess {
					t.Errorf("%s: have %+v", at, r)
				}
			}
			if err != nil || len(results) != 3 {
				t.Errorf("%s: have %d results and %v", at, len(results), err)
			}
		}
	}
}

// TestWriteThatSaysOther: what else than the usual words says that a write failed.
func TestWriteThatSaysOther(t *testing.T) {
	t.Parallel()
	const rule = `,"onError":[{"status":"2xx","body":"false","then":"ok"},{"value":"status","is":"error","then":"ok"}]`
	for name, test := range map[string]struct {
		step, method string
		answer       abi.HTTPAnswer
		word         string // of the error, empty: done
	}{
		"a status and a text":     {"", "PATCH", ok(`{"status":"error","messages":"no"}`), "status"},
		"a status by its number":  {"", "DELETE", ok(`{"status":403,"detail":"no"}`), "status"},
		"a code and a text":       {"", "PATCH", ok(`{"code":500,"message":"no"}`), "code"},
		"a status alone":          {"", "PATCH", ok(`{"id":"7","status":"error"}`), ""},
		"a status of no object":   {"", "PATCH", ok(`{"status":"fail","data":{"name":"too long"}}`), "status"},
		"a number of no object":   {"", "PATCH", ok(`{"status":500,"data":{}}`), ""},
		"a result and a text":     {"", "PATCH", ok(`{"result":"error","message":"no"}`), "result"},
		"a result that is fine":   {"", "PATCH", ok(`{"result":"success","message":"x"}`), ""},
		"a status code":           {"", "DELETE", ok(`{"statusCode":403,"message":"no"}`), "statusCode"},
		"a status code of it":     {"", "DELETE", ok(`{"status_code":200,"message":"x"}`), ""},
		"a code of an error":      {"", "PATCH", ok(`{"errcode":40014,"errmsg":"invalid"}`), "errcode"},
		"a code of no error":      {"", "PATCH", ok(`{"errcode":0,"errmsg":"ok"}`), ""},
		"a code that is empty":    {"", "PATCH", ok(`{"errorCode":"","id":"7"}`), ""},
		"a status that is false":  {"", "PATCH", ok(`{"id":"7","status":false,"message":"x"}`), ""},
		"a code that is fine":     {"", "PATCH", ok(`{"code":20000,"message":"x"}`), ""},
		"not deleted":             {"", "DELETE", ok(`{"deleted":false}`), "deleted"},
		"deleted":                 {"", "DELETE", ok(`{"deleted":true}`), ""},
		"a user who is not":       {"", "PATCH", ok(`{"id":"7","deleted":false}`), ""},
		"false":                   {"", "DELETE", ok(" false\n"), "and false"},
		"false by a rule":         {rule, "DELETE", ok("false"), ""},
		"a status by a rule":      {rule, "PATCH", ok(`{"status":"error","message":"x"}`), ""},
		"null":                    {"", "DELETE", ok("null"), ""},
		"of many parts":           {"", "PATCH", status(207, `{"responses":[{"status":403}]}`), "each part"},
		"of many parts, expected": {`,"expect":"2xx"`, "PATCH", status(207, `{}`), ""},
		"cut short":               {"", "DELETE", ok(`{"tr`), "ends in the middle"},
		"other text":              {"", "DELETE", ok(`[done]`), ""},
		"another":                 {"", "PATCH", ok(`{"id":"8"}`), "another object"},
		"the same, as a number":   {"", "PATCH", ok(`{"id":7}`), ""},
		"no anchor":               {"", "PATCH", ok(`{"id":{"value":"8"}}`), ""},
		"another place":           {`/part`, "PATCH", ok(`{"id":"8"}`), ""},
		"a delete that tells one": {"", "DELETE", ok(`{"id":"8"}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part := ""
			if strings.HasPrefix(test.step, "/") {
				part, test.step = test.step, ""
			}
			op, entry, json := "update", update("7", set("name", "x")), `,"json":{"...":"changed"}`
			if test.method == "DELETE" {
				json = ""
				op, entry = "delete", oneEntry(abi.ObjectDelete, "7")
			}
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return test.answer }}
			c, host := connect(parse(t, `{"read":{"request":"/u/{anchor}"},"`+op+`":[{"request":{"method":"`+test.method+`","path":"/u/{anchor}`+part+`"`+json+`}`+test.step+`}]}`), app)
			_, _ = exported(t, c, entry)
			_, results := host.Reported()
			if len(results) != 1 || (results[0].Code == abi.ExportSuccess) != (test.word == "") || !strings.Contains(results[0].Detail, test.word) {
				t.Fatalf("have %+v, want %q", results, test.word)
			}
			if unknown := results[0].Name == "OutcomeUnknown"; unknown != (name == "cut short") {
				t.Errorf("have %+v", results[0])
			}
		})
	}
}
