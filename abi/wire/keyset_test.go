package wire_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// TestKeySet knows every key it was given and no other, whatever their hashes: many of
// them the same, in both halves or in the one that is kept, at the end of a part, or all
// in one part.
func TestKeySet(t *testing.T) {
	t.Parallel()
	chance := func(i int) uint64 { return rand.NewPCG(1, uint64(i)).Uint64() }
	for name, c := range map[string]struct {
		n    int
		hash func(i int) uint64
	}{
		"by chance":      {3 * wire.MostTogether, chance},
		"one hash":       {500, func(int) uint64 { return 0 }},
		"few hashes":     {3 * wire.MostTogether, func(i int) uint64 { return uint64(i%4096) * 0x9e3779b97f4a7c15 }},
		"one upper half": {500, func(i int) uint64 { return 7<<32 | uint64(i) }},
		"at the end":     {500, func(i int) uint64 { return ^uint64(0) - uint64(i%3)<<32 }},
		"in one part":    {3 * wire.MostTogether, func(i int) uint64 { return chance(i) >> 8 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, hashes := wire.NewKeySet(), make([]uint64, c.n)
			for i := range hashes {
				hashes[i] = c.hash(i)
				if !s.Add(hashes[i], strconv.Itoa(i)) {
					t.Fatalf("key %d is not new", i)
				}
			}
			for i, hash := range hashes {
				if s.Add(hash, strconv.Itoa(i)) {
					t.Fatalf("key %d is new", i)
				}
			}
		})
	}
}

// TestKeySetBytes holds the table to what its comment says of many keys.
func TestKeySetBytes(t *testing.T) {
	t.Parallel()
	chance, s := rand.New(rand.NewPCG(1, 2)), wire.NewKeySet()
	for n := 1; n <= 200_000; n++ {
		s.Add(chance.Uint64(), "")
		if n >= 50_000 && n%1000 == 0 && s.Bytes() > 16*n {
			t.Fatalf("%d bytes for %d keys", s.Bytes(), n)
		}
	}
}

// TestSameKeyOfMany finds each key the second time, however either is written, and
// behind objects in the same one, and no key that an escape makes look like another.
func TestSameKeyOfMany(t *testing.T) {
	t.Parallel()
	const n = wire.ManyKeys + 40
	spellings := func(i int) []string {
		s := strconv.Itoa(1000 + i)
		return []string{s, `\u003` + s[:1] + s[1:], s[:3] + `\u003` + s[3:]}
	}
	object := func(first int, more string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(`"` + spellings(i)[(first+i)%3] + `":{"a":{"1000":0},"1001":[{}]},"` + spellings(i)[0] + `\\":0,`)
		}
		return "{" + b.String() + more + "}"
	}
	for first := range 3 {
		if err := valid(object(first, `"":0`)); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for _, spelling := range append(spellings(i), spellings(i)[0]+`\\`) {
				if valid(object(first, `"`+spelling+`":0`)) == nil {
					t.Fatalf("%d: %q was taken twice", first, spelling)
				}
			}
		}
	}
}

func BenchmarkManyKeys(b *testing.B) {
	for _, n := range []int{40, 100, 10_000, 1_000_000} {
		var text strings.Builder
		for i := range n {
			text.WriteString(`,"k` + strconv.FormatInt(int64(i), 16) + `":0`)
		}
		all := "{" + text.String()[1:] + "}"
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.SetBytes(int64(len(all)))
			b.ReportAllocs()
			for b.Loop() {
				if err := valid(all); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
