package okta_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike/okta"
)

// sign makes an assertion of the claims.
func sign(t *testing.T, key *rsa.PrivateKey, header string, claims map[string]any) string {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	content := encode([]byte(header)) + "." + encode(text)
	sum := sha256.Sum256([]byte(content))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return content + "." + encode(signature)
}

func TestOAuth(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_767_323_045, 0)
	s := okta.New(okta.Options{ClientID: "0oa1", ClientKey: &key.PublicKey, Now: func() time.Time { return now }})
	grant := func(form url.Values) (int, map[string]any) {
		r := httptest.NewRequest("POST", "/oauth2/v1/token", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return w.Code, answer
	}
	bearer := func(method, body string, token any) int {
		r := httptest.NewRequest(method, "/api/v1/users", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token.(string))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	const rs256 = `{"alg":"RS256"}`
	good := map[string]any{"iss": "0oa1", "sub": "0oa1", "aud": "http://example.com/oauth2/v1/token", "exp": now.Unix() + 3600}
	claims := func(name string, value any) map[string]any {
		changed := map[string]any{name: value}
		for name, value := range good {
			if _, ok := changed[name]; !ok {
				changed[name] = value
			}
		}
		return changed
	}
	form := func(assertion, scope string) url.Values {
		return url.Values{
			"grant_type": {"client_credentials"}, "scope": {scope}, "client_assertion": {assertion},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		}
	}
	for name, test := range map[string]struct {
		form   url.Values
		status int
		want   string
	}{
		"another grant":     {url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type"},
		"no assertion":      {form("", "okta.users.read"), 401, "invalid_client"},
		"another's key":     {form(sign(t, other, rs256, good), "okta.users.read"), 401, "invalid_client"},
		"no algorithm":      {form(sign(t, key, `{"alg":"none"}`, good), "okta.users.read"), 401, "invalid_client"},
		"another issuer":    {form(sign(t, key, rs256, claims("iss", "x")), "okta.users.read"), 401, "invalid_client"},
		"another subject":   {form(sign(t, key, rs256, claims("sub", "x")), "okta.users.read"), 401, "invalid_client"},
		"another audience":  {form(sign(t, key, rs256, claims("aud", "http://example.com")), "okta.users.read"), 401, "invalid_client"},
		"expired":           {form(sign(t, key, rs256, claims("exp", now.Unix())), "okta.users.read"), 401, "invalid_client"},
		"good for too long": {form(sign(t, key, rs256, claims("exp", now.Unix()+3601)), "okta.users.read"), 401, "invalid_client"},
		"no scope":          {form(sign(t, key, rs256, good), ""), 400, "invalid_scope"},
		"another scope":     {form(sign(t, key, rs256, good), "openid"), 400, "invalid_scope"},
	} {
		if status, answer := grant(test.form); status != test.status || answer["error"] != test.want {
			t.Errorf("%s: have %d %v", name, status, answer)
		}
	}
	_, reader := grant(form(sign(t, key, rs256, good), "okta.users.read"))
	_, manager := grant(form(sign(t, key, rs256, good), "okta.users.read okta.users.manage"))
	for name, have := range map[string][2]int{
		"reading": {bearer("GET", "", reader["access_token"]), 200}, "reading as manager": {bearer("GET", "", manager["access_token"]), 200},
		"writing": {bearer("POST", "{}", reader["access_token"]), 403}, "writing as manager": {bearer("POST", "{}", manager["access_token"]), 400},
		"with nothing": {bearer("GET", "", ""), 401},
	} {
		if have[0] != have[1] {
			t.Errorf("%s: have %d, want %d", name, have[0], have[1])
		}
	}
	s.Expire()
	if have := bearer("GET", "", manager["access_token"]); have != 401 {
		t.Errorf("expired: have %d", have)
	}
}
