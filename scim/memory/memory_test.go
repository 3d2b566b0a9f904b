package memory_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

func user(name string, more ...scim.Field) *scim.Resource {
	return &scim.Resource{Attributes: scim.NewObject(append(more, scim.Field{Name: "userName", Value: scim.String(name)})...)}
}

func TestBackend(t *testing.T) {
	ctx := context.Background()
	typ := scim.CoreTypes()[0]
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	b := memory.New(memory.Config{Now: func() time.Time { now = now.Add(time.Second); return now }})

	if _, err := b.Get(ctx, typ, "x", scim.Selection{}); !errors.Is(err, scim.ErrNotFound) {
		t.Errorf("Get on nothing: %v", err)
	}
	if page, err := b.List(ctx, typ, scim.Query{StartIndex: 1, Count: 1}); err != nil || page.Total != 0 {
		t.Errorf("List on nothing: %v, %v", page, err)
	}
	a, err := b.Create(ctx, typ, user("ada"))
	if err != nil || a.ID == "" || a.Meta.Version == "" || !a.Meta.Created.Equal(a.Meta.LastModified) {
		t.Fatalf("created %+v, %v", a, err)
	}
	if _, err := b.Create(ctx, typ, user("ADA")); !errors.Is(err, scim.ErrUniqueness) {
		t.Errorf("a second ada: %v", err)
	}
	next := *a
	next.Attributes = a.Attributes.With("title", scim.String("t"))
	changed, err := b.Update(ctx, typ, scim.Update{Resource: &next, IfVersion: a.Meta.Version})
	if err != nil || changed.Meta.Version == a.Meta.Version || !changed.Meta.LastModified.After(a.Meta.LastModified) || !changed.Meta.Created.Equal(a.Meta.Created) {
		t.Errorf("updated %+v, %v", changed, err)
	}
	if !a.Get("title").IsAbsent() {
		t.Error("Update changed a resource that was handed out")
	}
	if _, err := b.Update(ctx, typ, scim.Update{Resource: &next, IfVersion: a.Meta.Version}); !errors.Is(err, scim.ErrVersion) {
		t.Errorf("an update of an old version: %v", err)
	}
	if err := b.Delete(ctx, typ, a.ID, a.Meta.Version); !errors.Is(err, scim.ErrVersion) {
		t.Errorf("a delete of an old version: %v", err)
	}
	if err := b.Delete(ctx, typ, a.ID, ""); err != nil {
		t.Error(err)
	}
	if _, err := b.Create(ctx, typ, user("ada")); err != nil {
		t.Errorf("the name of a deleted user stays taken: %v", err)
	}
}

// An index finds what eq takes for the same, however it is written, and once.
func TestIndexKeys(t *testing.T) {
	ctx := context.Background()
	typ, err := scim.NewResourceType(scim.Definition{Name: "Thing", Endpoint: "/Things", Schema: scim.Schema{URN: "urn:example:Thing", Attributes: []scim.Attribute{
		{Name: "amount", Type: scim.TypeDecimal, Uniqueness: scim.UniquenessServer}, {Name: "when", Type: scim.TypeDateTime}, {Name: "names", MultiValued: true}}}})
	if err != nil {
		t.Fatal(err)
	}
	b := memory.New(memory.Config{Indexes: []string{"when", "names"}})
	h, err := scim.New(b, scim.Config{Types: []*scim.ResourceType{typ}, Authenticate: scim.NoAuthentication})
	if err != nil {
		t.Fatal(err)
	}
	post := func(body string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/Things", strings.NewReader(body)))
		return w.Code
	}
	if status := post(`{"amount":1.50,"when":"2011-05-13T04:42:34Z"}`); status != 201 {
		t.Fatal(status)
	}
	if status := post(`{"amount":15e-1}`); status != 409 {
		t.Errorf("the same number, written otherwise: status %d", status)
	}
	// Two values with one key come only from a store that keeps them apart.
	if _, err := b.Create(ctx, typ, &scim.Resource{Attributes: scim.NewObject(scim.Field{Name: "names", Value: scim.List(scim.String("x"), scim.String("X"))})}); err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{"amount eq 1.5", `amount eq "150e-2"`, `when eq "2011-05-13T06:42:34.0+02:00"`, `names eq "x"`} {
		f, err := typ.ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		if page, err := b.List(ctx, typ, scim.Query{Filter: f, StartIndex: 1, Count: 9}); err != nil || page.Total != 1 {
			t.Errorf("%s finds %d, %v", filter, page.Total, err)
		}
	}
}

func TestListHeedsContext(t *testing.T) {
	typ := scim.CoreTypes()[0]
	b := memory.New(memory.Config{})
	if _, err := b.Create(context.Background(), typ, user("ada")); err != nil {
		t.Fatal(err)
	}
	f, err := typ.ParseFilter("title pr")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.List(ctx, typ, scim.Query{Filter: f, StartIndex: 1, Count: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("List after the request was cancelled: %v", err)
	}
}

// Of many creates with one name exactly one succeeds, while others read.
func TestUniqueUnderLoad(t *testing.T) {
	ctx := context.Background()
	typ := scim.CoreTypes()[0]
	b := memory.New(memory.Config{Indexes: []string{"displayName", "no such path"}})
	var done sync.WaitGroup
	wins := make([]int, 20)
	var mu sync.Mutex
	for range 8 {
		done.Go(func() {
			for i := range wins {
				_, err := b.Create(ctx, typ, user(fmt.Sprint("user", i), scim.Field{Name: "displayName", Value: scim.String("same")}))
				mu.Lock()
				if err == nil {
					wins[i]++
				}
				mu.Unlock()
				if _, err := b.List(ctx, typ, scim.Query{StartIndex: 1, Count: 10}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	for i, n := range wins {
		if n != 1 {
			t.Errorf("user%d was created %d times", i, n)
		}
	}
	if rest, err := b.List(ctx, typ, scim.Query{StartIndex: 2, Count: math.MaxInt}); err != nil || len(rest.Resources) != len(wins)-1 {
		t.Errorf("all but the first are %d, %v", len(rest.Resources), err)
	}
	f, _ := typ.ParseFilter(`displayName eq "SAME"`)
	page, err := b.List(ctx, typ, scim.Query{Filter: f, StartIndex: 1, Count: 100})
	if err != nil || page.Total != len(wins) || len(page.Resources) != len(wins) {
		t.Errorf("the index finds %d, %v", page.Total, err)
	}
}
