package runtime_test

import (
	"context"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// leasesNothing gives no lease, and no error.
type leasesNothing struct{}

func (leasesNothing) Lease(context.Context, abi.LeaseRequest) (abi.HostLease, error) { return nil, nil }

// What is nil and must not be is told by its name, with what to do; hosts that grant
// nothing are not nil.
func TestNilArguments(t *testing.T) {
	t.Parallel()
	nothing, err := hostfuncs.New(hostfuncs.Policy{Logger: zerolog.Nop()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer nothing.Close()
	well := module(t, "answers_well")
	for name, test := range map[string]struct {
		module []byte
		hosts  abi.HostProvider
		code   abi.Code
		says   string
	}{
		"hosts":       {well, nil, abi.HostFailure, "the argument hosts is nil: give "},
		"a lease":     {well, leasesNothing{}, abi.HostFailure, "the hosts gave neither a lease nor an error"},
		"the module":  {nil, nothing, abi.InvalidModule, "the file is empty"},
		"nothing":     {well, nothing, 0, ""},
		"all of them": {nil, nil, abi.HostFailure, "the argument hosts is nil"},
	} {
		rt := newRuntime(t, runtime.Config{})
		c, err := rt.Load(t.Context(), test.module, test.hosts, contract.Promise{})
		if abi.CodeOf(err) != test.code || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: have error %v, want %q", name, err, test.says)
		}
		if n := runtime.Connectors(rt); err != nil && n != 0 {
			t.Errorf("%s: %d connectors are left", name, n)
		}
		if err == nil {
			neighbour(t, runtime.Raw(c))
		}
	}
}
