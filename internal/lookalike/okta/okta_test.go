package okta_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/okta"
)

const token = "00ssws-test"

// ticking is a clock that goes on by a second at every look.
func ticking() func() time.Time {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func server(n int) *okta.Server {
	s := okta.New(okta.Options{Token: token, Now: ticking()})
	s.Add(n)
	return s
}

// id is that of the n-th user.
func id(n int) string { return fmt.Sprintf("00u%013dpMox", n) }

// call sends one request with the token; target is the path behind /api/v1/users.
func call(s http.Handler, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/api/v1/users"+target, strings.NewReader(body))
	r.Header.Set("Authorization", "SSWS "+token)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// logins lists the users of an answer by what stands before the @ of their logins.
func logins(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var users []struct{ Profile struct{ Login string } }
	if err := json.Unmarshal(w.Body.Bytes(), &users); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	var all []string
	for _, u := range users {
		name, _, _ := strings.Cut(u.Profile.Login, "@")
		all = append(all, name)
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

const zoe = `{"firstName":"Zoë","lastName":"Z","email":"zoe@example.com","login":"zoe@example.com","department":"IT"}`

func TestLifeOfAUser(t *testing.T) {
	t.Parallel()
	s := server(0)
	path := "/" + id(1)
	run(t, s, []step{
		{"POST", "?activate=false", `{"profile":` + zoe + `}`, 200, `"status":"STAGED"`},
		{"GET", path, "", 200, `"activated":null`},
		{"GET", "/zoe%40example.com", "", 200, `"credentials":{"provider":{"name":"OKTA","type":"OKTA"}}`},
		{"GET", "/zoe", "", 200, `"_links":{"self":{"href":"http://example.com/api/v1/users` + path + `"}}`},
		{"POST", path + "/lifecycle/activate?sendEmail=false", "", 200, `"activationToken":"token-`},
		{"GET", path, "", 200, `"status":"PROVISIONED"`},
		{"POST", path + "/lifecycle/activate", "", 403, `"errorCode":"E0000016"`},
		{"POST", path + "/lifecycle/suspend", "", 400, `"errorCauses":[{"errorSummary":"Cannot suspend a user that is not active"}]`},
		{"POST", path, `{"credentials":{"password":{"value":"Long-enough-1"}}}`, 403, `"errorCode":"E0000038"`},
		{"POST", path, `{"profile":{"mobilePhone":"1"}}`, 200, `"department":"IT"`},
		{"PUT", path, `{"profile":` + strings.Replace(zoe, `,"department":"IT"`, "", 1) + `}`, 200, `"mobilePhone":null`},
		{"POST", path + "/lifecycle/deactivate", "", 200, "={}"},
		{"POST", path + "/lifecycle/deactivate", "", 404, `"errorCode":"E0000007"`},
		{"POST", path, `{"profile":{"mobilePhone":"1"}}`, 403, `"errorCode":"E0000038"`},
		{"GET", path, "", 200, `"status":"DEPROVISIONED"`},
		{"GET", "", "", 200, "=[]"},
		{"POST", path + "/lifecycle/activate?sendEmail=true", "", 200, "={}"},
		{"DELETE", path, "", 204, "="},
		{"GET", path, "", 200, `"status":"DEPROVISIONED"`},
		{"POST", "", `{"profile":` + zoe + `}`, 400, `"errorCauses":[{"errorSummary":"login: An object with this field already exists in the current organization"}]`},
		{"DELETE", path, "", 204, "="},
		{"DELETE", path, "", 404, `"errorSummary":"Not found: Resource not found: ` + id(1) + ` (User)"`},
		{"POST", "", `{"profile":` + zoe + `,"credentials":{"password":{"value":"Long-enough-1"}}}`, 200, `"status":"ACTIVE"`},
		{"GET", "/" + id(2), "", 200, `"credentials":{"password":{},`},
		{"POST", "/" + id(2) + "/lifecycle/suspend", "", 200, "={}"},
		{"POST", "/" + id(2) + "/lifecycle/unsuspend", "", 200, "={}"},
		{"POST", "/" + id(2) + "/lifecycle/unsuspend", "", 400, "Cannot unsuspend a user that is not suspended"},
		{"POST", "/" + id(2), `{"credentials":{"password":{"value":"Another-1"}}}`, 200, `"status":"ACTIVE"`},
	})
	users := s.Users()
	if len(users) != 1 || s.Password(id(2)) != "Another-1" || users[0].Profile["department"] != "IT" {
		t.Errorf("have %+v, password %q", users, s.Password(id(2)))
	}
}

func TestDeactivationTakesThePassword(t *testing.T) {
	t.Parallel()
	s := server(1)
	path := "/" + id(1)
	if s.Password(id(1)) != "Start-1234" {
		t.Fatalf("have password %q", s.Password(id(1)))
	}
	run(t, s, []step{
		{"DELETE", path, "", 204, "="},
		{"GET", path, "", 200, `"credentials":{"provider":`},
		{"POST", path + "/lifecycle/activate?sendEmail=false", "", 200, `"activationUrl"`},
		{"GET", path, "", 200, `"status":"PROVISIONED"`},
	})
	if s.Password(id(1)) != "" {
		t.Errorf("have password %q", s.Password(id(1)))
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	create := func(change ...string) string {
		return `{"profile":` + strings.NewReplacer(change...).Replace(zoe) + `}`
	}
	for name, test := range map[string]step{
		"no JSON":              {"POST", "", `{`, 400, `"errorCode":"E0000003"`},
		"nothing":              {"POST", "", `{}`, 400, `"errorSummary":"Api validation failed: firstName"`},
		"a login that is none": {"POST", "", create(`"login":"zoe@example.com"`, `"login":"zoe"`), 400, "login: Username must be in the form of an email address"},
		"an address that is none": {"POST", "", create(`"email":"zoe@example.com"`, `"email":"zoe"`), 400,
			"email: Does not match required pattern"},
		"a login taken":           {"POST", "", create("zoe@", "USER1@"), 400, "login: An object with this field already exists in the current organization"},
		"another's login":         {"POST", "/" + id(2), `{"profile":{"login":"user1@example.com"}}`, 400, "login: An object with this field"},
		"his own login":           {"POST", "/" + id(2), `{"profile":{"login":"user2@example.com"}}`, 200, ""},
		"a weak password":         {"POST", "/" + id(2), `{"credentials":{"password":{"value":"Short-1"}}}`, 400, "password: Password requirements were not met"},
		"a password with a name":  {"POST", "/" + id(2), `{"credentials":{"password":{"value":"User2-and-1"}}}`, 400, "Password requirements"},
		"a password of 8":         {"POST", "/" + id(2), `{"credentials":{"password":{"value":"Eight-88"}}}`, 200, ""},
		"a profile not whole":     {"PUT", "/" + id(2), `{"profile":{"firstName":"x"}}`, 400, "lastName: The field cannot be left blank"},
		"a null that is required": {"POST", "/" + id(2), `{"profile":{"lastName":null}}`, 400, "lastName: The field cannot be left blank"},
		"nobody":                  {"GET", "/nobody", "", 404, `"errorCode":"E0000007"`},
		"not his alone":           {"GET", "/user", "", 404, `"errorCode":"E0000007"`},
		"no such action":          {"POST", "/" + id(2) + "/lifecycle/jump", "", 404, `"errorCode":"E0000008"`},
		"no such method":          {"PATCH", "/" + id(2), "", 404, `"errorCode":"E0000022"`},
		"a filter that is none":   {"GET", "?filter=status+is+it", "", 400, `"errorCode":"E0000031"`},
		"filter and search":       {"GET", "?filter=status+eq+%22ACTIVE%22&search=status+pr", "", 400, `"errorCode":"E0000033"`},
		"limit 0":                 {"GET", "?limit=0", "", 400, `"errorCode":"E0000001"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, server(2), []step{test})
		})
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{"none": "", "wrong": "SSWS no", "bearer": "Bearer " + token, "empty": "SSWS "} {
		for _, s := range []http.Handler{server(1), okta.New(okta.Options{})} {
			r := httptest.NewRequest("GET", "/api/v1/users", nil)
			r.Header.Set("Authorization", header)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != 401 || !strings.Contains(w.Body.String(), `{"errorCauses":[],"errorCode":"E0000011","errorId":"oae00000000000000001","errorLink":"E0000011","errorSummary":"Invalid token provided"}`) {
				t.Errorf("%s: have %d %s", name, w.Code, w.Body)
			}
		}
	}
}

var next = regexp.MustCompile(`^<http://example\.com/api/v1/users([^>]*)>; rel="next"$`)

func TestPages(t *testing.T) {
	t.Parallel()
	s := server(5)
	run(t, s, []step{{"DELETE", "/" + id(2), "", 204, ""}})
	for name, test := range map[string]struct {
		query string
		want  []string
	}{
		"all":                {"", []string{"user1 user3 user4 user5"}},
		"by two":             {"?limit=2", []string{"user1 user3", "user4 user5"}},
		"filtered":           {"?limit=1&filter=" + url.QueryEscape(`status eq "DEPROVISIONED" or id eq "`+id(5)+`"`), []string{"user2", "user5"}},
		"found, and no more": {"?limit=2&q=USER", []string{"user1 user3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := test.query
			for i, want := range test.want {
				w := call(s, "GET", target, "")
				links := w.Header().Values("Link")
				last := i == len(test.want)-1
				if have := logins(t, w); have != want || !strings.HasSuffix(links[0], `>; rel="self"`) || (len(links) == 1) != last {
					t.Fatalf("page %d: have %q, want %q, links %q", i, have, want, links)
				}
				if !last {
					target = next.FindStringSubmatch(links[1])[1]
				}
			}
		})
	}
}

func TestLargestPage(t *testing.T) {
	t.Parallel()
	s := server(201)
	for target, want := range map[string]int{"": 200, "?limit=200": 200, "?limit=500": 200, "?limit=199": 199, "?q=user": 10} {
		if have := len(strings.Fields(logins(t, call(s, "GET", target, "")))); have != want {
			t.Errorf("%q: have %d users, want %d", target, have, want)
		}
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s := server(3)
	since := s.Users()[2].LastUpdated
	run(t, s, []step{
		{"POST", "/" + id(1), `{"profile":{"department":"IT"}}`, 200, ""},
		{"DELETE", "/" + id(2), "", 204, ""},
	})
	for name, test := range map[string]struct{ kind, expression, want string }{
		"changed since":               {"filter", `lastUpdated gt "` + since + `"`, "user1 user2"},
		"changed since, and then":     {"search", `lastUpdated ge "` + since + `"`, "user1 user2 user3"},
		"both":                        {"filter", `lastUpdated gt "` + since + `" and status eq "ACTIVE"`, "user1"},
		"and binds closer":            {"filter", `status eq "ACTIVE" or status eq "DEPROVISIONED" and id eq "x"`, "user1 user3"},
		"brackets":                    {"filter", `(status eq "ACTIVE" or status eq "DEPROVISIONED") and profile.lastName eq "2"`, "user2"},
		"filter heeds case":           {"filter", `profile.login eq "USER1@example.com"`, ""},
		"search does not":             {"search", `profile.login EQ "USER1@example.com"`, "user1"},
		"begins":                      {"search", `profile.department sw "i"`, "user1"},
		"there":                       {"search", `profile.department pr`, "user1"},
		"less or more":                {"search", `(status lt "active" or status gt "active")`, "user2"},
		"a quoted sign":               {"search", `profile.lastName eq "a\"b"`, ""},
		"filter knows few properties": {"filter", `profile.department eq "IT"`, "400"},
		"filter knows eq":             {"filter", `profile.login sw "user"`, "400"},
		"no ne":                       {"search", `status ne "ACTIVE"`, "400"},
		"no end":                      {"search", `(status eq "ACTIVE"`, "400"},
		"more than the end":           {"search", `status eq "ACTIVE")`, "400"},
		"no value":                    {"search", `status eq`, "400"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := call(s, "GET", "?"+test.kind+"="+url.QueryEscape(test.expression), "")
			if test.want == "400" && w.Code == 400 {
				return
			}
			if have := logins(t, w); have != test.want {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_767_323_045, 0)
	s := okta.New(okta.Options{Token: token, Now: func() time.Time { return now }, RateLimit: 2})
	for i, want := range []struct {
		status    int
		remaining string
	}{{200, "1"}, {200, "0"}, {429, "0"}} {
		w := call(s, "GET", "", "")
		h := w.Header()
		if w.Code != want.status || h.Get("X-Rate-Limit-Limit") != "2" || h.Get("X-Rate-Limit-Remaining") != want.remaining || h.Get("X-Rate-Limit-Reset") != "1767323100" || h.Get("Retry-After") != "" {
			t.Errorf("request %d: have %d %v", i, w.Code, h)
		}
	}
	now = time.Unix(1_767_323_100, 0)
	if w := call(s, "GET", "", ""); w.Code != 200 {
		t.Errorf("in the next minute: have %d", w.Code)
	}
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	s := server(0)
	s.Inject(lookalike.Fault{Do: okta.Throttled(time.Unix(7, 0))})
	w := call(s, "GET", "", "")
	if w.Code != 429 || w.Header().Get("X-Rate-Limit-Reset") != "7" || !strings.Contains(w.Body.String(), `"errorCode":"E0000047"`) {
		t.Errorf("have %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := call(s, "GET", "", ""); w.Code != 200 || w.Header().Get("X-Rate-Limit-Limit") != "600" || s.Count(nil) != 2 {
		t.Errorf("have %d %v", w.Code, w.Header())
	}
}
