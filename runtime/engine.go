package runtime

import (
	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// The engine is what runs WebAssembly. The rest of this package knows it by what
// stands here and by the type engine, of which there are two: wazero's, and with the
// build tag wasmtime Wasmtime's.

// instance is a module that was instantiated for a lease. One goroutine uses it.
type instance interface {
	// call calls an export; stack holds its parameters and then its results. The
	// error tells in its first line what went wrong, and below "wasm stack trace:"
	// the functions the guest was in.
	call(name string, stack []uint64) error
	// memory is the guest's memory. Views of it are good until the guest runs.
	memory() linearMemory
	// counter is the exported mutable global of type i64 with that name, or nil.
	counter(name string) counter
	// exports says whether there is a function of that name.
	exports(name string) bool
	// capture takes the image of an instance that was started.
	capture(plan *snapshot.Plan) (*snapshot.Image, error)
	// close frees the instance. Nothing is called on it any more.
	close() error
}

// linearMemory is a guest's memory. Every access is checked: what lies outside is
// neither read nor written, and told by false.
type linearMemory interface {
	Size() uint32
	Read(offset, length uint32) ([]byte, bool)
	Write(offset uint32, bytes []byte) bool
	WriteString(offset uint32, text string) bool
	WriteUint32Le(offset, value uint32) bool
	WriteUint64Le(offset uint32, value uint64) bool
}

// counter is a global of an instance.
type counter interface {
	Get() uint64
	Set(uint64)
}

// importedFunction is a function that modules may import.
type importedFunction struct {
	module, name string
	signature    abi.Signature
	// call answers for a lease; stack holds the parameters and then the results. It
	// may leave the guest by unwind.
	call func(l *lease, stack []uint64)
}

// importedFunctions are all there are, those of metering among them.
func importedFunctions() []importedFunction {
	all := append(hostImports(), wasiImports()...)
	return append(all, calloutImport())
}
