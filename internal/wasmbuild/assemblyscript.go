package wasmbuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// AssemblyScript is a guest in AssemblyScript.
type AssemblyScript struct {
	// Source is the file that exports. The other .ts files of its folder are taken
	// for what it imports.
	Source string
	// Options are added to those of asc.
	Options []string
}

// Build compiles the guest with the asc that .ci/assemblyscript has put into
// .cache/assemblyscript at the root of the checkout, in which the current directory
// must be, and node. What was compiled before of the same files, with the same options
// by the same version, is taken from .cache/guests beside it. The error holds all that
// asc said, and wraps exec.ErrNotFound if there is no node, or no asc of the version
// that the lock file beside this names. Build is safe for concurrent use.
func (a AssemblyScript) Build(ctx context.Context) ([]byte, error) {
	module, err := a.build(ctx)
	if err != nil {
		return nil, fmt.Errorf("wasmbuild: build %s: %w", a.Source, err)
	}
	return module, nil
}

func (a AssemblyScript) build(ctx context.Context) ([]byte, error) {
	installed, lock, err := findAssemblyScript()
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("asc needs node; apt-get install nodejs: %w", err)
	}
	files, err := beside(a.Source)
	if err != nil {
		return nil, err
	}
	// What calls the host's abort would be an import that no host offers.
	options := append([]string{filepath.Base(a.Source), "--use", "abort="}, a.Options...)
	return kept(ctx, append(files, lock), options, func(out string) *exec.Cmd {
		asc := filepath.Join(installed, "node_modules", "assemblyscript", "bin", "asc.js")
		cmd := exec.CommandContext(ctx, node, append([]string{asc, "-o", out}, options...)...)
		cmd.Dir = filepath.Dir(a.Source)
		return cmd
	})
}

// findAssemblyScript returns where the compiler is installed, and the lock file that it
// was installed by.
func findAssemblyScript() (installed, lock string, err error) {
	root, err := checkout()
	if err != nil {
		return "", "", err
	}
	const name = "package-lock.json"
	installed = filepath.Join(root, ".cache", "assemblyscript")
	lock = filepath.Join(root, "internal", "wasmbuild", "assemblyscript", name)
	want, err := os.ReadFile(lock)
	if err != nil {
		return "", "", err
	}
	have, err := os.ReadFile(filepath.Join(installed, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", err
	}
	if !bytes.Equal(have, want) {
		return "", "", fmt.Errorf("no compiler of AssemblyScript in %s, or one of another version; run .ci/assemblyscript, which needs npm: %w", installed, exec.ErrNotFound)
	}
	return installed, lock, nil
}
