package contract

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// lane returns the place of a kind of session in Connector.open.
func lane(role abi.Role) int { return int(role - abi.RoleImport) }

// begin takes the one place for a session of this kind, waiting for it as long as
// ctx lasts: whoever provisions users from many sides need not queue them himself.
func (c *Connector) begin(ctx context.Context, op string, role abi.Role) error {
	if take(ctx, c.open[lane(role)]) {
		return nil
	}
	return violation(op, ruleSessionOpen, place{}, "another %s session stayed open until the caller gave up; close it first", role)
}

// end gives the place back.
func (c *Connector) end(role abi.Role) { <-c.open[lane(role)] }

func closedError(op string) error {
	return violation(op, ruleSessionClosed, place{}, "the session is closed")
}
