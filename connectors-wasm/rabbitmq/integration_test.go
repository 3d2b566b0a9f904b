//go:build !wasip1

package rabbitmq_test

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
)

// broker wants a real RabbitMQ: .ci/rabbitmq starts one and prints the variables.
type realBroker struct {
	url, user, password string
}

func findBroker(t *testing.T) *realBroker {
	t.Helper()
	b := &realBroker{os.Getenv("ECMABOX_RABBITMQ_URL"), os.Getenv("ECMABOX_RABBITMQ_USER"), os.Getenv("ECMABOX_RABBITMQ_PASSWORD")}
	if b.url == "" {
		t.Skip("SKIPPED, NOTHING WAS TESTED: there is no RabbitMQ. Start one: eval \"$(.ci/rabbitmq start)\"")
	}
	u, err := url.Parse(b.url)
	if err != nil || u.Hostname() != "127.0.0.1" {
		t.Fatalf("ECMABOX_RABBITMQ_URL is %q: this test makes and deletes users, so it takes a broker of its own on 127.0.0.1 (%v)", b.url, err)
	}
	if status := b.whoami(t, b.user, b.password); status != http.StatusOK {
		t.Fatalf("the RabbitMQ at %s answers its administrator with %d", b.url, status)
	}
	return b
}

// ask asks the management API directly, past everything that is tested.
func (b *realBroker) ask(t *testing.T, user, password, method, path string, body any) int {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, b.url+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user, password)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode
}

func (b *realBroker) whoami(t *testing.T, user, password string) int {
	t.Helper()
	return b.ask(t, user, password, "GET", "/api/whoami", nil)
}

// put makes a user who has a password, and takes him away after the test.
func (b *realBroker) put(t *testing.T, name string, user map[string]any) {
	t.Helper()
	if status := b.ask(t, b.user, b.password, "PUT", "/api/users/"+url.PathEscape(name), user); status >= 300 {
		t.Fatalf("making %s is answered with %d", name, status)
	}
	b.forget(t, name)
}

// forget takes users away after the test.
func (b *realBroker) forget(t *testing.T, names ...string) {
	t.Cleanup(func() {
		body, _ := json.Marshal(map[string]any{"users": names})
		r, err := http.NewRequestWithContext(context.Background(), "POST", b.url+"/api/users/bulk-delete", bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		r.SetBasicAuth(b.user, b.password)
		r.Header.Set("Content-Type", "application/json")
		if answer, err := http.DefaultClient.Do(r); err != nil {
			t.Error(err)
		} else {
			_ = answer.Body.Close()
		}
	})
}

// stack is the connector as a module in the real sandbox, under the contract and
// with the grant of rabbitmq.yaml.
type stack struct {
	*runtime.Connector
	parameters abi.ConfigParameters
}

// configuration is rabbitmq.yaml for the broker at base.
func configuration(t *testing.T, b *realBroker, base string) []byte {
	t.Helper()
	text, err := os.ReadFile("rabbitmq.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"http://127.0.0.1:15672": base, "username: admin": "username: " + b.user} {
		if !bytes.Contains(text, []byte(from)) {
			t.Fatalf("rabbitmq.yaml no longer holds %q", from)
		}
		text = bytes.ReplaceAll(text, []byte(from), []byte(to))
	}
	return text
}

// newStack loads the connector for the broker at base, logging in with password.
func newStack(t *testing.T, b *realBroker, base, password string) *stack {
	t.Helper()
	c, err := config.Parse("rabbitmq.yaml", configuration(t, b, base), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := c.ReadSecrets(func(name string) (string, bool) { return password, name == "RABBITMQ_PASSWORD" })
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := hostfuncs.New(hostfuncs.Policy{Targets: c.Targets}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return &stack{load(t, hosts, c), c.ConfigParameters(secrets)}
}

func load(t *testing.T, hosts abi.HostProvider, c *config.Config) *runtime.Connector {
	t.Helper()
	module, err := wasmbuild.Build(t.Context(), "./module")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	connector, err := rt.Load(t.Context(), module, hosts, c.Promise)
	if err != nil {
		t.Fatal(err)
	}
	return connector
}

// users runs a full import: name → tags, sorted and joined.
func (s *stack) users(t *testing.T) (map[string]string, error) {
	t.Helper()
	session, err := s.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Parameters: s.parameters})
	if err != nil {
		return nil, err
	}
	users := make(map[string]string)
	reason, err := readAll(t.Context(), session, users)
	if _, closeErr := session.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{Reason: reason}); closeErr != nil {
		t.Errorf("close: %v", closeErr)
	}
	return users, err
}

func readAll(ctx context.Context, session abi.ImportSession, users map[string]string) (abi.CloseReason, error) {
	for {
		page, err := session.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		if err != nil {
			return abi.CloseUnknown, err
		}
		for i := range page.Entries {
			var tags []string
			for _, tag := range page.Entries[i].Attribute("tags").Values {
				tags = append(tags, tag.Text())
			}
			slices.Sort(tags)
			users[page.Entries[i].AnchorText("name")] = strings.Join(tags, " ")
		}
		if !page.MoreToImport {
			return abi.CloseNormal, nil
		}
	}
}

// export runs an export and returns the known outcomes by identifier.
func (s *stack) export(t *testing.T, entries ...abi.CSEntryChange) (map[string]abi.CSEntryChangeResult, error) {
	t.Helper()
	session, err := s.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Parameters: s.parameters, BatchSize: len(entries)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		entries[i].ObjectType, entries[i].Identifier = "user", entries[i].Modification.String()+" "+entries[i].AnchorText("name")
	}
	reason := abi.CloseNormal
	results, err := session.PutExportEntries(t.Context(), entries)
	if err != nil {
		reason = abi.CloseUnknown
	}
	if closeErr := session.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{Reason: reason}); closeErr != nil {
		t.Errorf("close: %v", closeErr)
	}
	outcomes := make(map[string]abi.CSEntryChangeResult)
	for _, r := range results.Results {
		outcomes[r.Identifier] = r
	}
	return outcomes, err
}

// must runs an export in which every entry succeeds.
func (s *stack) must(t *testing.T, entries ...abi.CSEntryChange) {
	t.Helper()
	outcomes, err := s.export(t, entries...)
	if err != nil {
		t.Fatal(err)
	}
	for id, r := range outcomes {
		if r.Code != abi.ExportSuccess {
			t.Errorf("%s: %v %s", id, r.Code, r.Detail)
		}
	}
}

func (s *stack) setPassword(t *testing.T, name, password string) error {
	t.Helper()
	session, err := s.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{Parameters: s.parameters})
	if err != nil {
		t.Fatal(err)
	}
	err = session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{ObjectType: "user", Anchor: anchor(name)}, NewPassword: password})
	if closeErr := session.ClosePasswordConnection(t.Context()); closeErr != nil {
		t.Errorf("close: %v", closeErr)
	}
	return err
}

func add(name string, tags ...string) abi.CSEntryChange {
	e := abi.CSEntryChange{Modification: abi.ObjectAdd, Anchor: anchor(name)}
	if len(tags) > 0 {
		e.Attributes = []abi.AttributeChange{abi.AddAll("tags", texts(tags...)...)}
	}
	return e
}

func retag(name string, more, less []string) abi.CSEntryChange {
	return abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: anchor(name), Attributes: []abi.AttributeChange{
		{Name: "tags", Modification: abi.AttributeUpdate, MultiValued: true, Values: texts(more...), Deletes: texts(less...)}}}
}

func remove(name string) abi.CSEntryChange {
	return abi.CSEntryChange{Modification: abi.ObjectDelete, Anchor: anchor(name)}
}

// bulk is how many users every import reads besides those of a test.
const bulk = 10_000

// fill makes the bulk, unless an earlier run has. It stays: making it takes
// longer than all tests, and the broker is the checkout's own.
func fill(t *testing.T, b *realBroker, s *stack) {
	t.Helper()
	have, err := s.users(t)
	if err != nil {
		t.Fatal(err)
	}
	var missing []map[string]any
	for i := range bulk {
		if name := fmt.Sprintf("bulk-%05d", i); have[name] != bulkTags(i) {
			missing = append(missing, map[string]any{"name": name, "password_hash": "", "hashing_algorithm": "rabbit_password_hashing_sha256",
				"tags": strings.Fields(bulkTags(i))})
		}
	}
	if len(missing) == 0 {
		return
	}
	if status := b.ask(t, b.user, b.password, "POST", "/api/definitions", map[string]any{"users": missing}); status >= 300 {
		t.Fatalf("making %d users is answered with %d", len(missing), status)
	}
}

func bulkTags(i int) string { return fmt.Sprintf("bulk zone%d", i%7) }

// own leaves out what other tests do to the same broker.
func own(users map[string]string) map[string]string {
	mine := maps.Clone(users)
	maps.DeleteFunc(mine, func(name, _ string) bool {
		return !strings.HasPrefix(name, "bulk-") && !strings.HasPrefix(name, "it-")
	})
	return mine
}

// changes tells two imports apart.
func changes(before, after map[string]string) (list []string) {
	for name, tags := range after {
		if was, there := before[name]; !there {
			list = append(list, "new "+name+": "+tags)
		} else if was != tags {
			list = append(list, "changed "+name+": "+tags)
		}
	}
	for name := range before {
		if _, there := after[name]; !there {
			list = append(list, "gone "+name)
		}
	}
	slices.Sort(list)
	return list
}

func TestRabbitMQ(t *testing.T) {
	b := findBroker(t)
	s := newStack(t, b, b.url, b.password)
	fill(t, b, s)
	t.Run("schema", func(t *testing.T) { testSchema(t, s) })
	t.Run("validation", func(t *testing.T) { testValidation(t, b) })
	t.Run("import and export", func(t *testing.T) { testRoundTrip(t, b, s) })
	t.Run("passwords", func(t *testing.T) { testPasswords(t, b, s) })
	t.Run("entries that fail", func(t *testing.T) { testEntries(t, b, s) })
	t.Run("wrong password", func(t *testing.T) { testWrongPassword(t, b) })
	t.Run("no administrator", func(t *testing.T) { testNoAdministrator(t, b) })
	t.Run("stopped server", func(t *testing.T) { testStopped(t, b) })
	t.Run("import cut", func(t *testing.T) { testImportCut(t, b) })
	t.Run("export cut", func(t *testing.T) { testExportCut(t, b) })
	t.Run("export cut once", func(t *testing.T) { testExportCutOnce(t, b) })
}

func testSchema(t *testing.T, s *stack) {
	schema, err := s.GetSchema(t.Context(), s.parameters)
	if err != nil || len(schema.Types) != 1 || schema.Types[0].Name != "user" || !slices.Equal(schema.Types[0].Anchors(), []string{"name"}) {
		t.Errorf("have %+v and %v", schema, err)
	}
}

func testValidation(t *testing.T, b *realBroker) {
	for password, want := range map[string]abi.ParameterValidationCode{b.password: abi.ValidationSuccess, "wrong": abi.ValidationFailure} {
		s := newStack(t, b, b.url, password)
		have, err := s.ValidateConfigParameters(t.Context(), abi.ConfigParametersRunStep{Page: abi.PageConnectivity, PageNumber: 1, Parameters: s.parameters})
		if err != nil || have.Code != want {
			t.Errorf("have %+v and %v, want %v", have, err, want)
		}
	}
}

func testRoundTrip(t *testing.T, b *realBroker, s *stack) {
	b.put(t, "it-old", map[string]any{"password": "old-Passw0rd", "tags": "management,x"})
	b.put(t, "it-gone", map[string]any{"password": "p", "tags": ""})
	b.put(t, "it-still", map[string]any{"password": "p", "tags": "y"})
	b.forget(t, "it-new", "it-a/b ?ë")
	began := time.Now()
	before, err := s.users(t)
	if err != nil || len(before) < bulk {
		t.Fatalf("imported %d users and %v, want at least %d", len(before), err, bulk)
	}
	t.Logf("imported %d users in %v", len(before), time.Since(began).Round(time.Millisecond))
	s.must(t, add("it-new", "a", "b"), add("it-a/b ?ë"), retag("it-old", []string{"z"}, []string{"x"}), remove("it-gone"))
	after, err := s.users(t)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"changed it-old: management z", "gone it-gone", "new it-a/b ?ë: ", "new it-new: a b"}
	if have := changes(own(before), own(after)); !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
	if status := b.whoami(t, "it-old", "old-Passw0rd"); status != http.StatusOK {
		t.Errorf("after the tag change a login is answered with %d", status)
	}
}

func testPasswords(t *testing.T, b *realBroker, s *stack) {
	// A hash by another algorithm than the broker's own, as an older broker left it.
	salt := []byte{1, 2, 3, 4}
	sum := sha512.Sum512(append(slices.Clone(salt), "strong-Passw0rd"...))
	b.put(t, "it-strong", map[string]any{"password_hash": base64.StdEncoding.EncodeToString(append(salt, sum[:]...)),
		"hashing_algorithm": "rabbit_password_hashing_sha512", "tags": "management"})
	b.put(t, "it-pw", map[string]any{"password": "old-Passw0rd", "tags": "management,x"})
	b.forget(t, "it-fresh")
	login := func(when, name, password string, want int) {
		t.Helper()
		if have := b.whoami(t, name, password); have != want {
			t.Errorf("%s: the login of %s is answered with %d, want %d", when, name, have, want)
		}
	}
	login("before", "it-strong", "strong-Passw0rd", 200)
	s.must(t, retag("it-strong", []string{"y"}, nil))
	login("after a tag change", "it-strong", "strong-Passw0rd", 200)

	login("before", "it-pw", "old-Passw0rd", 200)
	if err := s.setPassword(t, "it-pw", "new-Passw0rd\"\\ë"); err != nil {
		t.Fatal(err)
	}
	login("after the change", "it-pw", "old-Passw0rd", 401)
	login("after the change", "it-pw", "new-Passw0rd\"\\ë", 200)

	s.must(t, add("it-fresh", "management"))
	login("without a password", "it-fresh", "", 401)
	if err := s.setPassword(t, "it-fresh", "first-Passw0rd"); err != nil {
		t.Fatal(err)
	}
	login("with its first password", "it-fresh", "first-Passw0rd", 200)
	if err := s.setPassword(t, "it-nobody", "first-Passw0rd"); abi.CodeOf(err) != abi.ObjectNotFound {
		t.Errorf("a password for nobody: have %v, want ObjectNotFound", err)
	}
	users, err := s.users(t)
	if err != nil || users["it-pw"] != "management x" || users["it-strong"] != "management y" {
		t.Errorf("the tags are now %q and %q (%v)", users["it-pw"], users["it-strong"], err)
	}
	if _, there := users["it-nobody"]; there {
		t.Error("it-nobody was made")
	}
}

func testEntries(t *testing.T, b *realBroker, s *stack) {
	b.put(t, "it-there", map[string]any{"password": "p", "tags": "management"})
	b.forget(t, "it-last")
	outcomes, err := s.export(t, add("it-there"), retag("it-missing", []string{"x"}, nil), remove("it-missing"), add(".."),
		retag("it-there", []string{strings.Repeat("t", 256)}, nil), add("it-last"))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]abi.ExportError{
		"Add it-there":      abi.ExportErrorConnectedDirectoryExistingObject,
		"Update it-missing": abi.ExportErrorConnectedDirectoryMissingObject,
		"Delete it-missing": abi.ExportErrorConnectedDirectoryMissingObject,
		"Add ..":            abi.ExportErrorPermissionIssue,
		"Update it-there":   abi.ExportErrorConnectedDirectoryError,
		"Add it-last":       abi.ExportSuccess,
	} {
		if have := outcomes[id]; have.Code != want {
			t.Errorf("%s: have %v %s, want %v", id, have.Code, have.Detail, want)
		}
	}
	if status := b.whoami(t, "it-there", "p"); status != http.StatusOK {
		t.Errorf("a user nothing happened to cannot log in any more: %d", status)
	}
}

func testWrongPassword(t *testing.T, b *realBroker) {
	s := newStack(t, b, b.url, "wrong")
	if users, err := s.users(t); abi.CodeOf(err) != abi.BadServerCredentials {
		t.Errorf("import: have %d users and %v, want BadServerCredentials", len(users), err)
	}
	if outcomes, err := s.export(t, add("it-never")); abi.CodeOf(err) != abi.BadServerCredentials {
		t.Errorf("export: have %v and %v, want BadServerCredentials", outcomes, err)
	}
	if err := s.setPassword(t, "it-never", "x-Passw0rd"); abi.CodeOf(err) != abi.BadServerCredentials {
		t.Errorf("password: have %v, want BadServerCredentials", err)
	}
}

func testNoAdministrator(t *testing.T, b *realBroker) {
	b.put(t, "it-plain", map[string]any{"password": "p", "tags": "management"})
	plain := &realBroker{b.url, "it-plain", "p"}
	if users, err := newStack(t, plain, b.url, "p").users(t); abi.CodeOf(err) != abi.AccessDenied {
		t.Errorf("have %d users and %v, want AccessDenied", len(users), err)
	}
}

func testStopped(t *testing.T, b *realBroker) {
	p := newProxy(t, strings.TrimPrefix(b.url, "http://"))
	s := newStack(t, b, p.url(), b.password)
	if users, err := s.users(t); err != nil || len(users) < bulk {
		t.Fatalf("through the proxy: have %d users and %v", len(users), err)
	}
	p.stop()
	if users, err := s.users(t); abi.CodeOf(err) != abi.FailedConnection || len(users) > 0 {
		t.Errorf("import: have %d users and %v, want FailedConnection", len(users), err)
	}
	outcomes, err := s.export(t, add("it-one"), add("it-two"))
	for _, name := range []string{"it-one", "it-two"} {
		if have := outcomes["Add "+name]; abi.CodeOf(err) != abi.FailedConnection || have.Name != "NotSent" || !have.Retryable {
			t.Errorf("export: have %+v and %v, want FailedConnection, and %s not sent", have, err, name)
		}
	}
	if err := s.setPassword(t, "it-one", "x-Passw0rd"); abi.CodeOf(err) != abi.FailedConnection {
		t.Errorf("password: have %v, want FailedConnection", err)
	}
}

// cutAfter is in the middle of the list, which travels compressed.
const cutAfter = 5_000

func testImportCut(t *testing.T, b *realBroker) {
	p := newProxy(t, strings.TrimPrefix(b.url, "http://"))
	s := newStack(t, b, p.url(), b.password)
	p.cut("GET /api/users", 0, 1000, cutAfter)
	users, err := s.users(t)
	if abi.CodeOf(err) != abi.DroppedConnection || len(users) > 0 {
		t.Errorf("cut each time: have %d users and %v, want DroppedConnection and none", len(users), err)
	}
	p.cut("GET /api/users", 0, 1, cutAfter)
	if users, err = s.users(t); err != nil || len(users) < bulk {
		t.Errorf("cut once: have %d users and %v, want all: a read is tried again", len(users), err)
	}
}

// The third of six PUTs is carried out, and its answer never comes.
func testExportCut(t *testing.T, b *realBroker) {
	p := newProxy(t, strings.TrimPrefix(b.url, "http://"))
	s := newStack(t, b, p.url(), b.password)
	var entries []abi.CSEntryChange
	names := []string{"it-c1", "it-c2", "it-c3", "it-c4", "it-c5", "it-c6"}
	for _, name := range names {
		entries = append(entries, add(name, "cut"))
	}
	b.forget(t, names...)
	p.cut("PUT ", 2, 1000, 10)
	outcomes, err := s.export(t, entries...)
	if abi.CodeOf(err) != abi.DroppedConnection || len(outcomes) != 6 {
		t.Fatalf("have %+v and %v, want six outcomes and DroppedConnection", outcomes, err)
	}
	for name, want := range map[string]string{"it-c1": "", "it-c2": "", "it-c3": "OutcomeUnknown", "it-c4": "NotSent", "it-c5": "NotSent", "it-c6": "NotSent"} {
		if have := outcomes["Add "+name]; have.Name != want || (have.Code == abi.ExportSuccess) != (want == "") {
			t.Errorf("%s: have %+v, want %q", name, have, want)
		}
	}
	p.cut("", 0, 0, 0)
	users, err := s.users(t)
	if err != nil {
		t.Fatal(err)
	}
	// What was reported is true, what was unknown is seen now, and the rest is sent again.
	var again []abi.CSEntryChange
	for _, name := range names {
		if tags, there := users[name]; !there {
			again = append(again, add(name, "cut"))
		} else if tags != "cut" {
			t.Errorf("%s has the tags %q", name, tags)
		}
	}
	if len(again) != 3 {
		t.Errorf("%d of 6 are missing, want 3: the third was carried out, though its answer was lost", len(again))
	}
	s.must(t, again...)
	if users, err = s.users(t); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if users[name] != "cut" {
			t.Errorf("%s is not there in the end", name)
		}
	}
}

// A PUT may be sent twice: one lost answer harms nobody.
func testExportCutOnce(t *testing.T, b *realBroker) {
	p := newProxy(t, strings.TrimPrefix(b.url, "http://"))
	s := newStack(t, b, p.url(), b.password)
	b.put(t, "it-twice", map[string]any{"password": "twice-Passw0rd", "tags": "management"})
	b.forget(t, "it-once")
	p.cut("PUT ", 0, 1, 10)
	s.must(t, add("it-once", "x"))
	p.cut("PUT ", 0, 1, 10)
	s.must(t, retag("it-twice", []string{"x"}, nil))
	if status := b.whoami(t, "it-twice", "twice-Passw0rd"); status != http.StatusOK {
		t.Errorf("after a tag change in two tries a login is answered with %d", status)
	}
	p.cut("DELETE ", 0, 1, 10)
	s.must(t, remove("it-twice"))
}
