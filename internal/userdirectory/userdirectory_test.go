package userdirectory_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/internal/userdirectory"
)

const token = "t0ken"

// call sends one request to the API, and returns status and body.
func call(d *userdirectory.Directory, method, target, body string, headers ...string) (int, string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

func seeded(t *testing.T, n int) *userdirectory.Directory {
	t.Helper()
	d := userdirectory.New(token)
	for i := range n {
		if _, err := d.Create(userdirectory.User{Login: fmt.Sprintf("login%d", i+1), Enabled: true}, ""); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestLifeOfAUser(t *testing.T) {
	t.Parallel()
	d := userdirectory.New(token)
	for _, step := range []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{"GET", "/users", "", 200, `{"users":[],"version":0}`},
		{"POST", "/users", `{"login":"zoe","name":"Zoë","roles":["a"]}`, 201, `{"id":"u-1","login":"zoe","name":"Zoë","mail":"","enabled":true,"roles":["a"]}`},
		{"PATCH", "/users/u-1", `{"mail":"z@x","enabled":false,"roles":[]}`, 200, `{"id":"u-1","login":"zoe","name":"Zoë","mail":"z@x","enabled":false,"roles":[]}`},
		{"GET", "/users/u-1", "", 200, `{"id":"u-1","login":"zoe","name":"Zoë","mail":"z@x","enabled":false,"roles":[]}`},
		{"GET", "/users?changed_since=1", "", 200, `{"users":[{"id":"u-1","login":"zoe","name":"Zoë","mail":"z@x","enabled":false,"roles":[]}],"version":2}`},
		{"GET", "/users?changed_since=2", "", 200, `{"users":[],"version":2}`},
		{"PUT", "/users/u-1/password", `{"password":"longer than eight"}`, 204, ""},
		{"DELETE", "/users/u-1", "", 204, ""},
		{"GET", "/users/u-1", "", 404, `{"error":"there is no such user"}`},
		{"GET", "/users", "", 200, `{"users":[],"version":3}`},
		{"GET", "/users?changed_since=2", "", 200, `{"users":[{"id":"u-1","login":"","name":"","mail":"","enabled":false,"roles":[],"deleted":true}],"version":3}`},
	} {
		if status, body := call(d, step.method, step.target, step.body); status != step.status || body != step.want {
			t.Fatalf("%s %s: have %d %s, want %d %s", step.method, step.target, status, body, step.status, step.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, target, body string
		status               int
	}{
		"a login twice":       {"POST", "/users", `{"login":"login1"}`, 409},
		"another's login":     {"PATCH", "/users/u-2", `{"login":"login1"}`, 409},
		"no login":            {"POST", "/users", `{}`, 422},
		"a login of 65":       {"POST", "/users", `{"login":"` + strings.Repeat("x", 65) + `"}`, 422},
		"unknown member":      {"POST", "/users", `{"login":"x","shoe":1}`, 400},
		"no JSON":             {"POST", "/users", `{`, 400},
		"too much":            {"POST", "/users", `{"login":"` + strings.Repeat("x", 64<<10) + `"}`, 400},
		"a short password":    {"PUT", "/users/u-1/password", `{"password":"seven77"}`, 422},
		"nobody":              {"PATCH", "/users/u-9", `{}`, 404},
		"nobody's password":   {"PUT", "/users/u-9/password", `{"password":"longer than eight"}`, 404},
		"nobody to delete":    {"DELETE", "/users/u-9", ``, 404},
		"a page of none":      {"GET", "/users?limit=0", ``, 400},
		"a page too large":    {"GET", "/users?limit=1001", ``, 400},
		"a version of words":  {"GET", "/users?changed_since=x", ``, 400},
		"another path":        {"GET", "/admin/backup", ``, 404},
		"another method":      {"PUT", "/users/u-1", `{}`, 405},
		"the largest page":    {"GET", "/users?limit=1000", ``, 200},
		"a login of 64":       {"POST", "/users", `{"login":"` + strings.Repeat("x", 64) + `"}`, 201},
		"a password of eight": {"PUT", "/users/u-1/password", `{"password":"eight888"}`, 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if status, body := call(seeded(t, 2), test.method, test.target, test.body); status != test.status {
				t.Errorf("have %d %s, want %d", status, body, test.status)
			}
		})
	}
}

func TestWithoutToken(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "Bearer", "Bearer " + token + "x", token} {
		if status, _ := call(seeded(t, 1), "GET", "/users", "", "Authorization", wrong); status != http.StatusUnauthorized {
			t.Errorf("%q is let in with %d", wrong, status)
		}
	}
}

func TestPagesHoldEveryoneOnce(t *testing.T) {
	t.Parallel()
	d := seeded(t, 11)
	if err := d.Delete("u-4"); err != nil {
		t.Fatal(err)
	}
	for limit := 1; limit <= 11; limit++ {
		var have, want []string
		for _, u := range d.Users() {
			want = append(want, u.ID)
		}
		for after, more := "", true; more; more = after != "" {
			var page struct {
				Users []userdirectory.User
				Next  string
			}
			_, body := call(d, "GET", fmt.Sprintf("/users?limit=%d&after=%s", limit, after), "")
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				t.Fatal(err)
			}
			for _, u := range page.Users {
				have = append(have, u.ID)
			}
			after = page.Next
		}
		if !slices.Equal(have, want) {
			t.Errorf("pages of %d: have %q, want %q", limit, have, want)
		}
	}
}

func TestCreateTwiceWithOneKey(t *testing.T) {
	t.Parallel()
	d := userdirectory.New(token)
	for range 2 {
		if status, body := call(d, "POST", "/users", `{"login":"zoe"}`, "Idempotency-Key", "k"); status != 201 || !strings.Contains(body, `"u-1"`) {
			t.Errorf("have %d %s, want u-1 both times", status, body)
		}
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	d := seeded(t, 1)
	if d.CanLogIn("login1", "") {
		t.Error("who has no password can log in")
	}
	if err := d.SetPassword("u-1", "longer than eight"); err != nil {
		t.Fatal(err)
	}
	if !d.CanLogIn("login1", "longer than eight") || d.CanLogIn("login1", "another") {
		t.Error("the password does not decide")
	}
	if _, err := d.Change("u-1", func(u *userdirectory.User) { u.Enabled = false }); err != nil || d.CanLogIn("login1", "longer than eight") {
		t.Errorf("who is disabled can log in (%v)", err)
	}
	if _, err := d.Change("u-9", func(*userdirectory.User) {}); !errors.Is(err, userdirectory.ErrNotFound) {
		t.Errorf("have %v, want ErrNotFound", err)
	}
}
