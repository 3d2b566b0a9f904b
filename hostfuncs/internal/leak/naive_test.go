package leak_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

// naive looks for every pattern by itself, at every place.
type naive struct {
	patterns []string
	long     bool
}

func (n *naive) add(secret string) {
	if len(secret) >= leak.MinSecret {
		n.patterns = append(n.patterns, leak.Patterns(secret)...)
		n.long = n.long || len(secret) > 512
	}
}

func (n *naive) in(text string) bool {
	for range leak.MostNested + 1 {
		for _, p := range n.patterns {
			if strings.Contains(text, p) {
				return true
			}
		}
		plain, changed := leak.Unescape(text)
		if !changed {
			return false
		}
		text = plain
	}
	return false
}

// first finds the pattern with the first middle, and of several the longest.
func (n *naive) first(text string, from int) (start, end int) {
	middle := len(text)
	for _, p := range n.patterns {
		at := strings.Index(text[from:], p)
		if at < 0 {
			continue
		}
		at += from
		if m := at + (len(p)-leak.Window)/2; m < middle || m == middle && len(p) > end-start {
			start, end, middle = at, at+len(p), m
		}
	}
	return start, end
}

func (n *naive) redact(text string) string {
	whole, out := text, ""
	for from := 0; ; {
		start, end := n.first(whole, from)
		if end == 0 {
			text = out + whole[from:]
			break
		}
		if n.long {
			return leak.Redacted
		}
		out += whole[from:start] + leak.Redacted
		from = end
	}
	if n.in(text) {
		return leak.Redacted
	}
	return text
}

// compare holds a set against the naive one.
func compare(t *testing.T, factor uint64, secrets, texts []string) {
	t.Helper()
	var set leak.Set
	var n naive
	if factor != 0 {
		set.Weaken(factor)
	}
	for _, s := range secrets {
		set.Add(s)
		n.add(s)
	}
	for _, text := range texts {
		if have, want := set.In(text), n.in(text); have != want {
			t.Fatalf("factor %d: In is %t, want %t, for %q in %.2000q", factor, have, want, secrets, text)
		}
		if have, want := set.Redact(text), n.redact(text); have != want {
			t.Fatalf("factor %d: %.2000q becomes %.2000q, want %.2000q, for %q", factor, text, have, want, secrets)
		}
	}
}

// alikeTexts makes texts of few different parts, so that much in them is alike.
func alikeTexts(r *rand.Rand, count, most int, parts ...string) []string {
	var all []string
	for range count {
		text := ""
		for range 1 + r.IntN(most) {
			text += parts[r.IntN(len(parts))]
		}
		all = append(all, text)
	}
	return all
}

// TestSameAsNaive compares a set with the naive one, over secrets and texts that are
// alike wherever they can: with the random factor, and with some under which sums of
// different patterns are the same.
func TestSameAsNaive(t *testing.T) {
	t.Parallel()
	for seed := range uint64(52) {
		r := rand.New(rand.NewPCG(seed, 1))
		parts := [][]string{
			{"A"}, {"A", "B"}, {"AAAAAA", "B"}, {"a", "b", "c"}, {"A", `\`, `"`, "'"}, {"%41", "A", "%25"}, {"&amp;", "&", "amp;", "l", "t;"},
			{"é", "Ã", "\xe9", "e"}, {"41", "4", "1", "A"}, {"QUFB", "AAA", "Q"}, {"A\x00", "A"}, {" ", "+", "xxxx"}, {"same-middle", "1", "2"},
		}[seed%13]
		secrets := alikeTexts(r, 1+r.IntN(12), 1+r.IntN(40), parts...)
		texts := append(alikeTexts(r, 12, 120, parts...), secrets...)
		for _, s := range secrets {
			if len(s) < leak.MinSecret {
				continue
			}
			texts = append(texts, "x"+hex.EncodeToString([]byte(s))+"y", s+s, s[:len(s)/2]+s)
			for _, p := range leak.Patterns(s) {
				texts = append(texts, p, p[1:], p[:len(p)-1], parts[0]+p+parts[0])
			}
		}
		for _, factor := range []uint64{0, 1, 2} {
			compare(t, factor, secrets, texts)
		}
	}
}

// TestLongSecretsSameAsNaive does so with secrets longer than what is kept of them.
func TestLongSecretsSameAsNaive(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		secrets := alikeTexts(r, 3, 900, "A", "B", "é")
		texts := append(alikeTexts(r, 3, 2000, "A", "B", "é"), secrets...)
		for _, s := range secrets {
			texts = append(texts, s[len(s)/2:], s[1:len(s)-1], hex.EncodeToString([]byte(s)))
		}
		compare(t, 0, secrets, texts)
	}
}

// TestFindsAcrossStrides puts a secret at every place around the end of a stride.
func TestFindsAcrossStrides(t *testing.T) {
	t.Parallel()
	var set leak.Set
	set.Add("sixsix-secret-sixsix")
	for _, escaped := range []string{"", "%20", `\n`, "&lt;"} {
		for _, text := range []string{"sixsix-secret-sixsix", "sixsix%2dsecret-sixsi&#120;"} {
			for at := leak.Stride - 40; at < leak.Stride+10; at++ {
				if in := escaped + strings.Repeat("-", at-len(escaped)) + text + "-"; !set.In(in) {
					t.Errorf("%q behind %q is not found at %d", text, escaped, at)
				}
			}
		}
	}
}

// TestManyAlike finds each of many secrets with the same middle, and what is none of
// them not.
func TestManyAlike(t *testing.T) {
	t.Parallel()
	var set leak.Set
	for i := range 2_000 {
		set.Add(fmt.Sprintf("%08dAAAAAA%08d", i, i))
		set.Add(strings.Repeat("x", 1+i%250) + "AAAAAA" + strings.Repeat("y", 1+i%250))
	}
	for i := range 2_000 {
		if text := fmt.Sprintf("AAAA%08dAAAAAA%08dAAAA", i, i); !set.In(text) {
			t.Fatalf("%s is not found", text)
		}
		if text := fmt.Sprintf("AAAA%08dAAAAAA%08dAAAA", i, i+1); set.In(text) {
			t.Fatalf("%s is found", text)
		}
	}
}

// FuzzSameAsNaive compares a set with the naive one.
func FuzzSameAsNaive(f *testing.F) {
	f.Add("AAAAAAAA", "xAAAAAAx", "AAAAAAA", "xAAAAAAAAx", uint64(0))
	f.Add("&amp;lt;", `\u0041BCDEF`, "%2541%2542CDEF", "ABCDEF", uint64(1))
	f.Add(strings.Repeat("A", 600), strings.Repeat("A", 511)+"B", "sixsix", strings.Repeat("A", 700), uint64(2))
	f.Fuzz(func(t *testing.T, a, b, c, text string, factor uint64) {
		if len(a)+len(b)+len(c)+len(text) > 1<<12 {
			return
		}
		compare(t, factor%(1<<61-1), []string{a, b, c}, []string{text, a + text, text + b, a[len(a)/2:] + c})
	})
}
