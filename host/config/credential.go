package config

import (
	"go.yaml.in/yaml/v3"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// readCredential reads {basic: …}, {bearer: …}, {apiKey: …}, {oauth2: …},
// {session: …} or {awsSigV4: …}.
func (c *Config) readCredential(v value) hostfuncs.Credential {
	var cred hostfuncs.Credential
	ok := v.object(true,
		field{"basic", false, func(v value) {
			cred.Kind = hostfuncs.Basic
			v.object(true,
				field{"username", true, func(v value) { cred.Username, cred.UsernameFrom = c.readName(v) }},
				field{"password", true, func(v value) { cred.Secret = c.readSource(v) }},
			)
		}},
		field{"bearer", false, func(v value) {
			cred.Kind = hostfuncs.Bearer
			cred.Secret = c.readSource(v)
		}},
		field{"apiKey", false, func(v value) {
			cred.Kind = hostfuncs.APIKey
			v.object(true,
				field{"header", false, func(v value) { cred.Header, _ = v.name(maxText) }},
				field{"query", false, func(v value) { cred.Query, _ = v.name(maxText) }},
				field{"prefix", false, func(v value) { cred.Prefix, _ = v.text(maxText) }},
				field{"value", true, func(v value) { cred.Secret = c.readSource(v) }},
			)
		}},
		field{"oauth2", false, func(v value) { c.readOAuth2(v, &cred) }},
		field{"session", false, func(v value) { c.readSession(v, &cred) }},
		field{"awsSigV4", false, func(v value) { c.readAWS(v, &cred) }},
	)
	if ok && len(v.node.Content) != 2 {
		v.wrong("must have exactly one of basic, bearer, apiKey, oauth2, session and awsSigV4", "")
	}
	return cred
}

// readName reads the name of a user, a client or a key: text, or its source.
func (c *Config) readName(v value) (name, source string) {
	if v.node.Kind == yaml.MappingNode {
		return "", c.readSource(v)
	}
	for _, key := range []string{"secret", "parameter"} {
		v.r.keys[join(v.pattern, key)] = true
	}
	name, _ = v.name(maxText)
	return name, ""
}

// readSource reads {secret: NAME} or {parameter: NAME}.
func (c *Config) readSource(v value) string {
	const cure = "write {secret: NAME} or {parameter: NAME}; a secret never stands in this file"
	for _, key := range []string{"secret", "parameter"} {
		v.r.keys[join(v.pattern, key)] = true
	}
	if v.node.Kind != yaml.MappingNode {
		v.wrong("must say where the secret is", cure)
		return ""
	}
	source := ""
	v.object(true,
		field{"secret", false, func(v value) { source = c.secretName(v) }},
		field{"parameter", false, func(v value) {
			name, ok := v.name(abi.MaxNameBytes)
			if !ok {
				return
			}
			source = "parameter:" + name
			v.r.last = append(v.r.last, func() { c.checkSecretParameter(v, name) })
		}},
	)
	if len(v.node.Content) != 2 {
		v.wrong("must have exactly one of secret and parameter", cure)
	}
	return source
}
