package host

import (
	"errors"
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// secrets are those that a configuration names. A replay gets stand-ins: nothing
// of it depends on a secret, and it runs where none is to be had.
func (o Options) secrets(c *config.Config) (hostfuncs.SecretMap, error) {
	if o.Replay != nil {
		standIns := make(hostfuncs.SecretMap, len(c.Secrets))
		for name := range c.Secrets {
			standIns[name] = "stand-in for " + name
		}
		return standIns, nil
	}
	lookup := o.LookupEnv
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	return c.ReadSecrets(lookup)
}

// hosts are what the connector asks, and what closes it.
func (o Options) hosts(c *config.Config, secrets hostfuncs.SecretMap, m Module) (abi.HostProvider, func() error, error) {
	if o.Replay != nil {
		return o.Replay, func() error { return nil }, nil
	}
	granted, err := hostfuncs.New(o.policy(c), secrets)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.At("targets"), err)
	}
	for _, target := range forgetsTokens(c) {
		o.Logger.Warn().Str(logfield.Target, target).
			Msg("no tokens: DIR in the configuration: a refresh token that takes the place of the configured one is lost when this run ends, and the next is locked out")
	}
	if o.Record == nil {
		return granted, granted.Close, nil
	}
	recorded, err := o.Record(granted, m)
	if err != nil {
		return nil, nil, errors.Join(err, granted.Close())
	}
	return recorded, granted.Close, nil
}
