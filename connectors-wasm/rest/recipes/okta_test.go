//go:build !wasip1

package recipes_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/okta"
)

const oktaToken = "00canaryOktaToken"

// newOkta starts the imitated Okta and opens the connector for it. Its clock moves
// when the test says so.
func newOkta(t *testing.T, parameters map[string]string) (*okta.Server, *stack, *clock) {
	t.Helper()
	c := &clock{now: time.Now().Add(-24 * time.Hour)}
	server := okta.New(okta.Options{Token: oktaToken, Now: c.read})
	return server, openOkta(t, server, oktaToken, parameters), c
}

func openOkta(t *testing.T, server *okta.Server, token string, parameters map[string]string) *stack {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return open(t, app{
		recipe: "okta.yaml", url: listener.URL + "/api/v1", parameters: parameters,
		credentials: []hostfuncs.Credential{{Kind: hostfuncs.APIKey, Header: "Authorization", Prefix: "SSWS ", Secret: "token"}},
		secrets:     map[string]string{"token": token},
	})
}

// oktaUser returns what the server knows of the user with a login.
func oktaUser(t *testing.T, s *okta.Server, login string) okta.User {
	t.Helper()
	for _, u := range s.Users() {
		if u.Profile["login"] == login {
			return u
		}
	}
	t.Errorf("there is no user %s", login)
	return okta.User{}
}

func TestOktaSchema(t *testing.T) {
	t.Parallel()
	_, s, _ := newOkta(t, nil)
	schema, err := s.Schema(t.Context())
	if err != nil || len(schema.Types) != 1 || schema.Types[0].Name != "user" {
		t.Fatalf("have %+v and %v", schema, err)
	}
	user := &schema.Types[0]
	for name, want := range map[string]abi.AttributeOperation{"id": abi.ImportOnly, "login": abi.ImportExport, "active": abi.ImportExport, "status": abi.ImportOnly} {
		if a := user.Attribute(name); a == nil || a.Operation != want || a.Anchor != (name == "id") {
			t.Errorf("the attribute %s is %+v", name, a)
		}
	}
	report, err := s.Check(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("check: %+v and %v", report, err)
	}
}

func TestOktaRoundTrip(t *testing.T) {
	t.Parallel()
	server, s, c := newOkta(t, nil)
	server.Add(1005)
	c.add(time.Hour)
	before := s.full(t)
	if len(before) != 1005 {
		t.Fatalf("imported %d users, want 1005", len(before))
	}
	id := func(n int) string { return fmt.Sprintf("00u%013dpMox", n) }

	made := s.must(t,
		`{"id":"c1","change":"Add","attributes":{"login":"ada@example.com","email":"ada@example.com","firstName":"Ada","lastName":"Lovelace \"L\"","title":"Countess","export_password":"First-1234"}}`,
		`{"id":"c2","change":"Add","attributes":{"login":"off@example.com","email":"off@example.com","firstName":"O","lastName":"Ff","active":false}}`,
		`{"change":"Update","anchor":{"id":"`+id(1)+`"},"attributes":{"firstName":{"replace":"Zoë"},"mobilePhone":{"replace":"+49 1"},"department":{"replace":"R&D"}}}`,
		`{"change":"Update","anchor":{"id":"`+id(2)+`"},"attributes":{"active":{"replace":false}}}`,
		`{"change":"Update","anchor":{"id":"`+id(3)+`"},"attributes":{"export_password":{"replace":"Second-1234"}}}`,
		`{"change":"Delete","anchor":{"id":"`+id(4)+`"}}`,
	)
	ada := oktaUser(t, server, "ada@example.com")
	if made[0] != ada.ID || server.Password(ada.ID) != "First-1234" || ada.Status != "ACTIVE" || ada.Profile["title"] != "Countess" {
		t.Errorf("Ada is %+v with the password %q, and the connector says %q", ada, server.Password(ada.ID), made[0])
	}
	if off := oktaUser(t, server, "off@example.com"); off.Status != "STAGED" || len(server.Password(off.ID)) < 12 {
		t.Errorf("who is made disabled is %+v", off)
	}
	if one := oktaUser(t, server, "user1@example.com"); one.Profile["firstName"] != "Zoë" || one.Profile["department"] != "R&D" || one.Profile["lastName"] != "1" {
		t.Errorf("who was changed is %+v", one)
	}
	if server.Password(id(1)) != "Start-1234" || server.Password(id(2)) != "Start-1234" || server.Password(id(3)) != "Second-1234" {
		t.Error("the passwords are wrong")
	}
	if n := len(server.Users()); n != 1006 {
		t.Errorf("there are %d users, want 1006", n)
	}
	after := s.full(t)
	var want []string
	for _, n := range []int{1, 2, 3} {
		want = append(want, "changed "+id(n)+": "+after[id(n)])
	}
	want = append(want, "gone "+id(4), "new "+made[0]+": "+after[made[0]], "new "+made[1]+": "+after[made[1]])
	same(t, "after the changes", differences(before, after), want...)
	has(t, after[id(1)], "firstName=Zoë", "mobilePhone=+49 1", "department=R&D", "active=true", "lastName=1")
	has(t, after[id(2)], "active=false", "status=SUSPENDED")
	has(t, after[made[0]], "login=ada@example.com", `lastName=Lovelace "L"`, "active=true")
	has(t, after[made[1]], "active=false", "status=STAGED")

	s.must(t,
		`{"change":"Update","anchor":{"id":"`+id(1)+`"},"attributes":{"mobilePhone":null}}`,
		`{"change":"Update","anchor":{"id":"`+id(2)+`"},"attributes":{"active":{"replace":true},"title":{"replace":"back"}}}`,
		`{"change":"Update","anchor":{"id":"`+made[1]+`"},"attributes":{"active":{"replace":true}}}`,
		`{"change":"Update","anchor":{"id":"`+id(3)+`"},"attributes":{"active":{"replace":true}}}`,
	)
	if one := oktaUser(t, server, "user1@example.com"); one.Profile["mobilePhone"] != nil {
		t.Errorf("what was cleared is %v", one.Profile["mobilePhone"])
	}
	if two := oktaUser(t, server, "user2@example.com"); two.Status != "ACTIVE" || two.Profile["title"] != "back" || server.Password(id(2)) != "Start-1234" {
		t.Errorf("who was enabled is %+v", two)
	}
	if n := server.Count(func(r *http.Request) bool { return r.URL.RawQuery == "sendEmail=false" }); n != 1 {
		t.Errorf("there were %d activations without a mail, want 1", n)
	}
	if off := oktaUser(t, server, "off@example.com"); off.Status != "ACTIVE" {
		t.Errorf("who was made disabled and enabled is %+v", off)
	}
}

// Deactivating takes the password away and hides the user from plain lists.
func TestOktaDeactivate(t *testing.T) {
	t.Parallel()
	server, s, _ := newOkta(t, map[string]string{"disable": "deactivate", "activationMail": "1"})
	server.Add(3)
	first := server.Users()[0].ID
	s.must(t, `{"change":"Update","anchor":{"id":"`+first+`"},"attributes":{"active":{"replace":false},"title":{"replace":"left"}}}`)
	if u := server.Users()[0]; u.Status != "DEPROVISIONED" || u.Profile["title"] != "left" {
		t.Errorf("who was deactivated is %+v", u)
	}
	all := s.full(t)
	if len(all) != 3 {
		t.Errorf("imported %d users, want 3: who is deactivated is not deleted", len(all))
	}
	has(t, all[first], "active=false", "status=DEPROVISIONED")
	s.refused(t, abi.ExportErrorConnectedDirectoryError, `{"change":"Update","anchor":{"id":"`+first+`"},"attributes":{"title":{"replace":"x"}}}`)
	s.must(t, `{"change":"Update","anchor":{"id":"`+first+`"},"attributes":{"active":{"replace":true},"title":{"replace":"back"}}}`)
	for _, r := range server.Requests() {
		if strings.HasSuffix(r.Path, "/activate") && r.Query != "sendEmail=true" {
			t.Errorf("activated with %s", r.Query)
		}
	}
	if u := server.Users()[0]; u.Status != "PROVISIONED" || u.Profile["title"] != "back" {
		t.Errorf("who was activated again is %+v", u)
	}
	s.must(t, `{"change":"Update","anchor":{"id":"`+first+`"},"attributes":{"active":{"replace":false}}}`,
		`{"change":"Delete","anchor":{"id":"`+first+`"}}`, `{"id":"again","change":"Delete","anchor":{"id":"`+first+`"}}`)
	if n := len(server.Users()); n != 2 {
		t.Errorf("there are %d users, want 2", n)
	}
}

func TestOktaDelta(t *testing.T) {
	t.Parallel()
	server, s, c := newOkta(t, nil)
	server.Add(500)
	c.add(time.Hour)
	server.Add(3)
	_, mark, err := s.imported(t, nil)
	if err != nil || mark == nil {
		t.Fatalf("the watermark is %v (%v)", mark, err)
	}
	// Within the overlap everything is read again.
	c.add(time.Minute)
	id := server.Users()[7].ID
	s.must(t, `{"change":"Update","anchor":{"id":"`+id+`"},"attributes":{"active":{"replace":false}}}`)
	changed, mark, err := s.imported(t, mark)
	if err != nil || len(changed) != 4 {
		t.Errorf("have %v and %v, want four users", changed, err)
	}
	has(t, changed[id], "active=false", "status=SUSPENDED")
	c.add(time.Hour)
	server.Add(1)
	if changed, mark, err = s.imported(t, mark); err != nil || len(changed) != 4+1 {
		t.Errorf("have %v and %v, want those of the overlap again and the new user", changed, err)
	}
	c.add(time.Hour)
	if changed, _, err = s.imported(t, mark); err != nil || len(changed) != 1 {
		t.Errorf("have %v and %v, want the last change again", changed, err)
	}
}

func TestOktaRefused(t *testing.T) {
	t.Parallel()
	server, s, _ := newOkta(t, nil)
	server.Add(2)
	const add = `{"change":"Add","attributes":{"login":"%s","email":"%s","firstName":"A","lastName":"B"}}`
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, fmt.Sprintf(add, "USER1@example.com", "a@example.com"))
	// Who was there before is not taken for new because an earlier try was refused.
	for _, answer := range []lookalike.Action{okta.Throttled(time.Now()), lookalike.Answer(503, nil, "")} {
		server.Inject(lookalike.Fault{Match: lookalike.On("POST", "/api/v1/users"), Do: answer})
		s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, fmt.Sprintf(add, "user1@example.com", "user1@example.com"))
	}
	detail := s.refused(t, abi.ExportErrorConnectedDirectoryError, fmt.Sprintf(add, "new@example.com", "no address"))
	has(t, detail, "email: Does not match required pattern")
	s.refused(t, abi.ExportErrorConnectedDirectoryMissingObject, `{"change":"Update","anchor":{"id":"00unobody"},"attributes":{"title":{"replace":"x"}}}`)
	s.refused(t, abi.ExportErrorConnectedDirectoryMissingObject, `{"change":"Update","anchor":{"id":"00unobody"},"attributes":{"active":{"replace":false}}}`)
	outcomes, err := s.export(t, `{"change":"Update","anchor":{"id":"`+server.Users()[0].ID+`"},"attributes":{"export_password":{"replace":"short"}}}`)
	if err != nil || outcomes[0].Password != host.Failed || outcomes[0].PasswordError.Code != abi.PasswordPolicyViolation {
		t.Errorf("a bad password: %+v and %v", outcomes[0], err)
	}
	has(t, outcomes[0].PasswordError.Detail, "at least 8 characters")
}

// The answer to a create is lost: the user is found, and made once.
func TestOktaLostAnswer(t *testing.T) {
	t.Parallel()
	server, s, _ := newOkta(t, nil)
	create := func(r *http.Request) bool { return r.Method == "POST" && r.URL.Path == "/api/v1/users" }
	const add = `{"change":"Add","attributes":{"login":"lost@example.com","email":"a@example.com","firstName":"A","lastName":"B","export_password":"First-1234"}}`
	server.Inject(lookalike.Fault{Match: create, Do: lookalike.LoseAnswer()})
	made := s.must(t, add)
	if u := oktaUser(t, server, "lost@example.com"); u.ID != made[0] || len(server.Users()) != 1 || server.Password(u.ID) != "First-1234" {
		t.Errorf("the connector says %q, and there are %+v", made[0], server.Users())
	}
	if n := server.Count(create); n != 2 {
		t.Errorf("the create was sent %d times, want once more after the answer was lost", n)
	}
	// It does not arrive, and then does.
	server.Inject(lookalike.Fault{Match: create, Do: lookalike.Drop()})
	s.must(t, `{"change":"Add","attributes":{"login":"late@example.com","email":"a@example.com","firstName":"A","lastName":"B"}}`)
	// It never arrives: the outcome is unknown, and nobody is made.
	server.Inject(lookalike.Fault{Match: create, Times: lookalike.Always, Do: lookalike.Drop()})
	outcomes, err := s.export(t, `{"change":"Add","attributes":{"login":"never@example.com","email":"a@example.com","firstName":"A","lastName":"B"}}`)
	if outcomes[0].State != host.Unknown || len(server.Users()) != 2 {
		t.Errorf("nothing arrived: %+v and %v, with %d users", outcomes[0], err, len(server.Users()))
	}
}

func TestOktaFailures(t *testing.T) {
	t.Parallel()
	server, s, _ := newOkta(t, nil)
	server.Add(1000)
	list := lookalike.On("GET", "/api/v1/users")
	throttled := func(n int) lookalike.Fault {
		return lookalike.Fault{Match: list, Skip: 2, Times: n, Do: okta.Throttled(time.Now().Add(time.Second))}
	}
	unavailable := lookalike.Answer(503, nil, `{"errorCode":"E0000009"}`)
	for _, test := range []struct {
		name  string
		fault lookalike.Fault
		want  abi.Code
	}{
		{"a token that is revoked in mid-run", lookalike.Fault{Match: list, Skip: 2, Times: lookalike.Always, Do: lookalike.Answer(401, nil, `{"errorCode":"E0000011"}`)}, abi.BadServerCredentials},
		{"throttled once", throttled(1), 0},
		{"throttled for long", throttled(lookalike.Always), abi.ServerDown},
		{"503 twice", lookalike.Fault{Match: list, Skip: 1, Times: 2, Do: unavailable}, 0},
		{"503 for long", lookalike.Fault{Match: list, Skip: 1, Times: lookalike.Always, Do: unavailable}, abi.ServerDown},
		{"no permission", lookalike.Fault{Match: list, Times: lookalike.Always, Do: lookalike.Answer(403, nil, `{"errorCode":"E0000006"}`)}, abi.AccessDenied},
		{"an error document", lookalike.Fault{Match: list, Skip: 1, Do: lookalike.Answer(200, nil, `{"errorCode":"E0000009"}`)}, abi.UnexpectedData},
		{"cut once", lookalike.Fault{Match: list, Skip: 1, Do: lookalike.Cut(5000)}, 0},
		{"cut always", lookalike.Fault{Match: list, Skip: 1, Times: lookalike.Always, Do: lookalike.Cut(5000)}, abi.DroppedConnection},
		{"shortened to nothing", lookalike.Fault{Match: list, Skip: 4, Do: lookalike.Shorten(0)}, abi.UnexpectedData},
		{"shortened to one sign", lookalike.Fault{Match: list, Skip: 4, Do: lookalike.Shorten(1)}, abi.UnexpectedData},
		{"shortened in a row", lookalike.Fault{Match: list, Skip: 2, Do: lookalike.Shorten(70_000)}, abi.UnexpectedData},
		{"shortened by the last bracket", lookalike.Fault{Match: list, Skip: 4, Do: lookalike.Shorten(-1)}, abi.UnexpectedData},
	} {
		t.Run(test.name, func(t *testing.T) {
			server.Heal()
			server.Inject(test.fault)
			all, mark, err := s.imported(t, nil)
			if test.want == 0 && (err != nil || len(all) != 1000) || test.want != 0 && (abi.CodeOf(err) != test.want || mark != nil) {
				t.Errorf("have %d users, the mark %v and %v, want %v", len(all), mark, err, test.want)
			}
		})
	}
	server.Heal()
	server.Inject(lookalike.Fault{Match: list, Skip: 2, Do: okta.Throttled(time.Now().Add(time.Minute))})
	_, _, err := s.imported(t, nil)
	if e := abi.AsError(err); e == nil || e.Code != abi.ServerDown || e.RetryAfter < 50*time.Second || e.RetryAfter > 2*time.Minute {
		t.Errorf("throttled for a minute: %v", err)
	}
	if all, _, err := openOkta(t, server, "00wrong", nil).imported(t, nil); abi.CodeOf(err) != abi.BadServerCredentials {
		t.Errorf("a wrong token: %d users and %v", len(all), err)
	}
}

// A service application signs for its access tokens; one that is revoked in mid-run is
// replaced by another.
func TestOktaServiceApplication(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	server := okta.New(okta.Options{ClientID: "0oaService", ClientKey: &key.PublicKey})
	server.Add(700)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	s := open(t, app{
		recipe: "okta.yaml", url: listener.URL + "/api/v1",
		credentials: []hostfuncs.Credential{{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
			Grant: hostfuncs.GrantClientCredentials, TokenURL: listener.URL + "/oauth2/v1/token", Networks: loopback,
			ClientID: "0oaService", ClientAuth: hostfuncs.ClientAssertion, Scopes: []string{"okta.users.manage"},
			Assertion: &hostfuncs.Assertion{Algorithm: "RS256", Key: "key"},
		}}},
		secrets: map[string]string{"key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))},
	})
	server.Inject(lookalike.Fault{Match: lookalike.On("GET", "/api/v1/users"), Skip: 1, Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		server.Expire()
		next.ServeHTTP(w, r)
	}})
	if all := s.full(t); len(all) != 700 {
		t.Errorf("imported %d users, want 700", len(all))
	}
	if n := server.Count(lookalike.On("POST", "/oauth2/v1/token")); n != 2 {
		t.Errorf("there were %d tokens, want 2", n)
	}
	server.Expire()
	s.must(t, `{"change":"Update","anchor":{"id":"`+server.Users()[0].ID+`"},"attributes":{"title":{"replace":"x"}}}`)
	if server.Users()[0].Profile["title"] != "x" {
		t.Errorf("who was changed is %+v", server.Users()[0])
	}
}

// clock is the clock of a server.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
