package hostfuncs_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// What is kept for longer than a call must not keep what it is a part of. The tests of
// it are not parallel: the heap is everybody's.

const (
	keptRounds  = 48
	keptAround  = 1 << 20 // bytes around each part that is kept
	keptAllowed = 12 << 20
)

// live is the heap that is in use.
func live() int64 {
	runtime.GC() // twice, for what only a pool still has
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// checkKept runs round again and again, and fails if what is left of it is more than what
// counts can take.
func checkKept(t *testing.T, round func(i int)) {
	t.Helper()
	round(0) // what is there once
	before := live()
	for i := range keptRounds {
		round(i + 1)
	}
	if grew := live() - before; grew > keptAllowed {
		t.Errorf("%d parts of texts of %d MiB keep %d MiB, %d are allowed", keptRounds, keptAround>>20, grew>>20, keptAllowed>>20)
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
	checkKept(t, func(int) { wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200) })
	runtime.KeepAlive(l)
}

// What a caller seals may be a part of a whole batch of entries.
func TestSealKeepsNoBatch(t *testing.T) {
	l := lease(t, grant("http://127.0.0.1:1"), nil)
	for name, secret := range map[string]string{"short": "hash-of-%08d", "long": "hash-of-%08d" + strings.Repeat("a", 1000)} {
		t.Run(name, func(t *testing.T) {
			checkKept(t, func(i int) {
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
	checkKept(t, func(i int) {
		placeholder, err := l.Seal("export_password", fmt.Sprintf("password %08d", i))
		if err != nil {
			t.Fatal(err)
		}
		body := `{"p":"` + placeholder + `","pad":"` + strings.Repeat("x", keptAround) + `"}`
		wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "PUT", Body: body}), 200)
	})
	runtime.KeepAlive(l)
}
