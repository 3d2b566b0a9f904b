package recording

import (
	"context"
	"fmt"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
)

// Replay is a provider whose leases answer from a recording. It reaches nothing
// and waits for nothing. It is safe for concurrent use.
//
// Each lease gets the lines of the next recorded one of its lane, so that leases of
// different lanes may come in any order and run side by side.
type Replay struct {
	recording *Recording

	mu   sync.Mutex
	next [4]int // by lane: how many of its leases were given out
	// different is the first difference.
	different *Difference
}

var _ abi.HostProvider = (*Replay)(nil)

// Replay returns a provider that plays the recording once.
func (r *Recording) Replay() *Replay { return &Replay{recording: r} }

// Lease gives out the next lease of its lane.
func (r *Replay) Lease(_ context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	number, lines := r.take(request.Lane)
	if lines == nil {
		return nil, r.differ(&Difference{Line: r.recording.resultLine, What: fmt.Sprintf("the run begins one lease of the %s lane more than were recorded", request.Lane)})
	}
	if err := lines.open.err(); err != nil {
		return nil, err
	}
	return &replayedLease{
		replay: r, request: request, number: number, left: lines.lines,
		chance: r.recording.seed.chance(number), clock: clock{began: lines.open.Time},
	}, nil
}

// take returns the next lease of a lane and its number, or nil.
func (r *Replay) take(lane abi.Lane) (int, *leaseLines) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if int(lane) >= len(r.next) {
		return 0, nil
	}
	skip := r.next[lane]
	for i, lease := range r.recording.leases {
		switch {
		case lease.lane != lane:
		case skip == 0:
			r.next[lane]++
			return i + 1, lease
		default:
			skip--
		}
	}
	return 0, nil
}

// differ notes a difference, of which only the first counts: the others follow from
// it. It returns what the connector gets to hear from then on.
func (r *Replay) differ(d *Difference) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.different == nil {
		r.different = d
	}
	return &abi.Error{Code: abi.HostFailure, Op: "replay", Side: abi.SideHost, Message: "the run differs from its recording"}
}

// failed returns an error once a difference was found.
func (r *Replay) failed() error {
	r.mu.Lock()
	d := r.different
	r.mu.Unlock()
	if d == nil {
		return nil
	}
	return r.differ(d)
}

// Finish compares how the run ended with how the recorded one did. The error is a
// *Difference: the first that was found.
func (r *Replay) Finish(result Result) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.different == nil {
		r.different = r.unbegun()
	}
	if r.different == nil {
		r.different = r.recording.compare(result)
	}
	if r.different == nil {
		return nil
	}
	return r.different
}

// unbegun tells of a lease that was recorded and not begun.
func (r *Replay) unbegun() *Difference {
	left := r.next
	for i, lease := range r.recording.leases {
		if left[lease.lane] > 0 {
			left[lease.lane]--
			continue
		}
		return &Difference{Line: lease.open.number, Lease: i + 1, Lane: lease.lane.String(), What: "the run ends and has not begun a lease that was recorded"}
	}
	return nil
}

// compare tells how a result differs from the recorded one.
func (r *Recording) compare(now Result) *Difference {
	d := &Difference{Line: r.resultLine, What: "the run ends otherwise than the recorded one"}
	have, want := now, r.result
	if have.Fuel.Units == 0 || have.Fuel.Weights != want.Fuel.Weights {
		have.Fuel, want.Fuel = Fuel{}, Fuel{}
	}
	if have.Output.SHA256 == want.Output.SHA256 {
		have.Output.Text, want.Output.Text = "", ""
	}
	if have.Output.Text != "" && want.Output.Text != "" {
		// The digest says nothing that the text does not.
		have.Output, want.Output = Output{Text: have.Output.Text}, Output{Text: want.Output.Text}
	}
	d.fields(have, want)
	if len(d.Fields) == 0 {
		return nil
	}
	return d
}
