package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestNothingNamesTheObject: what says which object a request is about is never left out,
// or the request would be about others, or all.
func TestNothingNamesTheObject(t *testing.T) {
	t.Parallel()
	const get = `"read":{"request":"/u/{anchor}"},`
	const gone = " is not there, and without it"
	const nobody = "attr.name is not there, and nothing else says"
	remove, mail, name := oneEntry(abi.ObjectDelete, "7"), update("7", set("mail", "m")), update("7", set("name", "n"), set("mail", "m"))
	for title, test := range map[string]struct {
		recipe string
		entry  abi.CSEntryChange
		want   string // what is sent that changes something
		word   string // of the error, if there is one
	}{
		"old in query":             {`"delete":[{"request":{"method":"DELETE","path":"/u","query":{"name":"{old.name}"}}}]`, remove, "", "old.name" + gone},
		"old in longer text":       {`"delete":[{"request":{"method":"DELETE","path":"/u","query":{"q":"name eq {old.name}"}}}]`, remove, "", "old.name" + gone},
		"old behind a pipe":        {`"delete":[{"request":{"method":"DELETE","path":"/u","query":{"name":"{old.name | lower}"}}}]`, remove, "", "old.name" + gone},
		"old in json":              {`"update":[{"request":{"method":"POST","path":"/u","json":{"filter":{"name":"{old.name}"},"...":"changed"}}}]`, mail, "", "old.name" + gone},
		"old in a list":            {`"update":[{"request":{"method":"POST","path":"/u","json":{"filter":["{old.name}"],"...":"changed"}}}]`, mail, "", "old.name" + gone},
		"old in a form":            {`"update":[{"request":{"method":"POST","path":"/u","form":{"name":"{old.name}","...":"changed"}}}]`, mail, "", "old.name" + gone},
		"current":                  {`"update":[{"request":{"method":"POST","path":"/u","json":{"v":"{current.v}","...":"changed"}}}]`, mail, "", "current.v" + gone},
		"capture of no step":       {`"update":[{"when":{"changed":["name"]},"request":"/g","capture":{"g":"g"}},{"request":{"method":"POST","path":"/u","query":{"g":"{capture.g}"},"json":{"...":"changed"}}}]`, mail, "", "capture.g" + gone},
		"a default":                {`"delete":[{"request":{"method":"DELETE","path":"/u","query":{"name":"{old.name | default \"-\"}"}}}]`, remove, "DELETE /u?name=-", ""},
		"it is there":              {`"delete":[{"request":{"method":"DELETE","path":"/u","query":{"id":"{old.id}","v":"{current.mail}"}}}]`, remove, "DELETE /u?id=7&v=o", ""},
		"a new value alone":        {`"update":[{"request":{"method":"POST","path":"/u","query":{"name":"{attr.name}"},"json":{"...":"changed"}}}]`, mail, "", nobody},
		"a new value in json":      {`"update":[{"request":{"method":"POST","path":"/u","json":{"name":"{attr.name}","...":"changed"}}}]`, mail, "", nobody},
		"it changes":               {`"update":[{"request":{"method":"POST","path":"/u","query":{"name":"{attr.name}"},"json":{"...":"changed"}}}]`, name, `POST /u?name=n {"name":"n","mail":"m"}`, ""},
		"a new value and a path":   {`"update":[{"request":{"method":"POST","path":"/u/{anchor}","query":{"name":"{attr.name}"},"json":{"...":"changed"}}}]`, mail, `POST /u/7 {"mail":"m"}`, ""},
		"a new value and a filter": {`"update":[{"request":{"method":"POST","path":"/u","query":{"id":"{anchor}"},"json":{"name":"{attr.name}","...":"changed"}}}]`, mail, `POST /u?id=7 {"mail":"m"}`, ""},
		"a new user":               {`"create":[{"request":{"method":"POST","path":"/u","query":{"name":"{attr.name}"},"json":{"...":"attributes"}},"capture":{"id":"id"}}]`, add(set("mail", "o")), `POST /u {"mail":"o"}`, ""},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"id":"7","mail":"o"}`) }}
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"mail":{}},`+get+test.recipe+`}`), app)
			results, err := exported(t, c, test.entry)
			if err != nil || (results[0].Code == abi.ExportSuccess) != (test.word == "") || !strings.Contains(results[0].Detail, test.word) {
				t.Errorf("have %+v and %v, want %q", results, err, test.word)
			}
			var sent []string
			for _, line := range app.talk() {
				if !strings.HasPrefix(line, "GET ") {
					sent = append(sent, line)
				}
			}
			if have := strings.Join(sent, ", "); have != test.want {
				t.Errorf("sent %s, want %s", have, test.want)
			}
		})
	}
}
