package scim

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Authenticate decides on a request by its bearer token, which is empty if
// there is none. The context it returns is the one that the Backend gets, so
// that it may carry who calls; nil means the request's own. ErrUnauthorized answers 401, ErrForbidden 403;
// any other error goes the way of a Backend's.
type Authenticate func(ctx context.Context, token string) (context.Context, error)

// StaticTokens accepts the given tokens: one, or two while the old one is being
// replaced. Empty tokens are dropped; without any left nobody gets in. The time
// a comparison takes does not depend on the token.
func StaticTokens(tokens ...string) Authenticate {
	var sums [][sha256.Size]byte
	for _, t := range tokens {
		if t != "" {
			sums = append(sums, sha256.Sum256([]byte(t)))
		}
	}
	return func(ctx context.Context, token string) (context.Context, error) {
		sum := sha256.Sum256([]byte(token))
		found := 0
		for i := range sums {
			found |= subtle.ConstantTimeCompare(sum[:], sums[i][:])
		}
		if found == 0 {
			return nil, ErrUnauthorized
		}
		return ctx, nil
	}
}

// NoAuthentication lets everyone in. It is for tests, and for a Handler behind
// middleware that has authenticated the client already.
func NoAuthentication(ctx context.Context, _ string) (context.Context, error) {
	return ctx, nil
}

func refuseAll(context.Context, string) (context.Context, error) { return nil, ErrUnauthorized }

// bearerToken returns the token of RFC 6750 section 2.1; never one in the query.
func bearerToken(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
