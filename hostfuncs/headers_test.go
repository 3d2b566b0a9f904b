package hostfuncs_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// An answer has so many headers and not one more, of those that were granted.
func TestMaxAnswerHeaders(t *testing.T) {
	t.Parallel()
	const most = hostfuncs.MaxAnswerHeaders
	for more := range 2 {
		s, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["X-One"] = make([]string, most-2+more)
			w.Header()["X-Two"] = make([]string, 2)
			w.Header()["X-Other"] = make([]string, 100)
		})
		target := grant(s.URL)
		target.ResponseHeaders = []string{"X-One", "X-Two"}
		a := ask(t, lease(t, target, nil), abi.HTTPRequest{Safety: abi.Safe})
		if more > 0 {
			wantError(t, a, abi.LimitExceeded, "response_headers")
			continue
		}
		if wantStatus(t, a, 200); len(a.Headers) != most {
			t.Errorf("%d headers, want %d", len(a.Headers), most)
		}
	}
}

// The headers of a batch count, be they empty, and not among the bodies: the batch is
// filled to the last byte, or by one byte more.
func TestMaxBatchHeaderBytes(t *testing.T) {
	t.Parallel()
	const (
		each = len("X-A") + 32
		many = hostfuncs.MaxAnswerHeaders * each
		full = hostfuncs.MaxBatchHeaderBytes / many // answers, and a part of one
		rest = hostfuncs.MaxBatchHeaderBytes - full*many
	)
	for more := range 2 {
		s, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["X-A"] = make([]string, hostfuncs.MaxAnswerHeaders)
			if r.URL.Path == "/rest" {
				w.Header()["X-A"] = []string{strings.Repeat("x", rest-each+more)}
			}
			w.Write([]byte("body"))
		})
		target := grant(s.URL)
		target.RatePerSecond, target.ResponseHeaders, target.MaxResponseHeaderBytes = 10_000, []string{"X-A"}, 128<<10
		batch := abi.HTTPRequests{Requests: make([]abi.HTTPRequest, full+2), MaxBytes: (full + 2) * len("body")}
		for i := range batch.Requests {
			batch.Requests[i] = abi.HTTPRequest{Target: "app", Method: "GET", Path: "/", Safety: abi.Safe}
		}
		batch.Requests[full].Path = "/rest"
		answers, err := lease(t, target, nil).HTTP(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range answers.Answers {
			switch {
			case i < full || i == full && more == 0:
				wantStatus(t, a, 200)
			default:
				// With the budget filled to its end nothing more is sent.
				if wantError(t, a, abi.LimitExceeded, "batch_header_bytes"); (a.Tries == 0) != (more == 0) {
					t.Errorf("answer %d of %d: %d tries", i, full+2, a.Tries)
				}
			}
		}
	}
}

// What is begun ahead is kept up to the last byte of its room; of what takes a byte more,
// one is asked for again.
func TestMaxAheadBytes(t *testing.T) {
	t.Parallel()
	const request = len("app") + len("GET") + len("/1") + 6*16
	for more := range 2 {
		s, seen := record(t, func(w http.ResponseWriter, r *http.Request) {
			length := 6 << 20
			if r.URL.Path == "/3" {
				length = hostfuncs.MaxAheadBytes - 12<<20 - 3*request + more
			}
			w.Write(make([]byte, length))
		})
		l := lease(t, grant(s.URL), nil)
		var batch abi.HTTPRequests
		for _, path := range []string{"/1", "/2", "/3"} {
			batch.Ahead = append(batch.Ahead, abi.HTTPRequest{Target: "app", Method: "GET", Path: path, Safety: abi.Safe})
		}
		if _, err := l.HTTP(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		hostfuncs.WaitAhead(l)
		if _, err := l.HTTP(t.Context(), abi.HTTPRequests{Requests: batch.Ahead}); err != nil {
			t.Fatal(err)
		}
		if asked := len(seen.all()); asked != 3+more {
			t.Errorf("with %d bytes too many, %d requests came, want %d", more, asked, 3+more)
		}
	}
}
