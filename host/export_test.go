package host

import (
	"context"
	"io"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// Policy is policy.
func (o Options) Policy(c *config.Config) hostfuncs.Policy { return o.policy(c) }

// ReadChangesUpTo is ReadChanges with another limit in bytes.
func (c *Connector) ReadChangesUpTo(ctx context.Context, r io.Reader, most int) ([]Change, error) {
	return c.readChanges(ctx, r, most)
}

// OpenNative is Open for a connector in plain Go.
func OpenNative(c *config.Config, o Options, secrets hostfuncs.SecretMap, connector abi.Connector) (*Connector, error) {
	enforced, err := contract.Enforce(connector, c.Promise)
	if err != nil {
		return nil, err
	}
	return &Connector{config: c, options: o, given: c.ConfigParameters(secrets), connector: enforced}, nil
}
