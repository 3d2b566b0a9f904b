//go:build !wasip1

package recipes_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// benchUsers is how many users the benchmark imports: a hundred pages of a
// thousand.
const (
	benchUsers = 100_000
	benchPage  = 1_000
)

const benchRecipe = `
recipe: 1
name: bench
target: app
anchor: id
attributes:
  id: {access: read}
  login: {}
  given: {read: name.given, write: name.given}
  family: {read: name.family, write: name.family}
  mail: {read: emails.0.value, write: none}
  phones: {multi: true}
  department: {}
  active: {type: boolean, read: status, convert: [words: {true: [active], false: [locked]}]}
  age: {type: integer}
  updated: {access: read}
import:
  request: {path: /users}
  rows: data
  paging: {pages: page, size: per_page, by: 1000, first: 1}
  total: total
`

// userServer serves pages that were made beforehand: the clients are measured.
func userServer(b testing.TB) *httptest.Server {
	pages := make([]string, benchUsers/benchPage)
	for p := range pages {
		text := []byte(fmt.Sprintf(`{"total":%d,"data":[`, benchUsers))
		for i := range benchPage {
			n := p*benchPage + i
			if i > 0 {
				text = append(text, ',')
			}
			text = fmt.Appendf(text, `{"id":"u%06d","login":"user%d","name":{"given":"Given %d","family":"Family %d"},"emails":[{"type":"work","value":"user%d@example.org"}],`+
				`"phones":["+49 30 %06d","+49 40 %06d"],"department":"Department %d","status":"%s","age":%d,"updated":"2026-01-02T03:04:05Z","ignored":{"a":[1,2,3],"b":"not wanted"}}`,
				n, n, n, n, n, n, n, n%50, [...]string{"active", "locked"}[n%2], 20+n%50)
		}
		pages[p] = string(append(text, "]}"...))
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if n, _ := strconv.Atoi(r.URL.Query().Get("page")); n <= len(pages) {
			fmt.Fprint(w, pages[n-1])
			return
		}
		fmt.Fprintf(w, `{"total":%d,"data":[]}`, benchUsers)
	}))
	b.Cleanup(s.Close)
	return s
}

// benchUser is what a client in Go would declare.
type benchUser struct {
	ID     string                         `json:"id"`
	Login  string                         `json:"login"`
	Name   struct{ Given, Family string } `json:"name"`
	Emails []struct {
		Value string `json:"value"`
	} `json:"emails"`
	Phones     []string `json:"phones"`
	Department string   `json:"department"`
	Status     string   `json:"status"`
	Age        int64    `json:"age"`
	Updated    string   `json:"updated"`
}

func (u *benchUser) entry() abi.CSEntryChange {
	one := func(name string, v abi.Value) abi.AttributeChange {
		return abi.AttributeChange{Name: name, Modification: abi.AttributeAdd, Values: []abi.Value{v}}
	}
	phones := abi.AttributeChange{Name: "phones", Modification: abi.AttributeAdd, MultiValued: true}
	for _, p := range u.Phones {
		phones.Values = append(phones.Values, abi.StringValue(p))
	}
	return abi.CSEntryChange{Modification: abi.ObjectAdd, ObjectType: "user", Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(u.ID)}},
		Attributes: []abi.AttributeChange{one("login", abi.StringValue(u.Login)), one("given", abi.StringValue(u.Name.Given)), one("family", abi.StringValue(u.Name.Family)),
			one("mail", abi.StringValue(u.Emails[0].Value)), phones, one("department", abi.StringValue(u.Department)), one("active", abi.BooleanValue(u.Status == "active")),
			one("age", abi.IntegerValue(u.Age)), one("updated", abi.StringValue(u.Updated))}}
}

// importNatively does the same reads and the same mapping in plain Go.
func importNatively(ctx context.Context, base string) (count int, err error) {
	for page := 1; ; page++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/users?per_page=1000&page="+strconv.Itoa(page), nil)
		if err != nil {
			return 0, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err
		}
		var answer struct {
			Total int         `json:"total"`
			Data  []benchUser `json:"data"`
		}
		err = json.NewDecoder(response.Body).Decode(&answer)
		response.Body.Close()
		if err != nil {
			return 0, err
		}
		if len(answer.Data) == 0 {
			return count, nil
		}
		entries := make([]abi.CSEntryChange, len(answer.Data))
		for i := range answer.Data {
			entries[i] = answer.Data[i].entry()
		}
		count += len(entries)
	}
}

// importByRecipe runs an import through sandbox and contract.
func importByRecipe(ctx context.Context, c *runtime.Connector, parameters abi.ConfigParameters) (count int, err error) {
	run, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Parameters: parameters, PageSize: benchPage})
	if err != nil {
		return 0, err
	}
	for {
		page, err := run.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		if err != nil {
			return count, err
		}
		if count += len(page.Entries); !page.MoreToImport {
			_, err := run.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
			return count, err
		}
	}
}

// loadRecipe loads the connector with a recipe whose target app is at base. used, if
// not nil, gets what each of its instances used.
func loadRecipe(b *testing.B, text, base string, used func(runtime.Usage), paths ...string) (*runtime.Connector, abi.ConfigParameters) {
	b.Helper()
	ctx := context.Background()
	file, err := recipe.Parse("bench.yaml", []byte(text))
	if err != nil {
		b.Fatal(err)
	}
	module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/connectors-wasm/rest/module")
	if err != nil {
		b.Fatal(err)
	}
	hosts, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{{
		Name: "app", BaseURL: base, Methods: []string{"GET"}, Paths: paths, RatePerSecond: 10_000, Concurrency: 16,
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		b.Fatal(err)
	}
	rt, err := runtime.New(ctx, runtime.Config{CacheDir: cache, OnRelease: used})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(rt.Close(ctx), hosts.Close()); err != nil {
			b.Error(err)
		}
	})
	c, err := rt.Load(ctx, module, hosts, contract.Promise{})
	if err != nil {
		b.Fatal(err)
	}
	return c, abi.ConfigParameters{{Name: "recipe", Value: file.JSON}}
}

// BenchmarkImport imports 100,000 users of ten attributes, natively and by recipe, in
// turns, and tells how the rates compare, and the fuel that the guest uses for each
// user.
func BenchmarkImport(b *testing.B) {
	ctx := context.Background()
	server := userServer(b)
	var fuel atomic.Int64
	c, parameters := loadRecipe(b, benchRecipe, server.URL, func(u runtime.Usage) { fuel.Add(u.Fuel()) }, "/users")
	fuel.Store(0) // loading starts an instance, too
	var native, byRecipe time.Duration
	for b.Loop() {
		start := time.Now()
		if n, err := importNatively(ctx, server.URL); n != benchUsers || err != nil {
			b.Fatal(n, err)
		}
		middle := time.Now()
		if n, err := importByRecipe(ctx, c, parameters); n != benchUsers || err != nil {
			b.Fatal(n, err)
		}
		native, byRecipe = native+middle.Sub(start), byRecipe+time.Since(middle)
	}
	b.ReportMetric(float64(native)/float64(byRecipe), "of-native-rate")
	b.ReportMetric(float64(benchUsers*b.N)/byRecipe.Seconds(), "users/s")
	b.ReportMetric(float64(benchUsers*b.N)/native.Seconds(), "native-users/s")
	b.ReportMetric(float64(fuel.Load())/float64(benchUsers*b.N), "fuel/user")
}

const detailRecipe = `
recipe: 1
name: bench
target: app
anchor: id
attributes:
  id: {access: read}
  city: {read: detail.address.city, write: address.city}
import:
  request: {path: /users}
  rows: .
  detail: {request: {path: "/users/{row.id}"}, atOnce: 16}
`

// BenchmarkDetails reads the details of 1,000 users, of which each takes the target
// 50 ms, 16 side by side, and tells how long that takes beside what cannot be
// undercut: 63 rounds of 50 ms.
func BenchmarkDetails(b *testing.B) {
	const users, each, atOnce = 1_000, 50 * time.Millisecond, 16
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/users" {
			text := `[{"id":"0"}`
			for i := 1; i < users; i++ {
				text += fmt.Sprintf(`,{"id":"%d"}`, i)
			}
			fmt.Fprint(w, text+"]")
			return
		}
		select {
		case <-time.After(each):
			fmt.Fprint(w, `{"address":{"city":"Bonn"}}`)
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	c, parameters := loadRecipe(b, detailRecipe, server.URL, nil, "/users", "/users/*")
	var took time.Duration
	for b.Loop() {
		start := time.Now()
		if n, err := importByRecipe(context.Background(), c, parameters); n != users || err != nil {
			b.Fatal(n, err)
		}
		took += time.Since(start)
	}
	least := time.Duration((users+atOnce-1)/atOnce) * each
	b.ReportMetric(took.Seconds()/float64(b.N), "s/1000-reads")
	b.ReportMetric(float64(took)/float64(b.N)/float64(least), "of-least")
}
