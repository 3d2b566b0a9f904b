package contract

import (
	"hash/maphash"

	"github.com/ecmabox/ecmabox/abi"
)

// seen remembers the objects of a full import: per object a hash of its anchor
// and one of its content, and one of its DN where it has one. Measured (see
// BenchmarkSeenMemory) it takes about 40 MB for a million objects, 80 MB with DNs.
//
// The hashes have 64 bits and a seed of their own run, so that no target can
// choose anchors that collide. Two objects of a million collide once in 36
// million imports; the import then fails, since contents differ: no object is
// lost.
type seen struct {
	seed    maphash.Seed
	key     uint64 // for numbers, as seed is for text
	most    int    // objects
	objects map[uint64]uint64
	names   map[uint64]struct{}
	// room is for how many hashes memory is known to be there; remember, if there is
	// one, is asked for more.
	room     int
	remember func(objects int, bytes int64) error
}

func newSeen(most int) *seen {
	seed := maphash.MakeSeed()
	return &seen{seed: seed, key: maphash.String(seed, "key"), most: most, objects: make(map[uint64]uint64), names: make(map[uint64]struct{})}
}

// hashBytes is what the tables take for an object or a DN, and roomAtATime for how many
// memory is asked for at a time.
const (
	hashBytes   = 40
	roomAtATime = 4_096
)

// grow sees that there is memory for an object more, and its DN.
func (s *seen) grow() error {
	if s.remember == nil || len(s.objects)+len(s.names)+2 <= s.room {
		return nil
	}
	s.room += roomAtATime
	return s.remember(len(s.objects), int64(s.room)*hashBytes)
}

// tell tells how many objects there are.
func (s *seen) tell() {
	if s != nil && s.remember != nil {
		// It has the memory, so there is nothing to refuse.
		_ = s.remember(len(s.objects), int64(s.room)*hashBytes)
	}
}

// verdict is what is known of an object's anchor.
type verdict uint8

const (
	unseen verdict = iota
	identical
	different
	tooMany
)

// object remembers an object, by the hashes of its anchor and content.
func (s *seen) object(anchor, content uint64) verdict {
	before, ok := s.objects[anchor]
	switch {
	case !ok && len(s.objects) == s.most:
		return tooMany
	case !ok:
		s.objects[anchor] = content
		return unseen
	case before == content:
		return identical
	}
	return different
}

// name remembers a DN and reports whether it is new.
func (s *seen) name(dn []byte) bool {
	h := s.bytes(dn)
	if _, ok := s.names[h]; ok {
		return false
	}
	s.names[h] = struct{}{}
	return true
}

// value hashes a value; those that are compared have one type.
func (s *seen) value(v abi.Value) uint64 {
	switch v.Type() {
	case abi.Integer:
		return mix(uint64(v.Int()) ^ s.key)
	case abi.Boolean:
		if v.Bool() {
			return ^s.key
		}
		return s.key
	}
	return s.text(v.Data())
}

func (s *seen) bytes(b []byte) uint64 { return maphash.Bytes(s.seed, b) }

func (s *seen) text(t string) uint64 { return maphash.String(s.seed, t) }

// content hashes all that an entry says but its anchor. Neither attributes nor
// values have an order, so their hashes are added up.
func (s *seen) content(e *abi.CSEntryChange, dn []byte) uint64 {
	sum := mix(uint64(e.Modification)) + mix(s.bytes(dn))
	for i := range e.Attributes {
		a := &e.Attributes[i]
		var values uint64
		for _, v := range a.Values {
			values += mix(s.value(v))
		}
		sum += mix(s.text(a.Name) ^ mix(values+uint64(len(a.Values))))
	}
	if e.Error != nil {
		sum += mix(uint64(e.Error.Code)+1) ^ s.text(e.Error.Name) ^ mix(s.text(e.Error.Detail))
	}
	return sum
}

// mix spreads the bits of x, so that sums and differences of hashes are hashes
// again (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
