package draft_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/ecmabox/ecmabox/host/draft"
	"github.com/ecmabox/ecmabox/host/recipe"
)

func page(t *testing.T, address, link, body string) draft.Page {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	if total, ok := strings.CutPrefix(link, "total "); ok {
		h.Set("X-Total", total)
	} else if link != "" {
		h.Set("Link", link)
	}
	return draft.Page{URL: u, Header: h, Body: body}
}

func TestLook(t *testing.T) {
	t.Parallel()
	const (
		pageOne = "first: 1 is the first where pages are counted from 1; where they are counted from 0 it leaves out what comes before: write first: 0 then"
		guess   = "first is a guess: 0 is the first where pages are counted from 0, 1 where they are counted from 1"
		onePage = "total is as many as the rows of this one page: leave it out if it does not count the rows of all pages"
	)
	for _, test := range []struct {
		name, url, link, body string
		rows                  string
		count                 int
		anchors               []string
		paging                draft.Paging
	}{
		{"bare list, Link header", "https://a.example/users?per_page=2", `<https://a.example/users?page=2>; rel="next"`,
			`[{"id":1,"login":"a"},{"id":2,"login":"b"}]`, ".", 2, []string{"id", "login"},
			draft.Paging{Kind: "link", Why: `the answer has a Link header with rel="next"`, SizeParam: "per_page", Size: 2}},
		{"wrapped, next in the body", "https://a.example/v3/users", "",
			`{"links":{"next":"https://a.example/v3/users?m=2","self":"https://a.example/v3/users"},"users":[{"id":"x","name":"a"},{"id":"y","name":"a"}]}`, "users", 2, []string{"id"},
			draft.Paging{Kind: "next", Why: "the answer holds the next page's address at links.next", From: "links.next"}},
		{"cursor", "https://a.example/list?limit=2", "", `{"ok":true,"members":[{"id":"x"},{"id":"y"}],"response_metadata":{"next_cursor":"dGVh"}}`,
			"members", 2, []string{"id"}, draft.Paging{Kind: "cursor", Why: "the answer holds a cursor at response_metadata.next_cursor; the parameter's name is a guess",
				Param: "cursor", From: "response_metadata.next_cursor", SizeParam: "limit", Size: 2}},
		{"offset and total", "https://a.example/u.json?offset=0&limit=1", "", `{"users":[{"id":5,"login":"z"}],"total_count":40,"offset":0,"limit":1}`,
			"users", 1, []string{"id", "login"}, draft.Paging{Kind: "offset", Why: "you asked for offset=0", Param: "offset", SizeParam: "limit", Size: 1, Total: "total_count"}},
		{"page number and a total of another name", "https://a.example/u?count=2&page=1", "", `{"start":0,"total_size":7,"entries":[{"http_etag":"x","user_id":"a"},{"http_etag":"y","user_id":"b"}]}`, "entries", 2, []string{"user_id"},
			draft.Paging{Kind: "page", Why: "you asked for page=1", Param: "page", First: 1, SizeParam: "count", Size: 2, Total: "total_size", Check: []string{pageOne}}},
		{"HAL, the next page", "https://a.example/u", "", `{"_links":{"self":{"href":"/u?1"},"nextByOffset":{"href":"/u?2"}},"users":[{"id":1}]}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "next", Why: "the answer holds the next page's address at _links.nextByOffset.href", From: "_links.nextByOffset.href"}},
		{"HAL, this page", "https://a.example/u", "", `{"_links":{"self":{"href":"/u?1"}},"users":[{"id":1}]}`, "users", 1, []string{"id"}, draft.Paging{}},
		{"records by a URL", "https://a.example/u", "", `{"records":[{"id":1}],"nextRecordsUrl":"/query/01g-2"}`, "records", 1, []string{"id"},
			draft.Paging{Kind: "next", Why: "the answer holds the next page's address at nextRecordsUrl", From: "nextRecordsUrl"}},
		{"page number", "https://a.example/u?page=1", "", `{"data":{"items":[{"uid":"1"}]}}`, "data.items", 1, []string{"uid"},
			draft.Paging{Kind: "page", Why: "you asked for page=1", Param: "page", First: 1, Check: []string{pageOne}}},
		{"page 0", "https://a.example/u?page=0&size=1", "", `{"users":[{"id":1}],"count":1}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Why: "you asked for page=0", Param: "page", SizeParam: "size", Size: 1}},
		{"page 1 that calls itself 0", "https://a.example/u?page=1", "", `{"users":[{"id":1}],"number":0}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Why: "you asked for page=1", Param: "page", First: 1}},
		{"page 3", "https://a.example/u?page=3", "", `{"users":[{"id":1}],"page":3}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Why: "you asked for page=3", Param: "page", First: 1, Check: []string{guess}}},
		{"page 0 in the body", "https://a.example/u", "", `{"users":[{"id":1}],"page":0,"pages":9}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Param: "page", Why: "the answer tells of pages at pages; the parameter's name is a guess"}},
		{"page 0 of Spring", "https://a.example/u", "", `{"content":[{"id":1}],"totalPages":9,"totalElements":9,"number":0}`, "content", 1, []string{"id"},
			draft.Paging{Kind: "page", Param: "page", Total: "totalElements", Why: "the answer tells of pages at totalPages; the parameter's name is a guess"}},
		{"pages without a number", "https://a.example/u", "", `{"users":[{"id":1}],"pages":1,"count":1}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Param: "page", First: 1, Total: "count", Why: "the answer tells of pages at pages; the parameter's name is a guess", Check: []string{guess, onePage}}},
		{"an offset that begins with 1", "https://a.example/u?startIndex=1", "", `{"Resources":[{"id":1}]}`, "Resources", 1, []string{"id"},
			draft.Paging{Kind: "offset", Param: "startIndex", First: 1, Why: "you asked for startIndex=1", Check: []string{strings.ReplaceAll(pageOne, "pages", "rows")}}},
		{"a size, the most", "https://a.example/u?limit=100000", "", `{"users":[{"id":1}]}`, "users", 1, []string{"id"}, draft.Paging{SizeParam: "limit", Size: 100_000}},
		{"a size, one too many", "https://a.example/u?limit=100001", "", `{"users":[{"id":1}]}`, "users", 1, []string{"id"}, draft.Paging{}},
		{"an offset further on", "https://a.example/u?skip=20", "", `{"Resources":[{"id":1}]}`, "Resources", 1, []string{"id"},
			draft.Paging{Kind: "offset", Param: "skip", Why: "you asked for skip=20", Check: []string{strings.ReplaceAll(guess, "pages", "rows")}}},
		{"a count of this page, with more", "https://a.example/u", "", `{"users":[{"id":1}],"count":1,"has_more":true}`, "users", 1, []string{"id"},
			draft.Paging{Why: "the answer says at has_more whether there is more, and not how that is asked for"}},
		{"a count of this page, with pages", "https://a.example/u", "total 1", `{"users":[{"id":1}],"count":1,"page":1,"pages":2}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Param: "page", First: 1, Why: "the answer tells of pages at pages; the parameter's name is a guess"}},
		{"a count of this page, with a link", "https://a.example/u", "", `{"users":[{"id":1}],"count":1,"next":"/u?2"}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "next", From: "next", Why: "the answer holds the next page's address at next"}},
		{"a count of this page, and a total", "https://a.example/u?limit=1", "", `{"users":[{"id":1}],"total":1,"count":7}`, "users", 1, []string{"id"},
			draft.Paging{SizeParam: "limit", Size: 1, Total: "count"}},
		{"a count of this page, of a size that was asked for", "https://a.example/u?limit=1", "", `{"users":[{"id":1}],"count":1}`, "users", 1, []string{"id"},
			draft.Paging{SizeParam: "limit", Size: 1}},
		{"the right one of several lists", "https://a.example/u", "", `{"roles":[{"id":1},{"id":2},{"id":3}],"users":[{"id":1},{"id":2}],"odd.key":[{"a":1}]}`,
			"users", 2, []string{"id"}, draft.Paging{}},
		{"a total in a header", "https://a.example/u", "total 40", `[{"id":1},{"id":2}]`, ".", 2, []string{"id"}, draft.Paging{TotalHeader: "X-Total"}},
		{"a total that is too small", "https://a.example/u", "total 1", `[{"id":1},{"id":2}]`, ".", 2, []string{"id"}, draft.Paging{}},
		{"a total in both places", "https://a.example/u", "total 40", `{"users":[{"id":1}],"total":"40"}`, "users", 1, []string{"id"}, draft.Paging{Total: "total"}},
		{"a map of users", "https://a.example/u", "", `{"users":{"ada":{"mail":"a@x","on":true},"bob":{"mail":"b@x"}},"meta":{"v":{"a":1}}}`, "users.*", 2, []string{"key", "mail"}, draft.Paging{}},
		{"a bare map of users", "https://a.example/u", "", `{"ada":{"on":true},"b b":{"on":true}}`, "*", 2, []string{"key"}, draft.Paging{}},
		{"a list of names", "https://a.example/u", "", `{"names":["ada","bob"],"total":2}`, "names", 2, []string{"name"}, draft.Paging{Total: "total", Check: []string{onePage}}},
		{"a bare list of numbers", "https://a.example/u", "", `[7,8]`, ".", 2, []string{"name"}, draft.Paging{}},
		{"a list of objects before a map and texts", "https://a.example/u", "", `{"m":{"a":{"x":1},"b":{"x":1}},"t":["users"],"l":[{"id":1},{"id":2}]}`, "l", 2, []string{"id"}, draft.Paging{}},
		{"pages in the body", "https://a.example/u", "", `{"users":[{"id":1}],"page":1,"pages":9}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Param: "page", First: 1, Why: "the answer tells of pages at pages; the parameter's name is a guess"}},
		{"pages in the body, below", "https://a.example/u?per_page=1", "", `{"users":[{"id":1}],"meta":{"current_page":1,"last_page":9}}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Param: "page", First: 1, SizeParam: "per_page", Size: 1, Why: "the answer tells of pages at meta.last_page; the parameter's name is a guess"}},
		{"a page and more", "https://a.example/u", "", `{"users":[{"id":1}],"page":1,"has_more":true}`, "users", 1, []string{"id"},
			draft.Paging{Kind: "page", Param: "page", First: 1, While: "has_more", Why: "the answer tells of pages at has_more; the parameter's name is a guess"}},
		{"more alone", "https://a.example/u", "", `{"users":[{"id":1}],"hasMore":false,"after":true}`, "users", 1, []string{"id"},
			draft.Paging{Why: "the answer says at hasMore whether there is more, and not how that is asked for"}},
		{"a key with a dot", "https://a.example/u", "", `{"odd.key":[{"a":1},{"a":2}]}`, `odd\.key`, 2, []string{"a"}, draft.Paging{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := draft.Look(page(t, test.url, test.link, test.body))
			if err != nil {
				t.Fatal(err)
			}
			if d.Rows != test.rows || d.Count != test.count || !reflect.DeepEqual(d.Anchors, test.anchors) {
				t.Errorf("have %d rows at %s, anchors %q; want %d at %s, %q", d.Count, d.Rows, d.Anchors, test.count, test.rows, test.anchors)
			}
			if !reflect.DeepEqual(d.Paging, test.paging) {
				t.Errorf("have paging %+v\nwant %+v", d.Paging, test.paging)
			}
		})
	}
}

const odd = `[{"id":7,"name":"Zoë","enabled":true,"tags":["x"],"profile":{"mail":"a@b","phones":{"home":"1"}},"password_hash":"s3cret-value","on":null,
"state":"active","x: {":1,"x:{":2},{"id":8,"name":"","enabled":false,"tags":[],"profile":{"mail":7},"apiToken":"s3cret-value","userPin":"s3cret","topping":"x","password_changed_at":"x","state":"locked\nout"}]`

func TestFields(t *testing.T) {
	t.Parallel()
	d, err := draft.Look(page(t, "https://a.example/u", "", odd))
	if err != nil {
		t.Fatal(err)
	}
	have := make(map[string]string)
	for _, f := range d.Fields {
		have[f.Name] = f.Type
	}
	want := map[string]string{"id": "integer", "name": "string", "enabled": "boolean", "tags": "list", "profile_mail": "mixed",
		"profile_phones_home": "string", "on": "null", "state": "string", "topping": "string", "password_changed_at": "string", "x": "integer", "x_2": "integer"}
	if !reflect.DeepEqual(have, want) {
		t.Errorf("have %v\nwant %v", have, want)
	}
	if want := []string{"password_hash", "apiToken", "userPin"}; !reflect.DeepEqual(d.Secrets, want) {
		t.Errorf("have secrets %q, want %q", d.Secrets, want)
	}
	if d.Status != "enabled" {
		t.Errorf("have status %q", d.Status)
	}
}

// A parameter that looks like a secret is shown nowhere.
func TestSecretParameters(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]bool{"api_key": true, "apikey": true, "access_token": true, "Key": true, "auth": true, "sig": true, "page": false, "keyword": false, "monkey": false, "author": false} {
		d := draft.Draft{Rows: "."}
		text := d.Recipe("x", "/u", url.Values{name: {"s3cret"}})
		if hidden := !strings.Contains(text, "s3cret") && strings.Contains(text, name+" looks like a secret"); hidden != secret {
			t.Errorf("%s: have\n%s", name, text)
		}
		shown := draft.Shown(&url.URL{Scheme: "https", Host: "a.example", Path: "/u", RawQuery: "n=1&" + name + "=s3cret", User: url.UserPassword("u", "s3cret-too")})
		if want := "https://u:xxxxx@a.example/u?n=1&" + name + "="; !strings.HasPrefix(shown, want) || strings.Contains(shown, "s3cret") == secret || strings.Contains(shown, "s3cret-too") {
			t.Errorf("%s: have %s", name, shown)
		}
	}
}

// The recipe is YAML whatever the names and values are, and shows no secret.
func TestRecipe(t *testing.T) {
	t.Parallel()
	d, err := draft.Look(page(t, "https://a.example/u?page=1&q={x}", "", odd))
	if err != nil {
		t.Fatal(err)
	}
	text := d.Recipe("my-app", "/u", url.Values{"page": {"1"}, "q": {"{x}"}})
	if strings.Contains(text, "s3cret") {
		t.Errorf("the recipe shows a secret:\n%s", text)
	}
	var have struct {
		Recipe     int
		Anchor     string
		Attributes map[string]map[string]any
		Import     struct {
			Request struct {
				Path  string
				Query map[string]string
			}
			Rows   string
			Paging map[string]any
		}
	}
	if err := yaml.Unmarshal([]byte(text), &have); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if have.Recipe != 1 || have.Anchor != "id" || have.Import.Rows != "." || have.Import.Request.Path != "/u" {
		t.Errorf("have %+v", have)
	}
	if want := map[string]string{"q": "{{x}"}; !reflect.DeepEqual(have.Import.Request.Query, want) {
		t.Errorf("have query %v, want %v", have.Import.Request.Query, want)
	}
	if want := map[string]any{"pages": "page", "first": 1}; !reflect.DeepEqual(have.Import.Paging, want) {
		t.Errorf("have paging %v, want %v", have.Import.Paging, want)
	}
	if want := map[string]any{"read": "profile.mail"}; !reflect.DeepEqual(have.Attributes["profile_mail"], want) {
		t.Errorf("have %v, want %v", have.Attributes["profile_mail"], want)
	}
}

// The first page is in the recipe, and what is to be checked.
func TestRecipeFirst(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"page=0":  "  paging: {pages: page, first: 0}    # you asked for page=0\n\n",
		"page=1":  "  paging: {pages: page, first: 1}    # you asked for page=1\n  # Check: first: 1 is",
		"start=0": "  paging: {offset: start, first: 0}    # you asked for start=0\n\n",
		"start=1": "  paging: {offset: start, first: 1}    # you asked for start=1\n  # Check: first: 1 is",
		"x=0":     "  total: count\n  # Check: total is",
	} {
		d, err := draft.Look(page(t, "https://a.example/u?"+query, "", `{"users":[{"id":1}],"count":1}`))
		if err != nil {
			t.Fatal(err)
		}
		if text := d.Recipe("app", "/u", nil); !strings.Contains(text, want) {
			t.Errorf("%s: want %q in\n%s", query, want, text)
		}
	}
}

// TestRecipeOfALaterPage: with a Link or next URL the list begins with its first page,
// whichever was looked at.
func TestRecipeOfALaterPage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, link, body, left string }{
		{"https://a.example/users?page=2&state=all", `<https://a.example/users?page=3>; rel="next"`, `[{"id":1}]`, "page"},
		{"https://a.example/users?offset=50&state=all", "", `{"users":[{"id":1}],"next":"/users?offset=100"}`, "offset"},
		{"https://a.example/users?after=x&state=all", `<https://a.example/users?after=y>; rel="next"`, `[{"id":1}]`, "after"},
		{"https://a.example/users?state=all", `<https://a.example/users?page=2>; rel="next"`, `[{"id":1}]`, ""},
	} {
		p := page(t, test.url, test.link, test.body)
		d, err := draft.Look(p)
		if err != nil {
			t.Fatal(err)
		}
		text := d.Recipe("app", p.URL.Path, p.URL.Query())
		if want := "    query:\n      state: \"all\"\n"; !strings.Contains(text, want) {
			t.Errorf("%s: want %q in\n%s", test.url, want, text)
		}
		if has := strings.Contains(text, "# "+test.left+" is left out: the list begins with its first page"); has != (test.left != "") {
			t.Errorf("%s: says what is left out: %v\n%s", test.url, has, text)
		}
	}
}

// The examples behind the import are of this list and anchor.
func TestRecipeExamples(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/3.1/users":  `# read: {request: "/3.1/users/{anchor}"}`,
		"/users.json": `# read: {request: "/users/{anchor}.json"}`,
		"/{t}/users/": `# read: {request: "/{{t}/users/{anchor}"}`,
	} {
		d, err := draft.Look(page(t, "https://a.example/u", "total 7", `[{"user_id":"a"},{"user_id":"b"}]`))
		if err != nil {
			t.Fatal(err)
		}
		d.Login = "basic"
		text := d.Recipe("app", path, nil)
		for _, want := range []string{want, "capture: {user_id: PATH}", "\n  total: {header: X-Total}\n", "targets:\n  app: {login: [basic]}\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: want %q in\n%s", path, want, text)
			}
		}
	}
}

// The examples are right as they stand, but for the place that only the documentation
// tells: whoever takes them in has a recipe.
func TestRecipeExamplesHold(t *testing.T) {
	t.Parallel()
	for body, read := range map[string]string{
		`[{"user_id":"a"},{"user_id":"b"}]`:                           `read: {request: "/users/{anchor}"}`,
		`{"users":{"ada":{"mail":"a@x"},"bob":{"mail":"b@x"}},"n":2}`: `read: {request: "/users", rows: "users.*", whole: true}`,
	} {
		d, err := draft.Look(page(t, "https://a.example/users", "", body))
		if err != nil {
			t.Fatal(err)
		}
		before, examples, _ := strings.Cut(d.Recipe("app", "/users", nil), "For example:\n#\n")
		text := before + strings.ReplaceAll(strings.ReplaceAll("\n"+examples, "\n# ", "\n"), "PATH", "id")
		if _, err := recipe.Parse("x.yaml", []byte(text)); err != nil || !strings.Contains(text, "\n"+read) {
			t.Errorf("%v; want %s, of\n%s", err, read, text)
		}
	}
}

func TestLookFails(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`[]`:                              "the list is empty",
		`{"error":"no"}`:                  "an object with error",
		`"x"`:                             "the answer is a string",
		`{"errors":["no"]}`:               "an object with errors",
		`{"name":"ada","tags":["a","b"]}`: "an object with name, tags",
		`[true]`:                          "the answer is a list",
		`[{"id":1},`:                      "no JSON",
		`<html>`:                          "no JSON",
		`[{"a":1,"a":2}]`:                 "same key twice",
	} {
		_, err := draft.Look(page(t, "https://a.example/u", "", body))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: have error %v, want %q in it", body, err, want)
		}
		if json := strings.Contains(want, "JSON") || strings.Contains(want, "twice"); err != nil && errors.Is(err, draft.ErrNoRows) == json {
			t.Errorf("%s: have error %v of the wrong kind", body, err)
		}
	}
}

func FuzzLook(f *testing.F) {
	f.Add(odd)
	f.Add(`{"users":[{"id":1}],"next":"/x"}`)
	for _, body := range hold {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		d, err := draft.Look(page(t, "https://a.example/u?page=1", "", body))
		if err != nil {
			return
		}
		text := d.Recipe("x", "/u", nil)
		if _, err := recipe.Parse("x.yaml", []byte(text)); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	})
}

// hold are answers of many kinds, and with members that no attribute can be called.
var hold = []string{
	`[{"id":1,"name ":"a"," b":"c"," ":1,"  d  ":1,"e.f ":1},{"id":2}]`,
	`{"users ":[{"id":1," a":{" b ":"x"}},{"id":2}]}`,
	`{"users":{"ada":{"mail":"a@x"},"bob":{"mail":"b@x"}},"page":1,"pages":9}`,
	`{"users":[{"id":1}],"page":1,"meta":{"has more":1,"has_more":true}}`, `{"users":[{"id":1}],"cursor":"x","hasMore":true}`,
	`{"ada":{"on":true},"bob":{"on":true}}`, `["ada","bob"]`, `{"names":["ada","bob"],"has_more":true}`,
	`[{"id":1,"Mail":"a","mail":"b","MAIL":"c"},{"id":2}]`,
	`{"id":7,"emails":[{"value":"a@x","primary":true}]}`, `{"emails":["a@x","a@x"]}`, `[{"id":true},{"id":false}]`, `[{"ID":1},{"ID":1}]`, `[{"id":[]},{}]`, `[{"id":null,"ID":1}]`,
	`[{"id":1,"detail":{"x":"a"},"None":1,"none":2,"(password)":3,"user":{"password ":1}},{"id":2}]`,
	many(198, "a"), many(199, "a"), many(200, "a"), many(300, "a"), many(300, "A"),
	`[{"id":1,"` + strings.Repeat("a", 512) + `":1},{"id":2}]`, `[{"` + strings.Repeat("a.", 300) + `":1},{"` + strings.Repeat("a.", 300) + `":2}]`,
	`[{"id":1,"` + strings.Repeat("a", 200) + `":1,"` + strings.Repeat("A", 200) + `":1},{"id":2}]`,
	`{"x":[{"id":1}],"` + strings.Repeat("a", 600) + `":{"next":"/x","total":9,"pages":9,"has_more":true}}`,
	`{"x":{"` + strings.Repeat("a", 511) + `":[{"id":1}]}}`,
}

// many is a row with n members besides its anchor, which stands last.
func many(n int, name string) string {
	var b strings.Builder
	b.WriteString("[{")
	for i := range n {
		fmt.Fprintf(&b, `"%s%d":1,`, name, i)
	}
	return b.String() + `"id":1}]`
}

// TestDraftsHold: what is drafted is a recipe, whatever the members are called, and of
// whatever kind the rows are.
func TestDraftsHold(t *testing.T) {
	t.Parallel()
	for i, body := range hold {
		// A size may be none, and one more than recipes know.
		d, err := draft.Look(page(t, "https://a.example/u?limit="+[]string{"100000", "100001", "all", "0"}[i%4], "", body))
		if errors.Is(err, draft.ErrNoRows) && len(body) > 500 {
			continue // no path leads to them
		}
		if err != nil {
			t.Fatal(err)
		}
		text := d.Recipe("x", "/u", nil)
		if _, err := recipe.Parse("x.yaml", []byte(text)); err != nil {
			t.Errorf("%.200s: %v\n%s", body, err, text)
		}
	}
}

// A field whose path is too long is left out, and said to be.
func TestDraftsHoldLong(t *testing.T) {
	t.Parallel()
	for n, left := range map[int]bool{511: false, 512: true, 513: true} {
		d, err := draft.Look(page(t, "https://a.example/u", "", `[{"id":1,"`+strings.Repeat("a", n)+`":1},{"id":2}]`))
		if err != nil {
			t.Fatal(err)
		}
		text := d.Recipe("x", "/u", nil)
		if _, err := recipe.Parse("x.yaml", []byte(text)); err != nil || strings.Contains(text, "is left out: it has a path that is too long") != left {
			t.Errorf("%d: have error %v\n%s", n, err, text)
		}
	}
}

// A recipe has the most attributes that it can have, the anchor among them, and says
// what is left out.
func TestDraftsHoldMuch(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{199: 0, 200: 1, 300: 51} {
		d, err := draft.Look(page(t, "https://a.example/u", "", many(n, "a")))
		if err != nil {
			t.Fatal(err)
		}
		text := d.Recipe("x", "/u", nil)
		r, err := recipe.Parse("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		left := strings.Count(text, "would be more than the 200 attributes") + strings.Count(text, "# So are 51 more.")
		if len(r.Recipe.Attributes) != 200 || r.Recipe.Attributes[199].Name != "id" || left != want {
			t.Errorf("%d: have %d attributes, %d lines on what is left out, want %d:\n%s", n, len(r.Recipe.Attributes), left, want, text)
		}
	}
}
