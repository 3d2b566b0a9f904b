package hostfuncs_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// keyPair returns a private key in PEM and what verifies its signatures.
func keyPair(t *testing.T, algorithm string) (key string, verify func(text, signature []byte) bool) {
	t.Helper()
	switch algorithm {
	case "RS256":
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)})), func(text, signature []byte) bool {
			sum := sha256.Sum256(text)
			return rsa.VerifyPKCS1v15(&k.PublicKey, crypto.SHA256, sum[:], signature) == nil
		}
	case "ES256":
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), func(text, signature []byte) bool {
			sum := sha256.Sum256(text)
			r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
			return ecdsa.Verify(&k.PublicKey, sum[:], r, s)
		}
	}
	key = strings.Repeat("hmac-key", 4)
	return key, func(text, signature []byte) bool {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(text)
		return hmac.Equal(mac.Sum(nil), signature)
	}
}

func TestAssertions(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"RS256", "ES256", "HS256"} {
		for _, forClient := range []bool{false, true} {
			t.Run(fmt.Sprint(algorithm, forClient), func(t *testing.T) {
				t.Parallel()
				key, verify := keyPair(t, algorithm)
				s := &tokens{}
				base := serve(t, s)
				a := &hostfuncs.Assertion{Algorithm: algorithm, Key: "key", KeyID: "kid-1", Issuer: "me", Subject: "admin@example.com", Claims: []abi.Field{{Name: "box", Value: "enterprise"}}}
				o := hostfuncs.OAuth2{Grant: hostfuncs.GrantJWTBearer, Scopes: []string{"a", "b"}, Assertion: a}
				field := "assertion"
				want := map[string]any{"iss": "me", "sub": "admin@example.com", "aud": base + "/oauth/token", "scope": "a b", "box": "enterprise"}
				if forClient {
					a.Audience = "https://login"
					o = hostfuncs.OAuth2{Grant: hostfuncs.GrantClientCredentials, ClientID: "client", ClientAuth: hostfuncs.ClientAssertion, Assertion: a}
					field, want = "client_assertion", map[string]any{"iss": "client", "sub": "client", "aud": "https://login"}
				}
				c := newClock()
				l := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{oauth(base, o)}}, hostfuncs.SecretMap{"key": key}, c.world())
				wantStatus(t, ask(t, l, get), 200)
				parts := strings.Split(s.asked[0].Get(field), ".")
				if len(parts) != 3 {
					t.Fatalf("asked with %v", s.asked[0])
				}
				var have [3][]byte
				for i, part := range parts {
					b, err := base64.RawURLEncoding.DecodeString(part)
					if err != nil {
						t.Fatal(err)
					}
					have[i] = b
				}
				if !verify([]byte(parts[0]+"."+parts[1]), have[2]) {
					t.Error("the signature is wrong")
				}
				if header := `{"alg":"` + algorithm + `","kid":"kid-1","typ":"JWT"}`; string(have[0]) != header {
					t.Errorf("the header is %s", have[0])
				}
				var claims map[string]any
				json.Unmarshal(have[1], &claims)
				want["iat"], want["exp"], want["jti"] = float64(c.now.Unix()), float64(c.now.Add(hostfuncs.DefaultAssertionLifetime).Unix()), claims["jti"]
				if fmt.Sprint(claims) != fmt.Sprint(want) || len(fmt.Sprint(claims["jti"])) != 32 {
					t.Errorf("the claims are %v\nwant %v", claims, want)
				}
			})
		}
	}
}

// TestAssertionKeysThatDoNotFit tells what is wrong and not the key.
func TestAssertionKeysThatDoNotFit(t *testing.T) {
	t.Parallel()
	ecKey, _ := keyPair(t, "ES256")
	for _, c := range []struct{ algorithm, key string }{{"RS256", ecKey}, {"RS256", "S3cr3t-no-PEM"}, {"ES256", strings.ReplaceAll(ecKey, "M", "N")}, {"HS256", "S3cr3t-short"}} {
		o := hostfuncs.OAuth2{Grant: hostfuncs.GrantJWTBearer, Assertion: &hostfuncs.Assertion{Algorithm: c.algorithm, Key: "key", Issuer: "me"}}
		s := &tokens{}
		a := ask(t, lease(t, oauth(serve(t, s), o), hostfuncs.SecretMap{"key": c.key}), get)
		if wantError(t, a, abi.Denied, hostfuncs.RuleCredential); strings.Contains(a.Error.Message, "S3cr3t") || !strings.Contains(a.Error.Message, "assertion") {
			t.Errorf("have %v", a.Error)
		}
	}
}
