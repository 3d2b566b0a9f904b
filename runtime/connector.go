package runtime

import (
	"context"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// Connector is a loaded connector under its contract. It is safe for concurrent
// use: calls of one lane wait for one another, heeding their contexts. Its
// sessions are not: a call of one while another is under way is refused, be it by a
// function of the hosts that works for it. Each must be closed, or its lane stays taken.
//
// A call ends early in two stages. When its context ends, host calls answer
// Cancelled, or DeadlineExceeded if its time was up, and the connector has
// Config.StopGrace to return, and can then be closed as ECMA wants; after that
// it is stopped hard. An instance that was stopped hard, crashed, exited, ran
// past Config.CallTimeout or its memory, or answered nonsense is retired: its
// session fails with the reason, and every later call of it, Close… included,
// with abi.Closed and that reason as cause. No watermark comes out of it, and
// no state is kept.
type Connector struct {
	*contract.Connector
	raw *rawConnector
}

var _ abi.Connector = (*Connector)(nil)

// Load checks, compiles and starts a module once, and returns it under the
// contract it promises to keep. hosts gives every instance what it can reach, and
// must not be nil. To the roles that the promise knows to be absent come those the
// module does not export.
//
// A module that is not a connector is refused with everything that is wrong with
// it, joined, each an *abi.Error with code InvalidModule and a rule; see Inspect.
// Compiling takes seconds for a large module. It heeds ctx in a process of its own
// (see CompileChild) and not in this one. Modules are compiled one after the other,
// and one that is in use is not compiled again, but on Wasmtime.
func (rt *Runtime) Load(ctx context.Context, module []byte, hosts abi.HostProvider, promise contract.Promise) (*Connector, error) {
	if hosts == nil {
		return nil, &abi.Error{Code: abi.HostFailure, Op: opLoad, Side: abi.SideCaller,
			Message: "the argument hosts is nil: give what an instance can reach; a hostfuncs.New of a zero hostfuncs.Policy grants nothing"}
	}
	if most := rt.config.MaxImportObjects; promise.MaxImportObjects == 0 || promise.MaxImportObjects > most {
		promise.MaxImportObjects = most
	}
	raw, err := rt.load(ctx, module, hosts, promise.MaxImportObjects)
	if err != nil {
		return nil, err
	}
	promise.Absent = append(slices.Clone(promise.Absent), raw.absentRoles()...)
	enforced, err := contract.Enforce(raw, promise)
	if err != nil {
		raw.close(ctx)
		return nil, err
	}
	return &Connector{Connector: enforced, raw: raw}, nil
}

// Report returns what Inspect tells about the module.
func (c *Connector) Report() Report { return c.raw.report }

// Close refuses new sessions and configuration calls, and waits for the sessions that are
// open, which go on. When ctx ends first they are stopped, hard if need be, and the error says how many; its cause is
// what went wrong as they ended, a panic of the host's included. A function of the hosts
// that does not heed its context is waited for. It may be called twice.
func (c *Connector) Close(ctx context.Context) error { return c.raw.close(ctx) }
