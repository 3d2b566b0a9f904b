package hostfuncs_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// filled grants one slot and returns a lease and what the server saw.
func filled(t *testing.T, slot hostfuncs.Slot) (abi.HostLease, *seen) {
	server, seen := record(t, nil)
	target := grant(server.URL)
	slot.Paths, slot.Accepts = []string{"/**"}, []string{"new_password"}
	target.Slots = []hostfuncs.Slot{slot}
	return lease(t, target, nil), seen
}

func form(body string) abi.HTTPRequest {
	return abi.HTTPRequest{Method: "POST", Body: body, Headers: []abi.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}}
}

func TestSlotEncodings(t *testing.T) {
	t.Parallel()
	const secret = `new "Pässword" 1`
	utf16 := base64.StdEncoding.EncodeToString([]byte("\"\x00n\x00e\x00w\x00 \x00\"\x00P\x00\xe4\x00s\x00s\x00w\x00o\x00r\x00d\x00\"\x00 \x001\x00\"\x00"))
	hashed := func(scheme string, h hash.Hash) func(string) bool {
		return func(have string) bool {
			text, found := strings.CutPrefix(have, scheme)
			b, err := base64.StdEncoding.DecodeString(text)
			if !found || err != nil || len(b) != h.Size()+16 {
				return false
			}
			h.Reset()
			io.WriteString(h, secret)
			h.Write(b[h.Size():])
			return string(h.Sum(nil)) == string(b[:h.Size()])
		}
	}
	is := func(want string) func(string) bool { return func(have string) bool { return have == want } }
	for encoding, right := range map[hostfuncs.SlotEncoding]func(string) bool{
		hostfuncs.EncodingPlain: is(secret), hostfuncs.EncodingBase64: is(base64.StdEncoding.EncodeToString([]byte(secret))), hostfuncs.EncodingUTF16LEQuoted: is(utf16),
		hostfuncs.EncodingSSHA: hashed("{SSHA}", sha1.New()), hostfuncs.EncodingSSHA256: hashed("{SSHA256}", sha256.New()), hostfuncs.EncodingSSHA512: hashed("{SSHA512}", sha512.New()),
	} {
		t.Run(encoding.String(), func(t *testing.T) {
			t.Parallel()
			l, seen := filled(t, hostfuncs.Slot{Pointer: "/pw", Encoding: encoding})
			p := seal(t, l, "new_password", secret)
			var values []string
			for range 2 {
				wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "POST", Body: `{"pw":"` + p + `"}`}), 200)
				var body struct{ Pw string }
				json.Unmarshal([]byte(seen.last(t).Body), &body)
				values = append(values, body.Pw)
			}
			if !right(values[0]) || values[1] != values[0] {
				t.Errorf("have %q", values)
			}
			wantStatus(t, ask(t, l, abi.HTTPRequest{Method: "POST", Body: `{"pw":"` + seal(t, l, "new_password", secret) + `"}`}), 200)
			if another := seen.last(t).Body; strings.Contains(values[0], "{SSHA") == strings.Contains(another, values[0]) && encoding != hostfuncs.EncodingPlain {
				t.Errorf("another placeholder for the same secret became %s, the first %s", another, values[0])
			}
			l, seen = filled(t, hostfuncs.Slot{Form: "pw", Encoding: encoding})
			wantStatus(t, ask(t, l, form("a=b&pw="+seal(t, l, "new_password", secret))), 200)
			if got, _ := url.ParseQuery(seen.last(t).Body); !right(got.Get("pw")) {
				t.Errorf("the form is %s", seen.last(t).Body)
			}
		})
	}
}

// TestEncodedEcho: what was encoded for a slot does not come back.
func TestEncodedEcho(t *testing.T) {
	t.Parallel()
	for _, encoding := range []hostfuncs.SlotEncoding{hostfuncs.EncodingBase64, hostfuncs.EncodingUTF16LEQuoted, hostfuncs.EncodingSSHA, hostfuncs.EncodingSSHA512} {
		for _, whole := range []bool{true, false} { // with the scheme and without it
			server, _ := record(t, nil)
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				var b struct{ Pw string }
				json.Unmarshal(body, &b)
				if !whole {
					b.Pw = b.Pw[strings.Index(b.Pw, "}")+1:]
				}
				io.WriteString(w, b.Pw)
			})
			target := grant(server.URL)
			target.Slots = []hostfuncs.Slot{{Pointer: "/pw", Encoding: encoding, Paths: []string{"/**"}, Accepts: []string{"new_password"}}}
			l := lease(t, target, nil)
			p := seal(t, l, "new_password", "a-New-Passw0rd-Canary")
			wantError(t, ask(t, l, abi.HTTPRequest{Method: "POST", Safety: abi.Safe, Body: `{"pw":"` + p + `"}`}), abi.Denied, hostfuncs.RuleSecretEcho)
		}
	}
}

func TestEncodedSecretLimits(t *testing.T) {
	t.Parallel()
	l, seen := filled(t, hostfuncs.Slot{Pointer: "/pw", Encoding: hostfuncs.EncodingSSHA256})
	body := func(secret string) abi.HTTPRequest {
		return abi.HTTPRequest{Method: "POST", Body: `{"pw":"` + seal(t, l, "new_password", secret) + `"}`}
	}
	wantStatus(t, ask(t, l, body(strings.Repeat("x", hostfuncs.MaxEncodedSecret))), 200)
	wantError(t, ask(t, l, body(strings.Repeat("x", hostfuncs.MaxEncodedSecret+1))), abi.LimitExceeded, "encoded_secret")
	l, _ = filled(t, hostfuncs.Slot{Pointer: "/pw", Encoding: hostfuncs.EncodingUTF16LEQuoted})
	wantError(t, ask(t, l, body("\xff\xfe\xfd\xfc\xfb\xfa")), abi.Denied, hostfuncs.RuleSecretSlot)
	if len(seen.all()) != 1 {
		t.Errorf("%d requests were sent", len(seen.all()))
	}
}

// TestGenerate has the host make passwords, fresh ones for each request and the same
// where a request repeats one.
func TestGenerate(t *testing.T) {
	t.Parallel()
	const upper, lower, digits, signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "!#%+-.:=?@_~"
	for name, c := range map[string]struct {
		rule    hostfuncs.Generate
		length  int
		classes []string
	}{
		"default": {hostfuncs.Generate{}, hostfuncs.DefaultGeneratedLength, []string{upper, lower, digits}},
		"all":     {hostfuncs.Generate{Length: hostfuncs.MinGeneratedLength, Upper: true, Lower: true, Digit: true, Sign: true}, hostfuncs.MinGeneratedLength, []string{upper, lower, digits, signs}},
		"digits":  {hostfuncs.Generate{Length: hostfuncs.MaxGeneratedLength, Digit: true}, hostfuncs.MaxGeneratedLength, []string{digits}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, seen := record(t, func(w http.ResponseWriter, r *http.Request) {})
			target := grant(server.URL)
			target.Slots = []hostfuncs.Slot{{Pointer: "/user/*", Paths: []string{"/**"}, Generate: &c.rule}, {Form: "pw", Paths: []string{"/**"}, Generate: &c.rule}}
			l := lease(t, target, nil)
			all := map[string]bool{}
			for i := range 20 {
				request, value := abi.HTTPRequest{Method: "POST", Body: `{"user":{"pw":"ecmagenerated","again":"ecmagenerated"}}`}, ""
				if i%2 == 1 {
					request = form("pw=ecmagenerated&x=1")
				}
				wantStatus(t, ask(t, l, request), 200)
				if i%2 == 1 {
					got, _ := url.ParseQuery(seen.last(t).Body)
					value = got.Get("pw")
				} else {
					var b struct{ User map[string]string }
					json.Unmarshal([]byte(seen.last(t).Body), &b)
					if value = b.User["pw"]; value != b.User["again"] {
						t.Errorf("two fields of one request differ: %v", b)
					}
				}
				all[value] = true
				if len(value) != c.length || strings.Trim(value, strings.Join(c.classes, "")) != "" {
					t.Errorf("have %q", value)
				}
				for _, class := range c.classes {
					if !strings.ContainsAny(value, class) {
						t.Errorf("%q has none of %s", value, class)
					}
				}
			}
			if len(all) != 20 {
				t.Errorf("%d passwords for 20 requests", len(all))
			}
		})
	}
}

// TestGeneratedIsNeverShown: not in an answer, a dry run, nor to the connector.
func TestGeneratedIsNeverShown(t *testing.T) {
	t.Parallel()
	server, seen := record(t, func(w http.ResponseWriter, r *http.Request) {})
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	target := grant(server.URL)
	target.Slots = []hostfuncs.Slot{{Pointer: "/pw", Paths: []string{"POST /users"}, Generate: &hostfuncs.Generate{}, Encoding: hostfuncs.EncodingBase64}}
	l := lease(t, target, nil)
	create := abi.HTTPRequest{Method: "POST", Path: "/users", Body: `{"pw":"ecmagenerated"}`, Safety: abi.Safe}
	wantError(t, ask(t, l, create), abi.Denied, hostfuncs.RuleSecretEcho)
	for name, request := range map[string]abi.HTTPRequest{
		"another path":    {Method: "POST", Path: "/groups", Body: create.Body},
		"another field":   {Method: "POST", Path: "/users", Body: `{"pw":"ecmagenerated","name":"ecmagenerated"}`},
		"among text":      {Method: "POST", Path: "/users", Body: `{"pw":"xecmagenerated"}`},
		"base64":          {Method: "POST", Path: "/users", Body: `{"pw":"` + base64.StdEncoding.EncodeToString([]byte(hostfuncs.GeneratedMarker)) + `"}`},
		"form":            form("pw=ecmagenerated"),
		"query":           {Path: "/users", Query: []abi.Field{{Name: "pw", Value: hostfuncs.GeneratedMarker}}},
		"path":            {Path: "/users/" + hostfuncs.GeneratedMarker},
		"idempotency key": {Path: "/users", IdempotencyKey: hostfuncs.GeneratedMarker, Headers: []abi.Field{{Name: "Accept", Value: hostfuncs.GeneratedMarker}}},
	} {
		if a := ask(t, l, request); a.Error == nil || a.Error.Rule != hostfuncs.RuleSecretSlot {
			t.Errorf("%s: have status %d, %v", name, a.Status, a.Error)
		}
	}
	if n := len(seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	var shown []hostfuncs.DryRunRequest
	policy := hostfuncs.Policy{Targets: []hostfuncs.Target{target}, DryRun: func(r hostfuncs.DryRunRequest) { shown = append(shown, r) }}
	ask(t, leaseOf(t, policy, nil, nil), create)
	if want := `{"pw":"«sealed: generated password»"}`; fmt.Sprint(len(shown)) != "1" || shown[0].Body != want {
		t.Errorf("shown %+v", shown)
	}
}
