// Package bundle packs what makes one version of a connector into one file: the
// module, and the recipe that it follows if it needs one. The file is what a
// catalog keeps, so that both have one digest and are activated and rolled back
// together.
//
// A module alone is its own file. A bundle is a tar archive (POSIX ustar) of
// module.wasm and recipe.yaml, in this order, with modes 0644, no owners and no
// times: the same contents make the same bytes, on every machine. Any other
// archive is refused.
package bundle

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// The limits of what is packed.
const (
	// MaxModuleBytes is the most the module may take.
	MaxModuleBytes = 255 << 20
	// MaxRecipeBytes is the most the recipe may take.
	MaxRecipeBytes = 1 << 20
)

// The names in the archive.
const (
	moduleName = "module.wasm"
	recipeName = "recipe.yaml"
)

// ErrForm is the kind of error for a file that is neither a module nor a bundle.
var ErrForm = errors.New("neither a module nor a bundle")

// wasm is how every module begins.
const wasm = "\x00asm"

// Bundle is one version of a connector.
type Bundle struct {
	// Module is the WebAssembly module.
	Module []byte
	// Recipe is the recipe as its author wrote it, in YAML; empty for a module that
	// needs none.
	Recipe []byte
}

// Pack returns the file of a bundle: the module itself where there is no recipe.
func (b Bundle) Pack() ([]byte, error) {
	switch {
	case !bytes.HasPrefix(b.Module, []byte(wasm)):
		return nil, fmt.Errorf("bundle: %w: the module does not begin as one", ErrForm)
	case len(b.Module) > MaxModuleBytes:
		return nil, fmt.Errorf("bundle: the module has %d bytes, the most is %d", len(b.Module), MaxModuleBytes)
	case len(b.Recipe) > MaxRecipeBytes:
		return nil, fmt.Errorf("bundle: the recipe has %d bytes, the most is %d", len(b.Recipe), MaxRecipeBytes)
	case len(b.Recipe) == 0:
		return b.Module, nil
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, part := range []struct {
		name string
		data []byte
	}{{moduleName, b.Module}, {recipeName, b.Recipe}} {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: part.name, Size: int64(len(part.data)), Mode: 0o644, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("bundle: %w", err)
		}
		if _, err := w.Write(part.data); err != nil {
			return nil, fmt.Errorf("bundle: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	return out.Bytes(), nil
}

// Open reads a file that Pack wrote, or a module. The parts are copies. Archives
// that Pack would have written otherwise are refused with ErrForm: two files never
// stand for one version.
func Open(file []byte) (Bundle, error) {
	if bytes.HasPrefix(file, []byte(wasm)) {
		return Bundle{Module: bytes.Clone(file)}, nil
	}
	var b Bundle
	r := tar.NewReader(bytes.NewReader(file))
	for _, part := range []struct {
		name string
		most int64
		data *[]byte
	}{{moduleName, MaxModuleBytes, &b.Module}, {recipeName, MaxRecipeBytes, &b.Recipe}} {
		h, err := r.Next()
		if err != nil {
			return Bundle{}, fmt.Errorf("bundle: %w: %s is missing", ErrForm, part.name)
		}
		if h.Name != part.name || h.Size > part.most || h.Size == 0 {
			return Bundle{}, fmt.Errorf("bundle: %w: %.100q of %d bytes stands where %s should", ErrForm, h.Name, h.Size, part.name)
		}
		if *part.data, err = io.ReadAll(r); err != nil {
			return Bundle{}, fmt.Errorf("bundle: %w: %s ends early", ErrForm, part.name)
		}
	}
	again, err := b.Pack()
	if err != nil {
		return Bundle{}, err
	}
	if !bytes.Equal(again, file) {
		return Bundle{}, fmt.Errorf("bundle: %w: the archive is not as it is packed here", ErrForm)
	}
	return b, nil
}
