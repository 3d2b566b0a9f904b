package contract

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// PasswordSession sets passwords under contract: what
// Connector.OpenPasswordConnection returns. Not safe for concurrent use.
type PasswordSession struct {
	connector *Connector
	inner     abi.PasswordSession
	checks    *ExportRun
	turn      turn
	closed    bool
}

var _ abi.PasswordSession = (*PasswordSession)(nil)

// OpenPasswordConnection starts setting passwords and returns a *PasswordSession.
// Schema and Partition may be left zero: the agreement's are filled in.
func (c *Connector) OpenPasswordConnection(ctx context.Context, step abi.OpenPasswordConnectionRunStep) (abi.PasswordSession, error) {
	const op = "OpenPasswordConnection"
	a, err := c.settle(ctx, opening{op, abi.RolePassword, step.Parameters, step.Schema, step.Partition})
	if err != nil {
		return nil, err
	}
	if err := c.begin(ctx, op, abi.RolePassword); err != nil {
		return nil, err
	}
	step.Schema, step.Partition = a.ExportSchema, a.Partition
	inner, err := openUnder(c, abi.RolePassword, func() (abi.PasswordSession, error) { return c.inner.OpenPasswordConnection(ctx, step) })
	if err != nil {
		return nil, c.typed(op, err)
	}
	return &PasswordSession{connector: c, inner: inner, checks: NewExportRun(a)}, nil
}

// SetPassword gives an object a new password. An error is about this password;
// the session goes on.
func (s *PasswordSession) SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error {
	const op = "SetPassword"
	if err := s.turn.take(op); err != nil {
		return err
	}
	defer s.turn.give()
	if err := s.request(op, &step.Entry, step.NewPassword); err != nil {
		return err
	}
	if step.Options > abi.PasswordForceChangeAtLogOn|abi.PasswordUnlockAccount|abi.PasswordValidate {
		return violation(op, rulePasswordOptions, place{DN: step.Entry.DN}, "options %d hold flags that ECMA does not know", uint8(step.Options))
	}
	return s.connector.typed(op, s.inner.SetPassword(ctx, step))
}

// ChangePassword gives it a new one, knowing the old. An error is about this
// password; the session goes on.
func (s *PasswordSession) ChangePassword(ctx context.Context, step abi.ChangePasswordRunStep) error {
	const op = "ChangePassword"
	if err := s.turn.take(op); err != nil {
		return err
	}
	defer s.turn.give()
	if err := s.request(op, &step.Entry, step.NewPassword); err != nil {
		return err
	}
	return s.connector.typed(op, s.inner.ChangePassword(ctx, step))
}

// ClosePasswordConnection ends the session.
func (s *PasswordSession) ClosePasswordConnection(ctx context.Context) error {
	const op = "ClosePasswordConnection"
	if err := s.turn.take(op); err != nil {
		return err
	}
	defer s.turn.give()
	if s.closed {
		return closedError(op)
	}
	s.closed = true
	defer s.connector.end(abi.RolePassword)
	return s.connector.typed(op, s.inner.ClosePasswordConnection(ctx))
}

func (s *PasswordSession) request(op string, e *abi.CSEntry, password string) error {
	about := place{DN: e.DN, ObjectType: e.ObjectType}
	switch {
	case s.closed:
		return closedError(op)
	case password == "":
		return violation(op, rulePasswordEmpty, about, "the new password is empty")
	}
	if why := s.badEntry(e); why != "" {
		return violation(op, rulePasswordEntry, about, "%s", why)
	}
	return nil
}

// badEntry says what is wrong with the object a password is for, or nothing.
func (s *PasswordSession) badEntry(e *abi.CSEntry) string {
	a := s.checks.agreement
	if e.ObjectType != a.ObjectType {
		return "it is not of the promised object type " + quoted(a.ObjectType)
	}
	if a.Anchor != "" || len(e.Anchor) > 0 {
		if why := s.checks.badAnchor(e.Anchor); why != "" {
			return why
		}
	} else if e.DN == "" {
		return "it has no DN, and the DN is the anchor"
	}
	for i := range e.Attributes {
		at := &e.Attributes[i]
		declared, known := s.checks.attributes[at.Name]
		switch {
		case !known || at.Name == abi.ExportPassword:
			return "attribute " + quoted(at.Name) + " is not selected, or is the password"
		case at.Modification != abi.AttributeAdd || !rightCount(at, &declared) || !rightTypes(at, declared.Type):
			return "attribute " + quoted(at.Name) + " is not what was declared"
		}
	}
	return ""
}
