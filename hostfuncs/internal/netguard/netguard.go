// Package netguard decides which addresses a target may have.
package netguard

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// Refused is the error of an address that is not permitted.
type Refused struct {
	Addr netip.Addr
	// Reason says why, without the address.
	Reason string
}

// Error names the address and the reason.
func (r *Refused) Error() string { return "address " + r.Addr.String() + " is " + r.Reason }

// Guard permits public addresses and those that lie in a granted network. It is
// safe for concurrent use; the zero value permits public addresses.
type Guard struct {
	// Granted are the networks permitted besides public ones.
	Granted []netip.Prefix
	// GrantedOnly refuses public addresses too.
	GrantedOnly bool
}

// public knows the special ranges of IANA's registries.
var public = ssrf.New(ssrf.WithAnyPort())

// metadata are the addresses at which clouds hand credentials to whoever asks.
// A wide grant does not cover them, since nobody means them by "our network".
var metadata = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"), // AWS, Azure, Google, OpenStack and others
	netip.MustParseAddr("169.254.170.2"),   // AWS, containers
	netip.MustParseAddr("169.254.170.23"),  // AWS, Kubernetes
	netip.MustParseAddr("fd00:ec2::254"),   // AWS
	netip.MustParseAddr("fd00:ec2::23"),    // AWS, Kubernetes
	netip.MustParseAddr("fd20:ce::254"),    // Google
	netip.MustParseAddr("168.63.129.16"),   // Azure; outside every special range
	netip.MustParseAddr("100.100.100.200"), // Alibaba
	netip.MustParseAddr("192.0.0.192"),     // Oracle
}

// Control is net.Dialer's hook: it sees the address that is really dialled,
// after DNS.
func (g Guard) Control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("network %s is not permitted", network)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errors.New("the address dialled cannot be read")
	}
	return g.Check(at.Addr())
}

// Check returns nil when addr is permitted, else a *Refused. An IPv4 address
// inside an IPv6 one (mapped, NAT64, 6to4) must be permitted as well; one that
// may be inside (other NAT64, SIIT, Teredo) must be no metadata service.
func (g Guard) Check(addr netip.Addr) error {
	addr = addr.WithZone("").Unmap()
	if inner, ok := embedded(addr); ok {
		if err := g.check(inner); err != nil {
			return err
		}
	}
	for _, inner := range perhapsEmbedded(addr) {
		if slices.Contains(metadata, inner) && !g.grantedSingly(inner) && !g.grantedSingly(addr) {
			return &Refused{addr, metadataReason}
		}
	}
	return g.check(addr)
}

const metadataReason = "a cloud's metadata service; grant it singly if it is meant"

func (g Guard) grantedSingly(addr netip.Addr) bool {
	return slices.ContainsFunc(g.Granted, func(p netip.Prefix) bool { return p.IsSingleIP() && p.Addr() == addr })
}

func (g Guard) check(addr netip.Addr) error {
	single := slices.Contains(metadata, addr)
	for _, prefix := range g.Granted {
		if prefix.Contains(addr) && (!single || prefix.IsSingleIP()) {
			return nil
		}
	}
	switch {
	case single:
		return &Refused{addr, metadataReason}
	case g.GrantedOnly:
		return &Refused{addr, "not in a granted network, and plain http goes to granted networks only"}
	case public.SafeAddr(addr) != nil:
		return &Refused{addr, "not public and not in a granted network"}
	}
	return nil
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	compatible = netip.MustParsePrefix("::/96")
	localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48")
	translated = netip.MustParsePrefix("::ffff:0:0:0/96")
	teredo     = netip.MustParsePrefix("2001::/32")
)

// embedded returns the IPv4 address that a translator would take out of addr.
func embedded(addr netip.Addr) (netip.Addr, bool) {
	if !addr.Is6() {
		return netip.Addr{}, false
	}
	b := addr.As16()
	switch {
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	case compatible.Contains(addr) && addr != netip.IPv6Unspecified() && addr != netip.IPv6Loopback():
		return netip.AddrFrom4([4]byte(b[12:])), true
	}
	return netip.Addr{}, false
}

// perhapsEmbedded returns the IPv4 addresses that a translator could take out of
// addr, depending on how its operator set it up.
func perhapsEmbedded(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	b := addr.As16()
	last := netip.AddrFrom4([4]byte(b[12:]))
	switch {
	case translated.Contains(addr):
		return []netip.Addr{last}
	case localNAT64.Contains(addr): // RFC 6052: prefixes of 96, 64, 56 and 48 bits
		return []netip.Addr{last, netip.AddrFrom4([4]byte(b[9:13])), netip.AddrFrom4([4]byte{b[7], b[9], b[10], b[11]}),
			netip.AddrFrom4([4]byte{b[6], b[7], b[9], b[10]})}
	case teredo.Contains(addr): // the server, and the client with its bits turned
		return []netip.Addr{netip.AddrFrom4([4]byte(b[4:8])), netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}), last}
	}
	return nil
}
