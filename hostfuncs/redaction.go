package hostfuncs

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

// maxPassing is how many new passing secrets make a generation, unless more are in use.
const maxPassing = 1000

// redaction is everything that answers and logs of one lease are scanned for. The
// embedded set keeps what it is given for the whole lease. Passing secrets are
// those that a target may replace without end, tokens and cookies. They are kept for two
// generations: when the recent one is full, the older one is forgotten, and the next
// begins with those that are in use. So what is in use is always found, however many
// others a target or the connector brings about, and of the rest the latest maxPassing.
type redaction struct {
	leak.Set

	mu            sync.RWMutex
	used          map[string]int                 // how many use each passing secret
	passing       map[[sha256.Size]byte]struct{} // digests of those in recent
	fresh         int                            // how many of passing are new in recent
	recent, older *leak.Set
	loads         map[*load]struct{} // of the requests under way
}

// addPassing adds a secret that may be forgotten behind many newer ones.
func (r *redaction) addPassing(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(secret)
}

// hold adds a passing secret that is looked for until it is released as often as it was
// held.
func (r *redaction) hold(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.use(secret)
}

// release says that a passing secret is in use no more. It may be forgotten then, as any.
func (r *redaction) release(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unuse(secret)
}

func (r *redaction) use(secret string) {
	if len(secret) < MinScannedSecret {
		return
	}
	if r.used == nil {
		r.used = map[string]int{}
	}
	r.used[secret]++
	r.add(secret)
}

func (r *redaction) unuse(secret string) {
	if n := r.used[secret]; n > 1 {
		r.used[secret] = n - 1
		return
	}
	delete(r.used, secret)
}

func (r *redaction) add(secret string) {
	digest := sha256.Sum256([]byte(secret))
	if _, known := r.passing[digest]; known || len(secret) < MinScannedSecret {
		return
	}
	if r.recent == nil || r.fresh >= max(maxPassing, len(r.used)) {
		r.older, r.recent, r.passing, r.fresh = r.recent, &leak.Set{}, map[[sha256.Size]byte]struct{}{}, 0
		for used := range r.used {
			r.passing[sha256.Sum256([]byte(used))] = struct{}{}
			r.recent.Add(used)
		}
	}
	r.passing[digest] = struct{}{}
	r.fresh++
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
	r.used, r.passing, r.recent, r.older, r.loads = nil, nil, nil, nil, nil
	r.Set.Clear()
}
