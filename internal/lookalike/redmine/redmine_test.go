package redmine_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/redmine"
)

const key = "admin-key"

func server(n int, o redmine.Options) *redmine.Server {
	o.Key, o.Password = key, "admin's own"
	o.Now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	s := redmine.New(o)
	s.Add(n)
	return s
}

// call sends one request; headers replace the key.
func call(s http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if len(headers) == 0 {
		r.Header.Set("X-Redmine-API-Key", key)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
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
	s := server(0, redmine.Options{Groups: []string{"dev", "ops"}, Fields: []redmine.Field{{ID: 4, Name: "Department"}}})
	run(t, s, []step{
		{"POST", "/users.json", `{"user":{"login":"zoe","firstname":"Zoë","lastname":"Z","mail":"zoe@example.com","password":"a good one","custom_fields":[{"id":4,"value":"IT"},{"id":5,"value":"x"}],"group_ids":[1001],"nonsense":1}}`, 201, `"custom_fields":[{"id":4,"name":"Department","value":"IT"}]`},
		{"GET", "/users/2.json?include=memberships,groups", "", 200, `"groups":[],"id":2,"last_login_on":null,"last`},
		{"PUT", "/users/2.json", `{"user":{"lastname":"Y","status":3,"group_ids":[1002]}}`, 204, "="},
		{"GET", "/users/2.json?include=groups", "", 200, `"groups":[{"id":1002,"name":"ops"}]`},
		{"GET", "/users/2.json", "", 200, `"status":3`},
		{"GET", "/users.json", "", 200, `"total_count":1`},
		{"PUT", "/users/2.json", `{"user":{"status":1,"password":"another one"}}`, 204, "="},
		{"GET", "/users.json", "", 200, `"total_count":2`},
		{"PUT", "/users/2.json", `{"user":{"generate_password":true,"must_change_passwd":true}}`, 204, "="},
		{"GET", "/users/current.json", "", 200, `"api_key":"admin-key"`},
		{"GET", "/groups.json", "", 200, `={"groups":[{"id":1001,"name":"dev"},{"id":1002,"name":"ops"}]}`},
		{"GET", "/custom_fields.json", "", 200, `"id":4,"is_required":false,"multiple":false,"name":"Department"`},
		{"GET", "/users.json?group_id=1002", "", 200, `"total_count":1`},
	})
	if u := s.Users()[1]; u.Lastname != "Y" || u.Status != redmine.Active || u.Fields[4] != "IT" || len(u.Fields) != 1 || !u.MustChangePassword || s.Password(2) != "generated-2" {
		t.Errorf("have %+v with password %q", u, s.Password(2))
	}
	run(t, s, []step{
		{"DELETE", "/users/2.json", "", 204, "="},
		{"DELETE", "/users/2.json", "", 404, "="},
		{"GET", "/users/2.json", "", 404, "="},
		{"PUT", "/users/2.json", "{}", 404, "="},
		{"POST", "/users.json", `{"user":{"login":"ZOE","firstname":"Z","lastname":"Z","mail":"zoe@example.com","generate_password":true}}`, 201, `"id":3`},
	})
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	whole := `"firstname":"A","lastname":"B","mail":"a@example.com","password":"12345678"`
	for name, test := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"a login taken, in another case": {`{"user":{"login":"User1",` + whole + `}}`, 422, `={"errors":["Login has already been taken"]}`},
		"an address taken":               {`{"user":{"login":"x",` + strings.Replace(whole, "a@", "USER1@", 1) + `}}`, 422, `={"errors":["Email has already been taken"]}`},
		"a password too short":           {`{"user":{"login":"x",` + strings.Replace(whole, "8\"", "\"", 1) + `}}`, 422, `={"errors":["Password is too short (minimum is 8 characters)"]}`},
		"a password as short as may be":  {`{"user":{"login":"x",` + whole + `}}`, 201, `"login":"x"`},
		"no password":                    {`{"user":{"login":"x",` + strings.Replace(whole, "password", "pass", 1) + `}}`, 422, `={"errors":["Password is too short (minimum is 8 characters)"]}`},
		"two passwords":                  {`{"user":{"login":"x",` + whole + `,"password_confirmation":"other"}}`, 422, `={"errors":["Password doesn't match confirmation"]}`},
		"a strange login":                {`{"user":{"login":"x y",` + whole + `}}`, 422, `={"errors":["Login is invalid"]}`},
		"no user around it":              {`{"login":"x"}`, 422, `["Login cannot be blank","First name cannot be blank","Last name cannot be blank","Email cannot be blank","Password`},
		"no JSON":                        {`{"user":`, 400, "="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server(1, redmine.Options{})
			run(t, s, []step{{"POST", "/users.json", test.body, test.status, test.want}})
			if n := len(s.Users()); test.status != 201 && n != 2 {
				t.Errorf("have %d users after a refusal, want 2", n)
			}
		})
	}
	s := server(2, redmine.Options{Fields: []redmine.Field{{ID: 1, Name: "Unit", Required: true}}})
	run(t, s, []step{
		{"PUT", "/users/2.json", `{"user":{"login":"user2"}}`, 422, `"Login has already been taken","Unit cannot be blank"`},
		{"PUT", "/users/2.json", `{"user":{"login":"new","custom_fields":[{"id":1,"value":"U"}]}}`, 204, "="},
		{"PUT", "/users/3.json", `{"user":{"login":"user1","custom_fields":[{"id":1,"value":"U"}]}}`, 204, "="},
	})
	if w := call(s, "POST", "/users.json", `{"user":{}}`, "X-Redmine-API-Key", key, "Content-Type", "text/plain"); w.Code != 422 {
		t.Errorf("a body of another type: have %d, want 422", w.Code)
	}
}

// ids lists the users of an answer, and what it says of their number.
func ids(t *testing.T, w *httptest.ResponseRecorder) (list []int, total, limit int) {
	t.Helper()
	var page struct {
		Users []struct{ ID int }
		T     int `json:"total_count"`
		L     int `json:"limit"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	for _, u := range page.Users {
		list = append(list, u.ID)
	}
	return list, page.T, page.L
}

// The administrator and 199 users: 160 active, 20 registered, 20 locked.
func TestLists(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		star               bool
		query              string
		total, rows, limit int
	}{
		"active":             {false, "", 160, 25, 25},
		"the most of a page": {false, "?limit=100", 160, 100, 100},
		"more than that":     {false, "?limit=101", 160, 100, 100},
		"the last page":      {false, "?limit=100&offset=100", 160, 60, 100},
		"by number":          {false, "?limit=100&page=2", 160, 60, 100},
		"behind the end":     {false, "?offset=160", 160, 0, 25},
		"registered":         {false, "?status=2", 20, 20, 25},
		"locked":             {false, "?status=3&limit=5", 20, 5, 5},
		"all":                {false, "?status=", 200, 25, 25},
		"all, too new":       {false, "?status=*", 0, 0, 25},
		"all, new":           {true, "?status=*", 200, 25, 25},
		"all, too old":       {true, "?status=", 160, 25, 25},
		"by name":            {false, "?name=USER19", 9, 9, 25}, // user19, and of 190 to 199 all but 194 and 197
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, total, limit := ids(t, call(server(199, redmine.Options{Star: test.star}), "GET", "/users.json"+test.query, ""))
			if total != test.total || len(list) != test.rows || limit != test.limit {
				t.Errorf("have %d rows of %d, limit %d; want %d of %d, limit %d", len(list), total, limit, test.rows, test.total, test.limit)
			}
		})
	}
}

func TestWhoGetsIn(t *testing.T) {
	t.Parallel()
	s := server(1, redmine.Options{OldPut: true})
	run(t, s, []step{{"PUT", "/users/2.json", `{"user":{"password":"12345678"}}`, 200, "="}})
	for name, test := range map[string]struct {
		headers []string
		status  int
	}{
		"key":            {[]string{"X-Redmine-API-Key", key}, 200},
		"wrong key":      {[]string{"X-Redmine-API-Key", "x"}, 401},
		"empty key":      {[]string{"X-Redmine-API-Key", ""}, 401},
		"basic":          {[]string{"Authorization", "Basic YWRtaW46YWRtaW4ncyBvd24="}, 200},
		"basic, no user": {[]string{"Authorization", "Basic eDp5"}, 401},
		"a plain user":   {[]string{"Authorization", "Basic dXNlcjE6MTIzNDU2Nzg="}, 403},
		"key of a user":  {[]string{"X-Redmine-API-Key", "redmine-key-2"}, 403},
	} {
		if w := call(s, "GET", "/users.json", "", test.headers...); w.Code != test.status {
			t.Errorf("%s: have %d, want %d", name, w.Code, test.status)
		}
	}
	for body, status := range map[string]int{`{"user":{"admin":true}}`: 200, `{"user":{"admin":true,"status":3}}`: 401} {
		run(t, s, []step{{"PUT", "/users/2.json", `{"user":{"status":1}}`, 200, "="}, {"PUT", "/users/2.json", body, 200, "="}})
		if w := call(s, "GET", "/users.json", "", "X-Redmine-API-Key", "redmine-key-2"); w.Code != status {
			t.Errorf("after %s: have %d, want %d", body, w.Code, status)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := server(1, redmine.Options{})
	s.Inject(lookalike.Fault{Do: redmine.LoginPage()})
	s.Inject(lookalike.Fault{Do: redmine.ToLogin()})
	run(t, s, []step{
		{"GET", "/users.json", "", 200, "<!DOCTYPE html>"},
		{"GET", "/users.json", "", 302, "="},
		{"GET", "/users.json", "", 200, `"total_count":2`},
	})
	if n := s.Count(lookalike.On("GET", "/users.json")); n != 3 {
		t.Errorf("have %d requests, want 3", n)
	}
}
