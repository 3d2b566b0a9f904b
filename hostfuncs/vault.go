package hostfuncs

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

// placeholderPrefix begins every placeholder; 32 hex digits follow. No usual
// encoding changes any of its characters, apart from those that change all.
const placeholderPrefix = "ecmasealed"

const placeholderLength = len(placeholderPrefix) + 32

// The most that may be sealed in one lease.
const (
	// MaxSealed is how many placeholders there may be.
	MaxSealed = 100_000
	// MaxSealedBytes is how long the secrets behind them may be together.
	MaxSealedBytes = 32 << 20
)

// MinScannedSecret is the length in bytes from which a secret is looked for in
// answers and logs. Shorter ones are filled in and sealed all the same, but an
// answer that holds one cannot be told from chance.
const MinScannedSecret = leak.MinSecret

// sealed is a secret behind a placeholder.
type sealed struct {
	name, secret string
}

// vault holds what is sealed in one lease, and everything its answers and logs
// are scanned for. It is safe for concurrent use.
type vault struct {
	mu     sync.RWMutex
	sealed map[string]sealed // by placeholder
	// latest is the placeholder that was given out last under a name, for
	// parameters alone.
	latest map[string]string
	bytes  int
	// encodings are the forms of secrets that slots wanted.
	encodings map[encodedKey]string
	// secrets is the redaction set.
	secrets redaction
}

func newVault() *vault {
	return &vault{sealed: map[string]sealed{}, latest: map[string]string{}}
}

// seal returns a fresh placeholder for a secret. A parameter, which is handed to
// a connector time and again, keeps its placeholder as long as its value stays.
// Nothing else may: equal placeholders would tell a connector that two secrets
// are equal, and let it guess one by sealing another.
func (v *vault) seal(name, secret string) (string, *abi.Error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	parameter := strings.HasPrefix(name, parameterPrefix)
	if last := v.latest[name]; parameter && last != "" && v.sealed[last].secret == secret {
		return last, nil
	}
	if len(v.sealed) >= MaxSealed {
		return "", exceeded("sealed", int64(len(v.sealed))+1, MaxSealed, "too many secrets are sealed in this lease; drop fields that need not be written back")
	}
	if v.bytes+len(secret) > MaxSealedBytes {
		return "", tooLong("sealed_bytes", MaxSealedBytes, "the secrets sealed in this lease are too long")
	}
	// Both may be parts of whole answers or batches, which must not be kept for them.
	name, secret = strings.Clone(name), strings.Clone(secret)
	var random [16]byte
	rand.Read(random[:]) // never fails: the process ends instead
	placeholder := placeholderPrefix + hex.EncodeToString(random[:])
	v.sealed[placeholder] = sealed{name, secret}
	v.bytes += len(secret)
	if parameter {
		v.latest[name] = placeholder
	}
	v.secrets.Add(secret)
	return placeholder, nil
}

// open returns what is behind a placeholder.
func (v *vault) open(placeholder string) (sealed, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	s, ok := v.sealed[placeholder]
	return s, ok
}

// parameter returns the secret that was sealed last under a parameter's name.
func (v *vault) parameter(name string) (string, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	s, ok := v.sealed[v.latest[name]]
	return s.secret, ok
}

// size is how many secrets there are, and how long they are together.
func (v *vault) size() (values, bytes int) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.sealed), v.bytes
}

// clear forgets everything.
func (v *vault) clear() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sealed, v.latest, v.bytes, v.encodings = map[string]sealed{}, map[string]string{}, 0, nil
	v.secrets.Clear()
}

func isPlaceholder(s string) bool {
	return len(s) == placeholderLength && strings.HasPrefix(s, placeholderPrefix) &&
		strings.Trim(s[len(placeholderPrefix):], "0123456789abcdef") == ""
}

// marks finds the beginning of a placeholder, and the marker of a password to
// generate, whatever they were turned into.
var marks = func() *leak.Set {
	var s leak.Set
	s.Add(placeholderPrefix)
	s.Add(GeneratedMarker)
	return &s
}()
