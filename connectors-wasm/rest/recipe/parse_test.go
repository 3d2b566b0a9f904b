package recipe_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

func everything(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/everything.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parse(t *testing.T, json string) *recipe.Recipe {
	t.Helper()
	r, problems := recipe.Parse(json)
	if len(problems) > 0 {
		t.Fatalf("have %v, want no problems with %s", problems, json)
	}
	return r
}

// with returns the least recipe with more members.
func with(more string) string {
	return `{"recipe":1,"name":"x","anchor":"id","attributes":{"id":null},"import":{"request":"/users","rows":"."}` + more + `}`
}

// TestDefaults: what a recipe does not say is settled by Parse, so that whoever
// follows it need not know.
func TestDefaults(t *testing.T) {
	t.Parallel()
	r := parse(t, with(""))
	want := &recipe.Recipe{
		Name: "x", Target: "x", Targets: []recipe.Target{{Name: "x"}}, Object: "user", Anchor: "id",
		Attributes: []recipe.Attribute{{Name: "id", Read: "id", Write: []string{"id"}, Path: "attributes.id"}},
		Import: []recipe.List{{
			Request: recipe.Request{Target: "x", Method: "GET", Path: recipe.Template{{Text: "/users"}}, Safety: recipe.Safe, At: "import.request"},
			Rows:    []string{"."}, At: "import",
		}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("have\n%+v\nwant\n%+v", r, want)
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	r := parse(t, everything(t))
	attribute := func(name string) recipe.Attribute { return *r.Attribute(name) }
	for name, test := range map[string]struct{ have, want any }{
		"no read is write-only":       {attribute("badge").Access, recipe.WriteOnly},
		"a template is read-only":     {attribute("display").Access, recipe.ReadOnly},
		"read-only is not written":    {attribute("id").Write, []string(nil)},
		"names on the way":            {attribute("city").Write, []string{"address", "city"}},
		"a detail":                    {[]any{attribute("city").Detail, attribute("city").Read}, []any{true, "address.city"}},
		"pages begin with 1":          {r.Import[0].Paging.First, 1},
		"details at once":             {r.Import[0].Detail.AtOnce, 16},
		"gone by default":             {r.Import[0].Detail.Gone, []recipe.StatusRange{{From: 404, To: 404}, {From: 410, To: 410}}},
		"gone as written":             {r.Read.Gone, []recipe.StatusRange{{From: 404, To: 404}}},
		"a class of statuses":         {r.Errors[1].Status, []recipe.StatusRange{{From: 200, To: 299}}},
		"was reads first":             {r.Update.ReadFirst, true},
		"a delete does not":           {r.Delete.ReadFirst, false},
		"PUT is idempotent":           {r.Update.Steps[0].Request.Safety, recipe.Idempotent},
		"POST is neither":             {r.Create.Steps[0].Request.Safety, recipe.Neither},
		"targets as they stand":       {len(r.Targets), 1},
		"numbers of bodies stay":      {r.Create.Steps[0].Request.JSON.Members[1].Value.Raw, "true"},
		"the anchor is captured":      {r.Create.Steps[0].Capture[0], recipe.Capture{Name: "id", Value: "id"}},
		"a lookup":                    {r.Lookup("groups").Key, "id"},
		"no such lookup or attribute": {[]any{r.Lookup("x") == nil, r.Attribute("x") == nil}, []any{true, true}},
	} {
		if !reflect.DeepEqual(test.have, test.want) {
			t.Errorf("%s: have %v, want %v", name, test.have, test.want)
		}
	}
}

// TestProblems are those that YAML cannot show; the others are golden files of
// package host/recipe.
func TestProblems(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ json, want string }{
		"no JSON":       {`{"recipe"`, "is no JSON that can be read: "},
		"more JSON":     {with("") + "{}", "is no JSON that can be read: "},
		"two keys":      {`{"recipe":1,"recipe":1}`, "is no JSON that can be read: "},
		"deep":          {with(`,"update":[{"request":{"method":"PUT","path":"/x","json":` + strings.Repeat("[", 80) + strings.Repeat("]", 80) + `}}]`), "is no JSON that can be read: "},
		"a list":        {`[]`, "is a list; write a map with recipe, "},
		"null":          {`null`, "is empty; write a map with "},
		"a fraction":    {with(`,"x":1`), "x: is no key here; known here: "},
		"an empty name": {with(`,"lookups":{"":{"request":"/x","rows":".","key":"a","value":"b"}}`), `lookups."": has a name that cannot be used`},
		"a fraction as whole number": {`{"recipe":1.0,"name":"x","anchor":"id","attributes":{"id":null},"import":{"request":"/x","rows":"."}}`,
			`recipe: is "1.0"; write 1`},
		"an anchor of a template": {`{"recipe":1,"name":"x","anchor":"id","attributes":{"id":{"template":"{row.a}"}},"import":{"request":"/x","rows":".","anchor":"a"}}`,
			"import.anchor: the anchor id is made by a template; "},
		"an anchor of a template in a detail": {`{"recipe":1,"name":"x","anchor":"id","attributes":{"id":{"template":"{row.a}"},"b":{"read":"detail.b"}},"import":{"request":"/x","rows":".","detail":{"request":"/x/{row.a}","anchor":"a"}}}`,
			"import.detail.anchor: the anchor id is made by a template; "},
		"paging of one object":   {with(`,"read":{"request":"/x/{anchor}","paging":{"link":true}}`), "read.paging: belongs to rows; "},
		"a total of one object":  {with(`,"read":{"request":"/x/{anchor}","total":"n"}`), "read.total: belongs to rows; "},
		"whole, and one object":  {with(`,"find":{"request":"/x/{attr.id}","by":["id"],"whole":true}`), "find.whole: belongs to rows; "},
		"whole, and more pages":  {with(`,"read":{"request":"/x/{anchor}","rows":".","whole":true,"paging":{"link":true}}`), "read: has whole and paging; "},
		"whole, and not":         {with(`,"read":{"request":"/x/{anchor}","rows":".","whole":false}`), "read.whole: is "},
		"a search without pages": {with(`,"read":{"request":"/x/{anchor}","rows":".","paging":{"pages":true}}`), "read.paging: neither names a query parameter nor stands {page.number} in the request; "},
		"a page of no list":      {with(`,"read":{"request":{"path":"/x/{anchor}","query":{"p":"{page.number}"}},"rows":"."}`), "read.request.query.p: the paging of this list has no number; "},
		"the key of no row": {`{"recipe":1,"name":"x","anchor":"id","attributes":{"id":{"read":"@key"}},"import":{"request":"/x","rows":"u.*"},"read":{"request":"/x/{anchor}"}}`,
			"read: reads one object, and id is read from @key, "},
		"names alike": {`{"recipe":1,"name":"x","anchor":"id","attributes":{"id":null,"mail":null,"Mail":null},"import":{"request":"/x","rows":"."}}`,
			`attributes.Mail: differs from mail in case alone; `},
		"an empty status":              {with(`,"errors":[{"status":"","body":"no","then":"ok"}]`), `errors[0].status: is "", no status; `},
		"an empty expect":              {with(`,"delete":[{"request":{"method":"DELETE","path":"/x"},"expect":""}]`), `delete[0].expect: is "", no status; `},
		"an empty status among others": {with(`,"errors":[{"status":[404,""],"then":"ok"}]`), `errors[0].status[1]: is "", no status; `},
		"nothing to do":                {`{"recipe":1,"name":"x","anchor":"id","attributes":{"id":null}}`, "the recipe neither imports nor writes; "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, problems := recipe.Parse(test.json)
			if r != nil || len(problems) != 1 || !strings.HasPrefix(problems[0].String(), test.want) {
				t.Errorf("have %v, want one problem: %s", problems, test.want)
			}
		})
	}
}

// TestLimits is at each limit, and one past it.
func TestLimits(t *testing.T) {
	t.Parallel()
	fill := func(n int) string { return with("") + strings.Repeat(" ", n-len(with(""))) }
	items := func(n int) string {
		return with(`,"errors":[` + strings.TrimSuffix(strings.Repeat(`{"status":400,"then":"ok"},`, n), ",") + "]")
	}
	attributes := func(n int) string {
		var b strings.Builder
		for i := range n - 1 {
			fmt.Fprintf(&b, `"a%d":null,`, i)
		}
		return strings.Replace(with(""), `"id":null`, b.String()+`"id":null`, 1)
	}
	entries := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"p%d":null`, i)
		}
		return with(`,"parameters":{` + b.String()[1:] + "}")
	}
	named := func(n int) string {
		return strings.Replace(with(""), `"name":"x"`, `"name":"`+strings.Repeat("x", n)+`"`, 1)
	}
	target := func(n int) string { return with(`,"target":"` + strings.Repeat("x", n) + `"`) }
	path := func(n int) string {
		return strings.Replace(with(""), `"rows":"."`, `"rows":"`+strings.Repeat("x", n)+`"`, 1)
	}
	atOnce := func(n int) string {
		return strings.Replace(with(""), `"rows"`, fmt.Sprintf(`"paging":{"pages":"p","atOnce":%d},"rows"`, n), 1)
	}
	rules := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,{"value":"v%d","present":true,"then":"ok"}`, i)
		}
		return "[" + b.String()[1:] + "]"
	}
	wanted := func(n int) string { // the anchor, the rows, and rules
		return with(`,"errors":` + rules(n-2))
	}
	searched := func(n int) string { // and a total, a cursor and a word that it goes on
		return with(`,"read":{"request":"/x/{anchor}","rows":".","total":"t","paging":{"cursor":"c","from":"f","while":"w"},"onError":` + rules(n-5) + "}")
	}
	detailed := func(n int) string { // two attributes, the anchor, and rules
		return `{"recipe":1,"name":"x","anchor":"id","attributes":{"id":{"access":"read"},"a":{"read":"detail.a"},"b":{"read":"detail.b"}},
			"import":{"request":"/users","rows":".","detail":{"request":"/users/{row.id}","anchor":"of"}},"errors":` + rules(n-3) + "}"
	}
	if recipe.MaxWanted != abi.MaxWantPaths {
		t.Error("a host takes another number of paths")
	}
	for name, test := range map[string]struct {
		make func(int) string
		most int
	}{
		"wanted": {wanted, recipe.MaxWanted}, "searched": {searched, recipe.MaxWanted}, "detailed": {detailed, recipe.MaxWanted},
		"bytes": {fill, recipe.MaxBytes}, "items": {items, recipe.MaxItems}, "entries": {entries, recipe.MaxItems},
		"attributes": {attributes, 200}, "name": {named, 63}, "target": {target, 64}, "path": {path, 512}, "at once": {atOnce, recipe.MaxAtOnce},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parse(t, test.make(test.most))
			if _, problems := recipe.Parse(test.make(test.most + 1)); len(problems) != 1 {
				t.Errorf("%d: have %v, want one problem", test.most+1, problems)
			}
		})
	}
}

func TestDateFormats(t *testing.T) {
	t.Parallel()
	for format, ok := range map[string]bool{
		"rfc3339": true, "unix": true, "unixMillis": true, "filetime": true, "YYYYMMDD": true, "YYYY-MM-DDThh:mm:ssZ": true, "DD.MM.YYYY": true,
		"": false, "iso": false, "RFC3339": false, "YYYY": false, "YYYY-MM": false, "YY-MM-DD": false, "YYYY-MM-DD HH:mm": false, "YYYY-MM-DD hh:mm:ss.SSS": false,
		"YYYY-MM-DD YYYY": false, "YYYY-MM-DD hh:mm AM": false,
	} {
		if have := recipe.DateMistake(format); (have == "") != ok {
			t.Errorf("%q: have %q, want taken %v", format, have, ok)
		}
	}
}

func TestPathPattern(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/users": "/users", "/users/{anchor}": "/users/*", "/users/{anchor}.json": "/users/*", "/Users('{anchor}')/x": "/*/x",
		"/{anchor}/{anchor}-{anchor}": "/*/*", "/a%20b/%zz": "/a b/%zz", "/a%2Fb/%2a%2a": "/*/*",
	} {
		template, wrong := recipe.ParseTemplate(path)
		if have := recipe.PathPattern(template); have != want || wrong != "" {
			t.Errorf("%s: have %s and %q, want %s", path, have, wrong, want)
		}
	}
}

// TestNeedsOfChoices: a parameter that is one of a few values makes a path for each.
func TestNeedsOfChoices(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`"a",`, 16) + `"b"`
	r := parse(t, with(`,"parameters":{"how":{"type":"choice","choices":["off","on"]},"slash":{"type":"choice","choices":["a/b","**"]},"many":{"type":"choice","choices":[`+many+`]},"free":null},
		"delete":[{"request":"POST /users/{anchor}/{param.how}"},{"request":"POST /x/{param.free}"},{"request":"POST /y/{param.many}"},
			{"request":"POST /z/{param.how | upper}"},{"request":"POST /{param.how}/{param.how}"},{"request":"POST /s/{param.slash}"}]`))
	want := []string{"GET /users", "POST /users/*/off", "POST /users/*/on", "POST /x/*", "POST /y/*", "POST /z/*",
		"POST /off/off", "POST /off/on", "POST /on/off", "POST /on/on", "POST /s/*"}
	if have := recipe.Needs(r)[0].Paths; !reflect.DeepEqual(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
}

func TestSealName(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string]string{"/password_hash": "password_hash", "/*/hash": "hash", "/a/**": "a", "/a~1b": "a/b", "/*": "secret"} {
		if have := recipe.SealName(pointer); have != want {
			t.Errorf("%s: have %s, want %s", pointer, have, want)
		}
	}
}

// TestNeedsOfSecrets: each kind of secret gets its slot, wherever it stands.
func TestNeedsOfSecrets(t *testing.T) {
	t.Parallel()
	r := parse(t, `{"recipe":1,"name":"x","targets":{"x":{"seal":["/user/hash","/**/pin","/other/no"]}},
		"parameters":{"token":{"type":"secret"},"plain":null},"anchor":"id",
		"attributes":{"id":{"access":"create"},"badge":{"sensitive":true,"read":"none","write":"a/b.c"},"no":{"sensitive":true,"read":"none","write":"none"}},
		"read":{"request":"/users/{anchor}","object":"user"},
		"create":[{"request":{"method":"POST","path":"/users","headers":{"X-Token":"{param.token}","X-Auth":"Token {param.token}","X-Plain":"{param.plain}","accept":"a"},
			"json":{"u":{"...":"attributes"},"l":[1,"{param.token}"],"~":"{generated}"}}},
			{"request":{"method":"POST","path":"/form","query":{"t":"{param.token}"},"headers":{"X-Auth":"Key {param.token}"},"form":{"p":["a","{param.token}"],"g":"{generated}","...":"attributes"}}}],
		"update":[{"request":{"method":"PUT","path":"/users/{anchor}","json":{"user":{"...":{"of":["current","changed"],"omit":["pin"]}},"keep":"{current.pin}","u":{"c":"{attr.no}"}}}}],
		"setPassword":[{"request":{"method":"PUT","path":"/p","json":{"p":"{password}","h":"{password | ssha}"}}},
			{"request":{"method":"POST","path":"/p","json":{"p":"{password | utf16leQuoted}"}}},
			{"request":{"method":"POST","path":"/q","json":{"p":"{password | utf16leQuoted}","b":"{anchor | base64}"}}}]}`)
	var have []string
	for _, n := range recipe.Needs(r) {
		for _, s := range n.Slots {
			have = append(have, strings.TrimSpace(fmt.Sprintf("%s%s%s%s %v %v %v %s%s", s.Header, s.Query, s.Pointer, s.Form, s.Paths, s.Accepts, s.Generate, s.Encoding, s.Prefix)))
		}
		if !reflect.DeepEqual(n.RequestHeaders, []string{"X-Token", "X-Auth", "X-Plain"}) {
			t.Errorf("have the headers %v", n.RequestHeaders)
		}
	}
	want := []string{
		"X-Token [POST /users] [parameter:token] false",
		"X-Auth [POST /users] [parameter:token] false Token",
		"/u/a~1b/c [POST /users] [attribute:badge] false",
		"/l/1 [POST /users] [parameter:token] false",
		"/~0 [POST /users] [] true",
		"X-Auth [POST /form] [parameter:token] false Key",
		"t [POST /form] [parameter:token] false",
		"p [POST /form] [parameter:token] false",
		"g [POST /form] [] true",
		"a/b[c] [POST /form] [attribute:badge] false",
		"/user/a~1b/c [PUT /users/*] [attribute:badge] false",
		"/user/hash [PUT /users/*] [answer:hash] false",
		"/keep [PUT /users/*] [answer:pin] false",
		"/u/c [PUT /users/*] [attribute:no] false",
		"/p [PUT /p] [export_password new_password] false",
		"/h [PUT /p] [export_password new_password] false ssha",
		"/p [POST /p POST /q] [export_password new_password] false utf16leQuoted",
	}
	if !reflect.DeepEqual(have, want) {
		t.Errorf("have\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// TestPasswordOfUpdate: it stands in update only where the host sends one with it.
func TestPasswordOfUpdate(t *testing.T) {
	t.Parallel()
	const set = `,"setPassword":[{"request":{"method":"PUT","path":"/p","json":{"p":"{password}"}}}]`
	const sends = `,"update":[{"request":{"method":"PUT","path":"/users/{anchor}","json":{"...":"changed","p":"{password}"}}}]`
	const asks = `,"update":[{"when":{"has":["password"]},"request":"POST /notify"}]`
	if slots := recipe.Needs(parse(t, with(sends)))[0].Slots; len(slots) != 1 || !reflect.DeepEqual(slots[0].Accepts, []string{"export_password"}) {
		t.Errorf("have the slots %+v", slots)
	}
	parse(t, with(asks))
	for json, want := range map[string]string{
		sends + set: "update[0].request.json.p: there is no password here; every password goes by setPassword: remove it here, or remove setPassword",
		asks + set:  "update[0].when.has: there is no password here; every password goes by setPassword",
	} {
		if r, problems := recipe.Parse(with(json)); r != nil || len(problems) != 1 || !strings.HasPrefix(problems[0].String(), want) {
			t.Errorf("have %v, want one problem: %s", problems, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(everything(f))
	f.Add(with(""))
	f.Add(with(`,"update":[{"request":{"method":"PUT","path":"/{attr.a | x \"}","json":{"...":{"of":[]}}}}]`))
	f.Add(`{"attributes":{"a":{"convert":[{}]}}}`)
	f.Fuzz(func(t *testing.T, json string) {
		r, problems := recipe.Parse(json)
		if (r == nil) != (len(problems) > 0) {
			t.Fatalf("recipe %v and problems %v", r, problems)
		}
		for _, p := range problems {
			if p.Message == "" {
				t.Fatalf("a problem without words at %s", p.Path)
			}
		}
		if r != nil {
			if r.Attribute(r.Anchor) == nil || r.Target == "" {
				t.Fatalf("taken without an anchor or a target: %+v", r)
			}
			recipe.Needs(r)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{attr.a | default \"x\"}{{", `{row.a\}b.#(c=="}").d}`, "{page.number | date YYYY-MM-DD}", "{"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, wrong := recipe.ParseTemplate(text)
		if wrong != "" && template != nil {
			t.Fatalf("%q: a template and the mistake %s", text, wrong)
		}
		if literal, ok := template.Literal(); wrong == "" && ok && strings.ReplaceAll(text, "{{", "{") != literal {
			t.Fatalf("%q became %q", text, literal)
		}
	})
}

// What is written back whole must have been read whole.
func TestWrittenBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ keys, want string }{
		"attributes, and nothing reads": {`"update":[{"request":{"method":"PUT","path":"/x","json":{"...":"attributes"}}}]`, `update[0].request.json."...": needs the object as it is before`},
		"of whole objects":              {`"export":"objectReplace","update":[{"request":{"method":"PUT","path":"/x","json":{"...":"attributes"}}}]`, ""},
		"changed alone":                 {`"update":[{"request":{"method":"PUT","path":"/x","json":{"...":"changed"}}}]`, ""},
		"something is dropped":          {`"targets":{"x":{"drop":["/mail"]}},"read":{"request":"/x"},"update":[{"request":{"method":"PUT","path":"/x","json":{"...":["current","changed"]}}}]`, `without mail, which drop: /mail takes out of it as it is read; seal it`},
		"something in the wrapper":      {`"targets":{"x":{"drop":["/user/mail/0"]}},"read":{"request":"/x","object":"user"},"update":[{"request":{"method":"PUT","path":"/x","form":{"...":"current"}}}]`, `without mail`},
		"at any depth":                  {`"targets":{"x":{"drop":["/**/key"]}},"read":{"request":"/x"},"update":[{"request":{"method":"PUT","path":"/x","json":{"...":"current"}}}]`, `without key`},
		"beside the object":             {`"targets":{"x":{"drop":["/mail"]}},"read":{"request":"/x","object":"user"},"update":[{"request":{"method":"PUT","path":"/x","json":{"...":"current"}}}]`, ""},
		"in lists":                      {`"targets":{"x":{"drop":["/*/mail"]}},"read":{"request":"/x"},"update":[{"request":{"method":"PUT","path":"/x","json":{"...":"current"}}}]`, ""},
		"omitted":                       {`"targets":{"x":{"drop":["/mail"]}},"read":{"request":"/x"},"update":[{"request":{"method":"PUT","path":"/x","json":{"...":{"of":"current","omit":["mail"]}}}}]`, ""},
		"of another target":             {`"targets":{"x":{"drop":["/mail"]},"y":{}},"read":{"request":{"path":"/x","target":"y"}},"update":[{"request":{"method":"PUT","path":"/x","json":{"...":"current"}}}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := recipe.Parse(`{"recipe":1,"name":"x","anchor":"id","attributes":{"id":{"access":"read"}},` + test.keys + `}`)
			if (len(problems) > 0) != (test.want != "") || len(problems) > 0 && !strings.Contains(problems[0].String(), test.want) {
				t.Errorf("have %v, want %q", problems, test.want)
			}
		})
	}
}

// TestItems: JSON that is put together has members alone, so that a write into an item of
// a list would lose the list. A form has no lists, and takes it.
func TestItems(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		write, update string
		wrong         bool
	}{
		"changed":               {"emails.0.value", `"json":{"...":["current","changed"]}`, true},
		"attributes, inside":    {"emails.0", `"json":{"user":{"...":"attributes"}}`, true},
		"of another":            {"emails.0.value", `"json":{"...":"current"}`, false},
		"left out":              {"emails.0.value", `"json":{"...":{"of":"changed","omit":["emails"]}}`, false},
		"a form":                {"users.0.mail", `"form":{"...":"changed"}`, false},
		"a number first":        {"0.value", `"json":{"...":"changed"}`, false},
		"a name with a number":  {"emails.a0", `"json":{"...":"changed"}`, false},
		"a reference by itself": {"none", `"json":{"emails":[{"value":"{attr.mail}"}]}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := recipe.Parse(`{"recipe":1,"name":"x","anchor":"id","attributes":{"id":{"access":"read"},"mail":{"read":"emails.0.value","write":"` + test.write + `"}},
				"read":{"request":"/x/{anchor}"},"update":[{"request":{"method":"PUT","path":"/x/{anchor}",` + test.update + `}}]}`)
			if test.wrong && (len(problems) != 1 || !strings.HasPrefix(problems[0].String(), "attributes.mail.write: names an item of a list")) || !test.wrong && len(problems) > 0 {
				t.Errorf("have %v", problems)
			}
		})
	}
}
