package runtime_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/ecmabox/ecmabox/abi"
)

// numbered answers with JSON of about length bytes, each time with another s.
func numbered(length int) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"s":"number %08d","pad":"%s"}`, n.Add(1), strings.Repeat("x", length))
	}
}

// alike answers with values that have the same middle, and pad times that.
func alike(values, pad int) http.HandlerFunc {
	var b strings.Builder
	b.WriteString(`{"rows":[`)
	for i := range values {
		fmt.Fprintf(&b, `{"s":"x%sx"},`, strings.Repeat("A", 8+i))
	}
	b.WriteString(`0],"pad":"` + strings.Repeat("A", pad) + `"}`)
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, b.String()) }
}

// keepingRows want the host to keep more than it need.
func keepingRows() []hostileRow {
	own := "the decoder: what is kept has text of its own"
	return []hostileRow{
		{name: "state_in_long_requests", file: "pins_its_requests", tries: "100 keys of 4 bytes for its state, each in a request of 15 MiB", defence: own, heavy: true,
			arrive: arrivals{well("state_put"): 100}},
		{name: "results_in_long_requests", file: "pins_its_requests", tries: "100 results, each in a request of 15 MiB", defence: own, play: playExport, heavy: true,
			arrive: arrivals{well("export_result"): 100}},
		{name: "seals_in_long_answers", file: "wants_sealed", tries: "100 answers of 2 MiB with a field of 15 bytes that is sealed", defence: "`hostfuncs`: what is sealed has text of its own", heavy: true,
			target: numbered(2 << 20), seal: "/s", arrive: arrivals{well("http"): 100}},
		{name: "seals_of_every_length", file: "calls_the_host_for_ever", tries: "500 sealed values, each of another length and with the same middle, and 2 MiB of that middle", want: tooLong,
			defence: "`hostfuncs`: what looks for secrets looks at the deadline", target: alike(500, 2<<20), seal: "/rows/*/s", arrive: arrivals{well("http"): 1}},
		{name: "results_of_many_anchors", tries: "10 results of 4,001 anchors, nearly as many as an object may have keys", defence: "an anchor has 16 attributes at most", play: playExport, turnedAway: 10,
			arrive: arrivals{well("export_result"): 1}},
		{name: "reply_many_numbers", tries: "10 entries of 400,000 numbers", defence: "a message has 1,500,000 values at most", heavy: true,
			want: outcome{code: abi.LimitExceeded, name: "MaxValues"}, replies: 8_000_484, wrongAt: 3_000_195},
		{name: "request_many_keys", tries: "1,600,000 different keys in one object, in requests without end", defence: "an object has 4,096 keys at most", want: tooLong, heavy: true, turnedAway: anyNumber,
			arrive: arrivals{well("clock"): 1}},
		{name: "request_many_fields", tries: "10 batches of 1,000 requests, each of 2,000 empty headers and parameters", defence: "all requests of a batch have 50,000 headers and parameters at most", heavy: true,
			turnedAway: 10, arrive: arrivals{well("http"): 1}},
	}
}
