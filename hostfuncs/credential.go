package hostfuncs

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// place names where a credential goes, so that two do not go to one place.
func (c Credential) place() string {
	switch {
	case c.Header != "":
		return "header:" + canonical(c.Header)
	case c.Query != "":
		return "query:" + strings.ToLower(c.Query)
	case c.Cookie != "":
		return "cookie:" + c.Cookie
	case c.Pointer != "":
		return "pointer:" + c.Pointer
	}
	return "header:Authorization"
}

// addCredentials puts the target's credentials into a request. What is derived
// from them joins what answers are scanned for.
func (l *lease) addCredentials(p *plan) *abi.Error {
	if t := p.target; t.csrf != nil && p.request.Method != http.MethodGet && hasPart(p.headers, canonical(t.csrf.Header)) {
		return denied(RuleHeader, "header %s carries the token against forged requests and cannot be set", quoteCut(t.csrf.Header))
	}
	if err := keepsFreeAWS(p); err != nil {
		return err
	}
	for _, c := range p.target.credentials {
		if c.Secret == "" {
			if err := keepsFree(p, c); err != nil {
				return err
			}
			continue // authorize.go adds what must be got first
		}
		secret, err := l.source(c.Secret)
		if err != nil {
			return err
		}
		if err := l.addCredential(p, c, secret); err != nil {
			return err
		}
	}
	return l.addCertificate(p)
}

func (l *lease) addCredential(p *plan, c Credential, secret string) *abi.Error {
	shown := shownSecret(c.Secret)
	switch c.Kind {
	case Basic:
		return l.addBasic(p, c, secret)
	case Bearer:
		return addCredentialHeader(p, "Authorization", "Bearer ", secret, shown)
	case APIKey:
		if c.Query != "" {
			p.query = append(p.query, part{c.Query, c.Prefix + secret, c.Prefix + shown})
			p.credentials = append(p.credentials, secret)
			return nil
		}
		return addCredentialHeader(p, canonical(c.Header), c.Prefix, secret, shown)
	}
	return denied(RuleCredential, "the credential of target %s is of no kind", p.target.name)
}

func (l *lease) addBasic(p *plan, c Credential, password string) *abi.Error {
	user := c.Username
	if c.UsernameFrom != "" {
		var err *abi.Error
		if user, err = l.source(c.UsernameFrom); err != nil {
			return err
		}
	}
	if strings.Contains(user, ":") {
		return denied(RuleCredential, "the user name for target %s holds a colon", p.target.name)
	}
	token := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	l.vault.secrets.Add(token)
	l.vault.secrets.Add(user + ":" + password)
	return addCredentialHeader(p, "Authorization", "Basic ", token, shownSecret(c.Secret))
}

func addCredentialHeader(p *plan, name, prefix, secret, shown string) *abi.Error {
	if !isHeaderValue(secret) {
		return denied(RuleCredential, "the credential of target %s holds a sign that a header cannot, such as a line end", p.target.name)
	}
	if hasPart(p.headers, name) {
		return denied(RuleHeader, "header %s carries a credential and cannot be set", quoteCut(name))
	}
	p.headers = append(p.headers, part{name, prefix + secret, prefix + shown})
	p.credentials = append(p.credentials, secret)
	return nil
}

// keepsFree denies a request that sets the header into which a token will go.
func keepsFree(p *plan, c Credential) *abi.Error {
	name, found := strings.CutPrefix(c.place(), "header:")
	if found && hasPart(p.headers, name) {
		return denied(RuleHeader, "header %s carries a credential and cannot be set", quoteCut(name))
	}
	return nil
}

// source returns a secret, a user name, or a parameter that was sealed.
func (l *lease) source(name string) (string, *abi.Error) {
	if value, known := l.credentials[name]; known || !strings.HasPrefix(name, parameterPrefix) {
		return value, nil // Lease has made sure that it is there
	}
	secret, ok := l.vault.parameter(name)
	if !ok || secret == "" {
		return "", denied(RuleCredential, "a credential needs %s, which is empty or was not sealed in this lease", quoteCut(name))
	}
	return secret, nil
}
