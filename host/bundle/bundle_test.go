package bundle_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/bundle"
)

var module = []byte("\x00asm\x01\x00\x00\x00rest")

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, recipe := range map[string][]byte{
		"module alone": nil,
		"with recipe":  []byte("recipe: 1\n"),
		"largest":      bytes.Repeat([]byte("x"), bundle.MaxRecipeBytes),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := bundle.Bundle{Module: module, Recipe: recipe}.Pack()
			if err != nil {
				t.Fatal(err)
			}
			if recipe == nil && !bytes.Equal(file, module) {
				t.Error("a module alone is not its own file")
			}
			again, err := bundle.Bundle{Module: module, Recipe: recipe}.Pack()
			if err != nil || !bytes.Equal(file, again) {
				t.Errorf("the same contents make other bytes, error %v", err)
			}
			b, err := bundle.Open(file)
			if err != nil || !bytes.Equal(b.Module, module) || !bytes.Equal(b.Recipe, recipe) {
				t.Errorf("have %d and %d bytes and error %v", len(b.Module), len(b.Recipe), err)
			}
		})
	}
}

func TestPackRefuses(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]bundle.Bundle{
		"no module":       {Recipe: []byte("recipe: 1")},
		"recipe too long": {Module: module, Recipe: make([]byte, bundle.MaxRecipeBytes+1)},
	} {
		if file, err := b.Pack(); err == nil || file != nil {
			t.Errorf("%s: have %d bytes and error %v", name, len(file), err)
		}
	}
}

// archive writes a tar of name, contents, name, contents….
func archive(t *testing.T, format tar.Format, mode int64, parts ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i < len(parts); i += 2 {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: parts[i], Size: int64(len(parts[i+1])), Mode: mode, Format: format}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	m, r := string(module), "recipe: 1\n"
	good := archive(t, tar.FormatUSTAR, 0o644, "module.wasm", m, "recipe.yaml", r)
	if _, err := bundle.Open(good); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"nothing":         nil,
		"text":            []byte("recipe: 1\n"),
		"cut":             good[:700],
		"cut at a block":  good[:1024],
		"longer":          append(bytes.Clone(good), make([]byte, 512)...),
		"order":           archive(t, tar.FormatUSTAR, 0o644, "recipe.yaml", r, "module.wasm", m),
		"no recipe":       archive(t, tar.FormatUSTAR, 0o644, "module.wasm", m),
		"empty recipe":    archive(t, tar.FormatUSTAR, 0o644, "module.wasm", m, "recipe.yaml", ""),
		"a third":         archive(t, tar.FormatUSTAR, 0o644, "module.wasm", m, "recipe.yaml", r, "more", "x"),
		"a path":          archive(t, tar.FormatUSTAR, 0o644, "../module.wasm", m, "recipe.yaml", r),
		"mode":            archive(t, tar.FormatUSTAR, 0o755, "module.wasm", m, "recipe.yaml", r),
		"format":          archive(t, tar.FormatGNU, 0o644, "module.wasm", m, "recipe.yaml", r),
		"no module in it": archive(t, tar.FormatUSTAR, 0o644, "module.wasm", "text", "recipe.yaml", r),
		"long recipe":     archive(t, tar.FormatUSTAR, 0o644, "module.wasm", m, "recipe.yaml", strings.Repeat("x", bundle.MaxRecipeBytes+1)),
	} {
		if b, err := bundle.Open(file); !errors.Is(err, bundle.ErrForm) || b.Module != nil {
			t.Errorf("%s: have %d bytes and error %v, want that it is no bundle", name, len(b.Module), err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	file, err := bundle.Bundle{Module: module, Recipe: []byte("recipe: 1\n")}.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(module)
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := bundle.Open(file)
		if err != nil {
			return
		}
		if again, err := b.Pack(); err != nil || !bytes.Equal(again, file) {
			t.Errorf("an archive was taken that is packed otherwise: %v", err)
		}
	})
}
