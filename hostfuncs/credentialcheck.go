package hostfuncs

import (
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
)

// checkCredential finds fault with a credential by itself.
func checkCredential(c checker, cred Credential) {
	switch cred.Kind {
	case Basic:
		if (cred.Username == "") == (cred.UsernameFrom == "") {
			c.wrong("basic needs either Username or UsernameFrom")
		}
		checkSource(c.at("UsernameFrom"), cred.UsernameFrom, false)
		if strings.Contains(cred.Username, ":") {
			c.at("Username").wrong("a user name of basic authentication holds no colon")
		}
	case APIKey:
		if (cred.Header == "") == (cred.Query == "") {
			c.wrong("an API key needs either Header or Query")
		}
	case OAuth2Token:
		if cred.Query != "" {
			c.at("Query").wrong("an access token goes into a header")
		}
	case SessionToken:
		checkSessionPlace(c, cred)
	case AWSSigV4:
		if cred.Header != "" || cred.Query != "" || cred.Prefix != "" {
			c.wrong("a signature has its own headers")
		}
	case Bearer:
	default:
		c.at("Kind").wrong("it is basic, bearer, api_key, oauth2, session or aws_sigv4")
	}
	checkCredentialFields(c, cred)
}

// checkCredentialFields finds fault with fields of other kinds.
func checkCredentialFields(c checker, cred Credential) {
	derived := cred.Kind >= OAuth2Token && cred.Kind <= AWSSigV4
	if !derived {
		checkSource(c.at("Secret"), cred.Secret, true)
	} else if cred.Secret != "" {
		c.at("Secret").wrong("an oauth2, session or aws_sigv4 names its sources itself")
	}
	if cred.Kind != Basic && (cred.Username != "" || cred.UsernameFrom != "") {
		c.wrong("a user name belongs to basic")
	}
	if (cred.Kind == Basic || cred.Kind == Bearer) && (cred.Header != "" || cred.Query != "" || cred.Prefix != "") {
		c.wrong("Header, Query and Prefix belong to api_key, oauth2 and session")
	}
	if cred.Kind != SessionToken && (cred.Cookie != "" || cred.Pointer != "") {
		c.wrong("Cookie and Pointer belong to session")
	}
	if (cred.OAuth2 != nil) != (cred.Kind == OAuth2Token) {
		c.at("OAuth2").wrong("the kind oauth2 needs it, and no other has it")
	}
	if (cred.Session != nil) != (cred.Kind == SessionToken) {
		c.at("Session").wrong("the kind session needs it, and no other has it")
	}
	if (cred.AWS != nil) != (cred.Kind == AWSSigV4) {
		c.at("AWS").wrong("the kind aws_sigv4 needs it, and no other has it")
	}
	if cred.Header != "" {
		checkGrantedHeader(c.at("Header"), cred.Header)
	}
	if !isHeaderValue(cred.Prefix) {
		c.at("Prefix").wrong("it holds a sign that a header cannot")
	}
}

func checkSessionPlace(c checker, cred Credential) {
	places := 0
	for _, place := range []string{cred.Header, cred.Query, cred.Cookie, cred.Pointer} {
		if place != "" {
			places++
		}
	}
	if places != 1 {
		c.wrong("a session's token goes to exactly one of Header, Query, Cookie and Pointer")
	}
	if cred.Prefix != "" && cred.Header == "" {
		c.at("Prefix").wrong("it belongs to a header")
	}
	if cred.Cookie != "" && !isToken(cred.Cookie) {
		c.at("Cookie").wrong("%s is no name of a cookie", quoteCut(cred.Cookie))
	}
}

// addCredential adds a checked copy of a credential.
func (t *target) addCredential(c checker, cred Credential) {
	cred.OAuth2, cred.Session = cred.OAuth2.clone(), cred.Session.clone()
	t.credentials = append(t.credentials, cred)
	g := &loginGrant{credential: cred, target: t}
	switch {
	case cred.Kind == OAuth2Token && cred.OAuth2 != nil:
		g.at, g.path = compileOAuth2(c.at("OAuth2"), t, cred.OAuth2)
		g.sources = append(cred.OAuth2.secrets(), cred.OAuth2.names()...)
	case cred.Kind == SessionToken && cred.Session != nil:
		g.at, g.path, g.session = t, cred.Session.Login.Path, compileSession(c.at("Session"), cred.Session)
		g.sources = []string{cred.Session.Password, cred.Session.UsernameFrom}
	case cred.Kind == AWSSigV4 && cred.AWS != nil:
		checkAWS(c.at("AWS"), cred.AWS)
		copied := *cred.AWS
		t.aws = &copied
		return
	default:
		return
	}
	g.sources = append(g.sources, g.at.grant.TLS.Certificate, g.at.grant.TLS.Key)
	g.sources = slices.DeleteFunc(g.sources, func(source string) bool { return source == "" })
	t.logins = append(t.logins, g)
	if cred.Pointer != "" {
		var p jsonfields.Pointer
		compilePointer(c.at("Pointer"), cred.Pointer, &p)
		if t.tokenPlaces == nil {
			t.tokenPlaces = map[string]jsonfields.Pointer{}
		}
		t.tokenPlaces[cred.Pointer] = p
	}
}

// secretSources returns the sources of all secrets of a target's credentials.
func (t *target) secretSources() []string {
	sources := []string{t.grant.TLS.Key}
	for _, c := range t.credentials {
		sources = append(sources, c.Secret)
		if c.OAuth2 != nil {
			sources = append(append(sources, c.OAuth2.TLS.Key), c.OAuth2.secrets()...)
		}
		if c.AWS != nil {
			sources = append(sources, c.AWS.SecretKey, c.AWS.SessionToken)
		}
		if c.Session != nil {
			sources = append(sources, c.Session.Password)
		}
	}
	return sources
}

// nameSources returns the sources of all names, which are no secrets.
func (t *target) nameSources() []string {
	sources := []string{t.grant.TLS.Certificate}
	for _, c := range t.credentials {
		sources = append(sources, c.UsernameFrom)
		if c.OAuth2 != nil {
			sources = append(append(sources, c.OAuth2.TLS.Certificate), c.OAuth2.names()...)
		}
		if c.AWS != nil {
			sources = append(sources, c.AWS.AccessKeyFrom)
		}
		if c.Session != nil {
			sources = append(sources, c.Session.UsernameFrom)
		}
	}
	return sources
}
