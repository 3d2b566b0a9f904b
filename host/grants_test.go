package host_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host"
)

// paged is a recipe whose list goes on where a header says so.
const paged = `recipe: 1
name: app
targets: {app: {baseURL: "https://app.example", headers: [X-Trace], drop: [/*/note], seal: [/*/token]}}
anchor: id
attributes: {id: {access: read}, name: null}
import: {request: /users, rows: ., paging: %s%s}
create:
  - {request: {method: POST, path: /users, headers: {X-Key: "Key {param.key}"}, json: {"...": attributes}}, capture: {id: {header: X-Id}}}
parameters: {key: {type: secret}}
`

// TestHiddenHeaders: a grant that hides what a list is paged or counted by is refused
// by every run, and by the check, since the list would end after its first page and
// seem whole.
func TestHiddenHeaders(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++ // one run, one request at a time
		w.Header().Set("X-Total", "2")
		if r.URL.RawQuery == "" {
			w.Header().Set("X-Next", "two")
			w.Header().Set("Link", `</users?cursor=two>; rel="next"`)
			fmt.Fprint(w, `[{"id":"1"}]`)
			return
		}
		fmt.Fprint(w, `[{"id":"2"}]`)
	}))
	t.Cleanup(server.Close)
	for name, c := range map[string]struct {
		paging, total, headers string
		refused                string
	}{
		"a cursor, by default": {"{cursor: cursor, fromHeader: X-Next}", "", "", "leaves out X-Next, by which"},
		"a cursor, left out":   {"{cursor: cursor, fromHeader: X-Next}", "", "headers: {response: [Link, Date]}", "leaves out X-Next, by which"},
		"a cursor, granted":    {"{cursor: cursor, fromHeader: X-Next}", "", "headers: {response: [x-next]}", ""},
		"links, by default":    {"{link: true}", "", "", ""},
		"links, left out":      {"{link: true}", "", "headers: {response: [X-Next]}", "leaves out Link, by which"},
		"a total, by default":  {"{link: true}", ", total: {header: X-Total}", "", "leaves out X-Total, by which"},
		"a total and links":    {"{link: true}", ", total: {header: X-Total}", "headers: {response: [Date]}", "leaves out Link, X-Total, by which"},
		"a total, granted":     {"{link: true}", ", total: {header: X-Total}", "headers: {response: [Link, X-Total]}", ""},
	} {
		connector, err := openREST(t, fmt.Sprintf(paged, c.paging, c.total), "parameters: {key: {secret: s}}\nsecrets: {s: {env: S}}\ntargets:\n  app: {baseURL: "+server.URL+
			", networks: [127.0.0.1], methods: [GET, POST], paths: [/users], "+c.headers+"}\n",
			host.Options{LookupEnv: func(string) (string, bool) { return canary, true }})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = connector.Check(t.Context())
		asked = 0 // the check asks for the first of what the recipe reads
		summary, importErr := connector.Import(t.Context(), host.ImportRequest{}, discard)
		if c.refused == "" {
			if err != nil || importErr != nil || summary.Entries != 2 {
				t.Errorf("%s: %v, %v, %d entries", name, err, importErr, summary.Entries)
			}
			continue
		}
		_, exportErr := connector.Export(t.Context(), []host.Change{{}}, func(host.Outcome) error { return nil })
		for what, err := range map[string]error{"check": err, "import": importErr, "export": exportErr} {
			var refused *host.RefusedError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), "targets.app.headers.response: ") || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: %s: have %v", name, what, err)
			}
		}
		if asked > 0 {
			t.Errorf("%s: %d requests went out", name, asked)
		}
	}
}

// TestBlinded: so is one whose drop or seal takes away what a recipe follows or counts its
// lists by, or what it captures.
func TestBlinded(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++ // one run, one request at a time
		if r.URL.RawQuery == "" {
			fmt.Fprint(w, `{"users":[{"id":"1","name":"a"}],"meta":{"next":"two","total":2}}`)
			return
		}
		fmt.Fprint(w, `{"users":[{"id":"2","name":"b"}],"meta":{"total":2}}`)
	}))
	t.Cleanup(server.Close)
	const text = `recipe: 1
name: app
anchor: id
attributes: {id: {access: read}, name: null}
import: {request: /users, rows: users, paging: {cursor: cursor, from: meta.next}, total: meta.total}
create:
  - {request: {method: POST, path: /users, json: {"...": attributes}}, capture: {id: new.id, key: new.key}}
`
	for grant, refused := range map[string]string{
		"":                                       "",
		"drop: [/users/*/phone]":                 "",
		"drop: [/users/*/phone, /meta/next]":     `targets.app.drop[1]: "/meta/next" takes away meta.next, by which`,
		"drop: ['/**/total']":                    `targets.app.drop[0]: "/**/total" takes away meta.total, by which`,
		"seal: [{pointer: /meta, name: m}]":      `targets.app.seal[0]: "/meta" takes away meta.total, meta.next, by which`,
		"drop: [/new/key]":                       `targets.app.drop[0]: "/new/key" takes away new.key, by which`,
		"seal: [{pointer: /new/key, name: key}]": "",
		"seal: [{pointer: /new/id, name: key}]":  `targets.app.seal[0]: "/new/id" takes away new.id, by which`,
	} {
		connector, err := openREST(t, text, "targets:\n  app: {baseURL: "+server.URL+", networks: [127.0.0.1], methods: [GET, POST], paths: [/users], "+grant+"}\n", host.Options{})
		if err != nil {
			t.Fatalf("%s: %v", grant, err)
		}
		_, err = connector.Check(t.Context())
		asked = 0 // the check asks for the first of what the recipe reads
		summary, importErr := connector.Import(t.Context(), host.ImportRequest{}, discard)
		if refused == "" {
			if err != nil || importErr != nil || summary.Entries != 2 {
				t.Errorf("%s: %v, %v, %d entries", grant, err, importErr, summary.Entries)
			}
			continue
		}
		_, exportErr := connector.Export(t.Context(), []host.Change{{}}, func(host.Outcome) error { return nil })
		for what, err := range map[string]error{"check": err, "import": importErr, "export": exportErr} {
			var e *host.RefusedError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), refused) {
				t.Errorf("%s: %s: have %v", grant, what, err)
			}
		}
		if asked > 0 {
			t.Errorf("%s: %d requests went out", grant, asked)
		}
	}
}

// TestShortTimeout: the check tells that a target, or a call, has less time for a request
// than the recipe asks for.
func TestShortTimeout(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "[]") }))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		asks, grant, limit string
		why                []string
	}{
		{"30s", "", "", nil},
		{"31s", "", "", []string{"the target's timeout is 30s, and"}},
		{"31s", "timeout: 31s", "", nil},
		{"31s", "timeout: 30999ms", "", []string{"the target's timeout is 30.999s, and"}},
		{"59999ms", "timeout: 90s", "", nil},
		{"60s", "timeout: 90s", "", []string{"limits.callTimeout is 1m0s, and"}},
		{"60s", "timeout: 90s", "60001ms", nil},
		{"20s", "", "20s", []string{"limits.callTimeout is 20s, and"}},
		{"90s", "", "", []string{"the target's timeout is 30s, and", "limits.callTimeout is 1m0s, and"}},
	} {
		limits := ""
		if c.limit != "" {
			limits = "limits: {callTimeout: " + c.limit + "}\n"
		}
		connector, err := openREST(t, "recipe: 1\nname: app\nanchor: id\nattributes: {id: {access: read}}\nimport: {request: {path: /users, timeout: "+c.asks+"}, rows: .}\n",
			limits+"targets:\n  app: {baseURL: "+server.URL+", networks: [127.0.0.1], methods: [GET], paths: [/users], "+c.grant+"}\n", host.Options{})
		if err != nil {
			t.Fatal(err)
		}
		report, err := connector.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		told := len(report.Missing) == len(c.why)
		for i := 0; told && i < len(c.why); i++ {
			told = strings.HasPrefix(report.Missing[i].What, "the timeout of ") && strings.HasPrefix(report.Missing[i].Why, c.why[i])
		}
		if !told {
			t.Errorf("%s of %s and %s: have %+v", c.asks, c.grant, c.limit, report.Missing)
		}
	}
}

// TestMissingGrants: the check tells what no request shows: headers of answers, fields
// to drop and to seal, and the form of secrets.
func TestMissingGrants(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "[]") }))
	t.Cleanup(server.Close)
	const slot = "slots: [{header: X-Key, paths: [/users], accepts: ['parameter:key']%s}]"
	for grant, want := range map[string][]string{
		"": {"parameter:key in the header X-Key of POST /users", "the header X-Id of answers", "the header X-Key", "the header X-Trace of answers", "dropping /*/note", "sealing /*/token as token"},
		fmt.Sprintf(slot, `, prefix: "Key "`) + ", headers: {request: [X-Key], response: [X-Id, X-TRACE, Link]}, drop: [/*/note], seal: [{pointer: '/*/token', name: token}]":   nil,
		fmt.Sprintf(slot, `, prefix: "Key "`) + ", headers: {request: [X-Key], response: [X-Id, X-Trace, Link]}, drop: [/**/note], seal: [{pointer: '/**/token', name: token}]": nil,
		fmt.Sprintf(slot, "") + ", headers: {request: [X-Key], response: [X-Id, Link]}, drop: [/0/note], seal: [{pointer: '/*/token', name: other}]": {
			"the header X-Trace of answers", "dropping /*/note", "sealing /*/token as token", `the prefix "Key " in the header X-Key`,
		},
	} {
		connector, err := openREST(t, fmt.Sprintf(paged, "{link: true}", ""), "parameters: {key: {secret: s}}\nsecrets: {s: {env: S}}\ntargets:\n  app: {baseURL: "+server.URL+
			", networks: [127.0.0.1], methods: [GET, POST], paths: [/users], "+grant+"}\n",
			host.Options{LookupEnv: func(string) (string, bool) { return canary, true }})
		if err != nil {
			t.Fatal(err)
		}
		report, err := connector.Check(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", grant, err)
		}
		var have []string
		for _, m := range report.Missing {
			if have = append(have, m.What); m.Target != "app" || m.Why == "" {
				t.Errorf("%+v", m)
			}
		}
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%s:\nhave %q\nwant %q", grant, have, want)
		}
	}
}

// TestSlotsInLists: a secret in a list is tried at its own place in it.
func TestSlotsInLists(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "[]") }))
	t.Cleanup(server.Close)
	for pointer, missing := range map[string]int{"/params/args/2": 0, "/params/args/1": 1} {
		connector, err := openREST(t, `recipe: 1
name: app
parameters: {key: {type: secret, required: true}}
anchor: id
attributes: {id: {access: read}}
import: {request: /users, rows: .}
delete: [{request: {method: POST, path: /rpc, json: {id: "{anchor}", params: {args: [db, 7, "{param.key}", [{"0": "{param.key}", "007": "{param.key}"}]]}}}}]
`, "parameters: {key: {secret: s}}\nsecrets: {s: {env: S}}\ntargets:\n  app: {baseURL: "+server.URL+", networks: [127.0.0.1], methods: [GET, POST], paths: [/users, /rpc],\n"+
			"    slots: [{pointer: "+pointer+", paths: [/rpc], accepts: ['parameter:key']}, {pointer: /params/args/3/0/0, paths: [/rpc], accepts: ['parameter:key']},\n"+
			"      {pointer: /params/args/3/0/007, paths: [/rpc], accepts: ['parameter:key']}]}\n",
			host.Options{LookupEnv: func(string) (string, bool) { return canary, true }})
		if err != nil {
			t.Fatal(err)
		}
		report, err := connector.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Missing) != missing {
			t.Errorf("%s: have %+v, want %d", pointer, report.Missing, missing)
		}
	}
}
