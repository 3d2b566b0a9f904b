package leak

import (
	"context"
	"errors"
	"strings"
)

// stride is how much work is done between two looks at whether to go on. Its unit is a
// byte that is passed by; it takes some tenths of a millisecond at most.
const stride = 64 << 10

// What work is besides.
const (
	probeWork  = 64 // to look a window up
	growWork   = 4  // for a byte of a sum
	lengthWork = 16 // to look a sum up
)

// meter asks look whether to go on, after every stride of work.
type meter struct {
	look func() error
	done int // since the last look
}

func (m *meter) add(work int) error {
	if m.done += work; m.done < stride {
		return nil
	}
	m.done = 0
	return m.look()
}

func goOn() error { return nil }

// In reports whether text holds a secret.
func (s *Set) In(text string) bool {
	found, _ := s.in(text, &meter{look: goOn})
	return found
}

// Scan is In for text that may be long. It looks at ctx time and again, after less than
// a millisecond of work, and fails with its error.
func (s *Set) Scan(ctx context.Context, text string) (found bool, err error) {
	return s.in(text, &meter{look: ctx.Err})
}

func (s *Set) in(text string, m *meter) (found bool, err error) {
	if s.empty() {
		return false, nil
	}
	for layer := 0; ; layer++ {
		if _, _, found, err = s.search(text, 0, m); found || err != nil || layer == mostNested {
			return found, err
		}
		plain, changed, err := unescape(text, m)
		if err != nil || !changed {
			return false, err
		}
		text = plain
	}
}

func (s *Set) empty() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.patterns == nil
}

// mostLooks is how much work Redact takes upon itself, and mostPasses how much more for
// each byte of the text.
const (
	mostLooks  = 64
	mostPasses = 16
)

var errTooMuch = errors.New("the text takes too long to be looked through")

// Redact returns text with every secret replaced by Redacted. Where a secret is
// written with escapes, the whole text is replaced; so is one that is made to take much
// longer to be looked through than others of its length.
func (s *Set) Redact(text string) string {
	left := mostLooks + mostPasses*len(text)/stride
	redacted, err := s.redact(text, &meter{look: func() error {
		if left--; left < 0 {
			return errTooMuch
		}
		return nil
	}})
	if err != nil {
		return Redacted
	}
	return redacted
}

func (s *Set) redact(text string, m *meter) (string, error) {
	s.mu.RLock()
	cut := s.cut
	s.mu.RUnlock()
	var b strings.Builder
	at := 0
	for {
		start, end, found, err := s.search(text, at, m)
		if err != nil {
			return "", err
		}
		if !found {
			break
		}
		b.WriteString(text[at:start])
		b.WriteString(Redacted)
		at = end
	}
	if at > 0 && cut {
		return Redacted, nil // more of the secret may stand beside what was found
	}
	if at > 0 {
		b.WriteString(text[at:])
		text = b.String()
	}
	if found, err := s.in(text, m); found || err != nil {
		return Redacted, err
	}
	return text, nil
}

// search finds the first secret in text[from:]: the one whose window comes first, and
// of several with that window the longest.
func (s *Set) search(text string, from int, m *meter) (start, end int, found bool, err error) {
	for at := from; at+window <= len(text); {
		work := 0
		start, end, at, work = s.step(text, from, at)
		if err := m.add(work); err != nil {
			return 0, 0, false, err
		}
		if end > 0 {
			return start, end, true, nil
		}
	}
	return 0, 0, false, nil
}

// step does a stride of search, from the window at begun on. It returns where the next
// one begins, and its work; end is 0 if nothing was found. Others may have the set in
// between.
func (s *Set) step(text string, from, begun int) (start, end, next, work int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.patterns == nil {
		return 0, 0, len(text), 0
	}
	near, shift := s.near, s.shift
	i, until := begun, min(len(text)-window+1, begun+stride)
	for i < until {
		w := text[i : i+window]
		ending := uint64(w[3]) | uint64(w[4])<<8 | uint64(w[5])<<16
		if step := most - near[ending*spread>>shift]; step > 0 {
			i += int(step)
			continue
		}
		key := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | ending<<24
		h := key * spread >> shift
		if s.bits[h>>6]&(1<<(h&63)) != 0 {
			start, end, more := s.match(text, from, i, key)
			if work += more; end > 0 {
				return start, end, i, work + i - begun
			}
			until -= more
		}
		i++
	}
	return 0, 0, i, work + i - begun
}

// match finds the longest pattern around the window at text[at:] that does not begin
// before from, and tells how much work that was.
func (s *Set) match(text string, from, at int, key uint64) (start, end, work int) {
	n, ok := s.lengths[key]
	if !ok {
		return 0, 0, probeWork
	}
	one := [1]uint16{uint16(n)}
	lengths := one[:]
	if n < 0 {
		lengths = s.several[^n]
	}
	sum, left, right := key, at, at+window
	work = probeWork + lengthWork*len(lengths)
	for _, length := range lengths {
		for right-left < int(length) {
			if onRight(right - left) {
				if right == len(text) {
					return start, end, work
				}
				sum = grown(sum, s.factor, text[right])
				right++
			} else {
				if left == from {
					return start, end, work
				}
				left--
				sum = grown(sum, s.factor, text[left])
			}
			work += growWork
		}
		if s.has(sum, text[left:right]) {
			start, end = left, right
		}
	}
	return start, end, work
}

// has reports whether text, whose sum is given, is a pattern.
func (s *Set) has(sum uint64, text string) bool {
	h := sum * spread >> s.shift
	return s.sums[h>>6]&(1<<(h&63)) != 0 && s.find(sum, func(p pattern) bool { return s.text(p) == text })
}
