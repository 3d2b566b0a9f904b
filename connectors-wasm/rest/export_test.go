package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// one is the only value of a change.
func oneEntry(m abi.ObjectModificationType, id string, changes ...abi.AttributeChange) abi.CSEntryChange {
	e := abi.CSEntryChange{Modification: m, Attributes: changes}
	if id != "" {
		e.Anchor = anchor(id)
	}
	return e
}

func add(changes ...abi.AttributeChange) abi.CSEntryChange {
	for i := range changes {
		changes[i].Modification = abi.AttributeAdd
	}
	return oneEntry(abi.ObjectAdd, "", changes...)
}

func update(id string, changes ...abi.AttributeChange) abi.CSEntryChange {
	return oneEntry(abi.ObjectUpdate, id, changes...)
}

// talk is what was asked, with the bodies.
func (a *target) talk() (all []string) {
	for i := range a.asked {
		all = append(all, strings.TrimSpace(a.asked[i]+" "+a.bodies[i]))
	}
	return all
}

const attributes = `"attributes":{"id":{"access":"read"},"name":{},"city":{"write":"address.city"},"zip":{"write":"address.zip","as":"number"},
	"active":{"type":"boolean","read":"state","write":"state","convert":[{"words":{"true":["on"],"false":["off"]}}]},
	"level":{"type":"integer","as":"text"},"roles":{"multi":true},"tags":{"multi":true,"convert":[{"split":","}]},
	"mails":{"multi":true,"convert":[{"wrap":"value"}]},"until":{"convert":[{"date":"unix"}]},"not":{"type":"boolean","convert":["not"]},
	"kind":{"convert":[{"table":{"1":"human"}}]},"first":{"access":"create"}}`

// Every way in which a value stands in a body, once.
func TestBodies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		json   string
		change []abi.AttributeChange
		want   string
	}{
		"names":                              {`{"...":"changed"}`, []abi.AttributeChange{set("name", "x\"é")}, `{"name":"x\"é"}`},
		"a place inside":                     {`{"...":"changed"}`, []abi.AttributeChange{set("city", "Bonn"), set("zip", "53111")}, `{"address":{"city":"Bonn","zip":53111}}`},
		"words":                              {`{"...":"changed"}`, []abi.AttributeChange{setBool("active", false)}, `{"state":"off"}`},
		"as text":                            {`{"...":"changed"}`, []abi.AttributeChange{{Name: "level", Modification: abi.AttributeReplace, Values: []abi.Value{abi.IntegerValue(7)}}}, `{"level":"7"}`},
		"a list":                             {`{"...":"changed"}`, []abi.AttributeChange{set("roles", "a", "b")}, `{"roles":["a","b"]}`},
		"joined":                             {`{"...":"changed"}`, []abi.AttributeChange{set("tags", "a", "b")}, `{"tags":"a,b"}`},
		"wrapped":                            {`{"...":"changed"}`, []abi.AttributeChange{set("mails", "a", "b")}, `{"mails":[{"value":"a"},{"value":"b"}]}`},
		"a date":                             {`{"...":"changed"}`, []abi.AttributeChange{set("until", "2026-11-22T06:00:00Z")}, `{"until":1795327200}`},
		"turned round":                       {`{"...":"changed"}`, []abi.AttributeChange{setBool("not", false)}, `{"not":true}`},
		"a table":                            {`{"...":"changed"}`, []abi.AttributeChange{set("kind", "human")}, `{"kind":"1"}`},
		"taken away":                         {`{"...":"changed"}`, []abi.AttributeChange{set("name")}, `{"name":null}`},
		"a list taken away":                  {`{"...":"changed"}`, []abi.AttributeChange{{Name: "roles", Modification: abi.AttributeDelete, MultiValued: true}}, `{"roles":[]}`},
		"joined, taken away":                 {`{"...":"changed"}`, []abi.AttributeChange{{Name: "tags", Modification: abi.AttributeDelete, MultiValued: true}}, `{"tags":""}`},
		"as text, taken away":                {`{"...":"changed"}`, []abi.AttributeChange{set("level")}, `{"level":""}`},
		"left out":                           {`{"...":{"of":"changed","omit":["name"]}}`, []abi.AttributeChange{set("name", "x"), set("city", "y")}, `{"address":{"city":"y"}}`},
		"named ones win":                     {`{"name":"fixed","...":"changed"}`, []abi.AttributeChange{set("name", "x")}, `{"name":"fixed"}`},
		"named objects win":                  {`{"address":{"city":"fixed"},"...":"changed"}`, []abi.AttributeChange{set("city", "x"), set("zip", "1")}, `{"address":{"city":"fixed"}}`},
		"a wrapper":                          {`{"user":{"...":"changed"},"n":1,"b":true,"z":null,"l":[1,"{attr.name}","{attr.city}"]}`, []abi.AttributeChange{set("name", "x")}, `{"user":{"name":"x"},"n":1,"b":true,"z":null,"l":[1,"x"]}`},
		"a reference":                        {`{"a":"{attr.roles}","b":"{attr.active}","c":"{attr.level}","d":"{attr.name}"}`, []abi.AttributeChange{set("roles", "x"), setBool("active", true)}, `{"a":["x"],"b":true}`},
		"a reference taken away":             {`{"a":"{attr.name}"}`, []abi.AttributeChange{set("name")}, `{"a":null}`},
		"a reference taken away, with pipes": {`{"a":"{attr.roles | join \",\"}","b":"{attr.name | default \"x\"}","c":"{attr.name | upper}"}`, []abi.AttributeChange{{Name: "roles", Modification: abi.AttributeDelete, MultiValued: true}, set("name")}, `{"a":null,"b":"x","c":null}`},
		"in a text":                          {`{"a":"{attr.name}@{anchor} {{"}`, []abi.AttributeChange{set("name", "x")}, `{"a":"x@7 {"}`},
		"pipes": {`{"a":"{attr.name | upper}","b":"{attr.roles | join \"; \"}","c":"{attr.roles | first}","d":"{attr.active | words \"yes\" \"no\"}","e":"{attr.active | not}","f":"{attr.name | base64}","g":"{attr.zip | number}","h":"{attr.active | text}","i":"{attr.until | date \"YYYYMMDD\"}","j":"{attr.roles | json}","k":"{attr.city | default \"none\"}","l":"{attr.name | upper | lower | trim}"}`,
			[]abi.AttributeChange{set("name", "x"), set("roles", "a", "b"), setBool("active", true), set("zip", "53"), set("until", "2026-11-22T06:00:00Z")},
			`{"a":"X","b":"a; b","c":"a","d":"yes","e":false,"f":"eA==","g":53,"h":"true","i":"20261122","j":"[\"a\",\"b\"]","k":"none","l":"x"}`},
		"signs that others read": {`{"a":"n eq '{attr.name | odata}'","b":"n = '{attr.name | backslash}'","c":"<n>{attr.name | xml}</n>"}`, []abi.AttributeChange{set("name", `a'b"c\d<e>&`+"\r\n\t")},
			`{"a":"n eq 'a''b\"c\\d<e>&\r\n\t'","b":"n = 'a\\'b\\\"c\\\\d<e>&\r\n\t'","c":"<n>a&apos;b&quot;c\\d&lt;e&gt;&amp;&#13;\n\t</n>"}`},
		"the key":       {`{"a":"{key}","b":"{now}"}`, nil, `{"a":"e1","b":"2026-01-01T00:00:00Z"}`},
		"nothing to do": {`{"...":"changed"}`, nil, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"PATCH /users/7": {ok("")}})
			c, _ := connect(parse(t, `{`+attributes+`,"update":[{"request":{"method":"PATCH","path":"/users/{anchor}","json":`+test.json+`}}]}`), app)
			results, err := exported(t, c, update("7", test.change...))
			if err != nil || results[0].Code != abi.ExportSuccess && !strings.Contains(results[0].Detail, "nothing was sent for") {
				t.Fatalf("have %+v and %v", results, err)
			}
			if app.bodies[0] != test.want {
				t.Errorf("have %s\nwant %s", app.bodies[0], test.want)
			}
			if app.keys[0] != "e1" || app.all[0].Safety != abi.Neither || !strings.Contains(app.all[0].Headers[0].Value, "application/json") {
				t.Errorf("have %+v", app.all[0])
			}
		})
	}
}

// A value that cannot be written is an error of its entry: nothing is sent.
func TestValuesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request string
		entry   abi.CSEntryChange
		word    string
	}{
		"no such word":          {`{"method":"PATCH","path":"/u/{anchor}","json":{"...":"changed"}}`, update("7", set("kind", "robot")), "kind"},
		"no number":             {`{"method":"PATCH","path":"/u/{anchor}","json":{"...":"changed"}}`, update("7", set("zip", "D-53")), "is no number"},
		"no date":               {`{"method":"PATCH","path":"/u/{anchor}","json":{"...":"changed"}}`, update("7", set("until", "soon")), "is no date"},
		"missing in the path":   {`{"method":"PATCH","path":"/u/{attr.name}"}`, update("7"), "attr.name is not there"},
		"empty in the path":     {`{"method":"DELETE","path":"/u/{attr.name}"}`, update("7", set("name", "")), "cannot stand in a path"},
		"points in the path":    {`{"method":"DELETE","path":"/u/{attr.name}"}`, update("7", set("name", "..")), "cannot stand in a path"},
		"a list in the path":    {`{"method":"PATCH","path":"/u/{attr.roles}"}`, update("7", set("roles", "a", "b")), "is a list"},
		"no sign of XML":        {`{"method":"PATCH","path":"/u/{anchor}","json":{"a":"{attr.name | xml}"}}`, update("7", set("name", "a\x01")), "XML has not"},
		"missing in a text":     {`{"method":"PATCH","path":"/u/{anchor}","json":{"a":"x {attr.name}"}}`, update("7"), "attr.name is not there"},
		"missing in a header":   {`{"method":"PATCH","path":"/u/{anchor}","headers":{"X-A":"{attr.name}"}}`, update("7"), "header X-A"},
		"for new objects alone": {`{"method":"PATCH","path":"/u/{anchor}"}`, update("7", set("first", "x")), "new object alone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, nil)
			c, _ := connect(parse(t, `{`+attributes+`,"update":[{"request":`+test.request+`}]}`), app)
			results, err := exported(t, c, test.entry)
			if err != nil || len(results) != 1 || results[0].Code != abi.ExportErrorConnectedDirectoryError || !strings.Contains(results[0].Detail, test.word) {
				t.Errorf("have %+v and %v, want an error that says %q", results, err, test.word)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ request, asked, body, content string }{
		"a form":            {`{"method":"POST","path":"/u/{anchor}","form":{"a":"{attr.name}","b":"{attr.city}","c":"x &="}}`, "POST /u/7", "a=Zo%C3%AB%20%2F&c=x%20%26%3D", "application/x-www-form-urlencoded"},
		"a text":            {`{"method":"POST","path":"/u","body":"user {attr.name}"}`, "POST /u", "user Zoë /", "text/plain; charset=utf-8"},
		"a type of its own": {`{"method":"PATCH","path":"/u","headers":{"Content-Type":"application/merge-patch+json"},"json":{"...":"changed"}}`, "PATCH /u", `{"name":"Zoë /"}`, "application/merge-patch+json"},
		"quotes in a path":  {`{"method":"POST","path":"/u('{anchor}')/n('{attr.name | odata}')"}`, "POST /u('7')/n('Zo%C3%AB%20%2F')", "", ""},
		"a query":           {`{"method":"PUT","path":"/u/{attr.name}/x-{anchor}","query":{"a":"{attr.name}","b":"{attr.city}","c":["1","2"]}}`, "PUT /u/Zo%C3%AB%20%2F/x-7?a=Zo%C3%AB+%2F&c=1&c=2", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok("") }}
			c, _ := connect(parse(t, `{`+attributes+`,"update":[{"request":`+test.request+`}]}`), app)
			results, err := exported(t, c, update("7", set("name", "Zoë /")))
			if err != nil || results[0].Code != abi.ExportSuccess {
				t.Fatalf("have %+v and %v", results, err)
			}
			content := ""
			for _, h := range app.all[0].Headers {
				content += h.Value
			}
			if app.asked[0] != test.asked || app.bodies[0] != test.body || content != test.content {
				t.Errorf("have %s, %s and %s", app.asked[0], app.bodies[0], content)
			}
		})
	}
}

// What a change takes away is told in a query, too, and what it does not set is not.
func TestTakenAwayInAQuery(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		entry abi.CSEntryChange
		want  string
	}{
		"taken away":   {update("7", set("name")), "POST /u/7?name="},
		"a list":       {update("7", abi.AttributeChange{Name: "roles", Modification: abi.AttributeDelete, MultiValued: true}), "POST /u/7?roles="},
		"not set":      {update("7", set("first_name", "x")), "POST /u/7?first=x"},
		"a new object": {add(set("first_name", "x")), "POST /u?first=x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"id":"8"}`) }}
			const step = `[{"request":{"method":"POST","path":"/u","query":{"name":"{attr.name}","first":"{attr.first_name}","roles":"{attr.roles | join \",\"}"}},"capture":{"id":"id"}}]`
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"first_name":{},"roles":{"multi":true}},"create":`+step+`,"update":`+strings.Replace(step, `"/u"`, `"/u/{anchor}"`, 1)+`}`), app)
			if results, err := exported(t, c, test.entry); err != nil || results[0].Code != abi.ExportSuccess {
				t.Fatalf("have %+v and %v", results, err)
			}
			wantLines(t, app.asked, []string{test.want})
		})
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	before := `{"id":"7","name":"old","state":"off","roles":["a","b"]}`
	for name, test := range map[string]struct {
		when   string
		change []abi.AttributeChange
		want   bool
	}{
		"changed":                       {`{"changed":["name","city"]}`, []abi.AttributeChange{set("city", "x")}, true},
		"nothing of it changed":         {`{"changed":["name"]}`, []abi.AttributeChange{set("city", "x")}, false},
		"taken away":                    {`{"changed":"name"}`, []abi.AttributeChange{set("name")}, true},
		"becomes":                       {`{"is":{"active":"true"}}`, []abi.AttributeChange{setBool("active", true)}, true},
		"becomes something else":        {`{"is":{"active":"true"}}`, []abi.AttributeChange{setBool("active", false)}, false},
		"stays":                         {`{"is":{"active":"false"}}`, []abi.AttributeChange{set("name", "x")}, false},
		"becomes nothing":               {`{"is":{"name":null}}`, []abi.AttributeChange{set("name")}, true},
		"was":                           {`{"is":{"active":"true"},"was":{"active":"false"}}`, []abi.AttributeChange{setBool("active", true)}, true},
		"was something else":            {`{"is":{"active":"true"},"was":{"name":"new"}}`, []abi.AttributeChange{setBool("active", true)}, false},
		"one of many":                   {`{"was":{"roles":"b"}}`, nil, true},
		"was nothing":                   {`{"was":{"city":null}}`, nil, true},
		"has":                           {`{"has":["attr.name","old.name"]}`, nil, true},
		"has not":                       {`{"has":["attr.city"]}`, nil, false},
		"not":                           {`{"not":{"changed":["name"]}}`, nil, true},
		"any":                           {`{"any":[{"changed":["name"]},{"is":{"active":"true"}}]}`, []abi.AttributeChange{setBool("active", true)}, true},
		"none of any":                   {`{"any":[{"changed":["name"]},{"is":{"active":"true"}}]}`, nil, false},
		"all":                           {`{"all":[{"changed":["name"]},{"is":{"active":"true"}}]}`, []abi.AttributeChange{setBool("active", true)}, false},
		"has something of it as it was": {`{"has":["current.state"]}`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"GET /users/7": {ok(before)}, "POST /x": {ok("")}})
			c, _ := connect(parse(t, `{`+attributes+`,"read":{"request":"/users/{anchor}"},"update":{"readFirst":true,"steps":[{"when":`+test.when+`,"request":"POST /x"}]}}`), app)
			results, err := exported(t, c, update("7", test.change...))
			if err != nil || len(results) != 1 {
				t.Fatalf("have %+v and %v", results, err)
			}
			if did := len(app.asked) == 2; did != test.want {
				t.Errorf("asked %q, want the step: %t", app.asked, test.want)
			}
		})
	}
}

// What the recipe requires is asked for before the application is.
func TestRequired(t *testing.T) {
	t.Parallel()
	const text = `{"anchor":"login","attributes":{"login":{"required":true},"mail":{"required":true},"name":{"required":true},"city":{}},
		"create":[{"request":{"method":"POST","path":"/u","json":{"...":"attributes"}}}],
		"update":[{"request":{"method":"PUT","path":"/u/{anchor}","json":{"...":"changed"}}}],
		"delete":[{"request":{"method":"DELETE","path":"/u/{anchor}"}}]}`
	whole := add(set("mail", "a"), set("name", "b"))
	whole.Anchor = []abi.AnchorAttribute{{Name: "login", Value: abi.StringValue("x")}}
	ofX := func(e abi.CSEntryChange) abi.CSEntryChange { e.Anchor = whole.Anchor; return e }
	for name, test := range map[string]struct {
		entry abi.CSEntryChange
		want  string // empty: it is sent
	}{
		"all there":                 {whole, ""},
		"two missing":               {add(set("login", "x"), set("city", "c")), "requires mail, name"},
		"empty":                     {add(set("login", "x"), set("mail"), set("name", "b")), "requires mail"},
		"an update of another":      {ofX(update("", set("city", "c"))), ""},
		"an update takes one away":  {ofX(update("", set("mail"))), "requires mail"},
		"a replace lacks one":       {ofX(oneEntry(abi.ObjectReplace, "", set("mail", "a"))), "requires name"},
		"a delete needs the anchor": {ofX(oneEntry(abi.ObjectDelete, "")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok("{}") }}
			c, _ := connect(parse(t, text), app)
			results, err := exported(t, c, test.entry)
			if err != nil || len(results) != 1 {
				t.Fatalf("have %+v and %v", results, err)
			}
			if refused := results[0].Code != abi.ExportSuccess; refused != (test.want != "") || !strings.Contains(results[0].Detail, test.want) {
				t.Errorf("have %+v, want %q", results[0], test.want)
			}
			if sent := len(app.asked) > 0; sent != (test.want == "") {
				t.Errorf("asked %q", app.asked)
			}
		})
	}
}

// Every way in which a spread stands in a form.
func TestForms(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		form   string
		change []abi.AttributeChange
		want   string
	}{
		"what changed":          {`{"...":"changed"}`, []abi.AttributeChange{set("name", "x&"), setBool("active", false)}, "name=x%26&state=off"},
		"beside a key":          {`{"a":"1","...":"changed"}`, []abi.AttributeChange{set("name", "x")}, "name=x&a=1"},
		"a place inside":        {`{"...":"changed"}`, []abi.AttributeChange{set("city", "Bonn"), set("zip", "53111")}, "address%5Bcity%5D=Bonn&address%5Bzip%5D=53111"},
		"a list":                {`{"...":"changed"}`, []abi.AttributeChange{set("roles", "a", "b")}, "roles=a&roles=b"},
		"taken away":            {`{"...":"changed"}`, []abi.AttributeChange{set("name")}, "name="},
		"a list taken away":     {`{"...":"changed"}`, []abi.AttributeChange{{Name: "roles", Modification: abi.AttributeDelete, MultiValued: true}}, "roles="},
		"left out":              {`{"...":{"of":"changed","omit":["name"]}}`, []abi.AttributeChange{set("name", "x"), set("kind", "human")}, "kind=1"},
		"named ones win":        {`{"name":"fixed","...":"changed"}`, []abi.AttributeChange{set("name", "x")}, "name=fixed"},
		"unless they find none": {`{"name":"{attr.until}","...":"changed"}`, []abi.AttributeChange{set("name", "x")}, "name=x"},
		"a key taken away":      {`{"n":"{attr.name}"}`, []abi.AttributeChange{set("name")}, "n="},
		"a key with pipes":      {`{"n":"{attr.name | upper}","m":"{attr.roles | join \",\"}"}`, []abi.AttributeChange{set("name"), {Name: "roles", Modification: abi.AttributeDelete, MultiValued: true}}, "n=&m="},
		"a key in a text":       {`{"n":"x{attr.name}","m":"m"}`, []abi.AttributeChange{set("name")}, "m=m"},
		"nothing to do":         {`{"...":"changed"}`, nil, ""},
		"current":               {`{"...":["current","changed"]}`, []abi.AttributeChange{set("name", "new"), set("kind")}, "id=7&name=new&tags=a&tags=b&at%5Bx%5D%5By%5D=1&on=true&kind="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"POST /users/7": {ok("")},
				"GET /users/7": {ok(`{"id":"7","name":"old","left":null,"tags":["a","b"],"at":{"x":{"y":1,"z":null}},"on":true}`)}})
			c, _ := connect(parse(t, `{`+attributes+`,"read":{"request":"/users/{anchor}"},"update":[{"request":{"method":"POST","path":"/users/{anchor}","form":`+test.form+`}}]}`), app)
			results, err := exported(t, c, update("7", test.change...))
			if err != nil || results[0].Code != abi.ExportSuccess && !strings.Contains(results[0].Detail, "nothing was sent for") {
				t.Fatalf("have %+v and %v", results, err)
			}
			if have := strings.Join(app.bodies, ""); have != test.want {
				t.Errorf("have %s\nwant %s", have, test.want)
			}
		})
	}
}

// A password that no request carried was not set.
func TestPasswordThatWasNotSent(t *testing.T) {
	t.Parallel()
	const plain = `{"request":{"method":"PATCH","path":"/users/{anchor}","json":{"...":"changed"}}}`
	const sends = `{"request":{"method":"PATCH","path":"/users/{anchor}","json":{"...":"changed","p":"{password}"}}}`
	const renamed = `{"when":{"changed":["name"]},"request":{"method":"PATCH","path":"/users/{anchor}","json":{"a":["{password}"]}}}`
	password := set(abi.ExportPassword, "N")
	for name, test := range map[string]struct {
		update string
		entry  abi.CSEntryChange
		asked  int
		want   string // empty: done
	}{
		"no step has it":              {`[` + plain + `]`, update("7", set("name", "x"), password), 0, "the password was not sent"},
		"alone":                       {`[` + plain + `]`, update("7", password), 0, "the password was not sent"},
		"it goes by setPassword":      {`[` + plain + `],"setPassword":[{"request":{"method":"POST","path":"/p","query":{"p":"{password}"}}}]`, update("7", password), 0, "send it by SetPassword"},
		"sent":                        {`[` + sends + `]`, update("7", password), 1, ""},
		"sent in a query":             {`[{"request":{"method":"POST","path":"/p","query":{"p":"{password}"}}}]`, update("7", password), 1, ""},
		"its step was not taken":      {`[` + renamed + `]`, update("7", password), 0, "no step of update that was taken has {password}"},
		"only another step was taken": {`[` + renamed + `,` + `{"when":{"has":"password"},"request":"POST /x"}]`, update("7", password), 1, "no step of update that was taken has {password}"},
		"there is none":               {`[` + plain + `]`, update("7", set("name", "x")), 1, ""},
		"one is taken away":           {`[` + plain + `]`, update("7", set("name", "x"), set(abi.ExportPassword)), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok("{}") }}
			c, _ := connect(parse(t, `{"update":`+test.update+`}`), app)
			results, err := exported(t, c, test.entry)
			if err != nil || len(results) != 1 {
				t.Fatalf("have %+v and %v", results, err)
			}
			if failed := results[0].Code != abi.ExportSuccess; failed != (test.want != "") || !strings.Contains(results[0].Detail, test.want) || len(app.asked) != test.asked {
				t.Errorf("asked %q, have %+v, want %q", app.asked, results[0], test.want)
			}
		})
	}
}
