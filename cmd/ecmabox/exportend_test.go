package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
)

func TestExportEnd(t *testing.T) {
	t.Parallel()
	outcome := func(line int, state host.State) host.Outcome {
		return host.Outcome{Change: host.Change{Line: line}, State: state}
	}
	password := func(line int, state, password host.State) host.Outcome {
		o := outcome(line, state)
		o.HasPassword, o.Password = true, password
		return o
	}
	retryable, denied := outcome(4, host.Failed), outcome(1, host.Failed)
	retryable.Result.Retryable = true
	denied.Result.Name, denied.Result.Detail = "Denied", `Denied: HTTP-PATH: PATCH "/users/7" is not granted on target api`
	alike := denied
	alike.Change.Line, alike.Result.Detail = 2, strings.Replace(denied.Result.Detail, "/7", "/8", 1)
	down := &abi.Error{Code: abi.ServerDown, Side: abi.SideTarget}
	slow := &abi.Error{Code: abi.DeadlineExceeded, Side: abi.SideTarget, Limit: "CallTimeout"}
	refused := &abi.Error{Code: abi.AccessDenied, Side: abi.SideTarget}
	unauthorized, locked := &abi.Error{Code: abi.BadServerCredentials, Side: abi.SideGuest}, outcome(3, host.Failed)
	locked.Result.Name = "BadServerCredentials"
	for _, tt := range []struct {
		name     string
		outcomes []host.Outcome
		err      error
		code     int
		says     []string
		not      []string
	}{
		{"all done", []host.Outcome{outcome(1, host.Done)}, nil, exitOK, nil, nil},
		{"an unknown password", []host.Outcome{password(1, host.Done, host.Unknown), password(2, host.Done, host.NotSent)}, down, exitUnknown,
			[]string{"1 password may have been set or not (line 1); do not send these", "1 password not set (line 2); do not send these"}, []string{"hint:", "again later"}},
		{"an unknown password alone", []host.Outcome{password(1, host.Unknown, host.Unknown)}, down, exitUnknown, []string{"1 password may have been set or not (line 1)"}, []string{"import and compare"}},
		{"a failed password", []host.Outcome{password(3, host.Done, host.Failed)}, nil, exitEntriesFailed, []string{"1 password not set (line 3)"}, nil},
		{"a refused password", []host.Outcome{password(3, host.Done, host.Failed)}, refused, exitEntriesFailed, []string{"1 password not set (line 3)", "hint: the target knows the account"}, nil},
		{"down at the fourth", []host.Outcome{outcome(1, host.Done), outcome(2, host.Done), outcome(3, host.Done), retryable, outcome(5, host.NotSent), outcome(7, host.NotSent)}, down, exitEntriesFailed,
			[]string{"3 of 6 are done; send lines 4-5, 7 again"}, []string{"hint:"}},
		{"refused at the third", []host.Outcome{outcome(1, host.Done), locked, outcome(4, host.NotSent)}, unauthorized, exitDenied,
			[]string{"1 of 3 are done; send lines 3-4 again", "hint: check the secret"}, nil},
		{"refused at the last", []host.Outcome{outcome(1, host.Done), denied, locked}, unauthorized, exitDenied, []string{"1 of 3 are done; send line 3 again"}, nil},
		{"down behind a refused one", []host.Outcome{outcome(1, host.Done), locked, outcome(4, host.NotSent)}, down, exitEntriesFailed, []string{"send line 4 again"}, nil},
		{"down at the end", []host.Outcome{outcome(1, host.Done)}, down, exitEntriesFailed, []string{"1 of 1 are done\n"}, []string{"hint:"}},
		{"down at the first", []host.Outcome{retryable, outcome(5, host.NotSent)}, down, exitUnavailable, []string{"hint: the target cannot be reached, or fails; run again later"}, []string{"nothing is lost"}},
		{"the output closed", []host.Outcome{outcome(1, host.Done), outcome(2, host.NotSent)}, errors.Join(errors.New("broken pipe"), errors.New("broken pipe")), exitFailed,
			[]string{"1 of 2 are done; send line 2 again"}, []string{"broken pipe\necmabox: broken pipe"}},
		{"an unknown entry", []host.Outcome{outcome(1, host.Unknown), outcome(2, host.Done)}, down, exitUnknown, []string{"the outcome of 1 change is not known; import and compare before you send line 1 again"}, []string{"hint:"}},
		{"too slow", []host.Outcome{outcome(1, host.Unknown), outcome(2, host.NotSent)}, slow, exitUnknown,
			[]string{"the outcome of 1 change is not known", "hint: raise limits.callTimeout in the configuration, or let fewer entries go together with pageSize"}, nil},
		{"denied", []host.Outcome{denied, alike}, nil, exitEntriesFailed, []string{`2 changes failed, 0 not sent` + "\n" + `hint: if the connector may use it, add "PATCH /users/7"`}, []string{"/users/8"}},
	} {
		x, s := &exportEnd{total: len(tt.outcomes)}, &host.ExportSummary{}
		for _, o := range tt.outcomes {
			x.add(o)
			switch o.State {
			case host.Failed:
				s.Failed++
			case host.NotSent:
				s.NotSent++
			}
		}
		var b strings.Builder
		if code := report(&b, x.failure(tt.err, s)); code != tt.code {
			t.Errorf("%s: exit code %d, want %d", tt.name, code, tt.code)
		}
		for _, want := range tt.says {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: have\n%swant %q", tt.name, b.String(), want)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(b.String(), not) {
				t.Errorf("%s: have\n%swith %q", tt.name, b.String(), not)
			}
		}
	}
}

func TestLineList(t *testing.T) {
	t.Parallel()
	var odd []int
	for i := range maxRanges + 1 {
		odd = append(odd, 2*i+1)
	}
	most := lineList(odd[:maxRanges])
	for _, tt := range []struct {
		name  string
		lines []int
		want  string
	}{
		{"one", []int{4}, "line 4"},
		{"a range", []int{6, 4, 5}, "lines 4-6"},
		{"mixed", []int{9, 1, 2}, "lines 1-2, 9"},
		{"one too many", odd, most + ", …"},
	} {
		if have := lineList(tt.lines); have != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, have, tt.want)
		}
	}
	if strings.Contains(most, "…") {
		t.Errorf("cut at the limit: %q", most)
	}
}

// TestDenialHints: each denial names the key that grants it, also behind the words
// of a connector.
func TestDenialHints(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"path", `AccessDenied: HTTP-PATH: Denied: GET "/agents" is not granted on target desk`, `"GET /agents"`},
		{"path's target", `Denied: HTTP-PATH: GET "/agents" is not granted on target desk`, "targets.desk.paths"},
		{"path with a slash", `AccessDenied: HTTP-PATH: Denied: "/users/a%2Fb" on target desk: the path holds an encoded slash`, "encodedSlashes: true into targets.desk"},
		{"path, other words", `Denied: HTTP-PATH: hm`, "targets.NAME.paths"},
		{"method", `Denied: HTTP-METHOD: method "PUT" is not granted on target desk`, "add PUT to targets.desk.methods"},
		{"target", `Denied: HTTP-TARGET: no target is granted under the name "desk"`, "targets.desk "},
		{"link elsewhere", `Denied: HTTP-ORIGIN: GET /users: the URL leads to "http://inner.example", and target desk is at https://desk.example: x`, "write that into targets.desk.baseURL, or"},
		{"header", `Denied: HTTP-HEADER: header "X-A" is not granted on target desk`, "add X-A to targets.desk.headers.request"},
		{"slot", `Denied: HTTP-SECRET-SLOT: target desk: a placeholder stands in the body outside its slots, or among other text`, "targets.desk.slots"},
		{"slot, other words", `Denied: HTTP-SECRET-SLOT: hm`, "targets.NAME.slots"},
		{"slot that takes others", `Denied: HTTP-SECRET-SLOT: target desk: header "X" is a slot that does not accept "parameter:Key"`, "add parameter:Key to accepts of that slot in targets.desk.slots"},
		{"placeholder in the state", `Denied: HTTP-SECRET-SLOT: a placeholder is good in its lease only and cannot be kept`, "tell its author the rule HTTP-SECRET-SLOT"},
		{"address", `Denied: HTTP-ADDRESS: target desk has an address that is private`, "targets.desk.networks"},
		{"echo", `Denied: HTTP-SECRET-ECHO: the body of the answer of target desk holds a secret; drop or seal that field in the grant`, "targets.desk.drop"},
		{"answer fields", `Denied: HTTP-ANSWER-FIELDS: a field of the answer of target desk that is sealed as "x" is no string; drop it instead`, "from targets.desk.seal to targets.desk.drop"},
		{"credential", `Denied: HTTP-CREDENTIAL: x`, "targets.NAME.credentials"},
		{"redirect", `Denied: HTTP-REDIRECT: x`, "targets.NAME.baseURL"},
		{"reveal", `Denied: REVEAL: x`, "add the secret to reveal"},
		{"rows that are missing", `UnexpectedData: HTTP-ANSWER-ROWS: GET /users: target desk: the path of rows "a.\"b" leads to no list: its step "\"b" finds nothing in an object`, `leaves "\"b" out when there is nothing to list, let it be missing: a ? behind the path`},
		{"no rows on the first page", `UnexpectedData: HTTP-ANSWER-ROWS: GET /users (page 1): the path of rows "a" leads to no list: its step "a" finds nothing in an object; the ? in rows is for the pages behind the first: that`, "or write total: PATH"},
		{"rows that are no list", `UnexpectedData: HTTP-ANSWER-ROWS: target desk: the path of rows "a" leads to no list: it ends at a string`, "correct the path of rows: it leads"},
		{"no JSON", `UnexpectedData: HTTP-ANSWER-JSON: target desk: x`, "whether baseURL is that of the API"},
		{"kept by the connector alone", `Denied: HTTP-BODY: GET carries no body`, "tell its author the rule HTTP-BODY"},
		{"dry run", `NotSent: DRY-RUN: this is a dry run`, ""},
		{"the target's own", `AccessDenied: 403: GET /agents was answered with 403`, ""},
	} {
		have := denialHint(tt.text)
		if !strings.Contains(have, tt.want) || tt.want == "" && have != "" {
			t.Errorf("%s: %q, want %q", tt.name, have, tt.want)
		}
	}
	err := &abi.Error{Code: abi.AccessDenied, Side: abi.SideGuest, Name: "Denied", Rule: "HTTP-PATH", Message: `GET "/x" is not granted on target api`}
	if have := hintFor(err); !strings.Contains(have, "targets.api.paths") {
		t.Errorf("%q", have)
	}
}

// TestLimitHints: each limit of a target names the key that raises it, also behind
// the words of a connector, unless there is no more to be had.
func TestLimitHints(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"answer", `UnexpectedData: LimitExceeded: response_bytes is 1000, this is 1001: the answer of target desk is too long; the target answered with status 200`, "raise targets.desk.limits.responseBytes"},
		{"answer, one below the most", `LimitExceeded: response_bytes is 8388607: the answer of target desk is too long`, "raise targets.desk.limits.responseBytes"},
		{"answer, the most", `LimitExceeded: response_bytes is 8388608: the answer of target desk is too long`, "no configuration allows target desk more"},
		{"wanted answer", `LimitExceeded: wanted_bytes is 67108864: the answer of target desk is too long`, "raise targets.desk.limits.wantedBytes, which may be 256MiB"},
		{"wanted answer, the most", `LimitExceeded: wanted_bytes is 268435456: the answer of target desk is too long`, "no configuration allows target desk more"},
		{"what is wanted", `LimitExceeded: want_bytes is 1000, this is 1001: target desk: what is wanted is longer`, "raise targets.desk.limits.responseBytes"},
		{"what is wanted, the most", `LimitExceeded: want_bytes is 8388608, this is 8388609: target desk: what is wanted is longer`, "ask for the list in pages"},
		{"answer's headers", `LimitExceeded: response_header_bytes is 65536: the headers of the answer of target desk are too long`, "raise targets.desk.limits.responseHeaderBytes, which may be 1MiB"},
		{"ratio", `OutcomeUnknown: ratio is 100, this is 1000: the answer of target desk unpacks to far more than was sent`, "raise targets.desk.limits.ratio, which may be 1000 at most"},
		{"request", `LimitExceeded: request_bytes is 100, this is 101: the request's body is too long for target desk`, "raise targets.desk.limits.requestBytes"},
		{"a limit of the call", `LimitExceeded: batch_bytes is 100: this answer does not fit what is left of the batch`, ""},
		{"a number that is none", `response_bytes is 99999999999999999999: target desk`, ""},
		{"the target's own", `UnexpectedData: 413: POST /agents was answered with 413`, ""},
	} {
		have := limitHint(tt.text)
		if !strings.Contains(have, tt.want) || tt.want == "" && have != "" {
			t.Errorf("%s: %q, want %q", tt.name, have, tt.want)
		}
	}
	err := &abi.Error{Code: abi.UnexpectedData, Side: abi.SideGuest, Name: "LimitExceeded", Limit: "response_bytes", Used: 2, Allowed: 1, Message: "the answer of target api is too long"}
	if have := hintFor(err); !strings.Contains(have, "targets.api.limits.responseBytes") {
		t.Errorf("%q", have)
	}
	x := &exportEnd{}
	x.add(host.Outcome{State: host.Unknown, Result: abi.CSEntryChangeResult{Detail: err.Error()}})
	if len(x.hints) != 1 || !strings.Contains(x.hints[0], "targets.api.limits.responseBytes") {
		t.Errorf("the end of an export has the hints %q", x.hints)
	}
}

// TestCertificateHint: a target that wants a client certificate is named with the key
// that it stands at.
func TestCertificateHint(t *testing.T) {
	t.Parallel()
	for text, hinted := range map[string]bool{
		"NotSent: target desk: it asks for a client certificate, of an authority that it names; set the grant's TLS.Certificate and TLS.Key":                true,
		"ServerDown: OutcomeUnknown: target desk: it refuses the client certificate, or that there is none; check the grant's TLS.Certificate and TLS.Key":  true,
		"target desk: the TLS handshake failed: the two sides agree on no version or cipher, or one refused the other, as for want of a client certificate": true,
		"target desk: its certificate has expired or is not yet valid":                                                                                      false,
	} {
		have := hintFor(&abi.Error{Code: abi.NotSent, Side: abi.SideTarget, Message: text})
		if strings.Contains(have, "in targets.desk.tls.certificate and targets.desk.tls.key") != hinted {
			t.Errorf("%s: have %q", text, have)
		}
	}
}
