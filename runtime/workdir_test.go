//go:build unix && !wasmtime

package runtime_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// TestTemporary opens a runtime whose directory for temporary files others may
// write to.
func TestTemporary(t *testing.T) {
	const stranger = 12345
	for _, test := range []struct {
		name  string
		mode  os.FileMode
		owner int
		fine  bool
	}{
		{"its own", 0o700, -1, true},
		{"read by all", 0o755, -1, true},
		{"written by all, each his own", 0o777 | os.ModeSticky, -1, true},
		{"written by a group, each his own", 0o770 | os.ModeSticky, -1, true},
		{"written by all", 0o777, -1, false},
		{"written by a group", 0o720, -1, false},
		{"written by others", 0o702, -1, false},
		{"a stranger's", 0o755, stranger, false},
		{"a stranger's, each his own", 0o777 | os.ModeSticky, stranger, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Chmod(dir, test.mode); err != nil {
				t.Fatal(err)
			}
			if test.owner >= 0 && os.Chown(dir, test.owner, test.owner) != nil {
				t.Skip("only the superuser can give a directory away")
			}
			t.Setenv("TMPDIR", dir)
			rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: filepath.Join(t.TempDir(), "cache")})
			if err == nil {
				t.Cleanup(func() { rt.Close(context.Background()) })
			}
			if test.fine && err != nil {
				t.Errorf("have %v", err)
			} else if !test.fine && (abi.CodeOf(err) != abi.HostFailure || !strings.Contains(err.Error(), "TMPDIR")) {
				t.Errorf("have %v, want it to name TMPDIR", err)
			}
		})
	}
}
