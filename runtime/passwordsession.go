package runtime

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// passwordSession sets passwords on one instance.
type passwordSession struct {
	lease   *lease
	secrets sensitive
}

var _ abi.PasswordSession = (*passwordSession)(nil)

// OpenPasswordConnection implements abi.Connector.
func (c *rawConnector) OpenPasswordConnection(ctx context.Context, step abi.OpenPasswordConnectionRunStep) (abi.PasswordSession, error) {
	const op = "OpenPasswordConnection"
	if !c.report.HasRole(abi.RolePassword) {
		return nil, absentRole(op, abi.RolePassword)
	}
	l, err := c.acquire(ctx, abi.LanePassword, op)
	if err != nil {
		return nil, err
	}
	s := &passwordSession{lease: l, secrets: sensitiveAttributes(step.Schema)}
	l.types = abi.NewTypeIndex(step.Schema)
	if step.Parameters, err = l.sealParameters(op, step.Parameters); err == nil {
		err = l.call(ctx, op, &step, &abi.Empty{})
	}
	if err != nil {
		return nil, l.abandon(ctx, err, "ClosePasswordConnection", &abi.Empty{})
	}
	return s, nil
}

// SetPassword implements abi.PasswordSession.
func (s *passwordSession) SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error {
	const op = "SetPassword"
	var err error
	if step.Entry, err = s.lease.sealObject(op, s.secrets, step.Entry); err != nil {
		return err
	}
	if step.NewPassword, err = s.lease.seal(op, "new_password", step.NewPassword); err != nil {
		return err
	}
	return s.lease.call(ctx, op, &step, &abi.Empty{})
}

// ChangePassword implements abi.PasswordSession.
func (s *passwordSession) ChangePassword(ctx context.Context, step abi.ChangePasswordRunStep) error {
	const op = "ChangePassword"
	var err error
	if step.Entry, err = s.lease.sealObject(op, s.secrets, step.Entry); err != nil {
		return err
	}
	if step.OldPassword, err = s.lease.seal(op, "old_password", step.OldPassword); err != nil {
		return err
	}
	if step.NewPassword, err = s.lease.seal(op, "new_password", step.NewPassword); err != nil {
		return err
	}
	return s.lease.call(ctx, op, &step, &abi.Empty{})
}

// ClosePasswordConnection implements abi.PasswordSession. It heeds its own time
// limit and not the end of ctx.
func (s *passwordSession) ClosePasswordConnection(ctx context.Context) error {
	return s.lease.finish(ctx, "ClosePasswordConnection", &abi.Empty{}, &abi.Empty{}, true)
}
