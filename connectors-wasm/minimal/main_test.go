package main

import (
	"context"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
)

// What went wrong must leave the model connector as what it is.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer abi.HTTPAnswer
		code   abi.Code
		says   string
	}{
		"not granted":    {abi.HTTPAnswer{Error: abi.NewError(abi.Denied, "no path matches")}, abi.Denied, "no path matches"},
		"unreachable":    {abi.HTTPAnswer{Error: abi.NewError(abi.NotSent, "refused")}, abi.NotSent, "refused"},
		"wrong password": {abi.HTTPAnswer{Status: 401}, abi.BadServerCredentials, "401"},
		"away":           {abi.HTTPAnswer{Status: 503}, abi.ServerDown, "503"},
		"no list":        {abi.HTTPAnswer{Status: 200, Body: "<html>"}, abi.UnexpectedData, "/users.csv"},
		"a list":         {abi.HTTPAnswer{Status: 200, Body: "ada,Ada Lovelace\n"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &connector{host: &guesttest.Host{Target: func(context.Context, abi.HTTPRequest) abi.HTTPAnswer { return test.answer }}}
			page, err := c.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
			if abi.CodeOf(err) != test.code || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("have %v after %d entries, want %v that says %q", err, len(page.Entries), test.code, test.says)
			}
		})
	}
}
