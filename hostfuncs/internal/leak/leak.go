// Package leak finds known secrets in text, whatever usual encoding they are in.
package leak

import (
	"strings"
	"sync"
)

// MinSecret is the length in bytes from which a secret can be looked for. A
// shorter one would be found by chance, and its base64 is too short to tell.
const MinSecret = 6

// window is how many bytes of a pattern are looked up at every position. The
// shortest pattern, the base64 of MinSecret bytes without its uncertain ends, is
// seven bytes long.
const window = 6

// Redacted stands where a secret was.
const Redacted = "«redacted»"

// Set is a set of secrets to look for: raw, in base64 (both alphabets, at any
// alignment), in hex (lower or upper case), percent-encoded, JSON-escaped, and
// in UTF-16LE.
//
// A scan reads the text once, however many secrets there are: six bytes from the
// middle of every pattern are kept in a table (the beginnings of secrets are
// alike, as in "$2a$10$…", their middles are not), and a small bitmap in front of
// it answers nearly every look-up. Text with percent signs or backslashes is
// read a second time with its escapes resolved, so that every way to write an
// escape is found.
//
// A Set is safe for concurrent use. The zero value is empty.
type Set struct {
	mu      sync.RWMutex
	known   map[string]struct{}
	heads   map[uint64]int32 // window to index in entries, plus one
	entries []entry
	bits    []uint64
	shift   uint
}

// entry is one pattern: a form of a secret.
type entry struct {
	secret string
	form   form
	next   int32 // as in heads; 0 ends the chain
}

const firstBits = 1 << 14

// Add puts a secret into the set and reports whether it can be looked for: one
// shorter than MinSecret cannot.
func (s *Set) Add(secret string) bool {
	if len(secret) < MinSecret {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.known[secret]; ok {
		return true
	}
	if s.known == nil {
		s.known, s.heads = map[string]struct{}{}, map[uint64]int32{}
		s.resize(firstBits)
	}
	s.known[secret] = struct{}{}
	for _, f := range formsOf(secret) {
		key := windowAt(f.text(secret))
		s.entries = append(s.entries, entry{secret, f, s.heads[key]})
		s.heads[key] = int32(len(s.entries))
		s.mark(key)
	}
	if 16*len(s.entries) > 64*len(s.bits) {
		s.resize(4 * 64 * len(s.bits))
	}
	return true
}

// Clear forgets all secrets.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.heads, s.entries, s.bits = nil, nil, nil, nil
}

func (s *Set) resize(bits int) {
	s.bits, s.shift = make([]uint64, bits/64), 64
	for ; bits > 1; bits >>= 1 {
		s.shift--
	}
	for key := range s.heads {
		s.mark(key)
	}
}

func (s *Set) mark(key uint64) {
	h := key * spread >> s.shift
	s.bits[h>>6] |= 1 << (h & 63)
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

// In reports whether text holds a secret.
func (s *Set) In(text string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, _, found := s.next(text, 0); found {
		return true
	}
	if len(s.entries) == 0 {
		return false
	}
	plain, changed := unescape(text)
	if !changed {
		return false
	}
	_, _, found := s.next(plain, 0)
	return found
}

// Redact returns text with every secret replaced by Redacted. Where a secret is
// written with escapes, the whole text is replaced.
func (s *Set) Redact(text string) string {
	s.mu.RLock()
	var b strings.Builder
	at := 0
	for {
		start, end, found := s.next(text, at)
		if !found {
			break
		}
		b.WriteString(text[at:start])
		b.WriteString(Redacted)
		at = end
	}
	s.mu.RUnlock()
	if at > 0 {
		b.WriteString(text[at:])
		text = b.String()
	}
	if s.In(text) {
		return Redacted
	}
	return text
}

// next finds the first secret in text[from:].
func (s *Set) next(text string, from int) (start, end int, found bool) {
	if len(s.entries) == 0 {
		return 0, 0, false
	}
	bits, shift := s.bits, s.shift
	var key uint64
	for i := from; i < len(text); i++ {
		key = key>>8 | uint64(text[i])<<(8*(window-1))
		h := key * spread >> shift
		if bits[h>>6]&(1<<(h&63)) == 0 || i-from < window-1 {
			continue
		}
		if start, end, found = s.match(text, from, i-(window-1), key); found {
			return start, end, true
		}
	}
	return 0, 0, false
}

// match compares the patterns that have this window with the text around it.
func (s *Set) match(text string, from, at int, key uint64) (start, end int, found bool) {
	for n := s.heads[key]; n != 0; n = s.entries[n-1].next {
		e := &s.entries[n-1]
		pattern := e.form.text(e.secret)
		start = at - middle(pattern)
		if start >= from && strings.HasPrefix(text[start:], pattern) {
			return start, start + len(pattern), true
		}
	}
	return 0, 0, false
}
