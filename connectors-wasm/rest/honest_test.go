package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestFoundAsTheApplicationWritesIt: applications change how values are written, and do not
// show all of them; a new object is found all the same. Where it is not certain that it was
// made, values that are others keep it from being taken over.
func TestFoundAsTheApplicationWritesIt(t *testing.T) {
	t.Parallel()
	const attributes = `{"attributes":{"id":{"access":"read"},"name":{},"mail":{},"dept":{},"on":{"type":"boolean"},"tags":{"multi":true}},`
	const find = `,"find":{"request":"/found","rows":".","whole":true,"by":["name"]}}`
	const plain = attributes + `"create":[{"request":{"method":"POST","path":"/u","json":{"...":"attributes"}}}]` + find
	capturing := strings.Replace(plain, `}}}]`, `}},"capture":{"id":"id"}}]`, 1)
	ruled := strings.Replace(plain, `}}}]`, `}},"onError":[{"status":409,"then":"ok"}]}]`, 1)
	detailed := strings.NewReplacer(`"dept":{}`, `"dept":{"read":"detail.dept","write":"dept"}`, `"by":`, `"detail":{"request":"/detail"},"by":`).Replace(capturing)
	broke, empty := status(500, ""), ok("{}")
	for name, test := range map[string]struct {
		recipe string
		post   abi.HTTPAnswer
		found  string
		sent   string // the name
		want   string // of the error, empty: done
	}{
		"no capture, another case":            {plain, empty, `[{"id":7,"name":"ada l@x"}]`, " Ada  L@X", ""},
		"no capture, all else is another":     {plain, empty, `[{"id":7,"name":"ada","mail":"normalised","dept":"d","tags":["new"]}]`, "Ada", ""},
		"no capture, a number":                {plain, empty, `[{"id":7,"name":7}]`, "007", ""},
		"no capture, no number":               {plain, empty, `[{"id":7,"name":"70"}]`, "7", "partial"},
		"no capture, only zeros":              {plain, empty, `[{"id":7,"name":0}]`, "000", ""},
		"no capture, written for HTML":        {plain, empty, `[{"id":7,"name":"O&#039;Neil &amp; Co"}]`, "O'Neil & Co", ""},
		"no capture, somebody else":           {plain, empty, `[{"id":7,"name":"ada1"}]`, "Ada", "partial"},
		"no capture, two cases":               {plain, empty, `[{"id":7,"name":"Ada"},{"id":8,"name":"ada"}]`, "Ada", ""},
		"no capture, two in another case":     {plain, empty, `[{"id":7,"name":"ADA"},{"id":8,"name":"ada"}]`, "Ada", "partial"},
		"no capture, by a rule, and the same": {ruled, status(409, ""), `[{"id":7,"name":"ada","mail":"m@X","dept":"D","tags":["B","a"]}]`, "Ada", ""},
		"no capture, by a rule, and another":  {ruled, status(409, ""), `[{"id":7,"name":"ada","mail":"o@x","dept":"D","tags":["B","a"]}]`, "Ada", "partial"},
		"nothing to capture, and another":     {capturing, empty, `[{"id":7,"name":"ada","mail":"o@x"}]`, "Ada", "partial"},
		"broke, and made in another case":     {capturing, broke, `[{"id":7,"name":"ada","mail":"M@X","dept":"d","tags":["B","a"]}]`, "Ada", ""},
		"broke, and somebody else":            {capturing, broke, `[{"id":7,"name":"ada1"}]`, "Ada", "OutcomeUnknown"},
		"broke, and two":                      {capturing, broke, `[{"id":7,"name":"ADA"},{"id":8,"name":"ada"}]`, "Ada", "OutcomeUnknown"},
		"broke, and nobody":                   {capturing, broke, `[]`, "Ada", "EntryExport"},
		"lost, and not all is shown":          {capturing, lost(), `[{"id":7,"name":"ada","mail":"m@x"}]`, "Ada", ""},
		"lost, and nothing but the name is":   {capturing, lost(), `[{"id":7,"name":"ada"}]`, "Ada", "OutcomeUnknown"},
		"lost, and one is shown as null":      {capturing, lost(), `[{"id":7,"name":"ada","mail":"m@x","dept":null}]`, "Ada", ""},
		"lost, and one is shown to be empty":  {capturing, lost(), `[{"id":7,"name":"ada","mail":"m@x","dept":""}]`, "Ada", "OutcomeUnknown"},
		"lost, and its detail is empty":       {detailed, lost(), `[{"id":7,"name":"ada","mail":"m@x"}]`, "Ada", "OutcomeUnknown"},
		"lost, and a truth is the same alone": {capturing, lost(), `[{"id":7,"name":"ada","on":true}]`, "Ada", "OutcomeUnknown"},
		"lost, and one of a list is another":  {capturing, lost(), `[{"id":7,"name":"ada","mail":"m@x","tags":["a"]}]`, "Ada", "OutcomeUnknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"POST /u": {test.post}, "GET /found": {ok(test.found)}, "GET /detail": {ok(`{"dept":""}`)}})
			c, host := connect(parse(t, test.recipe), app)
			_, _ = exported(t, c, add(set("name", test.sent), set("mail", "m@x"), set("dept", "d"), setBool("on", true), set("tags", "A", "b")))
			_, results := host.Reported()
			if len(results) != 1 || results[0].Name != test.want || test.want == "" && (len(results[0].Anchor) != 1 || results[0].Anchor[0].Value.Text() != "7") {
				t.Errorf("have %+v, want %q", results, test.want)
			}
		})
	}
}

// TestAnchorInAnotherCase: an application that writes names in one case answers with the
// object that was asked for, and tells how it writes a new one.
func TestAnchorInAnotherCase(t *testing.T) {
	t.Parallel()
	const recipe = `{"anchor":"uid","attributes":{"uid":{"access":"create"},"name":{}},"read":{"request":"/u/{anchor}","object":"result"},
		"create":[{"request":{"method":"POST","path":"/u","json":{"...":"attributes"}}},{"request":"POST /u/{anchor}/mail"}],
		"update":[{"request":{"method":"PATCH","path":"/u/{anchor}","json":{"...":%s}}}]}`
	for told, want := range map[string]string{`{"result":{"uid":["bob2"]}}`: "bob2", `{"result":{"uid":"Bob2"}}`: "", `{"result":{"uid":"bob3"}}`: "", `{}`: "", `{"result":{"uid":["bob2","x"]}}`: "", `done`: ""} {
		app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(told) }}
		c, _ := connect(parse(t, strings.Replace(recipe, "%s", `"changed"`, 1)), app)
		results, err := exported(t, c, add(set("uid", "Bob2"), set("name", "x")))
		have := ""
		if err == nil && len(results[0].Anchor) == 1 {
			have = results[0].Anchor[0].Value.Text()
		}
		if err != nil || results[0].Code != abi.ExportSuccess || have != want {
			t.Errorf("created, answered with %s: have %+v and %v", told, results, err)
		}
		if mail := app.asked[1]; want != "" && mail != "POST /u/"+want+"/mail" {
			t.Errorf("asked for %s", mail)
		}
	}
	for kind, asked := range map[string]int{`"changed"`: 1, `{"of":["current","changed"]}`: 2} {
		for told, word := range map[string]string{`{"result":{"uid":"bob","name":"x"}}`: "", `{"result":{"uid":"rob","name":"x"}}`: "another"} {
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(told) }}
			c, _ := connect(parse(t, strings.Replace(recipe, "%s", kind, 1)), app)
			entry := update("", set("name", "y"))
			entry.Anchor = []abi.AnchorAttribute{{Name: "uid", Value: abi.StringValue("Bob")}}
			results, err := exported(t, c, entry)
			if err != nil || (results[0].Code == abi.ExportSuccess) != (word == "") || !strings.Contains(results[0].Detail, word) || word == "" && len(app.asked) < asked {
				t.Errorf("%s, answered with %s: have %+v and %v", kind, told, results, err)
			}
		}
	}
}

// TestErrorNamesItsRule: an error that a rule makes of an answer names the rule, and has
// the words that it went by.
func TestErrorNamesItsRule(t *testing.T) {
	t.Parallel()
	const bodies = `,{"body":"none","then":"retry"}`
	const body = `[{"text":"the name is in use"}]`
	for rule, words := range map[string]string{"": "the name is in use", bodies: body} {
		c, _ := connect(parse(t, `{"create":[{"request":"POST /u","capture":{"id":"id"},"onError":[{"value":"0.text","present":true,"then":"exists"}`+rule+`]}]}`),
			table(t, map[string][]abi.HTTPAnswer{"POST /u": {ok(body)}}))
		results, err := exported(t, c, add(set("name", "x")))
		if err != nil || !strings.Contains(results[0].Detail, "POST /u was answered with 200, which is exists by the rule create[0].onError[0]: "+words) {
			t.Errorf("%s: have %+v and %v", rule, results, err)
		}
	}
}

// TestNoRowsBesideSuccess: a code of an application beside words of success is no error.
func TestNoRowsBesideSuccess(t *testing.T) {
	t.Parallel()
	for body, ends := range map[string]bool{
		`{"users":[],"code":1000,"message":"ok"}`: true, `{"users":[],"code":599,"message":"ok"}`: false, `{"users":[],"code":1000,"message":"no rights"}`: false,
		`{"users":[],"errors":[null]}`: true, `{"users":[],"errors":["no"]}`: false,
	} {
		c, _ := connect(parse(t, `{"import":{"request":"/u","rows":"users"}}`), table(t, map[string][]abi.HTTPAnswer{"GET /u": {ok(body)}}))
		if _, _, err := imported(t, c, abi.Full, ""); (err == nil) != ends {
			t.Errorf("%s: have %v", body, err)
		}
	}
}
