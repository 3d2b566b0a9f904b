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
		"": "", "done": "", "{}": "", `{"success":true}`: "", `{"error":null,"errors":[],"ok":true}`: "", `{"error":{"code":0,"text":""}}`: "", `[{"error":1}]`: "", `{"status":"failed"}`: "", `{"error":"none"}`: "",
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
