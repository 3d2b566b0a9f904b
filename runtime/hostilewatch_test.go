package runtime_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/runtime"
)

// A row that never reaches what it is about would pass for ever. So it is watched
// what of its doings arrives.

// arrivals are the calls that a host must see, read from their requests, each with
// the outcome that the host gives it and the least number.
type arrivals map[arrival]int

type arrival struct {
	call string
	outcome
}

// well is a call that a host answers well.
func well(call string) arrival { return arrival{call: call} }

// anyNumber says that calls must be turned away, however many.
const anyNumber = -1

// watchedHosts tell when an instance starts, and what its calls of the host came to.
type watchedHosts struct {
	abi.HostProvider
	leased func()

	mu      sync.Mutex
	seen    arrivals
	longest int // of the log's messages
	digest  string
	used    map[string]int64 // of each limit by the instances of this row, in all
}

func (h *watchedHosts) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.HostProvider.Lease(ctx, request)
	if h.leased != nil {
		h.leased()
	}
	return &watchedLease{l, h}, err
}

// watch begins to watch a module.
func (h *theatre) watch(hosts abi.HostProvider, module []byte) *watchedHosts {
	w := &watchedHosts{HostProvider: hosts, seen: arrivals{}, used: map[string]int64{}, digest: fmt.Sprintf("%x", sha256.Sum256(module))}
	h.watching.Store(w)
	return w
}

// arrive notes a call.
func (h *watchedHosts) arrive(call string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen[arrival{call, outcomeOf(err)}]++
}

// add takes what an instance used.
func (h *watchedHosts) add(u runtime.Usage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range u.Limits {
		if u.Digest == h.digest {
			h.used[l.Name] += l.Used
		}
	}
}

// watchedLease notes every call that a connector can make.
type watchedLease struct {
	abi.HostLease
	watch *watchedHosts
}

func (l *watchedLease) TellLimits(tell func(limit string, used, allowed int64)) {
	l.HostLease.(abi.LimitTeller).TellLimits(tell)
}

func (l *watchedLease) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	answers, err := l.HostLease.HTTP(ctx, requests)
	l.watch.arrive("http", err)
	return answers, err
}

func (l *watchedLease) Log(ctx context.Context, entry abi.LogEntry) error {
	err := l.HostLease.Log(ctx, entry)
	l.watch.longest = max(l.watch.longest, len(entry.Message))
	l.watch.arrive("log", err)
	return err
}

func (l *watchedLease) Clock(ctx context.Context) (time.Time, error) {
	now, err := l.HostLease.Clock(ctx)
	l.watch.arrive("clock", err)
	return now, err
}

func (l *watchedLease) StateGet(ctx context.Context, key string) ([]byte, error) {
	value, err := l.HostLease.StateGet(ctx, key)
	l.watch.arrive("state_get", err)
	return value, err
}

func (l *watchedLease) StatePut(ctx context.Context, key string, value []byte) error {
	err := l.HostLease.StatePut(ctx, key, value)
	l.watch.arrive("state_put", err)
	return err
}

func (l *watchedLease) ExportResult(ctx context.Context, result abi.CSEntryChangeResult) error {
	err := l.HostLease.ExportResult(ctx, result)
	l.watch.arrive("export_result", err)
	return err
}

func (l *watchedLease) Reveal(ctx context.Context, placeholder string) (string, error) {
	secret, err := l.HostLease.Reveal(ctx, placeholder)
	l.watch.arrive("reveal", err)
	return secret, err
}

// Random is called for WASI, too, and counts for ecma_host_v1 alone.
func (l *watchedLease) Random(ctx context.Context, n int) ([]byte, error) {
	bytes, err := l.HostLease.Random(ctx, n)
	l.watch.arrive("random", err)
	return bytes, err
}

// checkArrivals holds what arrived against the row.
func (s *stage) checkArrivals(module []byte) {
	row, h := s.row, s.hosts
	h.mu.Lock()
	defer h.mu.Unlock()
	asks := bytes.Contains(module, []byte(abi.HostModule))
	if !asks || row.want.code == abi.InvalidModule {
		return
	}
	if row.arrive == nil {
		s.t.Error("the row does not say which of its host calls must arrive")
	}
	for call, least := range row.arrive {
		if have := h.seen[call]; have < least {
			s.t.Errorf("the host saw %d calls of %s that it %s, want %d at least: %v", have, call.call, call.outcome, least, h.seen)
		}
	}
	arrived := 0
	for call, n := range h.seen {
		arrived += n
		if _, told := row.arrive[call]; !told && !(row.want.code == abi.DeadlineExceeded && call.code == abi.Cancelled) {
			s.t.Errorf("the host saw %d calls of %s that it %s, of which the row says nothing", n, call.call, call.outcome)
		}
	}
	turnedAway := int(h.used["HostCallsPerRun"]) - arrived
	switch {
	case row.turnedAway == anyNumber && turnedAway > 0:
	case row.want.code == abi.DeadlineExceeded && turnedAway == row.turnedAway+1: // when its time was up
	case turnedAway != row.turnedAway:
		s.t.Errorf("%d calls did not reach the host, want %d: have %v", turnedAway, row.turnedAway, h.seen)
	}
	if h.longest > abi.MaxLogMessage {
		s.t.Errorf("a message to be logged has %d bytes, the most is %d", h.longest, abi.MaxLogMessage)
	}
}

// page is how many values a page has, and how many bytes they have.
type page struct{ values, bytes int }

func sizeOf(results abi.GetImportEntriesResults) (p page) {
	for _, e := range results.Entries {
		for _, a := range e.Attributes {
			for _, v := range a.Values {
				p = page{p.values + 1, p.bytes + v.Size()}
			}
		}
	}
	return p
}

// checkReply holds the row's reply against what the row says of it: how long it is,
// and where it was found wrong.
func (s *stage) checkReply(err error) {
	s.hosts.mu.Lock()
	defer s.hosts.mu.Unlock()
	if have := s.hosts.used["MaxReplyBytes"]; have < s.row.replies {
		s.t.Errorf("the connector's replies have %d bytes at the most, want %d", have, s.row.replies)
	}
	for name, want := range s.row.uses {
		if have := s.hosts.used[name]; have != want {
			s.t.Errorf("it used %d of %s, want %d", have, name, want)
		}
	}
	if s.row.holds != (page{}) && s.page != s.row.holds {
		s.t.Errorf("the page holds %+v, want %+v", s.page, s.row.holds)
	}
	var wrong *wire.SyntaxError
	if errors.As(err, &wrong) && wrong.Offset != s.row.wrongAt {
		s.t.Errorf("the reply is found wrong at byte %d, want %d: %v", wrong.Offset, s.row.wrongAt, wrong)
	} else if wrong == nil && s.row.wrongAt != 0 {
		s.t.Errorf("the reply is found wrong nowhere, want it at byte %d", s.row.wrongAt)
	}
}
