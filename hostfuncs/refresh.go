package hostfuncs

import (
	"cmp"
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// RefreshToken says which refresh token is meant.
type RefreshToken struct {
	// Endpoint is the URL of the token endpoint, and Source the source of the first
	// token.
	Endpoint, Source string
	// First is the token that the source has. It is a secret.
	First string
}

// TokenStore keeps the refresh tokens that took the place of others, for whoever asks
// the same endpoint next: this Host, a later one, or one in another process. It must
// be safe for concurrent use.
type TokenStore interface {
	// Renew calls ask once with the token that is kept in the place of t.First, or with
	// "" if none is, and keeps what ask returns, for good, before it returns itself.
	// Nothing is to be kept if that is "". Of one Endpoint and Source, Renew runs once
	// at a time, in all processes together: an endpoint takes each token once, and may
	// take the second use for a theft. What was kept for another First counts as none.
	//
	// Unless ask was called, the error says that what is kept cannot be read; then no
	// token is asked for. Otherwise it says that the newest could not be kept. Errors
	// are logged, and must not hold a token.
	Renew(ctx context.Context, t RefreshToken, ask func(kept string) (newest string)) error
}

// renew gets an access token by the newest refresh token. One that comes with the
// answer is kept before the access token is used.
func (g *login) renew(ctx context.Context, agent *lease, values map[string]string) (got token, failed *abi.Error) {
	source := g.grant.credential.OAuth2.RefreshToken
	t := RefreshToken{Endpoint: g.grant.at.base.String() + g.grant.path, Source: source, First: values[source]}
	newest, asked := "", false
	ask := func(kept string) string {
		asked = true
		newest = cmp.Or(g.refresh, kept, t.First) // one flight at a time reads and writes it
		agent.vault.secrets.Add(newest)
		agent.publish(newest)
		got, failed = g.grant.askToken(ctx, agent, values, newest)
		switch {
		case len(got.refresh) > MaxTokenBytes:
			got, failed = token{}, g.grant.failed(abi.NotSent, false, "the refresh token it was given is too long")
		case got.refresh != "":
			newest = got.refresh
			agent.vault.secrets.Add(newest)
		}
		if newest == t.First && kept == "" {
			return ""
		}
		return newest
	}
	store := agent.host.policy.Tokens
	if store == nil {
		g.refresh = ask("")
		return got, failed
	}
	err := store.Renew(ctx, t, ask)
	switch {
	case err == nil:
		g.refresh = ""
	case asked:
		g.refresh = newest
		g.logStore(agent, err, "a new refresh token could not be kept; it is lost when this process ends")
	default:
		g.logStore(agent, err, "the refresh token that is kept cannot be read")
		failed = g.grant.failed(abi.NotSent, ctx.Err() != nil, "the refresh token that is kept for it cannot be read; the log says why")
	}
	return got, failed
}

func (g *login) logStore(agent *lease, err error, message string) {
	agent.log.host.Error().Str(logfield.Target, g.grant.target.name).
		Str(logfield.Error, agent.vault.secrets.Redact(err.Error())).Msg(message)
}
