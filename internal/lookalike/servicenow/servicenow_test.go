package servicenow_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/servicenow"
)

// ticking is a clock that goes on by a second at every look.
func ticking() func() time.Time {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func options() servicenow.Options {
	return servicenow.Options{Username: "admin", Password: "s3cret", ClientID: "app", ClientSecret: "app's own", Now: ticking(), Zone: time.FixedZone("", 3600)}
}

func server(n int) *servicenow.Server {
	s := servicenow.New(options())
	s.Add(n)
	return s
}

// call sends one request; target is the path behind /api/now/table.
func call(s http.Handler, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/api/now/table"+target, strings.NewReader(body))
	r.SetBasicAuth("admin", "s3cret")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// field lists one field of an answer's rows.
func field(t *testing.T, w *httptest.ResponseRecorder, name string) string {
	t.Helper()
	var answer struct{ Result []map[string]any }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	var all []string
	for _, row := range answer.Result {
		value, _ := row[name].(string)
		all = append(all, value)
	}
	return strings.Join(all, " ")
}

type step struct {
	method, target, body string
	status               int
	want                 string // part of the body; "=" before it: all of it
}

func run(t *testing.T, s http.Handler, steps []step) {
	t.Helper()
	for _, step := range steps {
		w := call(s, step.method, step.target, step.body)
		want, whole := strings.CutPrefix(step.want, "=")
		if w.Code != step.status || !strings.Contains(w.Body.String(), want) || whole && w.Body.String() != want {
			t.Fatalf("%s %s %s: have %d %s, want %d %s", step.method, step.target, step.body, w.Code, w.Body, step.status, step.want)
		}
	}
}

const missing = `={"error":{"detail":"Record doesn't exist or ACL restricts the record retrieval","message":"No Record found"},"status":"failure"}`

func TestLifeOfAUser(t *testing.T) {
	t.Parallel()
	s := server(0)
	w := call(s, "POST", "/sys_user", `{"user_name":"zoe","first_name":"Zoë","last_name":"Z","active":true,"shoe":"42","sys_id":"x"}`)
	id := s.Users()[0]["sys_id"]
	if w.Code != 201 || w.Header().Get("Location") != "http://example.com/api/now/table/sys_user/"+id || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
		t.Fatalf("have %d %s, Location %s", w.Code, w.Body, w.Header().Get("Location"))
	}
	path := "/sys_user/" + id
	run(t, s, []step{
		{"GET", path + "?sysparm_fields=user_name,name,active,manager,shoe", "", 200, `={"result":{"active":"true","manager":"","name":"Zoë Z","user_name":"zoe"}}`},
		{"PATCH", path, `{"last_name":"Y"}`, 200, `"sys_mod_count":"1"`},
		{"PATCH", path, `{"last_name":"Y"}`, 200, `"sys_mod_count":"1"`},
		{"PUT", path, `{"active":"false"}`, 200, `"name":"Zoë Y"`},
		{"GET", path + "?sysparm_fields=active,user_name,sys_mod_count", "", 200, `={"result":{"active":"false","sys_mod_count":"2","user_name":"zoe"}}`},
		{"PATCH", path, `{"title":null,"active":true}`, 200, `"title":""`},
		{"PATCH", path + "?sysparm_fields=sys_id", `{"user_password":"Plain-1"}`, 200, `={"result":{"sys_id":"` + id + `"}}`},
	})
	if s.Password(id) != "" || s.Users()[0]["user_password"] != "Plain-1" {
		t.Errorf("a password written as it stands: have %q, stored %q", s.Password(id), s.Users()[0]["user_password"])
	}
	run(t, s, []step{{"PATCH", path + "?sysparm_input_display_value=true", `{"user_password":"Good-1"}`, 200, `"user_password":"{hash}`}})
	if s.Password(id) != "Good-1" {
		t.Errorf("a password to be hashed: have %q", s.Password(id))
	}
	run(t, s, []step{
		{"DELETE", path, "", 204, "="},
		{"DELETE", path, "", 404, missing},
		{"GET", path, "", 404, missing},
		{"PATCH", path, `{}`, 404, missing},
		{"GET", "/sys_user", "", 200, `={"result":[]}`},
		{"GET", "/sys_audit_delete?sysparm_fields=tablename,documentkey", "", 200, `={"result":[{"documentkey":"` + id + `","tablename":"sys_user"}]}`},
		{"POST", "/sys_user", `{"user_name":"zoe"}`, 201, ""},
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := server(2)
	first := "/sys_user/" + s.Users()[0]["sys_id"]
	run(t, s, []step{
		{"POST", "/sys_user", `{`, 400, `={"error":{"detail":"The payload is not valid JSON.","message":"Exception while reading request"},"status":"failure"}`},
		{"POST", "/sys_user", `{"user_name":"USER1"}`, 403, `={"error":{"detail":"Error during insert of sys_user (USER1)","message":"Operation Failed"},"status":"failure"}`},
		{"PATCH", first, `{"user_name":"user2"}`, 403, "Error during update of sys_user (user2)"},
		{"PATCH", first, `{"user_name":"User1"}`, 200, `"user_name":"User1"`},
		{"GET", "/nosuch", "", 400, `={"error":{"detail":null,"message":"Invalid table nosuch"},"status":"failure"}`},
		{"POST", first, `{}`, 400, "Requested URI does not represent any resource"},
	})
	for version, want := range map[string]int{"/v1": 404, "/v2": 200, "": 200} {
		r := httptest.NewRequest("GET", "/api/now"+version+"/table/sys_user?sysparm_query=user_name=nobody", nil)
		r.SetBasicAuth("admin", "s3cret")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("no rows, version %q: have %d, want %d", version, w.Code, want)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	s := server(2)
	users, departments := s.Users(), s.Records("cmn_department")
	chief, path, sales := users[0]["sys_id"], "/sys_user/"+users[1]["sys_id"], departments[1]["sys_id"]
	link := "http://example.com/api/now/table/"
	run(t, s, []step{
		{"PATCH", path, `{"manager":"` + chief + `","department":"` + sales + `"}`, 200, `"manager":{"link":"` + link + `sys_user/` + chief + `","value":"` + chief + `"}`},
		{"GET", path + "?sysparm_fields=department&sysparm_exclude_reference_link=true", "", 200, `={"result":{"department":"` + sales + `"}}`},
		{"GET", path + "?sysparm_fields=department&sysparm_display_value=true", "", 200, `={"result":{"department":{"display_value":"Sales","link":"` + link + `cmn_department/` + sales + `"}}}`},
		{"GET", path + "?sysparm_fields=department&sysparm_display_value=true&sysparm_exclude_reference_link=true", "", 200, `={"result":{"department":"Sales"}}`},
		{"GET", path + "?sysparm_fields=department,active&sysparm_display_value=all&sysparm_exclude_reference_link=true", "", 200,
			`={"result":{"active":{"display_value":"true","value":"true"},"department":{"display_value":"Sales","value":"` + sales + `"}}}`},
		{"GET", path + "?sysparm_fields=manager.user_name,manager.manager.user_name,department.shoe", "", 200, `={"result":{"manager.manager.user_name":"","manager.user_name":"user1"}}`},
		{"PATCH", path + "?sysparm_input_display_value=true&sysparm_fields=department.name", `{"department":"IT"}`, 200, `={"result":{"department.name":"IT"}}`},
		{"PATCH", path + "?sysparm_input_display_value=true&sysparm_fields=department", `{"department":"nowhere"}`, 200, `={"result":{"department":""}}`},
		{"PATCH", path + "?sysparm_input_display_value=true&sysparm_fields=last_login_time", `{"last_login_time":"2026-01-02 03:04:05"}`, 200, `={"result":{"last_login_time":"2026-01-02 02:04:05"}}`},
		{"GET", path + "?sysparm_fields=last_login_time&sysparm_display_value=true", "", 200, `={"result":{"last_login_time":"2026-01-02 03:04:05"}}`},
	})
}

func TestQueries(t *testing.T) {
	t.Parallel()
	s := server(4)
	users := s.Users()
	run(t, s, []step{{"PATCH", "/sys_user/" + users[1]["sys_id"], `{"active":"false","title":"Chief"}`, 200, ""}})
	for query, want := range map[string]string{
		"":                             "user1 user2 user3 user4",
		"active=true":                  "user1 user3 user4",
		"active=true^user_name!=user3": "user1 user4",
		"user_name=user1^ORuser_name=USER3^active=true": "user1 user3",
		"active=true^ORDERBYDESCuser_name":              "user4 user3 user1",
		"ORDERBYactive^ORDERBYDESCuser_name":            "user2 user4 user3 user1",
		"titleISEMPTY^user_nameINuser2,user3":           "user3",
		"titleISNOTEMPTY":                               "user2",
		"titleSTARTSWITHch":                             "user2",
		"emailLIKE3@":                                   "user3",
		"department.name=Sales":                         "user1 user3",
		"sys_updated_on>=" + users[3]["sys_updated_on"]: "user2 user4",
		"sys_updated_on>" + users[3]["sys_updated_on"]:  "user2",
		"sys_created_on<" + users[1]["sys_created_on"]:  "user1",
		"sys_created_on<=" + users[1]["sys_created_on"]: "user1 user2",
		"user_nam=user1":                                "user1 user2 user3 user4", // a field that is none is passed over
		"nonsense^active=false":                         "user2",
	} {
		if have := field(t, call(s, "GET", "/sys_user?sysparm_query="+url.QueryEscape(query), ""), "user_name"); have != want {
			t.Errorf("%s: have %q, want %q", query, have, want)
		}
	}
}

var next = regexp.MustCompile(`<http://example\.com/api/now/table([^>]*)>;rel="next"`)

func TestPages(t *testing.T) {
	t.Parallel()
	s := server(5)
	target := "/sys_user?sysparm_limit=2&sysparm_fields=user_name&sysparm_query=ORDERBYuser_name"
	for i, want := range []struct{ users, relations string }{
		{"user1 user2", "first next last"}, {"user3 user4", "first prev next last"}, {"user5", "first prev last"},
	} {
		w := call(s, "GET", target, "")
		var relations []string
		for _, found := range regexp.MustCompile(`rel="(\w+)"`).FindAllStringSubmatch(w.Header().Get("Link"), -1) {
			relations = append(relations, found[1])
		}
		if have := field(t, w, "user_name"); have != want.users || strings.Join(relations, " ") != want.relations || w.Header().Get("X-Total-Count") != "5" {
			t.Fatalf("page %d: have %q, relations %q, headers %v", i, have, relations, w.Header())
		}
		if link := next.FindStringSubmatch(w.Header().Get("Link")); link != nil {
			target = link[1]
		}
	}
	for name, test := range map[string]struct{ query, users, total, link string }{
		"one page has no link": {"?sysparm_limit=5", "user1 user2 user3 user4 user5", "5", ""},
		"behind the end":       {"?sysparm_limit=5&sysparm_offset=5", "", "5", ""},
		"not counted":          {"?sysparm_limit=9&sysparm_no_count=true", "user1 user2 user3 user4 user5", "", ""},
		"no links":             {"?sysparm_limit=1&sysparm_suppress_pagination_header=true", "user1", "5", ""},
		"a limit that is none": {"?sysparm_limit=many", "user1 user2 user3 user4 user5", "5", ""},
	} {
		w := call(s, "GET", "/sys_user"+test.query, "")
		if have := field(t, w, "user_name"); have != test.users || w.Header().Get("X-Total-Count") != test.total || w.Header().Get("Link") != test.link {
			t.Errorf("%s: have %q, headers %v", name, have, w.Header())
		}
	}
}

func TestLargestPage(t *testing.T) {
	t.Parallel()
	s := server(10_001)
	for query, want := range map[string]int{"": 10_000, "&sysparm_limit=10000": 10_000, "&sysparm_limit=20000": 10_000, "&sysparm_limit=9999": 9_999} {
		if have := len(strings.Fields(field(t, call(s, "GET", "/sys_user?sysparm_fields=user_name"+query, ""), "user_name"))); have != want {
			t.Errorf("%q: have %d rows, want %d", query, have, want)
		}
	}
}

func TestRestless(t *testing.T) {
	t.Parallel()
	o := options()
	o.Restless = true
	s := servicenow.New(o)
	s.Add(3)
	for _, want := range []string{"user2 user3 user1", "user3 user1 user2", "user1 user2 user3"} {
		if have := field(t, call(s, "GET", "/sys_user", ""), "user_name"); have != want {
			t.Errorf("without an order: have %q, want %q", have, want)
		}
		if have := field(t, call(s, "GET", "/sys_user?sysparm_query=ORDERBYuser_name", ""), "user_name"); have != "user1 user2 user3" {
			t.Errorf("with an order: have %q", have)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	s := server(3)
	s.Inject(lookalike.Fault{Do: servicenow.Cancelled(2)})
	w := call(s, "GET", "/sys_user", "")
	var answer struct {
		Result []any
		Error  struct{ Message string }
		Status string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 || len(answer.Result) != 2 || answer.Status != "failure" ||
		answer.Error.Message != "Transaction cancelled: maximum execution time exceeded" || w.Header().Get("X-Total-Count") != "3" {
		t.Errorf("have %d %s: %v", w.Code, w.Body, err)
	}
	s.Inject(lookalike.Fault{Do: servicenow.CancelledAt(30)})
	w = call(s, "GET", "/sys_user", "")
	if body := w.Body.String(); w.Code != 200 || json.Valid(w.Body.Bytes()) || !strings.HasPrefix(body, `{"result":[{"`) || strings.Index(body, `"error":{"message":"Transaction cancelled`) != 30 {
		t.Errorf("have %d %s", w.Code, body)
	}
	run(t, s, []step{{"GET", "/sys_user", "", 200, `"user3"`}})
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	s := server(0)
	s.Inject(lookalike.Fault{Do: servicenow.Throttled(time.Unix(10, 0), 1500*time.Millisecond)})
	w := call(s, "GET", "/sys_user", "")
	if w.Code != 429 || w.Header().Get("Retry-After") != "2" || w.Header().Get("X-RateLimit-Reset") != "11" || !strings.Contains(w.Body.String(), `"Rate limit exceeded"`) {
		t.Errorf("have %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for name, login := range map[string][2]string{"wrong password": {"admin", "x"}, "wrong name": {"x", "s3cret"}, "nothing": {"", ""}} {
		for _, s := range []http.Handler{server(0), servicenow.New(servicenow.Options{})} {
			r := httptest.NewRequest("GET", "/api/now/table/sys_user", nil)
			r.SetBasicAuth(login[0], login[1])
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != 401 || w.Body.String() != `{"error":{"detail":"Required to provide Auth information","message":"User Not Authenticated"},"status":"failure"}` || w.Header().Get("WWW-Authenticate") != `Basic realm="Service-now"` {
				t.Errorf("%s: have %d %s", name, w.Code, w.Body)
			}
		}
	}
	if w := call(server(0), "GET", "/sys_user", ""); !strings.HasPrefix(w.Header().Get("Set-Cookie"), "JSESSIONID=") {
		t.Errorf("have headers %v", w.Header())
	}
}

func TestOAuth(t *testing.T) {
	t.Parallel()
	s := server(0)
	grant := func(pairs ...string) (int, map[string]any) {
		form := url.Values{"client_id": {"app"}, "client_secret": {"app's own"}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		r := httptest.NewRequest("POST", "/oauth_token.do", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return w.Code, answer
	}
	bearer := func(answer map[string]any, token string) int {
		r := httptest.NewRequest("GET", "/api/now/table/sys_user", nil)
		r.Header.Set("Authorization", "Bearer "+answer[token].(string))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	login := []string{"grant_type", "password", "username", "admin", "password", "s3cret"}
	for name, pairs := range map[string][]string{
		"wrong password":    {"grant_type", "password", "username", "admin", "password", "x"},
		"wrong client":      append([]string{"client_id", "x"}, login...),
		"no refresh token":  {"grant_type", "refresh_token"},
		"another grant":     {"grant_type", "client_credentials"},
		"wrong client, too": append([]string{"client_secret", "x"}, login...),
	} {
		if status, answer := grant(pairs...); status != 401 || answer["error"] != "server_error" || answer["error_description"] != "access_denied" {
			t.Errorf("%s: have %d %v", name, status, answer)
		}
	}
	_, first := grant(login...)
	_, again := grant(login...)
	if bearer(first, "access_token") != 200 || again["access_token"] != first["access_token"] || bearer(first, "refresh_token") != 401 {
		t.Errorf("have %v and %v", first, again)
	}
	_, renewed := grant("grant_type", "refresh_token", "refresh_token", first["refresh_token"].(string))
	if bearer(renewed, "access_token") != 200 || bearer(first, "access_token") != 401 || renewed["refresh_token"] != first["refresh_token"] {
		t.Errorf("have %v after %v", renewed, first)
	}
	s.Expire()
	if bearer(renewed, "access_token") != 401 {
		t.Error("an expired token is taken")
	}
	if status, _ := grant("grant_type", "refresh_token", "refresh_token", first["refresh_token"].(string)); status != 401 {
		t.Errorf("an expired refresh token: have %d", status)
	}
}
