package recording_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
)

// noon is when fakes begin.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fakes are hosts that answer as they are told. Their clock is their own.
type fakes struct {
	// http and get stand in for HTTP and StateGet.
	http func(abi.HTTPRequests) (abi.HTTPAnswers, error)
	get  func(key string) ([]byte, error)
	// fail, if set, is what everything but Seal, Random and Clock answers, and
	// clockFails what Clock answers.
	fail, clockFails error
	// refuse, if set, fails leases.
	refuse error
	// reveals lets Reveal answer.
	reveals bool
	// secrets are what leases know.
	secrets []string

	// tick is how far the clock moves with each reading; 0 means a millisecond.
	tick time.Duration

	mu    sync.Mutex
	now   time.Duration
	count int
}

func (f *fakes) Lease(_ context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	if f.refuse != nil {
		return nil, f.refuse
	}
	return &fake{fakes: f, request: request}, nil
}

// pass lets time pass.
func (f *fakes) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now += d
}

type fake struct {
	*fakes
	request abi.LeaseRequest
}

func (f *fake) HoldsSecret(text string) bool {
	for _, secret := range f.secrets {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

func (f *fake) HTTP(_ context.Context, r abi.HTTPRequests) (abi.HTTPAnswers, error) {
	f.pass(3 * time.Millisecond)
	if f.fail != nil || f.http == nil {
		return abi.HTTPAnswers{}, f.fail
	}
	return f.http(r)
}

func (f *fake) SOAP(_ context.Context, r abi.SOAPRequest) (abi.SOAPAnswer, error) {
	return abi.SOAPAnswer{Body: r.Body}, f.fail
}

func (f *fake) Clock(context.Context) (time.Time, error) {
	f.pass(cmp.Or(f.tick, time.Millisecond))
	f.mu.Lock()
	defer f.mu.Unlock()
	return noon.Add(f.now), f.clockFails
}

func (f *fake) StateGet(_ context.Context, key string) ([]byte, error) {
	if f.get != nil {
		return f.get(key)
	}
	return []byte("value of " + key), f.fail
}

func (f *fake) Seal(name, _ string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	return fmt.Sprintf("ecmasealed%032d", f.count), nil
}

func (f *fake) Reveal(context.Context, string) (string, error) {
	if f.reveals {
		return "s3cret-s3cret", nil
	}
	return "", &abi.Error{Code: abi.Denied, Op: "reveal", Side: abi.SideHost, Rule: "REVEAL", Message: "no"}
}

func (f *fake) ExportResult(_ context.Context, r abi.CSEntryChangeResult) error {
	if f.request.OnExportResult == nil || f.fail != nil {
		return f.fail
	}
	return f.request.OnExportResult(r)
}

func (f *fake) Random(context.Context, int) ([]byte, error) {
	panic("the host is asked for randomness")
}
func (f *fake) Log(context.Context, abi.LogEntry) error        { return f.fail }
func (f *fake) StatePut(context.Context, string, []byte) error { return f.fail }
func (f *fake) StateDelete(context.Context, string) error      { return f.fail }
func (f *fake) Progress(context.Context, abi.Progress) error   { return f.fail }
func (f *fake) Close(context.Context, bool) error              { return f.fail }
func (f *fake) Sleep(_ context.Context, d time.Duration) bool  { f.pass(d); return true }

var header = recording.Header{
	Connector: "app", ModuleSHA256: strings.Repeat("ab", 32), Recorded: noon,
	Operation: recording.Operation{Name: "import", Options: map[string]string{"delta": "true"}},
}

// record lets act run on a recorder over hosts and returns what was written.
func record(t testing.TB, hosts abi.HostProvider, act func(abi.HostProvider), result recording.Result) ([]byte, error) {
	t.Helper()
	var b bytes.Buffer
	r, err := recording.NewRecorder(hosts, &b, header)
	if err != nil {
		t.Fatal(err)
	}
	act(r)
	err = r.Finish(result)
	return b.Bytes(), err
}

// read reads a recording.
func read(t testing.TB, data []byte) *recording.Recording {
	t.Helper()
	r, err := recording.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return r
}

// lease begins a lease.
func lease(t testing.TB, hosts abi.HostProvider, lane abi.Lane) abi.HostLease {
	t.Helper()
	l, err := hosts.Lease(t.Context(), abi.LeaseRequest{Lane: lane, OnExportResult: func(abi.CSEntryChangeResult) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// get is a request.
func get(path string) abi.HTTPRequests {
	return abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "app", Method: "GET", Path: path, Safety: abi.Safe, Headers: []abi.Field{{Name: "Accept", Value: "text/plain"}}}}}
}
