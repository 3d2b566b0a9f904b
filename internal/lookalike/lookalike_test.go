package lookalike_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// app is the smallest application: it counts what it did.
type app struct {
	lookalike.Front
	done atomic.Int32
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.Serve(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.done.Add(1)
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"echo":%q}`, body)
	}))
}

// send sends one POST and returns what came back, whole or not.
func send(t *testing.T, address, body string) (status int, header http.Header, answer string, err error) {
	t.Helper()
	// A connection that is kept would be met dead by the next request.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Post(address+"/things?a=b", "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(text), err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		do     lookalike.Action
		done   int
		status int // 0: no answer
		body   string
		broken bool
		noted  int
	}{
		"an answer":         {do: lookalike.Answer(503, http.Header{"Retry-After": {"1"}}, "busy"), status: 503, body: "busy", noted: 503},
		"a redirect":        {do: lookalike.Redirect(302, "http://elsewhere.example/"), status: 302, noted: 302},
		"dropped":           {do: lookalike.Drop(), broken: true},
		"answer lost":       {do: lookalike.LoseAnswer(), done: 1, broken: true, noted: 200},
		"cut at 0":          {do: lookalike.Cut(0), done: 1, status: 200, broken: true, noted: 200},
		"cut at 5":          {do: lookalike.Cut(5), done: 1, status: 200, body: `{"ech`, broken: true, noted: 200},
		"cut before end":    {do: lookalike.Cut(-1), done: 1, status: 200, body: `{"echo":"hello"`, broken: true, noted: 200},
		"cut after the end": {do: lookalike.Cut(99), done: 1, status: 200, body: `{"echo":"hello"}`, noted: 200},
		"shortened":         {do: lookalike.Shorten(-1), done: 1, status: 200, body: `{"echo":"hello"`, noted: 200},
		"rewritten":         {do: lookalike.Rewrite(func([]byte) []byte { return []byte("x") }), done: 1, status: 200, body: "x", noted: 200},
		"delayed":           {do: lookalike.Delay(time.Millisecond), done: 1, status: 200, body: `{"echo":"hello"}`, noted: 200},
		"a bomb":            {do: lookalike.Bomb(100), status: 200, body: strings.Repeat(" ", 100), noted: 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{}
			server := httptest.NewServer(a)
			defer server.Close()
			a.Inject(lookalike.Fault{Match: lookalike.On("POST", "/things"), Do: test.do})
			status, _, body, err := send(t, server.URL, "hello")
			if status != test.status || body != test.body || (err != nil) != test.broken {
				t.Errorf("have %d %q %v, want %d %q, broken %v", status, body, err, test.status, test.body, test.broken)
			}
			if int(a.done.Load()) != test.done {
				t.Errorf("the work was done %d times, want %d", a.done.Load(), test.done)
			}
			if requests := a.Requests(); len(requests) != 1 || requests[0].Status != test.noted || requests[0].Body != "hello" || requests[0].Query != "a=b" {
				t.Errorf("have requests %+v", requests)
			}
			if status, _, body, err := send(t, server.URL, "again"); status != 200 || body != `{"echo":"again"}` || err != nil {
				t.Errorf("the fault is over, but have %d %q %v", status, body, err)
			}
		})
	}
}

func TestWhichRequestsAreSpoiled(t *testing.T) {
	t.Parallel()
	fail := lookalike.Answer(503, nil, "")
	for name, test := range map[string]struct {
		faults []lookalike.Fault
		want   []int
	}{
		"none":          {nil, []int{200, 200, 200, 200}},
		"one":           {[]lookalike.Fault{{Do: fail}}, []int{503, 200, 200, 200}},
		"a burst":       {[]lookalike.Fault{{Do: fail, Times: 3}}, []int{503, 503, 503, 200}},
		"after two":     {[]lookalike.Fault{{Do: fail, Skip: 2}}, []int{200, 200, 503, 200}},
		"always":        {[]lookalike.Fault{{Do: fail, Times: lookalike.Always}}, []int{503, 503, 503, 503}},
		"others":        {[]lookalike.Fault{{Do: fail, Match: lookalike.On("GET", "/")}}, []int{200, 200, 200, 200}},
		"one by one":    {[]lookalike.Fault{{Do: fail}, {Do: lookalike.Answer(429, nil, "")}}, []int{503, 429, 200, 200}},
		"other path":    {[]lookalike.Fault{{Do: fail, Match: lookalike.On("", "/other")}}, []int{200, 200, 200, 200}},
		"the same path": {[]lookalike.Fault{{Do: fail, Match: lookalike.On("", "/things")}}, []int{503, 200, 200, 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{}
			for _, fault := range test.faults {
				a.Inject(fault)
			}
			var have []int
			for range 4 {
				w := httptest.NewRecorder()
				a.ServeHTTP(w, httptest.NewRequest("POST", "/things", nil))
				have = append(have, w.Code)
			}
			if !slices.Equal(have, test.want) {
				t.Errorf("have %v, want %v", have, test.want)
			}
			if n := a.Count(lookalike.On("POST", "/thing")); n != 4 {
				t.Errorf("counted %d, want 4", n)
			}
		})
	}
}

func TestHealAndForget(t *testing.T) {
	t.Parallel()
	a := &app{}
	a.Inject(lookalike.Fault{Do: lookalike.Answer(500, nil, ""), Times: lookalike.Always})
	a.Heal()
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 200 || a.Count(nil) != 1 || a.MostAtOnce() != 1 {
		t.Errorf("have %d, %d requests, %d at once", w.Code, a.Count(nil), a.MostAtOnce())
	}
	a.Forget()
	if a.Count(nil) != 0 || a.MostAtOnce() != 0 {
		t.Errorf("after Forget: %d requests, %d at once", a.Count(nil), a.MostAtOnce())
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int{lookalike.MaxBody: 200, lookalike.MaxBody + 1: 413} {
		w := httptest.NewRecorder()
		(&app{}).ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", size))))
		if w.Code != want {
			t.Errorf("a body of %d: have %d, want %d", size, w.Code, want)
		}
	}
	a := &app{}
	for i := range lookalike.MaxRequests + 1 {
		a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", fmt.Sprintf("/%d", i), nil))
		if i == lookalike.MaxRequests-1 && a.Count(nil) != lookalike.MaxRequests {
			t.Errorf("have %d requests kept, want %d", a.Count(nil), lookalike.MaxRequests)
		}
	}
	all := a.Requests()
	if last := all[len(all)-1].Path; len(all) != lookalike.MaxRequests/2+1 || last != fmt.Sprintf("/%d", lookalike.MaxRequests) {
		t.Errorf("have %d requests kept, the last %s", len(all), last)
	}
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 500_000_000, time.UTC)
	want := []string{
		"seconds: Retry-After: 2", "seconds with a fraction: Retry-After: 1.200",
		"date: Retry-After: Fri, 02 Jan 2026 03:04:07 GMT",
		"date of RFC 850: Retry-After: Friday, 02-Jan-26 03:04:07 GMT", "date of asctime: Retry-After: Fri Jan  2 03:04:07 2026",
		"milliseconds: Retry-After-Ms: 1200", "epoch, X-RateLimit-Reset: X-Ratelimit-Reset: 1767323047",
		"epoch, X-Rate-Limit-Reset: X-Rate-Limit-Reset: 1767323047", "epoch, RateLimit-Reset: Ratelimit-Reset: 1767323047",
		"seconds, RateLimit-Reset: Ratelimit-Reset: 2", "epoch in milliseconds: X-Ratelimit-Reset: 1767323047000", "nothing",
	}
	var have []string
	for _, s := range lookalike.Spellings(now, 1200*time.Millisecond) {
		text := s.Name
		for key, values := range s.Header {
			text += ": " + key + ": " + values[0]
		}
		have = append(have, text)
	}
	if !slices.Equal(have, want) {
		t.Errorf("have %q\nwant %q", have, want)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	var tokens lookalike.Tokens
	first, second := tokens.Issue("session-", "ann"), tokens.Issue("session-", "bob")
	if owner, ok := tokens.Owner(second); first != "session-1" || owner != "bob" || !ok {
		t.Errorf("have %s, %s %v", first, owner, ok)
	}
	if !tokens.Revoke(first) || tokens.Revoke(first) || tokens.Active() != 1 {
		t.Error("a token is revoked once")
	}
	tokens.Expire()
	if _, ok := tokens.Owner(second); ok || tokens.Active() != 0 || tokens.Issued() != 2 {
		t.Error("tokens are in force after they expired")
	}
}

func TestMostAtOnce(t *testing.T) {
	t.Parallel()
	var front lookalike.Front
	var all, done sync.WaitGroup
	all.Add(3)
	meet := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		all.Done()
		all.Wait()
	})
	for range 3 {
		done.Go(func() { front.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), meet) })
	}
	done.Wait()
	front.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), http.NotFoundHandler())
	if front.MostAtOnce() != 3 {
		t.Errorf("have %d at once, want 3", front.MostAtOnce())
	}
}
