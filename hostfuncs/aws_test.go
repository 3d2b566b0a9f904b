package hostfuncs_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/sigv4"
)

var awsSecrets = hostfuncs.SecretMap{"key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token": "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW", "name": "AKIDEXAMPLE"}

// verify signs what came as the host should have.
func verify(r *http.Request, service string) error {
	body, _ := io.ReadAll(r.Body)
	at, err := time.Parse(sigv4.TimeFormat, r.Header.Get("X-Amz-Date"))
	if err != nil {
		return err
	}
	want := sigv4.Request{Method: r.Method, Path: r.URL.EscapedPath(), BodyHash: sigv4.Hash(string(body)), Time: at, Headers: [][2]string{{"Host", r.Host}}}
	for name, values := range r.URL.Query() {
		for _, v := range values {
			want.Query = append(want.Query, [2]string{name, v})
		}
	}
	for name, values := range r.Header {
		if name == "Content-Type" || strings.HasPrefix(name, "X-Amz-") {
			want.Headers = append(want.Headers, [2]string{name, values[0]})
		}
	}
	key := sigv4.Key{AccessKey: "AKIDEXAMPLE", SecretKey: awsSecrets["key"], Region: "eu-central-1", Service: service}
	if authorization, _ := sigv4.Sign(key, want); authorization != r.Header.Get("Authorization") {
		return fmt.Errorf("signed with %s, want %s", r.Header.Get("Authorization"), authorization)
	}
	return nil
}

func aws(base string, a hostfuncs.AWS) hostfuncs.Target {
	target := grant(base)
	a.Region, a.SecretKey = "eu-central-1", "key"
	target.RequestHeaders = []string{"X-Amz-Target"}
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.AWSSigV4, AWS: &a}}
	return target
}

func TestAWSSignature(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]hostfuncs.AWS{
		"a key for good":       {Service: "execute-api", AccessKey: "AKIDEXAMPLE"},
		"a temporary key":      {Service: "dynamodb", AccessKeyFrom: "name", SessionToken: "token"},
		"paths as S3 has them": {Service: "s3", AccessKey: "AKIDEXAMPLE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := verify(r, a.Service); err != nil {
					t.Error(err)
				}
				if r.Header.Get("X-Amz-Security-Token") != awsSecrets[a.SessionToken] {
					t.Errorf("the session token is %q", r.Header.Get("X-Amz-Security-Token"))
				}
			}))
			l := lease(t, aws(base+"/base", a), awsSecrets)
			for _, request := range []abi.HTTPRequest{
				{}, {Path: "/a%20b/c+d/%C3%A4$"}, {Query: []abi.Field{{Name: "z", Value: "ä b+c/d~*"}, {Name: "a", Value: ""}, {Name: "z", Value: "1"}}},
				{Method: "POST", Body: `{"a":"ä"}`, Headers: []abi.Field{{Name: "Content-Type", Value: "application/x-amz-json-1.0"}, {Name: "x-amz-target", Value: "A.B  c"}, {Name: "Accept", Value: "*/*"}}},
			} {
				wantStatus(t, ask(t, l, request), 200)
			}
			for _, name := range []string{"Authorization", "X-Amz-Date", "x-amz-security-token", "X-Amz-Content-Sha256"} {
				wantError(t, ask(t, l, abi.HTTPRequest{Headers: []abi.Field{{Name: name, Value: "x"}}}), abi.Denied, hostfuncs.RuleHeader)
			}
		})
	}
}

// TestAWSSecretsStay: neither key nor signature comes back, and a dry run shows
// neither.
func TestAWSSecretsStay(t *testing.T) {
	t.Parallel()
	say := ""
	server, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
		switch say {
		case "signature":
			io.WriteString(w, r.Header.Get("Authorization"))
		case "token":
			io.WriteString(w, r.Header.Get("X-Amz-Security-Token"))
		case "key":
			io.WriteString(w, awsSecrets["key"])
		}
	})
	target := aws(server.URL, hostfuncs.AWS{Service: "iam", AccessKey: "AKIDEXAMPLE", SessionToken: "token"})
	l := lease(t, target, awsSecrets)
	for _, say = range []string{"signature", "token", "key"} {
		wantError(t, ask(t, l, get), abi.Denied, hostfuncs.RuleSecretEcho)
	}
	var shown []hostfuncs.DryRunRequest
	policy := hostfuncs.Policy{Targets: []hostfuncs.Target{target}, DryRun: func(r hostfuncs.DryRunRequest) { shown = append(shown, r) }}
	ask(t, leaseOf(t, policy, awsSecrets, nil), abi.HTTPRequest{Method: "POST"})
	if len(shown) != 1 || !slices.Contains(shown[0].Headers, abi.Field{Name: "Authorization", Value: "AWS4-HMAC-SHA256 «sealed: signature»"}) {
		t.Errorf("shown %+v", shown)
	}
}
