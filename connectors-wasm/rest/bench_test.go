package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/abi/want"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

const benchUsers, benchPage = 100_000, 1000

const benchRecipe = `{"import":{"request":"/users","rows":"users","paging":{"pages":"page","size":"n","by":1000,"short":true},"total":"total"},
	"attributes":{"id":{"access":"read"},"login":{},"mail":{},"given":{"read":"name.given"},"family":{"read":"name.family"},
		"active":{"type":"boolean","read":"state","write":"none","access":"read","convert":[{"words":{"true":["active"],"false":["blocked"]}}]},
		"number":{"type":"integer"},"roles":{"multi":true},"department":{},"phones":{"multi":true,"read":"phones.#.value","write":"none","access":"read"}}}`

// benchBodies are the pages of the target, and an empty one.
func benchBodies() (bodies []string) {
	for p := range benchUsers / benchPage {
		var b strings.Builder
		b.WriteString(`{"users":[`)
		for i := range benchPage {
			n := p*benchPage + i
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":"u-%d","login":"login%d","mail":"user%d@app.example","name":{"given":"Zoë","family":"Family %d"},"state":"active","number":%d,`+
				`"roles":["reader","writer"],"department":"Department %d","phones":[{"type":"work","value":"+49 %d"}],"noise":{"a":[1,2,3],"b":"not wanted at all"}}`,
				n, n, n, n, n, n%50, n)
		}
		fmt.Fprintf(&b, `],"total":%d}`, benchUsers)
		bodies = append(bodies, b.String())
	}
	return append(bodies, fmt.Sprintf(`{"users":[],"total":%d}`, benchUsers))
}

// benchApp answers from what the host would have read of the pages, so that the
// benchmark is about the connector.
func benchApp(b *testing.B, bodies []string) *guesttest.Host {
	wanted := make(map[int]string)
	return &guesttest.Host{Target: func(_ context.Context, r abi.HTTPRequest) abi.HTTPAnswer {
		n := number(&r, "page")
		if wanted[n] == "" {
			plan, err := want.Compile(*r.Want)
			if err != nil {
				b.Fatal(err)
			}
			if wanted[n], err = plan.Read(context.Background(), bodies[n-1], abi.MaxHTTPBody); err != nil {
				b.Fatal(err)
			}
		}
		return abi.HTTPAnswer{Status: 200, Wanted: wanted[n], Tries: 1}
	}}
}

// BenchmarkImport imports 100,000 users of ten attributes, and tells what a plain Go
// client takes that decodes the same pages into structs.
func BenchmarkImport(b *testing.B) {
	bodies := benchBodies()
	b.Run("connector", func(b *testing.B) {
		host := benchApp(b, bodies)
		r := parse(b, benchRecipe)
		readAll(b, host, r)
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			readAll(b, host, r)
		}
		b.ReportMetric(float64(benchUsers*b.N)/b.Elapsed().Seconds(), "users/s")
	})
	b.Run("structs", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			for _, body := range bodies {
				var page struct {
					Users []struct {
						ID, Login, Mail, State, Department string
						Name                               struct{ Given, Family string }
						Number                             int64
						Roles                              []string
						Phones                             []struct{ Value string }
					}
					Total int
				}
				if err := json.Unmarshal([]byte(body), &page); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(benchUsers*b.N)/b.Elapsed().Seconds(), "users/s")
	})
}

func readAll(b *testing.B, host *guesttest.Host, r *recipe.Recipe) {
	c := rest.Follow(host, r, nil)
	s, err := c.GetSchema(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := c.OpenImportConnection(b.Context(), abi.OpenImportConnectionRunStep{Schema: s}); err != nil {
		b.Fatal(err)
	}
	n := 0
	for more := true; more; {
		page, err := c.GetImportEntries(b.Context(), abi.GetImportEntriesRunStep{MaxEntries: 1000})
		if err != nil {
			b.Fatal(err)
		}
		n += len(page.Entries)
		more = page.MoreToImport
	}
	if n != benchUsers {
		b.Fatalf("have %d users", n)
	}
}
