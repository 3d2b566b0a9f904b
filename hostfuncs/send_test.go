package hostfuncs_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// TestRetries says for each failure and safety how often the server is asked.
func TestRetries(t *testing.T) {
	t.Parallel()
	status := func(n int) http.HandlerFunc { return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) } }
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		c, _, _ := w.(http.Hijacker).Hijack()
		c.Close()
	}
	cutBody := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		hangUp(w, nil)
	}
	for name, c := range map[string]struct {
		fail                             http.HandlerFunc
		neither, idempotent, safe, keyed int
	}{
		"429":      {status(429), 1, 3, 3, 3},
		"502":      {status(502), 1, 3, 3, 3},
		"503":      {status(503), 1, 3, 3, 3},
		"504":      {status(504), 1, 3, 3, 3},
		"500":      {status(500), 1, 1, 1, 1},
		"404":      {status(404), 1, 1, 1, 1},
		"hang up":  {hangUp, 1, 3, 3, 3},
		"cut body": {cutBody, 1, 3, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, seen := record(t, c.fail)
			target := grant(server.URL)
			target.IdempotencyHeader = "Idempotency-Key"
			l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil, newClock().world())
			asked := 0
			for _, method := range []string{"GET", "POST", "PUT"} {
				for _, r := range []struct {
					request abi.HTTPRequest
					want    int
				}{
					{abi.HTTPRequest{Safety: abi.Neither}, c.neither}, {abi.HTTPRequest{Safety: abi.Idempotent}, c.idempotent},
					{abi.HTTPRequest{Safety: abi.Safe}, c.safe}, {abi.HTTPRequest{IdempotencyKey: "k"}, c.keyed},
				} {
					r.request.Method = method
					a := ask(t, l, r.request)
					have := len(seen.all()) - asked
					asked += have
					if have != r.want || a.Tries != have {
						t.Errorf("%s %s: asked %d times, %d tries, want %d", method, r.request.Safety, have, a.Tries, r.want)
					}
					if a.Error != nil && a.Error.Code != abi.OutcomeUnknown {
						t.Errorf("%v", a.Error)
					}
				}
			}
		})
	}
}

// TestRetrySucceeds fails twice and then answers.
func TestRetrySucceeds(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(503)
		}
	})
	c := newClock()
	a := ask(t, leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant(server.URL)}}, nil, c.world()), abi.HTTPRequest{Safety: abi.Safe})
	if wantStatus(t, a, 200); a.Tries != 3 {
		t.Errorf("%d tries", a.Tries)
	}
	if have, want := fmt.Sprint(c.slept()), "[250ms 500ms]"; have != want {
		t.Errorf("waited %s, want %s", have, want)
	}
}

// TestNotSentIsTriedAgain needs no declaration of safety: nothing was sent.
func TestNotSentIsTriedAgain(t *testing.T) {
	t.Parallel()
	c := newClock()
	a := ask(t, leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant("http://127.0.0.1:1")}}, nil, c.world()), abi.HTTPRequest{Method: "POST"})
	if wantError(t, a, abi.NotSent, ""); a.Tries != 0 || !a.Error.Retryable || len(c.slept()) != 2 {
		t.Errorf("%d tries, retryable %v, waits %v", a.Tries, a.Error.Retryable, c.slept())
	}
}

// TestReusedConnectionBreaks ends a kept connection as soon as the next request
// has arrived on it. net/http would send a GET again by itself.
func TestReusedConnectionBreaks(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	url := rawServer(t, func(c net.Conn) {
		for first := true; readRequest(c) != nil; first = false {
			requests.Add(1)
			if !first {
				return
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	for method, key := range map[string]string{"GET": "", "OPTIONS": "", "DELETE": "", "POST": ""} {
		target := grant(url)
		target.Methods = append(target.Methods, "OPTIONS")
		l := lease(t, target, nil)
		wantStatus(t, ask(t, l, abi.HTTPRequest{Method: method, IdempotencyKey: key}), 200)
		before := requests.Load()
		a := ask(t, l, abi.HTTPRequest{Method: method, IdempotencyKey: key})
		if wantError(t, a, abi.OutcomeUnknown, ""); requests.Load() != before+1 || a.Tries != 1 {
			t.Errorf("%s: asked %d times, %d tries", method, requests.Load()-before, a.Tries)
		}
	}
}

// TestReusedConnectionOfAStoppedTarget: a kept connection breaks under the next request,
// and at a new one there is nobody. Reading has changed nothing, so it is as if nobody
// had been asked; of a change nobody knows.
func TestReusedConnectionOfAStoppedTarget(t *testing.T) {
	t.Parallel()
	for safety, want := range map[abi.Safety]abi.Code{abi.Safe: abi.NotSent, abi.Idempotent: abi.OutcomeUnknown} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			readRequest(c)
			listener.Close()
		}()
		t.Cleanup(func() { listener.Close() })
		l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant("http://" + listener.Addr().String())}}, nil, newClock().world())
		request := abi.HTTPRequest{Method: "PUT", Safety: safety}
		if safety == abi.Safe {
			request.Method = "GET"
		}
		wantStatus(t, ask(t, l, request), 200)
		if a := ask(t, l, request); a.Error == nil || a.Error.Code != want || !a.Error.Retryable {
			t.Errorf("%s: have %+v, want %v", request.Method, a.Error, want)
		}
	}
}

// TestUnknownStaysUnknown: the first try may have arrived; that the second found
// nobody does not undo it.
func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		server.Listener.Close()
		c, _, _ := w.(http.Hijacker).Hijack()
		c.Close()
	}))
	t.Cleanup(server.Close)
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant(server.URL)}}, nil, newClock().world())
	a := ask(t, l, abi.HTTPRequest{Method: "PUT", Safety: abi.Idempotent})
	if wantError(t, a, abi.OutcomeUnknown, ""); a.Tries != 1 || !a.Error.Retryable {
		t.Errorf("%d tries, retryable %v", a.Tries, a.Error.Retryable)
	}
}

// TestWaitAsked reads every way of saying when to come again, at the limit and past
// it. A rate limit's reset without a 429 says nothing about this request.
func TestWaitAsked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, spelling := range lookalike.Spellings(now, 1200*time.Millisecond) {
		least, most := 1200*time.Millisecond, 2*time.Second
		if spelling.Name == "nothing" {
			least, most = 0, 0
		}
		if have := hostfuncs.WaitAsked(429, spelling.Header, now); have < least || have > most {
			t.Errorf("%s, %v: have %s", spelling.Name, spelling.Header, have)
		}
		if have := hostfuncs.WaitAsked(503, spelling.Header, now); spelling.Header.Get("Retry-After") == "" && have != 0 {
			t.Errorf("%s beside a 503: have %s", spelling.Name, have)
		}
	}
	const year = 365 * 24 * time.Hour
	// Times of a header: now is 1772366400 seconds after 1970.
	for text, want := range map[string]time.Duration{
		"": 0, " ": 0, "0": 0, "1": time.Second, " 120 ": 2 * time.Minute, "\t5\t": 5 * time.Second, "007": 7 * time.Second,
		"1.5": 1500 * time.Millisecond, "2.007": 2007 * time.Millisecond, "0.0011": 2 * time.Millisecond, ".5": 500 * time.Millisecond, "2.": 2 * time.Second, "0.0": 0,
		"31535999": year - time.Second, "31536000": year, "31536001": year, "999999999": year, "99999999999999999999999999": year, "999999999999999999999999999": year, strings.Repeat("9", 256): year, strings.Repeat("9", 257): 0,
		"1772366430": 30 * time.Second, "1772366430.5": 30500 * time.Millisecond, "1772366399": 0, "1000000000": 0,
		"1772366430500": 30500 * time.Millisecond, "1772366430500000": 30500 * time.Millisecond, "1772366430500000000": 30500 * time.Millisecond, "999999999999": year, "1000000000000": 0,
		"-1": 0, "-1.5": 0, "+5": 0, "1s": 0, "soon": 0, "0x10": 0, "1e3": 0, "1_0": 0, "inf": 0, "NaN": 0, ".": 0, "1.5.2": 0,
		"5, 120": 2 * time.Minute, "120,5": 2 * time.Minute, "1.5,": 1500 * time.Millisecond, "soon, 5": 5 * time.Second, ",": 0,
		strings.Repeat(",", 255) + "5": 5 * time.Second, strings.Repeat(",", 256) + "5": 0,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second, "Sunday, 01-Mar-26 12:00:30 GMT": 30 * time.Second, "Sun Mar  1 12:00:30 2026": 30 * time.Second,
		"Sun, 01 Mar 2026 12:00:30 UTC": 30 * time.Second, "Sun, 01 Mar 2026 14:00:30 +0200": 30 * time.Second,
		"2026-03-01T12:00:30Z": 30 * time.Second, "2026-03-01T13:00:30.25+01:00": 30250 * time.Millisecond,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0, "Fri, 31 Dec 9999 23:59:59 GMT": year, "Sun, 01 Mar 2026": 0, "2026-03-01": 0,
	} {
		for name, header := range map[string]http.Header{"Retry-After": {"Retry-After": {text}}, "a reset": {"X-Ratelimit-Reset": {text}}} {
			if have := hostfuncs.WaitAsked(429, header, now); have != want {
				t.Errorf("%s: %.40q: have %s, want %s", name, text, have, want)
			}
		}
	}
	for name, c := range map[string]struct {
		header http.Header
		want   time.Duration
	}{
		"by the target's clock":      {http.Header{"Date": {"Sun, 01 Mar 2026 11:00:00 GMT"}, "X-Rate-Limit-Reset": {"1772362830"}}, 30 * time.Second},
		"a date by it":               {http.Header{"Date": {"Sun, 01 Mar 2026 11:00:00 GMT"}, "Retry-After": {"Sun, 01 Mar 2026 11:00:30 GMT"}}, 30 * time.Second},
		"several lines":              {http.Header{"Retry-After": {"5", "soon", "30"}}, 30 * time.Second},
		"256 bytes in lines":         {http.Header{"Retry-After": {"5", strings.Repeat("a,", 127)}}, 5 * time.Second},
		"257 bytes in lines":         {http.Header{"Retry-After": {"5", strings.Repeat("a,", 127) + "a"}}, 0},
		"lines without end":          {http.Header{"Retry-After": append(make([]string, 256), "5")}, 0},
		"a reset behind too much":    {http.Header{"Retry-After": {strings.Repeat("5,", 129)}, "X-Ratelimit-Reset": {"3600"}}, time.Hour},
		"Retry-After comes first":    {http.Header{"Retry-After": {"5"}, "X-Ratelimit-Reset": {"3600"}}, 5 * time.Second},
		"so does one that says zero": {http.Header{"Retry-After": {"0"}, "X-Ratelimit-Reset": {"3600"}}, 0},
		"not one without sense":      {http.Header{"Retry-After": {"soon"}, "X-Ratelimit-Reset": {"3600"}}, time.Hour},
		"milliseconds":               {http.Header{"Retry-After-Ms": {" 1200 "}}, 1200 * time.Millisecond},
		"milliseconds, at the limit": {http.Header{"Retry-After-Ms": {"4294967295"}}, 4294967295 * time.Millisecond},
		"past it":                    {http.Header{"Retry-After-Ms": {"4294967296"}}, 0},
		"a reset without sense":      {http.Header{"X-Ratelimit-Reset": {"soon"}, "Ratelimit-Reset": {"7"}}, 7 * time.Second},
	} {
		if have := hostfuncs.WaitAsked(429, c.header, now); have != c.want {
			t.Errorf("%s: have %s, want %s", name, have, c.want)
		}
	}
	// Our clock is between two milliseconds: nobody comes too early.
	if have := hostfuncs.WaitAsked(429, http.Header{"X-Ratelimit-Reset": {"1772366401"}}, now.Add(time.Microsecond)); have != time.Second {
		t.Errorf("between two milliseconds: %s", have)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for try, want := range map[int]time.Duration{1: 250 * time.Millisecond, 2: 500 * time.Millisecond, 6: 8 * time.Second, 7: 10 * time.Second, 100: 10 * time.Second} {
		if have := hostfuncs.Backoff(try, 0); have != want {
			t.Errorf("after try %d: %s, want %s", try, have, want)
		}
		if have := hostfuncs.Backoff(try, 0.999999); have < want/2 || have > want/2+time.Millisecond {
			t.Errorf("after try %d with jitter: %s", try, have)
		}
	}
}

// TestRetryAfter waits as long as it is asked to, unless that is too long: then
// the answer is handed on at once.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after         string
		tries         int
		wait, timeout time.Duration
	}{
		"seconds":               {"7", 3, 7 * time.Second, time.Minute},
		"date":                  {"Sun, 01 Mar 2026 12:00:09 GMT", 3, 9 * time.Second, time.Minute},
		"longer than the limit": {"21", 1, 0, time.Minute},
		"at the limit":          {"20", 3, 20 * time.Second, time.Minute},
		"longer than the time":  {"11", 1, 0, 10 * time.Second},
		"garbage":               {"soon", 3, 250 * time.Millisecond, time.Minute},
		"a fraction":            {"1.5", 3, 1500 * time.Millisecond, time.Minute},
		"past by a fraction":    {"20.001", 1, 0, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", c.after)
				w.Header().Set("Date", "Sun, 01 Mar 2026 12:00:00 GMT")
				w.WriteHeader(429)
			})
			target := grant(server.URL)
			target.MaxRetryWait, target.Timeout = 20*time.Second, c.timeout
			clock := newClock()
			a := ask(t, leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil, clock.world()), abi.HTTPRequest{Safety: abi.Safe})
			if wantStatus(t, a, 429); a.Tries != c.tries || a.Header("Retry-After") != c.after {
				t.Errorf("%d tries, want %d; Retry-After %s", a.Tries, c.tries, a.Header("Retry-After"))
			}
			if waits := clock.slept(); c.wait != 0 && (len(waits) == 0 || waits[0] != c.wait) || c.wait == 0 && len(waits) != 0 {
				t.Errorf("waited %v, want %s", waits, c.wait)
			}
		})
	}
}

// TestEverySpellingIsHeeded: the next try comes when the target said, however it said
// so, and succeeds.
func TestEverySpellingIsHeeded(t *testing.T) {
	t.Parallel()
	const asked = 1200 * time.Millisecond
	for _, spelling := range lookalike.Spellings(newClock().now, asked) {
		t.Run(spelling.Name, func(t *testing.T) {
			t.Parallel()
			clock, tries := newClock(), 0
			began := clock.now
			server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
				if tries++; tries > 1 {
					return
				}
				maps.Copy(w.Header(), spelling.Header)
				w.Header().Set("Date", began.Format(http.TimeFormat))
				w.WriteHeader(429)
			})
			a := ask(t, leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant(server.URL)}}, nil, clock.world()), abi.HTTPRequest{Safety: abi.Safe})
			least, most := asked, 2*time.Second
			if spelling.Name == "nothing" {
				least, most = 250*time.Millisecond, 250*time.Millisecond
			}
			if waits := clock.slept(); len(waits) != 1 || waits[0] < least || waits[0] > most {
				t.Errorf("waited %v, want %s to %s", waits, least, most)
			}
			if wantStatus(t, a, 200); a.Tries != 2 {
				t.Errorf("%d tries", a.Tries)
			}
		})
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(done) })
	target := grant(server.URL)
	target.Timeout = time.Minute
	a := ask(t, lease(t, target, nil), abi.HTTPRequest{Safety: abi.Safe, Timeout: time.Second})
	wantError(t, a, abi.OutcomeUnknown, "")
	target.Timeout = time.Second
	a = ask(t, lease(t, target, nil), abi.HTTPRequest{Method: "POST", Timeout: time.Hour})
	if wantError(t, a, abi.OutcomeUnknown, ""); a.Tries != 1 || a.Error.Retryable {
		t.Errorf("%d tries, retryable %v", a.Tries, a.Error.Retryable)
	}
}

// TestCancel gives up while a batch is under way: what may have changed something
// is unknown, what was not sent is cancelled.
func TestCancel(t *testing.T) {
	t.Parallel()
	arrived, done := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-done }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(done) })
	l := lease(t, grant(server.URL), nil)
	for safety, want := range map[abi.Safety]abi.Code{abi.Neither: abi.OutcomeUnknown, abi.Idempotent: abi.OutcomeUnknown, abi.Safe: abi.Cancelled} {
		ctx, cancel := context.WithCancel(context.Background())
		go func() { <-arrived; cancel() }()
		request := abi.HTTPRequest{Target: "app", Method: "GET", Path: "/", Safety: safety}
		answers, err := l.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{request, request}})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, answers.Answers[0], want, "")
		wantError(t, answers.Answers[1], abi.Cancelled, "")
		if _, err := l.HTTP(ctx, abi.HTTPRequests{}); abi.CodeOf(err) != abi.Cancelled {
			t.Errorf("a call after giving up: %v", err)
		}
	}
}

// TestRedirects follows, or does not.
func TestRedirects(t *testing.T) {
	t.Parallel()
	elsewhere, strangers := record(t, nil)
	var status int
	var location string
	server, seen := record(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/old") {
			w.Header().Set("Location", location)
			w.WriteHeader(status)
		}
	})
	target := grant(server.URL + "/api")
	target.Paths = []string{"/old", "/new/*", "GET /get/*"}
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.APIKey, Header: "X-Api-Key", Secret: "key"}, {Kind: hostfuncs.APIKey, Query: "api_key", Secret: "key"}}
	target.Slots = []hostfuncs.Slot{{Pointer: "/pw", Paths: []string{"/old"}, Accepts: []string{"new_password"}}}
	target.Redirects = hostfuncs.RedirectsSameTarget
	l := lease(t, target, hostfuncs.SecretMap{"key": "key-0123456789"})
	post := abi.HTTPRequest{Method: "POST", Path: "/old", Body: "b", Headers: []abi.Field{{Name: "Content-Type", Value: "a/b"}}}

	t.Run("refused", func(t *testing.T) {
		for name, to := range map[string]string{
			"another port": elsewhere.URL + "/api/new/1", "another host": "https://evil.example/api/new/1", "no scheme": "//evil.example/api/new/1",
			"another scheme": strings.Replace(server.URL, "http", "https", 1) + "/api/new/1", "a user": strings.Replace(server.URL, "//", "//u:p@", 1) + "/api/new/1",
			"outside the base": "/admin", "beside the base": "/apix/new/1", "above the base": "/api/../admin", "encoded": "/api/new/%2e%2e", "path not granted": "/api/other",
			"file": "file:///etc/passwd", "script": "javascript:1", "backslash": `/\evil.example`,
		} {
			status, location = 307, to
			a := ask(t, l, post)
			if wantError(t, a, abi.Denied, hostfuncs.RuleRedirect); a.Tries != 1 || !strings.Contains(a.Error.Message, "status 307") {
				t.Errorf("%s: %d tries, %v", name, a.Tries, a.Error)
			}
		}
		if n := len(strangers.all()); n != 0 {
			t.Errorf("another server was asked %d times: %+v", n, strangers.all())
		}
	})
	t.Run("followed", func(t *testing.T) {
		for _, c := range []struct {
			status                int
			from, to, uri, method string
		}{
			{307, "POST", "/api/new/1?a=b%20c&api_key=key-0123456789", "/api/new/1?a=b%20c&api_key=key-0123456789", "POST"},
			{308, "PUT", "new/1", "/api/new/1?api_key=key-0123456789", "PUT"},
			{303, "PUT", server.URL + "/api/get/1#x", "/api/get/1?api_key=key-0123456789", "GET"},
			{302, "POST", "/api/get/1", "/api/get/1?api_key=key-0123456789", "GET"},
			{301, "PUT", "/api/new/1", "/api/new/1?api_key=key-0123456789", "PUT"},
		} {
			status, location = c.status, c.to
			request := post
			request.Method = c.from
			a := ask(t, l, request)
			got := seen.last(t)
			if wantStatus(t, a, 200); a.Tries != 2 || got.URI != c.uri || got.Method != c.method || got.Header.Get("X-Api-Key") != "key-0123456789" {
				t.Errorf("%d %s: %d tries, %+v", c.status, c.to, a.Tries, got)
			}
			if body := got.Body + got.Header.Get("Content-Type"); c.method == "GET" && body != "" || c.method != "GET" && body != "ba/b" {
				t.Errorf("%d: the body became %q", c.status, body)
			}
		}
	})
	t.Run("method not granted there", func(t *testing.T) {
		status, location = 307, "/api/get/1"
		wantError(t, ask(t, l, post), abi.Denied, hostfuncs.RuleRedirect)
	})
	t.Run("slot not granted there", func(t *testing.T) {
		status, location = 307, "/api/new/1"
		request := post
		request.Headers = nil
		request.Body = `{"pw":"` + seal(t, l, "new_password", "password-1") + `"}`
		wantError(t, ask(t, l, request), abi.Denied, hostfuncs.RuleRedirect)
	})
	t.Run("without end", func(t *testing.T) {
		status, location = 307, "/api/old"
		if a := ask(t, l, post); a.Tries != hostfuncs.MaxRedirects+1 {
			t.Errorf("%d tries", a.Tries)
		} else {
			wantError(t, a, abi.OutcomeUnknown, "redirects")
		}
	})
	t.Run("an answer by default", func(t *testing.T) {
		status, location = 302, elsewhere.URL
		target.Redirects = hostfuncs.RedirectsAnswer
		a := ask(t, lease(t, target, hostfuncs.SecretMap{"key": "key-0123456789"}), post)
		if wantStatus(t, a, 302); a.Header("Location") != elsewhere.URL || a.Tries != 1 {
			t.Errorf("%+v", a)
		}
	})
}

// TestBatch keeps the order of answers and the bounds on what runs at once.
func TestBatch(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	server, seen := record(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		io.WriteString(w, r.URL.Path[1:])
		now.Add(-1)
	})
	target := grant(server.URL)
	target.Concurrency, target.RatePerSecond = 3, 10_000
	l := lease(t, target, nil)
	var batch abi.HTTPRequests
	for i := range 100 {
		batch.Requests = append(batch.Requests, abi.HTTPRequest{Target: "app", Method: "GET", Path: "/" + strconv.Itoa(i)})
	}
	for concurrency, allowed := range map[int]int64{0: 1, 1: 1, 2: 2, 100: 3} {
		most.Store(0)
		batch.Concurrency = concurrency
		answers, err := l.HTTP(context.Background(), batch)
		if err != nil || len(answers.Answers) != 100 {
			t.Fatalf("%d answers, %v", len(answers.Answers), err)
		}
		for i, a := range answers.Answers {
			if a.Body != strconv.Itoa(i) {
				t.Errorf("answer %d is %q, %v", i, a.Body, a.Error)
			}
		}
		if most.Load() > allowed {
			t.Errorf("%d ran at once, allowed are %d", most.Load(), allowed)
		}
	}

	batch.Concurrency, batch.MaxBytes = 0, 15 // 0 to 9 take 10, 10 and 11 two each, 12 does not fit
	answers, _ := l.HTTP(context.Background(), batch)
	for i, a := range answers.Answers {
		switch {
		case i < 12:
			wantStatus(t, a, 200)
		case i == 12 || a.Tries > 0:
			if wantError(t, a, abi.OutcomeUnknown, "batch_bytes"); a.Tries != 1 {
				t.Errorf("answer %d: %d tries", i, a.Tries)
			}
		default:
			wantError(t, a, abi.LimitExceeded, "batch_bytes")
		}
	}
	batch.MaxBytes = 14 // filled to the last byte: nothing more is sent
	before := len(seen.all())
	l.HTTP(context.Background(), batch)
	if sent := len(seen.all()) - before; sent != 12 {
		t.Errorf("%d requests were sent, want 12", sent)
	}
	batch.Requests = make([]abi.HTTPRequest, abi.MaxBatchRequests)
	if _, err := l.HTTP(context.Background(), batch); err != nil {
		t.Error(err)
	}
	batch.Requests = make([]abi.HTTPRequest, abi.MaxBatchRequests+1)
	if _, err := l.HTTP(context.Background(), batch); abi.CodeOf(err) != abi.LimitExceeded {
		t.Error(err)
	}
}
