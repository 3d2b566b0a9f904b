//go:build !wasip1

package recipes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
)

// keystone is a real Keystone: .ci/keystone starts one and prints the variables.
type keystone struct {
	url, user, password, project string
	// token is the administrator's, past everything that is tested.
	token string
	// domain is the tests' own.
	domain string
}

func findKeystone(t *testing.T) *keystone {
	t.Helper()
	k := &keystone{url: os.Getenv("ECMABOX_KEYSTONE_URL"), user: os.Getenv("ECMABOX_KEYSTONE_USER"),
		password: os.Getenv("ECMABOX_KEYSTONE_PASSWORD"), project: os.Getenv("ECMABOX_KEYSTONE_PROJECT")}
	if k.url == "" {
		t.Skip("SKIPPED, NOTHING WAS TESTED: there is no Keystone. Start one: eval \"$(.ci/keystone start)\"")
	}
	u, err := url.Parse(k.url)
	if err != nil || u.Hostname() != "127.0.0.1" {
		t.Fatalf("ECMABOX_KEYSTONE_URL is %q: this test makes and deletes users, so it takes a server of its own on 127.0.0.1 (%v)", k.url, err)
	}
	// The tests stop it and start it otherwise: it must be the checkout's.
	if have := control(t, "env"); !strings.Contains(have, k.url+"\n") {
		t.Fatalf("ECMABOX_KEYSTONE_URL is %q, and the checkout's Keystone is\n%s", k.url, have)
	}
	t.Cleanup(func() { control(t, "start") })
	k.domain = k.makeDomain(t)
	return k
}

// control runs .ci/keystone.
func control(t *testing.T, args ...string) string {
	t.Helper()
	// Not with the test's context: it has ended when the server is put right again.
	out, err := exec.Command("../../../.ci/keystone", args...).Output()
	if err != nil {
		t.Errorf(".ci/keystone %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// answer is the part of Keystone's answers that the tests look at.
type answer struct {
	User    map[string]any
	Users   []map[string]any
	Domain  struct{ ID string }
	Domains []struct{ ID string }
}

// ask asks Keystone directly, past everything that is tested.
func (k *keystone) ask(t *testing.T, method, path string, body any) (status int, a answer) {
	t.Helper()
	if k.token == "" {
		if status, k.token = k.login(t, k.user, k.password, "default", k.project); status != http.StatusCreated {
			t.Fatalf("the Keystone at %s answers its administrator with %d", k.url, status)
		}
	}
	status, _, text := k.send(t, k.token, method, path, body)
	if err := json.Unmarshal(text, &a); err != nil && len(text) > 0 {
		t.Fatalf("%s %s is answered with %d and %s", method, path, status, text)
	}
	return status, a
}

// must asks for what succeeds.
func (k *keystone) must(t *testing.T, method, path string, body any) answer {
	t.Helper()
	status, a := k.ask(t, method, path, body)
	if status > 299 {
		t.Fatalf("%s %s is answered with %d", method, path, status)
	}
	return a
}

func (k *keystone) send(t *testing.T, token, method, path string, body any) (int, http.Header, []byte) {
	t.Helper()
	var given io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		given = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, k.url+"/v3"+path, given)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Auth-Token", token)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, text
}

// login logs a user in, in a project unless it is empty, and returns his token.
func (k *keystone) login(t *testing.T, user, password, domain, project string) (status int, token string) {
	t.Helper()
	in := map[string]string{"id": domain}
	auth := map[string]any{"identity": map[string]any{"methods": []string{"password"},
		"password": map[string]any{"user": map[string]any{"name": user, "password": password, "domain": in}}}}
	if project != "" {
		auth["scope"] = map[string]any{"project": map[string]any{"name": project, "domain": in}}
	}
	status, header, _ := k.send(t, "", "POST", "/auth/tokens", map[string]any{"auth": auth})
	return status, header.Get("X-Subject-Token")
}

// revoke ends a token.
func (k *keystone) revoke(t *testing.T, token string) {
	r, err := http.NewRequestWithContext(t.Context(), "DELETE", k.url+"/v3/auth/tokens", nil)
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("X-Auth-Token", token)
	r.Header.Set("X-Subject-Token", token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusNoContent {
		t.Errorf("ending a token is answered with %d", response.StatusCode)
	}
}

// makeDomain makes the domain of the tests, unless it is there. It stays.
func (k *keystone) makeDomain(t *testing.T) string {
	t.Helper()
	if a := k.must(t, "GET", "/domains?name=recipes", nil); len(a.Domains) > 0 {
		return a.Domains[0].ID
	}
	return k.must(t, "POST", "/domains", map[string]any{"domain": map[string]any{"name": "recipes"}}).Domain.ID
}

// users are all users of the tests' domain, by ID.
func (k *keystone) users(t *testing.T) map[string]map[string]any {
	t.Helper()
	all := make(map[string]map[string]any)
	for _, u := range k.must(t, "GET", "/users?domain_id="+k.domain, nil).Users {
		all[u["id"].(string)] = u
	}
	return all
}

// fill leaves n users and nobody else in the tests' domain.
func (k *keystone) fill(t *testing.T, n int) {
	t.Helper()
	have := make(map[string]bool)
	for id, u := range k.users(t) {
		if name := u["name"].(string); strings.HasPrefix(name, "bulk-") && name < fmt.Sprintf("bulk-%04d", n) {
			have[name] = true
		} else {
			k.must(t, "DELETE", "/users/"+id, nil)
		}
	}
	for i := range n {
		if name := fmt.Sprintf("bulk-%04d", i); !have[name] {
			k.must(t, "POST", "/users", map[string]any{"user": map[string]any{"name": name, "domain_id": k.domain, "enabled": i%10 != 0, "email": name + "@example.org"}})
		}
	}
}

// app is the Keystone at base.
func (k *keystone) app(t *testing.T, base, password string) app {
	t.Helper()
	return app{recipe: "keystone.yaml", url: base + "/v3", credentials: logins(t, "keystone.yaml", k.user),
		secrets: map[string]string{"password": password}, parameters: map[string]string{"domain": k.domain}}
}

// open opens the connector for the Keystone at base.
func (k *keystone) open(t *testing.T, base, password string) *stack {
	t.Helper()
	return open(t, k.app(t, base, password))
}

// sandbox loads the connector for an application without the host, for what no run
// does.
func sandbox(t *testing.T, a app) (*runtime.Connector, abi.ConfigParameters) {
	t.Helper()
	file, err := recipe.Load(a.recipe)
	if err != nil {
		t.Fatal(err)
	}
	c := configure(t, a, file)
	hosts, err := hostfuncs.New(hostfuncs.Policy{Targets: c.Targets}, hostfuncs.SecretMap(a.secrets))
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
		if err := errors.Join(rt.Close(context.Background()), hosts.Close()); err != nil {
			t.Error(err)
		}
	})
	module, err := wasmbuild.Build(t.Context(), restModule)
	if err != nil {
		t.Fatal(err)
	}
	connector, err := rt.Load(t.Context(), module, hosts, c.Promise)
	if err != nil {
		t.Fatal(err)
	}
	return connector, append(c.ConfigParameters(a.secrets), abi.ConfigParameter{Name: host.RecipeParameter, Value: file.JSON})
}

// between starts a proxy before Keystone. Each request is shown to see, which may
// say that its connection is dropped instead; so are those that Keystone does not
// answer.
func (k *keystone) between(t *testing.T, see func(*http.Request) (drop bool)) *httptest.Server {
	t.Helper()
	to, err := url.Parse(k.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if see(r) {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// delete takes a user away after a test.
func (k *keystone) delete(id string) {
	r, err := http.NewRequest("DELETE", k.url+"/v3/users/"+id, nil)
	if err != nil {
		return
	}
	r.Header.Set("X-Auth-Token", k.token)
	if response, err := http.DefaultClient.Do(r); err == nil {
		_ = response.Body.Close()
	}
}
