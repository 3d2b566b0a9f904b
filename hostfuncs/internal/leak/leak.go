// Package leak finds known secrets in text, whatever usual encoding they are in.
package leak

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// MinSecret is the length in bytes from which a secret can be looked for. A
// shorter one would be found by chance, and its base64 is too short to tell.
const MinSecret = 6

// longest is how much of a secret is looked for: of a longer one, the bytes in
// its middle, which also finds it when its ends are cut.
const longest = 512

// window is how many bytes of a pattern are looked up at every position. The
// shortest pattern, the base64 of MinSecret bytes without its uncertain ends, is
// seven bytes long.
const window = 6

// Redacted stands where a secret was.
const Redacted = "«redacted»"

// Set is a set of secrets to look for: raw, in base64 (both alphabets, at any
// alignment), in hex (lower or upper case), percent-encoded, JSON-escaped, in
// HTML's entities, with quotes doubled, in ISO 8859-1, and in UTF-16LE.
//
// A scan reads the text once, however many secrets there are: six bytes from the
// middle of every pattern are kept in a table (the beginnings of secrets are
// alike, as in "$2a$10$…", their middles are not), and a bitmap in front of it
// answers nearly every look-up. Most positions are not even looked at: as in the
// algorithm of Wu and Manber, three bytes tell how far the next window can be at
// the nearest. Text with percent signs, backslashes or ampersands is read again
// with its escapes resolved, so that every way to write an escape is found, and
// again a few times, for escapes within escapes.
//
// Secrets and text may come from one who wants the scan to last. Patterns with the
// same middle are not tried one after the other: a sum grows from the window
// outwards, and at each length that one of them has it is looked up. Its factor is
// random, so nobody makes two texts with the same sum. At a position where all goes
// wrong that takes some microseconds, and never more: there are no more lengths than
// a pattern may have bytes.
//
// A Set is safe for concurrent use, and a long scan lets secrets be added meanwhile:
// whether it finds those is open. The zero value is empty.
type Set struct {
	mu       sync.RWMutex
	secrets  []string
	patterns map[uint64]pattern // by sum
	alike    []alike            // patterns whose sum another one had before
	lengths  map[uint64]int32   // by window: the length of its patterns, or ^index in several
	several  [][]uint16         // the lengths of patterns with one window, rising
	bits     []uint64           // of windows
	sums     []uint64           // the same of sums
	near     []uint8            // by three bytes: most, less the bytes to the nearest window's end
	cut      bool               // some secret is longer than longest
	shift    uint               // from 64 bits to an index in near; bits and sums have as many bits
	factor   uint64             // of sums
}

// pattern is one form of a secret.
type pattern struct {
	secret uint32
	form   form
	more   bool // alike has another one with this sum
}

// alike is a pattern that is not the first with its sum, by chance.
type alike struct {
	sum uint64
	pattern
}

// firstSize is how many entries bits and near have at first, lastSize at most.
const (
	firstSize = 1 << 14
	lastSize  = 1 << 24
)

// block is how many bytes are looked at to move on, most how far that can be.
const (
	block = 3
	most  = window - block + 1
)

// Add puts a secret into the set and reports whether it can be looked for: one
// shorter than MinSecret cannot.
func (s *Set) Add(secret string) bool {
	if len(secret) < MinSecret {
		return false
	}
	// A secret with what looks like an escape in it loses that when the escapes
	// around it are resolved.
	plain, changed := unescapeAll(aroundMiddle(secret))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(secret)
	if changed && len(plain) >= MinSecret {
		s.add(plain)
	}
	return true
}

// mostResolved is how many bytes in the middle of a secret have their escapes resolved.
const mostResolved = 256 << 10

func aroundMiddle(secret string) string {
	extra := max(len(secret)-mostResolved, 0)
	return secret[extra/2 : len(secret)-(extra-extra/2)]
}

func (s *Set) add(secret string) {
	if extra := len(secret) - longest; extra > 0 {
		secret = middleOf(secret, extra/2)
		s.cut = true
	}
	if s.patterns == nil {
		s.patterns, s.lengths = map[uint64]pattern{}, map[uint64]int32{}
		if s.factor == 0 {
			s.factor = randomFactor
		}
		s.resize(firstSize)
	}
	if s.knows(secret) {
		return
	}
	secret = strings.Clone(secret) // it may be a part of something long
	s.secrets = append(s.secrets, secret)
	for _, f := range formsOf(secret) {
		text := f.text(secret)
		s.addPattern(text, pattern{secret: uint32(len(s.secrets) - 1), form: f})
		s.addLength(windowAt(text), len(text))
	}
	if 16*len(s.patterns) > len(s.near) && len(s.near) < lastSize {
		s.resize(4 * len(s.near))
	}
}

// knows reports whether a secret was added before.
func (s *Set) knows(secret string) bool {
	return s.find(sumOf(secret, s.factor), func(p pattern) bool { return p.form == raw && s.secrets[p.secret] == secret })
}

// addPattern notes a form of a secret, unless it is one of another, too; but what is
// raw takes the place of what is not, for knows.
func (s *Set) addPattern(text string, p pattern) {
	sum := sumOf(text, s.factor)
	first, taken := s.patterns[sum]
	switch {
	case !taken:
		s.markSum(sum)
	case s.text(first) != text:
		first.more = true
		s.alike = append(s.alike, alike{sum, p})
		p = first
	case first.form != raw && p.form == raw:
		p.more = first.more
	default:
		return
	}
	s.patterns[sum] = p
}

func (s *Set) text(p pattern) string { return p.form.text(s.secrets[p.secret]) }

// find reports whether there is a pattern of this sum that is the right one.
func (s *Set) find(sum uint64, right func(pattern) bool) bool {
	p, ok := s.patterns[sum]
	if !ok || right(p) {
		return ok
	}
	return p.more && slices.ContainsFunc(s.alike, func(a alike) bool { return a.sum == sum && right(a.pattern) })
}

// addLength notes that patterns of n bytes have the window key.
func (s *Set) addLength(key uint64, n int) {
	have, ok := s.lengths[key]
	switch {
	case !ok:
		s.lengths[key] = int32(n)
		s.mark(key)
		return
	case have >= 0 && int(have) == n:
		return
	case have >= 0:
		s.several = append(s.several, []uint16{uint16(have)})
		have = ^int32(len(s.several) - 1)
		s.lengths[key] = have
	}
	all := &s.several[^have]
	if at, found := slices.BinarySearch(*all, uint16(n)); !found {
		*all = slices.Insert(*all, at, uint16(n))
	}
}

// middleOf returns longest bytes of secret from at on, without the halves of
// characters at either end.
func middleOf(secret string, at int) string {
	part := strings.Clone(secret[at : at+longest])
	if utf8.ValidString(secret) {
		return strings.ToValidUTF8(part, "")
	}
	return part
}

// Clear forgets all secrets.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets, s.patterns, s.alike, s.lengths, s.several = nil, nil, nil, nil, nil
	s.bits, s.sums, s.near = nil, nil, nil
}

func (s *Set) resize(size int) {
	s.bits, s.sums, s.near = make([]uint64, size/64), make([]uint64, size/64), make([]uint8, size)
	for s.shift = 64; size > 1; size >>= 1 {
		s.shift--
	}
	for key := range s.lengths {
		s.mark(key)
	}
	for sum := range s.patterns {
		s.markSum(sum)
	}
}

func (s *Set) mark(key uint64) {
	h := key * spread >> s.shift
	s.bits[h>>6] |= 1 << (h & 63)
	for i := range most {
		n := (key >> (8 * i) & (1<<(8*block) - 1)) * spread >> s.shift
		s.near[n] = max(s.near[n], uint8(i+1))
	}
}

func (s *Set) markSum(sum uint64) {
	h := sum * spread >> s.shift
	s.sums[h>>6] |= 1 << (h & 63)
}

// spread is 2^64 divided by the golden ratio: multiplying by it spreads keys.
const spread = 0x9e3779b97f4a7c15

// windowAt packs the six bytes in the middle of a pattern.
func windowAt(pattern string) uint64 {
	var key uint64
	at := middle(pattern)
	for i := range window {
		key |= uint64(pattern[at+i]) << (8 * i)
	}
	return key
}

func middle(pattern string) int { return (len(pattern) - window) / 2 }
