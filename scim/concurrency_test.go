package scim_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

// slowStore takes a while to read, so that changes at once meet.
type slowStore struct{ *memory.Backend }

func (s slowStore) Get(ctx context.Context, t *scim.ResourceType, id string, sel scim.Selection) (*scim.Resource, error) {
	r, err := s.Backend.Get(ctx, t, id, sel)
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done():
	}
	return r, err
}

// Changes without a version never overwrite each other, and none is refused
// because others change the resource through the same Handler.
func TestConcurrentPatches(t *testing.T) {
	c := &client{t, newHandler(t, slowStore{memory.New(memory.Config{})}, scim.Config{Authenticate: scim.NoAuthentication})}
	g := c.group("staff")
	var done sync.WaitGroup
	for i := range 32 {
		done.Go(func() {
			for k, match := range []string{"", "*"} {
				r := c.do("PATCH", g, patchBody(fmt.Sprintf(`"op":"add","path":"members","value":"%d-%d"`, i, k)), "If-Match", match)
				if r.status != 204 {
					t.Errorf("status %d: %s", r.status, r.raw)
				}
			}
		})
	}
	done.Wait()
	members, _ := c.do("GET", g, "").body["members"].([]any)
	if len(members) != 64 {
		t.Errorf("%d members after 64 additions", len(members))
	}
}

// blockedStore reads users when it is let.
type blockedStore struct {
	*memory.Backend
	reading chan string // the id
	goOn    chan bool
}

func (s blockedStore) Get(ctx context.Context, t *scim.ResourceType, id string, sel scim.Selection) (*scim.Resource, error) {
	s.reading <- id
	<-s.goOn
	return s.Backend.Get(ctx, t, id, sel)
}

// A change waits for another one of the same resource, no longer than its
// request lasts; changes of other resources do not wait.
func TestWaitingChanges(t *testing.T) {
	store := blockedStore{memory.New(memory.Config{}), make(chan string), make(chan bool)}
	ctx, cancel := context.WithCancel(context.Background())
	h := newHandler(t, store, scim.Config{Authenticate: func(own context.Context, token string) (context.Context, error) {
		if token == "impatient" {
			return ctx, nil
		}
		return own, nil
	}})
	c := &client{t, h}
	ada, bob := c.user("ada"), c.user("bob")
	patch := patchBody(`"op":"add","path":"title","value":"x"`)
	var done sync.WaitGroup
	done.Go(func() { c.do("PATCH", ada, patch).want(t, 200) })
	if id := <-store.reading; "/Users/"+id != ada {
		t.Fatalf("reads %s first", id)
	}
	impatient := make(chan reply)
	go func() { impatient <- c.do("PATCH", ada, patch, "Authorization", "Bearer impatient") }()
	done.Go(func() { c.do("PATCH", bob, patch).want(t, 200) })
	if id := <-store.reading; "/Users/"+id != bob {
		t.Errorf("reads %s while another change of it is made", id)
	}
	cancel()
	(<-impatient).want(t, 503)
	store.goOn <- true
	store.goOn <- true
	done.Wait()
	if n := scim.HeldLocks(h); n != 0 {
		t.Errorf("%d locks are left", n)
	}
}

// racedStore changes a resource behind the Handler's back after it was read,
// as another process would.
type racedStore struct {
	*memory.Backend
	races int // how many reads are overtaken
}

func (s *racedStore) Get(ctx context.Context, t *scim.ResourceType, id string, sel scim.Selection) (*scim.Resource, error) {
	r, err := s.Backend.Get(ctx, t, id, sel)
	if err == nil && s.races > 0 {
		s.races--
		other := *r
		other.Attributes = r.Attributes.With("title", scim.String(fmt.Sprint("other ", s.races)))
		_, err = s.Update(ctx, t, scim.Update{Resource: &other, IfVersion: r.Meta.Version})
	}
	return r, err
}

func TestOvertakenChanges(t *testing.T) {
	store := &racedStore{Backend: memory.New(memory.Config{})}
	c := &client{t, newHandler(t, store, scim.Config{Authenticate: scim.NoAuthentication})}
	u := c.user("ada")
	patch := patchBody(`"op":"replace","path":"nickName","value":"x"`)
	for _, x := range []struct {
		races           int
		method, ifMatch string
		status          int
	}{
		{8, "PATCH", "", 409}, {7, "PATCH", "", 200}, {1, "PUT", "*", 200}, {1, "PATCH", "*", 200}, {1, "PUT", "*", 200}, {1, "PATCH", "now", 412}, {1, "PUT", "now", 412}, {1, "DELETE", "now", 412},
	} {
		if x.ifMatch == "now" {
			x.ifMatch = c.do("GET", u, "").header.Get("ETag")
		}
		store.races = x.races
		body := map[string]string{"PATCH": patch, "PUT": `{"userName":"ada"}`}[x.method]
		if r := c.do(x.method, u, body, "If-Match", x.ifMatch); r.status != x.status || store.races != 0 {
			t.Errorf("%s with If-Match %s, overtaken %d times: status %d, want %d: %s", x.method, x.ifMatch, x.races, r.status, x.status, r.raw)
		}
	}
	c.do("GET", u, "").holds(t, `"other 0"`, "title")
}

// oddVersions has versions that a store may have, and none.
type oddVersions struct {
	*memory.Backend
	version string
}

func (s oddVersions) Get(ctx context.Context, t *scim.ResourceType, id string, sel scim.Selection) (*scim.Resource, error) {
	r, err := s.Backend.Get(ctx, t, id, sel)
	if err != nil {
		return nil, err
	}
	other := *r
	other.Meta.Version = s.version
	return &other, nil
}

func TestConditions(t *testing.T) {
	for _, x := range []struct {
		version string
		headers []string
		match   bool
	}{
		{`"a,b"`, []string{`"a,b"`}, true}, {`"a,b"`, []string{`"x,y", W/"a,b"`}, true}, {`"b"`, []string{`"a,b"`}, false}, {`"b"`, []string{`"a", "b`}, false},
		{`"1"`, []string{`"0"`, `"1"`}, true}, {`"1"`, []string{`,, x , y,"1"`}, true}, {`"1"`, []string{`1`}, false}, {`"1"`, []string{`"1`}, false}, {`"1"`, []string{`W/`}, false},
		{`"1"`, []string{` * `}, true}, {"", []string{"*"}, true}, {"", []string{`""`}, false}, {"", []string{`W/`}, false},
	} {
		c := &client{t, newHandler(t, oddVersions{memory.New(memory.Config{}), x.version}, scim.Config{Authenticate: scim.NoAuthentication})}
		u := c.user("ada")
		var lines []string
		for _, line := range x.headers {
			lines = append(lines, "If-None-Match", line)
		}
		if have := c.do("GET", u, "", lines...).status == 304; have != x.match {
			t.Errorf("version %s, If-None-Match %q: match is %v, want %v", x.version, x.headers, have, x.match)
		}
	}
}
