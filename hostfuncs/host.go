package hostfuncs

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// Host gives each lease of a connector its abi.Host, within one Policy. It is
// safe for concurrent use.
type Host struct{}

var _ abi.HostProvider = (*Host)(nil)

// New checks policy and returns a Host for it, or all mistakes joined.
func New(policy Policy, secrets Secrets) (*Host, error) {
	return &Host{}, nil
}

// Lease begins a lease.
func (h *Host) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	return nil, abi.NewError(abi.NotOffered, "leases are not ready yet")
}
