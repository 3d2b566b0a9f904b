package hostfuncs_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

func contentType(value string) []abi.Field { return []abi.Field{{Name: "Content-Type", Value: value}} }

const formType = "application/x-www-form-urlencoded"

// TestSlotNeedsItsType fills a pointer's slot in JSON alone, and a form's in a
// form: a target that reads the body in another way puts the secret elsewhere.
func TestSlotNeedsItsType(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	g := grant(server.URL)
	g.Slots = []hostfuncs.Slot{
		{Pointer: "/password", Paths: []string{"/users"}, Accepts: []string{"new_password"}},
		{Form: "password", Paths: []string{"/form"}, Accepts: []string{"new_password"}},
	}
	l := lease(t, g, nil)
	placeholder := seal(t, l, "new_password", "Canary-Password-7")
	json, form := `{"x&displayName=":1,"password":"`+placeholder+`"}`, "a=1&password="+placeholder
	for name, c := range map[string]struct {
		path, media, body string
		filled            bool
	}{
		"json":                             {"/users", "application/json", json, true},
		"json, another spelling":           {"/users", "Application/JSON ; charset=utf-8", json, true},
		"json, of a kind":                  {"/users", "application/scim+json", json, true},
		"json, no type":                    {"/users", "", json, true},
		"json as form":                     {"/users", formType, json, false},
		"json as form, bad parameter":      {"/users", formType + "; charset", json, false},
		"json as form, twice":              {"/users", formType + "; a=1; a=2", json, false},
		"json as form, empty name":         {"/users", formType + ";=", json, false},
		"json as form, open quote":         {"/users", "APPLICATION/X-WWW-FORM-URLENCODED ;a=\"", json, false},
		"two types":                        {"/users", formType + ", application/json", json, false},
		"two types, json first":            {"/users", "application/json, " + formType, json, false},
		"json as parts":                    {"/users", "multipart/form-data; boundary=x", json, false},
		"json as text":                     {"/users", "text/plain", json, false},
		"json, bad parameter":              {"/users", "application/json; charset", json, false},
		"form":                             {"/form", formType, form, true},
		"form as json":                     {"/form", "application/json", form, false},
		"form, no type":                    {"/form", "", form, false},
		"form, key twice":                  {"/form", formType, form + "&password=x", false},
		"form, key twice, plain one first": {"/form", formType, "p%61ssword=x&" + form, false},
		"form, filled twice":               {"/form", formType, form + "&password=" + placeholder, false},
		"form, other key twice":            {"/form", formType, "b=1&b=2&" + form, true},
	} {
		t.Run(name, func(t *testing.T) {
			request := abi.HTTPRequest{Method: "POST", Path: c.path, Body: c.body}
			if c.media != "" {
				request.Headers = contentType(c.media)
			}
			before := len(seen.all())
			a := ask(t, l, request)
			if !c.filled {
				if wantError(t, a, abi.Denied, hostfuncs.RuleSecretSlot); len(seen.all()) != before || !strings.HasPrefix(a.Error.Message, "target app: ") {
					t.Errorf("it was sent, or the error does not name the target: %v", a.Error)
				}
				return
			}
			wantStatus(t, a, 200)
			got := seen.last(t)
			if want := strings.ReplaceAll(c.body, placeholder, "Canary-Password-7"); got.Body != want {
				t.Errorf("have %q, want %q", got.Body, want)
			}
			if media := got.Header.Get("Content-Type"); media == "" || c.media == "" && media != "application/json" {
				t.Errorf("the target was told %q", media)
			}
		})
	}
}

// TestSlotsInSlots: a slot whose pointer also names what holds another slot's place does
// not stand before it, and accepts nothing there that it does not elsewhere.
func TestSlotsInSlots(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	g := grant(server.URL)
	g.Slots = []hostfuncs.Slot{
		{Pointer: "/a/*", Paths: []string{"/**"}, Accepts: []string{"parameter:Key"}},
		{Pointer: "/a/b/0/c", Paths: []string{"/**"}, Accepts: []string{"new_password"}},
	}
	l := lease(t, g, nil)
	key, password := seal(t, l, "parameter:Key", "Canary-Key-1"), seal(t, l, "new_password", "Canary-Password-7")
	a := ask(t, l, abi.HTTPRequest{Method: "POST", Body: `{"a":{"x":"` + key + `","b":[{"c":"` + password + `","d":1}],"y":{}}}`})
	wantStatus(t, a, 200)
	if want := `{"a":{"x":"Canary-Key-1","b":[{"c":"Canary-Password-7","d":1}],"y":{}}}`; seen.last(t).Body != want {
		t.Errorf("have %s, want %s", seen.last(t).Body, want)
	}
	sent := len(seen.all())
	for _, body := range []string{`{"a":{"x":"` + password + `"}}`, `{"a":{"b":[{"c":"` + key + `"}]}}`, `{"a":{"b":[{"d":"` + key + `"}]}}`, `{"a":{"b":["` + password + `"]}}`} {
		wantError(t, ask(t, l, abi.HTTPRequest{Method: "POST", Body: body}), abi.Denied, hostfuncs.RuleSecretSlot)
	}
	if len(seen.all()) != sent {
		t.Error("a body with a secret outside of its slot was sent")
	}
}

// TestFilledBodyIsBounded fills bodies to their limit and one byte past it, in
// which the secrets count as they are sent.
func TestFilledBodyIsBounded(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	for name, c := range map[string]struct{ media, around, secret, sent string }{
		"json":           {"application/json", `{"password":"%"}`, "12345678", "12345678"},
		"json, escaped":  {"application/json", `{"password":"%"}`, "\x01\x02345678", `\u0001\u0002345678`},
		"form":           {formType, "password=%&a=b", "12345678", "12345678"},
		"form, escaped":  {formType, "password=%&a=b", "&=?/5678", "%26%3D%3F%2F5678"},
		"json, long one": {"application/json", `{"password":"%"}`, strings.Repeat("x", 10_000), strings.Repeat("x", 10_000)},
	} {
		t.Run(name, func(t *testing.T) {
			// Longer than a placeholder, since the limit holds for what the
			// connector writes too.
			c.secret, c.sent = strings.Repeat(c.secret, 8), strings.Repeat(c.sent, 8)
			want := strings.Replace(c.around, "%", c.sent, 1)
			pad := strings.Repeat(" ", 100)
			if c.media == formType {
				pad = "&" + strings.Repeat("x", 100)
			}
			for extra, fits := range map[int]bool{0: true, -1: false} {
				g := grant(server.URL)
				g.MaxRequestBytes = len(want) + len(pad) + extra
				g.Slots = []hostfuncs.Slot{
					{Pointer: "/password", Paths: []string{"/**"}, Accepts: []string{"new_password"}},
					{Form: "password", Paths: []string{"/**"}, Accepts: []string{"new_password"}},
				}
				l := lease(t, g, nil)
				body := strings.Replace(c.around, "%", seal(t, l, "new_password", c.secret), 1) + pad
				a := ask(t, l, abi.HTTPRequest{Method: "POST", Headers: contentType(c.media), Body: body})
				if fits {
					if wantStatus(t, a, 200); seen.last(t).Body != want+pad {
						t.Errorf("have %.200q, want %.200q", seen.last(t).Body, want+pad)
					}
					continue
				}
				if wantError(t, a, abi.LimitExceeded, "request_bytes"); a.Error.Used != 0 || !strings.Contains(a.Error.Message, "target app") {
					t.Errorf("it tells how long the secret is, or not the target: %v", a.Error)
				}
			}
		})
	}
}

// TestManyPlaceholdersTakeLittle repeats a placeholder for a long secret. It is
// not parallel, since it counts what the whole process allocates.
func TestManyPlaceholdersTakeLittle(t *testing.T) {
	server, seen := record(t, nil)
	g := grant(server.URL)
	g.Slots = []hostfuncs.Slot{
		{Pointer: "/**/password", Paths: []string{"/**"}, Accepts: []string{"parameter:Key"}},
		{Query: "key", Paths: []string{"/**"}, Accepts: []string{"parameter:Key"}},
	}
	l := lease(t, g, nil)
	placeholder := seal(t, l, "parameter:Key", strings.Repeat("K", 64<<10))
	many := make([]abi.Field, 50_000)
	for i := range many {
		many[i] = abi.Field{Name: "key", Value: placeholder}
	}
	for limit, request := range map[string]abi.HTTPRequest{
		"request_bytes": {Method: "POST", Body: "[" + strings.Repeat(`{"password":"`+placeholder+`"},`, 50_000) + "{}]"},
		"url_bytes":     {Query: many},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a := ask(t, l, request)
		runtime.ReadMemStats(&after)
		if wantError(t, a, abi.LimitExceeded, limit); a.Error.Used != 0 || len(seen.all()) != 0 {
			t.Errorf("have %v, and %d requests were sent", a.Error, len(seen.all()))
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 128<<20 {
			t.Errorf("%s: %d MiB were allocated", limit, used>>20)
		}
	}
}

// TestURLLimitTellsNoLength adds a credential to a URL that is too long already.
func TestURLLimitTellsNoLength(t *testing.T) {
	t.Parallel()
	server, _ := record(t, nil)
	g := grant(server.URL)
	g.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.APIKey, Query: "key", Secret: "token"}}
	l := lease(t, g, hostfuncs.SecretMap{"token": "Canary-0001"})
	for _, n := range []int{hostfuncs.MaxURLBytes - 30, hostfuncs.MaxURLBytes + 1} {
		a := ask(t, l, abi.HTTPRequest{Query: []abi.Field{{Name: "q", Value: strings.Repeat("a", n)}}})
		if wantError(t, a, abi.LimitExceeded, "url_bytes"); a.Error.Used != 0 || strings.Contains(a.Error.Error(), "this is") {
			t.Errorf("have %v", a.Error)
		}
	}
}

// TestHeaderLimitCountsSecrets counts a header with its secret in it.
func TestHeaderLimitCountsSecrets(t *testing.T) {
	t.Parallel()
	server, _ := record(t, nil)
	g := grant(server.URL)
	g.Slots = []hostfuncs.Slot{{Header: "X-Key", Paths: []string{"/**"}, Accepts: []string{"parameter:Key"}}}
	l := lease(t, g, nil)
	for size, fits := range map[int]bool{hostfuncs.MaxRequestHeaderBytes - len("X-Key"): true, hostfuncs.MaxRequestHeaderBytes - len("X-Key") + 1: false} {
		a := ask(t, l, abi.HTTPRequest{Headers: []abi.Field{{Name: "X-Key", Value: seal(t, l, "parameter:Key", strings.Repeat("k", size))}}})
		if fits {
			wantStatus(t, a, 200)
		} else if wantError(t, a, abi.LimitExceeded, "request_header_bytes"); a.Error.Used != 0 {
			t.Errorf("have %v", a.Error)
		}
	}
}

// TestConnectionsAreApartBySlots never sends two secrets over one connection.
func TestConnectionsAreApartBySlots(t *testing.T) {
	t.Parallel()
	var remotes []string
	server, _ := record(t, func(_ http.ResponseWriter, r *http.Request) { remotes = append(remotes, r.RemoteAddr) })
	g := grant(server.URL)
	g.Slots = []hostfuncs.Slot{
		{Header: "Authorization", Prefix: "Bearer ", Paths: []string{"/**"}, Accepts: []string{"parameter:T"}},
		{Query: "token", Paths: []string{"/**"}, Accepts: []string{"parameter:T"}},
	}
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{g}}, nil)
	for name, request := range map[string]func(placeholder string) abi.HTTPRequest{
		"header": func(p string) abi.HTTPRequest {
			return abi.HTTPRequest{Headers: []abi.Field{{Name: "Authorization", Value: p}}}
		},
		"query": func(p string) abi.HTTPRequest { return abi.HTTPRequest{Query: []abi.Field{{Name: "token", Value: p}}} },
	} {
		remotes = nil
		for _, secret := range []string{name + "-alice-1", name + "-bob-2", name + "-bob-2"} {
			l := open(t, h, abi.LeaseRequest{Lane: abi.LaneExport, Instance: "test"})
			wantStatus(t, ask(t, l, request(seal(t, l, "parameter:T", secret))), 200)
		}
		if remotes[0] == remotes[1] || remotes[1] != remotes[2] {
			t.Errorf("%s: the connections were %q", name, remotes)
		}
	}
}
