//go:build !wasip1

package recipes_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/servicenow"
)

const serviceNowPassword = "canary-ServiceNow-1234"

// newServiceNow starts the imitated ServiceNow, which orders nothing that nobody asked
// it to order, and opens the connector for it.
func newServiceNow(t *testing.T) (*servicenow.Server, *stack, *clock) {
	t.Helper()
	c := &clock{now: time.Now().Add(-24 * time.Hour)}
	server := servicenow.New(servicenow.Options{
		Username: "ecmabox", Password: serviceNowPassword, Now: c.read, Restless: true, Zone: time.FixedZone("", -7*3600),
	})
	return server, openServiceNow(t, server, serviceNowPassword), c
}

func openServiceNow(t *testing.T, server *servicenow.Server, password string) *stack {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return open(t, app{
		recipe: "servicenow.yaml", url: listener.URL + "/api/now",
		credentials: []hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: "ecmabox", Secret: "password"}},
		secrets:     map[string]string{"password": password},
	})
}

// record returns the user with a user_name.
func record(t *testing.T, s *servicenow.Server, name string) servicenow.Record {
	t.Helper()
	for _, row := range s.Users() {
		if row["user_name"] == name {
			return row
		}
	}
	t.Errorf("there is no user %s", name)
	return nil
}

func TestServiceNowSchema(t *testing.T) {
	t.Parallel()
	_, s, _ := newServiceNow(t)
	report, err := s.Check(t.Context())
	if err != nil || len(report.Findings) > 0 || len(report.Schema.Types) != 1 {
		t.Fatalf("check: %+v and %v", report, err)
	}
	user := &report.Schema.Types[0]
	for name, want := range map[string]abi.SchemaAttribute{
		"sys_id": {Type: abi.String, Anchor: true, Operation: abi.ImportOnly}, "user_name": {Type: abi.String}, "active": {Type: abi.Boolean},
		"manager": {Type: abi.Reference}, "sys_updated_on": {Type: abi.String, Operation: abi.ImportOnly},
	} {
		if a := user.Attribute(name); a == nil || a.Type != want.Type || a.Operation != want.Operation || a.Anchor != want.Anchor {
			t.Errorf("the attribute %s is %+v", name, a)
		}
	}
}

func TestServiceNowRoundTrip(t *testing.T) {
	t.Parallel()
	server, s, c := newServiceNow(t)
	server.Add(2500)
	c.add(time.Hour)
	before := s.full(t)
	if len(before) != 2500 {
		t.Fatalf("imported %d users, want 2500", len(before))
	}
	rows := server.Users()
	first, second, third, fourth := rows[0]["sys_id"], rows[1]["sys_id"], rows[2]["sys_id"], rows[3]["sys_id"]
	has(t, before[first], "user_name=user1", "name=User 1", "active=true", "department=Sales", "sys_created_on=20")

	made := s.must(t,
		`{"id":"c1","change":"Add","attributes":{"user_name":"ada","first_name":"Ada \"A\"","last_name":"Łovelace","email":"ada@example.com","active":true,"department":"IT","manager":"`+first+`","export_password":"Secret-1 \" ë"}}`,
		`{"id":"c2","change":"Add","attributes":{"user_name":"off","active":false,"locked_out":true}}`,
		`{"change":"Update","anchor":{"sys_id":"`+first+`"},"attributes":{"title":{"replace":"R&D <1>"},"department":{"replace":"IT"},"manager":{"replace":"`+second+`"},"email":null}}`,
		`{"change":"Update","anchor":{"sys_id":"`+second+`"},"attributes":{"active":{"replace":false}}}`,
		`{"change":"Update","anchor":{"sys_id":"`+third+`"},"attributes":{"export_password":{"replace":"Second-1234"}}}`,
		`{"change":"Delete","anchor":{"sys_id":"`+fourth+`"}}`,
		`{"id":"again","change":"Delete","anchor":{"sys_id":"`+fourth+`"}}`,
	)
	ada := record(t, server, "ada")
	if ada["sys_id"] != made[0] || ada["name"] != `Ada "A" Łovelace` || ada["active"] != "true" || ada["manager"] != first || server.Password(made[0]) != "Secret-1 \" ë" {
		t.Errorf("Ada is %v with the password %q, and the connector says %q", ada, server.Password(made[0]), made[0])
	}
	if off := record(t, server, "off"); off["active"] != "false" || off["locked_out"] != "true" || off["sys_id"] != made[1] {
		t.Errorf("who was made disabled is %v", off)
	}
	if one := record(t, server, "user1"); one["title"] != "R&D <1>" || one["department"] != ada["department"] || one["manager"] != second || one["email"] != "" || one["last_name"] != "1" {
		t.Errorf("who was changed is %v", one)
	}
	if server.Password(third) != "Second-1234" || record(t, server, "user2")["active"] != "false" || len(server.Users()) != 2501 {
		t.Errorf("password %q, and there are %d users", server.Password(third), len(server.Users()))
	}
	after := s.full(t)
	want := []string{"gone " + fourth}
	for _, id := range []string{first, second, third} {
		want = append(want, "changed "+id+": "+after[id])
	}
	want = append(want, "new "+made[0]+": "+after[made[0]], "new "+made[1]+": "+after[made[1]])
	slices.Sort(want)
	same(t, "after the changes", differences(before, after), want...)
	has(t, after[made[0]], "user_name=ada", `first_name=Ada "A"`, "last_name=Łovelace", "active=true", "locked_out=false", "department=IT", "manager="+first)
	has(t, after[first], "title=R&D <1>", "department=IT", "manager="+second)
	has(t, after[second], "active=false")
	has(t, after[made[1]], "user_name=off", "active=false", "locked_out=true")

	s.must(t, `{"change":"Update","anchor":{"sys_id":"`+second+`"},"attributes":{"active":{"replace":true},"department":null}}`)
	if two := record(t, server, "user2"); two["active"] != "true" || two["department"] != "" {
		t.Errorf("who was enabled is %v", two)
	}
	for _, r := range server.Requests() {
		if r.Method == "GET" && r.Status == 200 && r.Path == "/api/now/table/sys_user" && r.Query == "" {
			t.Error("a list was asked for without a query")
		}
	}
}

func TestServiceNowDelta(t *testing.T) {
	t.Parallel()
	server, s, c := newServiceNow(t)
	server.Add(1200)
	c.add(time.Hour)
	server.Add(2)
	_, mark, err := s.imported(t, nil)
	if err != nil || mark == nil {
		t.Fatalf("the watermark is %v (%v)", mark, err)
	}
	c.add(time.Hour)
	rows := server.Users()
	changed, gone := rows[5]["sys_id"], rows[6]["sys_id"]
	s.must(t, `{"change":"Update","anchor":{"sys_id":"`+changed+`"},"attributes":{"active":{"replace":false}}}`, `{"change":"Delete","anchor":{"sys_id":"`+gone+`"}}`)
	all, mark, err := s.imported(t, mark)
	if err != nil || len(all) != 4 || all[gone] != "gone" {
		t.Errorf("have %v and %v, want two of the overlap, one changed and one gone", all, err)
	}
	has(t, all[changed], "active=false", "user_name=user6")
	c.add(time.Hour)
	server.Add(1)
	if all, mark, err = s.imported(t, mark); err != nil || len(all) != 3 {
		t.Errorf("have %v and %v, want the two changes of the overlap and a new one", all, err)
	}
	c.add(time.Hour)
	if all, mark, err = s.imported(t, mark); err != nil || len(all) != 1 || mark == nil {
		t.Errorf("have %v and %v, want the last change again", all, err)
	}
	// More are deleted than fit into a page.
	c.add(time.Hour)
	var deletes []string
	for _, row := range server.Users()[:1100] {
		deletes = append(deletes, `{"change":"Delete","anchor":{"sys_id":"`+row["sys_id"]+`"}}`)
	}
	s.must(t, deletes...)
	if all, _, err = s.imported(t, mark); err != nil || len(all) != 1101 {
		t.Errorf("have %d and %v, want 1100 who are gone and the last change again", len(all), err)
	}
}

func TestServiceNowRefused(t *testing.T) {
	t.Parallel()
	server, s, _ := newServiceNow(t)
	server.Add(2)
	id := server.Users()[0]["sys_id"]
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, `{"change":"Add","attributes":{"user_name":"USER1"}}`)
	has(t, s.refused(t, abi.ExportErrorConnectedDirectoryError, `{"change":"Update","anchor":{"sys_id":"`+id+`"},"attributes":{"user_name":{"replace":"user2"}}}`), "Error during update")
	has(t, s.refused(t, abi.ExportErrorConnectedDirectoryError, `{"change":"Update","anchor":{"sys_id":"`+id+`"},"attributes":{"department":{"replace":"Nowhere"}}}`), "departments")
	s.refused(t, abi.ExportErrorConnectedDirectoryMissingObject, `{"change":"Update","anchor":{"sys_id":"nobody"},"attributes":{"title":{"replace":"x"}}}`)
	if len(server.Users()) != 2 || server.Users()[0]["user_name"] != "user1" {
		t.Errorf("there are %v", server.Users())
	}
}

// The answer to a create is lost: the user is found, and made once.
func TestServiceNowLostAnswer(t *testing.T) {
	t.Parallel()
	server, s, _ := newServiceNow(t)
	server.Add(3)
	server.Inject(lookalike.Fault{Match: lookalike.On("POST", "/api/now/table/sys_user"), Do: lookalike.LoseAnswer()})
	made := s.must(t, `{"change":"Add","attributes":{"user_name":"lost","export_password":"First-1234"}}`)
	if n := server.Count(lookalike.On("POST", "/api/now/table/sys_user")); n != 2 {
		t.Errorf("the create was sent %d times, want once more after the answer was lost", n)
	}
	if u := record(t, server, "lost"); u["sys_id"] != made[0] || len(server.Users()) != 4 || server.Password(made[0]) != "First-1234" {
		t.Errorf("the connector says %q, and there are %v", made[0], server.Users())
	}
	// A name with a ^ is a query of its own: another user, who is found, is not taken for
	// the new one.
	server.Inject(lookalike.Fault{Match: lookalike.On("POST", "/api/now/table/sys_user"), Times: lookalike.Always, Do: lookalike.Drop()})
	outcomes, err := s.export(t, `{"change":"Add","attributes":{"user_name":"user1^active=true"}}`)
	if outcomes[0].State != host.Unknown || len(server.Users()) != 4 {
		t.Errorf("nothing arrived: %+v and %v", outcomes[0], err)
	}
	// What is safe to repeat is repeated.
	server.Inject(lookalike.Fault{Match: lookalike.On("PATCH", ""), Do: lookalike.LoseAnswer()})
	server.Inject(lookalike.Fault{Match: lookalike.On("DELETE", ""), Do: lookalike.LoseAnswer()})
	rows := server.Users()
	s.must(t, `{"change":"Update","anchor":{"sys_id":"`+rows[0]["sys_id"]+`"},"attributes":{"title":{"replace":"x"}}}`, `{"change":"Delete","anchor":{"sys_id":"`+rows[1]["sys_id"]+`"}}`)
	if len(server.Users()) != 3 || record(t, server, "user1")["title"] != "x" {
		t.Errorf("there are %v", server.Users())
	}
}

func TestServiceNowFailures(t *testing.T) {
	t.Parallel()
	server, s, _ := newServiceNow(t)
	server.Add(1100)
	list := lookalike.On("GET", "/api/now/table/sys_user")
	once := func(do lookalike.Action) lookalike.Fault { return lookalike.Fault{Match: list, Skip: 1, Do: do} }
	always := func(do lookalike.Action) lookalike.Fault {
		return lookalike.Fault{Match: list, Skip: 1, Times: lookalike.Always, Do: do}
	}
	unauthorized := lookalike.Answer(401, nil, `{"error":{"message":"User Not Authenticated","detail":"Required to provide Auth information"},"status":"failure"}`)
	unavailable := lookalike.Answer(503, nil, "")
	type test struct {
		name  string
		fault lookalike.Fault
		want  abi.Code
	}
	tests := []test{
		{"an account that is locked in mid-run", always(unauthorized), abi.BadServerCredentials},
		{"throttled once", once(servicenow.Throttled(time.Now(), time.Second)), 0},
		{"throttled for long", always(servicenow.Throttled(time.Now(), time.Hour)), abi.ServerDown},
		{"503 twice", lookalike.Fault{Match: list, Skip: 1, Times: 2, Do: unavailable}, 0},
		{"503 for long", always(unavailable), abi.ServerDown},
		{"cut once", once(lookalike.Cut(10_000)), 0},
		{"cut always", always(lookalike.Cut(10_000)), abi.DroppedConnection},
		{"no rows", once(lookalike.Answer(200, nil, `{"status":"success"}`)), abi.UnexpectedData},
		{"rows that are null", once(lookalike.Answer(200, nil, `{"result":null}`)), abi.UnexpectedData},
		{"a page of a login form", once(lookalike.Answer(200, nil, `<html></html>`)), abi.UnexpectedData},
		{"cancelled without rows", once(servicenow.Cancelled(0)), abi.UnexpectedData},
		{"cancelled behind some rows", once(servicenow.Cancelled(30)), abi.UnexpectedData},
		{"cancelled behind all rows", once(servicenow.Cancelled(100)), abi.UnexpectedData},
	}
	for _, n := range []int{1, 10, 11, 5000, 20_000} {
		tests = append(tests, test{"shortened", once(lookalike.Shorten(n)), abi.UnexpectedData}, test{"cancelled anywhere", once(servicenow.CancelledAt(n)), abi.UnexpectedData})
	}
	tests = append(tests, test{"shortened by the last bracket", once(lookalike.Shorten(-1)), abi.UnexpectedData})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server.Heal()
			server.Inject(test.fault)
			all, mark, err := s.imported(t, nil)
			if test.want == 0 && (err != nil || len(all) != 1100) || test.want != 0 && (abi.CodeOf(err) != test.want || mark != nil) {
				t.Errorf("have %d users, the mark %v and %v, want %v", len(all), mark, err, test.want)
			}
		})
	}
	server.Heal()
	if all, _, err := openServiceNow(t, server, "wrong").imported(t, nil); abi.CodeOf(err) != abi.BadServerCredentials {
		t.Errorf("a wrong password: %d users and %v", len(all), err)
	}
}

// Access tokens that end in mid-run are renewed.
func TestServiceNowTokens(t *testing.T) {
	t.Parallel()
	server := servicenow.New(servicenow.Options{Username: "ecmabox", Password: serviceNowPassword, ClientID: "client", ClientSecret: "canary-client-secret"})
	server.Add(2100)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	s := open(t, app{
		recipe: "servicenow.yaml", url: listener.URL + "/api/now",
		credentials: []hostfuncs.Credential{{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
			Grant: hostfuncs.GrantPassword, TokenURL: listener.URL + "/oauth_token.do", Networks: loopback, ClientAuth: hostfuncs.ClientBody,
			ClientID: "client", ClientSecret: "secret", Username: "ecmabox", Password: "password",
		}}},
		secrets: map[string]string{"password": serviceNowPassword, "secret": "canary-client-secret"},
	})
	server.Inject(lookalike.Fault{Match: lookalike.On("GET", "/api/now/table/sys_user"), Skip: 1, Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		server.Expire()
		next.ServeHTTP(w, r)
	}})
	if all := s.full(t); len(all) != 2100 {
		t.Errorf("imported %d users, want 2100", len(all))
	}
	if n := server.Count(lookalike.On("POST", "/oauth_token.do")); n < 2 {
		t.Errorf("there were %d tokens, want 2", n)
	}
}
