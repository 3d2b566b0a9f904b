package hostfuncs_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

func seal(t testing.TB, l abi.HostLease, name, secret string) string {
	t.Helper()
	p, err := l.Seal(name, secret)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	secrets := hostfuncs.SecretMap{"pw": "s3cret-Pässword", "token": "t0ken-1234567", "user": "from-secret"}
	type header map[string]string
	for name, c := range map[string]struct {
		credentials []hostfuncs.Credential
		header      header
		uri         string
	}{
		"basic": {[]hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: "admin", Secret: "pw"}},
			header{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("admin:s3cret-Pässword"))}, "/"},
		"basic, user from a secret": {[]hostfuncs.Credential{{Kind: hostfuncs.Basic, UsernameFrom: "user", Secret: "token"}},
			header{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("from-secret:t0ken-1234567"))}, "/"},
		"basic, password from a parameter": {[]hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: "admin", Secret: "parameter:Password"}},
			header{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("admin:sealed-parameter"))}, "/"},
		"bearer":         {[]hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}}, header{"Authorization": "Bearer t0ken-1234567"}, "/"},
		"key in header":  {[]hostfuncs.Credential{{Kind: hostfuncs.APIKey, Header: "x-api-key", Prefix: "Key ", Secret: "token"}}, header{"X-Api-Key": "Key t0ken-1234567"}, "/"},
		"key in query":   {[]hostfuncs.Credential{{Kind: hostfuncs.APIKey, Query: "key", Secret: "pw"}}, nil, "/?key=s3cret-P%C3%A4ssword"},
		"header + query": {[]hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}, {Kind: hostfuncs.APIKey, Query: "key", Secret: "token"}}, header{"Authorization": "Bearer t0ken-1234567"}, "/?key=t0ken-1234567"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, seen := record(t, nil)
			target := grant(server.URL)
			target.Credentials = c.credentials
			l := lease(t, target, secrets)
			seal(t, l, "parameter:Password", "sealed-parameter")
			wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
			got := seen.last(t)
			for name, value := range c.header {
				if have := got.Header.Values(name); len(have) != 1 || have[0] != value {
					t.Errorf("header %s is %q, want %q", name, have, value)
				}
			}
			if got.URI != c.uri {
				t.Errorf("asked for %s, want %s", got.URI, c.uri)
			}
		})
	}
}

func TestCredentialsThatDoNotFit(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	for name, c := range map[string]hostfuncs.Credential{
		"line end":         {Kind: hostfuncs.Bearer, Secret: "lines"},
		"parameter absent": {Kind: hostfuncs.Bearer, Secret: "parameter:Password"},
		"colon in user":    {Kind: hostfuncs.Basic, UsernameFrom: "colon", Secret: "lines"},
	} {
		target := grant(server.URL)
		target.Credentials = []hostfuncs.Credential{c}
		a := ask(t, lease(t, target, hostfuncs.SecretMap{"lines": "token\r\nX-Admin: 1", "colon": "a:b"}), abi.HTTPRequest{})
		if wantError(t, a, abi.Denied, hostfuncs.RuleCredential); strings.Contains(a.Error.Error(), "token") {
			t.Errorf("%s: the secret is in %v", name, a.Error)
		}
	}
	if len(seen.all()) != 0 {
		t.Error("something was sent")
	}
	target := grant(server.URL)
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "absent"}}
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, hostfuncs.SecretMap{})
	if _, err := h.Lease(context.Background(), abi.LeaseRequest{}); abi.CodeOf(err) != abi.HostFailure || !strings.Contains(err.Error(), `"absent"`) {
		t.Errorf("a lease without its secret: %v", err)
	}
}

// slotted is a target with one slot of each kind on one path.
func slotted(url string) hostfuncs.Target {
	target := grant(url)
	paths, accepts := []string{"PUT,POST /users/*"}, []string{"new_password", "answer:hash"}
	target.Slots = []hostfuncs.Slot{
		{Header: "X-Password", Prefix: "pw ", Paths: paths, Accepts: accepts},
		{Query: "pw", Paths: paths, Accepts: accepts},
		{Pointer: "/password", Paths: paths, Accepts: accepts},
		{Pointer: "/list/*/password", Paths: paths, Accepts: []string{"old_password"}},
		{Pointer: "/list/0/password", Paths: paths, Accepts: accepts},
		{Form: "pw", Paths: paths, Accepts: accepts},
	}
	return target
}

func TestSlots(t *testing.T) {
	t.Parallel()
	const secret = "pä\"ss\\ w&rd=/?"
	server, seen := record(t, nil)
	l := lease(t, slotted(server.URL), nil)
	p := seal(t, l, "new_password", secret)
	old := seal(t, l, "old_password", "old-secret")
	form := []abi.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded; charset=utf-8"}}
	put := abi.HTTPRequest{Method: "PUT", Path: "/users/1"}
	for name, c := range map[string]struct {
		change func(*abi.HTTPRequest)
		uri    string
		body   string
	}{
		"query":                         {func(r *abi.HTTPRequest) { r.Query = []abi.Field{{Name: "a", Value: "1"}, {Name: "pw", Value: p}} }, "/users/1?a=1&pw=" + strings.ReplaceAll(url.QueryEscape(secret), "+", "%20"), ""},
		"json":                          {func(r *abi.HTTPRequest) { r.Body = `{"n":1.0, "password" : "` + p + `" ,"x":"\/"}` }, "/users/1", `{"n":1.0, "password" : "pä\"ss\\ w&rd=/?" ,"x":"\/"}`},
		"json, written with an escape":  {func(r *abi.HTTPRequest) { r.Body = `{"password":"\u0065` + p[1:] + `"}` }, "/users/1", `{"password":"pä\"ss\\ w&rd=/?"}`},
		"json, two slots for a place":   {func(r *abi.HTTPRequest) { r.Body = `{"list":[{"password":"` + p + `"},{"password":"` + old + `"}]}` }, "/users/1", `{"list":[{"password":"pä\"ss\\ w&rd=/?"},{"password":"old-secret"}]}`},
		"json, a password in the clear": {func(r *abi.HTTPRequest) { r.Body = `{"password":"guest's own"}` }, "/users/1", `{"password":"guest's own"}`},
		"form":                          {func(r *abi.HTTPRequest) { r.Headers, r.Body = form, "a=b+c&pw="+p+"&d" }, "/users/1", "a=b+c&pw=" + url.QueryEscape(secret) + "&d"},
	} {
		t.Run(name, func(t *testing.T) {
			request := put
			c.change(&request)
			wantStatus(t, ask(t, l, request), 200)
			if got := seen.last(t); got.Body != c.body || got.URI != c.uri {
				t.Errorf("sent %s %s\nwant %s %s", got.URI, got.Body, c.uri, c.body)
			}
		})
	}
	plain := seal(t, l, "new_password", "plain-secret")
	put.Headers = []abi.Field{{Name: "x-password", Value: plain}}
	wantStatus(t, ask(t, l, put), 200)
	if got := seen.last(t).Header.Get("X-Password"); got != "pw plain-secret" {
		t.Errorf("the header is %q", got)
	}
}

// TestPlaceholderOutsideItsSlot tries every way to send a placeholder to a place
// where it could be read back.
func TestPlaceholderOutsideItsSlot(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	target := slotted(server.URL)
	target.RequestHeaders, target.IdempotencyHeader = []string{"X-Note"}, "X-Key"
	l := lease(t, target, nil)
	other := lease(t, target, nil)
	p := seal(t, l, "new_password", "the-new-password")
	foreign := seal(t, other, "new_password", "the-new-password")
	attribute := seal(t, l, "attribute:pin", "123456")
	lineEnd := seal(t, l, "new_password", "line\nend")
	notUTF8 := seal(t, l, "new_password", "\xff\xfe\xfd\xfc\xfb\xfa")
	std := base64.StdEncoding.EncodeToString
	percent, unicode := "", ""
	for _, c := range []byte(p) {
		percent += "%" + hex.EncodeToString([]byte{c})
		unicode += `\u00` + hex.EncodeToString([]byte{c})
	}
	json := func(text string) abi.HTTPRequest { return abi.HTTPRequest{Method: "PUT", Path: "/users/1", Body: text} }
	header := func(name, value string) abi.HTTPRequest {
		return abi.HTTPRequest{Method: "PUT", Path: "/users/1", Headers: []abi.Field{{Name: name, Value: value}}}
	}
	form := func(body string) abi.HTTPRequest {
		r := header("Content-Type", "application/x-www-form-urlencoded")
		r.Body = body
		return r
	}
	query := func(name, value string) abi.HTTPRequest {
		return abi.HTTPRequest{Method: "PUT", Path: "/users/1", Query: []abi.Field{{Name: name, Value: value}}}
	}
	for name, request := range map[string]abi.HTTPRequest{
		"path":                     {Method: "PUT", Path: "/users/" + p},
		"path, percent":            {Method: "PUT", Path: "/users/" + percent},
		"path, base64":             {Method: "PUT", Path: "/users/" + base64.RawURLEncoding.EncodeToString([]byte(p))},
		"query value":              query("note", p),
		"query name":               query(p, "1"),
		"query among text":         query("pw", "x"+p),
		"query in capitals":        query("PW", p),
		"header":                   header("X-Note", p),
		"header among text":        header("X-Password", p+" "),
		"header in base64":         header("X-Note", std([]byte(p))),
		"idempotency key":          {Method: "PUT", Path: "/users/1", IdempotencyKey: p},
		"json, another field":      json(`{"displayName":"` + p + `"}`),
		"json, both":               json(`{"password":"` + p + `","displayName":"` + p + `"}`),
		"json, a key":              json(`{"` + p + `":1}`),
		"json, among text":         json(`{"password":"x` + p + `"}`),
		"json, escaped":            json(`{"displayName":"` + unicode + `"}`),
		"json, base64":             json(`{"displayName":"` + std([]byte(p)) + `"}`),
		"json, base64 shifted":     json(`{"displayName":"` + std([]byte("x"+p)) + `"}`),
		"json, hex":                json(`{"displayName":"` + hex.EncodeToString([]byte(p)) + `"}`),
		"json, percent":            json(`{"displayName":"` + percent + `"}`),
		"json, utf16":              json(strings.Join(strings.Split(p, ""), "\x00")),
		"json, twice the key":      json(`{"password":"` + p + `","password":"x"}`),
		"json, broken":             json(`{"password":"` + p + `"`),
		"json, deeper":             json(`{"a":{"password":"` + p + `"}}`),
		"text":                     json(p),
		"form, other key":          form("note=" + p),
		"form, percent":            form("note=" + percent),
		"form, among text":         form("pw=x" + p),
		"form body, json type":     json("pw=" + p),
		"json body, form type":     form(`{"password":"` + p + `"}`),
		"other method":             {Method: "PATCH", Path: "/users/1", Body: `{"password":"` + p + `"}`},
		"other path":               {Method: "PUT", Path: "/groups/1", Body: `{"password":"` + p + `"}`},
		"other lease":              json(`{"password":"` + foreign + `"}`),
		"invented":                 json(`{"password":"ecmasealed` + strings.Repeat("0", 32) + `"}`),
		"not accepted":             json(`{"password":"` + attribute + `"}`),
		"not accepted here":        json(`{"list":[{},{"password":"` + p + `"}]}`),
		"line end in a header":     header("X-Password", lineEnd),
		"no UTF-8 in JSON":         json(`{"password":"` + notUTF8 + `"}`),
		"placeholder and half one": json(`{"password":"` + p + `","x":"ecmasealed"}`),
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, l, request)
			wantError(t, a, abi.Denied, hostfuncs.RuleSecretSlot)
			if strings.Contains(a.Error.Error(), "the-new-password") || !strings.HasPrefix(a.Error.Message, "target app: ") {
				t.Errorf("the secret is in the error, or not the target: %v", a.Error)
			}
		})
	}
	if n := len(seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestEcho lets a server send back what it must not, in every encoding.
func TestEcho(t *testing.T) {
	t.Parallel()
	const token, parameter = "bearer-t0ken/ä", "parameter \"secret\""
	const basic = "YWRtaW46Z3Vlc3Q=" // admin:guest; guest itself is too short to look for
	var body, header string
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", header)
		io.WriteString(w, body)
	})
	target := grant(server.URL)
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: "admin", Secret: "short"}, {Kind: hostfuncs.APIKey, Query: "k", Secret: "token"}}
	var log bytes.Buffer // which is read behind Close
	l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}, Logger: zerolog.New(&log)}, hostfuncs.SecretMap{"token": token, "short": "guest"}, nil)
	seal(t, l, "parameter:Password", parameter)

	var utf16 strings.Builder
	for _, c := range parameter {
		utf16.WriteString(string(c) + "\x00")
	}
	quoted, _ := json.Marshal(parameter)
	for name, text := range map[string]string{
		"raw": token, "another secret": parameter, "derived": basic, "derived, in hex": hex.EncodeToString([]byte(basic)), "base64": base64.StdEncoding.EncodeToString([]byte("x" + token)),
		"base64 url": base64.RawURLEncoding.EncodeToString([]byte(token + "??>>")), "hex": hex.EncodeToString([]byte(token)),
		"hex in capitals": strings.ToUpper(hex.EncodeToString([]byte(token))), "percent": url.QueryEscape(token), "json": string(quoted), "utf16": utf16.String(),
	} {
		t.Run(name, func(t *testing.T) {
			body, header = "{\"you said\":\""+text+"\"}", ""
			a := ask(t, l, abi.HTTPRequest{Safety: abi.Safe})
			wantError(t, a, abi.Denied, hostfuncs.RuleSecretEcho)
			if a.Tries != 1 || !strings.Contains(a.Error.Message, "status 200") {
				t.Errorf("%d tries, %v", a.Tries, a.Error)
			}
			if name != "utf16" {
				body, header = "", text
				wantError(t, ask(t, l, abi.HTTPRequest{Safety: abi.Safe}), abi.Denied, hostfuncs.RuleSecretEcho)
			}
		})
	}
	body, header = "guest admin bearer-t0ken/", "x"
	wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
	l.Close(background, false)
	for _, secret := range []string{token, "parameter", basic} {
		if log.Len() == 0 || strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}

// rabbit is enough of RabbitMQ's management API: a PUT without the old hash
// makes a user who cannot log in.
type rabbit struct {
	mu    sync.Mutex
	users map[string]map[string]any
}

func (r *rabbit) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, one := strings.CutPrefix(q.URL.Path, "/api/users/")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case q.Method == "PUT":
		var u map[string]any
		json.NewDecoder(q.Body).Decode(&u)
		u["name"] = name
		r.users[name] = u
		w.WriteHeader(204)
	case one && r.users[name] == nil:
		w.WriteHeader(404)
		io.WriteString(w, `{"error":"Object Not Found","reason":"Not Found"}`)
	case one:
		json.NewEncoder(w).Encode(r.users[name])
	default:
		list := []any{}
		for _, u := range r.users {
			list = append(list, u)
		}
		json.NewEncoder(w).Encode(list)
	}
}

// TestSealedAnswer reads a user, changes its tags and writes the hash back
// without ever having seen it.
func TestSealedAnswer(t *testing.T) {
	t.Parallel()
	const hash = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
	app := &rabbit{users: map[string]map[string]any{
		"ann": {"name": "ann", "password_hash": hash, "tags": []string{}},
		"bob": {"name": "bob", "password_hash": "", "tags": []string{}},
	}}
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	target := grant(server.URL)
	target.Seal = []hostfuncs.SealedField{{Pointer: "/password_hash", Name: "password_hash"}, {Pointer: "/*/password_hash", Name: "password_hash"}}
	target.Drop = []string{"/limits"}
	target.Slots = []hostfuncs.Slot{{Pointer: "/password_hash", Paths: []string{"PUT /api/users/*"}, Accepts: []string{"answer:password_hash"}}}
	l := lease(t, target, nil)

	list := ask(t, l, abi.HTTPRequest{Path: "/api/users"})
	wantStatus(t, list, 200)
	if strings.Contains(list.Body, hash) || strings.Count(list.Body, "ecmasealed") != 1 {
		t.Fatalf("the list shows %s", list.Body)
	}
	one := ask(t, l, abi.HTTPRequest{Path: "/api/users/ann"})
	var user map[string]any
	if err := json.Unmarshal([]byte(one.Body), &user); err != nil {
		t.Fatal(err)
	}
	user["tags"] = []string{"management"}
	body, _ := json.Marshal(user)
	wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "PUT", Path: "/api/users/ann", Body: string(body)}), 204)
	if have := app.users["ann"]["password_hash"]; have != hash {
		t.Errorf("the hash became %v", have)
	}
	again := ask(t, l, abi.HTTPRequest{Path: "/api/users/ann"})
	if again.Body == one.Body || strings.Contains(again.Body, hash) {
		t.Errorf("the placeholder is not fresh: %s", again.Body)
	}
	wantStatus(t, ask(t, l, abi.HTTPRequest{Path: "/api/users/nobody"}), 404)
}

func TestAnswerFields(t *testing.T) {
	t.Parallel()
	status, answer := 200, ""
	server, _ := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, answer)
	})
	target := grant(server.URL)
	target.Drop = []string{"/**/ssn", "/both"}
	target.Seal = []hostfuncs.SealedField{{Pointer: "/token", Name: "token"}, {Pointer: "/both", Name: "token"}}
	l := lease(t, target, nil)
	for name, c := range map[string]struct {
		status   int
		in, want string
		rule     string
	}{
		"dropped":             {200, `{"id":1e400,"ssn":"078-05-1120","a":[{"ssn":1}],"both":"x"}`, `{"id":1e400,"a":[{}]}`, ""},
		"null stays":          {200, `{"token":null}`, `{"token":null}`, ""},
		"empty stays":         {200, `{"token":""}`, `{"token":""}`, ""},
		"number":              {200, `{"token":12345678}`, "", hostfuncs.RuleAnswerFields},
		"object":              {200, `{"token":{"v":"secret"}}`, "", hostfuncs.RuleAnswerFields},
		"not JSON":            {200, `<ssn>078-05-1120</ssn>`, "", hostfuncs.RuleAnswerFields},
		"key twice":           {200, `{"ssn":"a","ssn":"b"}`, "", hostfuncs.RuleAnswerFields},
		"two values":          {200, `{"ssn":1}{"ssn":2}`, "", hostfuncs.RuleAnswerFields},
		"too deep":            {200, strings.Repeat("[", 100) + strings.Repeat("]", 100), "", hostfuncs.RuleAnswerFields},
		"no body":             {200, "", "", ""},
		"error page":          {500, `<h1>ssn 078-05-1120</h1>`, "(withheld: no JSON, of which fields could be dropped or sealed)", ""},
		"error without body":  {404, ``, "", ""},
		"error in JSON":       {400, `{"ssn":1,"why":"x"}`, `{"why":"x"}`, ""},
		"sealed value echoed": {200, `{"token":"sealed-token","log":"sealed-token"}`, "", hostfuncs.RuleSecretEcho},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer = c.status, c.in
			a := ask(t, l, abi.HTTPRequest{Safety: abi.Safe})
			if c.rule != "" {
				wantError(t, a, abi.Denied, c.rule)
				return
			}
			if wantStatus(t, a, c.status); a.Body != c.want {
				t.Errorf("have %s, want %s", a.Body, c.want)
			}
		})
	}
}

// TestSealLimits seals up to the limits and one past them.
func TestSealLimits(t *testing.T) {
	t.Parallel()
	l := leaseOf(t, hostfuncs.Policy{}, nil, nil)
	big := strings.Repeat("x", hostfuncs.MaxSealedBytes)
	seal(t, l, "new_password", big)
	if _, err := l.Seal("new_password", "y"); abi.CodeOf(err) != abi.LimitExceeded || abi.AsError(err).Limit != "sealed_bytes" || abi.AsError(err).Used != 0 {
		t.Errorf("past the bytes: %v", err)
	}
	l = leaseOf(t, hostfuncs.Policy{}, nil, nil)
	for range hostfuncs.MaxSealed {
		seal(t, l, "new_password", "")
	}
	if _, err := l.Seal("new_password", ""); abi.CodeOf(err) != abi.LimitExceeded || abi.AsError(err).Limit != "sealed" {
		t.Errorf("past the number: %v", err)
	}
	if _, err := l.Seal("secret", "x"); abi.CodeOf(err) != abi.HostFailure {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	l := leaseOf(t, hostfuncs.Policy{}, nil, nil)
	a, b := seal(t, l, "new_password", "same"), seal(t, l, "new_password", "same")
	if a == b || len(a) != 42 || strings.Trim(a, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		t.Errorf("placeholders %s and %s", a, b)
	}
	p, q, r := seal(t, l, "parameter:P", "1"), seal(t, l, "parameter:P", "1"), seal(t, l, "parameter:P", "2")
	if p != q || p == r {
		t.Errorf("placeholders of a parameter: %s, %s, then %s", p, q, r)
	}
}
