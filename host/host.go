// Package host runs connectors as an identity system would: it reads a
// configuration, loads the module it names, and checks, imports and exports.
//
//	c, err := config.Load("rabbitmq.yaml")
//	connector, err := host.Open(ctx, c, host.Options{LookupEnv: os.LookupEnv})
//	defer connector.Close(ctx)
//	summary, err := connector.Import(ctx, host.ImportRequest{}, show)
//
// What a connector may do is settled in three places: the configuration grants
// targets, package hostfuncs holds it to them, and package runtime/contract holds
// it to the rules of ECMA.
package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// Options are what a configuration file does not say.
type Options struct {
	// Catalog is where configurations that name a catalog's connector find it;
	// nil refuses them.
	Catalog *catalog.Catalog
	// RecipeModule returns the module that follows recipes, for configurations that
	// name a recipe and no module; nil refuses them.
	RecipeModule func(context.Context) ([]byte, error)
	// LookupEnv looks up the environment variables that hold secrets, such as
	// os.LookupEnv; nil: there are none.
	LookupEnv func(string) (string, bool)
	// CacheDir keeps compiled modules, up to runtime.DefaultCacheBytes; see
	// runtime.Config. Empty: nowhere.
	CacheDir string
	// MemoryBudget bounds the memory of all connectors that are opened with the same
	// one, together; nil is that of the process. See runtime.Config.
	MemoryBudget *runtime.MemoryBudget
	// Progress, if not nil, hears how far a run is, from goroutines of the leases'; see
	// hostfuncs.Policy.
	Progress func(abi.Lane, abi.Progress)
	// DryRun, if not nil, gets the requests that would be sent; nothing is. With
	// DryRunReads those that only read are sent all the same. See
	// hostfuncs.Policy. The connector's state is read and not changed.
	DryRun      func(hostfuncs.DryRunRequest)
	DryRunReads bool
	// Record, if not nil, gets what the connector would ask and returns what it asks
	// instead, which writes everything down.
	Record func(hosts abi.HostProvider, m Module) (abi.HostProvider, error)
	// Replay, if not nil, is what the connector asks, whatever the configuration
	// grants: no target is reached, no secret read and no state kept.
	Replay abi.HostProvider
	// OnRelease, if not nil, gets what each instance of the connector used of its
	// limits; see runtime.Config.
	OnRelease func(runtime.Usage)
	// Logger gets the logs of the runtime and the connector. Its zero value is
	// silent.
	Logger zerolog.Logger
}

// Connector is a configured connector. It serves one run at a time, and must be
// closed.
type Connector struct {
	config  *config.Config
	options Options
	// given are the parameters as the configuration has them.
	given     abi.ConfigParameters
	secrets   hostfuncs.SecretMap
	connector *contract.Connector
	module    Module
	close     func(context.Context) error
	settled   *settled
}

// Open loads what a configuration names. Errors of the configuration are
// *config.Error; those of the module have the code abi.InvalidModule.
func Open(ctx context.Context, c *config.Config, o Options) (*Connector, error) {
	secrets, err := o.secrets(c)
	if err != nil {
		return nil, err
	}
	module, binary, err := o.read(ctx, c)
	if err != nil {
		return nil, err
	}
	given, err := module.parameters(c, secrets)
	if err != nil {
		return nil, err
	}
	hosts, closeHosts, err := o.hosts(c, secrets, module)
	if err != nil {
		return nil, err
	}
	rt, err := runtime.New(ctx, runtime.Config{
		MemoryLimitBytes: c.Limits.MemoryBytes, MemoryBudget: o.MemoryBudget,
		CallTimeout: c.Limits.CallTimeout, CloseTimeout: c.Limits.CloseTimeout,
		FuelPerRun: c.Limits.FuelPerRun, SleepPerRun: c.Limits.SleepPerRun,
		HostCallsPerRun: c.Limits.HostCallsPerRun, HostBytesPerRun: c.Limits.HostBytesPerRun,
		ReplyBytesPerRun: c.Limits.ReplyBytesPerRun, MaxImportObjects: c.Limits.ImportObjects,
		CacheDir: o.CacheDir, OnRelease: o.OnRelease, Logger: o.Logger,
	})
	if err != nil {
		return nil, errors.Join(err, closeHosts())
	}
	loaded, err := rt.Load(ctx, binary, hosts, c.Promise)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", module.name(), err), rt.Close(ctx), closeHosts())
	}
	module.Report = loaded.Report()
	return &Connector{
		config: c, options: o, given: given, secrets: secrets, connector: loaded.Connector, module: module,
		close: func(ctx context.Context) error { return errors.Join(loaded.Close(ctx), rt.Close(ctx), closeHosts()) },
	}, nil
}

// policy is what the connector may reach.
func (o Options) policy(c *config.Config) hostfuncs.Policy {
	p := hostfuncs.Policy{
		Targets: c.Targets, Reveal: c.Reveal, Logger: o.Logger, Progress: o.Progress, DryRun: o.DryRun, DryRunReads: o.DryRunReads,
	}
	if c.Tokens != "" {
		// Also in a dry run: the endpoint takes the one before no longer.
		p.Tokens = NewFileTokens(c.Tokens, c.Connector)
	}
	switch {
	case c.State == "":
	case o.DryRun != nil:
		p.State = &dryState{kept: NewFileState(c.State)}
	default:
		p.State = NewFileState(c.State)
	}
	return p
}

// Close ends the connector. Sessions that are open are stopped when ctx ends.
func (c *Connector) Close(ctx context.Context) error {
	if c.close == nil {
		return nil
	}
	return c.close(ctx)
}

// Module returns the module that runs.
func (c *Connector) Module() Module { return c.module }
