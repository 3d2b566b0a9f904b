package hostfuncs

import (
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/sigv4"
)

// AWS says how requests are signed by AWS Signature Version 4. Signed are method,
// path, query, body, and the headers Host, Content-Type and all that begin with
// X-Amz-. A connector cannot set the headers that the signature makes.
type AWS struct {
	// Region and Service are what the key is good for, such as eu-central-1 and
	// execute-api.
	Region, Service string
	// AccessKey is the key's name in the clear, AccessKeyFrom its source instead.
	AccessKey, AccessKeyFrom string
	// SecretKey is the source of the key, SessionToken that of the token that
	// belongs to a temporary one; empty: none.
	SecretKey, SessionToken string
}

// awsHeaders are the headers that the signature makes.
var awsHeaders = []string{"Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token"}

func checkAWS(c checker, a *AWS) {
	for _, part := range []struct{ field, text string }{{"Region", a.Region}, {"Service", a.Service}} {
		if part.text == "" || strings.Trim(part.text, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			c.at("%s", part.field).wrong("it is needed, in lower-case letters, digits and hyphens")
		}
	}
	if (a.AccessKey == "") == (a.AccessKeyFrom == "") {
		c.wrong("it needs either AccessKey or AccessKeyFrom")
	}
	if !isAccessKey(a.AccessKey) && a.AccessKey != "" {
		c.at("AccessKey").wrong("it is letters and digits")
	}
	checkSource(c.at("AccessKeyFrom"), a.AccessKeyFrom, false)
	checkSource(c.at("SecretKey"), a.SecretKey, true)
	checkSource(c.at("SessionToken"), a.SessionToken, false)
}

func isAccessKey(key string) bool {
	return key != "" && strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// sign signs a request that has everything else in it.
func (l *lease) sign(p *plan) *abi.Error {
	a := p.target.aws
	if a == nil {
		return nil
	}
	secret, err := l.source(a.SecretKey)
	if err != nil {
		return err
	}
	access := a.AccessKey
	if a.AccessKeyFrom != "" {
		if access, err = l.source(a.AccessKeyFrom); err != nil {
			return err
		}
	}
	if !isAccessKey(access) {
		return denied(RuleCredential, "the access key for target %s is not made of letters and digits", p.target.name)
	}
	p.credentials = append(p.credentials, access, secret)
	now := l.host.world.now()
	p.headers = append(p.headers, plain("X-Amz-Date", now.UTC().Format(sigv4.TimeFormat)), plain("X-Amz-Content-Sha256", sigv4.Hash(p.body)))
	if a.SessionToken != "" {
		token, err := l.source(a.SessionToken)
		if err != nil {
			return err
		}
		if err := addCredentialHeader(p, "X-Amz-Security-Token", "", token, shownSecret(a.SessionToken)); err != nil {
			return err
		}
	}
	authorization, signature := sigv4.Sign(sigv4.Key{AccessKey: access, SecretKey: secret, Region: a.Region, Service: a.Service}, signable(p, now))
	p.carrier.add(signature)
	p.headers = append(p.headers, part{"Authorization", authorization, strings.Replace(authorization, signature, shownSecret("signature"), 1)})
	return nil
}

// signable is what a signature covers.
func signable(p *plan, now time.Time) sigv4.Request {
	u := p.url()
	r := sigv4.Request{Method: p.request.Method, Path: u.EscapedPath(), BodyHash: sigv4.Hash(p.body), Time: now, Headers: [][2]string{{"Host", u.Host}}}
	for _, q := range p.query {
		r.Query = append(r.Query, [2]string{q.name, q.value})
	}
	for _, h := range p.headers {
		if h.name == "Content-Type" || strings.HasPrefix(h.name, "X-Amz-") {
			r.Headers = append(r.Headers, [2]string{h.name, h.value})
		}
	}
	return r
}

// keepsFreeAWS denies a request that sets a header of the signature.
func keepsFreeAWS(p *plan) *abi.Error {
	if p.target.aws == nil {
		return nil
	}
	for _, name := range awsHeaders {
		if hasPart(p.headers, name) {
			return denied(RuleHeader, "header %s belongs to the signature and cannot be set", quoteCut(name))
		}
	}
	return nil
}
