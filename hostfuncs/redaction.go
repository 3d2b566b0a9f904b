package hostfuncs

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

// maxPassing is how many passing secrets make a generation. Two generations are
// looked for, so at least this many of the latest.
const maxPassing = 1000

// redaction is everything that answers and logs of one lease are scanned for. The
// embedded set keeps what it is given for the whole lease. Passing secrets are
// those that a target may replace without end, tokens and cookies: the oldest are
// forgotten, since nothing may grow without bound. One that is in use is added
// again at each use and stays.
type redaction struct {
	leak.Set

	mu            sync.RWMutex
	passing       map[[sha256.Size]byte]struct{} // digests of those in recent
	recent, older *leak.Set
}

// addPassing adds a secret that may be forgotten behind many newer ones.
func (r *redaction) addPassing(secret string) {
	if len(secret) < MinScannedSecret {
		return
	}
	digest := sha256.Sum256([]byte(secret))
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.passing[digest]; known {
		return
	}
	if r.recent == nil || len(r.passing) >= maxPassing {
		r.older, r.recent, r.passing = r.recent, &leak.Set{}, map[[sha256.Size]byte]struct{}{}
	}
	r.passing[digest] = struct{}{}
	r.recent.Add(secret)
}

func (r *redaction) generations() (recent, older *leak.Set) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.recent, r.older
}

// In reports whether text holds a secret.
func (r *redaction) In(text string) bool {
	recent, older := r.generations()
	return r.Set.In(text) || recent != nil && recent.In(text) || older != nil && older.In(text)
}

// Scan is In for what may be long. It looks at ctx as it goes and fails with its error.
func (r *redaction) Scan(ctx context.Context, text string) (bool, error) {
	recent, older := r.generations()
	for _, set := range []*leak.Set{&r.Set, recent, older} {
		if set == nil {
			continue
		}
		if found, err := set.Scan(ctx, text); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// Redact returns text with every secret replaced.
func (r *redaction) Redact(text string) string {
	recent, older := r.generations()
	text = r.Set.Redact(text)
	for _, set := range []*leak.Set{recent, older} {
		if set != nil {
			text = set.Redact(text)
		}
	}
	return text
}

// Clear forgets all secrets.
func (r *redaction) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passing, r.recent, r.older = nil, nil, nil
	r.Set.Clear()
}
