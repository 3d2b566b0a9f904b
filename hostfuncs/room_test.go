package hostfuncs_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// until waits for what another goroutine does.
func until(what func() bool) {
	for !what() {
		runtime.Gosched()
	}
}

// taken reports whether any of a Host's room for bodies is.
func taken(h *hostfuncs.Host) bool {
	bytes, seat := h.Held()
	return bytes > 0 || seat
}

// countedBody is a body of size bytes, of which all holds what was read of it. Its end
// does not come before gate is closed.
type countedBody struct {
	size, read int64
	all, most  *atomic.Int64
	gate       chan struct{}
}

func (b *countedBody) Read(p []byte) (int, error) {
	if b.read == b.size {
		<-b.gate
		return 0, io.EOF
	}
	n := min(int64(len(p)), b.size-b.read)
	b.read += n
	if all := b.all.Add(n); all > b.most.Load() {
		b.most.Store(all)
	}
	return int(n), nil
}

func (b *countedBody) Close() error { return nil }

// TestBodiesAtOnce counts the bytes of many bodies that are read at once: as many as there
// is room for are, whole, and of the others no more than needs no room.
func TestBodiesAtOnce(t *testing.T) {
	t.Parallel()
	const size, n = 2 << 20, 24
	for name, length := range map[string]int64{"announced": size, "not announced": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := grant("http://127.0.0.1")
				g.MaxResponseBytes = size
				h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{g}}, nil)
				l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
				var all, most atomic.Int64
				gates := make([]chan struct{}, n)
				var group sync.WaitGroup
				for i := range n {
					gates[i] = make(chan struct{})
					body := &countedBody{size: size, all: &all, most: &most, gate: gates[i]}
					group.Go(func() {
						text, end, err := hostfuncs.ReadBody(t.Context(), l, safe("/"), &http.Response{StatusCode: 200, ContentLength: length, Body: body})
						if err != nil || len(text) != size {
							t.Errorf("%d bytes, %v", len(text), err)
						}
						all.Add(-body.read)
						end()
					})
				}
				synctest.Wait()
				held, _ := h.Held()
				if want := n - hostfuncs.MaxHeldBytes/size; held != hostfuncs.MaxHeldBytes || h.Waiting() != want {
					t.Errorf("%d bytes are held and %d wait, want %d", held, h.Waiting(), want)
				}
				for _, gate := range gates {
					close(gate)
				}
				group.Wait()
				free := int64(n-hostfuncs.MaxHeldBytes/size) * (hostfuncs.FreeBodyBytes + 32<<10)
				if length > 0 {
					free = 0 // nothing is read before there is room
				}
				if most.Load() > hostfuncs.MaxHeldBytes+free || most.Load() < hostfuncs.MaxHeldBytes {
					t.Errorf("%d bytes were there at once, want %d and %d at most", most.Load(), hostfuncs.MaxHeldBytes, free)
				}
				if taken(h) || h.Waiting() != 0 {
					t.Error("something is still held, or waits")
				}
			})
		})
	}
}

// TestFreeBody: a body of no more than FreeBodyBytes waits for no other, one past it does.
func TestFreeBody(t *testing.T) {
	t.Parallel()
	size, way := 0, ""
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		var to io.Writer = w
		switch way {
		case "announced":
			w.Header().Set("Content-Length", strconv.Itoa(size))
		case "packed":
			w.Header().Set("Content-Encoding", "gzip")
			z, _ := gzip.NewWriterLevel(w, gzip.HuffmanOnly)
			defer z.Close()
			to = z
		}
		io.WriteString(to, strings.Repeat("x", size))
	})
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant(server.URL)}}, nil)
	l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
	for _, way = range []string{"announced", "in parts", "packed"} {
		release := h.HoldRoom()
		size = hostfuncs.FreeBodyBytes
		wantStatus(t, ask(t, l, safe("/")), 200)
		size++
		answered := make(chan abi.HTTPAnswer)
		go func() { answered <- ask(t, l, safe("/")) }()
		until(func() bool { return h.Waiting() == 1 })
		release()
		if a := <-answered; len(a.Body) != size {
			t.Errorf("%s: have %d bytes, %v", way, len(a.Body), a.Error)
		}
	}
}

// TestRoomGivenBack takes room, and has it given back however the request ends.
func TestRoomGivenBack(t *testing.T) {
	t.Parallel()
	const size = 2 << 20
	body := strings.Repeat("x", size)
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter)
		grant  func(g *hostfuncs.Target)
		want   bool
		panics bool
		cancel func(h *hostfuncs.Host) bool // whether the call is to end
		first  func(h *hostfuncs.Host) func()
		code   abi.Code
	}{
		"answered":     {answer: func(w http.ResponseWriter) { io.WriteString(w, body) }},
		"too long":     {answer: func(w http.ResponseWriter) { io.WriteString(w, body) }, grant: func(g *hostfuncs.Target) { g.MaxResponseBytes = size - 1 }, code: abi.LimitExceeded},
		"no JSON":      {answer: func(w http.ResponseWriter) { io.WriteString(w, body) }, want: true, code: abi.UnexpectedData},
		"cannot drop":  {answer: func(w http.ResponseWriter) { io.WriteString(w, body) }, grant: func(g *hostfuncs.Target) { g.Drop = []string{"/a"} }, code: abi.Denied},
		"cut":          {answer: func(w http.ResponseWriter) { io.WriteString(w, body); panic(http.ErrAbortHandler) }, code: abi.OutcomeUnknown},
		"cut, in seat": {answer: func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat(body, 5)); panic(http.ErrAbortHandler) }, want: true, code: abi.OutcomeUnknown},
		"a panic": {answer: func(w http.ResponseWriter) { io.WriteString(w, body) }, panics: true,
			grant: func(g *hostfuncs.Target) { g.Cookies = true }},
		"cancelled while it is read": {
			answer: func(w http.ResponseWriter) { w.Header().Set("Content-Length", strconv.Itoa(size)) }, code: abi.Cancelled,
			cancel: taken},
		"cancelled while it waits": {
			answer: func(w http.ResponseWriter) { io.WriteString(w, body) }, code: abi.Cancelled,
			first:  (*hostfuncs.Host).HoldRoom,
			cancel: func(h *hostfuncs.Host) bool { return h.Waiting() > 0 }},
		"cancelled while it waits for the seat": {
			answer: func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat(body, 5)) }, want: true, code: abi.Cancelled,
			first:  (*hostfuncs.Host).HoldLong,
			cancel: func(h *hostfuncs.Host) bool { held, _ := h.Held(); return held > 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan struct{})
			server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
				c.answer(w)
				if c.cancel != nil {
					w.(http.Flusher).Flush()
					<-ended
				}
			})
			defer close(ended)
			g := grant(server.URL)
			if g.MaxTries = 1; c.grant != nil {
				c.grant(&g)
			}
			h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{g}}, nil)
			h.SetWorld(hostfuncs.World{Now: func() time.Time {
				if c.panics && taken(h) {
					panic("spilled")
				}
				return time.Now()
			}})
			l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			release := func() {}
			if c.first != nil {
				release = c.first(h)
			}
			if c.cancel != nil {
				go func() { until(func() bool { return c.cancel(h) || ctx.Err() != nil }); cancel() }()
			}
			request := safe("/")
			if c.want {
				request.Want = &abi.Want{Values: []string{"a"}}
			}
			var answers abi.HTTPAnswers
			panicked := func() (r any) {
				defer func() { r = recover() }()
				answers, _ = l.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{request}})
				return nil
			}()
			release()
			if c.panics {
				if panicked != "spilled" {
					t.Errorf("have %v", panicked)
				}
			} else if a := answers.Answers[0]; c.code != 0 && (a.Error == nil || a.Error.Code != c.code) || c.code == 0 && a.Error != nil {
				t.Errorf("have %v, want %v", a.Error, c.code)
			}
			if taken(h) || h.Waiting() != 0 {
				t.Error("something is still held, or waits")
			}
		})
	}
}

// TestRoomBetween: an answer that is not looked at leaves the room before the request is
// sent again, to where it is redirected, or with what was fetched for it.
func TestRoomBetween(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 2<<20)
	for name, c := range map[string]struct {
		first  func(w http.ResponseWriter)
		grant  func(g *hostfuncs.Target)
		method string
		fails  bool
	}{
		"a try":                             {first: func(w http.ResponseWriter) { w.WriteHeader(503) }},
		"a try after which nothing is sent": {first: func(w http.ResponseWriter) { w.WriteHeader(503) }, fails: true},
		"a redirect": {first: func(w http.ResponseWriter) { w.Header().Set("Location", "/to"); w.WriteHeader(302) },
			grant: func(g *hostfuncs.Target) { g.Redirects = hostfuncs.RedirectsSameTarget }},
		"a fetch": {first: func(w http.ResponseWriter) { w.Header().Set("X-Token", "0123456789") }, method: "POST",
			grant: func(g *hostfuncs.Target) {
				g.CSRF = &hostfuncs.CSRF{Header: "X-CSRF", AnswerHeader: "X-Token", FetchPath: "/token"}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var h *hostfuncs.Host
			asked := 0
			server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
				if asked++; asked == 1 {
					c.first(w)
					io.WriteString(w, body)
				} else if taken(h) {
					t.Error("something is still held")
				}
			})
			g := grant(server.URL)
			if c.grant != nil {
				c.grant(&g)
			}
			h = newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{g}}, nil)
			h.SetWorld(hostfuncs.World{Sleep: func(context.Context, time.Duration) bool { return !c.fails }})
			request := safe("/")
			if c.method != "" {
				request.Method, request.Safety = c.method, abi.Neither
			}
			a := ask(t, open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"}), request)
			if c.fails {
				if wantStatus(t, a, 503); !strings.HasPrefix(a.Body, "(withheld: ") || asked != 1 {
					t.Errorf("have %.100q after %d requests", a.Body, asked)
				}
			} else if wantStatus(t, a, 200); asked != 2 {
				t.Errorf("%d requests", asked)
			}
			if taken(h) {
				t.Error("something is still held in the end")
			}
		})
	}
}
