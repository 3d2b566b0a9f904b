package hostfuncs_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// fields returns the fields that New finds fault with.
func fields(t testing.TB, policy hostfuncs.Policy) (names []string) {
	t.Helper()
	_, err := hostfuncs.New(policy, hostfuncs.SecretMap{})
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("not joined: %v", err)
	}
	for _, e := range joined.Unwrap() {
		m, ok := e.(*hostfuncs.Mistake)
		if !ok || m.Message == "" {
			t.Errorf("no mistake with a message: %v", e)
			continue
		}
		names = append(names, m.Field)
	}
	return names
}

// TestMistakes makes one mistake at a time.
func TestMistakes(t *testing.T) {
	t.Parallel()
	type target = hostfuncs.Target
	base := grant("https://app.example.com/api")
	if have := fields(t, hostfuncs.Policy{Targets: []target{base}}); have != nil {
		t.Fatalf("nothing is wrong, but %v", have)
	}
	basic := hostfuncs.Credential{Kind: hostfuncs.Basic, Username: "u", Secret: "s"}
	slot := hostfuncs.Slot{Pointer: "/pw", Paths: []string{"/**"}, Accepts: []string{"new_password"}}
	credential := func(change func(*hostfuncs.Credential)) func(*target) {
		return func(t *target) { c := basic; change(&c); t.Credentials = []hostfuncs.Credential{c} }
	}
	slotWith := func(change func(*hostfuncs.Slot)) func(*target) {
		return func(t *target) { s := slot; change(&s); t.Slots = []hostfuncs.Slot{s} }
	}
	for name, c := range map[string]struct {
		change func(*target)
		field  string
	}{
		"no name":               {func(t *target) { t.Name = "" }, "Name"},
		"long name":             {func(t *target) { t.Name = strings.Repeat("a", hostfuncs.MaxTargetName+1) }, "Name"},
		"name with a blank":     {func(t *target) { t.Name = "a b" }, "Name"},
		"no URL":                {func(t *target) { t.BaseURL = "" }, "BaseURL"},
		"relative URL":          {func(t *target) { t.BaseURL = "/api" }, "BaseURL"},
		"other scheme":          {func(t *target) { t.BaseURL = "ftp://a.example" }, "BaseURL"},
		"http without networks": {func(t *target) { t.BaseURL, t.Networks = "http://a.example", nil }, "BaseURL"},
		"user":                  {func(t *target) { t.BaseURL = "https://u:p@a.example" }, "BaseURL"},
		"query":                 {func(t *target) { t.BaseURL = "https://a.example/?a=b" }, "BaseURL"},
		"fragment":              {func(t *target) { t.BaseURL = "https://a.example/#a" }, "BaseURL"},
		"dots":                  {func(t *target) { t.BaseURL = "https://a.example/a/../b" }, "BaseURL"},
		"number for a host":     {func(t *target) { t.BaseURL = "https://2130706433" }, "BaseURL"},
		"short address":         {func(t *target) { t.BaseURL = "https://127.1" }, "BaseURL"},
		"octal address":         {func(t *target) { t.BaseURL = "https://0177.0.0.1" }, "BaseURL"},
		"host not in ASCII":     {func(t *target) { t.BaseURL = "https://bücher.example" }, "BaseURL"},
		"zone":                  {func(t *target) { t.BaseURL = "https://[fe80::1%25eth0]" }, "BaseURL"},
		"port 0":                {func(t *target) { t.BaseURL = "https://a.example:0" }, "BaseURL"},
		"port too large":        {func(t *target) { t.BaseURL = "https://a.example:65536" }, "BaseURL"},
		"no port":               {func(t *target) { t.BaseURL = "https://a.example:" }, "BaseURL"},
		"no network":            {func(t *target) { t.Networks = make([]netip.Prefix, 1) }, "Networks[0]"},
		"mapped network":        {func(t *target) { t.Networks = []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")} }, "Networks[0]"},
		"TLS on http":           {func(t *target) { t.BaseURL = "http://a.example"; t.TLS.ServerName = "a" }, "TLS"},
		"TLS 1.1":               {func(t *target) { t.TLS.MinVersion = 0x0302 }, "TLS.MinVersion"},
		"TLS name":              {func(t *target) { t.TLS.ServerName = "a b" }, "TLS.ServerName"},
		"no CA":                 {func(t *target) { t.TLS.CA = "x" }, "TLS.CA"},
		"no method":             {func(t *target) { t.Methods = nil }, "Methods"},
		"lower method":          {func(t *target) { t.Methods = append([]string{"get"}, base.Methods...) }, "Methods[0]"},
		"CONNECT":               {func(t *target) { t.Methods = append([]string{"CONNECT"}, base.Methods...) }, "Methods[0]"},
		"no path":               {func(t *target) { t.Paths = nil }, "Paths"},
		"wrong path":            {func(t *target) { t.Paths = []string{"/**", "/a*"} }, "Paths[1]"},
		"path's method":         {func(t *target) { t.Paths = []string{"OPTIONS /a"} }, "Paths[0]"},
		"header name":           {func(t *target) { t.RequestHeaders = []string{"a b"} }, "RequestHeaders[0]"},
		"Host":                  {func(t *target) { t.RequestHeaders = []string{"host"} }, "RequestHeaders[0]"},
		"Authorization":         {func(t *target) { t.RequestHeaders = []string{"authorization"} }, "RequestHeaders[0]"},
		"key as a header":       {func(t *target) { t.RequestHeaders = []string{"Idempotency-Key"} }, "RequestHeaders[0]"},
		"with an underscore":    {func(t *target) { t.RequestHeaders = []string{"Transfer_Encoding"} }, "RequestHeaders[0]"},
		"key header":            {func(t *target) { t.IdempotencyHeader = "Cookie" }, "IdempotencyHeader"},
		"key in Authorization":  {func(t *target) { t.IdempotencyHeader = "authorization" }, "IdempotencyHeader"},
		"key as a type":         {func(t *target) { t.IdempotencyHeader = "Content-Type" }, "IdempotencyHeader"},
		"key for a credential": {func(t *target) {
			t.IdempotencyHeader = "X-Key"
			t.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.APIKey, Secret: "s", Header: "x-key"}}
		}, "Credentials[0].Header"},
		"answer's header":   {func(t *target) { t.ResponseHeaders = []string{"a b"} }, "ResponseHeaders[0]"},
		"Set-Cookie":        {func(t *target) { t.ResponseHeaders = []string{"set-cookie"} }, "ResponseHeaders[0]"},
		"no kind":           {credential(func(c *hostfuncs.Credential) { c.Kind, c.Username = 0, "" }), "Credentials[0].Kind"},
		"no secret":         {credential(func(c *hostfuncs.Credential) { c.Secret = "" }), "Credentials[0].Secret"},
		"empty parameter":   {credential(func(c *hostfuncs.Credential) { c.Secret = "parameter:" }), "Credentials[0].Secret"},
		"no user":           {credential(func(c *hostfuncs.Credential) { c.Username = "" }), "Credentials[0]"},
		"two users":         {credential(func(c *hostfuncs.Credential) { c.UsernameFrom = "s" }), "Credentials[0]"},
		"colon":             {credential(func(c *hostfuncs.Credential) { c.Username = "a:b" }), "Credentials[0].Username"},
		"bearer with user":  {credential(func(c *hostfuncs.Credential) { c.Kind = hostfuncs.Bearer }), "Credentials[0]"},
		"key without place": {credential(func(c *hostfuncs.Credential) { c.Kind, c.Username = hostfuncs.APIKey, "" }), "Credentials[0]"},
		"two places": {credential(func(c *hostfuncs.Credential) {
			*c = hostfuncs.Credential{Kind: hostfuncs.APIKey, Secret: "s", Header: "A", Query: "a"}
		}), "Credentials[0]"},
		"wrong prefix": {credential(func(c *hostfuncs.Credential) {
			*c = hostfuncs.Credential{Kind: hostfuncs.APIKey, Secret: "s", Header: "A", Prefix: "\n"}
		}), "Credentials[0].Prefix"},
		"key in Host": {credential(func(c *hostfuncs.Credential) {
			*c = hostfuncs.Credential{Kind: hostfuncs.APIKey, Secret: "s", Header: "Host"}
		}), "Credentials[0].Header"},
		"one place twice": {func(t *target) { t.Credentials = []hostfuncs.Credential{basic, basic} }, "Credentials[1]"},
		"guest's header too": {func(t *target) {
			t.RequestHeaders, t.Credentials = []string{"X-Key"}, []hostfuncs.Credential{{Kind: hostfuncs.APIKey, Secret: "s", Header: "x-key"}}
		}, "Credentials[0].Header"},
		"slot without place":    {slotWith(func(s *hostfuncs.Slot) { s.Pointer = "" }), "Slots[0]"},
		"slot with two":         {slotWith(func(s *hostfuncs.Slot) { s.Query = "a" }), "Slots[0]"},
		"slot's pointer":        {slotWith(func(s *hostfuncs.Slot) { s.Pointer = "pw" }), "Slots[0].Pointer"},
		"slot's prefix":         {slotWith(func(s *hostfuncs.Slot) { s.Prefix = "a" }), "Slots[0].Prefix"},
		"slot without paths":    {slotWith(func(s *hostfuncs.Slot) { s.Paths = nil }), "Slots[0].Paths"},
		"slot accepts nothing":  {slotWith(func(s *hostfuncs.Slot) { s.Accepts = nil }), "Slots[0].Accepts"},
		"slot accepts a secret": {slotWith(func(s *hostfuncs.Slot) { s.Accepts = []string{"secret:x"} }), "Slots[0].Accepts[0]"},
		"slot in Cookie":        {slotWith(func(s *hostfuncs.Slot) { s.Pointer, s.Header = "", "Cookie" }), "Slots[0].Header"},
		"slot and credential": {func(t *target) {
			t.Credentials, t.Slots = []hostfuncs.Credential{basic}, []hostfuncs.Slot{{Header: "authorization", Paths: slot.Paths, Accepts: slot.Accepts}}
		}, "Slots[0]"},
		"drop":              {func(t *target) { t.Drop = []string{"/a", "a"} }, "Drop[1]"},
		"seal":              {func(t *target) { t.Seal = []hostfuncs.SealedField{{Pointer: "/**", Name: "a"}} }, "Seal[0].Pointer"},
		"seal without name": {func(t *target) { t.Seal = []hostfuncs.SealedField{{Pointer: "/a"}} }, "Seal[0].Name"},
		"redirects":         {func(t *target) { t.Redirects = 2 }, "Redirects"},
		"rate":              {func(t *target) { t.RatePerSecond = -1 }, "RatePerSecond"},
		"burst":             {func(t *target) { t.Burst = -1 }, "Burst"},
		"concurrency":       {func(t *target) { t.Concurrency = hostfuncs.MaxConcurrency + 1 }, "Concurrency"},
		"tries":             {func(t *target) { t.MaxTries = hostfuncs.MaxMaxTries + 1 }, "MaxTries"},
		"retry wait":        {func(t *target) { t.MaxRetryWait = hostfuncs.MaxTimeout + 1 }, "MaxRetryWait"},
		"timeout":           {func(t *target) { t.Timeout = -time.Second }, "Timeout"},
		"request bytes":     {func(t *target) { t.MaxRequestBytes = abi.MaxHTTPBody + 1 }, "MaxRequestBytes"},
		"wanted bytes":      {func(t *target) { t.MaxWantedBytes = hostfuncs.MaxMaxWantedBytes + 1 }, "MaxWantedBytes"},
		"response bytes":    {func(t *target) { t.MaxResponseBytes = abi.MaxHTTPBody + 1 }, "MaxResponseBytes"},
		"header bytes":      {func(t *target) { t.MaxResponseHeaderBytes = hostfuncs.MaxMaxResponseHeaderBytes + 1 }, "MaxResponseHeaderBytes"},
		"ratio":             {func(t *target) { t.MaxRatio = hostfuncs.MaxMaxRatio + 1 }, "MaxRatio"},
	} {
		wrong := base
		c.change(&wrong)
		if have := fields(t, hostfuncs.Policy{Targets: []target{wrong}}); len(have) != 1 || have[0] != "Targets[0]."+c.field {
			t.Errorf("%s: have %v, want Targets[0].%s", name, have, c.field)
		}
	}
}

// TestAllMistakesAtOnce are joined.
func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	good := grant("https://a.example")
	have := fields(t, hostfuncs.Policy{Targets: []hostfuncs.Target{{}, good, good}, Reveal: []string{"x"}, DryRunReads: true})
	want := []string{"Targets[0].Name", "Targets[0].BaseURL", "Targets[0].Methods", "Targets[0].Paths", "Targets[2].Name", "Reveal[0]", "DryRunReads"}
	if !slices.Equal(have, want) {
		t.Errorf("have %v\nwant %v", have, want)
	}
	good.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "s"}}
	if _, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{good}}, nil); err == nil {
		t.Error("no secrets at all were taken")
	}
}

// TestLimitsAtTheMost are taken.
func TestLimitsAtTheMost(t *testing.T) {
	t.Parallel()
	g := grant("https://a.example:65535")
	g.Name = strings.Repeat("a", hostfuncs.MaxTargetName)
	g.Concurrency, g.MaxTries, g.MaxRetryWait, g.Timeout = hostfuncs.MaxConcurrency, hostfuncs.MaxMaxTries, hostfuncs.MaxTimeout, hostfuncs.MaxTimeout
	g.MaxRequestBytes, g.MaxResponseBytes = abi.MaxHTTPBody, abi.MaxHTTPBody
	g.MaxResponseHeaderBytes, g.MaxRatio = hostfuncs.MaxMaxResponseHeaderBytes, hostfuncs.MaxMaxRatio
	if have := fields(t, hostfuncs.Policy{Targets: []hostfuncs.Target{g}}); have != nil {
		t.Error(have)
	}
}

// TestRules wants one sentence for each code, and codes as they are written.
func TestRules(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range hostfuncs.Rules() {
		if seen[r.Code] || !regexp.MustCompile(`^[A-Z]+(-[A-Z]+)*$`).MatchString(r.Code) || !strings.HasSuffix(r.Why, ".") || strings.Count(r.Why, ". ") > 0 {
			t.Errorf("%+v", r)
		}
		seen[r.Code] = true
	}
	for _, code := range []string{
		hostfuncs.RuleTarget, hostfuncs.RuleMethod, hostfuncs.RuleOrigin, hostfuncs.RulePath, hostfuncs.RuleLoginPath, hostfuncs.RuleQuery, hostfuncs.RuleHeader, hostfuncs.RuleBody, hostfuncs.RuleSecretSlot,
		hostfuncs.RuleCredential, hostfuncs.RuleAddress, hostfuncs.RuleRedirect, hostfuncs.RuleEncoding, hostfuncs.RuleAnswerFields, hostfuncs.RuleSecretEcho, hostfuncs.RuleWant, hostfuncs.RuleAnswerJSON, hostfuncs.RuleAnswerRows, hostfuncs.RuleDryRun, hostfuncs.RuleReveal,
	} {
		if !seen[code] {
			t.Errorf("%s is not in the table", code)
		}
		delete(seen, code)
	}
	if len(seen) != 0 {
		t.Errorf("rules without a constant: %v", seen)
	}
}

// TestDryRun shows writes as they would go out, sends none of them, and lets
// reads through only if that is wanted.
func TestDryRun(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	target := slotted(server.URL)
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: "admin", Secret: "pw"}, {Kind: hostfuncs.APIKey, Query: "key", Secret: "parameter:Key"}}
	var shown []hostfuncs.DryRunRequest
	policy := hostfuncs.Policy{Targets: []hostfuncs.Target{target}, DryRun: func(r hostfuncs.DryRunRequest) { shown = append(shown, r) }}
	secrets := hostfuncs.SecretMap{"pw": "the-password"}
	l := leaseOf(t, policy, secrets, nil)
	seal(t, l, "parameter:Key", "the-key")
	p := seal(t, l, "new_password", "the-new-password")
	write := abi.HTTPRequest{Method: "PUT", Path: "/users/a%20b", Query: []abi.Field{{Name: "a", Value: "b c"}}, Body: `{"n":1,"password":"` + p + `"}`,
		Headers: []abi.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Password", Value: p}}}
	a := ask(t, l, write)
	wantError(t, a, abi.NotSent, hostfuncs.RuleDryRun)
	if a.Error.Retryable || len(shown) != 1 {
		t.Fatalf("retryable %v, shown %v", a.Error.Retryable, shown)
	}
	want := hostfuncs.DryRunRequest{
		Target: "app", Method: "PUT", URL: server.URL + "/users/a%20b?a=b%20c&key=«sealed: parameter:Key»",
		Headers: []abi.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Password", Value: "pw «sealed: new_password»"},
			{Name: "Authorization", Value: "Basic «sealed: pw»"}, {Name: "Accept-Encoding", Value: "gzip"}, {Name: "User-Agent", Value: "ecmabox"}},
		Body: `{"n":1,"password":"«sealed: new_password»"}`,
	}
	if fmt.Sprintf("%+v", shown[0]) != fmt.Sprintf("%+v", want) {
		t.Errorf("have %+v\nwant %+v", shown[0], want)
	}
	wantError(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), abi.NotSent, hostfuncs.RuleDryRun)
	wantError(t, ask(t, l, abi.HTTPRequest{Path: "//"}), abi.Denied, hostfuncs.RulePath)
	if len(seen.all()) != 0 || len(shown) != 2 {
		t.Errorf("sent %v, shown %d", seen.all(), len(shown))
	}

	policy.DryRunReads = true
	l = leaseOf(t, policy, secrets, nil)
	seal(t, l, "parameter:Key", "the-key")
	wantStatus(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), 200)
	for _, r := range []abi.HTTPRequest{{Safety: abi.Idempotent}, {Method: "POST", Safety: abi.Safe}, {Method: "DELETE", Safety: abi.Safe}} {
		wantError(t, ask(t, l, r), abi.NotSent, hostfuncs.RuleDryRun)
	}
	if len(seen.all()) != 1 || len(shown) != 5 {
		t.Errorf("sent %d, shown %d", len(seen.all()), len(shown))
	}
}

// FuzzRequest sends whatever it is given: what arrives must be the one request
// that was asked for, to a granted path, without a secret outside its slot.
func FuzzRequest(f *testing.F) {
	f.Add("/users/1", "X-Granted", "v", "q", "1", "{}")
	f.Add("/users/%2e%2e/x", "Host", "a\r\nb", "_method", "PUT", `{"password":"P"}`)
	f.Add("//", "Content-Length", "0", "api_key", "&", "P")
	server, seen := record(f, nil)
	target := slotted(server.URL + "/base")
	target.RequestHeaders, target.RatePerSecond = []string{"X-Granted"}, 1e6
	l := lease(f, target, nil)
	p := seal(f, l, "new_password", "the-secret-password")
	f.Fuzz(func(t *testing.T, path, name, value, key, text, body string) {
		fill := func(s string) string { return strings.ReplaceAll(s, "P", p) }
		before := len(seen.all())
		a := ask(t, l, abi.HTTPRequest{Method: "PUT", Path: fill(path), Headers: []abi.Field{{Name: name, Value: fill(value)}}, Query: []abi.Field{{Name: key, Value: fill(text)}}, Body: fill(body)})
		all := seen.all()[before:]
		if a.Error != nil {
			if len(all) != 0 {
				t.Errorf("denied with %v, yet sent: %+v", a.Error, all)
			}
			return
		}
		if len(all) != 1 || !strings.HasPrefix(all[0].URI, "/base/") || strings.Contains(all[0].URI, "/../") || all[0].Method != "PUT" {
			t.Errorf("arrived: %+v", all)
		}
		if strings.Contains(fmt.Sprint(all), "ecmasealed") {
			t.Errorf("a placeholder arrived: %+v", all)
		}
	})
}

// BenchmarkHTTP sends one small request over loopback, with all checks and with
// net/http alone.
func BenchmarkHTTP(b *testing.B) {
	server, _ := record(b, nil)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":"2819c223","userName":"bjensen"}`)
	})
	b.Run("net/http", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{}}
		for b.Loop() {
			r, err := client.Get(server.URL + "/users/1")
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
	})
	b.Run("hostfuncs", func(b *testing.B) {
		target := grant(server.URL)
		target.RatePerSecond = 1e6
		target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: "admin", Secret: "pw"}}
		l := lease(b, target, hostfuncs.SecretMap{"pw": "the-password"})
		requests := abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "app", Method: "GET", Path: "/users/1", Safety: abi.Safe}}}
		for b.Loop() {
			answers, err := l.HTTP(context.Background(), requests)
			if err != nil || answers.Answers[0].Status != 200 {
				b.Fatal(answers, err)
			}
		}
	})
}
