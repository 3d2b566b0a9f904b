module github.com/ecmabox/ecmabox

go 1.26.0

// runtime, runtime/snapshot: the WebAssembly engine.
require github.com/tetratelabs/wazero v1.12.0

// Build tag wasmtime: the other engine of runtime, not fetched without it.
require github.com/bytecodealliance/wasmtime-go/v39 v39.0.1

// hostfuncs, runtime, host, cmd/ecmabox: logging; the zero Logger is silent.
require github.com/rs/zerolog v1.35.1

// hostfuncs: rate limits per target, and the address check at dial time.
require (
	code.dny.dev/ssrf v0.3.0
	golang.org/x/time v0.16.0
)

// host: configuration files, with line numbers for every mistake.
require go.yaml.in/yaml/v3 v3.0.6

// cmd/ecmabox: commands and help; whether a terminal is listening.
require (
	github.com/spf13/cobra v1.10.2
	golang.org/x/term v0.47.0
)

// internal/filelock, runtime, runtime/snapshot: locks between processes, on Unix and
// Windows; the limits of the process that compiles, and what the processor can do;
// memory that is mapped.
require golang.org/x/sys v0.49.0

// cmd/ecmabox: the difference of two recipes, line by line; in tests, commands as scripts.
require github.com/rogpeppe/go-internal v1.16.0

// Tests only: flags held against their docs, and properties over generated cases.
require (
	github.com/spf13/pflag v1.0.9
	pgregory.net/rapid v1.3.0
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	golang.org/x/tools v0.26.0 // indirect
)
