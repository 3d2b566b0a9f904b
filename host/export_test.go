package host

import (
	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// OpenNative is Open for a connector in plain Go.
func OpenNative(c *config.Config, o Options, secrets hostfuncs.SecretMap, connector abi.Connector) (*Connector, error) {
	enforced, err := contract.Enforce(connector, c.Promise)
	if err != nil {
		return nil, err
	}
	return &Connector{config: c, options: o, given: c.ConfigParameters(secrets), connector: enforced}, nil
}
