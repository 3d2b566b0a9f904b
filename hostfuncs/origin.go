package hostfuncs

import (
	"net/url"

	"github.com/ecmabox/ecmabox/abi"
)

// checkOrigin denies a request that a connector made of a URL of the target's, where
// that URL leads elsewhere. Connectors do not know where a target is.
func (l *lease) checkOrigin(p *plan) *abi.Error {
	if p.request.Origin == "" {
		return nil
	}
	base := p.target.base
	to, err := url.Parse(p.request.Origin)
	if err != nil || *to != (url.URL{Scheme: to.Scheme, Host: to.Host}) {
		return denied(RuleOrigin, "an origin is a scheme and a host, with the port if need be, and nothing else, such as https://hr.example.com")
	}
	if to.Scheme == "" {
		to.Scheme = base.Scheme
	}
	if to.Scheme != base.Scheme || withoutDefaultPort(to) != base.Host {
		return denied(RuleOrigin, "the URL leads to %s, and target %s is at %s: correct its base URL, or grant that host as a target", quoteCut(to.Scheme+"://"+to.Host), p.target.name, base.Scheme+"://"+base.Host)
	}
	return nil
}
