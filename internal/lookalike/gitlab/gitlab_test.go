package gitlab_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/gitlab"
)

const token = "glpat-test"

func clock() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func server(n int) *gitlab.Server {
	s := gitlab.New(gitlab.Options{Token: token, Password: "root's own", Now: clock})
	s.Add(n)
	return s
}

// call sends one request with the token; target is the path behind /api/v4.
func call(s http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/api/v4"+target, strings.NewReader(body))
	r.Header.Set("Private-Token", token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// names lists the users of an answer by username.
func names(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var users []struct{ Username string }
	if err := json.Unmarshal(w.Body.Bytes(), &users); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	var all []string
	for _, u := range users {
		all = append(all, u.Username)
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
		whole, is := strings.CutPrefix(step.want, "=")
		if w.Code != step.status || !strings.Contains(w.Body.String(), whole) || is && w.Body.String() != whole {
			t.Fatalf("%s %s %s: have %d %s, want %d %s", step.method, step.target, step.body, w.Code, w.Body, step.status, step.want)
		}
	}
}

func TestLifeOfAUser(t *testing.T) {
	t.Parallel()
	s := server(0)
	run(t, s, []step{
		{"POST", "/users", `{"email":"zoe@example.com","username":"zoe","name":"Zoë","password":"a good one","admin":true}`, 201, `"is_admin":true`},
		{"GET", "/users/2", "", 200, `"confirmed_at":null`},
		{"PUT", "/users/2", `{"name":"Zoe","state":"blocked","admin":false,"projects_limit":3,"note":"x"}`, 200, `"name":"Zoe","state":"active"`},
		{"GET", "/users/2", "", 200, `"is_admin":false,"note":"x"`},
		{"POST", "/users/2/block", "", 201, "=true"},
		{"POST", "/users/2/block", "", 201, "=null"},
		{"GET", "/users/2", "", 200, `"state":"blocked"`},
		{"POST", "/users/2/activate", "", 403, `{"message":"Error occurred. A blocked user must be unblocked to be activated"}`},
		{"POST", "/users/2/deactivate", "", 403, "A blocked user cannot be deactivated"},
		{"POST", "/users/2/unblock", "", 201, "=true"},
		{"POST", "/users/2/unblock", "", 201, "=false"},
		{"POST", "/users/2/deactivate", "", 201, "=true"},
		{"POST", "/users/2/deactivate", "", 201, "=null"},
		{"POST", "/users/2/unblock", "", 403, "Deactivated users cannot be unblocked by the API"},
		{"POST", "/users/2/activate", "", 201, "=true"},
		{"POST", "/users/2/activate", "", 201, "=true"},
		{"POST", "/users/2/ban", "", 201, "=true"},
		{"POST", "/users/2/ban", "", 403, "You cannot ban banned users."},
		{"POST", "/users/2/unban", "", 201, "=true"},
		{"POST", "/users/2/unban", "", 403, "You cannot unban active users."},
		{"PUT", "/users/2", `{"password":"another good one"}`, 200, `"state":"active"`},
	})
	if have := s.Password(2); have != "another good one" {
		t.Errorf("have password %q", have)
	}
	s.Visit(2)
	run(t, s, []step{
		{"POST", "/users/2/deactivate", "", 403, "active in the past 90 days"},
		{"DELETE", "/users/2", "", 204, "="},
		{"GET", "/users/2", "", 404, `={"message":"404 User Not Found"}`},
		{"POST", "/users", `{"email":"ZOE@example.com","username":"ZOE","name":"Z","force_random_password":true}`, 201, `"id":3`},
	})
	if have := s.Users(); len(have) != 2 || have[1].Username != "ZOE" || s.Password(3) != "" {
		t.Errorf("have %+v", have)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]step{
		"nothing given":           {"POST", "/users", `{}`, 400, `={"error":"password, reset_password, force_random_password are missing, at least one parameter must be provided, email is missing, name is missing, username is missing"}`},
		"no JSON":                 {"POST", "/users", `{`, 400, "email is missing"},
		"address taken":           {"POST", "/users", `{"email":"User1@example.com","username":"new","name":"n","reset_password":true}`, 409, `={"message":"Email has already been taken"}`},
		"username taken":          {"POST", "/users", `{"email":"new@example.com","username":"USER1","name":"n","reset_password":true}`, 409, `={"message":"Username has already been taken"}`},
		"no address":              {"POST", "/users", `{"email":"new","username":"new","name":"n","reset_password":true}`, 400, `={"message":{"email":["is invalid"]}}`},
		"a username with a blank": {"POST", "/users", `{"email":"n@example.com","username":"n n","name":"n","reset_password":true}`, 400, `{"message":{"username":["can contain only`},
		"a password of 7":         {"POST", "/users", `{"email":"n@example.com","username":"n","name":"n","password":"seven77"}`, 400, `={"message":{"password":["is too short (minimum is 8 characters)"]}}`},
		"a password of 8":         {"POST", "/users", `{"email":"n@example.com","username":"n","name":"n","password":"eight888"}`, 201, ""},
		"a blank name":            {"PUT", "/users/2", `{"name":""}`, 400, `={"message":{"name":["can't be blank"]}}`},
		"another's address":       {"PUT", "/users/2", `{"email":"user2@example.com"}`, 409, "Email has already been taken"},
		"his own address":         {"PUT", "/users/2", `{"email":"user1@example.com"}`, 200, ""},
		"nobody":                  {"PUT", "/users/9", `{"name":"x"}`, 404, "404 User Not Found"},
		"no number":               {"GET", "/users/zoe", "", 404, `={"error":"404 Not Found"}`},
		"no such action":          {"POST", "/users/2/approve", "", 404, "404 Not Found"},
		"no such path":            {"GET", "/groups", "", 404, "404 Not Found"},
		"himself":                 {"POST", "/users/1/block", "", 403, "The API initiating user cannot be blocked by the API"},
		"page 0":                  {"GET", "/users?page=0", "", 400, "page is invalid"},
		"another order":           {"GET", "/users?order_by=email", "", 400, "order_by does not have a valid value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, server(2), []step{test})
		})
	}
}

func TestNewAddress(t *testing.T) {
	t.Parallel()
	s := server(1)
	run(t, s, []step{{"PUT", "/users/2", `{"email":"new@example.com"}`, 200, `"email":"user1@example.com"`}})
	if have := s.Users()[1]; have.UnconfirmedEmail != "new@example.com" {
		t.Errorf("have %+v", have)
	}
	run(t, s, []step{
		{"PUT", "/users/2", `{"email":"new@example.com","skip_reconfirmation":true}`, 200, `"email":"new@example.com"`},
		{"POST", "/users", `{"email":"user1@example.com","username":"other","name":"n","reset_password":true,"skip_confirmation":true}`, 201, `"confirmed_at":"2026-01-02T03:04:05.000Z"`},
	})
}

func TestFormBody(t *testing.T) {
	t.Parallel()
	s := server(0)
	w := call(s, "POST", "/users", "email=a%40example.com&username=a&name=A&password=longenough&admin=true", "Content-Type", "application/x-www-form-urlencoded")
	if w.Code != 201 || s.Password(2) != "longenough" || !s.Users()[1].IsAdmin {
		t.Errorf("have %d %s", w.Code, w.Body)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := server(4)
	for name, test := range map[string]struct {
		query, want, next, total string
		link                     string
	}{
		"all, the newest first": {"", "user4 user3 user2 user1 root", "", "5", ""},
		"the first two":         {"?per_page=2", "user4 user3", "2", "5", "<http://example.com/api/v4/users?page=2&per_page=2>; rel=\"next\""},
		"the last":              {"?per_page=2&page=3", "root", "", "5", "<http://example.com/api/v4/users?page=2&per_page=2>; rel=\"prev\""},
		"behind the last":       {"?per_page=2&page=9", "", "", "5", ""},
		"the oldest first":      {"?per_page=2&sort=asc", "root user1", "2", "5", "page=2&per_page=2&sort=asc>; rel=\"next\""},
		"one by name":           {"?username=USER3", "user3", "", "1", ""},
		"search":                {"?search=User%204", "user4", "", "1", ""},
		"administrators":        {"?admins=true", "root", "", "1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := call(s, "GET", "/users"+test.query, "")
			h := w.Header()
			if have := names(t, w); have != test.want || h.Get("X-Next-Page") != test.next || h.Get("X-Total") != test.total || !strings.Contains(h.Get("Link"), test.link) {
				t.Errorf("have %q, headers %v", have, h)
			}
		})
	}
}

func TestNumbersAboveTenThousand(t *testing.T) {
	t.Parallel()
	s := server(9_999)
	for _, test := range []struct{ total, pages, size string }{{"10000", "100", "100"}, {"", "", "100"}} {
		w := call(s, "GET", "/users?per_page=500&page=2", "")
		h := w.Header()
		if h.Get("X-Total") != test.total || h.Get("X-Total-Pages") != test.pages || h.Get("X-Per-Page") != test.size || h.Get("X-Next-Page") != "3" ||
			strings.Contains(h.Get("Link"), `rel="last"`) != (test.total != "") || !strings.Contains(h.Get("Link"), `rel="next"`) {
			t.Errorf("have %v", h)
		}
		s.Add(1)
	}
}

var next = regexp.MustCompile(`^<http://example\.com/api/v4([^>]*)>; rel="next"$`)

func TestKeyset(t *testing.T) {
	t.Parallel()
	s := server(4)
	for name, test := range map[string]struct {
		target string
		want   []string
	}{
		"ascending":      {"/users?pagination=keyset&order_by=id&sort=asc&per_page=2", []string{"root user1", "user2 user3", "user4"}},
		"descending":     {"/users?pagination=keyset&per_page=2", []string{"user4 user3", "user2 user1", "root"}},
		"after one":      {"/users?pagination=keyset&order_by=id&sort=asc&per_page=2&id_after=3", []string{"user3 user4"}},
		"after the last": {"/users?pagination=keyset&order_by=id&sort=asc&per_page=2&id_after=5", []string{""}},
		"before one":     {"/users?pagination=keyset&order_by=id&sort=desc&per_page=2&id_before=3", []string{"user1 root"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := test.target
			for i, want := range test.want {
				w := call(s, "GET", target, "")
				if have := names(t, w); have != want || w.Header().Get("X-Total") != "" {
					t.Fatalf("page %d: have %q, want %q, headers %v", i, have, want, w.Header())
				}
				link := next.FindStringSubmatch(w.Header().Get("Link"))
				if (link != nil) != (i < len(test.want)-1) {
					t.Fatalf("page %d: have Link %q", i, w.Header().Get("Link"))
				}
				if link != nil {
					target = link[1]
				}
			}
		})
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := server(0)
	for name, headers := range map[string][]string{
		"no token":      {"Private-Token", ""},
		"wrong token":   {"Private-Token", "glpat-x"},
		"wrong bearer":  {"Private-Token", "", "Authorization", "Bearer x"},
		"another way":   {"Private-Token", "", "Authorization", "Basic " + token},
		"empty bearer ": {"Private-Token", "", "Authorization", "Bearer "},
	} {
		if w := call(s, "GET", "/users", "", headers...); w.Code != 401 || w.Body.String() != `{"message":"401 Unauthorized"}` {
			t.Errorf("%s: have %d %s", name, w.Code, w.Body)
		}
	}
	if w := call(s, "GET", "/user", "", "Private-Token", "", "Authorization", "Bearer "+token); w.Code != 200 || !strings.Contains(w.Body.String(), `"username":"root"`) {
		t.Errorf("have %d %s", w.Code, w.Body)
	}
	if w := call(gitlab.New(gitlab.Options{}), "GET", "/users", "", "Private-Token", ""); w.Code != 401 {
		t.Errorf("a server without a token let somebody in: %d", w.Code)
	}
}

func TestOAuth(t *testing.T) {
	t.Parallel()
	s := server(0)
	grant := func(body string) (int, map[string]any) {
		r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return w.Code, answer
	}
	if status, answer := grant("grant_type=password&username=root&password=no"); status != 400 || answer["error"] != "invalid_grant" {
		t.Errorf("have %d %v", status, answer)
	}
	_, first := grant("grant_type=password&username=root&password=root%27s+own")
	bearer := func(answer map[string]any) int {
		return call(s, "GET", "/users", "", "Private-Token", "", "Authorization", "Bearer "+answer["access_token"].(string)).Code
	}
	if bearer(first) != 200 {
		t.Error("the access token is not taken")
	}
	refresh := "grant_type=refresh_token&refresh_token=" + first["refresh_token"].(string)
	_, second := grant(refresh)
	if bearer(second) != 200 {
		t.Error("the refreshed token is not taken")
	}
	if status, _ := grant(refresh); status != 400 {
		t.Errorf("a refresh token was taken twice: %d", status)
	}
	s.Expire()
	if bearer(second) != 401 {
		t.Error("an expired token is taken")
	}
}

func TestLazyDelete(t *testing.T) {
	t.Parallel()
	s := gitlab.New(gitlab.Options{Token: token, Now: clock, LazyDelete: true})
	s.Add(2)
	run(t, s, []step{
		{"DELETE", "/users/2", "", 204, "="},
		{"GET", "/users/2", "", 200, `"state":"active"`},
		{"DELETE", "/users/3?hard_delete=true", "", 204, "="},
		{"GET", "/users/3", "", 200, `"state":"blocked"`},
		{"POST", "/users", `{"email":"user1@example.com","username":"n","name":"n","reset_password":true}`, 409, "Email"},
	})
	s.Sweep()
	run(t, s, []step{{"GET", "/users/2", "", 404, "User Not Found"}, {"GET", "/users?sort=asc", "", 200, `"root"`}})
	if n := len(s.Users()); n != 1 {
		t.Errorf("have %d users", n)
	}
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	s := server(0)
	s.Inject(lookalike.Fault{Do: gitlab.Throttled(clock(), 1500*time.Millisecond)})
	w := call(s, "GET", "/users", "")
	if w.Code != 429 || w.Body.String() != "Retry later\n" || w.Header().Get("Retry-After") != "2" || w.Header().Get("Content-Type") != "text/plain" {
		t.Errorf("have %d %q %v", w.Code, w.Body, w.Header())
	}
	if s.Count(lookalike.On("GET", "/api/v4/users")) != 1 || call(s, "GET", "/users", "").Code != 200 {
		t.Error("the request was not counted, or the fault goes on")
	}
}
