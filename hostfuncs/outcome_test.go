package hostfuncs_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// TestWithheldAnswerOfAWrite withholds answers. For a request that changes
// something the outcome is unknown then, unless the status refuses it; for one
// that does not, a rule or limit was broken and no more.
func TestWithheldAnswerOfAWrite(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"you":"`+r.Header.Get("Authorization")+`"}`)
	}
	for name, c := range map[string]struct {
		status int
		answer http.HandlerFunc
		what   string
		read   abi.Code
		write  abi.Code
	}{
		"secret echoed":         {201, echo, hostfuncs.RuleSecretEcho, abi.Denied, abi.OutcomeUnknown},
		"echoed in a failure":   {500, echo, hostfuncs.RuleSecretEcho, abi.Denied, abi.OutcomeUnknown},
		"echoed in a timeout":   {408, echo, hostfuncs.RuleSecretEcho, abi.Denied, abi.OutcomeUnknown},
		"echoed in a refusal":   {400, echo, hostfuncs.RuleSecretEcho, abi.Denied, abi.Denied},
		"echoed in a redirect":  {307, echo, hostfuncs.RuleSecretEcho, abi.Denied, abi.Denied},
		"echoed behind a write": {303, echo, hostfuncs.RuleSecretEcho, abi.Denied, abi.OutcomeUnknown},
		"too long": {201, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 2000)) },
			"response_bytes", abi.LimitExceeded, abi.OutcomeUnknown},
		"no JSON": {201, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "created") },
			hostfuncs.RuleAnswerFields, abi.Denied, abi.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _ := record(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(c.status); c.answer(w, r) })
			l := withheld(t, server.URL)
			wantError(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), c.read, c.what)
			a := ask(t, l, abi.HTTPRequest{Method: "POST"})
			if wantError(t, a, c.write, c.what); !strings.Contains(a.Error.Message, "status "+strconv.Itoa(c.status)) || a.Error.Retryable {
				t.Errorf("have %+v", a.Error)
			}
		})
	}
}

// withheld opens a lease whose target may answer little.
func withheld(t *testing.T, url string) abi.HostLease {
	g := grant(url)
	g.MaxResponseBytes, g.MaxTries, g.Drop = 1000, 1, []string{"/password"}
	g.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}}
	return lease(t, g, hostfuncs.SecretMap{"token": "S3cr3t-Canary-Token-0001"})
}

// TestExportOfAWithheldAnswer carries an entry out and loses what the target says:
// the entry is not one that failed.
func TestExportOfAWithheldAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"secret echoed": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			io.WriteString(w, r.Header.Get("Authorization"))
		},
		"answer too long": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			io.WriteString(w, strings.Repeat("x", 2000))
		},
		"header too long": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 100<<10))
			w.WriteHeader(201)
		},
		"wrong encoding": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			w.WriteHeader(201)
			io.WriteString(w, "x")
		},
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); io.WriteString(w, "created") },
		"504":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(504) },
		"502":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, seen := record(t, answer)
			result := export(t, withheld(t, server.URL), "POST")
			if len(seen.all()) != 1 || result.Name != abi.OutcomeUnknown.String() || result.Code == abi.ExportSuccess {
				t.Errorf("%d requests were carried out, told is %+v", len(seen.all()), result)
			}
		})
	}
}

// export exports one entry by one request and returns what is told of it.
func export(t *testing.T, l abi.Host, method string) abi.CSEntryChangeResult {
	t.Helper()
	told := &toldHost{Host: l}
	guest.ExportEach(context.Background(), told, []abi.CSEntryChange{{Identifier: "1"}}, func(ctx context.Context, _ *abi.CSEntryChange) ([]abi.AnchorAttribute, error) {
		_, err := guest.Ask(ctx, told, abi.HTTPRequest{Target: "app", Method: method, Path: "/users/1"})
		return nil, err
	})
	if len(told.results) != 1 {
		t.Fatalf("%d results", len(told.results))
	}
	return told.results[0]
}

type toldHost struct {
	abi.Host
	results []abi.CSEntryChangeResult
}

func (h *toldHost) ExportResult(_ context.Context, result abi.CSEntryChangeResult) error {
	h.results = append(h.results, result)
	return nil
}

// TestLostThenRefused loses the answer to the first try and has the second one
// refused: that says nothing about the first.
func TestLostThenRefused(t *testing.T) {
	t.Parallel()
	unknown := abi.OutcomeUnknown.String()
	for _, first := range []string{"", "HTTP/1.1 504 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"} {
		for _, c := range []struct {
			method string
			status int
			want   string // the result's name
		}{
			{"PUT", 503, unknown}, {"PUT", 429, unknown}, {"PUT", 401, unknown}, {"PUT", 409, unknown}, {"PUT", 404, unknown}, {"PUT", 302, unknown},
			{"DELETE", 503, unknown}, {"DELETE", 401, unknown},
			{"PUT", 200, ""}, {"PUT", 204, ""}, {"DELETE", 204, ""}, {"DELETE", 404, ""},
			{"GET", 409, abi.ObjectAlreadyExists.String()}, {"GET", 404, abi.ObjectNotFound.String()},
		} {
			t.Run(c.method+strconv.Itoa(c.status), func(t *testing.T) {
				t.Parallel()
				var tries atomic.Int64
				g := grant(rawServer(t, func(conn net.Conn) {
					if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
						return
					}
					if tries.Add(1) == 1 {
						io.WriteString(conn, first)
						return
					}
					io.WriteString(conn, "HTTP/1.1 "+strconv.Itoa(c.status)+" X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
				}))
				g.MaxTries = 2
				l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{g}}, nil, newClock().world())
				if result := export(t, l, c.method); result.Name != c.want || tries.Load() != 2 {
					t.Errorf("after %d tries, have %+v, want the name %q", tries.Load(), result, c.want)
				}
			})
		}
	}
}

// TestContentEncodingIsNotQuoted echoes a secret where redaction would miss it:
// the name of an encoding is compared in lower case, and would be cut.
func TestContentEncodingIsNotQuoted(t *testing.T) {
	t.Parallel()
	server, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		io.WriteString(w, "x")
	})
	a := ask(t, withheld(t, server.URL), abi.HTTPRequest{Safety: abi.Safe})
	if wantError(t, a, abi.Denied, hostfuncs.RuleEncoding); strings.Contains(strings.ToLower(a.Error.Error()), "canary") {
		t.Errorf("have %v", a.Error)
	}
}

// TestRedirectedWrite follows a write that was carried out to a place that cannot
// show what came of it. What that place says is not said of the write.
func TestRedirectedWrite(t *testing.T) {
	t.Parallel()
	const token = "S3cr3t-Canary-Token-0001"
	for name, c := range map[string]struct {
		redirect, there int
		method, body    string
		safety          abi.Safety
		code            abi.Code // 0: the status of what is there
		rule            string
	}{
		"there":                   {303, 200, "POST", "{}", abi.Neither, 0, ""},
		"not found":               {303, 404, "POST", "", abi.Neither, abi.OutcomeUnknown, ""},
		"forbidden, found before": {302, 403, "POST", "", abi.Neither, abi.OutcomeUnknown, ""},
		"away":                    {303, 503, "PUT", "", abi.Idempotent, abi.OutcomeUnknown, ""},
		"not modified":            {303, 304, "DELETE", "", abi.Idempotent, abi.OutcomeUnknown, ""},
		"withheld":                {303, 200, "POST", `"` + token + `"`, abi.Neither, abi.OutcomeUnknown, hostfuncs.RuleSecretEcho},
		"withheld, no JSON":       {303, 200, "POST", "x", abi.Neither, abi.OutcomeUnknown, hostfuncs.RuleAnswerFields},
		"a read":                  {303, 404, "POST", "", abi.Safe, 0, ""},
		"a withheld read":         {303, 200, "POST", `"` + token + `"`, abi.Safe, abi.Denied, hostfuncs.RuleSecretEcho},
		"the write goes there":    {307, 404, "POST", "", abi.Neither, 0, ""},
		"and is refused there":    {308, 400, "PUT", `"` + token + `"`, abi.Idempotent, abi.Denied, hostfuncs.RuleSecretEcho},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/old" {
					w.Header().Set("Location", "/new")
					w.WriteHeader(c.redirect)
					return
				}
				w.WriteHeader(c.there)
				io.WriteString(w, c.body)
			})
			g := grant(server.URL)
			g.Redirects, g.MaxTries, g.Drop = hostfuncs.RedirectsSameTarget, 1, []string{"/password"}
			g.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}}
			a := ask(t, lease(t, g, hostfuncs.SecretMap{"token": token}), abi.HTTPRequest{Method: c.method, Path: "/old", Safety: c.safety})
			if a.Tries != 2 {
				t.Errorf("%d tries", a.Tries)
			}
			if c.code == 0 {
				wantStatus(t, a, c.there)
				return
			}
			if wantError(t, a, c.code, c.rule); !strings.Contains(a.Error.Message, strconv.Itoa(c.there)) {
				t.Errorf("the status is not told: %v", a.Error)
			}
		})
	}
}
