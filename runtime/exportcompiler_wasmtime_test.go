//go:build wasmtime

package runtime

// Compiling reports whether a module is being compiled.
func Compiling(rt *Runtime) bool {
	if rt.engine.inUse.TryLock() {
		rt.engine.inUse.Unlock()
		return false
	}
	return true
}
