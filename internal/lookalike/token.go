package lookalike

import (
	"strconv"
	"sync"
)

// Tokens are the session or access tokens that a look-alike has given out. The zero
// value is ready. It is safe for concurrent use, and must not be copied.
type Tokens struct {
	mu     sync.Mutex
	made   int
	owners map[string]string
}

// Issue makes a token for the owner. Tokens are prefix and a number: a test knows
// them beforehand, and finds them wherever they must not be.
func (t *Tokens) Issue(prefix, owner string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.owners == nil {
		t.owners = make(map[string]string)
	}
	t.made++
	token := prefix + strconv.Itoa(t.made)
	t.owners[token] = owner
	return token
}

// Owner returns whose token it is, or false when it is not in force.
func (t *Tokens) Owner(token string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	owner, ok := t.owners[token]
	return owner, ok
}

// Revoke ends one token and says whether it was in force.
func (t *Tokens) Revoke(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.owners[token]
	delete(t.owners, token)
	return ok
}

// Expire ends all tokens, as time or a restart of the application does.
func (t *Tokens) Expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.owners)
}

// Issued says how many tokens were made since the beginning.
func (t *Tokens) Issued() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.made
}

// Active says how many tokens are in force.
func (t *Tokens) Active() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.owners)
}
