//go:build !wasip1

package recipes_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// bulk is how many users every import reads besides those of a test.
const bulk = 300

func TestKeystone(t *testing.T) {
	k := findKeystone(t)
	k.fill(t, bulk)
	t.Run("schema", func(t *testing.T) { testKeystoneSchema(t, k) })
	t.Run("import", func(t *testing.T) { testKeystoneImport(t, k) })
	t.Run("life of a user", func(t *testing.T) { testKeystoneLife(t, k) })
	t.Run("passwords", func(t *testing.T) { testKeystonePasswords(t, k) })
	t.Run("own password", func(t *testing.T) { testKeystoneOwnPassword(t, k) })
	t.Run("entries that fail", func(t *testing.T) { testKeystoneEntries(t, k) })
	t.Run("wrong login and address", func(t *testing.T) { testKeystoneWrong(t, k) })
}

func testKeystoneSchema(t *testing.T, k *keystone) {
	report, err := k.open(t, k.url, k.password).Check(t.Context())
	if err != nil || len(report.Findings) > 0 || len(report.Schema.Types) != 1 || report.Schema.Types[0].Name != "user" {
		t.Fatalf("have %+v and %v", report, err)
	}
	user := &report.Schema.Types[0]
	for name, want := range map[string]abi.AttributeOperation{"id": abi.ImportOnly, "name": abi.ImportExport, "enabled": abi.ImportExport, "password_expires_at": abi.ImportOnly} {
		if a := user.Attribute(name); a == nil || a.Operation != want || a.Anchor != (name == "id") {
			t.Errorf("the attribute %s is %+v", name, a)
		}
	}
}

func testKeystoneImport(t *testing.T, k *keystone) {
	all, there := k.open(t, k.url, k.password).full(t), k.users(t)
	if len(all) != bulk || len(there) != bulk {
		t.Fatalf("imported %d users of the %d that are there, want %d: nobody of another domain", len(all), len(there), bulk)
	}
	for id, u := range there {
		enabled := "enabled=false"
		if u["enabled"] == true {
			enabled = "enabled=true"
		}
		if have, want := all[id], "name="+u["name"].(string)+" "+enabled+" email="+u["email"].(string); have != want {
			t.Errorf("%s is %q, want %q", id, have, want)
		}
	}
}

// testKeystoneLife makes a user, changes, disables, enables and deletes him, and
// looks at each step what Keystone says, and what an import does.
func testKeystoneLife(t *testing.T, k *keystone) {
	s := k.open(t, k.url, k.password)
	before := s.full(t)
	step := func(what string, want ...string) {
		t.Helper()
		after := s.full(t)
		same(t, what, differences(before, after), want...)
		before = after
	}
	is := func(id, name string, want any) {
		t.Helper()
		if have := k.must(t, "GET", "/users/"+id, nil).User[name]; have != want {
			t.Errorf("Keystone says that %s is %v, want %v", name, have, want)
		}
	}
	login := func(name, password string, want int) {
		t.Helper()
		if have, _ := k.login(t, name, password, k.domain, ""); have != want {
			t.Errorf("the login of %s is answered with %d, want %d", name, have, want)
		}
	}
	id := s.must(t, `{"change":"Add","attributes":{"name":"Ada \"L\"/ë","email":"ada@example.org","description":"first","enabled":true,"export_password":"first-Passw0rd"}}`)[0]
	step("made", "new "+id+": name=Ada \"L\"/ë enabled=true description=first email=ada@example.org")
	is(id, "domain_id", k.domain)
	login(`Ada "L"/ë`, "first-Passw0rd", http.StatusCreated)

	s.must(t, `{"change":"Update","anchor":{"id":"`+id+`"},"attributes":{"name":{"replace":"ada"},"email":{"replace":"a@example.org"},"employee_number":{"replace":"7"},"description":null}}`)
	step("changed", "changed "+id+": name=ada enabled=true email=a@example.org employee_number=7")
	is(id, "email", "a@example.org")
	is(id, "description", nil)
	login("ada", "first-Passw0rd", http.StatusCreated)

	s.must(t, `{"change":"Update","anchor":{"id":"`+id+`"},"attributes":{"enabled":{"replace":false}}}`)
	step("disabled", "changed "+id+": name=ada enabled=false email=a@example.org employee_number=7")
	is(id, "enabled", false)
	login("ada", "first-Passw0rd", http.StatusUnauthorized)

	s.must(t, `{"change":"Update","anchor":{"id":"`+id+`"},"attributes":{"enabled":{"replace":true}}}`)
	step("enabled again", "changed "+id+": name=ada enabled=true email=a@example.org employee_number=7")
	login("ada", "first-Passw0rd", http.StatusCreated)

	s.must(t, `{"change":"Delete","anchor":{"id":"`+id+`"}}`)
	step("deleted", "gone "+id)
	if status, _ := k.ask(t, "GET", "/users/"+id, nil); status != http.StatusNotFound {
		t.Errorf("Keystone answers with %d who was deleted", status)
	}
}

func testKeystonePasswords(t *testing.T, k *keystone) {
	s := k.open(t, k.url, k.password)
	id := s.must(t, `{"change":"Add","attributes":{"name":"it-password"}}`)[0]
	t.Cleanup(func() { k.delete(id) })
	login := func(password string, want int) {
		t.Helper()
		if have, _ := k.login(t, "it-password", password, k.domain, ""); have != want {
			t.Errorf("with %q the login is answered with %d, want %d", password, have, want)
		}
	}
	login("new-Passw0rd\"\\ë", http.StatusUnauthorized)
	for _, password := range []string{`new-Passw0rd\"\\ë`, `next-Passw0rd`} {
		s.must(t, `{"change":"Update","anchor":{"id":"`+id+`"},"attributes":{"export_password":{"replace":"`+password+`"}}}`)
	}
	login("new-Passw0rd\"\\ë", http.StatusUnauthorized)
	login("next-Passw0rd", http.StatusCreated)
}

// testKeystoneOwnPassword changes a password by the old one. Runs never do, so the
// sandbox is asked itself.
func testKeystoneOwnPassword(t *testing.T, k *keystone) {
	s := k.open(t, k.url, k.password)
	id := s.must(t, `{"change":"Add","attributes":{"name":"it-own","export_password":"first-Passw0rd"}}`)[0]
	t.Cleanup(func() { k.delete(id) })
	connector, parameters := sandbox(t, k.app(t, k.url, k.password))
	session, err := connector.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, next string) error {
		entry := abi.CSEntry{ObjectType: "user", Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(id)}}}
		return session.ChangePassword(t.Context(), abi.ChangePasswordRunStep{Entry: entry, OldPassword: old, NewPassword: next})
	}
	if err := change("wrong", "next-Passw0rd"); abi.CodeOf(err) != abi.OldPasswordIncorrect {
		t.Errorf("by a wrong password: have %v, want OldPasswordIncorrect", err)
	}
	if err := change("first-Passw0rd", "next-\"Passw0rd"); err != nil {
		t.Error(err)
	}
	if err := session.ClosePasswordConnection(t.Context()); err != nil {
		t.Error(err)
	}
	if status, _ := k.login(t, "it-own", `next-"Passw0rd`, k.domain, ""); status != http.StatusCreated {
		t.Errorf("the login is answered with %d", status)
	}
}

func testKeystoneEntries(t *testing.T, k *keystone) {
	s := k.open(t, k.url, k.password)
	before := k.users(t)
	const missing = `"anchor":{"id":"0123456789abcdef0123456789abcdef"}`
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, `{"change":"Add","attributes":{"name":"bulk-0001"}}`)
	s.refused(t, abi.ExportErrorConnectedDirectoryMissingObject, `{"change":"Update",`+missing+`,"attributes":{"email":{"replace":"x"}}}`)
	if detail := s.refused(t, abi.ExportErrorConnectedDirectoryError, `{"change":"Add","attributes":{"name":"`+string(slices.Repeat([]byte("x"), 256))+`"}}`); detail == "" {
		t.Error("a name that is too long is refused without a reason")
	}
	if now := k.users(t); len(now) != len(before) {
		t.Errorf("there are %d users, want %d", len(now), len(before))
	}
}

func testKeystoneWrong(t *testing.T, k *keystone) {
	if all, _, err := k.open(t, k.url, "wrong").imported(t, nil); abi.CodeOf(err) != abi.BadServerCredentials || len(all) > 0 {
		t.Errorf("wrong password: have %d users and %v, want BadServerCredentials", len(all), err)
	}
	// With the address of something else nobody may count as gone: he would, if HTML
	// with status 404 said so.
	elsewhere := k.between(t, func(r *http.Request) bool {
		if r.Method == "DELETE" {
			r.URL.Path = "/v2" + r.URL.Path
		}
		return false
	})
	var some string
	for some = range k.users(t) {
		break
	}
	outcomes, err := k.open(t, elsewhere.URL, k.password).export(t, `{"change":"Delete","anchor":{"id":"`+some+`"}}`)
	if abi.CodeOf(err) != abi.UnexpectedData {
		t.Errorf("wrong address: have %+v and %v, want UnexpectedData", outcomes, err)
	}
}
