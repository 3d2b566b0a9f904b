//go:build !wasmtime

package runtime

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// LiveModules is how many compiled modules are in use.
func LiveModules(rt *Runtime) int {
	c := rt.engine.compiler
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.live)
}

// Compiling reports whether a module is being compiled.
func Compiling(rt *Runtime) bool { return len(rt.engine.compiler.turn) > 0 }

// compilerTurn holds a token while a module is compiled.
func compilerTurn(rt *Runtime) chan struct{} { return rt.engine.compiler.turn }

// KeepCompiled keeps a compiled module in the cache of config under a key.
func KeepCompiled(config Config, key string, content []byte) error {
	config, err := config.withDefaults()
	if err != nil {
		return err
	}
	c, err := openCompileCache(config)
	if err == nil {
		c.put(machineCode, key, &cacheEntry{engineFileName, content})
	}
	return err
}

// LoadCompiled hands the engine a compiled module and returns what is left of it in
// memory.
func LoadCompiled(rt *Runtime, content []byte) (left int, err error) {
	entry := &cacheEntry{engineFileName, content}
	_, err = rt.engine.compiler.files.load(rt.engine.wazero, nil, entry)
	return len(entry.content), err
}

// CompiledHeader is how much longer the file of a compiled module is than that.
var CompiledHeader = headerBytes(machineCode)

const engineFileName = "0000000000000000000000000000000000000000000000000000000000000000"

// unused is an instance on which nothing was called yet.
func unused(i instance) instance {
	w := i.(*wazeroInstance)
	return &wazeroInstance{lease: w.lease, module: w.module}
}

// replace has modules import these functions of ecma_host_v1 in place of those that are.
func (e *engine) replace(ctx context.Context, functions []importedFunction) error {
	starting.Lock()
	defer starting.Unlock()
	if err := e.wazero.Module(abi.HostModule).Close(ctx); err != nil {
		return err
	}
	builder := e.wazero.NewHostModuleBuilder(abi.HostModule)
	for _, f := range functions {
		builder.NewFunctionBuilder().WithGoModuleFunction(hostFunctionOf(f), valueTypes(f.signature.Params), valueTypes(f.signature.Results)).Export(f.name)
	}
	_, err := builder.Instantiate(ctx)
	return err
}
