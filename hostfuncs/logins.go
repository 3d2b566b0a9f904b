package hostfuncs

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
)

// logins are the logins of a Host, shared by its leases.
type logins struct {
	host  *Host
	group sync.WaitGroup // flights and logouts
	done  chan struct{}  // closed when the Host is

	mu       sync.Mutex
	closed   bool
	known    map[*loginGrant][]*login // the latest last
	leases   map[*lease]struct{}
	deriving map[*login]struct{} // those that derived something, till they have ended
}

func newLogins(h *Host) *logins {
	return &logins{host: h, done: make(chan struct{}), known: map[*loginGrant][]*login{}, leases: map[*lease]struct{}{}, deriving: map[*login]struct{}{}}
}

// join makes a lease hear of every derived credential, those that are known already
// included.
func (a *logins) join(l *lease) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.leases[l] = struct{}{}
	for g := range a.deriving {
		for _, secret := range g.derived {
			l.vault.secrets.hold(secret)
		}
	}
}

func (a *logins) leave(l *lease) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.leases, l)
}

// publish makes every live lease hold what the agent of a login sends or got, and those to
// come, until the login has ended or brought about maxDerived others. It may be a part of
// a whole answer, which is not kept.
func (l *lease) publish(secret string) {
	if len(secret) < MinScannedSecret {
		return
	}
	// No token is longer. Of what is, the middle is looked for, as of any long secret.
	if over := len(secret) - MaxTokenBytes; over > 0 {
		secret = secret[over/2 : over/2+MaxTokenBytes]
	}
	g, secret := l.login, strings.Clone(secret)
	a := g.all
	a.mu.Lock()
	defer a.mu.Unlock()
	if g.ended {
		for l := range a.leases {
			l.vault.secrets.addPassing(secret)
		}
		return
	}
	a.deriving[g] = struct{}{}
	if at := slices.Index(g.derived, secret); at >= 0 {
		g.derived = append(slices.Delete(g.derived, at, at+1), secret)
		return
	}
	g.derived = append(g.derived, secret)
	for l := range a.leases {
		l.vault.secrets.hold(secret)
	}
	if len(g.derived) > maxDerived {
		a.release(g.derived[0])
		g.derived = slices.Delete(g.derived, 0, 1)
	}
}

// forget ends a login: nobody sends what it derived any more.
func (a *logins) forget(g *login) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, secret := range g.derived {
		a.release(secret)
	}
	g.derived, g.ended = nil, true
	delete(a.deriving, g)
}

// release makes every lease release a derived secret; a.mu is held.
func (a *logins) release(secret string) {
	for l := range a.leases {
		l.vault.secrets.release(secret)
	}
}

// of returns the login for a grant under these values of its sources.
func (a *logins) of(g *loginGrant, values map[string]string) *login {
	h := sha256.New()
	for _, source := range g.sources {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(values[source]))))
		h.Write([]byte(values[source]))
	}
	key := [32]byte(h.Sum(nil))
	a.mu.Lock()
	defer a.mu.Unlock()
	list := a.known[g]
	if at := slices.IndexFunc(list, func(k *login) bool { return k.key == key }); at >= 0 {
		found := list[at]
		a.known[g] = append(slices.Delete(list, at, at+1), found)
		return found
	}
	fresh := &login{all: a, grant: g, key: key}
	if len(list) >= maxLogins {
		oldest := list[0]
		list = slices.Delete(list, 0, 1)
		a.spawn(func() { a.unasked(oldest.retire) })
	}
	a.known[g] = append(list, fresh)
	return fresh
}

// spawn runs what outlives a request, unless the Host was closed; a.mu is held.
func (a *logins) spawn(run func()) bool {
	if a.closed {
		return false
	}
	a.group.Go(run)
	return true
}

// unasked runs what no call waits for. A panic in it is logged.
func (a *logins) unasked(run func()) {
	var failed panics
	failed.catch(run)
	if err := failed.err("log out"); err != nil {
		a.host.policy.Logger.Error().Err(err).Msg("logging out panicked")
	}
}

// close ends logins under way and logs out of every session.
func (a *logins) close() {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return
	}
	a.closed = true
	close(a.done)
	a.mu.Unlock()
	a.group.Wait()
	ctx, cancel := context.WithTimeoutCause(context.Background(), closeTime, errTimeout)
	defer cancel()
	a.mu.Lock()
	known := a.known
	a.known = map[*loginGrant][]*login{}
	a.mu.Unlock()
	var group sync.WaitGroup
	for _, list := range known {
		for _, k := range list {
			group.Go(func() { a.unasked(func() { k.end(ctx) }) })
		}
	}
	group.Wait()
}

// agent is a lease of the host's own, in whose name a login logs in and out. It knows what
// every lease knows of logins, till it is dismissed.
func (a *logins) agent(g *login, values map[string]string) *lease {
	h := a.host
	l := &lease{host: h, login: g, vault: newVault(), credentials: values}
	l.log = newGuestLog(h, abi.LeaseRequest{Instance: "login"}, l.vault)
	for _, value := range values {
		l.vault.secrets.Add(value)
	}
	a.join(l)
	return l
}

// dismiss ends an agent.
func (a *logins) dismiss(agent *lease) {
	a.leave(agent)
	agent.vault.clear()
}

// within is a context for a login at g. It ends with the Host; but where the answer of a
// login that was sent alone tells what to log out of, or which refresh token is the next,
// closeTime later.
func (a *logins) within(g *loginGrant) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), g.at.timeout, errTimeout)
	go func() {
		select {
		case <-a.done:
			if g.session != nil && g.session.Logout != nil || g.credential.OAuth2 != nil && g.credential.OAuth2.Grant == GrantRefreshToken {
				a.host.world.sleep(ctx, closeTime)
			}
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
