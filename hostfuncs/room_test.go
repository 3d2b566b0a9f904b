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

// stalled reads a body of which size bytes come, and then nothing till gate is closed. It
// gives back its room at once.
func stalled(t *testing.T, l abi.Host, target string, length, size int64, gate chan struct{}) {
	request := safe("/")
	request.Target, request.Want = target, &abi.Want{Values: []string{"a"}}
	body := &countedBody{size: size, all: new(atomic.Int64), most: new(atomic.Int64), gate: gate}
	_, end, err := hostfuncs.ReadBody(t.Context(), l, request, &http.Response{StatusCode: 200, ContentLength: length, Body: body})
	if err != nil {
		t.Error(err)
	}
	end()
}

// TestRoomForWhatCame: a body gets no room for what its target says of its length, before
// more of it has come than needs none.
func TestRoomForWhatCame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		length, came int64
		held         int64
		seat         bool
	}{
		"nothing":                    {length: abi.MaxHTTPBody},
		"what needs none":            {length: abi.MaxHTTPBody, came: hostfuncs.FreeBodyBytes},
		"more":                       {length: 2 << 20, came: hostfuncs.FreeBodyBytes + 1, held: 2 << 20},
		"a long one":                 {length: abi.MaxHTTPBody + 1, came: hostfuncs.FreeBodyBytes},
		"more of a long one":         {length: abi.MaxHTTPBody + 1, came: hostfuncs.FreeBodyBytes + 1, seat: true},
		"more, of any length at all": {length: -1, came: hostfuncs.FreeBodyBytes + 1, held: abi.MaxHTTPBody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant("http://127.0.0.1")}}, nil)
				l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
				gate := make(chan struct{})
				go stalled(t, l, "app", c.length, c.came, gate)
				synctest.Wait()
				if held, seat := h.Held(); held != c.held || seat != c.seat {
					t.Errorf("%d bytes are held, the seat is taken: %t; want %d, %t", held, seat, c.held, c.seat)
				}
				close(gate)
				synctest.Wait()
			})
		})
	}
}

// TestHalfForOneTarget: a target whose answers stop in the middle leaves half of the room
// to others, and they need not wait behind those of its answers that wait.
func TestHalfForOneTarget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, other := grant("http://127.0.0.1"), grant("http://127.0.0.2")
		other.Name = "other"
		h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{g, other}}, nil)
		l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
		want := func(held int64, waiting int) {
			t.Helper()
			synctest.Wait()
			if have, _ := h.Held(); have != held || h.Waiting() != waiting {
				t.Errorf("%d bytes are held and %d wait, want %d and %d", have, h.Waiting(), held, waiting)
			}
		}
		const long, short = abi.MaxHTTPBody, 2 << 20
		first, second, third := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go stalled(t, l, "app", long, long, first)
		go stalled(t, l, "app", short, short, second)
		want(long+short, 0)
		go stalled(t, l, "app", long, long, third)
		want(long+short, 1)
		go stalled(t, l, "app", short, short, third) // fits, but comes behind
		want(long+short, 2)
		for range 2 {
			go stalled(t, l, "other", long, long, third)
		}
		want(3*long+short, 2)
		go stalled(t, l, "other", short, short, third)
		want(3*long+short, 3)
		close(second)
		want(4*long, 2)
		close(first)
		want(3*long+short, 1)
		close(third)
		want(0, 0)
	})
}

// TestRoomInOrder: a body that fits waits behind one of another target that does not.
func TestRoomInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var targets []hostfuncs.Target
		for _, name := range []string{"app", "other", "third"} {
			g := grant("http://127.0.0.1")
			g.Name = name
			targets = append(targets, g)
		}
		h := newHost(t, hostfuncs.Policy{Targets: targets}, nil)
		l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
		gate := make(chan struct{})
		for i, target := range []string{"app", "app", "other", "other", "third", "other"} {
			size := int64(abi.MaxHTTPBody)
			if i == 3 || i == 5 {
				size = 2 << 20
			}
			go stalled(t, l, target, size, size, gate)
			synctest.Wait()
		}
		if held, _ := h.Held(); held != 3*abi.MaxHTTPBody+2<<20 || h.Waiting() != 2 {
			t.Errorf("%d bytes are held and %d wait", held, h.Waiting())
		}
		close(gate)
		synctest.Wait()
	})
}

// TestStalledTarget asks one target while the answers of another stand still.
func TestStalledTarget(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	stalls, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(abi.MaxHTTPBody))
		io.WriteString(w, strings.Repeat("x", hostfuncs.FreeBodyBytes+1))
		w.(http.Flusher).Flush()
		<-ended
	})
	defer close(ended)
	answers, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Repeat("x", 2<<20))
	})
	g, other := grant(stalls.URL), grant(answers.URL)
	g.MaxTries, other.Name = 1, "other"
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{g, other}}, nil)
	l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		l.HTTP(ctx, abi.HTTPRequests{Concurrency: 3, Requests: []abi.HTTPRequest{readOf("app", "/"), readOf("app", "/"), readOf("app", "/")}})
	})
	until(func() bool { return h.Waiting() == 1 })
	wantStatus(t, ask(t, open(t, h, abi.LeaseRequest{}), abi.HTTPRequest{Target: "other", Timeout: 5 * time.Second}), 200)
	cancel()
	group.Wait()
}

// TestLongBodyOnce: a body of which the length is known grows to that at once. One that
// doubled its memory on the way would take as much again. Not parallel: what is allocated
// is everybody's.
func TestLongBodyOnce(t *testing.T) {
	const size, around = abi.MaxHTTPBody, 256 << 10
	l := lease(t, grant("http://127.0.0.1"), nil)
	gate := make(chan struct{})
	close(gate)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stalled(t, l, "app", size, size, gate)
	runtime.ReadMemStats(&after)
	if took, most := after.TotalAlloc-before.TotalAlloc, uint64(size+hostfuncs.FreeBodyBytes+around); took > most {
		t.Errorf("a body of %d bytes took %d, %d are allowed", size, took, most)
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
			answer: func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", strconv.Itoa(size))
				io.WriteString(w, body[:hostfuncs.FreeBodyBytes+1])
			}, code: abi.Cancelled,
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

// TestRoomGivenUp: who waits for room and gives up lets those behind get on, and what it
// got at that very moment is given back.
func TestRoomGivenUp(t *testing.T) {
	t.Parallel()
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant("http://127.0.0.1")}}, nil)
	take := func(ctx context.Context, n int64) <-chan func() {
		waiting, ended := h.Waiting(), make(chan func(), 1)
		go func() {
			release, _ := h.TakeRoom(ctx, n)
			ended <- release
		}()
		until(func() bool { return h.Waiting() > waiting })
		return ended
	}
	for range 2000 {
		release := h.HoldRoom()
		ctx, giveUp := context.WithCancel(t.Context())
		first, second := take(ctx, hostfuncs.MaxHeldBytes), take(t.Context(), 1)
		giveUp()
		release()
		if got := <-first; got != nil {
			got()
		}
		(<-second)()
		if held, _ := h.Held(); held != 0 || h.Waiting() != 0 {
			t.Fatalf("%d bytes are held and %d wait, when all have ended", held, h.Waiting())
		}
	}

	release, got := h.TakeRoom(t.Context(), 1)
	if !got {
		t.Fatal("there is no room")
	}
	defer release()
	ctx, giveUp := context.WithCancel(t.Context())
	first, second := take(ctx, hostfuncs.MaxHeldBytes), take(t.Context(), 1)
	giveUp()
	if <-first != nil {
		t.Error("who gave up got room that was not there")
	}
	(<-second)()
}
