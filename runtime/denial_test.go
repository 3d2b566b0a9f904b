package runtime_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// asker is a sandboxed connector that asks for what a test wants.
type asker struct{ c *runtime.Connector }

func newAsker(t *testing.T, policy hostfuncs.Policy) asker {
	t.Helper()
	ctx := t.Context()
	module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/runtime/testdata/askguest")
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := hostfuncs.New(policy, hostfuncs.SecretMap{"key": "k-0123456789"})
	if err != nil {
		t.Fatal(err)
	}
	rt, err := runtime.New(ctx, cachedConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close(context.Background()) })
	c, err := rt.Load(ctx, module, hosts, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	return asker{c}
}

// ask returns what the connector read: status|code|rule or limit|message|length.
func (a asker) ask(t *testing.T, requests ...abi.HTTPRequest) []string {
	t.Helper()
	var w wire.Writer
	abi.Encode(&w, &abi.HTTPRequests{Requests: requests, Concurrency: 4})
	result, err := a.c.ValidateConfigParameters(t.Context(), abi.ConfigParametersRunStep{
		Page: abi.PageGlobal, PageNumber: 1, Parameters: abi.ConfigParameters{{Name: "ask", Value: string(w.Bytes())}}})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(result.ErrorMessage, "\n"), "\n")
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// denialApp answers well on /ok and badly everywhere else.
func denialApp(elsewhere string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") })
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, http.StatusFound) })
	mux.HandleFunc("/gigabyte", func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte("x"), 1<<20)
		for range 1024 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 300 {
			if _, err := z.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
		z.Close()
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "half")
		panic(http.ErrAbortHandler)
	})
	return mux
}

// TestDenials has a sandboxed connector ask for what it was not granted, and for
// what a target does badly: each is an answer it can read, with a code, and the
// sandbox goes on.
func TestDenials(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect led to a place that was not granted")
	}))
	defer elsewhere.Close()
	app := httptest.NewServer(denialApp(elsewhere.URL))
	defer app.Close()
	secure := httptest.NewUnstartedServer(denialApp(""))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshake is what the test is for
	secure.StartTLS()
	defer secure.Close()
	target := func(name, base string) hostfuncs.Target {
		return hostfuncs.Target{Name: name, BaseURL: base, Methods: []string{"GET"}, Networks: loopback, MaxTries: 1, Timeout: 20 * time.Second,
			Paths: []string{"/ok", "/away", "/gigabyte", "/bomb", "/cut"}}
	}
	follows, private := target("follows", app.URL), target("private", app.URL)
	follows.Redirects = hostfuncs.RedirectsSameTarget
	private.Networks, private.AllowHTTP = nil, true
	a := newAsker(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target("app", app.URL), follows, private,
		target("tls", secure.URL), target("down", "http://127.0.0.1:1")}})

	get := func(target, path string) abi.HTTPRequest {
		return abi.HTTPRequest{Target: target, Method: "GET", Path: path, Safety: abi.Safe}
	}
	header := func(name, value string) abi.HTTPRequest {
		r := get("app", "/ok")
		r.Headers = []abi.Field{{Name: name, Value: value}}
		return r
	}
	post := get("app", "/ok")
	post.Method = "POST"
	tests := []struct {
		name    string
		request abi.HTTPRequest
		want    string
	}{
		{"granted", get("app", "/ok"), "200|Code(0)|"},
		{"target", get("other", "/ok"), "0|Denied|HTTP-TARGET"},
		{"method", post, "0|Denied|HTTP-METHOD"},
		{"path", get("app", "/admin"), "0|Denied|HTTP-PATH"},
		{"path with dots", get("app", "/ok/../admin"), "0|Denied|HTTP-PATH"},
		{"path with encoded dots", get("app", "/ok/%2e%2e/admin"), "0|Denied|HTTP-PATH"},
		{"host in the path", get("app", "//127.0.0.1/ok"), "0|Denied|HTTP-PATH"},
		{"header", header("X-Evil", "1"), "0|Denied|HTTP-HEADER"},
		{"Host header", header("Host", "evil.example"), "0|Denied|HTTP-HEADER"},
		{"line break in a header", header("Accept", "a\r\nX-Evil: 1"), "0|Denied|HTTP-HEADER"},
		{"redirect is an answer", get("app", "/away"), "302|Code(0)|"},
		{"redirect elsewhere", get("follows", "/away"), "0|Denied|HTTP-REDIRECT"},
		{"private address", get("private", "/ok"), "0|Denied|HTTP-ADDRESS"},
		{"nobody listens", get("down", "/ok"), "0|NotSent|"},
		{"unknown certificate", get("tls", "/ok"), "0|NotSent|"},
		{"cut answer", get("app", "/cut"), "0|OutcomeUnknown|"},
		{"gigabyte", get("app", "/gigabyte"), "0|LimitExceeded|response_bytes|"},
		{"gzip bomb", get("app", "/bomb"), "0|LimitExceeded|ratio|"},
	}
	for _, tt := range tests {
		have := a.ask(t, tt.request)
		if len(have) != 1 || !strings.HasPrefix(have[0], tt.want) {
			t.Errorf("%s: have %q, want %q", tt.name, have, tt.want)
		}
		if parts := strings.Split(have[0], "|"); parts[1] != "Code(0)" && parts[3] == "" {
			t.Errorf("%s: the denial says nothing: %q", tt.name, have)
		}
	}
	have := a.ask(t, get("other", "/ok"), get("app", "/gigabyte"), get("app", "/ok"))
	if len(have) != 3 || !strings.HasPrefix(have[0], "0|Denied|HTTP-TARGET") || !strings.HasPrefix(have[1], "0|LimitExceeded|") || have[2] != "200|Code(0)|||4" {
		t.Errorf("in one batch: %q", have)
	}
}

// TestGigabyteAnswersStaySmall has answers of a gigabyte cost little memory,
// several side by side.
func TestGigabyteAnswersStaySmall(t *testing.T) {
	app := httptest.NewServer(denialApp(""))
	defer app.Close()
	a := newAsker(t, hostfuncs.Policy{Targets: []hostfuncs.Target{{Name: "app", BaseURL: app.URL, Methods: []string{"GET"},
		Paths: []string{"/gigabyte"}, Networks: loopback}}})
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	request := abi.HTTPRequest{Target: "app", Method: "GET", Path: "/gigabyte", Safety: abi.Safe}
	a.ask(t, request, request, request, request)
	goruntime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 512<<20 {
		t.Errorf("four answers of a gigabyte took %d MiB", took>>20)
	}
}
