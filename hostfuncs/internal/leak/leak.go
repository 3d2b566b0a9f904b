// Package leak finds known secrets in text, whatever usual encoding they are in.
package leak

import (
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
// A Set is safe for concurrent use. The zero value is empty.
type Set struct {
	mu      sync.RWMutex
	known   map[string]struct{}
	heads   map[uint64]int32 // window to index in entries, plus one
	entries []entry
	bits    []uint64
	near    []uint8 // by three bytes: most, less the bytes to the nearest window's end
	cut     bool    // some secret is longer than longest
	shift   uint    // from 64 bits to an index in near; bits has as many bits
}

// entry is one pattern: a form of a secret.
type entry struct {
	secret string
	form   form
	next   int32 // as in heads; 0 ends the chain
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(secret)
	// A secret with what looks like an escape in it loses that when the escapes
	// around it are resolved.
	if plain, changed := unescapeAll(secret); changed && len(plain) >= MinSecret {
		s.add(plain)
	}
	return true
}

func (s *Set) add(secret string) {
	if extra := len(secret) - longest; extra > 0 {
		secret = middleOf(secret, extra/2)
		s.cut = true
	}
	if _, ok := s.known[secret]; ok {
		return
	}
	secret = strings.Clone(secret) // it may be a part of something long
	if s.known == nil {
		s.known, s.heads = map[string]struct{}{}, map[uint64]int32{}
		s.resize(firstSize)
	}
	s.known[secret] = struct{}{}
	for _, f := range formsOf(secret) {
		key := windowAt(f.text(secret))
		s.entries = append(s.entries, entry{secret, f, s.heads[key]})
		s.heads[key] = int32(len(s.entries))
		s.mark(key)
	}
	if 16*len(s.entries) > len(s.near) && len(s.near) < lastSize {
		s.resize(4 * len(s.near))
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
	s.known, s.heads, s.entries, s.bits, s.near = nil, nil, nil, nil, nil
}

func (s *Set) resize(size int) {
	s.bits, s.near = make([]uint64, size/64), make([]uint8, size)
	for s.shift = 64; size > 1; size >>= 1 {
		s.shift--
	}
	for key := range s.heads {
		s.mark(key)
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
	for range mostNested {
		plain, changed := unescape(text)
		if !changed {
			return false
		}
		if _, _, found := s.next(plain, 0); found {
			return true
		}
		text = plain
	}
	return false
}

// Redact returns text with every secret replaced by Redacted. Where a secret is
// written with escapes, the whole text is replaced.
func (s *Set) Redact(text string) string {
	s.mu.RLock()
	cut := s.cut
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
	if at > 0 && cut {
		return Redacted // more of the secret may stand beside what was found
	}
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
	near, shift := s.near, s.shift
	for i := from; i+window <= len(text); {
		w := text[i : i+window]
		ending := uint64(w[3]) | uint64(w[4])<<8 | uint64(w[5])<<16
		if step := most - near[ending*spread>>shift]; step > 0 {
			i += int(step)
			continue
		}
		key := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | ending<<24
		h := key * spread >> shift
		if s.bits[h>>6]&(1<<(h&63)) != 0 {
			if start, end, found = s.match(text, from, i, key); found {
				return start, end, true
			}
		}
		i++
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
