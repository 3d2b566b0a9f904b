package hostfuncs_test

import (
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// TestLoginMistakes breaks one thing at a time in each kind of credential that the
// host has to get, and in what goes with them.
func TestLoginMistakes(t *testing.T) {
	t.Parallel()
	type (
		target  = hostfuncs.Target
		oauth2  = hostfuncs.OAuth2
		session = hostfuncs.Session
	)
	base := grant("https://app.example.com/api")
	client := oauth2{Grant: hostfuncs.GrantClientCredentials, TokenPath: "/token", ClientID: "c", ClientSecret: "s"}
	signed := &hostfuncs.Assertion{Algorithm: "RS256", Key: "k"}
	withOAuth := func(change func(*oauth2)) func(*target) {
		return func(t *target) {
			o := client
			change(&o)
			t.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.OAuth2Token, OAuth2: &o}}
		}
	}
	withSession := func(change func(*hostfuncs.Credential, *session)) func(*target) {
		return func(t *target) {
			s := session{Username: "u", Password: "s", Token: hostfuncs.TokenPlace{Header: "X"}, Login: hostfuncs.SessionRequest{Path: "/login", JSON: `{"method":"in","p":"${password}"}`}}
			c := hostfuncs.Credential{Kind: hostfuncs.SessionToken, Header: "X-Token", Session: &s}
			change(&c, &s)
			t.Credentials = []hostfuncs.Credential{c}
		}
	}
	login := func(change func(*hostfuncs.SessionRequest)) func(*target) {
		return withSession(func(_ *hostfuncs.Credential, s *session) { change(&s.Login) })
	}
	withAWS := func(change func(*hostfuncs.AWS)) func(*target) {
		return func(t *target) {
			a := hostfuncs.AWS{Region: "eu-central-1", Service: "iam", AccessKey: "A", SecretKey: "s"}
			change(&a)
			t.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.AWSSigV4, AWS: &a}}
		}
	}
	csrf := func(change func(*target, *hostfuncs.CSRF)) func(*target) {
		return func(t *target) {
			c := hostfuncs.CSRF{Header: "X-CSRF", AnswerHeader: "X-CSRF", FetchPath: "/token"}
			t.CSRF = &c
			change(t, &c)
		}
	}
	slot := func(change func(*hostfuncs.Slot)) func(*target) {
		return func(t *target) {
			s := hostfuncs.Slot{Pointer: "/pw", Paths: []string{"/**"}, Accepts: []string{"new_password"}}
			change(&s)
			t.Slots = []hostfuncs.Slot{s}
		}
	}
	for name, c := range map[string]struct {
		change func(*target)
		field  string // "": nothing is wrong
	}{
		"oauth2": {withOAuth(func(*oauth2) {}), ""}, "session": {withSession(func(*hostfuncs.Credential, *session) {}), ""}, "aws": {withAWS(func(*hostfuncs.AWS) {}), ""},
		"csrf": {csrf(func(*target, *hostfuncs.CSRF) {}), ""}, "generating alone": {slot(func(s *hostfuncs.Slot) { s.Accepts, s.Generate = nil, &hostfuncs.Generate{} }), ""},

		"oauth2 missing": {func(t *target) { t.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.OAuth2Token}} }, "Credentials[0].OAuth2"},
		"oauth2 in a bearer": {func(t *target) {
			t.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "s", OAuth2: nil, Session: &session{}}}
		}, "Credentials[0].Session"},
		"oauth2 with a secret": {func(t *target) {
			o := client
			t.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.OAuth2Token, Secret: "s", OAuth2: &o}}
		}, "Credentials[0].Secret"},
		"token in the query": {func(t *target) {
			o := client
			t.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.OAuth2Token, Query: "t", OAuth2: &o}}
		}, "Credentials[0].Query"},
		"no grant":              {withOAuth(func(o *oauth2) { o.Grant = 0 }), "Credentials[0].OAuth2.Grant"},
		"no endpoint":           {withOAuth(func(o *oauth2) { o.TokenPath = "" }), "Credentials[0].OAuth2"},
		"two endpoints":         {withOAuth(func(o *oauth2) { o.TokenURL = "https://x" }), "Credentials[0].OAuth2"},
		"endpoint over http":    {withOAuth(func(o *oauth2) { o.TokenPath, o.TokenURL = "", "http://x.example/token" }), "Credentials[0].OAuth2.TokenURL"},
		"endpoint with a query": {withOAuth(func(o *oauth2) { o.TokenPath, o.TokenURL = "", "https://x.example/token?a=b" }), "Credentials[0].OAuth2.TokenURL"},
		"bad token path":        {withOAuth(func(o *oauth2) { o.TokenPath = "/a/../b" }), "Credentials[0].OAuth2.TokenPath"},
		"TLS with a path":       {withOAuth(func(o *oauth2) { o.TLS.ServerName = "x" }), "Credentials[0].OAuth2"},
		"no client":             {withOAuth(func(o *oauth2) { o.ClientID = "" }), "Credentials[0].OAuth2.ClientSecret"},
		"no client secret":      {withOAuth(func(o *oauth2) { o.ClientSecret = "" }), "Credentials[0].OAuth2"},
		"password without user": {withOAuth(func(o *oauth2) { o.Grant, o.Password = hostfuncs.GrantPassword, "p" }), "Credentials[0].OAuth2"},
		"user without password": {withOAuth(func(o *oauth2) { o.Grant, o.Username = hostfuncs.GrantPassword, "u" }), "Credentials[0].OAuth2.Password"},
		"password elsewhere":    {withOAuth(func(o *oauth2) { o.Password = "p" }), "Credentials[0].OAuth2"},
		"no refresh token":      {withOAuth(func(o *oauth2) { o.Grant = hostfuncs.GrantRefreshToken }), "Credentials[0].OAuth2.RefreshToken"},
		"no assertion":          {withOAuth(func(o *oauth2) { o.Grant = hostfuncs.GrantJWTBearer }), "Credentials[0].OAuth2.Assertion"},
		"assertion for nothing": {withOAuth(func(o *oauth2) { o.Assertion = signed }), "Credentials[0].OAuth2.Assertion"},
		"no algorithm": {withOAuth(func(o *oauth2) {
			o.Grant, o.Assertion = hostfuncs.GrantJWTBearer, &hostfuncs.Assertion{Algorithm: "none", Key: "k"}
		}),
			"Credentials[0].OAuth2.Assertion.Algorithm"},
		"assertion for too long": {withOAuth(func(o *oauth2) {
			o.Grant, o.Assertion = hostfuncs.GrantJWTBearer, &hostfuncs.Assertion{Algorithm: "RS256", Key: "k", Lifetime: hostfuncs.MaxAssertionLifetime + 1}
		}), "Credentials[0].OAuth2.Assertion.Lifetime"},
		"claim of its own": {withOAuth(func(o *oauth2) {
			o.Grant, o.Assertion = hostfuncs.GrantJWTBearer, &hostfuncs.Assertion{Algorithm: "RS256", Key: "k", Claims: []abi.Field{{Name: "exp", Value: "1"}}}
		}), "Credentials[0].OAuth2.Assertion.Claims[0]"},
		"parameter of its own": {withOAuth(func(o *oauth2) { o.Parameters = []abi.Field{{Name: "client_secret", Value: "x"}} }), "Credentials[0].OAuth2.Parameters[0]"},
		"two scopes in one":    {withOAuth(func(o *oauth2) { o.Scopes = []string{"a b"} }), "Credentials[0].OAuth2.Scopes[0]"},

		"token nowhere":       {withSession(func(c *hostfuncs.Credential, _ *session) { c.Header = "" }), "Credentials[0]"},
		"token in two places": {withSession(func(c *hostfuncs.Credential, _ *session) { c.Cookie = "c" }), "Credentials[0]"},
		"no pointer":          {withSession(func(c *hostfuncs.Credential, _ *session) { c.Header, c.Pointer = "", "auth" }), "Credentials[0].Pointer"},
		"token from nowhere":  {withSession(func(_ *hostfuncs.Credential, s *session) { s.Token = hostfuncs.TokenPlace{} }), "Credentials[0].Session.Token"},
		"token from two":      {withSession(func(_ *hostfuncs.Credential, s *session) { s.Token.Body = true }), "Credentials[0].Session.Token"},
		"session's password":  {withSession(func(_ *hostfuncs.Credential, s *session) { s.Password = "" }), "Credentials[0].Session.Password"},
		"lifetime":            {withSession(func(_ *hostfuncs.Credential, s *session) { s.Lifetime = -time.Second }), "Credentials[0].Session.Lifetime"},
		"sign without text":   {withSession(func(_ *hostfuncs.Credential, s *session) { s.Ended = &hostfuncs.SessionEnd{Pointer: "/e"} }), "Credentials[0].Session.Ended"},
		"operation not there": {withSession(func(_ *hostfuncs.Credential, s *session) { s.Operation = "/op" }), "Credentials[0].Session.Operation"},
		"logout with a password": {withSession(func(_ *hostfuncs.Credential, s *session) {
			s.Logout = &hostfuncs.SessionRequest{Path: "/x", Basic: true}
		}), "Credentials[0].Session.Logout.Basic"},
		"login without password": {login(func(r *hostfuncs.SessionRequest) { r.JSON = `{}` }), "Credentials[0].Session.Login"},
		"login without path":     {login(func(r *hostfuncs.SessionRequest) { r.Path = "" }), "Credentials[0].Session.Login.Path"},
		"login's JSON":           {login(func(r *hostfuncs.SessionRequest) { r.JSON = `{"p":"${password}"` }), "Credentials[0].Session.Login.JSON"},
		"among text":             {login(func(r *hostfuncs.SessionRequest) { r.JSON = `{"p":"\"${password}"}` }), "Credentials[0].Session.Login.JSON"},
		"unknown value":          {login(func(r *hostfuncs.SessionRequest) { r.Query = []abi.Field{{Name: "a", Value: "${pin}"}} }), "Credentials[0].Session.Login"},
		"login's header":         {login(func(r *hostfuncs.SessionRequest) { r.Headers = []abi.Field{{Name: "Host", Value: "x"}} }), "Credentials[0].Session.Login.Headers[0]"},
		"login's status":         {login(func(r *hostfuncs.SessionRequest) { r.Status = 404 }), "Credentials[0].Session.Login.Status"},
		"login with two bodies":  {login(func(r *hostfuncs.SessionRequest) { r.Form = []abi.Field{{Name: "a", Value: "b"}} }), "Credentials[0].Session.Login"},

		"aws region":           {withAWS(func(a *hostfuncs.AWS) { a.Region = "EU" }), "Credentials[0].AWS.Region"},
		"aws without a key":    {withAWS(func(a *hostfuncs.AWS) { a.AccessKey = "" }), "Credentials[0].AWS"},
		"aws without a secret": {withAWS(func(a *hostfuncs.AWS) { a.SecretKey = "" }), "Credentials[0].AWS.SecretKey"},

		"certificate without key": {func(t *target) { t.TLS.Certificate = "s" }, "TLS"},
		"csrf header granted":     {csrf(func(t *target, _ *hostfuncs.CSRF) { t.RequestHeaders = []string{"X-Csrf"} }), "CSRF.Header"},
		"csrf without a source":   {csrf(func(_ *target, c *hostfuncs.CSRF) { c.AnswerHeader = "" }), "CSRF"},
		"csrf without cookies":    {csrf(func(_ *target, c *hostfuncs.CSRF) { c.AnswerHeader, c.Cookie = "", "x" }), "CSRF.Cookie"},
		"csrf fetched nowhere":    {csrf(func(_ *target, c *hostfuncs.CSRF) { c.FetchPath, c.FetchValue = "", "Fetch" }), "CSRF.FetchValue"},
		"encoding of a header":    {slot(func(s *hostfuncs.Slot) { s.Pointer, s.Header, s.Encoding = "", "X-P", hostfuncs.EncodingBase64 }), "Slots[0]"},
		"no encoding":             {slot(func(s *hostfuncs.Slot) { s.Encoding = 99 }), "Slots[0].Encoding"},
		"generated too short":     {slot(func(s *hostfuncs.Slot) { s.Generate = &hostfuncs.Generate{Length: hostfuncs.MinGeneratedLength - 1} }), "Slots[0].Generate.Length"},
		"generated too long":      {slot(func(s *hostfuncs.Slot) { s.Generate = &hostfuncs.Generate{Length: hostfuncs.MaxGeneratedLength + 1} }), "Slots[0].Generate.Length"},
	} {
		changed := base
		c.change(&changed)
		have := fields(t, hostfuncs.Policy{Targets: []target{changed}})
		if c.field == "" && have != nil || c.field != "" && (len(have) != 1 || have[0] != "Targets[0]."+c.field) {
			t.Errorf("%s: have %v, want Targets[0].%s", name, have, c.field)
		}
	}
}
