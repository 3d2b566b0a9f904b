//go:build !wasmtime

package runtime_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// A connector starts once; every instance begins where its start ended, whatever
// others did since, and its clock goes on from there.
func TestStartsOnce(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]runtime.Config{"metered": {}, "close on context": {Interruption: runtime.CloseOnContext}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now atomic.Int64
			hosts := &fakeHosts{onClock: func(context.Context) (time.Time, error) { return noon.Add(time.Duration(now.Add(1000))), nil }}
			c := load(t, newRuntime(t, config), "starts_once", hosts)
			for range 3 {
				if _, err := c.GetSchema(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				s := openImport(t, c, nil)
				if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
					t.Fatal(err)
				}
				if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// chance counts what guests ask of the host's; real says that they get it.
type chance struct {
	fakeHosts
	real  bool
	bytes atomic.Int64
}

type chanceLease struct {
	abi.HostLease
	hosts *chance
}

func (h *chance) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakeHosts.Lease(ctx, request)
	return &chanceLease{l, h}, err
}

func (l *chanceLease) Random(ctx context.Context, n int) ([]byte, error) {
	l.hosts.bytes.Add(int64(n))
	if l.hosts.real {
		b := make([]byte, n)
		_, err := rand.Read(b)
		return b, err
	}
	return l.HostLease.Random(ctx, n)
}

// What a guest in Go chooses by chance when it starts is chosen once.
func TestChanceOfStart(t *testing.T) {
	t.Parallel()
	m, err := wasmbuild.Build(t.Context(), "./testdata/connector")
	if err != nil {
		t.Fatal(err)
	}
	hosts := &chance{}
	c, err := newRuntime(t, cachedConfig(t)).Load(t.Context(), m, hosts, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Report().NoSnapshot != "" {
		t.Error(c.Report().NoSnapshot)
	}
	before := hosts.bytes.Load()
	for range 2 {
		if _, err := c.GetSchema(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if after := hosts.bytes.Load(); before == 0 || after != before {
		t.Errorf("%d random bytes were asked for at the start, %d after two calls", before, after)
	}
}

// A module that changes more than memory and numbers says so, and starts anew.
func TestNoSnapshot(t *testing.T) {
	t.Parallel()
	report, err := runtime.Inspect(module(t, "grows_table"))
	if err != nil || !strings.Contains(report.NoSnapshot, "table.grow") {
		t.Errorf("have %q and error %v", report.NoSnapshot, err)
	}
	rt := newRuntime(t, runtime.Config{})
	c, err := rt.Load(t.Context(), module(t, "grows_table"), &fakeHosts{}, contract.Promise{})
	if err != nil || c.Report().NoSnapshot != report.NoSnapshot {
		t.Fatalf("have %q and error %v", c.Report().NoSnapshot, err)
	}
	for range 2 {
		if _, err := runtime.Raw(c).GetSchema(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
}

// The budget is for all instances of a runtime: what one takes, another has not,
// until it is over.
func TestMemoryBudget(t *testing.T) {
	t.Parallel()
	stacks := 3 * (runtime.StackBytes(1) + runtime.SegmentBytes) // of modules whose functions take a frame each, with a segment of data
	rt := newRuntime(t, runtime.Config{MemoryLimitBytes: 4 << 16, MemoryBudget: runtime.NewMemoryBudget(5<<16 + stacks)})
	greedy, modest := load(t, rt, "grows_memory_and_copes", &fakeHosts{}), load(t, rt, "answers_well", &fakeHosts{})
	s := openImport(t, greedy, nil)
	if have := runtime.MemoryBytes(s); have != 4<<16 {
		t.Fatalf("have %d bytes, want the limit", have)
	}
	last := openImport(t, modest, nil)
	_, err := modest.GetSchema(t.Context(), nil)
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryBudget" || e.Used != 6<<16+stacks || e.Allowed != 5<<16+stacks || e.Side != abi.SideHost || !e.Retryable {
		t.Errorf("have %+v", e)
	}
	if _, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
	if _, err := modest.GetSchema(t.Context(), nil); err != nil {
		t.Error(err)
	}
	_, err = load(t, rt, "grows_memory", &fakeHosts{}).GetSchema(t.Context(), nil)
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryLimitBytes" || e.Side != abi.SideGuest || e.Retryable {
		t.Errorf("have %+v, want the guest's own limit", e)
	}
	if _, err := last.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
	if used := runtime.MemoryUsed(rt); used != 0 {
		t.Errorf("%d bytes are taken when all is over", used)
	}
}

// An instance that does not start gives its memory back, whoever started it.
func TestFailedStarts(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	for _, name := range []string{"traps_in_initialize", "traps_in_start"} {
		_, err := rt.Load(t.Context(), module(t, name), &fakeHosts{}, contract.Promise{})
		if e := wantError(t, err, abi.InvalidModule); e.Rule != runtime.RuleStart {
			t.Errorf("%s: have %+v", name, e)
		}
		if used := runtime.MemoryUsed(rt); used != 0 {
			t.Errorf("%s: %d bytes are still taken", name, used)
		}
	}
}

// What a guest in Go drew by chance when it started is the same in every instance,
// as the ABI says; what it draws later from the host is not, another load draws anew,
// and what one instance remembers no other one knows.
func TestWhatInstancesShare(t *testing.T) {
	t.Parallel()
	m, err := wasmbuild.Build(t.Context(), "./testdata/chanceguest")
	if err != nil {
		t.Fatal(err)
	}
	rt := newRuntime(t, cachedConfig(t))
	drawn := func(c *runtime.Connector) (shared, own, calls string) {
		schema, err := runtime.Raw(c).GetSchema(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		a := schema.Types[0].Attributes
		return a[1].Name, a[2].Name, a[3].Name
	}
	loaded := func() *runtime.Connector {
		c, err := rt.Load(t.Context(), m, &chance{real: true}, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c, other := loaded(), loaded()
	shared, own, calls := drawn(c)
	sharedToo, ownToo, callsToo := drawn(c)
	if shared != sharedToo || own == ownToo || calls != "calls-1" || callsToo != "calls-1" {
		t.Errorf("have %s, %s, %s and then %s, %s, %s", shared, own, calls, sharedToo, ownToo, callsToo)
	}
	if sharedOther, ownOther, _ := drawn(other); sharedOther == shared || ownOther == own || ownOther == ownToo {
		t.Errorf("have %s and %s of another load", sharedOther, ownOther)
	}
}
