package config

import (
	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// oauthGrants, clientAuths and encodings are the words of the file.
var (
	oauthGrants = map[string]hostfuncs.OAuth2Grant{
		"clientCredentials": hostfuncs.GrantClientCredentials, "password": hostfuncs.GrantPassword,
		"refreshToken": hostfuncs.GrantRefreshToken, "jwtBearer": hostfuncs.GrantJWTBearer,
	}
	clientAuths = map[string]hostfuncs.ClientAuth{
		"basic": hostfuncs.ClientBasic, "body": hostfuncs.ClientBody, "assertion": hostfuncs.ClientAssertion,
	}
	encodings = map[string]hostfuncs.SlotEncoding{
		"base64": hostfuncs.EncodingBase64, "utf16leQuoted": hostfuncs.EncodingUTF16LEQuoted,
		"ssha": hostfuncs.EncodingSSHA, "ssha256": hostfuncs.EncodingSSHA256, "ssha512": hostfuncs.EncodingSSHA512,
	}
)

// readOAuth2 reads how an access token is got.
func (c *Config) readOAuth2(v value, cred *hostfuncs.Credential) {
	o := &hostfuncs.OAuth2{}
	cred.Kind, cred.OAuth2 = hostfuncs.OAuth2Token, o
	v.object(true,
		field{"grant", true, func(v value) {
			word, _ := v.word("clientCredentials", "password", "refreshToken", "jwtBearer")
			o.Grant = oauthGrants[word]
		}},
		field{"tokenURL", false, func(v value) { o.TokenURL = readURL(v) }},
		field{"tokenPath", false, name(&o.TokenPath)},
		field{"allowHTTP", false, func(v value) { o.AllowHTTP = v.boolean() }},
		field{"networks", false, func(v value) { o.Networks = readNetworks(v) }},
		field{"tls", false, func(v value) { c.readTLS(v, &o.TLS) }},
		field{"clientID", false, func(v value) { o.ClientID, o.ClientIDFrom = c.readName(v) }},
		field{"clientSecret", false, func(v value) { o.ClientSecret = c.readSource(v) }},
		field{"clientAuth", false, func(v value) {
			word, _ := v.word("basic", "body", "assertion")
			o.ClientAuth = clientAuths[word]
		}},
		field{"scopes", false, func(v value) { o.Scopes = v.texts(maxItems) }},
		field{"parameters", false, fields(&o.Parameters)},
		field{"username", false, func(v value) { o.Username, o.UsernameFrom = c.readName(v) }},
		field{"password", false, func(v value) { o.Password = c.readSource(v) }},
		field{"refreshToken", false, func(v value) { o.RefreshToken = c.readSource(v) }},
		field{"assertion", false, func(v value) {
			o.Assertion = &hostfuncs.Assertion{}
			c.readAssertion(v, o.Assertion)
		}},
		field{"header", false, name(&cred.Header)},
		field{"prefix", false, text(&cred.Prefix)},
	)
}

func (c *Config) readAssertion(v value, a *hostfuncs.Assertion) {
	v.object(true,
		field{"algorithm", true, func(v value) { a.Algorithm, _ = v.word("RS256", "ES256", "HS256") }},
		field{"key", true, func(v value) { a.Key = c.readSource(v) }},
		field{"keyID", false, name(&a.KeyID)},
		field{"issuer", false, name(&a.Issuer)},
		field{"subject", false, name(&a.Subject)},
		field{"audience", false, name(&a.Audience)},
		field{"lifetime", false, func(v value) { a.Lifetime = v.duration(hostfuncs.MaxAssertionLifetime) }},
		field{"claims", false, fields(&a.Claims)},
	)
}

// maxLifetime is longer than any session.
const maxLifetime = 8760 * maxCallTimeout

// readSession reads how the host logs in.
func (c *Config) readSession(v value, cred *hostfuncs.Credential) {
	s := &hostfuncs.Session{}
	cred.Kind, cred.Session = hostfuncs.SessionToken, s
	v.object(true,
		field{"username", false, func(v value) { s.Username, s.UsernameFrom = c.readName(v) }},
		field{"password", true, func(v value) { s.Password = c.readSource(v) }},
		field{"login", true, func(v value) { readSessionRequest(v, &s.Login) }},
		field{"logout", false, func(v value) {
			s.Logout = &hostfuncs.SessionRequest{}
			readSessionRequest(v, s.Logout)
		}},
		field{"token", true, func(v value) {
			v.object(true,
				field{"header", false, name(&s.Token.Header)},
				field{"cookie", false, name(&s.Token.Cookie)},
				field{"pointer", false, name(&s.Token.Pointer)},
				field{"body", false, func(v value) { s.Token.Body = v.boolean() }},
			)
		}},
		field{"expiryPointer", false, name(&s.ExpiryPointer)},
		field{"lifetime", false, func(v value) { s.Lifetime = v.duration(maxLifetime) }},
		field{"ended", false, func(v value) {
			s.Ended = &hostfuncs.SessionEnd{}
			v.object(true,
				field{"pointer", false, name(&s.Ended.Pointer)},
				field{"equals", false, name(&s.Ended.Equals)},
				field{"contains", false, name(&s.Ended.Contains)},
				field{"location", false, name(&s.Ended.Location)},
			)
		}},
		field{"operation", false, name(&s.Operation)},
		field{"header", false, name(&cred.Header)},
		field{"prefix", false, text(&cred.Prefix)},
		field{"query", false, name(&cred.Query)},
		field{"cookie", false, name(&cred.Cookie)},
		field{"pointer", false, name(&cred.Pointer)},
	)
}

func readSessionRequest(v value, r *hostfuncs.SessionRequest) {
	v.object(true,
		field{"method", false, name(&r.Method)},
		field{"path", true, name(&r.Path)},
		field{"headers", false, fields(&r.Headers)},
		field{"query", false, fields(&r.Query)},
		field{"json", false, func(v value) { r.JSON, _ = v.name(maxLoginBody) }},
		field{"form", false, fields(&r.Form)},
		field{"basic", false, func(v value) { r.Basic = v.boolean() }},
		field{"status", false, func(v value) { r.Status = v.integer(200, 399) }},
	)
}

// maxLoginBody is the most a login's JSON may take.
const maxLoginBody = 64 << 10

func (c *Config) readAWS(v value, cred *hostfuncs.Credential) {
	a := &hostfuncs.AWS{}
	cred.Kind, cred.AWS = hostfuncs.AWSSigV4, a
	v.object(true,
		field{"region", true, name(&a.Region)},
		field{"service", true, name(&a.Service)},
		field{"accessKey", true, func(v value) { a.AccessKey, a.AccessKeyFrom = c.readName(v) }},
		field{"secretKey", true, func(v value) { a.SecretKey = c.readSource(v) }},
		field{"sessionToken", false, func(v value) { a.SessionToken = c.readSource(v) }},
	)
}

func readCSRF(v value) *hostfuncs.CSRF {
	rule := &hostfuncs.CSRF{}
	v.object(false,
		field{"header", true, name(&rule.Header)},
		field{"cookie", false, name(&rule.Cookie)},
		field{"answerHeader", false, name(&rule.AnswerHeader)},
		field{"fetchPath", false, name(&rule.FetchPath)},
		field{"fetchValue", false, name(&rule.FetchValue)},
	)
	return rule
}

// readGenerate reads what passwords the host makes.
func readGenerate(v value) *hostfuncs.Generate {
	g := &hostfuncs.Generate{}
	v.object(false,
		field{"length", false, func(v value) { g.Length = v.integer(hostfuncs.MinGeneratedLength, hostfuncs.MaxGeneratedLength) }},
		field{"classes", false, func(v value) {
			classes := map[string]*bool{"upper": &g.Upper, "lower": &g.Lower, "digit": &g.Digit, "sign": &g.Sign}
			v.items(len(classes), func(item value) {
				if word, ok := item.word("upper", "lower", "digit", "sign"); ok {
					*classes[word] = true
				}
			})
		}},
	)
	return g
}

// name reads text that is not empty into a field, text any text.
func name(into *string) func(value) {
	return func(v value) { *into, _ = v.name(maxText) }
}

func text(into *string) func(value) {
	return func(v value) { *into, _ = v.text(maxText) }
}

// fields reads names and texts, in the order of the file.
func fields(into *[]abi.Field) func(value) {
	return func(v value) {
		v.entries(func(name string, member value) {
			if s, ok := member.text(maxText); ok {
				*into = append(*into, abi.Field{Name: name, Value: s})
			}
		})
	}
}
