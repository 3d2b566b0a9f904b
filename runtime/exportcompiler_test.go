//go:build !wasmtime

package runtime

// LiveModules is how many compiled modules are in use.
func LiveModules(rt *Runtime) int {
	c := rt.engine.compiler
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.live)
}
