package hostfuncs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/netguard"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/pathrule"
)

// Host gives each lease of one connector its abi.Host, within one Policy. Rate
// limits, concurrency and connections are shared by its leases. It is safe for
// concurrent use.
type Host struct {
	policy  Policy
	targets map[string]*target
	secrets Secrets
	state   *keeper
	pool    *pool
	logins  *logins
	world   world
	room    *room
}

var _ abi.HostProvider = (*Host)(nil)

// target is a grant, checked and with its defaults filled in.
type target struct {
	name  string
	grant Target
	base  *url.URL
	guard netguard.Guard
	tls   *tls.Config // nil for plain http

	methods         []string
	paths           []pathrule.Pattern
	requestHeaders  map[string]bool // canonical names
	responseHeaders []string        // canonical names, sorted
	credentials     []Credential
	logins          []*loginGrant                 // of credentials
	tokenPlaces     map[string]jsonfields.Pointer // by Credential.Pointer
	aws             *AWS
	csrf            *CSRF
	reserved        []loginPlace // where connectors may not go
	slots           []slot
	fields          []jsonfields.Pattern // drops, then seals
	fieldSeals      []string             // per field: the seal's name, empty to drop

	limiter                *rate.Limiter
	running                chan struct{} // holds one element per request under way
	maxTries               int
	maxRetryWait, timeout  time.Duration
	maxRequestBytes        int
	maxResponseBytes       int
	maxWantedBytes         int
	maxResponseHeaderBytes int
	maxRatio               int
}

// world is what tests put in the place of clocks, chance and DNS.
type world struct {
	now func() time.Time
	// sleep waits, or returns false when ctx is done before.
	sleep    func(ctx context.Context, d time.Duration) bool
	jitter   func() float64 // in [0, 1)
	resolver *net.Resolver
}

func realWorld() world {
	return world{now: time.Now, sleep: sleep, jitter: rand.Float64, resolver: net.DefaultResolver}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// New checks policy and returns a Host for it, or all its mistakes (each a
// *Mistake) joined. secrets may be nil when no credential names a secret.
func New(policy Policy, secrets Secrets) (*Host, error) {
	targets, err := compile(policy)
	if err != nil {
		return nil, err
	}
	policy.Targets, policy.Reveal = nil, slices.Clone(policy.Reveal)
	store := policy.State
	if store == nil {
		store = &memoryState{}
	}
	h := &Host{policy: policy, targets: targets, secrets: secrets, state: &keeper{store: store}, world: realWorld(), room: newRoom(len(targets))}
	h.pool, h.logins = newPool(h), newLogins(h)
	if names := append(h.secretNames(), h.userNames()...); secrets == nil && len(names) > 0 {
		return nil, fmt.Errorf("policy: no secrets were given, and %s is needed", quoteCut(names[0]))
	}
	return h, nil
}

// Close logs out of sessions, within seconds, and ends idle connections. Leases must
// be closed before.
func (h *Host) Close() error {
	h.logins.close()
	h.pool.close()
	return nil
}

// Lease begins a lease: it looks up every secret that a credential names, so
// that each is known before the first answer is scanned. It fails with
// HostFailure when one is missing.
func (h *Host) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l := &lease{host: h, request: request, vault: newVault(), credentials: map[string]string{}, jars: map[*target]*jar{}}
	l.log = newGuestLog(h, request, l.vault)
	var missing []error
	for _, name := range h.secretNames() {
		secret, err := h.secrets.Secret(ctx, name)
		switch {
		case err != nil:
			missing = append(missing, fmt.Errorf("secret %s: %w", quoteCut(name), err))
		case secret == "":
			missing = append(missing, fmt.Errorf("secret %s is empty", quoteCut(name)))
		}
		l.credentials[name] = secret
		l.vault.secrets.Add(secret)
	}
	// Only passwords and keys are secret: user names are everywhere in answers.
	for _, name := range h.userNames() {
		secret, err := h.secrets.Secret(ctx, name)
		if err != nil {
			missing = append(missing, fmt.Errorf("secret %s: %w", quoteCut(name), err))
		}
		l.credentials[name] = secret
	}
	for _, t := range h.targets {
		if t.keepsJar() {
			l.jars[t] = newJar(l, t)
		}
	}
	h.logins.join(l)
	if len(missing) > 0 {
		h.logins.leave(l)
		return nil, &abi.Error{Code: abi.HostFailure, Side: abi.SideHost, Message: "a credential is missing", Err: errors.Join(missing...)}
	}
	return l, nil
}

// secretNames returns the names of all secrets that credentials need, sorted.
func (h *Host) secretNames() []string { return h.sources((*target).secretSources) }

// userNames returns the names under which user names are kept, sorted.
func (h *Host) userNames() []string { return h.sources((*target).nameSources) }

func (h *Host) sources(of func(*target) []string) []string {
	names := map[string]bool{}
	for _, t := range h.targets {
		for _, name := range of(t) {
			if name != "" && !strings.HasPrefix(name, parameterPrefix) {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
