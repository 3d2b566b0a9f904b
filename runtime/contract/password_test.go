package contract_test

import (
	"errors"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func owner(changes ...func(*abi.CSEntry)) abi.CSEntry {
	e := abi.CSEntry{ObjectType: "user", Anchor: made("a"), Attributes: []abi.AttributeChange{text("name", "x")}}
	for _, change := range changes {
		change(&e)
	}
	return e
}

func openPassword(t *testing.T, f *fake) *contract.PasswordSession {
	t.Helper()
	s, err := enforce(f, contract.Promise{PasswordMapped: true}).OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	noError(t, err)
	return s.(*contract.PasswordSession)
}

func TestPasswordEntryRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		capabilities abi.Capabilities
		entry        abi.CSEntry
	}{
		{"foreign object type", quiet(), owner(func(e *abi.CSEntry) { e.ObjectType = "group" })},
		{"no anchor", quiet(), owner(func(e *abi.CSEntry) { e.Anchor = nil })},
		{"empty anchor", quiet(), owner(func(e *abi.CSEntry) { e.Anchor = made("") })},
		{"no DN where it is the anchor", dnAsAnchor(), owner(func(e *abi.CSEntry) { e.Anchor = nil })},
		{"anchor where the DN is it", dnAsAnchor(), owner(func(e *abi.CSEntry) { e.DN = inEast })},
		{"unknown attribute", quiet(), owner(func(e *abi.CSEntry) { e.Attributes = []abi.AttributeChange{text("mail", "x")} })},
		{"password among the attributes", quiet(), owner(func(e *abi.CSEntry) { e.Attributes = []abi.AttributeChange{text(abi.ExportPassword, "x")} })},
		{"value of another type", quiet(), owner(func(e *abi.CSEntry) { e.Attributes = []abi.AttributeChange{text("age", "x")} })},
		{"change of an attribute", quiet(), owner(func(e *abi.CSEntry) {
			e.Attributes = []abi.AttributeChange{changed("name", abi.AttributeReplace, "x")}
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(c.capabilities)
			s := openPassword(t, f)
			wantRule(t, s.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: c.entry, NewPassword: "p"}), "ECMA-PASSWORD-ENTRY")
			wantRule(t, s.ChangePassword(t.Context(), abi.ChangePasswordRunStep{Entry: c.entry, NewPassword: "p"}), "ECMA-PASSWORD-ENTRY")
			if f.count("SetPassword")+f.count("ChangePassword") != 0 {
				t.Errorf("the connector was entered: %v", f.calls)
			}
		})
	}
}

func TestPasswordSession(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	s := openPassword(t, f)
	if f.passStep.Partition != abi.DefaultPartition || len(f.passStep.Schema.Types) != 1 {
		t.Errorf("the connector is opened with %+v", f.passStep)
	}
	good := abi.SetPasswordRunStep{Entry: owner(), NewPassword: "p", Options: abi.PasswordForceChangeAtLogOn | abi.PasswordUnlockAccount | abi.PasswordValidate}
	noError(t, s.SetPassword(t.Context(), good))
	noError(t, s.ChangePassword(t.Context(), abi.ChangePasswordRunStep{Entry: owner(), NewPassword: "p"}))
	bad := good
	bad.NewPassword = ""
	wantRule(t, s.SetPassword(t.Context(), bad), "ECMA-PASSWORD-EMPTY")
	bad = good
	bad.Options = 8
	wantRule(t, s.SetPassword(t.Context(), bad), "ECMA-PASSWORD-OPTIONS")
	f.answerErr = abi.NewError(abi.PasswordPolicyViolation, "too short")
	for range 2 { // the session goes on
		if err := s.SetPassword(t.Context(), good); !errors.Is(err, abi.PasswordPolicyViolation) {
			t.Errorf("error %v, want the connector's own", err)
		}
	}
	noError(t, s.ClosePasswordConnection(t.Context()))
	wantRule(t, s.ClosePasswordConnection(t.Context()), "ECMA-SESSION-CLOSED")
	wantRule(t, s.SetPassword(t.Context(), good), "ECMA-SESSION-CLOSED")
}

func TestPasswordDNIsAnchor(t *testing.T) {
	t.Parallel()
	s := openPassword(t, newFake(dnAsAnchor()))
	e := owner(func(e *abi.CSEntry) { e.Anchor, e.DN = nil, inEast })
	noError(t, s.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: e, NewPassword: "p"}))
}

func TestPasswordNotOffered(t *testing.T) {
	t.Parallel()
	f := newFake(quiet())
	f.capabilities.SupportPassword = false
	_, err := enforce(f, contract.Promise{}).OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	wantRule(t, err, "ECMA-ROLE-NOT-OFFERED")
}
