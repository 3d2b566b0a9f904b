// Package hostfuncs is what a connector can reach: it implements abi.Host.
//
// A Policy grants targets by name; a connector names a target, a method and a
// path, never a host. Every request passes the grant's rules before it is sent,
// every address is checked after DNS and at dial time, and every answer is
// bounded and scanned before the connector sees it.
//
// Secrets never reach the connector. It holds placeholders, good for one lease;
// the host puts the secret in their place, and only in the slots that a grant
// names. An answer that holds a known secret is refused.
//
//	h, err := hostfuncs.New(policy, hostfuncs.SecretMap{"hr-password": "…"})
//	lease, err := h.Lease(ctx, abi.LeaseRequest{Lane: abi.LaneImport})
//
// Policy{} reaches nothing. A limit of zero is its documented default; there is
// no unlimited.
//
// What must be got before it can be used, access tokens and sessions, the host gets
// by itself, once for all leases of a Host; a connector cannot call the paths on
// which that happens.
//
// What is left out: proxies (none is used, not even one from the environment),
// HTTP/2, and SOAP, which answers NotOffered.
package hostfuncs
