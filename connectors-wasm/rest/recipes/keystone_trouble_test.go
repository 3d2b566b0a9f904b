//go:build !wasip1

package recipes_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
)

// TestKeystoneTrouble goes wrong in every way that was seen of Keystone.
func TestKeystoneTrouble(t *testing.T) {
	k := findKeystone(t)
	k.fill(t, bulk)
	t.Run("list cut short", func(t *testing.T) { testKeystoneTruncated(t, k) })
	t.Run("token revoked", func(t *testing.T) { testKeystoneRevoked(t, k) })
	t.Run("token expired", func(t *testing.T) { testKeystoneExpired(t, k) })
	t.Run("create without an answer", func(t *testing.T) { testKeystoneLost(t, k) })
	t.Run("restart", func(t *testing.T) { testKeystoneRestart(t, k) })
	t.Run("stop and start", func(t *testing.T) { testKeystoneStop(t, k) })
}

// A list that ends at list_limit has nobody who could count as gone.
func testKeystoneTruncated(t *testing.T, k *keystone) {
	s := k.open(t, k.url, k.password)
	if all := s.full(t); len(all) != bulk {
		t.Fatalf("imported %d users, want %d", len(all), bulk)
	}
	control(t, "start", fmt.Sprintf("list_limit=%d", bulk-1))
	all, mark, err := s.imported(t, nil)
	if abi.CodeOf(err) != abi.UnexpectedData || !strings.Contains(err.Error(), "cut short") || len(all) > 0 || mark != nil {
		t.Errorf("have %d users, the watermark %v and %v, want UnexpectedData and nothing else", len(all), mark, err)
	}
	// Who is looked for by name is found all the same.
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, `{"change":"Add","attributes":{"name":"bulk-0299"}}`)
	control(t, "start", fmt.Sprintf("list_limit=%d", bulk))
	if all := s.full(t); len(all) != bulk {
		t.Errorf("at the limit: imported %d users, want %d", len(all), bulk)
	}
	control(t, "start")
}

// hook sees the requests for users, and does something once, at one of them.
type hook struct {
	mu   sync.Mutex
	seen []string
	// method is of the requests counted; left is how many of them pass first.
	method string
	left   int
	// do is what happens then: drop says that the request gets no answer.
	do func(r *http.Request) (drop bool)
}

func (h *hook) see(r *http.Request) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, r.Method+" "+r.URL.Path)
	if r.Method != h.method || !strings.HasPrefix(r.URL.Path, "/v3/users") {
		return false
	}
	h.left--
	return h.left == -1 && h.do(r)
}

// count says how many requests begin so.
func (h *hook) count(prefix string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.seen {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// names are six new users, and what makes them.
func names(prefix string) (all, lines []string) {
	for i := range 6 {
		all = append(all, fmt.Sprintf("%s-%d", prefix, i))
		lines = append(lines, `{"change":"Add","attributes":{"name":"`+all[i]+`"}}`)
	}
	return all, lines
}

// madeOnce complains unless all names are there once, and nobody else besides the
// bulk; it takes them away.
func (k *keystone) madeOnce(t *testing.T, names []string) {
	t.Helper()
	times := make(map[string]int)
	for id, u := range k.users(t) {
		name := u["name"].(string)
		if times[name]++; !strings.HasPrefix(name, "bulk-") {
			k.delete(id)
		}
	}
	if len(times) != bulk+len(names) {
		t.Errorf("there are %d users, want %d", len(times), bulk+len(names))
	}
	for _, name := range names {
		if times[name] != 1 {
			t.Errorf("%s is there %d times", name, times[name])
		}
	}
}

// A token that ends in mid-run is replaced, and what was refused for it sent again.
func testKeystoneRevoked(t *testing.T, k *keystone) {
	revoke := func(r *http.Request) bool {
		k.revoke(t, r.Header.Get("X-Auth-Token"))
		return false
	}
	h := &hook{method: "POST", left: 2, do: revoke}
	s := k.open(t, k.between(t, h.see).URL, k.password)
	all, lines := names("it-revoked")
	s.must(t, lines...)
	k.madeOnce(t, all)
	if logins, sent := h.count("POST /v3/auth/tokens"), h.count("POST /v3/users"); logins != 2 || sent != 7 {
		t.Errorf("logged in %d times, want 2, and sent %d users, want 7", logins, sent)
	}
	h = &hook{method: "GET", do: revoke}
	if all := k.open(t, k.between(t, h.see).URL, k.password).full(t); len(all) != bulk {
		t.Errorf("imported %d users, want %d", len(all), bulk)
	}
	if logins := h.count("POST /v3/auth/tokens"); logins != 2 {
		t.Errorf("logged in %d times, want 2", logins)
	}
}

// The same when its time is over while a request is on its way.
func testKeystoneExpired(t *testing.T, k *keystone) {
	control(t, "start", "expiration=3")
	defer control(t, "start")
	h := &hook{method: "POST", left: 2, do: func(r *http.Request) bool {
		for ended := time.Now().Add(30 * time.Second); time.Now().Before(ended); {
			if status, _, _ := k.send(t, r.Header.Get("X-Auth-Token"), "GET", "/users/nobody", nil); status == http.StatusUnauthorized {
				return false
			}
		}
		t.Error("the token does not end")
		return false
	}}
	s := k.open(t, k.between(t, h.see).URL, k.password)
	all, lines := names("it-expired")
	s.must(t, lines...)
	control(t, "start")
	k.token = ""
	k.madeOnce(t, all)
	if logins := h.count("POST /v3/auth/tokens"); logins < 2 {
		t.Errorf("logged in %d times", logins)
	}
}

// A create that was carried out and whose answer never came is found, and not made
// again.
func testKeystoneLost(t *testing.T, k *keystone) {
	h := &hook{method: "POST", left: 2}
	h.do = func(r *http.Request) bool {
		body := map[string]any{"user": map[string]any{"name": "it-lost-2", "domain_id": k.domain}}
		k.must(t, "POST", "/users", body)
		return true
	}
	s := k.open(t, k.between(t, h.see).URL, k.password)
	all, lines := names("it-lost")
	for i, id := range s.must(t, lines...) {
		if name := k.must(t, "GET", "/users/"+id, nil).User["name"]; name != all[i] {
			t.Errorf("%s is said to be %s, who is %v", all[i], id, name)
		}
	}
	k.madeOnce(t, all)
	if sent := h.count("POST /v3/users"); sent != 6 {
		t.Errorf("sent %d users, want 6", sent)
	}
}

// Keystone is started again while a request waits: what may be sent twice is.
func testKeystoneRestart(t *testing.T, k *keystone) {
	again := func(*http.Request) bool {
		control(t, "stop")
		control(t, "start")
		return true
	}
	h := &hook{method: "GET", do: again}
	if all := k.open(t, k.between(t, h.see).URL, k.password).full(t); len(all) != bulk {
		t.Errorf("imported %d users, want %d", len(all), bulk)
	}
	h = &hook{method: "PATCH", left: 1, do: again}
	s := k.open(t, k.between(t, h.see).URL, k.password)
	var lines []string
	for id, u := range k.users(t) {
		if strings.HasPrefix(u["name"].(string), "bulk-000") {
			lines = append(lines, `{"change":"Update","anchor":{"id":"`+id+`"},"attributes":{"employee_number":{"replace":"7"}}}`)
		}
	}
	before := s.full(t)
	s.must(t, lines...)
	if changed := differences(before, s.full(t)); len(changed) != 10 {
		t.Errorf("changed %q, want 10 users", changed)
	}
	s.must(t, strings.Split(strings.ReplaceAll(strings.Join(lines, "\n"), `{"replace":"7"}`, "null"), "\n")...)
	same(t, "in the end", differences(before, s.full(t)))
}

// Keystone ends in mid-run: what was done is known, what is not known says so, and
// all is there in the end.
func testKeystoneStop(t *testing.T, k *keystone) {
	var proxy *httptest.Server
	h := &hook{method: "POST", left: 2}
	h.do = func(*http.Request) bool {
		control(t, "stop")
		_ = proxy.Listener.Close()
		return true
	}
	proxy = k.between(t, h.see)
	all, lines := names("it-stop")
	outcomes, err := k.open(t, proxy.URL, k.password).export(t, lines...)
	for i, want := range []host.State{host.Done, host.Done, host.Unknown, host.NotSent, host.NotSent, host.NotSent} {
		if have := outcomes[i]; abi.CodeOf(err) != abi.DroppedConnection || have.State != want {
			t.Errorf("%s is %v (%+v), want %v; the run ended with %v", all[i], have.State, have.Result, want, err)
		}
	}
	s := k.open(t, k.url, k.password)
	if all, _, err := s.imported(t, nil); abi.CodeOf(err) != abi.FailedConnection || len(all) > 0 {
		t.Errorf("import: have %d users and %v, want FailedConnection", len(all), err)
	}
	control(t, "start")
	s.must(t, lines[2:]...)
	if have := s.full(t); len(have) != bulk+len(all) {
		t.Errorf("imported %d users, want %d", len(have), bulk+len(all))
	}
	k.madeOnce(t, all)
}
