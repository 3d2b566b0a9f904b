package lookalike

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Answer answers with the status, the header and the body, without any work. A
// header without Content-Type gets application/json.
func Answer(status int, header http.Header, body string) Action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		// A client that went away hears nothing.
		_, _ = io.WriteString(w, body)
	}
}

// Redirect answers with the status and sends the client to the address.
func Redirect(status int, address string) Action {
	return Answer(status, http.Header{"Location": {address}}, "")
}

// Drop closes the connection before the work is done. Like all actions that close
// connections it needs a server of HTTP/1. Note that Go's client quietly repeats a
// GET when a connection that it kept is dropped.
func Drop() Action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { hangUp(w) }
}

// LoseAnswer does the work and closes the connection instead of answering.
func LoseAnswer() Action {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(newBuffer(), r)
		hangUp(w)
	}
}

// Cut does the work, promises the whole answer by its Content-Length, sends the
// first n bytes of the body and closes the connection. A negative n counts from the
// end.
func Cut(n int) Action {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		b := newBuffer()
		next.ServeHTTP(b, r)
		b.header.Set("Content-Length", strconv.Itoa(b.body.Len()))
		b.send(w, cut(b.body.Bytes(), n))
		// What is to arrive must have left before the connection ends.
		_ = http.NewResponseController(w).Flush()
		hangUp(w)
	}
}

// Shorten does the work and answers with the first n bytes of the body as if they
// were all: nothing but the body itself tells. A negative n counts from the end.
func Shorten(n int) Action {
	return Rewrite(func(body []byte) []byte { return cut(body, n) })
}

// Rewrite does the work and answers with what change makes of the body.
func Rewrite(change func(body []byte) []byte) Action {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		b := newBuffer()
		next.ServeHTTP(b, r)
		body := change(b.body.Bytes())
		b.header.Set("Content-Length", strconv.Itoa(len(body)))
		b.send(w, body)
	}
}

// Delay waits before the work, or until the client has gone.
func Delay(d time.Duration) Action {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// Bomb answers 200 with a small gzip body that unpacks to size bytes of blanks,
// whether the client takes gzip or not.
func Bomb(size int64) Action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		packer := gzip.NewWriter(w)
		// A client that had enough closes the connection, which ends the copy.
		_, _ = io.Copy(packer, io.LimitReader(blanks{}, size))
		_ = packer.Close()
	}
}

type blanks struct{}

// Read fills p with blanks.
func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// Spelling is one way in which applications say how long to wait.
type Spelling struct {
	// Name is for tests.
	Name string
	// Header is what stands beside a 429 or 503.
	Header http.Header
}

// Spellings returns every way that is known to be in use of saying "come again at
// now plus wait". Those with whole seconds round up.
func Spellings(now time.Time, wait time.Duration) []Spelling {
	seconds := strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)
	at := now.Add(wait + time.Second - 1).Truncate(time.Second).UTC()
	epoch := strconv.FormatInt(at.Unix(), 10)
	one := func(name, key, value string) Spelling { return Spelling{name, http.Header{key: {value}}} }
	return []Spelling{
		one("seconds", "Retry-After", seconds),
		one("seconds with a fraction", "Retry-After", strconv.FormatFloat(wait.Seconds(), 'f', 3, 64)),
		one("date", "Retry-After", at.Format(http.TimeFormat)),
		one("date of RFC 850", "Retry-After", at.Format("Monday, 02-Jan-06 15:04:05 GMT")),
		one("date of asctime", "Retry-After", at.Format(time.ANSIC)),
		one("milliseconds", "Retry-After-Ms", strconv.FormatInt(wait.Milliseconds(), 10)),
		one("epoch, X-RateLimit-Reset", "X-Ratelimit-Reset", epoch),
		one("epoch, X-Rate-Limit-Reset", "X-Rate-Limit-Reset", epoch),
		one("epoch, RateLimit-Reset", "Ratelimit-Reset", epoch),
		one("seconds, RateLimit-Reset", "Ratelimit-Reset", seconds),
		one("epoch in milliseconds", "X-Ratelimit-Reset", strconv.FormatInt(at.UnixMilli(), 10)),
		{"nothing", http.Header{}},
	}
}

// hangUp closes the connection without a word more.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// cut returns the first n bytes, or all but the last -n.
func cut(body []byte, n int) []byte {
	if n < 0 {
		n += len(body)
	}
	return body[:min(max(n, 0), len(body))]
}

// buffer is an answer that is not sent yet.
type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newBuffer() *buffer { return &buffer{header: make(http.Header)} }

// Header is that of the answer.
func (b *buffer) Header() http.Header { return b.header }

// WriteHeader keeps the first status.
func (b *buffer) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

// Write keeps the bytes.
func (b *buffer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(p)
}

// send sends status and header with the body.
func (b *buffer) send(w http.ResponseWriter, body []byte) {
	maps.Copy(w.Header(), b.header)
	b.WriteHeader(http.StatusOK)
	w.WriteHeader(b.status)
	_, _ = w.Write(body)
}
