package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/runtime"
)

// TestConnectorsDoc builds and tests the connector of docs/connectors.md as it
// stands there, and checks that its configuration is one.
func TestConnectorsDoc(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it runs the go command")
	}
	data, err := os.ReadFile("../../docs/connectors.md")
	if err != nil {
		t.Fatal(err)
	}
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	found := regexp.MustCompile("(?s)\n`([a-z_/.]+)`[^`]*?(?:`[a-zA-Z.]+`[^`]*?)*```[a-z]*\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	for _, file := range found {
		path := filepath.Join(dir, file[1])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(file[2], "=> ../ecmabox", "=> "+checkout, 1)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(found) != 5 {
		t.Fatalf("found %d files, want 5", len(found))
	}
	run := func(env []string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), append(env, "GOFLAGS=-mod=mod", "GOWORK=off")...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	run(nil, "test", "./...")
	run([]string{"GOOS=wasip1", "GOARCH=wasm"}, "build", "-buildmode=c-shared", "-o", "notes.wasm", "./module")
	if _, err := loadConfig(filepath.Join(dir, "notes.yaml")); err != nil {
		t.Error(err)
	}
	module, err := os.ReadFile(filepath.Join(dir, "notes.wasm"))
	if err == nil {
		err = checkModule(t.Context(), module, nil, runtime.Config{MemoryLimitBytes: mostMemory})
	}
	if err != nil {
		t.Errorf("the module does not load: %v", err)
	}
}
