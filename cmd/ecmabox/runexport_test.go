package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// brokenPipe takes so many writes and no more.
type brokenPipe struct{ left int }

func (p *brokenPipe) Write(b []byte) (int, error) {
	if p.left == 0 {
		return 0, errors.New("broken pipe")
	}
	p.left--
	return len(b), nil
}

// brokerConfig writes a configuration for a broker, and returns its file.
func brokerConfig(t *testing.T, b *broker) string {
	t.Helper()
	module, err := wasmbuild.Build(t.Context(), "github.com/ecmabox/ecmabox/connectors-wasm/rabbitmq/module")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PASSWORD", adminPassword)
	t.Setenv("ECMABOX_CACHE", cache)
	dir := t.TempDir()
	configuration := "connector: rabbitmq\nmodule: m.wasm\nsecrets: {admin: {env: PASSWORD}}\nparameters: {Password: {secret: admin}}\nobjectType: user\n" +
		"targets:\n  rabbitmq:\n    baseURL: " + b.URL + "\n    networks: [127.0.0.1]\n    methods: [GET, PUT]\n    paths: [/api/whoami, /api/users, /api/users/*]\n" +
		"    credentials: [{basic: {username: admin, password: {parameter: Password}}}]\n"
	for name, data := range map[string][]byte{"m.wasm": module, "c.yaml": []byte(configuration)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "c.yaml")
}

// TestExportToClosedOutput: it is said once, and no outcome is lost.
func TestExportToClosedOutput(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a connector")
	}
	b := startBroker(adminPassword)
	t.Cleanup(b.Close)
	file := brokerConfig(t, b)
	changes := `{"anchor":{"name":"a"}}` + "\n" + `{"anchor":{"name":"b"}}` + "\n" + `{"anchor":{"name":"c"}}` + "\n"
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"run", "export", "-c", file}, strings.NewReader(changes), &brokenPipe{left: 1}, &errs); code != exitFailed {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	for want, times := range map[string]int{"broken pipe": 1, "not printed: line 1": 0, "not printed: line 2: done, anchor b": 1, "not printed: line 3: done, anchor c": 1} {
		if have := strings.Count(errs.String(), want); have != times {
			t.Errorf("%q stands %d times, want %d, in\n%s", want, have, times, errs.String())
		}
	}
}

// TestCacheOutOfReach: the default place for compiled modules is a comfort, one
// that was named is an order.
func TestCacheOutOfReach(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(name, filepath.Join(file, "x"))
	}
	var errs bytes.Buffer
	e := &environment{stderr: &errs}
	t.Setenv("ECMABOX_CACHE", filepath.Join(file, "y"))
	if dir, err := openCache(e); dir != "" || exitCode(err) != exitUsage || errs.Len() > 0 {
		t.Errorf("named: %q, %v, %q", dir, err, errs.String())
	}
	if err := os.Unsetenv("ECMABOX_CACHE"); err != nil {
		t.Fatal(err)
	}
	if dir, err := openCache(e); dir != "" || err != nil || strings.Count(errs.String(), "note: ") != 1 {
		t.Errorf("default: %q, %v, %q", dir, err, errs.String())
	}
	var out bytes.Buffer
	errs.Reset()
	upload := []string{"connector", "upload", "--catalog", filepath.Join(t.TempDir(), "catalog"), "--activate", "x", "../../testdata/wat/answers_well.wasm"}
	if code := run(t.Context(), upload, strings.NewReader(""), &out, &errs); code != exitOK || strings.Count(errs.String(), "\n") != 1 || !strings.HasPrefix(errs.String(), "note: compiled modules are not kept") {
		t.Errorf("an upload: exit code %d, %q", code, errs.String())
	}
}

// TestDryOutcomes: what the outcomes of a dry run tell all the same.
func TestDryOutcomes(t *testing.T) {
	t.Parallel()
	dry := &abi.Error{Code: abi.FailedConnection, Name: "NotSent", Rule: "DRY-RUN"}
	denied := &abi.Error{Code: abi.AccessDenied, Name: "Denied", Rule: "HTTP-SECRET-SLOT", Message: "no slot"}
	anchor := []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("7")}}
	add := func(o host.Outcome, modification abi.ObjectModificationType, anchor []abi.AnchorAttribute) host.Outcome {
		o.Change.Entry.Modification, o.Change.Entry.Anchor = modification, anchor
		return o
	}
	for _, tt := range []struct {
		name           string
		o              host.Outcome
		waits, refused bool
	}{
		{"the target makes the anchor", add(host.Outcome{HasPassword: true, PasswordError: dry}, abi.ObjectAdd, nil), true, false},
		{"the anchor is there", add(host.Outcome{HasPassword: true, PasswordError: dry}, abi.ObjectAdd, anchor), false, false},
		{"an update", add(host.Outcome{HasPassword: true, PasswordError: dry}, abi.ObjectUpdate, anchor), false, false},
		{"no password", add(host.Outcome{}, abi.ObjectAdd, nil), false, false},
		{"a password that is denied", add(host.Outcome{HasPassword: true, PasswordError: denied}, abi.ObjectAdd, anchor), false, true},
		{"an entry that is denied", host.Outcome{Result: abi.CSEntryChangeResult{Name: "Denied", Detail: "Denied: HTTP-PATH: x"}}, false, true},
	} {
		if have := waitsForAnchor(tt.o); have != tt.waits {
			t.Errorf("%s: waits %v", tt.name, have)
		}
		if have := denialOf(tt.o) != ""; have != tt.refused {
			t.Errorf("%s: denied %v", tt.name, have)
		}
	}
}

// TestOutcomeRow: a detail that begins with the name does not say it twice.
func TestOutcomeRow(t *testing.T) {
	t.Parallel()
	for detail, want := range map[string]string{"ServerDown: 503": "ServerDown: 503\n", "503": "ServerDown 503\n"} {
		var b bytes.Buffer
		table := newTable(&b)
		printOutcome(table, host.Outcome{State: host.Failed, Result: abi.CSEntryChangeResult{Name: "ServerDown", Detail: detail}})
		if err := table.flush(); err != nil || !strings.HasSuffix(b.String(), want) || strings.Count(b.String(), "ServerDown") != 1 {
			t.Errorf("%q: %q, %v", detail, b.String(), err)
		}
	}
}

// TestInterruptedRun: an interrupt has an exit code of its own, also in the middle of
// a request.
func TestInterruptedRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a connector")
	}
	b := startBroker(adminPassword)
	t.Cleanup(b.Close)
	held := make(chan struct{})
	b.held = held
	file := brokerConfig(t, b)
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		<-held
		interrupt()
	}()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"run", "import", "-c", file}, strings.NewReader(""), &out, &errs); code != exitInterrupted || out.Len() > 0 {
		t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
	}
}
