package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// rawConnector is a connector without its contract; it never leaves this package.
type rawConnector struct {
	runtime  *Runtime
	report   Report
	hosts    abi.HostProvider
	compiled engineModule
	// plan is how an instance is started; nil once there is an image, in which one
	// is that has been started. Both are set while the module is loaded, and not
	// changed later.
	plan  *snapshot.Plan
	image *snapshot.Image
	// besideBytes is what the engine takes at the most for an instance beside its memory
	// and its stack.
	besideBytes int64
	// frames is what the largest function takes; 0 if the module is not metered.
	frames int
	// mostObjects is how many objects an import may name: Config's limit, or the promise's.
	mostObjects int
	// clock is the guest's monotonic clock in the image.
	clock int64
	log   zerolog.Logger
	// lanes hold a token each while an instance of the lane lives.
	lanes   [abi.LanePassword + 1]chan struct{}
	started atomic.Int64

	freeing sync.Once

	mu      sync.Mutex
	leases  map[*lease]struct{}
	closed  bool
	closing chan struct{} // closed with closed
	idle    chan struct{} // closed when closed and without leases
}

var _ abi.Connector = (*rawConnector)(nil)

func newRawConnector(rt *Runtime, report Report, hosts abi.HostProvider) *rawConnector {
	context := rt.config.Logger.With().Str(logfield.Digest, report.SHA256[:12])
	if report.Manifest != nil {
		context = context.Str(logfield.Connector, report.Manifest.Name)
	}
	c := &rawConnector{runtime: rt, report: report, hosts: hosts, log: context.Logger(),
		leases: make(map[*lease]struct{}), closing: make(chan struct{}), idle: make(chan struct{})}
	for i := range c.lanes {
		c.lanes[i] = make(chan struct{}, 1)
	}
	return c
}

func (c *rawConnector) instanceName(lane abi.Lane) string {
	return fmt.Sprintf("%s-%s-%d", c.report.SHA256[:8], lane, c.started.Add(1))
}

func (c *rawConnector) absentRoles() []abi.Role {
	var absent []abi.Role
	for role := abi.RolePartitions; role <= abi.RolePassword; role++ {
		if !c.report.HasRole(role) {
			absent = append(absent, role)
		}
	}
	return absent
}

// enter counts a lease in, unless the connector is closed.
func (c *rawConnector) enter(l *lease) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return closedError("")
	}
	c.leases[l] = struct{}{}
	return nil
}

func (c *rawConnector) leave(l *lease) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.leases, l)
	if c.closed && len(c.leases) == 0 {
		close(c.idle)
	}
}

// refuse has the connector take no more leases.
func (c *rawConnector) refuse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	close(c.closing)
	if len(c.leases) == 0 {
		close(c.idle)
	}
}

// close implements Connector.Close.
func (c *rawConnector) close(ctx context.Context) error {
	c.refuse()
	var err error
	select {
	case <-c.idle:
	case <-ctx.Done():
		err = c.stopAll()
	}
	c.freeing.Do(func() { err = errors.Join(err, c.free(context.WithoutCancel(ctx))) })
	return err
}

// adopt makes a compiled module the connector's, to be freed with it. It is refused
// when the connector has been closed meanwhile: it stays the caller's then.
func (c *rawConnector) adopt(compiled engineModule) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return closedError(opLoad)
	}
	c.compiled = compiled
	return nil
}

// free gives back what the connector has, once: another connector may have the same
// compiled module. Nothing runs any more, and nothing is adopted.
func (c *rawConnector) free(ctx context.Context) error {
	var err error
	if c.compiled != nil {
		err = c.runtime.engine.release(ctx, c.compiled)
	}
	if c.image != nil {
		err = errors.Join(err, c.image.Close())
	}
	c.runtime.forget(c)
	return err
}

// stopAll ends the leases that are left, side by side, and waits for them. What went
// wrong with that is the cause in its error, in the order of the lanes.
func (c *rawConnector) stopAll() error {
	c.mu.Lock()
	left := slices.SortedFunc(maps.Keys(c.leases), func(a, b *lease) int { return cmp.Compare(a.lane, b.lane) })
	c.mu.Unlock()
	errs := sideBySide(left, (*lease).shutDown)
	<-c.idle
	if len(left) == 0 {
		return nil
	}
	return &abi.Error{Code: abi.Cancelled, Op: "runtime: close", Side: abi.SideCaller, Err: errors.Join(errs...),
		Message: fmt.Sprintf("%d sessions were still open and were stopped", len(left))}
}

// ask carries out a configuration call on an instance of its own. What the guest
// put into its state is kept if the call succeeds.
func (c *rawConnector) ask(ctx context.Context, op string, parameters abi.ConfigParameters, request func(abi.ConfigParameters) abi.Message, reply abi.Message) error {
	l, err := c.acquire(ctx, abi.LaneConfiguration, op)
	if err != nil {
		return err
	}
	sealed, err := l.sealParameters(op, parameters)
	if err == nil {
		err = l.call(ctx, op, request(sealed), reply)
	}
	return errors.Join(err, withOp(l.release(ctx, err == nil), op))
}

func parametersMessage(p abi.ConfigParameters) abi.Message {
	return &abi.ParametersMessage{Parameters: p}
}

// GetCapabilities implements abi.Connector. A role is offered when its exports
// are there and the capabilities say so.
func (c *rawConnector) GetCapabilities(ctx context.Context, parameters abi.ConfigParameters) (abi.Capabilities, error) {
	var have abi.Capabilities
	if err := c.ask(ctx, "GetCapabilities", parameters, parametersMessage, &have); err != nil {
		return abi.Capabilities{}, err
	}
	have.SupportImport = have.SupportImport && c.report.HasRole(abi.RoleImport)
	have.SupportFullObject = have.SupportFullObject && have.SupportImport
	have.SupportExport = have.SupportExport && c.report.HasRole(abi.RoleExport)
	have.SupportPassword = have.SupportPassword && c.report.HasRole(abi.RolePassword)
	have.SupportPartitions = have.SupportPartitions && c.report.HasRole(abi.RolePartitions)
	return have, nil
}

// GetConfigParameters implements abi.Connector.
func (c *rawConnector) GetConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	var reply abi.DefinitionsMessage
	err := c.ask(ctx, "GetConfigParameters", step.Parameters, stepMessage(step), &reply)
	if err != nil {
		return nil, err
	}
	return reply.Definitions, nil
}

// ValidateConfigParameters implements abi.Connector.
func (c *rawConnector) ValidateConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
	var reply abi.ParameterValidationResult
	err := c.ask(ctx, "ValidateConfigParameters", step.Parameters, stepMessage(step), &reply)
	if err != nil {
		return abi.ParameterValidationResult{}, err
	}
	return reply, nil
}

func stepMessage(step abi.ConfigParametersRunStep) func(abi.ConfigParameters) abi.Message {
	return func(sealed abi.ConfigParameters) abi.Message {
		step.Parameters = sealed
		return &step
	}
}

// GetSchema implements abi.Connector.
func (c *rawConnector) GetSchema(ctx context.Context, parameters abi.ConfigParameters) (abi.Schema, error) {
	var schema abi.Schema
	if err := c.ask(ctx, "GetSchema", parameters, parametersMessage, &schema); err != nil {
		return abi.Schema{}, err
	}
	return schema, nil
}

// GetPartitions implements abi.Connector.
func (c *rawConnector) GetPartitions(ctx context.Context, parameters abi.ConfigParameters) ([]abi.Partition, error) {
	const op = "GetPartitions"
	if !c.report.HasRole(abi.RolePartitions) {
		return nil, absentRole(op, abi.RolePartitions)
	}
	var reply abi.PartitionsMessage
	if err := c.ask(ctx, op, parameters, parametersMessage, &reply); err != nil {
		return nil, err
	}
	return reply.Partitions, nil
}
