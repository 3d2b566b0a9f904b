package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// slowHosts give a lease when they are told not to wait for it any more, or an error.
type slowHosts struct {
	fakeHosts
	slow    bool
	gives   bool
	entered func()
}

type callersValue struct{}

func (h *slowHosts) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	if !h.slow {
		return h.fakeHosts.Lease(ctx, request)
	}
	if ctx.Value(callersValue{}) == nil {
		return nil, errors.New("the context has not the caller's values")
	}
	h.entered()
	select {
	case <-ctx.Done():
	case <-time.After(20 * time.Second):
		return nil, errors.New("the context did not end")
	}
	if h.gives {
		return h.fakeHosts.Lease(ctx, request)
	}
	return nil, fmt.Errorf("the vault: %w", ctx.Err())
}

// Hosts that wait as they give a lease are told by every stop, and by StartTimeout, and the
// failure says who gave up. A lease that comes all the same is closed.
func TestSlowLease(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		timeout time.Duration
		stop    func(cancel func(), c *runtime.Connector)
		code    abi.Code
		side    abi.Side
		message string
		cause   error
	}{
		"the caller gives up": {time.Hour, func(cancel func(), _ *runtime.Connector) { cancel() },
			abi.Cancelled, abi.SideCaller, "while the hosts gave a lease", context.Canceled},
		"the connector is closed": {time.Hour, func(_ func(), c *runtime.Connector) { closesAtOnce(c) },
			abi.Cancelled, abi.SideCaller, "while the hosts gave a lease", context.Canceled},
		"the time is up": {300 * time.Millisecond, func(func(), *runtime.Connector) {},
			abi.DeadlineExceeded, abi.SideHost, "Config.StartTimeout, 300ms", context.DeadlineExceeded},
	} {
		for _, gives := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, gives one %t", name, gives), func(t *testing.T) {
				t.Parallel()
				hosts := &slowHosts{gives: gives}
				rt := newRuntime(t, runtime.Config{StartTimeout: test.timeout, StopGrace: time.Hour})
				c, err := rt.Load(t.Context(), module(t, "answers_well"), hosts, contract.Promise{})
				if err != nil {
					t.Fatal(err)
				}
				loaded := len(hosts.all())
				ctx, cancel := context.WithCancel(context.WithValue(t.Context(), callersValue{}, true))
				defer cancel()
				hosts.slow, hosts.entered = true, func() { test.stop(cancel, c) }
				_, err = runtime.Raw(c).GetSchema(ctx, nil)
				if e := wantError(t, err, test.code); e.Side != test.side || !strings.Contains(e.Message, test.message) || !errors.Is(err, test.cause) || (e.Limit == "StartTimeout") != (test.side == abi.SideHost) || strings.Contains(err.Error(), "the vault") == gives {
					t.Errorf("have %v of side %v, want side %v, %q, and what the hosts said", err, e.Side, test.side, test.message)
				}
				for _, l := range hosts.all()[loaded:] {
					if closed, committed := l.state(); closed != 1 || committed {
						t.Errorf("the lease was closed %d times, committed %t", closed, committed)
					}
				}
				if used := runtime.MemoryUsed(rt); used != 0 {
					t.Errorf("%d bytes of memory are left", used)
				}
			})
		}
	}
}

// closesAtOnce begins to close a connector, and does not wait for what runs.
func closesAtOnce(c *runtime.Connector) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	go c.Close(ended)
}
