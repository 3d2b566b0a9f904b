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
	file          io.ReaderAt // what was written, if it can be read back
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
// SecretFinder; if below is one too, header and result are looked through by it. If
// w is an io.ReaderAt, Finish looks through all of it once more, for secrets that
// were sealed after they had been written as something else. What is written is a
// recording only after Finish returned nil.
func NewRecorder(below abi.HostProvider, w io.Writer, h Header) (*Recorder, error) {
	r := &Recorder{below: below, sum: sha256.New(), most: MaxBytes}
	r.providerKnows, _ = below.(SecretFinder)
	r.file, _ = w.(io.ReaderAt)
	r.out = bufio.NewWriterSize(io.MultiWriter(w, r.sum), 64<<10)
	rand.Read(r.seed[:]) // never fails: the process ends instead
	if h.Recorded.IsZero() {
		h.Recorded = time.Now()
	}
	text, err := object(headerLine{
		Version: Version, ABI: abiVersion, Connector: h.Connector, Module: moduleLine{h.ModuleSHA256, h.RecipeSHA256},
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
	if err := r.lookThrough(); err != nil {
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

// lookThrough looks for the secrets of all leases in what was written.
func (r *Recorder) lookThrough() error {
	if r.file == nil {
		return nil
	}
	in := bufio.NewReaderSize(io.NewSectionReader(r.file, 0, int64(r.size)), 64<<10)
	for number := 1; ; number++ {
		text, err := in.ReadString('\n')
		if r.secrets.In(text) {
			return fmt.Errorf("line %d: %w, which became known as one after the line was written", number, ErrSecret)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Lease begins a lease of the provider below.
func (r *Recorder) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	below, err := r.below.Lease(ctx, request)
	if ctx.Err() != nil {
		r.Fail(ErrStopped)
	}
	if err != nil {
		failure, encoding := failureText(err)
		if encoding != nil {
			r.Fail(encoding)
		}
		r.begin(nil, request.Lane, failure)
		return nil, err
	}
	l := &recordedLease{recorder: r, below: below, lane: request.Lane}
	knows := false
	if l.finder, knows = below.(SecretFinder); !knows {
		r.Fail(fmt.Errorf("a lease of %T does not know its secrets, so that nobody can keep them out of a file", below))
	}
	l.clock.began = l.begins(ctx)
	r.begin(l, request.Lane, `"time":"`+l.clock.began.Format(time.RFC3339Nano)+`"`)
	l.chance = r.seed.chance(l.number)
	return l, nil
}

// begin gives a lease its number, in the order of the lines in which they begin. l
// is nil for one that could not be had.
func (r *Recorder) begin(l *recordedLease, lane abi.Lane, rest string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leases++
	if l != nil {
		l.number = r.leases
		r.open++
	}
	r.add(l, "open", `{"lease":`+strconv.Itoa(r.leases)+`,"open":"`+lane.String()+`",`+rest+"}")
}

// write writes a line, unless it holds a secret or the recording was given up. l
// is nil for lines of no lease.
func (r *Recorder) write(l *recordedLease, what, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(l, what, text)
}

// add is write for a caller that holds mu.
func (r *Recorder) add(l *recordedLease, what, text string) {
	switch {
	case r.failed != nil:
		return
	case r.holdsSecret(l, text):
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

// holdsSecret asks everybody who knows secrets.
func (r *Recorder) holdsSecret(l *recordedLease, text string) bool {
	return r.secrets.In(text) || l != nil && l.finder != nil && l.finder.HoldsSecret(text)
}

// cure says which half of a line holds a secret, and what keeps it out.
func (r *Recorder) cure(l *recordedLease, text string) string {
	request, _, answered := strings.Cut(text, `,"answer":`)
	switch {
	case r.holdsSecret(l, request):
		return "it stands in what the connector sends; a parameter that is secret belongs under secrets"
	case answered:
		return "it stands in the answer; drop or seal that field in the grant"
	}
	return "it stands in an error"
}
