package runtime_test

import (
	"context"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// sleepers are hosts with a clock of their own, which sleeping moves.
type sleepers struct {
	fakeHosts
	slept   []time.Duration
	refuses bool
}

type sleeper struct {
	abi.HostLease
	hosts *sleepers
}

func (h *sleepers) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakeHosts.Lease(ctx, request)
	return &sleeper{l, h}, err
}

func (s *sleeper) Sleep(_ context.Context, d time.Duration) bool {
	s.hosts.slept = append(s.hosts.slept, d)
	return !s.hosts.refuses
}

// A host that sleeps for its connectors is asked, and nobody else waits.
func TestHostSleeps(t *testing.T) {
	t.Parallel()
	for name, refuses := range map[string]bool{"it sleeps": false, "it cuts the sleep short": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts := &sleepers{refuses: refuses}
			c := load(t, newRuntime(t, runtime.Config{CallTimeout: time.Minute}), "sleeps_for_an_hour", hosts)
			begun := time.Now()
			_, err := c.GetSchema(t.Context(), nil)
			if took := time.Since(begun); took > 30*time.Second || err != nil {
				t.Errorf("it took %v, with error %v", took, err)
			}
			if len(hosts.slept) != 1 || hosts.slept[0] != time.Hour {
				t.Errorf("the host slept %v", hosts.slept)
			}
		})
	}
}
