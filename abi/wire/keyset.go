package wire

import (
	"hash/maphash"
	"math"
)

// keySet is the keys of one object: a hash table that notes where they begin, for the
// text has them already. It takes at most 15 bytes for each of many keys, where a map
// takes up to 40. It is in one part as long as it is small and in many from then on, so
// that of a large one only a small part is there twice as it grows.
//
// Keys whose hashes are alike are compared, so no object is refused by chance. The hash
// is keyed at random, so nobody makes keys that meet.
type keySet struct {
	parts []keyPart
}

// keyPart is a part of a table. In a place is the upper half of a hash, and one more than
// where its key is; 0 is a free one. A key is in the first free place behind its own.
type keyPart struct {
	places []uint64
	used   int
}

const (
	firstPlaces = 4 * manyKeys
	// mostTogether is how many keys are in one part, before there are manyParts.
	mostTogether = 1 << 13
	manyParts    = 1 << 8
	// mostText is how long a text may be for its places to be noted.
	mostText = 1<<32 - 2
)

var keySeed = maphash.MakeSeed()

func newKeySet() *keySet {
	return &keySet{parts: []keyPart{{places: make([]uint64, firstPlaces)}}}
}

// add adds a key with its hash and where it is, and reports whether it is new. At says
// what key is where.
func (s *keySet) add(hash uint64, key string, where int, at func(where int) string) bool {
	if len(s.parts) == 1 && s.parts[0].used == mostTogether {
		s.split()
	}
	p := s.part(hash)
	for i := p.home(hash); p.places[i] != 0; i = p.after(i) {
		if place := p.places[i]; place>>32 == hash>>32 && at(int(uint32(place)-1)) == key {
			return false
		}
	}
	p.put(hash>>32<<32 | uint64(where+1))
	return true
}

func (s *keySet) split() {
	old := s.parts[0].places
	s.parts = make([]keyPart, manyParts)
	for i := range s.parts {
		s.parts[i].places = make([]uint64, 2*mostTogether/manyParts)
	}
	for _, place := range old {
		if place != 0 {
			s.part(place).put(place)
		}
	}
}

// part is the part of a hash, told by its upper eight bits.
func (s *keySet) part(hash uint64) *keyPart {
	if len(s.parts) == 1 {
		return &s.parts[0]
	}
	return &s.parts[hash>>56]
}

// home is the place of a hash, told by the 24 bits behind those, which are in it.
func (p *keyPart) home(hash uint64) int {
	return int((hash << 8 >> 40) * uint64(len(p.places)) >> 24)
}

func (p *keyPart) after(i int) int {
	if i++; i == len(p.places) {
		return 0
	}
	return i
}

// put puts a key that is not there. When four fifths of the places are used, there are
// to be half as many more.
func (p *keyPart) put(place uint64) {
	if 5*p.used >= 4*len(p.places) {
		old := p.places
		p.places, p.used = make([]uint64, len(old)+len(old)/2), 0
		for _, other := range old {
			if other != 0 {
				p.put(other)
			}
		}
	}
	i := p.home(place)
	for p.places[i] != 0 {
		i = p.after(i)
	}
	p.places[i] = place
	p.used++
}

// remember notes a key of the innermost object, which begins at, and refuses it the
// second time.
func (r *Reader) remember(key string, at int) bool {
	f := &r.open[len(r.open)-1]
	if f.key = key; r.again {
		return true
	}
	mine, twice := r.keys[f.first:], false
	switch {
	case len(mine) < manyKeys:
		for _, k := range mine {
			twice = twice || k == key
		}
		r.keys = append(r.keys, key)
	case uint64(at) > mostText:
		r.Fail("an object with so many keys in a text of 4 GiB")
		return false
	default:
		if f.seen == nil {
			f.seen = newKeySet()
			for i, k := range mine {
				f.seen.add(maphash.String(keySeed, k), k, i, r.keyAt)
			}
		}
		twice = !f.seen.add(maphash.String(keySeed, key), key, at, r.keyAt)
	}
	if twice {
		r.Fail("the same key twice in one object")
	}
	return !twice
}

// keyAt returns a key of the innermost object by where it is: one of the first manyKeys by
// its number, any other, which has as many bytes before it, by where it begins.
func (r *Reader) keyAt(where int) string {
	if where < manyKeys {
		return r.keys[r.open[len(r.open)-1].first+where]
	}
	other := Reader{s: r.s, i: where, due: math.MaxInt}
	return other.String()
}
