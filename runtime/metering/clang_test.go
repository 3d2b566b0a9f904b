package metering_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
)

// clang builds sources in C as abi/c/build builds a connector, on the binding.
type clang struct {
	sources string // the files that this matches
	options string // what goes behind those of abi/c/build
}

// Build returns an error that wraps exec.ErrNotFound without a compiler.
func (c clang) Build(ctx context.Context) ([]byte, error) {
	_, err := exec.LookPath("clang-19")
	if err == nil {
		_, err = os.Stat("/usr/include/wasm32-wasi/stdio.h")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v: apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32", exec.ErrNotFound, err)
	}
	if err := readAll("../../abi/c/build", "../../abi/c/*.[ch]", filepath.Dir(c.sources)+"/*.[ch]"); err != nil {
		return nil, err
	}
	sources, err := filepath.Glob(c.sources)
	if err != nil || len(sources) == 0 {
		return nil, fmt.Errorf("no files %s: %v", c.sources, err)
	}
	dir, err := os.MkdirTemp("", "metering-c-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "guest.wasm")
	command := exec.CommandContext(ctx, "../../abi/c/build", append([]string{out}, sources...)...)
	command.Env = append(os.Environ(), "CFLAGS="+c.options)
	if said, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	return os.ReadFile(out)
}

// readAll reads what clang will read: go test keeps a result until a file that the test
// itself has read changes.
func readAll(patterns ...string) error {
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			return fmt.Errorf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			if _, err := os.ReadFile(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// severalResults counts the types of functions with more than one result.
func severalResults(t *testing.T, module []byte) (n int) {
	t.Helper()
	err := func() (err error) {
		defer wasmcode.Catch(&err)
		wasmcode.Sections(module, func(s wasmcode.Section) {
			if s.ID != wasmcode.SectionType {
				return
			}
			r := wasmcode.NewReader(module, s.From, s.To)
			for range r.Vector() {
				r.Byte()
				r.Bytes(r.Vector())
				if len(r.Bytes(r.Vector())) > 1 {
					n++
				}
			}
		})
		return nil
	}()
	if err != nil {
		t.Fatal(err)
	}
	return n
}
