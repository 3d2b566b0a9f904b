package runtime_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// fakeHosts gives out fakeLeases and remembers them.
type fakeHosts struct {
	// refuse, if set, fails every lease.
	refuse error
	// onClock, if set, stands in for Clock, onRandom for Random.
	onClock  func(ctx context.Context) (time.Time, error)
	onRandom func(n int) ([]byte, error)
	// onHTTP, if set, stands in for HTTP.
	onHTTP func(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error)

	mu     sync.Mutex
	leases []*fakeLease
}

func (h *fakeHosts) Lease(_ context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	if h.refuse != nil {
		return nil, h.refuse
	}
	l := &fakeLease{hosts: h, request: request, sealed: make(map[string]string)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leases = append(h.leases, l)
	return l, nil
}

// all returns the leases so far.
func (h *fakeHosts) all() []*fakeLease {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.leases)
}

func (h *fakeHosts) last() *fakeLease {
	all := h.all()
	return all[len(all)-1]
}

// fakeLease is a host that reaches nothing.
type fakeLease struct {
	hosts   *fakeHosts
	request abi.LeaseRequest

	mu        sync.Mutex
	sealed    map[string]string // placeholder by "name=secret"
	logged    []abi.LogEntry
	closed    int
	committed bool
}

var noon = time.Unix(0, 1_700_000_000_000_000_000)

func (l *fakeLease) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	if l.hosts.onHTTP != nil {
		return l.hosts.onHTTP(ctx, requests)
	}
	return abi.HTTPAnswers{}, abi.NewError(abi.NotOffered, "http")
}

func (l *fakeLease) SOAP(context.Context, abi.SOAPRequest) (abi.SOAPAnswer, error) {
	return abi.SOAPAnswer{}, abi.NewError(abi.NotOffered, "soap")
}

func (l *fakeLease) Log(_ context.Context, entry abi.LogEntry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logged = append(l.logged, entry)
	return nil
}

func (l *fakeLease) Clock(ctx context.Context) (time.Time, error) {
	if l.hosts.onClock != nil {
		return l.hosts.onClock(ctx)
	}
	return noon, nil
}

func (l *fakeLease) Random(_ context.Context, n int) ([]byte, error) {
	if l.hosts.onRandom != nil {
		return l.hosts.onRandom(n)
	}
	b := make([]byte, n)
	rand.Read(b)
	return b, nil
}

func (l *fakeLease) StateGet(context.Context, string) ([]byte, error) {
	return nil, abi.NewError(abi.NotFound, "no state")
}
func (l *fakeLease) StatePut(context.Context, string, []byte) error { return nil }
func (l *fakeLease) StateDelete(context.Context, string) error      { return nil }
func (l *fakeLease) Progress(context.Context, abi.Progress) error   { return nil }
func (l *fakeLease) Reveal(context.Context, string) (string, error) {
	return "", abi.NewError(abi.Denied, "no")
}
func (l *fakeLease) ExportResult(_ context.Context, r abi.CSEntryChangeResult) error {
	return l.request.OnExportResult(r)
}

func (l *fakeLease) Seal(name, secret string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	placeholder := fmt.Sprintf("sealed-%d", len(l.sealed)+1)
	l.sealed[name+"="+secret] = placeholder
	return placeholder, nil
}

func (l *fakeLease) Close(_ context.Context, commit bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed++
	l.committed = commit
	return nil
}

func (l *fakeLease) state() (closed int, committed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed, l.committed
}

// module reads a fixture.
func module(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "wat", name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// cachedConfig is for guests in Go, which take seconds to compile, and under the
// race detector ten times that: they come from the cache that all tests share.
func cachedConfig(t testing.TB) runtime.Config {
	t.Helper()
	dir, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return runtime.Config{CacheDir: dir}
}

// newRuntime returns a runtime that is closed at the test's end, with whatever
// sessions the test has left open. Unless config names a budget of memory it has one of
// its own, whatever other tests do.
func newRuntime(t testing.TB, config runtime.Config) *runtime.Runtime {
	t.Helper()
	if config.MemoryBudget == nil {
		config.MemoryBudget = runtime.NewMemoryBudget(0)
	}
	rt, err := runtime.New(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := rt.Close(ctx); err != nil && abi.CodeOf(err) != abi.Cancelled {
			t.Error("close the runtime:", err)
		}
	})
	return rt
}

// load loads a fixture and returns it without its contract.
func load(t testing.TB, rt *runtime.Runtime, name string, hosts abi.HostProvider) abi.Connector {
	t.Helper()
	c, err := rt.Load(context.Background(), module(t, name), hosts, contract.Promise{})
	if err != nil {
		t.Fatalf("load %s: %v", name, err)
	}
	return runtime.Raw(c)
}

// wantError checks an error's code and rule.
func wantError(t *testing.T, err error, code abi.Code) *abi.Error {
	t.Helper()
	var e *abi.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("have error %v, want code %v", err, code)
	}
	return e
}

// testSchema is what the fixtures answer.
var testSchema = abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
	{Name: "id", Anchor: true}, {Name: "mail"}, {Name: "token", Sensitive: true, Operation: abi.ExportOnly},
}}}}

// wellSchema and wellPage are what answers_well answers, and the fixtures made from it.
var (
	wellSchema = abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{{Name: "id", Anchor: true}, {Name: "mail"}}}}}
	wellPage   = abi.GetImportEntriesResults{CustomData: "w", Entries: []abi.CSEntryChange{{
		Modification: abi.ObjectAdd,
		Anchor:       []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("1")}},
		Attributes:   []abi.AttributeChange{abi.Add("mail", abi.StringValue("a@example.org"))},
	}}}
)

// stillRight asks a connector beside the one under test for its schema, and an import
// that it has open for a page, and wants both as they were.
func stillRight(t *testing.T, c abi.Connector, open abi.ImportSession) {
	t.Helper()
	if schema, err := c.GetSchema(context.Background(), nil); err != nil || !reflect.DeepEqual(schema, wellSchema) {
		t.Errorf("the neighbour has the schema %+v and error %v, want %+v", schema, err, wellSchema)
	}
	if page, err := open.GetImportEntries(context.Background(), abi.GetImportEntriesRunStep{}); err != nil || !reflect.DeepEqual(page, wellPage) {
		t.Errorf("the neighbour has the page %+v and error %v, want %+v", page, err, wellPage)
	}
}

// stillCloses closes an import of a connector beside the one under test, and wants the
// watermark that it had.
func stillCloses(t *testing.T, open abi.ImportSession) {
	t.Helper()
	if end, err := open.CloseImportConnection(context.Background(), abi.CloseImportConnectionRunStep{}); err != nil || end.CustomData != wellPage.CustomData {
		t.Errorf("the neighbour closes with %+v and error %v, want the watermark %q", end, err, wellPage.CustomData)
	}
}

// neighbour checks that a connector beside the one under test is as right as it
// was.
func neighbour(t *testing.T, c abi.Connector) {
	t.Helper()
	s, err := c.OpenImportConnection(context.Background(), abi.OpenImportConnectionRunStep{Schema: testSchema, PageSize: 10})
	if err != nil {
		t.Fatal("the neighbour does not open an import:", err)
	}
	stillRight(t, c, s)
	stillCloses(t, s)
}

// section appends a section to a module.
func section(module []byte, id byte, contents string) []byte {
	out := append(bytes.Clone(module), id)
	n := len(contents)
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(append(out, byte(n)), contents...)
}
