package hostfuncs_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// What is kept for longer than a call must not keep what it is a part of. The tests of
// it are not parallel: the heap is everybody's.

const (
	keptRounds = 48
	keptAround = 1 << 20  // bytes around each part that is kept
	lineAround = 60 << 10 // where it is a line of an answer's head, which are read slowly
)

// live is the heap that is in use.
func live() int64 {
	runtime.GC() // twice, for what only a pool still has
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// checkKept runs round again and again, and fails if a quarter of what is around the parts
// that count is left.
func checkKept(t *testing.T, around int, round func(i int)) {
	t.Helper()
	round(0) // what is there once
	before := live()
	for i := range keptRounds {
		round(i + 1)
	}
	if grew, allowed := live()-before, int64(keptRounds*around/4); grew > allowed {
		t.Errorf("%d parts of texts of %d KiB keep %d KiB, %d are allowed", keptRounds, around>>10, grew>>10, allowed>>10)
	}
}

// padded serves answers of which only a few bytes count; each has another number.
func padded(t *testing.T, format string) string {
	t.Helper()
	var n atomic.Int64
	pad := strings.Repeat("x", keptAround)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, format, n.Add(1), pad)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestSealedFieldKeepsNoBody(t *testing.T) {
	target := grant(padded(t, `{"hash":"hash-of-%08d","pad":"%s"}`))
	target.RatePerSecond = 1_000
	target.Seal = []hostfuncs.SealedField{{Pointer: "/hash", Name: "hash"}}
	l := lease(t, target, nil)
	checkKept(t, keptAround, func(int) { wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200) })
	runtime.KeepAlive(l)
}

// What a caller seals may be a part of a whole batch of entries.
func TestSealKeepsNoBatch(t *testing.T) {
	l := lease(t, grant("http://127.0.0.1:1"), nil)
	for name, secret := range map[string]string{"short": "hash-of-%08d", "long": "hash-of-%08d" + strings.Repeat("a", 1000)} {
		t.Run(name, func(t *testing.T) {
			checkKept(t, keptAround, func(i int) {
				secret := fmt.Sprintf(secret, i)
				text := strings.Repeat("x", keptAround) + secret + "attribute:a"
				rest := text[keptAround:]
				if _, err := l.Seal(rest[len(secret):], rest[:len(secret)]); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
	runtime.KeepAlive(l)
}

// A placeholder that is filled in, encoded, stands in a request.
func TestEncodedSlotKeepsNoRequest(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	t.Cleanup(s.Close)
	target := grant(s.URL)
	target.RatePerSecond = 1_000
	target.Slots = []hostfuncs.Slot{{Paths: []string{"/**"}, Pointer: "/p", Accepts: []string{"export_password"}, Encoding: hostfuncs.EncodingSSHA256}}
	l := lease(t, target, nil)
	checkKept(t, keptAround, func(i int) {
		placeholder, err := l.Seal("export_password", fmt.Sprintf("password %08d", i))
		if err != nil {
			t.Fatal(err)
		}
		body := `{"p":"` + placeholder + `","pad":"` + strings.Repeat("x", keptAround) + `"}`
		wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "PUT", Body: body}), 200)
	})
	runtime.KeepAlive(l)
}

// What a login brings is kept by the Host and by every lease.
func TestTokensKeepNoLogins(t *testing.T) {
	const once, allowed = 3 << 20, 1 << 20
	for name, c := range map[string]struct {
		credential hostfuncs.Credential
		answer     string // to a login, with its number and a pad
	}{
		"session": {hostfuncs.Credential{Kind: hostfuncs.SessionToken, Header: "X-Token", Session: &hostfuncs.Session{
			Password: "password", Token: hostfuncs.TokenPlace{Pointer: "/token"}, Lifetime: time.Second,
			Login: hostfuncs.SessionRequest{Path: "/login", JSON: `"${password}"`}}},
			`{"token":"token-of-%08d","pad":"%s"}`},
		"access, refresh and identity": {hostfuncs.Credential{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
			Grant: hostfuncs.GrantRefreshToken, TokenPath: "/login", ClientID: "c", RefreshToken: "password"}},
			`{"access_token":"token-of-%08[1]d","refresh_token":"refresh-of-%08[1]d","id_token":"%[2]s identity-%08[1]d %[2]s","expires_in":1}`},
		"refresh token of no use": {hostfuncs.Credential{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
			Grant: hostfuncs.GrantClientCredentials, TokenPath: "/login", ClientID: "c", ClientSecret: "password"}},
			`{"access_token":"token-of-%08d","refresh_token":"%s","expires_in":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			n, long := 0, strings.Repeat("x", keptAround)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/login" {
					n++
					fmt.Fprintf(w, c.answer, n, long)
				}
			}))
			t.Cleanup(s.Close)
			target := grant(s.URL)
			target.RatePerSecond, target.Credentials = 1_000, []hostfuncs.Credential{c.credential}
			clock := newClock()
			l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, hostfuncs.SecretMap{"password": "correct horse"}, clock.world())
			round := func(i int) {
				clock.world().Sleep(t.Context(), time.Minute)
				wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
				if n != i+1 {
					t.Fatalf("%d logins, want %d", n, i+1)
				}
			}
			checkKept(t, keptAround, round)
			long = strings.Repeat("x", once)
			before := live()
			round(keptRounds + 1)
			if grew := live() - before; grew > allowed {
				t.Errorf("the last login, of %d KiB, keeps %d KiB, %d are allowed", once>>10, grew>>10, allowed>>10)
			}
			runtime.KeepAlive(l)
		})
	}
}

// Of a token that is too long to be kept the middle is looked for.
func TestLongTokenIsLookedFor(t *testing.T) {
	t.Parallel()
	var identity strings.Builder
	for i := range 4_000 {
		fmt.Fprintf(&identity, "%08x", i*7919)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			fmt.Fprintf(w, `{"access_token":"token-of-the-run","id_token":"%s"}`, &identity)
			return
		}
		fmt.Fprintf(w, `{"you":"sent %s"}`, &identity)
	}))
	t.Cleanup(s.Close)
	target := grant(s.URL)
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
		Grant: hostfuncs.GrantClientCredentials, TokenPath: "/login", ClientID: "c", ClientSecret: "password"}}}
	l := lease(t, target, hostfuncs.SecretMap{"password": "correct horse"})
	wantError(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), abi.Denied, hostfuncs.RuleSecretEcho)
}

// A cookie is a part of its header line, and its path of the request, if the line does not
// tell one.
func TestCookiesKeepNeitherLinesNorRequests(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line := "c" + r.Header.Get("X-Number") + "=v; "
		if pad := r.Header.Get("X-Pad"); pad != "" {
			line += pad + "=/" + strings.Repeat("x", lineAround-1024)
		}
		w.Header().Set("Set-Cookie", line)
	}))
	t.Cleanup(s.Close)
	for name, pad := range map[string]string{"lines": "comment", "paths told": "path", "requests": ""} {
		t.Run(name, func(t *testing.T) {
			target := grant(s.URL)
			target.RatePerSecond, target.MaxResponseHeaderBytes, target.Cookies = 1_000, 2*lineAround, true
			target.RequestHeaders = []string{"X-Number", "X-Pad"}
			l := lease(t, target, nil)
			checkKept(t, lineAround, func(i int) {
				request := strings.Repeat("x", lineAround) + fmt.Sprintf("/path/%d", i)
				wantStatus(t, ask(t, l, abi.HTTPRequest{Path: request[lineAround:], Headers: []abi.Field{{Name: "X-Number", Value: strconv.Itoa(i)}, {Name: "X-Pad", Value: pad}}}), 200)
			})
			runtime.KeepAlive(l)
		})
	}
}

// Of the secrets that pass by in a lease, only what is looked for is kept.
func TestPassingSecretsKeepTheirMiddles(t *testing.T) {
	const rounds, cookies, allowed = 2, 220, 5 << 18
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range cookies {
			n++
			w.Header().Add("Set-Cookie", fmt.Sprintf("c=%08d%s", n, strings.Repeat(strconv.Itoa(n), 4000/len(strconv.Itoa(n)))))
		}
	}))
	t.Cleanup(s.Close)
	target := grant(s.URL)
	target.Cookies, target.MaxResponseHeaderBytes = true, hostfuncs.MaxMaxResponseHeaderBytes
	l := lease(t, target, nil)
	before := live()
	for range rounds {
		wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
	}
	if grew := live() - before; grew > allowed {
		t.Errorf("%d cookies of 4 KB that have passed by keep %d KiB, %d are allowed", n, grew>>10, allowed>>10)
	}
	runtime.KeepAlive(l)
}

// The cookies of a login are kept for the jars of leases to come.
func TestLoginKeepsCookiesOfOneJar(t *testing.T) {
	const cookies, allowed = 20_000, 1 << 20
	lines := strings.Repeat("Set-Cookie: c=123456789012\r\n", cookies/2) + strings.Repeat("Set-Cookie: c=\r\n", cookies/2)
	url := rawServer(t, func(c net.Conn) {
		for r := bufio.NewReader(c); ; {
			request, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			io.Copy(io.Discard, request.Body)
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\n%sSet-Cookie: last=it-is; path=/\r\nX-Cookies: %s\r\nContent-Length: 7\r\n\r\n\"token\"", lines, request.Header.Get("Cookie"))
		}
	})
	target := grant(url)
	target.Cookies, target.MaxResponseHeaderBytes, target.ResponseHeaders = true, hostfuncs.MaxMaxResponseHeaderBytes, []string{"X-Cookies"}
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.SessionToken, Header: "X-Token", Session: &hostfuncs.Session{
		Password: "password", Token: hostfuncs.TokenPlace{Body: true}, Login: hostfuncs.SessionRequest{Path: "/login", JSON: `"${password}"`}}}}
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, hostfuncs.SecretMap{"password": "correct horse"})
	l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
	before := live()
	answer := ask(t, l, abi.HTTPRequest{})
	wantStatus(t, answer, 200)
	if !strings.HasSuffix(answer.Headers[0].Value, "last=it-is") {
		t.Errorf("the request had the cookies %.100q", answer.Headers[0].Value)
	}
	if grew := live() - before; grew > allowed {
		t.Errorf("a login with %d cookies keeps %d KiB, %d are allowed", cookies, grew>>10, allowed>>10)
	}
	runtime.KeepAlive(h)
}

// What is begun ahead waits between two calls: its requests, which are parts of a whole
// message, and as many of the answers as there is room for. The others come when they are
// asked for.
func TestAheadKeepsSoMuch(t *testing.T) {
	const pad, allowed = 16 << 20, hostfuncs.MaxAheadBytes + 4<<20
	body := strings.Repeat("x", 7<<20)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }))
	t.Cleanup(s.Close)
	l := lease(t, grant(s.URL), nil)
	before := live()
	message := strings.Repeat("x", pad) + "/1/2/3/4/5/6"
	batch := abi.HTTPRequests{}
	for i := range 6 {
		batch.Ahead = append(batch.Ahead, abi.HTTPRequest{Target: "app", Method: "GET", Path: message[pad+2*i : pad+2*i+2], Safety: abi.Safe})
	}
	last := batch.Ahead[5]
	last.Path = strings.Clone(last.Path)
	if _, err := l.HTTP(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	batch, message = abi.HTTPRequests{}, ""
	hostfuncs.WaitAhead(l)
	if grew := live() - before; grew > allowed || grew < 12<<20 {
		t.Errorf("6 answers of 7 MiB that wait keep %d KiB, %d are allowed", grew>>10, allowed>>10)
	}
	if a := ask(t, l, last); a.Error != nil || len(a.Body) != len(body) {
		t.Errorf("have %v", a.Error)
	}
}

// Of an answer of which something is wanted, the rest is not kept: neither in the answers
// of a batch, which are charged for what they have, nor in those that wait.
func TestWantedKeepsNoBody(t *testing.T) {
	const rounds, around = abi.MaxAhead, keptAround / 4
	pad, rubbish := strings.Repeat("x", around), strings.Repeat("\xff", lineAround)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Path[1:])
		if status == http.StatusAccepted {
			w.Header().Set("Link", rubbish)
			return
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"a":1,"pad":"%s"}`, pad)
	}))
	t.Cleanup(s.Close)
	value := []string{"a"}
	for name, c := range map[string]struct {
		path   string
		want   abi.Want
		around int
		length int // of the texts of an answer
	}{
		"no text":        {"/200", abi.Want{Values: value}, around, len(`{"values":[1]}`)},
		"text":           {"/200", abi.Want{Values: value, Body: 1}, around, len(`{"values":[1]}{`)},
		"text alone":     {"/200", abi.Want{Body: 1}, around, len(`{}{`)},
		"rows missing":   {"/200", abi.Want{Rows: value, Fields: value, Body: 1}, around, 1},
		"a failure":      {"/404", abi.Want{Values: value}, around, len(`{"values":[1]}`) + abi.MaxErrorText},
		"a failure, cut": {"/404", abi.Want{Body: abi.MaxErrorText + 1}, around, abi.MaxErrorText + 1},
		"a header":       {"/202", abi.Want{}, lineAround, len("Link�")},
	} {
		target := grant(s.URL)
		target.RatePerSecond, target.MaxResponseHeaderBytes, target.ResponseHeaders = 1_000, 2*lineAround, []string{"Link"}
		request := abi.HTTPRequest{Target: "app", Method: "GET", Path: c.path, Safety: abi.Safe, Want: &c.want}
		check := func(t *testing.T, answers []abi.HTTPAnswer) {
			for _, a := range answers {
				size := len(a.Body) + len(a.Wanted)
				for _, h := range a.Headers {
					size += len(h.Name) + len(h.Value)
				}
				if size != c.length {
					t.Fatalf("an answer has %d bytes, want %d: %v", size, c.length, a.Error)
				}
			}
		}
		allowed := func(n int) int64 { return int64(n * c.around / 2) }
		t.Run(name, func(t *testing.T) {
			l := lease(t, target, nil)
			check(t, []abi.HTTPAnswer{ask(t, l, request)})
			before := live()
			answers, err := l.HTTP(t.Context(), abi.HTTPRequests{Requests: slices.Repeat([]abi.HTTPRequest{request}, rounds)})
			if err != nil {
				t.Fatal(err)
			}
			if grew := live() - before; grew > allowed(rounds) {
				t.Errorf("%d answers to texts of %d KiB keep %d KiB, %d are allowed", rounds, c.around>>10, grew>>10, allowed(rounds)>>10)
			}
			check(t, answers.Answers)
		})
		t.Run(name+", ahead", func(t *testing.T) {
			l := lease(t, target, nil)
			batch := abi.HTTPRequests{Ahead: slices.Repeat([]abi.HTTPRequest{request}, abi.MaxAhead)}
			before := live()
			if _, err := l.HTTP(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			hostfuncs.WaitAhead(l)
			if grew := live() - before; grew > allowed(abi.MaxAhead) {
				t.Errorf("%d answers to texts of %d KiB that wait keep %d KiB, %d are allowed", abi.MaxAhead, c.around>>10, grew>>10, allowed(abi.MaxAhead)>>10)
			}
			answers, err := l.HTTP(t.Context(), abi.HTTPRequests{Requests: batch.Ahead})
			if err != nil {
				t.Fatal(err)
			}
			check(t, answers.Answers)
		})
	}
}
