// Package guesttest runs a connector natively, in an ordinary go test: with a
// fake host, and behind the same binding that runs it in WebAssembly.
package guesttest

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
)

// Host is a fake host. The zero value has no targets, no secrets, an empty state,
// a clock that starts at 2026-01-01T00:00:00Z and moves on by a second a reading,
// and randomness that is the same in every test. It keeps what the connector
// logged, reported and stored. Safe for concurrent use.
type Host struct {
	// Target answers each HTTP request; nil answers Denied. It answers with a Body
	// as the target's: what the request wants of it is read as a real host does,
	// unless the answer has an Error or is Wanted already.
	Target func(ctx context.Context, request abi.HTTPRequest) abi.HTTPAnswer
	// Secrets are what Reveal returns, by placeholder.
	Secrets map[string]string

	mu       sync.Mutex
	state    map[string]string
	logs     []abi.LogEntry
	progress []abi.Progress
	results  []abi.CSEntryChangeResult
	ticks    int
	random   *rand.ChaCha8
}

var (
	_ abi.Host         = (*Host)(nil)
	_ abi.HostProvider = (*Host)(nil)
)

// Lease returns a lease of the host itself: all leases share its state.
func (h *Host) Lease(context.Context, abi.LeaseRequest) (abi.HostLease, error) {
	return lease{h}, nil
}

type lease struct{ *Host }

// Seal returns a placeholder that tells what it stands for.
func (lease) Seal(name, _ string) (string, error) {
	return "sealed-" + strings.NewReplacer(":", "-", "_", "-").Replace(name), nil
}

// Close does nothing.
func (lease) Close(context.Context, bool) error { return nil }

// HTTP answers each request by Target.
func (h *Host) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	answers := abi.HTTPAnswers{Answers: make([]abi.HTTPAnswer, len(requests.Requests))}
	for i, r := range requests.Requests {
		if h.Target == nil {
			answers.Answers[i].Error = &abi.Error{Code: abi.Denied, Rule: "HTTP-TARGET", Message: "the fake host has no target"}
			continue
		}
		answers.Answers[i] = h.ask(ctx, r)
	}
	return answers, nil
}

// ask asks Target, and reads what is wanted of the answer.
func (h *Host) ask(ctx context.Context, request abi.HTTPRequest) abi.HTTPAnswer {
	if request.Want == nil {
		return h.Target(ctx, request)
	}
	plan, err := want.Compile(*request.Want)
	if err != nil {
		return abi.HTTPAnswer{Error: abi.AsError(err)}
	}
	answer := h.Target(ctx, request)
	if answer.Error != nil || answer.Wanted != "" {
		return answer
	}
	read, err := plan.Answer(ctx, answer, abi.MaxHTTPBody)
	if err != nil && ctx.Err() != nil {
		return abi.HTTPAnswer{Error: abi.NewError(abi.Cancelled, "the caller gave up")}
	}
	if e := abi.AsError(err); e != nil {
		if e.Side = abi.SideTarget; request.Safety != abi.Safe {
			e.Code = abi.OutcomeUnknown
		}
		return abi.HTTPAnswer{Status: answer.Status, Body: read.Body, Tries: answer.Tries, Error: e}
	}
	return read
}

// SOAP is not offered.
func (h *Host) SOAP(context.Context, abi.SOAPRequest) (abi.SOAPAnswer, error) {
	return abi.SOAPAnswer{}, abi.NewError(abi.NotOffered, "the fake host has no soap")
}

// Log keeps the entry.
func (h *Host) Log(_ context.Context, entry abi.LogEntry) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.logs = append(h.logs, entry)
	return nil
}

// Clock returns the fake time.
func (h *Host) Clock(context.Context) (time.Time, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ticks++
	return time.Date(2026, 1, 1, 0, 0, h.ticks-1, 0, time.UTC), nil
}

// Random returns the next of the fixed random bytes.
func (h *Host) Random(_ context.Context, n int) ([]byte, error) {
	if n < 0 || n > abi.MaxRandomBytes {
		return nil, &abi.Error{Code: abi.LimitExceeded, Limit: "MaxRandomBytes", Used: int64(n), Allowed: abi.MaxRandomBytes}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.random == nil {
		h.random = rand.NewChaCha8([32]byte{})
	}
	b := make([]byte, n)
	_, err := h.random.Read(b)
	return b, err
}

// StateGet returns the state under key.
func (h *Host) StateGet(_ context.Context, key string) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	value, ok := h.state[key]
	if !ok {
		return nil, abi.NewError(abi.NotFound, "there is no state under this key")
	}
	return []byte(value), nil
}

// StatePut keeps the state under key.
func (h *Host) StatePut(_ context.Context, key string, value []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == nil {
		h.state = make(map[string]string)
	}
	h.state[key] = string(value)
	return nil
}

// StateDelete forgets key.
func (h *Host) StateDelete(_ context.Context, key string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.state, key)
	return nil
}

// Progress keeps the progress.
func (h *Host) Progress(_ context.Context, progress abi.Progress) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.progress = append(h.progress, progress)
	return nil
}

// ExportResult keeps the result.
func (h *Host) ExportResult(_ context.Context, result abi.CSEntryChangeResult) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.results = append(h.results, result)
	return nil
}

// Reveal returns one of Secrets.
func (h *Host) Reveal(_ context.Context, placeholder string) (string, error) {
	if secret, ok := h.Secrets[placeholder]; ok {
		return secret, nil
	}
	return "", &abi.Error{Code: abi.Denied, Rule: "REVEAL", Message: "the fake host reveals nothing under this placeholder"}
}

// Logs returns what was logged so far.
func (h *Host) Logs() []abi.LogEntry {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]abi.LogEntry(nil), h.logs...)
}

// Reported returns the progress and the export results reported so far.
func (h *Host) Reported() ([]abi.Progress, []abi.CSEntryChangeResult) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]abi.Progress(nil), h.progress...), append([]abi.CSEntryChangeResult(nil), h.results...)
}
