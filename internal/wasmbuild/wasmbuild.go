// Package wasmbuild builds Go connectors into WebAssembly modules for tests, the
// demo and benchmarks, and says where all tests of a checkout share what the
// engine compiled of them. For tests it also builds guests in Rust and in
// AssemblyScript.
//
// Modules built from source are never committed: they weigh megabytes, and the same
// sources give the same bytes anyway.
package wasmbuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// built holds what this process has built, one entry per package of Go and per hash
// of what others are built from.
var built = struct {
	sync.Mutex
	entries map[string]*entry
}{entries: make(map[string]*entry)}

// entry is one module. Its turn is a lock that a caller can stop waiting for.
type entry struct {
	turn   chan struct{}
	module []byte
}

// Build compiles the Go package pkg into a connector: a WASI preview 1 reactor.
// pkg is an import path, or a path that begins with "./" or "../" and is seen from
// the current directory, which in a test is the package's own.
//
// A package is built once in a process; later calls get a copy of the same bytes.
// A build that failed or was cancelled is tried again by the next call. The error
// holds everything the Go tool said, and wraps exec.ErrNotFound if there is no Go
// tool. Build is safe for concurrent use.
func Build(ctx context.Context, pkg string) ([]byte, error) {
	if pkg == "" || strings.HasPrefix(pkg, "-") {
		return nil, fmt.Errorf("wasmbuild: %q is not a package", pkg)
	}
	module, err := once(ctx, pkg, func() ([]byte, error) { return build(ctx, pkg) })
	if err != nil {
		return nil, fmt.Errorf("wasmbuild: build %s: %w", pkg, err)
	}
	return module, nil
}

// once returns a copy of what build made under a key, and has it made one at a time
// until it is.
func once(ctx context.Context, key string, build func() ([]byte, error)) ([]byte, error) {
	e := entryOf(key)
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if e.module == nil {
		module, err := build()
		if err != nil {
			return nil, err
		}
		e.module = module
	}
	return bytes.Clone(e.module), nil
}

func entryOf(key string) *entry {
	built.Lock()
	defer built.Unlock()
	e := built.entries[key]
	if e == nil {
		e = &entry{turn: make(chan struct{}, 1)}
		built.entries[key] = e
	}
	return e
}

// build runs the Go tool.
func build(ctx context.Context, pkg string) (module []byte, err error) {
	dir, err := os.MkdirTemp("", "wasmbuild-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	out := filepath.Join(dir, "connector.wasm")
	if _, err := run(ctx, "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, pkg); err != nil {
		return nil, err
	}
	if err := touch(ctx, pkg); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// touch looks at every source file of the package and of what it imports from its
// own module. Go keeps the result of a test until a file changes that the test
// itself has looked at; what go build reads does not count, and a changed
// connector would pass its old tests.
func touch(ctx context.Context, pkg string) error {
	const files = `{{with .Module}}{{if .Main}}{{range $.GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range $.EmbedFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`
	said, err := run(ctx, "list", "-deps", "-f", files, pkg)
	if err != nil {
		return err
	}
	for file := range strings.Lines(string(said)) {
		if file = strings.TrimSpace(file); file == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			return err
		}
	}
	return nil
}

// run runs the Go tool as for a guest and returns what it printed. The error holds
// all it said.
func run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	// The caller's flags must not change the module: its bytes are the key of the
	// compile cache, and some, such as -race, do not exist for WebAssembly.
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOWASM=", "GOFLAGS=", "CGO_ENABLED=0")
	var said bytes.Buffer
	cmd.Stderr = &said
	printed, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("the go command builds the connectors; install Go and put it on PATH: %w", err)
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(append(said.Bytes(), printed...)))
	}
	return printed, nil
}
