package hostfuncs

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jwt"
)

// askToken asks a token endpoint. refresh is the refresh token to use, if the grant
// is of that kind.
func (g *loginGrant) askToken(ctx context.Context, agent *lease, values map[string]string, refresh string) (token, *abi.Error) {
	p, err := g.tokenRequest(agent, values, refresh)
	if err != nil {
		return token{}, err
	}
	out := agent.once(ctx, p, agent.host.world.now().Add(p.target.timeout))
	if out.err != nil {
		return token{}, g.unanswered(out)
	}
	return g.readToken(ctx, agent, out)
}

// tokenRequest makes the request for a token.
func (g *loginGrant) tokenRequest(agent *lease, values map[string]string, refresh string) (*plan, *abi.Error) {
	o := g.credential.OAuth2
	form := url.Values{"grant_type": {grantTypes[o.Grant]}}
	for _, p := range o.Parameters {
		form.Add(p.Name, p.Value)
	}
	if len(o.Scopes) > 0 && o.Grant != GrantJWTBearer {
		form.Set("scope", strings.Join(o.Scopes, " "))
	}
	client := named(o.ClientID, o.ClientIDFrom, values)
	switch o.Grant {
	case GrantPassword:
		form.Set("username", named(o.Username, o.UsernameFrom, values))
		form.Set("password", values[o.Password])
	case GrantRefreshToken:
		form.Set("refresh_token", refresh)
	case GrantJWTBearer:
		assertion, err := g.assertion(agent, values, client, false)
		if err != nil {
			return nil, err
		}
		form.Set("assertion", assertion)
	}
	p := &plan{target: g.at, request: abi.HTTPRequest{Target: g.at.name, Method: http.MethodPost, Path: g.path}}
	p.headers = []part{plain("Accept", "application/json"), plain("Content-Type", "application/x-www-form-urlencoded")}
	if err := g.addClient(agent, p, form, values, client); err != nil {
		return nil, err
	}
	p.body = form.Encode()
	for _, source := range g.sources {
		p.credentials = append(p.credentials, values[source])
	}
	return p, agent.addCertificate(p)
}

// addClient says who the client is.
func (g *loginGrant) addClient(agent *lease, p *plan, form url.Values, values map[string]string, client string) *abi.Error {
	o := g.credential.OAuth2
	secret := values[o.ClientSecret]
	switch {
	case client == "":
	case o.ClientAuth == ClientAssertion:
		assertion, err := g.assertion(agent, values, client, true)
		if err != nil {
			return err
		}
		form.Set("client_id", client)
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
	case o.ClientSecret == "":
		form.Set("client_id", client)
	case o.ClientAuth == ClientBody:
		form.Set("client_id", client)
		form.Set("client_secret", secret)
	default: // RFC 6749, 2.3.1: encoded as in a form before base64
		pair := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(client) + ":" + url.QueryEscape(secret)))
		agent.publish(pair)
		p.headers = append(p.headers, plain("Authorization", "Basic "+pair))
	}
	return nil
}

// assertion signs one, for the client or for the grant.
func (g *loginGrant) assertion(agent *lease, values map[string]string, client string, forClient bool) (string, *abi.Error) {
	o, a := g.credential.OAuth2, g.credential.OAuth2.Assertion
	now := agent.host.world.now()
	lifetime := a.Lifetime
	if lifetime == 0 {
		lifetime = DefaultAssertionLifetime
	}
	claims := map[string]any{"iat": now.Unix(), "exp": now.Add(lifetime).Unix(), "jti": randomID(), "aud": a.Audience, "iss": client}
	if a.Audience == "" {
		claims["aud"] = g.at.base.String() + g.path
	}
	if forClient {
		claims["sub"] = client
	} else {
		g.grantClaims(claims)
		if len(o.Scopes) > 0 {
			claims["scope"] = strings.Join(o.Scopes, " ")
		}
	}
	text, err := jwt.Sign(a.Algorithm, values[a.Key], a.KeyID, claims)
	if err != nil {
		return "", denied(RuleCredential, "the assertion for target %s cannot be signed: %s", g.target.name, err)
	}
	agent.publish(text)
	return text, nil
}

func (g *loginGrant) grantClaims(claims map[string]any) {
	a := g.credential.OAuth2.Assertion
	if a.Issuer != "" {
		claims["iss"] = a.Issuer
	}
	if a.Subject != "" {
		claims["sub"] = a.Subject
	}
	for _, claim := range a.Claims {
		claims[claim.Name] = claim.Value
	}
}

// named returns a name that stands in the grant, or at its source.
func named(name, source string, values map[string]string) string {
	if source != "" {
		return values[source]
	}
	return name
}

// readToken reads the answer of a token endpoint.
func (g *loginGrant) readToken(ctx context.Context, agent *lease, out outcome) (token, *abi.Error) {
	members := map[string]jsonfields.Value{}
	object, err := jsonfields.Pointer{}.Members(ctx, out.body, func(key string, value jsonfields.Value) { members[key] = value })
	for _, key := range []string{"access_token", "refresh_token", "id_token"} {
		agent.publish(members[key].Text)
	}
	told := members["error"].Text
	if out.status >= 300 || told != "" {
		return token{}, g.refusedToken(out, told)
	}
	// Whatever is wrong with the rest, the refresh token may be the only good one now.
	got := token{refresh: strings.Clone(members["refresh_token"].Text)}
	switch {
	case err != nil || !object:
		return got, g.failed(abi.NotSent, false, "what its token endpoint answered is no JSON object")
	}
	access, kind := members["access_token"], members["token_type"]
	switch {
	case access.Kind != wire.KindString || access.Text == "":
		return got, g.failed(abi.NotSent, false, "what its token endpoint answered holds no access_token")
	case kind.Text != "" && !strings.EqualFold(kind.Text, "bearer"):
		return got, g.failed(abi.NotSent, false, "its token endpoint gave a token that is no bearer token")
	}
	got.value = access.Text
	if seconds, err := strconv.ParseFloat(members["expires_in"].Text, 64); err == nil && seconds >= 1 {
		got.lifetime = forSeconds(seconds)
	}
	return got, nil
}

// forSeconds is a duration of seconds, at most forever.
func forSeconds(seconds float64) time.Duration {
	return time.Duration(min(seconds, forever.Seconds()) * float64(time.Second))
}

// tokenErrors are the errors of RFC 6749 that are shown; true: the credentials are
// not accepted.
var tokenErrors = map[string]bool{
	"invalid_client": true, "invalid_grant": true, "unauthorized_client": true, "access_denied": true,
	"invalid_request": false, "invalid_scope": false, "unsupported_grant_type": false,
	"server_error": false, "temporarily_unavailable": false,
}

// refusedToken says why a token endpoint gave no token. Its own words are shown only
// where they are known: any other might be a credential sent back.
func (g *loginGrant) refusedToken(out outcome, told string) *abi.Error {
	wrong, known := tokenErrors[told]
	text := "its token endpoint answered with status " + statusText(out.status)
	if known {
		text += " and " + told
	}
	later := told == "server_error" || told == "temporarily_unavailable" || laterStatus(out.status)
	switch {
	case wrong || !known && slices.Contains([]int{400, 401, 403}, out.status):
		return g.failed(abi.BadServerCredentials, false, text)
	case later:
		e := g.failed(abi.NotSent, true, text)
		e.RetryAfter = out.retryAfter
		return e
	}
	return g.failed(abi.NotSent, false, text)
}

// laterStatus tells the statuses after which the same login may succeed.
func laterStatus(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}
