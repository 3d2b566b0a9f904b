package hostfuncs

import (
	"context"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

// HoldsSecret reports whether text holds a secret of this lease: one that was
// sealed in it, a credential, or what was made of one. Recordings ask it. After
// Close it knows none.
func (l *lease) HoldsSecret(text string) bool { return l.vault.secrets.In(text) }

// HoldsSecret reports whether text holds a secret that a credential of the policy
// names. Those that are sealed in a lease only the lease knows.
func (h *Host) HoldsSecret(text string) bool {
	var known leak.Set
	for _, name := range h.secretNames() {
		// One that cannot be had now is in no text of ours.
		if secret, err := h.secrets.Secret(context.Background(), name); err == nil {
			known.Add(secret)
		}
	}
	return known.In(text)
}
