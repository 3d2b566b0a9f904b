package scim_test

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

// attacker makes requests that no honest client sends.
type attacker struct{ *rand.Rand }

func (a attacker) pick(of ...string) string { return of[a.IntN(len(of))] }

func (a attacker) garbage(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(a.Uint32())
	}
	return string(b)
}

var honest = []string{
	oddBody,
	`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"emails[type eq \"work\"].value","value":"x"},{"op":"replace","value":{"name.givenName":"y"}}]}`,
	`{"Operations":[{"op":"remove","path":"members","value":[{"value":"1"}]},{"op":"add","path":"members","value":[{"value":"1"},{"value":"2","type":"User"}]}]}`,
	`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"POST","path":"/Groups","bulkId":"1","data":{"displayName":"x","members":[{"value":"bulkId:1"}]}}]}`,
	`{"filter":"userName eq \"x\"","attributes":["a"],"count":1,"startIndex":2,"sortBy":"emails"}`,
}

// body is an honest one with wounds, or one that is nothing but size.
func (a attacker) body() string {
	switch a.IntN(12) {
	case 0:
		return a.garbage(a.IntN(200))
	case 1:
		return strings.Repeat(a.pick("[", `{"a":`, `{"Operations":[`, `[[],`, `"\ud800`), 1+a.IntN(100_000))
	case 2:
		return `{"userName":"` + strings.Repeat(a.pick("x", "\\u0000", "ä", "😀"), a.IntN(300_000)) + `"}`
	case 3:
		return `{"userName":"` + a.garbage(8) + `","emails":[` + strings.Repeat(a.pick(`1,`, `{},`, `[],`, `{"value":"1"},`, `"x",`), a.IntN(50_000)) + `0]}`
	case 4:
		return `{"Operations":[` + strings.Repeat(`{"op":"add","path":"emails[type eq \"x\"].value","value":"1"},`, a.IntN(1200)) + `{}]}`
	case 5:
		return `{"userName":` + a.pick("1e999999999", "-0", "9"+strings.Repeat("9", 400), "1E-999999999", "true", "[[[[]]]]") + `}`
	}
	return a.wound(honest[a.IntN(len(honest))])
}

func (a attacker) wound(s string) string {
	for range a.IntN(6) {
		if s == "" {
			return s
		}
		i, j := a.IntN(len(s)), a.IntN(len(s))
		i, j = min(i, j), max(i, j)
		switch a.IntN(5) {
		case 0:
			s = s[:i] + s[j:]
		case 1:
			s = s[:i] + a.garbage(1+a.IntN(3)) + s[i:]
		case 2:
			s = s[:j] + s[i:]
		case 3:
			s = s[:i] + a.pick(`"`, `{`, `}`, `[`, `]`, `null`, `,`, `:`, `\`, `\u`, `bulkId:1`, `true`, `1e9`, "\x00") + s[i:]
		case 4:
			s = s[:i] + strings.ToUpper(s[i:j]) + s[j:]
		}
	}
	return s
}

var filterParts = []string{"userName", "emails", "emails.value", "a.b[c]", "unknown", "not", "(", ")", "[", "]", " ", " and ", " or ", " eq ", " co ", " gt ", " pr", `"x"`, `"`, "\\", "null", "true", "1e5", ".", "urn:", "password", oddURN + ":", "\x00", "\xff", "%"}

func (a attacker) filter() string {
	if a.IntN(4) == 0 {
		return strings.Repeat(a.pick("(", "not (", "emails[", "userName pr and ", "x"), 1+a.IntN(3000))
	}
	var b strings.Builder
	for range a.IntN(30) {
		b.WriteString(filterParts[a.IntN(len(filterParts))])
	}
	return b.String()
}

func (a attacker) query() string {
	if a.IntN(5) == 0 {
		return a.garbage(a.IntN(60))
	}
	values := url.Values{}
	for range a.IntN(4) {
		values.Add(a.pick("filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "x"),
			a.pick(a.filter(), a.filter(), a.garbage(5), "-1", "99999999999999999999", "1", strings.Repeat("emails.value,", 500)))
	}
	return values.Encode()
}

// target is a method and a path, more often than not one that takes it.
func (a attacker) target(ids []string) (method, path string) {
	id := ids[a.IntN(len(ids))]
	switch a.IntN(8) {
	case 0:
		return a.pick("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "FOO"),
			a.pick("/", "//", "/Schemas", "/Users", "/"+a.garbage(6), "/Users/"+a.garbage(6), "/Users/../x", strings.Repeat("/a", 2000))
	case 1:
		return "GET", a.pick("/Users", "/Groups", "/", "/Users/"+id)
	case 2, 3:
		return "POST", a.pick("/Users", "/Groups", "/Bulk", "/.search", "/Users/.search")
	case 4:
		return "PUT", a.pick("/Users/", "/Groups/") + id
	case 5:
		return a.pick("DELETE", "GET", "GET", "GET"), a.pick("/Users/", "/Groups/") + id
	}
	return "PATCH", a.pick("/Users/", "/Groups/") + id
}

func (a attacker) send(h *scim.Handler, ids []string) *httptest.ResponseRecorder {
	method, path := a.target(ids)
	r := httptest.NewRequest(method, "/", strings.NewReader(a.body()))
	r.URL.Path = path
	if a.IntN(2) == 0 {
		r.URL.RawQuery = a.query()
	}
	for range a.IntN(3) {
		r.Header.Set(a.pick("Content-Type", "If-Match", "If-None-Match", "Content-Encoding", "Authorization", "Content-Length", "Accept"),
			a.pick("", "application/json", "*", `W/"1"`, ",,,", a.garbage(5), "application/json; charset=x", strings.Repeat(`"x",`, 1000)))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// heap bounds of the hostile test, far below what its bodies add up to.
const (
	maxHeapWhile = 512 << 20
	maxHeapAfter = 64 << 20
)

// Ten thousand malformed, hostile and oversized requests: no panic, no 5xx, and
// no more memory than one request may take. SCIM_HOSTILE sets another number.
func TestHostileRequests(t *testing.T) {
	n := 10_000
	if s := os.Getenv("SCIM_HOSTILE"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	if testing.Short() {
		n = 1000
	}
	typ := oddType(t)
	types := []*scim.ResourceType{typ, coreType(t, "Group")}
	a := attacker{rand.New(rand.NewPCG(1, 2))}
	statuses := map[int]int{}
	var most uint64
	var c *client
	var ids []string
	for i := range n {
		if i%500 == 0 { // an empty store, so that what is left is the handler's
			c = &client{t, newHandler(t, memory.New(memory.Config{}), scim.Config{Types: types, Authenticate: scim.NoAuthentication})}
			ids = nil
			for k := range 5 {
				ids = append(ids, strings.TrimPrefix(c.user(fmt.Sprint("user", k)), "/Users/"), strings.TrimPrefix(c.group("g"), "/Groups/"))
			}
		}
		w := a.send(c.handler.(*scim.Handler), ids)
		if w.Code >= 500 || w.Code < 200 {
			t.Fatalf("request %d: status %d: %s", i, w.Code, w.Body)
		}
		if i%10 == 0 {
			c.reply(w)
			most = max(most, heap())
		}
		statuses[w.Code]++
	}
	c, ids = nil, nil
	runtime.GC()
	if after := heap(); most > maxHeapWhile || after > maxHeapAfter {
		t.Errorf("heap was up to %d MiB, and is %d MiB at the end", most>>20, after>>20)
	}
	t.Logf("%d requests, statuses %v, heap up to %d MiB", n, statuses, most>>20)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The largest body that the limits admit takes no more than it should.
func TestLargestBody(t *testing.T) {
	c := newClient(t)
	body := `{"userName":"x","emails":[` + strings.Repeat(`{},`, scim.DefaultMaxJSONValues-10) + `{}]}`
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c.do("POST", "/Users", body).want(t, 201)
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 256<<20 {
		t.Errorf("a body of %d bytes took %d MiB", len(body), spent>>20)
	} else {
		t.Logf("a body of %d bytes took %d MiB", len(body), spent>>20)
	}
}
