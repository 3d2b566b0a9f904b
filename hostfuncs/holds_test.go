package hostfuncs_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
)

// TestHoldsSecret: a lease knows what was sealed in it and its credentials, until it
// is closed; a host knows its credentials.
func TestHoldsSecret(t *testing.T) {
	t.Parallel()
	server, _ := record(t, nil)
	target := grant(server.URL)
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}}
	h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, hostfuncs.SecretMap{"token": "t0ken-1234567"})
	l := open(t, h, abi.LeaseRequest{})
	seal(t, l, "export_password", "p4ss-word")
	encoded := base64.StdEncoding.EncodeToString([]byte("x t0ken-1234567"))
	for text, want := range map[string][2]bool{ // in the lease, in the host
		"hello": {}, "a t0ken-1234567 b": {true, true}, encoded: {true, true}, "p4ss-word": {true, false},
	} {
		if have := l.(recording.SecretFinder).HoldsSecret(text); have != want[0] {
			t.Errorf("the lease finds in %q: %v", text, have)
		}
		if have := h.HoldsSecret(text); have != want[1] {
			t.Errorf("the host finds in %q: %v", text, have)
		}
	}
	if err := l.Close(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if l.(recording.SecretFinder).HoldsSecret("p4ss-word") {
		t.Error("a lease that was closed knows a secret")
	}
}

// TestRecordedHost: nothing that a host knows as a secret gets into a recording.
func TestRecordedHost(t *testing.T) {
	t.Parallel()
	const token = "t0ken-1234567"
	server, _ := record(t, nil)
	target := grant(server.URL)
	target.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "token"}}
	for name, test := range map[string]struct {
		option, log, printed string
		want                 error
	}{
		"nothing":     {},
		"an option":   {option: token, want: recording.ErrSecret},
		"a log entry": {log: "I sent " + token, want: recording.ErrSecret},
		"the output":  {printed: token, want: recording.ErrSecret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, hostfuncs.SecretMap{"token": token})
			var b bytes.Buffer
			r, err := recording.NewRecorder(h, &b, recording.Header{Operation: recording.Operation{Options: map[string]string{"o": test.option}}})
			if err == nil {
				l := open(t, r, abi.LeaseRequest{})
				wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
				err = errors.Join(l.Log(t.Context(), abi.LogEntry{Message: test.log}), l.Close(t.Context(), true))
				err = errors.Join(err, r.Finish(recording.Result{Output: recording.Output{Text: test.printed}}))
			}
			if !errors.Is(err, test.want) || bytes.Contains(b.Bytes(), []byte(token)) {
				t.Errorf("have error %v, want %v, and in the file\n%s", err, test.want, b.Bytes())
			}
		})
	}
}
