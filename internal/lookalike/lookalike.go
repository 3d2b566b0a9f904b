// Package lookalike holds what the look-alike servers in the folders below it have
// in common: each imitates the public API of one application, in memory, so that
// recipes can be tested offline. The package records the requests that a server
// got, and does to chosen ones what networks and overloaded servers do.
//
// A look-alike embeds a Front and hands it every request:
//
//	func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
//		s.Front.Serve(w, r, http.HandlerFunc(s.serve))
//	}
//
// A test then says what shall go wrong and, later, looks at what came in:
//
//	s.Inject(lookalike.Fault{Match: lookalike.On("POST", "/api/v4/users"), Do: lookalike.LoseAnswer()})
//	…
//	created := s.Count(lookalike.On("POST", "/api/v4/users"))
//
// Only tests import these packages.
package lookalike

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// The limits of a Front.
const (
	// MaxRequests is how many requests are kept; the oldest go first.
	MaxRequests = 20_000
	// MaxBody is the size of the largest request body that is read, in bytes. A
	// larger one is answered with 413.
	MaxBody = 4 << 20
)

// Request is one request that came in, whatever became of it.
type Request struct {
	// Method, Path and Query are as they came; Query is still encoded.
	Method, Path, Query string
	// Header is a copy.
	Header http.Header
	// Body is the whole body.
	Body string
	// Status is what was answered, or would have been had the answer not been lost;
	// 0 while the request is under way, and when the connection was dropped before
	// the work.
	Status int
}

// Fault spoils requests.
type Fault struct {
	// Match chooses the requests; nil chooses every one.
	Match func(*http.Request) bool
	// Skip is how many chosen requests pass unharmed first.
	Skip int
	// Times is how many are spoiled after that: 0 means one, Always means all.
	Times int
	// Do is what happens instead of the work; required.
	Do Action
}

// Always is a number of Times that never ends.
const Always = -1

// Action answers a request instead of the server. It may let next do the work, or
// not.
type Action func(w http.ResponseWriter, r *http.Request, next http.Handler)

// On returns a Match for the method and for paths that begin with prefix. An empty
// method stands for any.
func On(method, prefix string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return (method == "" || r.Method == method) && strings.HasPrefix(r.URL.Path, prefix)
	}
}

// Front stands before a look-alike: it records requests and spoils those that a
// Fault chooses. The zero value is ready and spoils nothing. It is safe for
// concurrent use, and must not be copied.
type Front struct {
	mu         sync.Mutex
	faults     []*Fault
	requests   []*Request
	active     int
	mostActive int
}

// Inject adds a fault behind those that are there. The first that chooses a request
// has it alone.
func (f *Front) Inject(fault Fault) {
	if fault.Times == 0 {
		fault.Times = 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, &fault)
}

// Heal takes all faults away.
func (f *Front) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// Requests returns the last MaxRequests requests, in the order in which they came.
func (f *Front) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Request, len(f.requests))
	for i, r := range f.requests {
		all[i] = *r
	}
	return all
}

// Count says how many of the kept requests match; nil matches all.
func (f *Front) Count(match func(*http.Request) bool) int {
	n := 0
	for _, r := range f.Requests() {
		request := &http.Request{Method: r.Method, URL: &url.URL{Path: r.Path, RawQuery: r.Query}, Header: r.Header}
		if match == nil || match(request) {
			n++
		}
	}
	return n
}

// Forget drops the requests kept so far, and the record of how many came at once.
func (f *Front) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests, f.mostActive = nil, f.active
}

// MostAtOnce says how many requests were under way at the same time, at most.
func (f *Front) MostAtOnce() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mostActive
}

// Serve records the request, spoils it if a fault chooses it, and else hands it to
// next.
func (f *Front) Serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		http.Error(w, "the body is too large, or was cut off", http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	entry, fault := f.arrive(r, string(body))
	defer f.leave()
	note := func(status int) { f.note(entry, status) }
	work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&statusWriter{w, note}, r)
		note(http.StatusOK) // Who writes nothing has answered this.
	})
	if fault == nil {
		work.ServeHTTP(w, r)
		return
	}
	fault.Do(&statusWriter{w, note}, r, work)
}

// arrive records the request and picks the fault that it meets, or nil.
func (f *Front) arrive(r *http.Request, body string) (*Request, *Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	entry := &Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body}
	if len(f.requests) == MaxRequests {
		f.requests = slices.Delete(f.requests, 0, MaxRequests/2)
	}
	f.requests = append(f.requests, entry)
	f.active++
	f.mostActive = max(f.mostActive, f.active)
	for i, fault := range f.faults {
		if fault.Match != nil && !fault.Match(r) {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		if fault.Times > 0 {
			if fault.Times--; fault.Times == 0 {
				f.faults = slices.Delete(f.faults, i, i+1)
			}
		}
		return entry, fault
	}
	return entry, nil
}

func (f *Front) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active--
}

// note keeps the first status, before it leaves.
func (f *Front) note(entry *Request, status int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if entry.Status == 0 {
		entry.Status = status
	}
}

// statusWriter tells the status before it is answered.
type statusWriter struct {
	http.ResponseWriter
	note func(status int)
}

// WriteHeader passes the status on.
func (w *statusWriter) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

// Write passes the bytes on.
func (w *statusWriter) Write(p []byte) (int, error) {
	w.note(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
