package wasmbuild

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// CacheVariable is the environment variable that puts the shared compile cache
// elsewhere. Its value is an absolute path.
const CacheVariable = "ECMABOX_TEST_CACHE"

// modulePath is the first line of the go.mod that marks the checkout's root.
const modulePath = "module github.com/ecmabox/ecmabox"

// CacheDir returns the folder for compiled modules that all tests of this checkout
// share, and makes it if need be: .cache/wazero at the root of the checkout, or
// where ECMABOX_TEST_CACHE points. The current directory must be inside the
// checkout, as it is in a test.
//
// Compiling one Go connector takes two seconds, and twenty-five under the race
// detector; from the cache it takes a tenth of a second. TestFillCompileCache
// fills it. A module that was admitted and metered is kept under its bytes and the
// settings. The engine's key holds the module's bytes, the settings and the
// engine's version; the race detector makes no difference to either. Go tells a test
// binary the versions of its dependencies only where the package tested is a
// command: there, as in go run, the key has the real version, and in the tests of
// every other package "dev". So the two kinds have machine code of their own, and
// one run of each kind fills it for all.
//
// What the tests of metering compile is in a folder of its own in it.
//
// The folder holds machine code that is run, sealed with the key beside it. It is
// for tests only and the user's alone: one that is open to others is refused.
func CacheDir() (string, error) {
	dir := os.Getenv(CacheVariable)
	if dir == "" {
		root, err := checkout()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(root, ".cache", "wazero")
	}
	if !filepath.IsAbs(dir) {
		return "", fmt.Errorf("wasmbuild: %s is %q: it must be an absolute path, since each package's tests run in a directory of their own", CacheVariable, dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("wasmbuild: compile cache: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", fmt.Errorf("wasmbuild: compile cache: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("wasmbuild: compile cache: %s has mode %o: it holds code that will run, so close it to others (chmod 700)", dir, mode)
	}
	return dir, nil
}

// checkout looks for the checkout's root above the current directory. A go.mod of
// another module, such as that of the peer benchmarks, is passed by.
func checkout() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("wasmbuild: compile cache: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("wasmbuild: compile cache: %w", err)
		}
		if first, _, _ := strings.Cut(string(text), "\n"); strings.TrimSpace(first) == modulePath {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("wasmbuild: compile cache: %s is not inside a checkout of ecmabox; set %s", start, CacheVariable)
		}
	}
}
