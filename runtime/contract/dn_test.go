package contract_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecmabox/ecmabox/runtime/contract"
)

func TestDNsThatAreEqual(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"CN=Ann,DC=example", "cn=ann,dc=EXAMPLE", "CN = Ann , DC = example ", ` cn=\41nn,dc=example`},
		{`CN=Smith\, J,O=x`, `cn=smith\2c j,o=X`, `CN=Smith\2C\20J,O=x`},
		{"CN=a+UID=1,O=x", "uid=1+cn=A,o=x", "UID=1 + CN=a, O=x"},
		{`CN=\ a\ ,O=x`, `cn=\20a\20,o=x`},
		{"CN=É,O=x", "cn=é,o=x", `CN=\C3\89,O=x`, `CN=\c3\a9,O=x`},
		{"CN=a=b,O=x", `CN=a\=b,O=x`, `CN=a\3Db,O=x`},
		{"1.3.6.1=x", "1.3.6.1=X"},
		{"", " "},
	} {
		first, ok := contract.NormalizeDN(same[0])
		if !ok {
			t.Errorf("%q is refused", same[0])
		}
		for _, other := range same[1:] {
			if have, ok := contract.NormalizeDN(other); !ok || have != first {
				t.Errorf("%q becomes %q (%t), %q becomes %q", other, have, ok, same[0], first)
			}
		}
	}
}

func TestDNsThatDiffer(t *testing.T) {
	t.Parallel()
	all := []string{"CN=a,O=x", "CN=a", "CN=a,O=x,O=x", "CN=a+O=x", `CN=a\,O=x`, "CN=aO=x", `CN=a\ ,O=x`, "CN=a b,O=x", "CN=ab,O=x", "CN=,O=x",
		`CN=\80`, `CN=\81`, `CN=é\80`, `CN=é\ff`, `CN=\C3`, `CN=\EF\BF\BD`, "CN=i", "CN=İ", `CN=\C4\B0\C3\89`, `CN=i\C3\89`}
	seen := make(map[string]string)
	for _, dn := range all {
		have, ok := contract.NormalizeDN(dn)
		if other, twice := seen[have]; !ok || twice {
			t.Errorf("%q becomes %q (%t), as does %q", dn, have, ok, other)
		}
		seen[have] = dn
	}
}

func TestDNsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, dn := range []string{"a", "=a", "CN=a,", ",CN=a", "CN=a,,O=x", "CN=a+", "CN=a;O=x", `CN=a\`, `CN=a\x,O=x`, `CN=a\4`, `CN="a",O=x`, "CN=<a>", "C N=a", "-a=x", "CN=a\x00", "CN=\xff"} {
		if have, ok := contract.NormalizeDN(dn); ok {
			t.Errorf("%q becomes %q, want a refusal", dn, have)
		}
	}
}

// An RDN has 16 parts at most.
func TestPartsOfRDN(t *testing.T) {
	t.Parallel()
	for parts := range 18 {
		dn := "OU=x,CN=a" + strings.Repeat("+CN=b", max(parts, 1)-1)
		if have, ok := contract.NormalizeDN(dn); ok != (parts <= 16) {
			t.Errorf("an RDN of %d parts becomes %q (%t)", parts, have, ok)
		}
	}
}

func TestInPartition(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dn, partition string
		want          bool
	}{
		{"CN=a,DC=east,DC=example", "dc=East,dc=Example", true},
		{"DC=east,DC=example", "DC=east,DC=example", true},
		{"CN=a,DC=west,DC=example", "DC=east,DC=example", false},
		{"CN=a,XDC=east,DC=example", "DC=east,DC=example", false},
		{"DC=example", "DC=east,DC=example", false},
		{`CN=a\,DC=east\,DC=example`, "DC=east,DC=example", false},
		{`CN=a\,DC=east,DC=example`, "DC=east,DC=example", false},
		{"CN=a+DC=east,DC=example", "DC=east,DC=example", false},
	} {
		if have := contract.InPartition(c.dn, c.partition); have != c.want {
			t.Errorf("%q in %q: have %t, want %t", c.dn, c.partition, have, c.want)
		}
	}
}

// TestDNEscapesAnything writes arbitrary values by RFC 4514 and finds that they
// are read, and that two of them are equal only if they are but for case.
func TestDNEscapesAnything(t *testing.T) {
	t.Parallel()
	escaped := func(value string) string {
		var b strings.Builder
		for i := range len(value) {
			b.WriteString(`\`)
			b.WriteByte("0123456789abcdef"[value[i]>>4])
			b.WriteByte("0123456789ABCDEF"[value[i]&15])
		}
		return "cn=" + b.String()
	}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune(`aAbé ,+\="#;<>`)), 0, 6, -1), 2, 2).Draw(t, "values")
		a, okA := contract.NormalizeDN(escaped(values[0]))
		b, okB := contract.NormalizeDN(escaped(values[1]))
		if !okA || !okB {
			t.Fatalf("a DN with an escaped value is refused")
		}
		if same := strings.EqualFold(values[0], values[1]); same != (a == b) {
			t.Fatalf("%q and %q become %q and %q", values[0], values[1], a, b)
		}
		again, ok := contract.NormalizeDN(a)
		if !ok || again != a {
			t.Fatalf("%q becomes %q when normalized again", a, again)
		}
	})
}

func FuzzDN(f *testing.F) {
	for _, dn := range []string{"CN=a,DC=b", `CN=a\,b+UID=\20`, "CN=é", `CN=\C3\89 `, "", "=", "a=#0401"} {
		f.Add(dn)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		once, ok := contract.NormalizeDN(dn)
		if !ok {
			return
		}
		if twice, ok := contract.NormalizeDN(once); !ok || twice != once {
			t.Errorf("%q becomes %q, and that %q", dn, once, twice)
		}
		if !contract.InPartition(dn, dn) {
			t.Errorf("%q does not lie in itself", dn)
		}
	})
}
