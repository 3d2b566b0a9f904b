//go:build !wasip1

package recipes_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/lookalike/zabbix"
)

const zabbixPassword = "canary-zabbix"

func newZabbix(t *testing.T, options zabbix.Options) (*zabbix.Server, *stack) {
	t.Helper()
	options.Password = zabbixPassword
	server := zabbix.New(options)
	server.Add(30)
	return server, openZabbix(t, server, logins(t, "zabbix.yaml", "Admin"), zabbixPassword)
}

func openZabbix(t *testing.T, server *zabbix.Server, credentials []hostfuncs.Credential, password string) *stack {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return open(t, app{recipe: "zabbix.yaml", url: listener.URL, credentials: credentials, secrets: map[string]string{"password": password}})
}

// calls chooses the requests for a method of the API.
func calls(method string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		return err == nil && bytes.Contains(body, []byte(`"method":"`+method+`"`))
	}
}

// called counts the requests for a method of the API.
func called(server *zabbix.Server, method string) (n int) {
	for _, r := range server.Requests() {
		if strings.Contains(r.Body, `"method":"`+method+`"`) {
			n++
		}
	}
	return n
}

// zabbixUser returns what the server knows of a user.
func zabbixUser(t *testing.T, server *zabbix.Server, username string) zabbix.User {
	t.Helper()
	for _, u := range server.Users() {
		if u.Username == username {
			return u
		}
	}
	t.Errorf("there is no user %s", username)
	return zabbix.User{}
}

func TestZabbixSchema(t *testing.T) {
	t.Parallel()
	_, s := newZabbix(t, zabbix.Options{})
	report, err := s.Check(t.Context())
	if err != nil || len(report.Findings) > 0 || len(report.Schema.Types) != 1 {
		t.Fatalf("have %+v and %v", report, err)
	}
	user := &report.Schema.Types[0]
	for name, want := range map[string]abi.AttributeOperation{"userid": abi.ImportOnly, "username": abi.ImportExport, "groups": abi.ImportExport, "active": abi.ImportExport} {
		if a := user.Attribute(name); a == nil || a.Operation != want || a.Anchor != (name == "userid") || a.MultiValued != (name == "groups") {
			t.Errorf("the attribute %s is %+v", name, a)
		}
	}
}

func TestZabbixRoundTrip(t *testing.T) {
	t.Parallel()
	server, s := newZabbix(t, zabbix.Options{})
	before := s.full(t)
	if len(before) != 32 {
		t.Fatalf("imported %d users, want 32", len(before))
	}
	same(t, "some users", []string{before["1"], before["2"], before["12"]},
		"username=Admin name=Zabbix surname=Administrator role=Super admin role groups=Internal,Zabbix administrators active=true",
		"username=guest role=Guest role groups=Guests active=false",
		"username=user10 name=User surname=10 role=User role groups=Internal active=false")
	step := func(what string, want ...string) {
		t.Helper()
		after := s.full(t)
		same(t, what, differences(before, after), want...)
		before = after
	}
	id := s.must(t, `{"change":"Add","attributes":{"username":"Ada \"L\"","name":"Ada","role":"User role","groups":["Internal","Guests"],"export_password":"Xfirst-1234"}}`)[0]
	step("made", "new "+id+": username=Ada \"L\" name=Ada role=User role groups=Guests,Internal active=true")
	if have := server.Password(id); have != "Xfirst-1234" {
		t.Errorf("her password is %q", have)
	}
	change := func(attributes string) {
		t.Helper()
		s.must(t, `{"change":"Update","anchor":{"userid":"`+id+`"},"attributes":{`+attributes+`}}`)
	}
	change(`"username":{"replace":"ada"},"name":null,"surname":{"replace":"L"},"role":{"replace":"Admin role"}`)
	step("changed", "changed "+id+": username=ada surname=L role=Admin role groups=Guests,Internal active=true")

	change(`"active":{"replace":false}`)
	step("disabled", "changed "+id+": username=ada surname=L role=Admin role groups=Guests,Internal active=false")
	if u := zabbixUser(t, server, "ada"); !u.Disabled || len(u.Groups) != 3 {
		t.Errorf("who was disabled is %+v", u)
	}
	change(`"groups":{"replace":["Enabled debug mode"]}`)
	step("other groups while disabled", "changed "+id+": username=ada surname=L role=Admin role groups=Enabled debug mode active=false")

	change(`"active":{"replace":true}`)
	step("enabled again", "changed "+id+": username=ada surname=L role=Admin role groups=Enabled debug mode active=true")
	change(`"groups":{"replace":["Internal"]},"active":{"replace":true}`)
	step("groups", "changed "+id+": username=ada surname=L role=Admin role groups=Internal active=true")
	if have := server.Password(id); have != "Xfirst-1234" {
		t.Errorf("her password is %q now", have)
	}
	change(`"export_password":{"replace":"Xnext-\"1234"}`)
	if have := server.Password(id); have != `Xnext-"1234` {
		t.Errorf("her password is %q, and was changed", have)
	}
	s.must(t, `{"change":"Delete","anchor":{"userid":"`+id+`"}}`)
	step("deleted", "gone "+id)
	s.must(t, `{"change":"Delete","anchor":{"userid":"`+id+`"}}`)
}

// Who is made disabled is never in his groups alone, and has a password that nobody
// knows.
func TestZabbixMadeDisabled(t *testing.T) {
	t.Parallel()
	server, s := newZabbix(t, zabbix.Options{})
	id := s.must(t, `{"change":"Add","attributes":{"username":"off","role":"User role","groups":["Internal","Guests"],"active":false}}`)[0]
	u := zabbixUser(t, server, "off")
	slices.Sort(u.Groups)
	if !u.Disabled || !slices.Equal(u.Groups, []string{"13", "8", "9"}) || len(server.Password(id)) < 12 {
		t.Errorf("have %+v", u)
	}
	for _, r := range server.Requests() {
		if strings.Contains(r.Body, "user.create") && !strings.Contains(r.Body, `"usrgrps":[{"usrgrpid":"9"}]`) {
			t.Errorf("made by %s", r.Body)
		}
	}
}

func TestZabbixEntries(t *testing.T) {
	t.Parallel()
	server, s := newZabbix(t, zabbix.Options{})
	before := s.full(t)
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, `{"change":"Add","attributes":{"username":"user1","role":"User role","groups":["Internal"]}}`)
	s.refused(t, abi.ExportErrorConnectedDirectoryMissingObject, `{"change":"Update","anchor":{"userid":"999"},"attributes":{"name":{"replace":"x"}}}`)
	s.refused(t, abi.ExportErrorConnectedDirectoryError, `{"change":"Add","attributes":{"username":"x","role":"No such role","groups":["Internal"]}}`)
	if detail := s.refused(t, abi.ExportErrorConnectedDirectoryError, `{"change":"Update","anchor":{"userid":"5"},"attributes":{"groups":null}}`); !strings.Contains(detail, "groups") {
		t.Errorf("no groups: %s", detail)
	}
	if detail := s.refused(t, abi.ExportErrorConnectedDirectoryError, `{"change":"Delete","anchor":{"userid":"2"}}`); !strings.Contains(detail, "guest") {
		t.Errorf("the guest: %s", detail)
	}
	outcomes, err := s.export(t, `{"change":"Update","anchor":{"userid":"5"},"attributes":{"export_password":{"replace":"short"}}}`)
	if err != nil || abi.CodeOf(outcomes[0].PasswordError) != abi.PasswordPolicyViolation || !strings.Contains(outcomes[0].PasswordError.Detail, "8 characters") {
		t.Errorf("a short password: have %+v and %v", outcomes, err)
	}
	same(t, "in the end", differences(before, s.full(t)))
	if n := len(server.Users()); n != 32 {
		t.Errorf("there are %d users", n)
	}
}

// Who is in no group but the one that disables cannot be enabled without another.
func TestZabbixOnlyDisabled(t *testing.T) {
	t.Parallel()
	server, s := newZabbix(t, zabbix.Options{Token: "canary-token"})
	r := httptest.NewRequest("POST", "/api_jsonrpc.php", strings.NewReader(`{"jsonrpc":"2.0","method":"user.update","params":{"userid":"5","usrgrps":[{"usrgrpid":"9"}]},"id":1}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer canary-token")
	server.ServeHTTP(httptest.NewRecorder(), r)
	const enable = `{"change":"Update","anchor":{"userid":"5"},"attributes":{"active":{"replace":true}}}`
	if detail := s.refused(t, abi.ExportErrorConnectedDirectoryError, enable); !strings.Contains(detail, "cannot be empty") {
		t.Errorf("the reason is %s", detail)
	}
	s.must(t, `{"change":"Update","anchor":{"userid":"5"},"attributes":{"name":{"replace":"x"}}}`, strings.Replace(enable, "true}", `true},"groups":{"replace":["Guests"]}`, 1))
	has(t, s.full(t)["5"], "groups=Guests", "active=true", "name=x")
}

// An API token does as well as a session, and the session that is logged out at the
// end does not stay.
func TestZabbixLogins(t *testing.T) {
	t.Parallel()
	server := zabbix.New(zabbix.Options{Password: zabbixPassword, Token: "canary-token"})
	bearer := []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "password"}}
	if all := openZabbix(t, server, bearer, "canary-token").full(t); len(all) != 2 || called(server, "user.login") != 0 {
		t.Errorf("by token: imported %v", all)
	}
	for what, s := range map[string]*stack{"token": openZabbix(t, server, bearer, "wrong"),
		"password": openZabbix(t, server, logins(t, "zabbix.yaml", "Admin"), "wrong")} {
		if all, _, err := s.imported(t, nil); abi.CodeOf(err) != abi.BadServerCredentials || len(all) > 0 {
			t.Errorf("a wrong %s: have %v and %v, want BadServerCredentials", what, all, err)
		}
	}
	old := zabbix.New(zabbix.Options{Password: zabbixPassword, BodyAuth: true})
	body := logins(t, "zabbix.yaml", "Admin")
	body[0].Header, body[0].Prefix, body[0].Pointer = "", "", "/auth"
	if all := openZabbix(t, old, body, zabbixPassword).full(t); len(all) != 2 {
		t.Errorf("before 6.4: imported %v", all)
	}
	s := openZabbix(t, server, logins(t, "zabbix.yaml", "Admin"), zabbixPassword)
	s.full(t)
	if err := s.Close(t.Context()); err != nil || called(server, "user.logout") != 1 {
		t.Errorf("logged out %d times (%v)", called(server, "user.logout"), err)
	}
}
