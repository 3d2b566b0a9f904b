package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ecmabox/ecmabox/abi"
)

// Errors of Read, for a program that acts on them.
var (
	// ErrForeign: this is no recording.
	ErrForeign = errors.New("this is no recording")
	// ErrVersion: it is one in a format that this program does not know.
	ErrVersion = errors.New("its format is not known")
	// ErrCut: its end is missing.
	ErrCut = errors.New("its end is missing")
	// ErrChanged: it is not as it was written.
	ErrChanged = errors.New("it was changed after it was made")
	// ErrMalformed: it is whole and makes no sense.
	ErrMalformed = errors.New("it makes no sense")
)

// Recording is a recording that was read: whole, as it was written. It is
// read-only and safe for concurrent use.
type Recording struct {
	header Header
	seed   seed
	leases []*leaseLines
	result Result
	// resultLine is where the result stands.
	resultLine int
	// calls counts the calls of connectors, the clock's readings aside.
	calls int
}

// leaseLines are the lines of one lease.
type leaseLines struct {
	open  callLine
	lane  abi.Lane
	lines []callLine
}

// Header says what the recording is of.
func (r *Recording) Header() Header { return r.header }

// Result is what came of the run.
func (r *Recording) Result() Result { return r.result }

// Calls counts what is in it: leases, and the calls they made, without readings of
// the clock and random bytes.
func (r *Recording) Calls() (leases, calls int) { return len(r.leases), r.calls }

// Read reads a recording. The error wraps one of those above, or is the reader's.
func Read(r io.Reader) (*Recording, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("recording: %w: it is longer than %d bytes", ErrTooLarge, MaxBytes)
	}
	recording := &Recording{}
	if err := recording.read(data); err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	return recording, nil
}

func (r *Recording) read(data []byte) error {
	first, rest, whole := bytes.Cut(data, newline)
	if err := r.readHeader(first, whole); err != nil {
		return err
	}
	body, err := vouched(data, len(data)-len(rest))
	if err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimSuffix(body, newline), newline)
	for i, text := range lines[:len(lines)-1] {
		if err := r.readLine(i+2, text); err != nil {
			return fmt.Errorf("line %d: %w: %w", i+2, ErrMalformed, err)
		}
	}
	r.resultLine = len(lines) + 1
	var last resultLine
	if err := strict(lines[len(lines)-1], &last); err != nil || last.Result == nil {
		return fmt.Errorf("line %d: %w: the result was expected", r.resultLine, ErrMalformed)
	}
	r.result = *last.Result
	return nil
}

var newline = []byte("\n")

// headerBegins is how every recording begins.
const headerBegins = `{"ecmabox_recording":`

// readHeader reads the first line. What has another version is read no further:
// all else may be other, too.
func (r *Recording) readHeader(text []byte, whole bool) error {
	var version struct {
		Version *int `json:"ecmabox_recording"`
	}
	if err := json.Unmarshal(text, &version); err != nil || version.Version == nil {
		if bytes.HasPrefix(text, []byte(headerBegins)) && !whole {
			return ErrCut
		}
		return fmt.Errorf("%w: its first line is not that of one", ErrForeign)
	}
	if *version.Version != Version {
		cure := "record the run anew"
		if *version.Version > Version {
			cure = "use a newer ecmabox"
		}
		return fmt.Errorf("%w: it has version %d, and this program knows %d; %s", ErrVersion, *version.Version, Version, cure)
	}
	var h headerLine
	if err := strict(text, &h); err != nil {
		return fmt.Errorf("line 1: %w: %w", ErrMalformed, err)
	}
	if h.ABI != abiVersion {
		return fmt.Errorf("%w: it is of version %d of the ABI, and this program knows %d", ErrVersion, h.ABI, abiVersion)
	}
	if n, err := hex.Decode(r.seed[:], []byte(h.Seed[:min(len(h.Seed), 2*len(r.seed))])); err != nil || n != len(r.seed) || len(h.Seed) != 2*n {
		return fmt.Errorf("line 1: %w: random_seed has %d bytes in hexadecimal", ErrMalformed, len(r.seed))
	}
	r.header = Header{Connector: h.Connector, ModuleSHA256: h.Module.SHA256, RecipeSHA256: h.Module.Recipe, Recorded: h.Recorded, Operation: h.Operation}
	return nil
}

// vouched returns the lines between the first, of so many bytes, and the last,
// which vouches for all before it.
func vouched(data []byte, first int) ([]byte, error) {
	last := bytes.LastIndexByte(bytes.TrimSuffix(data, newline), '\n') + 1
	var e endLine
	if len(data) == 0 || data[len(data)-1] != '\n' || last < first || strict(data[last:], &e) != nil || e.End == nil {
		return nil, fmt.Errorf("%w: the run was killed, or the file was cut; record it anew", ErrCut)
	}
	sum := sha256.Sum256(data[:last])
	if lines := bytes.Count(data[:last], newline); lines != e.End.Lines || hex.EncodeToString(sum[:]) != e.End.SHA256 {
		return nil, fmt.Errorf("%w: its last line vouches for %d lines with another digest than these %d have; record it anew", ErrChanged, e.End.Lines, lines)
	}
	return data[first:last], nil
}

// strict reads one value and refuses members that it does not know.
func strict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something stands behind it")
	}
	return nil
}

// readLine reads a line of a lease.
func (r *Recording) readLine(number int, text []byte) error {
	l := callLine{number: number}
	if err := strict(text, &l); err != nil {
		return err
	}
	if err := l.check(); err != nil {
		return err
	}
	if l.Open != "" {
		return r.openLease(l)
	}
	if l.Lease < 1 || l.Lease > len(r.leases) {
		return fmt.Errorf("lease %d was not opened", l.Lease)
	}
	lease := r.leases[l.Lease-1]
	switch n := len(lease.lines); {
	case lease.open.failed():
		return fmt.Errorf("lease %d failed", l.Lease)
	case n > 0 && lease.lines[n-1].Call == callClose:
		return fmt.Errorf("lease %d was closed", l.Lease)
	}
	lease.lines = append(lease.lines, l)
	if l.Call != callClock {
		r.calls++
	}
	return nil
}

func (r *Recording) openLease(l callLine) error {
	lane, known := laneOf(l.Open)
	switch {
	case !known:
		return errors.New("there is no such lane")
	case l.Lease != len(r.leases)+1:
		return fmt.Errorf("lease %d was expected", len(r.leases)+1)
	}
	r.leases = append(r.leases, &leaseLines{open: l, lane: lane})
	return nil
}

// check tells what a line lacks, or has too much.
func (l *callLine) check() error {
	answers := 0
	for _, there := range []bool{len(l.Answer) > 0, len(l.Error) > 0, l.Failure != ""} {
		if there {
			answers++
		}
	}
	asked := len(l.Request) > 0
	switch {
	case (l.Open == "") == (l.Call == ""):
		return errors.New("it has either open or call")
	case l.Open != "" && (asked || len(l.Answer) > 0), l.Call == callClock && (asked || len(l.Answer) > 0):
		return errors.New("it has a request or an answer, which such a line has not")
	case l.Call != "" && l.Call != callClock && (!asked || answers != 1):
		return errors.New("a call has a request, and either an answer or an error")
	case answers > 1:
		return errors.New("it has two errors")
	}
	return l.failureLine.check()
}

func (l *callLine) failed() bool { return len(l.Error) > 0 || l.Failure != "" }
