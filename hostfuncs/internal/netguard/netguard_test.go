package netguard_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/netguard"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	granted := func(prefixes ...string) (g netguard.Guard) {
		for _, p := range prefixes {
			g.Granted = append(g.Granted, netip.MustParsePrefix(p))
		}
		return g
	}
	only := granted("10.0.0.0/8")
	only.GrantedOnly = true
	for name, c := range map[string]struct {
		guard   netguard.Guard
		yes, no []string
	}{
		"nothing granted": {granted(),
			[]string{"8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"},
			[]string{
				"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "169.254.169.254",
				"100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
				"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::",
				"64:ff9b::7f00:1", "64:ff9b::808:808", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "64:ff9b:1::1",
			}},
		"loopback": {granted("127.0.0.0/8"), []string{"127.0.0.1", "::ffff:127.0.0.1", "8.8.8.8"}, []string{"::1", "10.0.0.1", "64:ff9b::7f00:1"}},
		"everything is not metadata": {granted("0.0.0.0/0", "::/0"),
			[]string{"127.0.0.1", "::1", "10.0.0.1", "169.254.1.1", "fd00::1", "64:ff9b::a00:1"},
			[]string{"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "fd00:ec2::254", "168.63.129.16", "100.100.100.200"}},
		"metadata by name":             {granted("169.254.169.254/32"), []string{"169.254.169.254"}, []string{"169.254.169.253", "169.254.170.2"}},
		"NAT64 of what is not granted": {granted("64:ff9b::/96"), []string{"64:ff9b::808:808"}, []string{"64:ff9b::7f00:1", "64:ff9b::a00:1"}},
		"granted only":                 {only, []string{"10.1.2.3"}, []string{"8.8.8.8", "127.0.0.1", "2606:4700:4700::1111"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, a := range c.yes {
				if err := c.guard.Check(netip.MustParseAddr(a)); err != nil {
					t.Errorf("%s is refused: %v", a, err)
				}
			}
			for _, a := range c.no {
				var refused *netguard.Refused
				if err := c.guard.Check(netip.MustParseAddr(a)); !errors.As(err, &refused) {
					t.Errorf("%s is not refused: %v", a, err)
				}
			}
		})
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	var g netguard.Guard
	for _, c := range [][2]string{{"tcp4", "127.0.0.1:443"}, {"tcp6", "[::1]:443"}, {"udp4", "8.8.8.8:53"}, {"unix", "/run/x"}, {"tcp4", "nonsense"}, {"tcp6", "[fe80::1%eth0]:443"}} {
		if g.Control(c[0], c[1], nil) == nil {
			t.Errorf("%s %s is let through", c[0], c[1])
		}
	}
	if err := g.Control("tcp4", "8.8.8.8:12345", nil); err != nil {
		t.Error(err)
	}
}

// TestMetadataInsideOtherAddresses grants every address there is, which does not
// cover the metadata services in any spelling.
func TestMetadataInsideOtherAddresses(t *testing.T) {
	t.Parallel()
	everything := []netip.Prefix{netip.MustParsePrefix("::/0"), netip.MustParsePrefix("0.0.0.0/0")}
	for _, text := range []string{
		"::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::ffff:0:a9fe:a9fe",
		"64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:a9:fe:a9fe::", "64:ff9b:1:0:a9:fea9:fe00:0",
		"2001:0:a9fe:a9fe::", "2001:0:808:808::5601:5601", "2001::a9fe:a9fe", "64:ff9b:1::a83f:8110",
	} {
		addr := netip.MustParseAddr(text)
		var refused *netguard.Refused
		if err := (netguard.Guard{Granted: everything}).Check(addr); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "metadata") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"64:ff9b:1::808:808", "64:ff9b:1::a00:1", "::ffff:0:808:808", "2001:0:808:808::1"} {
		if err := (netguard.Guard{Granted: everything}).Check(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	singly := append(everything, netip.MustParsePrefix("169.254.169.254/32"))
	if err := (netguard.Guard{Granted: singly}).Check(netip.MustParseAddr("64:ff9b:1::a9fe:a9fe")); err != nil {
		t.Errorf("granted singly: %v", err)
	}
}
