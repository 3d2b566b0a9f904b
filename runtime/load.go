package runtime

import (
	"context"
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
	"github.com/ecmabox/ecmabox/runtime/internal/prepared"
)

// load makes a raw connector: check, compile, start once.
func (rt *Runtime) load(ctx context.Context, module []byte, hosts abi.HostProvider, mostObjects int) (*rawConnector, error) {
	report, p, err := rt.admit(module)
	if err != nil {
		return nil, err
	}
	c := newRawConnector(rt, report, hosts)
	c.mostObjects = mostObjects
	if err := rt.register(c); err != nil {
		return nil, err
	}
	var loaded bool
	defer func() {
		if !loaded { // by an error or a panic
			c.close(ctx)
		}
	}()
	c.plan, c.frames, c.besideBytes = p.Plan, p.Frames, p.besideBytes
	compiled, err := rt.compile(ctx, c.plan.Module)
	if err == nil {
		if err = c.adopt(compiled); err == nil {
			rt.cache.keep(p)
			c.plan.Module = nil // is compiled
			err = c.tryStart(ctx)
		} else {
			rt.engine.release(context.WithoutCancel(ctx), compiled)
		}
	}
	if err != nil {
		select {
		case <-c.closing: // whatever the engine says that was closed under it
			err = closedError(opLoad)
		default:
		}
		return nil, err
	}
	c.log.Info().Int(logfield.Bytes, report.Size).Msg("connector loaded")
	loaded = true
	return c, nil
}

// admit holds the module against the rules and this runtime's limits, and prepares it
// for the engine.
func (rt *Runtime) admit(module []byte) (Report, *preparation, error) {
	if len(module) > rt.config.MaxModuleBytes {
		return Report{}, nil, refused(RuleTooLarge, fmt.Sprintf("the module has %d bytes, Config.MaxModuleBytes is %d: link less into it, or raise that", len(module), rt.config.MaxModuleBytes), nil)
	}
	report, shape := inspect(module)
	if shape != nil {
		rt.checkLimits(&report, shape)
	}
	p, err := admitCode(&report, shape, module, prepared.Settings{
		Limits:    limitsOf(rt.apart, rt.config.MaxTableElements, rt.config.MemoryLimitBytes),
		Unmetered: rt.config.Interruption == CloseOnContext,
		Anew:      startsAnew(&rt.config),
	}, rt.cache)
	if err != nil {
		return Report{}, nil, hostError("runtime: load", err)
	}
	if p != nil {
		p.besideBytes = shape.besideBytes(&p.Report, rt.config.MaxTableElements)
	}
	return report, p, report.Err()
}

func (rt *Runtime) checkLimits(r *Report, m *moduleShape) {
	if r.Memory.Min > rt.config.MemoryLimitBytes {
		r.find(RuleMemoryLimit, Refusal, "the memory begins with %d bytes, Config.MemoryLimitBytes is %d: link it with less, or raise that", r.Memory.Min, rt.config.MemoryLimitBytes)
	}
	for _, t := range m.tables {
		if int64(t.limits.min) > int64(rt.config.MaxTableElements) {
			r.find(RuleTableLimit, Refusal, "a table begins with %d elements, Config.MaxTableElements is %d: link fewer functions into it, or raise that", t.limits.min, rt.config.MaxTableElements)
		}
	}
}

// compile hands the module to the compiler.
func (rt *Runtime) compile(ctx context.Context, module []byte) (engineModule, error) {
	compiled, err := rt.engine.compile(ctx, module)
	if err != nil && abi.AsError(err) == nil {
		err = refused(RuleInvalid, "the module is no valid WebAssembly 2.0: "+quote(err.Error()), nil)
	}
	return compiled, err
}

// tryStart starts an instance and drops it, so that a module which cannot start
// is refused now and not in the middle of the night. What it was when it had started
// is kept for the others.
func (c *rawConnector) tryStart(ctx context.Context) error {
	const op = "runtime: load"
	l, err := c.acquire(ctx, abi.LaneConfiguration, op)
	if err != nil {
		if e := abi.AsError(err); e == nil || e.Side != abi.SideGuest || e.Code == abi.InvalidModule || ctx.Err() != nil {
			return err
		}
		return refused(RuleStart, "the connector does not start", err)
	}
	return l.release(ctx, false)
}
