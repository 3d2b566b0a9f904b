package wasmbuild

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Rust is a guest in Rust.
type Rust struct {
	// Source is the crate's lib.rs. The other .rs files of its folder are taken for
	// its modules.
	Source string
	// WASI builds a WASI preview 1 reactor. Without it the target is
	// wasm32-unknown-unknown.
	WASI bool
	// Options are added to those of rustc.
	Options []string
	// Objects are files that are linked in.
	Objects []string
}

// toolchain is a rustc that has a library for a target.
type toolchain struct {
	path, target, library, version string
}

// Build compiles the guest with the first rustc on PATH that has the target's
// standard library. What was compiled before of the same files, with the same options
// by the same version, is taken from .cache/guests at the root of the checkout, in which
// the current directory must be. The error holds all that rustc said, and wraps
// exec.ErrNotFound if there is no such rustc. Build is safe for concurrent use.
func (r Rust) Build(ctx context.Context) ([]byte, error) {
	module, err := r.build(ctx)
	if err != nil {
		return nil, fmt.Errorf("wasmbuild: build %s: %w", r.Source, err)
	}
	return module, nil
}

func (r Rust) build(ctx context.Context) ([]byte, error) {
	targets := []string{"wasm32-unknown-unknown"}
	if r.WASI {
		targets = []string{"wasm32-wasip1", "wasm32-wasi"} // the newer name and the older
	}
	found, err := findRust(ctx, targets)
	if err != nil {
		return nil, err
	}
	options := []string{"--edition", "2021", "--crate-type", "cdylib", "--crate-name", "guest", "--target", found.target, "-C", "strip=debuginfo"}
	linker, err := found.linker(ctx)
	if err != nil {
		return nil, err
	}
	if linker != "" {
		options = append(options, "-C", "linker="+linker)
	}
	options = append(options, r.Options...)
	files, err := beside(r.Source)
	if err != nil {
		return nil, err
	}
	return kept(ctx, append(files, r.Objects...), append([]string{found.version}, options...), func(out string) *exec.Cmd {
		arguments := append([]string{"-o", out, r.Source}, options...)
		if r.WASI {
			arguments = append(arguments, "-C", "link-arg="+filepath.Join(found.library, "self-contained", "crt1-reactor.o"))
		}
		for _, object := range r.Objects {
			arguments = append(arguments, "-C", "link-arg="+object)
		}
		return exec.CommandContext(ctx, found.path, arguments...)
	})
}

// findRust finds the first rustc on PATH with a library for one of the targets: that of
// rustup may stand before that of the system.
func findRust(ctx context.Context, targets []string) (*toolchain, error) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path, err := exec.LookPath(filepath.Join(dir, "rustc"))
		if err != nil || dir == "" {
			continue
		}
		for _, target := range targets {
			library := said(ctx, path, "--print", "target-libdir", "--target", target)
			if std, _ := filepath.Glob(filepath.Join(library, "libstd-*.rlib")); library != "" && len(std) > 0 {
				return &toolchain{path, target, library, said(ctx, path, "-vV")}, nil
			}
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, fmt.Errorf("no rustc with the standard library of %s; apt-get install rustc libstd-rust-dev-wasm32 lld-14, or rustup target add: %w",
		strings.Join(targets, " or "), exec.ErrNotFound)
}

var llvmVersion = regexp.MustCompile(`LLVM version: (\d+)`)

// linker finds the linker of the compiler's LLVM, as Debian calls it, for a compiler
// that brings none along.
func (c *toolchain) linker(ctx context.Context) (string, error) {
	own, _ := filepath.Glob(filepath.Join(said(ctx, c.path, "--print", "sysroot"), "lib", "rustlib", "*", "bin", "rust-lld*"))
	version := llvmVersion.FindStringSubmatch(c.version)
	if len(own) > 0 || version == nil {
		return "", ctx.Err()
	}
	linker, err := exec.LookPath("wasm-ld-" + version[1])
	if err != nil {
		return "", fmt.Errorf("%s brings no linker along; apt-get install lld-%s: %w", c.path, version[1], err)
	}
	return linker, nil
}

// said is what a command prints, or nothing if it fails.
func said(ctx context.Context, path string, arguments ...string) string {
	out, err := exec.CommandContext(ctx, path, arguments...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
