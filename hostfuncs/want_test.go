package hostfuncs_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

var wantUsers = &abi.Want{Rows: []string{"users"}, Fields: []string{"id", "mail.#.v"}, Values: []string{"next"}}

// TestWant asks for parts of an answer, at the host and at the fake host that
// authors test with: both hand over the same.
func TestWant(t *testing.T) {
	t.Parallel()
	const users = `{"users":[{"id":1,"mail":[{"v":"a@x"},{"v":"b@x"}]},{"id":2}],"next":"/p2"}`
	long := `{"next":"why","x":"` + strings.Repeat("ä", abi.MaxErrorText)
	for name, c := range map[string]struct {
		want   *abi.Want
		safety abi.Safety
		status int
		answer string
		wanted string
		body   string
		code   abi.Code
		rule   string
		words  string
	}{
		"rows":                    {want: wantUsers, status: 200, answer: users, wanted: `{"values":["/p2"],"rows":[[1,["a@x","b@x"]],[2,null]]}`},
		"byte order mark":         {want: wantUsers, status: 200, answer: "\ufeff" + users, wanted: `{"values":["/p2"],"rows":[[1,["a@x","b@x"]],[2,null]]}`},
		"none wanted":             {status: 200, answer: users, body: users},
		"created":                 {want: &abi.Want{Values: []string{"id"}}, status: 201, answer: `{"id":"new"}`, wanted: `{"values":["new"]}`},
		"no content":              {want: &abi.Want{Values: []string{"id"}}, status: 204},
		"no content, rows":        {want: wantUsers, safety: abi.Safe, status: 204, code: abi.UnexpectedData, rule: hostfuncs.RuleAnswerJSON, words: "the answer is empty"},
		"error inside 200":        {want: wantUsers, safety: abi.Safe, status: 200, answer: `{"error":"Hidden-Value"}`, code: abi.UnexpectedData, rule: hostfuncs.RuleAnswerRows, words: `"users" finds nothing in an object with the members "error"`},
		"error inside 200, write": {want: wantUsers, status: 200, answer: `{"error":"Hidden-Value"}`, code: abi.OutcomeUnknown, rule: hostfuncs.RuleAnswerRows, words: "users"},
		"no JSON":                 {want: wantUsers, safety: abi.Safe, status: 200, answer: "<html>Hidden-Value", code: abi.UnexpectedData, rule: hostfuncs.RuleAnswerJSON, words: "at byte 0"},
		"cut":                     {want: wantUsers, safety: abi.Safe, status: 200, answer: users[:40], code: abi.UnexpectedData, rule: hostfuncs.RuleAnswerJSON, words: "at byte 40"},
		"no JSON, idempotent":     {want: wantUsers, safety: abi.Idempotent, status: 200, answer: "<html>Hidden-Value", code: abi.OutcomeUnknown, rule: hostfuncs.RuleAnswerJSON},
		"key twice":               {want: wantUsers, safety: abi.Safe, status: 200, answer: `{"users":[],"users":[]}`, code: abi.UnexpectedData, rule: hostfuncs.RuleAnswerJSON, words: "twice"},
		"failure with values":     {want: wantUsers, status: 400, answer: `{"next":"why"}`, wanted: `{"values":["why"]}`, body: `{"next":"why"}`},
		"failure, no JSON":        {want: wantUsers, status: 400, answer: `<html>`, body: `<html>`},
		"failure, long":           {want: wantUsers, status: 400, answer: long + `"}`, wanted: `{"values":["why"]}`, body: long[:abi.MaxErrorText-1]},
		"text, too":               {want: &abi.Want{Rows: []string{"users"}, Fields: []string{"id"}, Body: 8}, status: 200, answer: users, wanted: `{"rows":[[1],[2]]}`, body: users[:8]},
		"text, less than asked":   {want: &abi.Want{Values: []string{"id"}, Body: abi.MaxWantBody}, status: 200, answer: `{"id":"ä"}`, wanted: `{"values":["ä"]}`, body: `{"id":"ä"}`},
		"text of an error in 200": {want: &abi.Want{Rows: []string{"users"}, Body: 8}, safety: abi.Safe, status: 200, answer: `{"e":"ä"}`, body: `{"e":"ä`, code: abi.UnexpectedData, rule: hostfuncs.RuleAnswerRows},
		"text of no JSON":         {want: &abi.Want{Rows: []string{"users"}, Body: 7}, safety: abi.Safe, status: 200, answer: `<html>ä`, body: `<html>`, code: abi.UnexpectedData, rule: hostfuncs.RuleAnswerJSON},
		"text of a failure, long": {want: &abi.Want{Values: []string{"next"}, Body: abi.MaxErrorText + 2}, status: 400, answer: long + `"}`, wanted: `{"values":["why"]}`, body: long[:abi.MaxErrorText+1]},
		"too much text":           {want: &abi.Want{Body: abi.MaxWantBody + 1}, status: 200, answer: users, code: abi.LimitExceeded, rule: "MaxWantBody"},
		"a bad path":              {want: &abi.Want{Rows: []string{"a..b"}}, status: 200, answer: users, code: abi.Denied, rule: hostfuncs.RuleWant, words: `want.rows[0] "a..b", at byte 2`},
		"too many paths":          {want: &abi.Want{Values: make([]string, abi.MaxWantPaths+1)}, status: 200, answer: users, code: abi.LimitExceeded, rule: "MaxWantPaths"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, seen := record(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				io.WriteString(w, c.answer)
			})
			fake := &guesttest.Host{Target: func(context.Context, abi.HTTPRequest) abi.HTTPAnswer {
				return abi.HTTPAnswer{Status: c.status, Body: c.answer}
			}}
			for where, h := range map[string]abi.Host{"host": lease(t, grant(server.URL), nil), "fake": fake} {
				a := ask(t, h, abi.HTTPRequest{Want: c.want, Safety: c.safety})
				if c.code == 0 {
					if wantStatus(t, a, c.status); a.Wanted != c.wanted || a.Body != c.body {
						t.Errorf("%s: have %s and %.100q", where, a.Wanted, a.Body)
					}
					continue
				}
				sent := c.rule == hostfuncs.RuleAnswerJSON || c.rule == hostfuncs.RuleAnswerRows
				if a.Error == nil || a.Error.Code != c.code || a.Error.Rule+a.Error.Limit != c.rule || a.Wanted != "" || a.Body != c.body || sent != (a.Status == c.status) {
					t.Fatalf("%s: have %+v, error %v", where, a, a.Error)
				}
				if !strings.Contains(a.Error.Message, c.words) || strings.Contains(a.Error.Message, "Hidden-Value") || sent && where == "host" && !strings.Contains(a.Error.Message, "target app: ") {
					t.Errorf("%s: have %v", where, a.Error)
				}
			}
			if denied := c.rule == hostfuncs.RuleWant || c.rule == "MaxWantPaths" || c.rule == "MaxWantBody"; denied != (len(seen.all()) == 0) {
				t.Errorf("the target was asked %d times", len(seen.all()))
			}
		})
	}
}

// TestWantKeepsSecrets seals a field inside a row, and refuses an answer that holds
// a secret where nobody wanted to look.
func TestWantKeepsSecrets(t *testing.T) {
	t.Parallel()
	const canary = "S3cr3t-Canary-Token-0001"
	answer := ""
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer) })
	g := grant(server.URL)
	g.Seal, g.Drop = []hostfuncs.SealedField{{Pointer: "/users/*/hash", Name: "hash"}}, []string{"/users/*/ssn"}
	g.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}}
	l := lease(t, g, hostfuncs.SecretMap{"token": canary})
	want := &abi.Want{Rows: []string{"users"}, Fields: []string{"hash", "ssn", "."}}

	answer = `{"users":[{"hash":"the-hash-of-ann","ssn":"078-05-1120"}]}`
	a := ask(t, l, abi.HTTPRequest{Want: want})
	if wantStatus(t, a, 200); strings.Contains(a.Wanted, "the-hash") || strings.Contains(a.Wanted, "078") || strings.Count(a.Wanted, "ecmasealed") != 2 {
		t.Errorf("have %s", a.Wanted)
	}
	answer = `{"users":[],"debug":{"authorization":"` + canary + `"}}`
	a = ask(t, l, abi.HTTPRequest{Want: want, Safety: abi.Safe})
	if wantError(t, a, abi.Denied, hostfuncs.RuleSecretEcho); a.Wanted != "" {
		t.Errorf("have %s", a.Wanted)
	}
	answer = `{"users":[{"hash":"the-hash-of-ann"}` // cut short, which is no matter of the grant
	a = ask(t, l, abi.HTTPRequest{Want: want, Safety: abi.Safe})
	if wantError(t, a, abi.UnexpectedData, hostfuncs.RuleAnswerJSON); a.Body != "" || strings.Contains(a.Error.Error(), "the-hash") {
		t.Errorf("have %+v", a)
	}
	answer = `{"` + canary + `":[]}` // names stand in messages
	a = ask(t, l, abi.HTTPRequest{Want: want, Safety: abi.Safe})
	if wantError(t, a, abi.Denied, hostfuncs.RuleSecretEcho); strings.Contains(a.Error.Error(), canary) {
		t.Errorf("have %v", a.Error)
	}
}

func TestWantOfPackedAnswer(t *testing.T) {
	t.Parallel()
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, `{"users":[{"id":1}],"next":null}`)
		z.Close()
	})
	a := ask(t, lease(t, grant(server.URL), nil), abi.HTTPRequest{Want: wantUsers})
	if wantStatus(t, a, 200); a.Wanted != `{"values":[null],"rows":[[1,null]]}` {
		t.Errorf("have %s", a.Wanted)
	}
}

// TestWantedBytes counts what is handed over, and not what came: towards the
// batch at its limit and one past it, and against the target's own limit.
func TestWantedBytes(t *testing.T) {
	t.Parallel()
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"id":"`+strings.Repeat("x", 100)+`","more":"`+strings.Repeat("y", 1000)+`"}`)
	})
	g := grant(server.URL)
	g.MaxResponseBytes = 1200
	l := lease(t, g, nil)
	request := abi.HTTPRequest{Target: "app", Method: "GET", Path: "/", Safety: abi.Safe, Want: &abi.Want{Values: []string{"id"}}}
	size := len(`{"values":["` + strings.Repeat("x", 100) + `"]}`)
	for most, fits := range map[int]int{3 * size: 3, 3*size - 1: 2} {
		answers, err := l.HTTP(context.Background(), abi.HTTPRequests{Requests: []abi.HTTPRequest{request, request, request}, MaxBytes: most})
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range answers.Answers {
			if i < fits {
				if wantStatus(t, a, 200); len(a.Wanted) != size {
					t.Errorf("have %s", a.Wanted)
				}
			} else if wantError(t, a, abi.LimitExceeded, "batch_bytes"); a.Wanted != "" {
				t.Errorf("have %s", a.Wanted)
			}
		}
	}
	request.Want = &abi.Want{Values: []string{".", "."}}
	a := ask(t, l, request)
	if a.Error == nil || a.Error.Limit != "want_bytes" || a.Error.Code != abi.LimitExceeded || a.Error.Side != abi.SideTarget || a.Status != 200 {
		t.Errorf("have %+v", a.Error)
	}
}

// TestWantInDryRun shows the request and reads nothing.
func TestWantInDryRun(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	shown := 0
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant(server.URL)}, DryRun: func(hostfuncs.DryRunRequest) { shown++ }}, nil, nil)
	wantError(t, ask(t, l, abi.HTTPRequest{Method: "POST", Want: wantUsers}), abi.NotSent, hostfuncs.RuleDryRun)
	wantError(t, ask(t, l, abi.HTTPRequest{Method: "POST", Want: &abi.Want{Values: []string{""}}}), abi.Denied, hostfuncs.RuleWant)
	if shown != 1 || len(seen.all()) != 0 {
		t.Errorf("%d shown, %d sent", shown, len(seen.all()))
	}
}

// TestWantAfterRedirect reads the answer of the last place.
func TestWantAfterRedirect(t *testing.T) {
	t.Parallel()
	server, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
		if n, _ := strconv.Atoi(r.URL.Query().Get("n")); n < 2 {
			w.Header().Set("Location", "/?n="+strconv.Itoa(n+1))
			w.WriteHeader(302)
			io.WriteString(w, `{"users":[{"id":"wrong"}]}`)
			return
		}
		io.WriteString(w, `{"users":[{"id":"right"}]}`)
	})
	g := grant(server.URL)
	g.Redirects = hostfuncs.RedirectsSameTarget
	a := ask(t, lease(t, g, nil), abi.HTTPRequest{Want: wantUsers})
	if wantStatus(t, a, 200); a.Wanted != `{"values":[null],"rows":[["right",null]]}` {
		t.Errorf("have %s", a.Wanted)
	}
}

// TestLongWanted: the body of a successful answer of which something is wanted may
// be longer than what is handed over; at its limit and one past it, packed or not.
// Another answer, and that of a failure, has the other limit.
func TestLongWanted(t *testing.T) {
	t.Parallel()
	size, status, packed := 0, 200, false
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		body := `{"id":"1","more":"` + strings.Repeat("x", size-20) + `"}`
		if packed {
			w.Header().Set("Content-Encoding", "gzip")
		}
		w.WriteHeader(status)
		if packed {
			z, _ := gzip.NewWriterLevel(w, gzip.HuffmanOnly) // others pack this too well
			defer z.Close()
			io.WriteString(z, body)
			return
		}
		io.WriteString(w, body)
	})
	g := grant(server.URL)
	g.Timeout = 10 * time.Minute // the race detector has much to watch here
	wanted := abi.HTTPRequest{Safety: abi.Safe, Want: &abi.Want{Values: []string{"id"}}}
	for _, c := range []struct {
		name                   string
		response, wanted, size int
		status                 int
		whole                  bool
		limit                  string
	}{
		{name: "at the limit", response: 100, wanted: 1000, size: 1000},
		{name: "one past it", response: 100, wanted: 1000, size: 1001, limit: "wanted_bytes"},
		{name: "by default, as the other limit", response: 100, size: 100},
		{name: "one past that", response: 100, size: 101, limit: "wanted_bytes"},
		{name: "a failure", response: 100, wanted: 1000, size: 101, status: 500, limit: "response_bytes"},
		{name: "all of it", response: 100, wanted: 1000, size: 101, whole: true, limit: "response_bytes"},
		{name: "beyond a message", size: abi.MaxHTTPBody + 1},
		{name: "the default", size: hostfuncs.DefaultMaxWantedBytes},
		{name: "one past the default", size: hostfuncs.DefaultMaxWantedBytes + 1, limit: "wanted_bytes"},
	} {
		for _, packed = range []bool{false, true} {
			size, status = c.size, max(c.status, 200)
			g.MaxResponseBytes, g.MaxWantedBytes, g.MaxTries = c.response, c.wanted, 1
			l := lease(t, g, nil)
			asks := 2 // the second needs the turn of the first
			if size > 1<<20 {
				asks = 1 // smaller ones tell that in less time
			}
			for range asks {
				request := wanted
				if c.whole {
					request.Want = nil
				}
				a := ask(t, l, request)
				if c.limit == "" {
					if a.Error != nil || a.Wanted != `{"values":["1"]}` {
						t.Errorf("%s, packed %t: have %s, %v", c.name, packed, a.Wanted, a.Error)
					}
				} else if a.Error == nil || a.Error.Code != abi.LimitExceeded || a.Error.Limit != c.limit {
					t.Errorf("%s, packed %t: have %v", c.name, packed, a.Error)
				}
			}
		}
	}
}

// TestLongWantedTurns: a long body waits while another one is held, and gives up when
// the request's time is up; a short one does not wait.
func TestLongWantedTurns(t *testing.T) {
	t.Parallel()
	size := 0
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"id":"1","more":"`+strings.Repeat("x", size-20)+`"}`)
	})
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{grant(server.URL)}}, nil)
	l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
	request := abi.HTTPRequest{Safety: abi.Safe, Want: &abi.Want{Values: []string{"id"}}}
	release := h.HoldLong()
	size = abi.MaxHTTPBody
	if a := ask(t, l, request); a.Wanted != `{"values":["1"]}` {
		t.Errorf("a short one: have %v", a.Error)
	}
	size++
	request.Timeout = time.Second
	wantError(t, ask(t, l, request), abi.OutcomeUnknown, "")
	release()
	request.Timeout = 0
	if a := ask(t, l, request); a.Wanted != `{"values":["1"]}` {
		t.Errorf("behind the other: have %v", a.Error)
	}
}
