package hostfuncs

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
)

// Policy is what one connector may reach. The zero value reaches nothing.
//
// New copies what it needs; a Policy may be changed afterwards without effect.
type Policy struct {
	// Targets are the applications it may call, each under a name of its own.
	Targets []Target
	// Reveal names the sealed things whose secret the connector may read, such
	// as parameter:Password. Empty: none.
	Reveal []string
	// Logger gets the connector's own log, denials and reveals. Its zero value
	// is silent. What holds words of the connector's, its log and the denials, is
	// written within a tenth of a second, in order, by a goroutine of the lease's;
	// all of it once the lease is closed. The writer must be safe for concurrent
	// use. It may be slow: the connector does not wait for it, but Close does, for as
	// long as its context lasts.
	Logger zerolog.Logger
	// State keeps the connector's state between leases; nil keeps it in memory
	// for the life of the Host.
	State StateStore
	// Progress, if not nil, hears how far a run is: ten times a second at most, the
	// latest that the connector told, and the last one always, at the latest when the
	// lease is closed. It is called by a goroutine of the lease's own, for one lease
	// never twice at once, for several leases possibly at once. The connector does not
	// wait for it, but Close does, so it must not wait for the lease to be closed. A
	// panic in it is one of the next call of Progress or Log, and an error of Close.
	Progress func(abi.Lane, abi.Progress)
	// DryRun, if not nil, gets every request that passed all checks, and nothing
	// is sent: each is answered with NotSent and the rule DRY-RUN. It may be
	// called by several goroutines at once.
	DryRun func(DryRunRequest)
	// Tokens keeps refresh tokens that took the place of others (GrantRefreshToken);
	// nil keeps them for the life of the Host: once it is closed only the source's is
	// left, which the endpoint may no longer take.
	Tokens TokenStore
	// DryRunReads lets requests that are declared Safe and use GET or HEAD
	// really go out during a dry run, so that the writes after them can be
	// shown.
	DryRunReads bool
}

// DryRunRequest is a request as it would have gone out. Where a secret would
// stand, it says «sealed: NAME».
type DryRunRequest struct {
	Target, Method string
	// URL is the whole URL.
	URL     string
	Headers []abi.Field
	Body    string
}

// Target grants an application: where it is and what a connector may ask of it.
type Target struct {
	// Name is how connectors call the target: letters, digits, dot, dash and
	// underscore, at most MaxTargetName bytes.
	Name string
	// BaseURL is where the target is: scheme, host, port, and a path that is
	// put before every request's. No user, query or fragment.
	//
	// The scheme is https. With http, every address dialled must lie in
	// Networks, unless AllowHTTP is set.
	BaseURL string
	// AllowHTTP lets an http BaseURL reach any permitted address, so that
	// passwords may cross open networks in the clear.
	AllowHTTP bool
	// Networks are granted beyond public addresses: loopback, private and all
	// other special ranges are refused unless they lie in one. Cloud metadata
	// addresses must be named singly, as a /32 or /128.
	Networks []netip.Prefix
	// TLS says what an https target's certificate is checked against.
	TLS TLS

	// Methods are the methods allowed, in upper case. At least one.
	Methods []string
	// Paths are the path patterns allowed, matched on the decoded path behind
	// BaseURL. At least one. A pattern is made of literal segments, * for exactly
	// one segment, and ** at the end for one or more: /users/*, /users/**, /**.
	// Methods may stand before it, separated by commas, which it then is limited
	// to: "GET,HEAD /users/**".
	Paths []string
	// EncodedSlashes lets a path hold %2F inside a segment, where it then is part
	// of that segment's text. %5C and the like are refused always.
	EncodedSlashes bool
	// RequestHeaders are the headers a connector may set besides Accept and
	// Content-Type. Headers that steer the connection, the route or the method
	// cannot be granted.
	RequestHeaders []string
	// ResponseHeaders are the headers of an answer that a connector sees; nil
	// means DefaultResponseHeaders. Set-Cookie cannot be granted.
	ResponseHeaders []string
	// IdempotencyHeader is the header that carries a request's idempotency key;
	// empty: the key is not sent and gives no right to retry.
	IdempotencyHeader string

	// Credentials are put into every request by the host.
	Credentials []Credential
	// Cookies has the host keep the target's cookies, for each lease apart, and send
	// them back. A connector sees none, and answers may hold none.
	Cookies bool
	// CSRF, if not nil, meets the target's guard against forged requests.
	CSRF *CSRF
	// Slots are the places where a connector may put a placeholder.
	Slots []Slot
	// Drop removes fields from JSON answers: pointer patterns (RFC 6901, with *
	// for any one index or key and ** for any number of them).
	Drop []string
	// Seal replaces strings in JSON answers by placeholders. On a target with
	// Drop or Seal a successful answer that is not JSON is denied, and the body
	// of any other that is not JSON is withheld, and a sentence in its place says so.
	Seal []SealedField

	// Redirects says what to do with a 3xx. Zero: it is an answer.
	Redirects Redirects

	// RatePerSecond bounds requests, retries included, of all leases together; 0
	// means DefaultRatePerSecond. Burst may be sent at once; 0 means the rate
	// rounded up.
	RatePerSecond float64
	Burst         int
	// Concurrency is how many requests of all leases together may be under way;
	// 0 means DefaultConcurrency, at most MaxConcurrency. Their answers take turns where
	// the bodies would be more than MaxHeldBytes together, or than half of it where there
	// are several targets.
	Concurrency int
	// MaxTries is how often a request may be sent; 0 means DefaultMaxTries, 1
	// never again, at most MaxMaxTries.
	MaxTries int
	// MaxRetryWait is the longest wait between two tries, whatever Retry-After
	// says; an answer that asks for more is handed to the connector. 0 means
	// DefaultMaxRetryWait.
	MaxRetryWait time.Duration
	// Timeout bounds one request, all tries and waits included; 0 means
	// DefaultTimeout, at most MaxTimeout. A connector may ask for less.
	Timeout time.Duration

	// MaxRequestBytes bounds a request's body; 0 means abi.MaxHTTPBody, which is
	// also the most.
	MaxRequestBytes int
	// MaxResponseBytes bounds an answer's body, before and after decompression;
	// 0 means abi.MaxHTTPBody, which is also the most. A Host holds bodies of MaxHeldBytes
	// at a time, others wait within their time; one whose length is not announced counts
	// as the longest while it is read.
	MaxResponseBytes int
	// MaxWantedBytes bounds, instead of MaxResponseBytes, the body of a successful
	// answer of which something is wanted (abi.Want): it stays with the host, and
	// MaxResponseBytes bounds what is handed over of it. 0 means MaxResponseBytes where
	// that is given, else DefaultMaxWantedBytes; at most MaxMaxWantedBytes. Beside
	// those of up to abi.MaxHTTPBody a Host holds one longer body at a time, others wait
	// within their time.
	MaxWantedBytes int
	// MaxResponseHeaderBytes bounds an answer's headers; 0 means
	// DefaultMaxResponseHeaderBytes, at most MaxMaxResponseHeaderBytes.
	MaxResponseHeaderBytes int
	// MaxRatio bounds decompressed by compressed bytes once the answer is larger
	// than RatioFreeBytes; 0 means DefaultMaxRatio, at most MaxMaxRatio.
	MaxRatio int
}

// The defaults and greatest values of a Target's limits.
const (
	MaxTargetName                 = 64
	DefaultRatePerSecond          = 100.0
	DefaultConcurrency            = 8
	MaxConcurrency                = 64
	DefaultMaxTries               = 3
	MaxMaxTries                   = 10
	DefaultMaxRetryWait           = time.Minute
	DefaultTimeout                = 30 * time.Second
	MaxTimeout                    = 10 * time.Minute
	DefaultMaxWantedBytes         = 64 << 20
	MaxMaxWantedBytes             = 256 << 20
	DefaultMaxResponseHeaderBytes = 64 << 10
	MaxMaxResponseHeaderBytes     = 1 << 20
	DefaultMaxRatio               = 100
	MaxMaxRatio                   = 1000
	// RatioFreeBytes may be reached at any ratio: short texts repeat themselves.
	RatioFreeBytes = 1 << 20
	// ConnectTimeout bounds connecting and the TLS handshake, each.
	ConnectTimeout = 10 * time.Second
	// MaxURLBytes bounds the whole URL of a request, MaxRequestHeaders and
	// MaxRequestHeaderBytes what a connector puts into its headers.
	MaxURLBytes           = 16 << 10
	MaxRequestHeaders     = 64
	MaxRequestHeaderBytes = 32 << 10
	// MaxRedirects is how many redirects one request follows.
	MaxRedirects = 5
)

// DefaultResponseHeaders returns the headers of an answer that a connector sees
// unless its grant names others.
func DefaultResponseHeaders() []string {
	return []string{
		"Content-Type", "Content-Language", "Content-Range", "Date", "ETag", "Last-Modified", "Link", "Location", "Retry-After",
		"RateLimit", "RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining", "RateLimit-Reset",
		"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id", "X-Total-Count",
	}
}

// TLS says what an https target's certificate is checked against, which cannot be
// switched off, and which certificate the client shows.
type TLS struct {
	// CA holds certificates in PEM that are trusted besides the system's.
	CA string
	// ServerName is the name the certificate must bear; empty: the host of
	// BaseURL.
	ServerName string
	// MinVersion is tls.VersionTLS12 or tls.VersionTLS13; 0 means TLS 1.2.
	MinVersion uint16
	// Certificate is the source of the client's certificate in PEM, with the chain
	// behind it if need be, Key that of its private key. Both empty: none is shown.
	Certificate, Key string
}

// CredentialKind says how a credential is put into a request.
type CredentialKind uint8

// The kinds of credentials. The zero value is none and is refused.
const (
	// Basic is HTTP basic authentication.
	Basic CredentialKind = 1
	// Bearer puts the secret behind "Bearer " into Authorization.
	Bearer CredentialKind = 2
	// APIKey puts the secret into a header or a query parameter of your choice.
	APIKey CredentialKind = 3
	// OAuth2Token puts an access token, which the host gets, into a header.
	OAuth2Token CredentialKind = 4
	// SessionToken puts a session's token, for which the host logs in, into a place
	// of your choice.
	SessionToken CredentialKind = 5
	// AWSSigV4 signs requests.
	AWSSigV4 CredentialKind = 6
)

// String returns the kind's name in lower case.
func (k CredentialKind) String() string {
	switch k {
	case Basic:
		return "basic"
	case Bearer:
		return "bearer"
	case APIKey:
		return "api_key"
	case OAuth2Token:
		return "oauth2"
	case SessionToken:
		return "session"
	case AWSSigV4:
		return "aws_sigv4"
	}
	return fmt.Sprintf("CredentialKind(%d)", uint8(k))
}

// Credential is put into every request to its target and into no other. An answer
// that holds one is denied, unless it is shorter than MinScannedSecret.
//
// A source is the name of a secret, or parameter:NAME for a parameter that was
// sealed in the lease.
type Credential struct {
	Kind CredentialKind
	// Username is the user of Basic in the clear; UsernameFrom is its source
	// instead. A user name is no secret, answers may hold it; but one that was
	// sealed as a parameter is looked for like any other sealed value.
	Username, UsernameFrom string
	// Secret is the source of the password, token or key of Basic, Bearer and APIKey.
	Secret string
	// Header or Query is where an APIKey goes: exactly one of them. An OAuth2Token
	// may have a Header; a SessionToken has exactly one of Header, Query, Cookie (a
	// cookie's name) and Pointer (a JSON pointer in the request's body).
	Header, Query, Cookie, Pointer string
	// Prefix stands before the value in a header, and before an APIKey's in a query,
	// such as "Token ".
	Prefix string
	// OAuth2 belongs to OAuth2Token, Session to SessionToken, AWS to AWSSigV4.
	OAuth2  *OAuth2
	Session *Session
	AWS     *AWS
}

// Slot is a place in a request where the host puts the secret behind a
// placeholder. Exactly one of Header, Query, Pointer and Form names the place,
// whose whole value must be the placeholder. A placeholder anywhere else is
// denied.
type Slot struct {
	// Header is a header's name.
	Header string
	// Query is a query parameter's name.
	Query string
	// Pointer is a pointer pattern, as in Target.Drop, to a string in a JSON
	// body.
	Pointer string
	// Form is a key of an application/x-www-form-urlencoded body.
	Form string
	// Prefix is put before the secret in a Header, such as "Bearer ".
	Prefix string
	// Encoding is the form in which the secret stands in a Pointer or a Form.
	Encoding SlotEncoding
	// Generate, if not nil, lets the connector write GeneratedMarker in a Pointer or
	// a Form, and have the host fill in a fresh password.
	Generate *Generate
	// Paths are patterns as in Target.Paths. At least one.
	Paths []string
	// Accepts are the names of what may go here: parameter:NAME, attribute:NAME,
	// export_password, new_password, old_password, answer:NAME. At least one, unless
	// Generate is set.
	Accepts []string
}

// SealedField seals strings in JSON answers: the connector gets a placeholder
// named answer:NAME, which it can write back into a Slot that accepts it. Null
// and the empty string stay, since they say that there is no secret.
type SealedField struct {
	// Pointer is a pattern as in Target.Drop.
	Pointer string
	// Name is what comes behind answer: in the placeholder's name.
	Name string
}

// Redirects says what to do with a 3xx answer.
type Redirects uint8

const (
	// RedirectsAnswer hands every 3xx to the connector.
	RedirectsAnswer Redirects = 0
	// RedirectsSameTarget follows up to MaxRedirects redirects that stay within
	// BaseURL. Every hop is a request that passes all rules anew; a redirect that
	// leads elsewhere is denied. Where a write is redirected to a read (303, or 301
	// and 302 after a POST) and that fails, the outcome is unknown.
	RedirectsSameTarget Redirects = 1
)

// String returns the word for it.
func (r Redirects) String() string {
	switch r {
	case RedirectsAnswer:
		return "answer"
	case RedirectsSameTarget:
		return "same_target"
	}
	return fmt.Sprintf("Redirects(%d)", uint8(r))
}

// Secrets looks up secrets by name. It must be safe for concurrent use.
type Secrets interface {
	// Secret returns the secret called name. An error must not hold a secret:
	// its text is handed on.
	Secret(ctx context.Context, name string) (string, error)
}

// SecretMap is Secrets held in memory: name to secret. It must not be changed
// while it is in use.
type SecretMap map[string]string

// Secret returns the secret called name, or an error with the code NotFound.
func (m SecretMap) Secret(_ context.Context, name string) (string, error) {
	if secret, ok := m[name]; ok {
		return secret, nil
	}
	return "", abi.NewError(abi.NotFound, "there is no secret "+quoteCut(name))
}

// StateStore keeps one connector's state. A Host calls Save for one lease at a
// time; Load may run beside it.
type StateStore interface {
	// Load returns everything that is kept. The map is the caller's.
	Load(ctx context.Context) (map[string][]byte, error)
	// Save replaces everything, all or nothing. It must not keep the map.
	Save(ctx context.Context, state map[string][]byte) error
}
