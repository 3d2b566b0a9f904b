//go:build !wasip1

package rabbitmq_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// commandLine is the ecmabox binary with a configuration made from rabbitmq.yaml.
type commandLine struct {
	dir      string
	password string
}

func newCommandLine(t *testing.T, b *realBroker) *commandLine {
	t.Helper()
	c := &commandLine{dir: t.TempDir(), password: b.password}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(c.dir, "ecmabox"), "../../cmd/ecmabox")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	module, err := wasmbuild.Build(t.Context(), "./module")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "rabbitmq.wasm"), module, 0o600); err != nil {
		t.Fatal(err)
	}
	c.configure(t, b, b.url)
	return c
}

func (c *commandLine) configure(t *testing.T, b *realBroker, base string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, "rabbitmq.yaml"), configuration(t, b, base), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs "ecmabox run", and fails the test unless it ends with the code.
func (c *commandLine) run(t *testing.T, code int, stdin string, args ...string) (stdout string) {
	t.Helper()
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), filepath.Join(c.dir, "ecmabox"), append([]string{"run"}, args...)...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.dir, strings.NewReader(stdin), &out, &said
	cmd.Env = append(os.Environ(), "RABBITMQ_PASSWORD="+c.password, "ECMABOX_CACHE="+cache)
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if have := cmd.ProcessState.ExitCode(); have != code {
		t.Fatalf("run %q ends with %d, want %d\n%s%s", args, have, code, out.String(), said.String())
	}
	for _, secret := range []string{c.password, "cli-Passw0rd"} {
		if strings.Contains(out.String()+said.String(), secret) {
			t.Errorf("run %q prints a secret", args)
		}
	}
	return out.String()
}

func TestRabbitMQCommandLine(t *testing.T) {
	b := findBroker(t)
	fill(t, b, newStack(t, b, b.url, b.password))
	c := newCommandLine(t, b)
	b.forget(t, "it-cli")
	file := []string{"-c", "rabbitmq.yaml"}
	c.run(t, 0, "", append([]string{"check"}, file...)...)
	if out := c.run(t, 0, "", append([]string{"schema"}, file...)...); !strings.Contains(out, `"name":"tags"`) {
		t.Errorf("the schema is %s", out)
	}
	if out := c.run(t, 0, "", append([]string{"import"}, file...)...); strings.Count(out, "\n") < bulk {
		t.Errorf("imported %d users, want at least %d", strings.Count(out, "\n"), bulk)
	}
	export := append([]string{"export"}, file...)
	add := `{"anchor":{"name":"it-cli"},"attributes":{"tags":["management"],"export_password":"cli-Passw0rd"}}`
	c.run(t, 0, add, append(export, "--dry-run=reads")...)
	if status := b.whoami(t, "it-cli", "cli-Passw0rd"); status != 401 {
		t.Errorf("after a dry run a login is answered with %d", status)
	}
	c.run(t, 0, add, export...)
	if status := b.whoami(t, "it-cli", "cli-Passw0rd"); status != 200 {
		t.Errorf("after the export a login is answered with %d", status)
	}
	c.run(t, 6, add, export...)
	c.run(t, 0, `{"change":"Update","anchor":{"name":"it-cli"},"attributes":{"tags":{"add":["x"]}}}`, export...)
	if status := b.whoami(t, "it-cli", "cli-Passw0rd"); status != 200 {
		t.Errorf("after a tag change a login is answered with %d", status)
	}
	c.run(t, 0, `{"change":"Delete","anchor":{"name":"it-cli"}}`, export...)
	if status := b.whoami(t, "it-cli", "cli-Passw0rd"); status != 401 {
		t.Errorf("after the delete a login is answered with %d", status)
	}

	stopped := newProxy(t, strings.TrimPrefix(b.url, "http://"))
	stopped.stop()
	c.configure(t, b, stopped.url())
	c.run(t, 4, "", append([]string{"import"}, file...)...)
	c.configure(t, b, b.url)
	c.password = "wrong-Passw0rd"
	c.run(t, 5, "", append([]string{"import"}, file...)...)
}
