package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestCreateAnsweredWithAnother: an answer to a create that holds other values than were
// sent is about somebody else, who is not taken over.
func TestCreateAnsweredWithAnother(t *testing.T) {
	t.Parallel()
	const find = `"find":{"request":"/found","by":["name"]},`
	const step = `"create":[{"request":{"method":"POST","path":"/u","json":{"...":"attributes"}},"capture":{"id":"id"}},{"request":"POST /u/{anchor}/mail"}]`
	wrapped := strings.Replace(step, `"id":"id"`, `"id":"data.user.id"`, 1)
	header := strings.Replace(step, `"id":"id"`, `"id":{"header":"Location"}`, 1)
	const read = `"read":{"request":"/u/{anchor}","object":"user"},`
	for name, test := range map[string]struct {
		recipe, answer string
		other          string // what is told to be another, empty: it is taken over
	}{
		"the same":                  {find + step, `{"id":1,"name":"Ada","mail":"A@x"}`, ""},
		"another":                   {find + step, `{"id":1,"name":"root","mail":"A@x"}`, "name"},
		"normalised":                {find + step, `{"id":1,"name":" ADA ","mail":"a@x"}`, ""},
		"another mail":              {find + step, `{"id":1,"name":"ada","mail":"b@x"}`, ""},
		"nothing but the anchor":    {find + step, `{"id":1}`, ""},
		"nothing yet":               {find + step, `{"id":1,"name":"","mail":null}`, ""},
		"no text":                   {find + step, `{"id":1,"name":{"full":"x"}}`, ""},
		"wrapped":                   {find + wrapped, `{"data":{"user":{"id":1,"name":"root"}}}`, "name"},
		"a name beside the wrapper": {find + wrapped, `{"name":"root","data":{"user":{"id":1}}}`, ""},
		"a header, and another":     {read + find + header, `{"user":{"id":1,"name":"root"}}`, "name"},
		"a header, and the same":    {read + find + header, `{"user":{"id":1,"name":"ada"}}`, ""},
		"a header, another id":      {read + find + header, `{"user":{"id":2,"name":"root"}}`, ""},
		"a header, and a page":      {read + find + header, `done`, ""},
		"a header, no read":         {header, `{"id":1,"name":"root","mail":"b@x"}`, "name, mail"},
		"without find, another":     {step, `{"id":1,"name":"root","mail":"b@x","on":true}`, "name, mail"},
		"without find, one is":      {step, `{"id":1,"name":"ada","mail":"b@x"}`, ""},
		"without find, the other":   {step, `{"id":1,"name":"root","mail":"a@x"}`, ""},
		"converted":                 {`"attributes":{"id":{"access":"read"},"name":{"convert":{"table":{"1":"Ada","2":"Bob"}}},"mail":{},"on":{"type":"boolean"}},` + find + step, `{"id":1,"name":"2"}`, "name"},
		"converted, the same":       {`"attributes":{"id":{"access":"read"},"name":{"convert":{"table":{"1":"Ada","2":"Bob"}}},"mail":{},"on":{"type":"boolean"}},` + find + step, `{"id":1,"name":"1"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				a := ok(test.answer)
				a.Headers = append(a.Headers, abi.Field{Name: "Location", Value: "/u/1"})
				return a
			}}
			attributes := `"attributes":{"id":{"access":"read"},"name":{},"mail":{},"on":{"type":"boolean"}},`
			if strings.HasPrefix(test.recipe, attributes[:12]) {
				attributes = ""
			}
			c, _ := connect(parse(t, `{`+attributes+test.recipe+`}`), app)
			results, err := exported(t, c, add(set("name", "Ada"), set("mail", "A@x"), setBool("on", true)))
			if err != nil {
				t.Fatal(err)
			}
			r, word := results[0], "another "+test.other+" than was sent"
			if test.other == "" && (r.Code != abi.ExportSuccess || len(r.Anchor) != 1) {
				t.Errorf("have %+v", r)
			}
			if test.other != "" && (r.Code == abi.ExportSuccess || !strings.Contains(r.Detail, word) || len(r.Anchor) > 0 || len(app.asked) != 1) {
				t.Errorf("have %+v, want %q; asked for %v", r, word, app.asked)
			}
		})
	}
}

// TestTruthIsNoAnchor: true and false name nobody, be they in a list or in an answer to a
// create; as text they are names like others. 0 and -1 may stand in a list, and name no
// new object.
func TestTruthIsNoAnchor(t *testing.T) {
	t.Parallel()
	const rules = `{"import":{"request":"/u","rows":"."},"create":[{"request":"POST /u","capture":{"id":"id"}},{"request":"POST /u/{anchor}/mail"}]%s}`
	const find = `,"find":{"request":"/found","rows":".","by":["name"]}`
	for answer, test := range map[string]struct {
		created  string
		imported bool
	}{
		`false`: {"", false}, `true`: {"", false}, `"false"`: {"false", true}, `1`: {"1", true}, `-2`: {"-2", true},
		`0`: {"", true}, `"0"`: {"", true}, `-1`: {"", true}, `"-1"`: {"", true}, `"00"`: {"00", true},
	} {
		want := test.created
		row := `{"id":` + answer + `,"name":"x"}`
		for _, with := range []string{"", find} {
			app := table(t, map[string][]abi.HTTPAnswer{"GET /u": {ok(`[` + row + `]`)}, "POST /u": {ok(row)}, "POST /u/" + want + "/mail": {ok("")}, "GET /found": {ok(`[]`)}})
			c, _ := connect(parse(t, strings.Replace(rules, "%s", with, 1)), app)
			results, err := exported(t, c, add(set("name", "x")))
			if err != nil || (results[0].Code == abi.ExportSuccess) != (want != "") || want == "" && (results[0].Name != "partial" || len(app.asked) != 1) {
				t.Errorf("created, answered with %s: have %+v and %v; asked for %v", answer, results, err, app.asked)
			}
			lines, _, err := imported(t, c, abi.Full, "")
			if !test.imported {
				wantError(t, err, abi.UnexpectedData, "true or false")
			} else if len(lines) != 1 || err != nil {
				t.Errorf("imported with %s: have %v and %v", answer, lines, err)
			}
		}
	}
}
