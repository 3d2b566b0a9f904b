package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ecmabox/ecmabox/internal/canary"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

func TestMain(m *testing.M) {
	// The second is what a process calls itself that main starts to compile.
	testscript.Main(m, map[string]func(){"ecmabox": main, "ecmabox-compile": main})
}

// adminPassword and newPassword are canaries: no output may hold them.
const (
	adminPassword = "c4n4ry-Adm1n"
	newPassword   = "c4n4ry-N3w"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	wat, err := filepath.Abs("../../testdata/wat")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("WAT", wat)
			e.Setenv("ECMABOX_CACHE", cache)
			e.Setenv("ECMABOX_CATALOG", filepath.Join(e.WorkDir, "catalog"))
			e.Setenv("PASSWORD", adminPassword)
			e.Setenv("NEW_PASSWORD", newPassword)
			b := startBroker(adminPassword)
			e.Defer(b.Close)
			e.Setenv("BROKER", b.URL)
			e.Values["broker"], e.Values["held"] = b, make(chan struct{})
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exit": exitWith, "guest": buildGuest, "nosecrets": noSecrets, "broker": brokerCommand, "expand": expand,
		},
	})
}

// exitWith runs a command and compares its exit code: exit 2 ecmabox ….
func exitWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	have := 0
	if err != nil {
		var coded interface{ ExitCode() int }
		if !asExit(err, &coded) {
			ts.Fatalf("%v", err)
		}
		have = coded.ExitCode()
	}
	if have != want {
		ts.Fatalf("exit code %d, want %d", have, want)
	}
}

// buildGuest builds a connector of this project: guest rabbitmq FILE.
func buildGuest(ts *testscript.TestScript, _ bool, args []string) {
	module, err := wasmbuild.Build(context.Background(), "github.com/ecmabox/ecmabox/connectors-wasm/"+args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), module, 0o600))
}

// noSecrets looks for the canaries in what the last command printed, in whatever
// the catalog holds, and in the files named.
func noSecrets(ts *testscript.TestScript, _ bool, args []string) {
	texts := make(map[string]string)
	for _, name := range append([]string{"stdout", "stderr"}, args...) {
		texts[name] = ts.ReadFile(name)
	}
	ts.Check(filepath.WalkDir(ts.Getenv("ECMABOX_CATALOG"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // no catalog in this script
			}
			return err
		}
		data, err := os.ReadFile(path)
		texts[path] = string(data)
		return err
	}))
	for _, secret := range []string{adminPassword, newPassword} {
		finder := canary.New(secret)
		for name, text := range texts {
			if found := finder.Find([]byte(text)); len(found) > 0 {
				ts.Fatalf("%s holds a secret as %v:\n%s", name, found, text)
			}
		}
	}
}

// expand replaces $NAME in files: expand FILE….
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// TestEmbeddedRun runs commands in this process, as a program that embeds run
// does: no output goes anywhere else.
func TestRunInProcess(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"version"}, strings.NewReader(""), &out, &errs); code != exitOK || errs.Len() > 0 || !strings.HasPrefix(out.String(), "ecmabox ") {
		t.Errorf("code %d, %q, %q", code, out.String(), errs.String())
	}
	out.Reset()
	if code := run(t.Context(), []string{"inspect"}, strings.NewReader(""), &out, &errs); code != exitUsage || out.Len() > 0 {
		t.Errorf("code %d, %q, %q", code, out.String(), errs.String())
	}
}
