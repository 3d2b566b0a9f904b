//go:build wasmtime

package runtime

import "context"

// Compiling reports whether a module is being compiled.
func Compiling(rt *Runtime) bool {
	rt.engine.mu.Lock()
	defer rt.engine.mu.Unlock()
	return rt.engine.compiling > 0
}

// compilerTurn holds a token while a module is compiled.
func compilerTurn(rt *Runtime) chan struct{} { return rt.engine.turn }

// unused is an instance on which nothing was called yet: that of Wasmtime does not know
// what was.
func unused(i instance) instance { return i }

// replace has modules import these functions in place of those that are.
func (e *engine) replace(_ context.Context, functions []importedFunction) error {
	e.linker.AllowShadowing(true)
	defer e.linker.AllowShadowing(false)
	for _, f := range functions {
		if err := e.linker.FuncNew(f.module, f.name, wasmtimeType(f.signature), wasmtimeFunction(f)); err != nil {
			return err
		}
	}
	return nil
}
