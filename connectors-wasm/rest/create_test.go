package rest_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// What becomes of the first step of a create decides what is reported.
func TestCreateThatFails(t *testing.T) {
	t.Parallel()
	retried := func(n int, body string) abi.HTTPAnswer { return abi.HTTPAnswer{Status: n, Body: body, Tries: 2} }
	for name, test := range map[string]struct {
		answer abi.HTTPAnswer
		found  string
		code   abi.ExportError
		name   string
		anchor string
		read   string
	}{
		"made":                                {created("7"), "", abi.ExportSuccess, "", "7", ""},
		"there already":                       {status(409, ""), "", abi.ExportErrorConnectedDirectoryExistingObject, "ObjectAlreadyExists", "", ""},
		"there already, by a rule":            {status(400, `{"m":"login HAS already been taken"}`), "", abi.ExportErrorConnectedDirectoryExistingObject, "ObjectAlreadyExists", "", ""},
		"there already, at a later try":       {retried(409, ""), "", abi.ExportErrorConnectedDirectoryExistingObject, "ObjectAlreadyExists", "", ""},
		"somebody else there":                 {lost(), `[{"id":7,"login":"zoe2"}]`, abi.ExportErrorConnectedDirectoryError, "OutcomeUnknown", "", ""},
		"two of them":                         {lost(), `[{"id":7,"login":"zoe"},{"id":8,"login":"zoe"}]`, abi.ExportErrorConnectedDirectoryError, "OutcomeUnknown", "", ""},
		"the answer lost, and made":           {lost(), `[{"id":7,"login":"zoe"}]`, abi.ExportSuccess, "", "7", ""},
		"the answer lost, and not made":       {lost(), `[]`, abi.ExportErrorConnectedDirectoryError, "OutcomeUnknown", "", ""},
		"the answer lost, and nobody can say": {lost(), `{"error":1}`, abi.ExportErrorConnectedDirectoryError, "OutcomeUnknown", "", ""},
		"a gateway lost it, and made":         {status(504, ""), `[{"id":7,"login":"zoe"}]`, abi.ExportSuccess, "", "7", ""},
		"no JSON, and made":                   {status(201, "<html>"), `[{"id":7,"login":"zoe"}]`, abi.ExportSuccess, "", "7", ""},
		"an empty id, and made":               {status(201, `{"id":""}`), `[{"id":7,"login":"zoe"}]`, abi.ExportSuccess, "", "7", ""},
		"no id, and made":                     {status(201, "{}"), `[{"id":7,"login":"zoe"}]`, abi.ExportSuccess, "", "7", ""},
		"another success":                     {status(202, "{}"), "", abi.ExportErrorConnectedDirectoryError, "UnexpectedData", "", ""},
		"a bad request":                       {status(400, "no"), "", abi.ExportErrorConnectedDirectoryError, "EntryExport", "", ""},
		"busy":                                {status(429, ""), "", abi.ExportErrorConnectedDirectoryError, "ServerDown", "", ""},
		"not sent":                            {abi.HTTPAnswer{Error: abi.NewError(abi.NotSent, "refused")}, "", abi.ExportErrorConnectedDirectoryError, "NotSent", "", ""},
		"no id, and not found":                {status(201, "{}"), `[]`, abi.ExportErrorConnectedDirectoryError, "partial", "", ""},
		"no id, and somebody else found":      {status(201, "{}"), `[{"id":7,"login":"zoe2"}]`, abi.ExportErrorConnectedDirectoryError, "partial", "", ""},
		"no id, and nobody can say":           {status(201, "{}"), `{"error":1}`, abi.ExportErrorConnectedDirectoryError, "partial", "", ""},
		"no id, and another's mail":           {status(201, "{}"), `[{"id":7,"login":"zoe"}]`, abi.ExportErrorConnectedDirectoryError, "partial", "", `{"id":7,"login":"zoe","mail":"b@x"}`},
		"no id, and all in the row":           {status(201, "{}"), `[{"id":7,"login":"zoe","mail":"a@x"}]`, abi.ExportSuccess, "", "7", "[]"},
		"somebody else's mail":                {lost(), `[{"id":7,"login":"zoe"}]`, abi.ExportErrorConnectedDirectoryError, "OutcomeUnknown", "", `{"id":7,"login":"zoe","mail":"b@x"}`},
		"somebody without mail":               {lost(), `[{"id":7,"login":"zoe"}]`, abi.ExportErrorConnectedDirectoryError, "OutcomeUnknown", "", `{"id":7,"login":"zoe"}`},
		"no longer to be read":                {lost(), `[{"id":7,"login":"zoe"}]`, abi.ExportErrorConnectedDirectoryError, "OutcomeUnknown", "", `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := map[string][]abi.HTTPAnswer{"POST /users": {test.answer}}
			if test.found != "" {
				lines["GET /users?login=zoe"] = []abi.HTTPAnswer{ok(test.found)}
			}
			app := table(t, lines)
			if test.anchor == "7" || test.read != "" {
				lines["GET /users/7"] = []abi.HTTPAnswer{ok(cmp.Or(test.read, `{"id":7,"login":"zoe","mail":"a@x","state":"active"}`))}
			}
			c, host := connect(parse(t, lifecycle), app)
			_, err := exported(t, c, add(set("login", "zoe"), set("mail", "A@x"), set("roles")))
			_, results := host.Reported()
			if len(results) != 1 || results[0].Code != test.code || results[0].Name != test.name {
				t.Fatalf("have %+v and %v", results, err)
			}
			text := ""
			if len(results[0].Anchor) == 1 {
				text = results[0].Anchor[0].Value.Text()
			}
			if text != test.anchor {
				t.Errorf("have the anchor %q, want %q", text, test.anchor)
			}
		})
	}
}

// A create whose first step asks who has the name takes nobody over, though all values
// are the same: docs/recipes.md gives it as the cure.
func TestCreateThatAsksFirst(t *testing.T) {
	t.Parallel()
	const find = `{"path":"/users","query":{"login":"{attr.login}"}}`
	text := strings.Replace(lifecycle, `"create":[`, `"create":[{"request":`+find+`,"onError":[{"value":"0.id","present":true,"then":"exists"}]},`, 1)
	const zoe = `[{"id":7,"login":"zoe","mail":"m"}]`
	for name, test := range map[string]struct {
		found []abi.HTTPAnswer
		asked []string
		code  abi.ExportError
	}{
		"somebody there": {[]abi.HTTPAnswer{ok(zoe)}, []string{"GET /users?login=zoe"}, abi.ExportErrorConnectedDirectoryExistingObject},
		"nobody":         {[]abi.HTTPAnswer{ok(`[]`), ok(zoe)}, []string{"GET /users?login=zoe", "POST /users", "GET /users?login=zoe"}, abi.ExportSuccess},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"GET /users?login=zoe": test.found, "POST /users": {lost()}})
			c, host := connect(parse(t, text), app)
			_, _ = exported(t, c, add(set("login", "zoe"), set("mail", "m")))
			if _, results := host.Reported(); len(results) != 1 || results[0].Code != test.code {
				t.Errorf("have %+v, want %v", results, test.code)
			}
			wantLines(t, app.asked, test.asked)
		})
	}
}

// A new object that nobody knows the anchor of is not done: it could be neither given
// a password nor changed.
func TestCreateWithoutAnchor(t *testing.T) {
	t.Parallel()
	const attributes = `"attributes":{"id":{"access":"create"},"login":null},"create":[{"request":{"method":"POST","path":"/users","json":{"...":"attributes"}}`
	const told = "step 1 of 1 (looking for the new object) failed after a part of it succeeded: no answer told the anchor of the new object"
	for name, test := range map[string]struct {
		recipe string
		answer abi.HTTPAnswer
		entry  abi.CSEntryChange
		want   string
	}{
		"in the entry":            {`}]`, status(201, ""), add(set("id", "7"), set("login", "zoe")), ""},
		"nowhere":                 {`}]`, status(201, ""), add(set("login", "zoe")), "the entry has no id, and nothing else says"},
		"captured":                {`,"capture":{"id":"id"}}]`, created("7"), add(set("login", "zoe")), ""},
		"a rule says it is done":  {`,"capture":{"id":"id"},"onError":[{"status":409,"then":"ok"}]}]`, status(409, ""), add(set("login", "zoe")), told},
		"an answer that lacks it": {`,"capture":{"id":"id"}}]`, status(201, "{}"), add(set("login", "zoe")), "POST /users was answered without id"},
		"nothing was sent":        {`,"when":{"is":{"login":"x"}},"capture":{"id":"id"}}]`, status(500, ""), add(set("login", "zoe")), "no answer told the anchor of the new object"},
		"found, and it is not so": {`}],"find":{"request":"/users","rows":".","by":["login"]}`, status(201, ""), add(set("login", "zoe")), told},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := connect(parse(t, `{`+attributes+test.recipe+`}`), table(t, map[string][]abi.HTTPAnswer{"POST /users": {test.answer}, "GET /users": {ok(`[]`)}}))
			results, err := exported(t, c, test.entry)
			if err != nil || (results[0].Code == abi.ExportSuccess) != (test.want == "") || !strings.Contains(results[0].Detail, test.want) {
				t.Errorf("have %+v and %v, want %q", results, err, test.want)
			}
		})
	}
}

// Where a name is all there is to compare, who has it is looked for before: his account
// would be taken for the new one if the answer were lost, and given the password.
func TestCreateOfANameAlone(t *testing.T) {
	t.Parallel()
	const zoe = `[{"id":7,"login":"zoe"}]`
	withoutPasswords := strings.Replace(lifecycle, `"setPassword"`, `"changePassword"`, 1)
	withoutPasswords = withoutPasswords[:strings.Index(withoutPasswords, `,
	"changePassword"`)] + "}"
	for name, test := range map[string]struct {
		recipe string
		entry  abi.CSEntryChange
		found  []abi.HTTPAnswer
		asked  []string
		code   abi.ExportError
	}{
		"nobody there":           {lifecycle, add(set("login", "zoe")), []abi.HTTPAnswer{ok(`[]`)}, []string{"GET /users?login=zoe", "POST /users"}, abi.ExportSuccess},
		"somebody there":         {lifecycle, add(set("login", "zoe")), []abi.HTTPAnswer{ok(zoe)}, []string{"GET /users?login=zoe"}, abi.ExportErrorConnectedDirectoryExistingObject},
		"another there":          {lifecycle, add(set("login", "zoe")), []abi.HTTPAnswer{ok(`[{"id":7,"login":"zoe2"}]`)}, []string{"GET /users?login=zoe"}, abi.ExportErrorConnectedDirectoryError},
		"another there alone":    {lifecycle, add(set("login", "zoe")), []abi.HTTPAnswer{searched(`[{"id":7,"login":"zoe2"}]`, "Content-Range", "users 0-0/1")}, []string{"GET /users?login=zoe", "POST /users"}, abi.ExportSuccess},
		"nobody can say":         {lifecycle, add(set("login", "zoe")), []abi.HTTPAnswer{status(500, "")}, []string{"GET /users?login=zoe"}, abi.ExportErrorConnectedDirectoryError},
		"made and lost":          {lifecycle, add(set("login", "zoe")), []abi.HTTPAnswer{ok(`[]`), ok(zoe)}, []string{"GET /users?login=zoe", "POST /users", "GET /users?login=zoe"}, abi.ExportSuccess},
		"more to compare":        {lifecycle, add(set("login", "zoe"), set("mail", "m")), nil, []string{"POST /users"}, abi.ExportSuccess},
		"more that is not sent":  {lifecycle, add(set("login", "zoe"), setBool("active", true)), []abi.HTTPAnswer{ok(zoe)}, []string{"GET /users?login=zoe"}, abi.ExportErrorConnectedDirectoryExistingObject},
		"no password is to come": {withoutPasswords, add(set("login", "zoe")), nil, []string{"POST /users"}, abi.ExportSuccess},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			post := created("7")
			if name == "made and lost" {
				post = lost()
			}
			app := table(t, map[string][]abi.HTTPAnswer{"POST /users": {post}, "GET /users?login=zoe": test.found, "GET /users/7": {ok(`{"id":7,"login":"zoe"}`)}})
			c, host := connect(parse(t, test.recipe), app)
			_, _ = exported(t, c, test.entry)
			_, results := host.Reported()
			if len(results) != 1 || results[0].Code != test.code {
				t.Errorf("have %+v, want %v", results, test.code)
			}
			wantLines(t, app.asked, test.asked)
		})
	}
}

// TestUnexpectedSuccess: where a write is answered with a success that the recipe does not
// expect, the error says that it may be done; a request that reads has done nothing.
func TestUnexpectedSuccess(t *testing.T) {
	t.Parallel()
	for steps, says := range map[string]bool{
		`{"request":{"method":"PUT","path":"/users","json":{}},"expect":[201],"capture":{"id":"id"}}`: true,
		`{"request":"/users","expect":[404],"capture":{"id":"id"}}`:                                   false,
	} {
		app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"id":7}`) }}
		c, _ := connect(parse(t, `{"create":[`+steps+`]}`), app)
		_, err := exported(t, c, add(set("name", "zoe")))
		if abi.CodeOf(err) != abi.UnexpectedData || strings.Contains(err.Error(), "may have been carried out") != says {
			t.Errorf("%s: have %v", steps, err)
		}
	}
}
