package okta

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// maxAssertion is how long an assertion may be good for.
	maxAssertion = time.Hour
	readScope    = "okta.users.read"
	manageScope  = "okta.users.manage"
)

// grant gives a service application an access token for an assertion that it signed.
// Whoever holds the token may do what its scopes say.
func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code, description string) {
		lookalike.JSON(w, status, map[string]string{"error": code, "error_description": description})
	}
	form := r.PostFormValue
	scopes := strings.Fields(form("scope"))
	switch {
	case form("grant_type") != "client_credentials":
		refuse(http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
		return
	case form("client_assertion_type") != assertionType || !s.signed(form("client_assertion"), lookalike.Base(r)+r.URL.Path):
		refuse(http.StatusUnauthorized, "invalid_client", "The client_assertion token is invalid.")
		return
	case len(scopes) == 0:
		refuse(http.StatusBadRequest, "invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
		return
	}
	for _, scope := range scopes {
		if scope != readScope && scope != manageScope {
			refuse(http.StatusBadRequest, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
			return
		}
	}
	granted := strings.Join(scopes, " ")
	lookalike.JSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": 3600, "access_token": s.tokens.Issue("okta-access-", granted), "scope": granted,
	})
}

// signed says whether the assertion is the application's, and for this endpoint now.
func (s *Server) signed(assertion, audience string) bool {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 || s.options.ClientKey == nil {
		return false
	}
	var header struct{ Alg string }
	var claims struct {
		Iss, Sub, Aud string
		Exp           int64
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) || header.Alg != "RS256" {
		return false
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(s.options.ClientKey, crypto.SHA256, sum[:], signature) != nil {
		return false
	}
	left := time.Unix(claims.Exp, 0).Sub(s.options.Now())
	return claims.Iss == s.options.ClientID && claims.Sub == s.options.ClientID && claims.Aud == audience && left > 0 && left <= maxAssertion
}

func decodePart(part string, v any) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(text, v) == nil
}

// admitted says whether the request holds the API token, or an access token in
// force; may says whether it may do what it asks for.
func (s *Server) admitted(r *http.Request) (admitted, may bool) {
	authorization := r.Header.Get("Authorization")
	if s.options.Token != "" && authorization == "SSWS "+s.options.Token {
		return true, true
	}
	token, bearer := strings.CutPrefix(authorization, "Bearer ")
	scopes, known := s.tokens.Owner(token)
	may = strings.Contains(scopes, manageScope) || r.Method == http.MethodGet && strings.Contains(scopes, readScope)
	return bearer && known, may
}
