package zabbix_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/zabbix"
)

const token = "api-token"

func server(n int) *zabbix.Server {
	s := zabbix.New(zabbix.Options{Password: "Admin's own", Token: token})
	s.Add(n)
	return s
}

// post sends a body; headers replace those of the API token.
func post(s http.Handler, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/api_jsonrpc.php", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json-rpc")
	if len(headers) == 0 {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// request writes a call.
func request(method, params string) string {
	return `{"jsonrpc":"2.0","method":"` + method + `","params":` + params + `,"id":1}`
}

type step struct {
	method, params, want string // part of the answer; "=" before it: the whole result
}

func run(t *testing.T, s http.Handler, steps []step) {
	t.Helper()
	for _, step := range steps {
		w := post(s, request(step.method, step.params))
		whole, is := strings.CutPrefix(step.want, "=")
		if w.Code != 200 || !strings.Contains(w.Body.String(), whole) || is && w.Body.String() != `{"id":1,"jsonrpc":"2.0","result":`+whole+`}` {
			t.Fatalf("%s %s: have %d %s, want %s", step.method, step.params, w.Code, w.Body, step.want)
		}
	}
}

func TestLifeOfAUser(t *testing.T) {
	t.Parallel()
	s := server(0)
	run(t, s, []step{
		{"usergroup.get", `{"output":["usrgrpid","name"],"filter":{"name":["Disabled"]}}`, `=[{"name":"Disabled","usrgrpid":"9"}]`},
		{"role.get", `{"output":["roleid"],"filter":{"name":"User role"}}`, `=[{"roleid":"1"}]`},
		{"user.create", `{"username":"zoe","name":"Zoë","roleid":"1","passwd":"a good one","usrgrps":[{"usrgrpid":"13"},{"usrgrpid":8}]}`, `={"userids":["3"]}`},
		{"user.get", `{"userids":"3","output":["userid","username","roleid"],"selectUsrgrps":["name"]}`, `=[{"roleid":"1","userid":"3","username":"zoe","usrgrps":[{"name":"Guests"},{"name":"Internal"}]}]`},
		{"user.update", `{"userid":"3","surname":"Z","usrgrps":[{"usrgrpid":"13"},{"usrgrpid":"9"}]}`, `={"userids":["3"]}`},
		{"user.get", `{"userids":["3"],"output":["surname"],"getAccess":true}`, `=[{"debug_mode":"0","gui_access":"0","surname":"Z","users_status":"1"}]`},
		{"user.update", `[{"userid":3,"passwd":"another one"}]`, `={"userids":["3"]}`},
	})
	if w := post(s, request("user.login", `{"username":"zoe","password":"another one"}`), "X", "y"); !strings.Contains(w.Body.String(), "No permissions for system access.") {
		t.Errorf("a disabled user logs in: %s", w.Body)
	}
	u := s.Users()[2]
	if u.Username != "zoe" || !u.Disabled || !slices.Equal(u.Groups, []string{"13", "9"}) || s.Password("3") != "another one" {
		t.Errorf("have %+v with password %q", u, s.Password("3"))
	}
	run(t, s, []step{
		{"user.update", `{"userid":"3","usrgrps":[{"usrgrpid":"13"}]}`, `={"userids":["3"]}`},
		{"user.delete", `["3"]`, `={"userids":["3"]}`},
		{"user.delete", `["3"]`, `"code":-32500,"message":"Application error.","data":"No permissions to referred object or it does not exist!"`},
		{"user.update", `{"userid":"3","name":"x"}`, "does not exist!"},
		{"user.get", `{"userids":"3"}`, `=[]`},
	})
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	with := func(members string) string {
		return `{"username":"new","roleid":"1","usrgrps":[{"usrgrpid":"13"}],"passwd":"12345679"` + members + `}`
	}
	for name, test := range map[string]step{
		"a name taken":         {"user.create", with(`,"username":"user1"`), `"code":-32602,"message":"Invalid params.","data":"User with username \"user1\" already exists."`},
		"another case is free": {"user.create", with(`,"username":"USER1"`), `={"userids":["4"]}`},
		"no name":              {"user.create", `{"roleid":"1"}`, `Invalid parameter \"/1\": the parameter \"username\" is missing.`},
		"no role":              {"user.create", `{"username":"x"}`, `the parameter \"roleid\" is missing.`},
		"no groups":            {"user.create", `{"username":"x","roleid":"1"}`, `the parameter \"usrgrps\" is missing.`},
		"empty groups":         {"user.update", `{"userid":"3","usrgrps":[]}`, `Invalid parameter \"/1/usrgrps\": cannot be empty.`},
		"no such group":        {"user.create", with(`,"usrgrps":[{"usrgrpid":"99"}]`), `User group with ID \"99\" is not available.`},
		"no such role":         {"user.create", with(`,"roleid":"99"`), `User role with ID \"99\" is not available.`},
		"no password":          {"user.create", `{"username":"x","roleid":"1","usrgrps":[]}`, `Incorrect value for field \"/1/passwd\": cannot be empty.`},
		"a short password":     {"user.create", with(`,"passwd":"1234567"`), `Incorrect value for field \"/1/passwd\": must be at least 8 characters long.`},
		"short enough":         {"user.create", with(`,"passwd":"87654321"`), `={"userids":["4"]}`},
		"a common password":    {"user.create", with(`,"passwd":"Password"`), `must not be one of common or well-known passwords`},
		"a password of names":  {"user.update", `{"userid":"3","passwd":"XUSER1X-1"}`, `must not contain user's name, surname or username`},
		"an unknown member":    {"user.create", with(`,"mail":"x"`), `Invalid parameter \"/1\": unexpected parameter \"mail\".`},
		"an object to delete":  {"user.delete", `{"userid":"3"}`, `Invalid parameter \"/\": an array is expected.`},
		"himself deleted":      {"user.delete", `["3","1"]`, `User is not allowed to delete himself.`},
		"himself disabled":     {"user.update", `{"userid":"1","usrgrps":[{"usrgrpid":"9"}]}`, `User cannot add himself to a disabled group`},
		"the second of two":    {"user.create", `[` + with("") + `,` + with("") + `]`, `already exists.`},
		"a strange limit":      {"user.get", `{"limit":0}`, `/limit`},
		"no method":            {"user.nonsense", `{}`, `"code":-32601`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server(1)
			run(t, s, []step{test})
			if n := len(s.Users()); test.want[0] != '=' && n != 3 {
				t.Errorf("have %d users after a refusal, want 3", n)
			}
		})
	}
}

// Admin, guest, and 25 users, of whom the tenth and the twentieth are disabled.
func TestLists(t *testing.T) {
	t.Parallel()
	s := server(25)
	run(t, s, []step{
		{"user.get", `{"countOutput":true}`, `="27"`},
		{"user.get", `{"countOutput":true,"usrgrpids":["9"]}`, `="3"`},
		{"user.get", `{"output":["userid"],"limit":2}`, `=[{"userid":"1"},{"userid":"2"}]`},
		{"user.get", `{"output":["userid"],"limit":"2","sortfield":"userid","sortorder":"DESC"}`, `=[{"userid":"27"},{"userid":"26"}]`},
		{"user.get", `{"output":["username"],"sortfield":["username"],"limit":4}`, `=[{"username":"Admin"},{"username":"guest"},{"username":"user1"},{"username":"user10"}]`},
		{"user.get", `{"output":["userid"],"filter":{"username":"user7"}}`, `=[{"userid":"9"}]`},
		{"user.get", `{"output":["userid"],"filter":{"username":["user7","x","guest"]},"preservekeys":true}`, `={"2":{"userid":"2"},"9":{"userid":"9"}}`},
		{"user.get", `{"countOutput":true,"search":{"username":"USER2"}}`, `="7"`},
		{"user.get", `{"userids":["1"],"output":"extend","selectRole":["name"]}`, `"role":{"name":"Super admin role"},"roleid":"3","rows_per_page":"50"`},
		{"usergroup.get", `{"usrgrpids":"9","output":"extend"}`, `"users_status":"1"`},
	})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	s := server(1)
	login := request("user.login", `{"username":"Admin","password":"Admin's own"}`)
	read := request("user.get", `{"countOutput":true}`)
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	for _, test := range []struct {
		body    string
		headers []string
		want    string
	}{
		{request("apiinfo.version", "[]"), []string{"X", "y"}, `"result":"7.2.0"`},
		{request("apiinfo.version", "[]"), bearer(token), `must be called without authorization header.`},
		{request("user.login", `{"username":"Admin","password":"x"}`), []string{"X", "y"}, `"code":-32500,"message":"Application error.","data":"Incorrect user name or password or account is temporarily blocked."`},
		{request("user.login", `{"username":"guest","password":""}`), []string{"X", "y"}, `Incorrect user name`},
		{login, []string{"X", "y"}, `"result":"zabbix-session-1"`},
		{read, []string{"X", "y"}, `"data":"Not authorized."`},
		{read, bearer("zabbix-session-1"), `"result":"3"`},
		{request("user.logout", "[]"), bearer("zabbix-session-1"), `"result":true`},
		{read, bearer("zabbix-session-1"), `"code":-32602,"message":"Invalid params.","data":"Session terminated, re-login, please."`},
		{login, []string{"X", "y"}, `"result":"zabbix-session-2"`},
		{strings.Replace(read, `"id"`, `"auth":"zabbix-session-2","id"`, 1), []string{"X", "y"}, `unexpected parameter \"auth\"`},
		{`{"jsonrpc":`, nil, `"code":-32700`},
		{`{"jsonrpc":"1.0","method":"user.get"}`, nil, `"code":-32600`},
	} {
		if w := post(s, test.body, test.headers...); w.Code != 200 || !strings.Contains(w.Body.String(), test.want) {
			t.Fatalf("%s: have %d %s, want %s", test.body, w.Code, w.Body, test.want)
		}
	}
	s.Expire()
	if w := post(s, read, bearer("zabbix-session-2")...); !strings.Contains(w.Body.String(), "Session terminated") {
		t.Errorf("after Expire: have %s", w.Body)
	}
	if w := post(s, read, "Content-Type", "text/plain"); w.Code != http.StatusPreconditionFailed {
		t.Errorf("another type: have %d, want 412", w.Code)
	}
}

func TestTokenInTheBody(t *testing.T) {
	t.Parallel()
	s := zabbix.New(zabbix.Options{Password: "Admin's own", BodyAuth: true})
	read := request("user.get", `{"countOutput":true}`)
	for _, test := range []struct{ body, want string }{
		{request("apiinfo.version", "[]"), `"6.0.20"`},
		{strings.Replace(request("user.login", `{"username":"Admin","password":"Admin's own"}`), `"id"`, `"auth":null,"id"`, 1), `"zabbix-session-1"`},
		{strings.Replace(read, `"id"`, `"auth":"zabbix-session-1","id"`, 1), `"result":"2"`},
		{strings.Replace(request("apiinfo.version", "[]"), `"id"`, `"auth":"x","id"`, 1), `must be called without the \"auth\" parameter.`},
		{read, `"Not authorized."`},
	} {
		if w := post(s, test.body, "Authorization", "Bearer zabbix-session-1"); !strings.Contains(w.Body.String(), test.want) {
			t.Fatalf("%s: have %s, want %s", test.body, w.Body, test.want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := server(1)
	for _, do := range []lookalike.Action{zabbix.Terminated(), zabbix.Waiting(), zabbix.Overtaxed(2 * time.Second)} {
		s.Inject(lookalike.Fault{Do: do})
	}
	read := request("user.get", `{"countOutput":true}`)
	for _, test := range []struct {
		status int
		want   string
	}{{200, "Session terminated"}, {200, "Database error"}, {503, "503"}, {200, `"3"`}} {
		if w := post(s, read); w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("have %d %s, want %d %s", w.Code, w.Body, test.status, test.want)
		}
	}
}
