//go:build !wasip1

package recipes_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/redmine"
)

// newRedmine starts an imitated Redmine with the administrator, 1, and n users, whose
// IDs are from 2 on.
func newRedmine(t *testing.T, n int, options redmine.Options) (*redmine.Server, *stack) {
	t.Helper()
	options.Key, options.Groups = "canary-redmine-key", []string{"Developers", "Testers"}
	server := redmine.New(options)
	server.Add(n)
	return server, openRedmine(t, server, options.Key)
}

func openRedmine(t *testing.T, server *redmine.Server, key string) *stack {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return open(t, app{recipe: "redmine.yaml", url: listener.URL, secrets: map[string]string{"key": key},
		credentials: []hostfuncs.Credential{{Kind: hostfuncs.APIKey, Header: "X-Redmine-API-Key", Secret: "key"}}})
}

// redmineUser returns what the server knows of a user.
func redmineUser(t *testing.T, server *redmine.Server, login string) redmine.User {
	t.Helper()
	for _, u := range server.Users() {
		if u.Login == login {
			return u
		}
	}
	t.Errorf("there is no user %s", login)
	return redmine.User{}
}

func TestRedmineSchema(t *testing.T) {
	t.Parallel()
	_, s := newRedmine(t, 0, redmine.Options{})
	report, err := s.Check(t.Context())
	if err != nil || len(report.Findings) > 0 || len(report.Schema.Types) != 1 {
		t.Fatalf("have %+v and %v", report, err)
	}
	user := &report.Schema.Types[0]
	for name, want := range map[string]abi.AttributeOperation{"id": abi.ImportOnly, "login": abi.ImportExport, "must_change_passwd": abi.ExportOnly, "state": abi.ImportOnly} {
		if a := user.Attribute(name); a == nil || a.Operation != want || a.Anchor != (name == "id") {
			t.Errorf("the attribute %s is %+v", name, a)
		}
	}
}

func TestRedmineImport(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]redmine.Options{"5.1": {Star: true}, "3.4": {OldPut: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, s := newRedmine(t, 230, options)
			all := s.full(t)
			if len(all) != 231 {
				t.Fatalf("imported %d users, want 231", len(all))
			}
			for _, u := range server.Users() {
				state := map[int]string{redmine.Active: "active=true state=active", redmine.Registered: "active=false state=registered", redmine.Locked: "active=false state=locked"}[u.Status]
				has(t, all[strconv.Itoa(u.ID)], "login="+u.Login+" firstname="+u.Firstname, "mail="+u.Mail, state)
			}
		})
	}
}

func TestRedmineRoundTrip(t *testing.T) {
	t.Parallel()
	server, s := newRedmine(t, 12, redmine.Options{})
	before := s.full(t)
	step := func(what string, want ...string) {
		t.Helper()
		after := s.full(t)
		for anchor, line := range after {
			line, _, _ = strings.Cut(line, " created_on=")
			after[anchor] = line
		}
		same(t, what, differences(before, after), want...)
		before = after
	}
	for anchor, line := range before {
		before[anchor], _, _ = strings.Cut(line, " created_on=")
	}
	id := s.must(t, `{"change":"Add","attributes":{"login":"ada","firstname":"Ada \"L\"","lastname":"Lövelace","mail":"ada@example.org","groups":["Testers"],"must_change_passwd":true,"export_password":"first-\"1234"}}`)[0]
	step("made", "new "+id+": login=ada firstname=Ada \"L\" lastname=Lövelace mail=ada@example.org admin=false active=true state=active groups=Testers")
	ada := redmineUser(t, server, "ada")
	if strconv.Itoa(ada.ID) != id || server.Password(ada.ID) != `first-"1234` || !ada.MustChangePassword {
		t.Errorf("Ada is %+v with the password %q", ada, server.Password(ada.ID))
	}
	change := func(attributes string) {
		t.Helper()
		s.must(t, `{"change":"Update","anchor":{"id":"`+id+`"},"attributes":{`+attributes+`}}`)
	}
	change(`"firstname":{"replace":"Ada"},"admin":{"replace":true},"groups":{"replace":["Developers","Testers"]}`)
	step("changed", "changed "+id+": login=ada firstname=Ada lastname=Lövelace mail=ada@example.org admin=true active=true state=active groups=Developers,Testers")
	change(`"active":{"replace":false},"groups":null`)
	step("locked", "changed "+id+": login=ada firstname=Ada lastname=Lövelace mail=ada@example.org admin=true active=false state=locked")
	if u := redmineUser(t, server, "ada"); u.Status != redmine.Locked {
		t.Errorf("who was disabled is %+v", u)
	}
	change(`"active":{"replace":true}`)
	step("unlocked", "changed "+id+": login=ada firstname=Ada lastname=Lövelace mail=ada@example.org admin=true active=true state=active")
	change(`"export_password":{"replace":"next-1234"}`)
	if have := server.Password(ada.ID); have != "next-1234" {
		t.Errorf("the password is %q", have)
	}
	s.must(t, `{"change":"Delete","anchor":{"id":"`+id+`"}}`)
	step("deleted", "gone "+id)
	// Who has registered is let in.
	s.must(t, `{"change":"Update","anchor":{"id":"5"},"attributes":{"active":{"replace":true}}}`)
	step("let in", "changed 5: login=user4 firstname=User lastname=4 mail=user4@example.com admin=false active=true state=active")
	off := s.must(t, `{"change":"Add","attributes":{"login":"off","firstname":"O","lastname":"Ff","mail":"off@example.org","active":false}}`)[0]
	step("made locked", "new "+off+": login=off firstname=O lastname=Ff mail=off@example.org admin=false active=false state=locked")
}

const (
	redmineAdd    = `{"change":"Add","attributes":{"login":"new","firstname":"N","lastname":"Ew","mail":"new@example.org"}}`
	redmineUpdate = `{"change":"Update","anchor":{"id":"3"},"attributes":{"firstname":{"replace":"changed"}}}`
	redmineDelete = `{"change":"Delete","anchor":{"id":"4"}}`
)

func TestRedmineEntries(t *testing.T) {
	t.Parallel()
	server, s := newRedmine(t, 5, redmine.Options{})
	before := s.full(t)
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, strings.Replace(redmineAdd, `"new"`, `"user1"`, 1))
	s.refused(t, abi.ExportErrorConnectedDirectoryMissingObject, strings.Replace(redmineUpdate, "3", "99", 1))
	if detail := s.refused(t, abi.ExportErrorConnectedDirectoryError, strings.Replace(redmineAdd, "new@example.org", "new", 1)); !strings.Contains(detail, "Email is invalid") {
		t.Errorf("a bad address: %s", detail)
	}
	s.refused(t, abi.ExportErrorConnectedDirectoryError, strings.Replace(redmineAdd, `"mail"`, `"groups":["Nobody"],"mail"`, 1))
	outcomes, err := s.export(t, `{"change":"Update","anchor":{"id":"3"},"attributes":{"export_password":{"replace":"short"}}}`)
	if err != nil || abi.CodeOf(outcomes[0].PasswordError) != abi.PasswordPolicyViolation || !strings.Contains(outcomes[0].PasswordError.Detail, "too short") {
		t.Errorf("a short password: have %+v and %v", outcomes, err)
	}
	s.must(t, strings.Replace(redmineDelete, "4", "99", 1))
	for _, anchor := range differences(before, s.full(t)) {
		t.Errorf("in the end: %s", anchor)
	}
	if all, _, err := openRedmine(t, server, "wrong").imported(t, nil); abi.CodeOf(err) != abi.BadServerCredentials || len(all) > 0 {
		t.Errorf("a wrong key: have %v and %v, want BadServerCredentials", all, err)
	}
}

// An import that is not whole fails, wherever it breaks.
func TestRedmineImportTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path string
		do   lookalike.Action
		want abi.Code
	}{
		"login page":        {"/users.json", redmine.LoginPage(), abi.UnexpectedData},
		"redirect to login": {"/users.json", redmine.ToLogin(), abi.UnexpectedData},
		"no users":          {"/users.json", lookalike.Answer(200, nil, `{"total_count":0,"offset":0,"limit":100}`), abi.UnexpectedData},
		"fewer than told":   {"/users.json", lookalike.Answer(200, nil, `{"users":[],"total_count":7,"offset":0,"limit":100}`), abi.UnexpectedData},
		"shortened":         {"/users.json", lookalike.Shorten(-5), abi.UnexpectedData},
		"cut":               {"/users.json", lookalike.Cut(-5), abi.DroppedConnection},
		"503":               {"/users.json", lookalike.Answer(503, http.Header{"Retry-After": {"60"}}, "<html>"), abi.ServerDown},
		"detail of HTML":    {"/users/7.json", redmine.LoginPage(), abi.UnexpectedData},
		"detail cut":        {"/users/7.json", lookalike.Cut(-5), abi.DroppedConnection},
		"detail of another": {"/users/7.json", lookalike.Answer(200, nil, `{}`), abi.UnexpectedData},
		"group page":        {"/groups.json", redmine.LoginPage(), abi.UnexpectedData},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, s := newRedmine(t, 12, redmine.Options{})
			server.Inject(lookalike.Fault{Match: lookalike.On("GET", c.path), Times: lookalike.Always, Do: c.do})
			_, mark, err := s.imported(t, nil)
			if abi.CodeOf(err) != c.want || mark != nil {
				t.Errorf("have %v, want %v", err, c.want)
			}
			server.Heal()
			if all := s.full(t); len(all) != 13 {
				t.Errorf("afterwards: imported %d users", len(all))
			}
		})
	}
}

// What passes by is waited for, and who is gone when his detail is asked for is gone.
func TestRedmineBusy(t *testing.T) {
	t.Parallel()
	server, s := newRedmine(t, 12, redmine.Options{})
	busy := lookalike.Answer(429, http.Header{"Retry-After": {"1"}}, "")
	server.Inject(lookalike.Fault{Match: lookalike.On("GET", "/users.json"), Skip: 1, Do: busy})
	server.Inject(lookalike.Fault{Match: lookalike.On("GET", "/users/9.json"), Do: busy})
	server.Inject(lookalike.Fault{Match: lookalike.On("PUT", "/users/3.json"), Do: busy})
	server.Inject(lookalike.Fault{Match: lookalike.On("GET", "/users/8.json"), Do: lookalike.Answer(404, nil, "")})
	if all := s.full(t); len(all) != 12 || all["8"] != "" {
		t.Errorf("imported %d users, want all but one", len(all))
	}
	s.must(t, redmineUpdate)
	if u := redmineUser(t, server, "user2"); u.Firstname != "changed" {
		t.Errorf("have %+v", u)
	}
}

// No page for people counts as success.
func TestRedmineExportTrouble(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]lookalike.Action{"login page": redmine.LoginPage(), "redirect to login": redmine.ToLogin()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for method, line := range map[string]string{"POST": redmineAdd, "PUT": redmineUpdate, "DELETE": redmineDelete} {
				server, s := newRedmine(t, 5, redmine.Options{})
				server.Inject(lookalike.Fault{Match: lookalike.On(method, "/users"), Times: lookalike.Always, Do: do})
				if outcomes, err := s.export(t, line); outcomes[0].State == host.Done {
					t.Errorf("%s: have %+v and %v", method, outcomes[0], err)
				}
			}
		})
	}
}

// A user whose making got no answer is found among those whose names hold his, and
// not made twice; locked or not.
func TestRedmineLostAnswer(t *testing.T) {
	t.Parallel()
	server, s := newRedmine(t, 5, redmine.Options{})
	made := lookalike.On("POST", "/users.json")
	s.must(t, strings.ReplaceAll(redmineAdd, "new", "new2"))
	for login, line := range map[string]string{"new": redmineAdd, "off": strings.ReplaceAll(strings.Replace(redmineAdd, `"mail"`, `"active":false,"mail"`, 1), "new", "off")} {
		server.Inject(lookalike.Fault{Match: made, Do: lookalike.LoseAnswer()})
		if id := s.must(t, line)[0]; id != strconv.Itoa(redmineUser(t, server, login).ID) {
			t.Errorf("the connector says that %s is %q", login, id)
		}
	}
	if n := server.Count(made); n != 3 || len(server.Users()) != 9 {
		t.Errorf("%d requests made %d users", n, len(server.Users()))
	}
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, redmineAdd)
	for _, method := range []string{"PUT", "DELETE"} {
		server.Inject(lookalike.Fault{Match: lookalike.On(method, "/users"), Do: lookalike.LoseAnswer()})
	}
	s.must(t, redmineUpdate, redmineDelete)
	if n := len(server.Users()); n != 8 || redmineUser(t, server, "user2").Firstname != "changed" {
		t.Errorf("there are %d users", n)
	}
}
