// Package runtime runs ECMA connectors that are WebAssembly modules.
//
//	rt, err := runtime.New(ctx, runtime.Config{})
//	connector, err := rt.Load(ctx, module, hosts, contract.Promise{…})
//	schema, err := connector.GetSchema(ctx, parameters)
//
// One Runtime serves many connectors, each with hosts of its own: what one
// connector may reach says nothing about another. A connector has four lanes,
// configuration, import, export and password. Each lane serves one session at a
// time, and every session, as every configuration call, gets an instance of its
// own: nothing a guest keeps in memory outlives it.
//
// The guest is hostile until proven otherwise, and nothing ever proves it. Its
// imports and exports are checked by name and signature before the engine sees a
// byte (see Inspect); every pointer it hands over is checked, every length is
// bounded before memory is taken; an instance that trapped, exited, ran past a
// deadline or answered nonsense is retired: nothing is called on it again.
//
// Only this package and its snapshots know the WebAssembly engine, wazero.
package runtime

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// Runtime is an engine with its limits, for any number of connectors. It is safe
// for concurrent use. Whoever made it closes it.
type Runtime struct {
	config  Config
	engine  *engine
	cache   *compileCache // nil: nothing is kept
	writers sync.Pool     // of *wire.Writer
	memory  *snapshot.Budget
	apart   bool // modules are compiled in a process of their own

	mu         sync.Mutex
	closed     bool
	connectors []*rawConnector // in the order in which they were loaded
}

// New returns a Runtime. The error names every setting that is wrong. ctx bounds
// the start alone.
func New(ctx context.Context, config Config) (*Runtime, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	rt := &Runtime{config: config, memory: config.budget(), apart: compilesApart(&config)}
	if config.CacheDir != "" {
		if rt.cache, err = openCompileCache(config); err != nil {
			return nil, &abi.Error{Code: abi.HostFailure, Op: "runtime: new", Side: abi.SideHost, Err: err}
		}
	}
	if rt.engine, err = startEngine(ctx, &rt.config, rt.cache); err != nil {
		return nil, err
	}
	return rt, nil
}

// Close closes every connector, as Connector.Close does, and the engine. All connectors
// refuse new sessions and configuration calls at once, and nothing can be loaded. The
// sessions that are open are waited for, and stopped when ctx ends, those of all connectors
// side by side; the error tells of the connectors in the order in which they were loaded.
// It may be called twice. A module that is being compiled in the process is waited for,
// since that cannot be stopped; when ctx ends before, Close fails with abi.Cancelled, and
// the Load that compiles closes the engine when it is through.
func (rt *Runtime) Close(ctx context.Context) error {
	rt.mu.Lock()
	rt.closed = true
	open := slices.Clone(rt.connectors)
	for _, c := range open {
		c.refuse()
	}
	rt.mu.Unlock()
	errs := sideBySide(open, func(c *rawConnector) error { return c.close(ctx) })
	return errors.Join(append(errs, rt.engine.close(ctx))...)
}

// sideBySide does something with all at the same time, and returns what each came to, in
// their order.
func sideBySide[T any](all []T, do func(T) error) []error {
	errs := make([]error, len(all))
	var ended sync.WaitGroup
	for i, one := range all {
		ended.Go(func() { errs[i] = do(one) })
	}
	ended.Wait()
	return errs
}

// compilesStill is the error of a close that was not waited for.
func compilesStill(ctx context.Context) error {
	return &abi.Error{Code: abi.Cancelled, Op: "runtime: close", Side: abi.SideCaller, Err: ctx.Err(),
		Message: "a module was still being compiled: the engine is closed when that ends"}
}

// register counts a connector in, unless the runtime is closed.
func (rt *Runtime) register(c *rawConnector) error {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.closed {
		return &abi.Error{Code: abi.Closed, Op: "runtime: load", Side: abi.SideCaller, Message: "the runtime is closed"}
	}
	rt.connectors = append(rt.connectors, c)
	return nil
}

func (rt *Runtime) forget(c *rawConnector) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.connectors = slices.DeleteFunc(rt.connectors, func(other *rawConnector) bool { return other == c })
}
