package host_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
	canaries "github.com/ecmabox/ecmabox/internal/canary"
)

const endpoint = "https://login.example/token"

func first(token string) hostfuncs.RefreshToken {
	return hostfuncs.RefreshToken{Endpoint: endpoint, Source: "refresh", First: token}
}

// renew puts next in the place of what is kept, which it returns.
func renew(t *testing.T, s *host.FileTokens, of hostfuncs.RefreshToken, next string) (kept string) {
	t.Helper()
	asked := 0
	err := s.Renew(t.Context(), of, func(k string) string {
		asked++
		kept = k
		return next
	})
	if err != nil || asked != 1 {
		t.Fatalf("asked %d times, %v", asked, err)
	}
	return kept
}

// holdsNone looks for secrets in every file below dir, its name included.
func holdsNone(t *testing.T, dir string, secrets ...string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, secret := range secrets {
			if found := canaries.New(secret).Find(append(data, path...)); len(found) > 0 {
				t.Errorf("%s holds a secret as %v", path, found)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

// tokenFile is the one file that keeps a token in dir.
func tokenFile(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.token"))
	if err != nil || len(files) != 1 {
		t.Fatalf("there are %v, %v", files, err)
	}
	return files[0]
}

func TestFileTokens(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "tokens")
	open := func() *host.FileTokens { return host.NewFileTokens(dir, "x") }
	configured, other := "c4n4ry-F1rst", "c4n4ry-0ther"
	if kept := renew(t, open(), first(configured), ""); kept != "" {
		t.Errorf("at first %q is kept", kept)
	}
	for n := range 3 {
		want := ""
		if n > 0 {
			want = fmt.Sprint("c4n4ry-Kept", n-1)
		}
		if kept := renew(t, open(), first(configured), fmt.Sprint("c4n4ry-Kept", n)); kept != want {
			t.Errorf("%q is kept, want %q", kept, want)
		}
	}
	holdsNone(t, dir, configured, "c4n4ry-Kept0", "c4n4ry-Kept1", "c4n4ry-Kept2")
	for what, of := range map[string]hostfuncs.RefreshToken{
		"another source":   {Endpoint: endpoint, Source: "refresh2", First: configured},
		"another endpoint": {Endpoint: endpoint + "2", Source: "refresh", First: configured},
	} {
		if kept := renew(t, open(), of, ""); kept != "" {
			t.Errorf("%s has %q", what, kept)
		}
	}
	if kept := renew(t, host.NewFileTokens(dir, "y"), first(configured), ""); kept != "" {
		t.Errorf("another connector has %q", kept)
	}
	// The operator configures another token: the kept one is not its successor.
	if kept := renew(t, open(), first(other), ""); kept != "" {
		t.Errorf("another token has %q", kept)
	}
	if kept := renew(t, open(), first(configured), ""); kept != "c4n4ry-Kept2" {
		t.Errorf("a token that nothing took the place of cost %q", kept)
	}
	renew(t, open(), first(other), "c4n4ry-Kept9")
	if kept := renew(t, open(), first(other), ""); kept != "c4n4ry-Kept9" {
		t.Errorf("%q is kept", kept)
	}
	if kept := renew(t, open(), first(configured), ""); kept != "" {
		t.Errorf("the token before has %q", kept)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]fs.FileMode{dir: 0o700, tokenFile(t, dir): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

// TestFileTokensDamaged: what cannot be read asks for no token, since the configured
// one may be void by now.
func TestFileTokensDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := host.NewFileTokens(dir, "x")
	renew(t, s, first("c4n4ry-F1rst"), "c4n4ry-Kept")
	path := tokenFile(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A byte of the token in base64 stands before the end: "}\n.
	damaged := bytes.Clone(whole)
	if at := len(damaged) - 10; damaged[at] == 'A' {
		damaged[at] = 'B'
	} else {
		damaged[at] = 'A'
	}
	renew(t, host.NewFileTokens(dir, "y"), first("c4n4ry-F1rst"), "c4n4ry-Y")
	others, err := filepath.Glob(filepath.Join(dir, "y-*.token"))
	if err != nil || len(others) != 1 {
		t.Fatal(others, err)
	}
	foreign, err := os.ReadFile(others[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"a byte changed":      damaged,
		"cut":                 whole[:len(whole)-20],
		"empty":               {},
		"a newer format":      bytes.Replace(whole, []byte(`"format":1`), []byte(`"format":2`), 1),
		"another connector's": foreign,
		"too large":           append(bytes.Clone(whole), bytes.Repeat([]byte(" "), 1<<20)...),
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		err := s.Renew(t.Context(), first("c4n4ry-F1rst"), func(kept string) string {
			t.Errorf("%s: asked with %q", name, kept)
			return ""
		})
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "delete it to begin anew") || strings.Contains(err.Error(), "c4n4ry") {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := host.NewFileTokens(file, "x").Renew(t.Context(), first("a"), func(string) string { t.Error("asked"); return "" }); err == nil {
		t.Error("a file is taken for a directory")
	}
}

// TestFileTokensLock: logins by one token come one after the other, each with the
// token of the one before. Each has a handle of its own, as another process would.
func TestFileTokensLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var mu sync.Mutex
	current, n := "", 0
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 5 {
				err := host.NewFileTokens(dir, "x").Renew(t.Context(), first("c4n4ry-F1rst"), func(kept string) string {
					mu.Lock()
					defer mu.Unlock()
					if kept != current {
						t.Errorf("a login has %q where %q is the newest", kept, current)
					}
					n++
					current = fmt.Sprint("c4n4ry-Kept", n)
					return current
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if kept := renew(t, host.NewFileTokens(dir, "x"), first("c4n4ry-F1rst"), ""); kept != "c4n4ry-Kept80" {
		t.Errorf("at the end %q is kept", kept)
	}
	// Who waits gives up with its context.
	err := host.NewFileTokens(dir, "x").Renew(t.Context(), first("c4n4ry-F1rst"), func(string) string {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := host.NewFileTokens(dir, "x").Renew(ctx, first("c4n4ry-F1rst"), func(string) string { t.Error("it did not wait"); return "" }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		return ""
	})
	if err != nil {
		t.Error(err)
	}
}

// loginOnce is an application with one user, and a token endpoint that takes each
// refresh token once.
type loginOnce struct {
	mu     sync.Mutex
	logins int
	next   string
}

func (a *loginOnce) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case r.URL.Path == "/token" && r.FormValue("refresh_token") == a.next:
		a.logins++
		a.next = fmt.Sprint("c4n4ry-Refresh", a.logins)
		fmt.Fprintf(w, `{"access_token":"c4n4ry-Access%d","refresh_token":%q}`, a.logins, a.next)
	case r.URL.Path == "/token":
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant"}`)
	case r.Header.Get("Authorization") != fmt.Sprint("Bearer c4n4ry-Access", a.logins):
		w.WriteHeader(http.StatusUnauthorized)
	default:
		fmt.Fprint(w, `[{"id":"7"}]`)
	}
}

// expect makes next the token that is taken, unless it is empty, and returns how many
// logins there were.
func (a *loginOnce) expect(next string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next = cmp.Or(next, a.next)
	return a.logins
}

// oneUser is a recipe for it.
const oneUser = `recipe: 1
name: app
targets: {app: {baseURL: "https://app.example"}}
anchor: id
attributes: {id: {access: read}}
import: {request: /users, rows: .}
`

// refreshing configures it.
func refreshing(url, tokens string) string {
	return "secrets: {refresh: {env: REFRESH}}\n" + tokens + "targets:\n  app:\n    baseURL: " + url + "\n    networks: [127.0.0.1]\n    methods: [GET]\n    paths: [/users]\n" +
		"    credentials: [{oauth2: {grant: refreshToken, tokenPath: /token, clientID: c, refreshToken: {secret: refresh}}}]\n"
}

// TestRefreshTokensOutliveARun: each run of a configuration begins with the refresh
// token that the one before was given; without a place for it the second is locked
// out, which was said before.
func TestRefreshTokensOutliveARun(t *testing.T) {
	t.Parallel()
	for name, kept := range map[string]bool{"kept": true, "nowhere to keep": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &loginOnce{next: "c4n4ry-Refresh0"}
			server := httptest.NewServer(app)
			t.Cleanup(server.Close)
			dir := t.TempDir()
			configured, tokens := "c4n4ry-Refresh0", ""
			if kept {
				tokens = "tokens: " + dir + "\n"
			}
			var log bytes.Buffer
			run := func() error {
				connector, err := openREST(t, oneUser, refreshing(server.URL, tokens), host.Options{Logger: zerolog.New(&log).Level(zerolog.WarnLevel), LookupEnv: func(string) (string, bool) { return configured, true }})
				if err != nil {
					return err
				}
				_, err = connector.Import(t.Context(), host.ImportRequest{}, func([]abi.CSEntryChange) error { return nil })
				return err
			}
			if err := run(); err != nil {
				t.Fatal(err)
			}
			err := run()
			if warned := strings.Count(log.String(), "no tokens: DIR"); kept && warned != 0 || !kept && warned != 2 {
				t.Errorf("two runs log %s", log.String())
			}
			if !kept {
				if abi.CodeOf(err) != abi.BadServerCredentials {
					t.Errorf("the second run: %v", err)
				}
				return
			}
			if logins := app.expect("c4n4ry-Configured"); err != nil || logins != 2 {
				t.Errorf("the second run: %v, %d logins", err, logins)
			}
			holdsNone(t, dir, "c4n4ry-Refresh", "c4n4ry-Access")
			// The operator has got a new one.
			configured = "c4n4ry-Configured"
			if err := run(); err != nil || app.expect("") != 3 {
				t.Errorf("with another token: %v, %d logins", err, app.expect(""))
			}
			if log.Len() > 0 {
				t.Errorf("the log has %s", log.String())
			}
			holdsNone(t, dir, "c4n4ry-Refresh", "c4n4ry-Access", "c4n4ry-Configured")
		})
	}
}

// TestTokensInADryRun: a dry run that reads logs in, and so keeps what it is given.
func TestTokensInADryRun(t *testing.T) {
	t.Parallel()
	c := &config.Config{Connector: "x", Tokens: t.TempDir()}
	if (host.Options{DryRun: func(hostfuncs.DryRunRequest) {}}).Policy(c).Tokens == nil || (host.Options{}).Policy(c).Tokens == nil {
		t.Error("tokens are not kept")
	}
	if (host.Options{}).Policy(&config.Config{}).Tokens != nil {
		t.Error("tokens are kept nowhere")
	}
}
