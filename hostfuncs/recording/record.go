package recording

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

// Errors that tell why there is no recording. The run itself goes on.
var (
	// ErrSecret: a line would have held a secret.
	ErrSecret = errors.New("it would hold a secret")
	// ErrRevealed: the connector was given a secret, with which it can make what
	// nobody could tell from anything else.
	ErrRevealed = errors.New("the connector was given a secret by reveal")
	// ErrStopped: the run was stopped, and a replay would not be at the same point.
	ErrStopped = errors.New("the run was stopped while the host worked for it")
	// ErrTooLarge: the recording passes MaxBytes.
	ErrTooLarge = errors.New("the recording is too large")
)

// Recorder is a provider whose leases answer as those of the provider below, and
// write down every call. It is safe for concurrent use.
type Recorder struct {
	below abi.HostProvider
	seed  seed
	// secrets are those that were sealed in any lease so far.
	secrets leak.Set

	mu            sync.Mutex
	out           *bufio.Writer
	sum           hash.Hash
	lines, size   int
	most          int
	leases, open  int
	failed        error
	finished      bool
	providerKnows SecretFinder // nil if the provider knows of no secrets
}

var _ abi.HostProvider = (*Recorder)(nil)

// NewRecorder returns a Recorder that writes to w. Every lease of below must be a
// SecretFinder; if below is one too, the result is looked through by it. What is
// written is a recording only after Finish returned nil.
func NewRecorder(below abi.HostProvider, w io.Writer, h Header) (*Recorder, error) {
	r := &Recorder{below: below, sum: sha256.New(), most: MaxBytes}
	r.providerKnows, _ = below.(SecretFinder)
	r.out = bufio.NewWriterSize(io.MultiWriter(w, r.sum), 64<<10)
	rand.Read(r.seed[:]) // never fails: the process ends instead
	if h.Recorded.IsZero() {
		h.Recorded = time.Now()
	}
	text, err := object(headerLine{
		Version: Version, ABI: abiVersion, Connector: h.Connector, Module: moduleLine{h.ModuleSHA256},
		Recorded: h.Recorded.UTC().Truncate(time.Second), Operation: h.Operation, Seed: hex.EncodeToString(r.seed[:]),
	})
	if err != nil {
		return nil, fmt.Errorf("recording: header: %w", err)
	}
	if r.providerKnows != nil && r.providerKnows.HoldsSecret(text) {
		return nil, fmt.Errorf("recording: the header: %w", ErrSecret)
	}
	r.write(nil, "the header", text)
	return r, r.failed
}

// Fail gives the recording up for a reason of the caller's, which Finish then
// returns. Only the first reason counts.
func (r *Recorder) Fail(reason error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail(reason)
}

func (r *Recorder) fail(reason error) {
	if r.failed == nil {
		r.failed = fmt.Errorf("recording: %w", reason)
	}
}

// Finish writes how the run ended. All leases must be closed. With an error what
// was written is no recording, and a reader says so.
func (r *Recorder) Finish(result Result) error {
	text, err := object(resultLine{&result})
	if err != nil {
		r.Fail(err)
	}
	if r.providerKnows != nil && r.providerKnows.HoldsSecret(text) {
		r.Fail(fmt.Errorf("the result: %w", ErrSecret))
	}
	r.write(nil, "the result", text)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.finished:
		r.fail(errors.New("it was finished before"))
	case r.open > 0:
		r.fail(fmt.Errorf("%d leases are open", r.open))
	}
	if r.failed != nil {
		return r.failed
	}
	r.finished = true
	// The digest is of what has passed through the buffer.
	if err := r.out.Flush(); err != nil {
		r.fail(err)
		return r.failed
	}
	text, err = object(endLine{&end{Lines: r.lines, SHA256: hex.EncodeToString(r.sum.Sum(nil))}})
	if err == nil {
		_, err = r.out.WriteString(text + "\n")
	}
	if err = errors.Join(err, r.out.Flush()); err != nil {
		r.fail(err)
	}
	return r.failed
}

// Lease begins a lease of the provider below.
func (r *Recorder) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	below, err := r.below.Lease(ctx, request)
	l := &recordedLease{recorder: r, below: below, lane: request.Lane}
	finder, knows := below.(SecretFinder)
	r.mu.Lock()
	r.leases++
	l.number = r.leases
	switch {
	case ctx.Err() != nil:
		r.fail(ErrStopped)
	case err == nil && !knows:
		r.fail(fmt.Errorf("a lease of %T does not know its secrets, so that nobody can keep them out of a file", below))
	}
	if err == nil {
		r.open++
	}
	r.mu.Unlock()
	text := `{"lease":` + strconv.Itoa(l.number) + `,"open":"` + request.Lane.String() + `"`
	if err != nil {
		failure, encoding := failureText(err)
		if encoding != nil {
			r.Fail(encoding)
		}
		r.write(nil, "a lease that failed", text+","+failure+"}")
		return nil, err
	}
	l.finder, l.chance, l.clock.began = finder, r.seed.chance(l.number), l.begin(ctx)
	r.write(l, "open", text+`,"time":"`+l.clock.began.Format(time.RFC3339Nano)+`"}`)
	return l, nil
}

// write writes a line, unless it holds a secret or the recording was given up. l
// is nil for lines of no lease.
func (r *Recorder) write(l *recordedLease, what, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.failed != nil:
		return
	case r.secrets.In(text) || l != nil && l.finder != nil && l.finder.HoldsSecret(text):
		r.fail(fmt.Errorf("line %d, %s: %w; %s", r.lines+1, l.place(what), ErrSecret, r.cure(l, text)))
		return
	case r.size+len(text)+1 > r.most:
		r.fail(fmt.Errorf("%w: it takes more than %d bytes; record a shorter run", ErrTooLarge, r.most))
		return
	}
	// The buffer keeps the first error for Finish.
	_, _ = r.out.WriteString(text)
	_ = r.out.WriteByte('\n')
	r.lines++
	r.size += len(text) + 1
}

// cure says which half of a line holds a secret, and what keeps it out.
func (r *Recorder) cure(l *recordedLease, text string) string {
	request, _, answered := strings.Cut(text, `,"answer":`)
	switch {
	case r.secrets.In(request) || l != nil && l.finder != nil && l.finder.HoldsSecret(request):
		return "it stands in what the connector sends; a parameter that is secret belongs under secrets"
	case answered:
		return "it stands in the answer; drop or seal that field in the grant"
	}
	return "it stands in an error"
}
