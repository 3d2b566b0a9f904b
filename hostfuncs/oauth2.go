package hostfuncs

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jwt"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/netguard"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/pathrule"
)

// OAuth2Grant says by what an access token is got.
type OAuth2Grant uint8

// The grants of RFC 6749 and RFC 7523. The zero value is none and is refused.
const (
	// GrantClientCredentials: the client itself is trusted (4.4).
	GrantClientCredentials OAuth2Grant = 1
	// GrantPassword: a user's name and password (4.3).
	GrantPassword OAuth2Grant = 2
	// GrantRefreshToken: a refresh token that somebody got before (6). One that
	// comes with an answer takes its place, as Policy.Tokens keeps it.
	GrantRefreshToken OAuth2Grant = 3
	// GrantJWTBearer: a signed assertion (RFC 7523, 2.1).
	GrantJWTBearer OAuth2Grant = 4
)

// String returns the grant's name.
func (g OAuth2Grant) String() string {
	if text := grantTypes[g]; text != "" {
		return text
	}
	return fmt.Sprintf("OAuth2Grant(%d)", uint8(g))
}

// grantTypes are the grants as they travel.
var grantTypes = map[OAuth2Grant]string{
	GrantClientCredentials: "client_credentials", GrantPassword: "password", GrantRefreshToken: "refresh_token",
	GrantJWTBearer: "urn:ietf:params:oauth:grant-type:jwt-bearer",
}

// ClientAuth says how a client proves at the token endpoint who it is.
type ClientAuth uint8

const (
	// ClientBasic sends name and secret as HTTP basic authentication, or the name
	// alone in the body of a client without a secret.
	ClientBasic ClientAuth = 0
	// ClientBody sends both in the body (client_secret_post).
	ClientBody ClientAuth = 1
	// ClientAssertion sends a token signed with Assertion.Key (private_key_jwt).
	ClientAssertion ClientAuth = 2
)

// OAuth2 says how an access token is got. It is got when the first request needs
// it, once for all leases of a Host, and again shortly before it expires or when the
// target answers 401. It goes into Authorization behind "Bearer ", or into the
// Header of the Credential behind its Prefix.
//
// Answers may hold neither the tokens nor any source of them. A source is what it
// is in Credential.
type OAuth2 struct {
	Grant OAuth2Grant
	// TokenURL is the token endpoint, and Networks, AllowHTTP and TLS what they are
	// in a Target, for that endpoint alone. TokenPath is a path of the target
	// instead. Exactly one of the two; a connector can call neither.
	TokenURL  string
	Networks  []netip.Prefix
	AllowHTTP bool
	TLS       TLS
	TokenPath string

	// ClientID is the client's name, ClientIDFrom its source instead. Both may be
	// empty where the grant does not need a client.
	ClientID, ClientIDFrom string
	// ClientSecret is the source of the client's secret; empty for a public client.
	ClientSecret string
	ClientAuth   ClientAuth
	// Scopes are asked for; with GrantJWTBearer they stand in the assertion.
	Scopes []string
	// Parameters are sent to the token endpoint besides, such as an audience.
	Parameters []abi.Field

	// Username or UsernameFrom, and the source Password, belong to GrantPassword.
	Username, UsernameFrom string
	Password               string
	// RefreshToken is the source of the first refresh token.
	RefreshToken string
	// Assertion belongs to GrantJWTBearer and to ClientAssertion.
	Assertion *Assertion
}

// Assertion is a JSON Web Token that the host signs.
type Assertion struct {
	// Algorithm is RS256, ES256 or HS256.
	Algorithm string
	// Key is the source of the private key in PEM, or of the key itself for HS256.
	Key string
	// KeyID is the header kid; empty: none.
	KeyID string
	// Issuer, Subject and Audience are the claims iss, sub and aud. Empty: the
	// client's name, none, the token endpoint's URL. A ClientAssertion has the
	// client's name as issuer and subject in any case.
	Issuer, Subject, Audience string
	// Lifetime is how long an assertion holds; 0 means DefaultAssertionLifetime,
	// at most MaxAssertionLifetime.
	Lifetime time.Duration
	// Claims are further claims of GrantJWTBearer, each a text.
	Claims []abi.Field
}

// The lifetimes of assertions.
const (
	DefaultAssertionLifetime = 5 * time.Minute
	MaxAssertionLifetime     = time.Hour
)

// maxLoginAnswer bounds the answer of a token endpoint of its own.
const maxLoginAnswer = 256 << 10

// ownParameters are set by the host alone.
var ownParameters = []string{"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "username", "password", "refresh_token", "assertion", "scope"}

// compileOAuth2 checks a grant, and returns where its token is to be had: a target
// of its own, or t with a path.
func compileOAuth2(c checker, t *target, g *OAuth2) (at *target, path string) {
	if grantTypes[g.Grant] == "" {
		c.at("Grant").wrong("it is client_credentials, password, refresh_token or jwt_bearer")
	}
	checkClient(c, g)
	checkGrantSources(c, g)
	if g.Assertion != nil {
		checkAssertion(c.at("Assertion"), g)
	}
	for i, scope := range g.Scopes {
		if scope == "" || !isHeaderValue(scope) || strings.ContainsAny(scope, ` "\`) {
			c.at("Scopes[%d]", i).wrong("a scope is printable ASCII without blanks, quotes and backslashes")
		}
	}
	for i, p := range g.Parameters {
		if p.Name == "" || slices.Contains(ownParameters, p.Name) {
			c.at("Parameters[%d]", i).wrong("%s has a field of its own, or no name", quoteCut(p.Name))
		}
	}
	if (g.TokenURL == "") == (g.TokenPath == "") {
		c.wrong("name the token endpoint by either TokenURL or TokenPath")
		return t, "/"
	}
	if g.TokenPath != "" {
		if len(g.Networks) > 0 || g.AllowHTTP || g.TLS != (TLS{}) {
			c.wrong("Networks, AllowHTTP and TLS belong to TokenURL; with TokenPath those of the target hold")
		}
		checkLoginPath(c.at("TokenPath"), g.TokenPath)
		return t, g.TokenPath
	}
	return compileEndpoint(c, t, g)
}

// compileEndpoint makes a target of a token endpoint. No connector can name it.
func compileEndpoint(c checker, t *target, g *OAuth2) (at *target, path string) {
	grant := Target{BaseURL: g.TokenURL, Networks: g.Networks, AllowHTTP: g.AllowHTTP, TLS: g.TLS, MaxTries: 1, MaxResponseBytes: maxLoginAnswer, Timeout: t.timeout}
	at = &target{name: t.name + " (token endpoint)", grant: grant}
	at.base = compileBase(c.at("TokenURL"), grant)
	at.guard = netguard.Guard{Granted: compileNetworks(c, g.Networks), GrantedOnly: at.base.Scheme == "http" && !g.AllowHTTP}
	at.tls = compileTLS(c.at("TLS"), g.TLS, at.base)
	compileLimits(c, at, grant)
	path = at.base.RawPath
	if u, err := url.Parse(g.TokenURL); err == nil && strings.HasSuffix(u.EscapedPath(), "/") {
		path += "/"
	}
	if path == "" {
		path = "/"
	}
	at.base.Path, at.base.RawPath = "", ""
	return at, path
}

func checkLoginPath(c checker, path string) {
	if _, err := pathrule.Split(path, false); err != nil {
		c.wrong("%s: %s", quoteCut(path), err)
	}
}

func checkClient(c checker, g *OAuth2) {
	named := g.ClientID != "" || g.ClientIDFrom != ""
	if g.ClientID != "" && g.ClientIDFrom != "" {
		c.wrong("a client has either ClientID or ClientIDFrom")
	}
	checkSource(c.at("ClientIDFrom"), g.ClientIDFrom, false)
	checkSource(c.at("ClientSecret"), g.ClientSecret, false)
	switch {
	case g.ClientAuth > ClientAssertion:
		c.at("ClientAuth").wrong("it is basic, body or assertion")
	case g.ClientAuth == ClientAssertion && (!named || g.Assertion == nil || g.ClientSecret != ""):
		c.at("ClientAuth").wrong("an assertion needs ClientID and Assertion, and no ClientSecret")
	case g.ClientSecret != "" && !named:
		c.at("ClientSecret").wrong("a secret needs ClientID")
	case g.Grant == GrantClientCredentials && (!named || g.ClientSecret == "" && g.ClientAuth != ClientAssertion):
		c.wrong("client_credentials needs ClientID, and ClientSecret or an assertion")
	}
}

func checkGrantSources(c checker, g *OAuth2) {
	password := g.Grant == GrantPassword
	if password && (g.Username == "") == (g.UsernameFrom == "") {
		c.wrong("the grant password needs either Username or UsernameFrom")
	}
	if !password && (g.Username != "" || g.UsernameFrom != "" || g.Password != "") {
		c.wrong("Username and Password belong to the grant password")
	}
	checkSource(c.at("UsernameFrom"), g.UsernameFrom, false)
	checkSource(c.at("Password"), g.Password, password)
	checkSource(c.at("RefreshToken"), g.RefreshToken, g.Grant == GrantRefreshToken)
	if g.Grant != GrantRefreshToken && g.RefreshToken != "" {
		c.at("RefreshToken").wrong("it belongs to the grant refresh_token")
	}
	wanted := g.Grant == GrantJWTBearer || g.ClientAuth == ClientAssertion
	if wanted != (g.Assertion != nil) {
		c.at("Assertion").wrong("the grant jwt_bearer and the client's authentication by assertion need it, and nothing else does")
	}
}

func checkAssertion(c checker, g *OAuth2) {
	a := g.Assertion
	if a.Algorithm != jwt.RS256 && a.Algorithm != jwt.ES256 && a.Algorithm != jwt.HS256 {
		c.at("Algorithm").wrong("it is RS256, ES256 or HS256")
	}
	checkSource(c.at("Key"), a.Key, true)
	limit(c.at("Lifetime"), a.Lifetime, DefaultAssertionLifetime, MaxAssertionLifetime)
	if g.Grant == GrantJWTBearer && a.Issuer == "" && g.ClientID == "" && g.ClientIDFrom == "" {
		c.at("Issuer").wrong("an assertion has an issuer")
	}
	for i, claim := range a.Claims {
		if slices.Contains([]string{"", "iss", "sub", "aud", "scope", "iat", "exp", "jti"}, claim.Name) {
			c.at("Claims[%d]", i).wrong("%s has a field of its own, or no name", quoteCut(claim.Name))
		}
	}
}

// checkSource finds fault with what is no source.
func checkSource(c checker, source string, needed bool) {
	if source == "" && needed || source != "" && !isSource(source) {
		c.wrong("name a secret, or parameter:NAME")
	}
}

func (g *OAuth2) clone() *OAuth2 {
	if g == nil {
		return nil
	}
	copied := *g
	copied.Networks, copied.Scopes, copied.Parameters = slices.Clone(g.Networks), slices.Clone(g.Scopes), slices.Clone(g.Parameters)
	if g.Assertion != nil {
		assertion := *g.Assertion
		assertion.Claims = slices.Clone(assertion.Claims)
		copied.Assertion = &assertion
	}
	return &copied
}

// secrets returns the sources that hold secrets, names those that hold names.
func (g *OAuth2) secrets() []string {
	sources := []string{g.ClientSecret, g.Password, g.RefreshToken}
	if g.Assertion != nil {
		sources = append(sources, g.Assertion.Key)
	}
	return sources
}

func (g *OAuth2) names() []string { return []string{g.ClientIDFrom, g.UsernameFrom} }
