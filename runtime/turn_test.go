package runtime_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// oneByOne are hosts whose leases are called by one goroutine at a time, as abi.Host
// says: what they note has no lock.
type oneByOne struct {
	fakeHosts
	lane    abi.Lane
	sealing chan struct{} // gets a token from the first Seal of the lane
	lease   *oneByOneLease
}

func (h *oneByOne) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakeHosts.Lease(ctx, request)
	if err != nil || request.Lane != h.lane {
		return l, err
	}
	h.lease = &oneByOneLease{HostLease: l, hosts: h, ended: make(chan struct{})}
	return h.lease, nil
}

// oneByOneLease notes in which order it is called.
type oneByOneLease struct {
	abi.HostLease
	hosts *oneByOne
	calls []string
	ended chan struct{}
}

// Seal gives whoever would end the lease meanwhile the time to.
func (l *oneByOneLease) Seal(name, secret string) (string, error) {
	l.calls = append(l.calls, "seal")
	select {
	case l.hosts.sealing <- struct{}{}:
	default:
	}
	select {
	case <-l.ended:
	case <-time.After(20 * time.Millisecond):
	}
	l.calls = append(l.calls, "sealed")
	return l.HostLease.Seal(name, secret)
}

func (l *oneByOneLease) TellLimits(func(string, int64, int64)) { l.calls = append(l.calls, "tell") }

func (l *oneByOneLease) Close(ctx context.Context, commit bool) error {
	l.calls = append(l.calls, "close")
	close(l.ended)
	return l.HostLease.Close(ctx, commit)
}

// A lease that is ended while secrets of its session are sealed ends between two of them,
// or behind them, and nothing is asked of it any more.
func TestSealInTurn(t *testing.T) {
	t.Parallel()
	var parameters abi.ConfigParameters
	password := abi.AttributeChange{Name: abi.ExportPassword, Modification: abi.AttributeAdd}
	for _, secret := range []string{"a", "b", "c", "d"} {
		parameters = append(parameters, abi.ConfigParameter{Name: secret, Value: secret, Encrypted: true})
		password.Values = append(password.Values, abi.StringValue(secret))
	}
	for name, test := range map[string]struct {
		lane abi.Lane
		// seals returns what seals the secrets, in a session or without one.
		seals func(context.Context, *testing.T, abi.Connector) func() error
	}{
		"parameters": {abi.LaneConfiguration, func(ctx context.Context, t *testing.T, c abi.Connector) func() error {
			return func() error { _, err := c.GetSchema(ctx, parameters); return err }
		}},
		"entries": {abi.LaneExport, func(ctx context.Context, t *testing.T, c abi.Connector) func() error {
			s, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Schema: testSchema})
			if err != nil {
				t.Fatal(err)
			}
			return func() error {
				_, err := s.PutExportEntries(ctx, []abi.CSEntryChange{{Identifier: "1", Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{password}}})
				return err
			}
		}},
		"passwords": {abi.LanePassword, func(ctx context.Context, t *testing.T, c abi.Connector) func() error {
			s, err := c.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Schema: testSchema})
			if err != nil {
				t.Fatal(err)
			}
			return func() error {
				return s.ChangePassword(ctx, abi.ChangePasswordRunStep{OldPassword: "a", NewPassword: "b", Entry: abi.CSEntry{Attributes: []abi.AttributeChange{password}}})
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := &oneByOne{sealing: make(chan struct{}, 1), lane: test.lane}
			rt := newRuntime(t, runtime.Config{OnRelease: func(runtime.Usage) {}})
			seal, done := test.seals(t.Context(), t, load(t, rt, "answers_well", host)), make(chan error)
			go func() { done <- seal() }()
			<-host.sealing
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			wantError(t, rt.Close(ended), abi.Cancelled)
			if err := <-done; err != nil {
				wantError(t, err, abi.Closed)
			}
			have := strings.Join(host.lease.calls, " ")
			if rest := strings.ReplaceAll(have, "seal sealed ", ""); rest != "tell close" {
				t.Errorf("the lease is called for %s, want one thing after the other, and tell and close at the end", have)
			}
		})
	}
}

// Modules are compiled one after the other, by either engine. Who waits for that heeds
// its context, and may load the module later.
func TestCompilesInTurn(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	release := runtime.HoldCompiler(rt)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := rt.Load(ended, module(t, "answers_well"), &fakeHosts{}, contract.Promise{})
	if wantError(t, err, abi.Cancelled); !strings.Contains(err.Error(), "another module was still being compiled") {
		t.Errorf("have error %v, want what it waited for", err)
	}
	release()
	for _, name := range []string{"answers_well", "traps_in_start", "answers_well", "echoes"} {
		c, err := rt.Load(t.Context(), module(t, name), &fakeHosts{}, contract.Promise{})
		if err == nil {
			err = c.Close(t.Context())
		}
		if failed := name == "traps_in_start"; (err != nil) != failed {
			t.Errorf("%s: have error %v", name, err)
		}
	}
}
