package guest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
)

func TestFailure(t *testing.T) {
	t.Parallel()
	denied := &abi.Error{Code: abi.Denied, Rule: "HTTP-PATH", Message: "no such path"}
	tests := []struct {
		name    string
		err     error
		code    abi.Code
		message string
	}{
		{"plain", errors.New("odd"), abi.ExtensibleExtension, "odd"},
		{"code", abi.ServerDown, abi.ServerDown, "ServerDown"},
		{"own", abi.NewError(abi.AccessDenied, "may not"), abi.AccessDenied, "may not"},
		{"own, wrapped", fmt.Errorf("list users: %w", abi.NewError(abi.AccessDenied, "may not")), abi.AccessDenied, "list users: AccessDenied: may not"},
		{"own, with cause", &abi.Error{Code: abi.UnexpectedData, Message: "no list", Err: errors.New("at byte 7")}, abi.UnexpectedData, "UnexpectedData: no list: at byte 7"},
		{"denied by the host", denied, abi.AccessDenied, "no such path"},
		{"not sent", &abi.Error{Code: abi.NotSent}, abi.FailedConnection, ""},
		{"outcome unknown", &abi.Error{Code: abi.OutcomeUnknown}, abi.DroppedConnection, ""},
		{"not offered", abi.NewError(abi.NotOffered, "no soap"), abi.EntryPointNotImplemented, "no soap"},
		{"cancelled", &abi.Error{Code: abi.Cancelled}, abi.TerminateRun, ""},
		{"the host's own", &abi.Error{Code: abi.HostFailure}, abi.ExtensibleExtension, ""},
		{"a host's bare code", abi.Trap, abi.ExtensibleExtension, "Trap"},
	}
	for _, tt := range tests {
		have := guest.Failure(tt.err)
		if have.Code != tt.code || have.Message != tt.message || have.Err != nil || !have.Code.FromGuest() {
			t.Errorf("%s: have %s %q", tt.name, have.Code, have.Message)
		}
	}
	if have := guest.Failure(denied); have.Name != "Denied" || have.Rule != "HTTP-PATH" {
		t.Errorf("a denial says %q %q", have.Name, have.Rule)
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	host := &guesttest.Host{Target: func(_ context.Context, r abi.HTTPRequest) abi.HTTPAnswer {
		if r.Path == "/broken" {
			return abi.HTTPAnswer{Error: abi.NewError(abi.OutcomeUnknown, "cut")}
		}
		return abi.HTTPAnswer{Status: 404, Headers: []abi.Field{{Name: "Content-Type", Value: "text/plain"}}}
	}}
	answer, err := guest.Do(t.Context(), host, abi.HTTPRequest{Target: "app", Method: "GET", Path: "/x"})
	if err != nil || answer.Status != 404 || answer.Header("content-type") != "text/plain" {
		t.Errorf("have %+v, %v", answer, err)
	}
	if _, err = guest.Do(t.Context(), host, abi.HTTPRequest{Target: "app", Method: "GET", Path: "/broken"}); !errors.Is(err, abi.OutcomeUnknown) {
		t.Errorf("a broken answer: %v", err)
	}
	if _, err = guest.Do(t.Context(), guest.Host(), abi.HTTPRequest{}); !errors.Is(err, abi.NotOffered) {
		t.Errorf("without a host: %v", err)
	}
}
