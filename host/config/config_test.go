package config_test

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

const canary = "c4n4ry-S3cr3t"

//go:embed testdata/ca.pem
var certificate string

// files stands in for the files that a configuration names.
func files(path string) ([]byte, error) {
	if filepath.Base(path) == "missing.pem" {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return []byte(certificate), nil
}

//go:embed testdata/everything.yaml
var everything string

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("dir/x.yaml", []byte(text), files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEverything(t *testing.T) {
	t.Parallel()
	c := parse(t, everything)
	if c.Connector != "rabbitmq" || c.Catalog != (config.Reference{Name: "rabbitmq", Digest: "0123456789ab"}) || c.Module != "" {
		t.Errorf("what runs: %+v", c)
	}
	if p := c.Promise; p.ObjectType != "user" || p.Partition != "default" || p.Anchor != "name" || len(p.Attributes) != 2 ||
		!p.PasswordMapped || p.ImportPageSize != 500 || p.ExportBatchSize != 50 {
		t.Errorf("promise: %+v", p)
	}
	if c.Limits != (config.Limits{MemoryBytes: 128 << 20, CallTimeout: 90 * time.Second, CloseTimeout: 20 * time.Second,
		FuelPerRun: 20e12, SleepPerRun: 8 * time.Hour, HostCallsPerRun: 20e6, HostBytesPerRun: 32 << 30, ReplyBytesPerRun: 64 << 30, ImportObjects: 30e6}) {
		t.Errorf("limits: %+v", c.Limits)
	}
	if c.State != filepath.Join("dir", "rabbitmq.state") {
		t.Errorf("state: %q", c.State)
	}
	if c.Tokens != filepath.Join("dir", "tokens") {
		t.Errorf("tokens: %q", c.Tokens)
	}
	m := c.Targets[0]
	have := fmt.Sprintf("%s %s %v %v %v %v %v %v %v %v %v %v %v %v %v %v %v",
		m.Name, m.BaseURL, m.Networks, m.Methods, m.Paths, m.EncodedSlashes, m.IdempotencyHeader, m.Redirects,
		m.RatePerSecond, m.Burst, m.MaxTries, m.MaxRetryWait, m.Concurrency, m.Timeout, m.MaxRequestBytes, m.MaxResponseHeaderBytes, m.MaxRatio)
	want := "management https://rabbit.example:15671/api [10.1.0.0/16 127.0.0.1/32] [GET PUT DELETE] [GET /users /users/*] true " +
		"Idempotency-Key same_target 2.5 5 2 5s 4 20s 65536 32768 50"
	if have != want {
		t.Errorf("target:\nhave %s\nwant %s", have, want)
	}
	if m.TLS != (hostfuncs.TLS{CA: certificate, ServerName: "rabbit.example", MinVersion: 0x0304, Certificate: "api-key", Key: "parameter:Password"}) {
		t.Errorf("tls: %+v", m.TLS)
	}
	wantCredentials := []hostfuncs.Credential{
		{Kind: hostfuncs.Basic, Username: "admin", Secret: "admin-password"},
		{Kind: hostfuncs.APIKey, Header: "X-Api-Key", Prefix: "Token ", Secret: "parameter:Password"},
	}
	if fmt.Sprint(m.Credentials) != fmt.Sprint(wantCredentials) {
		t.Errorf("credentials: %+v", m.Credentials)
	}
	if len(m.Slots) != 5 || m.Slots[3].Encoding != hostfuncs.EncodingSSHA256 || *m.Slots[4].Generate != (hostfuncs.Generate{Length: 20, Upper: true, Lower: true, Digit: true, Sign: true}) || m.Slots[1].Header != "X-Old" || m.Slots[1].Prefix != "Old " || len(m.Drop) != 1 || m.Seal[0].Name != "token" {
		t.Errorf("slots %+v, drop %v, seal %v", m.Slots, m.Drop, m.Seal)
	}
	if c.Targets[3].Credentials[0].UsernameFrom != "parameter:Password" {
		t.Errorf("username: %+v", c.Targets[3].Credentials)
	}
}

// TestLogins reads the credentials that the host has to get.
func TestLogins(t *testing.T) {
	t.Parallel()
	targets := parse(t, everything).Targets
	fifth := targets[4]
	if !fifth.Cookies || *fifth.CSRF != (hostfuncs.CSRF{Header: "X-CSRF-Token", AnswerHeader: "X-CSRF-Token", FetchPath: "/root", FetchValue: "Fetch"}) {
		t.Errorf("cookies %t, csrf %+v", fifth.Cookies, fifth.CSRF)
	}
	fields := func(name, value string) []abi.Field { return []abi.Field{{Name: name, Value: value}} }
	same := func(what string, have, want any) {
		t.Helper()
		if !reflect.DeepEqual(have, want) {
			t.Errorf("%s:\nhave %+v\nwant %+v", what, have, want)
		}
	}
	same("assertion", fifth.Credentials[0], hostfuncs.Credential{Kind: hostfuncs.OAuth2Token, Header: "X-Access-Token", Prefix: "Token ", OAuth2: &hostfuncs.OAuth2{
		Grant: hostfuncs.GrantJWTBearer, TokenURL: "https://login.example/tenant/token", Networks: []netip.Prefix{netip.MustParsePrefix("10.2.0.0/16")},
		TLS: hostfuncs.TLS{CA: certificate}, ClientIDFrom: "api-key", ClientAuth: hostfuncs.ClientAssertion, Scopes: []string{"read", "write"},
		Parameters: fields("resource", "https://fifth.example"),
		Assertion: &hostfuncs.Assertion{Algorithm: "RS256", Key: "api-key", KeyID: "one", Issuer: "service@fifth.example", Subject: "admin@fifth.example",
			Audience: "https://login.example", Lifetime: 10 * time.Minute, Claims: fields("box_sub_type", "enterprise")},
	}})
	same("session", fifth.Credentials[1], hostfuncs.Credential{Kind: hostfuncs.SessionToken, Cookie: "sid", Session: &hostfuncs.Session{
		UsernameFrom: "parameter:Password", Password: "admin-password",
		Login: hostfuncs.SessionRequest{Method: "PUT", Path: "/login", Headers: fields("X-Tenant", "one"), Query: fields("v", "1"),
			JSON: `{"method":"login","user":"${username}","password":"${password}"}`, Status: 201},
		Logout: &hostfuncs.SessionRequest{Path: "/logout", JSON: `{"method":"logout","token":"${token}"}`},
		Token:  hostfuncs.TokenPlace{Pointer: "/data/token"}, ExpiryPointer: "/data/expires", Lifetime: 30 * time.Minute,
		Ended: &hostfuncs.SessionEnd{Pointer: "/error/data", Contains: "re-login"}, Operation: "/method",
	}})
	same("signature", targets[5].Credentials[0], hostfuncs.Credential{Kind: hostfuncs.AWSSigV4, AWS: &hostfuncs.AWS{
		Region: "eu-central-1", Service: "execute-api", AccessKey: "AKIDEXAMPLE", SecretKey: "api-key", SessionToken: "parameter:Password"}})
	same("password", targets[6].Credentials[0], hostfuncs.Credential{Kind: hostfuncs.OAuth2Token, OAuth2: &hostfuncs.OAuth2{
		Grant: hostfuncs.GrantPassword, TokenPath: "/oauth/token", ClientID: "app", ClientSecret: "api-key", ClientAuth: hostfuncs.ClientBody, Username: "ann", Password: "admin-password"}})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	c := parse(t, "connector: x\nmodule: ../m.wasm\n")
	if want := "m.wasm"; c.Module != want {
		t.Errorf("have %q, want %q", c.Module, want)
	}
	abs := filepath.Join(t.TempDir(), "m.wasm")
	if c := parse(t, "connector: x\nmodule: '"+abs+"'\n"); c.Module != abs {
		t.Errorf("have %q, want %q", c.Module, abs)
	}
}

func TestParametersAndSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "key.txt"), "from a file\r\n")
	write(t, filepath.Join(dir, "hint.txt"), "contents\n")
	path := filepath.Join(dir, "x.yaml")
	write(t, path, `{connector: x, module: m, parameters: {URL: "http://x", Hint: {file: hint.txt}, Key: {secret: key}, Token: {secret: token}},
secrets: {key: {file: key.txt}, token: {env: TOKEN}}}`)
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"TOKEN": canary}
	secrets, err := c.ReadSecrets(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	have := fmt.Sprint(c.ConfigParameters(secrets))
	want := fmt.Sprint(abi.ConfigParameters{
		{Name: "URL", Value: "http://x"}, {Name: "Hint", Value: "contents\n"},
		{Name: "Key", Value: "from a file", Encrypted: true}, {Name: "Token", Value: canary, Encrypted: true},
	})
	if have != want {
		t.Errorf("\nhave %s\nwant %s", have, want)
	}
	write(t, filepath.Join(dir, "key.txt"), "\n")
	_, err = c.ReadSecrets(func(string) (string, bool) { return "", false })
	mistakes(t, err, path+":2:11: secrets.key: "+filepath.Join(dir, "key.txt")+" is empty or no UTF-8 text; paths are relative to the configuration file",
		path+":2:33: secrets.token: the environment variable TOKEN is not set or empty; set it and run again")
}

// TestVariableNamesThatMayBeSecrets: what stands where a variable's name belongs is
// shown only if it looks like such a name.
func TestVariableNamesThatMayBeSecrets(t *testing.T) {
	t.Parallel()
	for name, shown := range map[string]bool{"API_PASSWORD": true, "_A1": true, "hunter2": false, "Summer2026": false, "API_password": false} {
		_, err := parse(t, "connector: x\nmodule: m\nsecrets: {a: {env: "+name+"}}\n").ReadSecrets(func(string) (string, bool) { return "", false })
		if err == nil || strings.Contains(err.Error(), name) != shown || !strings.Contains(err.Error(), "3:11: secrets.a: the environment variable") {
			t.Errorf("%s, shown %t: %v", name, shown, err)
		}
	}
	for _, name := range []string{"1A", "A-B", "A.B", "A B", "Ä", strings.Repeat("A", 201)} {
		_, err := config.Parse("x.yaml", []byte("connector: x\nmodule: m\nsecrets: {a: {env: "+name+"}}\n"), nil)
		if err == nil || strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	c := parse(t, "connector: x\nmodule: m\nparameters:\n  a.b: c\n")
	for path, want := range map[string]string{
		"module": "dir/x.yaml:2:1", `parameters."a.b"`: "dir/x.yaml:4:3", "parameters.unknown": "dir/x.yaml:3:1", "nowhere": "dir/x.yaml",
	} {
		if have := c.At(path); have != want {
			t.Errorf("%s: have %s, want %s", path, have, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := config.Load(filepath.Join(dir, "missing.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	big := filepath.Join(dir, "big.yaml")
	write(t, big, "connector: x\nmodule: m\n"+strings.Repeat("#", config.MaxFileBytes-23))
	if _, err := config.Load(big); err != nil {
		t.Errorf("a file of the greatest size: %v", err)
	}
	write(t, big, strings.Repeat("#", config.MaxFileBytes+1))
	if _, err := config.Load(big); err == nil {
		t.Error("a file one byte too large was read")
	}
	for name, text := range map[string]string{"binary": "\x00asm\x01\x00\x00\x00", "latin1": "connector: \xe4", "empty": "", "comment": "# nothing\n"} {
		path := filepath.Join(dir, name)
		write(t, path, text)
		var all *config.Error
		if _, err := config.Load(path); !errors.As(err, &all) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mistakes(t *testing.T, err error, want ...string) {
	t.Helper()
	var all *config.Error
	if !errors.As(err, &all) {
		t.Fatalf("have %v, want mistakes", err)
	}
	if have := err.Error(); have != strings.Join(want, "\n") {
		t.Errorf("have\n%s\nwant\n%s", have, strings.Join(want, "\n"))
	}
}

// TestParseSize reads sizes in every unit, up to the largest that there is.
func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"512B": 512, "64 KiB": 64 << 10, "8MiB": 8 << 20, "1024GiB": 1 << 40,
		"1099511627776B": 1 << 40, "9223372036854775807B": math.MaxInt64, "8589934591GiB": math.MaxInt64 >> 30 << 30,
		"9223372036854775808B": -1, "8589934592GiB": -1, "8MB": -1, "-1B": -1, "1.5GiB": -1, "GiB": -1, "7": -1, "": -1,
	} {
		if n, ok := config.ParseSize(text); ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: have %d, %t; want %d", text, n, ok, want)
		}
	}
}
