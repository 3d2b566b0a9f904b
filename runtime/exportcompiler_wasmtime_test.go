//go:build wasmtime

package runtime

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
