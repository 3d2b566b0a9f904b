package wire

// KeySet is a keySet of these keys, which are told by their numbers.
type KeySet struct {
	set  keySet
	keys []string
}

// The sizes at which a keySet changes.
const (
	ManyKeys     = manyKeys
	MostTogether = mostTogether
)

// NewKeySet is newKeySet.
func NewKeySet() *KeySet { return &KeySet{set: *newKeySet()} }

// Add is add, for a key with this hash.
func (s *KeySet) Add(hash uint64, key string) bool {
	isNew := s.set.add(hash, key, len(s.keys), func(where int) string { return s.keys[where] })
	if isNew {
		s.keys = append(s.keys, key)
	}
	return isNew
}

// Bytes is what a KeySet takes but for its keys.
func (s *KeySet) Bytes() (n int) {
	for _, p := range s.set.parts {
		n += 8 * len(p.places)
	}
	return n
}
