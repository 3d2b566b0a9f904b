package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// readTarget reads one target; what the rules of package hostfuncs find wrong
// with it is told at its line.
func (c *Config) readTarget(name string, v value) {
	t := hostfuncs.Target{Name: name}
	before := len(v.r.mistakes)
	ok := v.object(false,
		field{"baseURL", true, func(v value) { t.BaseURL = readURL(v) }},
		field{"allowHTTP", false, func(v value) { t.AllowHTTP = v.boolean() }},
		field{"networks", false, func(v value) { t.Networks = readNetworks(v) }},
		field{"tls", false, func(v value) { c.readTLS(v, &t.TLS) }},
		field{"methods", true, func(v value) { t.Methods = readMethods(v) }},
		field{"paths", true, func(v value) { t.Paths = v.texts(maxItems) }},
		field{"encodedSlashes", false, func(v value) { t.EncodedSlashes = v.boolean() }},
		field{"headers", false, func(v value) { readHeaders(v, &t) }},
		field{"credentials", false, func(v value) {
			v.items(maxItems, func(item value) { t.Credentials = append(t.Credentials, c.readCredential(item)) })
		}},
		field{"cookies", false, func(v value) { t.Cookies = v.boolean() }},
		field{"csrf", false, func(v value) { t.CSRF = readCSRF(v) }},
		field{"slots", false, func(v value) {
			v.items(maxItems, func(item value) { t.Slots = append(t.Slots, c.readSlot(item)) })
		}},
		field{"drop", false, func(v value) { t.Drop = v.texts(maxItems) }},
		field{"seal", false, func(v value) {
			v.items(maxItems, func(item value) { t.Seal = append(t.Seal, readSealed(item)) })
		}},
		field{"redirects", false, func(v value) { t.Redirects = readRedirects(v) }},
		field{"rate", false, func(v value) { readRate(v, &t) }},
		field{"retries", false, func(v value) { readRetries(v, &t) }},
		field{"concurrency", false, func(v value) { t.Concurrency = v.integer(1, hostfuncs.MaxConcurrency) }},
		field{"timeout", false, func(v value) { t.Timeout = v.duration(hostfuncs.MaxTimeout) }},
		field{"limits", false, func(v value) { readTargetLimits(v, &t) }},
	)
	c.Targets = append(c.Targets, t)
	if ok && len(v.r.mistakes) == before {
		v.r.last = append(v.r.last, func() { c.checkTarget(v, t) })
	}
}

// checkTarget asks package hostfuncs, which has the last word on a target.
func (c *Config) checkTarget(v value, t hostfuncs.Target) {
	secrets := make(hostfuncs.SecretMap)
	for name := range c.Secrets {
		secrets[name] = "-"
	}
	_, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{t}}, secrets)
	for _, e := range flatten(err) {
		path, what := v.path, e.Error()
		var m *hostfuncs.Mistake
		if errors.As(e, &m) {
			path, what = join(v.path, keyOf(m.Field)), inYAML.Replace(m.Message)
		}
		v.r.mistakes = append(v.r.mistakes, Mistake{Place: placeOf(v.r.places, path), Path: path, What: what, Cure: ""})
	}
}

// targetKeys are the keys of the fields of hostfuncs.Target that are not simply
// the field in lower case.
var targetKeys = map[string]string{
	"BaseURL": "baseURL", "AllowHTTP": "allowHTTP", "TLS": "tls", "CA": "ca", "RequestHeaders": "headers.request",
	"OAuth2": "oauth2", "AWS": "awsSigV4", "JSON": "json", "CSRF": "csrf", "ClientIDFrom": "clientID", "UsernameFrom": "username",
	"AccessKeyFrom": "accessKey", "ResponseHeaders": "headers.response", "IdempotencyHeader": "headers.idempotency", "RatePerSecond": "rate.perSecond",
	"Burst": "rate.burst", "MaxTries": "retries.tries", "MaxRetryWait": "retries.maxWait", "MaxRequestBytes": "limits.requestBytes",
	"MaxResponseBytes": "limits.responseBytes", "MaxWantedBytes": "limits.wantedBytes", "MaxResponseHeaderBytes": "limits.responseHeaderBytes", "MaxRatio": "limits.ratio",
}

// inYAML names the fields that messages speak of as the file does.
var inYAML = strings.NewReplacer("AllowHTTP", "allowHTTP", "Networks", "networks", "TokenURL", "tokenURL", "TokenPath", "tokenPath",
	"ClientIDFrom", "its source", "UsernameFrom", "its source", "AccessKeyFrom", "its source", "ClientID", "clientID", "ClientSecret", "clientSecret",
	"AccessKey", "accessKey", "FetchPath", "fetchPath", "AnswerHeader", "answerHeader", "client_credentials", "clientCredentials",
	"refresh_token", "refreshToken", "jwt_bearer", "jwtBearer", "api_key", "apiKey", "aws_sigv4", "awsSigV4",
	"RequestHeaders", "headers.request", "IdempotencyHeader", "headers.idempotency", "Username", "username", "Password", "password",
	"Header", "header", "Query", "query", "Cookie", "cookie", "Pointer", "pointer", "Prefix", "prefix", "Form", "form", "Equals", "equals",
	"Contains", "contains", "Location", "location", "Encoding", "encoding", "Generate", "generate", "Assertion", "assertion", "Basic", "basic")

// keyOf turns Targets[0].TLS.CA into tls.ca.
func keyOf(field string) string {
	_, field, _ = strings.Cut(field, ".")
	names := strings.Split(field, ".")
	for i, name := range names {
		name, index, indexed := strings.Cut(name, "[")
		key, ok := targetKeys[name]
		if !ok && name != "" {
			key = strings.ToLower(name[:1]) + name[1:]
		}
		if indexed {
			key += "[" + index
		}
		names[i] = key
	}
	return strings.Join(names, ".")
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) == 0 {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

func readURL(v value) string {
	const cure = "write https://HOST or https://HOST:PORT/PATH"
	s, ok := v.name(maxText)
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		// The error would show the URL, and with it a password in it.
		v.wrong("is no URL", cure)
	case u.User != nil:
		v.wrong("holds a user or password", "remove them and use credentials")
	case u.Scheme != "https" && u.Scheme != "http":
		v.wrong("has neither https nor http as its scheme", cure)
	case u.Host == "":
		v.wrong("names no host", cure)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		v.wrong("has a query or a fragment", "remove it")
	default:
		return s
	}
	return ""
}

func readMethods(v value) []string {
	methods := v.texts(maxItems)
	for _, m := range methods {
		if strings.Trim(m, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			v.wrong("holds "+shown(m), "write methods in capitals, such as GET")
		}
	}
	return methods
}

func readNetworks(v value) []netip.Prefix {
	var networks []netip.Prefix
	v.items(maxItems, func(item value) {
		const cure = "write a network such as 10.1.0.0/16, or an address"
		s, ok := item.name(maxText)
		if !ok {
			return
		}
		if address, err := netip.ParseAddr(s); err == nil {
			networks = append(networks, netip.PrefixFrom(address, address.BitLen()))
			return
		}
		p, err := netip.ParsePrefix(s)
		switch {
		case err != nil:
			item.wrong("is "+shown(s), cure)
		case p != p.Masked():
			item.wrong("is "+s+", an address within a network", "write "+p.Masked().String())
		default:
			networks = append(networks, p)
		}
	})
	return networks
}

func (c *Config) readTLS(v value, t *hostfuncs.TLS) {
	v.object(false,
		field{"ca", false, func(v value) {
			if path := c.readPath(v); path != "" {
				t.CA = v.contents(path)
			}
		}},
		field{"serverName", false, func(v value) { t.ServerName, _ = v.name(maxText) }},
		field{"minVersion", false, func(v value) {
			switch word, _ := v.word("1.2", "1.3"); word {
			case "1.2":
				t.MinVersion = tls.VersionTLS12
			case "1.3":
				t.MinVersion = tls.VersionTLS13
			}
		}},
		field{"certificate", false, func(v value) { t.Certificate = c.readSource(v) }},
		field{"key", false, func(v value) { t.Key = c.readSource(v) }},
	)
}

func readHeaders(v value, t *hostfuncs.Target) {
	v.object(false,
		field{"request", false, func(v value) { t.RequestHeaders = v.texts(maxItems) }},
		field{"response", false, func(v value) { t.ResponseHeaders = v.texts(maxItems) }},
		field{"idempotency", false, func(v value) { t.IdempotencyHeader, _ = v.name(maxText) }},
	)
}

func readRedirects(v value) hostfuncs.Redirects {
	if word, _ := v.word("answer", "sameTarget"); word == "sameTarget" {
		return hostfuncs.RedirectsSameTarget
	}
	return hostfuncs.RedirectsAnswer
}

func readRate(v value, t *hostfuncs.Target) {
	v.object(false,
		field{"perSecond", true, func(v value) { t.RatePerSecond = v.decimal(1e6) }},
		field{"burst", false, func(v value) { t.Burst = v.integer(1, 1_000_000) }},
	)
}

func readRetries(v value, t *hostfuncs.Target) {
	v.object(false,
		field{"tries", false, func(v value) { t.MaxTries = v.integer(1, hostfuncs.MaxMaxTries) }},
		field{"maxWait", false, func(v value) { t.MaxRetryWait = v.duration(hostfuncs.MaxTimeout) }},
	)
}

func readTargetLimits(v value, t *hostfuncs.Target) {
	v.object(false,
		field{"requestBytes", false, func(v value) { t.MaxRequestBytes = int(v.size(abi.MaxHTTPBody)) }},
		field{"responseBytes", false, func(v value) { t.MaxResponseBytes = int(v.size(abi.MaxHTTPBody)) }},
		field{"wantedBytes", false, func(v value) { t.MaxWantedBytes = int(v.size(hostfuncs.MaxMaxWantedBytes)) }},
		field{"responseHeaderBytes", false, func(v value) {
			t.MaxResponseHeaderBytes = int(v.size(hostfuncs.MaxMaxResponseHeaderBytes))
		}},
		field{"ratio", false, func(v value) { t.MaxRatio = v.integer(1, hostfuncs.MaxMaxRatio) }},
	)
}

func (c *Config) readSlot(v value) hostfuncs.Slot {
	var s hostfuncs.Slot
	places := 0
	place := func(to *string) func(value) {
		return func(v value) {
			*to, _ = v.name(maxText)
			places++
		}
	}
	ok := v.object(false,
		field{"header", false, place(&s.Header)},
		field{"query", false, place(&s.Query)},
		field{"pointer", false, place(&s.Pointer)},
		field{"form", false, place(&s.Form)},
		field{"prefix", false, func(v value) { s.Prefix, _ = v.text(maxText) }},
		field{"encoding", false, func(v value) {
			word, _ := v.word("base64", "utf16leQuoted", "ssha", "ssha256", "ssha512")
			s.Encoding = encodings[word]
		}},
		field{"generate", false, func(v value) { s.Generate = readGenerate(v) }},
		field{"paths", true, func(v value) { s.Paths = v.texts(maxItems) }},
		field{"accepts", false, func(v value) {
			s.Accepts = v.texts(maxItems)
			v.r.last = append(v.r.last, func() { c.checkSealed(v, s.Accepts) })
		}},
	)
	if _, there := v.r.places[join(v.path, "accepts")]; ok && !there && s.Generate == nil {
		v.wrong("accepts is missing", "add it, or generate")
	}
	if ok && places != 1 {
		v.wrong(fmt.Sprintf("names %d places", places), "write exactly one of header, query, pointer and form")
	}
	return s
}

func readSealed(v value) hostfuncs.SealedField {
	var s hostfuncs.SealedField
	v.object(false,
		field{"pointer", true, func(v value) { s.Pointer, _ = v.name(maxText) }},
		field{"name", true, func(v value) { s.Name, _ = v.name(abi.MaxNameBytes) }},
	)
	return s
}
