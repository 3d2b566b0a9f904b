package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestValueWithASeparator: a value that holds what stands between values in a text would
// become several, and is refused.
func TestValueWithASeparator(t *testing.T) {
	t.Parallel()
	const split, pipe = `{"...":"changed"}`, `{"tags":"{attr.tags | join \"||\"}"}`
	const none = `{"tags":"{attr.tags | join \"\"}"}`
	for name, test := range map[string]struct {
		json string
		tags []string
		want string // in tags, or of the error
	}{
		"plain":              {split, []string{"a", "b"}, "a||b"},
		"none":               {split, nil, ""},
		"empty alone":        {split, []string{""}, ""},
		"holds it":           {split, []string{"staff||administrator"}, "error"},
		"together":           {split, []string{"a|", "b"}, "error"},
		"a part of it":       {split, []string{"a|b", "c"}, "a|b||c"},
		"empty":              {split, []string{"", "a"}, "error"},
		"by a pipe":          {pipe, []string{"a", "b"}, "a||b"},
		"by a pipe, holds":   {pipe, []string{"x", "staff||administrator"}, "error"},
		"by a pipe, empty":   {pipe, []string{"a", ""}, "error"},
		"by a pipe, nothing": {none, []string{"ab", "c"}, "abc"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"PATCH /u/7": {ok("")}})
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"tags":{"multi":true,"convert":{"split":"||"}}},"update":[{"request":{"method":"PATCH","path":"/u/{anchor}","json":`+test.json+`}}]}`), app)
			results, err := exported(t, c, update("7", set("tags", test.tags...)))
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "error" {
				if results[0].Code == abi.ExportSuccess || !strings.Contains(results[0].Detail, `holds "||"`) || len(app.asked) > 0 {
					t.Errorf("have %+v; sent %v", results[0], app.talk())
				}
				return
			}
			wantLines(t, app.talk(), []string{`PATCH /u/7 {"tags":"` + test.want + `"}`})
		})
	}
}
