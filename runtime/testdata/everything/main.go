// Everything links in as much of WASI as a Go program can: it is built to see
// what it imports, and never run.
package main

import (
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {}

//go:wasmexport everything
func everything() {
	fmt.Println(os.Args, os.Environ(), time.Now())
	slog.Info("x", "error", errors())
}

func errors() []any {
	var b [8]byte
	_, err := rand.Read(b[:])
	all := []any{err}
	for _, f := range []func() error{
		func() error { return json.NewEncoder(os.Stdout).Encode(b) },
		func() error { return xml.NewEncoder(os.Stdout).Encode(b) },
		func() error { _, err := http.Get("http://localhost"); return err },
		func() error { return http.ListenAndServe(":0", nil) },
		func() error { return exec.Command("x").Run() },
		func() error { return os.Remove("x") },
		func() error { return os.RemoveAll("x") },
		func() error { return os.MkdirAll("x", 0o700) },
		func() error { return os.Symlink("x", "y") },
		func() error { return os.Link("x", "y") },
		func() error { _, err := os.Readlink("x"); return err },
		func() error { return os.Rename("x", "y") },
		func() error { return os.Chtimes("x", time.Time{}, time.Time{}) },
		func() error { return os.Truncate("x", 1) },
		func() error { _, err := os.ReadFile("x"); return err },
		func() error { return os.WriteFile("x", nil, 0o600) },
		func() error { return filepath.WalkDir("x", nil) },
		func() error { return syscall.Kill(1, syscall.SIGINT) },
		file,
	} {
		all = append(all, f())
	}
	signal.Notify(make(chan os.Signal, 1))
	return all
}

func file() error {
	f, err := os.Create("x")
	if err != nil {
		return err
	}
	f.ReadAt(nil, 1)
	f.WriteAt(nil, 1)
	f.Seek(1, 1)
	f.Truncate(1)
	f.Sync()
	return f.Close()
}
