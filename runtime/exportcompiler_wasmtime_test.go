//go:build wasmtime

package runtime

// Compiling reports whether a module is being compiled.
func Compiling(rt *Runtime) bool {
	rt.engine.mu.Lock()
	defer rt.engine.mu.Unlock()
	return rt.engine.compiling > 0
}

// unused is an instance on which nothing was called yet: that of Wasmtime does not know
// what was.
func unused(i instance) instance { return i }
