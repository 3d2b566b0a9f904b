package runtime_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/canary"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// mark stands at the beginning, in the middle and at the end of every secret of
// the canary test, so that even a part of one is found.
const mark = "cAnArYbIrD"

func marked(name string) string {
	return mark + "-" + name + `"\+/&%=` + mark + "-" + name + "~" + mark
}

// sightings collects where mark was seen.
type sightings struct {
	mu     sync.Mutex
	finder *canary.Finder
	seen   []string
	points int
}

func (s *sightings) look(where string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.points++
	for _, encoding := range s.finder.Find(data) {
		s.seen = append(s.seen, where+" as "+encoding)
	}
}

// canaryApp is a target that gives away whatever it is sent.
type canaryApp struct {
	mu      sync.Mutex
	written []string
}

func (a *canaryApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var sent struct{ Password, Name string }
	_ = json.Unmarshal(body, &sent)
	w.Header().Set("Content-Type", "application/json")
	echo, isEcho := strings.CutPrefix(r.URL.Path, "/echo/")
	switch {
	case isEcho:
		a.echo(w, echo, r.Header.Get("Authorization")+" "+r.Header.Get("X-Key")+" "+sent.Password)
	case r.URL.Path == "/hash":
		_ = json.NewEncoder(w).Encode(map[string]string{"name": "u1", "password_hash": marked("hash")})
	default:
		a.mu.Lock()
		a.written = append(a.written, sent.Password)
		a.mu.Unlock()
		io.WriteString(w, `{"ok":true}`)
	}
}

func (a *canaryApp) echo(w http.ResponseWriter, how, secrets string) {
	text := secrets
	switch how {
	case "base64":
		text = base64.StdEncoding.EncodeToString([]byte("." + secrets))
	case "hex":
		text = hex.EncodeToString([]byte(secrets))
	case "percent":
		text = url.QueryEscape(secrets)
	case "utf16":
		text = strings.Join(strings.Split(secrets, ""), "\x00") + "\x00"
	case "header":
		w.Header().Set("ETag", secrets)
		text = ""
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"echo": text})
}

// TestCanary lets a hostile connector do all it can to see a secret, and looks for
// every one of them in all guest memory at each entry and return, and in logs,
// errors and results.
func TestCanary(t *testing.T) {
	t.Parallel()
	seen := runCanary(t, nil)
	if seen.points < 60 {
		t.Errorf("looked at %d places only: the watch is broken", seen.points)
	}
	for _, s := range seen.seen {
		t.Errorf("a secret was seen in %s", s)
	}
}

// TestCanaryControl grants reveal: the same test must then find the secret, or it
// finds nothing at all.
func TestCanaryControl(t *testing.T) {
	t.Parallel()
	seen := runCanary(t, []string{"parameter:Password"})
	if !slices.ContainsFunc(seen.seen, func(s string) bool { return strings.HasPrefix(s, "memory: leave host reveal") }) {
		t.Errorf("a revealed secret was not seen; seen: %q", seen.seen)
	}
}

func runCanary(t *testing.T, reveal []string) *sightings {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	app := &canaryApp{}
	server := httptest.NewServer(app)
	defer server.Close()
	seen := &sightings{finder: canary.New(mark)}
	logs := &lockedBuffer{}
	logger := zerolog.New(logs).Level(zerolog.TraceLevel)

	module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/runtime/testdata/canaryguest")
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := hostfuncs.New(canaryPolicy(server.URL, reveal, logger), hostfuncs.SecretMap{"svc": marked("basic"), "key": mark + "-key-" + mark})
	if err != nil {
		t.Fatal(err)
	}
	config := cachedConfig(t)
	config.Logger, config.CallTimeout = logger, 2*time.Minute
	rt, err := runtime.New(ctx, runtime.WithObserver(config, func(point string, memory []byte) { seen.look("memory: "+point, memory) }))
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(ctx)
	c, err := rt.Load(ctx, module, hostfuncs.Trace(hosts, logger), contract.Promise{PasswordMapped: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range playCanary(ctx, t, c) {
		seen.look("results: "+text[:min(len(text), 40)], []byte(text))
	}
	seen.look("logs", logs.Bytes())
	for _, want := range []string{"parameter", "export", "pin", "new"} {
		if !slices.Contains(app.written, marked(want)) {
			t.Errorf("the target never got the secret %q: nothing was replaced, so nothing was tested", want)
		}
	}
	return seen
}

func canaryPolicy(base string, reveal []string, logger zerolog.Logger) hostfuncs.Policy {
	names := []string{"parameter:Password", abi.ExportPassword, "new_password", "attribute:pin"}
	return hostfuncs.Policy{Logger: logger, Reveal: reveal, Targets: []hostfuncs.Target{{
		Name: "app", BaseURL: base, Methods: []string{"GET", "POST"}, Paths: []string{"/write/**", "/write", "/echo/*", "/hash"},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RequestHeaders: []string{"X-Note"}, RatePerSecond: 10_000,
		Credentials: []hostfuncs.Credential{
			{Kind: hostfuncs.Basic, Username: "svc", Secret: "svc"},
			{Kind: hostfuncs.APIKey, Header: "X-Key", Secret: "key"},
		},
		Slots: []hostfuncs.Slot{{Pointer: "/password", Paths: []string{"POST /write", "POST /echo/*"}, Accepts: names}},
		Seal:  []hostfuncs.SealedField{{Pointer: "/password_hash", Name: "hash"}},
	}}}
}

// playCanary goes through all lanes and returns all that came out.
func playCanary(ctx context.Context, t *testing.T, c *runtime.Connector) []string {
	t.Helper()
	var out []string
	note := func(v any, err error) {
		out = append(out, fmt.Sprintf("%+v", v))
		for ; err != nil && len(out) < 1000; err = nil {
			out = append(out, err.Error(), fmt.Sprintf("%#v", err))
		}
	}
	parameters := abi.ConfigParameters{{Name: "Password", Value: marked("parameter"), Encrypted: true}}
	schema, err := c.GetSchema(ctx, parameters)
	note(schema, err)
	run, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	page, err := run.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	note(page, err)
	closed, err := run.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
	note(closed, err)

	export, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	anchor := []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("u1")}}
	results, err := export.PutExportEntries(ctx, []abi.CSEntryChange{
		{Identifier: "1", Modification: abi.ObjectUpdate, ObjectType: "user", Anchor: anchor, Attributes: []abi.AttributeChange{
			{Name: abi.ExportPassword, Modification: abi.AttributeReplace, Values: []abi.Value{abi.StringValue(marked("export"))}},
			{Name: "pin", Modification: abi.AttributeReplace, Values: []abi.Value{abi.StringValue(marked("pin"))}},
		}},
	})
	note(results, err)
	note("closed", export.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{}))

	passwords, err := c.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	entry := abi.CSEntry{ObjectType: "user", Anchor: anchor}
	note("set", passwords.SetPassword(ctx, abi.SetPasswordRunStep{Entry: entry, NewPassword: marked("new")}))
	note("change", passwords.ChangePassword(ctx, abi.ChangePasswordRunStep{Entry: entry, OldPassword: marked("old"), NewPassword: marked("new")}))
	note("closed", passwords.ClosePasswordConnection(ctx))
	return out
}

// lockedBuffer is a log that several goroutines write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
