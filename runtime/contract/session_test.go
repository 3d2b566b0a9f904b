package contract_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// TestOneCallAtATime asks sessions for everything while a call of theirs is under way: all
// that is refused, the connector sees none of it, and the call and the session go on.
func TestOneCallAtATime(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.pages = []abi.GetImportEntriesResults{{MoreToImport: true, Entries: []abi.CSEntryChange{person("a")}}, {}}
	var asked []error
	meanwhile := func(what ...func() error) {
		f.meanwhile = func() {
			for _, ask := range what {
				asked = append(asked, ask())
			}
		}
	}
	_, imports := openImport(t, f, contract.Promise{}, abi.OpenImportConnectionRunStep{})
	get := func() error {
		_, err := imports.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		return err
	}
	endImport := func() error {
		_, err := imports.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
		return err
	}
	exports := openExport(t, f, contract.Promise{}, abi.OpenExportConnectionRunStep{})
	put := func() error {
		_, err := exports.PutExportEntries(t.Context(), []abi.CSEntryChange{updateOf()})
		return err
	}
	endExport := func() error { return exports.CloseExportConnection(t.Context(), abi.CloseExportConnectionRunStep{}) }
	passwords := openPassword(t, f)
	set := func() error {
		return passwords.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: owner(), NewPassword: "p"})
	}
	change := func() error {
		return passwords.ChangePassword(t.Context(), abi.ChangePasswordRunStep{Entry: owner(), NewPassword: "p"})
	}
	endPasswords := func() error { return passwords.ClosePasswordConnection(t.Context()) }
	for _, session := range [][]func() error{{get, endImport}, {put, endExport}, {set, change, endPasswords}} {
		meanwhile(session...)
		for _, call := range session {
			asked = nil
			before := len(f.calls)
			noError(t, call())
			if len(asked) != len(session) || len(f.calls) != before+1 {
				t.Fatalf("asked %d times, and the connector was called %d times", len(asked), len(f.calls)-before)
			}
			for _, err := range asked {
				wantRule(t, err, "ECMA-SESSION-BUSY")
			}
		}
	}
}
