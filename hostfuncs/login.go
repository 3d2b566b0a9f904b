package hostfuncs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// How logins are bounded.
const (
	// LoginPause is how long a login that was refused is not tried again: a wrong
	// password that is sent for every entry locks the account. As long, a 401 is
	// taken for an answer after a fresh token has met one, too.
	LoginPause = 30 * time.Second
	// MaxTokenBytes bounds an access, refresh or session token.
	MaxTokenBytes = 16 << 10
	// maxLogins is how many logins are kept for one credential; there is more than
	// one only where its sources change or differ between leases.
	maxLogins = 8
	// closeTime bounds logging out, and how long a login whose answer is needed may still
	// take when the Host is closed, which waits for both.
	closeTime = 5 * time.Second
	// maxDerived is how many of the secrets that one login sends and gets every lease
	// holds, the latest: those of two times at least, with twice MaxCookies in each.
	maxDerived = 256
)

// loginGrant is a credential that must be got before it can be used, checked.
type loginGrant struct {
	credential Credential
	target     *target // whose requests carry the token
	// at and path are where it is to be had.
	at      *target
	path    string
	session *sessionPlan // for a Session
	// sources are those whose values make the login, in a fixed order.
	sources []string
}

// token is an access or session token.
type token struct {
	value    string
	refresh  string
	cookies  []*http.Cookie // that came with it
	lifetime time.Duration  // 0: not told
	expires  time.Time      // zero: not told
	// number is 1 for the first of a login; 0 is no token.
	number int
	void   bool // the target takes it no longer
}

func (t *token) good(now time.Time) bool {
	return t.number > 0 && !t.void && (t.expires.IsZero() || now.Before(t.expires))
}

// login is the state of one credential under one set of values.
type login struct {
	all   *logins
	grant *loginGrant
	key   [32]byte

	mu      sync.Mutex
	token   token
	flight  *flight
	refresh string // the newest refresh token, if it is kept here alone
	values  map[string]string
	doubted int       // the number of a token that met a 401 as soon as it was got
	doubts  time.Time // when that was
	refused *abi.Error
	until   time.Time // refused stands till then

	// all.mu guards these.
	derived []string // what it sent and got, the latest last; every lease holds it
	ended   bool     // it derives no more
}

// flight is a login under way. What is behind done may be read when that is closed.
type flight struct {
	done   chan struct{}
	token  token
	err    *abi.Error
	failed panics // handed to all who wait
}

// get returns a token that is good, and waits for one if need be. A login goes on
// when the one who began it gives up: others wait for it.
func (g *login) get(ctx context.Context, l *lease, p *plan, values map[string]string) (token, *abi.Error) {
	have, f, err := g.begin(values)
	if f == nil {
		return have, err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return token{}, l.failed(ctx, p, 0, ctx.Err()).err
	}
	f.failed.hand()
	if f.err != nil {
		copied := *f.err
		return token{}, &copied
	}
	return f.token, nil
}

// begin returns a token that is good, or the login that will bring one.
func (g *login) begin(values map[string]string) (token, *flight, *abi.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.all.host.world.now()
	switch {
	case g.token.good(now):
		return g.token, nil, nil
	case g.refused != nil && now.Before(g.until):
		copied := *g.refused
		return token{}, nil, &copied
	case g.flight != nil:
		return token{}, g.flight, nil
	}
	f := &flight{done: make(chan struct{})}
	g.values = values
	g.all.mu.Lock()
	started := g.all.spawn(func() { g.fly(f, values) })
	g.all.mu.Unlock()
	if !started {
		return token{}, nil, &abi.Error{Code: abi.Cancelled, Side: abi.SideCaller, Message: "the host was closed; nothing was sent"}
	}
	g.flight = f
	return token{}, f, nil
}

// fly logs in and lets those who wait go on.
func (g *login) fly(f *flight, values map[string]string) {
	ctx, cancel := g.all.within(g.grant)
	defer cancel()
	g.mu.Lock()
	old := g.token
	g.mu.Unlock()
	agent := g.all.agent(g, values)
	defer g.all.dismiss(agent)
	var got token
	var err *abi.Error
	panicked := f.failed.catch(func() {
		if got, err = g.ask(ctx, agent, values); err == nil {
			err = g.accept(agent, &got)
		}
	})
	g.settle(f, got, err)
	if !panicked && err == nil && old.number > 0 {
		ctx, cancel := context.WithTimeoutCause(context.Background(), closeTime, errTimeout)
		defer cancel()
		g.all.unasked(func() { g.logout(ctx, old, values) })
	}
}

// ask gets a token.
func (g *login) ask(ctx context.Context, agent *lease, values map[string]string) (token, *abi.Error) {
	switch {
	case g.grant.session != nil:
		return g.grant.askSession(ctx, agent, values)
	case g.grant.credential.OAuth2.Grant == GrantRefreshToken:
		return g.renew(ctx, agent, values)
	}
	return g.grant.askToken(ctx, agent, values, "")
}

// accept checks a token and makes it known to all leases before anybody sends it.
func (g *login) accept(agent *lease, got *token) *abi.Error {
	if !isHeaderValue(got.value) || len(got.value) > MaxTokenBytes {
		return g.grant.failed(abi.NotSent, false, "the token it was given is too long, or holds a sign that a header cannot")
	}
	got.value = strings.Clone(got.value) // not the answer that it came in
	got.refresh = ""                     // renew has it
	agent.publish(got.value)
	if got.lifetime > 0 {
		got.expires = agent.host.world.now().Add(got.lifetime - min(got.lifetime/10, time.Minute))
	}
	return nil
}

// settle ends a flight.
func (g *login) settle(f *flight, got token, err *abi.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.all.host.world.now()
	g.flight = nil
	defer close(f.done)
	if f.failed.first != nil {
		return
	}
	if err != nil {
		f.err = err
		if !err.Retryable && err.Code != abi.Cancelled {
			g.refused, g.until = err, now.Add(LoginPause)
		}
		return
	}
	got.number = g.token.number + 1
	g.token, g.refused = got, nil
	f.token = got
}

// reject takes note that the target does not take a token, and reports whether
// another may help. Where a fresh one did not, the target answers so for another
// reason, and would be logged in to for every request.
func (g *login) reject(number int, fresh bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.all.host.world.now()
	switch {
	case number != g.token.number || g.token.void:
		return true // somebody else has seen it first
	case fresh:
		g.doubted, g.doubts = number, now
		return false
	case g.doubted == number && now.Before(g.doubts.Add(LoginPause)):
		return false
	}
	g.token.void = true
	return true
}

// retire logs out for good, behind a login that is under way.
func (g *login) retire() {
	g.mu.Lock()
	f := g.flight
	g.mu.Unlock()
	if f != nil {
		<-f.done
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), closeTime, errTimeout)
	defer cancel()
	g.end(ctx)
}

// end logs out for good.
func (g *login) end(ctx context.Context) {
	g.mu.Lock()
	old, values := g.token, g.values
	g.token = token{number: old.number}
	g.token.void = true
	g.mu.Unlock()
	if old.number > 0 && old.value != "" {
		g.logout(ctx, old, values)
	}
	g.all.forget(g)
}

// unanswered says why a login got no answer.
func (g *loginGrant) unanswered(out outcome) *abi.Error {
	e := out.err
	switch {
	case e.Code == abi.Cancelled:
		return &abi.Error{Code: abi.Cancelled, Side: abi.SideCaller, Message: "the host was closed; nothing was sent"}
	case e.Code == abi.Denied && e.Rule == RuleAddress:
		return e
	case e.Rule != "" || e.Limit != "":
		failed := g.failed(abi.NotSent, false, "the answer to the login was withheld: "+e.Message)
		failed.Limit, failed.Used, failed.Allowed = e.Limit, e.Used, e.Allowed
		return failed
	}
	failed := g.failed(abi.NotSent, e.Retryable || e.Code == abi.OutcomeUnknown, "the login got no answer: "+e.Message)
	failed.RetryAfter = e.RetryAfter
	return failed
}

// failed says that a request was not sent, for want of a login.
func (g *loginGrant) failed(code abi.Code, again bool, message string) *abi.Error {
	return &abi.Error{Code: code, Side: abi.SideTarget, Retryable: again, Message: "target " + g.target.name + ": " + message + "; the request was not sent"}
}

func randomID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: the process ends instead
	return hex.EncodeToString(b[:])
}
