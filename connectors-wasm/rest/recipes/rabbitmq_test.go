//go:build !wasip1

package recipes_test

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// broker is a real RabbitMQ: .ci/rabbitmq starts one and prints the variables.
type broker struct{ url, user, password string }

func findBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{os.Getenv("ECMABOX_RABBITMQ_URL"), os.Getenv("ECMABOX_RABBITMQ_USER"), os.Getenv("ECMABOX_RABBITMQ_PASSWORD")}
	if b.url == "" {
		t.Skip("SKIPPED, NOTHING WAS TESTED: there is no RabbitMQ. Start one: eval \"$(.ci/rabbitmq start)\"")
	}
	u, err := url.Parse(b.url)
	if err != nil || u.Hostname() != "127.0.0.1" {
		t.Fatalf("ECMABOX_RABBITMQ_URL is %q: this test makes and deletes users, so it takes a broker of its own on 127.0.0.1 (%v)", b.url, err)
	}
	return b
}

// ask asks the management API directly, past everything that is tested.
func (b *broker) ask(ctx context.Context, user, password, method, path string, body any) (int, []byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, b.url+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	r.SetBasicAuth(user, password)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

// login says how a login is answered.
func (b *broker) login(t *testing.T, user, password string, want int) {
	t.Helper()
	if have, _, err := b.ask(t.Context(), user, password, "GET", "/api/whoami", nil); have != want {
		t.Errorf("the login of %s with %q is answered with %d, want %d (%v)", user, password, have, want, err)
	}
}

// put makes a user past everything that is tested, and takes him away afterwards.
func (b *broker) put(t *testing.T, name string, user map[string]any) {
	t.Helper()
	if status, _, err := b.ask(t.Context(), b.user, b.password, "PUT", "/api/users/"+url.PathEscape(name), user); err != nil || status > 299 {
		t.Fatalf("making %s is answered with %d (%v)", name, status, err)
	}
	b.forget(t, name)
}

// forget takes users away after the test.
func (b *broker) forget(t *testing.T, names ...string) {
	t.Cleanup(func() {
		if _, _, err := b.ask(context.Background(), b.user, b.password, "POST", "/api/users/bulk-delete", map[string]any{"users": names}); err != nil {
			t.Error(err)
		}
	})
}

// get is what the broker says of a user.
func (b *broker) get(t *testing.T, name string) (user map[string]any) {
	t.Helper()
	status, text, err := b.ask(t.Context(), b.user, b.password, "GET", "/api/users/"+url.PathEscape(name), nil)
	if err != nil || status == http.StatusOK && json.Unmarshal(text, &user) != nil {
		t.Fatalf("%s is %d %s (%v)", name, status, text, err)
	}
	return user
}

func (b *broker) open(t *testing.T, user, password string) *stack {
	t.Helper()
	return open(t, app{recipe: "rabbitmq.yaml", url: b.url, secrets: map[string]string{"password": password},
		credentials: []hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: user, Secret: "password"}},
		change:      func(target *hostfuncs.Target) { target.EncodedSlashes = true }})
}

// own leaves out whom other tests made on the same broker.
func own(all users) users {
	mine := make(users)
	for name, line := range all {
		if strings.HasPrefix(name, "recipe-") {
			mine[name] = line
		}
	}
	return mine
}

func TestRabbitMQRecipe(t *testing.T) {
	b := findBroker(t)
	s := b.open(t, b.user, b.password)
	report, err := s.Check(t.Context())
	if err != nil || len(report.Findings) > 0 || len(report.Schema.Types) != 1 || report.Schema.Types[0].Anchors()[0] != "name" {
		t.Fatalf("have %+v and %v", report, err)
	}
	t.Run("round trip", func(t *testing.T) { testBrokerRoundTrip(t, b, s) })
	t.Run("passwords", func(t *testing.T) { testBrokerPasswords(t, b, s) })
	t.Run("entries that fail", func(t *testing.T) { testBrokerEntries(t, b, s) })
	t.Run("logins that fail", func(t *testing.T) { testBrokerLogins(t, b) })
}

func testBrokerRoundTrip(t *testing.T, b *broker, s *stack) {
	b.put(t, "recipe-old", map[string]any{"password": "old-Passw0rd", "tags": "management,x"})
	b.put(t, "recipe-gone", map[string]any{"password": "p", "tags": ""})
	b.put(t, "recipe-still", map[string]any{"password": "p", "tags": "y"})
	b.forget(t, "recipe-new", "recipe-a/b ?ë")
	before := own(s.full(t))
	s.must(t,
		`{"change":"Add","anchor":{"name":"recipe-new"},"attributes":{"tags":["a","management"],"export_password":"new-Passw0rd\"\\ë"}}`,
		`{"change":"Add","anchor":{"name":"recipe-a/b ?ë"}}`,
		`{"change":"Update","anchor":{"name":"recipe-old"},"attributes":{"tags":{"replace":["management","z"]}}}`,
		`{"change":"Delete","anchor":{"name":"recipe-gone"}}`,
	)
	after := own(s.full(t))
	same(t, "the changes", differences(before, after), "changed recipe-old: tags=management,z", "gone recipe-gone", "new recipe-a/b ?ë: ", "new recipe-new: tags=a,management")
	if tags := fmt.Sprint(b.get(t, "recipe-new")["tags"]); tags != "[a management]" {
		t.Errorf("the broker says that the tags are %s", tags)
	}
	b.login(t, "recipe-new", "new-Passw0rd\"\\ë", http.StatusOK)
	b.login(t, "recipe-old", "old-Passw0rd", http.StatusOK)
	if user := b.get(t, "recipe-gone"); user != nil {
		t.Errorf("who was deleted is %v", user)
	}
	s.must(t, `{"change":"Update","anchor":{"name":"recipe-old"},"attributes":{"tags":null}}`)
	if user := b.get(t, "recipe-old"); fmt.Sprint(user["tags"]) != "[]" || user["password_hash"] == "" {
		t.Errorf("without tags the user is %v", user)
	}
}

func testBrokerPasswords(t *testing.T, b *broker, s *stack) {
	// A hash by another algorithm than the broker's own, as an older broker left it.
	b.put(t, "recipe-strong", map[string]any{"password_hash": strongHash(), "hashing_algorithm": "rabbit_password_hashing_sha512", "tags": "management"})
	b.forget(t, "recipe-fresh")
	b.login(t, "recipe-strong", "strong-Passw0rd", http.StatusOK)
	s.must(t, `{"change":"Update","anchor":{"name":"recipe-strong"},"attributes":{"tags":{"replace":["management","y"]}}}`)
	b.login(t, "recipe-strong", "strong-Passw0rd", http.StatusOK)
	if user := b.get(t, "recipe-strong"); user["password_hash"] != strongHash() || fmt.Sprint(user["tags"]) != "[management y]" {
		t.Errorf("after a change of tags the user is %v", user)
	}

	s.must(t, `{"change":"Add","anchor":{"name":"recipe-fresh"},"attributes":{"tags":["management"]}}`)
	b.login(t, "recipe-fresh", "", http.StatusUnauthorized)
	s.must(t, `{"change":"Update","anchor":{"name":"recipe-fresh"},"attributes":{"tags":{"replace":["management","x"]}}}`)
	b.login(t, "recipe-fresh", "", http.StatusUnauthorized)
	for _, password := range []string{"first-Passw0rd", "next-Passw0rd"} {
		s.must(t, `{"change":"Update","anchor":{"name":"recipe-fresh"},"attributes":{"export_password":{"replace":"`+password+`"}}}`)
		b.login(t, "recipe-fresh", password, http.StatusOK)
	}
	b.login(t, "recipe-fresh", "first-Passw0rd", http.StatusUnauthorized)
	if tags := fmt.Sprint(b.get(t, "recipe-fresh")["tags"]); tags != "[management x]" {
		t.Errorf("after a change of the password the tags are %s", tags)
	}
}

// strongHash is what RabbitMQ keeps of a password by SHA-512: salt and sum.
func strongHash() string {
	salt := "1234"
	sum := sha512.Sum512([]byte(salt + "strong-Passw0rd"))
	return base64.StdEncoding.EncodeToString(append([]byte(salt), sum[:]...))
}

func testBrokerEntries(t *testing.T, b *broker, s *stack) {
	b.put(t, "recipe-there", map[string]any{"password": "p", "tags": "management"})
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, `{"change":"Add","anchor":{"name":"recipe-there"}}`)
	s.refused(t, abi.ExportErrorConnectedDirectoryMissingObject, `{"change":"Update","anchor":{"name":"recipe-none"},"attributes":{"tags":{"replace":["x"]}}}`)
	s.refused(t, abi.ExportErrorConnectedDirectoryError, `{"change":"Update","anchor":{"name":"recipe-there"},"attributes":{"tags":{"replace":["`+strings.Repeat("t", 256)+`"]}}}`)
	outcomes, err := s.export(t, `{"change":"Update","anchor":{"name":"recipe-none"},"attributes":{"export_password":{"replace":"x-Passw0rd"}}}`)
	if err != nil || abi.CodeOf(outcomes[0].PasswordError) != abi.ObjectNotFound {
		t.Errorf("a password for nobody: have %+v and %v", outcomes, err)
	}
	if b.get(t, "recipe-none") != nil {
		t.Error("a password made a user")
	}
	b.login(t, "recipe-there", "p", http.StatusOK)
}

func testBrokerLogins(t *testing.T, b *broker) {
	b.put(t, "recipe-plain", map[string]any{"password": "plain-Passw0rd", "tags": "management"})
	for user, want := range map[string]abi.Code{b.user: abi.BadServerCredentials, "recipe-plain": abi.AccessDenied} {
		password := "wrong"
		if want == abi.AccessDenied {
			password = "plain-Passw0rd"
		}
		if all, _, err := b.open(t, user, password).imported(t, nil); abi.CodeOf(err) != want || len(all) > 0 {
			t.Errorf("%s: have %d users and %v, want %v", user, len(all), err, want)
		}
	}
}
